/**
 * What is asked of the whole file system: STATFS, SYNCFS; and ACCESS, INTERRUPT, which carry one number.
 *
 * @packageDocumentation
 */
import { bytes, struct, u32, u64 } from "../../bytes/index.js";

/** `struct fuse_statfs_out` */
export const StatfsOut = struct("fuse_statfs_out", 80, {
  blocks: u64, // of `frsize`
  bfree: u64,
  bavail: u64,
  files: u64,
  ffree: u64,
  bsize: u32, // bytes
  namelen: u32, // bytes
  frsize: u32, // bytes
  padding: u32,
  spare: bytes(24),
});

/** `struct fuse_syncfs_in` */
export const SyncfsIn = struct("fuse_syncfs_in", 8, {
  padding: u64,
});

/** `struct fuse_access_in` */
export const AccessIn = struct("fuse_access_in", 8, {
  mask: u32, // R_OK 4, W_OK 2, X_OK 1
  padding: u32,
});

/** `struct fuse_interrupt_in`: its target is to be answered with EINTR, and the INTERRUPT not at all. */
export const InterruptIn = struct("fuse_interrupt_in", 8, {
  unique: u64, // of the target
});
