/**
 * OPEN, OPENDIR, CREATE, TMPFILE; FLUSH (each close of a descriptor), RELEASE and RELEASEDIR (the last).
 *
 * @packageDocumentation
 */
import { i32, struct, u32, u64, u64Exact } from "../../bytes/index.js";

/** `struct fuse_open_in`: OPEN and OPENDIR. */
export const OpenIn = struct("fuse_open_in", 8, {
  flags: u32, // O_*; without O_CREAT, O_EXCL, O_NOCTTY
  openFlags: u32, // FUSE_OPEN_*
});

/** `struct fuse_create_in`: CREATE, the name follows; TMPFILE. */
export const CreateIn = struct("fuse_create_in", 16, {
  flags: u32, // O_*
  mode: u32,
  umask: u32, // not yet applied where INIT agreed on DONT_MASK
  openFlags: u32, // FUSE_OPEN_*
});

/** `struct fuse_open_out`: answers OPEN and OPENDIR; the second part of CREATE's and TMPFILE's. */
export const OpenOut = struct("fuse_open_out", 16, {
  fh: u64,
  openFlags: u32, // FOPEN_*
  backingId: i32, // where `openFlags` have FOPEN_PASSTHROUGH
});

/** `struct fuse_release_in`: RELEASE and RELEASEDIR. */
export const ReleaseIn = struct("fuse_release_in", 24, {
  fh: u64,
  flags: u32, // O_*
  releaseFlags: u32, // FUSE_RELEASE_*
  lockOwner: u64Exact,
});

/** `struct fuse_flush_in` */
export const FlushIn = struct("fuse_flush_in", 24, {
  fh: u64,
  unused: u32,
  padding: u32,
  lockOwner: u64Exact,
});

/** `openFlags` of {@link OpenIn} and {@link CreateIn} */
export const FUSE_OPEN_KILL_SUIDGID = 1 << 0;

/** `openFlags` of {@link OpenOut} */
export const FOPEN_DIRECT_IO = 1 << 0;
export const FOPEN_KEEP_CACHE = 1 << 1;
export const FOPEN_NONSEEKABLE = 1 << 2;
export const FOPEN_CACHE_DIR = 1 << 3;
export const FOPEN_STREAM = 1 << 4;
export const FOPEN_NOFLUSH = 1 << 5;
export const FOPEN_PARALLEL_DIRECT_WRITES = 1 << 6;
export const FOPEN_PASSTHROUGH = 1 << 7;

/** `releaseFlags` */
export const FUSE_RELEASE_FLUSH = 1 << 0;
export const FUSE_RELEASE_FLOCK_UNLOCK = 1 << 1;
