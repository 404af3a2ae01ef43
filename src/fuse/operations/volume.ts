/**
 * INIT, STATFS, INTERRUPT, and what is answered alike for all volumes.
 *
 * @packageDocumentation
 */
import type { Awaitable } from "../../fs/index.js";
import { runSteps, type Steps, settled } from "../../kernel/index.js";
import {
  FUSE_ASYNC_DIO,
  FUSE_ASYNC_READ,
  FUSE_ATOMIC_O_TRUNC,
  FUSE_AUTO_INVAL_DATA,
  FUSE_BIG_WRITES,
  FUSE_CACHE_SYMLINKS,
  FUSE_DO_READDIRPLUS,
  FUSE_HANDLE_KILLPRIV_V2,
  FUSE_KERNEL_MINOR_VERSION,
  FUSE_KERNEL_VERSION,
  FUSE_MAX_PAGES,
  FUSE_PARALLEL_DIROPS,
  FUSE_READDIRPLUS_AUTO,
  FUSE_WRITEBACK_CACHE,
  InitInShort,
  InitOut,
  InterruptIn,
  OutHeader,
  StatfsOut,
} from "../../wire/fuse/index.js";
import { Errno, errnoOf } from "../errno.js";
import { ANSWERED, BODY, type FuseCall, type Outcome } from "../fuse-call.js";
import { MAX_PAGES } from "../limits.js";

/** What this host wants to have, of what the kernel can do. */
const WANTED =
  FUSE_ASYNC_READ |
  FUSE_ATOMIC_O_TRUNC |
  FUSE_BIG_WRITES |
  FUSE_AUTO_INVAL_DATA |
  FUSE_DO_READDIRPLUS |
  FUSE_READDIRPLUS_AUTO |
  FUSE_ASYNC_DIO |
  FUSE_PARALLEL_DIROPS |
  FUSE_MAX_PAGES |
  FUSE_CACHE_SYMLINKS |
  FUSE_HANDLE_KILLPRIV_V2;

/** Requests that the kernel keeps in flight for itself: read-ahead, and writing back. */
const MAX_BACKGROUND = 64;
const CONGESTION_THRESHOLD = 48;

/** Nanoseconds that the times of a volume are exact to. */
const TIME_GRANULARITY = 100;

/** INIT */
export function init(call: FuseCall): Outcome {
  const { host } = call;
  const { major, minor, maxReadahead, flags } = InitInShort.read(call.request.view, BODY);
  if (major < FUSE_KERNEL_VERSION) return Errno.EPROTO;
  const { answer } = host.device;
  const out = InitOut.blank(answer.view, OutHeader.size);
  out.major = FUSE_KERNEL_VERSION;
  out.minor = Math.min(minor, FUSE_KERNEL_MINOR_VERSION);
  if (major === FUSE_KERNEL_VERSION) {
    const wanted = host.wantsWritebackCache ? WANTED | FUSE_WRITEBACK_CACHE : WANTED;
    out.maxReadahead = maxReadahead;
    out.flags = (flags & wanted) >>> 0;
    out.maxBackground = MAX_BACKGROUND;
    out.congestionThreshold = CONGESTION_THRESHOLD;
    out.maxWrite = host.device.maxWrite;
    out.timeGran = TIME_GRANULARITY;
    out.maxPages = MAX_PAGES;
    host.hasWritebackCache = (flags & wanted & FUSE_WRITEBACK_CACHE) !== 0;
  }
  host.device.replyWith(call.unique, answer, InitOut.size);
  return ANSWERED;
}

/** STATFS */
export function statfs(call: FuseCall): Awaitable<Outcome> {
  return runSteps(tellVolume(call));
}

function* tellVolume({ host, unique }: FuseCall): Steps<Outcome> {
  const { volume, device } = host;
  const info = yield* settled(volume.getVolumeInfo());
  if (!info.ok) return errnoOf(info.status);
  const { totalSize, freeSize } = info.value;
  const { allocationUnit } = volume;
  const out = StatfsOut.blank(device.answer.view, OutHeader.size);
  out.blocks = Math.floor(totalSize / allocationUnit);
  out.bfree = Math.floor(freeSize / allocationUnit);
  out.bavail = out.bfree;
  out.bsize = allocationUnit;
  out.frsize = allocationUnit;
  out.namelen = volume.params.maxComponentUnits;
  device.replyWith(unique, device.answer, StatfsOut.size);
  return ANSWERED;
}

/** INTERRUPT */
export function interrupt(call: FuseCall): Outcome {
  call.host.interrupt(InterruptIn.read(call.request.view, BODY).unique);
  return ANSWERED;
}

/** What is to be done is nothing. */
export function done(): Outcome {
  return 0;
}

/** The kernel does it without us, and asks no more. */
export function notHere(): Outcome {
  return Errno.ENOSYS;
}

/** IOCTL: no file here is a device. */
export function ioctl(): Outcome {
  return Errno.ENOTTY;
}
