/**
 * Named bytes that are kept with a file: extended attributes, and what Windows knows of it and the host does
 * not. In extended attributes of the host where they fit, else in side files.
 *
 * @packageDocumentation
 */
import { closeSync, constants, readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import type { HostCalls, HostPlace } from "./host-calls.js";
import { hasCode, lookAt, makeFile, namesIn, openHeld, takeHold, using } from "./host-files.js";
import { pathIn } from "./host-names.js";
import type { HostStats } from "./host-stats.js";
import type { SideFiles } from "./side-files.js";

/** A file, and how to get to it. */
export interface Keeper extends HostPlace {
  readonly stats: HostStats;
}

/** Names of attachments may be any; `user.` is before them where the host keeps them. xattr(7) */
const PREFIX = "user.";

/** Before the names of attachments among the side files of a file. */
const SIDE_PREFIX = "=";

/** What the host says where an extended attribute does not fit, or cannot be. setxattr(2) */
const DOES_NOT_FIT = [
  "ENOSPC",
  "EDQUOT",
  "E2BIG",
  "ERANGE",
  "ENAMETOOLONG",
  "ENOTSUP",
  "EOPNOTSUPP",
  "EPERM",
];

/** The attachments of all files. */
export class Attachments {
  readonly #calls: HostCalls | undefined;
  readonly #sideFiles: SideFiles;

  /** @param calls - undefined: all are kept in side files */
  constructor(calls: HostCalls | undefined, sideFiles: SideFiles) {
    this.#calls = calls;
    this.#sideFiles = sideFiles;
  }

  /** Names of all attachments of a file, in a lasting order. */
  names(keeper: Keeper): readonly string[] {
    const kept = this.#sideFiles.within(keeper.stats, sideNames) ?? NO_NAMES;
    if (this.#calls === undefined || keeper.stats.isSymbolicLink()) return kept;
    const told = this.#calls.listXattrs(keeper);
    if (told.length === 0) return kept;
    const names = told.filter((name) => name.startsWith(PREFIX)).map((name) => name.slice(5));
    return kept.length === 0 ? names : [...new Set([...names, ...kept])];
  }

  get(keeper: Keeper, name: string): Buffer | undefined {
    const beside = this.#sideFiles.within(keeper.stats, (fd) => readSide(fd, name));
    if (beside !== undefined) return beside;
    return this.#hasXattrs(keeper) ? this.#calls?.getXattr(keeper, PREFIX + name) : undefined;
  }

  set(keeper: Keeper, name: string, value: Uint8Array): void {
    if (this.#setXattr(keeper, name, value)) {
      this.#removeSide(keeper, name);
      return;
    }
    this.#sideFiles.withinMade(keeper.stats, (fd) => {
      writeSide(fd, name, value);
    });
  }

  remove(keeper: Keeper, name: string): void {
    if (this.#hasXattrs(keeper)) this.#calls?.removeXattr(keeper, PREFIX + name);
    this.#removeSide(keeper, name);
  }

  #setXattr(keeper: Keeper, name: string, value: Uint8Array): boolean {
    if (this.#calls === undefined || !this.#hasXattrs(keeper)) return false;
    try {
      this.#calls.setXattr(keeper, PREFIX + name, value);
      return true;
    } catch (error) {
      if (!hasCode(error, ...DOES_NOT_FIT)) throw error;
      return false;
    }
  }

  /** Neither links nor devices have any of the kind that everybody may set. xattr(7) */
  #hasXattrs({ stats }: Keeper): boolean {
    return stats.isFile() || stats.isDirectory();
  }

  #removeSide({ stats }: Keeper, name: string): void {
    const isGone = this.#sideFiles.within(stats, (fd) => {
      const path = pathIn(fd, SIDE_PREFIX + name);
      if (lookAt(path) === undefined) return false;
      unlinkSync(path);
      return true;
    });
    if (isGone === true) this.#sideFiles.removeIfEmpty(stats);
  }
}

const NO_NAMES: readonly string[] = [];

function sideNames(fd: number): string[] {
  return namesIn(fd)
    .map((name) => name.toString("utf8"))
    .filter((name) => name.startsWith(SIDE_PREFIX))
    .map((name) => name.slice(SIDE_PREFIX.length))
    .sort();
}

function readSide(directoryFd: number, name: string): Buffer | undefined {
  const path = pathIn(directoryFd, SIDE_PREFIX + name);
  if (lookAt(path)?.isFile() !== true) return undefined;
  return using(takeHold(path), (held) =>
    using(openHeld(held, constants.O_RDONLY), (fd) => readFileSync(fd)),
  );
}

/** Takes the place of the prefix while a value is written. */
const UNFINISHED = "~";
const FILE_MODE = 0o600;

/** Whole or not at all, whenever the server ends. */
function writeSide(directoryFd: number, name: string, value: Uint8Array): void {
  const unfinished = pathIn(directoryFd, UNFINISHED + name);
  if (lookAt(unfinished) !== undefined) unlinkSync(unfinished);
  const fd = makeFile(unfinished, FILE_MODE);
  try {
    writeFileSync(fd, value);
  } finally {
    closeSync(fd);
  }
  renameSync(unfinished, pathIn(directoryFd, SIDE_PREFIX + name));
}
