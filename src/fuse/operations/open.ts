/**
 * OPEN, OPENDIR, CREATE, MKNOD, MKDIR, RELEASE, RELEASEDIR: files are opened, made and closed.
 *
 * @packageDocumentation
 */

import type { Awaitable } from "../../fs/index.js";
import {
  type CreateRequest,
  type LookedUp,
  lookAtNew,
  lookAtOpen,
  lookUpName,
  type Open,
  runSteps,
  type Steps,
  settled,
} from "../../kernel/index.js";
import {
  CreateAction,
  CreateDisposition,
  FILE_APPEND_DATA,
  FILE_DIRECTORY_FILE,
  FILE_EXECUTE,
  FILE_LIST_DIRECTORY,
  FILE_NON_DIRECTORY_FILE,
  FILE_OPEN_FOR_BACKUP_INTENT,
  FILE_OPEN_REPARSE_POINT,
  FILE_READ_ATTRIBUTES,
  FILE_READ_DATA,
  FILE_SHARE_DELETE,
  FILE_SHARE_READ,
  FILE_SHARE_WRITE,
  FILE_WRITE_DATA,
  isLegalName,
  joinPath,
  NtStatus,
  S_IFMT,
  S_IFREG,
  SYNCHRONIZE,
} from "../../nt/index.js";
import {
  CreateIn,
  EntryOut,
  FOPEN_DIRECT_IO,
  FOPEN_KEEP_CACHE,
  MkdirIn,
  MknodIn,
  Opcode,
  OpenIn,
  OpenOut,
  OutHeader,
  ReleaseIn,
} from "../../wire/fuse/index.js";
import { isSymlink } from "../attributes.js";
import { DirectoryReader } from "../directory-reader.js";
import { Errno, errnoOf } from "../errno.js";
import { ANSWERED, BODY, type FuseCall, type Outcome } from "../fuse-call.js";
import type { FuseHost } from "../fuse-host.js";
import type { Handle } from "../handles.js";
import type { Inode } from "../inode-map.js";
import { answerEntry, fillEntry } from "./lookup.js";

// Flags of open(2), of asm-generic/fcntl.h
const O_ACCMODE = 0o3;
const O_WRONLY = 0o1;
const O_RDWR = 0o2;
const O_EXCL = 0o200;
const O_TRUNC = 0o1000;
const O_APPEND = 0o2000;
const O_DIRECT = 0o40_000;
/** The file is opened to be run; the kernel's own, of linux/fs.h. */
const FMODE_EXEC = 0x20;

/** Bits of a mode that volumes keep. */
const PERMISSIONS = 0o1777;

/** Programs share everything with everybody. */
export const SHARE_ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

/** How programs open what they have found: the thing itself, root with the privileges that it has. */
const CREATE_OPTIONS = FILE_OPEN_REPARSE_POINT | FILE_OPEN_FOR_BACKUP_INTENT;

/** An open that was made, or what the program is told. */
export type Opened =
  | { readonly ok: true; readonly open: Open; readonly isNew: boolean }
  | {
      readonly ok: false;
      readonly errno: number;
      /** The name is there, and is going. */
      readonly isGoing?: boolean;
    };

/** What may differ between opens. */
export interface OpenWish
  extends Pick<CreateRequest, "desiredAccess" | "createOptions" | "describeNew"> {
  /** OPEN unless told. */
  readonly createDisposition?: CreateDisposition;
}

/** Opens or makes a file for the caller, by a path. */
export function* openPath(call: FuseCall, name: string, wish: OpenWish): Steps<Opened> {
  const { volume, id } = call.host;
  const request: CreateRequest = {
    name,
    fileAttributes: 0,
    shareAccess: SHARE_ALL,
    desiredAccess: wish.desiredAccess | SYNCHRONIZE,
    createDisposition: wish.createDisposition ?? CreateDisposition.OPEN,
    createOptions: wish.createOptions | CREATE_OPTIONS,
    allocationSize: 0,
    describeNew: wish.describeNew,
    onWait: call.onWait,
    knownTo: id,
  };
  const outcome = yield* settled(volume.create(request, call.caller));
  if (!outcome.ok) {
    const { status } = outcome;
    return { ok: false, errno: errnoOf(status), isGoing: status === NtStatus.DELETE_PENDING };
  }
  const { open, createAction } = outcome.value;
  return { ok: true, open, isNew: createAction === CreateAction.CREATED };
}

