/**
 * Security descriptors: self-relative bytes on the wire and in file systems, decoded where somebody
 * looks inside. [MS-DTYP] 2.4.6
 *
 * @packageDocumentation
 */
import { align, bytesOf, part, struct, u8, u16, u32, viewOf, WireError } from "../bytes/index.js";
import { mapGenericAccess } from "./access-mask.js";
import { MAX_ACES, MAX_ACL_LENGTH, MAX_SECURITY_DESCRIPTOR_LENGTH } from "./limits.js";
import { NULL_SID, readSid, type Sid, sidToBytes } from "./sid.js";
import { NtError, NtStatus } from "./status.js";

/** A decoded descriptor. A DACL that is absent, or present and null, lets everybody do everything. */
export interface SecurityDescriptor {
  /** The SE_ bits. SE_DACL_PRESENT without `dacl` is a null DACL. */
  readonly control: number;
  readonly owner?: Sid | undefined;
  readonly group?: Sid | undefined;
  readonly sacl?: Acl | undefined;
  readonly dacl?: Acl | undefined;
}

/** [MS-DTYP] 2.4.5 */
export interface Acl {
  /** 2, or 4 where there are object ACEs. */
  readonly revision: number;
  readonly aces: readonly Ace[];
}

/** [MS-DTYP] 2.4.4 */
export interface Ace {
  readonly type: number;
  readonly flags: number;
  /** 0 where `type` is one whose layout is not known here. */
  readonly mask: number;
  /** NULL_SID where `type` is one whose layout is not known here. */
  readonly sid: Sid;
  /** What follows the SID; where the layout is not known here, all that follows the header. */
  readonly data?: Uint8Array;
}

// [MS-DTYP] 2.4.6, Control
export const SE_DACL_PRESENT = 0x0004;
export const SE_DACL_DEFAULTED = 0x0008;
export const SE_SACL_PRESENT = 0x0010;
export const SE_SACL_DEFAULTED = 0x0020;
export const SE_DACL_AUTO_INHERIT_REQ = 0x0100;
export const SE_SACL_AUTO_INHERIT_REQ = 0x0200;
export const SE_DACL_AUTO_INHERITED = 0x0400;
export const SE_SACL_AUTO_INHERITED = 0x0800;
export const SE_DACL_PROTECTED = 0x1000;
export const SE_SACL_PROTECTED = 0x2000;
export const SE_RM_CONTROL_VALID = 0x4000;
export const SE_SELF_RELATIVE = 0x8000;

/** AceType, where somebody asks for it by name. [MS-DTYP] 2.4.4.1 */
export const AceType = {
  ACCESS_ALLOWED: 0x00,
  ACCESS_DENIED: 0x01,
  SYSTEM_AUDIT: 0x02,
  SYSTEM_ALARM: 0x03,
  ACCESS_ALLOWED_CALLBACK: 0x09,
  ACCESS_DENIED_CALLBACK: 0x0a,
  SYSTEM_AUDIT_CALLBACK: 0x0d,
  SYSTEM_ALARM_CALLBACK: 0x0e,
  SYSTEM_MANDATORY_LABEL: 0x11,
  SYSTEM_RESOURCE_ATTRIBUTE: 0x12,
  SYSTEM_SCOPED_POLICY_ID: 0x13,
} as const;
export type AceType = (typeof AceType)[keyof typeof AceType];

/** The types whose body is a mask and a SID, and nothing else that counts. */
const PLAIN_TYPES: ReadonlySet<number> = new Set([
  AceType.ACCESS_ALLOWED,
  AceType.ACCESS_DENIED,
  AceType.SYSTEM_AUDIT,
  AceType.SYSTEM_ALARM,
  AceType.SYSTEM_MANDATORY_LABEL,
  AceType.SYSTEM_SCOPED_POLICY_ID,
]);

/** The types whose body is a mask, a SID and data. [MS-DTYP] 2.4.4.6, 2.4.4.15 */
const TYPES_WITH_DATA: ReadonlySet<number> = new Set([
  AceType.ACCESS_ALLOWED_CALLBACK,
  AceType.ACCESS_DENIED_CALLBACK,
  AceType.SYSTEM_AUDIT_CALLBACK,
  AceType.SYSTEM_ALARM_CALLBACK,
  AceType.SYSTEM_RESOURCE_ATTRIBUTE,
]);

