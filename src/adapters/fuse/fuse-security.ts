import type { Caller } from "../../fs/index.js";
import {
  AceType,
  descriptorOfPermissions,
  FILE_ALL_ACCESS,
  FILE_DELETE_CHILD,
  LOCAL_SYSTEM,
  NOBODY_ID,
  type PosixAccounts,
  type PosixPermissions,
  permissionsOfDescriptor,
  readSecurityDescriptor,
  S_IFDIR,
  S_IFMT,
  S_IFREG,
  SE_DACL_PRESENT,
  SE_DACL_PROTECTED,
  SE_SELF_RELATIVE,
  type SecurityDescriptor,
  UNIX_ACCOUNTS,
  UNIX_USERS,
  writeSecurityDescriptor,
} from "../../nt/index.js";
import type { FuseContext, FuseStat } from "./fuse-operations.js";
import type { ResolvedFuseOptions } from "./fuse-options.js";
import { MAX_KEPT_DESCRIPTORS } from "./limits.js";

/** What others may not do with new files where nobody has said anything. umask(2) */
const USUAL_UMASK = 0o022;

/** Permissions of a file system of FUSE as descriptors, and back, by the options of its volume. */
export class FuseSecurity {
  readonly #options: ResolvedFuseOptions;
  readonly #kept = new Map<string, Uint8Array>();

  constructor(options: ResolvedFuseOptions) {
    this.#options = options;
  }

  /** Who may do what with a file, by its stat and the options before it. */
  permissionsOf({ mode, uid, gid }: FuseStat): PosixPermissions {
    const { forcedUid, forcedGid, umask, own } = this.#options;
    const type = Number(mode) & ~0o777;
    const bits = umask === undefined ? Number(mode) & 0o777 : 0o777 & ~umask;
    return {
      mode: type | bits,
      uid: forcedUid ?? idOr(uid, own.uid),
      gid: forcedGid ?? idOr(gid, own.gid),
    };
  }

  /** As clients are shown it. The same array for the same permissions. */
  descriptorOf(stat: FuseStat, caller: Caller): Uint8Array {
    const permissions = this.permissionsOf(stat);
    const accounts = this.#accountsFor(caller);
    const key = `${keyOf(permissions, accounts)} shown`;
    return this.#keep(key, () => this.#make(permissions, accounts));
  }

