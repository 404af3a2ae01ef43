/**
 * What is asked and told of a volume. [MS-FSCC] 2.5
 *
 * @packageDocumentation
 */
import { bytes, guid, struct, u8, u32, u64, u64Exact } from "../../bytes/index.js";

/** [MS-FSCC] 2.5.1, FileSystemAttributes */
export const FILE_CASE_SENSITIVE_SEARCH = 0x0000_0001;
export const FILE_CASE_PRESERVED_NAMES = 0x0000_0002;
export const FILE_UNICODE_ON_DISK = 0x0000_0004;
export const FILE_PERSISTENT_ACLS = 0x0000_0008;
export const FILE_FILE_COMPRESSION = 0x0000_0010;
export const FILE_VOLUME_QUOTAS = 0x0000_0020;
export const FILE_SUPPORTS_SPARSE_FILES = 0x0000_0040;
export const FILE_SUPPORTS_REPARSE_POINTS = 0x0000_0080;
export const FILE_SUPPORTS_REMOTE_STORAGE = 0x0000_0100;
export const FILE_RETURNS_CLEANUP_RESULT_INFO = 0x0000_0200;
export const FILE_SUPPORTS_POSIX_UNLINK_RENAME = 0x0000_0400;
export const FILE_VOLUME_IS_COMPRESSED = 0x0000_8000;
export const FILE_SUPPORTS_OBJECT_IDS = 0x0001_0000;
export const FILE_SUPPORTS_ENCRYPTION = 0x0002_0000;
export const FILE_NAMED_STREAMS = 0x0004_0000;
export const FILE_READ_ONLY_VOLUME = 0x0008_0000;
export const FILE_SEQUENTIAL_WRITE_ONCE = 0x0010_0000;
export const FILE_SUPPORTS_TRANSACTIONS = 0x0020_0000;
export const FILE_SUPPORTS_HARD_LINKS = 0x0040_0000;
export const FILE_SUPPORTS_EXTENDED_ATTRIBUTES = 0x0080_0000;
export const FILE_SUPPORTS_OPEN_BY_FILE_ID = 0x0100_0000;
export const FILE_SUPPORTS_USN_JOURNAL = 0x0200_0000;
export const FILE_SUPPORTS_INTEGRITY_STREAMS = 0x0400_0000;
export const FILE_SUPPORTS_BLOCK_REFCOUNTING = 0x0800_0000;
export const FILE_SUPPORTS_SPARSE_VDL = 0x1000_0000;

/** [MS-FSCC] 2.5.10, DeviceType */
export const FILE_DEVICE_DISK = 0x0000_0007;
export const FILE_DEVICE_NAMED_PIPE = 0x0000_0011;

/** [MS-FSCC] 2.5.10, Characteristics */
export const FILE_REMOVABLE_MEDIA = 0x0000_0001;
export const FILE_READ_ONLY_DEVICE = 0x0000_0002;
export const FILE_REMOTE_DEVICE = 0x0000_0010;
export const FILE_DEVICE_IS_MOUNTED = 0x0000_0020;
export const FILE_VIRTUAL_VOLUME = 0x0000_0040;

/** [MS-FSCC] 2.5.9. The label follows. */
export const FileFsVolumeInformation = struct("FileFsVolumeInformation", 18, {
  volumeCreationTicks: u64Exact,
  volumeSerialNumber: u32,
  volumeLabelLength: u32,
  supportsObjects: u8,
  reserved: u8,
});

/** [MS-FSCC] 2.5.5. The label follows. */
export const FileFsLabelInformation = struct("FileFsLabelInformation", 4, {
  volumeLabelLength: u32, // in bytes
});

/** [MS-FSCC] 2.5.8 */
export const FileFsSizeInformation = struct("FileFsSizeInformation", 24, {
  totalAllocationUnits: u64,
  actualAvailableAllocationUnits: u64,
  sectorsPerAllocationUnit: u32,
  bytesPerSector: u32,
});

/** [MS-FSCC] 2.5.10 */
export const FileFsDeviceInformation = struct("FileFsDeviceInformation", 8, {
  deviceType: u32,
  characteristics: u32,
});

/** [MS-FSCC] 2.5.1. The name of the file system follows. */
export const FileFsAttributeInformation = struct("FileFsAttributeInformation", 12, {
  fileSystemAttributes: u32,
  maximumComponentNameLength: u32, // in UTF-16 units
  fileSystemNameLength: u32,
});

/** [MS-FSCC] 2.5.2 */
export const FileFsControlInformation = struct("FileFsControlInformation", 48, {
  freeSpaceStartFiltering: u64Exact,
  freeSpaceThreshold: u64Exact,
  freeSpaceStopFiltering: u64Exact,
  defaultQuotaThreshold: u64Exact, // all ones: no limit
  defaultQuotaLimit: u64Exact, // all ones: no limit
  fileSystemControlFlags: u32,
  padding: u32,
});

/** [MS-FSCC] 2.5.4 */
export const FileFsFullSizeInformation = struct("FileFsFullSizeInformation", 32, {
  totalAllocationUnits: u64,
  callerAvailableAllocationUnits: u64,
  actualAvailableAllocationUnits: u64,
  sectorsPerAllocationUnit: u32,
  bytesPerSector: u32,
});

/** [MS-FSCC] 2.5.6 */
export const FileFsObjectIdInformation = struct("FileFsObjectIdInformation", 64, {
  objectId: guid,
  extendedInfo: bytes(48),
});

/** [MS-FSCC] 2.5.7, Flags */
export const SSINFO_FLAGS_ALIGNED_DEVICE = 0x0000_0001;
export const SSINFO_FLAGS_PARTITION_ALIGNED_ON_DEVICE = 0x0000_0002;
export const SSINFO_FLAGS_NO_SEEK_PENALTY = 0x0000_0004;
export const SSINFO_FLAGS_TRIM_ENABLED = 0x0000_0008;

/** [MS-FSCC] 2.5.7 */
export const FileFsSectorSizeInformation = struct("FileFsSectorSizeInformation", 28, {
  logicalBytesPerSector: u32,
  physicalBytesPerSectorForAtomicity: u32,
  physicalBytesPerSectorForPerformance: u32,
  effectivePhysicalBytesPerSectorForAtomicity: u32,
  flags: u32,
  byteOffsetForSectorAlignment: u32,
  byteOffsetForPartitionAlignment: u32,
});
