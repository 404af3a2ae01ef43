import { randomInt } from "node:crypto";
import type {
  Awaitable,
  BasicInfo,
  Caller,
  Change,
  CleanupParams,
  CreateParams,
  DirectoryEntry,
  FileInfo,
  FileSystem,
  Notify,
  Opened,
  OpenParams,
  OverwriteParams,
  RenameParams,
  SecurityByName,
  VolumeInfo,
  VolumeParams,
  WriteParams,
  Written,
} from "../../fs/index.js";
import {
  FILE_APPEND_DATA,
  FILE_ATTRIBUTE_ARCHIVE,
  FILE_DELETE_ON_CLOSE,
  FILE_EXECUTE,
  FILE_READ_DATA,
  FILE_WRITE_DATA,
  foldName,
  joinPath,
  lastName,
  NtError,
  NtStatus,
  parentPath,
  SETTABLE_ATTRIBUTES,
  ticksOfMs,
} from "../../nt/index.js";
import { sizeOfRanges } from "./content.js";
import { contextOf } from "./context.js";
import { BytesData } from "./data.js";
import { Directory, type DirectoryOptions, type EntriesSource } from "./directory.js";
import type { Node } from "./entry.js";
import { nameFault } from "./entry-names.js";
import { madeFileId } from "./file-id.js";
import { KeptContents } from "./kept-contents.js";
import { after, orElse, orUndo, settle } from "./later.js";
import {
  DEFAULT_LABEL,
  DEFAULT_VOLUME_SIZE,
  MAX_REMEMBERED_FILES,
  SIZED_CONTENT_CACHE_MS,
} from "./limits.js";
import { LiveFile } from "./live-file.js";
import { Memories, PathMap } from "./memories.js";
import { OpenNodes } from "./open-nodes.js";
import { refuse } from "./refusal.js";
import { callMove, callRename, checkReplace, mayDelete } from "./tree-callbacks.js";
import { changeOf, type TreeChange } from "./tree-change.js";
import { TreeFile } from "./tree-file.js";
import {
  type InfoParts,
  infoOf,
  isToldAtOnce,
  isUncacheable,
  securityOf,
  settableAttributes,
  typeAttributes,
  viewOf,
} from "./tree-info.js";
import { TreeLazy } from "./tree-lazy.js";
import { reparseDataOf, TreeLink } from "./tree-link.js";
import { TreeOpen } from "./tree-open.js";
import { childOf, type Place, placeOf, type Stop, type Visit, walk } from "./walk.js";

/** What the volume is like whose root a directory is. */
export interface TreeVolumeOptions {
  /** At most 32 UTF-16 units; `Tree` unless told. */
  readonly label?: string | undefined;
  /** In bytes, as clients are told; 1 TiB unless told. */
  readonly totalSize?: number | undefined;
  /** In bytes; everything unless told, nothing where nothing can be written. */
  readonly freeSize?: number | undefined;
  /** 32 bits by which programs know the volume again; random at each start unless told. */
  readonly serialNumber?: number | undefined;
  /** In ms since 1970. */
  readonly nowMs?: (() => number) | undefined;
}

/** How a directory is to be, and the volume that it is the root of when it is served. */
export interface TreeOptions extends DirectoryOptions {
  readonly volume?: TreeVolumeOptions | undefined;
}

/**
 * A directory.
 *
 * @param entries - an object, a Map or pairs of names and entries; or a function that gives them, now or
 *   later, called when the directory is looked at. Text, bytes, URLs and functions are files
 * @throws Error where a name is none that Windows can have, stands there twice, or stands for no entry
 */
export function dir(entries: EntriesSource, options: TreeOptions = {}): Tree {
  return new Tree(new Directory(entries, options), options.volume ?? {});
}

const SERIAL_NUMBERS = 2 ** 32;

/** What a data open is for. */
const DATA_ACCESS = FILE_READ_DATA | FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_EXECUTE;

/**
 * A directory, and the file system that has it as its root. Made by {@link dir}.
 *
 * Everything that is there is looked for when it is asked for. What needs no function is answered at once.
 */
