import type { Clock } from "./clock.js";

/** An answer on its way, which may be out of date before it is there. */
export interface Filling {
  readonly key: string;
  readonly beganMs: number;
  isStale: boolean;
}

/** How long answers are good, and how many are kept. */
export interface TimedCacheParams {
  /** In ms; 0 keeps nothing, and Infinity keeps for good. */
  readonly timeoutMs: number;
  readonly maxEntries: number;
  readonly clock: Clock;
}

/**
 * Answers that are good for some time, unless something changes. Who asks says when he begins, so that an
 * answer that was overtaken by a change on its way is not kept.
 */
export class TimedCache<V> {
  readonly #params: TimedCacheParams;
  readonly #entries = new Map<string, { readonly value: V; readonly untilMs: number }>();
  readonly #fillings = new Set<Filling>();

  constructor(params: TimedCacheParams) {
    this.#params = params;
  }

  /** Whether anything is ever kept. */
  get isOn(): boolean {
    return this.#params.timeoutMs > 0;
  }

  /** Answers that are kept, those that nobody may use any more included. */
  get size(): number {
    return this.#entries.size;
  }

  /** Answers on their way. */
  get fillingCount(): number {
    return this.#fillings.size;
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (this.#params.clock.nowMs() < entry.untilMs) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  /** Somebody asks. Every filling is to be ended. */
  begin(key: string): Filling {
    const filling = { key, beganMs: this.#params.clock.nowMs(), isStale: false };
    if (this.isOn) this.#fillings.add(filling);
    return filling;
  }

  /** The answer is there, and kept if nothing has changed since; undefined is never kept. */
  end(filling: Filling, value: V | undefined): void {
    this.#fillings.delete(filling);
    if (value === undefined || filling.isStale || !this.isOn) return;
    const untilMs = filling.beganMs + this.#params.timeoutMs;
    this.#entries.delete(filling.key);
    this.#entries.set(filling.key, { value, untilMs });
    if (this.#entries.size <= this.#params.maxEntries) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }

  /** Something is not any more what it was. */
  drop(key: string): void {
    this.#entries.delete(key);
    for (const filling of this.#fillings) {
      if (filling.key === key) filling.isStale = true;
    }
  }

  /** The same of all keys that begin so; costs as much as there is. */
  dropAll(prefix: string): void {
    for (const key of this.#entries.keys()) {
      if (key.startsWith(prefix)) this.#entries.delete(key);
    }
    for (const filling of this.#fillings) {
      if (filling.key.startsWith(prefix)) filling.isStale = true;
    }
  }
}
