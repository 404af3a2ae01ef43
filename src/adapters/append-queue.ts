import { NtError, NtStatus } from "../nt/index.js";
import { MAX_WAITING_APPENDS } from "./limits.js";

/**
 * Lets writes to the end of one file follow each other: where the end is must be asked first, and two that ask
 * at once would write to the same place.
 */
export class AppendQueue {
  readonly #last = new Map<bigint, { readonly done: Promise<unknown>; readonly length: number }>();

  /** Runs an append when those before it are done. @throws NtError INSUFFICIENT_RESOURCES where too many wait */
  async run<T>(fileId: bigint, append: () => Promise<T>): Promise<T> {
    const before = this.#last.get(fileId);
    const length = (before?.length ?? 0) + 1;
    if (length > MAX_WAITING_APPENDS) throw new NtError(NtStatus.INSUFFICIENT_RESOURCES);
    const appended = before === undefined ? append() : before.done.then(append);
    const mine = { done: appended.catch(() => undefined), length };
    this.#last.set(fileId, mine);
    try {
      return await appended;
    } finally {
      if (this.#last.get(fileId) === mine) this.#last.delete(fileId);
    }
  }
}
