import { part, readUtf16 } from "../../bytes/index.js";
import type { Open } from "../../kernel/index.js";
import { FILE_WRITE_DATA, NtStatus } from "../../nt/index.js";
import { FileFsLabelInformation, FsInformationClass } from "../../wire/fscc/index.js";

/**
 * Sets what an information class says of the volume that an open is on: its label alone, as there are no
 * quotas. [MS-FSA] 2.1.5.15
 */
export async function setFsInfo(
  open: Open,
  fsInfoClass: number,
  data: DataView,
): Promise<NtStatus> {
  if (fsInfoClass !== FsInformationClass.FileFsLabelInformation) return NtStatus.NOT_SUPPORTED;
  if (data.byteLength < FileFsLabelInformation.size) return NtStatus.INFO_LENGTH_MISMATCH;
  if ((open.grantedAccess & FILE_WRITE_DATA) === 0) return NtStatus.ACCESS_DENIED;
  const { volumeLabelLength: length } = FileFsLabelInformation.read(data, 0);
  const where = { offset: FileFsLabelInformation.size, length, what: "VolumeLabel" };
  const label = readUtf16(part(data, 0, where), 0, length);
  const set = await open.volume.setVolumeLabel(label, open.caller);
  return set.ok ? NtStatus.SUCCESS : set.status;
}
