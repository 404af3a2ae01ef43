/**
 * The oplocks and leases on one file: who gets what, and who must let go when something happens.
 * [MS-FSA] 2.1.4.12, 2.1.5.18, [MS-SMB2] 3.3.4.6, 3.3.4.7
 *
 * @packageDocumentation
 */
import {
  FILE_READ_ATTRIBUTES,
  FILE_WRITE_ATTRIBUTES,
  READ_CONTROL,
  SYNCHRONIZE,
} from "../nt/index.js";
import type { Clock } from "./clock.js";
import {
  type CacheState,
  HANDLE_CACHING,
  isCacheState,
  type LeaseHolder,
  Oplock,
  OplockLevel,
  READ_CACHING,
  WRITE_CACHING,
} from "./oplock.js";

/** Rights that do not touch what a client may keep to itself. [MS-FSA] 2.1.4.12 */
const STAT_ACCESS = FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES | SYNCHRONIZE;

/** Whether an open with these rights only looks at attributes. */
export function isStatAccess(grantedAccess: number): boolean {
  return (grantedAccess & ~STAT_ACCESS) === 0;
}

/** The same, as leases see it: reading the security descriptor does not touch them. [MS-FSA] 2.1.4.12 */
function isStatAccessToLease(grantedAccess: number): boolean {
  return (grantedAccess & ~(STAT_ACCESS | READ_CONTROL)) === 0;
}

/** What an open that wants to join means to the oplocks that are there. */
export interface Joining {
  readonly grantedAccess: number;
  /** The file will be emptied: nothing that was read of it stays true. */
  readonly isOverwrite: boolean;
  /** The name will go with the open, so nobody else is to keep the file open for no program. */
  readonly isDelete: boolean;
  /** The lease that the open comes under, which it does not break. */
  readonly lease: Oplock | undefined;
}

/** The oplocks on one file. Rule: at most one is exclusive, and then it is the only one. */
export class Oplocks {
  readonly #clock: Clock;
  readonly #held = new Set<Oplock>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Nobody keeps anything. */
  get isEmpty(): boolean {
    return this.#held.size === 0;
  }

