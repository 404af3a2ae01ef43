import type { OplockName } from "./drive.js";

/** What a client was asked to let go of, kept until it looks. */
export class BreakInbox {
  readonly #told: OplockName[] = [];
  readonly #waiting: ((oplock: OplockName) => void)[] = [];

  add(oplock: OplockName): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#told.push(oplock);
    else waiting(oplock);
  }

  /** What it may still keep: the oldest that nobody has looked at, or the next that comes. */
  next(): Promise<OplockName> {
    const told = this.#told.shift();
    if (told !== undefined) return Promise.resolve(told);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
