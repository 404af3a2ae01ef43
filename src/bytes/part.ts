/**
 * Variable parts: an offset and a length, given by a peer, held against the message.
 *
 * @packageDocumentation
 */
import { WireError } from "./struct.js";

/**
 * The bytes that an offset and a length name; a view, nothing copied.
 *
 * @param bytes - the whole message
 * @param from - where the offset counts from, in bytes from the start of `bytes`
 * @param what - for the error
 * @throws WireError when any of it lies outside of `bytes`
 */
export function part(
  bytes: DataView,
  from: number,
  { offset, length, what }: { offset: number; length: number; what: string },
): DataView {
  if (length === 0) return new DataView(bytes.buffer, bytes.byteOffset, 0);
  const start = from + offset;
  if (start + length > bytes.byteLength) throw new WireError(`${what}: outside of the message`);
  return new DataView(bytes.buffer, bytes.byteOffset + start, length);
}

/** The same bytes under the other kind of view. */
export function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** The same bytes under the other kind of view. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** `value` rounded up to a multiple of `unit`. */
export function align(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
