/**
 * Extended attributes: SETXATTR, GETXATTR, LISTXATTR; REMOVEXATTR has the name only.
 *
 * @packageDocumentation
 */
import { struct, u32 } from "../../bytes/index.js";

/** `struct fuse_setxattr_in` where INIT agreed on SETXATTR_EXT; name and value follow. */
export const SetxattrIn = struct("fuse_setxattr_in", 16, {
  size: u32, // of the value, in bytes
  flags: u32, // XATTR_*
  setxattrFlags: u32, // FUSE_SETXATTR_*
  padding: u32,
});

/** The same where it did not. */
export const SetxattrInShort = struct("fuse_setxattr_in (without SETXATTR_EXT)", 8, {
  size: u32,
  flags: u32,
});

/** `struct fuse_getxattr_in`: GETXATTR, the name follows; LISTXATTR. */
export const GetxattrIn = struct("fuse_getxattr_in", 8, {
  size: u32, // bytes there is room for; 0 asks for the length, answered with `GetxattrOut`
  padding: u32,
});

/** `struct fuse_getxattr_out` */
export const GetxattrOut = struct("fuse_getxattr_out", 8, {
  size: u32, // bytes
  padding: u32,
});

/** `flags` of {@link SetxattrIn}, of linux/xattr.h */
export const XATTR_CREATE = 1;
export const XATTR_REPLACE = 2;

/** `setxattrFlags` */
export const FUSE_SETXATTR_ACL_KILL_SGID = 1 << 0;
