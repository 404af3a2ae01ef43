/**
 * What is known of a file: what the host tells of it, and what is kept with it.
 *
 * @packageDocumentation
 */
import { type FileInfo, packedEaSize } from "../../fs/index.js";
import {
  FILE_ATTRIBUTE_ARCHIVE,
  FILE_ATTRIBUTE_DIRECTORY,
  FILE_ATTRIBUTE_READONLY,
  FILE_ATTRIBUTE_REPARSE_POINT,
  FILE_ATTRIBUTE_SPARSE_FILE,
  FILE_ATTRIBUTE_SYSTEM,
  ReparseTag,
  readReparsePoint,
  SETTABLE_ATTRIBUTES,
  ticksOfNs,
} from "../../nt/index.js";
import type { Attachments, Keeper } from "./attachments.js";
import { listEas } from "./extended-attributes.js";
import { type Facts, type KeptTime, NO_FACTS, readFacts } from "./facts.js";
import type { HostStats } from "./host-stats.js";

/** Attachments of ours; all others are extended attributes of the file's users. */
export const OUR_PREFIX = "anymount.";
export const FACTS = `${OUR_PREFIX}info`;
export const DESCRIPTOR = `${OUR_PREFIX}security`;
export const LABEL = `${OUR_PREFIX}label`;
/** With the root: reparse data is kept with files, which a directory does not tell of. */
export const HAS_REPARSE = `${OUR_PREFIX}hasReparse`;
export const REPARSE = `${OUR_PREFIX}reparse`;

/** What is kept with a file. */
export interface Kept {
  readonly facts: Facts;
  /** Packed, in bytes. */
  readonly eaSize: number;
  /** Of what is kept; a symbolic link is one by what it is. 0: none. */
  readonly reparseTag: number;
}

/** With a new file, and most others. */
export const NOTHING_KEPT: Kept = { facts: NO_FACTS, eaSize: 0, reparseTag: 0 };

/** Reads what is kept with a file. */
export function readKept(attachments: Attachments, keeper: Keeper): Kept {
  const names = attachments.names(keeper);
  if (names.length === 0) return NOTHING_KEPT;
  const facts = names.includes(FACTS) ? attachments.get(keeper, FACTS) : undefined;
  const reparse = names.includes(REPARSE) ? attachments.get(keeper, REPARSE) : undefined;
  const hasEas = names.some((name) => !name.startsWith(OUR_PREFIX));
  return {
    facts: facts === undefined ? NO_FACTS : readFacts(facts),
    eaSize: hasEas ? packedEaSize(listEas(attachments, keeper, [])) : 0,
    reparseTag: reparse === undefined ? 0 : tagOf(reparse),
  };
}

function tagOf(data: Uint8Array): number {
  const point = readReparsePoint(data);
  return typeof point === "number" ? 0 : point.tag;
}

/** The twelve bits of chmod(2). */
export const PERMISSION_BITS = 0o7777n;
const ANYBODY_WRITES = 0o222;

export function modeOf({ mode }: HostStats): number {
  return Number(mode & PERMISSION_BITS);
}

/** The unit of `Stats.blocks`, in bytes. stat(2) */
const BLOCK_SIZE = 512;

/** Bytes that space is given out in, as far as clients are told. */
export const ALLOCATION_UNIT = 4096;

/** Files that take so much less than they hold have holes; by less, they may just be packed well. In bytes. */
const LEAST_HOLE = 65_536;

/** Everything else there is to know. */
export interface Circumstances {
  readonly fileId: bigint;
  /** Bytes that were set aside, as far as is known. */
  readonly reserved: number;
  /** A symbolic link leads to a directory. */
  readonly leadsToDirectory: boolean;
}

