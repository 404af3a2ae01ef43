import type { Awaitable, DirectoryEntry, FileInfo } from "../fs/index.js";
import { foldName, hasWildcards, matchesPattern, NtStatus } from "../nt/index.js";
import type { Found, Walk } from "./directory-walk.js";
import type { Open } from "./open.js";
import { ReadableWalk } from "./readable-walk.js";
import { guard, ok, type Result } from "./result.js";

/**
 * Where a listing stands: the file system's own walk, kept between a client's queries, so that a
 * listing costs what its entries cost however many queries it takes. [MS-FSA] 2.1.5.5.3
 */
export class DirectoryCursor {
  /** As the client gave it. */
  readonly pattern: string;
  /** Nothing was given out yet, so an end now means that nothing matches at all. */
  isFresh = true;
  readonly #open: Open;
  readonly #folded: string;
  #walk: Walk | undefined;
  #pending: DirectoryEntry | undefined;

  constructor(open: Open, pattern: string) {
    this.#open = open;
    this.pattern = pattern;
    this.#folded = this.#fold(pattern);
  }

  /** The next entry that matches; undefined at the end. At once where the file system walks at once. */
  next(): Result<DirectoryEntry | undefined> | Promise<Result<DirectoryEntry | undefined>> {
    const pending = this.#pending;
    if (pending !== undefined) {
      this.#pending = undefined;
      return ok(pending);
    }
    if (this.#walk === undefined) {
      const begun = guard(() => this.#begin()) as Result<Walk>;
      if (!begun.ok) return begun;
      this.#walk = begun.value;
    }
    return this.#walk.next();
  }

  /** Puts an entry back that found no room. */
  unread(entry: DirectoryEntry): void {
    this.#pending = entry;
  }

  /** Nobody will ask any more. */
  end(): Awaitable<void> {
    const ended = this.#walk?.end();
    this.#walk = undefined;
    return ended;
  }

  #fold(name: string): string {
    return this.#open.volume.params.isCaseSensitive ? name : foldName(name);
  }

  #begin(): Walk {
    const { fileSystem } = this.#open.volume;
    const { file, caller } = this.#open;
    if (!hasWildcards(this.pattern) && fileSystem.getDirectoryEntry !== undefined) {
      return this.#visible(new NameWalk(this.#open, this.pattern));
    }
    const entries = fileSystem.readDirectory?.(file, this.pattern, caller) ?? [];
    const matches = (name: string) =>
      this.#folded === "*" || matchesPattern(this.#fold(name), this.#folded);
    const dots = DOTS.filter(matches);
    return this.#visible(
      Symbol.iterator in entries
        ? new EntryWalk(this.#open, { dots, matches, entries: entries[Symbol.iterator]() })
        : new LateEntryWalk(this.#open, {
            dots,
            matches,
            entries: entries[Symbol.asyncIterator](),
          }),
    );
  }

  #visible(walk: Walk): Walk {
    return this.#open.view.hidesUnreadable ? new ReadableWalk(this.#open, walk) : walk;
  }
}

const DOTS = [".", ".."];

interface WalkParts<I> {
  readonly dots: string[];
  readonly matches: (name: string) => boolean;
  readonly entries: I;
}

/** A pattern without wildcards: one name, looked up. */
class NameWalk implements Walk {
  readonly #open: Open;
  #name: string | undefined;

  constructor(open: Open, name: string) {
    this.#open = open;
    this.#name = name;
  }

  next(): Found | Promise<Found> {
    const name = this.#name;
    this.#name = undefined;
    if (name === undefined) return ok(undefined);
    if (DOTS.includes(name)) return dotEntry(this.#open, name);
    const { file, caller, volume } = this.#open;
    return guard(() => volume.fileSystem.getDirectoryEntry?.(file, name, caller));
  }

  end(): void {
    this.#name = undefined;
  }
}

/** A walk through a file system that lists at once. */
class EntryWalk implements Walk {
  readonly #open: Open;
  readonly #parts: WalkParts<Iterator<DirectoryEntry>>;

  constructor(open: Open, parts: WalkParts<Iterator<DirectoryEntry>>) {
    this.#open = open;
    this.#parts = parts;
  }

  next(): Found | Promise<Found> {
    const { dots, matches, entries } = this.#parts;
    const dot = dots.shift();
    if (dot !== undefined) return dotEntry(this.#open, dot);
    for (;;) {
      const step = guard(() => entries.next()) as Result<IteratorResult<DirectoryEntry>>;
      if (!step.ok) return step;
      if (step.value.done === true) return ok(undefined);
      if (matches(step.value.value.name)) return ok(step.value.value);
    }
  }

  end(): void {
    void guard(() => this.#parts.entries.return?.());
  }
}

/** A walk through a file system that lists as its entries come. */
class LateEntryWalk implements Walk {
  readonly #open: Open;
  readonly #parts: WalkParts<AsyncIterator<DirectoryEntry>>;

  constructor(open: Open, parts: WalkParts<AsyncIterator<DirectoryEntry>>) {
    this.#open = open;
    this.#parts = parts;
  }

  async next(): Promise<Found> {
    const { dots, matches, entries } = this.#parts;
    const dot = dots.shift();
    if (dot !== undefined) return dotEntry(this.#open, dot);
    for (;;) {
      const step = await guard(() => entries.next());
      if (!step.ok) return step;
      if (step.value.done === true) return ok(undefined);
      if (matches(step.value.value.name)) return ok(step.value.value);
    }
  }

  async end(): Promise<void> {
    await guard(() => this.#parts.entries.return?.());
  }
}

/** `.` and `..` are the kernel's; both tell of the directory itself, as its parent may be out of reach. */
function dotEntry(open: Open, name: string): Found | Promise<Found> {
  const entry = (info: Result<FileInfo>): Found =>
    info.ok ? ok({ name, info: info.value }) : info;
  const info = open.getInfo();
  return info instanceof Promise ? info.then(entry) : entry(info);
}

/** What an end of a listing means: nothing matched at all, or nothing more. [MS-FSA] 2.1.5.5.3 */
export function endOfListing(cursor: DirectoryCursor): NtStatus {
  return cursor.isFresh ? NtStatus.NO_SUCH_FILE : NtStatus.NO_MORE_FILES;
}
