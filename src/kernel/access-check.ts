/**
 * Who may do what: descriptors held against callers. WinFsp 3.3, [MS-DTYP] 2.5.3.2
 *
 * Members of ADMINISTRATORS get what the DACL gives them, as all do, and use their privileges besides.
 *
 * @packageDocumentation
 */
import type { Caller } from "../fs/index.js";
import {
  ACCESS_SYSTEM_SECURITY,
  type Ace,
  AceType,
  DELETE,
  FILE_ALL_ACCESS,
  FILE_APPEND_DATA,
  FILE_ATTRIBUTE_DIRECTORY,
  FILE_ATTRIBUTE_READONLY,
  FILE_DELETE_CHILD,
  FILE_EXECUTE,
  FILE_GENERIC_EXECUTE,
  FILE_GENERIC_READ,
  FILE_GENERIC_WRITE,
  FILE_LIST_DIRECTORY,
  FILE_OPEN_FOR_BACKUP_INTENT,
  FILE_READ_ATTRIBUTES,
  FILE_TRAVERSE,
  FILE_WRITE_DATA,
  GENERIC_EXECUTE,
  INHERIT_ONLY_ACE,
  MAXIMUM_ALLOWED,
  mapGenericAccess,
  NtStatus,
  OWNER_RIGHTS,
  type PrivilegeSet,
  READ_CONTROL,
  SE_BACKUP_PRIVILEGE,
  SE_RESTORE_PRIVILEGE,
  SE_SECURITY_PRIVILEGE,
  SE_TAKE_OWNERSHIP_PRIVILEGE,
  type SecurityDescriptor,
  type Sid,
  tryReadSecurityDescriptor,
  USER_PRIVILEGES,
  WRITE_DAC,
  WRITE_OWNER,
} from "../nt/index.js";

/** What of a caller counts where access is decided. */
export type Token = Pick<Caller, "userSid" | "groupSids" | "privileges">;

/** Whether a caller has a privilege. */
export function hasPrivilege({ privileges }: Token, privilege: PrivilegeSet): boolean {
  return ((privileges ?? USER_PRIVILEGES) & privilege) !== 0;
}

/**
 * Whether a caller may make somebody the owner of a file: himself, a group that he is in, and with the
 * privilege to restore files anybody. Any group will do, Everyone too, as with Samba: which groups may own
 * something is part of a token on Windows, and nobody configures it here. [MS-DTYP] 2.5.3.4.1;
 * smbtorture smb2.acls.SDFLAGSVSCHOWN
 */
export function mayMakeOwner(token: Token, owner: Sid): boolean {
  return isMember(token, owner) || hasPrivilege(token, SE_RESTORE_PRIVILEGE);
}

/**
 * DesiredAccess with generic rights made specific. Beside MAXIMUM_ALLOWED, where every other bit has to be
 * granted or the open fails, GENERIC_EXECUTE does not insist on FILE_EXECUTE. smbtorture
 * smb2.maximum_allowed
 */
export function mapDesiredAccess(desiredAccess: number): number {
  const isLenient =
    (desiredAccess & MAXIMUM_ALLOWED) !== 0 && (desiredAccess & GENERIC_EXECUTE) !== 0;
  if (!isLenient) return mapGenericAccess(desiredAccess);
  const others = mapGenericAccess(desiredAccess & ~GENERIC_EXECUTE);
  return others | (FILE_GENERIC_EXECUTE & ~FILE_EXECUTE);
}

/**
 * All rights that a descriptor grants a caller; any access check is a comparison with them.
 * [MS-DTYP] 2.5.3.2
 */
export function maximumAccess(descriptor: SecurityDescriptor, token: Token): number {
  if (descriptor.dacl === undefined) return FILE_ALL_ACCESS;
  const effective = descriptor.dacl.aces.filter((ace) => (ace.flags & INHERIT_ONLY_ACE) === 0);
  const isOwner = descriptor.owner !== undefined && isMember(token, descriptor.owner);
  const limitsOwner = effective.some((ace) => ace.sid === OWNER_RIGHTS);

  let granted = isOwner && !limitsOwner ? READ_CONTROL | WRITE_DAC : 0;
  if (hasPrivilege(token, SE_TAKE_OWNERSHIP_PRIVILEGE)) granted |= WRITE_OWNER;
  let denied = 0;
  for (const ace of effective) {
    const isMeant = ace.sid === OWNER_RIGHTS ? isOwner : isMember(token, ace.sid);
    if (!isMeant) continue;
    const mask = mapGenericAccess(ace.mask);
    if (isDenial(ace)) denied |= mask & ~granted;
    else if (ace.type === AceType.ACCESS_ALLOWED) granted |= mask & ~denied;
  }
  return granted & FILE_ALL_ACCESS;
}

