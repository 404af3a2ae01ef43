/**
 * Owner, group and mode of files: of their descriptors, and back. WinFsp 4.6, 4.7
 *
 * @packageDocumentation
 */
import {
  type Ace,
  AceType,
  ADMINISTRATORS,
  AUTHENTICATED_USERS,
  CONTAINER_INHERIT_ACE,
  CREATOR_GROUP,
  CREATOR_OWNER,
  EVERYONE,
  FILE_APPEND_DATA,
  FILE_DELETE_CHILD,
  FILE_EXECUTE,
  FILE_READ_DATA,
  FILE_WRITE_ATTRIBUTES,
  FILE_WRITE_DATA,
  INHERIT_ONLY_ACE,
  INHERITED_ACE,
  LOCAL_SYSTEM,
  mapGenericAccess,
  NETWORK,
  OBJECT_INHERIT_ACE,
  SE_DACL_PRESENT,
  SE_DACL_PROTECTED,
  SE_SELF_RELATIVE,
  type SecurityDescriptor,
  type Sid,
  tryReadSecurityDescriptor,
  writeSecurityDescriptor,
} from "../nt/index.js";

/** Whose a file is, and who may do what with it, as POSIX has it. */
export interface Ownership {
  readonly uid: number;
  readonly gid: number;
  /** The lower 12 bits of the mode. */
  readonly permissions: number;
}

/** Where users and groups of this machine have their SIDs, as Samba has it. */
const UNIX_USERS = "S-1-22-1-";
const UNIX_GROUPS = "S-1-22-2-";

/** Whoever is not of this machine, and his groups: `nobody` and `nogroup`. */
const NOBODY = 65_534;

export function sidOfUid(uid: number): Sid {
  return `${UNIX_USERS}${uid}`;
}

export function sidOfGid(gid: number): Sid {
  return `${UNIX_GROUPS}${gid}`;
}

function idOfSid(sid: Sid | undefined, prefix: string): number {
  if (sid === undefined || sid === LOCAL_SYSTEM || sid === ADMINISTRATORS) return 0;
  return sid.startsWith(prefix) ? Number(sid.slice(prefix.length)) : NOBODY;
}

/** What is shown of descriptors; remembered for as long as a file system gives the same array. */
export class Ownerships {
  /** Shown where the volume keeps no descriptors. */
  readonly #ofFiles: Ownership;
  readonly #ofDirectories: Ownership;
  readonly #known = new WeakMap<Uint8Array, Ownership>();

  constructor(owner: { readonly uid: number; readonly gid: number }) {
    this.#ofFiles = { ...owner, permissions: 0o644 };
    this.#ofDirectories = { ...owner, permissions: 0o755 };
  }

  of(descriptor: Uint8Array | undefined, isDirectory: boolean): Ownership {
    if (descriptor === undefined || descriptor.length === 0) {
      return isDirectory ? this.#ofDirectories : this.#ofFiles;
    }
    const before = this.#known.get(descriptor);
    if (before !== undefined) return before;
    const decoded = tryReadSecurityDescriptor(descriptor);
    const ownership = decoded === undefined ? UNREADABLE : ownershipOf(decoded);
    this.#known.set(descriptor, ownership);
    return ownership;
  }
}

/** Nobody may do anything with what has a descriptor that cannot be read. */
const UNREADABLE: Ownership = { uid: NOBODY, gid: NOBODY, permissions: 0 };

function ownershipOf(descriptor: SecurityDescriptor): Ownership {
  return {
    uid: idOfSid(descriptor.owner, UNIX_USERS),
    gid: idOfSid(descriptor.group, UNIX_GROUPS),
    permissions: permissionsOf(descriptor),
  };
}

const STICKY = 0o1000;

