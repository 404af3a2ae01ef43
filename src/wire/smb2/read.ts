/**
 * READ. [MS-SMB2] 2.2.19, 2.2.20
 *
 * @packageDocumentation
 */
import { constant, i64, struct, u8, u16, u32, u64Exact } from "../../bytes/index.js";

/** [MS-SMB2] 2.2.19, Flags */
export const SMB2_READFLAG_READ_UNBUFFERED = 0x01;
export const SMB2_READFLAG_REQUEST_COMPRESSED = 0x02;

/** [MS-SMB2] 2.2.19, 2.2.21, Channel */
export const SMB2_CHANNEL_NONE = 0;
export const SMB2_CHANNEL_RDMA_V1 = 1;
export const SMB2_CHANNEL_RDMA_V1_INVALIDATE = 2;
export const SMB2_CHANNEL_RDMA_TRANSFORM = 3;

/** [MS-SMB2] 2.2.19 */
export const ReadRequest = struct("SMB2 READ Request", 48, {
  structureSize: constant(u16, 49),
  padding: u8,
  flags: u8,
  length: u32, // bytes wanted
  offset: i64, // bytes from the start of the file
  persistentFileId: u64Exact,
  volatileFileId: u64Exact,
  minimumCount: u32,
  channel: u32,
  remainingBytes: u32,
  readChannelInfoOffset: u16, // from the start of the SMB2 header
  readChannelInfoLength: u16,
});

/** [MS-SMB2] 2.2.20 */
export const ReadResponse = struct("SMB2 READ Response", 16, {
  structureSize: constant(u16, 17),
  dataOffset: u8, // from the start of the SMB2 header
  reserved: u8,
  dataLength: u32,
  dataRemaining: u32,
  flags: u32, // reserved below 3.1.1
});
