/**
 * Who may do what with a file: a descriptor that a client has set, or what the host's permissions come to.
 *
 * @packageDocumentation
 */
import { chownSync } from "node:fs";
import type { Caller } from "../../fs/index.js";
import {
  type Ace,
  AceType,
  CONTAINER_INHERIT_ACE,
  CREATOR_GROUP,
  CREATOR_OWNER,
  descriptorOfPermissions,
  FILE_ALL_ACCESS,
  FILE_EXECUTE,
  FILE_READ_DATA,
  FILE_WRITE_DATA,
  INHERIT_ONLY_ACE,
  MACHINE_DOMAIN,
  mapGenericAccess,
  mappedAccounts,
  NOBODY_ID,
  OBJECT_INHERIT_ACE,
  POSIX_ACCOUNTS,
  type PosixAccounts,
  type PosixPermissions,
  permissionsOfDescriptor,
  readSecurityDescriptor,
  type SecurityDescriptor,
  type Sid,
  tryReadSecurityDescriptor,
  UNIX_ACCOUNTS,
  UNIX_USERS,
  USERS,
  writeSecurityDescriptor,
} from "../../nt/index.js";
import type { Attachments, Keeper } from "./attachments.js";
import type { Facts, Permissions as KeptPermissions } from "./facts.js";
import type { HostStats } from "./host-stats.js";
import { DESCRIPTOR, modeOf } from "./known-file.js";
import { MAX_SHARED_DESCRIPTORS } from "./limits.js";

const SERVER_READS_FILES = 0o400;
const SERVER_ENTERS_DIRECTORIES = 0o500;

/**
 * The descriptors of a folder. The server acts as one account of the host, whoever is connected: what belongs to
 * that account belongs to the caller, and what others own, he has as far as their group and everybody has it. Not so
 * for who is himself an account of this host, on a mount of it: he is who he is, and modes are what they are.
 */
export class Permissions {
  readonly #attachments: Attachments;
  readonly #uid = process.geteuid?.();
  readonly #groups: readonly number[];
  /** The same array for the same descriptor, as the kernel remembers what it made of it. */
  readonly #shared = new Map<string, Uint8Array>();
  /** The descriptors that are kept with files, by what else is: that is another object when anything was changed. */
  readonly #kept = new WeakMap<Facts, Uint8Array>();
  readonly #inherited = new WeakMap<Uint8Array, boolean>();

  constructor(attachments: Attachments) {
    this.#attachments = attachments;
    const groups = process.getgroups?.() ?? [];
    const group = process.getegid?.();
    this.#groups = group === undefined ? groups : [group, ...groups];
  }

