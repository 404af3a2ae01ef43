/**
 * What programs have open, by the numbers that the kernel was given.
 *
 * @packageDocumentation
 */
import type { Open } from "../kernel/index.js";
import type { DirectoryReader } from "./directory-reader.js";
import type { Inode } from "./inode-map.js";

/** One open file or directory. */
export interface Handle {
  readonly fh: number;
  readonly inode: Inode;
  readonly open: Open;
  /** What is written goes to the end of the file. */
  readonly isAppending: boolean;
  /** Of a directory that is being read. */
  reader: DirectoryReader | undefined;
}

/** All of a mount. The kernel limits how many there are: it has a file description for each. */
export class HandleTable {
  readonly #handles = new Map<number, Handle>();
  readonly #byInode = new Map<Inode, Set<Handle>>();
  #nextFh = 1;

  get size(): number {
    return this.#handles.size;
  }

  add(inode: Inode, open: Open, isAppending = false): Handle {
    const fh = this.#nextFh++;
    const handle: Handle = { fh, inode, open, isAppending, reader: undefined };
    this.#handles.set(fh, handle);
    const others = this.#byInode.get(inode);
    if (others === undefined) this.#byInode.set(inode, new Set([handle]));
    else others.add(handle);
    return handle;
  }

  get(fh: number): Handle | undefined {
    return this.#handles.get(fh);
  }

  /** Any open of a node: what is left of one that has no name. */
  anyOf(inode: Inode): Handle | undefined {
    return this.#byInode.get(inode)?.values().next().value;
  }

  /** Lets go of a handle; its open is the caller's to close. */
  remove(fh: number): Handle | undefined {
    const handle = this.#handles.get(fh);
    if (handle === undefined) return undefined;
    this.#handles.delete(fh);
    const others = this.#byInode.get(handle.inode);
    others?.delete(handle);
    if (others?.size === 0) this.#byInode.delete(handle.inode);
    return handle;
  }

  /** Lets go of all. */
  clear(): readonly Handle[] {
    const all = [...this.#handles.values()];
    this.#handles.clear();
    this.#byInode.clear();
    return all;
  }
}
