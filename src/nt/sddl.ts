/**
 * Security descriptors as text, for configuration and for people: `O:BAG:BAD:P(A;OICI;FA;;;WD)`.
 * [MS-DTYP] 2.5.1
 *
 * @packageDocumentation
 */
import * as access from "./access-mask.js";
import { MAX_ACES, MAX_SDDL_UNITS } from "./limits.js";
import {
  type Ace,
  AceType,
  type Acl,
  CONTAINER_INHERIT_ACE,
  FAILED_ACCESS_ACE_FLAG,
  INHERIT_ONLY_ACE,
  INHERITED_ACE,
  NO_PROPAGATE_INHERIT_ACE,
  OBJECT_INHERIT_ACE,
  SE_DACL_AUTO_INHERIT_REQ,
  SE_DACL_AUTO_INHERITED,
  SE_DACL_PRESENT,
  SE_DACL_PROTECTED,
  SE_SACL_AUTO_INHERIT_REQ,
  SE_SACL_AUTO_INHERITED,
  SE_SACL_PRESENT,
  SE_SACL_PROTECTED,
  SE_SELF_RELATIVE,
  type SecurityDescriptor,
  SUCCESSFUL_ACCESS_ACE_FLAG,
} from "./security-descriptor.js";
import { normalizeSid, type Sid } from "./sid.js";

/** Text that is no SDDL, or a descriptor that SDDL has no words for here. */
export class SddlError extends Error {
  override readonly name = "SddlError";
  /** Where in the text, in UTF-16 units from its start. */
  readonly position: number;
  constructor(message: string, position: number) {
    super(`${message} at position ${position}`);
    this.position = position;
  }
}

/** [MS-DTYP] 2.5.1.1, ace-type */
const TYPES: Readonly<Record<string, number>> = {
  A: AceType.ACCESS_ALLOWED,
  D: AceType.ACCESS_DENIED,
  AU: AceType.SYSTEM_AUDIT,
  AL: AceType.SYSTEM_ALARM,
  ML: AceType.SYSTEM_MANDATORY_LABEL,
};

/** [MS-DTYP] 2.5.1.1, ace-flag; in the order in which Windows writes them. */
const FLAGS: Readonly<Record<string, number>> = {
  OI: OBJECT_INHERIT_ACE,
  CI: CONTAINER_INHERIT_ACE,
  NP: NO_PROPAGATE_INHERIT_ACE,
  IO: INHERIT_ONLY_ACE,
  ID: INHERITED_ACE,
  SA: SUCCESSFUL_ACCESS_ACE_FLAG,
  FA: FAILED_ACCESS_ACE_FLAG,
};

/** [MS-DTYP] 2.5.1.1, the rights that are written by name where a mask is just one of them. */
const FILE_RIGHTS: Readonly<Record<string, number>> = {
  FA: access.FILE_ALL_ACCESS,
  FR: access.FILE_GENERIC_READ,
  FW: access.FILE_GENERIC_WRITE,
  FX: access.FILE_GENERIC_EXECUTE,
};

/** [MS-DTYP] 2.5.1.1, the rights that are one bit each; directory service names are for bits 0 to 8. */
const RIGHT_BITS: Readonly<Record<string, number>> = {
  GA: access.GENERIC_ALL,
  GR: access.GENERIC_READ,
  GW: access.GENERIC_WRITE,
  GX: access.GENERIC_EXECUTE,
  RC: access.READ_CONTROL,
  SD: access.DELETE,
  WD: access.WRITE_DAC,
  WO: access.WRITE_OWNER,
  CC: 0x001,
  DC: 0x002,
  LC: 0x004,
  SW: 0x008,
  RP: 0x010,
  WP: 0x020,
  DT: 0x040,
  LO: 0x080,
  CR: 0x100,
};

/** [MS-DTYP] 2.5.1.1, what a mandatory label keeps lower levels from; [MS-DTYP] 2.4.4.13 */
const LABEL_RIGHTS: Readonly<Record<string, number>> = { NW: 0x1, NR: 0x2, NX: 0x4 };

