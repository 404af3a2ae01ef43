import { randomInt } from "node:crypto";
import type { FileSystemOperation } from "../../delegation/index.js";
import { NtError, NtStatus } from "../../nt/index.js";
import {
  ActiveFault,
  type Fault,
  type FaultChance,
  type FaultEffect,
  type FaultError,
} from "./fault.js";
import { MAX_FAULTS, MAX_WAITING_OPERATIONS } from "./limits.js";
import { type FaultRule, type FaultyCall, operationsOf, testOf } from "./rule.js";

/** Calls something later; its own clock's time, so that a test can hold it. */
export interface FaultClock {
  /** Calls `then` after `ms` milliseconds, unless what it returns was called before. */
  after(ms: number, then: () => void): () => void;
}

/** How faults are to be. */
export interface FaultOptions {
  /** What delays go by; the system's time unless told. A test's `FakeClock` will do. */
  readonly clock?: FaultClock | undefined;
  /** What chance goes by: the same seed, the same faults. Any unless told; {@link Faults.seed} tells which. */
  readonly seed?: number | undefined;
}

/** An operation that waits. */
interface Waiter {
  readonly call: FaultyCall;
  /** The pauses that it has met. */
  readonly pauses: Set<ActiveFault>;
  readonly goOn: () => void;
  readonly fail: (error: Error) => void;
  /** Stops its timer, where it is delayed. */
  stopTimer: (() => void) | undefined;
}

const ALL: FaultRule = {};
const ALWAYS: FaultChance = {};

/**
 * What goes wrong with a file system, and when. Of an operation, in this order: it fails where the device was
 * cut; it waits, as long as all delays together and until all pauses are over; it fails, or is done, a read
 * shortened; its answer is lost. Faults of a kind take their turn in the order in which they were asked for.
 */
export class Faults {
  /** What chance goes by; give it as `seed` to have the same again. */
  readonly seed: number;
  readonly #clock: FaultClock;
  readonly #isCaseSensitive: boolean;
  readonly #random: () => number;
  readonly #faults = new Set<ActiveFault>();
  readonly #waiters = new Set<Waiter>();
  readonly #listeners = new Set<() => void>();
  #cutError: (() => Error) | undefined;

  /** Made by `faulty`. */
  constructor(options: FaultOptions, isCaseSensitive: boolean) {
    this.seed = options.seed ?? randomInt(2 ** 31);
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#isCaseSensitive = isCaseSensitive;
    this.#random = randomNumbers(this.seed);
  }

  /** Operations that wait now, delayed or paused. */
  get waiting(): number {
    return this.#waiters.size;
  }

  get isCut(): boolean {
    return this.#cutError !== undefined;
  }

  /** @param ms - how long each operation waits before it is done */
  delay(rule: FaultRule, ms: number, chance: FaultChance = ALWAYS): Fault {
    checkNumber("a delay in ms", ms, 0);
    return this.#add(rule, { kind: "delay", ms }, chance);
  }

  /**
   * Operations wait from now on, until the pause is ended, or {@link Faults.resume} ends all. They go on in the order
   * in which they came.
   *
   * @param rule - everything unless told
   */
  pause(rule: FaultRule = ALL, chance: FaultChance = ALWAYS): Fault {
    return this.#add(rule, { kind: "pause" }, chance);
  }

