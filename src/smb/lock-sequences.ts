import { MAX_LOCK_SEQUENCE_INDEX } from "./limits.js";

/** [MS-SMB2] 2.2.26: LockSequenceNumber are the low 4 bits of LockSequence, LockSequenceIndex the rest. */
const NUMBER_BITS = 4;
const NUMBER_MASK = (1 << NUMBER_BITS) - 1;

/**
 * Which LOCKs of an open have been done, so that one that comes again, over a new connection, is not
 * done again. [MS-SMB2] 3.3.1.10, LockSequenceArray; 3.3.5.14
 */
export class LockSequences {
  /** The number last done, for each index that has one; undefined until there is one. */
  #done: Map<number, number> | undefined;

  /**
   * Whether this LOCK was done before; if not, what was done under its index is forgotten.
   *
   * @param lockSequence - as in the request
   */
  isReplay(lockSequence: number): boolean {
    const index = indexOf(lockSequence);
    if (this.#done?.get(index) === (lockSequence & NUMBER_MASK)) return true;
    this.#done?.delete(index);
    return false;
  }

  /** This LOCK is done. */
  add(lockSequence: number): void {
    const index = indexOf(lockSequence);
    if (index === 0 || index > MAX_LOCK_SEQUENCE_INDEX) return;
    this.#done ??= new Map();
    this.#done.set(index, lockSequence & NUMBER_MASK);
  }
}

function indexOf(lockSequence: number): number {
  return lockSequence >>> NUMBER_BITS;
}
