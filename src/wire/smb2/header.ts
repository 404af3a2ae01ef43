/**
 * What every message begins with. [MS-SMB2] 2.2.1
 *
 * @packageDocumentation
 */
import { bytes, constant, struct, u16, u32, u64, u64Exact } from "../../bytes/index.js";

/** The ProtocolId of a plain message: 0xFE, "SMB". */
export const SMB2_PROTOCOL_ID = 0x424d_53fe;

/** [MS-SMB2] 2.2.1.2, Command */
export const Command = {
  NEGOTIATE: 0,
  SESSION_SETUP: 1,
  LOGOFF: 2,
  TREE_CONNECT: 3,
  TREE_DISCONNECT: 4,
  CREATE: 5,
  CLOSE: 6,
  FLUSH: 7,
  READ: 8,
  WRITE: 9,
  LOCK: 10,
  IOCTL: 11,
  CANCEL: 12,
  ECHO: 13,
  QUERY_DIRECTORY: 14,
  CHANGE_NOTIFY: 15,
  QUERY_INFO: 16,
  SET_INFO: 17,
  OPLOCK_BREAK: 18,
} as const;
export type Command = (typeof Command)[keyof typeof Command];

/** [MS-SMB2] 2.2.1.2, Flags */
export const SMB2_FLAGS_SERVER_TO_REDIR = 0x0000_0001;
export const SMB2_FLAGS_ASYNC_COMMAND = 0x0000_0002;
export const SMB2_FLAGS_RELATED_OPERATIONS = 0x0000_0004;
export const SMB2_FLAGS_SIGNED = 0x0000_0008;
export const SMB2_FLAGS_PRIORITY_MASK = 0x0000_0070;
export const SMB2_FLAGS_DFS_OPERATIONS = 0x1000_0000;
export const SMB2_FLAGS_REPLAY_OPERATION = 0x2000_0000;

/** 64 bits all set, as a `u64` reads them: a WRITE there appends. Such a field cannot write them. */
export const ALL_ONES = 2 ** 64;

/** 64 bits all set: both halves of the FileId that means "of the request before this one". */
export const ALL_ONES_FILE_ID = 0xffff_ffff_ffff_ffffn;

/** [MS-SMB2] 2.2.1.2 */
export const SyncHeader = struct("SMB2 header", 64, {
  protocolId: constant(u32, SMB2_PROTOCOL_ID),
  structureSize: constant(u16, 64),
  creditCharge: u16,
  status: u32, // in a request of dialect 3.x: ChannelSequence, 16 bits, and 16 reserved ones
  command: u16,
  credits: u16, // CreditRequest, or CreditResponse
  flags: u32,
  nextCommand: u32, // from the start of this header to the start of the next; 0 in the last
  messageId: u64,
  processId: u32,
  treeId: u32,
  sessionId: u64,
  signature: bytes(16),
});

/** [MS-SMB2] 2.2.1.1: with SMB2_FLAGS_ASYNC_COMMAND, and otherwise the same */
export const AsyncHeader = struct("SMB2 async header", 64, {
  protocolId: constant(u32, SMB2_PROTOCOL_ID),
  structureSize: constant(u16, 64),
  creditCharge: u16,
  status: u32,
  command: u16,
  credits: u16,
  flags: u32,
  nextCommand: u32,
  messageId: u64,
  asyncId: u64,
  sessionId: u64,
  signature: bytes(16),
});

/** What a notification that nobody asked for begins with: its MessageId is all ones. 3.3.4.6, 3.3.4.7 */
export const NotificationHeader = struct("SMB2 notification header", 64, {
  protocolId: constant(u32, SMB2_PROTOCOL_ID),
  structureSize: constant(u16, 64),
  creditCharge: u16,
  status: u32,
  command: u16,
  credits: u16,
  flags: u32,
  nextCommand: u32,
  messageId: constant(u64Exact, 0xffff_ffff_ffff_ffffn),
  processId: u32,
  treeId: u32,
  sessionId: u64,
  signature: bytes(16),
});
