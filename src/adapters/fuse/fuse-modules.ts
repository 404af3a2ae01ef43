/**
 * Modules with the faces of those that file systems are written for on npm: what is mounted by them is handed over, to be
 * served, and nothing native is needed.
 *
 * @packageDocumentation
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { basename, resolve } from "node:path";
import { ERRNO, isErrnoName, NtError, NtStatus } from "../../nt/index.js";
import type { FuseCallbackOperations, FuseContext, FuseResult } from "./fuse-operations.js";
import type { FuseOptions } from "./fuse-options.js";
import { MAX_XATTR_SIZE } from "./limits.js";
import { parseMountOptions } from "./mount-options.js";

/** What a program has mounted. */
export interface FuseMount {
  /** Where it believes that it is. */
  readonly mountPoint: string;
  readonly operations: FuseCallbackOperations;
  /** As the program has chosen them. */
  readonly options: FuseOptions;
}

/** What is told of mounts. */
export interface FuseMountEvents {
  mounted(mount: FuseMount): void;
  unmounted(mountPoint: string): void;
}

type Done = (error: Error | null, result?: unknown) => void;

/** The options of `fuse-native`, as far as they mean something here. */
interface NativeOptions {
  readonly uid?: number;
  readonly gid?: number;
  readonly displayFolder?: boolean | string;
  readonly timeout?: number | false | { readonly default?: number | false };
}

/** The names of errors as these modules have them: negative. */
const CONSTANTS: Readonly<Record<string, number>> = Object.fromEntries(
  Object.entries(ERRNO).map(([name, errno]) => [name, -errno]),
);

/** The number of an error by its name, negative; EPERM of what is no name. */
function errno(code: unknown): number {
  const name = typeof code === "string" ? code.toUpperCase() : "";
  return isErrnoName(name) ? -ERRNO[name] : -ERRNO.EPERM;
}

function later(done: Done | undefined, error: Error | null = null, result?: unknown): void {
  if (done !== undefined) process.nextTick(done, error, result);
}

