import { foldName } from "../../nt/index.js";
import { BoundedMap } from "./bounded-map.js";
import { MAX_REMEMBERED_FILES } from "./limits.js";

/** What is known of a file besides what the program says of it: what clients set, and how it was last made. */
export interface Memory {
  /** Of the content as it was made or written last, in bytes. */
  size: number | undefined;
  /** When it was made. */
  madeTicks: bigint | undefined;
  /** What clients have set, or have done by writing. */
  attributes: number | undefined;
  creationTicks: bigint | undefined;
  lastAccessTicks: bigint | undefined;
  lastWriteTicks: bigint | undefined;
  changeTicks: bigint | undefined;
}

function blank(): Memory {
  return {
    size: undefined,
    madeTicks: undefined,
    attributes: undefined,
    creationTicks: undefined,
    lastAccessTicks: undefined,
    lastWriteTicks: undefined,
    changeTicks: undefined,
  };
}

/** Something kept of paths, and of who shares it; the oldest is forgotten where there is too much. */
export class PathMap<V> {
  readonly #values: BoundedMap<string, V>;

  constructor(maxEntries: number) {
    this.#values = new BoundedMap(maxEntries);
  }

  get(path: string, view: string): V | undefined {
    return this.#values.get(keyOf(path, view));
  }

  set(path: string, view: string, value: V): void {
    this.#values.set(keyOf(path, view), value);
  }

  delete(path: string, view: string): void {
    this.#values.delete(keyOf(path, view));
  }

  values(): V[] {
    return [...this.#values.entries()].map(([, value]) => value);
  }

  /** Of a path and all below it, whoever shares it. */
  valuesAt(path: string): V[] {
    return this.#keysAt(path).flatMap((key) => this.#values.get(key) ?? []);
  }

  /** Of a path and all below it, whoever shares it. */
  forget(path: string): void {
    for (const key of this.#keysAt(path)) this.#values.delete(key);
  }

  /** What was kept of a path, and of all below it, is kept of another now. */
  move(from: string, to: string): void {
    const keys = this.#keysAt(from);
    this.forget(to);
    for (const key of keys) {
      const value = this.#values.get(key);
      this.#values.delete(key);
      if (value !== undefined) this.#values.set(foldName(to) + key.slice(from.length), value);
    }
  }

  #keysAt(path: string): string[] {
    const folded = foldName(path);
    const isAtOrBelow = (key: string) =>
      folded === "\\" || key.startsWith(`${folded}\\`) || key.startsWith(folded + SEPARATOR);
    return [...this.#values.entries()].map(([key]) => key).filter(isAtOrBelow);
  }
}

/** No path has it. */
const SEPARATOR = "|";

function keyOf(path: string, view: string): string {
  return foldName(path) + SEPARATOR + view;
}

/** What is known of files, of those that are closed too. */
export class Memories {
  readonly paths = new PathMap<Memory>(MAX_REMEMBERED_FILES);

  get(path: string, view: string): Memory | undefined {
    return this.paths.get(path, view);
  }

  /** What was known of content at a path and below it is not so any more. */
  outdate(path: string): void {
    for (const memory of this.paths.valuesAt(path)) {
      memory.size = undefined;
      memory.madeTicks = undefined;
      memory.lastWriteTicks = undefined;
      memory.changeTicks = undefined;
    }
  }

  /** To be written to. */
  of(path: string, view: string): Memory {
    const known = this.paths.get(path, view);
    if (known !== undefined) return known;
    const made = blank();
    this.paths.set(path, view, made);
    return made;
  }
}
