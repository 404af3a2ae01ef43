/**
 * One oplock or lease: what a client may keep to itself of a file, and how it is asked to let go, step by
 * step. [MS-FSA] 2.1.1.10, 2.1.4.12, 2.1.5.18, 2.1.5.19
 *
 * @packageDocumentation
 */
import { NtStatus } from "../nt/index.js";
import type { Clock } from "./clock.js";
import { OPLOCK_BREAK_TIMEOUT_MS } from "./limits.js";

/** What was read may be kept. [MS-FSA] 2.1.1.10 */
export const READ_CACHING = 0x1;
/** The file may be kept open when its programs have closed it. */
export const HANDLE_CACHING = 0x2;
/** What is written may be kept back. */
export const WRITE_CACHING = 0x4;

/**
 * What a client may keep to itself: a combination of the three, of which {@link isCacheState} tells. It has the bits of
 * a LeaseState, [MS-SMB2] 2.2.13.2.8.
 */
export type CacheState = number;

const ALL_CACHING = READ_CACHING | HANDLE_CACHING | WRITE_CACHING;

/** Whether a combination is one that can be held: nothing, or reads with or without the others. */
export function isCacheState(state: number): boolean {
  return state === 0 || ((state & READ_CACHING) !== 0 && (state & ~ALL_CACHING) === 0);
}

/** What an oplock of a single open can be, least first; in the bits of a {@link CacheState}. [MS-FSA] 2.1.1.10 */
export const OplockLevel = {
  NONE: 0,
  /** Reads. Any number of opens may. */
  LEVEL_TWO: 0x1,
  /** Reads and writes. One open may. */
  LEVEL_ONE: 0x5,
  /** Reads, writes, and opening and closing. One open may. */
  BATCH: 0x7,
} as const;
export type OplockLevel = (typeof OplockLevel)[keyof typeof OplockLevel];

/** What the holder is told when it must let go. */
export interface OplockBreak {
  readonly from: CacheState;
  /** What it may still keep. */
  readonly to: CacheState;
  /** It must say so, and somebody may wait for that; else it has lost it already. */
  readonly needsAcknowledgment: boolean;
  /** See {@link Oplock.changeCount}; this one counts. */
  readonly changeCount: number;
}

/** Who holds a lease: one client, for any number of opens of one name. */
export interface LeaseHolder {
  /** The client and its lease key in one; compared, and nothing else. */
  readonly id: string;
  tell(told: OplockBreak): void;
}

/** What one client may keep to itself: an oplock, which is one open's, or a lease. */
export class Oplock {
  /** Undefined: an oplock. */
  readonly holder: LeaseHolder | undefined;
  /** How often the state changed, or was asked to; what a break takes in several steps counts once. */
  changeCount = 0;
  readonly #clock: Clock;
  #state: CacheState;
  /** What its holder is asked to keep at most; undefined while nothing is asked. */
  #breakingTo: CacheState | undefined;
  /** What is to be left in the end. */
  #goal: CacheState = 0;
  #listener: ((told: OplockBreak) => void) | undefined;
  /** A break that its holder has not heard of yet. */
  #untold: OplockBreak | undefined;
  #done: (() => void) | undefined;
  #settled: Promise<void> | undefined;
  #stopTimer: (() => void) | undefined;

  constructor(state: CacheState, holder: LeaseHolder | undefined, clock: Clock) {
    this.#state = state;
    this.holder = holder;
    this.#clock = clock;
    if (holder !== undefined) this.#listener = holder.tell.bind(holder);
  }

  /** What is held: all of it until the holder has let go. */
  get state(): CacheState {
    return this.#state;
  }

  get isLease(): boolean {
    return this.holder !== undefined;
  }

