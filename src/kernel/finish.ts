import type { Awaitable } from "../fs/index.js";

/** Does something when a call is done, or has failed; at once where it answers at once. */
export function finish<T>(
  call: () => Awaitable<T>,
  done: (value: T) => void,
  failed: (error: unknown) => void = () => undefined,
): Awaitable<T> {
  let value: Awaitable<T>;
  try {
    value = call();
  } catch (error) {
    failed(error);
    throw error;
  }
  if (!(value instanceof Promise)) {
    done(value);
    return value;
  }
  const late = (it: T) => {
    done(it);
    return it;
  };
  return value.then(late, (error: unknown) => {
    failed(error);
    throw error;
  });
}

/** Goes on with a value, once it is there. */
export function after<T, R>(value: Awaitable<T>, next: (value: T) => Awaitable<R>): Awaitable<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
