import { foldName } from "../../nt/index.js";
import { fileIdOf } from "./file-id.js";
import type { LiveFile } from "./live-file.js";

/** What is open under one path: its identity, which a rename does not change, and its content. */
export interface OpenNode {
  readonly fileId: bigint;
  /** With the names as they are stored. */
  path: string;
  openCount: number;
  isDeleted: boolean;
  /** Contents in use, by who shares them. */
  readonly live: Map<string, LiveFile>;
}

/** Everything that is open, by its path. */
export class OpenNodes {
  readonly #byPath = new Map<string, OpenNode>();
  readonly #byId = new Map<bigint, OpenNode>();

  /** What is open at a path. */
  find(path: string): OpenNode | undefined {
    return this.#byPath.get(foldName(path));
  }

  /**
   * The same for what is open and for what is not, unless what is open has brought it from elsewhere.
   *
   * @param ownId - of an entry that has one whatever its path is
   */
  idOf(path: string, ownId: bigint | undefined): bigint {
    const open = this.find(path);
    if (open !== undefined) return open.fileId;
    if (ownId !== undefined) return ownId;
    for (let attempt = 0; ; attempt++) {
      const id = fileIdOf(path, attempt);
      if (!this.#byId.has(id)) return id; // there are fewer open files than attempts make ids
    }
  }

  /** For one more open. */
  acquire(path: string, ownId: bigint | undefined): OpenNode {
    const open = this.find(path);
    if (open !== undefined) {
      open.openCount++;
      return open;
    }
    const node: OpenNode = {
      fileId: this.idOf(path, ownId),
      path,
      openCount: 1,
      isDeleted: false,
      live: new Map(),
    };
    this.#byPath.set(foldName(path), node);
    this.#byId.set(node.fileId, node);
    return node;
  }

  /** One open less. */
  release(node: OpenNode): void {
    node.openCount--;
    if (node.openCount > 0) return;
    this.#byId.delete(node.fileId);
    this.#leave(node);
  }

  /** The path now leads to nothing, or to something else; what is open stays so. */
  remove(node: OpenNode): void {
    node.isDeleted = true;
    this.#leave(node);
  }

  /** Who opens a path, or one below it, from now on shares nothing with who has it open, unless it was changed. */
  renew(path: string): void {
    const folded = foldName(path);
    for (const [key, { live }] of this.#byPath) {
      const isMeant = folded === "\\" || key === folded || key.startsWith(`${folded}\\`);
      if (!isMeant) continue;
      for (const [view, { isDirty }] of live) if (!isDirty) live.delete(view);
    }
  }

  /** What is open below it goes along. */
  rename(node: OpenNode, path: string): void {
    const from = node.path;
    const below = `${foldName(from)}\\`;
    const moved = [...this.#byPath].filter(([key]) => key.startsWith(below));
    for (const one of [node, ...moved.map(([, one]) => one)]) {
      this.#leave(one);
      one.path = path + one.path.slice(from.length);
      this.#byPath.set(foldName(one.path), one);
    }
  }

  get size(): number {
    return this.#byId.size;
  }

  #leave(node: OpenNode): void {
    const key = foldName(node.path);
    if (this.#byPath.get(key) === node) this.#byPath.delete(key);
  }
}
