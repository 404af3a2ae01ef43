/**
 * What programs are told of files: `struct fuse_attr`, of what the volume knows.
 *
 * @packageDocumentation
 */

import type { Values } from "../bytes/index.js";
import type { FileInfo } from "../fs/index.js";
import {
  FILE_ATTRIBUTE_DIRECTORY,
  FILE_ATTRIBUTE_READONLY,
  FILE_ATTRIBUTE_REPARSE_POINT,
  ReparseTag,
  S_IFDIR,
  S_IFLNK,
  S_IFREG,
  UNIX_EPOCH_TICKS,
} from "../nt/index.js";
import type { Attr } from "../wire/fuse/index.js";
import { DT_DIR, DT_LNK, DT_REG } from "../wire/fuse/index.js";
import type { Ownership } from "./ownership.js";

/** Permissions that a file with FILE_ATTRIBUTE_READONLY does not show. */
const WRITE_PERMISSIONS = 0o222;

/** Links have no permissions of their own. */
const LINK_PERMISSIONS = 0o777;

const BLOCK_SIZE = 512;

/** Bytes that programs are told to read and write at once. */
const PREFERRED_SIZE = 4096;

/** What is told of a file. */
export interface Facts {
  readonly info: FileInfo;
  readonly owner: Ownership;
  /** The number of the file: the same for as long as it is known. */
  readonly ino: number;
  /** Of a symbolic link: bytes of the path that it stands for. */
  readonly targetLength: number;
}

/** What the kind of a file is told by. */
type Kind = Pick<FileInfo, "fileAttributes" | "reparseTag">;

/** Whether a file is a symbolic link. */
export function isSymlink({ fileAttributes, reparseTag }: Kind): boolean {
  return (fileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) !== 0 && reparseTag === ReparseTag.SYMLINK;
}

/** Whether a file is a directory for programs: what leads elsewhere is none. */
export function isDirectoryFile(info: Kind): boolean {
  return (info.fileAttributes & FILE_ATTRIBUTE_DIRECTORY) !== 0 && !isSymlink(info);
}

/** The type of a file, as a directory entry tells it. */
export function direntTypeOf(info: Kind): number {
  if (isSymlink(info)) return DT_LNK;
  return isDirectoryFile(info) ? DT_DIR : DT_REG;
}

/** `st_mode` */
export function modeOf(info: FileInfo, { permissions }: Ownership): number {
  if (isSymlink(info)) return S_IFLNK | LINK_PERMISSIONS;
  if (isDirectoryFile(info)) return S_IFDIR | permissions;
  const isReadOnly = (info.fileAttributes & FILE_ATTRIBUTE_READONLY) !== 0;
  return S_IFREG | (isReadOnly ? permissions & ~WRITE_PERMISSIONS : permissions);
}

/** Fills in a `struct fuse_attr`, alone or within an answer. */
export function fillAttr(attr: Values<typeof Attr.fields>, facts: Facts): void {
  const { info, owner, ino, targetLength } = facts;
  attr.ino = ino;
  attr.size = isSymlink(info) ? targetLength : info.fileSize;
  attr.blocks = Math.ceil(info.allocationSize / BLOCK_SIZE);
  const accessed = timeParts(info.lastAccessTicks);
  attr.atime = accessed.seconds;
  attr.atimensec = accessed.nanoseconds;
  const written = timeParts(info.lastWriteTicks);
  attr.mtime = written.seconds;
  attr.mtimensec = written.nanoseconds;
  const changed = timeParts(info.changeTicks);
  attr.ctime = changed.seconds;
  attr.ctimensec = changed.nanoseconds;
  attr.mode = modeOf(info, owner);
  attr.nlink = info.hardLinks;
  attr.uid = owner.uid;
  attr.gid = owner.gid;
  attr.blksize = PREFERRED_SIZE;
}

const TICKS_PER_SECOND = 10_000_000n;
const NANOSECONDS_PER_TICK = 100;

/** A time as stat(2) tells it, since 1970. */
export interface TimeParts {
  readonly seconds: number;
  readonly nanoseconds: number;
}

let lastTicks = UNIX_EPOCH_TICKS;
let lastParts: TimeParts = { seconds: 0, nanoseconds: 0 };

/** FILETIME ticks as stat(2) tells them. Times of one file are often equal: the last answer is kept. */
export function timeParts(ticks: bigint): TimeParts {
  if (ticks === lastTicks) return lastParts;
  const sinceEpoch = ticks - UNIX_EPOCH_TICKS;
  const rest = ((sinceEpoch % TICKS_PER_SECOND) + TICKS_PER_SECOND) % TICKS_PER_SECOND;
  const seconds = Number((sinceEpoch - rest) / TICKS_PER_SECOND);
  lastParts = { seconds, nanoseconds: Number(rest) * NANOSECONDS_PER_TICK };
  lastTicks = ticks;
  return lastParts;
}

/** The reverse; what is finer than a tick is lost. */
export function ticksOfParts(seconds: number | bigint, nanoseconds: number): bigint {
  const whole = BigInt(seconds) * TICKS_PER_SECOND;
  const ticks = UNIX_EPOCH_TICKS + whole + BigInt(Math.floor(nanoseconds / NANOSECONDS_PER_TICK));
  return ticks > 0n ? ticks : 1n; // before 1601, or at its very start, which would mean "leave it"
}
