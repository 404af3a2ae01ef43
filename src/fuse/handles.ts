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
  /** Of a directory. */
  readonly reader: DirectoryReader | undefined;
  /** Other opens of the same node. */
  next: Handle | undefined;
  previous: Handle | undefined;
}

/** All of a mount. The kernel limits how many there are: it has a file description for each. */
export class HandleTable {
  readonly #handles = new Map<number, Handle>();
  #nextFh = 1;

  get size(): number {
    return this.#handles.size;
  }

  add(
    inode: Inode,
    open: Open,
    { isAppending = false, reader }: { isAppending?: boolean; reader?: DirectoryReader } = {},
  ): Handle {
    const fh = this.#nextFh++;
    const next = inode.handle;
    const handle: Handle = { fh, inode, open, isAppending, reader, next, previous: undefined };
    this.#handles.set(fh, handle);
    if (next !== undefined) next.previous = handle;
    inode.handle = handle;
    return handle;
  }

  get(fh: number): Handle | undefined {
    return this.#handles.get(fh);
  }

  /** Any open of a node: what is left of one that has no name. */
  anyOf(inode: Inode): Handle | undefined {
    return inode.handle;
  }

  /** Lets go of a handle; its open is the caller's to close. */
  remove(fh: number): Handle | undefined {
    const handle = this.#handles.get(fh);
    if (handle === undefined) return undefined;
    this.#handles.delete(fh);
    const { inode, next, previous } = handle;
    if (next !== undefined) next.previous = previous;
    if (previous !== undefined) previous.next = next;
    else inode.handle = next;
    return handle;
  }

  /** Lets go of all. */
  clear(): readonly Handle[] {
    const all = [...this.#handles.values()];
    for (const { inode } of all) inode.handle = undefined;
    this.#handles.clear();
    return all;
  }
}
