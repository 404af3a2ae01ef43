import type { Awaitable, Caller } from "../../fs/index.js";
import { foldName } from "../../nt/index.js";
import { BoundedMap } from "./bounded-map.js";
import { contextOf, type TreeContext, type View, viewKey } from "./context.js";
import type { StoredEntry, TreeEntry } from "./entry.js";
import { fittingName, nameFault, numberedName } from "./entry-names.js";
import { checkTimes, type EntryOptions } from "./entry-options.js";
import { after, type Later, settle } from "./later.js";
import {
  DEFAULT_LISTING_CACHE_MS,
  MAX_DIRECTORY_ENTRIES,
  MAX_FOUND_NAMES,
  MAX_VIEWS,
} from "./limits.js";
import { isContentSource, TreeFile } from "./tree-file.js";
import { TreeLazy } from "./tree-lazy.js";
import { TreeLink } from "./tree-link.js";

/** Entries by their names: an object, a Map, pairs. */
export type TreeEntries =
  | readonly TreePair[] // an Iterable, too; but by this the compiler knows that what `map` makes are pairs
  | Readonly<Record<string, TreeEntry>>
  | Iterable<TreePair>;

/** A name and what it stands for. */
export type TreePair = readonly [name: string, entry: TreeEntry];

/** Entries, or a function that gives them, pair by pair too, for each listing. */
export type EntriesSource =
  | TreeEntries
  | ((context: TreeContext) => Later<TreeEntries | AsyncIterable<TreePair>>);

/** A name that a client wants to make. */
export interface Making extends TreeContext {
  readonly isDirectory: boolean;
}

/** A name that a client wants to give to an entry. */
export interface Renaming extends TreeContext {
  /** There is an entry by the new name, and its place is taken. */
  readonly isReplacing: boolean;
}

/**
 * How a directory is to be. With `create`, `rename` and `remove` clients can change it; what such a function
 * throws is the outcome, and then nothing was changed.
 */
export interface DirectoryOptions extends EntryOptions {
  /**
   * How long a listing that a function gave is used, in ms. Unless told: not at all for listings, 1000 for
   * looking names up.
   */
  readonly cacheMs?: number | undefined;
  /** Who shares what the functions of this directory gave; `"session"` unless told. */
  readonly view?: View | undefined;
  /** Looks one name up, also one that is in no listing. The name is as the client wrote it. */
  readonly find?:
    | ((name: string, context: TreeContext) => Later<TreeEntry | undefined>)
    | undefined;
  /**
   * Makes a file or directory.
   *
   * @returns the new entry; or nothing, where a function lists the directory and lists it from now on
   */
  readonly create?: ((name: string, making: Making) => Later<TreeEntry | undefined>) | undefined;
  /** Gives an entry another name. */
  readonly rename?: ((from: string, to: string, renaming: Renaming) => Later<void>) | undefined;
  /**
   * Moves an entry to another directory. Without it clients copy and delete.
   *
   * @param to - the new path, from the root, `/` between names
   */
  readonly move?: ((from: string, to: string, renaming: Renaming) => Later<void>) | undefined;
  /** Says no, by throwing, before a client deletes an entry. */
  readonly mayRemove?: ((name: string, context: TreeContext) => Later<void>) | undefined;
  /** Deletes an entry, when the last client has closed it. */
  readonly remove?: ((name: string, context: TreeContext) => Later<void>) | undefined;
}

/** One name in a directory. */
export interface Child {
  readonly name: string;
  readonly entry: StoredEntry;
  /** Of an entry that a callback has made or moved: it keeps it. */
  readonly fileId?: bigint;
}

/** Who looks, at which directory, and when. */
export interface Look {
  readonly caller: Caller;
  /** Of the directory, from the root of the volume, `\` between names. */
  readonly path: string;
  readonly nowMs: number;
}

/** A listing that was asked for, and for whom. */
interface Listed {
  listing: Awaitable<Listing>;
  readonly look: Look;
}

/** By the folded name. */
type Listing = ReadonlyMap<string, Child>;

/** A name that was looked up. */
interface Found {
  readonly child: Awaitable<Child | undefined>;
  readonly nowMs: number;
}

/** Names that came or went. */
export interface ListingChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** The names of a directory: those the program has written, or those a function gives. */
export class Directory {
  readonly options: DirectoryOptions;
  readonly #own: Map<string, Child> | undefined;
  readonly #list: Extract<EntriesSource, (context: TreeContext) => unknown> | undefined;
  readonly #listed = new BoundedMap<string, Listed>(MAX_VIEWS);
  readonly #found = new BoundedMap<string, Found>(MAX_FOUND_NAMES);

  /** @throws Error where a name or an entry that is written here cannot be */
  constructor(entries: EntriesSource, options: DirectoryOptions) {
    checkTimes(options);
    this.options = options;
    if (typeof entries === "function") this.#list = entries;
    else this.#own = ownEntries(entries);
  }