// AceFlags. [MS-DTYP] 2.4.4.1
export const OBJECT_INHERIT_ACE = 0x01;
export const CONTAINER_INHERIT_ACE = 0x02;
export const NO_PROPAGATE_INHERIT_ACE = 0x04;
export const INHERIT_ONLY_ACE = 0x08;
export const INHERITED_ACE = 0x10;
export const SUCCESSFUL_ACCESS_ACE_FLAG = 0x40;
export const FAILED_ACCESS_ACE_FLAG = 0x80;

// SECURITY_INFORMATION. [MS-DTYP] 2.4.7
export const OWNER_SECURITY_INFORMATION = 0x0000_0001;
export const GROUP_SECURITY_INFORMATION = 0x0000_0002;
export const DACL_SECURITY_INFORMATION = 0x0000_0004;
export const SACL_SECURITY_INFORMATION = 0x0000_0008;
export const LABEL_SECURITY_INFORMATION = 0x0000_0010;
export const ATTRIBUTE_SECURITY_INFORMATION = 0x0000_0020;
export const SCOPE_SECURITY_INFORMATION = 0x0000_0040;
export const BACKUP_SECURITY_INFORMATION = 0x0001_0000;
export const UNPROTECTED_SACL_SECURITY_INFORMATION = 0x1000_0000;
export const UNPROTECTED_DACL_SECURITY_INFORMATION = 0x2000_0000;
export const PROTECTED_SACL_SECURITY_INFORMATION = 0x4000_0000;
export const PROTECTED_DACL_SECURITY_INFORMATION = 0x8000_0000;

/** [MS-DTYP] 2.4.6 */
const DescriptorHeader = struct("SECURITY_DESCRIPTOR", 20, {
  revision: u8,
  sbz1: u8,
  control: u16,
  offsetOwner: u32, // from the start of the descriptor, as all here; 0: none
  offsetGroup: u32,
  offsetSacl: u32,
  offsetDacl: u32,
});

/** [MS-DTYP] 2.4.5 */
const AclHeader = struct("ACL", 8, {
  aclRevision: u8,
  sbz1: u8,
  aclSize: u16, // bytes, with this header
  aceCount: u16,
  sbz2: u16,
});

/** [MS-DTYP] 2.4.4.1 */
const AceHeader = struct("ACE_HEADER", 4, {
  aceType: u8,
  aceFlags: u8,
  aceSize: u16, // bytes, with this header
});

/** [MS-DTYP] 2.4.4.2, up to the SID */
const AceMask = struct("ACE mask", 4, { mask: u32 });

/**
 * Decodes a self-relative descriptor; nothing of it refers to `bytes` afterwards.
 *
 * @throws WireError when it is too long, or anything in it is out of place
 */
export function readSecurityDescriptor(bytes: Uint8Array): SecurityDescriptor {
  if (bytes.length > MAX_SECURITY_DESCRIPTOR_LENGTH) {
    throw new WireError("SECURITY_DESCRIPTOR: too long");
  }
  const view = viewOf(bytes);
  const header = DescriptorHeader.read(view, 0);
  if (header.revision !== 1) throw new WireError("SECURITY_DESCRIPTOR: bad revision");
  const { control, offsetOwner, offsetGroup, offsetSacl, offsetDacl } = header;
  const hasSacl = (control & SE_SACL_PRESENT) !== 0 && offsetSacl !== 0;
  const hasDacl = (control & SE_DACL_PRESENT) !== 0 && offsetDacl !== 0;
  return {
    control: (control | SE_SELF_RELATIVE) & ~SE_RM_CONTROL_VALID,
    owner: offsetOwner === 0 ? undefined : readSid(view, offsetOwner).sid,
    group: offsetGroup === 0 ? undefined : readSid(view, offsetGroup).sid,
    sacl: hasSacl ? readAcl(view, offsetSacl) : undefined,
    dacl: hasDacl ? readAcl(view, offsetDacl) : undefined,
  };
}

