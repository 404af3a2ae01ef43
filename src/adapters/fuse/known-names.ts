import { MAX_REMEMBERED_IDS } from "./limits.js";

/** The names that files were seen by, by their ids: a file of FUSE cannot be asked for its names. */
export class KnownNames {
  readonly #paths = new Map<bigint, Set<string>>();
  readonly #ids = new Map<string, bigint>();

  add(id: bigint, path: string): void {
    const known = this.#ids.get(path);
    if (known === id) return;
    if (known !== undefined) this.remove(path);
    if (this.#ids.size >= MAX_REMEMBERED_IDS) this.#forgetOldest();
    this.#ids.set(path, id);
    const paths = this.#paths.get(id);
    if (paths === undefined) this.#paths.set(id, new Set([path]));
    else paths.add(path);
  }

  remove(path: string): void {
    const id = this.#ids.get(path);
    if (id === undefined) return;
    this.#ids.delete(path);
    const paths = this.#paths.get(id);
    paths?.delete(path);
    if (paths?.size === 0) this.#paths.delete(id);
  }

  /** What was by one path, and below it, is by another. */
  move(from: string, to: string): void {
    this.remove(to);
    for (const [path, id] of [...this.#ids]) {
      if (path !== from && !path.startsWith(`${from}/`)) continue;
      this.remove(path);
      this.add(id, to + path.slice(from.length));
    }
  }

  of(id: bigint): readonly string[] {
    return [...(this.#paths.get(id) ?? [])];
  }

  #forgetOldest(): void {
    const [oldest] = this.#ids.keys();
    if (oldest !== undefined) this.remove(oldest);
  }
}
