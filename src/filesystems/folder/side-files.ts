import { closeSync, mkdirSync, renameSync, rmdirSync, unlinkSync } from "node:fs";
import { foldName, NtStatus } from "../../nt/index.js";
import { hasCode, lookAt, makeFile, namesIn, takeHoldOfDirectory, using } from "./host-files.js";
import { type HostName, hostNameOfBytes, pathIn } from "./host-names.js";
import type { HostStats } from "./host-stats.js";
import { refuse } from "./refusal.js";

/** The directory, in the root, with what the host's files cannot hold. No client sees it. */
export const SIDE_DIRECTORY = ".anymount";

const OWNER_ONLY = 0o700;

/** Whether a name in the root is that of the side files; in any case, as clients tell none apart. */
export function isSideDirectory(windowsName: string): boolean {
  if (windowsName.length !== SIDE_DIRECTORY.length) return false;
  return foldName(windowsName) === foldName(SIDE_DIRECTORY);
}

/**
 * Files beside the files: for each file that has any, a directory that is named by the identity of the
 * file, so that it stays the file's when that is renamed, and is nobody's when the file is gone and its number
 * is another's. All is reached from directories that are held, never through symbolic links.
 */
export class SideFiles {
  readonly #rootFd: number;
  readonly #rootDevice: bigint;
  #fd: number | undefined;
  /** Where there are none at all, nobody looks for any. */
  #isEmpty = true;

  constructor(rootFd: number, rootDevice: bigint) {
    this.#rootFd = rootFd;
    this.#rootDevice = rootDevice;
    this.#fd = this.#open();
    if (this.#fd !== undefined) this.#isEmpty = namesIn(this.#fd).length === 0;
  }

  /** Gives up what is held. */
  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  /** Whether a file has any. */
  has(stats: HostStats): boolean {
    if (this.#isEmpty || this.#fd === undefined) return false;
    return lookAt(pathIn(this.#fd, this.#keyOf(stats))) !== undefined;
  }

  /** Does something in the directory of a file; undefined where the file has none. */
  within<T>(stats: HostStats, use: (directoryFd: number) => T): T | undefined {
    if (this.#isEmpty || this.#fd === undefined) return undefined;
    const path = pathIn(this.#fd, this.#keyOf(stats));
    if (lookAt(path) === undefined) return undefined;
    return using(takeHoldOfDirectory(path), use);
  }

  /** Does something in the directory of a file, which is made where it has none. */
  withinMade<T>(stats: HostStats, use: (directoryFd: number) => T): T {
    const path = pathIn(this.#made(), this.#keyOf(stats));
    makeDirectory(path);
    this.#isEmpty = false;
    return using(takeHoldOfDirectory(path), use);
  }

  /** The file is gone, or has nothing beside it any more. */
  remove(stats: HostStats): void {
    this.within(stats, (fd) => {
      for (const name of namesIn(fd)) unlinkSync(pathIn(fd, hostNameOfBytes(name)));
    });
    this.removeIfEmpty(stats);
  }

  /** Its last one may be gone. */
  removeIfEmpty(stats: HostStats): void {
    if (this.#isEmpty || this.#fd === undefined) return;
    try {
      rmdirSync(pathIn(this.#fd, this.#keyOf(stats)));
    } catch (error) {
      if (!hasCode(error, "ENOENT", "ENOTEMPTY", "EEXIST")) throw error;
    }
  }

  /** A file becomes another, as where a symbolic link takes its place: what is beside it goes along. */
  move(from: HostStats, to: HostStats): void {
    if (!this.has(from) || this.#fd === undefined) return;
    renameSync(pathIn(this.#fd, this.#keyOf(from)), pathIn(this.#fd, this.#keyOf(to)));
  }

  #made(): number {
    if (this.#fd !== undefined) return this.#fd;
    makeDirectory(pathIn(this.#rootFd, SIDE_DIRECTORY));
    return (this.#fd = this.#open()) ?? refuse(NtStatus.ACCESS_DENIED);
  }

  /** Undefined where there is none, or something else has its name. */
  #open(): number | undefined {
    try {
      return takeHoldOfDirectory(pathIn(this.#rootFd, SIDE_DIRECTORY));
    } catch (error) {
      if (hasCode(error, "ENOENT", "ENOTDIR", "ELOOP", "EACCES")) return undefined;
      throw error;
    }
  }

  /** Its number, and when it came to have it; and where it is, if not where the root is. */
  #keyOf({ ino, birthtimeNs, dev }: HostStats): string {
    const key = `${ino.toString(16)}-${birthtimeNs.toString(16)}`;
    return dev === this.#rootDevice ? key : `${key}-${dev.toString(16)}`;
  }
}

function makeDirectory(path: string | Buffer): void {
  try {
    mkdirSync(path, OWNER_ONLY);
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  }
}

const FILE_MODE = 0o600;

/** Makes a file in the directory of a file, which must not be there. */
export function makeSideFile(directoryFd: number, name: HostName): number {
  return makeFile(pathIn(directoryFd, name), FILE_MODE);
}
