import type { FileInfo } from "../../fs/index.js";
import {
  FILE_ATTRIBUTE_ARCHIVE,
  FILE_ATTRIBUTE_DIRECTORY,
  FILE_ATTRIBUTE_HIDDEN,
  FILE_ATTRIBUTE_READONLY,
  FILE_ATTRIBUTE_REPARSE_POINT,
  FILE_ATTRIBUTE_SYSTEM,
  ReparseTag,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  ticksOfMs,
  ticksOfNs,
} from "../../nt/index.js";
import type { FuseStat, FuseTime } from "./fuse-operations.js";

// `st_flags`. WinFsp 4.3, STAT_EX; chflags(2)
const UF_SYSTEM = 0x0080;
const UF_ARCHIVE = 0x0800;
const UF_READONLY = 0x1000;
const UF_HIDDEN = 0x8000;

const FLAGS: readonly (readonly [flag: number, attribute: number])[] = [
  [UF_SYSTEM, FILE_ATTRIBUTE_SYSTEM],
  [UF_ARCHIVE, FILE_ATTRIBUTE_ARCHIVE],
  [UF_READONLY, FILE_ATTRIBUTE_READONLY],
  [UF_HIDDEN, FILE_ATTRIBUTE_HIDDEN],
];

/** The unit of `blocks`, in bytes, whatever the file system's own is. stat(2) */
const BLOCK_SIZE = 512;

/** What a mode says that a file is. */
export type FileKind = "directory" | "file" | "link" | "special";

export function kindOf({ mode }: FuseStat): FileKind {
  switch (Number(mode) & S_IFMT) {
    case S_IFDIR:
      return "directory";
    case S_IFLNK:
      return "link";
    case S_IFREG:
    case 0: // left out
      return "file";
    default:
      return "special";
  }
}

/** The `st_flags` that stand for attributes. */
export function flagsOfAttributes(fileAttributes: number): number {
  return FLAGS.reduce(
    (flags, [flag, attribute]) => ((fileAttributes & attribute) === 0 ? flags : flags | flag),
    0,
  );
}

/** What is not in a stat, but in what is known of a file. */
export interface InfoFacts {
  readonly fileId: bigint;
  /** In bytes. */
  readonly allocationUnit: number;
  /** What times that are left out are. */
  readonly startTicks: bigint;
  readonly isHidden: boolean;
  /** A symbolic link that leads to a directory. */
  readonly leadsToDirectory: boolean;
  /** The volume shows links and special files as what they are. */
  readonly hasReparsePoints: boolean;
  readonly eaSize: number;
}

/** What FUSE tells of a file, as the contract has it. */
export function fileInfoOf(stat: FuseStat, facts: InfoFacts): FileInfo {
  const kind = kindOf(stat);
  const fileSize = kind === "file" ? sizeOf(stat) : 0;
  const { atime, mtime, ctime, birthtime } = stat;
  const { startTicks } = facts;
  return {
    fileAttributes: attributesOf(stat, kind, facts),
    reparseTag: facts.hasReparsePoints ? reparseTagOf(kind) : 0,
    allocationSize: kind === "file" ? allocationOf(stat, fileSize, facts.allocationUnit) : 0,
    fileSize,
    creationTicks: ticksOf(birthtime ?? ctime, startTicks),
    lastAccessTicks: ticksOf(atime, startTicks),
    lastWriteTicks: ticksOf(mtime, startTicks),
    changeTicks: ticksOf(ctime, startTicks),
    fileId: facts.fileId,
    hardLinks: kind === "directory" ? 1 : Math.max(1, Number(stat.nlink ?? 1)), // of one, it counts what is in it
    eaSize: facts.eaSize,
  };
}

/** In bytes. */
export function sizeOf({ size = 0 }: FuseStat): number {
  return Math.max(0, Number(size));
}

function attributesOf({ flags = 0 }: FuseStat, kind: FileKind, facts: InfoFacts): number {
  let attributes = FLAGS.reduce(
    (all, [flag, attribute]) => ((flags & flag) === 0 ? all : all | attribute),
    0,
  );
  if (kind === "directory" || facts.leadsToDirectory) attributes |= FILE_ATTRIBUTE_DIRECTORY;
  if (kind === "link" || kind === "special") {
    attributes |= facts.hasReparsePoints ? FILE_ATTRIBUTE_REPARSE_POINT : FILE_ATTRIBUTE_SYSTEM;
  }
  if (facts.isHidden) attributes |= FILE_ATTRIBUTE_HIDDEN;
  return attributes;
}

function reparseTagOf(kind: FileKind): number {
  if (kind === "link") return ReparseTag.SYMLINK;
  return kind === "special" ? ReparseTag.NFS : 0;
}

/** Never less than the size: holes cannot be told. */
function allocationOf({ blocks = 0 }: FuseStat, fileSize: number, unit: number): number {
  const taken = Math.max(fileSize, Number(blocks) * BLOCK_SIZE);
  return Math.ceil(taken / unit) * unit;
}

/** FILETIME ticks of a time; `otherwise` where it is none. */
export function ticksOf(time: FuseTime | undefined | null, otherwise: bigint): bigint {
  if (typeof time === "bigint") return ticksOfNs(time);
  if (typeof time === "number") return Number.isFinite(time) ? ofMs(time) : otherwise;
  if (!(time instanceof Date)) return otherwise;
  if ("ns" in time && typeof time.ns === "bigint") return ticksOfNs(time.ns);
  return Number.isNaN(time.getTime()) ? otherwise : ticksOfMs(time.getTime());
}

const TICKS_PER_MS = 10_000;

/** With the fraction that a number can have. */
function ofMs(ms: number): bigint {
  const whole = Math.floor(ms);
  return ticksOfMs(whole) + BigInt(Math.floor((ms - whole) * TICKS_PER_MS));
}

const EPOCH_TICKS = ticksOfMs(0);

/** Nanoseconds since 1970. */
export function nsOfTicks(ticks: bigint): bigint {
  return (ticks - EPOCH_TICKS) * 100n;
}
