import type { Clock } from "../smb/index.js";

interface Timer {
  readonly atMs: number;
  readonly then: () => void;
}

const MULTIPLIER = 1_103_515_245;
const INCREMENT = 12_345;

/**
 * Time that goes on when a test says so, and chance that is the same in every run. For `serve` and `startServer`, as
 * `clock`: then a client that does not let go of its oplock is given up when the test says so. A file
 * system's own times, such as when a file was made, stay its own.
 */
export class FakeClock implements Clock {
  readonly #timers = new Set<Timer>();
  #nowMs: number;
  #state = 1;

  /** @param nowMs - milliseconds since 1970 */
  constructor(nowMs = Date.UTC(2024, 0, 1)) {
    this.#nowMs = nowMs;
  }

  /** Timers that nobody has stopped and that have not gone off. */
  get timerCount(): number {
    return this.#timers.size;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  after(ms: number, then: () => void): () => void {
    const timer = { atMs: this.#nowMs + ms, then };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** Not for secrets: everybody can guess them. */
  random(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => {
      this.#state = (Math.imul(this.#state, MULTIPLIER) + INCREMENT) >>> 0;
      return this.#state >>> 24;
    });
  }

  /** Lets time pass; timers go off in their order, those that come meanwhile included. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (let next = this.#dueBy(endMs); next !== undefined; next = this.#dueBy(endMs)) {
      this.#timers.delete(next);
      this.#nowMs = next.atMs;
      next.then();
    }
    this.#nowMs = endMs;
  }

  #dueBy(endMs: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.atMs <= endMs && (first === undefined || timer.atMs < first.atMs)) first = timer;
    }
    return first;
  }
}