/** [MS-DTYP] 2.5.1.1, sid-token: those that mean the same on every machine. */
const SIDS: Readonly<Record<string, Sid>> = {
  AC: "S-1-15-2-1",
  AN: "S-1-5-7",
  AO: "S-1-5-32-548",
  AU: "S-1-5-11",
  BA: "S-1-5-32-544",
  BG: "S-1-5-32-546",
  BO: "S-1-5-32-551",
  BU: "S-1-5-32-545",
  CG: "S-1-3-1",
  CO: "S-1-3-0",
  ED: "S-1-5-9",
  HI: "S-1-16-12288",
  IS: "S-1-5-32-568",
  IU: "S-1-5-4",
  LS: "S-1-5-19",
  LU: "S-1-5-32-559",
  LW: "S-1-16-4096",
  ME: "S-1-16-8192",
  MU: "S-1-5-32-558",
  NO: "S-1-5-32-556",
  NS: "S-1-5-20",
  NU: "S-1-5-2",
  OW: "S-1-3-4",
  PO: "S-1-5-32-550",
  PS: "S-1-5-10",
  PU: "S-1-5-32-547",
  RC: "S-1-5-12",
  RD: "S-1-5-32-555",
  RE: "S-1-5-32-552",
  SI: "S-1-16-16384",
  SO: "S-1-5-32-549",
  SU: "S-1-5-6",
  SY: "S-1-5-18",
  WD: "S-1-1-0",
  WR: "S-1-5-33",
};

/** The control bits of an ACL, under the names of [MS-DTYP] 2.5.1.1, acl-flag. */
interface AclBits {
  readonly present: number;
  readonly flags: Readonly<Record<string, number>>;
}

const DACL_BITS: AclBits = {
  present: SE_DACL_PRESENT,
  flags: { P: SE_DACL_PROTECTED, AR: SE_DACL_AUTO_INHERIT_REQ, AI: SE_DACL_AUTO_INHERITED },
};

const SACL_BITS: AclBits = {
  present: SE_SACL_PRESENT,
  flags: { P: SE_SACL_PROTECTED, AR: SE_SACL_AUTO_INHERIT_REQ, AI: SE_SACL_AUTO_INHERITED },
};

const NULL_ACL = "NO_ACCESS_CONTROL";

/**
 * Reads SDDL. Object and conditional ACEs are not taken: file systems have no use for them.
 *
 * @throws SddlError with the position of what is wrong
 */
export function parseSddl(text: string): SecurityDescriptor {
  if (text.length > MAX_SDDL_UNITS) throw new SddlError("SDDL: too long", MAX_SDDL_UNITS);
  return new Parser(text).descriptor();
}

/** A place in a text, moving on; one method for each rule of the grammar. [MS-DTYP] 2.5.1.1 */
class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  descriptor(): SecurityDescriptor {
    const parts: { owner?: Sid; group?: Sid; sacl?: Acl; dacl?: Acl } = {};
    let control = SE_SELF_RELATIVE;
    const seen = new Set<string>();
    while (this.#skipBlanks() < this.#text.length) {
      const tag = this.#take(/[OGDS]:/y, "one of O: G: D: S:").charAt(0);
      if (seen.has(tag)) throw this.#error(`${tag}: a second time`);
      seen.add(tag);
      if (tag === "O") parts.owner = this.#sid();
      else if (tag === "G") parts.group = this.#sid();
      else {
        const { bits, acl } = this.#acl(tag === "D" ? DACL_BITS : SACL_BITS);
        control |= bits;
        if (acl !== undefined) parts[tag === "D" ? "dacl" : "sacl"] = acl;
      }
    }
    return { control, ...parts };
  }

  #acl({ present, flags }: AclBits): { bits: number; acl: Acl | undefined } {
    let bits = present;
    let isNull = false;
    for (;;) {
      const flag = this.#find(/P|AR|AI|NO_ACCESS_CONTROL/y);
      if (flag === undefined) break;
      bits |= flags[flag] ?? 0;
      isNull ||= flag === NULL_ACL;
    }
    const aces: Ace[] = [];
    while (this.#text[this.#skipBlanks()] === "(") {
      if (isNull) throw this.#error("an ACE in an ACL that is null");
      if (aces.length === MAX_ACES) throw this.#error("too many ACEs");
      aces.push(this.#ace());
    }
    return { bits, acl: isNull ? undefined : { revision: 2, aces } };
  }

  #ace(): Ace {
    this.#take(/\(/y, "(");
    const type = TYPES[this.#find(/[A-Z]+/y) ?? ""];
    if (type === undefined) throw this.#error("no ACE type that is known here");
    this.#take(/;/y, ";");
    const flags = this.#bits(FLAGS, "an ACE flag");
    this.#take(/;/y, ";");
    const mask = this.#mask();
    this.#take(/;;;/y, ";;; (object GUIDs are not taken)");
    const sid = this.#sid();
    this.#take(/\)/y, ")");
    return { type, flags, mask, sid };
  }

  #mask(): number {
    const digits = this.#find(/0x[\da-f]+|0[0-7]*(?!\d)|[1-9]\d*/iy);
    if (digits === undefined) {
      return this.#bits({ ...FILE_RIGHTS, ...RIGHT_BITS, ...LABEL_RIGHTS }, "a right");
    }
    const isOctal = /^0\d/.test(digits);
    const mask = isOctal ? parseInt(digits, 8) : Number(digits);
    if (!(mask <= 0xffff_ffff)) throw this.#error(`${digits} is no access mask`, digits.length);
    return mask;
  }

  /** Names of two letters, one after the other. */
  #bits(names: Readonly<Record<string, number>>, what: string): number {
    let bits = 0;
    for (;;) {
      const name = this.#find(/[A-Z]{2}/iy);
      if (name === undefined) return bits >>> 0;
      const bit = names[name.toUpperCase()];
      if (bit === undefined) throw this.#error(`${name} is not ${what}`, name.length);
      bits |= bit;
    }
  }

  #sid(): Sid {
    const text =
      this.#find(/S-1-(?:0x[\da-f]{1,12}|\d+)(?:-\d+)*/iy) ?? this.#take(/[A-Z]{2}/iy, "a SID");
    const sid = text.length === 2 ? SIDS[text.toUpperCase()] : normalizeSid(text);
    if (sid === undefined)
      throw this.#error(`${text} is not a SID that is known here`, text.length);
    return sid;
  }

  /** Where what is not blank begins. */
  #skipBlanks(): number {
    this.#find(/\s+/y);
    return this.#at;
  }

  /** What matches here, and moves on; undefined where nothing does. */
  #find(sticky: RegExp): string | undefined {
    sticky.lastIndex = this.#at;
    const found = sticky.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #take(sticky: RegExp, what: string): string {
    const found = this.#find(sticky);
    if (found === undefined) throw this.#error(`SDDL: expected ${what}`);
    return found;
  }

  /** @param back - units before the current place where the fault begins */
  #error(message: string, back = 0): SddlError {
    return new SddlError(message, this.#at - back);
  }
}

