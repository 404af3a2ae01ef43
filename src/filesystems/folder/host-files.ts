/**
 * The host's files as this file system asks for them: never through a symbolic link, and without an
 * exception where nothing is there.
 *
 * @packageDocumentation
 */
import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
} from "node:fs";
import { type HostName, type HostPath, pathIn, pathOfOpen } from "./host-names.js";
import type { HostStats } from "./host-stats.js";

/** Opens a file without reading, writing or waiting for it: a handle on what it is. open(2); Node has no name for it. */
const O_PATH = 0o10_000_000;

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDWR } = constants;

/** Takes hold of what is by a name, be it a symbolic link, without opening it. */
export const HOLD = O_PATH | O_NOFOLLOW;

/** Takes hold of a directory: ENOTDIR where it is something else, also a symbolic link. */
export const HOLD_DIRECTORY = O_PATH | O_DIRECTORY | O_NOFOLLOW;

/** Makes a file that is not there, to be read and written. */
export const MAKE = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW;

/** So that times are exact to the ns, and ids to the last bit. */
export const BIGINT = { bigint: true } as const;

const BIGINT_OR_NOTHING = { bigint: true, throwIfNoEntry: false } as const;

/** What is by a name; undefined where nothing is. A symbolic link is told itself. */
export function lookAt(path: HostPath): BigIntStats | undefined {
  return lstatSync(path, BIGINT_OR_NOTHING);
}

/** The same, where nobody waits for an answer: what cannot be looked at is nothing. */
export function glanceAt(path: HostPath): BigIntStats | undefined {
  try {
    return lookAt(path);
  } catch (error) {
    if (error instanceof Error && "code" in error) return undefined;
    throw error;
  }
}

/** What is open. */
export function statsOf(fd: number): BigIntStats {
  return fstatSync(fd, BIGINT);
}

/** Takes hold of what is by a name, be it a symbolic link, without opening it; or once more of what is open. */
export function takeHold(path: HostPath, isOpen = false): number {
  return openSync(path, isOpen ? O_PATH : HOLD);
}

/** Takes hold of a directory. @throws Error ENOTDIR where it is something else, also a symbolic link */
export function takeHoldOfDirectory(path: HostPath): number {
  return openSync(path, HOLD_DIRECTORY);
}

/** Takes hold of the directory that a path of the host's leads to, links and all. */
export function takeHoldOfRoot(path: string): number {
  return openSync(path, O_PATH | O_DIRECTORY);
}

/** Opens what is held, for its data: that very file, whatever has become of its name. */
export function openHeld(fd: number, flags: number): number {
  return openSync(pathOfOpen(fd), flags);
}

/** Makes a file that is not there, to be read and written. */
export function makeFile(path: HostPath, mode: number): number {
  return openSync(path, MAKE, mode);
}

/** The names in a directory that is held. */
export function namesIn(fd: number): Buffer[] {
  return readdirSync(pathOfOpen(fd), { encoding: "buffer" });
}

/** Whether the host failed in this way. */
export function hasCode(thrown: unknown, ...codes: readonly string[]): boolean {
  return thrown instanceof Error && "code" in thrown && codes.includes(String(thrown.code));
}

/** Does something with a handle, and closes it. */
export function using<T>(fd: number, use: (fd: number) => T): T {
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

/** Whether two looks were at the same file. */
export function isSameFile(one: HostStats, other: HostStats): boolean {
  return one.ino === other.ino && one.dev === other.dev;
}

/** Whether a name still leads to a file. */
export function leadsTo(directoryFd: number, name: HostName, stats: HostStats): boolean {
  const there = lookAt(pathIn(directoryFd, name));
  return there !== undefined && isSameFile(there, stats);
}
