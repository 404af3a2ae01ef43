import { MAX_WRITE_BACK_BYTES } from "./limits.js";
import type { PendingWrites } from "./remote-node.js";

interface Pending {
  readonly position: number;
  readonly end: number;
  readonly sent: Promise<void>;
}

/**
 * Writes of one open file that are answered before the server has confirmed them. What fails is told once, by
 * whichever of `write` and `flush` comes next. Writes to the same place are sent one after the other.
 */
export class WriteBack implements PendingWrites {
  readonly #send: (data: Buffer, position: number) => Promise<void>;
  readonly #pending = new Set<Pending>();
  #pendingBytes = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(send: (data: Buffer, position: number) => Promise<void>) {
    this.#send = send;
  }

  get isPending(): boolean {
    return this.#pending.size > 0;
  }

  /** Takes a copy of the data; waits only where too much is pending. @throws what an earlier write came to */
  async write(data: Uint8Array, position: number): Promise<void> {
    this.#tell();
    const copy = Buffer.from(data);
    const end = position + copy.length;
    for (;;) {
      const inTheWay = this.#inTheWay(position, end, copy.length);
      if (inTheWay === undefined) break;
      await inTheWay.sent;
    }
    const sent = this.#sent(copy, position).finally(() => {
      this.#pending.delete(pending);
      this.#pendingBytes -= copy.length;
    });
    const pending: Pending = { position, end, sent };
    this.#pending.add(pending);
    this.#pendingBytes += copy.length;
  }

  /** Waits for all that was written. @throws what one of the writes came to */
  async flush(): Promise<void> {
    await this.settled();
    this.#tell();
  }

  async settled(): Promise<void> {
    for (const { sent } of [...this.#pending]) await sent;
  }

  /** What has to be confirmed before: a write to the same place, or the oldest where there is too much. */
  #inTheWay(position: number, end: number, length: number): Pending | undefined {
    let oldest: Pending | undefined;
    for (const pending of this.#pending) {
      oldest ??= pending;
      if (pending.position < end && position < pending.end) return pending;
    }
    return this.#pendingBytes + length > MAX_WRITE_BACK_BYTES ? oldest : undefined;
  }

  async #sent(data: Buffer, position: number): Promise<void> {
    try {
      await this.#send(data, position);
    } catch (error) {
      this.#failure ??= { error };
    }
  }

  #tell(): void {
    if (this.#failure === undefined) return;
    const { error } = this.#failure;
    this.#failure = undefined;
    throw error;
  }
}