/** What each class of users may do by a descriptor: its ACEs in order, those for everybody counting for all classes. */
function permissionsOf({ owner, group, dacl }: SecurityDescriptor): number {
  if (dacl === undefined) return 0o777;
  const ofOwner = new Rights();
  const ofGroup = new Rights();
  const ofOthers = new Rights();
  for (const ace of dacl.aces) {
    if ((ace.flags & INHERIT_ONLY_ACE) !== 0) continue;
    const isForAll = ace.sid === EVERYONE || ace.sid === AUTHENTICATED_USERS;
    if (isForAll || ace.sid === owner) ofOwner.apply(ace);
    if (isForAll || ace.sid === group) ofGroup.apply(ace);
    if (isForAll) ofOthers.apply(ace);
  }
  const mode = (ofOwner.permissions << 6) | (ofGroup.permissions << 3) | ofOthers.permissions;
  const isSticky = ofOwner.has(FILE_DELETE_CHILD) && (ofGroup.isSticky || ofOthers.isSticky);
  return isSticky ? mode | STICKY : mode;
}

/** The rights of one class of users, as ACEs are gone through. */
class Rights {
  #allowed = 0;
  #denied = 0;

  apply({ type, mask }: Ace): void {
    const rights = mapGenericAccess(mask);
    if (type === AceType.ACCESS_ALLOWED) this.#allowed |= rights & ~this.#denied;
    else if (type === AceType.ACCESS_DENIED) this.#denied |= rights & ~this.#allowed;
  }

