/**
 * What is asked and told of one file. [MS-FSCC] 2.4
 *
 * @packageDocumentation
 */
import { bytes, i64Exact, struct, u8, u16, u32, u64, u64Exact } from "../../bytes/index.js";

/** In a FileBasicInformation that is set: leave this time as it is. [MS-FSCC] 2.4.7 */
export const TIME_UNCHANGED = 0n;
/** In a FileBasicInformation that is set: no more automatic updates through this open. */
export const TIME_UPDATES_OFF = -1n;
/** In a FileBasicInformation that is set: automatic updates through this open again. */
export const TIME_UPDATES_ON = -2n;

/** [MS-FSCC] 2.4.7 */
export const FileBasicInformation = struct("FileBasicInformation", 40, {
  creationTicks: i64Exact,
  lastAccessTicks: i64Exact,
  lastWriteTicks: i64Exact,
  changeTicks: i64Exact,
  fileAttributes: u32,
  basicReserved: u32,
});

/** [MS-FSCC] 2.4.41 */
export const FileStandardInformation = struct("FileStandardInformation", 24, {
  allocationSize: u64,
  endOfFile: u64,
  numberOfLinks: u32,
  deletePending: u8, // 1 or 0
  directory: u8, // 1 or 0
  standardReserved: u16,
});

/** [MS-FSCC] 2.4.22 */
export const FileInternalInformation = struct("FileInternalInformation", 8, {
  indexNumber: u64Exact,
});

/** [MS-FSCC] 2.4.12 */
export const FileEaInformation = struct("FileEaInformation", 4, { eaSize: u32 });

/** [MS-FSCC] 2.4.1 */
export const FileAccessInformation = struct("FileAccessInformation", 4, { accessFlags: u32 });

/** [MS-FSCC] 2.4.35 */
export const FilePositionInformation = struct("FilePositionInformation", 8, {
  currentByteOffset: u64,
});

/** [MS-FSCC] 2.4.26 */
export const FileModeInformation = struct("FileModeInformation", 4, { mode: u32 });

/** [MS-FSCC] 2.4.3 */
export const FileAlignmentInformation = struct("FileAlignmentInformation", 4, {
  alignmentRequirement: u32,
});

/**
 * A name, which follows. [MS-FSCC] 2.4.27; FileAlternateNameInformation, 2.4.5, and
 * FileNormalizedNameInformation, 2.4.30, are the same.
 */
export const FileNameInformation = struct("FileNameInformation", 4, { fileNameLength: u32 });

/** [MS-FSCC] 2.4.2. The name follows. */
export const FileAllInformation = struct("FileAllInformation", 100, {
  ...FileBasicInformation.fields,
  ...FileStandardInformation.fields,
  ...FileInternalInformation.fields,
  ...FileEaInformation.fields,
  ...FileAccessInformation.fields,
  ...FilePositionInformation.fields,
  ...FileModeInformation.fields,
  ...FileAlignmentInformation.fields,
  ...FileNameInformation.fields,
});

/** [MS-FSCC] 2.4.9 */
export const FileCompressionInformation = struct("FileCompressionInformation", 16, {
  compressedFileSize: u64,
  compressionFormat: u16,
  compressionUnitShift: u8,
  chunkShift: u8,
  clusterShift: u8,
  reserved: bytes(3),
});

/** [MS-FSCC] 2.4.29 */
export const FileNetworkOpenInformation = struct("FileNetworkOpenInformation", 56, {
  creationTicks: i64Exact,
  lastAccessTicks: i64Exact,
  lastWriteTicks: i64Exact,
  changeTicks: i64Exact,
  allocationSize: u64,
  endOfFile: u64,
  fileAttributes: u32,
  reserved: u32,
});

/** [MS-FSCC] 2.4.6 */
export const FileAttributeTagInformation = struct("FileAttributeTagInformation", 8, {
  fileAttributes: u32,
  reparseTag: u32,
});

/** [MS-FSCC] 2.4.21. The identity has 128 bits; the low half comes first. */
export const FileIdInformation = struct("FileIdInformation", 24, {
  volumeSerialNumber: u64,
  fileId: u64Exact,
  fileIdHigh: u64Exact,
});

/** [MS-FSCC] 2.4.32 */
export const FilePipeInformation = struct("FilePipeInformation", 8, {
  readMode: u32,
  completionMode: u32,
});

/** [MS-FSCC] 2.4.33 */
export const FilePipeLocalInformation = struct("FilePipeLocalInformation", 40, {
  namedPipeType: u32,
  namedPipeConfiguration: u32,
  maximumInstances: u32,
  currentInstances: u32,
  inboundQuota: u32,
  readDataAvailable: u32,
  outboundQuota: u32,
  writeQuotaAvailable: u32,
  namedPipeState: u32,
  namedPipeEnd: u32,
});

/** [MS-FSCC] 2.4.37.2, as SMB2 has it. The new name follows. */
export const FileRenameInformation = struct("FileRenameInformation", 20, {
  replaceIfExists: u8, // 0, or replace
  reserved: bytes(7),
  rootDirectory: u64Exact,
  fileNameLength: u32,
});

/** [MS-FSCC] 2.4.23.2, as SMB2 has it. The name of the link follows. */
export const FileLinkInformation = struct("FileLinkInformation", 20, {
  replaceIfExists: u8, // 0, or replace
  reserved: bytes(7),
  rootDirectory: u64Exact,
  fileNameLength: u32,
});

/** FileRenameInformationEx, Flags. [MS-FSCC] 2.4 */
export const FILE_RENAME_REPLACE_IF_EXISTS = 0x0000_0001;
export const FILE_RENAME_POSIX_SEMANTICS = 0x0000_0002;
export const FILE_RENAME_IGNORE_READONLY_ATTRIBUTE = 0x0000_0040;

/** FileRenameInformationEx. The new name follows. [MS-FSCC] 2.4 */
export const FileRenameInformationEx = struct("FileRenameInformationEx", 20, {
  flags: u32,
  reserved: u32,
  rootDirectory: u64Exact,
  fileNameLength: u32,
});

/** [MS-FSCC] 2.4.11 */
export const FileDispositionInformation = struct("FileDispositionInformation", 1, {
  deletePending: u8, // 0, or delete
});

/** FileDispositionInformationEx, Flags. [MS-FSCC] 2.4 */
export const FILE_DISPOSITION_DELETE = 0x0000_0001;
export const FILE_DISPOSITION_POSIX_SEMANTICS = 0x0000_0002;
export const FILE_DISPOSITION_FORCE_IMAGE_SECTION_CHECK = 0x0000_0004;
export const FILE_DISPOSITION_ON_CLOSE = 0x0000_0008;
export const FILE_DISPOSITION_IGNORE_READONLY_ATTRIBUTE = 0x0000_0010;

/** [MS-FSCC] 2.4 */
export const FileDispositionInformationEx = struct("FileDispositionInformationEx", 4, {
  flags: u32,
});

/** [MS-FSCC] 2.4.4 */
export const FileAllocationInformation = struct("FileAllocationInformation", 8, {
  allocationSize: u64,
});

/** [MS-FSCC] 2.4.13 */
export const FileEndOfFileInformation = struct("FileEndOfFileInformation", 8, { endOfFile: u64 });

/** [MS-FSCC] 2.4.44 */
export const FileValidDataLengthInformation = struct("FileValidDataLengthInformation", 8, {
  validDataLength: u64,
});
