import { mkdirSync, openSync, rmdirSync, unlinkSync } from "node:fs";
import { lookAt, statsOf } from "./host-files.js";
import { type HostName, pathIn } from "./host-names.js";
import type { HostStats } from "./host-stats.js";

/**
 * What is done all the time to names in directories that are held: the host goes from the very directory, one name
 * down, and never through a symbolic link. What fails is thrown with the `code` that Node gives it.
 *
 * There are two: the functions of Linux that take a directory's handle, where koffi can call them; and Node's, which take
 * paths, and go through `/proc/self/fd`. They do the same.
 */
export interface HostAccess {
  /** What is by a name; undefined where nothing is. A symbolic link is told itself. */
  look(directoryFd: number, name: HostName): HostStats | undefined;

  /** What is open, or held. */
  stats(fd: number): HostStats;

  /** Opens what is by a name, or makes it. @param flags - with `O_NOFOLLOW`. open(2) */
  open(directoryFd: number, name: HostName, flags: number, mode?: number): number;

  makeDirectory(directoryFd: number, name: HostName, mode: number): void;
  removeDirectory(directoryFd: number, name: HostName): void;

  /** Takes a name away from what is no directory. */
  unlink(directoryFd: number, name: HostName): void;
}

/** By the functions that Node has. */
export const NODE_ACCESS: HostAccess = {
  look: (directoryFd, name) => lookAt(pathIn(directoryFd, name)),
  stats: statsOf,
  open: (directoryFd, name, flags, mode) => openSync(pathIn(directoryFd, name), flags, mode),
  makeDirectory: (directoryFd, name, mode) => {
    mkdirSync(pathIn(directoryFd, name), mode);
  },
  removeDirectory: (directoryFd, name) => {
    rmdirSync(pathIn(directoryFd, name));
  },
  unlink: (directoryFd, name) => {
    unlinkSync(pathIn(directoryFd, name));
  },
};
