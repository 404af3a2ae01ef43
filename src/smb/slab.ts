import { MAX_SPARE_SLABS, OUTPUT_SLAB_SIZE } from "./limits.js";

/** Memory that answers are written in, side by side. */
export interface Slab {
  readonly bytes: Buffer;
  readonly view: DataView;
  /** Given out so far, in bytes. */
  used: number;
  /** Regions given out and not yet sent. */
  regions: number;
  /** Of one large answer, and from the pool of buffers. */
  readonly isPooled: boolean;
}

/** Slabs that wait for answers, for all connections: one that has nothing to send holds none. */
export class SlabPool {
  readonly #spare: Slab[] = [];

  /** An empty slab, old content and all. */
  acquire(): Slab {
    return this.#spare.pop() ?? newSlab(Buffer.allocUnsafeSlow(OUTPUT_SLAB_SIZE), false);
  }

  /** Gives a slab back. Nobody may use it after. */
  release(slab: Slab): void {
    slab.used = 0;
    if (this.#spare.length < MAX_SPARE_SLABS) this.#spare.push(slab);
  }

  get spareCount(): number {
    return this.#spare.length;
  }
}

export function newSlab(bytes: Buffer, isPooled: boolean): Slab {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return { bytes, view, used: 0, regions: 0, isPooled };
}
