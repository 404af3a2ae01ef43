import type { Change } from "../fs/index.js";
import type { Link } from "./links.js";

/**
 * A host whose clients keep copies of what the volume told, without a lease that could be broken: the page
 * cache and the names of an operating system. It hears of everything they are not true of any more.
 *
 * `by` is who did it, as {@link CreateRequest.knownTo} told: a holder passes over what it did itself, as its
 * clients know of that. All paths are from the root of the volume, `\` between names.
 */
export interface CopyHolder {
  /** Data, size, times, attributes or descriptor of an open file are not what they were. */
  fileChanged(link: Link, isData: boolean, by: string | undefined): void;

  /** There is a name that was not there, or another file has it. */
  nameCame(path: string, by: string | undefined): void;

  nameWent(path: string, by: string | undefined): void;

  /** With everything below it; what had the new name before is gone. */
  nameMoved(from: string, to: string, by: string | undefined): void;

  /** The file system tells of what nobody did through the kernel. */
  changedBehind(changes: readonly Change[]): void;

  /** Settles when no copy is left of what changed so far; undefined: it is so. */
  readonly settling: Promise<void> | undefined;
}

/** Those of a volume. While there are none, a change costs one look at a number. */
export class CopyHolders {
  readonly #holders = new Set<CopyHolder>();

  add(holder: CopyHolder): void {
    this.#holders.add(holder);
  }

  remove(holder: CopyHolder): void {
    this.#holders.delete(holder);
  }

  /** Nobody keeps anything. */
  get isEmpty(): boolean {
    return this.#holders.size === 0;
  }

  /** Settles when nobody has a copy any more of what changed so far; undefined: it is so. */
  get settling(): Promise<void> | undefined {
    if (this.#holders.size === 0) return undefined;
    const waits: Promise<void>[] = [];
    for (const { settling } of this.#holders) if (settling !== undefined) waits.push(settling);
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined);
  }

  fileChanged(link: Link, isData: boolean, by: string | undefined): void {
    for (const holder of this.#holders) holder.fileChanged(link, isData, by);
  }

  nameCame(path: string, by: string | undefined): void {
    for (const holder of this.#holders) holder.nameCame(path, by);
  }

  nameWent(path: string, by: string | undefined): void {
    for (const holder of this.#holders) holder.nameWent(path, by);
  }

  nameMoved(from: string, to: string, by: string | undefined): void {
    for (const holder of this.#holders) holder.nameMoved(from, to, by);
  }

  changedBehind(changes: readonly Change[]): void {
    for (const holder of this.#holders) holder.changedBehind(changes);
  }
}
