/** What a client was asked to let go of, kept until it looks. */
export class BreakInbox<T> {
  readonly #told: T[] = [];
  readonly #waiting: ((told: T) => void)[] = [];

  add(told: T): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#told.push(told);
    else waiting(told);
  }

  /** What it may still keep: the oldest that nobody has looked at, or the next that comes. */
  next(): Promise<T> {
    const [told] = this.#told.splice(0, 1);
    if (told !== undefined) return Promise.resolve(told);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