  /** Whether nothing in it, nor below it, can be written, or be anything else than it is. */
  get isFixed(): boolean {
    const { create, rename, move, remove } = this.options;
    if (this.isMade || [create, rename, move, remove].some((given) => given !== undefined)) {
      return false;
    }
    return [...this.ownEntries].every(({ entry }) => isFixedEntry(entry));
  }

  /** Whether a function decides what is in it. */
  get isMade(): boolean {
    return this.#list !== undefined || this.options.find !== undefined;
  }

  /** What the program has written; nothing of a directory that a function lists. */
  get ownEntries(): Iterable<Child> {
    return this.#own?.values() ?? [];
  }

  /** All names, asked for anew unless told otherwise. */
  list(look: Look): Awaitable<Iterable<Child>> {
    return after(this.#listing(look, this.options.cacheMs ?? 0), (listing) => listing.values());
  }

  /** One name, whatever its case. */
  lookUp(name: string, look: Look): Awaitable<Child | undefined> {
    const folded = foldName(name);
    if (this.#own?.has(folded) === true) return this.#own.get(folded);
    if (this.options.find !== undefined) return this.#find(name, look);
    const listing = this.#listing(look, this.options.cacheMs ?? DEFAULT_LISTING_CACHE_MS);
    return after(listing, (children) => children.get(folded));
  }

  /** What is remembered of functions is asked for again. */
  forget(): void {
    this.forgetNames();
    for (const { entry } of this.ownEntries) if (entry instanceof TreeLazy) entry.forget();
  }

  /** The names are asked for again. */
  forgetNames(): void {
    this.#listed.clear();
    this.#found.clear();
  }

  /**
   * What is known to be at a path, without asking anything: of each caller whose listings are remembered.
   * `parents` are the directories that have, or may have, the last name.
   */
  peek(names: readonly string[]): {
    readonly parents: readonly Directory[];
    readonly entries: readonly StoredEntry[];
  } {
    let parents: readonly Directory[] = [];
    let entries: readonly StoredEntry[] = [this];
    for (const name of names) {
      parents = entries.flatMap(directoriesIn);
      entries = parents.flatMap((parent) => parent.#peekName(foldName(name)));
    }
    return { parents, entries };
  }

  #peekName(folded: string): StoredEntry[] {
    const listings = [...this.#listed.entries()].map(([, { listing }]) => listing);
    const found = [...this.#found.entries()]
      .filter(([key]) => key.endsWith(`\\${folded}`))
      .map(([, { child }]) => child);
    const children = listings.map((listing) =>
      listing instanceof Promise ? undefined : listing.get(folded),
    );
    return [this.#own?.get(folded), ...children, ...found].flatMap((child) =>
      child === undefined || child instanceof Promise ? [] : [child.entry],
    );
  }

  /** A name has come, as a callback has made it. */
  add(name: string, entry: TreeEntry, fileId: bigint): Child {
    const child = { name, entry: storedEntry(entry, name), fileId };
    this.#own?.set(foldName(name), child);
    this.forgetNames();
    return child;
  }

  /** A name has gone. */
  drop(name: string): void {
    this.#own?.delete(foldName(name));
    this.forgetNames();
  }

  /** A name has become another one, here or in another directory; what it stands for keeps its identity. */
  move(from: string, target: Directory, to: string, fileId: bigint): void {
    const child = this.#own?.get(foldName(from));
    this.#own?.delete(foldName(from));
    if (child !== undefined) target.#own?.set(foldName(to), { ...child, name: to, fileId });
    this.forgetNames();
    target.forgetNames();
  }

  /** Lists again for all whom listings are remembered of, and tells what differs. */
  async refresh(nowMs: number): Promise<ListingChange> {
    const added = new Set<string>();
    const removed = new Set<string>();
    const before = [...this.#listed.entries()];
    this.forget();
    for (const [, { listing, look }] of before) {
      const old = await listing;
      const now = await this.#listing({ ...look, nowMs }, DEFAULT_LISTING_CACHE_MS);
      for (const [folded, { name }] of now) if (!old.has(folded)) added.add(name);
      for (const [folded, { name }] of old) if (!now.has(folded)) removed.add(name);
    }
    return { added: [...added], removed: [...removed] };
  }

  #find(name: string, look: Look): Awaitable<Child | undefined> {
    const view = viewKey(this.options.view ?? "session", look.caller);
    const key = `${view}\\${foldName(name)}`;
    const known = this.#found.get(key);
    const { cacheMs = DEFAULT_LISTING_CACHE_MS } = this.options;
    if (known !== undefined && look.nowMs - known.nowMs < cacheMs) return known.child;
    const asked = this.options.find?.(name, contextOf(look.caller, look.path));
    const child = after(settle(asked), (entry) =>
      entry === undefined ? undefined : { name, entry: storedEntry(entry, name) },
    );
    const found = { child, nowMs: look.nowMs };
    this.#found.set(key, found);
    if (child instanceof Promise) {
      child.catch(() => {
        if (this.#found.get(key) === found) this.#found.delete(key);
      });
    }
    return child;
  }

  #listing(look: Look, maxAgeMs: number): Awaitable<Listing> {
    if (this.#own !== undefined) return this.#own;
    const view = viewKey(this.options.view ?? "session", look.caller);
    const known = this.#listed.get(view);
    if (known !== undefined) {
      const isUnderWay = known.listing instanceof Promise;
      if (isUnderWay || look.nowMs - known.look.nowMs < maxAgeMs) return known.listing;
    }
    const context = contextOf(look.caller, look.path);
    const listing = after(settle(this.#list?.(context) ?? []), (entries) =>
      Symbol.asyncIterator in entries
        ? lateListing(entries, context)
        : fittingEntries(pairsOf(entries), context),
    );
    const listed = { listing, look };
    this.#listed.set(view, listed);
    if (listing instanceof Promise) this.#settleLater(view, listed, listing);
    return listing;
  }

  /** What failed is asked for again by the next who looks. */
  #settleLater(view: string, listed: Listed, listing: Promise<Listing>): void {
    listing.then(
      (value) => {
        listed.listing = value;
      },
      () => {
        if (this.#listed.get(view) === listed) this.#listed.delete(view);
      },
    );
  }
}

function isFixedEntry(entry: StoredEntry): boolean {
  if (entry instanceof Directory) return entry.isFixed;
  return entry instanceof TreeFile ? !entry.isWritable : !(entry instanceof TreeLazy);
}

function directoriesIn(entry: StoredEntry): readonly Directory[] {
  if (entry instanceof Directory) return [entry];
  if (!(entry instanceof TreeLazy)) return [];
  return entry.made.flatMap((made) => (isTree(made) ? [made.directory] : []));
}

/** @throws Error where a value is no entry */
export function storedEntry(entry: TreeEntry, name: string): StoredEntry {
  if (entry instanceof TreeFile || entry instanceof TreeLink || entry instanceof TreeLazy) {
    return entry;
  }
  if (isTree(entry)) return entry.directory;
  if (isContentSource(entry)) return new TreeFile(entry, {});
  throw new Error(
    `${name}: ${kindOf(entry)} is no entry of a directory: use dir, file, json, link or lazy, text, bytes, a URL or a function`,
  );
}

function kindOf(value: unknown): string {
  return value === null ? "null" : `a value of type ${typeof value}`;
}

function isTree(entry: unknown): entry is { readonly directory: Directory } {
  if (typeof entry !== "object" || entry === null || !("directory" in entry)) return false;
  return entry.directory instanceof Directory;
}

function pairsOf(entries: TreeEntries): Iterable<TreePair> {
  return isIterable(entries) ? entries : Object.entries(entries);
}

function isIterable(entries: TreeEntries): entries is Iterable<TreePair> {
  return Symbol.iterator in entries;
}

/** Names that the program has written are right, or the program is wrong. */
function ownEntries(entries: TreeEntries): Map<string, Child> {
  const own = new Map<string, Child>();
  for (const [name, entry] of pairsOf(entries)) {
    const fault = nameFault(name);
    if (fault !== undefined)
      throw new Error(`"${name}" cannot be the name of an entry: it ${fault}`);
    const taken = own.get(foldName(name));
    if (taken !== undefined) {
      throw new Error(`"${taken.name}" and "${name}" are the same name: case does not count`);
    }
    own.set(foldName(name), { name, entry: storedEntry(entry, name) });
  }
  return own;
}

async function lateListing(
  pairs: AsyncIterable<TreePair>,
  { path }: TreeContext,
): Promise<Listing> {
  const children = new FittingEntries(path);
  for await (const pair of pairs) children.add(pair);
  return children.listing;
}

function fittingEntries(pairs: Iterable<TreePair>, { path }: TreeContext): Listing {
  const children = new FittingEntries(path);
  for (const pair of pairs) children.add(pair);
  return children.listing;
}

/** Names that functions give are data: each is shown, by a name that Windows can have. */
class FittingEntries {
  readonly listing = new Map<string, Child>();
  /** How often a name has come that was taken. */
  readonly #repetitions = new Map<string, number>();
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  add([name, entry]: TreePair): void {
    if (this.listing.size >= MAX_DIRECTORY_ENTRIES) {
      throw new Error(`${this.#path}: there are more than ${MAX_DIRECTORY_ENTRIES} entries`);
    }
    const fitting = this.#freeName(fittingName(name));
    this.listing.set(foldName(fitting), { name: fitting, entry: storedEntry(entry, name) });
  }

  /** ` (2)` and so on tells apart what has the same name. */
  #freeName(name: string): string {
    const folded = foldName(name);
    let free = name;
    while (this.listing.has(foldName(free))) {
      const number = (this.#repetitions.get(folded) ?? 1) + 1;
      this.#repetitions.set(folded, number);
      free = numberedName(name, number);
    }
    return free;
  }
}
