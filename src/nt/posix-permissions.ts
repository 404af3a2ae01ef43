/**
 * Permissions of POSIX systems as security descriptors, and back. WinFsp 4.7
 *
 * @packageDocumentation
 */
import {
  DELETE,
  FILE_APPEND_DATA,
  FILE_DELETE_CHILD,
  FILE_EXECUTE,
  FILE_READ_ATTRIBUTES,
  FILE_READ_DATA,
  FILE_READ_EA,
  FILE_WRITE_ATTRIBUTES,
  FILE_WRITE_DATA,
  FILE_WRITE_EA,
  mapGenericAccess,
  READ_CONTROL,
  SYNCHRONIZE,
  WRITE_DAC,
  WRITE_OWNER,
} from "./access-mask.js";
import { POSIX_ACCOUNTS, type PosixAccounts } from "./posix-accounts.js";
import {
  type Ace,
  AceType,
  INHERIT_ONLY_ACE,
  SE_DACL_PRESENT,
  SE_DACL_PROTECTED,
  SE_SELF_RELATIVE,
  type SecurityDescriptor,
  writeSecurityDescriptor,
} from "./security-descriptor.js";
import { AUTHENTICATED_USERS, EVERYONE, type Sid } from "./sid.js";

/** What a POSIX system knows of who may do what with a file. */
export interface PosixPermissions {
  /** As `stat` tells it, with the type of the file. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** The type of a file, in its mode. inode(7) */
export const S_IFMT = 0o170_000;
export const S_IFDIR = 0o040_000;
export const S_IFREG = 0o100_000;
export const S_IFLNK = 0o120_000;
export const S_IFCHR = 0o020_000;
export const S_IFBLK = 0o060_000;
export const S_IFIFO = 0o010_000;
export const S_IFSOCK = 0o140_000;

/** Only who owns a file may remove it from such a directory. */
export const S_ISVTX = 0o1000;

const READ = 4;
const WRITE = 2;
const EXECUTE = 1;

/** What everybody may. */
const BASE_ACCESS = SYNCHRONIZE | READ_CONTROL | FILE_READ_ATTRIBUTES | FILE_READ_EA;
/** What the owner may, too. */
const OWNER_ACCESS =
  BASE_ACCESS | DELETE | WRITE_DAC | WRITE_OWNER | FILE_WRITE_ATTRIBUTES | FILE_WRITE_EA;

/** How the descriptors of a volume are made. */
export interface PosixSecurityOptions {
  /** Who is who; the rules of Cygwin unless told. */
  readonly accounts?: PosixAccounts | undefined;
  /** Who may do anything may write extended attributes; some programs ask for it. `AddWriteEaAccess` */
  readonly addsWriteEa?: boolean | undefined;
}

/**
 * The descriptor that stands for permissions: self-relative, its DACL protected. In order: what the owner may, and
 * may not though his group or everybody may; then the same for the group; then what everybody may.
 */
export function descriptorOfPermissions(
  { mode, uid, gid }: PosixPermissions,
  { accounts = POSIX_ACCOUNTS, addsWriteEa = false }: PosixSecurityOptions = {},
): Uint8Array {
  const owner = accounts.sidOfUid(uid);
  const group = accounts.sidOfGid(gid);
  const extra = addsWriteEa ? FILE_WRITE_EA : 0;
  const ofOwner = OWNER_ACCESS | accessOf(mode >> 6, mode, true);
  const ofGroup = BASE_ACCESS | accessOf(mode >> 3, mode, false) | extra;
  const ofWorld = BASE_ACCESS | accessOf(mode, mode, false) | extra;
  const aces = [
    allowing(owner, ofOwner),
    ...denying(owner, (ofGroup | ofWorld) & ~ofOwner),
    allowing(group, ofGroup),
    ...denying(group, ofWorld & ~ofGroup),
    allowing(EVERYONE, ofWorld),
  ];
  return writeSecurityDescriptor({
    control: SE_SELF_RELATIVE | SE_DACL_PRESENT | SE_DACL_PROTECTED,
    owner,
    group,
    dacl: { revision: 2, aces },
  });
}

/** The rights that three bits of a mode stand for, beside what everybody has. */
function accessOf(bits: number, mode: number, isOwner: boolean): number {
  let access = 0;
  if ((bits & READ) !== 0) access |= FILE_READ_DATA;
  if ((bits & EXECUTE) !== 0) access |= FILE_EXECUTE;
  if ((bits & WRITE) !== 0) {
    access |= FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_WRITE_ATTRIBUTES;
    const mayDeleteChildren = isOwner || (mode & S_ISVTX) === 0;
    if ((mode & S_IFMT) === S_IFDIR && mayDeleteChildren) access |= FILE_DELETE_CHILD;
  }
  return access;
}

function allowing(sid: Sid, mask: number): Ace {
  return { type: AceType.ACCESS_ALLOWED, flags: 0, mask, sid };
}

function denying(sid: Sid, mask: number): Ace[] {
  return mask === 0 ? [] : [{ type: AceType.ACCESS_DENIED, flags: 0, mask, sid }];
}

/** What is decided of a class so far: what came first holds. */
interface Decided {
  allowed: number;
  denied: number;
}

/**
 * The permissions that a descriptor stands for, as nearly as a mode can tell: bits that no descriptor has stay
 * as they are in `existing`, and so do an owner and a group that it does not name.
 *
 * @param existing - of the file, or how a new one would be
 */
export function permissionsOfDescriptor(
  descriptor: SecurityDescriptor,
  existing: PosixPermissions,
  { accounts = POSIX_ACCOUNTS }: PosixSecurityOptions = {},
): PosixPermissions {
  const owner = descriptor.owner ?? accounts.sidOfUid(existing.uid);
  const group = descriptor.group ?? accounts.sidOfGid(existing.gid);
  const uid = descriptor.owner === undefined ? existing.uid : accounts.uidOfSid(owner);
  const gid = descriptor.group === undefined ? existing.gid : accounts.gidOfSid(group);
  const isDirectory = (existing.mode & S_IFMT) === S_IFDIR;
  const kept = existing.mode & ~(isDirectory ? 0o1777 : 0o777);
  if (descriptor.dacl === undefined) return { mode: kept | 0o777, uid, gid };

  const classes = decide(descriptor.dacl.aces, owner, group);
  const bits = classes.map(({ allowed }) => bitsOf(allowed));
  const [ofOwner = 0, ofGroup = 0, ofWorld = 0] = bits;
  const isSticky = isDirectory && sparesOwnersFiles(classes, bits);
  const mode = (ofOwner << 6) | (ofGroup << 3) | ofWorld | (isSticky ? S_ISVTX : 0);
  return { mode: kept | mode, uid, gid };
}

/** Of the owner, the group, and everybody else. */
type Classes = readonly [Decided, Decided, Decided];

function decide(aces: readonly Ace[], owner: Sid, group: Sid): Classes {
  const classes: Classes = [nothing(), nothing(), nothing()];
  const turns = new Map<Sid, number>();
  for (const { type, flags, mask, sid } of aces) {
    const isAllowed = type === AceType.ACCESS_ALLOWED;
    if ((flags & INHERIT_ONLY_ACE) !== 0) continue;
    if (!isAllowed && type !== AceType.ACCESS_DENIED) continue;
    if (isAllowed) turns.set(sid, (turns.get(sid) ?? 0) + 1);
    const rights = mapGenericAccess(mask);
    for (const index of concerned(sid, { owner, group, aces, turn: turns.get(sid) ?? 1 })) {
      const each = classes[index];
      if (isAllowed) each.allowed |= rights & ~each.denied;
      else each.denied |= rights & ~each.allowed;
    }
  }
  return classes;
}

function nothing(): Decided {
  return { allowed: 0, denied: 0 };
}

const OWNER = 0;
const GROUP = 1;
const WORLD = 2;
const ALL_CLASSES = [OWNER, GROUP, WORLD] as const;
type ClassIndex = (typeof ALL_CLASSES)[number];

/**
 * Whom an ACE counts for. Where one SID stands for several classes they are kept apart by the order that
 * {@link descriptorOfPermissions} has: each begins with what it may. Where there are fewer ACEs than that
 * takes, each counts for all of its classes.
 */
function concerned(
  sid: Sid,
  about: { owner: Sid; group: Sid; aces: readonly Ace[]; turn: number },
): readonly ClassIndex[] {
  const { owner, group, aces, turn } = about;
  const stands: ClassIndex[] = [];
  if (sid === owner) stands.push(OWNER);
  if (sid === group) stands.push(GROUP);
  if (sid === EVERYONE || (sid === AUTHENTICATED_USERS && stands.length === 0)) stands.push(WORLD);
  const isCommon = stands.length < 2 || countAllowing(aces, sid) < stands.length;
  const at = Math.min(turn, stands.length) - 1;
  const meant = isCommon ? stands : stands.slice(at, at + 1);
  return meant.includes(WORLD) ? ALL_CLASSES : meant;
}

function countAllowing(aces: readonly Ace[], of: Sid): number {
  return aces.filter(({ type, sid }) => type === AceType.ACCESS_ALLOWED && sid === of).length;
}

function bitsOf(allowed: number): number {
  const writes = FILE_WRITE_DATA | FILE_APPEND_DATA;
  return (
    ((allowed & FILE_READ_DATA) === 0 ? 0 : READ) |
    ((allowed & writes) === writes ? WRITE : 0) |
    ((allowed & FILE_EXECUTE) === 0 ? 0 : EXECUTE)
  );
}

/** The owner may remove what others have made in the directory, and somebody who may write to it may not. */
function sparesOwnersFiles([owner, ...others]: Classes, bits: readonly number[]): boolean {
  if ((owner.allowed & FILE_DELETE_CHILD) === 0) return false;
  return others.some(
    ({ allowed }, i) => (allowed & FILE_DELETE_CHILD) === 0 && ((bits[i + 1] ?? 0) & WRITE) !== 0,
  );
}
