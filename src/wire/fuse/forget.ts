/**
 * FORGET, BATCH_FORGET: the kernel has dropped lookups of a node. Neither is answered.
 *
 * @packageDocumentation
 */
import { struct, u32, u64 } from "../../bytes/index.js";

/** `struct fuse_forget_in` */
export const ForgetIn = struct("fuse_forget_in", 8, {
  nlookup: u64,
});

/** `struct fuse_batch_forget_in`; as many of {@link ForgetOne} follow. */
export const BatchForgetIn = struct("fuse_batch_forget_in", 8, {
  count: u32,
  dummy: u32,
});

/** `struct fuse_forget_one` */
export const ForgetOne = struct("fuse_forget_one", 16, {
  nodeId: u64,
  nlookup: u64,
});
