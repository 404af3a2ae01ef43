/**
 * The variable parts of NTLM messages: a length, twice, and an offset from the start of the message.
 * [MS-NLMP] 2.2.1
 *
 * @packageDocumentation
 */
import { bytesOf, part, readUtf16, utf16, WireError } from "../../bytes/index.js";
import { NegotiateFlags } from "./flags.js";
import { MAX_NAME_BYTES } from "./limits.js";

/** Where a part lies. */
export interface Place {
  readonly offset: number;
  readonly length: number;
  /** The part's name, for errors. */
  readonly what: string;
}

/** A part; a view, nothing copied. */
export function readPart(message: DataView, place: Place): Uint8Array {
  return bytesOf(part(message, 0, place));
}

/** A part that is a name: UTF-16 where `flags` say so, else of the OEM character set. */
export function readName(message: DataView, place: Place, flags: number): string {
  if (place.length > MAX_NAME_BYTES) throw new WireError(`${place.what}: too long`);
  const name = part(message, 0, place);
  if ((flags & NegotiateFlags.UNICODE) !== 0) return readUtf16(name, 0, name.byteLength);
  return Buffer.from(name.buffer, name.byteOffset, name.byteLength).toString("latin1");
}

/** A name as {@link readName} reads it. */
export function nameBytes(name: string, flags: number): Uint8Array {
  if ((flags & NegotiateFlags.UNICODE) !== 0) return utf16(name);
  return Uint8Array.from(Buffer.from(name, "latin1"));
}

/** The three fields of a layout that tell of one part. */
type PlaceFields<Name extends string> = Record<
  `${Name}Length` | `${Name}MaxLength` | `${Name}Offset`,
  number
>;

/**
 * Fills in one field after the other of a message, and puts the parts behind its fixed fields.
 *
 * @param message - whose fixed fields are filled
 * @param size - of the fixed fields, in bytes
 */
export function writeParts<Name extends string>(
  message: PlaceFields<Name> & { readonly bytes: DataView },
  size: number,
  parts: readonly (readonly [Name, Uint8Array])[],
): void {
  const target = bytesOf(message.bytes);
  const fields: PlaceFields<Name> = message;
  let at = size;
  for (const [name, bytes] of parts) {
    fields[`${name}Length`] = bytes.length;
    fields[`${name}MaxLength`] = bytes.length;
    fields[`${name}Offset`] = at;
    target.set(bytes, at);
    at += bytes.length;
  }
}

/** Bytes of all parts together. */
export function partsLength(parts: readonly (readonly [string, Uint8Array])[]): number {
  return parts.reduce((sum, [, bytes]) => sum + bytes.length, 0);
}