/** The same of a node; ESTALE where another file has its name now, which makes the kernel look again. */
export function* openNode(call: FuseCall, inode: Inode, wish: OpenWish): Steps<Opened> {
  const { host } = call;
  const name = host.inodes.pathOf(inode);
  if (name === undefined) return { ok: false, errno: Errno.ESTALE };
  const opened = yield* openPath(call, name, wish);
  if (!opened.ok) return opened;
  const isOther =
    host.volume.params.hasStableFileIds &&
    inode !== host.inodes.root &&
    opened.open.createInfo.fileId !== inode.fileId;
  if (!isOther) return opened;
  return { ok: false, errno: yield* closed(opened.open, Errno.ESTALE) };
}

/** Does something with a node that takes an open of its own. */
export function* withNode(
  call: FuseCall,
  inode: Inode,
  wish: OpenWish,
  act: (open: Open) => Steps<Outcome>,
): Steps<Outcome> {
  const opened = yield* openNode(call, inode, wish);
  if (!opened.ok) return opened.errno;
  try {
    return yield* act(opened.open);
  } finally {
    yield* settled(opened.open.close());
  }
}

/** What a program may do by the flags of its open(2). */
function accessOf(host: FuseHost, flags: number): number {
  if ((flags & FMODE_EXEC) !== 0) return FILE_EXECUTE | FILE_READ_ATTRIBUTES;
  const mode = flags & O_ACCMODE;
  const isReading = mode !== O_WRONLY;
  const isWriting = mode === O_WRONLY || mode === O_RDWR || (flags & O_TRUNC) !== 0;
  let access = FILE_READ_ATTRIBUTES;
  // The kernel reads what is around a piece that it collects writes for.
  if (isReading || host.hasWritebackCache) access |= FILE_READ_DATA;
  if (isWriting) access |= FILE_WRITE_DATA | FILE_APPEND_DATA;
  return access;
}

/** OPEN */
export function open(call: FuseCall): Awaitable<Outcome> {
  const { flags } = OpenIn.read(call.request.view, BODY);
  return runSteps(openFile(call, flags));
}

function* openFile(call: FuseCall, flags: number): Steps<Outcome> {
  const { host, inode } = call;
  if (inode === undefined) return Errno.ESTALE;
  const opened = yield* openNode(call, inode, {
    desiredAccess: accessOf(host, flags),
    createOptions: FILE_NON_DIRECTORY_FILE,
  });
  if (!opened.ok) return opened.errno;
  const emptied = yield* emptyIfAsked(opened.open, flags);
  if (emptied !== 0) return emptied;
  const answer = OpenOut.blank(host.device.answer.view, OutHeader.size);
  tellHandle(host, answer, addHandle(host, { inode, open: opened.open, flags }));
  host.device.replyWith(call.unique, host.device.answer, OpenOut.size);
  return ANSWERED;
}

/** O_TRUNC: the file is emptied, and keeps its attributes, streams and extended attributes. */
function* emptyIfAsked(open: Open, flags: number): Steps<Outcome> {
  if ((flags & O_TRUNC) === 0 || open.createInfo.fileSize === 0) return 0;
  const emptied = yield* settled(open.setEndOfFile(0));
  if (emptied.ok) {
    open.createInfo = emptied.value;
    return 0;
  }
  return yield* closed(open, errnoOf(emptied.status));
}

/** Nothing comes of an open after all. */
function* closed(open: Open, errno: number): Steps<number> {
  yield* settled(open.close());
  return errno;
}

interface NewHandle {
  readonly inode: Inode;
  readonly open: Open;
  readonly flags: number;
}

function addHandle(
  host: FuseHost,
  { inode, open, flags }: NewHandle,
): { handle: Handle; openFlags: number } {
  const isAppending = (flags & O_APPEND) !== 0 && !host.hasWritebackCache;
  const handle = host.handles.add(inode, open, { isAppending });
  const isDirect = open.isUncacheable || (flags & O_DIRECT) !== 0;
  if (isDirect) return { handle, openFlags: FOPEN_DIRECT_IO };
  const isTrue = inode.mayHavePages && arePagesTrue(inode, open);
  inode.mayHavePages = true;
  rememberPages(inode, open);
  return { handle, openFlags: isTrue ? FOPEN_KEEP_CACHE : 0 };
}

