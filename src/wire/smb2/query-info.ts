/**
 * QUERY_INFO. The information classes are in `wire/fscc`. [MS-SMB2] 2.2.37, 2.2.38
 *
 * @packageDocumentation
 */
import { constant, struct, u8, u16, u32, u64Exact } from "../../bytes/index.js";

/** [MS-SMB2] 2.2.37, 2.2.39, InfoType */
export const InfoType = { FILE: 1, FILESYSTEM: 2, SECURITY: 3, QUOTA: 4 } as const;
export type InfoType = (typeof InfoType)[keyof typeof InfoType];

/** [MS-SMB2] 2.2.37, Flags: how a list of extended attributes is walked. */
export const SL_RESTART_SCAN = 0x0000_0001;
export const SL_RETURN_SINGLE_ENTRY = 0x0000_0002;
export const SL_INDEX_SPECIFIED = 0x0000_0004;

/** [MS-SMB2] 2.2.37 */
export const QueryInfoRequest = struct("SMB2 QUERY_INFO Request", 40, {
  structureSize: constant(u16, 41),
  infoType: u8,
  fileInfoClass: u8,
  outputBufferLength: u32,
  inputBufferOffset: u16, // from the start of the SMB2 header
  reserved: u16,
  inputBufferLength: u32,
  additionalInformation: u32, // SECURITY_INFORMATION, or the index of an extended attribute
  flags: u32,
  persistentFileId: u64Exact,
  volatileFileId: u64Exact,
});

/** [MS-SMB2] 2.2.38 */
export const QueryInfoResponse = struct("SMB2 QUERY_INFO Response", 8, {
  structureSize: constant(u16, 9),
  outputBufferOffset: u16, // from the start of the SMB2 header
  outputBufferLength: u32,
});
