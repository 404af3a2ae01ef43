import { WireError } from "../bytes/index.js";
import type { BufferPool } from "./buffer-pool.js";
import { MAX_MESSAGE_SIZE } from "./limits.js";

/** One zero byte, then the length in 24 bits, big-endian. [MS-SMB2] 2.1 */
export const FRAME_HEADER_SIZE = 4;

/**
 * Takes one message. Its bytes are good until the returned promise settles; without one, until the
 * call returns.
 */
export type TakeMessage = (message: Buffer) => Promise<void> | undefined;

/**
 * Cuts a stream of bytes into messages. A message that lies whole in what came is passed on where it
 * lies; others are put together once.
 */
export class FrameReader {
  readonly #take: TakeMessage;
  readonly #pool: BufferPool;
  readonly #header = Buffer.alloc(FRAME_HEADER_SIZE);
  #headerLength = 0;
  #body: Buffer | undefined;
  #bodySize = 0;
  #bodyLength = 0;

  constructor(pool: BufferPool, take: TakeMessage) {
    this.#pool = pool;
    this.#take = take;
  }

  /**
   * Takes what came, and passes on every message that is complete now.
   *
   * @throws WireError when the framing is broken: there is no way on
   */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#body !== undefined) {
        at += this.#fillBody(chunk.subarray(at));
      } else if (this.#headerLength > 0 || chunk.length - at < FRAME_HEADER_SIZE) {
        at += this.#fillHeader(chunk.subarray(at));
      } else {
        const size = sizeOf(chunk, at);
        at += FRAME_HEADER_SIZE;
        if (at + size <= chunk.length) {
          void this.#take(chunk.subarray(at, at + size));
          at += size;
        } else {
          this.#begin(size);
        }
      }
    }
  }

  #fillHeader(chunk: Buffer): number {
    const taken = chunk.copy(this.#header, this.#headerLength);
    this.#headerLength += taken;
    if (this.#headerLength === FRAME_HEADER_SIZE) {
      this.#headerLength = 0;
      this.#begin(sizeOf(this.#header, 0));
    }
    return taken;
  }

  #begin(size: number): void {
    this.#body = this.#pool.acquire(size);
    this.#bodySize = size;
    this.#bodyLength = 0;
  }

  #fillBody(chunk: Buffer): number {
    const body = this.#body;
    if (body === undefined) return 0;
    const taken = chunk.copy(body, this.#bodyLength, 0, this.#bodySize - this.#bodyLength);
    this.#bodyLength += taken;
    if (this.#bodyLength === this.#bodySize) {
      this.#body = undefined;
      const pending = this.#take(body.subarray(0, this.#bodySize));
      const release = () => {
        this.#pool.release(body);
      };
      if (pending === undefined) release();
      else void pending.finally(release);
    }
    return taken;
  }
}

function sizeOf(bytes: Buffer, at: number): number {
  const header = bytes.readUInt32BE(at);
  if (header > MAX_MESSAGE_SIZE) throw new WireError("frame: not a message, or too long");
  return header;
}
