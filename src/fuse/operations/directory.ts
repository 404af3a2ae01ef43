/**
 * READDIR, READDIRPLUS: what is in a directory, with what is known of it.
 *
 * @packageDocumentation
 */
import type { Awaitable, DirectoryEntry, DirectoryName } from "../../fs/index.js";
import { runSteps, type Steps, settled } from "../../kernel/index.js";
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
import type { DirectoryReader } from "../directory-reader.js";
import { Errno, errnoOf } from "../errno.js";
import { ANSWERED, BODY, type FuseCall, type Outcome } from "../fuse-call.js";
import type { Handle } from "../handles.js";
import { fillEntry, inodeNumber } from "./lookup.js";

/** READDIR and READDIRPLUS */
export function readdir(call: FuseCall): Awaitable<Outcome> {
  const { fh, offset, size } = ReadIn.read(call.request.view, BODY);
  const handle = call.host.handles.get(fh);
  if (handle === undefined) return Errno.EBADF;
  if (handle.reader === undefined) return Errno.ENOTDIR;
  return runSteps(listFrom(call, handle, { reader: handle.reader, offset, size }));
}

interface Run {
  readonly reader: DirectoryReader;
  readonly offset: number;
  readonly size: number;
}

/** As many entries as there is room for. Each has for its place how many come before the next one. */
function* listFrom(call: FuseCall, handle: Handle, { reader, offset, size }: Run): Steps<Outcome> {
  const { device } = call.host;
  const memory = device.take();
  try {
    reader.beginBatch(offset);
    const isPlus = call.opcode === Opcode.READDIRPLUS;
    const end = OutHeader.size + Math.min(size, device.maxWrite);
    let at = OutHeader.size;
    for (let number = offset; ; number++) {
      const found = reader.entryAt(number);
      const entry = found instanceof Promise ? yield* settled(found) : found;
      if (!entry.ok) {
        // What was told already is known to the kernel only if it is answered: the failure comes again.
        if (at > OutHeader.size) break;
        return errnoOf(entry.status);
      }
      if (entry.value === undefined) break;
      const place = { entry: entry.value, at, end, number, view: memory.view };
      const told = isPlus ? yield* tellAll(call, handle, place) : tell(call, handle, place);
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
  readonly entry: DirectoryName;
  readonly at: number;
  readonly end: number;
  readonly number: number;
  readonly view: DataView;
}

/** Writes one entry. @returns its length in bytes; 0: there is no room for it */
function tell(
  call: FuseCall,
  handle: Handle,
  { entry, at, end, number, view }: EntryPlace,
): number {
  return writeDirent(view, at, { entry: direntOf(call, handle, entry, number), end });
}

/** The same, with what the file is, where that can be told. */
function* tellAll(call: FuseCall, handle: Handle, place: EntryPlace): Steps<number> {
  const { entry, at, end, number, view } = place;
  const length = writeDirentplus(view, at, { entry: direntOf(call, handle, entry, number), end });
  if (length === 0) return 0;
  const out = EntryOut.blank(view, at);
  if (isDot(entry) || isSymlink(entry.info)) return length;
  const known = yield* lookAt(handle, entry);
  if (known === undefined || isSymlink(known.info) || !isEnough(call, handle, known)) return length;
  const { name, info, securityDescriptor } = known;
  const looked = { info, securityDescriptor, symbolicLink: undefined, storedPath: undefined };
  fillEntry(call.host, { parent: handle.inode, name, looked, entry: out });
  return length;
}

function direntOf(call: FuseCall, handle: Handle, entry: DirectoryName, number: number) {
  return {
    name: posixNameOf(entry.name),
    ino: inoOf(call, handle, entry),
    off: number + 1,
    type: direntTypeOf(entry.info),
  };
}

/** All that is known of an entry; undefined where it has gone. */
function* lookAt({ open }: Handle, entry: DirectoryName): Steps<DirectoryEntry | undefined> {
  if (isWhole(entry)) return entry;
  const looked = yield* settled(open.lookAtEntry(entry.name));
  return looked.ok && looked.value?.name === entry.name ? looked.value : undefined;
}

function isWhole(entry: DirectoryName): entry is DirectoryEntry {
  return "fileSize" in entry.info;
}

function isDot({ name }: DirectoryName): boolean {
  return name === "." || name === "..";
}

/** Whether enough is known of an entry, so that nobody need look it up. */
function isEnough({ host }: FuseCall, { inode }: Handle, entry: DirectoryEntry): boolean {
  if (host.volume.capabilities.hasSecurity && entry.securityDescriptor === undefined) return false;
  return host.inodes.pathOf(inode) !== undefined;
}

/** The number that the file has, or will have when it is looked up; never 0, which would hide it. */
function inoOf({ host }: FuseCall, handle: Handle, entry: DirectoryName): number {
  if (isDot(entry)) return inodeNumber(host, handle.inode);
  const { fileId } = entry.info;
  if (fileId !== 0n && host.volume.params.hasStableFileIds) {
    return Number(BigInt.asUintN(53, fileId)) || 1;
  }
  const known = host.inodes.child(handle.inode, entry.name);
  return known === undefined ? UNKNOWN_NUMBER : inodeNumber(host, known);
}

/** The number of a file that has none yet. */
const UNKNOWN_NUMBER = 0xffff_ffff;
