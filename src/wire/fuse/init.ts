/**
 * INIT: the kernel's first request, in which both agree on what they will use.
 *
 * @packageDocumentation
 */
import { bytes, struct, u16, u32 } from "../../bytes/index.js";

/** FUSE_KERNEL_VERSION: another major is another protocol. */
export const FUSE_KERNEL_VERSION = 7;

/** The newest minor whose layouts these are; what is agreed on is the lower of both. */
export const FUSE_KERNEL_MINOR_VERSION = 45;

/** `struct fuse_init_in` of kernels before 7.36, which know no `flags2`. */
export const InitInShort = struct("fuse_init_in (before 7.36)", 16, {
  major: u32,
  minor: u32,
  maxReadahead: u32, // bytes
  flags: u32,
});

/** `struct fuse_init_in` */
export const InitIn = struct("fuse_init_in", 64, {
  major: u32,
  minor: u32,
  maxReadahead: u32, // bytes
  flags: u32,
  flags2: u32, // where `flags` have INIT_EXT
  unused: bytes(44),
});

/** `struct fuse_init_out` */
export const InitOut = struct("fuse_init_out", 64, {
  major: u32,
  minor: u32,
  maxReadahead: u32, // bytes
  flags: u32,
  maxBackground: u16, // requests
  congestionThreshold: u16, // requests
  maxWrite: u32, // bytes of data in one WRITE
  timeGran: u32, // ns
  maxPages: u16, // of one request; where `flags` have MAX_PAGES
  mapAlignment: u16,
  flags2: u32, // where `flags` have INIT_EXT
  maxStackDepth: u32,
  requestTimeout: u16, // s
  unused: bytes(22),
});

/** `flags` of INIT */
export const FUSE_ASYNC_READ = 1 << 0;
export const FUSE_POSIX_LOCKS = 1 << 1;
export const FUSE_FILE_OPS = 1 << 2;
export const FUSE_ATOMIC_O_TRUNC = 1 << 3;
export const FUSE_EXPORT_SUPPORT = 1 << 4;
export const FUSE_BIG_WRITES = 1 << 5;
export const FUSE_DONT_MASK = 1 << 6;
export const FUSE_SPLICE_WRITE = 1 << 7;
export const FUSE_SPLICE_MOVE = 1 << 8;
export const FUSE_SPLICE_READ = 1 << 9;
export const FUSE_FLOCK_LOCKS = 1 << 10;
export const FUSE_HAS_IOCTL_DIR = 1 << 11;
export const FUSE_AUTO_INVAL_DATA = 1 << 12;
export const FUSE_DO_READDIRPLUS = 1 << 13;
export const FUSE_READDIRPLUS_AUTO = 1 << 14;
export const FUSE_ASYNC_DIO = 1 << 15;
export const FUSE_WRITEBACK_CACHE = 1 << 16;
export const FUSE_NO_OPEN_SUPPORT = 1 << 17;
export const FUSE_PARALLEL_DIROPS = 1 << 18;
export const FUSE_HANDLE_KILLPRIV = 1 << 19;
export const FUSE_POSIX_ACL = 1 << 20;
export const FUSE_ABORT_ERROR = 1 << 21;
export const FUSE_MAX_PAGES = 1 << 22;
export const FUSE_CACHE_SYMLINKS = 1 << 23;
export const FUSE_NO_OPENDIR_SUPPORT = 1 << 24;
export const FUSE_EXPLICIT_INVAL_DATA = 1 << 25;
export const FUSE_MAP_ALIGNMENT = 1 << 26;
export const FUSE_SUBMOUNTS = 1 << 27;
export const FUSE_HANDLE_KILLPRIV_V2 = 1 << 28;
export const FUSE_SETXATTR_EXT = 1 << 29;
export const FUSE_INIT_EXT = 1 << 30;

/** `flags2` of INIT: the kernel's flags from bit 32 on */
export const FUSE2_SECURITY_CTX = 1 << 0;
export const FUSE2_HAS_INODE_DAX = 1 << 1;
export const FUSE2_CREATE_SUPP_GROUP = 1 << 2;
export const FUSE2_HAS_EXPIRE_ONLY = 1 << 3;
export const FUSE2_DIRECT_IO_ALLOW_MMAP = 1 << 4;
export const FUSE2_PASSTHROUGH = 1 << 5;
export const FUSE2_NO_EXPORT_SUPPORT = 1 << 6;
export const FUSE2_HAS_RESEND = 1 << 7;
export const FUSE2_ALLOW_IDMAP = 1 << 8;
export const FUSE2_OVER_IO_URING = 1 << 9;
export const FUSE2_REQUEST_TIMEOUT = 1 << 10;
