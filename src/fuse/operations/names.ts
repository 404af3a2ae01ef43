/**
 * UNLINK, RMDIR, RENAME, RENAME2, LINK, SYMLINK, READLINK: names go, move and come.
 *
 * @packageDocumentation
 */
import type { Awaitable } from "../../fs/index.js";
import {
  type LookedUp,
  lookAtOpen,
  lookUpName,
  type Open,
  runSteps,
  type Steps,
  setReparsePoint,
  settled,
} from "../../kernel/index.js";
import {
  CreateDisposition,
  DELETE,
  FILE_DIRECTORY_FILE,
  FILE_READ_ATTRIBUTES,
  FILE_WRITE_ATTRIBUTES,
  isLegalName,
  joinPath,
  NtStatus,
  writeSymbolicLink,
} from "../../nt/index.js";
import { LinkIn, OutHeader, RENAME_NOREPLACE, Rename2In, RenameIn } from "../../wire/fuse/index.js";
import { isDirectoryFile } from "../attributes.js";
import { Errno, errnoOf } from "../errno.js";
import { ANSWERED, BODY, type FuseCall, type Outcome } from "../fuse-call.js";
import type { Inode } from "../inode-map.js";
import { linkToStore, targetToShow } from "../symlink-target.js";
import { answerEntry, lookAt } from "./lookup.js";
import { errnoOfMaking, openPath, withNode } from "./open.js";

/** A name in a directory that the kernel knows. */
interface Place {
  readonly parent: Inode;
  readonly name: string;
  readonly path: string;
}

/** Where a name in a request is, or what the program is told. */
function placeOf(call: FuseCall, parent: Inode | undefined, name: string | number): Place | number {
  if (typeof name === "number") return name;
  const directory = parent && call.host.inodes.pathOf(parent);
  if (parent === undefined || directory === undefined) return Errno.ESTALE;
  return { parent, name, path: joinPath(directory, name) };
}

/** UNLINK */
export function unlink(call: FuseCall): Awaitable<Outcome> {
  const place = placeOf(call, call.inode, call.nameAt(BODY).name);
  return typeof place === "number" ? place : runSteps(remove(call, place, false));
}

/** RMDIR */
export function rmdir(call: FuseCall): Awaitable<Outcome> {
  const place = placeOf(call, call.inode, call.nameAt(BODY).name);
  return typeof place === "number" ? place : runSteps(remove(call, place, true));
}

/** The name goes at once; who has the file open keeps it. */
function* remove(call: FuseCall, place: Place, isDirectory: boolean): Steps<Outcome> {
  const opened = yield* openPath(call, place.path, {
    desiredAccess: DELETE,
    createOptions: 0,
  });
  if (!opened.ok) return opened.errno;
  const { open } = opened;
  let outcome: Outcome = 0;
  try {
    if (isDirectory && !isDirectoryFile(open.createInfo)) return Errno.ENOTDIR;
    if (!isDirectory && isDirectoryFile(open.createInfo)) return Errno.EISDIR;
    const how = { isPosix: true, ignoresReadOnly: true, onWait: call.onWait };
    const marked = yield* settled(open.setDisposition(true, how));
    if (!marked.ok) outcome = errnoOf(marked.status);
  } finally {
    yield* settled(open.close());
  }
  if (outcome === 0) call.host.inodes.unbind(place.parent, place.name);
  return outcome;
}

/** RENAME */
export function rename(call: FuseCall): Awaitable<Outcome> {
  const { newdir } = RenameIn.read(call.request.view, BODY);
  return renameBetween(call, { newdir, flags: 0, at: BODY + RenameIn.size });
}

/** RENAME2 */
export function rename2(call: FuseCall): Awaitable<Outcome> {
  const { newdir, flags } = Rename2In.read(call.request.view, BODY);
  if ((flags & ~RENAME_NOREPLACE) !== 0) return Errno.EINVAL; // no volume changes two names at once
  return renameBetween(call, { newdir, flags, at: BODY + Rename2In.size });
}

function renameBetween(
  call: FuseCall,
  { newdir, flags, at }: { newdir: number; flags: number; at: number },
): Awaitable<Outcome> {
  const { host } = call;
  const { name, next } = call.nameAt(at);
  const from = placeOf(call, call.inode, name);
  if (typeof from === "number") return from;
  const to = placeOf(call, host.inodes.get(newdir), call.nameAt(next).name);
  if (typeof to === "number") return to;
  if (!isLegalName(to.name, host.volume.params.maxComponentUnits)) return Errno.EINVAL;
  const replaceIfExists = (flags & RENAME_NOREPLACE) === 0;
  return runSteps(moveName(call, { from, to, replaceIfExists }));
}

interface Move {
  readonly from: Place;
  readonly to: Place;
  readonly replaceIfExists: boolean;
}

function* moveName(call: FuseCall, { from, to, replaceIfExists }: Move): Steps<Outcome> {
  const opened = yield* openPath(call, from.path, {
    desiredAccess: DELETE | FILE_READ_ATTRIBUTES,
    createOptions: 0,
  });
  if (!opened.ok) return opened.errno;
  const { open } = opened;
  let outcome: Outcome = 0;
  try {
    const request = {
      newName: to.path,
      replaceIfExists,
      isPosix: true,
      ignoresReadOnly: true,
      onWait: call.onWait,
    };
    const moved = yield* settled(open.rename(request));
    if (!moved.ok) outcome = yield* errnoOfMove(call, open, { to, status: moved.status });
  } finally {
    yield* settled(open.close());
  }
  if (outcome === 0) call.host.inodes.move(from.parent, from.name, to.parent, to.name);
  return outcome;
}