/**
 * Conditions are not evaluated, so whether one holds is unknown: then an ACE that denies counts, and
 * one that allows does not. [MS-DTYP] 2.5.3.1.1
 */
function isDenial({ type }: Ace): boolean {
  return type === AceType.ACCESS_DENIED || type === AceType.ACCESS_DENIED_CALLBACK;
}

/** Whether a caller is who a SID names, or belongs to the group that it names. [MS-DTYP] 2.5.3.1.2 */
export function isMember({ userSid, groupSids }: Token, sid: Sid): boolean {
  return userSid === sid || groupSids.includes(sid);
}

/** What was worked out of one descriptor. */
interface Known {
  /** Undefined where the bytes are no descriptor. */
  readonly decoded: SecurityDescriptor | undefined;
  readonly byCaller: WeakMap<Token, number>;
}

/**
 * Access checks that are remembered: for as long as a file system gives the same array and a session
 * the same caller, a check is two look-ups. Nothing is kept alive by it.
 */
export class AccessChecker {
  readonly #known = new WeakMap<Uint8Array, Known>();

  /**
   * All rights that a stored descriptor grants a caller. An empty one grants everything, as if there
   * were none; one that cannot be read grants nothing, because nobody can tell whom it keeps out.
   *
   * @param descriptor - self-relative; not to be changed afterwards
   */
  maximumAccess(descriptor: Uint8Array, caller: Token): number {
    if (descriptor.length === 0) return FILE_ALL_ACCESS;
    const { decoded, byCaller } = this.#know(descriptor);
    const before = byCaller.get(caller);
    if (before !== undefined) return before;
    const maximum = decoded === undefined ? 0 : maximumAccess(decoded, caller);
    byCaller.set(caller, maximum);
    return maximum;
  }

  /** A stored descriptor, decoded; undefined where it cannot be read. */
  decoded(descriptor: Uint8Array): SecurityDescriptor | undefined {
    return this.#know(descriptor).decoded;
  }

  #know(descriptor: Uint8Array): Known {
    const before = this.#known.get(descriptor);
    if (before !== undefined) return before;
    const known = {
      decoded: tryReadSecurityDescriptor(descriptor),
      byCaller: new WeakMap<Token, number>(),
    };
    this.#known.set(descriptor, known);
    return known;
  }
}

/** What the access check of an open goes by. */
export interface OpenFacts {
  /** All rights that the caller has on the file itself, those by privilege among them. */
  readonly maximum: number;
  /**
   * All rights that the caller has on its directory; undefined as long as nobody has looked. The root
   * has none: 0.
   */
  readonly parentMaximum: number | undefined;
  /** DesiredAccess, and what the disposition needs besides: WRITE_DATA to overwrite, DELETE to supersede. */
  readonly desired: number;
  /**
   * What of it the file itself has to grant, whatever its directory gives: to supersede a file takes
   * DELETE on the file. smbtorture smb2.acls.OVERWRITE_READ_ONLY_FILE
   */
  readonly desiredOfFile: number;
  /** Of the file. [MS-FSCC] 2.6 */
  readonly attributes: number;
  readonly isDeleteOnClose: boolean;
}

/**
 * What a caller can have on any file, whatever its descriptor says: ACCESS_SYSTEM_SECURITY where he may
 * manage auditing; and what backing up or restoring takes, where that is his intent and he may.
 * [MS-FSA] 2.1.5.1.2.1
 */
export function privilegedAccess(token: Token, createOptions: number): number {
  let access = hasPrivilege(token, SE_SECURITY_PRIVILEGE) ? ACCESS_SYSTEM_SECURITY : 0;
  if ((createOptions & FILE_OPEN_FOR_BACKUP_INTENT) === 0) return access;
  if (hasPrivilege(token, SE_BACKUP_PRIVILEGE)) access |= BACKUP_ACCESS;
  if (hasPrivilege(token, SE_RESTORE_PRIVILEGE)) access |= RESTORE_ACCESS;
  return access;
}

