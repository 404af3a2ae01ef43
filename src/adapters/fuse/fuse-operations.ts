/**
 * The high-level operations of FUSE, as authors of file systems write them in JavaScript.
 *
 * @packageDocumentation
 */
import type { Awaitable, Caller } from "../../fs/index.js";

/**
 * A moment, as operations may tell it: a `Date`, milliseconds since 1970, or, as a bigint, nanoseconds since 1970.
 */
export type FuseTime = Date | number | bigint;

/** A moment as operations are given it: a `Date`, and what a `Date` is too coarse for. */
export class FuseDate extends Date {
  /** Nanoseconds since 1970. */
  readonly ns: bigint;

  constructor(ns: bigint) {
    super(Number(ns / 1_000_000n));
    this.ns = ns;
  }
}

/** What is known of a file. stat(2); Node's `Stats` and `BigIntStats` fit. */
export interface FuseStat {
  /** Type and permissions: `0o100644` is a file that everybody may read. */
  readonly mode: number | bigint;
  /** In bytes. */
  readonly size?: number | bigint | undefined;
  /** Whom it belongs to; left out: whoever serves the file system. */
  readonly uid?: number | bigint | undefined;
  readonly gid?: number | bigint | undefined;
  /** Names of the file. */
  readonly nlink?: number | bigint | undefined;
  /** The identity of the file; left out, or 0: files are known by their paths. */
  readonly ino?: number | bigint | undefined;
  /** The device that a special file stands for. */
  readonly rdev?: number | bigint | undefined;
  /** Taken, in units of 512 bytes. */
  readonly blocks?: number | bigint | undefined;
  /** Left out: since the file system was started. So with all times. */
  readonly atime?: FuseTime | undefined;
  readonly mtime?: FuseTime | undefined;
  readonly ctime?: FuseTime | undefined;
  /** When it was made; left out: `ctime`. */
  readonly birthtime?: FuseTime | undefined;
  /** `st_flags`: hidden 0x8000, read-only 0x1000, archive 0x800, system 0x80. WinFsp 4.3, STAT_EX */
  readonly flags?: number | undefined;
}

/** How full a file system is. statvfs(3) */
export interface FuseStatFs {
  readonly bsize?: number | bigint | undefined;
  /** The unit of the counts, in bytes; left out: `bsize`. */
  readonly frsize?: number | bigint | undefined;
  readonly blocks?: number | bigint | undefined;
  readonly bfree?: number | bigint | undefined;
  readonly bavail?: number | bigint | undefined;
  /** The longest single name; above 255 it counts as 255. */
  readonly namemax?: number | bigint | undefined;
  readonly namelen?: number | bigint | undefined;
}

/** Who asks, and for what: `fuse_get_context`. */
export interface FuseContext {
  /** By the rules of `POSIX_ACCOUNTS`, and those of the options before them. */
  readonly uid: number;
  readonly gid: number;
  /** Of the program that asks; -1 where nobody knows, as from another machine. */
  readonly pid: number;
  /** Permissions that new files are not to have. */
  readonly umask: number;
  readonly caller: Caller;
  /** To be set by `open` and `create`: no client is to keep what it reads. `fi->direct_io` */
  directIo: boolean;
}

/** A directory entry: a name alone, or with what the file system knows of it anyway. */
export type FuseEntry =
  | string
  | {
      readonly name: string;
      readonly stat?: FuseStat | undefined;
    };

/** One record lock. fcntl(2), `struct flock` */
export interface FuseLock {
  /** F_RDLCK 0, F_WRLCK 1, F_UNLCK 2. */
  readonly type: number;
  readonly start: number;
  /** In bytes; 0: to the end. */
  readonly length: number;
  readonly pid: number;
}

/**
 * A file system as FUSE has it, in promise style: each operation returns its result, or a promise of it, and
 * throws to refuse: a number (`2`, `-2`), an object with `errno` or `code` ("ENOENT"), or one of Node's errors. A negative
 * number returned is a refusal, too.
 *
 * Paths begin with `/`. What `open`, `opendir` and `create` return is handed back as `fh`; it may be anything. Every
 * operation is given a {@link FuseContext} as its last argument. Operations that are absent are capabilities
 * that the volume has not. See {@link FuseCallbackOperations} for the style of `fuse-native`.
 *
 * @see libfuse `struct fuse_operations`; WinFsp 4.2
 */
export interface FuseOperations<Fh = unknown> {
  /** Called once, before all others. */
  init?(context: FuseContext): Awaitable<void>;
  /** Called once, after all others. */
  destroy?(context: FuseContext): Awaitable<void>;

  getattr(path: string, context: FuseContext): Awaitable<FuseStat>;
  fgetattr?(path: string, fh: Fh, context: FuseContext): Awaitable<FuseStat>;
  /** @param mask - R_OK 4, W_OK 2, X_OK 1, F_OK 0; 0x40000000: may it be deleted? WinFsp's DELETE_OK */
  access?(path: string, mask: number, context: FuseContext): Awaitable<void>;
  statfs?(path: string, context: FuseContext): Awaitable<FuseStatFs>;

