/**
 * What Linux can do and Node has no word for, called by the optional library koffi.
 *
 * @packageDocumentation
 */
import { createRequire } from "node:module";
import { getSystemErrorName } from "node:util";
import type { HostAccess } from "./host-access.js";
import type { HostName, HostPath } from "./host-names.js";
import { type HostStats, StatxBuffer, StatxStats } from "./host-stats.js";
import { MAX_XATTR_BYTES } from "./limits.js";

/** Something that has attributes of its own. */
export interface HostPlace {
  readonly hostPath: HostPath;
  /** The path is that of something open; else its last name may be a symbolic link, and is meant itself. */
  readonly isOpen: boolean;
}

/** An end of a run of data, or of a hole. lseek(2) */
export const Seek = { DATA: 3, HOLE: 4 } as const;
export type Seek = (typeof Seek)[keyof typeof Seek];

/** fallocate(2) */
export const Fallocate = { KEEP_SIZE: 1, PUNCH_HOLE: 2 } as const;

/** A time that stays as it is. utimensat(2) */
const UTIME_OMIT = 0x3fff_fffen;
const NS_PER_SECOND = 1_000_000_000n;
const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_REMOVEDIR = 0x200;
const AT_EMPTY_PATH = 0x1000;
const RENAME_NOREPLACE = 1;
const O_CLOEXEC = 0o2_000_000;
/** All that stat(2) tells, and when the file was made. statx(2) */
const STATX_BASIC_STATS_AND_BTIME = 0xfff;

type ForeignFunction = (...args: unknown[]) => number;

/** All that is used of koffi. */
interface Koffi {
  load(path: null): { func(declaration: string): ForeignFunction };
  errno(): number;
}

const DECLARATIONS = {
  getxattr: "long getxattr(const void *path, const void *name, _Out_ void *value, size_t size)",
  lgetxattr: "long lgetxattr(const void *path, const void *name, _Out_ void *value, size_t size)",
  listxattr: "long listxattr(const void *path, _Out_ void *list, size_t size)",
  llistxattr: "long llistxattr(const void *path, _Out_ void *list, size_t size)",
  setxattr:
    "int setxattr(const void *path, const void *name, const void *value, size_t size, int flags)",
  removexattr: "int removexattr(const void *path, const void *name)",
  lseek: "int64_t lseek(int fd, int64_t offset, int whence)",
  fallocate: "int fallocate(int fd, int mode, int64_t offset, int64_t length)",
  utimensat: "int utimensat(int directory, const void *path, const void *times, int flags)",
  renameat2:
    "int renameat2(int from, const void *path, int to, const void *newPath, unsigned int flags)",
  statx:
    "int statx(int directory, const char *path, int flags, unsigned int mask, _Out_ void *stats)",
  openat: "int openat(int directory, const char *path, int flags, unsigned int mode)",
  mkdirat: "int mkdirat(int directory, const char *path, unsigned int mode)",
  unlinkat: "int unlinkat(int directory, const char *path, int flags)",
} as const;

/** Not in C libraries of 2018 and before, which have all others. */
const GETDENTS64 = "long getdents64(int fd, _Out_ void *entries, size_t size)";

/**
 * Fills a buffer with what is next in a directory that is open to be read, as getdents64(2) tells it.
 *
 * @returns bytes; 0 at the end
 */
export type ReadEntries = (fd: number, target: Buffer) => number;

/** The calls, ready to be made. Failures are thrown with the `code` that Node would give them. */
export class HostCalls implements HostAccess {
  readonly #functions: Readonly<Record<keyof typeof DECLARATIONS, ForeignFunction>>;
  readonly #errno: () => number;
  /** Undefined where the C library has no such function. */
  readonly readEntries: ReadEntries | undefined;
  /** Nothing waits between a call and the use of what it gave. */
  readonly #buffer = Buffer.alloc(MAX_XATTR_BYTES);
  readonly #statx = new StatxBuffer();

