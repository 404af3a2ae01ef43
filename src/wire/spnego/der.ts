/**
 * As much of DER as SPNEGO needs: tags of one byte, definite lengths. X.690 8.1, 10.1
 *
 * There is no recursion: who reads a token says which tag it wants next, so that nesting is as deep
 * as the token's definition and no deeper.
 *
 * @packageDocumentation
 */
import { WireError } from "../../bytes/index.js";
import { MAX_OID_BYTES, MAX_SEQUENCE_ELEMENTS } from "./limits.js";

/** The tags in use. X.680 8.4 */
export const Tag = {
  BIT_STRING: 0x03,
  OCTET_STRING: 0x04,
  OBJECT_IDENTIFIER: 0x06,
  ENUMERATED: 0x0a,
  GENERAL_STRING: 0x1b,
  SEQUENCE: 0x30,
  /** `[APPLICATION 0]`, constructed: the wrapper of GSS-API. RFC 2743 3.1 */
  APPLICATION_0: 0x60,
} as const;

/** `[n]`, constructed. */
export function contextTag(n: number): number {
  return 0xa0 + n;
}

/** One element: its tag, its content, and both with the length between them. */
export interface Element {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly whole: Uint8Array;
}

/**
 * The element that `bytes` begin with. A length in more bytes than it needs is taken, as some
 * encoders reserve room for it before they know it.
 *
 * @throws WireError when it does not lie within `bytes`
 */
function readFirst(bytes: Uint8Array): Element {
  const [tag, short] = bytes;
  if (tag === undefined || short === undefined) throw new WireError("DER: cut short");
  let start = 2;
  let length = short;
  if (short >= 0x80) {
    const lengthBytes = short - 0x80;
    if (lengthBytes === 0 || lengthBytes > 4) throw new WireError("DER: bad length");
    start += lengthBytes;
    length = bytes.subarray(2, start).reduce((sum, byte) => sum * 256 + byte, 0);
  }
  const end = start + length;
  if (end > bytes.length) throw new WireError("DER: longer than what holds it");
  return { tag, content: bytes.subarray(start, end), whole: bytes.subarray(0, end) };
}

/** The content of the one element that `bytes` are, which must have this tag. */
export function readOnly(bytes: Uint8Array, tag: number): Uint8Array {
  const element = readFirst(bytes);
  if (element.tag !== tag) throw new WireError("DER: unexpected tag");
  if (element.whole.length !== bytes.length) throw new WireError("DER: more than one element");
  return element.content;
}

/** All elements, one after the other. */
export function readElements(
  bytes: Uint8Array,
  limit: number = MAX_SEQUENCE_ELEMENTS,
): readonly Element[] {
  const elements: Element[] = [];
  for (let rest = bytes; rest.length > 0; ) {
    if (elements.length === limit) throw new WireError("DER: too many elements");
    const element = readFirst(rest);
    elements.push(element);
    rest = rest.subarray(element.whole.length);
  }
  return elements;
}

/** An element in bytes. */
export function write(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const length = contents.reduce((sum, content) => sum + content.length, 0);
  return Buffer.concat([Uint8Array.of(tag, ...lengthBytes(length)), ...contents]);
}

/** A length in as few bytes as it needs. X.690 10.1 */
function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [0x80 + bytes.length, ...bytes];
}

/** The content of an object identifier, as numbers with dots. X.690 8.19 */
export function readOid(content: Uint8Array): string {
  if (content.length === 0 || content.length > MAX_OID_BYTES)
    throw new WireError("OID: bad length");
  if ((content.at(-1) ?? 0) >= 0x80) throw new WireError("OID: cut short");
  const numbers: bigint[] = [];
  let number = 0n;
  for (const byte of content) {
    number = (number << 7n) | BigInt(byte & 0x7f);
    if (byte < 0x80) {
      numbers.push(number);
      number = 0n;
    }
  }
  const [first = 0n, ...others] = numbers;
  const root = first < 80n ? first / 40n : 2n;
  return [root, first - root * 40n, ...others].join(".");
}

/** An object identifier, as an element. */
export function writeOid(oid: string): Uint8Array {
  const [root = 0, second = 0, ...others] = oid.split(".").map(Number);
  const content = [root * 40 + second, ...others].flatMap(base128);
  return write(Tag.OBJECT_IDENTIFIER, Uint8Array.from(content));
}

/** A number in groups of seven bits, all but the last marked. */
function base128(number: number): number[] {
  const bytes = [number % 128];
  for (let rest = Math.floor(number / 128); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.unshift(0x80 + (rest % 128));
  }
  return bytes;
}
