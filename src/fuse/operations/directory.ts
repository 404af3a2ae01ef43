/**
 * READDIR, READDIRPLUS: what is in a directory, with what is known of it.
 *
 * @packageDocumentation
 */
import type { Awaitable, DirectoryEntry } from "../../fs/index.js";
import { runSteps, type Steps } from "../../kernel/index.js";
import { posixNameOf } from "../../nt/index.js";
import {
  EntryOut,
  Opcode,
  OutHeader,
  ReadIn,
  writeDirent,
  writeDirentplus,
} from "../../wire/fuse/index.js";
import { direntTypeOf, isSymlink } from "../attributes.js";
import { DirectoryReader } from "../directory-reader.js";
import { Errno, errnoOf } from "../errno.js";
import { ANSWERED, BODY, type FuseCall, type Outcome } from "../fuse-call.js";
import type { Handle } from "../handles.js";
import { fillEntry, inodeNumber } from "./lookup.js";

/** READDIR and READDIRPLUS */
export function readdir(call: FuseCall): Awaitable<Outcome> {
  const { fh, offset, size } = ReadIn.read(call.request.view, BODY);
  const handle = call.host.handles.get(fh);
  if (handle === undefined) return Errno.EBADF;
  return runSteps(listFrom(call, handle, { offset, size }));
}

interface Run {
  readonly offset: number;
  readonly size: number;
}

/** As many entries as there is room for. Each has for its place how many come before the next one. */
function* listFrom(call: FuseCall, handle: Handle, { offset, size }: Run): Steps<Outcome> {
  const { device } = call.host;
  const memory = device.take();
  try {
    const reader = (handle.reader ??= new DirectoryReader(handle.open));
    reader.beginBatch(offset);
    const end = OutHeader.size + Math.min(size, device.maxWrite);
    let at = OutHeader.size;
    for (let number = offset; ; number++) {
      const entry = yield* reader.entryAt(number);
      if (!entry.ok) {
        // What was told already is known to the kernel only if it is answered: the failure comes again.
        if (at > OutHeader.size) break;
        return errnoOf(entry.status);
      }
      if (entry.value === undefined) break;
      const told = tell(call, handle, { entry: entry.value, at, end, number, view: memory.view });
      if (told === 0) break;
      at += told;
    }
    device.replyWith(call.unique, memory, at - OutHeader.size);
    return ANSWERED;
  } finally {
    device.giveBack(memory);
  }
}

interface EntryPlace {
  readonly entry: DirectoryEntry;
  readonly at: number;
  readonly end: number;
  readonly number: number;
  readonly view: DataView;
}

/** Writes one entry. @returns its length in bytes; 0: there is no room for it */
function tell(call: FuseCall, handle: Handle, place: EntryPlace): number {
  const { entry, at, end, number, view } = place;
  const { host } = call;
  const { info } = entry;
  const dirent = {
    name: Buffer.from(posixNameOf(entry.name)),
    ino: inoOf(call, handle, entry),
    off: number + 1,
    type: direntTypeOf(info),
  };
  if (call.opcode === Opcode.READDIR) return writeDirent(view, at, { entry: dirent, end });
  const length = writeDirentplus(view, at, { entry: dirent, end });
  if (length === 0) return 0;
  const out = EntryOut.blank(view, at);
  const isDot = entry.name === "." || entry.name === "..";
  if (isDot || isSymlink(info) || !isKnown(call, handle, entry)) return length;
  const looked = {
    info,
    securityDescriptor: entry.securityDescriptor,
    symbolicLink: undefined,
    storedPath: undefined,
  };
  fillEntry(host, { parent: handle.inode, name: entry.name, looked, entry: out });
  return length;
}

/** Whether enough is known of an entry, so that nobody need look it up. */
function isKnown({ host }: FuseCall, { inode }: Handle, entry: DirectoryEntry): boolean {
  if (host.volume.capabilities.hasSecurity && entry.securityDescriptor === undefined) return false;
  return host.inodes.pathOf(inode) !== undefined;
}

/** The number that the file has, or will have when it is looked up; never 0, which would hide it. */
function inoOf({ host }: FuseCall, handle: Handle, { name, info }: DirectoryEntry): number {
  if (name === "." || name === "..") return inodeNumber(host, handle.inode);
  if (host.volume.params.hasStableFileIds && info.fileId !== 0n) {
    return Number(BigInt.asUintN(53, info.fileId)) || 1;
  }
  return host.inodes.child(handle.inode, name)?.nodeId ?? UNKNOWN_NUMBER;
}

/** The number of a file that has none yet. */
const UNKNOWN_NUMBER = 0xffff_ffff;
