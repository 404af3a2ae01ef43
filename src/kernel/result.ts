import type { Awaitable } from "../fs/index.js";
import { type NtStatus, statusOf } from "../nt/index.js";

/** A value, or the status that says why there is none. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly status: NtStatus };

/** The outcome "here it is". */
export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

/** The outcome "no, because". */
export function refused(status: NtStatus): { readonly ok: false; readonly status: NtStatus } {
  return { ok: false, status };
}

/**
 * The one place where what a file system throws becomes a status. What it answers at once is passed
 * on at once.
 *
 * @throws what it does not know: a bug, which the host logs with its stack
 */
export function guard<T>(call: () => Awaitable<T>): Awaitable<Result<T>> {
  try {
    const value = call();
    return value instanceof Promise ? value.then(ok, caught) : ok(value);
  } catch (error) {
    return caught(error);
  }
}

function caught(error: unknown): Result<never> {
  const status = statusOf(error); // of an NtError, or of an errno that Node gave
  if (status === undefined) throw error;
  return refused(status);
}
