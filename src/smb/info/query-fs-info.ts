import type { VolumeInfo } from "../../fs/index.js";
import type { Volume } from "../../kernel/index.js";
import { NtStatus } from "../../nt/index.js";
import {
  FILE_CASE_PRESERVED_NAMES,
  FILE_CASE_SENSITIVE_SEARCH,
  FILE_DEVICE_DISK,
  FILE_DEVICE_IS_MOUNTED,
  FILE_NAMED_STREAMS,
  FILE_PERSISTENT_ACLS,
  FILE_READ_ONLY_DEVICE,
  FILE_READ_ONLY_VOLUME,
  FILE_SUPPORTS_EXTENDED_ATTRIBUTES,
  FILE_SUPPORTS_HARD_LINKS,
  FILE_SUPPORTS_OBJECT_IDS,
  FILE_SUPPORTS_OPEN_BY_FILE_ID,
  FILE_SUPPORTS_POSIX_UNLINK_RENAME,
  FILE_SUPPORTS_REPARSE_POINTS,
  FILE_SUPPORTS_SPARSE_FILES,
  FILE_UNICODE_ON_DISK,
  FileFsAttributeInformation,
  FileFsControlInformation,
  FileFsDeviceInformation,
  FileFsFullSizeInformation,
  FileFsObjectIdInformation,
  FileFsSectorSizeInformation,
  FileFsSizeInformation,
  FileFsVolumeInformation,
  FsInformationClass,
  SSINFO_FLAGS_ALIGNED_DEVICE,
  SSINFO_FLAGS_NO_SEEK_PENALTY,
  SSINFO_FLAGS_PARTITION_ALIGNED_ON_DEVICE,
} from "../../wire/fscc/index.js";
import { answerWithName, fixedAnswer, type InfoAnswer } from "./info-answer.js";

type Answer = (volume: Volume, info: VolumeInfo) => InfoAnswer;

const NO_LIMIT = 0xffff_ffff_ffff_ffffn;

/** Every class that is answered, by its number. [MS-SMB2] 3.3.5.20.2, [MS-FSCC] 2.5 */
const answers: Readonly<Record<number, Answer>> = {
  [FsInformationClass.FileFsVolumeInformation]: ({ params }, { label }) =>
    answerWithName(FileFsVolumeInformation, { name: label, alignment: 8 }, (to) => {
      to.volumeCreationTicks = params.volumeCreationTicks;
      to.volumeSerialNumber = params.volumeSerialNumber;
      to.volumeLabelLength = 2 * label.length;
    }),
  [FsInformationClass.FileFsSizeInformation]: (volume, info) =>
    fixedAnswer(FileFsSizeInformation, (to) => {
      to.totalAllocationUnits = unitsOf(volume, info.totalSize);
      to.actualAvailableAllocationUnits = unitsOf(volume, info.freeSize);
      to.sectorsPerAllocationUnit = volume.params.sectorsPerAllocationUnit;
      to.bytesPerSector = volume.params.sectorSize;
    }),
  [FsInformationClass.FileFsDeviceInformation]: ({ params }) =>
    fixedAnswer(FileFsDeviceInformation, (to) => {
      to.deviceType = FILE_DEVICE_DISK;
      to.characteristics = FILE_DEVICE_IS_MOUNTED | (params.isReadOnly ? FILE_READ_ONLY_DEVICE : 0);
    }),
  [FsInformationClass.FileFsAttributeInformation]: (volume) => {
    const { fileSystemName, maxComponentUnits } = volume.params;
    const named = { name: fileSystemName, alignment: 4 } as const;
    return answerWithName(FileFsAttributeInformation, named, (to) => {
      to.fileSystemAttributes = attributesOf(volume);
      to.maximumComponentNameLength = maxComponentUnits;
      to.fileSystemNameLength = 2 * fileSystemName.length;
    });
  },
  // No quotas: no limits.
  [FsInformationClass.FileFsControlInformation]: () =>
    fixedAnswer(FileFsControlInformation, (to) => {
      to.defaultQuotaThreshold = NO_LIMIT;
      to.defaultQuotaLimit = NO_LIMIT;
    }),
  [FsInformationClass.FileFsFullSizeInformation]: (volume, info) =>
    fixedAnswer(FileFsFullSizeInformation, (to) => {
      to.totalAllocationUnits = unitsOf(volume, info.totalSize);
      to.callerAvailableAllocationUnits = unitsOf(volume, info.freeSize);
      to.actualAvailableAllocationUnits = unitsOf(volume, info.freeSize);
      to.sectorsPerAllocationUnit = volume.params.sectorsPerAllocationUnit;
      to.bytesPerSector = volume.params.sectorSize;
    }),
  // Packaged programs of Windows 11 do not open files of a volume that has no answer to this one.
  [FsInformationClass.FileFsObjectIdInformation]: (volume) =>
    fixedAnswer(FileFsObjectIdInformation, (to) => {
      to.objectId = volumeObjectId(volume);
    }),
  [FsInformationClass.FileFsSectorSizeInformation]: ({ params }) =>
    fixedAnswer(FileFsSectorSizeInformation, (to) => {
      to.logicalBytesPerSector = params.sectorSize;
      to.physicalBytesPerSectorForAtomicity = params.sectorSize;
      to.physicalBytesPerSectorForPerformance = params.sectorSize;
      to.effectivePhysicalBytesPerSectorForAtomicity = params.sectorSize;
      to.flags =
        SSINFO_FLAGS_ALIGNED_DEVICE |
        SSINFO_FLAGS_PARTITION_ALIGNED_ON_DEVICE |
        SSINFO_FLAGS_NO_SEEK_PENALTY;
    }),
};

