import type { Awaitable, DirectoryEntry, DirectoryName, FileInfo } from "../fs/index.js";
import { foldName, hasWildcards, matchesPattern, NtStatus } from "../nt/index.js";
import type { Found, Walk } from "./directory-walk.js";
import type { Open } from "./open.js";
import { ReadableWalk } from "./readable-walk.js";
import { guard, ok, type Result } from "./result.js";

/**
 * Where a listing stands: the file system's own walk, kept between a client's queries, so that a
 * listing costs what its entries cost however many queries it takes. [MS-FSA] 2.1.5.5.3
 */
export class DirectoryCursor<Entry extends DirectoryName = DirectoryEntry> {
  /** As the client gave it. */
  readonly pattern: string;
  /** Nothing was given out yet, so an end now means that nothing matches at all. */
  isFresh = true;
  readonly #begin: () => Walk<Entry>;
  #walk: Walk<Entry> | undefined;
  #pending: Entry | undefined;

  /** @param begin - called once, when the first entry is asked for */
  constructor(pattern: string, begin: () => Walk<Entry>) {
    this.pattern = pattern;
    this.#begin = begin;
  }

  /** The next entry that matches; undefined at the end. At once where the file system walks at once. */
  next(): Found<Entry> | Promise<Found<Entry>> {
    const pending = this.#pending;
    if (pending !== undefined) {
      this.#pending = undefined;
      return ok(pending);
    }
    if (this.#walk === undefined) {
      const begun = guard(() => this.#begin()) as Result<Walk<Entry>>;
      if (!begun.ok) return begun;
      this.#walk = begun.value;
    }
    return this.#walk.next();
  }

  /** Puts an entry back that found no room. */
  unread(entry: Entry): void {
    this.#pending = entry;
  }

  /** Nobody will ask any more. */
  end(): Awaitable<void> {
    const ended = this.#walk?.end();
    this.#walk = undefined;
    return ended;
  }
}

/** A listing of the entries that match a pattern, with all that is known of each. */
export function entryCursor(open: Open, pattern: string): DirectoryCursor {
  return new DirectoryCursor(pattern, () => {
    const { fileSystem } = open.volume;
    if (!hasWildcards(pattern) && fileSystem.getDirectoryEntry !== undefined) {
      return visible(open, new NameWalk(open, pattern));
    }
    const entries = fileSystem.readDirectory?.(open.file, pattern, open.caller) ?? [];
    return visible(open, walkOf(open, entries, matcherOf(open, pattern)));
  });
}

/**
 * A listing of all names, with what the directory tells of each. Where that is no less than all that is known, the
 * entries are {@link DirectoryEntry}.
 */
export function nameCursor(open: Open): DirectoryCursor<DirectoryName> {
  return new DirectoryCursor<DirectoryName>("*", () => {
    const { file, caller } = open;
    const { fileSystem } = open.volume;
    const names: Listed<DirectoryName> =
      fileSystem.readDirectoryNames?.(file, caller) ??
      fileSystem.readDirectory?.(file, "*", caller) ??
      [];
    return visible(open, walkOf(open, names, undefined));
  });
}

/** What a file system lists. */
type Listed<Entry> = Iterable<Entry> | AsyncIterable<Entry>;

/** Tells which names are meant; undefined: all are. */
type Matcher = ((name: string) => boolean) | undefined;

function matcherOf({ volume }: Open, pattern: string): Matcher {
  if (pattern === "*") return undefined;
  const folded = fold(volume.params.isCaseSensitive, pattern);
  return (name) => matchesPattern(fold(volume.params.isCaseSensitive, name), folded);
}

function fold(isCaseSensitive: boolean, name: string): string {
  return isCaseSensitive ? name : foldName(name);
}

function walkOf<Entry extends DirectoryName>(
  open: Open,
  entries: Listed<Entry>,
  matches: Matcher,
): Walk<Entry | DirectoryEntry> {
  const dots = matches === undefined ? [...DOTS] : DOTS.filter(matches);
  return Symbol.iterator in entries
    ? new EntryWalk(open, { dots, matches, entries: entries[Symbol.iterator]() })
    : new LateEntryWalk(open, { dots, matches, entries: entries[Symbol.asyncIterator]() });
}

function visible<Entry extends DirectoryName>(open: Open, walk: Walk<Entry>): Walk<Entry> {
  return open.view.hidesUnreadable ? new ReadableWalk(open, walk) : walk;
}

const DOTS = [".", ".."];

interface WalkParts<I> {
  readonly dots: string[];
  readonly matches: Matcher;
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
    return lookAtEntry(this.#open, name);
  }

  end(): void {
    this.#name = undefined;
  }
}

/** A walk through a file system that lists at once. */
class EntryWalk<Entry extends DirectoryName> implements Walk<Entry | DirectoryEntry> {
  readonly #open: Open;
  readonly #parts: WalkParts<Iterator<Entry>>;

  constructor(open: Open, parts: WalkParts<Iterator<Entry>>) {
    this.#open = open;
    this.#parts = parts;
  }

  next(): Found<Entry | DirectoryEntry> | Promise<Found> {
    const { dots, matches, entries } = this.#parts;
    const dot = dots.shift();
    if (dot !== undefined) return dotEntry(this.#open, dot);
    for (;;) {
      const step = guard(() => entries.next()) as Result<IteratorResult<Entry>>;
      if (!step.ok) return step;
      if (step.value.done === true) return ok(undefined);
      const { value } = step.value;
      if (matches === undefined || matches(value.name)) return ok(value);
    }
  }

  end(): void {
    void guard(() => this.#parts.entries.return?.());
  }
}

/** A walk through a file system that lists as its entries come. */
class LateEntryWalk<Entry extends DirectoryName> implements Walk<Entry | DirectoryEntry> {
  readonly #open: Open;
  readonly #parts: WalkParts<AsyncIterator<Entry>>;

  constructor(open: Open, parts: WalkParts<AsyncIterator<Entry>>) {
    this.#open = open;
    this.#parts = parts;
  }

  async next(): Promise<Found<Entry | DirectoryEntry>> {
    const { dots, matches, entries } = this.#parts;
    const dot = dots.shift();
    if (dot !== undefined) return dotEntry(this.#open, dot);
    for (;;) {
      const step = await guard(() => entries.next());
      if (!step.ok) return step;
      if (step.value.done === true) return ok(undefined);
      const { value } = step.value;
      if (matches === undefined || matches(value.name)) return ok(value);
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

/** All that is known of one name in an open directory; undefined where there is none, or the file system cannot tell. */
export function lookAtEntry({ volume, file, caller }: Open, name: string): Found | Promise<Found> {
  return guard(() => volume.fileSystem.getDirectoryEntry?.(file, name, caller));
}

/** What an end of a listing means: nothing matched at all, or nothing more. [MS-FSA] 2.1.5.5.3 */
export function endOfListing(cursor: DirectoryCursor): NtStatus {
  return cursor.isFresh ? NtStatus.NO_SUCH_FILE : NtStatus.NO_MORE_FILES;
}
