/**
 * Locks: GETLK, SETLK, SETLKW.
 *
 * @packageDocumentation
 */
import { struct, u32, u64, u64Exact } from "../../bytes/index.js";

const FILE_LOCK = {
  start: u64Exact, // the first byte
  end: u64Exact, // the last byte; OFFSET_MAX means to the end
  type: u32, // F_*
  pid: u32,
} as const;

/** `struct fuse_lk_in`, its `lk` included */
export const LkIn = struct("fuse_lk_in", 48, {
  fh: u64,
  owner: u64Exact,
  ...FILE_LOCK,
  lkFlags: u32, // FUSE_LK_*
  padding: u32,
});

/** `struct fuse_lk_out`: answers GETLK. */
export const LkOut = struct("fuse_lk_out", 24, FILE_LOCK);

/** `type`, of fcntl.h */
export const F_RDLCK = 0;
export const F_WRLCK = 1;
export const F_UNLCK = 2;

/** `end` of a lock without an end */
export const OFFSET_MAX = 0x7fff_ffff_ffff_ffffn;

/** `lkFlags`: a lock of flock(2), on the whole file */
export const FUSE_LK_FLOCK = 1 << 0;
