import { foldName, lastName, NtStatus, parentPath } from "../../nt/index.js";
import type { Link, MemoryNode } from "./memory-node.js";
import { refuse } from "./refusal.js";

/** Where a name is, or would be. */
export interface Place {
  readonly directory: MemoryNode;
  /** What is in the directory. */
  readonly children: Map<string, Link>;
  readonly name: string;
  /** What the name is compared by. */
  readonly key: string;
  /** The name, where it exists. */
  readonly link: Link | undefined;
}

/** The place of a name that exists. */
export type TakenPlace = Place & { readonly link: Link };

/** The names of a volume. */
export class DirectoryTree {
  readonly root: MemoryNode;
  readonly #rootLink: Link;
  readonly #isCaseSensitive: boolean;

  constructor(root: MemoryNode, isCaseSensitive: boolean) {
    this.root = root;
    this.#rootLink = { parent: undefined, name: "", node: root };
    root.link = this.#rootLink;
    this.#isCaseSensitive = isCaseSensitive;
  }

  /** What a name is compared by. */
  keyOf(name: string): string {
    return this.#isCaseSensitive ? name : foldName(name);
  }

  /**
   * The name at the end of a path.
   *
   * @throws NtError OBJECT_NAME_NOT_FOUND, OBJECT_PATH_NOT_FOUND
   */
  find(path: string): Link {
    const link = this.#lookUp(path);
    if (link !== undefined) return link;
    const isInDirectory = this.#lookUp(parentPath(path))?.node.isDirectory === true;
    refuse(isInDirectory ? NtStatus.OBJECT_NAME_NOT_FOUND : NtStatus.OBJECT_PATH_NOT_FOUND);
  }

  /**
   * How many names lead to the reparse point that a path goes through, itself included; undefined where
   * it goes through none. Its last name does not count: only what comes after a reparse point is elsewhere.
   */
  reparsePointOn(path: string): number | undefined {
    let link: Link | undefined = this.#rootLink;
    for (let at = 1, count = 0; at < path.length && link !== undefined; count++) {
      if (link.node.reparseData !== undefined) return count;
      const end = path.indexOf("\\", at);
      const to: number = end < 0 ? path.length : end;
      link = link.node.children?.get(this.keyOf(path.slice(at, to)));
      at = to + 1;
    }
    return undefined;
  }

  /**
   * The place of a path that may have no name yet.
   *
   * @throws NtError OBJECT_PATH_NOT_FOUND, NOT_A_DIRECTORY
   */
  findPlace(path: string): Place {
    const directory = this.#lookUp(parentPath(path))?.node;
    if (directory === undefined) refuse(NtStatus.OBJECT_PATH_NOT_FOUND);
    const { children, reparseData } = directory;
    if (children === undefined) refuse(NtStatus.NOT_A_DIRECTORY);
    if (reparseData !== undefined) refuse(NtStatus.OBJECT_PATH_NOT_FOUND);
    const name = lastName(path);
    const key = this.keyOf(name);
    const link = directory === this.root && name === "" ? this.#rootLink : children.get(key);
    return { directory, children, name, key, link };
  }

  /** The place of a file under one of its paths; undefined where the path does not name it. */
  placeOf(node: MemoryNode, path: string): TakenPlace | undefined {
    const link = this.#lookUp(path);
    const directory = link?.parent;
    if (link?.node !== node || directory?.children === undefined) return undefined;
    const { name } = link;
    return { directory, children: directory.children, name, key: this.keyOf(name), link };
  }

  #lookUp(path: string): Link | undefined {
    let link: Link | undefined = this.#rootLink;
    for (let at = 1; at < path.length && link !== undefined; ) {
      const end = path.indexOf("\\", at);
      const to: number = end < 0 ? path.length : end;
      link = link.node.children?.get(this.keyOf(path.slice(at, to)));
      at = to + 1;
    }
    return link;
  }
}

/**
 * A name as it is kept: flat, and a byte for each character where that is enough. What is cut out of a
 * path would keep the whole path alive, in two bytes for each character.
 */
export function ownName(name: string): string {
  const isLatin1 = !/[^\0-\xff]/.test(name);
  return Buffer.from(name, isLatin1 ? "latin1" : "utf16le").toString(
    isLatin1 ? "latin1" : "utf16le",
  );
}
