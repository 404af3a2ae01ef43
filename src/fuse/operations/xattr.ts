/**
 * SETXATTR, GETXATTR, LISTXATTR, REMOVEXATTR: `user.NAME` is the extended attribute NAME of the file.
 *
 * @packageDocumentation
 */
import type { Awaitable, ExtendedAttribute } from "../../fs/index.js";
import { type Open, runSteps, type Steps, settled } from "../../kernel/index.js";
import { FILE_READ_EA, FILE_WRITE_EA, foldName, isLegalEaName, NtStatus } from "../../nt/index.js";
import {
  GetxattrIn,
  GetxattrOut,
  OutHeader,
  SetxattrInShort,
  XATTR_CREATE,
  XATTR_REPLACE,
} from "../../wire/fuse/index.js";
import { Errno, errnoOf } from "../errno.js";
import { ANSWERED, BODY, type FuseCall, type Outcome } from "../fuse-call.js";
import { MAX_XATTR_SIZE } from "../limits.js";
import { withNode } from "./open.js";

const PREFIX = "user.";

/** Which extended attribute an xattr is; or what the program is told. */
function eaNameOf(call: FuseCall, at: number): { readonly name: string | number; next: number } {
  const { text, next } = call.textAt(at);
  const name = text?.startsWith(PREFIX) === true ? text.slice(PREFIX.length) : undefined;
  if (name === undefined || !isLegalEaName(name)) return { name: Errno.EOPNOTSUPP, next };
  return { name, next };
}

/** The kernel asks no more, of any file, once it was told ENOSYS. */
function isMissingHere({ host }: FuseCall): boolean {
  return !host.volume.capabilities.hasExtendedAttributes;
}

/** GETXATTR */
export function getxattr(call: FuseCall): Awaitable<Outcome> {
  if (isMissingHere(call)) return Errno.ENOSYS;
  const { size } = GetxattrIn.read(call.request.view, BODY);
  const { name } = eaNameOf(call, BODY + GetxattrIn.size);
  if (typeof name === "number") return name;
  return runSteps(getValue(call, name, size));
}

function* getValue(call: FuseCall, name: string, room: number): Steps<Outcome> {
  const { inode } = call;
  if (inode === undefined) return Errno.ESTALE;
  return yield* withNode(call, inode, READING, function* (open) {
    const found = yield* find(open, name);
    if (typeof found === "number") return found;
    return answerBytes(call, found.value, room);
  });
}

const READING = { desiredAccess: FILE_READ_EA, createOptions: 0 };
const WRITING = { desiredAccess: FILE_READ_EA | FILE_WRITE_EA, createOptions: 0 };

/** One attribute; ENODATA where there is none. One that is empty is one that is not there. */
function* find(open: Open, name: string): Steps<ExtendedAttribute | number> {
  const got = yield* settled(open.getEasByName([name]));
  if (!got.ok) return errnoOf(got.status);
  const [attribute] = got.value;
  if (attribute === undefined || attribute.value.length === 0) return Errno.ENODATA;
  return attribute;
}

/** Answers with bytes, or their number where that is what was asked for; ERANGE where the room is too small. */
function answerBytes({ host, unique }: FuseCall, value: Uint8Array, room: number): Outcome {
  const { answer } = host.device;
  if (value.length > MAX_XATTR_SIZE) return Errno.ERANGE;
  if (room === 0) {
    GetxattrOut.blank(answer.view, OutHeader.size).size = value.length;
    host.device.replyWith(unique, answer, GetxattrOut.size);
    return ANSWERED;
  }
  if (value.length > room) return Errno.ERANGE;
  answer.bytes.set(value, OutHeader.size);
  host.device.replyWith(unique, answer, value.length);
  return ANSWERED;
}

/** LISTXATTR */
export function listxattr(call: FuseCall): Awaitable<Outcome> {
  if (isMissingHere(call)) return Errno.ENOSYS;
  const { size } = GetxattrIn.read(call.request.view, BODY);
  return runSteps(listNames(call, size));
}

function* listNames(call: FuseCall, room: number): Steps<Outcome> {
  const { inode } = call;
  if (inode === undefined) return Errno.ESTALE;
  return yield* withNode(call, inode, READING, function* (open) {
    const scanned = yield* settled(open.scanEas({ isRestart: true, index: undefined }));
    if (!scanned.ok && scanned.status !== NtStatus.NO_EAS_ON_FILE) return errnoOf(scanned.status);
    const attributes = scanned.ok ? scanned.value.attributes : [];
    const list = attributes.map(({ name }) => `${PREFIX}${name}\0`).join("");
    return answerBytes(call, Buffer.from(list), room);
  });
}

/** SETXATTR */
export function setxattr(call: FuseCall): Awaitable<Outcome> {
  if (isMissingHere(call)) return Errno.ENOSYS;
  const { request } = call;
  const { size, flags } = SetxattrInShort.read(request.view, BODY);
  const { name, next } = eaNameOf(call, BODY + SetxattrInShort.size);
  if (typeof name === "number") return name;
  if (next + size > call.length) return Errno.EINVAL;
  if (size === 0) return Errno.EOPNOTSUPP; // an extended attribute without a value is none
  const value = Uint8Array.from(request.bytes.subarray(next, next + size));
  return runSteps(setValue(call, { name, value, flags }));
}

interface ValueToSet {
  readonly name: string;
  readonly value: Uint8Array;
  readonly flags: number;
}

function* setValue(call: FuseCall, { name, value, flags }: ValueToSet): Steps<Outcome> {
  const { inode } = call;
  if (inode === undefined) return Errno.ESTALE;
  return yield* withNode(call, inode, WRITING, function* (open) {
    if ((flags & (XATTR_CREATE | XATTR_REPLACE)) !== 0) {
      const found = yield* find(open, name);
      const isThere = typeof found !== "number";
      if (isThere && (flags & XATTR_CREATE) !== 0) return Errno.EEXIST;
      if (!isThere && (flags & XATTR_REPLACE) !== 0) return found;
    }
    const set = yield* settled(open.setEas([{ name: stored(open, name), value, isNeeded: false }]));
    return set.ok ? 0 : errnoOf(set.status);
  });
}

function stored({ volume }: Open, name: string): string {
  return volume.params.isEaCasePreserving ? name : foldName(name);
}

/** REMOVEXATTR */
export function removexattr(call: FuseCall): Awaitable<Outcome> {
  if (isMissingHere(call)) return Errno.ENOSYS;
  const { name } = eaNameOf(call, BODY);
  if (typeof name === "number") return name;
  return runSteps(removeValue(call, name));
}

function* removeValue(call: FuseCall, name: string): Steps<Outcome> {
  const { inode } = call;
  if (inode === undefined) return Errno.ESTALE;
  return yield* withNode(call, inode, WRITING, function* (open) {
    const found = yield* find(open, name);
    if (typeof found === "number") return found;
    const value = new Uint8Array(0);
    const set = yield* settled(open.setEas([{ name: stored(open, name), value, isNeeded: false }]));
    return set.ok ? 0 : errnoOf(set.status);
  });
}