  /** Names, with or without `.` and `..`; all of them, or those after a previous call's, until there is none. */
  readdir?(
    path: string,
    fh: Fh,
    context: FuseContext,
  ): Awaitable<Iterable<FuseEntry> | AsyncIterable<FuseEntry>>;
  opendir?(path: string, flags: number, context: FuseContext): Awaitable<Fh>;
  releasedir?(path: string, fh: Fh, context: FuseContext): Awaitable<void>;
  fsyncdir?(path: string, fh: Fh, datasync: boolean, context: FuseContext): Awaitable<void>;

  /** @param flags - O_RDONLY 0, O_WRONLY 1 or O_RDWR 2: never O_APPEND, O_CREAT, O_TRUNC */
  open?(path: string, flags: number, context: FuseContext): Awaitable<Fh>;
  create?(path: string, mode: number, flags: number, context: FuseContext): Awaitable<Fh>;
  /**
   * @param buffer - to be filled from its start; valid until the result settles
   * @param position - in bytes, from the start of the file
   * @returns bytes read; fewer than `length` only where the file ends
   */
  read?(
    path: string,
    fh: Fh,
    buffer: Buffer,
    length: number,
    position: number,
    context: FuseContext,
  ): Awaitable<number>;
  /** @returns bytes written; fewer than `length`, and it is called again for the rest */
  write?(
    path: string,
    fh: Fh,
    buffer: Buffer,
    length: number,
    position: number,
    context: FuseContext,
  ): Awaitable<number>;
  /** Before each `release`. */
  flush?(path: string, fh: Fh, context: FuseContext): Awaitable<void>;
  fsync?(path: string, fh: Fh, datasync: boolean, context: FuseContext): Awaitable<void>;
  release?(path: string, fh: Fh, context: FuseContext): Awaitable<void>;
  truncate?(path: string, size: number, context: FuseContext): Awaitable<void>;
  ftruncate?(path: string, fh: Fh, size: number, context: FuseContext): Awaitable<void>;
  /** Sets space aside. fallocate(2); only mode 1, FALLOC_FL_KEEP_SIZE, and 3, PUNCH_HOLE with it */
  fallocate?(
    path: string,
    fh: Fh,
    mode: number,
    offset: number,
    length: number,
    context: FuseContext,
  ): Awaitable<void>;
  /** Finds data (whence 3, SEEK_DATA) and holes (4, SEEK_HOLE); ENXIO past the last. lseek(2) */
  lseek?(
    path: string,
    fh: Fh,
    offset: number,
    whence: number,
    context: FuseContext,
  ): Awaitable<number>;

  mknod?(path: string, mode: number, rdev: number, context: FuseContext): Awaitable<void>;
  mkdir?(path: string, mode: number, context: FuseContext): Awaitable<void>;
  unlink?(path: string, context: FuseContext): Awaitable<void>;
  rmdir?(path: string, context: FuseContext): Awaitable<void>;
  /** Takes the place of what is there. @param flags - 0, or 1: RENAME_NOREPLACE. renameat2(2) */
  rename?(from: string, to: string, flags: number, context: FuseContext): Awaitable<void>;
  /** @param path - the new name @param existing - the old one */
  link?(existing: string, path: string, context: FuseContext): Awaitable<void>;
  /** @param target - where it leads, as it is to be stored @param path - the link */
  symlink?(target: string, path: string, context: FuseContext): Awaitable<void>;
  readlink?(path: string, context: FuseContext): Awaitable<string>;

  chmod?(path: string, mode: number, context: FuseContext): Awaitable<void>;
  /** An id of -1 stays. */
  chown?(path: string, uid: number, gid: number, context: FuseContext): Awaitable<void>;
  utimens?(path: string, atime: FuseDate, mtime: FuseDate, context: FuseContext): Awaitable<void>;

  /** @param flags - 0, XATTR_CREATE 1, XATTR_REPLACE 2 */
  setxattr?(
    path: string,
    name: string,
    value: Buffer,
    flags: number,
    context: FuseContext,
  ): Awaitable<void>;
  /** Nothing, or ENODATA, where there is no such attribute. */
  getxattr?(
    path: string,
    name: string,
    context: FuseContext,
  ): Awaitable<Uint8Array | null | undefined>;
  listxattr?(path: string, context: FuseContext): Awaitable<readonly string[]>;
  removexattr?(path: string, name: string, context: FuseContext): Awaitable<void>;

  /** @returns what the device answers. WinFsp 4.2 */
  ioctl?(
    path: string,
    fh: Fh,
    command: number,
    input: Buffer,
    context: FuseContext,
  ): Awaitable<Uint8Array | undefined>;

