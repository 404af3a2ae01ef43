/**
 * SETATTR, ACCESS: chmod, chown, truncate, utimens, and who may do what.
 *
 * @packageDocumentation
 */
import type { Awaitable } from "../../fs/index.js";
import {
  type LookedUp,
  lookAtOpen,
  type Open,
  runSteps,
  type Steps,
  settled,
} from "../../kernel/index.js";
import {
  DACL_SECURITY_INFORMATION,
  FILE_APPEND_DATA,
  FILE_ATTRIBUTE_NORMAL,
  FILE_ATTRIBUTE_READONLY,
  FILE_EXECUTE,
  FILE_OPEN_FOR_BACKUP_INTENT,
  FILE_READ_ATTRIBUTES,
  FILE_READ_DATA,
  FILE_WRITE_ATTRIBUTES,
  FILE_WRITE_DATA,
  GROUP_SECURITY_INFORMATION,
  NtStatus,
  OWNER_SECURITY_INFORMATION,
  READ_CONTROL,
  ticksOfMs,
  tryReadSecurityDescriptor,
  WRITE_DAC,
  WRITE_OWNER,
} from "../../nt/index.js";
import {
  AccessIn,
  FATTR_ATIME,
  FATTR_ATIME_NOW,
  FATTR_CTIME,
  FATTR_FH,
  FATTR_GID,
  FATTR_MODE,
  FATTR_MTIME,
  FATTR_MTIME_NOW,
  FATTR_SIZE,
  FATTR_UID,
  SetattrIn,
} from "../../wire/fuse/index.js";
import { isDirectoryFile, ticksOfParts } from "../attributes.js";
import { Errno, errnoOf } from "../errno.js";
import { BODY, type FuseCall, type Outcome } from "../fuse-call.js";
import type { Inode } from "../inode-map.js";
import { descriptorWithMode, sidOfGid, sidOfUid } from "../ownership.js";
import { answerAttributes, lookAt } from "./lookup.js";
import { openNode } from "./open.js";

/** What is to be set; what is undefined stays. */
interface Changes {
  readonly fh: number | undefined;
  readonly size: number | undefined;
  readonly permissions: number | undefined;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  /** Ticks; 0 stays. */
  readonly lastAccessTicks: bigint;
  readonly lastWriteTicks: bigint;
  readonly changeTicks: bigint;
  /** Both times are now, which whoever may write may do. */
  readonly isTouch: boolean;
}

/** SETATTR */
export function setattr(call: FuseCall): Awaitable<Outcome> {
  const changes = changesOf(call);
  return runSteps(setAttributes(call, changes));
}

const PERMISSIONS = 0o1777;

/** Taken whole before anything waits, as the request is not there afterwards. */
function changesOf({ request, host }: FuseCall): Changes {
  const input = SetattrIn.read(request.view, BODY);
  const { valid } = input;
  const nowTicks = ticksOfMs(host.volume.clock.nowMs());
  const time = (
    flags: { set: number; now: number },
    seconds: number | bigint,
    nanoseconds: number,
  ): bigint => {
    if ((valid & flags.now) !== 0) return nowTicks;
    return (valid & flags.set) === 0 ? 0n : ticksOfParts(seconds, nanoseconds);
  };
  const given = <T>(flag: number, value: T): T | undefined =>
    (valid & flag) === 0 ? undefined : value;
  const atime = { set: FATTR_ATIME, now: FATTR_ATIME_NOW };
  const mtime = { set: FATTR_MTIME, now: FATTR_MTIME_NOW };
  const ctime = { set: FATTR_CTIME, now: 0 };
  const isAtimeNow = (valid & FATTR_ATIME) === 0 || (valid & FATTR_ATIME_NOW) !== 0;
  const isMtimeNow = (valid & FATTR_MTIME) === 0 || (valid & FATTR_MTIME_NOW) !== 0;
  return {
    fh: given(FATTR_FH, input.fh),
    size: given(FATTR_SIZE, input.size),
    permissions: given(FATTR_MODE, input.mode & PERMISSIONS),
    uid: given(FATTR_UID, input.uid),
    gid: given(FATTR_GID, input.gid),
    lastAccessTicks: time(atime, input.atime, input.atimensec),
    lastWriteTicks: time(mtime, input.mtime, input.mtimensec),
    changeTicks: time(ctime, input.ctime, input.ctimensec),
    isTouch: isAtimeNow && isMtimeNow,
  };
}

