/**
 * Attributes of files: LOOKUP and all that makes an entry, GETATTR, SETATTR, STATX.
 *
 * @packageDocumentation
 */
import { bytes, i32, i64, struct, u16, u32, u64, u64Exact } from "../../bytes/index.js";

const ATTR = {
  ino: u64,
  size: u64, // bytes
  blocks: u64, // of 512 bytes
  atime: i64, // s since 1970
  mtime: i64,
  ctime: i64,
  atimensec: u32,
  mtimensec: u32,
  ctimensec: u32,
  mode: u32, // S_IFMT and permissions
  nlink: u32,
  uid: u32,
  gid: u32,
  rdev: u32,
  blksize: u32, // bytes
  flags: u32, // FUSE_ATTR_*
} as const;

/** `struct fuse_attr` */
export const Attr = struct("fuse_attr", 88, ATTR);

/** `struct fuse_entry_out`, its `attr` included: answers LOOKUP, MKNOD, MKDIR, SYMLINK, LINK; the first part of CREATE's. */
export const EntryOut = struct("fuse_entry_out", 128, {
  nodeId: u64, // 0: there is no such name, and that may be remembered for as long as the entry is valid
  generation: u64,
  entryValid: u64, // s
  attrValid: u64, // s
  entryValidNsec: u32,
  attrValidNsec: u32,
  ...ATTR,
});

/** `struct fuse_getattr_in` */
export const GetattrIn = struct("fuse_getattr_in", 16, {
  getattrFlags: u32, // FUSE_GETATTR_FH
  dummy: u32,
  fh: u64,
});

/** `struct fuse_attr_out`, its `attr` included: answers GETATTR and SETATTR. */
export const AttrOut = struct("fuse_attr_out", 104, {
  attrValid: u64, // s
  attrValidNsec: u32,
  dummy: u32,
  ...ATTR,
});

/** `struct fuse_setattr_in` */
export const SetattrIn = struct("fuse_setattr_in", 88, {
  valid: u32, // FATTR_*
  padding: u32,
  fh: u64,
  size: u64, // bytes
  lockOwner: u64Exact,
  atime: i64, // s since 1970
  mtime: i64,
  ctime: i64,
  atimensec: u32,
  mtimensec: u32,
  ctimensec: u32,
  mode: u32,
  unused4: u32,
  uid: u32,
  gid: u32,
  unused5: u32,
});

/** `struct fuse_statx_in` */
export const StatxIn = struct("fuse_statx_in", 24, {
  getattrFlags: u32, // FUSE_GETATTR_FH
  reserved: u32,
  fh: u64,
  sxFlags: u32,
  sxMask: u32, // STATX_*
});

/** `struct fuse_statx_out`, its `stat` included */
export const StatxOut = struct("fuse_statx_out", 288, {
  attrValid: u64, // s
  attrValidNsec: u32,
  flags: u32,
  spare: bytes(16),
  mask: u32, // STATX_*: what is told
  blksize: u32, // bytes
  attributes: u64,
  nlink: u32,
  uid: u32,
  gid: u32,
  mode: u16,
  spare0: u16,
  ino: u64,
  size: u64, // bytes
  blocks: u64, // of 512 bytes
  attributesMask: u64,
  atime: i64, // s since 1970
  atimensec: u32,
  atimeReserved: i32,
  btime: i64,
  btimensec: u32,
  btimeReserved: i32,
  ctime: i64,
  ctimensec: u32,
  ctimeReserved: i32,
  mtime: i64,
  mtimensec: u32,
  mtimeReserved: i32,
  rdevMajor: u32,
  rdevMinor: u32,
  devMajor: u32,
  devMinor: u32,
  spare2: bytes(112),
});

/** `getattrFlags` */
export const FUSE_GETATTR_FH = 1 << 0;

/** `flags` of {@link Attr} */
export const FUSE_ATTR_SUBMOUNT = 1 << 0;
export const FUSE_ATTR_DAX = 1 << 1;

/** `valid` of {@link SetattrIn} */
export const FATTR_MODE = 1 << 0;
export const FATTR_UID = 1 << 1;
export const FATTR_GID = 1 << 2;
export const FATTR_SIZE = 1 << 3;
export const FATTR_ATIME = 1 << 4;
export const FATTR_MTIME = 1 << 5;
export const FATTR_FH = 1 << 6;
export const FATTR_ATIME_NOW = 1 << 7;
export const FATTR_MTIME_NOW = 1 << 8;
export const FATTR_LOCKOWNER = 1 << 9;
export const FATTR_CTIME = 1 << 10;
export const FATTR_KILL_SUIDGID = 1 << 11;

/** `sxMask` and `mask`, of linux/stat.h */
export const STATX_BASIC_STATS = 0x7ff;
export const STATX_BTIME = 0x800;
