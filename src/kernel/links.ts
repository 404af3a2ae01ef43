/**
 * The names that are open, as a tree: so that a rename moves one entry however much is open below it,
 * and "is anything open below?" is a number.
 *
 * @packageDocumentation
 */
import { foldName, joinPath, type ParsedName, splitPath } from "../nt/index.js";
import type { FileNode } from "./file-node.js";

/** One name on the way to an open file, or of one. [MS-FSA] 2.1.1.6, Link */
export class Link {
  parent: Link | undefined;
  /** As stored, for showing; empty for the root. */
  name: string;
  /** As compared. */
  key: string;
  children: Map<string, Link> | undefined;
  /** The file under this name, while it is open. */
  node: FileNode | undefined;
  /** Opens by this very name. */
  openCount = 0;
  /** Opens by this name and all names below it. */
  treeCount = 0;
  /** The name goes when its last open does; new opens are refused. [MS-FSA] 2.1.1.6, IsDeleted */
  isDeletePending = false;
  /** How often it was decided that the name stays after all: what was asked before counts no more. */
  keptCount = 0;
  #lastPath: string | undefined;
  /** While the file system is taking the name away. */
  #going: Going | undefined;

  constructor(parent: Link | undefined, name: string, key: string) {
    this.parent = parent;
    this.name = name;
    this.key = key;
  }

  /** From the root of the volume, as it is now. */
  get path(): string {
    if (this.parent === undefined) return this.#lastPath ?? "\\";
    if (this.isStream) return `${this.parent.path}${this.name}`;
    return joinPath(this.parent.path, this.name);
  }

  /** Whether this is a stream: its name begins with `:`, and its parent is its file. */
  get isStream(): boolean {
    return this.name.startsWith(":");
  }

  get isRoot(): boolean {
    return this.parent === undefined && !this.isGone;
  }

  /** Whether the name is gone while it is open: the opens live on, and another file may have the name. */
  get isGone(): boolean {
    return this.#lastPath !== undefined;
  }

  /** The name is gone from now on. */
  markGone(): void {
    this.#lastPath = this.path;
    this.parent = undefined;
  }

  /** The file system is asked to take the name away, which may last. */
  beginGoing(): void {
    this.#going = {};
  }

  /** The name has gone, or stays after all. */
  endGoing(): void {
    this.#going?.end?.();
    this.#going = undefined;
  }

  /** @returns what ends when the name has gone, or stays after all; undefined: it is not going now */
  whileGoing(): Promise<void> | undefined {
    const going = this.#going;
    if (going === undefined) return undefined;
    going.ended ??= new Promise((resolve) => {
      going.end = resolve;
    });
    return going.ended;
  }

  /** Whether something is open below this name. */
  get hasOpensBelow(): boolean {
    return this.treeCount > this.openCount;
  }
}

/** A name on its way out, and who waits for that: mostly nobody does. */
interface Going {
  ended?: Promise<void>;
  end?: () => void;
}

/** A name and the names below it that lead to something open. */
export function withAllBelow(top: Link): readonly Link[] {
  const found = [top];
  for (const { children } of found) {
    if (children !== undefined) for (const child of children.values()) found.push(child);
  }
  return found;
}

/** The names on the way to an open: a stream lies below its file, as `:stream`. */
export function linkNames({ components, stream }: ParsedName): readonly string[] {
  return stream === undefined ? components : [...components, `:${stream}`];
}

/** All names of a volume that are open. */
export class LinkTree {
  readonly #root = new Link(undefined, "", "");
  readonly #isCaseSensitive: boolean;
  /** Opens by names that are gone. */
  #goneCount = 0;

  constructor(isCaseSensitive: boolean) {
    this.#isCaseSensitive = isCaseSensitive;
  }

  /** Opens by any name. */
  get size(): number {
    return this.#root.treeCount + this.#goneCount;
  }

  /** Whether no name is open, nor is any being taken away; a quick answer to that. */
  get isEmpty(): boolean {
    return this.#root.children === undefined;
  }

