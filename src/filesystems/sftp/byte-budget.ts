import { ErrnoError } from "./errors.js";

/** Bytes that many may have under way together; who wants more waits, in order. */
export class ByteBudget {
  #free: number;
  readonly #total: number;
  readonly #maxWaiting: number;
  readonly #waiting: { readonly bytes: number; readonly go: () => void }[] = [];

  constructor(total: number, maxWaiting: number) {
    this.#total = total;
    this.#free = total;
    this.#maxWaiting = maxWaiting;
  }

  /** Bytes that nobody has. */
  get free(): number {
    return this.#free;
  }

  /** @returns undefined where the bytes are there at once. @throws ErrnoError EIO where too many wait */
  take(bytes: number): Promise<void> | undefined {
    const wanted = Math.min(bytes, this.#total);
    if (this.#waiting.length === 0 && wanted <= this.#free) {
      this.#free -= wanted;
      return undefined;
    }
    if (this.#waiting.length >= this.#maxWaiting) {
      throw new ErrnoError("EIO", "too many requests wait for the server");
    }
    return new Promise((go) => {
      this.#waiting.push({ bytes: wanted, go });
    });
  }

  /** Takes them only where they are there at once. */
  tryTake(bytes: number): boolean {
    if (this.#waiting.length > 0 || bytes > this.#free) return false;
    this.#free -= bytes;
    return true;
  }

  /** Gives back what was taken, by the same number. */
  give(bytes: number): void {
    this.#free += Math.min(bytes, this.#total);
    let next = this.#waiting[0];
    while (next !== undefined && next.bytes <= this.#free) {
      this.#waiting.shift();
      this.#free -= next.bytes;
      next.go();
      next = this.#waiting[0];
    }
  }
}
