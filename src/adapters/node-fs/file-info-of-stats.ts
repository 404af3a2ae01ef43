import type { FileInfo } from "../../fs/index.js";
import {
  FILE_ATTRIBUTE_ARCHIVE,
  FILE_ATTRIBUTE_DIRECTORY,
  FILE_ATTRIBUTE_READONLY,
  ticksOfMs,
  ticksOfNs,
} from "../../nt/index.js";
import type { NodeStats } from "./node-fs-api.js";

/** The unit of `Stats.blocks`, in bytes, whatever the file system's own is. stat(2) */
const BLOCK_SIZE = 512;

/** Bytes that space is given out in, as far as is known. */
export const ALLOCATION_UNIT = 4096;

/** The owner's right to write; without it a file is read-only to Windows. */
export const OWNER_WRITE = 0o200;

const NS_PER_MS = 1_000_000n;

/** What Node tells of a file, as the contract has it. */
export function fileInfoOf(stats: NodeStats): FileInfo {
  const isDirectory = stats.isDirectory();
  const fileSize = isDirectory ? 0 : Number(stats.size);
  return {
    fileAttributes: attributesOf(stats, isDirectory),
    reparseTag: 0,
    allocationSize: isDirectory ? 0 : allocationOf(stats, fileSize),
    fileSize,
    creationTicks: ticksOf(stats.birthtimeNs, stats.birthtimeMs),
    lastAccessTicks: ticksOf(stats.atimeNs, stats.atimeMs),
    lastWriteTicks: ticksOf(stats.mtimeNs, stats.mtimeMs),
    changeTicks: ticksOf(stats.ctimeNs, stats.ctimeMs),
    fileId: BigInt(stats.ino) + 1n, // an inode may be 0, an id may not
    hardLinks: isDirectory ? 1 : Math.max(1, Number(stats.nlink)), // of a directory it counts those in it, too
    eaSize: 0,
  };
}

/** Whether a file system has no times finer than a millisecond: shown by the one that it sets itself. */
export function isToldInMs({ ctimeNs, ctimeMs }: NodeStats): boolean {
  return ctimeNs === undefined ? Number.isInteger(Number(ctimeMs)) : ctimeNs % NS_PER_MS === 0n;
}

/** Nearly every file on Windows waits to be archived; POSIX does not know. */
function attributesOf({ mode }: NodeStats, isDirectory: boolean): number {
  if (isDirectory) return FILE_ATTRIBUTE_DIRECTORY;
  const isReadOnly = (Number(mode) & OWNER_WRITE) === 0;
  return FILE_ATTRIBUTE_ARCHIVE | (isReadOnly ? FILE_ATTRIBUTE_READONLY : 0);
}

/** Never less than the size: holes cannot be told. */
function allocationOf({ blocks = 0 }: NodeStats, fileSize: number): number {
  const taken = Math.max(fileSize, Number(blocks) * BLOCK_SIZE);
  return Math.ceil(taken / ALLOCATION_UNIT) * ALLOCATION_UNIT;
}

function ticksOf(ns: bigint | undefined, ms: number | bigint): bigint {
  return ns === undefined ? ticksOfMs(Number(ms)) : ticksOfNs(ns);
}
