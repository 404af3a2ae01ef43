import type { Awaitable, Caller } from "../../fs/index.js";
import { BoundedMap } from "./bounded-map.js";
import { contextOf, type TreeContext, type View, viewKey } from "./context.js";
import type { TreeEntry } from "./entry.js";
import { type Later, settle } from "./later.js";
import { MAX_VIEWS } from "./limits.js";

/** How an entry that is made when it is needed is to be. */
export interface LazyOptions {
  /** How long it is used before it is made again, in ms; until `changed` unless told. */
  readonly cacheMs?: number | undefined;
  /** Who shares it; `"session"` unless told. */
  readonly view?: View | undefined;
}

/** An entry that is made when it is first looked at; made by {@link lazy}. */
export class TreeLazy {
  readonly #make: (context: TreeContext) => Later<TreeEntry>;
  readonly #options: LazyOptions;
  readonly #made = new BoundedMap<string, Made>(MAX_VIEWS);

  /** Made by {@link lazy}. */
  constructor(make: (context: TreeContext) => Later<TreeEntry>, options: LazyOptions) {
    this.#make = make;
    this.#options = options;
  }

  /**
   * The entry, made where it is not there or too old. Who comes meanwhile waits for the same.
   *
   * @internal
   */
  resolve(caller: Caller, path: string, nowMs: number): Awaitable<TreeEntry> {
    const key = viewKey(this.#options.view ?? "session", caller);
    const known = this.#made.get(key);
    const { cacheMs = Number.POSITIVE_INFINITY } = this.#options;
    if (known !== undefined && nowMs - known.madeMs < cacheMs) return known.entry;
    const entry = settle(this.#make(contextOf(caller, path)));
    const made: Made = { entry, madeMs: nowMs };
    this.#made.set(key, made);
    if (entry instanceof Promise) this.#settleLater(key, made, entry);
    return entry;
  }

  /**
   * What was made and is there.
   *
   * @internal
   */
  get made(): TreeEntry[] {
    return [...this.#made.entries()].flatMap(([, { entry }]) =>
      entry instanceof Promise ? [] : [entry],
    );
  }

  /** @internal */
  forget(): void {
    this.#made.clear();
  }

  /** What failed is tried again by the next who asks. */
  #settleLater(key: string, made: Made, entry: Promise<TreeEntry>): void {
    entry.then(
      (value) => {
        made.entry = value;
      },
      () => {
        if (this.#made.get(key) === made) this.#made.delete(key);
      },
    );
  }
}

interface Made {
  entry: Awaitable<TreeEntry>;
  readonly madeMs: number;
}

/**
 * An entry that is made when it is first looked at, also by a listing of its directory.
 *
 * @param make - gives the entry, now or later
 */
export function lazy(
  make: (context: TreeContext) => Later<TreeEntry>,
  options: LazyOptions = {},
): TreeLazy {
  return new TreeLazy(make, options);
}
