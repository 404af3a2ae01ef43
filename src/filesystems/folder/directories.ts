import { closeSync, readlinkSync } from "node:fs";
import { joinPath, lastName, NtStatus, parentPath, splitPath } from "../../nt/index.js";
import type { HostAccess } from "./host-access.js";
import type { HostPlace } from "./host-calls.js";
import { HOLD_DIRECTORY, hasCode } from "./host-files.js";
import {
  type HostName,
  hostNameOf,
  latin1Of,
  mayStandForBytes,
  pathIn,
  pathOfOpen,
  windowsNameOfHost,
} from "./host-names.js";
import type { HostStats } from "./host-stats.js";
import { MAX_CACHED_DIRECTORIES } from "./limits.js";
import { NameIndex } from "./name-index.js";
import { refuse } from "./refusal.js";
import { isSideDirectory } from "./side-files.js";

/** A directory that is held. Its handle is good until the file system has answered, and not after. */
export interface Directory {
  /** For the kernel, as stored. */
  readonly path: string;
  readonly fd: number;
  /** Where the host has it, by its own path: bytes, one to a character. */
  readonly whereabouts: string;
}

/** Where a name is, or would be. */
export interface Place {
  readonly directory: Directory;
  readonly name: HostName;
  /** For the kernel, as stored. */
  readonly path: string;
}

/** A name that leads to something. Of the root there is no name, only the root. */
export interface Found extends HostPlace {
  /** For the kernel, as stored. */
  readonly path: string;
  readonly stats: HostStats;
  /** Undefined of the root. */
  readonly place: Place | undefined;
}

/** A name on the way that leads elsewhere: a symbolic link, or another reparse point. */
export class Detour {
  /** How many names from the root lead to it, itself included. */
  readonly reparseAt: number;

  constructor(reparseAt: number) {
    this.reparseAt = reparseAt;
  }
}

/** What directories are found by. */
export interface DirectoriesParts {
  readonly host: HostAccess;
  readonly rootFd: number;
  readonly isCaseSensitive: boolean;
  /** Tells whether a directory is a reparse point. */
  readonly isReparsePoint: (directory: Found) => boolean;
}

/**
 * Finds what the kernel's paths stand for, name by name from the root, through directories that are held and
 * never through a symbolic link: what somebody puts in the place of a directory meanwhile leads nowhere. A
 * handle that is kept is asked where it is before it is used, once in a turn of the event loop, so that one that was
 * moved away, out of the root or within it, is not what its old path leads to.
 */
export class Directories {
  readonly #host: HostAccess;
  readonly #rootFd: number;
  readonly #isCaseSensitive: boolean;
  readonly #isReparsePoint: (directory: Found) => boolean;
  /** By the path that was asked for; the one used last is last. */
  readonly #held = new Map<string, Directory>();
  /** Paths whose directories have said in this turn that they are where they were. */
  readonly #asked = new Set<string>();
  /** Handles to be closed when what runs now has ended, as it may use them. */
  #retired: number[] = [];
  readonly index: NameIndex;
  #rootWhereabouts: string;

  constructor({ host, rootFd, isCaseSensitive, isReparsePoint }: DirectoriesParts) {
    this.#host = host;
    this.#rootFd = rootFd;
    this.#isCaseSensitive = isCaseSensitive;
    this.#isReparsePoint = isReparsePoint;
    this.index = new NameIndex(host, isCaseSensitive);
    this.#rootWhereabouts = whereIs(rootFd);
  }

