import type { HostStats } from "./host-stats.js";
import { MAX_OWN_CHANGES } from "./limits.js";
import { Recent } from "./recent.js";

/**
 * What was done through here last: the host tells of it, too, and it is not to be taken for somebody else's
 * doing. A file counts by its change time, which any later change moves; a name that went, until it is seen.
 */
export class OwnChanges {
  readonly #files = new Recent<bigint, bigint>(MAX_OWN_CHANGES);
  readonly #goneNames = new Recent<string, true>(MAX_OWN_CHANGES);
  /** Files that another thread writes to for us, and how many times. */
  readonly #beingWritten = new Map<bigint, number>();

  /** A file is being written to from now on. @param fileId - its number on the host */
  begin(fileId: bigint): void {
    this.#beingWritten.set(fileId, (this.#beingWritten.get(fileId) ?? 0) + 1);
  }

  /** As many times as `begin`. */
  end(fileId: bigint): void {
    const left = (this.#beingWritten.get(fileId) ?? 1) - 1;
    if (left === 0) this.#beingWritten.delete(fileId);
    else this.#beingWritten.set(fileId, left);
  }

  /** A file is now as we left it. */
  note({ ino, ctimeNs }: HostStats): void {
    this.#files.set(ino, ctimeNs);
  }

  /** A name was taken away. */
  noteGone(path: string): void {
    this.#goneNames.set(path, true);
  }

  /** Whether a file is as we left it. */
  isOurs({ ino, ctimeNs }: HostStats): boolean {
    return this.#files.get(ino) === ctimeNs || this.#beingWritten.has(ino);
  }

  /** Whether a name that is not there was taken away by us. */
  wasTakenAway(path: string): boolean {
    return this.#goneNames.get(path) === true;
  }

  /** A name is there again. */
  isThere(path: string): void {
    this.#goneNames.delete(path);
  }
}
