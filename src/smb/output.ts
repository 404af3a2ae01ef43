import type { BufferPool } from "./buffer-pool.js";
import { MAX_GATHERING_MS, OUTPUT_SLAB_SIZE } from "./limits.js";
import { newSlab, type Slab, type SlabPool } from "./slab.js";

/** Where answers go. */
export interface Sink {
  /** Sends the segments, in order; calls `sent` when their memory is free again. */
  write(segments: readonly Uint8Array[], sent: () => void): void;
}

/** Where answers find room. */
export interface OutputMemory {
  readonly pool: BufferPool;
  readonly slabs: SlabPool;
}

/** A run of memory for one answer, or a part of one. */
export class Region {
  readonly slab: Slab;
  readonly at: number;
  size: number;

  constructor(slab: Slab, at: number, size: number) {
    this.slab = slab;
    this.at = at;
    this.size = size;
  }

  get view(): DataView {
    return this.slab.view;
  }

  /** The bytes from `skip` on. */
  bytes(skip = 0): Buffer {
    return this.slab.bytes.subarray(this.at + skip, this.at + this.size);
  }
}

/**
 * The answers of one connection on their way out. Small ones lie side by side in a slab, so that all
 * answers of one turn of the event loop leave as a single run of bytes.
 */
export class Output {
  readonly #nowMs: () => number;
  /** When the turn began, or something last left. */
  #sinceMs = 0;
  readonly #sink: Sink;
  readonly #memory: OutputMemory;
  /** The one that small answers go to; undefined while none is under way. */
  #slab: Slab | undefined;
  #segments: {
    readonly bytes: Buffer;
    readonly slab: Slab | undefined;
    at: number;
    end: number;
  }[] = [];
  #regions: Region[] = [];

  /** @param nowMs - a clock finer than a millisecond; left out: answers wait for the end of their turn */
  constructor(sink: Sink, memory: OutputMemory, nowMs: () => number = () => 0) {
    this.#sink = sink;
    this.#memory = memory;
    this.#nowMs = nowMs;
  }

  /** Bytes have come: what is answered soon leaves together. */
  turnBegins(): void {
    this.#sinceMs = this.#nowMs();
  }

  /** One message is queued: it leaves now, with those before it, where they took long enough. */
  messageQueued(): void {
    const now = this.#nowMs();
    if (now - this.#sinceMs <= MAX_GATHERING_MS) return;
    this.#sinceMs = now;
    this.flush();
  }

  /** Memory for an answer, old content and all; to be sent or dropped. */
  reserve(size: number): Region {
    const slab = size > OUTPUT_SLAB_SIZE / 4 ? this.#largeSlab(size) : this.#slabFor(size);
    const region = new Region(slab, slab.used, size);
    slab.used += size;
    slab.regions++;
    return region;
  }

  /** Makes a region shorter; what follows is free again where nothing was given out behind it. */
  shrink(region: Region, size: number): void {
    const { slab } = region;
    if (slab.used === region.at + region.size) slab.used = region.at + size;
    region.size = size;
  }

  /** A region will not be sent. */
  drop(region: Region): void {
    this.shrink(region, 0);
    this.#release(region);
  }

  /** Queues a region; runs of memory that touch become one. */
  sendRegion(region: Region): void {
    const last = this.#segments.at(-1);
    if (last !== undefined && last.slab === region.slab && last.end === region.at) {
      last.end += region.size;
    } else {
      const { at, size, slab } = region;
      this.#segments.push({ bytes: slab.bytes, slab, at, end: at + size });
    }
    this.#regions.push(region);
  }

  /** Queues bytes that stay as they are until they have left. */
  sendBytes(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#segments.push({ bytes: buffer, slab: undefined, at: 0, end: bytes.length });
  }

  /** Hands everything queued to the network, in one call. */
  flush(): void {
    if (this.#segments.length === 0) return;
    const segments = this.#segments.map(({ bytes, at, end }) => bytes.subarray(at, end));
    const regions = this.#regions;
    this.#segments = [];
    this.#regions = [];
    this.#sink.write(segments, () => {
      for (const region of regions) this.#release(region);
    });
  }

  #slabFor(size: number): Slab {
    if (this.#slab === undefined || this.#slab.used + size > OUTPUT_SLAB_SIZE) {
      this.#slab = this.#memory.slabs.acquire();
    }
    return this.#slab;
  }

  #largeSlab(size: number): Slab {
    return newSlab(this.#memory.pool.acquire(size), true);
  }

  #release(region: Region): void {
    const { slab } = region;
    slab.regions--;
    if (slab.regions > 0) return;
    if (slab === this.#slab) this.#slab = undefined;
    if (slab.isPooled) this.#memory.pool.release(slab.bytes);
    else this.#memory.slabs.release(slab);
  }
}
