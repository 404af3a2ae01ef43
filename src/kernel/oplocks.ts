/**
 * Oplocks: what a client may keep to itself of a file, and how it is asked to let go.
 * [MS-FSA] 2.1.4.12, 2.1.5.18, [MS-SMB2] 3.3.4.6
 *
 * @packageDocumentation
 */
import { FILE_READ_ATTRIBUTES, FILE_WRITE_ATTRIBUTES, NtStatus, SYNCHRONIZE } from "../nt/index.js";
import type { Clock } from "./clock.js";
import { OPLOCK_BREAK_TIMEOUT_MS } from "./limits.js";

/** How much a client may keep to itself, least first. [MS-FSA] 2.1.1.10 */
export const OplockLevel = {
  NONE: 0,
  /** Reads. Any number of opens may. */
  LEVEL_TWO: 1,
  /** Reads and writes. One open may. */
  LEVEL_ONE: 2,
  /** Reads, writes, and opening and closing. One open may. */
  BATCH: 3,
} as const;
export type OplockLevel = (typeof OplockLevel)[keyof typeof OplockLevel];

/** Rights that do not touch what a client may keep to itself. [MS-FSA] 2.1.4.12 */
const STAT_ACCESS = FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES | SYNCHRONIZE;

/** Whether an open with these rights only looks at attributes. */
export function isStatAccess(grantedAccess: number): boolean {
  return (grantedAccess & ~STAT_ACCESS) === 0;
}

/** One open's oplock. */
export class Oplock {
  #level: OplockLevel;
  #breakingTo: OplockLevel | undefined;
  #listener: ((level: OplockLevel) => void) | undefined;
  /** A break that its holder has not heard of yet. */
  #untold: OplockLevel | undefined;
  #done: (() => void) | undefined;
  #settled: Promise<void> | undefined;
  #stopTimer: (() => void) | undefined;

  constructor(level: OplockLevel) {
    this.#level = level;
  }

  get level(): OplockLevel {
    return this.#level;
  }

  get isExclusive(): boolean {
    return this.#level >= OplockLevel.LEVEL_ONE;
  }

  get isBreaking(): boolean {
    return this.#breakingTo !== undefined;
  }

  /** Says who is to be told of breaks; at once, where one has begun already. */
  listen(listener: (level: OplockLevel) => void): void {
    this.#listener = listener;
    if (this.#untold !== undefined) listener(this.#untold);
    this.#untold = undefined;
  }

  /** Level II goes without being asked. */
  loseLevelTwo(): void {
    if (this.#level !== OplockLevel.LEVEL_TWO) return;
    this.#level = OplockLevel.NONE;
    this.#tell(OplockLevel.NONE);
  }

  /**
   * Asks the holder of an exclusive oplock to let go. One that is asked already is not asked again.
   *
   * @returns settles when it has let go, is closed, or its time is up
   */
  breakTo(level: OplockLevel, clock: Clock): Promise<void> {
    if (this.#settled !== undefined) return this.#settled;
    this.#breakingTo = level;
    this.#settled = new Promise((resolve) => {
      this.#done = resolve;
    });
    this.#stopTimer = clock.after(OPLOCK_BREAK_TIMEOUT_MS, () => {
      this.#settle(OplockLevel.NONE);
    });
    this.#tell(level);
    return this.#settled;
  }

  /** The holder says what it keeps. [MS-SMB2] 3.3.5.22.1 */
  acknowledge(level: OplockLevel): NtStatus {
    if (this.#breakingTo === undefined) return NtStatus.INVALID_OPLOCK_PROTOCOL;
    if (level > this.#breakingTo) {
      this.#settle(OplockLevel.NONE);
      return NtStatus.INVALID_OPLOCK_PROTOCOL;
    }
    this.#settle(level);
    return NtStatus.SUCCESS;
  }

  /** The holder is closed. */
  end(): void {
    this.#settle(OplockLevel.NONE);
  }

  #settle(level: OplockLevel): void {
    this.#level = level;
    this.#breakingTo = undefined;
    this.#settled = undefined;
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    this.#done?.();
    this.#done = undefined;
  }

  #tell(level: OplockLevel): void {
    if (this.#listener === undefined) this.#untold = level;
    else this.#listener(level);
  }
}

/** What an open that wants to join means to the oplocks that are there. */
export interface Joining {
  readonly grantedAccess: number;
  /** The file will be emptied: nothing that was read of it stays true. */
  readonly isOverwrite: boolean;
}

/** The oplocks on one file. Rule: at most one is exclusive, and then it is the only one. */
export class Oplocks {
  readonly #held = new Set<Oplock>();

  /** The exclusive oplock that is in the way of a joining open. */
  #inTheWay({ grantedAccess, isOverwrite }: Joining): Oplock | undefined {
    if (isStatAccess(grantedAccess) && !isOverwrite) return undefined;
    for (const oplock of this.#held) if (oplock.isExclusive) return oplock;
    return undefined;
  }

  /**
   * Breaks what must be broken before the share modes are looked at: a batch oplock, whose holder may
   * have closed the file long ago as far as its programs know.
   *
   * @returns what to wait for, and then to look again at everything; undefined: nothing
   */
  breakBeforeSharing(joining: Joining, clock: Clock): Promise<void> | undefined {
    const oplock = this.#inTheWay(joining);
    if (oplock?.level !== OplockLevel.BATCH) return undefined;
    return oplock.breakTo(levelLeft(joining), clock);
  }

  /** Breaks what must be broken once the share modes have let an open in. */
  breakAfterSharing(joining: Joining, clock: Clock): Promise<void> | undefined {
    return this.#inTheWay(joining)?.breakTo(levelLeft(joining), clock);
  }

  /** The data changed: nobody may rely on what was read before. [MS-FSA] 2.1.5.4 */
  dataChanged(): void {
    for (const oplock of this.#held) {
      oplock.loseLevelTwo();
      if (oplock.level === OplockLevel.NONE) this.#held.delete(oplock);
    }
  }

  /**
   * Grants as much as is asked for, or as can be.
   *
   * @param isAlone - nobody else has the file open, but to look at its attributes
   */
  grant(wanted: OplockLevel, isAlone: boolean): Oplock | undefined {
    if (wanted === OplockLevel.NONE) return undefined;
    let isShared = !isAlone;
    for (const oplock of this.#held) {
      if (oplock.isExclusive) return undefined;
      if (oplock.level === OplockLevel.LEVEL_TWO) isShared = true;
    }
    const level = isShared ? OplockLevel.LEVEL_TWO : wanted;
    const oplock = new Oplock(level);
    this.#held.add(oplock);
    return oplock;
  }

  /** An open is closed, and its oplock with it. */
  release(oplock: Oplock): void {
    this.#held.delete(oplock);
    oplock.end();
  }
}

function levelLeft({ isOverwrite }: Joining): OplockLevel {
  return isOverwrite ? OplockLevel.NONE : OplockLevel.LEVEL_TWO;
}
