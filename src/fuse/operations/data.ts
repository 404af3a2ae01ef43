/**
 * READ, WRITE, FLUSH, FSYNC, FALLOCATE, LSEEK, COPY_FILE_RANGE: the bytes of files.
 *
 * @packageDocumentation
 */
import type { Awaitable } from "../../fs/index.js";
import {
  copyRange,
  type Open,
  type Result,
  runSteps,
  type Steps,
  settled,
} from "../../kernel/index.js";
import { NtStatus } from "../../nt/index.js";
import {
  CopyFileRangeIn,
  CopyFileRangeOut,
  FALLOC_FL_KEEP_SIZE,
  FALLOC_FL_PUNCH_HOLE,
  FALLOC_FL_ZERO_RANGE,
  FallocateIn,
  FsyncIn,
  FUSE_WRITE_CACHE,
  LseekIn,
  LseekOut,
  Opcode,
  OutHeader,
  ReadIn,
  SEEK_DATA,
  SEEK_HOLE,
  WriteIn,
  WriteOut,
} from "../../wire/fuse/index.js";
import { Errno, errnoOf } from "../errno.js";
import { ANSWERED, BODY, type FuseCall, type Outcome } from "../fuse-call.js";
import { MAX_COPY_SIZE } from "../limits.js";

/** READ */
export function read(call: FuseCall): Awaitable<Outcome> {
  const { device, handles } = call.host;
  const { fh, offset, size } = ReadIn.read(call.request.view, BODY);
  const open = handles.get(fh)?.open;
  if (open === undefined) return Errno.EBADF;
  const length = Math.min(size, device.maxWrite);
  const views = open.readViews(offset, length);
  if (views !== undefined) {
    if (!views.ok) return answerRead(call, views);
    device.replyWith(call.unique, device.answer, gather(device.answer.bytes, views.value));
    return ANSWERED;
  }
  const memory = device.take();
  const target = memory.bytes.subarray(OutHeader.size, OutHeader.size + length);
  const done = (result: Result<number>): Outcome => {
    if (result.ok) device.replyWith(call.unique, memory, result.value);
    device.giveBack(memory);
    return result.ok ? ANSWERED : answerRead(call, result);
  };
  const reading = open.read(target, offset);
  return reading instanceof Promise ? reading.then(done) : done(reading);
}

/** Puts what was read behind the room for the header. @returns its length in bytes */
function gather(bytes: Buffer, views: readonly Uint8Array[]): number {
  let at: number = OutHeader.size;
  for (const view of views) {
    bytes.set(view, at);
    at += view.length;
  }
  return at - OutHeader.size;
}

/** At the end there is nothing to read, which is no error. */
function answerRead(_call: FuseCall, { status }: { readonly status: NtStatus }): Outcome {
  return status === NtStatus.END_OF_FILE ? 0 : errnoOf(status);
}

/** WRITE */
export function write(call: FuseCall): Awaitable<Outcome> {
  const { host, request } = call;
  const { fh, offset, size, writeFlags } = WriteIn.read(request.view, BODY);
  const handle = host.handles.get(fh);
  if (handle === undefined) return Errno.EBADF;
  const start = BODY + WriteIn.size;
  if (start + size > call.length) return Errno.EINVAL;
  const { open } = handle;
  // What comes from the page cache has its place already.
  const isAppend = handle.isAppending && (writeFlags & FUSE_WRITE_CACHE) === 0;
  const data = request.bytes.subarray(start, start + size);
  const writing = open.write(data, isAppend ? undefined : offset);
  const done = (written: Result<number>): Outcome => {
    if (!written.ok) return errnoOf(written.status);
    if (isAppend && open.currentByteOffset !== offset + written.value) {
      host.caches.dropPages(handle.inode); // the kernel took the end of the file to be elsewhere
    }
    return answerWritten(call, written.value);
  };
  if (!(writing instanceof Promise)) return done(writing);
  const kept = host.device.keep();
  return writing.then(done).finally(() => {
    host.device.giveBack(kept);
  });
}

function answerWritten({ host, unique }: FuseCall, size: number): Outcome {
  WriteOut.blank(host.device.answer.view, OutHeader.size).size = size;
  host.device.replyWith(unique, host.device.answer, WriteOut.size);
  return ANSWERED;
}

/** FSYNC */
export function fsync(call: FuseCall): Awaitable<Outcome> {
  const { fh } = FsyncIn.read(call.request.view, BODY);
  const open = call.host.handles.get(fh)?.open;
  if (open === undefined) return Errno.EBADF;
  const flushing = open.flush();
  return flushing instanceof Promise ? flushing.then(outcomeOfFlush) : outcomeOfFlush(flushing);
}

/** Who may not write has nothing to make safe. */
function outcomeOfFlush(flushed: Result<void>): Outcome {
  if (flushed.ok || flushed.status === NtStatus.ACCESS_DENIED) return 0;
  return errnoOf(flushed.status);
}

/** FALLOCATE */
export function fallocate(call: FuseCall): Awaitable<Outcome> {
  const { fh, offset, length, mode } = FallocateIn.read(call.request.view, BODY);
  const open = call.host.handles.get(fh)?.open;
  if (open === undefined) return Errno.EBADF;
  return runSteps(allocate(open, { offset, length, mode }));
}

interface Allocation {
  readonly offset: number;
  readonly length: number;
  readonly mode: number;
}

const ZEROING = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE;