  /**
   * As opens are checked by it. An owner who may read, write and execute has all rights of a file, DELETE_CHILD, which
   * means nothing there, as well: who asks for everything is not refused. The same array for the same
   * permissions, so that the kernel may remember what it worked out.
   */
  checkedDescriptorOf(stat: FuseStat, caller: Caller): Uint8Array {
    const permissions = this.permissionsOf(stat);
    const accounts = this.#accountsFor(caller);
    return this.#keep(keyOf(permissions, accounts), () => {
      const shown = this.#make(permissions, accounts);
      const isFile = (permissions.mode & S_IFMT) !== S_IFDIR;
      return isFile && (permissions.mode & 0o700) === 0o700 ? withDeleteChild(shown) : shown;
    });
  }

  #keep(key: string, make: () => Uint8Array): Uint8Array {
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    if (this.#kept.size >= MAX_KEPT_DESCRIPTORS) this.#kept.clear();
    const made = make();
    this.#kept.set(key, made);
    return made;
  }

  /** Users of this machine, who come by a mount, have numbers of their own, and are nobody else. */
  #accountsFor({ userSid }: Caller): PosixAccounts {
    return userSid.startsWith(UNIX_USERS) ? UNIX_ACCOUNTS : this.#options.accounts;
  }

  #make(permissions: PosixPermissions, accounts: PosixAccounts): Uint8Array {
    const { addsWriteEaAccess, fixedSecurity } = this.#options;
    const options = { accounts, addsWriteEa: addsWriteEaAccess };
    const made = descriptorOfPermissions(permissions, options);
    if (fixedSecurity === undefined) return made;
    const { owner, group, dacl, control } = readSecurityDescriptor(made);
    const hasDacl = (fixedSecurity.control & SE_DACL_PRESENT) !== 0;
    return writeSecurityDescriptor({
      control: control | SE_SELF_RELATIVE | SE_DACL_PROTECTED,
      owner: fixedSecurity.owner ?? owner,
      group: fixedSecurity.group ?? group,
      dacl: hasDacl ? fixedSecurity.dacl : dacl,
    });
  }

  /** What a file's permissions are to become. What the options have decided stays. */
  changedPermissions(stat: FuseStat, descriptor: Uint8Array): PosixPermissions {
    const { accounts, forcedUid, forcedGid, umask } = this.#options;
    const existing = this.permissionsOf(stat);
    const wanted = permissionsOfDescriptor(readSecurityDescriptor(descriptor), existing, {
      accounts,
    });
    const takesUid = forcedUid === undefined && wanted.uid !== NOBODY_ID;
    const takesGid = forcedGid === undefined && wanted.gid !== NOBODY_ID;
    return {
      mode: umask === undefined ? wanted.mode : Number(stat.mode),
      uid: takesUid ? wanted.uid : existing.uid, // who has no number here cannot own anything
      gid: takesGid ? wanted.gid : existing.gid,
    };
  }

  /** The mode that a new file is made with. */
  modeOfNew(descriptor: Uint8Array | undefined, isDirectory: boolean): number {
    const { createUmask, createFileUmask, createDirUmask, accounts } = this.#options;
    const umask = (isDirectory ? createDirUmask : createFileUmask) ?? createUmask;
    const type = isDirectory ? S_IFDIR : S_IFREG;
    if (umask !== undefined) return type | ((isDirectory ? 0o777 : 0o666) & ~umask);
    const sd = descriptor === undefined ? undefined : readSecurityDescriptor(descriptor);
    if (sd === undefined || saysNothing(sd)) return type | (0o777 & ~USUAL_UMASK); // programs are to run
    return permissionsOfDescriptor(sd, { mode: type, uid: 0, gid: 0 }, { accounts }).mode;
  }

  /** Whom a new file is to belong to, where that is somebody else than it does. */
  ownerOfNew(
    stat: FuseStat,
    descriptor: Uint8Array,
    caller: Caller,
  ): { uid: number; gid: number } | undefined {
    const { accounts } = this.#options;
    const wanted = this.changedPermissions(stat, descriptor);
    const { uid, gid } = this.permissionsOf(stat);
    if (wanted.uid === uid) return undefined;
    const owner = accounts.sidOfUid(uid);
    const isCallers = owner === caller.userSid || caller.groupSids.includes(owner);
    const { owner: meant } = readSecurityDescriptor(descriptor);
    if (isCallers && meant === caller.userSid) return undefined;
    return { uid: wanted.uid, gid: wanted.gid === gid ? -1 : wanted.gid };
  }

  contextOf(caller: Caller): FuseContext {
    const { accounts, own } = this.#options;
    const uid = accounts.uidOfSid(caller.userSid);
    const gid = accounts.gidOfSid(primaryGroupOf(caller));
    return {
      uid: uid === NOBODY_ID ? own.uid : uid,
      gid: gid === NOBODY_ID ? own.gid : gid,
      pid: -1,
      umask: 0,
      caller,
      directIo: false,
    };
  }
}

function keyOf({ mode, uid, gid }: PosixPermissions, accounts: PosixAccounts): string {
  const whose = accounts === UNIX_ACCOUNTS ? " unix" : "";
  return `${mode & 0o171_777}:${uid}:${gid}${whose}`;
}

/** The first ACE, which is the owner's, with one right more. */
function withDeleteChild(descriptor: Uint8Array): Uint8Array {
  const sd = readSecurityDescriptor(descriptor);
  const [first, ...others] = sd.dacl?.aces ?? [];
  if (first === undefined || sd.dacl === undefined) return descriptor;
  const aces = [{ ...first, mask: first.mask | FILE_DELETE_CHILD }, ...others];
  return writeSecurityDescriptor({ ...sd, dacl: { ...sd.dacl, aces } });
}

function idOr(id: number | bigint | undefined | null, own: number): number {
  return id === undefined || id === null ? own : Number(id);
}

/** The first group that belongs to a domain; without one, the user himself, as the kernel has it. */
function primaryGroupOf({ userSid, groupSids }: Caller): string {
  return groupSids.find((sid) => sid.startsWith("S-1-5-21-")) ?? userSid;
}

/** Whether a DACL is the one that files have of which nobody has said anything: the owner and the system may do everything. */
function saysNothing({ dacl, owner }: SecurityDescriptor): boolean {
  const aces = dacl?.aces;
  if (aces?.length !== 2) return false;
  return [owner, LOCAL_SYSTEM].every((sid, i) => {
    const ace = aces[i];
    return (
      ace?.type === AceType.ACCESS_ALLOWED &&
      ace.sid === sid &&
      ace.flags === 0 &&
      ace.mask === FILE_ALL_ACCESS
    );
  });
}