/** What an information class says of a volume. */
export async function queryFsInfo(
  volume: Volume,
  fsInfoClass: number,
): Promise<InfoAnswer | NtStatus> {
  const answer = answers[fsInfoClass];
  if (answer === undefined) return NtStatus.INVALID_INFO_CLASS;
  const info = await volume.getVolumeInfo();
  return info.ok ? answer(volume, info.value) : info.status;
}

function unitsOf({ allocationUnit }: Volume, bytes: number): number {
  return Math.floor(bytes / allocationUnit);
}

/** Exactly what the file system has operations for. [MS-FSCC] 2.5.1 */
function attributesOf({ params, capabilities }: Volume): number {
  const flags: readonly (readonly [boolean, number])[] = [
    [true, FILE_UNICODE_ON_DISK],
    [params.isCaseSensitive, FILE_CASE_SENSITIVE_SEARCH],
    [params.isCasePreserving, FILE_CASE_PRESERVED_NAMES],
    [params.isReadOnly, FILE_READ_ONLY_VOLUME],
    [capabilities.hasSecurity, FILE_PERSISTENT_ACLS],
    [capabilities.hasNamedStreams, FILE_NAMED_STREAMS],
    [capabilities.hasExtendedAttributes, FILE_SUPPORTS_EXTENDED_ATTRIBUTES],
    [capabilities.hasReparsePoints, FILE_SUPPORTS_REPARSE_POINTS],
    [capabilities.hasSparseFiles, FILE_SUPPORTS_SPARSE_FILES],
    [capabilities.hasHardLinks, FILE_SUPPORTS_HARD_LINKS],
    [capabilities.hasObjectIds, FILE_SUPPORTS_OBJECT_IDS],
    [capabilities.canOpenByFileId, FILE_SUPPORTS_OPEN_BY_FILE_ID],
    [capabilities.hasPosixUnlinkRename, FILE_SUPPORTS_POSIX_UNLINK_RENAME],
  ];
  return flags.reduce((all, [isSet, flag]) => (isSet ? all | flag : all), 0);
}

/** The same for as long as the volume is: made of what it is known by. */
export function volumeObjectId({ params }: Volume): Uint8Array {
  const id = new DataView(new ArrayBuffer(16));
  id.setUint32(0, params.volumeSerialNumber, true);
  id.setBigUint64(8, params.volumeCreationTicks, true);
  return new Uint8Array(id.buffer);
}
