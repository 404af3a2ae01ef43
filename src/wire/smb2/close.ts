/**
 * CLOSE. [MS-SMB2] 2.2.15, 2.2.16
 *
 * @packageDocumentation
 */
import { constant, struct, u16, u32, u64, u64Exact } from "../../bytes/index.js";

/** [MS-SMB2] 2.2.15, Flags: the response is to tell what is known of the file. */
export const SMB2_CLOSE_FLAG_POSTQUERY_ATTRIB = 0x0001;

/** [MS-SMB2] 2.2.15 */
export const CloseRequest = struct("SMB2 CLOSE Request", 24, {
  structureSize: constant(u16, 24),
  flags: u16,
  reserved: u32,
  persistentFileId: u64Exact,
  volatileFileId: u64Exact,
});

/** [MS-SMB2] 2.2.16 */
export const CloseResponse = struct("SMB2 CLOSE Response", 60, {
  structureSize: constant(u16, 60),
  flags: u16,
  reserved: u32,
  creationTicks: u64Exact,
  lastAccessTicks: u64Exact,
  lastWriteTicks: u64Exact,
  changeTicks: u64Exact,
  allocationSize: u64,
  endOfFile: u64,
  fileAttributes: u32,
});
