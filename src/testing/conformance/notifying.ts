import type { FileSystem, Notify } from "../../fs/index.js";

/** A file system, and what it was given to report changes with. */
export interface Notifying {
  readonly fileSystem: FileSystem;
  /** Reports nothing before the file system was started. */
  readonly notify: Notify;
}

/** Keeps a hold on what a file system reports changes with, so that a case can report some. */
export function notifying(fileSystem: FileSystem): Notifying {
  let told: Notify | undefined;
  const start = (notify: Notify) => {
    told = notify;
    return fileSystem.start?.(notify);
  };
  const tapped = new Proxy(fileSystem, {
    get(target, key) {
      if (key === "start") return start;
      const member: unknown = Reflect.get(target, key, target);
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });
  return { fileSystem: tapped, notify: (changes) => told?.(changes) };
}
