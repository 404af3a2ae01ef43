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
  descriptorOfPermissions,
  EVERYONE,
  INHERIT_ONLY_ACE,
  INHERITED_ACE,
  LOCAL_SYSTEM,
  NETWORK,
  NOBODY_ID,
  OBJECT_INHERIT_ACE,
  type PosixAccounts,
  permissionsOfDescriptor,
  readSecurityDescriptor,
  S_IFDIR,
  S_IFMT,
  S_IFREG,
  type SecurityDescriptor,
  type Sid,
  tryReadSecurityDescriptor,
  UNIX_ACCOUNTS,
  USERS,
  writeSecurityDescriptor,
} from "../nt/index.js";

/** Whose a file is, and who may do what with it, as POSIX has it. */
export interface Ownership {
  readonly uid: number;
  readonly gid: number;
  /** The lower 12 bits of the mode. */
  readonly permissions: number;
}

export function sidOfUid(uid: number): Sid {
  return UNIX_ACCOUNTS.sidOfUid(uid);
}

export function sidOfGid(gid: number): Sid {
  return UNIX_ACCOUNTS.sidOfGid(gid);
}

/** What is shown of descriptors; remembered for as long as a file system gives the same array. */
export class Ownerships {
  readonly #accounts: PosixAccounts;
  /** Shown where the volume keeps no descriptors. */
  readonly #ofFiles: Ownership;
  readonly #ofDirectories: Ownership;
  readonly #known = new WeakMap<Uint8Array, Ownership>();

  /** @param owner - who serves the volume, and whom what is everybody's is shown to be of */
  constructor(owner: { readonly uid: number; readonly gid: number }) {
    this.#accounts = {
      ...UNIX_ACCOUNTS,
      uidOfSid: (sid) => idOfSid(sid, owner.uid) ?? UNIX_ACCOUNTS.uidOfSid(sid),
      gidOfSid: (sid) => idOfSid(sid, owner.gid) ?? UNIX_ACCOUNTS.gidOfSid(sid),
    };
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
    const ownership = decoded === undefined ? UNREADABLE : this.#ownershipOf(decoded, isDirectory);
    this.#known.set(descriptor, ownership);
    return ownership;
  }

  #ownershipOf(descriptor: SecurityDescriptor, isDirectory: boolean): Ownership {
    const existing = { mode: isDirectory ? S_IFDIR : S_IFREG, uid: 0, gid: 0 };
    const accounts = this.#accounts;
    const { mode, uid, gid } = permissionsOfDescriptor(descriptor, existing, { accounts });
    return { uid, gid, permissions: mode & ~S_IFMT };
  }
}

/** Root for what the system's administrators have, and who serves for what everybody has who has logged on. */
function idOfSid(sid: Sid, server: number): number | undefined {
  if (sid === LOCAL_SYSTEM || sid === ADMINISTRATORS) return 0;
  return sid === AUTHENTICATED_USERS || sid === USERS ? server : undefined;
}

/** Nobody may do anything with what has a descriptor that cannot be read. */
const UNREADABLE: Ownership = { uid: NOBODY_ID, gid: NOBODY_ID, permissions: 0 };

/** Who a mode is for. */
export interface ModeOwner extends Ownership {
  readonly isDirectory: boolean;
}

/** What a mode comes to: the descriptor with nothing but that. */
function descriptorOfMode(
  { uid, gid, permissions, isDirectory }: ModeOwner,
  accounts = UNIX_ACCOUNTS,
): SecurityDescriptor {
  const mode = (isDirectory ? S_IFDIR : S_IFREG) | permissions;
  return readSecurityDescriptor(descriptorOfPermissions({ mode, uid, gid }, { accounts }));
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
  return withAces(descriptorOfMode(mode), [...effectiveOf(handed, mode), ...kept(handed, mode)]);
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
 * others may still read. So does who owned it, whom a number may not tell.
 *
 * @param shown - what is shown of `old`
 */
export function descriptorWithMode(
  mode: ModeOwner,
  old: SecurityDescriptor,
  shown: Ownership,
): Uint8Array {
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
  const accounts: PosixAccounts = {
    ...UNIX_ACCOUNTS,
    sidOfUid: (uid) => (uid === shown.uid ? (old.owner ?? sidOfUid(uid)) : sidOfUid(uid)),
    sidOfGid: (gid) => (gid === shown.gid ? (old.group ?? sidOfGid(gid)) : sidOfGid(gid)),
  };
  return withAces(descriptorOfMode(mode, accounts), stays);
}

function withAces(descriptor: SecurityDescriptor, more: readonly Ace[]): Uint8Array {
  const aces = [...(descriptor.dacl?.aces ?? []), ...more];
  return writeSecurityDescriptor({ ...descriptor, dacl: { revision: 2, aces } });
}