const BACKUP_ACCESS = READ_CONTROL | ACCESS_SYSTEM_SECURITY | FILE_GENERIC_READ | FILE_TRAVERSE;
const RESTORE_ACCESS =
  WRITE_DAC | WRITE_OWNER | ACCESS_SYSTEM_SECURITY | FILE_GENERIC_WRITE | DELETE;

/** What an open gets. */
export interface OpenGrant {
  readonly status: NtStatus;
  /** Without generic bits and MAXIMUM_ALLOWED; 0 where refused. */
  readonly grantedAccess: number;
  /** The answer can be better with the rights on the directory: fetch them, and ask again. */
  readonly needsParent: boolean;
}

/** Rights on a file that come from its directory as well. */
const FROM_PARENT = DELETE | FILE_READ_ATTRIBUTES;

/** Rights that nobody has on a file that is read-only. WinFsp 3.3, F */
const CHANGES_READ_ONLY_FILE = FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_DELETE_CHILD;

/**
 * Decides an open of a file that exists. WinFsp 3.3, D and F; [MS-FSA] 2.1.5.1.2.1
 *
 * DELETE may come from DELETE_CHILD on the directory, READ_ATTRIBUTES from LIST_DIRECTORY. As NTFS does
 * it, the directory is asked only for what the file itself does not grant, and MAXIMUM_ALLOWED
 * includes what it adds.
 */
export function grantOpen(facts: OpenFacts): OpenGrant {
  const { maximum, parentMaximum, isDeleteOnClose } = facts;
  const desired = mapGenericAccess(facts.desired);
  const wanted = (desired & ~MAXIMUM_ALLOWED) | (isDeleteOnClose ? DELETE : 0);
  const isMaximum = (desired & MAXIMUM_ALLOWED) !== 0;
  if ((facts.desiredOfFile & ~maximum) !== 0) return REFUSED;
  const available = maximum | givenByParent(parentMaximum ?? 0);
  const status = checkOpen(facts, { wanted, isMaximum, available });

  const missing = (isMaximum ? wanted | FROM_PARENT : wanted) & ~maximum;
  const isParentEnough = (wanted & ~maximum & ~FROM_PARENT) === 0;
  const needsParent = parentMaximum === undefined && missing !== 0 && isParentEnough;
  if (status !== NtStatus.SUCCESS) return { status, grantedAccess: 0, needsParent };
  const asked = desired & ~MAXIMUM_ALLOWED;
  // The right to see what is audited has to be asked for by name.
  const most = withoutReadOnly(available & ~ACCESS_SYSTEM_SECURITY, facts);
  return { status, grantedAccess: isMaximum ? asked | most : asked, needsParent };
}

const REFUSED: OpenGrant = {
  status: NtStatus.ACCESS_DENIED,
  grantedAccess: 0,
  needsParent: false,
};

function givenByParent(parentMaximum: number): number {
  let given = 0;
  if ((parentMaximum & FILE_DELETE_CHILD) !== 0) given |= DELETE;
  if ((parentMaximum & FILE_LIST_DIRECTORY) !== 0) given |= FILE_READ_ATTRIBUTES;
  return given;
}

function checkOpen(
  facts: OpenFacts,
  { wanted, isMaximum, available }: { wanted: number; isMaximum: boolean; available: number },
): NtStatus {
  if ((wanted & ~available) !== 0) return NtStatus.ACCESS_DENIED;
  if (isMaximum && (available & ~ACCESS_SYSTEM_SECURITY) === 0) return NtStatus.ACCESS_DENIED;
  if ((wanted & ~withoutReadOnly(wanted, facts)) !== 0) return NtStatus.ACCESS_DENIED;
  const isReadOnly = (facts.attributes & FILE_ATTRIBUTE_READONLY) !== 0;
  if (isReadOnly && facts.isDeleteOnClose) return NtStatus.CANNOT_DELETE;
  return NtStatus.SUCCESS;
}

/** What is left of rights on a file with such attributes; a read-only directory is like any other. */
function withoutReadOnly(rights: number, { attributes }: OpenFacts): number {
  const isReadOnly = (attributes & FILE_ATTRIBUTE_READONLY) !== 0;
  const isDirectory = (attributes & FILE_ATTRIBUTE_DIRECTORY) !== 0;
  return isReadOnly && !isDirectory ? rights & ~CHANGES_READ_ONLY_FILE : rights;
}
