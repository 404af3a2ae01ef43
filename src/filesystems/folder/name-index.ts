import { foldName } from "../../nt/index.js";
import type { HostAccess } from "./host-access.js";
import { namesIn } from "./host-files.js";
import { type HostName, hostNameOfBytes, windowsNameOfHost } from "./host-names.js";
import type { HostStats } from "./host-stats.js";
import { MAX_INDEXED_DIRECTORIES, MAX_INDEXED_NAMES } from "./limits.js";

/** The names of a directory, by what they are compared by, as they were when it was last changed. */
interface Index {
  readonly names: Map<string, HostName>;
  modifiedNs: bigint;
  changedNs: bigint;
}

/**
 * Finds names in directories that are not spelled as asked for: on Linux, names that differ in case differ.
 * What a directory has is read once, and again after it was changed by others.
 */
export class NameIndex {
  readonly #host: HostAccess;
  readonly #isCaseSensitive: boolean;
  readonly #indexes = new Map<bigint, Index>();
  #nameCount = 0;

  constructor(host: HostAccess, isCaseSensitive: boolean) {
    this.#host = host;
    this.#isCaseSensitive = isCaseSensitive;
  }

  /** The host's name for what the kernel calls so, or in another case; undefined where there is none. */
  find(directoryFd: number, windowsName: string): HostName | undefined {
    const stats = this.#host.stats(directoryFd);
    const kept = this.#indexes.get(stats.ino);
    const isFresh = kept?.modifiedNs === stats.mtimeNs && kept.changedNs === stats.ctimeNs;
    const index = isFresh ? kept : this.#read(directoryFd, stats);
    return index.names.get(this.#keyOf(windowsName));
  }

  /**
   * Notes a change that was made through here, so that the directory need not be read again for it.
   *
   * @param before - the directory just before the change
   * @returns the directory as it is now
   */
  changed(directoryFd: number, before: HostStats, change: NameChange): HostStats {
    const after = this.#host.stats(directoryFd);
    const kept = this.#indexes.get(before.ino);
    if (kept === undefined) return after;
    if (kept.modifiedNs !== before.mtimeNs || kept.changedNs !== before.ctimeNs) {
      this.drop(before.ino);
      return after;
    }
    const { goes, comes } = change;
    if (goes !== undefined && this.#takeOut(kept, goes)) {
      this.drop(before.ino);
      return after;
    }
    if (comes !== undefined) this.#putIn(kept, comes);
    kept.modifiedNs = after.mtimeNs;
    kept.changedNs = after.ctimeNs;
    return after;
  }

  /** A directory was changed in a way that its times may not tell. */
  drop(directoryId: bigint): void {
    this.#nameCount -= this.#indexes.get(directoryId)?.names.size ?? 0;
    this.#indexes.delete(directoryId);
  }

  #putIn(kept: Index, comes: HostName): void {
    const key = this.#keyOf(windowsNameOf(comes));
    if (kept.names.has(key)) return;
    kept.names.set(key, comes);
    this.#nameCount++;
  }

  /** Whether another name is compared by the same, so that nobody knows which is left. */
  #takeOut(kept: Index, gone: HostName): boolean {
    const key = this.#keyOf(windowsNameOf(gone));
    const there = kept.names.get(key);
    if (there === undefined || !isSameName(there, gone)) return true;
    kept.names.delete(key);
    this.#nameCount--;
    return false;
  }

  #read(directoryFd: number, stats: HostStats): Index {
    const names = new Map<string, HostName>();
    for (const bytes of namesIn(directoryFd)) {
      const key = this.#keyOf(windowsNameOfHost(bytes));
      if (!names.has(key)) names.set(key, hostNameOfBytes(bytes));
    }
    const index = { names, modifiedNs: stats.mtimeNs, changedNs: stats.ctimeNs };
    this.drop(stats.ino);
    if (names.size > MAX_INDEXED_NAMES) return index;
    this.#makeRoom(names.size);
    this.#indexes.set(stats.ino, index);
    this.#nameCount += names.size;
    return index;
  }

  /** The oldest go first. */
  #makeRoom(count: number): void {
    for (const id of this.#indexes.keys()) {
      const isFull = this.#indexes.size >= MAX_INDEXED_DIRECTORIES;
      if (!isFull && this.#nameCount + count <= MAX_INDEXED_NAMES) return;
      this.drop(id);
    }
  }

  #keyOf(windowsName: string): string {
    return this.#isCaseSensitive ? windowsName : foldName(windowsName);
  }
}

/** A name that went, or came, or both. */
export interface NameChange {
  readonly goes?: HostName;
  readonly comes?: HostName;
}

function windowsNameOf(name: HostName): string {
  return windowsNameOfHost(typeof name === "string" ? Buffer.from(name) : name);
}

function isSameName(one: HostName, other: HostName): boolean {
  return Buffer.compare(Buffer.from(one), Buffer.from(other)) === 0;
}