  /** The name, if it or something below it is open. */
  find(components: readonly string[]): Link | undefined {
    let link: Link | undefined = this.#root;
    for (const name of components) {
      link = link.children?.get(this.#keyOf(name));
      if (link === undefined) return undefined;
    }
    return link;
  }

  /** The same, of a path of the form that file systems are given. */
  findPath(path: string): Link | undefined {
    return this.find(splitPath(path));
  }

  /** How far a path leads: the last name on it that is open, or leads to something open. */
  reach(components: readonly string[]): { readonly link: Link; readonly depth: number } {
    let link = this.#root;
    let depth = 0;
    for (const name of components) {
      const child: Link | undefined = link.children?.get(this.#keyOf(name));
      if (child === undefined) break;
      link = child;
      depth++;
    }
    return { link, depth };
  }

  /** The name, for one more open of it. */
  acquire(components: readonly string[], node: FileNode): Link {
    const link = this.#make(components);
    link.node = node;
    link.openCount++;
    for (let at: Link | undefined = link; at !== undefined; at = at.parent) at.treeCount++;
    return link;
  }

  /** One open of the name is closing: it counts no more, and the name stays until it is settled. */
  leave(link: Link): void {
    link.openCount--;
    this.#uncount(link, 1);
  }

  /** Nothing is left to be done for opens that have left: names that lead nowhere any more go. */
  settle(link: Link): void {
    if (link.openCount === 0) link.node = undefined;
    for (let at: Link | undefined = link; at !== undefined; at = at.parent) {
      if (at.treeCount === 0) at.isDeletePending = false;
    }
    this.#prune(link);
  }

  /** Takes a name away from what is open by it and below it. */
  detach(link: Link): void {
    const { parent, treeCount } = link;
    this.#uncount(parent, treeCount);
    if (parent?.children?.get(link.key) === link) parent.children.delete(link.key);
    this.#goneCount += treeCount;
    link.markGone();
    if (parent !== undefined) this.#prune(parent);
  }

  /** Moves a name, with all that is open below it, to another place that is not taken. */
  move(link: Link, components: readonly string[]): void {
    const { parent: oldParent, treeCount } = link;
    const name = components.at(-1) ?? "";
    const newParent = this.#make(components.slice(0, -1));
    oldParent?.children?.delete(link.key);
    this.#uncount(oldParent, treeCount);
    for (let at: Link | undefined = newParent; at !== undefined; at = at.parent) {
      at.treeCount += treeCount;
    }
    link.parent = newParent;
    link.name = name;
    link.key = this.#keyOf(name);
    newParent.children ??= new Map();
    newParent.children.set(link.key, link);
    if (oldParent !== undefined) this.#prune(oldParent);
  }

  /** A stream is its file's unnamed one from now on, by which nobody had the file open: it has the file's place. */
  takePlaceOfFile(stream: Link): void {
    const file = stream.parent;
    const directory = file?.parent;
    if (file === undefined || directory === undefined) return;
    file.children?.delete(stream.key);
    stream.parent = directory;
    stream.name = file.name;
    stream.key = file.key;
    stream.treeCount = file.treeCount;
    stream.children = file.children;
    for (const other of stream.children?.values() ?? []) other.parent = stream;
    directory.children?.set(stream.key, stream);
  }

  #keyOf(name: string): string {
    return this.#isCaseSensitive ? name : foldName(name);
  }

  #make(components: readonly string[]): Link {
    let link = this.#root;
    for (const name of components) {
      const key = this.#keyOf(name);
      link.children ??= new Map();
      let child = link.children.get(key);
      if (child === undefined) {
        child = new Link(link, name, key);
        link.children.set(key, child);
      }
      link = child;
    }
    return link;
  }

  /** A name, and all above it, lead to fewer opens; at the top there may be a name that is gone. */
  #uncount(from: Link | undefined, opens: number): void {
    for (let at = from; at !== undefined; at = at.parent) {
      at.treeCount -= opens;
      if (at.isGone) this.#goneCount -= opens;
    }
  }

  /** Drops names that lead nowhere any more, from one up. */
  #prune(from: Link): void {
    let link = from;
    while (link.treeCount === 0 && link.parent !== undefined) {
      const { parent } = link;
      if (parent.children?.get(link.key) === link) {
        parent.children.delete(link.key);
        if (parent.children.size === 0) parent.children = undefined;
      }
      link = parent;
    }
  }
}
