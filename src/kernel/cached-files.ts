/**
 * The files that are open on a slow file system, by the names that what is known of them is kept under.
 *
 * @packageDocumentation
 */
/** An open file, and the name it is kept under. */
export interface CachedFile {
  /** What the file system knows it by. */
  readonly file: unknown;
  /** Folded, without its stream; undefined where it has none any more, or none that is known. */
  key: string | undefined;
  readonly isStream: boolean;
  /** It may change under names that are not known: all that is kept goes when it does. */
  hasUnknownNames: boolean;
}

/** What is kept of an open file is kept under; undefined where nothing is. */
export function infoKey({ key, isStream, hasUnknownNames }: CachedFile): string | undefined {
  return isStream || hasUnknownNames ? undefined : key;
}

/** Open files by their names, which move along with them. */
export class CachedFiles {
  readonly #files = new Map<string, Set<CachedFile>>();

  add(file: CachedFile): void {
    if (file.key === undefined) return;
    const others = this.#files.get(file.key);
    if (others === undefined) this.#files.set(file.key, new Set([file]));
    else others.add(file);
  }

  remove(file: CachedFile): void {
    if (file.key === undefined) return;
    const files = this.#files.get(file.key);
    files?.delete(file);
    if (files?.size === 0) this.#files.delete(file.key);
  }

  /** The files under a name have it no more. */
  loseName(key: string, hasUnknownNames: boolean): void {
    for (const file of this.#files.get(key) ?? []) {
      file.key = undefined;
      file.hasUnknownNames ||= hasUnknownNames;
    }
    this.#files.delete(key);
  }

  /** A file has one more name: what is kept under the one is not dropped by changes under the other. */
  gainName(file: CachedFile): void {
    const files = file.key === undefined ? undefined : this.#files.get(file.key);
    for (const same of files ?? [...this.#files.values()].flatMap((some) => [...some])) {
      same.hasUnknownNames = true;
    }
  }

  /** Open files move along with a name, their own or one above it. */
  move(from: string, to: string): void {
    if (from === to) return;
    this.loseName(to, false);
    for (const [key, files] of [...this.#files]) {
      if (key !== from && !key.startsWith(`${from}\\`)) continue;
      this.#files.delete(key);
      for (const file of files) {
        file.key = to + key.slice(from.length);
        this.add(file);
      }
    }
  }
}
