import type { AllocatedRange } from "../../fs/index.js";
import { NtStatus } from "../../nt/index.js";
import { MAX_FILE_SIZE, MIN_BUFFER_SIZE, SPARSE_BLOCK_SIZE } from "./limits.js";
import { refuse } from "./refusal.js";
import type { Space } from "./space.js";

/**
 * The bytes of one file: a list of chunks that never move, and holes between them that take no memory
 * and read as zeros. A file below the size of a chunk has a single buffer, which doubles as it grows.
 *
 * What holds at all times:
 * - a buffer holds what the file holds, up to the file's end; beyond the end it may hold anything, and
 *   is cleared when the end moves past it, so each byte is written once;
 * - what the file is accounted with is enough for every byte below its end, so that only growing, and
 *   never filling a hole, can meet a full disk; but a sparse file is accounted with what it holds, and
 *   holes cost nothing.
 */
export class ChunkStore {
  readonly #space: Space;
  /** The chunk at the start: small while the file is, which most files stay. */
  #first: Uint8Array | undefined;
  /** The other chunks, by index: a hole of terabytes costs nothing. */
  #rest: Map<number, Uint8Array> | undefined;
  #size = 0;
  #reserved = 0;
  /** Of a sparse file: which blocks of its chunks were written to, by index, a bit for each block. */
  #written: Map<number, number> | undefined;

  constructor(space: Space) {
    this.#space = space;
  }

  /** Bytes up to the end of the file. */
  get size(): number {
    return this.#size;
  }

