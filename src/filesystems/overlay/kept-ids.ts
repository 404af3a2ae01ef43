import { MAX_KEPT_IDS } from "./limits.js";

/** The ids of files that were copied up: a copy has the id that the file had in its lower layer. */
export class KeptIds {
  readonly #idOfCopy = new Map<bigint, bigint>();
  readonly #copyOfId = new Map<bigint, bigint>();

  /** There are so many that no more should be kept for longer than they are needed. */
  get isFull(): boolean {
    return this.#idOfCopy.size >= MAX_KEPT_IDS;
  }

  /**
   * @param copy - the id of the copy in the upper layer
   * @param id - that of the file in the overlay
   */
  keep(copy: bigint, id: bigint): void {
    this.#idOfCopy.set(copy, id);
    this.#copyOfId.set(id, copy);
  }

  forget(id: bigint): void {
    const copy = this.#copyOfId.get(id);
    if (copy === undefined) return;
    this.#copyOfId.delete(id);
    this.#idOfCopy.delete(copy);
  }

  /** The id in the overlay of a file of the upper layer, if it is a copy. */
  idOf(copy: bigint): bigint | undefined {
    return this.#idOfCopy.get(copy);
  }

  /** The id in the upper layer of a file, if it was copied up. */
  copyOf(id: bigint): bigint | undefined {
    return this.#copyOfId.get(id);
  }
}
