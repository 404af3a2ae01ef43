import type { Caller } from "../../fs/index.js";
import {
  AceType,
  descriptorOfPermissions,
  FILE_ALL_ACCESS,
  LOCAL_SYSTEM,
  type PosixPermissions,
  permissionsOfDescriptor,
  readSecurityDescriptor,
  S_IFDIR,
  S_IFREG,
  SE_DACL_PRESENT,
  SE_DACL_PROTECTED,
  SE_SELF_RELATIVE,
  type SecurityDescriptor,
  writeSecurityDescriptor,
} from "../../nt/index.js";
import type { FuseContext, FuseStat } from "./fuse-operations.js";
import type { ResolvedFuseOptions } from "./fuse-options.js";
import { MAX_KEPT_DESCRIPTORS } from "./limits.js";

/** What new files may not be for others where nobody has said anything. umask(2) */
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

  /** The same array for the same permissions, so that the kernel may remember what it worked out. */
  descriptorOf(stat: FuseStat): Uint8Array {
    const { mode, uid, gid } = this.permissionsOf(stat);
    const key = `${mode & 0o171_777}:${uid}:${gid}`;
    let descriptor = this.#kept.get(key);
    if (descriptor === undefined) {
      if (this.#kept.size >= MAX_KEPT_DESCRIPTORS) this.#kept.clear();
      descriptor = this.#make({ mode, uid, gid });
      this.#kept.set(key, descriptor);
    }
    return descriptor;
  }

  #make(permissions: PosixPermissions): Uint8Array {
    const { accounts, addsWriteEaAccess, fixedSecurity } = this.#options;
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
    return {
      mode: umask === undefined ? wanted.mode : Number(stat.mode),
      uid: forcedUid === undefined ? wanted.uid : existing.uid,
      gid: forcedGid === undefined ? wanted.gid : existing.gid,
    };
  }

  /** The mode that a new file is made with. */
  modeOfNew(descriptor: Uint8Array | undefined, isDirectory: boolean): number {
    const { createUmask, createFileUmask, createDirUmask, accounts } = this.#options;
    const umask = (isDirectory ? createDirUmask : createFileUmask) ?? createUmask;
    const type = isDirectory ? S_IFDIR : S_IFREG;
    const usual = isDirectory ? 0o777 : 0o666;
    if (umask !== undefined) return type | (usual & ~umask);
    const sd = descriptor === undefined ? undefined : readSecurityDescriptor(descriptor);
    if (sd === undefined || saysNothing(sd)) return type | (usual & ~USUAL_UMASK);
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
    const { accounts } = this.#options;
    return {
      uid: accounts.uidOfSid(caller.userSid),
      gid: accounts.gidOfSid(primaryGroupOf(caller)),
      pid: -1,
      umask: 0,
      caller,
      directIo: false,
    };
  }
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
