/**
 * Byte-range locks: who has which ranges of a file, and who waits for one.
 * [MS-FSA] 2.1.4.10, 2.1.5.8, 2.1.5.9
 *
 * @packageDocumentation
 */
import type { Awaitable } from "../fs/index.js";
import { NtStatus } from "../nt/index.js";
import { MAX_LOCKS_PER_FILE, MAX_WAITING_LOCKS_PER_FILE } from "./limits.js";

/** A run of bytes, which need not be there; exact, as programs lock up to the last of 2^64 bytes. */
export interface ByteRange {
  readonly offset: bigint;
  /** 0 for the place between two bytes: it gets in the way of ranges that lie around it. */
  readonly length: bigint;
}

/** A lock that is asked for. */
export interface RangeLock extends ByteRange {
  /** Nobody else may read, write or lock the range; else nobody at all may write it. */
  readonly isExclusive: boolean;
}

/** Whose a lock is: an open, known by its identity. */
export type LockOwner = object;

/** Something that is to be done with a range. */
interface RangeAccess {
  readonly owner: LockOwner;
  readonly first: bigint;
  /** One before the first where the range is empty. */
  readonly last: bigint;
  /** Writing, and locking exclusively. */
  readonly isExclusive: boolean;
  readonly isLocking: boolean;
}

/** A request that waits. */
interface WaitingLock {
  readonly wanted: RangeAccess;
  /** A lock in its way. There may be more, but while there is this one it need not be looked for. */
  blocker: RangeAccess;
  readonly settle: (status: NtStatus) => void;
}

const LAST_BYTE = 0xffff_ffff_ffff_ffffn;

/**
 * The byte-range locks of one file or stream. Rule: none of the locks held is in the way of another,
 * and who waits has one in the way.
 */
export class LockTable {
  /** By their first byte. */
  #held: RangeAccess[] = [];
  /** In the order in which they came; undefined until somebody waits: every open file has a table. */
  #waiting: Set<WaitingLock> | undefined;
  /** No lock that is held is longer; so who looks for those around a range knows where to begin. */
  #longest = 0n;

  /** Nobody has locked anything, so everybody may read and write. */
  get isEmpty(): boolean {
    return this.#held.length === 0;
  }