  /** The case that a name has really, on a volume that does not tell case apart. WinFsp 4.2 */
  getpath?(path: string, fh: Fh | undefined, context: FuseContext): Awaitable<string>;
  /** OSXFUSE; when the file was made. */
  setcrtime?(path: string, time: FuseDate, context: FuseContext): Awaitable<void>;
  /** OSXFUSE; when anything of the file last changed. */
  setchgtime?(path: string, time: FuseDate, context: FuseContext): Awaitable<void>;
  /** OSXFUSE; `st_flags`, as in {@link FuseStat}. */
  chflags?(path: string, flags: number, context: FuseContext): Awaitable<void>;
  /** OSXFUSE; when it was last backed up, and made. */
  getxtimes?(
    path: string,
    context: FuseContext,
  ): Awaitable<{ readonly bkuptime?: FuseTime; readonly crtime?: FuseTime }>;
  /** OSXFUSE; the label. */
  setvolname?(name: string, context: FuseContext): Awaitable<void>;

  // Of the table, but never called, as the locks of all clients are the kernel's, which keeps them.
  lock?(path: string, fh: Fh, command: number, lock: FuseLock): Awaitable<void>;
  flock?(path: string, fh: Fh, operation: number): Awaitable<void>;
  // Nor these, for which there is no request: where blocks lie, whether more can be read, copying within.
  bmap?(path: string, blockSize: number, index: number): Awaitable<number>;
  poll?(path: string, fh: Fh): Awaitable<number>;
  copy_file_range?(
    from: string,
    fromFh: Fh,
    fromOffset: number,
    to: string,
    toFh: Fh,
    toOffset: number,
    length: number,
    flags: number,
  ): Awaitable<number>;
}

/** Ends an operation: 0, or a negative errno. */
export type FuseDone = (error?: number | null) => void;

/** Ends an operation with a result: 0 and the result, or a negative errno. */
export type FuseResult<T> = (error: number | null, result?: T) => void;

/** Ends a read or write: the bytes, or a negative errno. */
export type FuseBytes = (bytes: number) => void;

/**
 * A file system as FUSE has it, in the callback style of `fuse-native`: each operation ends by calling its last argument,
 * once, with 0 or a negative errno, and the result after it; reads and writes with the number of bytes.
 */
export interface FuseCallbackOperations {
  init?(done: FuseDone): void;
  destroy?(done: FuseDone): void;
  /** Something has gone wrong that no operation could be told of. */
  error?(done: FuseDone): void;
  getattr(path: string, done: FuseResult<FuseStat>): void;
  fgetattr?(path: string, fd: number, done: FuseResult<FuseStat>): void;
  access?(path: string, mode: number, done: FuseDone): void;
  statfs?(path: string, done: FuseResult<FuseStatFs>): void;
  /** The names, and, if known, what each of them stands for, in the same order. */
  readdir?(
    path: string,
    done: (error: number | null, names?: readonly string[], stats?: readonly FuseStat[]) => void,
  ): void;
  opendir?(path: string, flags: number, done: FuseResult<number>): void;
  releasedir?(path: string, fd: number, done: FuseDone): void;
  fsyncdir?(path: string, fd: number, datasync: number, done: FuseDone): void;
  open?(path: string, flags: number, done: FuseResult<number>): void;
  create?(path: string, mode: number, done: FuseResult<number>): void;
  read?(
    path: string,
    fd: number,
    buffer: Buffer,
    length: number,
    position: number,
    done: FuseBytes,
  ): void;
  write?(
    path: string,
    fd: number,
    buffer: Buffer,
    length: number,
    position: number,
    done: FuseBytes,
  ): void;
  flush?(path: string, fd: number, done: FuseDone): void;
  fsync?(path: string, fd: number, datasync: number, done: FuseDone): void;
  release?(path: string, fd: number, done: FuseDone): void;
  truncate?(path: string, size: number, done: FuseDone): void;
  ftruncate?(path: string, fd: number, size: number, done: FuseDone): void;
  mknod?(path: string, mode: number, dev: number, done: FuseDone): void;
  mkdir?(path: string, mode: number, done: FuseDone): void;
  unlink?(path: string, done: FuseDone): void;
  rmdir?(path: string, done: FuseDone): void;
  rename?(src: string, dest: string, done: FuseDone): void;
  link?(src: string, dest: string, done: FuseDone): void;
  symlink?(src: string, dest: string, done: FuseDone): void;
  readlink?(path: string, done: FuseResult<string>): void;
  chmod?(path: string, mode: number, done: FuseDone): void;
  chown?(path: string, uid: number, gid: number, done: FuseDone): void;
  /** In milliseconds since 1970. */
  utimens?(path: string, atime: number, mtime: number, done: FuseDone): void;
  setxattr?(
    path: string,
    name: string,
    value: Buffer,
    position: number,
    flags: number,
    done: FuseDone,
  ): void;
  getxattr?(
    path: string,
    name: string,
    position: number,
    done: FuseResult<Uint8Array | null>,
  ): void;
  listxattr?(path: string, done: FuseResult<readonly string[]>): void;
  removexattr?(path: string, name: string, done: FuseDone): void;
}
