import type { Awaitable, Caller } from "../../fs/index.js";
import type {
  FuseContext,
  FuseDate,
  FuseEntry,
  FuseOperations,
  FuseStat,
  FuseStatFs,
} from "./fuse-operations.js";
import { type Invoker, readBytes, readNothing, readResult } from "./invoker.js";

/** The operations that are called. */
export type FuseOperationName = Exclude<
  keyof FuseOperations,
  "lock" | "flock" | "bmap" | "poll" | "copy_file_range" | "lseek"
>;

const O_CREAT = 0o100;
const O_EXCL = 0o200;
const O_RDWR = 2;

/** How a new file is opened; the numbers are those of Linux. open(2) */
const CREATE_FLAGS = O_CREAT | O_EXCL | O_RDWR;

/**
 * The operations of a file system, whatever style they are written in. What is not there is not to be called: `has`
 * tells. What they refuse is thrown as an `NtError`.
 */
export class FuseCalls {
  readonly #invoker: Invoker;

  constructor(invoker: Invoker) {
    this.#invoker = invoker;
  }

  has(name: FuseOperationName): boolean {
    return this.#invoker.has(name);
  }

  async init(caller: Caller): Promise<void> {
    await this.#invoker.initialize(caller, () => this.getattr("/", caller));
  }

  async destroy(caller: Caller): Promise<void> {
    await this.#invoker.finalize(caller);
  }

  getattr(path: string, caller: Caller): Awaitable<FuseStat> {
    return this.#call(["getattr", caller], [path], [path], readResult);
  }

  fgetattr(path: string, fh: unknown, caller: Caller): Awaitable<FuseStat> {
    return this.#call(["fgetattr", caller], [path, fh], [path, fh], readResult);
  }

  access(path: string, mask: number, caller: Caller): Awaitable<void> {
    return this.#call(["access", caller], [path, mask], [path, mask], readNothing);
  }

  statfs(path: string, caller: Caller): Awaitable<FuseStatFs> {
    return this.#call(["statfs", caller], [path], [path], readResult);
  }

  opendir(path: string, context: FuseContext): Awaitable<unknown> {
    return this.#call(["opendir", context.caller, context], [path, 0], [path, 0], readResult);
  }

  /** What is in a directory, and what is known of it anyway. */
  readdir(
    path: string,
    fh: unknown,
    caller: Caller,
  ): Awaitable<Iterable<FuseEntry> | AsyncIterable<FuseEntry>> {
    return this.#call(["readdir", caller], [path, fh], [path], readEntries);
  }

  fsyncdir(path: string, fh: unknown, caller: Caller): Awaitable<void> {
    return this.#call(["fsyncdir", caller], [path, fh, false], [path, fh, 0], readNothing);
  }

  releasedir(path: string, fh: unknown, caller: Caller): Awaitable<void> {
    return this.#call(["releasedir", caller], [path, fh], [path, fh], readNothing);
  }

  open(path: string, flags: number, context: FuseContext): Awaitable<unknown> {
    return this.#call(["open", context.caller, context], [path, flags], [path, flags], readResult);
  }

  create(path: string, mode: number, context: FuseContext): Awaitable<unknown> {
    const args = [path, mode, CREATE_FLAGS];
    return this.#call(["create", context.caller, context], args, [path, mode], readResult);
  }

  read(at: FusePosition, buffer: Buffer, caller: Caller): Awaitable<number> {
    const args = [at.path, at.fh, buffer, buffer.length, at.position];
    return this.#call(["read", caller], args, args, readBytes);
  }

  write(at: FusePosition, buffer: Buffer, caller: Caller): Awaitable<number> {
    const args = [at.path, at.fh, buffer, buffer.length, at.position];
    return this.#call(["write", caller], args, args, readBytes);
  }

  flush(path: string, fh: unknown, caller: Caller): Awaitable<void> {
    return this.#call(["flush", caller], [path, fh], [path, fh], readNothing);
  }

  fsync(path: string, fh: unknown, caller: Caller): Awaitable<void> {
    return this.#call(["fsync", caller], [path, fh, false], [path, fh, 0], readNothing);
  }

  release(path: string, fh: unknown, caller: Caller): Awaitable<void> {
    return this.#call(["release", caller], [path, fh], [path, fh], readNothing);
  }

  truncate(path: string, size: number, caller: Caller): Awaitable<void> {
    return this.#call(["truncate", caller], [path, size], [path, size], readNothing);
  }

  ftruncate(path: string, fh: unknown, size: number, caller: Caller): Awaitable<void> {
    return this.#call(["ftruncate", caller], [path, fh, size], [path, fh, size], readNothing);
  }

  /** Sets space aside, past the end of the file as well, and leaves its size. */
  fallocate(at: FusePosition, length: number, caller: Caller): Awaitable<void> {
    const args = [at.path, at.fh, FALLOC_FL_KEEP_SIZE, at.position, length];
    return this.#call(["fallocate", caller], args, args, readNothing);
  }

  mknod(path: string, mode: number, rdev: number, caller: Caller): Awaitable<void> {
    return this.#call(["mknod", caller], [path, mode, rdev], [path, mode, rdev], readNothing);
  }

  mkdir(path: string, mode: number, caller: Caller): Awaitable<void> {
    return this.#call(["mkdir", caller], [path, mode], [path, mode], readNothing);
  }

