import { NtStatus } from "../../nt/index.js";
import { BufferPool } from "./buffer-pool.js";
import { CHUNK_SIZE, FREE_MEMORY_TICKS, MAX_POOLED_BYTES, POOL_IDLE_MS } from "./limits.js";
import { refuse } from "./refusal.js";

/** What a volume's space is made from. */
export interface SpaceParams {
  /** In bytes; undefined: what the machine has free, and what is used already. */
  readonly maxSize: number | undefined;
  /** Bytes of memory that the machine has free. */
  readonly freeMemory: () => number;
  /** FILETIME ticks. */
  readonly now: () => bigint;
  /** In bytes; a power of two. */
  readonly chunkSize?: number;
  readonly maxPooledBytes?: number;
  /** Does work later, in another turn of the event loop. */
  readonly defer?: (work: () => void) => void;
  /** Does work when the chunks that are free have been so for a while. */
  readonly later?: (work: () => void) => void;
}

/** The space of a volume: what is used of it, how much there is, and the memory it stands for. */
export class Space {
  readonly chunkSize: number;
  readonly pool: BufferPool;
  readonly #params: SpaceParams;
  #used = 0;
  #usedForData = 0;
  #measured = 0;
  #measuredTicks: bigint | undefined;

  constructor(params: SpaceParams) {
    this.#params = params;
    this.chunkSize = params.chunkSize ?? CHUNK_SIZE;
    this.pool = new BufferPool({
      chunkSize: this.chunkSize,
      maxPooledBytes: params.maxPooledBytes ?? MAX_POOLED_BYTES,
      defer: params.defer ?? ((work) => void setImmediate(work)),
      later: params.later ?? ((work) => void setTimeout(work, POOL_IDLE_MS).unref()),
    });
  }

  /** Bytes accounted: files, names, descriptors, and the data or what was set aside for it. */
  get used(): number {
    return this.#used;
  }

  /** Bytes that there are in all. */
  get maximum(): number {
    return this.#params.maxSize ?? this.#measure(this.#params.now());
  }

  /** Accounts for bytes, or gives them back where they are negative; DISK_FULL changes nothing. */
  charge(bytes: number): void {
    if (bytes > 0 && this.#used + bytes > this.maximum) refuse(NtStatus.DISK_FULL);
    this.#used += bytes;
  }

  /** The same, for the contents of files: their memory is taken later, or never. */
  chargeData(bytes: number): void {
    this.charge(bytes);
    this.#usedForData += bytes;
  }

  /** The machine's free memory is asked for seldom: it takes microseconds. */
  #measure(now: bigint): number {
    const since = this.#measuredTicks === undefined ? undefined : now - this.#measuredTicks;
    if (since !== undefined && since >= 0n && since < FREE_MEMORY_TICKS) return this.#measured;
    const { heldBytes, pooledBytes } = this.pool;
    const resident = this.#used - this.#usedForData + heldBytes + pooledBytes;
    this.#measured = this.#params.freeMemory() + resident;
    this.#measuredTicks = now;
    return this.#measured;
  }
}
