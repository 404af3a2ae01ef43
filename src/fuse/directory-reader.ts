import type { Awaitable, DirectoryName } from "../fs/index.js";
import { type DirectoryCursor, type Open, ok, type Result } from "../kernel/index.js";
import type { KeptListing } from "./kept-listings.js";
import { MAX_KEPT_NAMES } from "./limits.js";

/** An entry; undefined at the end. */
type Found = Result<DirectoryName | undefined>;

const END: Found = ok(undefined);

/**
 * Where the reading of an open directory stands. The kernel goes on from the last entry that a program has
 * taken, which may be one or more before the last that it was given: what was given last is kept, and who goes
 * back further has the directory read again from its start. Of a listing that the kernel keeps all is kept, as it may
 * ask from anywhere when it has lost that.
 */
export class DirectoryReader {
  /** The listing that the kernel keeps by this open; undefined: it keeps none. */
  readonly listing: KeptListing | undefined;
  readonly #open: Open;
  /** What was read last, the first being number `#start`. */
  #window: DirectoryName[];
  #start = 0;
  #isAtEnd: boolean;
  /** Why the directory could not be read further: told again to who asks again. */
  #failure: Found | undefined;
  #cursor: DirectoryCursor<DirectoryName> | undefined;

  constructor(open: Open, listing?: KeptListing) {
    this.#open = open;
    this.listing = listing;
    this.#window = listing?.names ?? [];
    this.#isAtEnd = listing?.names !== undefined;
  }

  /**
   * The kernel reads on from a place. What lies before it is not asked for again, unless from the start: then it is to be
   * what is there now.
   */
  beginBatch(at: number): void {
    if (at === 0) {
      this.#start = Number.POSITIVE_INFINITY; // whatever is asked for lies before it
      this.listing?.begin();
      return;
    }
    if (this.#mayBeKept) return;
    // Further than what was read, the cursor is yet to pass what lies between.
    const passed = Math.min(at - this.#start, this.#window.length);
    if (passed <= 0) return;
    this.#window = this.#window.slice(passed);
    this.#start += passed;
  }

  get #mayBeKept(): boolean {
    return this.listing !== undefined && this.#start === 0 && this.#window.length <= MAX_KEPT_NAMES;
  }

  /** The entry at a place, counted from 0; undefined at the end. At once where the file system lists at once. */
  entryAt(at: number): Awaitable<Found> {
    if (at < this.#start) return this.#restart(at);
    for (;;) {
      const kept = this.#window[at - this.#start];
      if (kept !== undefined) return ok(kept);
      if (this.#failure !== undefined) return this.#failure;
      if (this.#isAtEnd) return END;
      const cursor = this.#cursor;
      if (cursor === undefined) return this.#restart(at);
      const found = cursor.next();
      if (found instanceof Promise) {
        return found.then((late) => {
          this.#take(late, at);
          return this.entryAt(at);
        });
      }
      this.#take(found, at);
    }
  }

  #restart(at: number): Awaitable<Found> {
    const begun = this.#open.listNames();
    if (begun instanceof Promise) return begun.then((late) => this.#begin(late, at));
    return this.#begin(begun, at);
  }

  #begin(begun: Result<DirectoryCursor<DirectoryName>>, at: number): Awaitable<Found> {
    if (!begun.ok) return begun;
    this.#cursor = begun.value;
    this.#window = [];
    this.#start = 0;
    this.#isAtEnd = false;
    this.#failure = undefined;
    return this.entryAt(at);
  }

  #take(found: Found, wanted: number): void {
    if (!found.ok) this.#failure = found;
    else if (found.value !== undefined) this.#keep(found.value, wanted);
    else {
      this.#isAtEnd = true;
      if (this.#mayBeKept) this.listing?.finish(this.#window);
    }
  }

  /** What lies before the place that is looked for is only passed by. */
  #keep(entry: DirectoryName, wanted: number): void {
    const number = this.#start + this.#window.length;
    if (this.#window.length === 0 && number < wanted) this.#start++;
    else this.#window.push(entry);
  }
}
