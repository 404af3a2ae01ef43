/**
 * Keeps opens and renames apart: an open that is on its way must not see a path change under it.
 * WinFsp 3.8, rule 2.
 *
 * Opens and cleanups share it, a rename has it to itself. Where the file system answers at once nobody
 * ever waits, and nothing is allocated.
 */
export class NamespaceLock {
  #sharers = 0;
  #isExclusive = false;
  readonly #waiting: { readonly isExclusive: boolean; readonly go: () => void }[] = [];

  /** Takes a share. @returns undefined where it was free, else a promise for it */
  enterShared(): Promise<void> | undefined {
    if (!this.#isExclusive && this.#waiting.length === 0) {
      this.#sharers++;
      return undefined;
    }
    return this.#wait(false);
  }

  leaveShared(): void {
    this.#sharers--;
    this.#admit();
  }

  /** Takes it alone. @returns undefined where it was free, else a promise for it */
  enterExclusive(): Promise<void> | undefined {
    if (!this.#isExclusive && this.#sharers === 0 && this.#waiting.length === 0) {
      this.#isExclusive = true;
      return undefined;
    }
    return this.#wait(true);
  }

  leaveExclusive(): void {
    this.#isExclusive = false;
    this.#admit();
  }

  #wait(isExclusive: boolean): Promise<void> {
    return new Promise((go) => {
      this.#waiting.push({ isExclusive, go });
    });
  }

  /** Lets in who is next: one alone, or all that share up to the next who wants it alone. */
  #admit(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (this.#isExclusive || (next.isExclusive && this.#sharers > 0)) return;
      this.#waiting.shift();
      if (next.isExclusive) this.#isExclusive = true;
      else this.#sharers++;
      next.go();
    }
  }
}
