/**
 * Listings of directories as they are kept in front of a slow file system.
 *
 * @packageDocumentation
 */
import type { DirectoryEntry } from "../fs/index.js";
import { MAX_CACHED_DIRECTORY_ENTRIES } from "./limits.js";

/** A whole directory, by folded names, in its order. */
export interface Listing {
  readonly userSid: string;
  readonly entries: ReadonlyMap<string, DirectoryEntry>;
}

/** A listing that is being told, and kept when it is whole and not too long. */
export class CollectedListing {
  readonly #userSid: string;
  readonly #fold: (name: string) => string;
  readonly #end: (listing: Listing | undefined) => void;
  readonly #entries = new Map<string, DirectoryEntry>();
  #isTooLong = false;
  #isEnded = false;

  constructor(
    userSid: string,
    fold: (name: string) => string,
    end: (listing: Listing | undefined) => void,
  ) {
    this.#userSid = userSid;
    this.#fold = fold;
    this.#end = end;
  }

  add(step: IteratorResult<DirectoryEntry>): IteratorResult<DirectoryEntry> {
    if (step.done === true) {
      this.end(this.#isTooLong ? undefined : { userSid: this.#userSid, entries: this.#entries });
    } else if (this.#entries.size < MAX_CACHED_DIRECTORY_ENTRIES) {
      this.#entries.set(this.#fold(step.value.name), step.value);
    } else {
      this.#isTooLong = true;
    }
    return step;
  }

  end(listing?: Listing): void {
    if (!this.#isEnded) this.#end(listing);
    this.#isEnded = true;
  }
}

/** The same entries, which are kept as they are told. */
export function collecting(
  entries: Iterator<DirectoryEntry>,
  collected: CollectedListing,
): Iterable<DirectoryEntry> {
  return {
    [Symbol.iterator]: () => ({
      next: () => {
        try {
          return collected.add(entries.next());
        } catch (error) {
          collected.end();
          throw error;
        }
      },
      return: (value?: unknown) => {
        collected.end();
        return entries.return?.(value) ?? { done: true, value };
      },
    }),
  };
}

/** The same, of a file system that does not answer at once. */
export function collectingLate(
  entries: AsyncIterator<DirectoryEntry>,
  collected: CollectedListing,
): AsyncIterable<DirectoryEntry> {
  return {
    [Symbol.asyncIterator]: () => ({
      next: async () => {
        try {
          return collected.add(await entries.next());
        } catch (error) {
          collected.end();
          throw error;
        }
      },
      return: async (value?: unknown) => {
        collected.end();
        return (await entries.return?.(value)) ?? { done: true, value };
      },
    }),
  };
}
