import type { FileInfo } from "../../fs/index.js";
import { FILE_ATTRIBUTE_SPARSE_FILE, joinPath, readReparsePoint } from "../../nt/index.js";
import type { ChunkStore } from "./chunk-store.js";
import type { SharedDescriptor } from "./descriptor-pool.js";
import type { EaSet } from "./ea-set.js";
import { ALLOCATION_UNIT, NODE_COST, TIME_RESOLUTION_TICKS } from "./limits.js";
import type { NamedStream } from "./named-stream.js";

/** A name in a directory, and the file it names. [MS-FSA] 2.1.1.6 */
export interface Link {
  /** The directory it is in; undefined for the root. */
  parent: MemoryNode | undefined;
  /** As stored; empty for the root. */
  name: string;
  readonly node: MemoryNode;
}

/** A file or a directory: an identity, what is known of it, and what is in it. [MS-FSA] 2.1.1.3 */
export class MemoryNode {
  readonly fileId: bigint;
  /** The names in a directory, by what they are compared by; undefined for a file. */
  readonly children: Map<string, Link> | undefined;
  /** Its name, or one of its names; undefined once it is deleted. */
  link: Link | undefined;
  /** Its other names; undefined where there never was one. */
  #otherLinks: Link[] | undefined;
  /** Named streams, by what their names are compared by; undefined where there never was one. */
  streams: Map<string, NamedStream> | undefined;
  openCount = 0;
  /** [MS-FSCC] 2.6 */
  attributes: number;
  /** What is in a file; undefined where nothing ever was. */
  data: ChunkStore | undefined;
  descriptor: SharedDescriptor | undefined;
  /** Reparse data, header included; undefined where it is no reparse point. [MS-FSCC] 2.1.2 */
  reparseData: Uint8Array | undefined;
  extendedAttributes: EaSet | undefined;
  creationTicks: bigint;
  lastAccessTicks: bigint;
  lastWriteTicks: bigint;
  changeTicks: bigint;

  constructor(fileId: bigint, attributes: number, isDirectory: boolean, now: bigint) {
    this.fileId = fileId;
    this.attributes = attributes;
    this.children = isDirectory ? new Map<string, Link>() : undefined;
    this.creationTicks = now;
    this.lastAccessTicks = now;
    this.lastWriteTicks = now;
    this.changeTicks = now;
  }

  get isDirectory(): boolean {
    return this.children !== undefined;
  }

  /** How many names it has. */
  get linkCount(): number {
    if (this.link === undefined) return 0;
    return this.#otherLinks === undefined ? 1 : 1 + this.#otherLinks.length;
  }

  /** All its names. */
  get links(): readonly Link[] {
    return this.link === undefined ? [] : [this.link, ...(this.#otherLinks ?? [])];
  }

  addLink(link: Link): void {
    if (this.link === undefined) this.link = link;
    else (this.#otherLinks ??= []).push(link);
  }

  removeLink(link: Link): void {
    if (this.link === link) this.link = this.#otherLinks?.shift();
    else this.#otherLinks = this.#otherLinks?.filter((other) => other !== link);
  }

  get fileSize(): number {
    return this.data?.size ?? 0;
  }

  /** Now it was written to, or a name in it came or went. Times that are as good as now stay. */
  touch(now: bigint): void {
    const since = now - this.lastWriteTicks;
    if (since >= 0n && since < TIME_RESOLUTION_TICKS) return;
    this.lastWriteTicks = now;
    this.changeTicks = now;
  }

  /** What is known of it now. */
  info(): FileInfo {
    const { data } = this;
    return {
      fileAttributes:
        data?.isSparse === true ? this.attributes | FILE_ATTRIBUTE_SPARSE_FILE : this.attributes,
      reparseTag: this.reparseData === undefined ? 0 : reparseTagOf(this.reparseData),
      allocationSize:
        data === undefined ? 0 : Math.ceil(data.allocated / ALLOCATION_UNIT) * ALLOCATION_UNIT,
      fileSize: data === undefined ? 0 : data.size,
      creationTicks: this.creationTicks,
      lastAccessTicks: this.lastAccessTicks,
      lastWriteTicks: this.lastWriteTicks,
      changeTicks: this.changeTicks,
      fileId: this.fileId,
      hardLinks: this.linkCount,
      eaSize: this.extendedAttributes === undefined ? 0 : this.extendedAttributes.size,
    };
  }
}

function reparseTagOf(data: Uint8Array): number {
  const point = readReparsePoint(data);
  return typeof point === "number" ? 0 : point.tag;
}

/** The path of a name, as stored. */
export function pathOf(link: Link): string {
  const parent = link.parent?.link;
  return parent === undefined ? "\\" : joinPath(pathOf(parent), link.name);
}

/** Whether a directory is another, or below it. */
export function isAtOrBelow(node: MemoryNode, other: MemoryNode): boolean {
  for (let at: MemoryNode | undefined = node; at !== undefined; at = at.link?.parent) {
    if (at === other) return true;
  }
  return false;
}

/** What a file with a name is accounted with, besides its data, in bytes. */
export function nodeCost(name: string): number {
  return NODE_COST + 2 * name.length;
}
