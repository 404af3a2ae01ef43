/**
 * Every operation that the kernel may ask for, by its number.
 *
 * @packageDocumentation
 */
import type { Awaitable } from "../../fs/index.js";
import { Opcode } from "../../wire/fuse/index.js";
import type { EchoAnswers } from "../echoes.js";
import type { FuseCall, Outcome } from "../fuse-call.js";
import { copyFileRange, fallocate, fsync, lseek, read, write } from "./data.js";
import { readdir } from "./directory.js";
import { batchForget, forget, getattr, lookup, tellGone } from "./lookup.js";
import { link, readlink, rename, rename2, rmdir, symlink, unlink } from "./names.js";
import { create, mkdir, mknod, open, opendir, release, tellThere } from "./open.js";
import { access, setattr } from "./set-attributes.js";
import { done, init, interrupt, ioctl, notHere, statfs } from "./volume.js";
import { getxattr, listxattr, removexattr, setxattr } from "./xattr.js";

/** What is done again, for watchers to hear of it. */
export const ECHO_ANSWERS: EchoAnswers = {
  tellGone,
  tellThere,
  tellAttributes: getattr,
};

/** Takes what it needs of the request, refuses, acts, answers. */
export type Operation = (call: FuseCall) => Awaitable<Outcome>;

/** What is not in here is answered with ENOSYS. */
export const OPERATIONS: Readonly<Record<number, Operation>> = {
  [Opcode.LOOKUP]: lookup,
  [Opcode.FORGET]: forget,
  [Opcode.GETATTR]: getattr,
  [Opcode.SETATTR]: setattr,
  [Opcode.READLINK]: readlink,
  [Opcode.SYMLINK]: symlink,
  [Opcode.MKNOD]: mknod,
  [Opcode.MKDIR]: mkdir,
  [Opcode.UNLINK]: unlink,
  [Opcode.RMDIR]: rmdir,
  [Opcode.RENAME]: rename,
  [Opcode.LINK]: link,
  [Opcode.OPEN]: open,
  [Opcode.READ]: read,
  [Opcode.WRITE]: write,
  [Opcode.STATFS]: statfs,
  [Opcode.RELEASE]: release,
  [Opcode.FSYNC]: fsync,
  [Opcode.SETXATTR]: setxattr,
  [Opcode.GETXATTR]: getxattr,
  [Opcode.LISTXATTR]: listxattr,
  [Opcode.REMOVEXATTR]: removexattr,
  [Opcode.FLUSH]: notHere,
  [Opcode.INIT]: init,
  [Opcode.OPENDIR]: opendir,
  [Opcode.READDIR]: readdir,
  [Opcode.RELEASEDIR]: release,
  [Opcode.FSYNCDIR]: done,
  [Opcode.ACCESS]: access,
  [Opcode.CREATE]: create,
  [Opcode.INTERRUPT]: interrupt,
  [Opcode.BMAP]: notHere,
  [Opcode.DESTROY]: done,
  [Opcode.IOCTL]: ioctl,
  [Opcode.POLL]: notHere,
  [Opcode.BATCH_FORGET]: batchForget,
  [Opcode.FALLOCATE]: fallocate,
  [Opcode.READDIRPLUS]: readdir,
  [Opcode.RENAME2]: rename2,
  [Opcode.LSEEK]: lseek,
  [Opcode.COPY_FILE_RANGE]: copyFileRange,
  [Opcode.COPY_FILE_RANGE_64]: copyFileRange,
};