/** The class that `require("fuse-native")` gives. */
export function fuseNativeModule(events: FuseMountEvents): object {
  class Fuse {
    readonly mnt: string;
    readonly opts: NativeOptions;
    readonly #operations: FuseCallbackOperations;

    constructor(mnt: string, operations: FuseCallbackOperations, opts: NativeOptions = {}) {
      this.mnt = resolve(mnt);
      this.opts = opts;
      this.#operations = operations;
    }

    mount(done?: Done): void {
      const { mnt: mountPoint, opts } = this;
      const options = { ...optionsOf(mountPoint, opts), style: "callback" as const };
      events.mounted({ mountPoint, operations: this.#operations, options });
      later(done);
    }

    unmount(done?: Done): void {
      events.unmounted(this.mnt);
      later(done);
    }

    errno(code: unknown): number {
      return errno(code);
    }

    static errno(code: unknown): number {
      return errno(code);
    }

    static unmount(mnt: string, done?: Done): void {
      events.unmounted(resolve(mnt));
      later(done);
    }

    static isConfigured(done?: Done): void {
      later(done, null, true);
    }

    static configure(done?: Done): void {
      later(done);
    }

    static unconfigure(done?: Done): void {
      later(done);
    }

    static beforeMount(done?: Done): void {
      later(done);
    }

    static beforeUnmount(done?: Done): void {
      later(done);
    }
  }
  return Object.assign(Fuse, CONSTANTS);
}

function optionsOf(mountPoint: string, opts: NativeOptions): FuseOptions {
  const { uid, gid, displayFolder, timeout } = opts;
  const time = typeof timeout === "object" ? timeout.default : timeout;
  const label = displayFolder === true ? basename(mountPoint) : displayFolder;
  return {
    mountPoint,
    uid,
    gid,
    ...(typeof label === "string" && { label: label.slice(0, MAX_LABEL_UNITS) }),
    ...(time !== undefined && { timeoutMs: time === false ? 0 : time }),
  };
}

/** [MS-FSCC] 2.5.8 */
const MAX_LABEL_UNITS = 32;

type Operation = (...args: readonly unknown[]) => unknown;

/** The object that `require("fuse-bindings")` gives. */
export function fuseBindingsModule(events: FuseMountEvents): object {
  const contextStorage = new AsyncLocalStorage<FuseContext>();
  const mount = (mnt: string, operations: object, ...more: readonly unknown[]) => {
    const done = more.find((each): each is Done => typeof each === "function");
    const mountPoint = resolve(mnt);
    const options = { mountPoint, contextStorage, style: "callback" as const };
    events.mounted({ mountPoint, operations: likeNative(operations), options });
    later(done);
  };
  const unmount = (mnt: string, done?: Done) => {
    events.unmounted(resolve(mnt));
    later(done);
  };
  const context = () => {
    const store = contextStorage.getStore();
    if (store === undefined) throw new NtError(NtStatus.INVALID_DEVICE_REQUEST);
    const { uid, gid, pid } = store;
    return { uid, gid, pid };
  };
  return { ...CONSTANTS, mount, unmount, context, errno };
}

/** The object that `require("fuse4js")` gives. It has one operation called at a time, and needs no unmounting. */
export function fuse4jsModule(events: FuseMountEvents): object {
  const start = (mnt: string, handlers: object, _isDebug?: unknown, args?: readonly string[]) => {
    const mountPoint = resolve(mnt);
    const options = { ...optionsOfArgs(args ?? []), isSerial: true, style: "callback" as const };
    const operations = handlersLikeNative(handlers);
    events.mounted({ mountPoint, operations, options: { mountPoint, ...options } });
  };
  return { start };
}

/** What is said by `-o` on a command line of FUSE; all else is for libfuse. */
function optionsOfArgs(args: readonly string[]): FuseOptions {
  const said = args.map((arg, i) => (args[i - 1] === "-o" ? arg : /^-o(.*)/.exec(arg)?.[1]));
  return parseMountOptions(said.filter(Boolean).join(","));
}

/** Finds operations by their names; each is called as a method of the table that it is in. */
function operationsOf(table: object): (name: string) => Operation | undefined {
  return (name) => {
    const operation: unknown = Reflect.get(table, name);
    return typeof operation === "function"
      ? (...args) => Reflect.apply(operation, table, args) as unknown
      : undefined;
  };
}

/** The operations as `fuse-native` has them: in `fuse4js` some have their arguments in another order. */
function handlersLikeNative(handlers: object): FuseCallbackOperations {
  const original = operationsOf(handlers);
  // Times are taken and not kept, as fuse4js has it.
  const changed: Partial<FuseCallbackOperations> = {
    utimens: (_path, _atime, _mtime, done) => {
      done(0);
    },
  };
  const [open, create] = [original("open"), original("create")];
  if (open !== undefined) {
    changed.open = (path, flags, done) => open(path, flags, withHandle(done));
  }
  if (create !== undefined) {
    changed.create = (path, mode, done) => create(path, mode, withHandle(done));
  }
  const [read, write] = [original("read"), original("write")];
  if (read !== undefined) {
    changed.read = (path, fd, buffer, length, position, done) =>
      read(path, position, length, buffer, fd, done);
  }
  if (write !== undefined) {
    changed.write = (path, fd, buffer, length, position, done) =>
      write(path, position, length, buffer, fd, done);
  }
  const [statfs, setxattr] = [original("statfs"), original("setxattr")];
  if (statfs !== undefined) changed.statfs = (_path, done) => statfs(done);
  if (setxattr !== undefined) {
    changed.setxattr = (path, name, value, _position, flags, done) =>
      setxattr(path, name, value.toString("utf8"), value.length, flags, done);
  }
  return Object.assign(Object.create(handlers) as FuseCallbackOperations, changed);
}

/** A handle that is not given is 0. */
function withHandle(done: FuseResult<number>): FuseResult<number> {
  return (error, fh = 0) => {
    done(error, fh);
  };
}

/** The operations as `fuse-native` has them: four of them are not the same in `fuse-bindings`. */
function likeNative(operations: object): FuseCallbackOperations {
  const changed: Partial<FuseCallbackOperations> = {};
  const original = operationsOf(operations);
  const setxattr = original("setxattr");
  if (setxattr !== undefined) {
    changed.setxattr = (path, name, value, position, flags, done) => {
      setxattr(path, name, value, value.length, position, flags, done);
    };
  }
  const getxattr = original("getxattr");
  if (getxattr !== undefined) {
    changed.getxattr = (path, name, position, done) => {
      const buffer = Buffer.alloc(MAX_XATTR_SIZE);
      getxattr(path, name, buffer, buffer.length, position, filling(buffer, done));
    };
  }
  const listxattr = original("listxattr");
  if (listxattr !== undefined) {
    changed.listxattr = (path, done) => {
      const buffer = Buffer.alloc(MAX_XATTR_SIZE);
      const names = filling(buffer, (error, list) => {
        done(error, list?.toString("utf8").split("\0").filter(Boolean));
      });
      listxattr(path, buffer, buffer.length, names);
    };
  }
  const utimens = original("utimens");
  if (utimens !== undefined) {
    changed.utimens = (path, atime, mtime, done) => {
      utimens(path, new Date(atime), new Date(mtime), done);
    };
  }
  // What is not changed is found behind it, also where it comes from a class.
  return Object.assign(Object.create(operations) as FuseCallbackOperations, changed);
}

/** What is told of a buffer that is filled: a negative errno, or the bytes in it. */
function filling(
  buffer: Buffer,
  done: (error: number, filled?: Buffer) => void,
): (bytes: number) => void {
  return (bytes) => {
    if (bytes < 0) done(bytes);
    else done(0, buffer.subarray(0, bytes));
  };
}