/** Whether the file is still what it was when the kernel's pages of it were. */
function arePagesTrue({ pagesOf }: Inode, { createInfo }: Open): boolean {
  return (
    pagesOf !== undefined &&
    pagesOf.fileSize === createInfo.fileSize &&
    pagesOf.lastWriteTicks === createInfo.lastWriteTicks
  );
}

/** What the kernel has read or written is of the file as it is now. */
function rememberPages(inode: Inode, { node }: Open): void {
  inode.pagesOf = { fileSize: node.fileSize, lastWriteTicks: node.lastWriteTicks };
}

function tellHandle(
  _host: FuseHost,
  answer: ReturnType<typeof OpenOut.blank>,
  { handle, openFlags }: { handle: Handle; openFlags: number },
): void {
  answer.fh = handle.fh;
  answer.openFlags = openFlags;
}

/** OPENDIR */
export function opendir(call: FuseCall): Awaitable<Outcome> {
  return runSteps(openDirectory(call));
}

function* openDirectory(call: FuseCall): Steps<Outcome> {
  const { host, inode } = call;
  if (inode === undefined) return Errno.ESTALE;
  const opened = yield* openNode(call, inode, {
    desiredAccess: FILE_LIST_DIRECTORY,
    createOptions: FILE_DIRECTORY_FILE,
  });
  if (!opened.ok) return opened.errno;
  const { open } = opened;
  const { openFlags, listing } = host.listings.open(inode, open, call);
  const handle = host.handles.add(inode, open, { reader: new DirectoryReader(open, listing) });
  tellHandle(host, OpenOut.blank(host.device.answer.view, OutHeader.size), { handle, openFlags });
  host.device.replyWith(call.unique, host.device.answer, OpenOut.size);
  return ANSWERED;
}

/** What a program wants to make. */
interface NewFile {
  readonly parent: Inode;
  readonly name: string;
  readonly path: string;
  readonly permissions: number;
  readonly isDirectory: boolean;
}

/** Where a new file goes, or what the program is told. */
function newFile(
  call: FuseCall,
  { at, mode, isDirectory }: { at: number; mode: number; isDirectory: boolean },
): NewFile | number {
  const { host, inode: parent } = call;
  const { name } = call.nameAt(at);
  if (typeof name === "number") return name;
  if (!isLegalName(name, host.volume.params.maxComponentUnits)) return Errno.EINVAL;
  const directory = parent && host.inodes.pathOf(parent);
  if (parent === undefined || directory === undefined) return Errno.ESTALE;
  const permissions = mode & PERMISSIONS;
  return { parent, name, path: joinPath(directory, name), permissions, isDirectory };
}

function makeWish(
  { uid, gid, host }: FuseCall,
  { permissions, isDirectory }: NewFile,
  how: Required<Pick<OpenWish, "desiredAccess" | "createDisposition">>,
): OpenWish {
  return {
    desiredAccess: how.desiredAccess,
    createOptions: isDirectory ? FILE_DIRECTORY_FILE : FILE_NON_DIRECTORY_FILE,
    createDisposition: how.createDisposition,
    describeNew: (directory) =>
      host.descriptorOfNew(directory, { uid, gid, permissions, isDirectory }),
  };
}

/** CREATE */
export function create(call: FuseCall): Awaitable<Outcome> {
  const { flags, mode } = CreateIn.read(call.request.view, BODY);
  const made = newFile(call, { at: BODY + CreateIn.size, mode, isDirectory: false });
  return typeof made === "number" ? made : runSteps(createFile(call, made, flags));
}

function* createFile(call: FuseCall, made: NewFile, flags: number): Steps<Outcome> {
  const { host } = call;
  const isExclusive = (flags & O_EXCL) !== 0;
  const wish = makeWish(call, made, {
    desiredAccess: accessOf(host, flags),
    createDisposition: isExclusive ? CreateDisposition.CREATE : CreateDisposition.OPEN_IF,
  });
  const opened = yield* openPath(call, made.path, wish);
  if (!opened.ok) return errnoOfMaking(opened);
  const { open } = opened;
  if (isSymlink(open.createInfo)) {
    return yield* closed(open, Errno.ESTALE); // it came meanwhile: the kernel is to look again, and follow it
  }
  const emptied = opened.isNew ? 0 : yield* emptyIfAsked(open, flags);
  if (emptied !== 0) return emptied;
  const looked = yield* settled(opened.isNew ? lookAtNew(open) : lookAtOpen(open));
  if (!looked.ok) return yield* closed(open, errnoOf(looked.status));
  const { parent, name } = made;
  return answerOpened(call, { parent, name, open, flags, looked: looked.value });
}