  /** The descriptor of a file, self-relative. */
  descriptorOf(keeper: Keeper, facts: Facts, caller: Caller): Uint8Array {
    const { stats } = keeper;
    if (facts.security !== undefined && isStill(stats, facts.security)) {
      const kept = this.#keptOf(keeper, facts);
      if (kept !== undefined) return kept;
    }
    const { uid, gid, mode } = stats;
    const asker = isOfHost(caller) ? "host" : caller.userSid;
    return this.#share(`${uid} ${gid} ${mode} ${asker}`, () =>
      this.#descriptorOfMode(stats, caller),
    );
  }

  /**
   * Whether a descriptor says of a file of this machine just what permissions would say, so that these keep it; and they
   * mean the same to everybody, those included who come by the network and are no users of this machine.
   *
   * @param mode - what it comes to, less the type of the file
   */
  isOfPermissions(descriptor: Uint8Array, stats: HostStats, mode: number): boolean {
    if ((mode & MEANT_FOR_ALL) !== MEANT_FOR_ALL) return false;
    const { mode: before, uid, gid } = posixOf(stats);
    const posix = { mode: (before & ~PERMISSIONS) | mode, uid, gid };
    const made = this.#share(`${uid} ${gid} ${posix.mode}`, () =>
      descriptorOfPermissions(posix, { accounts: UNIX_ACCOUNTS }),
    );
    return Buffer.compare(made, descriptor) === 0;
  }

  /** Whether a new file's descriptor says only what the permissions of its directory come to anyway. */
  isInherited(descriptor: Uint8Array, caller: Caller): boolean {
    if (isOfHost(caller)) return false; // it says whose the file is, who is another than the server
    let isInherited = this.#inherited.get(descriptor);
    if (isInherited === undefined) {
      const { owner, dacl, sacl } = readSecurityDescriptor(descriptor);
      const aces: readonly Ace[] = dacl?.aces ?? [];
      const isMarked = aces.some(({ type, mask }) => type === AceType.ACCESS_ALLOWED && mask === 0);
      isInherited = isMarked && sacl === undefined && owner === caller.userSid;
      this.#inherited.set(descriptor, isInherited);
    }
    return isInherited;
  }

  /** The permissions, for the host's own users, that a descriptor comes closest to. */
  modeOf(descriptor: Uint8Array, stats: HostStats): number {
    const decoded = readSecurityDescriptor(descriptor);
    const { mode } = permissionsOfDescriptor(decoded, posixOf(stats));
    const servers = stats.isDirectory() ? SERVER_ENTERS_DIRECTORIES : SERVER_READS_FILES;
    return (mode & PERMISSIONS) | ownerBitsOfAnybody(decoded) | servers;
  }

  /** @param facts - what else has been kept with the file so far */
  keep(keeper: Keeper, facts: Facts, descriptor: Uint8Array): void {
    this.#kept.delete(facts);
    this.#attachments.set(keeper, DESCRIPTOR, descriptor);
  }

  /**
   * Gives a file to whom the descriptor says, where that is an account of the host, and the server may.
   *
   * @returns whose it is then
   */
  changeOwners(
    keeper: Keeper,
    descriptor: Uint8Array,
    caller: Caller,
  ): Pick<KeptPermissions, "uid" | "gid"> {
    const { owner, group } = readSecurityDescriptor(descriptor);
    const { uid, gid } = posixOf(keeper.stats);
    const accounts = this.#accountsFor(caller);
    const after = {
      uid:
        owner === accounts.sidOfUid(uid)
          ? uid
          : idOr(uid, owner, (sid) => POSIX_ACCOUNTS.uidOfSid(sid)),
      gid:
        group === accounts.sidOfGid(gid)
          ? gid
          : idOr(gid, group, (sid) => POSIX_ACCOUNTS.gidOfSid(sid)),
    };
    const isSame = after.uid === uid && after.gid === gid;
    if (isSame || this.#uid !== ROOT || !keeper.isOpen) return { uid, gid };
    chownSync(keeper.hostPath, after.uid, after.gid);
    return after;
  }

  /** Who is who to a caller: the account of the server is himself, and its groups take in all users. */
  #accountsFor(caller: Caller): PosixAccounts {
    if (isOfHost(caller)) return UNIX_ACCOUNTS;
    const { userSid } = caller;
    const uids = this.#uid === undefined ? undefined : new Map([[this.#uid, userSid]]);
    const gids = new Map(this.#groups.map((gid) => [gid, USERS]));
    return mappedAccounts(uids === undefined ? { gids } : { uids, gids });
  }

  /** What the permissions come to; of the server's own files, with more for their owner on another machine. */
  #descriptorOfMode(stats: HostStats, caller: Caller): Uint8Array {
    const posix = posixOf(stats);
    const made = readSecurityDescriptor(
      descriptorOfPermissions(posix, { accounts: this.#accountsFor(caller) }),
    );
    const { dacl } = made;
    if (dacl === undefined) return writeSecurityDescriptor(made);
    const [first, ...others] = dacl.aces;
    const isOwn = posix.uid === this.#uid && first !== undefined && !isOfHost(caller);
    const aces = isOwn ? [asOwner(first), ...others] : dacl.aces;
    if (!stats.isDirectory()) return writeSecurityDescriptor({ ...made, dacl: { ...dacl, aces } });
    return writeSecurityDescriptor({
      ...made,
      dacl: { ...dacl, aces: [...aces, ...HANDED_DOWN] },
    });
  }

  #keptOf(keeper: Keeper, facts: Facts): Uint8Array | undefined {
    const known = this.#kept.get(facts);
    if (known !== undefined) return known;
    const kept = this.#attachments.get(keeper, DESCRIPTOR);
    if (kept === undefined || tryReadSecurityDescriptor(kept) === undefined) return undefined;
    const shared = this.#share(`= ${kept.toString("latin1")}`, () => kept);
    this.#kept.set(facts, shared);
    return shared;
  }

  #share(key: string, make: () => Uint8Array): Uint8Array {
    const shared = this.#shared.get(key);
    if (shared !== undefined) return shared;
    if (this.#shared.size >= MAX_SHARED_DESCRIPTORS) this.#shared.clear();
    const made = make();
    this.#shared.set(key, made);
    return made;
  }
}

