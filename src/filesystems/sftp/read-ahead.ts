import type { ByteBudget } from "./byte-budget.js";
import type { Clock } from "./clock.js";
import {
  FIRST_READ_AHEAD_BYTES,
  MAX_READ_AHEAD_BYTES,
  READ_AHEAD_BLOCK_BYTES,
  READ_AHEAD_LIFE_MS,
} from "./limits.js";
import { allSettled } from "./settled.js";

/** The file that is read, as read-ahead needs it. */
export interface ReadAheadSource {
  /** @returns bytes read; fewer than asked only where the file ends */
  fetch(target: Buffer, position: number): Promise<number>;
  /** Goes up with each change of the file. */
  readonly generation: number;
  /** Nothing is fetched behind it. In bytes. */
  readonly knownEnd: number;
}

/** Bytes fetched, or being fetched, before somebody asked. */
interface Block {
  /** Undefined where the fetch failed: who asks asks the server. */
  readonly bytes: Promise<Buffer | undefined>;
  readonly generation: number;
  readonly fetchedAtMs: number;
  /** Bytes that nobody has read. */
  unread: number;
}

const BLOCK = READ_AHEAD_BLOCK_BYTES;

/** Who has more reads under way at once fetches ahead himself: to do so for him would only copy everything once more. */
const MAX_READS_TO_HELP = 2;

/**
 * Reads one open file; where it is read in order, fetches further than was asked, twice as far each time.
 * What it holds is used once, for a short time, and never after a change of the file through us.
 */
export class ReadAhead {
  readonly #source: ReadAheadSource;
  readonly #budget: ByteBudget;
  readonly #clock: Clock;
  readonly #blocks = new Map<number, Block>();
  /** Where the next read begins if the file is read in order; undefined before the first. */
  #next: number | undefined;
  /** Reads that are under way. */
  #reads = 0;
  /** How far ahead is fetched, in bytes. */
  #window = 0;

  constructor(source: ReadAheadSource, budget: ByteBudget, clock: Clock) {
    this.#source = source;
    this.#budget = budget;
    this.#clock = clock;
  }

  /** @returns bytes read; fewer than asked only where the file ends */
  async read(target: Buffer, position: number): Promise<number> {
    const end = position + target.length;
    const next = this.#notice(position, end);
    this.#reads++;
    try {
      const parts = this.#parts(target, position);
      if (this.#reads <= MAX_READS_TO_HELP) this.#fetchAhead(next);
      const lengths = await allSettled(parts.map(({ read }) => read));
      let total = 0;
      for (const [index, length] of lengths.entries()) {
        total += length;
        if (length < (parts[index]?.wanted ?? 0)) break;
      }
      return total;
    } finally {
      this.#reads--;
    }
  }

  /** Lets go of all that was fetched. */
  drop(): void {
    for (const index of [...this.#blocks.keys()]) this.#discard(index);
    this.#window = 0;
  }

  /**
   * Clients send several reads at once, which may come a little out of order.
   *
   * @returns where the next read is expected, in bytes
   */
  #notice(position: number, end: number): number {
    const expected = this.#next;
    const isInOrder =
      position === expected ||
      (this.#window > 0 && Math.abs(position - (expected ?? 0)) <= this.#window);
    if (isInOrder) {
      this.#next = Math.max(expected ?? 0, end);
      this.#window =
        this.#window === 0
          ? FIRST_READ_AHEAD_BYTES
          : Math.min(2 * this.#window, MAX_READ_AHEAD_BYTES);
    } else {
      this.drop();
      this.#next = end;
    }
    return this.#next;
  }

  /** The pieces of a read: out of blocks, and for the gaps between them from the server. */
  #parts(
    target: Buffer,
    position: number,
  ): { readonly wanted: number; readonly read: Promise<number> }[] {
    const parts: { readonly wanted: number; readonly read: Promise<number> }[] = [];
    const end = position + target.length;
    let gap = position; // what lies from here to `at` is not there
    for (let at = position; at < end; ) {
      const index = Math.floor(at / BLOCK);
      const next = Math.min(end, (index + 1) * BLOCK);
      const block = this.#valid(index);
      if (block !== undefined) {
        if (gap < at) parts.push(this.#fetched(target, position, gap, at));
        parts.push({
          wanted: next - at,
          read: this.#copied(block, index, target.subarray(at - position, next - position), at),
        });
        gap = next;
      }
      at = next;
    }
    if (gap < end) parts.push(this.#fetched(target, position, gap, end));
    return parts;
  }

  #fetched(target: Buffer, position: number, from: number, to: number) {
    const part = target.subarray(from - position, to - position);
    return { wanted: part.length, read: this.#source.fetch(part, from) };
  }

  async #copied(block: Block, index: number, target: Buffer, position: number): Promise<number> {
    const offset = position - index * BLOCK;
    block.unread -= target.length;
    if (block.unread <= 0) this.#discard(index);
    const { generation } = block;
    const bytes = await block.bytes;
    const isUsable = bytes !== undefined && generation === this.#source.generation;
    if (!isUsable || bytes.length < Math.min(BLOCK, offset + target.length)) {
      return this.#source.fetch(target, position); // it ends there; or it has grown
    }
    return bytes.copy(target, 0, offset, offset + target.length);
  }

  #valid(index: number): Block | undefined {
    const block = this.#blocks.get(index);
    if (block === undefined) return undefined;
    const isOld = this.#clock.nowMs() - block.fetchedAtMs >= READ_AHEAD_LIFE_MS;
    if (!isOld && block.generation === this.#source.generation) return block;
    this.#discard(index);
    return undefined;
  }

  #fetchAhead(next: number): void {
    const { knownEnd, generation } = this.#source;
    const end = this.#window === 0 ? next : Math.min(next + this.#window, knownEnd);
    for (let index = Math.ceil(next / BLOCK); index * BLOCK < end; index++) {
      if (this.#valid(index) !== undefined) continue;
      if (!this.#budget.tryTake(BLOCK)) return;
      const buffer = Buffer.allocUnsafe(BLOCK);
      const bytes = this.#source.fetch(buffer, index * BLOCK).then(
        (length) => buffer.subarray(0, length),
        () => undefined,
      );
      this.#blocks.set(index, {
        bytes,
        generation,
        fetchedAtMs: this.#clock.nowMs(),
        unread: Math.min(BLOCK, knownEnd - index * BLOCK),
      });
    }
  }

  #discard(index: number): void {
    if (this.#blocks.delete(index)) this.#budget.give(BLOCK);
  }
}
