/**
 * What is in a file while it is open: bytes that are there, bytes that are being made, or ranges.
 *
 * @packageDocumentation
 */
import type { Awaitable } from "../../fs/index.js";
import { NtStatus } from "../../nt/index.js";
import {
  type ByteRanges,
  checkedSize,
  checkFits,
  gather,
  type Opened,
  openContent,
  type Pieces,
  piecesOfRanges,
  sizeOfRanges,
  toBytes,
} from "./content.js";
import type { TreeContext } from "./context.js";
import { after, settle } from "./later.js";
import { refuse } from "./refusal.js";
import type { TreeFile } from "./tree-file.js";

/** The content of a file, as all opens that share it see it. */
export interface Data {
  /** In bytes. It does not change but by writing. */
  readonly size: number;
  /** All of it is there, and stays as it is. */
  readonly isWhole: boolean;
  /**
   * @param target - filled from its start, as far as the content goes
   * @throws NtError END_OF_FILE when `offset` is at or past the end
   */
  read(target: Uint8Array, offset: number, context: TreeContext): Awaitable<number>;
  /** All of it, once it is there; not to be changed. */
  whole(context: TreeContext): Awaitable<Uint8Array>;
  /** Nobody has the file open any more. */
  end(context: TreeContext): Awaitable<void>;
}

/** Begins to get what is in a file. Where its size is not known before, this waits until all is there. */
export function loadData(file: TreeFile, context: TreeContext): Awaitable<Data> {
  const { source } = file;
  if (source.kind === "bytes") return new BytesData(source.bytes);
  if (source.kind === "ranges") return openRanges(source.ranges, context);
  const open = () =>
    after(settle(source.make(context)), (content) => openContent(content, context));
  const { size } = file.options;
  if (size === undefined || size === "made")
    return after(open(), (opened) => hold(opened, context));
  const promised = typeof size === "function" ? settle(size(context)) : size;
  return after(promised, (bytes) => new StreamedData(checkedSize(bytes, context), open, context));
}

function openRanges(ranges: ByteRanges, context: TreeContext): Awaitable<Data> {
  return after(sizeOfRanges(ranges, context), (size) => new RangesData(ranges, size));
}

function hold(opened: Opened | ByteRanges, context: TreeContext): Awaitable<Data> {
  if (!("pieces" in opened)) return openRanges(opened, context);
  const { pieces, size } = opened;
  if (size !== undefined && !Array.isArray(pieces)) {
    return new StreamedData(size, () => opened, context);
  }
  return after(gather(opened, context), (bytes) => new BytesData(bytes));
}

/** Bytes that are there. */
export class BytesData implements Data {
  readonly isWhole = true;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get size(): number {
    return this.#bytes.length;
  }

  read(target: Uint8Array, offset: number): number {
    return copyFrom(this.#bytes, target, offset);
  }

  whole(): Uint8Array {
    return this.#bytes;
  }

  end(): void {
    return;
  }
}

function copyFrom(bytes: Uint8Array, target: Uint8Array, offset: number): number {
  if (offset >= bytes.length) refuse(NtStatus.END_OF_FILE);
  const run = bytes.subarray(offset, offset + target.length);
  target.set(run);
  return run.length;
}

/**
 * Bytes of which the number was promised and that are made while they are read. What is not there yet is
 * waited for; where fewer come than were promised, zeros follow.
 */
class StreamedData implements Data {
  readonly #bytes: Uint8Array;
  readonly #open: () => Awaitable<Opened | ByteRanges>;
  readonly #context: TreeContext;
  /** Bytes that are there. */
  #front = 0;
  #pump: Promise<void> | undefined;
  #isDone = false;
  #isEnded = false;
  #failure: Error | undefined;
  #stop: (() => void) | undefined;
  /** Settles with the next bytes, or the end. */
  #progress = new Signal();

  constructor(size: number, open: () => Awaitable<Opened | ByteRanges>, context: TreeContext) {
    checkFits(size, context);
    this.#bytes = new Uint8Array(size); // zeros, which take no memory before they are written over
    this.#open = open;
    this.#context = context;
  }

  get size(): number {
    return this.#bytes.length;
  }

  get isWhole(): boolean {
    return this.#isDone && this.#failure === undefined && !this.#isEnded;
  }

  read(target: Uint8Array, offset: number): Awaitable<number> {
    if (offset >= this.size) refuse(NtStatus.END_OF_FILE);
    const end = Math.min(offset + target.length, this.size);
    if (this.#isThere(end)) return this.#copy(target, offset, end);
    return this.#waitFor(end).then(() => this.#copy(target, offset, end));
  }

  whole(): Awaitable<Uint8Array> {
    if (this.#isDone && this.#failure === undefined) return this.#bytes;
    return this.#waitFor(Number.POSITIVE_INFINITY).then(() => {
      this.#checkFailure();
      return this.#bytes;
    });
  }

