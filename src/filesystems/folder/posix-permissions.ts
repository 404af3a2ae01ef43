/**
 * Permissions of the host as access control lists, and back. WinFsp 4.7
 *
 * @packageDocumentation
 */
import {
  type Ace,
  AceType,
  type Acl,
  AUTHENTICATED_USERS,
  DELETE,
  EVERYONE,
  FILE_APPEND_DATA,
  FILE_DELETE_CHILD,
  FILE_EXECUTE,
  FILE_READ_ATTRIBUTES,
  FILE_READ_DATA,
  FILE_READ_EA,
  FILE_WRITE_ATTRIBUTES,
  FILE_WRITE_DATA,
  FILE_WRITE_EA,
  INHERIT_ONLY_ACE,
  mapGenericAccess,
  READ_CONTROL,
  type SecurityDescriptor,
  type Sid,
  SYNCHRONIZE,
  WRITE_DAC,
  WRITE_OWNER,
} from "../../nt/index.js";

/** What everybody may who is told of at all. */
const BASE = SYNCHRONIZE | READ_CONTROL | FILE_READ_ATTRIBUTES | FILE_READ_EA;
const OWNERS = BASE | DELETE | WRITE_DAC | WRITE_OWNER | FILE_WRITE_ATTRIBUTES | FILE_WRITE_EA;
const ALL_RWX = 0o7;
const STICKY = 0o1000;

/** A file's owner, group and mode. */
export interface PosixPermissions {
  readonly owner: Sid;
  readonly group: Sid;
  /** The twelve bits of chmod(2). */
  readonly mode: number;
  readonly isDirectory: boolean;
}

/** The list that lets everybody do what the mode does. */
export function aclOfMode({ owner, group, mode, isDirectory }: PosixPermissions): Acl {
  const rights = (bits: number, isOwner: boolean) =>
    rightsOf(bits, mode, isDirectory && { isOwner });
  const [ownerBits, groupBits, otherBits] = [(mode >> 6) & 7, (mode >> 3) & 7, mode & 7];
  const ownerLacks = (groupBits | otherBits) & ~ownerBits & ALL_RWX;
  const groupLacks = otherBits & ~groupBits & ALL_RWX;
  const denied = (bits: number) => rights(bits, false) & ~FILE_WRITE_ATTRIBUTES;
  const aces: Ace[] = [ace(AceType.ACCESS_ALLOWED, owner, OWNERS | rights(ownerBits, true))];
  if (ownerLacks !== 0) aces.push(ace(AceType.ACCESS_DENIED, owner, denied(ownerLacks)));
  aces.push(ace(AceType.ACCESS_ALLOWED, group, BASE | rights(groupBits, false)));
  if (groupLacks !== 0) aces.push(ace(AceType.ACCESS_DENIED, group, denied(groupLacks)));
  aces.push(ace(AceType.ACCESS_ALLOWED, EVERYONE, BASE | rights(otherBits, false)));
  return { revision: 2, aces };
}

function ace(type: AceType, sid: Sid, mask: number): Ace {
  return { type, flags: 0, mask, sid };
}

/** @param directory - false for a file */
function rightsOf(bits: number, mode: number, directory: false | { isOwner: boolean }): number {
  const isSticky = (mode & STICKY) !== 0;
  const deletesChildren = directory !== false && (directory.isOwner || !isSticky);
  return (
    ((bits & 4) === 0 ? 0 : FILE_READ_DATA) |
    ((bits & 2) === 0 ? 0 : FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_WRITE_ATTRIBUTES) |
    ((bits & 2) !== 0 && deletesChildren ? FILE_DELETE_CHILD : 0) |
    ((bits & 1) === 0 ? 0 : FILE_EXECUTE)
  );
}

/**
 * The nine bits of the mode that come closest to a descriptor. What anybody at all is let do, the owner is: it is
 * as him that the server does it.
 */
export function modeOfDescriptor({ dacl, owner, group }: SecurityDescriptor): number {
  if (dacl === undefined) return 0o777;
  let anybody = 0;
  const classes = { owner: new Class(), group: new Class(), other: new Class() };
  for (const { type, flags, mask, sid } of dacl.aces) {
    if ((flags & INHERIT_ONLY_ACE) !== 0) continue;
    if (type !== AceType.ACCESS_ALLOWED && type !== AceType.ACCESS_DENIED) continue;
    const bits = bitsOf(mapGenericAccess(mask));
    const isAllowed = type === AceType.ACCESS_ALLOWED;
    if (isAllowed) anybody |= bits;
    const isEverybody = sid === EVERYONE || sid === AUTHENTICATED_USERS;
    if (isEverybody || sid === owner) classes.owner.add(bits, isAllowed);
    if (isEverybody || sid === group) classes.group.add(bits, isAllowed);
    if (isEverybody) classes.other.add(bits, isAllowed);
  }
  const { owner: ownerClass, group: groupClass, other } = classes;
  return ((ownerClass.allowed | anybody) << 6) | (groupClass.allowed << 3) | other.allowed;
}

/** What was said first of a right is what counts. */
class Class {
  allowed = 0;
  #denied = 0;

  add(bits: number, isAllowed: boolean): void {
    if (isAllowed) this.allowed |= bits & ~this.#denied;
    else this.#denied |= bits & ~this.allowed;
  }
}

function bitsOf(mask: number): number {
  const write = FILE_WRITE_DATA | FILE_APPEND_DATA;
  return (
    ((mask & FILE_READ_DATA) === 0 ? 0 : 4) |
    ((mask & write) === write ? 2 : 0) |
    ((mask & FILE_EXECUTE) === 0 ? 0 : 1)
  );
}