  /** The exclusive oplock that is in the way of a joining open. */
  #inTheWay({ grantedAccess, isOverwrite, lease }: Joining): Oplock | undefined {
    for (const oplock of this.#held) {
      if (!oplock.isExclusive || oplock === lease) continue;
      const isStat = oplock.isLease
        ? isStatAccessToLease(grantedAccess)
        : isStatAccess(grantedAccess);
      return isStat && !isOverwrite ? undefined : oplock;
    }
    return undefined;
  }

  /**
   * Breaks what must be broken before the share modes are looked at: a batch oplock, whose holder may
   * have closed the file long ago as far as its programs know. A lease is asked for the handle
   * only where the share modes are in the way, see {@link Oplocks.breakHandles}.
   *
   * @returns what to wait for, and then to look again at everything; undefined: nothing
   */
  breakBeforeSharing(joining: Joining): Promise<void> | undefined {
    if (this.#held.size === 0) return undefined;
    const oplock = this.#inTheWay(joining);
    if (oplock === undefined || oplock.isLease) return undefined;
    return oplock.state === OplockLevel.BATCH ? breakFor(oplock, joining) : undefined;
  }

  /** Breaks what must be broken once the share modes have let an open in. */
  breakAfterSharing(joining: Joining): Promise<void> | undefined {
    if (this.#held.size === 0) return undefined;
    const oplock = this.#inTheWay(joining);
    if (oplock !== undefined) return breakFor(oplock, joining);
    return joining.isDelete ? this.breakHandles(joining.lease) : undefined;
  }

  /**
   * Asks everybody else to close what is kept open for no program any more: a share mode is in the way,
   * or the file is to be renamed or deleted. [MS-FSA] 2.1.4.12, OPEN_BREAK_H and SET_INFORMATION
   *
   * @returns what to wait for; undefined: nobody keeps it open so
   */
  breakHandles(by: Oplock | undefined): Promise<void> | undefined {
    const waits: Promise<void>[] = [];
    for (const oplock of this.#held) {
      if (oplock === by || (oplock.state & HANDLE_CACHING) === 0) continue;
      oplock.break(HANDLE_CACHING);
      waits.push(oplock.settled);
    }
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined);
  }

  /**
   * The data changed, or a part of it is locked: nobody else may rely on what was read before; of those
   * with an oplock of level II, not even who did it. Nobody waits. [MS-FSA] 2.1.5.4
   */
  dataChanged(by: Oplock | undefined): void {
    if (this.#held.size === 0) return;
    for (const oplock of this.#held) {
      if (oplock === by && (oplock.isLease || oplock.isExclusive)) continue;
      this.#breakAll(oplock);
    }
  }

  /**
   * The data changed while an open was being made: nobody else may rely on what was read before. The new
   * one has read nothing yet.
   */
  dataChangedBefore(opened: Oplock | undefined): void {
    for (const oplock of this.#held) if (oplock !== opened) this.#breakAll(oplock);
  }

  /**
   * Something in a directory changed: nobody may rely on what was listed before, but who knows of the
   * change already. [MS-FSA] 2.1.4.12, PARENT_OBJECT
   *
   * @param knownTo - the id of a lease
   */
  entriesChanged(knownTo: string | undefined): void {
    for (const oplock of this.#held) {
      if (knownTo === undefined || oplock.holder?.id !== knownTo) this.#breakAll(oplock);
    }
  }

  #breakAll(oplock: Oplock): void {
    oplock.break(READ_CACHING | WRITE_CACHING);
    if (oplock.state === 0 && !oplock.isLease) this.#held.delete(oplock);
  }

  /**
   * Grants an open an oplock: as much as is asked for, or as can be.
   *
   * @param isAlone - nobody else has the file open, but to look at its attributes
   */
  grant(wanted: OplockLevel, isAlone: boolean): Oplock | undefined {
    const possible = this.#possible(wanted, isAlone, undefined);
    const level = (possible & WRITE_CACHING) === 0 ? possible & READ_CACHING : possible;
    return level === 0 ? undefined : this.#add(new Oplock(level, undefined, this.#clock));
  }

  /** Grants a lease that is new: as much as is asked for, or as can be; which may be nothing. */
  grantLease(holder: LeaseHolder, wanted: CacheState, isAlone: boolean): Oplock {
    const state = isCacheState(wanted) ? this.#possible(wanted, isAlone, holder) : 0;
    return this.#add(new Oplock(state, holder, this.#clock));
  }

  /** Raises a lease to all that is asked for, where that is more, and possible; else it stays. */
  raiseLease(lease: Oplock, wanted: CacheState, isAlone: boolean): void {
    const isMore = (lease.state & ~wanted) === 0 && wanted !== lease.state;
    if (!isCacheState(wanted) || !isMore || lease.isBreaking) return;
    if (this.#possible(wanted, isAlone, lease.holder) === wanted) lease.raise(wanted);
  }

  #add(oplock: Oplock): Oplock {
    this.#held.add(oplock);
    return oplock;
  }

  /** What of a wish goes with what the others hold. [MS-FSA] 2.1.5.18 */
  #possible(wanted: CacheState, isAlone: boolean, holder: LeaseHolder | undefined): CacheState {
    let state = isAlone ? wanted : wanted & ~WRITE_CACHING;
    for (const oplock of this.#held) {
      if (oplock.state === 0 || (holder !== undefined && oplock.holder?.id === holder.id)) continue;
      if (oplock.isExclusive) return 0;
      state &= ~WRITE_CACHING;
      // An oplock of level II and a lease with the handle are not held beside each other.
      if (holder === undefined && (oplock.state & HANDLE_CACHING) !== 0) return 0;
      if (holder !== undefined && !oplock.isLease) state &= ~HANDLE_CACHING;
    }
    return state;
  }

  /** An oplock goes with its open, a lease with its last. */
  release(oplock: Oplock): void {
    this.#held.delete(oplock);
    oplock.end();
  }
}

/** Asks for what a joining open needs. @returns what to wait for */
function breakFor(oplock: Oplock, { isOverwrite, isDelete }: Joining): Promise<void> {
  oplock.break(WRITE_CACHING | (isOverwrite ? READ_CACHING : 0) | (isDelete ? HANDLE_CACHING : 0));
  return oplock.settled;
}