  end(): void {
    if (this.#isDone) return; // somebody may keep what is there
    this.#isEnded = true;
    this.#stop?.();
  }

  #isThere(end: number): boolean {
    return this.#isDone || this.#front >= end;
  }

  #copy(target: Uint8Array, offset: number, end: number): number {
    if (this.#front < end) this.#checkFailure();
    return copyFrom(this.#bytes, target, offset);
  }

  #checkFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #waitFor(end: number): Promise<void> {
    this.#pump ??= this.#run();
    while (!this.#isThere(end)) await this.#progress.next;
  }

  async #run(): Promise<void> {
    try {
      const opened = await this.#open();
      if (!("pieces" in opened)) {
        const size = await sizeOfRanges(opened, this.#context);
        await this.#take(piecesOfRanges(opened, size, this.#context));
        await opened.close?.(this.#context);
        return;
      }
      this.#stop = () => opened.stop?.();
      if (this.#isEnded) this.#stop();
      else await this.#take(opened.pieces);
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error));
    } finally {
      this.#isDone = true;
      this.#progress.raise();
    }
  }

  async #take(pieces: Pieces): Promise<void> {
    for await (const piece of pieces) {
      if (this.#isEnded) return;
      const bytes = toBytes(piece);
      if (this.#front + bytes.length > this.size) {
        throw new Error(
          `${this.#context.path}: there is more content than the ${this.size} bytes that were promised`,
        );
      }
      this.#bytes.set(bytes, this.#front);
      this.#front += bytes.length;
      this.#progress.raise();
    }
  }
}

/** Something that happens again and again, and can be waited for. */
class Signal {
  next: Promise<void>;
  #settle: () => void = () => undefined;

  constructor() {
    this.next = this.#renew();
  }

  raise(): void {
    const settle = this.#settle;
    this.next = this.#renew();
    settle();
  }

  #renew(): Promise<void> {
    return new Promise((settle) => {
      this.#settle = settle;
    });
  }
}

/** Content that is made where it is read, and taken where it is written. */
export class RangesData implements Data {
  readonly isWhole = false;
  readonly #ranges: ByteRanges;
  #size: number;

  constructor(ranges: ByteRanges, size: number) {
    this.#ranges = ranges;
    this.#size = size;
  }

  get size(): number {
    return this.#size;
  }

  read(target: Uint8Array, offset: number, context: TreeContext): Awaitable<number> {
    if (offset >= this.#size) refuse(NtStatus.END_OF_FILE);
    const wanted = target.subarray(0, Math.min(target.length, this.#size - offset));
    return this.#fill({ wanted, offset, context }, 0);
  }

  /** Asks until nothing is missing, or nothing more comes. */
  #fill(reading: Reading, filled: number): Awaitable<number> {
    const { wanted, offset, context } = reading;
    const rest = wanted.length - filled;
    if (rest === 0) return filled;
    const piece = settle(this.#ranges.read(offset + filled, rest, context));
    return after(piece, (bytes) => {
      if (bytes.length > rest) {
        throw new Error(`${context.path}: ${bytes.length} bytes came where ${rest} were asked for`);
      }
      if (bytes.length > 0) {
        wanted.set(bytes, filled);
        return this.#fill(reading, filled + bytes.length);
      }
      return filled === 0 ? refuse(NtStatus.END_OF_FILE) : filled;
    });
  }

  whole(context: TreeContext): Awaitable<Uint8Array> {
    return gather(this.#ranges, context);
  }

  write(data: Uint8Array, offset: number, context: TreeContext): Awaitable<void> {
    const written = settle(this.#ranges.write?.(offset, data, context));
    return after(written, () => {
      this.#size = Math.max(this.#size, offset + data.length);
    });
  }

  setSize(size: number, context: TreeContext): Awaitable<void> {
    if (this.#ranges.setSize === undefined) refuse(NtStatus.ACCESS_DENIED);
    return after(settle(this.#ranges.setSize(size, context)), () => {
      this.#size = size;
    });
  }

  flush(context: TreeContext): Awaitable<void> {
    return settle(this.#ranges.flush?.(context));
  }

  end(context: TreeContext): Awaitable<void> {
    return settle(this.#ranges.close?.(context));
  }
}

/** One read that is under way. */
interface Reading {
  readonly wanted: Uint8Array;
  readonly offset: number;
  readonly context: TreeContext;
}
