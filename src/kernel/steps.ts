/**
 * Courses of action that wait only where there is something to wait for.
 *
 * @packageDocumentation
 */
import type { Awaitable } from "../fs/index.js";

/**
 * A course of action, written as a generator: `yield* settled(x)` is what `await x` is in an async function, but
 * goes on in the same turn where `x` is no promise.
 */
export type Steps<T> = Generator<Promise<unknown>, T, unknown>;

/**
 * The value, once it is there. An iterator of its own in place of a generator, which could not be inlined: 10 ns and not
 * 80 where there is nothing to wait for (Node 20).
 */
export function settled<T>(value: Awaitable<T>): Waiting<T> {
  return new Waiting(value);
}

/** One wait, or none: what `yield*` goes through. */
class Waiting<T> implements Iterator<Promise<unknown>, T, unknown> {
  readonly #value: Awaitable<T>;
  #hasWaited = false;

  constructor(value: Awaitable<T>) {
    this.#value = value;
  }

  [Symbol.iterator](): this {
    return this;
  }

  /** @param settledTo - what was waited for, by whoever takes the steps */
  next(settledTo?: unknown): IteratorResult<Promise<unknown>, T> {
    const value = this.#value;
    if (!(value instanceof Promise)) return { done: true, value };
    if (this.#hasWaited) return { done: true, value: settledTo as T };
    this.#hasWaited = true;
    return { done: false, value };
  }

  /** What was waited for was rejected. */
  throw(error: unknown): IteratorResult<Promise<unknown>, T> {
    throw error;
  }
}

/**
 * Takes all steps: at once as far as nothing must be waited for, and the rest later. What is thrown on the way is a
 * rejection, also where it is thrown at once, so that callers need look for it in one place only.
 */
export function runSteps<T>(steps: Steps<T>): Awaitable<T> {
  let step: IteratorResult<Promise<unknown>, T>;
  try {
    step = steps.next();
  } catch (error) {
    return rejected(error);
  }
  return step.done === true ? step.value : runLater(steps, step.value);
}

function rejected(error: unknown): Promise<never> {
  return new Promise(() => {
    throw error;
  });
}

async function runLater<T>(steps: Steps<T>, first: Promise<unknown>): Promise<T> {
  for (let wait = first; ; ) {
    const step = await resume(steps, wait);
    if (step.done === true) return step.value;
    wait = step.value;
  }
}

/** What a promise was rejected with is thrown where it was waited for. */
async function resume<T>(steps: Steps<T>, wait: Promise<unknown>) {
  let value: unknown;
  try {
    value = await wait;
  } catch (error) {
    return steps.throw(error);
  }
  return steps.next(value);
}