  /** Gives up all handles: there is nothing to find any more, or directories may lead elsewhere than they did. */
  forgetAll(): void {
    for (const directory of this.#held.values()) this.#retire(directory);
    this.#held.clear();
    this.#asked.clear();
  }

  get root(): Directory {
    return { path: "\\", fd: this.#rootFd, whereabouts: this.#rootWhereabouts };
  }

  /**
   * The directory at a path.
   *
   * @throws NtError OBJECT_PATH_NOT_FOUND where there is none
   */
  reach(path: string): Directory | Detour {
    const kept = this.#stillHeld(path);
    if (kept !== undefined) return kept;
    const names = splitPath(path);
    let depth = names.length - 1;
    let directory: Directory | undefined;
    for (; directory === undefined; depth--) {
      directory = depth === 0 ? this.root : this.#stillHeld(pathOf(names, depth));
      if (directory !== undefined) break;
    }
    for (; depth < names.length; depth++) {
      const next = this.#step(directory, names, depth);
      if (next instanceof Detour) return next;
      directory = next;
    }
    return directory;
  }

  /**
   * What a path leads to.
   *
   * @throws NtError OBJECT_NAME_NOT_FOUND, OBJECT_PATH_NOT_FOUND
   */
  find(path: string): Found | Detour {
    if (path === "\\") return this.#foundRoot();
    const directory = this.reach(parentPath(path));
    if (directory instanceof Detour) return directory;
    return this.look(directory, lastName(path)) ?? refuse(NtStatus.OBJECT_NAME_NOT_FOUND);
  }

  /** As {@link find}, of a path that leads through no reparse point: where it does, there is no such path. */
  findStraight(path: string): Found {
    const found = this.find(path);
    if (found instanceof Detour) refuse(NtStatus.OBJECT_PATH_NOT_FOUND);
    return found;
  }

  /**
   * Where something new would be, and what is there by that name.
   *
   * @throws NtError OBJECT_PATH_NOT_FOUND, NOT_A_DIRECTORY
   */
  findPlace(path: string): { readonly place: Place; readonly taken: Found | undefined } {
    const place = this.placeOf(path);
    return { place, taken: this.look(place.directory, lastName(path)) };
  }

  /**
   * Where something new would be.
   *
   * @throws NtError OBJECT_PATH_NOT_FOUND, NOT_A_DIRECTORY
   */
  placeOf(path: string): Place {
    const directory = this.#reachToChange(parentPath(path));
    const windowsName = lastName(path);
    if (isReserved(directory, windowsName)) refuse(NtStatus.ACCESS_DENIED);
    const name = hostNameOf(windowsName);
    return { directory, name, path: joinPath(directory.path, windowsName) };
  }

  /** What a directory has by a name, spelled so or in another case; undefined where it has nothing. */
  look(directory: Directory, windowsName: string): Found | undefined {
    if (isReserved(directory, windowsName)) return undefined;
    const exact = this.#lookFor(directory, hostNameOf(windowsName), windowsName);
    if (exact !== undefined) return exact;
    if (this.#isCaseSensitive && !mayStandForBytes(windowsName)) return undefined;
    const name = this.index.find(directory.fd, windowsName);
    return name === undefined ? undefined : this.#lookFor(directory, name, undefined);
  }

  /**
   * Has a name come or go, or both, and keeps it in mind.
   *
   * @param left - told of each directory as it is then, and was before
   */
  change<T>(
    { goes, comes }: { goes?: Place; comes?: Place },
    act: () => T,
    left: (directory: HostStats, before: HostStats) => void,
  ): T {
    const from = goes && { place: goes, before: this.#host.stats(goes.directory.fd) };
    const to = comes && { place: comes, before: this.#host.stats(comes.directory.fd) };
    const result = act();
    if (goes !== undefined) this.#asked.clear(); // it may be that of a directory
    const isOne = from !== undefined && from.before.ino === to?.before.ino;
    if (from !== undefined) {
      const names = { goes: from.place.name, ...(isOne && { comes: to.place.name }) };
      left(this.index.changed(from.place.directory.fd, from.before, names), from.before);
    }
    if (to !== undefined && !isOne) {
      const names = { comes: to.place.name };
      left(this.index.changed(to.place.directory.fd, to.before, names), to.before);
    }
    return result;
  }

  /**
   * Names in a directory were changed in another way.
   *
   * @returns the directory as it is now
   */
  changed({ fd }: Directory): HostStats {
    const stats = this.#host.stats(fd);
    this.index.drop(stats.ino);
    this.#asked.clear();
    return stats;
  }

  /** Whether a directory that is held lies in the root, wherever it was when it was opened. */
  isInside(fd: number): boolean {
    const whereabouts = whereIs(fd);
    const root = this.#rootWhereabouts;
    if (whereabouts === root || whereabouts.startsWith(joinHostPath(root, ""))) return true;
    this.#lookAtRoot();
    return whereabouts.startsWith(joinHostPath(this.#rootWhereabouts, ""));
  }

  /** The directory of something new; of a file that is in its place is said that it is none. */
  #reachToChange(path: string): Directory {
    try {
      const directory = this.reach(path);
      if (directory instanceof Detour) refuse(NtStatus.OBJECT_PATH_NOT_FOUND);
      return directory;
    } catch (error) {
      if (path !== "\\" && this.#isFile(path)) refuse(NtStatus.NOT_A_DIRECTORY);
      throw error;
    }
  }

  #isFile(path: string): boolean {
    const directory = this.reach(parentPath(path));
    if (directory instanceof Detour) return false;
    return this.look(directory, lastName(path))?.stats.isFile() === true;
  }

  #lookFor(
    directory: Directory,
    name: HostName,
    windowsName: string | undefined,
  ): Found | undefined {
    const stats = this.#host.look(directory.fd, name);
    if (stats === undefined) return undefined;
    const stored = windowsName ?? windowsNameOfHost(Buffer.from(name));
    const path = joinPath(directory.path, stored);
    const hostPath = pathIn(directory.fd, name);
    return { path, hostPath, isOpen: false, stats, place: { directory, name, path } };
  }

  #foundRoot(): Found {
    const hostPath = pathOfOpen(this.#rootFd);
    return {
      path: "\\",
      hostPath,
      isOpen: true,
      stats: this.#host.stats(this.#rootFd),
      place: undefined,
    };
  }

  /** The next directory on the way. */
  #step(parent: Directory, names: readonly string[], depth: number): Directory | Detour {
    const entry = this.look(parent, names[depth] ?? "");
    if (entry?.place === undefined) refuse(NtStatus.OBJECT_PATH_NOT_FOUND);
    const { stats, place } = entry;
    if (stats.isSymbolicLink()) return new Detour(depth + 1);
    if (!stats.isDirectory()) refuse(NtStatus.OBJECT_PATH_NOT_FOUND);
    if (this.#isReparsePoint(entry)) return new Detour(depth + 1);
    const whereabouts = joinHostPath(parent.whereabouts, latin1Of(place.name));
    const directory = { path: place.path, fd: this.#takeHold(place), whereabouts };
    if (!isWhereItWas(directory)) {
      this.#retire(directory);
      this.#lookAtRoot();
      refuse(NtStatus.OBJECT_PATH_NOT_FOUND); // it was moved this very moment
    }
    const path = pathOf(names, depth + 1);
    if (path === directory.path) this.#hold(path, directory);
    else this.#retire(directory); // by another spelling something else may come to be there
    return directory;
  }

  /** What came in the place of a directory since it was looked at leads nowhere. */
  #takeHold({ directory, name }: Place): number {
    try {
      return this.#host.open(directory.fd, name, HOLD_DIRECTORY);
    } catch (error) {
      if (hasCode(error, "ENOENT", "ENOTDIR", "ELOOP")) refuse(NtStatus.OBJECT_PATH_NOT_FOUND);
      throw error;
    }
  }

  #hold(path: string, directory: Directory): void {
    this.#held.set(path, directory);
    this.#hasAsked(path);
    if (this.#held.size <= MAX_CACHED_DIRECTORIES) return;
    for (const [oldest, other] of this.#held) {
      this.#held.delete(oldest);
      this.#retire(other);
      return;
    }
  }

  /** The directory that is held for a path; undefined where there is none, or it is elsewhere by now. */
  #stillHeld(path: string): Directory | undefined {
    if (path === "\\") return this.root;
    const kept = this.#held.get(path);
    if (kept === undefined || this.#asked.has(path)) return kept;
    this.#held.delete(path);
    if (isWhereItWas(kept)) {
      this.#held.set(path, kept);
      this.#hasAsked(path);
      return kept;
    }
    this.#retire(kept);
    this.#lookAtRoot();
    return undefined;
  }

  #hasAsked(path: string): void {
    if (this.#asked.size === 0) {
      queueMicrotask(() => {
        this.#asked.clear();
      });
    }
    this.#asked.add(path);
  }

  #retire({ fd }: Directory): void {
    if (this.#retired.push(fd) > 1) return;
    queueMicrotask(() => {
      const retired = this.#retired;
      this.#retired = [];
      for (const each of retired) closeSync(each);
    });
  }

  /** Where the root itself has been moved, everything is elsewhere than it was. */
  #lookAtRoot(): void {
    const whereabouts = whereIs(this.#rootFd);
    if (whereabouts === this.#rootWhereabouts) return;
    this.#rootWhereabouts = whereabouts;
    this.forgetAll();
  }
}

function isWhereItWas({ fd, whereabouts }: Directory): boolean {
  return whereIs(fd) === whereabouts;
}

function whereIs(fd: number): string {
  return readlinkSync(pathOfOpen(fd), "latin1");
}

function joinHostPath(directory: string, name: string): string {
  return directory.endsWith("/") ? directory + name : `${directory}/${name}`;
}

/** The path of the first names of some. */
function pathOf(names: readonly string[], count: number): string {
  return `\\${names.slice(0, count).join("\\")}`;
}

function isReserved({ path }: Directory, windowsName: string): boolean {
  return path === "\\" && isSideDirectory(windowsName);
}
