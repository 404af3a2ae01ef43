/**
 * IOCTL and POLL.
 *
 * @packageDocumentation
 */
import { i32, struct, u32, u64, u64Exact } from "../../bytes/index.js";

/** `struct fuse_ioctl_in`; `inSize` bytes follow. */
export const IoctlIn = struct("fuse_ioctl_in", 32, {
  fh: u64,
  flags: u32, // FUSE_IOCTL_*
  cmd: u32,
  arg: u64Exact, // the caller's address, or number
  inSize: u32, // bytes
  outSize: u32, // bytes, at most
});

/** `struct fuse_ioctl_out`; the data follows. */
export const IoctlOut = struct("fuse_ioctl_out", 16, {
  result: i32,
  flags: u32, // FUSE_IOCTL_*
  inIovs: u32,
  outIovs: u32,
});

/** `struct fuse_poll_in` */
export const PollIn = struct("fuse_poll_in", 24, {
  fh: u64,
  kh: u64, // for the notification
  flags: u32, // FUSE_POLL_*
  events: u32, // POLLIN 1, POLLOUT 4, ...
});

/** `struct fuse_poll_out` */
export const PollOut = struct("fuse_poll_out", 8, {
  revents: u32,
  padding: u32,
});

/** `flags` of {@link IoctlIn} and {@link IoctlOut} */
export const FUSE_IOCTL_COMPAT = 1 << 0;
export const FUSE_IOCTL_UNRESTRICTED = 1 << 1;
export const FUSE_IOCTL_RETRY = 1 << 2;
export const FUSE_IOCTL_32BIT = 1 << 3;
export const FUSE_IOCTL_DIR = 1 << 4;
export const FUSE_IOCTL_COMPAT_X32 = 1 << 5;

/** `flags` of {@link PollIn} */
export const FUSE_POLL_SCHEDULE_NOTIFY = 1 << 0;
