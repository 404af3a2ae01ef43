/**
 * Notifications: what the server tells the kernel unasked. They are written as answers with `unique` 0 whose
 * `error` is the code.
 *
 * @packageDocumentation
 */
import { i64, struct, u32, u64 } from "../../bytes/index.js";

/** `enum fuse_notify_code` */
export const NotifyCode = {
  POLL: 1,
  INVAL_INODE: 2,
  INVAL_ENTRY: 3,
  STORE: 4,
  RETRIEVE: 5, // answered by the request NOTIFY_REPLY
  DELETE: 6,
  RESEND: 7,
  INC_EPOCH: 8, // no name that was told is true any more; 7.44
} as const;

/** One of {@link NotifyCode}. */
export type NotifyCode = (typeof NotifyCode)[keyof typeof NotifyCode];

/** `struct fuse_notify_poll_wakeup_out` */
export const NotifyPollWakeupOut = struct("fuse_notify_poll_wakeup_out", 8, {
  kh: u64,
});

/** `struct fuse_notify_inval_inode_out`: attributes, and cached data, of a node are no longer true. */
export const NotifyInvalInodeOut = struct("fuse_notify_inval_inode_out", 24, {
  ino: u64, // the node id
  off: i64, // bytes; negative: the attributes only
  len: i64, // bytes; 0 or negative: to the end
});

/** `struct fuse_notify_inval_entry_out`; the name and a zero byte follow. */
export const NotifyInvalEntryOut = struct("fuse_notify_inval_entry_out", 16, {
  parent: u64, // a node id
  namelen: u32, // bytes, without the zero
  flags: u32, // FUSE_EXPIRE_ONLY
});

/** `struct fuse_notify_delete_out`; the name and a zero byte follow. */
export const NotifyDeleteOut = struct("fuse_notify_delete_out", 24, {
  parent: u64, // a node id
  child: u64, // a node id
  namelen: u32, // bytes, without the zero
  padding: u32,
});

/** `struct fuse_notify_store_out`; the data follows. */
export const NotifyStoreOut = struct("fuse_notify_store_out", 24, {
  nodeId: u64,
  offset: u64, // bytes
  size: u32, // bytes
  padding: u32,
});

/** `struct fuse_notify_retrieve_out` */
export const NotifyRetrieveOut = struct("fuse_notify_retrieve_out", 32, {
  notifyUnique: u64,
  nodeId: u64,
  offset: u64, // bytes
  size: u32, // bytes
  padding: u32,
});

/** `struct fuse_notify_retrieve_in`: in a NOTIFY_REPLY; the data follows. */
export const NotifyRetrieveIn = struct("fuse_notify_retrieve_in", 40, {
  dummy1: u64,
  offset: u64, // bytes
  size: u32, // bytes
  dummy2: u32,
  dummy3: u64,
  dummy4: u64,
});

/** `flags` of {@link NotifyInvalEntryOut}: the entry is to be looked up again, not forgotten */
export const FUSE_EXPIRE_ONLY = 1 << 0;
