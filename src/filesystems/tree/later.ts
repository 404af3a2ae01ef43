import type { Awaitable } from "../../fs/index.js";

/** What a function of a tree may give: a value, or a promise of any kind, such as a query builder. */
export type Later<T> = T | PromiseLike<T>;

/** The same as a value or a real promise. */
export function settle<T>(value: Later<T>): Awaitable<T> {
  if (value instanceof Promise) return value as Promise<T>;
  return isPromiseLike(value) ? Promise.resolve(value) : value;
}

/** Goes on with a value: in the same turn where it is there. */
export function after<T, R>(value: Awaitable<T>, next: (value: T) => Awaitable<R>): Awaitable<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

function isPromiseLike<T>(value: Later<T>): value is PromiseLike<T> {
  return (
    typeof value === "object" &&
    value !== null &&
    "then" in value &&
    typeof value.then === "function"
  );
}

/** What something comes to, or what its failure comes to. */
export function orElse<T>(run: () => Awaitable<T>, failed: (error: unknown) => T): Awaitable<T> {
  try {
    const value = run();
    return value instanceof Promise ? value.catch(failed) : value;
  } catch (error) {
    return failed(error);
  }
}

/** Does something, and undoes what came before where it fails, at once or later. */
export function orUndo<T>(run: () => Awaitable<T>, undo: () => void): Awaitable<T> {
  return orElse(run, (error) => {
    undo();
    throw error;
  });
}
