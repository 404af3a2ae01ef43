import { NtStatus } from "../../nt/index.js";
import { MAX_MEMORY_HOLES, TRIM_STEP_BYTES } from "./limits.js";
import { refuse } from "./refusal.js";

/** How a pool is to be. */
export interface BufferPoolParams {
  readonly chunkSize: number;
  /** Bytes that are kept for the next taker. */
  readonly maxPooledBytes: number;
  /** Does work later, in another turn of the event loop. */
  readonly defer: (work: () => void) => void;
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
 * 150 µs/MiB.
 *
 * A chunk is a resizable ArrayBuffer, because setting its length to 0 frees its pages at once. Plain
 * ones are freed by the garbage collector, some time, and then malloc kept up to 1,074 of 1,075 MiB
 * (256 KiB chunks); reading and writing are equally fast (Node 20.20).
 *
 * What a buffer holds when it is taken is anything at all: the taker clears what it does not fill.
 */
export class BufferPool {
  readonly #params: BufferPoolParams;
  readonly #free: Uint8Array[] = [];
  #heldBytes = 0;
  /** Chunks freed and not made again: each may be a hole in the address space. */
  #holes = 0;
  #isTrimming = false;

  constructor(params: BufferPoolParams) {
    this.#params = params;
  }

  /** Bytes that were taken and not given back. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Bytes that wait to be taken again. */
  get pooledBytes(): number {
    return this.#free.length * this.#params.chunkSize;
  }

  /** A buffer of just this length, with anything in it. INSUFFICIENT_RESOURCES where there is none. */
  take(length: number): Uint8Array {
    const isChunk = length === this.#params.chunkSize;
    const pooled = isChunk ? this.#free.pop() : undefined;
    const buffer = pooled ?? allocate(length, isChunk);
    if (isChunk && pooled === undefined && this.#holes > 0) this.#holes--;
    this.#heldBytes += length;
    return buffer;
  }

  /** Takes a buffer back that nobody uses any longer. */
  giveBack(buffer: Uint8Array): void {
    this.#heldBytes -= buffer.length;
    if (buffer.length !== this.#params.chunkSize) return;
    this.#free.push(buffer);
    this.#trimLater();
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
    }
  }

  /** Whether a chunk should go, and the address space stays in few enough pieces. */
  #isTrimmable(): boolean {
    const { chunkSize, maxPooledBytes } = this.#params;
    if (this.pooledBytes <= maxPooledBytes) return false;
    return Math.min(this.#holes, this.#heldBytes / chunkSize) < MAX_MEMORY_HOLES;
  }
}

function allocate(length: number, isChunk: boolean): Uint8Array {
  try {
    // A length of its own makes a view that does not follow the buffer's: those are slower.
    if (isChunk)
      return new Uint8Array(new ResizableBuffer(length, { maxByteLength: length }), 0, length);
    const { buffer, byteOffset } = Buffer.allocUnsafeSlow(length);
    // Views of a plain array are made in 117 ns, those of a Buffer in 190 ns (Node 20.20).
    return new Uint8Array(buffer, byteOffset, length);
  } catch (error) {
    if (error instanceof RangeError) refuse(NtStatus.INSUFFICIENT_RESOURCES);
    throw error;
  }
}
