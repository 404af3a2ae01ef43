/**
 * What a file can be made of, and how each kind becomes bytes.
 *
 * @packageDocumentation
 */
import type { Awaitable } from "../../fs/index.js";
import type { TreeContext } from "./context.js";
import { fetchContent } from "./fetch-content.js";
import { after, type Later, settle } from "./later.js";
import { MAX_CONTENT_BYTES, RANGE_STEP_BYTES } from "./limits.js";
import { localFile } from "./local-file.js";

/** Text is UTF-8. */
export type Bytes = string | Uint8Array;

/**
 * Content that is made where it is read. With `write` the file can be written; nothing is kept in memory.
 */
export interface ByteRanges {
  /** In bytes. A function is asked for each open, and for listings: it should be cheap. */
  readonly size: number | ((context: TreeContext) => Later<number>);
  /**
   * @param length - in bytes; never past the size
   * @returns at most `length` bytes; fewer where they come in pieces; none where there are no more
   */
  read(offset: number, length: number, context: TreeContext): Later<Uint8Array>;
  /** @param data - valid until the result settles, not after */
  write?(offset: number, data: Uint8Array, context: TreeContext): Later<void>;
  /** Cuts the content, or makes it longer by zeros. */
  setSize?(size: number, context: TreeContext): Later<void>;
  /** A client wants what it has written to be safe. */
  flush?(context: TreeContext): Later<void>;
  /** Nobody has the file open any more. */
  close?(context: TreeContext): Later<void>;
}

/** Streams of Node and of the web are async iterables. */
export type FileContent = Bytes | URL | AsyncIterable<Bytes> | ByteRanges;

/** Content, or the function that gives it, called when the file is opened. */
export type ContentSource = FileContent | ((context: TreeContext) => Later<FileContent>);

/** Whether a value is content by itself, and no function that gives it. */
export function isFileContent(value: unknown): value is FileContent {
  return (
    typeof value === "string" ||
    value instanceof Uint8Array ||
    value instanceof URL ||
    isStream(value) ||
    isByteRanges(value)
  );
}

export function isStream(value: unknown): value is AsyncIterable<Bytes> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

/** A stream has a `read`, too. */
export function isByteRanges(value: unknown): value is ByteRanges {
  if (typeof value !== "object" || value === null || isStream(value)) return false;
  return "size" in value && "read" in value && typeof value.read === "function";
}

const encoder = new TextEncoder();

export function toBytes(bytes: Bytes): Uint8Array {
  return typeof bytes === "string" ? encoder.encode(bytes) : bytes;
}

/** The size of byte ranges, as they tell it now. */
export function sizeOfRanges({ size }: ByteRanges, context: TreeContext): Awaitable<number> {
  const told = typeof size === "function" ? settle(size(context)) : size;
  return after(told, (bytes) => checkedSize(bytes, context));
}

/** A size that a program gave, if it can be one. */
export function checkedSize(bytes: number, { path }: TreeContext): number {
  if (Number.isSafeInteger(bytes) && bytes >= 0) return bytes;
  throw new Error(`${path}: ${String(bytes)} is no size: give bytes, as a whole number`);
}

/** Content as the pieces it comes in. */
export type Pieces = AsyncIterable<Bytes> | Iterable<Bytes>;

/** Content in pieces that are to be read once, from the start, and how many bytes that will be, if known. */
export interface Opened {
  readonly pieces: Pieces;
  readonly size: number | undefined;
  /** Nobody wants the rest. */
  stop?(): void;
}

/** Everything but byte ranges, ready to be read through. */
export function openContent(
  content: FileContent,
  context: TreeContext,
): Awaitable<Opened | ByteRanges> {
  if (typeof content === "string" || content instanceof Uint8Array) {
    const bytes = toBytes(content);
    return { pieces: [bytes], size: bytes.length };
  }
  if (content instanceof URL) {
    return content.protocol === "file:" ? localFile(content) : fetchContent(content);
  }
  if (isStream(content)) return openStream(content);
  if (isByteRanges(content)) return content;
  throw new Error(
    `${context.path}: ${describe(content)} is no content of a file: give text, bytes, a stream, a URL or { size, read }`,
  );
}

/** Node's streams can be told that nobody wants the rest; of others the iterator is. */
function openStream(pieces: AsyncIterable<Bytes>): Opened {
  if (!("destroy" in pieces) || typeof pieces.destroy !== "function") {
    return { pieces, size: undefined };
  }
  return { pieces, size: undefined, stop: pieces.destroy.bind(pieces) as () => void };
}

function describe(value: unknown): string {
  return value === null ? "null" : typeof value === "object" ? "an object" : typeof value;
}

/** All of it, in memory. */
export function gather(opened: Opened | ByteRanges, context: TreeContext): Awaitable<Uint8Array> {
  if (!("pieces" in opened)) return gatherRanges(opened, context);
  const { pieces } = opened;
  if (!Array.isArray(pieces)) return gatherPieces(pieces, context);
  const all = (pieces as readonly Bytes[]).map(toBytes);
  return all.length === 1 && all[0] !== undefined ? all[0] : Buffer.concat(all);
}

async function gatherPieces(pieces: Pieces, context: TreeContext): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  let size = 0;
  for await (const piece of pieces) {
    const bytes = toBytes(piece);
    size += bytes.length;
    checkFits(size, context);
    all.push(bytes);
  }
  return Buffer.concat(all);
}

async function gatherRanges(ranges: ByteRanges, context: TreeContext): Promise<Uint8Array> {
  const size = await sizeOfRanges(ranges, context);
  checkFits(size, context);
  return gatherPieces(piecesOfRanges(ranges, size, context), context);
}

/** Byte ranges from their start to their end. */
export async function* piecesOfRanges(
  ranges: ByteRanges,
  size: number,
  context: TreeContext,
): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < size; ) {
    const piece = await ranges.read(offset, Math.min(RANGE_STEP_BYTES, size - offset), context);
    if (piece.length === 0) return;
    yield piece;
    offset += piece.length;
  }
}

/** @throws Error where content is too long to be held in memory */
export function checkFits(size: number, { path }: TreeContext): void {
  if (size <= MAX_CONTENT_BYTES) return;
  throw new Error(
    `${path}: the content is longer than ${MAX_CONTENT_BYTES} bytes: give { size, read } instead`,
  );
}
