/**
 * SET_INFO. The information classes are in `wire/fscc`. [MS-SMB2] 2.2.39, 2.2.40
 *
 * @packageDocumentation
 */
import { constant, struct, u8, u16, u32, u64Exact } from "../../bytes/index.js";

/** [MS-SMB2] 2.2.39 */
export const SetInfoRequest = struct("SMB2 SET_INFO Request", 32, {
  structureSize: constant(u16, 33),
  infoType: u8,
  fileInfoClass: u8,
  bufferLength: u32,
  bufferOffset: u16, // from the start of the SMB2 header
  reserved: u16,
  additionalInformation: u32, // SECURITY_INFORMATION
  persistentFileId: u64Exact,
  volatileFileId: u64Exact,
});

/** [MS-SMB2] 2.2.40 */
export const SetInfoResponse = struct("SMB2 SET_INFO Response", 2, {
  structureSize: constant(u16, 2),
});
