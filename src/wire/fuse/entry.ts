/**
 * Requests that make, move and link names: MKNOD, MKDIR, RENAME, RENAME2, LINK. Their names follow, each with a zero
 * byte behind it. SYMLINK (name, then target), UNLINK, RMDIR and LOOKUP (name) have names only.
 *
 * @packageDocumentation
 */
import { struct, u32, u64 } from "../../bytes/index.js";

/** `struct fuse_mknod_in`; the name follows. */
export const MknodIn = struct("fuse_mknod_in", 16, {
  mode: u32, // S_IFMT and permissions
  rdev: u32,
  umask: u32, // not yet applied where INIT agreed on DONT_MASK
  padding: u32,
});

/** `struct fuse_mkdir_in`; the name follows. */
export const MkdirIn = struct("fuse_mkdir_in", 8, {
  mode: u32,
  umask: u32,
});

/** `struct fuse_rename_in`; the old name and the new one follow. */
export const RenameIn = struct("fuse_rename_in", 8, {
  newdir: u64, // a node id
});

/** `struct fuse_rename2_in`; the old name and the new one follow. */
export const Rename2In = struct("fuse_rename2_in", 16, {
  newdir: u64, // a node id
  flags: u32, // RENAME_*
  padding: u32,
});

/** `struct fuse_link_in`; the new name follows. The header's node is the directory it goes to. */
export const LinkIn = struct("fuse_link_in", 8, {
  oldNodeId: u64,
});

/** `flags` of {@link Rename2In}, of linux/fs.h */
export const RENAME_NOREPLACE = 1 << 0;
export const RENAME_EXCHANGE = 1 << 1;
export const RENAME_WHITEOUT = 1 << 2;
