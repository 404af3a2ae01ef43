/**
 * What clients are told of an entry.
 *
 * @packageDocumentation
 */
import { type Caller, DEFAULT_VOLUME_PARAMS, type FileInfo } from "../../fs/index.js";
import {
  FILE_ATTRIBUTE_DIRECTORY,
  FILE_ATTRIBUTE_OFFLINE,
  FILE_ATTRIBUTE_REPARSE_POINT,
  ReparseTag,
} from "../../nt/index.js";
import { viewKey } from "./context.js";
import { Directory } from "./directory.js";
import type { Node, StoredEntry } from "./entry.js";
import { attributesOf, ticksOf } from "./entry-options.js";
import type { Memory } from "./memories.js";
import { type Abilities, descriptorOf, rightsOf } from "./rights.js";
import { TreeFile } from "./tree-file.js";
import { TreeLazy } from "./tree-lazy.js";
import { TreeLink } from "./tree-link.js";
import type { Place } from "./walk.js";

/** What an info is made of. */
export interface InfoParts {
  readonly node: Node;
  readonly fileId: bigint;
  /** In bytes; undefined where nobody knows before the content is made. */
  readonly size: number | undefined;
  /** What a client has set aside, in bytes. */
  readonly reservedSize: number;
  readonly memory: Memory | undefined;
  /** When the server was started, or was told that the entry has changed. */
  readonly sinceTicks: bigint;
}

const ALLOCATION_UNIT =
  DEFAULT_VOLUME_PARAMS.sectorSize * DEFAULT_VOLUME_PARAMS.sectorsPerAllocationUnit;

export function infoOf(parts: InfoParts): FileInfo {
  const { node, fileId, size = 0, memory, sinceTicks } = parts;
  const { options } = node;
  const lastWriteTicks =
    memory?.lastWriteTicks ?? ticksOf(options.modified) ?? memory?.madeTicks ?? sinceTicks;
  const unknown = parts.size === undefined ? FILE_ATTRIBUTE_OFFLINE : 0;
  return {
    fileAttributes: settableAttributes(node, memory) | typeAttributes(node) | unknown,
    reparseTag: node instanceof TreeLink ? ReparseTag.SYMLINK : 0,
    fileSize: size,
    allocationSize: Math.max(
      Math.ceil(size / ALLOCATION_UNIT) * ALLOCATION_UNIT,
      parts.reservedSize,
    ),
    creationTicks: memory?.creationTicks ?? ticksOf(options.created) ?? sinceTicks,
    lastAccessTicks: memory?.lastAccessTicks ?? ticksOf(options.accessed) ?? lastWriteTicks,
    lastWriteTicks,
    changeTicks: memory?.changeTicks ?? lastWriteTicks,
    fileId,
    hardLinks: 1,
    eaSize: 0,
  };
}

/** What there is to say of an entry without asking for its content. */
export function settableAttributes({ options }: Node, memory: Memory | undefined): number {
  return memory?.attributes ?? attributesOf(options);
}

/** What an entry is. */
export function typeAttributes(node: Node): number {
  if (node instanceof Directory) return FILE_ATTRIBUTE_DIRECTORY;
  if (!(node instanceof TreeLink)) return 0;
  const isDirectory = node.options.isDirectory === true;
  return FILE_ATTRIBUTE_REPARSE_POINT | (isDirectory ? FILE_ATTRIBUTE_DIRECTORY : 0);
}

/** Whether each who asks is to be told anew: what functions give, unless they say how long it is good. */
export function isUncacheable(node: Node): boolean {
  if (node instanceof TreeLink || (node.options.cacheMs ?? 0) > 0) return false;
  if (node instanceof Directory) return node.isMade;
  return node.source.kind === "made" && !node.isWritable;
}

/** Everybody's rights on an entry: those that callbacks stand behind. */
export function securityOf({ node, directory }: Place): Uint8Array {
  return descriptorOf(rightsOf(abilitiesOf(node, directory)));
}

function abilitiesOf(node: Node, directory: Directory | undefined): Abilities {
  const parent = directory ?? node; // the root goes nowhere, but programs may want everything of it
  const canGo =
    parent instanceof Directory &&
    [parent.options.rename, parent.options.move, parent.options.remove].some(isThere);
  if (node instanceof TreeFile) return { canGo, canWrite: node.isWritable };
  if (!(node instanceof Directory)) return { canGo };
  const { create, rename, remove } = node.options;
  return {
    canGo,
    canAdd: create !== undefined || rename !== undefined,
    canRemoveChild: remove !== undefined,
  };
}

function isThere(callback: unknown): boolean {
  return callback !== undefined;
}

/** Who shares what is known of an entry; directories and links are the same for everybody who sees them. */
export function viewOf(node: Node, caller: Caller): string {
  return node instanceof TreeFile ? viewKey(node.view, caller) : "";
}

/** Whether an entry of a listing needs no function to be told of. */
export function isToldAtOnce(entry: StoredEntry): boolean {
  if (entry instanceof TreeLazy) return false;
  if (!(entry instanceof TreeFile)) return true;
  const { source, options } = entry;
  if (source.kind === "ranges") return typeof source.ranges.size === "number";
  return source.kind === "bytes" || options.size === undefined || typeof options.size === "number";
}
