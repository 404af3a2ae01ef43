/**
 * QUERY_DIRECTORY. The entries are in `wire/fscc`. [MS-SMB2] 2.2.33, 2.2.34
 *
 * @packageDocumentation
 */
import { constant, struct, u8, u16, u32, u64Exact } from "../../bytes/index.js";

/** [MS-SMB2] 2.2.33, Flags */
export const SMB2_RESTART_SCANS = 0x01;
export const SMB2_RETURN_SINGLE_ENTRY = 0x02;
export const SMB2_INDEX_SPECIFIED = 0x04;
export const SMB2_REOPEN = 0x10;

/** [MS-SMB2] 2.2.33 */
export const QueryDirectoryRequest = struct("SMB2 QUERY_DIRECTORY Request", 32, {
  structureSize: constant(u16, 33),
  fileInformationClass: u8,
  flags: u8,
  fileIndex: u32,
  persistentFileId: u64Exact,
  volatileFileId: u64Exact,
  fileNameOffset: u16, // from the start of the SMB2 header
  fileNameLength: u16,
  outputBufferLength: u32,
});

/** [MS-SMB2] 2.2.34 */
export const QueryDirectoryResponse = struct("SMB2 QUERY_DIRECTORY Response", 8, {
  structureSize: constant(u16, 9),
  outputBufferOffset: u16, // from the start of the SMB2 header
  outputBufferLength: u32,
});