function* setAttributes(call: FuseCall, changes: Changes): Steps<Outcome> {
  const { host, inode } = call;
  if (inode === undefined) return Errno.ESTALE;
  const access = accessFor(call, changes);
  const handle = changes.fh === undefined ? undefined : host.handles.get(changes.fh);
  const own = handle?.open ?? anyOpenOf(call, inode);
  if (own !== undefined && (own.grantedAccess & access) === access) {
    return yield* setBy(call, inode, { open: own, changes });
  }
  const opened = yield* openNode(call, inode, { desiredAccess: access, createOptions: 0 });
  if (!opened.ok) return errnoOfRefusal(opened.errno, changes);
  try {
    return yield* setBy(call, inode, { open: opened.open, changes });
  } finally {
    yield* settled(opened.open.close());
  }
}

/** An open of a node that has no name any more, and can be opened by nothing else. */
function anyOpenOf({ host, uid }: FuseCall, inode: Inode): Open | undefined {
  if (host.inodes.pathOf(inode) !== undefined) return undefined;
  const open = host.handles.anyOf(inode)?.open;
  return open?.caller.userSid === sidOfUid(uid) ? open : undefined;
}

/** What takes an owner is refused by EPERM, what takes a right by EACCES. chmod(2), utimensat(2) */
function errnoOfRefusal(errno: number, { size, isTouch, lastWriteTicks }: Changes): number {
  const isOfOwner = size === undefined && !(isTouch && lastWriteTicks !== 0n);
  return errno === Errno.EACCES && isOfOwner ? Errno.EPERM : errno;
}

function accessFor({ host }: FuseCall, changes: Changes): number {
  let access = FILE_READ_ATTRIBUTES;
  if (changes.size !== undefined) access |= FILE_WRITE_DATA;
  if (setsTimes(changes)) access |= FILE_WRITE_ATTRIBUTES;
  const isOwnerSet = changes.uid !== undefined || changes.gid !== undefined;
  if (!host.volume.capabilities.hasSecurity) {
    return changes.permissions === undefined ? access : access | FILE_WRITE_ATTRIBUTES;
  }
  if (isOwnerSet) access |= WRITE_OWNER | WRITE_DAC | READ_CONTROL;
  if (changes.permissions !== undefined) access |= WRITE_DAC | READ_CONTROL;
  return access;
}

function setsTimes({ lastAccessTicks, lastWriteTicks, changeTicks }: Changes): boolean {
  return lastAccessTicks !== 0n || lastWriteTicks !== 0n || changeTicks !== 0n;
}

function* setBy(
  call: FuseCall,
  inode: Inode,
  { open, changes }: { open: Open; changes: Changes },
): Steps<Outcome> {
  const security = yield* setOwnership(call, open, changes);
  if (security !== 0) return security;
  if (changes.size !== undefined) {
    const sized = yield* settled(open.setEndOfFile(changes.size));
    if (!sized.ok) return errnoOf(sized.status);
  }
  if (setsTimes(changes)) {
    const { lastAccessTicks, lastWriteTicks, changeTicks } = changes;
    const times = { lastAccessTicks, lastWriteTicks, changeTicks, creationTicks: 0n };
    const set = yield* settled(open.setBasicInfo({ fileAttributes: 0, ...times }));
    if (!set.ok) return errnoOf(set.status);
  }
  const looked = yield* settled(lookAtOpen(open));
  if (!looked.ok) return errnoOf(looked.status);
  return answerAttributes(call, inode, looked.value);
}