  /** Bytes set aside, or in use; of a sparse file, those of its chunks. */
  get allocated(): number {
    return this.isSparse ? this.heldBytes : Math.max(this.#size, this.#reserved);
  }

  /** Its holes are free: space is taken when they are written to. */
  get isSparse(): boolean {
    return this.#written !== undefined;
  }

  /** Bytes of memory that the chunks take: for tests and statistics. */
  get heldBytes(): number {
    return (this.#first?.length ?? 0) + (this.#rest?.size ?? 0) * this.#space.chunkSize;
  }

  /** Fills `target` from the file, up to the end of it; the bytes read. */
  read(target: Uint8Array, offset: number): number {
    const length = this.#readable(offset, target.length);
    const { chunkSize } = this.#space;
    let index = Math.floor(offset / chunkSize);
    let from = offset - index * chunkSize;
    for (let done = 0; done < length; index++, from = 0) {
      const run = Math.min(chunkSize - from, length - done);
      copyOut(this.#chunk(index), from, target, done, run);
      done += run;
    }
    return length;
  }

  /** Views of the file's own memory, and of a page of zeros for its holes. */
  readViews(offset: number, length: number): Uint8Array[] {
    const end = offset + this.#readable(offset, length);
    const { chunkSize } = this.#space;
    const views: Uint8Array[] = [];
    let index = Math.floor(offset / chunkSize);
    for (let at = offset; at < end; index++) {
      const base = index * chunkSize;
      const to = Math.min(base + chunkSize, end);
      pushViews(views, this.#chunk(index), at - base, to - base);
      at = to;
    }
    return views;
  }

  /**
   * Writes bytes, and moves the end where they pass it; DISK_FULL changes nothing, nor does
   * INVALID_PARAMETER, past the largest size. [MS-FSA] 2.1.5.4
   */
  write(data: Uint8Array, offset: number): void {
    const end = offset + data.length;
    if (end > MAX_FILE_SIZE) refuse(NtStatus.INVALID_PARAMETER);
    const size = Math.max(end, this.#size);
    const missing = this.isSparse ? this.#missing(offset, end, size) : 0;
    this.#account(size, this.#reserved, missing);
    this.#hold(offset, end, size, missing);
    if (offset > this.#size) this.#clear(this.#size, offset);
    this.#copyIn(data, offset);
    this.#size = size;
    if (this.#written !== undefined) this.#mark(this.#written, offset, end);
  }

  /** Moves the end of the file; DISK_FULL changes nothing. */
  setSize(size: number): void {
    this.#account(size, this.#reserved);
    if (size > this.#size) this.#clear(this.#size, size);
    this.#moveEnd(size);
  }

  /** Sets bytes aside for growing; DISK_FULL changes nothing. The end of the file stays. */
  reserve(reserved: number): void {
    this.#account(this.#size, reserved);
    this.#moveEnd(this.#size);
  }

  /** Empties the file and sets bytes aside for it; DISK_FULL changes nothing. */
  reset(reserved: number): void {
    this.#account(0, reserved);
    this.#moveEnd(0);
  }

  /** Makes the file sparse, or sets aside what its holes would take; DISK_FULL changes nothing. */
  setSparse(isSparse: boolean): void {
    if (isSparse === this.isSparse) return;
    const before = this.#accounted;
    const whole = capacityFor(Math.max(this.#size, this.#reserved), this.#space.chunkSize);
    this.#space.chargeData((isSparse ? this.heldBytes : whole) - before);
    this.#written = isSparse ? new Map<number, number>() : undefined;
    if (this.#written === undefined) return;
    const { chunkSize } = this.#space;
    for (const index of this.#heldIndexes(0, this.#size)) {
      const end = Math.min((index + 1) * chunkSize, this.#size);
      this.#mark(this.#written, index * chunkSize, end);
    }
  }

  /** Makes a run of bytes zero, and gives back the chunks that hold nothing else. The size stays. */
  zero(offset: number, length: number): void {
    const end = Math.min(offset + length, this.#size);
    const { chunkSize } = this.#space;
    const held = this.heldBytes;
    for (const index of this.#heldIndexes(offset, end)) {
      const base = index * chunkSize;
      const isAll = offset <= base && end >= Math.min(base + chunkSize, this.#size);
      if (isAll || this.#unmark(index, offset, end) === 0) this.#drop(index);
      else this.#chunk(index)?.fill(0, Math.max(offset - base, 0), end - base);
    }
    this.#refund(held);
  }

  /** The runs of bytes that are not in holes, of those asked about; as exact as the blocks. */
  allocatedRanges(offset: number, length: number): AllocatedRange[] {
    const end = Math.min(offset + length, this.#size);
    if (end <= offset) return [];
    if (this.#written === undefined) return [{ offset, length: end - offset }];
    const ranges: { offset: number; length: number }[] = [];
    for (const index of this.#heldIndexes(offset, end)) {
      for (const block of this.#blocksOf(index, this.#written.get(index) ?? 0)) {
        const from = Math.max(block, offset);
        const to = Math.min(block + this.#blockSize, end);
        const previous = ranges.at(-1);
        if (from >= to) continue;
        if (previous !== undefined && previous.offset + previous.length === from) {
          previous.length = to - previous.offset;
        } else {
          ranges.push({ offset: from, length: to - from });
        }
      }
    }
    return ranges;
  }

  get #blockSize(): number {
    return Math.min(this.#space.chunkSize, SPARSE_BLOCK_SIZE);
  }

  /** Where the blocks of a chunk begin whose bits are set. */
  #blocksOf(index: number, bits: number): number[] {
    const { chunkSize } = this.#space;
    const starts: number[] = [];
    for (let at = 0, bit = 1; at < chunkSize; at += this.#blockSize, bit *= 2) {
      if ((bits & bit) !== 0) starts.push(index * chunkSize + at);
    }
    return starts;
  }

  /** Notes which blocks a run of bytes touches. */
  #mark(written: Map<number, number>, offset: number, end: number): void {
    const { chunkSize } = this.#space;
    for (let index = Math.floor(offset / chunkSize); index * chunkSize < end; index++) {
      let bits = written.get(index) ?? 0;
      for (const block of this.#blocksOf(index, ALL_BLOCKS)) {
        const isTouched = block < end && block + this.#blockSize > offset;
        if (isTouched) bits |= this.#bitOf(index, block);
      }
      written.set(index, bits);
    }
  }

  /** Notes which blocks of a chunk a run of zeros covers. @returns bits of those that hold something */
  #unmark(index: number, offset: number, end: number): number | undefined {
    let bits = this.#written?.get(index);
    if (bits === undefined) return undefined;
    for (const block of this.#blocksOf(index, bits)) {
      const isCovered = block >= offset && Math.min(block + this.#blockSize, this.#size) <= end;
      if (isCovered) bits &= ~this.#bitOf(index, block);
    }
    this.#written?.set(index, bits);
    return bits;
  }

  /** What was written past the end is nobody's any more. */
  #forgetPast(size: number): void {
    const index = Math.floor(size / this.#space.chunkSize);
    let bits = this.#written?.get(index);
    if (bits === undefined) return;
    for (const block of this.#blocksOf(index, bits)) {
      if (block >= size) bits &= ~this.#bitOf(index, block);
    }
    this.#written?.set(index, bits);
  }

  #bitOf(index: number, block: number): number {
    return 1 << ((block - index * this.#space.chunkSize) / this.#blockSize);
  }

  /** The chunks there are between two offsets, in order. */
  #heldIndexes(from: number, to: number): number[] {
    const { chunkSize } = this.#space;
    const first = Math.floor(from / chunkSize);
    const past = Math.ceil(to / chunkSize);
    const found: number[] = [];
    if (first === 0 && past > 0 && this.#first !== undefined) found.push(0);
    const rest = this.#rest;
    if (rest === undefined) return found;
    if (past - first > rest.size) {
      const within = [...rest.keys()].filter((index) => index >= first && index < past);
      return [...found, ...within.sort((a, b) => a - b)];
    }
    for (let index = first; index < past; index++) if (rest.has(index)) found.push(index);
    return found;
  }

  /** Bytes from an offset to the end of the file, of those wanted. */
  #readable(offset: number, length: number): number {
    return Math.max(Math.min(length, this.#size - offset), 0);
  }

  /** Bytes that the space counts for the file. */
  get #accounted(): number {
    return this.isSparse ? this.heldBytes : capacityFor(this.allocated, this.#space.chunkSize);
  }

  /** Accounts for the file as it is about to be: a sparse one for the bytes missing in its chunks. */
  #account(size: number, reserved: number, missing = 0): void {
    const allocated = Math.max(size, reserved);
    if (allocated > MAX_FILE_SIZE) refuse(NtStatus.DISK_FULL);
    if (this.isSparse) {
      if (missing > 0) this.#space.chargeData(missing);
    } else if (allocated !== this.allocated) {
      const { chunkSize } = this.#space;
      const before = capacityFor(this.allocated, chunkSize);
      this.#space.chargeData(capacityFor(allocated, chunkSize) - before);
    }
    this.#reserved = reserved;
  }

  /** Gives back what a sparse file was accounted with for chunks that it holds no longer. */
  #refund(heldBefore: number): void {
    if (this.isSparse) this.#space.chargeData(this.heldBytes - heldBefore);
  }

  #chunk(index: number): Uint8Array | undefined {
    return index === 0 ? this.#first : this.#rest?.get(index);
  }

  #put(index: number, chunk: Uint8Array): void {
    if (index === 0) this.#first = chunk;
    else (this.#rest ??= new Map<number, Uint8Array>()).set(index, chunk);
  }

  /** Puts memory where bytes are about to be written; where it runs out, all is as it was. */
  #hold(offset: number, end: number, size: number, missing: number): void {
    const { chunkSize } = this.#space;
    const heldBefore = this.heldBytes;
    const allocated = Math.max(size, this.#reserved);
    let filled: number[] | undefined;
    let index = Math.floor(offset / chunkSize);
    try {
      for (let at = offset; at < end; index++) {
        const base = index * chunkSize;
        const to = Math.min(base + chunkSize, end);
        const held = this.#chunk(index);
        if (held === undefined || held.length < to - base) {
          this.#replace(index, at - base, to - base, allocated);
          if (held === undefined) (filled ??= []).push(index);
        }
        at = to;
      }
    } catch (error) {
      for (const one of filled ?? []) this.#drop(one);
      const charged = this.isSparse ? heldBefore + missing : capacityFor(allocated, chunkSize);
      this.#space.chargeData(this.#accounted - charged);
      throw error;
    }
  }

  /** Bytes that chunks will take for a run that is about to be written. */
  #missing(offset: number, end: number, size: number): number {
    const { chunkSize } = this.#space;
    const allocated = Math.max(size, this.#reserved);
    let missing = 0;
    for (let index = Math.floor(offset / chunkSize); index * chunkSize < end; index++) {
      const held = this.#chunk(index)?.length ?? 0;
      const needed = Math.min(end - index * chunkSize, chunkSize);
      if (held < needed) missing += this.#lengthOf(index, allocated) - held;
    }
    return missing;
  }

  /** Bytes of the buffer at a place in a file of a size. */
  #lengthOf(index: number, allocated: number): number {
    const { chunkSize } = this.#space;
    return index > 0 ? chunkSize : Math.min(capacityFor(allocated, chunkSize), chunkSize);
  }

  /** Puts a buffer in the place of a hole or of a smaller buffer; all but `[from, to)` is as before. */
  #replace(index: number, from: number, to: number, allocated: number): void {
    const { chunkSize, pool } = this.#space;
    const old = this.#chunk(index);
    const used = this.#size - index * chunkSize;
    const length = this.#lengthOf(index, allocated);
    const fresh = pool.take(length);
    const kept = old === undefined ? 0 : Math.max(Math.min(old.length, used), 0);
    if (old !== undefined) fresh.set(kept < old.length ? old.subarray(0, kept) : old);
    if (used > kept && from > kept) fresh.fill(0, kept, Math.min(from, used));
    const tail = Math.max(to, kept);
    if (used > tail) fresh.fill(0, tail, Math.min(used, length));
    this.#put(index, fresh);
    if (old !== undefined) pool.giveBack(old);
  }

  #copyIn(data: Uint8Array, offset: number): void {
    const { chunkSize } = this.#space;
    let index = Math.floor(offset / chunkSize);
    let from = offset - index * chunkSize;
    for (let done = 0; done < data.length; index++, from = 0) {
      const run = Math.min(chunkSize - from, data.length - done);
      this.#chunk(index)?.set(run === data.length ? data : data.subarray(done, done + run), from);
      done += run;
    }
  }

  /**
   * Clears what the buffers hold between the old end of the file and a later one. Only two can: the one
   * at the old end, and the one at the new end, if it was just taken for a write.
   */
  #clear(from: number, to: number): void {
    const { chunkSize } = this.#space;
    const first = Math.floor(from / chunkSize);
    const last = Math.floor(to / chunkSize);
    this.#chunk(first)?.fill(0, from - first * chunkSize, to - first * chunkSize);
    if (last > first) this.#chunk(last)?.fill(0, 0, to - last * chunkSize);
  }

  /** Gives back the chunks past the new end, and makes a first buffer smaller that is too large now. */
  #moveEnd(size: number): void {
    const before = this.#size;
    const held = this.heldBytes;
    this.#size = size;
    this.#dropFrom(Math.ceil(size / this.#space.chunkSize), before);
    if (size < before) this.#forgetPast(size);
    const allocated = Math.max(size, this.#reserved);
    const capacity = capacityFor(allocated, this.#space.chunkSize);
    if (this.#first !== undefined && this.#first.length > capacity) {
      this.#replace(0, 0, 0, allocated);
    }
    this.#refund(held);
  }

  /** Gives back every chunk from an index on; there is none past `end`, an offset. */
  #dropFrom(first: number, end: number): void {
    const rest = this.#rest?.size ?? 0;
    const past = Math.ceil(end / this.#space.chunkSize);
    if (first === 0 && past > 0) this.#drop(0);
    if (past - first < rest) for (let index = first; index < past; index++) this.#drop(index);
    else for (const index of this.#rest?.keys() ?? []) if (index >= first) this.#drop(index);
  }

  #drop(index: number): void {
    const chunk = this.#chunk(index);
    if (chunk === undefined) return;
    this.#space.pool.giveBack(chunk);
    if (index === 0) this.#first = undefined;
    else this.#rest?.delete(index);
    this.#written?.delete(index);
  }
}

/** Bytes of memory that a file without holes takes. */
export function capacityFor(size: number, chunkSize: number): number {
  if (size === 0) return 0;
  if (size > chunkSize) return Math.ceil(size / chunkSize) * chunkSize;
  return Math.max(MIN_BUFFER_SIZE, 2 ** (32 - Math.clz32(size - 1)));
}

/** The bits of all blocks of a chunk, however many it has. */
const ALL_BLOCKS = ~0;

/** What holes are read from: never written to. */
const ZEROS = new Uint8Array(64 * 1024);

function copyOut(
  chunk: Uint8Array | undefined,
  from: number,
  target: Uint8Array,
  at: number,
  length: number,
): void {
  const there = chunk === undefined ? 0 : Math.max(Math.min(chunk.length - from, length), 0);
  if (chunk !== undefined && there > 0) {
    const isWhole = there === chunk.length;
    target.set(isWhole ? chunk : new Uint8Array(chunk.buffer, chunk.byteOffset + from, there), at);
  }
  if (there < length) target.fill(0, at + there, at + length);
}

function pushViews(
  views: Uint8Array[],
  chunk: Uint8Array | undefined,
  from: number,
  to: number,
): void {
  const split = Math.max(Math.min(chunk?.length ?? 0, to), from);
  if (chunk !== undefined && split > from) views.push(chunk.subarray(from, split));
  for (let at = split; at < to; at += ZEROS.length) {
    views.push(ZEROS.subarray(0, Math.min(to - at, ZEROS.length)));
  }
}
