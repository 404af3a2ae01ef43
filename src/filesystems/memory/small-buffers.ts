/** Where chunks come from, and go to. */
export interface Chunks {
  readonly chunkSize: number;
  takeChunk(): Uint8Array;
  giveBackChunk(chunk: Uint8Array): void;
}

/** A chunk that is cut into buffers of one size. */
class Slab {
  readonly chunk: Uint8Array;
  /** Of each buffer, in bytes. */
  readonly size: number;
  usedCount = 0;
  /** Where it is among those with room; undefined where it has none. */
  place: number | undefined;
  /** Buffers that were given back, by their number. */
  readonly #free: number[] = [];
  /** Buffers that were never taken come after this many. */
  #cutCount = 0;

  constructor(chunk: Uint8Array, size: number) {
    this.chunk = chunk;
    this.size = size;
  }

  get hasRoom(): boolean {
    return (this.usedCount + 1) * this.size <= this.chunk.length;
  }

  take(): Uint8Array {
    this.usedCount++;
    const number = this.#free.pop() ?? this.#cutCount++;
    const { buffer, byteOffset } = this.chunk;
    return new Uint8Array(buffer, byteOffset + number * this.size, this.size);
  }

  giveBack(buffer: Uint8Array): void {
    this.usedCount--;
    this.#free.push((buffer.byteOffset - this.chunk.byteOffset) / this.size);
  }
}

/**
 * The buffers of small files: chunks cut into pieces of one size, a power of two. A chunk goes back when
 * none of its pieces is in use.
 *
 * Of 1 GiB in files of 16 or 100 KiB, each in memory of its own, malloc kept all when they were deleted
 * (glibc 2.36, Node 20.20); of such chunks it keeps nothing, and a piece is taken in half the time.
 */
export class SmallBuffers {
  readonly #chunks: Chunks;
  readonly #slabs = new Map<ArrayBufferLike, Slab>();
  /** Those with room, by the size of their pieces. */
  readonly #withRoom = new Map<number, Slab[]>();
  #usedBytes = 0;

  constructor(chunks: Chunks) {
    this.#chunks = chunks;
  }

  /** Bytes in chunks that nobody uses: the next files fill them. */
  get spareBytes(): number {
    return this.#slabs.size * this.#chunks.chunkSize - this.#usedBytes;
  }

  /** A buffer, with anything in it. */
  take(size: number): Uint8Array {
    const slab = this.#withRoom.get(size)?.at(-1) ?? this.#newSlab(size);
    const buffer = slab.take();
    this.#usedBytes += size;
    if (!slab.hasRoom) this.#takeOut(slab);
    return buffer;
  }

  giveBack(buffer: Uint8Array): void {
    const slab = this.#slabs.get(buffer.buffer);
    if (slab === undefined)
      throw new Error("a buffer that was not taken here, or twice given back");
    slab.giveBack(buffer);
    this.#usedBytes -= slab.size;
    if (slab.usedCount > 0) {
      if (slab.place === undefined) this.#putIn(slab);
      return;
    }
    if (slab.place !== undefined) this.#takeOut(slab);
    this.#slabs.delete(slab.chunk.buffer);
    this.#chunks.giveBackChunk(slab.chunk);
  }

  #newSlab(size: number): Slab {
    const slab = new Slab(this.#chunks.takeChunk(), size);
    this.#slabs.set(slab.chunk.buffer, slab);
    this.#putIn(slab);
    return slab;
  }

  #putIn(slab: Slab): void {
    const others = this.#withRoom.get(slab.size) ?? [];
    slab.place = others.length;
    others.push(slab);
    this.#withRoom.set(slab.size, others);
  }

  /** The last one takes its place. */
  #takeOut(slab: Slab): void {
    const others = this.#withRoom.get(slab.size) ?? [];
    const last = others.pop();
    if (last !== undefined && last !== slab && slab.place !== undefined) {
      others[slab.place] = last;
      last.place = slab.place;
    }
    slab.place = undefined;
  }
}