  /** Ends all pauses. */
  resume(): void {
    for (const fault of this.#faults) if (fault.effect.kind === "pause") fault.end();
  }

  /**
   * Operations are refused, and not done.
   *
   * @param error - what the kernel is told: a status, as `"DISK_FULL"`; or an error, thrown as it is, which is a bug
   *   to the kernel unless it is an `NtError` or has a `code` such as `ENOENT`
   */
  fail(rule: FaultRule, error: FaultError, chance: FaultChance = ALWAYS): Fault {
    return this.#add(rule, { kind: "fail", error: errorOf(error) }, chance);
  }

  /** Operations are done, and then refused, as where an answer was lost. What they have opened is closed. */
  failAfter(rule: FaultRule, error: FaultError, chance: FaultChance = ALWAYS): Fault {
    return this.#add(rule, { kind: "failAfter", error: errorOf(error) }, chance);
  }

  /**
   * Reads end early. That breaks the contract, by which only the end of the file ends a read: this is for
   * looking at what becomes of it. SMB clients get as much as was read, and ask for the rest, or are refused with
   * END_OF_FILE where that is less than they need at least; a server-side copy is refused.
   *
   * @param maxBytes - the most that one read gives, 1 or more
   */
  shortenReads(rule: FaultRule, maxBytes: number, chance: FaultChance = ALWAYS): Fault {
    checkNumber("what a read gives at most, in bytes,", maxBytes, 1);
    return this.#add(rule, { kind: "shorten", maxBytes }, chance);
  }

  /**
   * The device is gone: until {@link Faults.mend} everything fails, also what waits here. What has reached the file
   * system fails when it would be answered, as its memory is in use until then. `close`, `start` and `stop` still work.
   *
   * @param error - IO_DEVICE_ERROR unless told
   */
  cut(error: FaultError = "IO_DEVICE_ERROR"): void {
    const make = errorOf(error);
    this.#cutError = make;
    for (const waiter of [...this.#waiters]) {
      if (isCuttable(waiter.call.operation)) {
        this.#leave(waiter);
        waiter.fail(make());
      }
    }
  }

  /** The device is back, with all that is stored on it. */
  mend(): void {
    this.#cutError = undefined;
  }

  /** Ends all faults; what waits goes on. */
  clear(): void {
    this.mend();
    for (const fault of this.#faults) fault.end();
    for (const waiter of [...this.#waiters]) {
      waiter.stopTimer?.();
      this.#goOn(waiter);
    }
  }

  /** Resolves when so many operations wait at once: for a test, when what it has paused has come. */
  untilWaiting(count = 1): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.#waiters.size < count) return;
        this.#listeners.delete(look);
        resolve();
      };
      this.#listeners.add(look);
      look();
    });
  }

  /** Nothing can go wrong now: operations are passed on, and cost nothing. */
  get isQuiet(): boolean {
    return this.#faults.size === 0 && this.#cutError === undefined;
  }