interface OpenedName {
  readonly parent: Inode;
  readonly name: string;
  readonly open: Open;
  readonly flags: number;
  readonly looked: LookedUp;
}

/** Answers CREATE. */
function answerOpened(call: FuseCall, opened: OpenedName): Outcome {
  const { host } = call;
  const { parent, name, open, flags, looked } = opened;
  const { answer } = host.device;
  const entry = EntryOut.blank(answer.view, OutHeader.size);
  const inode = fillEntry(host, { parent, name, looked, entry });
  const place = OutHeader.size + EntryOut.size;
  tellHandle(host, OpenOut.blank(answer.view, place), addHandle(host, { inode, open, flags }));
  host.device.replyWith(call.unique, answer, EntryOut.size + OpenOut.size);
  return ANSWERED;
}

/** A name that is going cannot be had yet, which is not that it is missing. */
export function errnoOfMaking({ errno, isGoing }: Extract<Opened, { ok: false }>): number {
  return isGoing === true ? Errno.EBUSY : errno;
}

/** MKNOD */
export function mknod(call: FuseCall): Awaitable<Outcome> {
  const { mode } = MknodIn.read(call.request.view, BODY);
  const type = mode & S_IFMT;
  if (type !== S_IFREG && type !== 0) return Errno.EPERM; // volumes keep no devices, pipes and sockets
  const made = newFile(call, { at: BODY + MknodIn.size, mode, isDirectory: false });
  return typeof made === "number" ? made : runSteps(makeFile(call, made));
}

/** MKDIR */
export function mkdir(call: FuseCall): Awaitable<Outcome> {
  const { mode } = MkdirIn.read(call.request.view, BODY);
  const made = newFile(call, { at: BODY + MkdirIn.size, mode, isDirectory: true });
  return typeof made === "number" ? made : runSteps(makeFile(call, made));
}

function* makeFile(call: FuseCall, made: NewFile): Steps<Outcome> {
  const wish = makeWish(call, made, {
    desiredAccess: FILE_READ_ATTRIBUTES,
    createDisposition: CreateDisposition.CREATE,
  });
  const opened = yield* openPath(call, made.path, wish);
  if (!opened.ok) return errnoOfMaking(opened);
  const { open } = opened;
  const looked = yield* settled(lookAtNew(open));
  yield* settled(open.close());
  if (!looked.ok) return errnoOf(looked.status);
  return answerEntry(call, made.parent, made.name, looked.value);
}

/** Answers CREATE and MKDIR with what is there already: for an echo. */
export function tellThere(call: FuseCall): Awaitable<Outcome> {
  const isDirectory = call.opcode === Opcode.MKDIR;
  const at = BODY + (isDirectory ? MkdirIn.size : CreateIn.size);
  const there = newFile(call, { at, mode: 0, isDirectory });
  return typeof there === "number" ? there : runSteps(tellOf(call, there));
}

function* tellOf(call: FuseCall, { parent, name, path, isDirectory }: NewFile): Steps<Outcome> {
  const { host } = call;
  if (isDirectory) {
    const how = { caller: call.caller, checksDirectory: false };
    const looked = yield* settled(lookUpName(host.volume, path, how));
    return looked.ok ? answerEntry(call, parent, name, looked.value) : errnoOf(looked.status);
  }
  const wish = { desiredAccess: FILE_READ_ATTRIBUTES, createOptions: FILE_NON_DIRECTORY_FILE };
  const opened = yield* openPath(call, path, wish);
  if (!opened.ok) return opened.errno;
  const { open } = opened;
  const looked = yield* settled(lookAtOpen(open));
  if (!looked.ok) return yield* closed(open, errnoOf(looked.status));
  return answerOpened(call, { parent, name, open, flags: 0, looked: looked.value });
}

/** RELEASE and RELEASEDIR */
export function release(call: FuseCall): Awaitable<Outcome> {
  const { host } = call;
  const { fh } = ReleaseIn.read(call.request.view, BODY);
  const handle = host.handles.remove(fh);
  if (handle === undefined) return Errno.EBADF;
  if (handle.reader === undefined) rememberPages(handle.inode, handle.open);
  else if (handle.reader.listing !== undefined) host.listings.release(handle.reader.listing);
  const closing = handle.open.close();
  return closing instanceof Promise ? closing.then(() => 0) : 0;
}
