import { MAX_KEPT_IDS } from "./limits.js";

/** The ids of files that were copied up: a copy has the id that the file had in its lower layer. */
export class KeptIds {
  readonly #idOfCopy = new Map<bigint, bigint>();
  readonly #copyOfId = new Map<bigint, bigint>();
  #crowdings = 0;

  /** How often one was forgotten because there were too many. Where that moves, a file without a copy may have had one. */
  get crowdings(): number {
    return this.#crowdings;
  }

  /**
   * @param copy - the id of the copy in the upper layer
   * @param id - that of the file in the overlay
   */
  keep(copy: bigint, id: bigint): void {
    this.#idOfCopy.set(copy, id);
    this.#copyOfId.set(id, copy);
  }

  /** Nobody has the file open: its id goes where there are too many. */
  forgetUnlessRoom(id: bigint): void {
    if (this.#idOfCopy.size <= MAX_KEPT_IDS || !this.#copyOfId.has(id)) return;
    this.#crowdings++;
    this.forget(id);
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