function* allocate(open: Open, { offset, length, mode }: Allocation): Steps<Outcome> {
  const keepsSize = (mode & FALLOC_FL_KEEP_SIZE) !== 0;
  if ((mode & ~(FALLOC_FL_KEEP_SIZE | ZEROING)) !== 0) return Errno.EOPNOTSUPP;
  const info = yield* settled(open.getInfo());
  if (!info.ok) return errnoOf(info.status);
  const end = offset + length;
  if ((mode & ZEROING) !== 0) {
    const zeroed = yield* zero(open, { offset, length, mode });
    if (zeroed !== 0) return zeroed;
  } else if (end > info.value.allocationSize) {
    const set = yield* settled(open.setAllocation(end));
    if (!set.ok) return errnoOf(set.status);
  }
  if (keepsSize || end <= info.value.fileSize) return 0;
  const now = yield* settled(open.getInfo()); // others may have written past it meanwhile
  if (!now.ok) return errnoOf(now.status);
  if (end <= now.value.fileSize) return 0;
  const grown = yield* settled(open.setEndOfFile(end));
  return grown.ok ? 0 : errnoOf(grown.status);
}

/** A hole takes no space where the volume has sparse files; it reads as zeros in any case. */
function* zero(open: Open, { offset, length, mode }: Allocation): Steps<Outcome> {
  const { hasSparseFiles } = open.volume.capabilities;
  if (!hasSparseFiles) return Errno.EOPNOTSUPP;
  if ((mode & FALLOC_FL_PUNCH_HOLE) !== 0) {
    const sparse = yield* settled(open.setSparse(true));
    if (!sparse.ok) return errnoOf(sparse.status);
  }
  const zeroed = yield* settled(open.setZeroData(offset, length));
  return zeroed.ok ? 0 : errnoOf(zeroed.status);
}

/** LSEEK: SEEK_DATA and SEEK_HOLE. */
export function lseek(call: FuseCall): Awaitable<Outcome> {
  const { fh, offset, whence } = LseekIn.read(call.request.view, BODY);
  const open = call.host.handles.get(fh)?.open;
  if (open === undefined) return Errno.EBADF;
  if (whence !== SEEK_DATA && whence !== SEEK_HOLE) return Errno.EINVAL;
  return runSteps(seek(call, open, { offset, isForData: whence === SEEK_DATA }));
}

function* seek(
  { host, unique }: FuseCall,
  open: Open,
  { offset, isForData }: { offset: number; isForData: boolean },
): Steps<Outcome> {
  const info = yield* settled(open.getInfo());
  if (!info.ok) return errnoOf(info.status);
  const { fileSize } = info.value;
  if (offset >= fileSize) return Errno.ENXIO;
  const asked = yield* settled(open.getAllocatedRanges(offset, fileSize - offset));
  // Who does not know of holes, or may not read, has data everywhere.
  const ranges = asked.ok ? asked.value : [{ offset, length: fileSize - offset }];
  const found = isForData ? firstData(ranges) : firstHole(ranges, offset, fileSize);
  if (found === undefined) return Errno.ENXIO;
  LseekOut.blank(host.device.answer.view, OutHeader.size).offset = found;
  host.device.replyWith(unique, host.device.answer, LseekOut.size);
  return ANSWERED;
}

type Ranges = readonly { readonly offset: number; readonly length: number }[];

function firstData(ranges: Ranges): number | undefined {
  return ranges[0]?.offset;
}

/** There is one at the end of every file. */
function firstHole(ranges: Ranges, from: number, fileSize: number): number {
  let at = from;
  for (const { offset, length } of ranges) {
    if (offset > at) break;
    at = offset + length;
  }
  return Math.min(at, fileSize);
}

/** COPY_FILE_RANGE and COPY_FILE_RANGE_64 */
export function copyFileRange(call: FuseCall): Awaitable<Outcome> {
  const { handles } = call.host;
  const { fhIn, offIn, fhOut, offOut, len } = CopyFileRangeIn.read(call.request.view, BODY);
  const source = handles.get(fhIn)?.open;
  const target = handles.get(fhOut)?.open;
  if (source === undefined || target === undefined) return Errno.EBADF;
  return runSteps(copy(call, { source, target, offIn, offOut, length: len }));
}

interface Copy {
  readonly source: Open;
  readonly target: Open;
  readonly offIn: number;
  readonly offOut: number;
  readonly length: number;
}

/** As much as there is, up to a limit: the program asks for the rest. */
function* copy(call: FuseCall, { source, target, offIn, offOut, length }: Copy): Steps<Outcome> {
  const info = yield* settled(source.getInfo());
  if (!info.ok) return errnoOf(info.status);
  const there = Math.max(0, info.value.fileSize - offIn);
  const size = Math.min(length, there, MAX_COPY_SIZE);
  if (size > 0) {
    const buffer = Buffer.allocUnsafe(size);
    const places = { sourceOffset: offIn, targetOffset: offOut };
    const status = yield* settled(copyRange({ source, target, buffer, ...places }));
    if (status !== NtStatus.SUCCESS) return errnoOf(status);
  }
  if (call.opcode === Opcode.COPY_FILE_RANGE) return answerWritten(call, size);
  const { device } = call.host;
  CopyFileRangeOut.blank(device.answer.view, OutHeader.size).bytesCopied = size;
  device.replyWith(call.unique, device.answer, CopyFileRangeOut.size);
  return ANSWERED;
}
