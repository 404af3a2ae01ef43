import { NtStatus } from "../../nt/index.js";
import type { Data } from "./data.js";
import { MAX_CONTENT_BYTES } from "./limits.js";
import { refuse } from "./refusal.js";

/** Content that clients are changing, in memory until it is given to the file's `write`. */
export class EditedData implements Data {
  readonly isWhole = false;
  /** Longer than the content where it has grown; zeros behind its end. */
  #buffer: Uint8Array;
  #size: number;

  constructor(content: Uint8Array) {
    this.#buffer = content.slice();
    this.#size = content.length;
  }

  get size(): number {
    return this.#size;
  }

  read(target: Uint8Array, offset: number): number {
    if (offset >= this.#size) refuse(NtStatus.END_OF_FILE);
    const run = this.#buffer.subarray(offset, Math.min(offset + target.length, this.#size));
    target.set(run);
    return run.length;
  }

  /** A copy: what is written later does not change it. */
  whole(): Uint8Array {
    return this.#buffer.slice(0, this.#size);
  }

  end(): void {
    return;
  }

  /** @throws NtError DISK_FULL, with nothing written */
  write(data: Uint8Array, offset: number): void {
    const end = offset + data.length;
    this.#reserve(end);
    this.#buffer.set(data, offset);
    this.#size = Math.max(this.#size, end);
  }

  /** @throws NtError DISK_FULL, with nothing changed */
  setSize(size: number): void {
    this.#reserve(size);
    if (size < this.#size) this.#buffer.fill(0, size, this.#size);
    this.#size = size;
  }

  #reserve(size: number): void {
    if (size > MAX_CONTENT_BYTES) refuse(NtStatus.DISK_FULL);
    if (size <= this.#buffer.length) return;
    const grown = new Uint8Array(
      Math.min(Math.max(size, 2 * this.#buffer.length), MAX_CONTENT_BYTES),
    );
    grown.set(this.#buffer.subarray(0, this.#size));
    this.#buffer = grown;
  }
}
