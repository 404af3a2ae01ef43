import { part, readUtf16 } from "../../bytes/index.js";
import type { Caller } from "../../fs/index.js";
import type { Open } from "../../kernel/index.js";
import { FILE_WRITE_DATA, NtStatus } from "../../nt/index.js";
import {
  FileFsControlInformation,
  FileFsLabelInformation,
  FileFsObjectIdInformation,
  FsInformationClass,
} from "../../wire/fscc/index.js";

/** How one class is set. A layout's own check refuses what is too short. */
type Set = (open: Open, data: DataView, caller: Caller) => NtStatus | Promise<NtStatus>;

/** Every class that can be set, by its number. [MS-SMB2] 3.3.5.21.2, [MS-FSCC] 2.5 */
const setters: Readonly<Record<number, { readonly size: number; readonly set: Set }>> = {
  // Windows leaves it to its own machine; WinFsp 3.5 has it, and so have we.
  [FsInformationClass.FileFsLabelInformation]: { size: FileFsLabelInformation.size, set: setLabel },
  [FsInformationClass.FileFsControlInformation]: {
    size: FileFsControlInformation.size,
    set: () => NtStatus.NOT_SUPPORTED, // there are no quotas
  },
  [FsInformationClass.FileFsObjectIdInformation]: {
    size: FileFsObjectIdInformation.size,
    set: () => NtStatus.ACCESS_DENIED, // the volume has the one it was made with. [MS-FSA] 2.1.5.15.8
  },
};

/** Sets what an information class says of a volume. */
export async function setFsInfo(
  open: Open,
  fsInfoClass: number,
  data: DataView,
  caller: Caller,
): Promise<NtStatus> {
  const setter = setters[fsInfoClass];
  if (setter === undefined) return NtStatus.INVALID_INFO_CLASS;
  if (data.byteLength < setter.size) return NtStatus.INFO_LENGTH_MISMATCH;
  return setter.set(open, data, caller);
}

/** By who may write to the root, through an open of it: that is what stands for the volume. */
async function setLabel(open: Open, data: DataView, caller: Caller): Promise<NtStatus> {
  const { volumeLabelLength: length } = FileFsLabelInformation.read(data, 0);
  const where = { offset: FileFsLabelInformation.size, length, what: "VolumeLabel" };
  const label = readUtf16(part(data, 0, where), 0, length);
  if (open.path !== "\\") return NtStatus.INVALID_PARAMETER;
  if ((open.grantedAccess & FILE_WRITE_DATA) === 0) return NtStatus.ACCESS_DENIED;
  const set = await open.volume.setVolumeLabel(label, caller);
  return set.ok ? NtStatus.SUCCESS : set.status;
}
