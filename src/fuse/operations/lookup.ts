/**
 * LOOKUP, FORGET, BATCH_FORGET, GETATTR: what the kernel knows of names and files.
 *
 * @packageDocumentation
 */

import type { Awaitable } from "../../fs/index.js";
import {
  type LookedUp,
  lookAtOpen,
  lookUpName,
  type Result,
  runSteps,
  type Steps,
  settled,
} from "../../kernel/index.js";
import { joinPath, lastName, NtStatus, S_IFDIR, S_IFREG } from "../../nt/index.js";
import {
  AttrOut,
  BatchForgetIn,
  EntryOut,
  ForgetIn,
  ForgetOne,
  OutHeader,
} from "../../wire/fuse/index.js";
import { type Facts, fillAttr, isDirectoryFile } from "../attributes.js";
import { Errno, errnoOf } from "../errno.js";
import { ANSWERED, BODY, type FuseCall, type Outcome } from "../fuse-call.js";
import type { FuseHost } from "../fuse-host.js";
import type { Inode } from "../inode-map.js";
import { targetToShow } from "../symlink-target.js";

/** LOOKUP */
export function lookup(call: FuseCall): Awaitable<Outcome> {
  const { name } = call.nameAt(BODY);
  if (typeof name === "number") return name === Errno.EILSEQ ? Errno.ENOENT : name;
  return runSteps(lookUpChild(call, name));
}

function* lookUpChild(call: FuseCall, name: string): Steps<Outcome> {
  const { host, inode: parent } = call;
  const directory = parent && host.inodes.pathOf(parent);
  if (parent === undefined || directory === undefined) return Errno.ESTALE;
  const how = { caller: call.caller, checksDirectory: host.isShared };
  const looked = yield* settled(lookUpName(host.volume, joinPath(directory, name), how));
  if (!looked.ok) return answerMissing(call, parent, name, looked.status);
  return answerEntry(call, parent, name, looked.value);
}

/** A name that leads nowhere; the kernel may remember that where it is told when one comes to be there. */
function answerMissing(call: FuseCall, parent: Inode, name: string, status: NtStatus): Outcome {
  const { host } = call;
  // A name with a character that no file can have on the volume is just not there.
  if (status === NtStatus.OBJECT_NAME_INVALID) return Errno.ENOENT;
  if (status !== NtStatus.OBJECT_NAME_NOT_FOUND) return errnoOf(status);
  host.inodes.unbind(parent, name);
  const mayBeKept = host.volume.params.isCaseSensitive && !host.isShared;
  if (!mayBeKept || host.entryTimeoutMs === 0) return Errno.ENOENT;
  const { answer } = host.device;
  const entry = EntryOut.blank(answer.view, OutHeader.size);
  entry.entryValid = secondsOf(host.entryTimeoutMs);
  entry.entryValidNsec = nanosecondsOf(host.entryTimeoutMs);
  host.device.replyWith(call.unique, answer, EntryOut.size);
  return ANSWERED;
}

/** Answers with what a name leads to, which the kernel knows once more from then on. */
export function answerEntry(
  call: FuseCall,
  parent: Inode,
  name: string,
  looked: LookedUp,
): Outcome {
  const { host } = call;
  const { answer } = host.device;
  fillEntry(host, { parent, name, looked, entry: EntryOut.blank(answer.view, OutHeader.size) });
  host.device.replyWith(call.unique, answer, EntryOut.size);
  return ANSWERED;
}

/** Answers a LOOKUP with what had the name until now: for an echo, which has yet to take it away. */
export function tellGone(call: FuseCall, inode: Inode): Outcome {
  const { host } = call;
  const { answer } = host.device;
  const entry = EntryOut.blank(answer.view, OutHeader.size);
  host.inodes.countLookup(inode);
  entry.nodeId = inode.nodeId;
  entry.ino = inodeNumber(host, inode);
  entry.mode = (inode.isDirectory ? S_IFDIR : S_IFREG) | ANY_PERMISSIONS;
  host.device.replyWith(call.unique, answer, EntryOut.size);
  return ANSWERED;
}

const ANY_PERMISSIONS = 0o777;

/** An entry to tell of. */
export interface EntryToTell {
  readonly parent: Inode;
  readonly name: string;
  readonly looked: LookedUp;
  readonly entry: ReturnType<typeof EntryOut.blank>;
}

/** Fills in an entry, and counts that the kernel knows of its node once more. */
export function fillEntry(host: FuseHost, { parent, name, looked, entry }: EntryToTell): Inode {
  const { info, storedPath } = looked;
  // A name in other letters leads there for this once: the kernel must not keep it beside the real one.
  const stored = storedPath === undefined ? name : lastName(storedPath);
  const inode = host.inodes.bind(parent, stored, info, isDirectoryFile(info));
  host.inodes.countLookup(inode);
  entry.nodeId = inode.nodeId;
  const mayPass = !host.isShared || host.mayEverybodyPass(looked.directoryDescriptor);
  const isKept = stored === name && mayPass;
  const entryTimeoutMs = isKept ? host.entryTimeoutMs : 0;
  entry.entryValid = secondsOf(entryTimeoutMs);
  entry.entryValidNsec = nanosecondsOf(entryTimeoutMs);
  entry.attrValid = secondsOf(host.attributeTimeoutMs);
  entry.attrValidNsec = nanosecondsOf(host.attributeTimeoutMs);
  fillAttr(entry, factsOf(host, inode, looked));
  return inode;
}

