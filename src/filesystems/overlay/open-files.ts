import type { Caller, OpenParams } from "../../fs/index.js";
import { splitStreamPath } from "../../nt/index.js";
import type { Layer } from "./layer.js";

/** A file in one layer, as the layer knows it. */
export interface LayerFile {
  readonly layer: Layer;
  readonly file: unknown;
}

/** One open of a file or of a stream of it. */
export class OverlayFile {
  readonly node: OverlayNode;
  readonly stream: string | undefined;
  /** It is a directory itself, not a stream of one. */
  readonly isDirectory: boolean;
  readonly params: OpenParams;
  readonly caller: Caller;
  /** Where reads go: the copy, from when the file was copied up. */
  at: LayerFile;
  /** What it was opened as before that. Reads may be under way, so it is kept to the end. */
  before: LayerFile | undefined;

  constructor(parts: {
    readonly node: OverlayNode;
    readonly stream: string | undefined;
    readonly isDirectory: boolean;
    readonly params: OpenParams;
    readonly caller: Caller;
    readonly at: LayerFile;
  }) {
    this.node = parts.node;
    this.stream = parts.stream;
    this.isDirectory = parts.isDirectory;
    this.params = parts.params;
    this.caller = parts.caller;
    this.at = parts.at;
  }

  /** From now on it is the copy. */
  moveTo(copy: LayerFile): void {
    this.before = this.at;
    this.at = copy;
  }
}

/** A file that is open, by however many opens. */
export class OverlayNode {
  /** Its id in the overlay. */
  readonly id: bigint;
  /** A path that it has; undefined when that has been deleted. */
  path: string | undefined;
  /** All its opens are in the upper layer: it can be changed. */
  isUpper: boolean;
  /** Nobody can open it any more: its id need not be kept. */
  isGone = false;
  readonly files = new Set<OverlayFile>();

  constructor(id: bigint, path: string, isUpper: boolean) {
    this.id = id;
    this.path = path;
    this.isUpper = isUpper;
  }
}

/** All files that are open. */
export class OpenFiles {
  readonly #nodes = new Map<bigint, OverlayNode>();
  readonly #fold: (path: string) => string;

  constructor(fold: (path: string) => string) {
    this.#fold = fold;
  }

  find(id: bigint): OverlayNode | undefined {
    return this.#nodes.get(id);
  }

  /** One more open of a file, by a path of a file or stream. */
  join(opened: {
    readonly id: bigint;
    readonly isDirectory: boolean;
    readonly path: string;
    readonly params: OpenParams;
    readonly caller: Caller;
    readonly at: LayerFile;
  }): OverlayFile {
    const { filePath, stream } = splitStreamPath(opened.path);
    let node = this.#nodes.get(opened.id);
    if (node === undefined) {
      node = new OverlayNode(opened.id, filePath, opened.at.layer.index === 0);
      this.#nodes.set(opened.id, node);
    }
    node.path ??= filePath;
    const file = new OverlayFile({ ...opened, node, stream });
    node.files.add(file);
    return file;
  }

  /** @returns whether it was the last of its file */
  leave(file: OverlayFile): boolean {
    const { node } = file;
    node.files.delete(file);
    if (node.files.size > 0) return false;
    if (this.#nodes.get(node.id) === node) this.#nodes.delete(node.id);
    return true;
  }

  /** A path is another file's from now on, or nobody's. */
  loseName(path: string): void {
    const folded = this.#fold(path);
    for (const node of this.#nodes.values()) {
      if (node.path !== undefined && this.#fold(node.path) === folded) node.path = undefined;
    }
  }

  /** A name was changed, and with it the paths of all that is below it. */
  moved(path: string, newPath: string): void {
    const folded = this.#fold(path);
    for (const node of this.#nodes.values()) {
      if (node.path === undefined) continue;
      const own = this.#fold(node.path);
      if (own === folded) node.path = newPath;
      else if (own.startsWith(`${folded}\\`)) node.path = newPath + node.path.slice(path.length);
    }
  }
}
