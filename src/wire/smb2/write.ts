/**
 * WRITE. [MS-SMB2] 2.2.21, 2.2.22
 *
 * @packageDocumentation
 */
import { constant, i64, struct, u16, u32, u64Exact } from "../../bytes/index.js";

/** [MS-SMB2] 2.2.21, Flags */
export const SMB2_WRITEFLAG_WRITE_THROUGH = 0x0000_0001;
export const SMB2_WRITEFLAG_WRITE_UNBUFFERED = 0x0000_0002;

/** [MS-SMB2] 2.2.21 */
export const WriteRequest = struct("SMB2 WRITE Request", 48, {
  structureSize: constant(u16, 49),
  dataOffset: u16, // from the start of the SMB2 header
  length: u32,
  offset: i64, // bytes from the start of the file; -1: its end
  persistentFileId: u64Exact,
  volatileFileId: u64Exact,
  channel: u32,
  remainingBytes: u32,
  writeChannelInfoOffset: u16, // from the start of the SMB2 header
  writeChannelInfoLength: u16,
  flags: u32,
});

/** [MS-SMB2] 2.2.22 */
export const WriteResponse = struct("SMB2 WRITE Response", 16, {
  structureSize: constant(u16, 17),
  reserved: u16,
  count: u32,
  remaining: u32,
  writeChannelInfoOffset: u16,
  writeChannelInfoLength: u16,
});
