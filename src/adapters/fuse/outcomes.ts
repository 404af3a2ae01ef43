import type { Awaitable } from "../../fs/index.js";
import { NtError, NtStatus } from "../../nt/index.js";

/** Waits for what cannot fail, as nobody is left to be told of a refusal. WinFsp 4.9, 9 */
export async function quietly(work: Awaitable<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof NtError)) throw error;
  }
}

const IMPOSSIBLE: ReadonlySet<NtStatus> = new Set([
  NtStatus.INVALID_DEVICE_REQUEST,
  NtStatus.NOT_SUPPORTED,
  NtStatus.ACCESS_DENIED,
]);

/** Waits for what is wished for and not promised: that the file system cannot, or may not, is no failure. */
export async function unlessImpossible(work: Awaitable<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof NtError) || !IMPOSSIBLE.has(error.status)) throw error;
  }
}