/**
 * What a directory hands down to a file whose maker says nothing of it: all to him, and nothing to his group. The
 * second, which nobody else would say, marks the file as one whose permissions say it all: see `isInherited`.
 */
const HANDED_DOWN: readonly Ace[] = [
  { sid: CREATOR_OWNER, mask: FILE_ALL_ACCESS },
  { sid: CREATOR_GROUP, mask: 0 },
].map((each) => ({
  type: AceType.ACCESS_ALLOWED,
  flags: OBJECT_INHERIT_ACE | CONTAINER_INHERIT_ACE | INHERIT_ONLY_ACE,
  ...each,
}));

/**
 * What the caller has as the owner: a program that he may read he runs on his own machine, and with reading and
 * writing he has everything, as programs ask for that where they need less.
 */
function asOwner(ace: Ace): Ace {
  const { mask } = ace;
  const [reads, writes] = [(mask & FILE_READ_DATA) !== 0, (mask & FILE_WRITE_DATA) !== 0];
  if (reads && writes) return { ...ace, mask: FILE_ALL_ACCESS };
  return reads ? { ...ace, mask: mask | FILE_EXECUTE } : ace;
}

/** Whether a caller is an account of this machine, as those of a mount by `/dev/fuse` are. */
function isOfHost({ userSid }: Caller): boolean {
  return userSid.startsWith(UNIX_USERS);
}

function isStill(stats: HostStats, { mode, uid, gid }: KeptPermissions): boolean {
  return modeOf(stats) === mode && Number(stats.uid) === uid && Number(stats.gid) === gid;
}

const ROOT = 0;
/** The twelve bits of chmod(2). */
const PERMISSIONS = 0o7777;

/** Its owner writes it, and all read it: a file without is READONLY, or none of the network's business. */
const MEANT_FOR_ALL = 0o204;

function posixOf({ mode, uid, gid }: HostStats): PosixPermissions {
  return { mode: Number(mode), uid: Number(uid), gid: Number(gid) };
}

/**
 * What anybody at all is let do, the owner of a file on the host has to be let do: it is as him that the server
 * does it.
 */
function ownerBitsOfAnybody({ dacl }: SecurityDescriptor): number {
  let bits = 0;
  for (const { type, flags, mask } of dacl?.aces ?? []) {
    if (type !== AceType.ACCESS_ALLOWED || (flags & INHERIT_ONLY_ACE) !== 0) continue;
    const rights = mapGenericAccess(mask);
    if ((rights & FILE_READ_DATA) !== 0) bits |= 0o400;
    if ((rights & FILE_WRITE_DATA) !== 0) bits |= 0o200;
    if ((rights & FILE_EXECUTE) !== 0) bits |= 0o100;
  }
  return bits;
}

/** The account of a SID; whose it was where that is nobody on the host, or one of the server's own users. */
function idOr(before: number, sid: Sid | undefined, idOf: (sid: Sid) => number): number {
  if (sid === undefined || sid.startsWith(`${MACHINE_DOMAIN}-`)) return before;
  const id = idOf(sid);
  return id === NOBODY_ID ? before : id;
}
