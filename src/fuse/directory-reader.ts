import type { DirectoryEntry } from "../fs/index.js";
import {
  type DirectoryCursor,
  type Open,
  type Result,
  type Steps,
  settled,
} from "../kernel/index.js";

type Failure = Extract<Result<never>, { readonly ok: false }>;

/**
 * Where the reading of an open directory stands. The kernel goes on from the last entry that a program has
 * taken, which may be one or more before the last that it was given: what was given last is kept, and who goes
 * back further has the directory read again from its start.
 */
export class DirectoryReader {
  readonly #open: Open;
  /** What was read last, the first being number `#start`. */
  #window: DirectoryEntry[] = [];
  #start = 0;
  #isAtEnd = false;
  /** Why the directory could not be read further: told again to who asks again. */
  #failure: Failure | undefined;
  #cursor: DirectoryCursor | undefined;

  constructor(open: Open) {
    this.#open = open;
  }

  /** From here on, what lies before a place is not asked for again, unless from the start. */
  beginBatch(at: number): void {
    // Further than what was read, the cursor is yet to pass what lies between.
    const passed = Math.min(at - this.#start, this.#window.length);
    if (passed <= 0) return;
    this.#window = this.#window.slice(passed);
    this.#start += passed;
  }

  /** The entry at a place, counted from 0; undefined at the end. */
  *entryAt(at: number): Steps<Result<DirectoryEntry | undefined>> {
    let cursor = this.#cursor;
    if (at < this.#start || cursor === undefined) {
      const restarted = yield* settled(this.#open.directoryCursor("", true));
      if (!restarted.ok) return restarted;
      cursor = restarted.value;
      this.#cursor = cursor;
      this.#window = [];
      this.#start = 0;
      this.#isAtEnd = false;
      this.#failure = undefined;
    }
    while (at >= this.#start + this.#window.length) {
      if (this.#failure !== undefined) return this.#failure;
      if (this.#isAtEnd) return { ok: true, value: undefined };
      const entry = yield* settled(cursor.next());
      if (!entry.ok) return (this.#failure = entry);
      if (entry.value === undefined) this.#isAtEnd = true;
      else this.#keep(entry.value, at);
    }
    return { ok: true, value: this.#window[at - this.#start] };
  }

  /** What lies before the place that is looked for is only passed by. */
  #keep(entry: DirectoryEntry, wanted: number): void {
    const number = this.#start + this.#window.length;
    if (this.#window.length === 0 && number < wanted) this.#start++;
    else this.#window.push(entry);
  }
}
