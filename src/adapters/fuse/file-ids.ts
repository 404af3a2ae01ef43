import { MAX_REMEMBERED_IDS } from "./limits.js";

/**
 * Ids for files that have none: one for each path, for as long as it is remembered, and longer while it is open. A renamed
 * file keeps its id, and a new one of an old name gets another.
 */
export class FileIds {
  readonly #byPath = new Map<string, bigint>();
  readonly #held = new Map<string, number>();
  #next = 1n;

  /** The id of a path; a new one where it has none. */
  of(path: string): bigint {
    const known = this.#byPath.get(path);
    const id = known ?? this.#next++;
    this.#byPath.delete(path);
    this.#byPath.set(path, id); // last, as the one that was asked for last
    if (known === undefined) this.#forgetOldest();
    return id;
  }

  /** The path is open: its id stays. */
  hold(path: string): void {
    this.#held.set(path, (this.#held.get(path) ?? 0) + 1);
  }

  /** The path is open once less. */
  release(path: string): void {
    const left = (this.#held.get(path) ?? 1) - 1;
    if (left > 0) this.#held.set(path, left);
    else this.#held.delete(path);
  }

  /** What was by a path is gone, and whatever comes to be there is another file. */
  forget(path: string): void {
    this.#byPath.delete(path);
  }

  /** What was by one path, and below it, is by another. */
  move(from: string, to: string): void {
    moveEntries(this.#byPath, from, to);
    moveEntries(this.#held, from, to);
  }

  get size(): number {
    return this.#byPath.size;
  }

  #forgetOldest(): void {
    if (this.#byPath.size <= MAX_REMEMBERED_IDS + this.#held.size) return;
    for (const path of this.#byPath.keys()) {
      if (this.#held.has(path)) continue;
      this.#byPath.delete(path);
      return;
    }
  }
}

function moveEntries<T>(map: Map<string, T>, from: string, to: string): void {
  const below = `${from}/`;
  for (const [path, value] of [...map]) {
    if (path !== from && !path.startsWith(below)) continue;
    map.delete(path);
    map.set(to + path.slice(from.length), value);
  }
}