/** As {@link readSecurityDescriptor}, but undefined where the bytes are no descriptor. */
export function tryReadSecurityDescriptor(bytes: Uint8Array): SecurityDescriptor | undefined {
  try {
    return readSecurityDescriptor(bytes);
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

function readAcl(descriptor: DataView, offset: number): Acl {
  const { aclRevision, aclSize, aceCount } = AclHeader.read(descriptor, offset);
  if (aclRevision < 2 || aclRevision > 4) throw new WireError("ACL: bad revision");
  if (aceCount > MAX_ACES) throw new WireError("ACL: too many ACEs");
  const acl = part(descriptor, 0, { offset, length: aclSize, what: "ACL" });

  const aces: Ace[] = [];
  let at: number = AclHeader.size;
  for (let i = 0; i < aceCount; i++) {
    const { aceSize } = AceHeader.read(acl, at);
    if (aceSize < AceHeader.size || aceSize % 4 !== 0) throw new WireError("ACE: bad AceSize");
    aces.push(readAce(part(acl, 0, { offset: at, length: aceSize, what: "ACE" })));
    at += aceSize;
  }
  return { revision: aclRevision, aces };
}

/** @param ace - all of one ACE, and nothing else */
function readAce(ace: DataView): Ace {
  const { aceType: type, aceFlags: flags } = AceHeader.read(ace, 0);
  const isPlain = PLAIN_TYPES.has(type);
  if (!isPlain && !TYPES_WITH_DATA.has(type)) {
    return { type, flags, mask: 0, sid: NULL_SID, data: bytesOf(ace).slice(AceHeader.size) };
  }
  const { mask } = AceMask.read(ace, AceHeader.size);
  const sidAt = AceHeader.size + AceMask.size;
  const { sid, length } = readSid(ace, sidAt);
  if (isPlain) return { type, flags, mask, sid };
  return { type, flags, mask, sid, data: bytesOf(ace).slice(sidAt + length) };
}

/**
 * Encodes a descriptor, in the order that Windows uses: SACL, DACL, owner, group.
 *
 * @throws NtError INVALID_ACL when an ACL is longer than its length field can tell
 */
export function writeSecurityDescriptor(sd: SecurityDescriptor): Uint8Array {
  const sacl = sd.sacl === undefined ? NOTHING : aclToBytes(sd.sacl);
  const dacl = sd.dacl === undefined ? NOTHING : aclToBytes(sd.dacl);
  const owner = sd.owner === undefined ? NOTHING : sidToBytes(sd.owner);
  const group = sd.group === undefined ? NOTHING : sidToBytes(sd.group);

  const parts = [sacl, dacl, owner, group];
  const length = parts.reduce((sum, each) => sum + each.length, DescriptorHeader.size);
  if (length > MAX_SECURITY_DESCRIPTOR_LENGTH) throw new NtError(NtStatus.INVALID_ACL);
  const bytes = new Uint8Array(length);
  let end: number = DescriptorHeader.size;
  const place = (each: Uint8Array): number => {
    if (each.length === 0) return 0;
    bytes.set(each, end);
    end += each.length;
    return end - each.length;
  };

  const header = DescriptorHeader.blank(viewOf(bytes), 0);
  header.revision = 1;
  header.control = controlFor(sd);
  header.offsetSacl = place(sacl);
  header.offsetDacl = place(dacl);
  header.offsetOwner = place(owner);
  header.offsetGroup = place(group);
  return bytes;
}

const NOTHING = new Uint8Array(0);

/** An ACL that is there is present, whatever the bits of the decoded form say. */
function controlFor({ control, sacl, dacl }: SecurityDescriptor): number {
  const present =
    (sacl === undefined ? 0 : SE_SACL_PRESENT) | (dacl === undefined ? 0 : SE_DACL_PRESENT);
  return control | present | SE_SELF_RELATIVE;
}

function aclToBytes({ revision, aces }: Acl): Uint8Array {
  const parts = aces.map(aceToBytes);
  const length = parts.reduce((sum, each) => sum + each.length, AclHeader.size);
  if (length > MAX_ACL_LENGTH || aces.length > MAX_ACES) throw new NtError(NtStatus.INVALID_ACL);
  const bytes = new Uint8Array(length);
  const header = AclHeader.blank(viewOf(bytes), 0);
  header.aclRevision = revision;
  header.aclSize = length;
  header.aceCount = aces.length;
  let at: number = AclHeader.size;
  for (const each of parts) {
    bytes.set(each, at);
    at += each.length;
  }
  return bytes;
}

function aceToBytes({ type, flags, mask, sid, data = NOTHING }: Ace): Uint8Array {
  const hasSid = PLAIN_TYPES.has(type) || TYPES_WITH_DATA.has(type);
  const sidBytes = hasSid ? sidToBytes(sid) : NOTHING;
  const dataAt = AceHeader.size + (hasSid ? AceMask.size + sidBytes.length : 0);
  const length = align(dataAt + data.length, 4);
  if (length > MAX_ACL_LENGTH) throw new NtError(NtStatus.INVALID_ACL);
  const bytes = new Uint8Array(length);
  const view = viewOf(bytes);

  const header = AceHeader.blank(view, 0);
  header.aceType = type;
  header.aceFlags = flags;
  header.aceSize = length;
  if (hasSid) {
    AceMask.blank(view, AceHeader.size).mask = mask;
    bytes.set(sidBytes, AceHeader.size + AceMask.size);
  }
  bytes.set(data, dataAt);
  return bytes;
}

const DACL_BITS =
  SE_DACL_PRESENT |
  SE_DACL_DEFAULTED |
  SE_DACL_AUTO_INHERIT_REQ |
  SE_DACL_AUTO_INHERITED |
  SE_DACL_PROTECTED;

const SACL_BITS =
  SE_SACL_PRESENT |
  SE_SACL_DEFAULTED |
  SE_SACL_AUTO_INHERIT_REQ |
  SE_SACL_AUTO_INHERITED |
  SE_SACL_PROTECTED;

/** Every kind of ACE that lies in a SACL. */
const ANY_SACL_INFORMATION =
  SACL_SECURITY_INFORMATION |
  LABEL_SECURITY_INFORMATION |
  ATTRIBUTE_SECURITY_INFORMATION |
  SCOPE_SECURITY_INFORMATION;

/** The bit by which an ACE of a SACL is asked for. [MS-DTYP] 2.4.7 */
function informationOf(ace: Ace): number {
  if (ace.type === AceType.SYSTEM_MANDATORY_LABEL) return LABEL_SECURITY_INFORMATION;
  if (ace.type === AceType.SYSTEM_RESOURCE_ATTRIBUTE) return ATTRIBUTE_SECURITY_INFORMATION;
  if (ace.type === AceType.SYSTEM_SCOPED_POLICY_ID) return SCOPE_SECURITY_INFORMATION;
  return SACL_SECURITY_INFORMATION;
}

/** BACKUP_SECURITY_INFORMATION stands for everything. */
function expand(securityInformation: number): number {
  return (securityInformation & BACKUP_SECURITY_INFORMATION) === 0
    ? securityInformation
    : securityInformation |
        OWNER_SECURITY_INFORMATION |
        GROUP_SECURITY_INFORMATION |
        DACL_SECURITY_INFORMATION |
        ANY_SACL_INFORMATION;
}

/**
 * The parts of a descriptor that were asked for. [MS-SMB2] 3.3.5.20.3
 *
 * @param securityInformation - [MS-DTYP] 2.4.7
 */
export function selectSecurity(
  sd: SecurityDescriptor,
  securityInformation: number,
): SecurityDescriptor {
  const wanted = expand(securityInformation);
  const hasDacl = (wanted & DACL_SECURITY_INFORMATION) !== 0;
  const sacl = selectSacl(sd.sacl, wanted);
  const bits = (hasDacl ? DACL_BITS : 0) | (sacl === undefined ? 0 : SACL_BITS);
  return {
    control: SE_SELF_RELATIVE | (sd.control & bits),
    owner: (wanted & OWNER_SECURITY_INFORMATION) === 0 ? undefined : sd.owner,
    group: (wanted & GROUP_SECURITY_INFORMATION) === 0 ? undefined : sd.group,
    sacl,
    dacl: hasDacl ? sd.dacl : undefined,
  };
}

/** The ACEs asked for; a SACL without any only where the SACL itself was asked for. */
function selectSacl(sacl: Acl | undefined, wanted: number): Acl | undefined {
  if (sacl === undefined) return undefined;
  const aces = sacl.aces.filter((ace) => (informationOf(ace) & wanted) !== 0);
  const isEmpty = aces.length === 0 && (wanted & SACL_SECURITY_INFORMATION) === 0;
  return isEmpty ? undefined : { ...sacl, aces };
}

/**
 * A descriptor after a set of its security: the parts named are replaced, the rest stays. A part that
 * is named, but absent from the modification, stays too. WinFsp 1.3-18, [MS-FSA] 2.1.5.16
 *
 * Generic rights of effective ACEs become the rights that they stand for, as Windows stores them.
 *
 * @param securityInformation - [MS-DTYP] 2.4.7
 */
export function mergeSecurity(
  old: SecurityDescriptor,
  modification: SecurityDescriptor,
  securityInformation: number,
): SecurityDescriptor {
  const named = expand(securityInformation);
  const setsOwner = (named & OWNER_SECURITY_INFORMATION) !== 0;
  const setsGroup = (named & GROUP_SECURITY_INFORMATION) !== 0;
  const setsDacl =
    (named & DACL_SECURITY_INFORMATION) !== 0 && (modification.control & SE_DACL_PRESENT) !== 0;
  const setsSacl =
    (named & ANY_SACL_INFORMATION) !== 0 && (modification.control & SE_SACL_PRESENT) !== 0;
  const given = newControl(modification.control, securityInformation);
  const bits = (setsDacl ? DACL_BITS : 0) | (setsSacl ? SACL_BITS : 0);
  return {
    control: (old.control & ~bits) | (given & bits) | SE_SELF_RELATIVE,
    owner: (setsOwner ? modification.owner : undefined) ?? old.owner,
    group: (setsGroup ? modification.group : undefined) ?? old.group,
    sacl: setsSacl ? mergeSacl(old.sacl, modification.sacl, named) : old.sacl,
    dacl: setsDacl ? withoutGenericAccess(modification.dacl) : old.dacl,
  };
}

/**
 * What is kept of the control bits that a modification brings: AUTO_INHERITED only together with
 * AUTO_INHERIT_REQ, which itself is not kept. Windows does so; smbtorture smb2.acls.INHERITFLAGS.
 */
function newControl(control: number, securityInformation: number): number {
  const asks = (bit: number) => (securityInformation & bit) !== 0;
  let kept = control & ~(SE_DACL_AUTO_INHERIT_REQ | SE_SACL_AUTO_INHERIT_REQ);
  if ((control & SE_DACL_AUTO_INHERIT_REQ) === 0) kept &= ~SE_DACL_AUTO_INHERITED;
  if ((control & SE_SACL_AUTO_INHERIT_REQ) === 0) kept &= ~SE_SACL_AUTO_INHERITED;
  if (asks(PROTECTED_DACL_SECURITY_INFORMATION)) kept |= SE_DACL_PROTECTED;
  if (asks(PROTECTED_SACL_SECURITY_INFORMATION)) kept |= SE_SACL_PROTECTED;
  if (asks(UNPROTECTED_DACL_SECURITY_INFORMATION)) kept &= ~SE_DACL_PROTECTED;
  if (asks(UNPROTECTED_SACL_SECURITY_INFORMATION)) kept &= ~SE_SACL_PROTECTED;
  return kept;
}

/** The old ACEs of the kinds that are not named, and the new ones of those that are. */
function mergeSacl(old: Acl | undefined, given: Acl | undefined, named: number): Acl | undefined {
  const stay = (old?.aces ?? []).filter((ace) => (informationOf(ace) & named) === 0);
  const come = (given?.aces ?? []).filter((ace) => (informationOf(ace) & named) !== 0);
  if (given === undefined && stay.length === 0) return undefined;
  const revision = Math.max(old?.revision ?? 2, given?.revision ?? 2);
  return { revision, aces: [...come, ...stay] };
}

function withoutGenericAccess(acl: Acl | undefined): Acl | undefined {
  if (acl === undefined) return undefined;
  return {
    ...acl,
    aces: acl.aces.map((ace) =>
      (ace.flags & INHERIT_ONLY_ACE) === 0 ? { ...ace, mask: mapGenericAccess(ace.mask) } : ace,
    ),
  };
}