/** A file as the contract has it. */
export function fileInfoOf(stats: HostStats, kept: Kept, more: Circumstances): FileInfo {
  const { facts } = kept;
  const isFile = stats.isFile();
  const fileSize = isFile ? Number(stats.size) : 0;
  const taken = Number(stats.blocks) * BLOCK_SIZE;
  const isSparse = isFile && isSparseFile(stats, facts);
  const allocated = Math.max(isSparse ? taken : Math.max(taken, fileSize), more.reserved);
  return {
    fileAttributes:
      attributesOf(stats, kept, isSparse) | (more.leadsToDirectory ? FILE_ATTRIBUTE_DIRECTORY : 0),
    reparseTag: stats.isSymbolicLink() ? ReparseTag.SYMLINK : kept.reparseTag,
    allocationSize: isFile ? Math.ceil(allocated / ALLOCATION_UNIT) * ALLOCATION_UNIT : 0,
    fileSize,
    creationTicks: facts.creationTicks ?? ticksOfNs(birthNsOf(stats)),
    lastAccessTicks: timeOf(stats.atimeNs, facts.lastAccess),
    lastWriteTicks: timeOf(stats.mtimeNs, facts.lastWrite),
    changeTicks: changeTicksOf(stats.ctimeNs, facts.change),
    fileId: more.fileId,
    hardLinks: isFile ? Number(stats.nlink) : 1, // of a directory it counts those in it, too
    eaSize: kept.eaSize,
  };
}

/** Whether a client made a file sparse; or others did, whom nobody contradicted. */
export function isSparseFile({ size, blocks }: HostStats, { isSparse }: Facts): boolean {
  return isSparse ?? Number(size) - Number(blocks) * BLOCK_SIZE >= LEAST_HOLE;
}

function attributesOf(stats: HostStats, kept: Kept, isSparse: boolean): number {
  const settable = settableAttributesOf(stats, kept.facts);
  if (stats.isDirectory()) {
    const reparse = kept.reparseTag === 0 ? 0 : FILE_ATTRIBUTE_REPARSE_POINT;
    return settable | FILE_ATTRIBUTE_DIRECTORY | reparse;
  }
  if (stats.isSymbolicLink()) return settable | FILE_ATTRIBUTE_REPARSE_POINT;
  if (!stats.isFile()) return settable | FILE_ATTRIBUTE_SYSTEM;
  return (
    settable |
    (isSparse ? FILE_ATTRIBUTE_SPARSE_FILE : 0) |
    (kept.reparseTag === 0 ? 0 : FILE_ATTRIBUTE_REPARSE_POINT)
  );
}

/** READONLY is that nobody may write, unless other permissions came of a descriptor. */
export function settableAttributesOf(stats: HostStats, facts: Facts): number {
  const { attributes = defaultAttributesOf(stats), attributesMode } = facts;
  if (!stats.isFile()) return attributes;
  const mode = modeOf(stats);
  if (attributesMode === mode) return attributes;
  const isReadOnly = (mode & ANYBODY_WRITES) === 0;
  return (attributes & ~FILE_ATTRIBUTE_READONLY) | (isReadOnly ? FILE_ATTRIBUTE_READONLY : 0);
}

/** Every new file waits to be archived; nothing else does. */
export function defaultAttributesOf(stats: HostStats): number {
  return stats.isFile() ? FILE_ATTRIBUTE_ARCHIVE : 0;
}

/** Mode bits for a file with or without READONLY: a right to write comes back to those who may read. */
export function modeFor(mode: number, fileAttributes: number): number {
  const isReadOnly = (fileAttributes & FILE_ATTRIBUTE_READONLY) !== 0;
  if (isReadOnly) return mode & ~ANYBODY_WRITES;
  return (mode & ANYBODY_WRITES) === 0 ? mode | OWNER_WRITE : mode;
}

const OWNER_WRITE = 0o200;

/** As far as the host's file system keeps it; else the earliest that is known. */
function birthNsOf({ birthtimeNs, mtimeNs, ctimeNs }: HostStats): bigint {
  if (birthtimeNs > 0n) return birthtimeNs;
  return mtimeNs < ctimeNs ? mtimeNs : ctimeNs;
}

function timeOf(hostNs: bigint, kept: KeptTime | undefined): bigint {
  return kept?.hostNs === hostNs ? kept.ticks : ticksOfNs(hostNs);
}

function changeTicksOf(hostNs: bigint, kept: KeptTime | undefined): bigint {
  return kept !== undefined && hostNs <= kept.hostNs ? kept.ticks : ticksOfNs(hostNs);
}

/** The attributes that clients set. */
export function settable(fileAttributes: number): number {
  return fileAttributes & SETTABLE_ATTRIBUTES;
}