  has(all: number): boolean {
    return (this.#allowed & all) === all;
  }

  /** Names may be made in the directory, and those of others not deleted. */
  get isSticky(): boolean {
    return this.has(WRITING) && !this.has(FILE_DELETE_CHILD);
  }

  get permissions(): number {
    return (
      (this.has(FILE_READ_DATA) ? 4 : 0) |
      (this.has(WRITING) ? 2 : 0) |
      (this.has(FILE_EXECUTE) ? 1 : 0)
    );
  }
}

const WRITING = FILE_WRITE_DATA | FILE_APPEND_DATA;

/** What everybody may: SYNCHRONIZE, READ_CONTROL, READ_ATTRIBUTES, READ_EA. */
const RIGHTS_OF_ALL = 0x0012_0088;

/** What the owner may besides: DELETE, WRITE_DAC, WRITE_OWNER, WRITE_ATTRIBUTES, WRITE_EA. */
const RIGHTS_OF_OWNER = 0x001f_0198;

/** Who a mode is for. */
export interface ModeOwner {
  readonly owner: Sid;
  readonly group: Sid;
  readonly permissions: number;
  readonly isDirectory: boolean;
}

/** The ACEs that a mode comes to. What an earlier class may not and a later one may is denied to it first. */
export function acesOfMode(mode: ModeOwner): Ace[] {
  const { owner, group, permissions } = mode;
  const ofOthers = rightsOfClass(mode, permissions & 7);
  const ofGroup = rightsOfClass(mode, (permissions >> 3) & 7);
  const ofOwner = rightsOfClass(mode, (permissions >> 6) & 7);
  const all = mode.isDirectory ? FILE_DELETE_CHILD : 0;
  const deniedToOwner =
    (ofGroup | ofOthers) & ~ofOwner & ~FILE_WRITE_ATTRIBUTES & ~FILE_DELETE_CHILD;
  const deniedToGroup = ofOthers & ~ofGroup;
  return [
    ace(AceType.ACCESS_ALLOWED, owner, RIGHTS_OF_OWNER | ofOwner | all),
    ...(deniedToOwner === 0 ? [] : [ace(AceType.ACCESS_DENIED, owner, deniedToOwner)]),
    ace(AceType.ACCESS_ALLOWED, group, RIGHTS_OF_ALL | ofGroup),
    ...(deniedToGroup === 0 ? [] : [ace(AceType.ACCESS_DENIED, group, deniedToGroup)]),
    ace(AceType.ACCESS_ALLOWED, EVERYONE, RIGHTS_OF_ALL | ofOthers),
  ];
}

function rightsOfClass({ permissions, isDirectory }: ModeOwner, bits: number): number {
  let rights = 0;
  if ((bits & 4) !== 0) rights |= FILE_READ_DATA;
  if ((bits & 2) !== 0) {
    rights |= WRITING | FILE_WRITE_ATTRIBUTES;
    if (isDirectory && (permissions & STICKY) === 0) rights |= FILE_DELETE_CHILD;
  }
  if ((bits & 1) !== 0) rights |= FILE_EXECUTE;
  return rights;
}

function ace(type: AceType, sid: Sid, mask: number, flags = 0): Ace {
  return { type, flags, mask, sid };
}

/** Permission of everybody else to read. */
const OTHERS_READ = 0o004;

/**
 * The descriptor of a file that a program makes: its mode; and of what the directory hands down, what it hands down to
 * users by name, and to everybody on the network. The latter not where the mode keeps others from reading: who makes a
 * file for himself alone means the network, too.
 */
export function descriptorOfNew(
  mode: ModeOwner,
  parent: SecurityDescriptor | undefined,
): Uint8Array {
  const handed = (parent?.dacl?.aces ?? []).filter(({ flags }) => (flags & INHERITING) !== 0);
  return withAces(mode, [...acesOfMode(mode), ...effectiveOf(handed, mode), ...kept(handed, mode)]);
}

const INHERITING = OBJECT_INHERIT_ACE | CONTAINER_INHERIT_ACE;

/** What of ACEs that are handed down counts for the file itself. */
function effectiveOf(handed: readonly Ace[], { isDirectory, permissions }: ModeOwner): Ace[] {
  const wanted = isDirectory ? CONTAINER_INHERIT_ACE : OBJECT_INHERIT_ACE;
  const isPublic = (permissions & OTHERS_READ) !== 0;
  const found: Ace[] = [];
  for (const { type, flags, mask, sid } of handed) {
    if ((flags & wanted) === 0 || sid === CREATOR_OWNER || sid === CREATOR_GROUP) continue;
    const isForAll = sid === EVERYONE || sid === AUTHENTICATED_USERS;
    const isForMany = isForAll || sid === NETWORK;
    if (isForMany && !isPublic) continue;
    if (type !== AceType.ACCESS_ALLOWED && type !== AceType.ACCESS_DENIED) continue;
    found.push({ type, flags: 0, mask, sid: isForAll ? NETWORK : sid });
  }
  return found;
}

/** What a directory hands on to what will be made in it. */
function kept(handed: readonly Ace[], { isDirectory }: ModeOwner): Ace[] {
  if (!isDirectory) return [];
  return handed.map((one) => ({ ...one, flags: (one.flags | INHERIT_ONLY_ACE) & ~INHERITED_ACE }));
}

/**
 * A descriptor with another mode: what it says of users by name, and hands down, stays; and what the network may, if
 * others may still read.
 */
export function descriptorWithMode(mode: ModeOwner, old: SecurityDescriptor): Uint8Array {
  const isPublic = (mode.permissions & OTHERS_READ) !== 0;
  const stays: Ace[] = [];
  for (const one of old.dacl?.aces ?? []) {
    const isOfMode =
      one.sid === EVERYONE ||
      one.sid === AUTHENTICATED_USERS ||
      one.sid === old.owner ||
      one.sid === old.group;
    const isEffective = (one.flags & INHERIT_ONLY_ACE) === 0;
    const isShut = one.sid === NETWORK && !isPublic && isEffective;
    if (!isOfMode && !isShut) stays.push(one);
    else if ((one.flags & INHERITING) !== 0) {
      stays.push({ ...one, flags: (one.flags | INHERIT_ONLY_ACE) & ~INHERITED_ACE });
    }
  }
  return withAces(mode, [...acesOfMode(mode), ...stays]);
}

function withAces({ owner, group }: ModeOwner, aces: readonly Ace[]): Uint8Array {
  const control = SE_SELF_RELATIVE | SE_DACL_PRESENT | SE_DACL_PROTECTED;
  return writeSecurityDescriptor({ control, owner, group, dacl: { revision: 2, aces } });
}
