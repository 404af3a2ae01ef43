/**
 * What the control codes that file systems know carry. The codes are in `wire/smb2`.
 * [MS-FSCC] 2.1, 2.3
 *
 * @packageDocumentation
 */
import { guid, i64, struct, u8, u16, u32, u64, u64Exact } from "../../bytes/index.js";

/** Of GET_OBJECT_ID, CREATE_OR_GET_OBJECT_ID. [MS-FSCC] 2.1.3.1 */
export const FileObjectIdBuffer = struct("FILE_OBJECTID_BUFFER", 64, {
  objectId: guid,
  birthVolumeId: guid,
  birthObjectId: guid,
  domainId: guid,
});

/** Of QUERY_ALLOCATED_RANGES: what is asked, and each range of the answer. [MS-FSCC] 2.3 */
export const FileAllocatedRangeBuffer = struct("FILE_ALLOCATED_RANGE_BUFFER", 16, {
  fileOffset: i64,
  length: i64,
});

/** Of SET_ZERO_DATA. [MS-FSCC] 2.3 */
export const FileZeroDataInformation = struct("FILE_ZERO_DATA_INFORMATION", 16, {
  fileOffset: i64,
  beyondFinalZero: i64, // the first byte that is left alone
});

/** Of SET_SPARSE; where there is no buffer, sparse it becomes. [MS-FSCC] 2.3 */
export const FileSetSparseBuffer = struct("FILE_SET_SPARSE_BUFFER", 1, {
  setSparse: u8, // 0, or sparse
});

/** Of GET_COMPRESSION, SET_COMPRESSION. [MS-FSCC] 2.3 */
export const CompressionFormatBuffer = struct("COMPRESSION_FORMAT", 2, { compressionFormat: u16 });

/** [MS-FSCC] 2.3, CompressionFormat: not compressed */
export const COMPRESSION_FORMAT_NONE = 0x0000;

/** Of DUPLICATE_EXTENTS_TO_FILE, as SMB2 has it. [MS-FSCC] 2.3 */
export const DuplicateExtentsData = struct("SMB2_DUPLICATE_EXTENTS_DATA", 40, {
  sourcePersistentFileId: u64Exact,
  sourceVolatileFileId: u64Exact,
  sourceFileOffset: u64,
  targetFileOffset: u64,
  byteCount: u64,
});

/** Of PIPE_PEEK, the answer. The data follows. [MS-FSCC] 2.3 */
export const PipePeekBuffer = struct("FSCTL_PIPE_PEEK Reply", 16, {
  namedPipeState: u32,
  readDataAvailable: u32,
  numberOfMessages: u32,
  messageLength: u32,
});

/** Of PIPE_WAIT. The name of the pipe follows. [MS-FSCC] 2.3 */
export const PipeWaitBuffer = struct("FSCTL_PIPE_WAIT Request", 14, {
  timeoutTicks: u64Exact,
  nameLength: u32,
  timeoutSpecified: u8, // 0: the time that the pipe itself has
  padding: u8,
});
