import { NtStatus } from "../../nt/index.js";
import { MAX_MEMORY_HOLES, TRIM_STEP_BYTES } from "./limits.js";
import { refuse } from "./refusal.js";
import { type Chunks, SmallBuffers } from "./small-buffers.js";

/** How a pool is to be. */
export interface BufferPoolParams {
  readonly chunkSize: number;
  /** Bytes that are kept for the next taker. */
  readonly maxPooledBytes: number;
  /** Does work later, in another turn of the event loop. */
  readonly defer: (work: () => void) => void;
  /** Does work in `POOL_IDLE_MS`, if the process lives so long. */
  readonly later: (work: () => void) => void;
}

/** ES2024, and in Node 20 already; the ES2022 types do not know it. */
interface ResizableBuffer extends ArrayBuffer {
  resize(byteLength: number): void;
}
const ResizableBuffer = ArrayBuffer as unknown as new (
  byteLength: number,
  options: { readonly maxByteLength: number },
) => ResizableBuffer;

/**
 * The buffers that files are made of. Chunks that were given back are handed out again before new ones
 * are made, because 4 KiB written to fresh memory take 2.8 µs, to used memory 0.5. Those
 * beyond `maxPooledBytes` go back to the system, a few in each turn of the event loop, as that costs
 * 150 µs/MiB; so do those that nobody has wanted for `POOL_IDLE_MS`.
 *
 * A chunk is a resizable ArrayBuffer, because setting its length to 0 frees its pages at once. Plain
 * ones are freed by the garbage collector, some time, and then malloc kept up to 1,074 of 1,075 MiB
 * (256 KiB chunks); reading and writing are equally fast (Node 20.20).
 *
 * What a buffer holds when it is taken is anything at all: the taker clears what it does not fill.
 */
export class BufferPool implements Chunks {
  readonly #params: BufferPoolParams;
  readonly #small = new SmallBuffers(this);
  readonly #free: Uint8Array[] = [];
  #heldBytes = 0;
  /** Chunks freed and not made again: each may be a hole in the address space. */
  #holes = 0;
  #isTrimming = false;
  #isWatched = false;
  /** Chunks that were free all the time since the last look: nobody wants them. */
  #unwanted = 0;
  /** Chunks that are to go though there is room for them. */
  #surplus = 0;

  constructor(params: BufferPoolParams) {
    this.#params = params;
  }

  get chunkSize(): number {
    return this.#params.chunkSize;
  }

  /** Bytes that were taken and not given back. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Bytes that wait to be taken again. */
  get pooledBytes(): number {
    return this.#free.length * this.#params.chunkSize + this.#small.spareBytes;
  }

  /**
   * A buffer of just this length, with anything in it. INSUFFICIENT_RESOURCES where there is none.
   *
   * @param length - a power of two, up to the size of a chunk
   */
  take(length: number): Uint8Array {
    const buffer = length < this.chunkSize ? this.#small.take(length) : this.takeChunk();
    this.#heldBytes += length;
    return buffer;
  }

  /** Takes a buffer back that nobody uses any longer. */
  giveBack(buffer: Uint8Array): void {
    this.#heldBytes -= buffer.length;
    if (buffer.length < this.chunkSize) this.#small.giveBack(buffer);
    else this.giveBackChunk(buffer);
  }

  takeChunk(): Uint8Array {
    const pooled = this.#free.pop();
    if (pooled === undefined) {
      const made = allocate(this.chunkSize);
      if (this.#holes > 0) this.#holes--;
      return made;
    }
    this.#unwanted = Math.min(this.#unwanted, this.#free.length);
    this.#surplus = Math.min(this.#surplus, this.#free.length);
    return pooled;
  }

  giveBackChunk(chunk: Uint8Array): void {
    this.#free.push(chunk);
    this.#trimLater();
    this.#watchLater();
  }

  /** Looks again and again, as long as there are free chunks, how many of them nobody wants. */
  #watchLater(): void {
    if (this.#isWatched) return;
    this.#isWatched = true;
    this.#params.later(() => {
      this.#isWatched = false;
      this.#surplus = this.#unwanted;
      this.#trimLater();
      this.#unwanted = this.#free.length;
      if (this.#free.length > 0) this.#watchLater();
    });
  }

  #trimLater(): void {
    if (this.#isTrimming || !this.#isTrimmable()) return;
    this.#isTrimming = true;
    this.#params.defer(() => {
      this.#isTrimming = false;
      this.#trim();
      this.#trimLater();
    });
  }

  #trim(): void {
    const { chunkSize } = this.#params;
    for (let done = 0; done < TRIM_STEP_BYTES && this.#isTrimmable(); done += chunkSize) {
      (this.#free.pop()?.buffer as ResizableBuffer).resize(0); // all that is in #free was made so
      this.#holes++;
      this.#surplus = Math.max(this.#surplus - 1, 0);
      this.#unwanted = Math.min(this.#unwanted, this.#free.length);
    }
  }

  /** Whether a chunk should go, and the address space stays in few enough pieces. */
  #isTrimmable(): boolean {
    const { chunkSize, maxPooledBytes } = this.#params;
    if (this.#free.length * chunkSize <= maxPooledBytes && this.#surplus === 0) return false;
    return Math.min(this.#holes, this.#heldBytes / chunkSize) < MAX_MEMORY_HOLES;
  }
}

function allocate(length: number): Uint8Array {
  try {
    // A length of its own makes a view that does not follow the buffer's: those are slower.
    return new Uint8Array(new ResizableBuffer(length, { maxByteLength: length }), 0, length);
  } catch (error) {
    if (error instanceof RangeError) refuse(NtStatus.INSUFFICIENT_RESOURCES);
    throw error;
  }
}
