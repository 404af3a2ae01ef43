/**
 * CHANGE_NOTIFY. The entries are in `wire/fscc`. [MS-SMB2] 2.2.35, 2.2.36
 *
 * @packageDocumentation
 */
import { constant, struct, u16, u32, u64Exact } from "../../bytes/index.js";

/** [MS-SMB2] 2.2.35, Flags: everything below the directory too. */
export const SMB2_WATCH_TREE = 0x0001;

/** [MS-SMB2] 2.2.35 */
export const ChangeNotifyRequest = struct("SMB2 CHANGE_NOTIFY Request", 32, {
  structureSize: constant(u16, 32),
  flags: u16,
  outputBufferLength: u32,
  persistentFileId: u64Exact,
  volatileFileId: u64Exact,
  completionFilter: u32, // FILE_NOTIFY_CHANGE_...
  reserved: u32,
});

/** [MS-SMB2] 2.2.36 */
export const ChangeNotifyResponse = struct("SMB2 CHANGE_NOTIFY Response", 8, {
  structureSize: constant(u16, 9),
  outputBufferOffset: u16, // from the start of the SMB2 header
  outputBufferLength: u32,
});