/** Owner, group and mode, of a volume that keeps them; else what is like them. */
function* setOwnership(call: FuseCall, open: Open, changes: Changes): Steps<Outcome> {
  const { uid, gid, permissions } = changes;
  if (uid === undefined && gid === undefined && permissions === undefined) return 0;
  const looked = yield* settled(lookAtOpen(open));
  if (!looked.ok) return errnoOf(looked.status);
  const old = call.host.ownerships.of(looked.value.securityDescriptor, open.isDirectory);
  const isSameOwner = (uid ?? old.uid) === old.uid && (gid ?? old.gid) === old.gid;
  if (!call.host.volume.capabilities.hasSecurity) {
    return isSameOwner ? yield* setReadOnly(open, looked.value, permissions) : Errno.EPERM;
  }
  if (permissions === undefined && isSameOwner) return 0;
  const descriptor = tryReadSecurityDescriptor(looked.value.securityDescriptor ?? NONE);
  if (descriptor === undefined) return Errno.EIO;
  if (gid !== undefined && gid !== old.gid && !mayGiveTo(call, gid)) return Errno.EPERM;
  const mode = {
    uid: uid ?? old.uid,
    gid: gid ?? old.gid,
    permissions: permissions ?? old.permissions,
    isDirectory: open.isDirectory,
  };
  let what = DACL_SECURITY_INFORMATION;
  if (!isSameOwner) what |= OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION;
  const set = yield* settled(open.setSecurity(what, descriptorWithMode(mode, descriptor, old)));
  if (!set.ok) return errnoOf(set.status);
  const isWritable = permissions !== undefined && (permissions & ANY_WRITE) !== 0;
  return isWritable ? yield* setReadOnly(open, looked.value, permissions) : 0;
}

const NONE = new Uint8Array(0);

/** A user may give a file to a group that he is in. chown(2) */
function mayGiveTo({ caller, uid }: FuseCall, gid: number): boolean {
  return uid === 0 || caller.groupSids.includes(sidOfGid(gid));
}

const ANY_WRITE = 0o222;

/** The attribute that keeps everybody from writing: all there is of a mode where no descriptors are kept. */
function* setReadOnly(
  open: Open,
  { info }: LookedUp,
  permissions: number | undefined,
): Steps<Outcome> {
  if (permissions === undefined || isDirectoryFile(info)) return 0;
  const { fileAttributes } = info;
  const isReadOnly = (fileAttributes & FILE_ATTRIBUTE_READONLY) !== 0;
  const shallBe = (permissions & ANY_WRITE) === 0;
  if (isReadOnly === shallBe) return 0;
  const changed = shallBe
    ? fileAttributes | FILE_ATTRIBUTE_READONLY
    : fileAttributes & ~FILE_ATTRIBUTE_READONLY;
  const set = yield* settled(
    open.setBasicInfo({
      fileAttributes: changed === 0 ? FILE_ATTRIBUTE_NORMAL : changed,
      creationTicks: 0n,
      lastAccessTicks: 0n,
      lastWriteTicks: 0n,
      changeTicks: 0n,
    }),
  );
  return set.ok || set.status === NtStatus.ACCESS_DENIED ? 0 : errnoOf(set.status);
}

const R_OK = 4;
const W_OK = 2;
const X_OK = 1;

/** ACCESS */
export function access(call: FuseCall): Awaitable<Outcome> {
  const { mask } = AccessIn.read(call.request.view, BODY);
  return runSteps(checkAccess(call, mask));
}

function* checkAccess(call: FuseCall, mask: number): Steps<Outcome> {
  const { host, inode } = call;
  if (inode === undefined) return Errno.ESTALE;
  const looked = yield* lookAt(call, inode);
  if (!looked.ok) return looked.errno;
  const { info, securityDescriptor } = looked.value;
  const isDirectory = isDirectoryFile(info);
  if ((mask & W_OK) !== 0 && host.volume.params.isReadOnly) return Errno.EROFS;
  const isReadOnly = !isDirectory && (info.fileAttributes & FILE_ATTRIBUTE_READONLY) !== 0;
  if ((mask & W_OK) !== 0 && isReadOnly) return Errno.EACCES;
  let wanted = 0;
  if ((mask & R_OK) !== 0) wanted |= FILE_READ_DATA;
  if ((mask & W_OK) !== 0) wanted |= FILE_WRITE_DATA | FILE_APPEND_DATA;
  if ((mask & X_OK) !== 0) wanted |= FILE_EXECUTE;
  if (isUnrunnable(call, looked.value, mask)) return Errno.EACCES;
  const maximum = host.volume.maximumAccess(
    securityDescriptor,
    call.caller,
    FILE_OPEN_FOR_BACKUP_INTENT,
  );
  return (maximum & wanted) === wanted ? 0 : Errno.EACCES;
}

/** A file that nobody may run is no program for root either; and of files that keep no mode none is one. */
function isUnrunnable(
  { host }: FuseCall,
  { info, securityDescriptor }: LookedUp,
  mask: number,
): boolean {
  if ((mask & X_OK) === 0 || isDirectoryFile(info)) return false;
  return (host.ownerships.of(securityDescriptor, false).permissions & 0o111) === 0;
}