/** What is told of a node. */
export function factsOf(host: FuseHost, inode: Inode, looked: LookedUp): Facts {
  const { info, securityDescriptor, symbolicLink } = looked;
  const hasLink = symbolicLink !== undefined;
  return {
    info,
    owner: host.ownerships.of(securityDescriptor, inode.isDirectory),
    ino: inodeNumber(host, inode),
    targetLength: hasLink ? Buffer.byteLength(targetToShow(symbolicLink)) : 0,
  };
}

const LOW_53_BITS = 53;

/** The number of a file for programs: its id where that lasts. */
export function inodeNumber(host: FuseHost, inode: Inode): number {
  if (!host.volume.params.hasStableFileIds || inode.fileId === 0n) return inode.nodeId;
  return Number(BigInt.asUintN(LOW_53_BITS, inode.fileId));
}

const MS_PER_SECOND = 1000;
const NS_PER_MS = 1_000_000;

/** A time for which something may be told again, in the two fields that FUSE has for it. */
function secondsOf(timeoutMs: number): number {
  return Math.floor(Math.min(timeoutMs, Number.MAX_SAFE_INTEGER) / MS_PER_SECOND);
}

function nanosecondsOf(timeoutMs: number): number {
  return (timeoutMs % MS_PER_SECOND || 0) * NS_PER_MS;
}

/** FORGET */
export function forget(call: FuseCall): Outcome {
  const { nlookup } = ForgetIn.read(call.request.view, BODY);
  call.host.inodes.forget(call.nodeId, nlookup);
  return ANSWERED;
}

/** BATCH_FORGET */
export function batchForget(call: FuseCall): Outcome {
  const { view } = call.request;
  const { count } = BatchForgetIn.read(view, BODY);
  let at = BODY + BatchForgetIn.size;
  for (let i = 0; i < count && at + ForgetOne.size <= call.length; i++, at += ForgetOne.size) {
    const { nodeId, nlookup } = ForgetOne.at(view, at);
    call.host.inodes.forget(nodeId, nlookup);
  }
  return ANSWERED;
}

/** GETATTR */
export function getattr(call: FuseCall): Awaitable<Outcome> {
  return runSteps(getAttributes(call));
}

function* getAttributes(call: FuseCall): Steps<Outcome> {
  const { inode } = call;
  if (inode === undefined) return Errno.ESTALE;
  const looked = yield* lookAt(call, inode);
  return looked.ok ? answerAttributes(call, inode, looked.value) : looked.errno;
}

/** Answers GETATTR and SETATTR. */
export function answerAttributes(call: FuseCall, inode: Inode, looked: LookedUp): Outcome {
  const { host } = call;
  const { answer } = host.device;
  const attributes = AttrOut.blank(answer.view, OutHeader.size);
  attributes.attrValid = secondsOf(host.attributeTimeoutMs);
  attributes.attrValidNsec = nanosecondsOf(host.attributeTimeoutMs);
  fillAttr(attributes, factsOf(host, inode, looked));
  host.device.replyWith(call.unique, answer, AttrOut.size);
  return ANSWERED;
}

type Looked =
  | Extract<Result<LookedUp>, { ok: true }>
  | { readonly ok: false; readonly errno: number };

/**
 * What a node is now: by its name; or by what is open of it, where it has none any more. Whoever has a node may look
 * at it: the way to it was checked when it was looked up.
 */
export function* lookAt(call: FuseCall, inode: Inode): Steps<Looked> {
  const { host } = call;
  const path = host.inodes.pathOf(inode);
  if (path !== undefined) {
    const how = { caller: call.caller, checksDirectory: false };
    const looked = yield* settled(lookUpName(host.volume, path, how));
    if (looked.ok) {
      if (isSameFile(host, inode, looked.value)) return looked;
    } else if (!isMissing(looked.status)) {
      return { ok: false, errno: errnoOf(looked.status) };
    }
  }
  const handle = host.handles.anyOf(inode);
  if (handle === undefined) return { ok: false, errno: Errno.ESTALE };
  const looked = yield* settled(lookAtOpen(handle.open));
  return looked.ok ? looked : { ok: false, errno: errnoOf(looked.status) };
}

function isMissing(status: NtStatus): boolean {
  return (
    status === NtStatus.OBJECT_NAME_NOT_FOUND ||
    status === NtStatus.OBJECT_PATH_NOT_FOUND ||
    status === NtStatus.DELETE_PENDING
  );
}

/** Whether what was found by a node's name is the node, and not another file that has the name now. */
function isSameFile(host: FuseHost, inode: Inode, { info }: LookedUp): boolean {
  if (inode === host.inodes.root) {
    inode.fileId = info.fileId;
    return true;
  }
  if (isDirectoryFile(info) !== inode.isDirectory) return false;
  return !host.volume.params.hasStableFileIds || info.fileId === inode.fileId;
}