  /**
   * What comes before an operation is done.
   *
   * @returns what it has to wait for
   * @throws where it fails
   */
  before(call: FaultyCall): Promise<void> | undefined {
    this.checkCut(call);
    const ms = this.#hitBy(call, "delay").reduce((sum, { effect }) => {
      return effect.kind === "delay" ? sum + effect.ms : sum;
    }, 0);
    const pauses = this.#hitBy(call, "pause");
    if (ms === 0 && pauses.length === 0) {
      this.#failBefore(call);
      return undefined;
    }
    return this.#wait(call, ms, pauses).then(() => {
      this.checkCut(call);
      this.#failBefore(call);
    });
  }

  /** The most that a read may give, of so many bytes. */
  readLength(call: FaultyCall, length: number): number {
    return this.#hitBy(call, "shorten").reduce((least, { effect }) => {
      return effect.kind === "shorten" ? Math.min(least, effect.maxBytes) : least;
    }, length);
  }

  /** What becomes of an operation that was done: the error that takes the place of its answer. */
  after(call: FaultyCall): Error | undefined {
    if (this.#cutError !== undefined && isCuttable(call.operation)) return this.#cutError();
    return this.#firstError(call, "failAfter");
  }

  /** @throws where the device is cut */
  checkCut({ operation }: FaultyCall): void {
    if (this.#cutError !== undefined && isCuttable(operation)) throw this.#cutError();
  }

  #failBefore(call: FaultyCall): void {
    const error = this.#firstError(call, "fail");
    if (error !== undefined) throw error;
  }

  #firstError(call: FaultyCall, kind: "fail" | "failAfter"): Error | undefined {
    for (const fault of this.#faults) {
      const { effect } = fault;
      if (effect.kind === kind && fault.hit(call)) return effect.error();
    }
    return undefined;
  }

  #hitBy(call: FaultyCall, kind: FaultEffect["kind"]): ActiveFault[] {
    return [...this.#faults].filter((fault) => fault.effect.kind === kind && fault.hit(call));
  }

  #wait(call: FaultyCall, ms: number, pauses: readonly ActiveFault[]): Promise<void> {
    if (this.#waiters.size >= MAX_WAITING_OPERATIONS) {
      throw new NtError(NtStatus.INSUFFICIENT_RESOURCES);
    }
    return new Promise((goOn, fail) => {
      const waiter: Waiter = { call, pauses: new Set(pauses), goOn, fail, stopTimer: undefined };
      this.#waiters.add(waiter);
      if (ms > 0) {
        waiter.stopTimer = this.#clock.after(ms, () => {
          waiter.stopTimer = undefined;
          this.#goOnIfFree(waiter);
        });
      }
      for (const listener of [...this.#listeners]) listener();
    });
  }

  #goOnIfFree(waiter: Waiter): void {
    if (waiter.pauses.size === 0 && waiter.stopTimer === undefined) this.#goOn(waiter);
  }

  #goOn(waiter: Waiter): void {
    this.#leave(waiter);
    waiter.goOn();
  }

  #leave(waiter: Waiter): void {
    waiter.stopTimer?.();
    this.#waiters.delete(waiter);
  }

  #add(rule: FaultRule, effect: FaultEffect, chance: FaultChance): Fault {
    if (this.#faults.size >= MAX_FAULTS) {
      throw new RangeError(
        `There are ${MAX_FAULTS} faults already: end some before you ask for more`,
      );
    }
    checkChance(chance);
    checkRule(rule, effect);
    const fault = new ActiveFault({
      effect,
      chance,
      test: testOf(rule, this.#isCaseSensitive),
      random: this.#random,
      onEnd: (ended) => {
        this.#end(ended);
      },
    });
    this.#faults.add(fault);
    return fault;
  }

  #end(fault: ActiveFault): void {
    this.#faults.delete(fault);
    if (fault.effect.kind !== "pause") return;
    for (const waiter of [...this.#waiters]) {
      if (waiter.pauses.delete(fault)) this.#goOnIfFree(waiter);
    }
  }
}

/** What lets go must be let: else nothing could be closed any more. */
const UNCUTTABLE: ReadonlySet<FileSystemOperation> = new Set(["start", "stop", "close"]);

function isCuttable(operation: FileSystemOperation): boolean {
  return !UNCUTTABLE.has(operation);
}

function errorOf(error: FaultError): () => Error {
  if (error instanceof Error) return () => error;
  const status = typeof error === "string" ? NtStatus[error] : error;
  return () => new NtError(status);
}

function checkRule(rule: FaultRule, { kind }: FaultEffect): void {
  const named = operationsOf(rule);
  if ((kind === "fail" || kind === "failAfter") && named?.includes("close") === true) {
    throw new RangeError("close cannot fail: delay it, or pause it");
  }
  if (kind === "shorten" && named?.every((operation) => operation === "read") === false) {
    throw new RangeError("only a read can be shortened: name read, or no operation");
  }
}

function checkChance({ after = 0, probability = 1, times = 1 }: FaultChance): void {
  checkNumber("after", after, 0);
  checkNumber("times", times, 0);
  if (!(probability >= 0 && probability <= 1)) {
    throw new RangeError(`A probability lies between 0 and 1, and ${probability} does not`);
  }
}

function checkNumber(what: string, value: number, least: number): void {
  if (!(Number.isSafeInteger(value) && value >= least)) {
    throw new RangeError(`${what} is a whole number of ${least} or more, not ${value}`);
  }
}

const SYSTEM_CLOCK: FaultClock = {
  after: (ms, then) => {
    const timer = setTimeout(then, ms);
    return () => {
      clearTimeout(timer);
    };
  },
};

/** Numbers from 0 up to 1, the same for the same seed. Mulberry32. */
function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