  /** Whether writes are kept back, which one holder may, alone. */
  get isExclusive(): boolean {
    return (this.#state & WRITE_CACHING) !== 0;
  }

  get isBreaking(): boolean {
    return this.#breakingTo !== undefined;
  }

  /** Settles when the holder has let go, is closed, or its time is up; only while it is breaking. */
  get settled(): Promise<void> {
    this.#settled ??= new Promise((resolve) => {
      this.#done = resolve;
    });
    return this.#settled;
  }

  /** Says who is to be told of the breaks of an oplock; at once, where one has begun already. */
  listen(listener: (told: OplockBreak) => void): void {
    this.#listener = listener;
    if (this.#untold !== undefined) listener(this.#untold);
    this.#untold = undefined;
  }

  /** More is granted. */
  raise(state: CacheState): void {
    this.#state = state;
    this.changeCount++;
  }

  /**
   * Takes something away. The holder that only reads loses it at once; another is asked, and keeps
   * it until it says so. One that is asked already hears of the rest when it has answered.
   */
  break(lost: CacheState): void {
    if (this.#breakingTo !== undefined) {
      this.#goal = this.#without(this.#goal, lost);
      return;
    }
    const left = this.#without(this.#state, lost);
    if (left === this.#state) return;
    this.changeCount++;
    this.#goal = left;
    this.#ask(left);
  }

  /** What is left of a state; nothing can be kept by who may not keep reads. [MS-FSA] 2.1.4.12 */
  #without(state: CacheState, lost: CacheState): CacheState {
    const left = state & ~lost;
    if ((left & READ_CACHING) === 0) return 0;
    return this.isLease || left === state ? left : OplockLevel.LEVEL_TWO;
  }

  /** Asks the holder to keep this and no more; or tells it so, where that is all there is to it. */
  #ask(to: CacheState): void {
    const from = this.#state;
    const kept = this.isLease ? WRITE_CACHING | HANDLE_CACHING : WRITE_CACHING;
    const needsAcknowledgment = (from & kept) !== 0;
    if (needsAcknowledgment) {
      this.#breakingTo = to;
      this.#stopTimer = this.#clock.after(OPLOCK_BREAK_TIMEOUT_MS, () => {
        this.#settle(0);
      });
    } else {
      this.#state = to;
    }
    this.#tell({ from, to, needsAcknowledgment, changeCount: this.changeCount });
  }

  /** The holder of an oplock says what it keeps. [MS-FSA] 2.1.5.19, [MS-SMB2] 3.3.5.22.1 */
  acknowledge(level: OplockLevel): NtStatus {
    if (this.#breakingTo === undefined) return NtStatus.INVALID_OPLOCK_PROTOCOL;
    if (level > this.#breakingTo) {
      this.#settle(0);
      return NtStatus.INVALID_OPLOCK_PROTOCOL;
    }
    this.#keep(level);
    return NtStatus.SUCCESS;
  }

  /** The holder of a lease says what it keeps. [MS-SMB2] 3.3.5.22.2 */
  acknowledgeLease(state: CacheState): NtStatus {
    if (this.#breakingTo === undefined) return NtStatus.UNSUCCESSFUL;
    if (!isCacheState(state) || (state & ~this.#breakingTo) !== 0) {
      return NtStatus.REQUEST_NOT_ACCEPTED;
    }
    this.#keep(state);
    return NtStatus.SUCCESS;
  }

  /**
   * The holder has let go of something. Where it was meanwhile to lose more, it is asked again: for the
   * handle first, and then it loses the reads, as Windows has it (smbtorture's `smb2.lease.breaking3`).
   */
  #keep(state: CacheState): void {
    this.#stopAsking();
    this.#state = state;
    const goal = state & this.#goal;
    if (goal !== state) {
      const losesAll = (goal & READ_CACHING) === 0;
      this.#ask(losesAll && (state & HANDLE_CACHING) !== 0 ? READ_CACHING : goal);
    }
    if (this.#breakingTo === undefined) this.#settle(this.#state);
  }

  /** The holder is closed. */
  end(): void {
    this.#settle(0);
  }

  #settle(state: CacheState): void {
    this.#stopAsking();
    this.#state = state;
    this.#done?.();
    this.#done = undefined;
    this.#settled = undefined;
  }

  #stopAsking(): void {
    this.#breakingTo = undefined;
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  #tell(told: OplockBreak): void {
    if (this.#listener === undefined) this.#untold = told;
    else this.#listener(told);
  }
}
