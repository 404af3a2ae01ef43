import type { FileSystem } from "../fs/index.js";

/** A file system, and how often each of its methods was called. */
export interface Counted {
  readonly fileSystem: FileSystem;
  /** Calls of a method since the last look at it. */
  readonly count: (method: keyof FileSystem) => number;
}

/** Counts the calls that come through to a file system. */
export function counted(fileSystem: FileSystem): Counted {
  const calls = new Map<PropertyKey, number>();
  const counting = new Proxy(fileSystem, {
    get: (target, key) => {
      const member: unknown = Reflect.get(target, key, target);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        calls.set(key, (calls.get(key) ?? 0) + 1);
        return Reflect.apply(member, target, args) as unknown;
      };
    },
  });
  return {
    fileSystem: counting,
    count: (method) => {
      const count = calls.get(method) ?? 0;
      calls.delete(method);
      return count;
    },
  };
}
