/**
 * CHANGE_NOTIFY. The entries are in `wire/fscc`. [MS-SMB2] 2.2.35, 2.2.36
 *
 * @packageDocumentation
 */
import { constant, struct, u16, u32, u64Exact } from "../../bytes/index.js";

/** [MS-SMB2] 2.2.35, Flags: everything below the directory too. */
export const SMB2_WATCH_TREE = 0x0001;

/** [MS-SMB2] 2.2.35, CompletionFilter */
export const FILE_NOTIFY_CHANGE_FILE_NAME = 0x0000_0001;
export const FILE_NOTIFY_CHANGE_DIR_NAME = 0x0000_0002;
export const FILE_NOTIFY_CHANGE_ATTRIBUTES = 0x0000_0004;
export const FILE_NOTIFY_CHANGE_SIZE = 0x0000_0008;
export const FILE_NOTIFY_CHANGE_LAST_WRITE = 0x0000_0010;
export const FILE_NOTIFY_CHANGE_LAST_ACCESS = 0x0000_0020;
export const FILE_NOTIFY_CHANGE_CREATION = 0x0000_0040;
export const FILE_NOTIFY_CHANGE_EA = 0x0000_0080;
export const FILE_NOTIFY_CHANGE_SECURITY = 0x0000_0100;
export const FILE_NOTIFY_CHANGE_STREAM_NAME = 0x0000_0200;
export const FILE_NOTIFY_CHANGE_STREAM_SIZE = 0x0000_0400;
export const FILE_NOTIFY_CHANGE_STREAM_WRITE = 0x0000_0800;

/** [MS-SMB2] 2.2.35 */
export const ChangeNotifyRequest = struct("SMB2 CHANGE_NOTIFY Request", 32, {
  structureSize: constant(u16, 32),
  flags: u16,
  outputBufferLength: u32,
  persistentFileId: u64Exact,
  volatileFileId: u64Exact,
  completionFilter: u32,
  reserved: u32,
});

/** [MS-SMB2] 2.2.36 */
export const ChangeNotifyResponse = struct("SMB2 CHANGE_NOTIFY Response", 8, {
  structureSize: constant(u16, 9),
  outputBufferOffset: u16, // from the start of the SMB2 header
  outputBufferLength: u32,
});