export class Tree implements FileSystem<TreeOpen> {
  /** @internal */
  readonly directory: Directory;
  readonly #options: TreeVolumeOptions;
  readonly #nowMs: () => number;
  readonly #startMs: number;
  readonly #serialNumber: number;
  readonly #nodes = new OpenNodes();
  readonly #memories = new Memories();
  readonly #kept = new KeptContents();
  /** When the server was told that an entry has changed, in ticks. */
  readonly #changes = new PathMap<bigint>(MAX_REMEMBERED_FILES);
  /** Folded paths that a `create` is making. */
  readonly #making = new Set<string>();
  readonly #listeners = new Set<Notify>();
  /** Entries that callbacks have made. */
  #madeCount = 0;

  /** Made by {@link dir}. */
  constructor(directory: Directory, options: TreeVolumeOptions) {
    this.directory = directory;
    this.#options = options;
    this.#nowMs = options.nowMs ?? Date.now;
    this.#startMs = this.#nowMs();
    this.#serialNumber = (options.serialNumber ?? randomInt(SERIAL_NUMBERS)) >>> 0;
  }

  get volumeParams(): Partial<VolumeParams> {
    return {
      isReadOnly: this.directory.isFixed,
      volumeCreationTicks: ticksOfMs(this.#startMs),
      volumeSerialNumber: this.#serialNumber,
    };
  }

  /**
   * Says that something has changed that the server cannot know of: what is remembered of it is dropped,
   * clients that watch it hear of it, and those that keep it to themselves look again. Those that have a file
   * open keep reading what they opened.
   *
   * @param path - from the root, `/` or `\` between names; the root unless told. Of a directory it is found
   *   out which names have come and gone
   */
  changed(path = "", how: TreeChange = "modified"): void {
    const names = path.split(/[/\\]/).filter((name) => name !== "");
    const full = names.length === 0 ? "\\" : `\\${names.join("\\")}`;
    this.#memories.outdate(full);
    this.#kept.paths.forget(full);
    this.#changes.set(full, "", ticksOfMs(this.#nowMs()));
    this.#nodes.renew(full);
    const { parents, entries } = this.directory.peek(names);
    if (how !== "modified") for (const parent of parents) parent.forgetNames();
    for (const entry of entries) if (entry instanceof TreeLazy) entry.forget();
    this.#tell([changeOf(full, how)]);
    for (const entry of entries) if (entry instanceof Directory) void this.#refresh(entry, full);
  }

  /** @internal */
  start(notify: Notify): void {
    this.#listeners.add(notify);
  }

  /** @internal */
  stop(): void {
    this.#listeners.clear();
  }

  /** @internal */
  getVolumeInfo(): VolumeInfo {
    const { label = DEFAULT_LABEL, totalSize = DEFAULT_VOLUME_SIZE } = this.#options;
    const freeSize = this.#options.freeSize ?? (this.directory.isFixed ? 0 : totalSize);
    return { label, totalSize, freeSize };
  }

  /** @internal */
  getSecurityByName(path: string, caller: Caller): Awaitable<SecurityByName> {
    return after(this.#walk(path, caller), (place) => {
      if ("reparseAt" in place) return { fileAttributes: 0, reparseAt: place.reparseAt };
      const { node } = place;
      const memory = this.#memories.get(place.path, viewOf(node, caller));
      return {
        fileAttributes: settableAttributes(node, memory) | typeAttributes(node),
        securityDescriptor: securityOf(place),
      };
    });
  }

  /** @internal */
  open(path: string, params: OpenParams, caller: Caller): Awaitable<Opened<TreeOpen>> {
    const visit = this.#visit(caller);
    return after(this.#place(path, visit), (place) => {
      const isDelete = (params.createOptions & FILE_DELETE_ON_CLOSE) !== 0;
      const allowed = isDelete ? mayDelete(place, caller) : undefined;
      return after(allowed, () => this.#open(place, params, visit, path));
    });
  }

