/**
 * What the kernel on the other side of `/dev/fuse` knows of the volume: nodes, by the ids that it was given, and
 * the names that lead to them.
 *
 * @packageDocumentation
 */
import type { FileInfo } from "../fs/index.js";
import { joinPath } from "../nt/index.js";
import { FUSE_ROOT_ID } from "../wire/fuse/index.js";
import type { Handle } from "./handles.js";

/** One name of a node, in a directory. */
export interface InodeName {
  readonly parent: Inode;
  readonly name: string;
  readonly inode: Inode;
}

/** One file or directory that the kernel knows. It lives until the kernel has forgotten it. */
export class Inode {
  readonly nodeId: number;
  fileId: bigint;
  readonly isDirectory: boolean;
  /** How often the kernel was told of it, less what it has forgotten. */
  lookups = 0;
  /** The kernel may have data of it in its cache. */
  mayHavePages = false;
  /** The file as it was when it was last opened or closed: whether the kernel's pages are still true. */
  pagesOf: { readonly fileSize: number; readonly lastWriteTicks: bigint } | undefined;
  /** The last open of it, which leads to the others; undefined where nothing of it is open. */
  handle: Handle | undefined;
  /** Those that the kernel was told of and that still hold, the oldest first; none when it was deleted. */
  readonly names: InodeName[] = [];
  /** Of a directory: the names in it that lead to nodes, as they are compared. */
  children: Map<string, InodeName> | undefined;

  constructor(nodeId: number, fileId: bigint, isDirectory: boolean) {
    this.nodeId = nodeId;
    this.fileId = fileId;
    this.isDirectory = isDirectory;
  }
}

/** How the names of a volume are compared, and its files known again. */
export interface InodeMapRules {
  readonly hasStableFileIds: boolean;
  fold(name: string): string;
}

/**
 * The nodes that the kernel knows. Rule: a node is in here as long as the kernel has looked it up more often than
 * forgotten it, or knows something below it.
 */
export class InodeMap {
  readonly root = new Inode(FUSE_ROOT_ID, 0n, true);
  readonly #rules: InodeMapRules;
  readonly #byNodeId = new Map<number, Inode>([[FUSE_ROOT_ID, this.root]]);
  readonly #byFileId = new Map<bigint, Inode>();
  #nextNodeId = FUSE_ROOT_ID + 1;

  constructor(rules: InodeMapRules) {
    this.#rules = rules;
  }

  /** Nodes, the root among them. */
  get size(): number {
    return this.#byNodeId.size;
  }

  /** Those that the kernel knows now, while it goes on learning and forgetting. */
  *nodes(): Generator<Inode, void> {
    const end = this.#nextNodeId;
    for (const inode of this.#byNodeId.values()) {
      if (inode.nodeId >= end) return;
      yield inode;
    }
  }

  /** Undefined: a node that the kernel has forgotten, or was never told of. */
  get(nodeId: number): Inode | undefined {
    return this.#byNodeId.get(nodeId);
  }

  /** What a name leads to, as far as the kernel knows. */
  child(parent: Inode, name: string): Inode | undefined {
    return parent.children?.get(this.#rules.fold(name))?.inode;
  }

  /** The node of a path, as far as the kernel knows. */
  find(names: readonly string[]): Inode | undefined {
    let inode: Inode | undefined = this.root;
    for (const name of names) {
      inode = this.child(inode, name);
      if (inode === undefined) return undefined;
    }
    return inode;
  }

  /** The path by one of a node's names; undefined when it has none any more. */
  pathOf(inode: Inode): string | undefined {
    if (inode === this.root) return "\\";
    const [name] = inode.names;
    if (name === undefined) return undefined;
    const parent = this.pathOf(name.parent);
    return parent === undefined ? undefined : joinPath(parent, name.name);
  }

  /** The node of a name that was found: the one that is there, or a new one. The kernel is not told yet. */
  bind(parent: Inode, name: string, info: FileInfo, isDirectory: boolean): Inode {
    const bound = this.child(parent, name);
    if (bound !== undefined && this.#isOf(bound, info, isDirectory)) return bound;
    if (bound !== undefined) this.unbind(parent, name);
    const inode = this.#inodeOf(info, isDirectory);
    this.#addName(parent, name, inode);
    return inode;
  }

  /** The kernel is told of a node once more. */
  countLookup(inode: Inode): void {
    inode.lookups++;
  }

  /** The kernel has forgotten a node `count` times. */
  forget(nodeId: number, count: number): void {
    const inode = this.#byNodeId.get(nodeId);
    if (inode === undefined) return;
    inode.lookups = Math.max(0, inode.lookups - count);
    this.#dropUnused(inode);
  }

  /** A name does not lead anywhere any more. @returns the node that it led to */
  unbind(parent: Inode, name: string): Inode | undefined {
    const key = this.#rules.fold(name);
    const bound = parent.children?.get(key);
    if (bound === undefined) return undefined;
    parent.children?.delete(key);
    const { inode } = bound;
    inode.names.splice(inode.names.indexOf(bound), 1);
    this.#dropUnused(inode);
    return inode;
  }

  /** A name has moved, with everything below it; what had the new name before has it no more. */
  move(parent: Inode, name: string, newParent: Inode, newName: string): void {
    const inode = this.child(parent, name);
    if (inode === undefined) {
      this.unbind(newParent, newName);
      return;
    }
    inode.lookups++; // it is not to be dropped while it has no name
    this.unbind(parent, name);
    this.unbind(newParent, newName);
    this.#addName(newParent, newName, inode);
    inode.lookups--;
  }

  #isOf(inode: Inode, { fileId }: FileInfo, isDirectory: boolean): boolean {
    if (inode.isDirectory !== isDirectory) return false;
    return !this.#rules.hasStableFileIds || inode.fileId === fileId;
  }

  #inodeOf({ fileId }: FileInfo, isDirectory: boolean): Inode {
    if (this.#rules.hasStableFileIds) {
      const known = this.#byFileId.get(fileId);
      if (known?.isDirectory === isDirectory) return known;
    }
    const inode = new Inode(this.#nextNodeId++, fileId, isDirectory);
    this.#byNodeId.set(inode.nodeId, inode);
    if (this.#rules.hasStableFileIds) this.#byFileId.set(fileId, inode);
    return inode;
  }

  #addName(parent: Inode, name: string, inode: Inode): void {
    const bound = { parent, name, inode };
    parent.children ??= new Map();
    parent.children.set(this.#rules.fold(name), bound);
    // A directory has one name: where it is found by another, it has been moved.
    const [old] = inode.names;
    if (inode.isDirectory && old !== undefined) {
      inode.names.length = 0;
      old.parent.children?.delete(this.#rules.fold(old.name));
    }
    inode.names.push(bound);
  }

  /** Drops a node that the kernel knows nothing of any more, and the directories above that it kept here. */
  #dropUnused(inode: Inode): void {
    if (inode.lookups > 0 || (inode.children?.size ?? 0) > 0 || inode === this.root) return;
    this.#byNodeId.delete(inode.nodeId);
    if (this.#byFileId.get(inode.fileId) === inode) this.#byFileId.delete(inode.fileId);
    for (const { parent, name } of inode.names.splice(0)) {
      parent.children?.delete(this.#rules.fold(name));
      this.#dropUnused(parent);
    }
  }
}
