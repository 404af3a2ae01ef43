/**
 * What a tree remembers of its entries between one request and the next, and what it tells of them.
 *
 * @packageDocumentation
 */
import type { Awaitable, FileInfo } from "../../fs/index.js";
import { FILE_ATTRIBUTE_ARCHIVE, ticksOfMs } from "../../nt/index.js";
import { sizeOfRanges } from "./content.js";
import { contextOf } from "./context.js";
import type { Directory } from "./directory.js";
import { KeptContents } from "./kept-contents.js";
import { after, settle } from "./later.js";
import { MAX_REMEMBERED_FILES, SIZED_CONTENT_CACHE_MS } from "./limits.js";
import { LiveFile } from "./live-file.js";
import { Memories, PathMap } from "./memories.js";
import { OpenNodes } from "./open-nodes.js";
import { TreeFile } from "./tree-file.js";
import { type InfoParts, infoOf, settableAttributes, viewOf } from "./tree-info.js";
import type { TreeOpen } from "./tree-open.js";
import type { Place, Visit } from "./walk.js";

/** What is open, what clients have set, which contents are kept, and when something was said to have changed. */
export class EntryRecords {
  readonly nodes = new OpenNodes();
  readonly memories = new Memories();
  readonly kept = new KeptContents();
  /** In ms since 1970. */
  readonly nowMs: () => number;
  readonly startMs: number;
  /** When the server was told that an entry has changed, in ticks. */
  readonly #changes = new PathMap<bigint>(MAX_REMEMBERED_FILES);

  constructor(nowMs: () => number) {
    this.nowMs = nowMs;
    this.startMs = nowMs();
  }

  /** The server was told that an entry is not what it was. */
  changed(path: string): void {
    this.memories.outdate(path);
    this.kept.paths.forget(path);
    this.#changes.set(path, "", ticksOfMs(this.nowMs()));
    this.nodes.renew(path);
  }

  /** What an open file is now. */
  infoOfOpen(open: TreeOpen): Awaitable<FileInfo> {
    const { live, caller, memory, node } = open;
    const place = { ...open.place, path: node.path };
    const size = live?.data?.size ?? this.#sizeOf(place, { caller, nowMs: this.nowMs() });
    return after(size, (bytes) =>
      this.#info(place, {
        size: bytes,
        memory,
        fileId: node.fileId,
        reservedSize: live?.reservedSize ?? 0,
      }),
    );
  }

  /** What an entry is now. */
  infoOfPlace(place: Place, visit: Visit): Awaitable<FileInfo> {
    const { path, node } = place;
    return after(this.#sizeOf(place, visit), (size) => {
      const memory = this.memories.get(path, viewOf(node, visit.caller));
      const fileId = this.nodes.idOf(path, place.fileId);
      return this.#info(place, { size, memory, fileId, reservedSize: 0 });
    });
  }

  #info({ node, path }: Place, parts: Omit<InfoParts, "node" | "sinceTicks">): FileInfo {
    const sinceTicks = this.#changes.get(path, "") ?? ticksOfMs(this.startMs);
    return infoOf({ node, sinceTicks, ...parts });
  }

  /** Undefined where only making the content would tell, and that was not asked for. */
  #sizeOf({ node, path, fileId }: Place, visit: Visit): Awaitable<number | undefined> {
    if (!(node instanceof TreeFile)) return 0;
    const { caller, nowMs } = visit;
    const view = viewOf(node, caller);
    const data = this.nodes.find(path)?.live.get(view)?.data ?? this.kept.get(path, view, nowMs);
    if (data !== undefined) return data.size;
    const { source, options } = node;
    if (source.kind === "bytes") return source.bytes.length;
    if (source.kind === "ranges") return sizeOfRanges(source.ranges, contextOf(caller, path));
    if (options.size === "made")
      return this.#makeForSize(node, { path, view, visit: { ...visit, fileId } });
    if (typeof options.size === "function") return settle(options.size(contextOf(caller, path)));
    return options.size ?? this.memories.get(path, view)?.size;
  }

  /** Has the content made, and keeps it for the open that may follow. */
  async #makeForSize(
    file: TreeFile,
    about: { path: string; view: string; visit: Visit & Pick<Place, "fileId"> },
  ): Promise<number> {
    const { path, view, visit } = about;
    const node = this.nodes.acquire(path, visit.fileId);
    try {
      const live = node.live.get(view) ?? new LiveFile(file, undefined);
      node.live.set(view, live);
      const data = await live.load(contextOf(visit.caller, path));
      if (live.openCount === 0 && node.live.get(view) === live) node.live.delete(view);
      const nowMs = this.nowMs();
      const untilMs = nowMs + Math.max(SIZED_CONTENT_CACHE_MS, file.options.cacheMs ?? 0);
      if (data.isWhole) this.kept.keep(path, view, { data, untilMs }, nowMs);
      return data.size;
    } finally {
      this.nodes.release(node);
    }
  }

  /** Something of a file was changed: its times move, and it is to be archived. */
  touch({ memory, place }: TreeOpen): void {
    memory.attributes = settableAttributes(place.node, memory) | FILE_ATTRIBUTE_ARCHIVE;
    const now = ticksOfMs(this.nowMs());
    memory.lastWriteTicks = now;
    memory.changeTicks = now;
  }

  /** What was written is what is there now, for everybody. */
  noteCommit(open: TreeOpen): void {
    open.memory.size = open.live?.data?.size;
    this.kept.paths.forget(open.path);
  }

  /** Made content serves those who come soon, where it may. */
  keep(open: TreeOpen, { file, data }: LiveFile): void {
    const { cacheMs = 0 } = file.options;
    if (cacheMs <= 0 || file.source.kind !== "made" || data?.isWhole !== true) return;
    const nowMs = this.nowMs();
    if (this.kept.get(open.path, open.view, nowMs) !== undefined) return; // its time runs already
    this.kept.keep(open.path, open.view, { data, untilMs: nowMs + cacheMs }, nowMs);
  }

  /** What was known by the old path is known by the new one. */
  moved(open: TreeOpen, from: string, to: string, directory: Directory): void {
    const replaced = this.nodes.find(to);
    if (replaced !== undefined && replaced !== open.node) this.nodes.remove(replaced);
    this.nodes.rename(open.node, to);
    this.memories.paths.move(from, to);
    this.kept.paths.forget(from);
    this.kept.paths.forget(to);
    open.directory = directory;
  }

  /** Nothing is there any more. */
  forget(path: string): void {
    this.memories.paths.forget(path);
    this.kept.paths.forget(path);
  }
}
