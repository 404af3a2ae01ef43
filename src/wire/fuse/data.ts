/**
 * The bytes of files: READ (and READDIR, READDIRPLUS), WRITE, FSYNC, FALLOCATE, LSEEK, COPY_FILE_RANGE, BMAP.
 *
 * @packageDocumentation
 */
import { struct, u32, u64, u64Exact } from "../../bytes/index.js";

/** `struct fuse_read_in`: READ, READDIR, READDIRPLUS. The answer is the bytes, and no more than `size`. */
export const ReadIn = struct("fuse_read_in", 40, {
  fh: u64,
  offset: u64, // bytes; of a directory: `off` of the entry before the first one wanted
  size: u32, // bytes
  readFlags: u32, // FUSE_READ_*
  lockOwner: u64Exact,
  flags: u32, // O_*
  padding: u32,
});

/** `struct fuse_write_in`; the data follows. */
export const WriteIn = struct("fuse_write_in", 40, {
  fh: u64,
  offset: u64, // bytes
  size: u32, // bytes
  writeFlags: u32, // FUSE_WRITE_*
  lockOwner: u64Exact,
  flags: u32, // O_*
  padding: u32,
});

/** `struct fuse_write_out`: answers WRITE and COPY_FILE_RANGE. */
export const WriteOut = struct("fuse_write_out", 8, {
  size: u32, // bytes
  padding: u32,
});

/** `struct fuse_fsync_in`: FSYNC and FSYNCDIR. */
export const FsyncIn = struct("fuse_fsync_in", 16, {
  fh: u64,
  fsyncFlags: u32, // FUSE_FSYNC_*
  padding: u32,
});

/** `struct fuse_fallocate_in` */
export const FallocateIn = struct("fuse_fallocate_in", 32, {
  fh: u64,
  offset: u64, // bytes
  length: u64, // bytes
  mode: u32, // FALLOC_FL_*
  padding: u32,
});

/** `struct fuse_lseek_in`: sent for SEEK_DATA and SEEK_HOLE only. */
export const LseekIn = struct("fuse_lseek_in", 24, {
  fh: u64,
  offset: u64, // bytes
  whence: u32, // SEEK_*
  padding: u32,
});

/** `struct fuse_lseek_out` */
export const LseekOut = struct("fuse_lseek_out", 8, {
  offset: u64, // bytes
});

/** `struct fuse_copy_file_range_in`: COPY_FILE_RANGE and COPY_FILE_RANGE_64. The header's node is the source. */
export const CopyFileRangeIn = struct("fuse_copy_file_range_in", 56, {
  fhIn: u64,
  offIn: u64, // bytes
  nodeIdOut: u64,
  fhOut: u64,
  offOut: u64, // bytes
  len: u64, // bytes
  flags: u64,
});

/** `struct fuse_copy_file_range_out`: answers COPY_FILE_RANGE_64. */
export const CopyFileRangeOut = struct("fuse_copy_file_range_out", 8, {
  bytesCopied: u64,
});

/** `struct fuse_bmap_in` */
export const BmapIn = struct("fuse_bmap_in", 16, {
  block: u64,
  blocksize: u32, // bytes
  padding: u32,
});

/** `struct fuse_bmap_out` */
export const BmapOut = struct("fuse_bmap_out", 8, {
  block: u64,
});

/** `readFlags` */
export const FUSE_READ_LOCKOWNER = 1 << 1;

/** `writeFlags` */
export const FUSE_WRITE_CACHE = 1 << 0; // from the page cache: `fh` is a guess
export const FUSE_WRITE_LOCKOWNER = 1 << 1;
export const FUSE_WRITE_KILL_SUIDGID = 1 << 2;

/** `fsyncFlags` */
export const FUSE_FSYNC_FDATASYNC = 1 << 0;

/** `mode` of {@link FallocateIn}, of linux/falloc.h */
export const FALLOC_FL_KEEP_SIZE = 0x01;
export const FALLOC_FL_PUNCH_HOLE = 0x02;
export const FALLOC_FL_COLLAPSE_RANGE = 0x08;
export const FALLOC_FL_ZERO_RANGE = 0x10;
export const FALLOC_FL_INSERT_RANGE = 0x20;
export const FALLOC_FL_UNSHARE_RANGE = 0x40;

/** `whence` */
export const SEEK_DATA = 3;
export const SEEK_HOLE = 4;