  unlink(path: string, caller: Caller): Awaitable<void> {
    return this.#call(["unlink", caller], [path], [path], readNothing);
  }

  rmdir(path: string, caller: Caller): Awaitable<void> {
    return this.#call(["rmdir", caller], [path], [path], readNothing);
  }

  rename(from: string, to: string, caller: Caller): Awaitable<void> {
    return this.#call(["rename", caller], [from, to, 0], [from, to], readNothing);
  }

  link(existing: string, path: string, caller: Caller): Awaitable<void> {
    return this.#call(["link", caller], [existing, path], [existing, path], readNothing);
  }

  symlink(target: string, path: string, caller: Caller): Awaitable<void> {
    return this.#call(["symlink", caller], [target, path], [target, path], readNothing);
  }

  readlink(path: string, caller: Caller): Awaitable<string> {
    return this.#call(["readlink", caller], [path], [path], readResult);
  }

  chmod(path: string, mode: number, caller: Caller): Awaitable<void> {
    return this.#call(["chmod", caller], [path, mode], [path, mode], readNothing);
  }

  chown(path: string, ids: { uid: number; gid: number }, caller: Caller): Awaitable<void> {
    const args = [path, ids.uid, ids.gid];
    return this.#call(["chown", caller], args, args, readNothing);
  }

  utimens(
    path: string,
    times: { atime: FuseDate; mtime: FuseDate },
    caller: Caller,
  ): Awaitable<void> {
    const { atime, mtime } = times;
    const inMs = [path, msOf(atime), msOf(mtime)];
    return this.#call(["utimens", caller], [path, atime, mtime], inMs, readNothing);
  }

  setxattr(path: string, name: string, value: Buffer, caller: Caller): Awaitable<void> {
    const args = [path, name, value, 0];
    return this.#call(["setxattr", caller], args, [...args, 0], readNothing);
  }

  getxattr(path: string, name: string, caller: Caller): Awaitable<Uint8Array | null | undefined> {
    return this.#call(["getxattr", caller], [path, name], [path, name, 0], readResult);
  }

  listxattr(path: string, caller: Caller): Awaitable<readonly string[]> {
    return this.#call(["listxattr", caller], [path], [path], readList);
  }

  removexattr(path: string, name: string, caller: Caller): Awaitable<void> {
    return this.#call(["removexattr", caller], [path, name], [path, name], readNothing);
  }

  ioctl(
    path: string,
    fh: unknown,
    about: { readonly command: number; readonly input: Buffer },
    caller: Caller,
  ): Awaitable<Uint8Array | undefined> {
    const args = [path, fh, about.command, about.input];
    return this.#call(["ioctl", caller], args, args, readResult);
  }

  getpath(path: string, fh: unknown, caller: Caller): Awaitable<string> {
    return this.#call(["getpath", caller], [path, fh], [path, fh], readResult);
  }

  setcrtime(path: string, time: FuseDate, caller: Caller): Awaitable<void> {
    return this.#call(["setcrtime", caller], [path, time], [path, msOf(time)], readNothing);
  }

  setchgtime(path: string, time: FuseDate, caller: Caller): Awaitable<void> {
    return this.#call(["setchgtime", caller], [path, time], [path, msOf(time)], readNothing);
  }

  chflags(path: string, flags: number, caller: Caller): Awaitable<void> {
    return this.#call(["chflags", caller], [path, flags], [path, flags], readNothing);
  }

  getxtimes(path: string, caller: Caller): Awaitable<{ readonly crtime?: unknown }> {
    return this.#call(["getxtimes", caller], [path], [path], readResult);
  }

  setvolname(name: string, caller: Caller): Awaitable<void> {
    return this.#call(["setvolname", caller], [name], [name], readNothing);
  }

  #call<T>(
    [name, caller, context]: readonly [FuseOperationName, Caller, FuseContext?],
    promiseArgs: readonly unknown[],
    callbackArgs: readonly unknown[],
    read: (values: readonly unknown[]) => unknown,
  ): Awaitable<T> {
    const path = typeof promiseArgs[0] === "string" ? promiseArgs[0] : "/";
    return this.#invoker.call<T>({ name, path, caller, promiseArgs, callbackArgs, context }, read);
  }
}

/** Where bytes are read or written: of an open file, from its start. */
export interface FusePosition {
  readonly path: string;
  readonly fh: unknown;
  readonly position: number;
}

/** fallocate(2) */
const FALLOC_FL_KEEP_SIZE = 1;

const NS_PER_MS = 1e6;

/** Milliseconds since 1970, with what a number can have of the fraction. */
function msOf({ ns }: FuseDate): number {
  return Number(ns) / NS_PER_MS;
}

function readList(values: readonly unknown[]): unknown {
  return readResult(values) ?? [];
}

/** The names, and what each stands for where the callback was given that, too. */
function readEntries(values: readonly unknown[]): readonly FuseEntry[] {
  const names = readResult(values) as readonly string[] | undefined; // what it is told to be
  const stats = values[2] as readonly (FuseStat | undefined)[] | undefined;
  if (names === undefined) return [];
  if (stats === undefined) return names;
  return names.map((name, i) => ({ name, stat: stats[i] }));
}
