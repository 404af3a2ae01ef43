import type { DirectoryName, FileSystem } from "../fs/index.js";

/**
 * A file system that gives every answer of another one as a promise, in a later turn of the event loop;
 * listings come one entry at a time.
 */
export function late(fileSystem: FileSystem): FileSystem {
  return new Proxy(fileSystem, {
    get: (target, key) => {
      if (key === "readViews") return undefined; // cannot be late
      const member: unknown = Reflect.get(target, key, target);
      if (typeof member !== "function") return member;
      const call = (args: unknown[]) => Reflect.apply(member, target, args) as unknown;
      if (key === "readDirectory" || key === "readDirectoryNames") {
        return (...args: unknown[]) => lateEntries(call(args) as Iterable<DirectoryName>);
      }
      return async (...args: unknown[]) => {
        await nextTurn();
        return call(args);
      };
    },
  });
}

async function* lateEntries(entries: Iterable<DirectoryName>): AsyncGenerator<DirectoryName> {
  for (const entry of entries) {
    await nextTurn();
    yield entry;
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