  /** @internal */
  create(path: string, params: CreateParams, caller: Caller): Awaitable<Opened<TreeOpen>> {
    const visit = this.#visit(caller);
    const name = lastName(path);
    if (nameFault(name) !== undefined) refuse(NtStatus.OBJECT_NAME_INVALID);
    return after(this.#parent(path, visit), (parent) => {
      const { node: directory } = parent;
      const look = { ...visit, path: parent.path };
      return after(childOf(directory, name, look), (existing) => {
        if (existing !== undefined) return refuse(NtStatus.OBJECT_NAME_COLLISION);
        return after(this.#make(directory, { name, params, look }), (place) => {
          const settable = params.fileAttributes & SETTABLE_ATTRIBUTES;
          this.#memories.of(place.path, viewOf(place.node, caller)).attributes = settable;
          return after(this.#open(place, params, visit, path), (opened) =>
            reserve(opened, params.allocationSize),
          );
        });
      });
    });
  }

  /** @internal */
  overwrite(open: TreeOpen, params: OverwriteParams): Awaitable<FileInfo> {
    const { live, memory } = open;
    if (live === undefined) return refuse(NtStatus.FILE_IS_A_DIRECTORY);
    return after(live.empty(open.context), () => {
      const given = params.fileAttributes & SETTABLE_ATTRIBUTES;
      const kept = params.replaceAttributes ? 0 : settableAttributes(open.place.node, memory);
      memory.attributes = kept | given;
      live.reservedSize = params.allocationSize;
      this.#touch(open);
      return this.#infoOfOpen(open);
    });
  }

  /** @internal */
  cleanup(open: TreeOpen, _path: string, params: CleanupParams, caller: Caller): Awaitable<void> {
    if (params.isAllocationReset && open.live !== undefined) open.live.reservedSize = 0;
    if (!params.isDelete) return;
    const { place, directory } = open;
    const visit = this.#visit(caller);
    const remove = directory?.options.remove;
    if (directory === undefined || remove === undefined) return;
    return after(this.#isEmpty(place.node, { ...visit, path: open.path }), (isEmpty) => {
      if (!isEmpty) return;
      const name = lastName(open.path);
      return after(settle(remove(name, open.context)), () => {
        directory.drop(name);
        this.#forget(open.path);
        this.#nodes.remove(open.node);
      });
    });
  }

  /** @internal */
  close(open: TreeOpen): Awaitable<void> {
    const { live, node } = open;
    if (live === undefined || --live.openCount > 0) {
      this.#nodes.release(node);
      return;
    }
    if (live.isDirty && !node.isDeleted) return this.#commitAndLetGo(open, live);
    return this.#letGo(open, live);
  }

  /** @internal */
  read(open: TreeOpen, target: Uint8Array, offset: number): Awaitable<number> {
    const { live } = open;
    if (live === undefined) return refuse(NtStatus.INVALID_DEVICE_REQUEST);
    const { data } = live;
    if (data instanceof BytesData) return data.read(target, offset);
    return after(live.load(open.context), (loaded) => loaded.read(target, offset, open.context));
  }

  /** @internal */
  write(open: TreeOpen, data: Uint8Array, offset: number, params: WriteParams): Awaitable<Written> {
    const { live } = open;
    if (live === undefined) return refuse(NtStatus.INVALID_DEVICE_REQUEST);
    return after(live.load(open.context), ({ size }) => {
      const room = params.isConstrained ? Math.max(0, size - offset) : data.length;
      const run = data.subarray(0, room);
      const at = params.toEndOfFile ? undefined : offset;
      const written = run.length > 0 ? live.write(run, at, open.context) : undefined;
      return after(written, () => {
        if (!params.keepTimes && run.length > 0) this.#touch(open);
        return after(this.#infoOfOpen(open), (info) => ({ bytesWritten: run.length, info }));
      });
    });
  }

  /** @internal */
  flush(open: TreeOpen | undefined): Awaitable<void> {
    if (open?.live === undefined) return;
    return after(open.live.commit(open.context), (isTaken) => {
      if (isTaken) this.#noteCommit(open);
    });
  }

  /** @internal */
  getFileInfo(open: TreeOpen): Awaitable<FileInfo> {
    return this.#infoOfOpen(open);
  }

  /** @internal */
  setBasicInfo(open: TreeOpen, basic: BasicInfo): Awaitable<FileInfo> {
    const { memory } = open;
    const { fileAttributes } = basic;
    if (fileAttributes !== undefined) memory.attributes = fileAttributes & SETTABLE_ATTRIBUTES;
    memory.creationTicks = basic.creationTicks ?? memory.creationTicks;
    memory.lastAccessTicks = basic.lastAccessTicks ?? memory.lastAccessTicks;
    memory.lastWriteTicks = basic.lastWriteTicks ?? memory.lastWriteTicks;
    memory.changeTicks = basic.changeTicks ?? ticksOfMs(this.#nowMs());
    return this.#infoOfOpen(open);
  }

  /** @internal */
  setFileSize(open: TreeOpen, fileSize: number): Awaitable<FileInfo> {
    const { live } = open;
    if (live === undefined) return refuse(NtStatus.INVALID_DEVICE_REQUEST);
    return after(live.setSize(fileSize, open.context), () => {
      this.#touch(open);
      return this.#infoOfOpen(open);
    });
  }

  /** @internal */
  setAllocationSize(open: TreeOpen, allocationSize: number): Awaitable<FileInfo> {
    const { live } = open;
    if (live === undefined) return refuse(NtStatus.INVALID_DEVICE_REQUEST);
    return after(live.load(open.context), ({ size }) => {
      live.reservedSize = allocationSize;
      if (allocationSize < size) return this.setFileSize(open, allocationSize);
      return this.#infoOfOpen(open);
    });
  }

  /** @internal */
  canDelete(open: TreeOpen, _path: string, caller: Caller): Awaitable<void> {
    const { path, directory } = open;
    const place = { ...open.place, path, directory };
    return after(mayDelete(place, caller), () => {
      const isEmpty = this.#isEmpty(place.node, { ...this.#visit(caller), path: place.path });
      return after(isEmpty, (isNothingInIt) => {
        if (!isNothingInIt) refuse(NtStatus.DIRECTORY_NOT_EMPTY);
      });
    });
  }

  /** @internal */
  rename(open: TreeOpen, path: string, params: RenameParams, caller: Caller): Awaitable<void> {
    const { newPath } = params;
    const { directory } = open;
    if (directory === undefined) return refuse(NtStatus.INVALID_PARAMETER);
    const to = lastName(newPath);
    if (nameFault(to) !== undefined) return refuse(NtStatus.OBJECT_NAME_INVALID);
    const visit = this.#visit(caller);
    return after(this.#parent(newPath, visit), ({ node: target, path: targetPath }) => {
      const isSame = foldName(path) === foldName(newPath);
      const taken = isSame ? undefined : childOf(target, to, { ...visit, path: targetPath });
      return after(taken, (replaced) => {
        if (replaced !== undefined) checkReplace(open.place, replaced, params);
        const isEmpty =
          replaced === undefined || this.#isEmpty(replaced.node, { ...visit, path: newPath });
        const renaming = { ...contextOf(caller, path), isReplacing: replaced !== undefined };
        const isWithin = foldName(targetPath) === foldName(parentPath(path));
        const done = after(isEmpty, (isNothingInIt) => {
          if (!isNothingInIt) refuse(NtStatus.DIRECTORY_NOT_EMPTY);
          return isWithin
            ? callRename(directory, { from: lastName(path), to, renaming })
            : callMove(directory, { from: lastName(path), to: newPath, renaming });
        });
        return after(done, () => {
          directory.move(lastName(path), target, to, open.node.fileId);
          this.#moved(open, path, newPath, target);
        });
      });
    });
  }

  /** @internal */
  getSecurity(open: TreeOpen): Uint8Array {
    return securityOf(open.place);
  }

  /** @internal */
  readDirectory(
    open: TreeOpen,
    _pattern: string | undefined,
    caller: Caller,
  ): Iterable<DirectoryEntry> | AsyncIterable<DirectoryEntry> {
    const { node } = open.place;
    if (!(node instanceof Directory)) return refuse(NtStatus.NOT_A_DIRECTORY);
    const look = { ...this.#visit(caller), path: open.path };
    const children = node.list(look);
    if (!(children instanceof Promise)) {
      const list = [...children];
      if (list.every(({ entry }) => isToldAtOnce(entry)))
        return this.#entriesAtOnce(list, node, look);
      return this.#entries(list, node, look);
    }
    return this.#entries(children, node, look);
  }

  /** @internal */
  getDirectoryEntry(
    open: TreeOpen,
    name: string,
    caller: Caller,
  ): Awaitable<DirectoryEntry | undefined> {
    const { node } = open.place;
    if (!(node instanceof Directory)) return refuse(NtStatus.NOT_A_DIRECTORY);
    const look = { ...this.#visit(caller), path: open.path };
    return after(childOf(node, name, look), (place) => {
      if (place === undefined) return undefined;
      return after(this.#infoOfPlace(place, look), (info) => ({ name: place.name, info }));
    });
  }

  /** @internal */
  getReparsePoint(open: TreeOpen): Uint8Array {
    const { node } = open.place;
    return node instanceof TreeLink
      ? reparseDataOf(node, open.path)
      : refuse(NtStatus.NOT_A_REPARSE_POINT);
  }

  /** @internal */
  getReparsePointByName(path: string, caller: Caller): Awaitable<Uint8Array | undefined> {
    return after(this.#walk(path, caller), (place) => {
      if ("reparseAt" in place || !(place.node instanceof TreeLink)) return undefined;
      return reparseDataOf(place.node, place.path);
    });
  }

  #visit(caller: Caller): Visit {
    return { caller, nowMs: this.#nowMs() };
  }

  #walk(path: string, caller: Caller): Awaitable<Place | Stop> {
    return walk(this.directory, path, this.#visit(caller));
  }

  /** Where a path leads, with no link on the way: those the kernel has dealt with. */
  #place(path: string, visit: Visit): Awaitable<Place> {
    return after(walk(this.directory, path, visit), (place) =>
      "reparseAt" in place ? refuse(NtStatus.STOPPED_ON_SYMLINK) : place,
    );
  }

  /** The directory of a name that is to come. */
  #parent(path: string, visit: Visit): Awaitable<Place & { readonly node: Directory }> {
    const failed = (error: unknown): never => {
      const isMissing = error instanceof NtError && error.status === NtStatus.OBJECT_NAME_NOT_FOUND;
      throw isMissing ? new NtError(NtStatus.OBJECT_PATH_NOT_FOUND) : error;
    };
    const found = orElse(() => this.#place(parentPath(path), visit), failed);
    return after(found, (place) => {
      const { node } = place;
      return node instanceof Directory ? { ...place, node } : refuse(NtStatus.NOT_A_DIRECTORY);
    });
  }

  /** What was known by the old path is known by the new one. */
  #moved(open: TreeOpen, from: string, to: string, directory: Directory): void {
    const replaced = this.#nodes.find(to);
    if (replaced !== undefined && replaced !== open.node) this.#nodes.remove(replaced);
    this.#nodes.rename(open.node, to);
    this.#memories.paths.move(from, to);
    this.#kept.paths.forget(from);
    this.#kept.paths.forget(to);
    open.directory = directory;
  }

  /** Opens what was found; with its content, where that is what it is opened for. */
  #open(
    place: Place,
    { grantedAccess }: OpenParams,
    { caller, nowMs }: Visit,
    asked: string,
  ): Awaitable<Opened<TreeOpen>> {
    const { node: entry } = place;
    const view = viewOf(entry, caller);
    const node = this.#nodes.acquire(place.path, place.fileId);
    const memory = this.#memories.of(place.path, view);
    let live: LiveFile | undefined;
    if (entry instanceof TreeFile) {
      live = node.live.get(view);
      if (live === undefined) {
        live = new LiveFile(entry, this.#kept.get(place.path, view, nowMs));
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
      this.#nodes.release(node);
    };
    return orUndo(() => {
      const isForData = (grantedAccess & DATA_ACCESS) !== 0;
      const loaded = isForData && live !== undefined ? this.#load(file, live) : undefined;
      return after(loaded, () => after(this.#infoOfOpen(file), opened));
    }, undo);
  }

  /** What is made now is as old as now. */
  #load(open: TreeOpen, live: LiveFile): Awaitable<void> {
    if (live.data !== undefined) return;
    return after(live.load(open.context), ({ size }) => {
      if (live.file.source.kind !== "made") return;
      open.memory.size = size;
      open.memory.madeTicks = ticksOfMs(this.#nowMs());
    });
  }

  /** Has the directory make a name. */
  #make(
    directory: Directory,
    about: { name: string; params: CreateParams; look: Visit & { readonly path: string } },
  ): Awaitable<Place> {
    const { name, params, look } = about;
    const { create } = directory.options;
    if (create === undefined) return refuse(NtStatus.ACCESS_DENIED);
    const path = joinPath(look.path, name);
    const key = foldName(path);
    if (this.#making.has(key)) return refuse(NtStatus.OBJECT_NAME_COLLISION);
    this.#making.add(key);
    const { isDirectory } = params;
    const making = { ...contextOf(look.caller, path), isDirectory };
    const done = () => {
      this.#making.delete(key);
    };
    const made = orUndo(
      () =>
        after(settle(create(name, making)), (entry) => {
          done();
          this.#memories.paths.forget(path);
          if (entry !== undefined) {
            const fileId = madeFileId(++this.#madeCount);
            return placeOf(directory, directory.add(name, entry, fileId), look);
          }
          directory.forgetNames();
          return childOf(directory, name, look);
        }),
      done,
    );
    return after(made, (place) => {
      if (place === undefined) {
        throw new Error(`${making.path}: create has returned no entry, and none is listed`);
      }
      if (place.node instanceof Directory === isDirectory) return place;
      throw new Error(`${making.path}: create has made a ${isDirectory ? "file" : "directory"}`);
    });
  }

  #isEmpty(node: Node, look: Visit & { readonly path: string }): Awaitable<boolean> {
    if (!(node instanceof Directory)) return true;
    return after(node.list(look), (children) => [...children].length === 0);
  }

  /** What nobody can be told of any more is told as a fault: the content is as it was. */
  async #commitAndLetGo(open: TreeOpen, live: LiveFile): Promise<void> {
    try {
      await live.commit(open.context);
      this.#noteCommit(open);
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
      this.#keep(open, live);
    }
    this.#nodes.release(node);
    return isLast ? live.data?.end(open.context) : undefined;
  }

  /** Made content serves those who come soon, where it may. */
  #keep(open: TreeOpen, { file, data }: LiveFile): void {
    const { cacheMs = 0 } = file.options;
    if (cacheMs <= 0 || file.source.kind !== "made" || data?.isWhole !== true) return;
    const nowMs = this.#nowMs();
    if (this.#kept.get(open.path, open.view, nowMs) !== undefined) return; // its time runs already
    this.#kept.keep(open.path, open.view, { data, untilMs: nowMs + cacheMs }, nowMs);
  }

  /** What was written is what is there now, for everybody. */
  #noteCommit(open: TreeOpen): void {
    open.memory.size = open.live?.data?.size;
    this.#kept.paths.forget(open.path);
  }

  #touch({ memory, place }: TreeOpen): void {
    memory.attributes = settableAttributes(place.node, memory) | FILE_ATTRIBUTE_ARCHIVE;
    const now = ticksOfMs(this.#nowMs());
    memory.lastWriteTicks = now;
    memory.changeTicks = now;
  }

  #infoOfOpen(open: TreeOpen): Awaitable<FileInfo> {
    const { live, caller, memory, node } = open;
    const place = { ...open.place, path: node.path };
    const size = live?.data?.size ?? this.#sizeOf(place, this.#visit(caller));
    return after(size, (bytes) =>
      this.#info(place, {
        size: bytes,
        memory,
        fileId: node.fileId,
        reservedSize: live?.reservedSize ?? 0,
      }),
    );
  }

  #infoOfPlace(place: Place, visit: Visit): Awaitable<FileInfo> {
    const { path, node } = place;
    return after(this.#sizeOf(place, visit), (size) => {
      const memory = this.#memories.get(path, viewOf(node, visit.caller));
      const fileId = this.#nodes.idOf(path, place.fileId);
      return this.#info(place, { size, memory, fileId, reservedSize: 0 });
    });
  }

  #info({ node, path }: Place, parts: Omit<InfoParts, "node" | "sinceTicks">): FileInfo {
    const sinceTicks = this.#changes.get(path, "") ?? ticksOfMs(this.#startMs);
    return infoOf({ node, sinceTicks, ...parts });
  }

  /** Undefined where only making the content would tell, and that was not asked for. */
  #sizeOf({ node, path, fileId }: Place, visit: Visit): Awaitable<number | undefined> {
    if (!(node instanceof TreeFile)) return 0;
    const { caller, nowMs } = visit;
    const view = viewOf(node, caller);
    const data = this.#nodes.find(path)?.live.get(view)?.data ?? this.#kept.get(path, view, nowMs);
    if (data !== undefined) return data.size;
    const { source, options } = node;
    if (source.kind === "bytes") return source.bytes.length;
    if (source.kind === "ranges") return sizeOfRanges(source.ranges, contextOf(caller, path));
    if (options.size === "made")
      return this.#makeForSize(node, { path, view, visit: { ...visit, fileId } });
    if (typeof options.size === "function") return settle(options.size(contextOf(caller, path)));
    return options.size ?? this.#memories.get(path, view)?.size;
  }

  /** Has the content made, and keeps it for the open that may follow. */
  async #makeForSize(
    file: TreeFile,
    about: { path: string; view: string; visit: Visit & Pick<Place, "fileId"> },
  ): Promise<number> {
    const { path, view, visit } = about;
    const node = this.#nodes.acquire(path, visit.fileId);
    try {
      const live = node.live.get(view) ?? new LiveFile(file, undefined);
      node.live.set(view, live);
      const data = await live.load(contextOf(visit.caller, path));
      if (live.openCount === 0 && node.live.get(view) === live) node.live.delete(view);
      const nowMs = this.#nowMs();
      const untilMs = nowMs + Math.max(SIZED_CONTENT_CACHE_MS, file.options.cacheMs ?? 0);
      if (data.isWhole) this.#kept.keep(path, view, { data, untilMs }, nowMs);
      return data.size;
    } finally {
      this.#nodes.release(node);
    }
  }

  *#entriesAtOnce(
    children: readonly { readonly name: string; readonly entry: Node | TreeLazy }[],
    directory: Directory,
    look: Visit & { readonly path: string },
  ): Generator<DirectoryEntry> {
    for (const child of children) {
      const { name } = child;
      const place = placeOf(directory, child, look) as Place; // nothing lazy is told at once
      yield { name, info: this.#infoOfPlace(place, look) as FileInfo }; // nor a size that takes time
    }
  }

  async *#entries(
    children: Awaitable<Iterable<{ readonly name: string; readonly entry: Node | TreeLazy }>>,
    directory: Directory,
    look: Visit & { readonly path: string },
  ): AsyncGenerator<DirectoryEntry> {
    for (const child of await children) {
      const place = await placeOf(directory, child, look);
      yield { name: child.name, info: await this.#infoOfPlace(place, look) };
    }
  }

  #forget(path: string): void {
    this.#memories.paths.forget(path);
    this.#kept.paths.forget(path);
  }

  /** Watchers of a directory hear which names are new and which are gone. */
  async #refresh(directory: Directory, path: string): Promise<void> {
    const changes = await directory.refresh(this.#nowMs()).catch(() => undefined);
    if (changes === undefined) return; // whoever looks next is told why
    this.#tell([
      ...changes.removed.map((name) => changeOf(joinPath(path, name), "removed")),
      ...changes.added.map((name) => changeOf(joinPath(path, name), "added")),
    ]);
  }

  #tell(changes: readonly Change[]): void {
    for (const notify of this.#listeners) if (changes.length > 0) notify(changes);
  }
}

/** What a new file was to have set aside is told at once. */
function reserve(opened: Opened<TreeOpen>, reservedSize: number): Opened<TreeOpen> {
  const { live } = opened.file;
  if (live === undefined || reservedSize === 0) return opened;
  live.reservedSize = reservedSize;
  const allocationSize = Math.max(opened.info.allocationSize, reservedSize);
  return { ...opened, info: { ...opened.info, allocationSize } };
}
