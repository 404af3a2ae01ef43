/**
 * Opening and closing the entries of a tree: who opens a file shares its content with those who see the same.
 *
 * @packageDocumentation
 */
import type { Awaitable, Change, FileInfo, Opened, OpenParams } from "../../fs/index.js";
import {
  FILE_APPEND_DATA,
  FILE_EXECUTE,
  FILE_READ_DATA,
  FILE_WRITE_DATA,
  ticksOfMs,
} from "../../nt/index.js";
import type { EntryRecords } from "./entry-records.js";
import { after, orUndo } from "./later.js";
import { LiveFile } from "./live-file.js";
import { changeOf } from "./tree-change.js";
import { TreeFile } from "./tree-file.js";
import { isUncacheable, viewOf } from "./tree-info.js";
import { TreeOpen } from "./tree-open.js";
import type { Place, Visit } from "./walk.js";

/** The opens of a tree. */
export class TreeOpens {
  readonly #records: EntryRecords;
  readonly #tell: (changes: readonly Change[]) => void;

  /** @param tell - told that a file is not what somebody wrote */
  constructor(records: EntryRecords, tell: (changes: readonly Change[]) => void) {
    this.#records = records;
    this.#tell = tell;
  }

  /** Opens what was found; with its content, where that is what it is opened for. */
  open(
    place: Place,
    { grantedAccess }: OpenParams,
    { caller, nowMs }: Visit,
    asked: string,
  ): Awaitable<Opened<TreeOpen>> {
    const { node: entry } = place;
    const view = viewOf(entry, caller);
    const node = this.#records.nodes.acquire(place.path, place.fileId);
    const memory = this.#records.memories.of(place.path, view);
    let live: LiveFile | undefined;
    if (entry instanceof TreeFile) {
      live = node.live.get(view);
      if (live === undefined) {
        live = new LiveFile(entry, this.#records.kept.get(place.path, view, nowMs));
        node.live.set(view, live);
      }
      live.openCount++;
    }
    const file = new TreeOpen({ place, node, caller, view, memory, live });
    const opened = (info: FileInfo) => {
      const same = { file, info, isUncacheable: isUncacheable(entry) };
      return place.path === asked ? same : { ...same, normalizedPath: place.path };
    };
    const undo = () => {
      if (live !== undefined) live.openCount--;
      if (live?.openCount === 0 && node.live.get(view) === live) node.live.delete(view);
      this.#records.nodes.release(node);
    };
    return orUndo(() => {
      const isForData = (grantedAccess & DATA_ACCESS) !== 0;
      const loaded = isForData && live !== undefined ? this.#load(file, live) : undefined;
      return after(loaded, () => after(this.#records.infoOfOpen(file), opened));
    }, undo);
  }

  /** What is made now is as old as now. */
  #load(open: TreeOpen, live: LiveFile): Awaitable<void> {
    if (live.data !== undefined) return;
    return after(live.load(open.context), ({ size }) => {
      if (live.file.source.kind !== "made") return;
      open.memory.size = size;
      open.memory.madeTicks = ticksOfMs(this.#records.nowMs());
    });
  }

  /** The last who closes a content has it handed over, and lets go of it. */
  close(open: TreeOpen): Awaitable<void> {
    const { live, node } = open;
    if (live === undefined || --live.openCount > 0) {
      this.#records.nodes.release(node);
      return;
    }
    if (live.isDirty && !node.isDeleted) return this.#commitAndLetGo(open, live);
    return this.#letGo(open, live);
  }

  /** What nobody can be told of any more is told as a fault: the content is as it was. */
  async #commitAndLetGo(open: TreeOpen, live: LiveFile): Promise<void> {
    try {
      await live.commit(open.context);
      this.#records.noteCommit(open);
    } catch (error) {
      open.memory.lastWriteTicks = undefined;
      if (live.openCount === 0) live.isDirty = false;
      this.#tell([changeOf(open.path, "modified")]);
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`${open.context.path}: what was written was not taken: ${reason}`, {
        cause: error,
      });
    } finally {
      await this.#letGo(open, live);
    }
  }

  /** The last who shared a content has closed it, unless somebody has come meanwhile. */
  #letGo(open: TreeOpen, live: LiveFile): Awaitable<void> {
    const { node, view } = open;
    const isLast = live.openCount === 0;
    if (isLast && node.live.get(view) === live) {
      node.live.delete(view);
      this.#records.keep(open, live);
    }
    this.#records.nodes.release(node);
    return isLast ? live.data?.end(open.context) : undefined;
  }
}

/** What a data open is for. */
const DATA_ACCESS = FILE_READ_DATA | FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_EXECUTE;
