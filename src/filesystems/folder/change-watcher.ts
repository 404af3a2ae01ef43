import { type FSWatcher, watch } from "node:fs";
import { type Change, ChangeAction, type Notify } from "../../fs/index.js";
import {
  FILE_NOTIFY_CHANGE_ATTRIBUTES,
  FILE_NOTIFY_CHANGE_DIR_NAME,
  FILE_NOTIFY_CHANGE_FILE_NAME,
  FILE_NOTIFY_CHANGE_LAST_WRITE,
  FILE_NOTIFY_CHANGE_SECURITY,
  FILE_NOTIFY_CHANGE_SIZE,
  joinPath,
  NtError,
} from "../../nt/index.js";
import { Detour, type Directories, type Directory } from "./directories.js";
import type { HostAccess } from "./host-access.js";
import { hasCode, namesIn } from "./host-files.js";
import { hostNameOfBytes, pathOfOpen, windowsNameOfHost } from "./host-names.js";
import type { HostStats } from "./host-stats.js";
import { MAX_PENDING_CHANGES, MAX_WATCHED_DIRECTORIES, WATCHES_A_TURN } from "./limits.js";
import type { OwnChanges } from "./own-changes.js";
import { isSideDirectory } from "./side-files.js";

/** What a watcher is given. */
export interface WatcherParts {
  readonly host: HostAccess;
  readonly directories: Directories;
  readonly own: OwnChanges;
  /** A file was changed by somebody, be it us. */
  readonly touched: (stats: HostStats) => void;
  readonly notify: Notify;
  readonly onWarning: (message: string) => void;
}

/** A directory that is watched. */
interface Watched {
  readonly watcher: FSWatcher;
  readonly path: string;
}

/** Whether a name came or went, or what is by it has changed. */
type EventType = "rename" | "change";

/**
 * Hears from the host what others do in the folder, and tells it. The host tells of what is done through here,
 * too: a file that is as it was left, and a name that was taken away, are not told again. Directories are
 * watched one by one, from the root down, in the background, through handles, so that no symbolic link leads
 * a watch elsewhere.
 */
export class ChangeWatcher {
  readonly #parts: WatcherParts;
  /** By the number of the directory on the host. */
  readonly #watched = new Map<bigint, Watched>();
  /** Directories that are still to be watched. */
  #waiting: string[] = ["\\"];
  #isGoing = false;
  #isClosed = false;
  #hasWarned = false;
  /** What has been heard in this turn, by path: told at its end. */
  readonly #heard = new Map<string, { readonly parent: Watched; type: EventType; name: Buffer }>();
  #isOverflown = false;

  constructor(parts: WatcherParts) {
    this.#parts = parts;
    this.#go();
  }

  /** Directories that are watched now. */
  get size(): number {
    return this.#watched.size;
  }

  close(): void {
    this.#isClosed = true;
    for (const { watcher } of this.#watched.values()) watcher.close();
    this.#watched.clear();
    this.#waiting = [];
    this.#heard.clear();
  }

  /** Watches a directory, and what is below it, when there is time for it. */
  add(path: string): void {
    if (this.#isClosed || this.#waiting.length >= MAX_WATCHED_DIRECTORIES) return;
    this.#waiting.push(path);
    if (!this.#isGoing) {
      this.#isGoing = true;
      setImmediate(() => {
        this.#go();
      });
    }
  }

  #go(): void {
    for (let count = 0; count < WATCHES_A_TURN; count++) {
      const path = this.#waiting.shift();
      if (path === undefined) break;
      this.#begin(path);
    }
    this.#isGoing = this.#waiting.length > 0 && !this.#isClosed;
    if (this.#isGoing) {
      setImmediate(() => {
        this.#go();
      });
    }
  }

  #begin(path: string): void {
    const directory = this.#reach(path);
    if (directory === undefined) return;
    const { ino } = this.#parts.host.stats(directory.fd);
    if (this.#watched.get(ino)?.path === directory.path) return;
    this.#watched.get(ino)?.watcher.close(); // it has another name by now
    this.#watched.delete(ino);
    if (this.#watched.size >= MAX_WATCHED_DIRECTORIES) {
      this.#warn(`more than ${MAX_WATCHED_DIRECTORIES} directories`);
      return;
    }
    this.#watch(directory, ino);
    for (const bytes of namesOrNothing(directory)) {
      const stats = this.#glance(directory, bytes);
      const name = windowsNameOfHost(bytes);
      const isSide = directory.path === "\\" && isSideDirectory(name);
      if (stats?.isDirectory() === true && !isSide) this.add(joinPath(directory.path, name));
    }
  }

  #watch(directory: Directory, ino: bigint): void {
    let watcher: FSWatcher;
    try {
      const path = `${pathOfOpen(directory.fd)}/${ITSELF}`;
      watcher = watch(path, { encoding: "buffer", persistent: false });
    } catch (error) {
      this.#failed(error);
      return;
    }
    const watched = { watcher, path: directory.path };
    this.#watched.set(ino, watched);
    const end = () => {
      watcher.close();
      if (this.#watched.get(ino) === watched) this.#watched.delete(ino);
    };
    watcher.on("error", end);
    watcher.on("change", (type, name) => {
      if (!Buffer.isBuffer(name) || name.toString() === ITSELF) return; // its own directory tells of it
      this.#hear(watched, type === "rename" ? "rename" : "change", name);
    });
  }

  /** What cannot be looked at is nothing, as nobody waits for an answer. */
  #glance({ fd }: Directory, name: Buffer): HostStats | undefined {
    try {
      return this.#parts.host.look(fd, hostNameOfBytes(name));
    } catch (error) {
      if (error instanceof Error && "code" in error) return undefined;
      throw error;
    }
  }