  /** Locks held, and requests that wait. */
  get size(): { readonly held: number; readonly waiting: number } {
    return { held: this.#held.length, waiting: this.#waiting?.size ?? 0 };
  }

  /**
   * Whether a lock forbids reading or writing. A shared lock forbids writing to its owner too. What has
   * no bytes is never forbidden. [MS-FSA] 2.1.5.3, 2.1.5.4
   *
   * @param offset - in bytes, from the start of the file
   * @param length - in bytes
   */
  forbids(owner: LockOwner, offset: number, length: number, isWriting: boolean): boolean {
    if (this.#held.length === 0 || length === 0) return false;
    const first = BigInt(offset);
    const last = first + BigInt(length) - 1n;
    const access = { owner, first, last, isExclusive: isWriting, isLocking: false };
    return this.#findInTheWay(access) !== undefined;
  }

  /**
   * Locks ranges at once: all of them, or none. [MS-FSA] 2.1.5.8
   *
   * @returns LOCK_NOT_GRANTED where another lock is in the way
   */
  lock(owner: LockOwner, locks: readonly RangeLock[]): NtStatus {
    const wanted = locks.map((lock) => locking(owner, lock));
    if (wanted.some(isTooFar)) return NtStatus.INVALID_LOCK_RANGE;
    if (this.#held.length + wanted.length > MAX_LOCKS_PER_FILE) {
      return NtStatus.INSUFFICIENT_RESOURCES;
    }
    for (const [count, lock] of wanted.entries()) {
      if (this.#take(lock) === undefined) continue;
      for (const taken of wanted.slice(0, count)) this.#held.splice(this.#held.indexOf(taken), 1);
      return NtStatus.LOCK_NOT_GRANTED;
    }
    return NtStatus.SUCCESS;
  }

  /**
   * Locks a range, when nothing is in the way any more. Who waits is served in the order of coming, but
   * keeps nobody else from what is free. [MS-FSA] 2.1.5.8
   *
   * @param onWait - called where it must wait, with what ends that: CANCELLED
   * @returns RANGE_NOT_LOCKED when the owner let go of everything meanwhile
   */
  lockOrWait(
    owner: LockOwner,
    lock: RangeLock,
    onWait: (cancel: () => void) => void,
  ): Awaitable<NtStatus> {
    const wanted = locking(owner, lock);
    if (isTooFar(wanted)) return NtStatus.INVALID_LOCK_RANGE;
    if (this.#held.length >= MAX_LOCKS_PER_FILE) return NtStatus.INSUFFICIENT_RESOURCES;
    const blocker = this.#take(wanted);
    if (blocker === undefined) return NtStatus.SUCCESS;
    const others = (this.#waiting ??= new Set());
    if (others.size >= MAX_WAITING_LOCKS_PER_FILE) return NtStatus.INSUFFICIENT_RESOURCES;
    return new Promise((settle) => {
      const waiting = { wanted, blocker, settle };
      others.add(waiting);
      onWait(() => {
        if (others.delete(waiting)) settle(NtStatus.CANCELLED);
      });
    });
  }

  /**
   * Lets go of a range that was locked exactly so; of an exclusive lock before a shared one.
   * [MS-FSA] 2.1.5.9
   */
  unlock(owner: LockOwner, range: ByteRange): NtStatus {
    const wanted = locking(owner, { ...range, isExclusive: false });
    if (isTooFar(wanted)) return NtStatus.INVALID_LOCK_RANGE;
    const { first, last } = wanted;
    let found: number | undefined;
    for (let i = this.#indexOf(first); this.#held[i]?.first === first; i++) {
      const held = this.#held[i];
      if (held?.owner !== owner || held.last !== last) continue;
      found = i;
      if (held.isExclusive) break;
    }
    if (found === undefined) return NtStatus.RANGE_NOT_LOCKED;
    this.#wake(new Set(this.#held.splice(found, 1)));
    return NtStatus.SUCCESS;
  }

  /** Lets go of everything that is an owner's: it is closed. [MS-FSA] 2.1.5.5 */
  release(owner: LockOwner): void {
    if (this.#held.length === 0) return; // and nobody waits
    for (const waiting of this.#waiting ?? []) {
      if (waiting.wanted.owner !== owner) continue;
      this.#waiting?.delete(waiting);
      waiting.settle(NtStatus.RANGE_NOT_LOCKED);
    }
    const gone = new Set(this.#held.filter((held) => held.owner === owner));
    if (gone.size === 0) return;
    this.#held = this.#held.filter((held) => held.owner !== owner);
    this.#wake(gone);
  }

  /** Gives what has become free to those who wait for it. */
  #wake(gone: ReadonlySet<RangeAccess>): void {
    for (const waiting of this.#waiting ?? []) {
      if (!gone.has(waiting.blocker)) continue;
      const isFull = this.#held.length >= MAX_LOCKS_PER_FILE;
      const blocker = isFull ? undefined : this.#take(waiting.wanted);
      if (blocker !== undefined) {
        waiting.blocker = blocker;
        continue;
      }
      this.#waiting?.delete(waiting);
      waiting.settle(isFull ? NtStatus.INSUFFICIENT_RESOURCES : NtStatus.SUCCESS);
    }
    if (this.#held.length === 0) this.#longest = 0n;
  }

  /** @returns the lock that is in the way; undefined: this one is held from now on */
  #take(lock: RangeAccess): RangeAccess | undefined {
    const blocker = this.#findInTheWay(lock);
    if (blocker !== undefined) return blocker;
    this.#held.splice(this.#indexOf(lock.first + 1n), 0, lock);
    const length = lock.last - lock.first + 1n;
    if (length > this.#longest) this.#longest = length;
    return undefined;
  }

  #findInTheWay(access: RangeAccess): RangeAccess | undefined {
    const { first, last } = access;
    for (let i = this.#indexOf(first - this.#longest + 1n); ; i++) {
      const held = this.#held[i];
      if (held === undefined || held.first > last) return undefined;
      if (held.last >= first && isInTheWay(held, access)) return held;
    }
  }

  /** Where the locks begin whose first byte is this one or comes after it. */
  #indexOf(first: bigint): number {
    let low = 0;
    let high = this.#held.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const held = this.#held[middle];
      if (held !== undefined && held.first < first) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function locking(owner: LockOwner, { offset, length, isExclusive }: RangeLock): RangeAccess {
  return { owner, first: offset, last: offset + length - 1n, isExclusive, isLocking: true };
}

/** [MS-FSA] 2.1.5.8: of 2^64 bytes, even the last may be locked, but none after it. */
function isTooFar({ last }: RangeAccess): boolean {
  return last > LAST_BYTE;
}

/** Of a lock and what is to be done with a range that it overlaps. [MS-FSA] 2.1.4.10 */
function isInTheWay(held: RangeAccess, access: RangeAccess): boolean {
  if (!held.isExclusive) return access.isExclusive;
  return held.owner !== access.owner || (access.isExclusive && access.isLocking);
}
