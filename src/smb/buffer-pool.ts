import { MAX_POOLED_BYTES } from "./limits.js";

const SMALLEST_CLASS = 8 * 1024;

/**
 * Large buffers, used again: fresh memory costs a page fault for each 4 KiB, which for a message of
 * 1 MiB is more than copying it. Their content is whatever was in them.
 */
export class BufferPool {
  readonly #free = new Map<number, Buffer[]>();
  #pooledBytes = 0;

  /** A buffer of at least `size` bytes, old content and all. */
  acquire(size: number): Buffer {
    const sizeClass = classOf(size);
    const buffer = this.#free.get(sizeClass)?.pop();
    if (buffer === undefined) return Buffer.allocUnsafeSlow(sizeClass);
    this.#pooledBytes -= sizeClass;
    return buffer;
  }

  /** Gives a buffer back that {@link BufferPool.acquire} gave out. Nobody may use it after. */
  release(buffer: Buffer): void {
    if (this.#pooledBytes + buffer.length > MAX_POOLED_BYTES) return;
    this.#pooledBytes += buffer.length;
    const free = this.#free.get(buffer.length);
    if (free === undefined) this.#free.set(buffer.length, [buffer]);
    else free.push(buffer);
  }

  get pooledBytes(): number {
    return this.#pooledBytes;
  }
}

/** The next size up: powers of two, and a quarter more, so that 1 MiB and its headers take 1.25 MiB. */
function classOf(size: number): number {
  let sizeClass = SMALLEST_CLASS;
  while (sizeClass * 1.25 < size) sizeClass *= 2;
  return sizeClass >= size ? sizeClass : sizeClass * 1.25;
}
