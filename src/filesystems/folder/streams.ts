/**
 * Named streams, each a side file of its file. [MS-FSA] 2.1.1.5, WinFsp 3.9
 *
 * @packageDocumentation
 */
import { renameSync, unlinkSync } from "node:fs";
import type { StreamInfo } from "../../fs/index.js";
import { foldName, NtStatus } from "../../nt/index.js";
import { hasCode, lookAt, namesIn, takeHold } from "./host-files.js";
import {
  type HostName,
  hostNameOfBytes,
  hostNameOfText,
  pathIn,
  textOfHost,
} from "./host-names.js";
import type { HostStats } from "./host-stats.js";
import { ALLOCATION_UNIT } from "./known-file.js";
import { MAX_STREAMS } from "./limits.js";
import { refuse } from "./refusal.js";
import { makeSideFile, type SideFiles } from "./side-files.js";

/** Before the names of streams among the side files of a file. */
const PREFIX = ":";
const BLOCK_SIZE = 512;

/** A stream that is there. */
interface FoundStream {
  readonly name: string;
  readonly hostName: HostName;
  readonly stats: HostStats;
}

/** The streams of all files. */
export class Streams {
  readonly #sideFiles: SideFiles;
  readonly #isCaseSensitive: boolean;

  constructor(sideFiles: SideFiles, isCaseSensitive: boolean) {
    this.#sideFiles = sideFiles;
    this.#isCaseSensitive = isCaseSensitive;
  }

  /** All of a file but the unnamed one. */
  list(file: HostStats): StreamInfo[] {
    const found = this.#sideFiles.within(file, (fd) => allIn(fd)) ?? [];
    return found.map(({ name, stats }) => ({
      name,
      streamSize: Number(stats.size),
      allocationSize: allocationOf(stats),
    }));
  }

  /** The name, as stored; undefined where there is no such stream. */
  find(file: HostStats, name: string): string | undefined {
    return this.#sideFiles.within(file, (fd) => this.#look(fd, name))?.name;
  }

  /** A hold on a stream. @throws NtError OBJECT_NAME_NOT_FOUND */
  open(file: HostStats, name: string): { readonly fd: number; readonly name: string } {
    const opened = this.#sideFiles.within(file, (fd) => {
      const found = this.#look(fd, name);
      return found && { fd: takeHold(pathIn(fd, found.hostName)), name: found.name };
    });
    return opened ?? refuse(NtStatus.OBJECT_NAME_NOT_FOUND);
  }

  /** A handle to read and write a new stream by. @throws NtError OBJECT_NAME_COLLISION, DISK_FULL */
  make(file: HostStats, name: string): number {
    return this.#sideFiles.withinMade(file, (fd) => {
      if (this.#look(fd, name) !== undefined) refuse(NtStatus.OBJECT_NAME_COLLISION);
      if (allIn(fd).length >= MAX_STREAMS) refuse(NtStatus.DISK_FULL);
      return makeSideFile(fd, hostNameOfText(PREFIX + name));
    });
  }

  /** A stream goes, if it is the one that is open, by its handle's stats. */
  remove(file: HostStats, name: string, stream: HostStats): void {
    this.#sideFiles.within(file, (fd) => {
      const found = this.#look(fd, name);
      if (found?.stats.ino === stream.ino) unlinkSync(pathIn(fd, found.hostName));
    });
    this.#sideFiles.removeIfEmpty(file);
  }

  /** All go but those that are open, by their names. */
  removeOthers(file: HostStats, open: ReadonlySet<string>): void {
    this.#sideFiles.within(file, (fd) => {
      for (const { name, hostName } of allIn(fd)) {
        if (!open.has(name)) unlinkSync(pathIn(fd, hostName));
      }
    });
    this.#sideFiles.removeIfEmpty(file);
  }

  /** @throws NtError OBJECT_NAME_COLLISION, INVALID_PARAMETER, OBJECT_NAME_NOT_FOUND */
  rename(
    file: HostStats,
    stream: HostStats,
    how: { readonly from: string; readonly to: string; readonly replaceIfExists: boolean },
  ): void {
    this.#sideFiles.within(file, (fd) => {
      const from = this.#look(fd, how.from);
      if (from?.stats.ino !== stream.ino) refuse(NtStatus.OBJECT_NAME_NOT_FOUND);
      const taken = this.#look(fd, how.to);
      if (taken !== undefined && taken.stats.ino !== stream.ino) {
        if (!how.replaceIfExists) refuse(NtStatus.OBJECT_NAME_COLLISION);
        if (taken.stats.size > 0n) refuse(NtStatus.INVALID_PARAMETER);
        unlinkSync(pathIn(fd, taken.hostName));
      }
      renameSync(pathIn(fd, from.hostName), pathIn(fd, hostNameOfText(PREFIX + how.to)));
    });
  }

  #look(fd: number, name: string): FoundStream | undefined {
    const hostName = hostNameOfText(PREFIX + name);
    const stats = lookAtOrNothing(fd, hostName);
    if (stats !== undefined) return { name, hostName, stats };
    if (this.#isCaseSensitive) return undefined;
    const folded = foldName(name);
    return allIn(fd).find((each) => foldName(each.name) === folded);
  }
}

/** A name that is too long is that of nothing. */
function lookAtOrNothing(fd: number, name: HostName): HostStats | undefined {
  try {
    return lookAt(pathIn(fd, name));
  } catch (error) {
    if (hasCode(error, "ENAMETOOLONG")) return undefined;
    throw error;
  }
}

function allIn(fd: number): FoundStream[] {
  const found: FoundStream[] = [];
  for (const bytes of namesIn(fd)) {
    if (bytes[0] !== PREFIX.charCodeAt(0)) continue;
    const hostName = hostNameOfBytes(bytes);
    const stats = lookAt(pathIn(fd, hostName));
    if (stats?.isFile() === true) {
      found.push({ name: textOfHost(bytes.subarray(1)), hostName, stats });
    }
  }
  return found;
}

/** Bytes that a stream takes, as clients are told. */
export function allocationOf({ size, blocks }: HostStats): number {
  const taken = Math.max(Number(size), Number(blocks) * BLOCK_SIZE);
  return Math.ceil(taken / ALLOCATION_UNIT) * ALLOCATION_UNIT;
}
