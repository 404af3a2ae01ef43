import type { FileInfo } from "../fs/index.js";
import { FILE_SHARE_DELETE, NtStatus } from "../nt/index.js";
import type { Clock } from "./clock.js";
import type { DelayedWriteTime } from "./file-times.js";
import { LockTable } from "./lock-table.js";
import { Oplocks } from "./oplocks.js";
import { ShareModes, type Sharing } from "./share-modes.js";

/**
 * What opens of one file or stream are known by: its id, with the name of the stream behind it; or its
 * folded path, where ids do not last.
 */
export type NodeKey = bigint | string;

const NO_LOCKS = new LockTable();
const NO_DELETERS: ReadonlyMap<number, number> = new Map();

/** One file or stream that is open, by however many opens and names. [MS-FSA] 2.1.1.3, 2.1.1.5 */
export class FileNode {
  key: NodeKey;
  /** The file that this is a named stream of; otherwise itself. */
  main: FileNode;
  readonly shareModes = new ShareModes();
  /** Undefined where nobody has ever kept anything of it: most files that are open have no oplock. */
  oplocks: Oplocks | undefined;
  #locks: LockTable | undefined;
  openCount = 0;
  /** Opens of it and its streams so far, closed ones too. */
  joinCount = 0;
  /** Opens that do more than look at attributes. */
  dataOpenCount = 0;
  /** Named streams of it that are open. */
  openStreams = 0;
  /** Opens of its named streams that let nobody delete it. */
  streamDeleteRefusers = 0;
  /** Of a directory: the sessions that have it open to be deleted, and how many opens each has. */
  #deleters: Map<number, number> | undefined;
  /** As the last open, write or change left it, in bytes. */
  fileSize = 0;
  /** The same; FILETIME ticks. */
  lastWriteTicks = 0n;
  changeTicks = 0n;
  /** A write that does not show yet; undefined where all that happened shows. */
  delayedWriteTime: DelayedWriteTime | undefined;
  /** Space was set aside or given back since the last cleanup, so the last one must settle it. */
  isAllocationDirty = false;
  /** How often its extended attributes were changed while it was open. */
  eaChanges = 0;

  constructor(key: NodeKey, main?: FileNode) {
    this.key = key;
    this.main = main ?? this;
  }

  /** The byte-range locks: of a file that nobody has ever locked, a table that is empty and stays so. */
  get locks(): Omit<LockTable, "lock" | "lockOrWait"> {
    return this.#locks ?? NO_LOCKS;
  }

  /** The same, to lock in. */
  get locksToTake(): LockTable {
    return (this.#locks ??= new LockTable());
  }

  /** Its oplocks, to grant one. */
  oplocksToGrant(clock: Clock): Oplocks {
    return (this.oplocks ??= new Oplocks(clock));
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

  /**
   * Whether one more open agrees with all others of the file: those of the same stream; and, as to
   * deleting the file, those of its other streams. WinFsp 3.4
   */
  checkSharing(wanted: Sharing): NtStatus {
    const status = this.shareModes.check(wanted);
    if (status !== NtStatus.SUCCESS || wanted.uses === 0) return status;
    const isRefused =
      this.main === this
        ? this.streamDeleteRefusers > 0 && (wanted.uses & FILE_SHARE_DELETE) !== 0
        : this.main.shareModes.isOpenForDelete && (wanted.shares & FILE_SHARE_DELETE) === 0;
    return isRefused ? NtStatus.SHARING_VIOLATION : NtStatus.SUCCESS;
  }

  /** Counts an open in that {@link FileNode.checkSharing} admitted. */
  addSharing(open: Sharing): void {
    this.shareModes.add(open);
    if (this.#refusesDeleteOfMain(open)) this.main.streamDeleteRefusers++;
  }

  removeSharing(open: Sharing): void {
    this.shareModes.remove(open);
    if (this.#refusesDeleteOfMain(open)) this.main.streamDeleteRefusers--;
  }

  /** The sessions that have the directory open to be deleted. */
  get deleters(): ReadonlyMap<number, number> {
    return this.#deleters ?? NO_DELETERS;
  }

  /** Counts an open of a directory that may delete it, or takes it off again. */
  countDeleter(sessionId: number, by: 1 | -1): void {
    this.#deleters ??= new Map();
    const count = (this.#deleters.get(sessionId) ?? 0) + by;
    if (count > 0) this.#deleters.set(sessionId, count);
    else this.#deleters.delete(sessionId);
  }

  /** Whether all that have it open, or a stream of it, let it be deleted. */
  get sharesDelete(): boolean {
    return !this.shareModes.isDeleteRefused && this.streamDeleteRefusers === 0;
  }

  /** This stream is its file's unnamed one from now on, by which nobody had the file open. */
  takePlaceOfMain(): void {
    const { main } = this;
    this.key = main.key;
    this.joinCount = main.joinCount;
    this.eaChanges = main.eaChanges;
    this.openStreams = main.openStreams - 1;
    this.streamDeleteRefusers = main.streamDeleteRefusers - this.shareModes.deleteRefusers;
    this.main = this;
  }

  #refusesDeleteOfMain({ uses, shares }: Sharing): boolean {
    return this.main !== this && uses !== 0 && (shares & FILE_SHARE_DELETE) === 0;
  }
}

/** The files of a volume that are open. No node without an open; no open without a node. */
export class NodeTable {
  readonly #nodes = new Map<NodeKey, FileNode>();
  get size(): number {
    return this.#nodes.size;
  }

  /**
   * The node of a file that has just been opened: the one that is there, or a new one.
   *
   * @param mainKey - of a named stream, what its file is known by
   */
  of(key: NodeKey, mainKey?: NodeKey): FileNode {
    const node = this.#nodes.get(key);
    if (node !== undefined) return node;
    const main = mainKey === undefined ? undefined : this.of(mainKey);
    return new FileNode(key, main);
  }

  /** One more open of a file. */
  join(node: FileNode): void {
    node.main.joinCount++;
    node.openCount++;
    if (node.openCount > 1) return;
    this.#nodes.set(node.key, node);
    if (node.main === node) return;
    node.main.openStreams++;
    this.#nodes.set(node.main.key, node.main);
  }

  /** One open fewer. */
  leave(node: FileNode): void {
    node.openCount--;
    if (node.openCount > 0) return;
    if (node.main !== node) {
      node.main.openStreams--;
      this.#drop(node.main);
    }
    this.#drop(node);
  }

  /** The file has no name any more, and another may come to be known by its key. */
  forget(node: FileNode): void {
    if (this.#nodes.get(node.key) === node) this.#nodes.delete(node.key);
  }

  /** The file is known by another key now. */
  rekey(node: FileNode, key: NodeKey): void {
    this.forget(node);
    node.key = key;
    this.#nodes.set(key, node);
  }

  /** A stream is its file's unnamed one from now on. */
  takePlaceOfMain(node: FileNode): void {
    const old = node.main;
    this.forget(node);
    node.takePlaceOfMain();
    this.#nodes.set(node.key, node);
    if (node.openStreams === 0) return;
    for (const other of this.#nodes.values()) if (other.main === old) other.main = node;
  }

  #drop(node: FileNode): void {
    if (node.openCount === 0 && node.openStreams === 0) this.forget(node);
  }
}
