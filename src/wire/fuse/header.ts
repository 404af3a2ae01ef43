/**
 * What every request and every answer begins with.
 *
 * The specification of FUSE is the kernel's own header, include/uapi/linux/fuse.h; the names of layouts and fields
 * are its names in our case style. All of it is in the byte order of the machine, which is taken to be
 * little-endian. Sizes and offsets are `u64`: exact below 2^53, and beyond it never less than 2^53, so that
 * one comparison refuses them.
 *
 * @packageDocumentation
 */
import { i32, struct, u16, u32, u64 } from "../../bytes/index.js";

/** `struct fuse_in_header`: before each request. */
export const InHeader = struct("fuse_in_header", 40, {
  len: u32, // of the whole request, this header too
  opcode: u32,
  unique: u64, // even; an INTERRUPT has that of its target, plus 1
  nodeId: u64,
  uid: u32,
  gid: u32,
  pid: u32,
  totalExtlen: u16, // of extensions at its end, in units of 8 bytes
  padding: u16,
});

/** `struct fuse_out_header`: before each answer, and before each notification. */
export const OutHeader = struct("fuse_out_header", 16, {
  len: u32, // of the whole answer, this header too; the kernel refuses it when it is not what was written
  error: i32, // 0, or an errno, negative; of a notification its code
  unique: u64, // that of the request; of a notification 0
});

/** `enum fuse_opcode` */
export const Opcode = {
  LOOKUP: 1,
  FORGET: 2, // no answer
  GETATTR: 3,
  SETATTR: 4,
  READLINK: 5,
  SYMLINK: 6,
  MKNOD: 8,
  MKDIR: 9,
  UNLINK: 10,
  RMDIR: 11,
  RENAME: 12,
  LINK: 13,
  OPEN: 14,
  READ: 15,
  WRITE: 16,
  STATFS: 17,
  RELEASE: 18,
  FSYNC: 20,
  SETXATTR: 21,
  GETXATTR: 22,
  LISTXATTR: 23,
  REMOVEXATTR: 24,
  FLUSH: 25,
  INIT: 26,
  OPENDIR: 27,
  READDIR: 28,
  RELEASEDIR: 29,
  FSYNCDIR: 30,
  GETLK: 31,
  SETLK: 32,
  SETLKW: 33,
  ACCESS: 34,
  CREATE: 35,
  INTERRUPT: 36, // no answer
  BMAP: 37,
  DESTROY: 38,
  IOCTL: 39,
  POLL: 40,
  NOTIFY_REPLY: 41, // no answer
  BATCH_FORGET: 42, // no answer
  FALLOCATE: 43,
  READDIRPLUS: 44,
  RENAME2: 45,
  LSEEK: 46,
  COPY_FILE_RANGE: 47,
  SETUPMAPPING: 48,
  REMOVEMAPPING: 49,
  SYNCFS: 50,
  TMPFILE: 51,
  STATX: 52,
  COPY_FILE_RANGE_64: 53,
} as const;

/** One of {@link Opcode}. */
export type Opcode = (typeof Opcode)[keyof typeof Opcode];

/** The root of every file system: FUSE_ROOT_ID */
export const FUSE_ROOT_ID = 1;