  private constructor(koffi: Koffi) {
    const host = koffi.load(null);
    const entries = Object.entries(DECLARATIONS).map(([name, text]) => [name, host.func(text)]);
    this.#functions = Object.fromEntries(entries) as Record<
      keyof typeof DECLARATIONS,
      ForeignFunction
    >; // the same keys
    this.#errno = () => koffi.errno();
    if (!this.#told(AT_FDCWD, "/", 0)) this.#failed("statx"); // a sandbox may know a call that is newer than itself for none of its own
    const getdents64 = functionOrNothing(() => host.func(GETDENTS64));
    if (getdents64 === undefined) return;
    this.readEntries = (fd, target) => {
      const length = getdents64(fd, target, target.length);
      if (length >= 0) return length;
      const code = this.#code();
      if (code === "ENOENT") return 0; // the directory was removed
      throw failure("getdents64", code);
    };
  }

  /** Undefined where koffi is not installed, or this machine lacks one of the functions. */
  static load(): HostCalls | undefined {
    try {
      const koffi = createRequire(import.meta.url)("koffi") as Koffi; // as its documentation has it
      return new HostCalls(koffi);
    } catch {
      return undefined; // it is optional, whatever is wrong with it
    }
  }

  look(directoryFd: number, name: HostName): HostStats | undefined {
    if (this.#told(directoryFd, cName(name), AT_SYMLINK_NOFOLLOW))
      return new StatxStats(this.#statx);
    const code = this.#code();
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw failure("statx", code);
  }

  stats(fd: number): HostStats {
    if (!this.#told(fd, "", AT_EMPTY_PATH)) throw failure("statx", this.#code());
    return new StatxStats(this.#statx);
  }

  open(directoryFd: number, name: HostName, flags: number, mode = 0): number {
    const fd = this.#functions.openat(directoryFd, cName(name), flags | O_CLOEXEC, mode);
    return fd >= 0 ? fd : this.#failed("openat");
  }

  makeDirectory(directoryFd: number, name: HostName, mode: number): void {
    this.#done("mkdirat", this.#functions.mkdirat(directoryFd, cName(name), mode));
  }

  removeDirectory(directoryFd: number, name: HostName): void {
    this.#done("rmdir", this.#functions.unlinkat(directoryFd, cName(name), AT_REMOVEDIR));
  }

  unlink(directoryFd: number, name: HostName): void {
    this.#done("unlinkat", this.#functions.unlinkat(directoryFd, cName(name), 0));
  }

  /** The value of an extended attribute; undefined where there is none, or no such file. */
  getXattr(place: HostPlace, name: string): Buffer | undefined {
    const call = place.isOpen ? this.#functions.getxattr : this.#functions.lgetxattr;
    const size = call(cString(place.hostPath), cString(name), this.#buffer, this.#buffer.length);
    if (size >= 0) return Buffer.from(this.#buffer.subarray(0, size));
    this.#checkNothing();
    return undefined;
  }

  /** Names of all extended attributes; none where the host has none for such a file. */
  listXattrs(place: HostPlace): string[] {
    const call = place.isOpen ? this.#functions.listxattr : this.#functions.llistxattr;
    const size = call(cString(place.hostPath), this.#buffer, this.#buffer.length);
    if (size < 0) this.#checkNothing();
    if (size <= 0) return NO_NAMES;
    return this.#buffer.toString("utf8", 0, size - 1).split("\0");
  }

  /** @throws Error ENOSPC, E2BIG, ERANGE where it does not fit; EPERM, ENOTSUP where such a file has none */
  setXattr(place: HostPlace, name: string, value: Uint8Array): void {
    this.#done(
      "setxattr",
      this.#functions.setxattr(cString(place.hostPath), cString(name), value, value.length, 0),
    );
  }

  removeXattr(place: HostPlace, name: string): void {
    const result = this.#functions.removexattr(cString(place.hostPath), cString(name));
    if (result === 0) return;
    const code = this.#code();
    if (code !== "ENODATA") throw failure("removexattr", code);
  }

  /** Where data or a hole begins at or after an offset; undefined where there is none. */
  seek(fd: number, offset: number, what: Seek): number | undefined {
    const at = this.#functions.lseek(fd, offset, what);
    if (at >= 0) return at;
    const code = this.#code();
    if (code === "ENXIO") return undefined;
    throw failure("lseek", code);
  }

  /** @throws Error ENOTSUP where the host's file system cannot */
  fallocate(fd: number, mode: number, offset: number, length: number): void {
    this.#done("fallocate", this.#functions.fallocate(fd, mode, offset, length));
  }

  /** Times in ns since 1970; what is undefined stays. */
  setTimes(place: HostPlace, access: bigint | undefined, write: bigint | undefined): void {
    const times = new BigInt64Array([...timespec(access), ...timespec(write)]);
    const flags = place.isOpen ? 0 : AT_SYMLINK_NOFOLLOW;
    this.#done(
      "utimensat",
      this.#functions.utimensat(
        AT_FDCWD,
        cString(place.hostPath),
        new Uint8Array(times.buffer),
        flags,
      ),
    );
  }

  /** A rename that fails with EEXIST where the new name is taken. */
  renameToFree(from: HostPath, to: HostPath): void {
    const { renameat2 } = this.#functions;
    const result = renameat2(AT_FDCWD, cString(from), AT_FDCWD, cString(to), RENAME_NOREPLACE);
    this.#done("renameat2", result);
  }

  /** Has the host tell of a file, where there is one: whether there is. */
  #told(directoryFd: number, name: string | Buffer, flags: number): boolean {
    const { statx } = this.#functions;
    return statx(directoryFd, name, flags, STATX_BASIC_STATS_AND_BTIME, this.#statx.bytes) === 0;
  }

  #done(call: string, result: number): void {
    if (result !== 0) this.#failed(call);
  }

  #failed(call: string): never {
    throw failure(call, this.#code());
  }

  /** What is there no more, or never was, is no failure. */
  #checkNothing(): void {
    const code = this.#code();
    if (!NOTHING_THERE.has(code)) throw failure("xattr", code);
  }

  #code(): string {
    return getSystemErrorName(-this.#errno());
  }
}

function functionOrNothing(find: () => ForeignFunction): ForeignFunction | undefined {
  try {
    return find();
  } catch {
    return undefined; // koffi throws where there is none
  }
}

const NO_NAMES: string[] = [];

/** EPERM and EACCES: a kind of file that has none, or that the server may not read. xattr(7) */
const NOTHING_THERE: ReadonlySet<string> = new Set([
  "ENODATA",
  "ENOTSUP",
  "EOPNOTSUPP",
  "ENOENT",
  "EPERM",
  "EACCES",
]);

function failure(call: string, code: string): Error {
  return Object.assign(new Error(`${code}: ${call}`), { code });
}

/** Text is made a string of C by koffi. */
function cName(name: HostName): HostName {
  return typeof name === "string" ? name : cString(name);
}

function cString(text: HostPath): Buffer {
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  return Buffer.concat([bytes, TERMINATOR]);
}

const TERMINATOR = Buffer.alloc(1);

function timespec(ns: bigint | undefined): [bigint, bigint] {
  if (ns === undefined) return [0n, UTIME_OMIT];
  const rest = ((ns % NS_PER_SECOND) + NS_PER_SECOND) % NS_PER_SECOND; // never negative
  return [(ns - rest) / NS_PER_SECOND, rest];
}
