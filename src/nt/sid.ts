/**
 * Security identifiers. [MS-DTYP] 2.4.2
 *
 * @packageDocumentation
 */
import { bytes, constant, struct, u8, WireError } from "../bytes/index.js";
import { MAX_SUB_AUTHORITIES } from "./limits.js";
import { foldName } from "./names.js";

/** A SID in its text form, `S-1-5-32-544`: easy to compare and to print; bytes only on the wire. */
export type Sid = string;

// The well-known SIDs, under their names in [MS-DTYP] 2.4.2.4.
export const NULL_SID: Sid = "S-1-0-0";
export const EVERYONE: Sid = "S-1-1-0";
export const LOCAL: Sid = "S-1-2-0";
export const CREATOR_OWNER: Sid = "S-1-3-0";
export const CREATOR_GROUP: Sid = "S-1-3-1";
export const OWNER_RIGHTS: Sid = "S-1-3-4";
export const DIALUP: Sid = "S-1-5-1";
export const NETWORK: Sid = "S-1-5-2";
export const BATCH: Sid = "S-1-5-3";
export const INTERACTIVE: Sid = "S-1-5-4";
export const SERVICE: Sid = "S-1-5-6";
export const ANONYMOUS: Sid = "S-1-5-7";
export const ENTERPRISE_DOMAIN_CONTROLLERS: Sid = "S-1-5-9";
export const PRINCIPAL_SELF: Sid = "S-1-5-10";
export const AUTHENTICATED_USERS: Sid = "S-1-5-11";
export const RESTRICTED_CODE: Sid = "S-1-5-12";
export const LOCAL_SYSTEM: Sid = "S-1-5-18";
export const LOCAL_SERVICE: Sid = "S-1-5-19";
export const NETWORK_SERVICE: Sid = "S-1-5-20";
// BUILTIN_ADMINISTRATORS and so on in the specification.
export const ADMINISTRATORS: Sid = "S-1-5-32-544";
export const USERS: Sid = "S-1-5-32-545";
export const GUESTS: Sid = "S-1-5-32-546";
export const POWER_USERS: Sid = "S-1-5-32-547";

/**
 * The domain that the server's own users belong to. The same on every machine and after every start,
 * so that descriptors stored by one server mean the same to the next.
 */
export const MACHINE_DOMAIN: Sid = "S-1-5-21-1634628205-1869505389-544500853";

/** Below are the built-in accounts of a domain. [MS-SAMR] 3.1.1.9.2 */
const FIRST_USER_RID = 1_000;

/** Windows gives out relative ids up to 30 bits. */
const RIDS = 2 ** 30 - FIRST_USER_RID;

/** The built-in account of guests. [MS-DTYP] 2.4.2.4, GUEST */
export const GUEST: Sid = `${MACHINE_DOMAIN}-501`;

/**
 * The SID of a configured user or group: stable, because made of the name alone. The relative id is the 32-bit
 * FNV-1a hash of the folded name, brought into 1,000 to 2^30 - 1. Of 1,000 names two share one with a
 * probability of 0.05 %.
 */
export function accountSid(name: string): Sid {
  let hash = 0x811c_9dc5;
  for (const unit of Buffer.from(foldName(name), "utf16le")) {
    hash = Math.imul(hash ^ unit, 0x0100_0193);
  }
  return `${MACHINE_DOMAIN}-${FIRST_USER_RID + ((hash >>> 0) % RIDS)}`;
}

/** [MS-DTYP] 2.4.2.2 */
const SidHeader = struct("SID", 8, {
  revision: constant(u8, 1),
  subAuthorityCount: u8,
  identifierAuthority: bytes(6), // big-endian
});

/**
 * Reads a SID.
 *
 * @returns the SID, and its length in bytes
 * @throws WireError when it is cut short, or has too many parts
 */
export function readSid(view: DataView, at: number): { sid: Sid; length: number } {
  const { subAuthorityCount, identifierAuthority } = SidHeader.read(view, at);
  if (subAuthorityCount > MAX_SUB_AUTHORITIES) throw new WireError("SID: too many SubAuthority");
  const length = SidHeader.size + 4 * subAuthorityCount;
  if (at + length > view.byteLength) throw new WireError("SID: cut short");

  let sid = `S-1-${authorityText(identifierAuthority)}`;
  for (let part = at + SidHeader.size; part < at + length; part += 4) {
    sid += `-${view.getUint32(part, true)}`;
  }
  return { sid, length };
}

/** Decimal up to 32 bits, hexadecimal above. [MS-DTYP] 2.4.2.1 */
function authorityText(authority: Uint8Array): string {
  const digits = Buffer.from(authority).toString("hex");
  return digits.startsWith("0000") ? String(parseInt(digits, 16)) : `0x${digits}`;
}

const SID_TEXT = /^S-1-(\d{1,10}|0x[\da-f]{1,12})((?:-\d{1,10})*)$/i;

/** The parts of a SID in text form; undefined where it is none. [MS-DTYP] 2.4.2.1 */
function partsOf(text: string): { authority: number; subAuthorities: number[] } | undefined {
  const match = SID_TEXT.exec(text);
  if (match === null) return undefined;
  const authority = Number(match[1]);
  const subAuthorities = (match[2] ?? "").split("-").slice(1).map(Number);
  if (subAuthorities.length > MAX_SUB_AUTHORITIES) return undefined;
  if (subAuthorities.some((part) => part > 0xffff_ffff)) return undefined;
  return { authority, subAuthorities };
}

/** Whether a text is a SID. */
export function isSid(text: string): boolean {
  return partsOf(text) !== undefined;
}

/** The length of a SID in bytes. */
export function sidLength(sid: Sid): number {
  let parts = 0;
  for (let at = sid.indexOf("-"); at >= 0; at = sid.indexOf("-", at + 1)) parts++;
  return SidHeader.size + 4 * (parts - 2); // without revision and authority
}

/**
 * A SID as it goes on the wire.
 *
 * @throws RangeError when the text is no SID; {@link isSid} tells beforehand
 */
export function sidToBytes(sid: Sid): Uint8Array {
  const parts = partsOf(sid);
  if (parts === undefined) throw new RangeError(`not a SID: ${sid}`);
  const { authority, subAuthorities } = parts;
  const view = new DataView(new ArrayBuffer(SidHeader.size + 4 * subAuthorities.length));

  const header = SidHeader.blank(view, 0);
  header.subAuthorityCount = subAuthorities.length;
  header.identifierAuthority = Buffer.from(authority.toString(16).padStart(12, "0"), "hex");
  subAuthorities.forEach((part, i) => {
    view.setUint32(SidHeader.size + 4 * i, part, true);
  });
  return new Uint8Array(view.buffer);
}

/** The one spelling of a SID, so that equal SIDs are equal texts; undefined where it is none. */
export function normalizeSid(text: string): Sid | undefined {
  if (!isSid(text)) return undefined;
  return readSid(new DataView(sidToBytes(text).buffer), 0).sid;
}