/**
 * Writes SDDL, as Windows does: names for what has one, numbers for the rest.
 *
 * @throws SddlError when there is an ACE of a type that has no words here; its position is 0
 */
export function formatSddl({ control, owner, group, sacl, dacl }: SecurityDescriptor): string {
  let text = "";
  if (owner !== undefined) text += `O:${formatSid(owner)}`;
  if (group !== undefined) text += `G:${formatSid(group)}`;
  if (dacl !== undefined || (control & SE_DACL_PRESENT) !== 0) {
    text += `D:${formatAcl(dacl, control, DACL_BITS)}`;
  }
  if (sacl !== undefined || (control & SE_SACL_PRESENT) !== 0) {
    text += `S:${formatAcl(sacl, control, SACL_BITS)}`;
  }
  return text;
}

function formatAcl(acl: Acl | undefined, control: number, { flags }: AclBits): string {
  const names = namesOf(control, flags);
  return acl === undefined ? names + NULL_ACL : names + acl.aces.map(formatAce).join("");
}

function formatAce({ type, flags, mask, sid }: Ace): string {
  const name = Object.keys(TYPES).find((key) => TYPES[key] === type);
  if (name === undefined) throw new SddlError(`an ACE of type ${type} has no words here`, 0);
  const isLabel = type === AceType.SYSTEM_MANDATORY_LABEL;
  const rights = isLabel
    ? formatMask(mask, {}, LABEL_RIGHTS)
    : formatMask(mask, FILE_RIGHTS, NAMED_BITS);
  return `(${name};${namesOf(flags, FLAGS)};${rights};;;${formatSid(sid)})`;
}

/** Of the one-bit rights those that mean the same on a file as they say. */
const NAMED_BITS: Readonly<Record<string, number>> = {
  GA: access.GENERIC_ALL,
  GR: access.GENERIC_READ,
  GW: access.GENERIC_WRITE,
  GX: access.GENERIC_EXECUTE,
  RC: access.READ_CONTROL,
  SD: access.DELETE,
  WD: access.WRITE_DAC,
  WO: access.WRITE_OWNER,
};

function formatMask(
  mask: number,
  whole: Readonly<Record<string, number>>,
  bits: Readonly<Record<string, number>>,
): string {
  const name = Object.keys(whole).find((key) => whole[key] === mask);
  if (name !== undefined) return name;
  const named = Object.values(bits).reduce((all, bit) => all | bit, 0);
  return (mask & ~named) === 0 ? namesOf(mask, bits) : `0x${mask.toString(16)}`;
}

function namesOf(bits: number, names: Readonly<Record<string, number>>): string {
  return Object.keys(names)
    .filter((name) => (bits & (names[name] ?? 0)) !== 0)
    .join("");
}

function formatSid(sid: Sid): string {
  return Object.keys(SIDS).find((name) => SIDS[name] === sid) ?? sid;
}
