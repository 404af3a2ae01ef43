import { MAX_CREDITS } from "./limits.js";

/**
 * The message ids that a client may use: a set, not a low-water mark, as clients use them out of order
 * and may leave one out for ever. [MS-SMB2] 3.3.1.1, 3.3.5.2.3
 */
export class CreditWindow {
  /** Every id below it was used. */
  #low = 0;
  /** The first id that was not granted. */
  #high = 1;
  /** Used ids from `low` on. */
  readonly #used = new Set<number>();

  /** Credits that the client holds. */
  get available(): number {
    return this.#high - this.#low - this.#used.size;
  }

  /** Uses up a run of ids. @returns false when one was used before or never granted */
  consume(messageId: number, charge: number): boolean {
    const end = messageId + charge;
    if (messageId < this.#low || end > this.#high) return false;
    if (messageId === this.#low && this.#used.size === 0) {
      this.#low = end;
      return true;
    }
    for (let id = messageId; id < end; id++) if (this.#used.has(id)) return false;
    for (let id = messageId; id < end; id++) this.#used.add(id);
    while (this.#used.delete(this.#low)) this.#low++;
    return true;
  }

  /**
   * Grants credits for a request: what is asked for, as far as the limit goes, and never so few that
   * the client is left without one. The window does not stretch past twice the limit over ids that a
   * client leaves out.
   */
  grant(asked: number): number {
    const room = Math.min(MAX_CREDITS - this.available, this.#low + 2 * MAX_CREDITS - this.#high);
    const least = this.available === 0 ? 1 : 0;
    const granted = Math.max(least, Math.min(Math.max(asked, 1), room));
    this.#high += granted;
    return granted;
  }
}
