/**
 * The names of interfaces and of transfer syntaxes: a UUID and a version. [C706] 12.6.3.1
 *
 * @packageDocumentation
 */
import { guid, struct, u32 } from "../../bytes/index.js";

/** p_syntax_id_t. [C706] 12.6.3.1 */
const SyntaxIdFields = struct("p_syntax_id_t", 20, {
  ifUuid: guid,
  ifVersion: u32, // major version in the low half, minor in the high half
});

/** The bytes that a syntax id takes. */
export const SYNTAX_ID_LENGTH = SyntaxIdFields.size;

/** An interface, or a transfer syntax. */
export interface SyntaxId {
  /** In its text form, lower case. */
  readonly uuid: string;
  readonly majorVersion: number;
  readonly minorVersion: number;
}

/** Network data representation, 32 bits. [MS-RPCE] 2.2.4.12 */
export const NDR32: SyntaxId = {
  uuid: "8a885d04-1ceb-11c9-9fe8-08002b104860",
  majorVersion: 2,
  minorVersion: 0,
};

/** The same with 64 bits. [MS-RPCE] 2.2.4.12 */
export const NDR64: SyntaxId = {
  uuid: "71710533-beba-4937-8319-b5dbef9ccc36",
  majorVersion: 1,
  minorVersion: 0,
};

/** In place of a transfer syntax where none was chosen. [C706] 12.6.3.1 */
export const NO_SYNTAX: SyntaxId = {
  uuid: "00000000-0000-0000-0000-000000000000",
  majorVersion: 0,
  minorVersion: 0,
};

/**
 * The features that a client offers in the place of a transfer syntax.
 *
 * @returns its bits, {@link BindTimeFeature}; undefined when `syntax` is a transfer syntax
 * @see [MS-RPCE] 3.3.1.5.3
 */
export function bindTimeFeatures(syntax: SyntaxId): number | undefined {
  if (!syntax.uuid.startsWith("6cb71c2c-9812-4540-") || syntax.majorVersion !== 1) return undefined;
  return Number.parseInt(syntax.uuid.slice(19, 21), 16); // the first of the last eight bytes
}

/** [MS-RPCE] 3.3.1.5.3 */
export const BindTimeFeature = {
  SECURITY_CONTEXT_MULTIPLEXING: 0x01,
  KEEP_CONNECTION_ON_ORPHAN: 0x02,
} as const;

/**
 * Reads a syntax id.
 *
 * @throws WireError when it is cut short
 */
export function readSyntaxId(bytes: DataView, at: number): SyntaxId {
  const { ifUuid, ifVersion } = SyntaxIdFields.read(bytes, at);
  return {
    uuid: uuidText(ifUuid),
    majorVersion: ifVersion & 0xffff,
    minorVersion: ifVersion >>> 16,
  };
}

/** Writes a syntax id. */
export function writeSyntaxId(bytes: DataView, at: number, syntax: SyntaxId): void {
  const fields = SyntaxIdFields.blank(bytes, at);
  fields.ifUuid = uuidBytes(syntax.uuid);
  fields.ifVersion = syntax.majorVersion + syntax.minorVersion * 0x1_0000;
}

/** Where each byte on the wire has its two digits in the text: three groups are little-endian. */
const DIGITS = [6, 4, 2, 0, 11, 9, 16, 14, 19, 21, 24, 26, 28, 30, 32, 34];

function uuidText(bytes: Uint8Array): string {
  const text = Array.from("00000000-0000-0000-0000-000000000000");
  for (const [i, digit] of DIGITS.entries()) {
    const [high = "", low = ""] = (bytes[i] ?? 0).toString(16).padStart(2, "0");
    text[digit] = high;
    text[digit + 1] = low;
  }
  return text.join("");
}

function uuidBytes(text: string): Uint8Array {
  return Uint8Array.from(DIGITS, (digit) => Number.parseInt(text.slice(digit, digit + 2), 16));
}