  #reach(path: string): Directory | undefined {
    try {
      const directory = this.#parts.directories.reach(path);
      return directory instanceof Detour ? undefined : directory;
    } catch (error) {
      if (error instanceof NtError || hasCode(error, "ENOENT", "ENOTDIR", "EACCES")) return;
      throw error;
    }
  }

  /** The host has its own limits. inotify(7) */
  #failed(error: unknown): void {
    if (hasCode(error, "ENOSPC", "EMFILE", "ENFILE")) {
      this.#warn("the system lets this user watch no more (fs.inotify.max_user_watches)");
    } else if (!hasCode(error, "ENOENT", "EACCES")) {
      throw error;
    }
  }

  #warn(why: string): void {
    this.#waiting = [];
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    const { onWarning } = this.#parts;
    onWarning(
      `${why}: what others change in the rest of the folder shows only when it is looked at`,
    );
  }

  #hear(parent: Watched, type: EventType, name: Buffer): void {
    const path = joinPath(parent.path, windowsNameOfHost(name));
    const before = this.#heard.get(path);
    if (before !== undefined) {
      if (type === "rename") before.type = type;
      return;
    }
    if (this.#heard.size === 0 && !this.#isOverflown) {
      setImmediate(() => {
        this.#tell();
      });
    }
    if (this.#heard.size >= MAX_PENDING_CHANGES) this.#isOverflown = true;
    else this.#heard.set(path, { parent, type, name });
  }

  #tell(): void {
    const heard = [...this.#heard];
    const wasOverflown = this.#isOverflown;
    this.#heard.clear();
    this.#isOverflown = false;
    if (this.#isClosed) return;
    const changes: Change[] = [];
    for (const [path, { parent, type, name }] of heard) {
      const change = this.#changeOf(path, parent, type, name);
      if (change !== undefined) changes.push(change);
    }
    if (wasOverflown) {
      for (const { path } of this.#watched.values()) changes.push(somethingIn(path));
    }
    if (changes.length > 0) this.#parts.notify(changes);
  }

  /** Undefined where it is our own doing, or nothing of anybody's. */
  #changeOf(path: string, parent: Watched, type: EventType, name: Buffer): Change | undefined {
    const { own } = this.#parts;
    const directory = this.#reach(parent.path);
    if (directory === undefined || isSide(directory, name)) return undefined;
    const stats = this.#glance(directory, name);
    if (stats === undefined) {
      if (own.wasTakenAway(path)) return undefined;
      return { path, action: ChangeAction.REMOVED, filter: NAMES };
    }
    own.isThere(path);
    if (type === "change") this.#parts.touched(stats);
    const isDirectory = stats.isDirectory();
    if (type === "rename" && isDirectory) this.add(path);
    if (own.isOurs(stats)) return undefined;
    if (type === "change") return { path, action: ChangeAction.MODIFIED, filter: CONTENTS };
    const filter = isDirectory ? FILE_NOTIFY_CHANGE_DIR_NAME : FILE_NOTIFY_CHANGE_FILE_NAME;
    this.#parts.directories.changed(directory);
    return { path, action: ChangeAction.ADDED, filter };
  }
}

/** What Node calls a directory that is watched: the last name of the path that was given. */
const ITSELF = ".";

/** What went may have been either. */
const NAMES = FILE_NOTIFY_CHANGE_FILE_NAME | FILE_NOTIFY_CHANGE_DIR_NAME;

/** The host does not tell which of these it was. */
const CONTENTS =
  FILE_NOTIFY_CHANGE_SIZE |
  FILE_NOTIFY_CHANGE_LAST_WRITE |
  FILE_NOTIFY_CHANGE_ATTRIBUTES |
  FILE_NOTIFY_CHANGE_SECURITY;

function somethingIn(path: string): Change {
  return { path, action: ChangeAction.MODIFIED, filter: CONTENTS };
}

function isSide(directory: Directory, name: Buffer): boolean {
  return directory.path === "\\" && isSideDirectory(windowsNameOfHost(name));
}

function namesOrNothing({ fd }: Directory): Buffer[] {
  try {
    return namesIn(fd);
  } catch (error) {
    if (hasCode(error, "ENOENT", "EACCES")) return [];
    throw error;
  }
}