/** A volume says less of why a name cannot be had than rename(2) does. */
function* errnoOfMove(
  call: FuseCall,
  open: Open,
  { to, status }: { to: Place; status: NtStatus },
): Steps<number> {
  if (status === NtStatus.DELETE_PENDING) return Errno.EBUSY;
  if (status !== NtStatus.ACCESS_DENIED && status !== NtStatus.OBJECT_NAME_COLLISION) {
    return errnoOf(status);
  }
  const how = { caller: call.caller, checksDirectory: false };
  const taken = yield* settled(lookUpName(call.host.volume, to.path, how));
  if (!taken.ok) return errnoOf(status);
  const isOntoDirectory = isDirectoryFile(taken.value.info);
  if (isOntoDirectory && !isDirectoryFile(open.createInfo)) return Errno.EISDIR;
  if (!isOntoDirectory && isDirectoryFile(open.createInfo)) return Errno.ENOTDIR;
  if (isOntoDirectory && status === NtStatus.OBJECT_NAME_COLLISION) return Errno.ENOTEMPTY;
  return errnoOf(status);
}

/** LINK */
export function link(call: FuseCall): Awaitable<Outcome> {
  const { host } = call;
  const { oldNodeId } = LinkIn.read(call.request.view, BODY);
  const place = placeOf(call, call.inode, call.nameAt(BODY + LinkIn.size).name);
  if (typeof place === "number") return place;
  const inode = host.inodes.get(oldNodeId);
  if (inode === undefined) return Errno.ESTALE;
  if (host.volume.fileSystem.link === undefined) return Errno.EPERM;
  return runSteps(addName(call, inode, place));
}

function* addName(call: FuseCall, inode: Inode, place: Place): Steps<Outcome> {
  const wish = { desiredAccess: FILE_READ_ATTRIBUTES, createOptions: 0 };
  let looked: LookedUp | undefined;
  const outcome = yield* withNode(call, inode, wish, function* (open) {
    const request = { newName: place.path, replaceIfExists: false, onWait: call.onWait };
    const linked = yield* settled(open.makeLink(request));
    if (!linked.ok) {
      return linked.status === NtStatus.FILE_IS_A_DIRECTORY ? Errno.EPERM : errnoOf(linked.status);
    }
    const asked = yield* settled(lookAtOpen(open));
    if (!asked.ok) return errnoOf(asked.status);
    looked = asked.value;
    return 0;
  });
  if (looked === undefined) return outcome;
  return answerEntry(call, place.parent, place.name, looked);
}

/** SYMLINK */
export function symlink(call: FuseCall): Awaitable<Outcome> {
  const { host } = call;
  const { name, next } = call.nameAt(BODY);
  const place = placeOf(call, call.inode, name);
  if (typeof place === "number") return place;
  const { text: target } = call.textAt(next);
  if (!isLegalName(place.name, host.volume.params.maxComponentUnits)) return Errno.EINVAL;
  if (target === undefined) return Errno.EILSEQ;
  if (target === "") return Errno.ENOENT;
  if (!host.volume.capabilities.hasReparsePoints) return Errno.EPERM;
  return runSteps(makeSymlink(call, place, target));
}

function* makeSymlink(call: FuseCall, place: Place, target: string): Steps<Outcome> {
  const { uid, gid, host } = call;
  const isDirectory = yield* leadsToDirectory(call, place, target);
  const opened = yield* openPath(call, place.path, {
    desiredAccess: FILE_WRITE_ATTRIBUTES | FILE_READ_ATTRIBUTES | DELETE,
    createOptions: isDirectory ? FILE_DIRECTORY_FILE : 0,
    createDisposition: CreateDisposition.CREATE,
    describeNew: (directory) =>
      host.descriptorOfNew(directory, { uid, gid, permissions: 0o777, isDirectory }),
  });
  if (!opened.ok) return errnoOfMaking(opened);
  const { open } = opened;
  try {
    let data: Uint8Array;
    try {
      data = writeSymbolicLink(linkToStore(target));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      open.isDeleteOnClose = true;
      return Errno.ENAMETOOLONG;
    }
    const status = yield* settled(setReparsePoint(open, data));
    if (status !== NtStatus.SUCCESS) {
      open.isDeleteOnClose = true; // what was made is no link, and nobody wants it
      return errnoOf(status);
    }
    const looked = yield* settled(lookAtOpen(open));
    if (!looked.ok) return errnoOf(looked.status);
    return answerEntry(call, place.parent, place.name, looked.value);
  } finally {
    yield* settled(open.close());
  }
}

/** Windows has links to files and links to directories, and follows each to its own kind only. */
function* leadsToDirectory(call: FuseCall, { path }: Place, target: string): Steps<boolean> {
  if (target.startsWith("/")) return target.endsWith("/");
  const stored = linkToStore(target).substituteName;
  const names = path.slice(1).split("\\").slice(0, -1);
  for (const name of stored.split("\\")) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  const how = { caller: call.caller, checksDirectory: false };
  const looked = yield* settled(lookUpName(call.host.volume, `\\${names.join("\\")}`, how));
  return looked.ok && isDirectoryFile(looked.value.info);
}

/** READLINK */
export function readlink(call: FuseCall): Awaitable<Outcome> {
  return runSteps(tellTarget(call));
}

function* tellTarget(call: FuseCall): Steps<Outcome> {
  const { host, inode } = call;
  if (inode === undefined) return Errno.ESTALE;
  const looked = yield* lookAt(call, inode);
  if (!looked.ok) return looked.errno;
  const { symbolicLink } = looked.value;
  if (symbolicLink === undefined) return Errno.EINVAL;
  const { answer } = host.device;
  const length = answer.bytes.write(targetToShow(symbolicLink), OutHeader.size);
  host.device.replyWith(call.unique, answer, length);
  return ANSWERED;
}
