/**
 * Who may do what with a file: a descriptor that a client has set, or what the host's permissions come to.
 *
 * @packageDocumentation
 */
import { type BigIntStats, chownSync } from "node:fs";
import type { Caller } from "../../fs/index.js";
import {
  type Ace,
  AceType,
  CONTAINER_INHERIT_ACE,
  CREATOR_OWNER,
  FILE_ALL_ACCESS,
  FILE_EXECUTE,
  FILE_READ_DATA,
  FILE_WRITE_DATA,
  INHERIT_ONLY_ACE,
  INHERITED_ACE,
  OBJECT_INHERIT_ACE,
  readSecurityDescriptor,
  SE_DACL_AUTO_INHERITED,
  SE_DACL_PRESENT,
  SE_DACL_PROTECTED,
  SE_SELF_RELATIVE,
  type Sid,
  tryReadSecurityDescriptor,
  writeSecurityDescriptor,
} from "../../nt/index.js";
import type { Attachments, Keeper } from "./attachments.js";
import type { Facts, Permissions as HostPermissions } from "./facts.js";
import { DESCRIPTOR, modeOf } from "./known-file.js";
import { MAX_SHARED_DESCRIPTORS } from "./limits.js";
import { aclOfMode, modeOfDescriptor } from "./posix-permissions.js";

/** The accounts of a Unix system as others call them, Samba among them. */
const UNIX_USER = "S-1-22-1-";
const UNIX_GROUP = "S-1-22-2-";
const SPECIAL_BITS = 0o7000;
const SERVER_READS_FILES = 0o400;
const SERVER_ENTERS_DIRECTORIES = 0o500;

/**
 * The descriptors of a folder. The server acts as one account of the host, whoever is connected: what belongs to
 * that account belongs to the caller, and what others own, he has as far as their group and everybody has it.
 */
export class Permissions {
  readonly #attachments: Attachments;
  readonly #uid = process.geteuid?.() ?? 0;
  readonly #groups: ReadonlySet<number>;
  /** The same array for the same descriptor, as the kernel remembers what it made of it. */
  readonly #shared = new Map<string, Uint8Array>();
  readonly #inherited = new WeakMap<Uint8Array, boolean>();

  constructor(attachments: Attachments) {
    this.#attachments = attachments;
    this.#groups = new Set([process.getegid?.() ?? 0, ...(process.getgroups?.() ?? [])]);
  }

  /** The descriptor of a file, self-relative. */
  descriptorOf(keeper: Keeper, { security }: Facts, caller: Caller): Uint8Array {
    const { stats } = keeper;
    if (security !== undefined && isStill(stats, security)) {
      const kept = this.#attachments.get(keeper, DESCRIPTOR);
      if (kept !== undefined && tryReadSecurityDescriptor(kept) !== undefined) {
        return this.#share(`= ${kept.toString("latin1")}`, () => kept);
      }
    }
    const { uid, gid } = stats;
    const key = `${uid} ${gid} ${stats.mode} ${caller.userSid}`;
    return this.#share(key, () => this.#descriptorOfMode(stats, caller));
  }

  /** Whether a new file's descriptor says only what the permissions of its directory come to anyway. */
  isInherited(descriptor: Uint8Array, caller: Caller): boolean {
    let isInherited = this.#inherited.get(descriptor);
    if (isInherited === undefined) {
      const { owner, dacl, sacl } = readSecurityDescriptor(descriptor);
      const aces: readonly Ace[] = dacl?.aces ?? [];
      const isAllInherited =
        aces.length > 0 && aces.every(({ flags }) => (flags & INHERITED_ACE) !== 0);
      isInherited = isAllInherited && sacl === undefined && owner === caller.userSid;
      this.#inherited.set(descriptor, isInherited);
    }
    return isInherited;
  }

  /** The permissions, for the host's own users, that a descriptor comes closest to. */
  modeOf(descriptor: Uint8Array, stats: BigIntStats): number {
    const mode = modeOfDescriptor(readSecurityDescriptor(descriptor));
    const servers = stats.isDirectory() ? SERVER_ENTERS_DIRECTORIES : SERVER_READS_FILES;
    return (modeOf(stats) & SPECIAL_BITS) | mode | servers;
  }

  keep(keeper: Keeper, descriptor: Uint8Array): void {
    this.#attachments.set(keeper, DESCRIPTOR, descriptor);
  }

  /**
   * Gives a file to whom the descriptor says, where that is an account of the host, and the server may.
   *
   * @returns whose it is then
   */
  changeOwners(keeper: Keeper, descriptor: Uint8Array): Pick<HostPermissions, "uid" | "gid"> {
    const { owner, group } = readSecurityDescriptor(descriptor);
    const before = { uid: Number(keeper.stats.uid), gid: Number(keeper.stats.gid) };
    const after = {
      uid: idOf(owner, UNIX_USER) ?? before.uid,
      gid: idOf(group, UNIX_GROUP) ?? before.gid,
    };
    const isSame = after.uid === before.uid && after.gid === before.gid;
    if (isSame || this.#uid !== 0 || !keeper.isOpen) return before;
    chownSync(keeper.hostPath, after.uid, after.gid);
    return after;
  }

  #descriptorOfMode(stats: BigIntStats, caller: Caller): Uint8Array {
    const isOwn = Number(stats.uid) === this.#uid;
    const isOwnGroup = !isOwn && this.#groups.has(Number(stats.gid));
    const owner = isOwn ? caller.userSid : UNIX_USER + stats.uid.toString();
    const group = isOwnGroup ? caller.userSid : UNIX_GROUP + stats.gid.toString();
    const isDirectory = stats.isDirectory();
    const acl = aclOfMode({ owner, group, mode: modeOf(stats), isDirectory });
    const posix = isOwn ? acl.aces.map((ace, at) => (at === 0 ? asOwner(ace) : ace)) : acl.aces;
    const aces = isDirectory ? [...posix, HANDED_DOWN] : posix;
    const inheritance = isDirectory ? SE_DACL_AUTO_INHERITED : 0;
    return writeSecurityDescriptor({
      control: SE_SELF_RELATIVE | SE_DACL_PRESENT | SE_DACL_PROTECTED | inheritance,
      owner,
      group,
      dacl: { ...acl, aces },
    });
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

/** Marks what is made in a directory as having from it what it has: see `isInherited`. */
const HANDED_DOWN: Ace = {
  type: AceType.ACCESS_ALLOWED,
  flags: OBJECT_INHERIT_ACE | CONTAINER_INHERIT_ACE | INHERIT_ONLY_ACE,
  mask: FILE_ALL_ACCESS,
  sid: CREATOR_OWNER,
};

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

function isStill(stats: BigIntStats, { mode, uid, gid }: HostPermissions): boolean {
  return modeOf(stats) === mode && Number(stats.uid) === uid && Number(stats.gid) === gid;
}

function idOf(sid: Sid | undefined, prefix: string): number | undefined {
  if (sid?.startsWith(prefix) !== true) return undefined;
  return Number(sid.slice(prefix.length));
}
