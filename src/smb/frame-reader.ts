import { WireError } from "../bytes/index.js";
import type { BufferPool } from "./buffer-pool.js";
import { IDLE_RECEIVE_BUFFER_SIZE, MAX_FIRST_MESSAGE_SIZE, RECEIVE_BUFFER_SIZE } from "./limits.js";

/** One zero byte, then the length in 24 bits, big-endian. [MS-SMB2] 2.1 */
export const FRAME_HEADER_SIZE = 4;

/**
 * Takes one message. Its bytes are good until the returned promise settles; without one, until the
 * call returns.
 */
export type TakeMessage = (message: Buffer) => Promise<void> | undefined;

/**
 * Cuts a stream of bytes into messages. A message that lies whole in what came is passed on where it
 * lies. The rest of a long one is read right into the place where it is put together, so that the
 * payload of a large write is moved by the system and never copied here.
 *
 * A carrier that reads into memory it is given asks for {@link FrameReader.space}, and says how much came
 * with {@link FrameReader.advance}; one that has its own memory calls {@link FrameReader.push}.
 */
export class FrameReader {
  /** The longest message that is taken, in bytes; raised when the client is known. */
  maxMessageSize = MAX_FIRST_MESSAGE_SIZE;
  readonly #take: TakeMessage;
  readonly #pool: BufferPool;
  readonly #header = Buffer.alloc(FRAME_HEADER_SIZE);
  #headerLength = 0;
  #body: Buffer | undefined;
  #bodySize = 0;
  #bodyLength = 0;
  /** Memory that bytes are received in, while no long message is under way. */
  #window: Buffer | undefined;
  /** Of the window; small where little comes, so that a connection that says nothing holds next to nothing. */
  #windowSize = IDLE_RECEIVE_BUFFER_SIZE;
  /** Messages of the window that are still being worked on. */
  #pending: Promise<void>[] = [];

  constructor(pool: BufferPool, take: TakeMessage) {
    this.#pool = pool;
    this.#take = take;
  }

  /** Where the next bytes are to be put; good until the next call of `advance`. */
  get space(): Buffer {
    if (this.#body !== undefined) return this.#body.subarray(this.#bodyLength, this.#bodySize);
    this.#window ??= this.#pool.acquire(this.#windowSize);
    return this.#window.subarray(0, this.#windowSize);
  }

  /**
   * That many bytes were put there. Passes on every message that is complete now.
   *
   * @throws WireError when the framing is broken: there is no way on
   */
  advance(length: number): void {
    if (this.#body !== undefined) {
      this.#bodyLength += length;
      if (this.#bodyLength === this.#bodySize) this.#finishBody(this.#body);
      return;
    }
    const window = this.#window;
    if (window === undefined) return;
    this.push(window.subarray(0, length));
    // The end of the connection, in one of its messages, has given the window back already.
    if (this.#window !== window) return;
    const wantedSize = this.#sizeAfter(length);
    if (this.#pending.length > 0 || wantedSize !== this.#windowSize) this.#retire(window);
    this.#windowSize = wantedSize;
  }

  /** Which window suits a connection of which so much came at once. */
  #sizeAfter(length: number): number {
    if (length === this.#windowSize) return RECEIVE_BUFFER_SIZE;
    return length <= IDLE_RECEIVE_BUFFER_SIZE / 2 ? IDLE_RECEIVE_BUFFER_SIZE : this.#windowSize;
  }

  /** Nothing more will come. */
  end(): void {
    if (this.#window !== undefined) this.#pool.release(this.#window);
    if (this.#body !== undefined) this.#pool.release(this.#body);
    this.#window = undefined;
    this.#body = undefined;
  }

  /**
   * Takes what came in memory of the carrier's own, which must stay as it is while messages in it are
   * being worked on.
   *
   * @throws WireError when the framing is broken: there is no way on
   */
  push(chunk: Buffer): void {
    this.#pending = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.#body !== undefined) {
        at += this.#fillBody(this.#body, chunk.subarray(at));
      } else if (this.#headerLength > 0 || chunk.length - at < FRAME_HEADER_SIZE) {
        at += this.#fillHeader(chunk.subarray(at));
      } else {
        const size = this.#sizeOf(chunk, at);
        at += FRAME_HEADER_SIZE;
        if (at + size <= chunk.length) {
          const pending = this.#take(chunk.subarray(at, at + size));
          if (pending !== undefined) this.#pending.push(pending);
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
      this.#begin(this.#sizeOf(this.#header, 0));
    }
    return taken;
  }

  #begin(size: number): void {
    this.#body = this.#pool.acquire(size);
    this.#bodySize = size;
    this.#bodyLength = 0;
  }

  #fillBody(body: Buffer, chunk: Buffer): number {
    const taken = chunk.copy(body, this.#bodyLength, 0, this.#bodySize - this.#bodyLength);
    this.#bodyLength += taken;
    if (this.#bodyLength === this.#bodySize) this.#finishBody(body);
    return taken;
  }

  #finishBody(body: Buffer): void {
    this.#body = undefined;
    const pending = this.#take(body.subarray(0, this.#bodySize));
    this.#releaseAfter(body, pending);
  }

  /** The next bytes go elsewhere; the window is free when all messages in it have been worked on. */
  #retire(window: Buffer): void {
    this.#window = undefined;
    const isInUse = this.#pending.length > 0;
    this.#releaseAfter(window, isInUse ? Promise.all(this.#pending) : undefined);
  }

  #releaseAfter(buffer: Buffer, pending: Promise<unknown> | undefined): void {
    const release = () => {
      this.#pool.release(buffer);
    };
    if (pending === undefined) release();
    else void pending.then(release, release);
  }

  #sizeOf(bytes: Buffer, at: number): number {
    const size = bytes.readUInt32BE(at);
    if (size === 0 || size > this.maxMessageSize) {
      throw new WireError("frame: not a message, or too long");
    }
    return size;
  }
}
