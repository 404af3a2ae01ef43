import type { Caller } from "../../fs/index.js";
import { contextOf, type TreeContext } from "./context.js";
import type { Directory } from "./directory.js";
import type { LiveFile } from "./live-file.js";
import type { Memory } from "./memories.js";
import type { OpenNode } from "./open-nodes.js";
import type { Place } from "./walk.js";

/** One open of an entry of a tree. */
export class TreeOpen {
  /** As it was opened. */
  readonly place: Place;
  /** Where the name is now; undefined for the root. */
  directory: Directory | undefined;
  readonly node: OpenNode;
  readonly caller: Caller;
  /** Who shares what is in the file. */
  readonly view: string;
  readonly memory: Memory;
  /** The content; undefined of what is no file. */
  readonly live: LiveFile | undefined;
  #context: TreeContext | undefined;
  #contextPath = "";

  constructor(parts: Pick<TreeOpen, "place" | "node" | "caller" | "view" | "memory" | "live">) {
    this.place = parts.place;
    this.directory = parts.place.directory;
    this.node = parts.node;
    this.caller = parts.caller;
    this.view = parts.view;
    this.memory = parts.memory;
    this.live = parts.live;
  }

  /** From the root of the volume, as the name is now. */
  get path(): string {
    return this.node.path;
  }

  /** What functions are told; made when the first is called. */
  get context(): TreeContext {
    if (this.#context !== undefined && this.#contextPath === this.path) return this.#context;
    this.#contextPath = this.path;
    this.#context = contextOf(this.caller, this.path);
    return this.#context;
  }
}
