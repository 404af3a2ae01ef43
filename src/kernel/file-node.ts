import type { FileInfo } from "../fs/index.js";
import type { Clock } from "./clock.js";
import type { DelayedWriteTime } from "./file-times.js";
import { LockTable } from "./lock-table.js";
import { Oplocks } from "./oplocks.js";
import { ShareModes } from "./share-modes.js";

/**
 * What opens of one file or stream are known by: its id, with the name of the stream behind it; or its
 * folded path, where ids do not last.
 */
export type NodeKey = bigint | string;

/** One file that is open, by however many opens and names. [MS-FSA] 2.1.1.3 */
export class FileNode {
  readonly key: NodeKey;
  readonly shareModes = new ShareModes();
  readonly oplocks: Oplocks;
  readonly locks = new LockTable();
  openCount = 0;
  /** Opens that do more than look at attributes. */
  dataOpenCount = 0;
  /** As the last open, write or change left it, in bytes. */
  fileSize = 0;
  /** The same; FILETIME ticks. */
  lastWriteTicks = 0n;
  changeTicks = 0n;
  /** A write that does not show yet; undefined where all that happened shows. */
  delayedWriteTime: DelayedWriteTime | undefined;
  /** Space was set aside or given back since the last cleanup, so the last one must settle it. */
  isAllocationDirty = false;

  constructor(key: NodeKey, clock: Clock) {
    this.key = key;
    this.oplocks = new Oplocks(clock);
  }

  /** The file system has told what the file is now. */
  note(info: FileInfo): void {
    this.fileSize = info.fileSize;
    this.lastWriteTicks = info.lastWriteTicks;
    this.changeTicks = info.changeTicks;
  }

  /** What clients see of what the file system tells. */
  shown(info: FileInfo, clock: Clock): FileInfo {
    const delayed = this.delayedWriteTime;
    if (delayed === undefined) return info;
    if (!delayed.isOver(clock)) return delayed.cover(info);
    this.delayedWriteTime = undefined;
    return info;
  }
}

/** The files of a volume that are open. No node without an open; no open without a node. */
export class NodeTable {
  readonly #nodes = new Map<NodeKey, FileNode>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#nodes.size;
  }

  /** The node of a file that has just been opened: the one that is there, or a new one. */
  of(key: NodeKey): FileNode {
    return this.#nodes.get(key) ?? new FileNode(key, this.#clock);
  }

  /** One more open of a file. */
  join(node: FileNode): void {
    if (node.openCount === 0) this.#nodes.set(node.key, node);
    node.openCount++;
  }

  /** One open fewer. */
  leave(node: FileNode): void {
    node.openCount--;
    if (node.openCount === 0) this.#nodes.delete(node.key);
  }
}
