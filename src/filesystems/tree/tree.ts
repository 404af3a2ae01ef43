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
  FILE_DELETE_ON_CLOSE,
  foldName,
  joinPath,
  lastName,
  NtError,
  NtStatus,
  parentPath,
  SETTABLE_ATTRIBUTES,
  ticksOfMs,
} from "../../nt/index.js";
import { contextOf } from "./context.js";
import { BytesData } from "./data.js";
import { Directory, type DirectoryOptions, type EntriesSource } from "./directory.js";
import type { Node } from "./entry.js";
import { EntryMaker } from "./entry-maker.js";
import { nameFault } from "./entry-names.js";
import { EntryRecords } from "./entry-records.js";
import { after, orElse, settle } from "./later.js";
import { DEFAULT_LABEL, DEFAULT_VOLUME_SIZE } from "./limits.js";
import { refuse } from "./refusal.js";
import { callMove, callRename, checkReplace, mayDelete } from "./tree-callbacks.js";
import { changeOf, type TreeChange } from "./tree-change.js";
import { securityOf, settableAttributes, typeAttributes, viewOf } from "./tree-info.js";
import { TreeLazy } from "./tree-lazy.js";
import { reparseDataOf, TreeLink } from "./tree-link.js";
import { listEntries } from "./tree-listing.js";
import type { TreeOpen } from "./tree-open.js";
import { TreeOpens } from "./tree-opens.js";
import { childOf, type Place, type Stop, type Visit, walk } from "./walk.js";

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

/** How many serial numbers there are. */
const SERIAL_NUMBERS = 2 ** 32;

/**
 * A directory, and the file system that has it as its root. Made by {@link dir}.
 *
 * Everything that is there is looked for when it is asked for. What needs no function is answered at once.
 */
export class Tree implements FileSystem<TreeOpen> {
  /** @internal */
  readonly directory: Directory;
  readonly #options: TreeVolumeOptions;
  readonly #serialNumber: number;
  readonly #records: EntryRecords;
  readonly #opens: TreeOpens;
  readonly #maker: EntryMaker;
  readonly #listeners = new Set<Notify>();

  /** Made by {@link dir}. */
  constructor(directory: Directory, options: TreeVolumeOptions) {
    this.directory = directory;
    this.#options = options;
    this.#serialNumber = (options.serialNumber ?? randomInt(SERIAL_NUMBERS)) >>> 0;
    this.#records = new EntryRecords(options.nowMs ?? Date.now);
    this.#opens = new TreeOpens(this.#records, (changes) => {
      this.#tell(changes);
    });
    this.#maker = new EntryMaker(this.#records);
  }

  get volumeParams(): Partial<VolumeParams> {
    return {
      isReadOnly: this.directory.isFixed,
      volumeCreationTicks: ticksOfMs(this.#records.startMs),
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
    this.#records.changed(full);
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
      const memory = this.#records.memories.get(place.path, viewOf(node, caller));
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
      return after(allowed, () => this.#opens.open(place, params, visit, path));
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
        return after(this.#maker.make(directory, { name, params, look }), (place) => {
          const settable = params.fileAttributes & SETTABLE_ATTRIBUTES;
          this.#records.memories.of(place.path, viewOf(place.node, caller)).attributes = settable;
          return after(this.#opens.open(place, params, visit, path), (opened) =>
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
      this.#records.touch(open);
      return this.#records.infoOfOpen(open);
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
        this.#records.forget(open.path);
        this.#records.nodes.remove(open.node);
      });
    });
  }

  /** @internal */
  close(open: TreeOpen): Awaitable<void> {
    return this.#opens.close(open);
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
        if (!params.keepTimes && run.length > 0) this.#records.touch(open);
        return after(this.#records.infoOfOpen(open), (info) => ({
          bytesWritten: run.length,
          info,
        }));
      });
    });
  }

  /** @internal */
  flush(open: TreeOpen | undefined): Awaitable<void> {
    if (open?.live === undefined) return;
    return after(open.live.commit(open.context), (isTaken) => {
      if (isTaken) this.#records.noteCommit(open);
    });
  }

  /** @internal */
  getFileInfo(open: TreeOpen): Awaitable<FileInfo> {
    return this.#records.infoOfOpen(open);
  }

  /** @internal */
  setBasicInfo(open: TreeOpen, basic: BasicInfo): Awaitable<FileInfo> {
    const { memory } = open;
    const { fileAttributes } = basic;
    if (fileAttributes !== undefined) memory.attributes = fileAttributes & SETTABLE_ATTRIBUTES;
    memory.creationTicks = basic.creationTicks ?? memory.creationTicks;
    memory.lastAccessTicks = basic.lastAccessTicks ?? memory.lastAccessTicks;
    memory.lastWriteTicks = basic.lastWriteTicks ?? memory.lastWriteTicks;
    memory.changeTicks = basic.changeTicks ?? ticksOfMs(this.#records.nowMs());
    return this.#records.infoOfOpen(open);
  }

  /** @internal */
  setFileSize(open: TreeOpen, fileSize: number): Awaitable<FileInfo> {
    const { live } = open;
    if (live === undefined) return refuse(NtStatus.INVALID_DEVICE_REQUEST);
    return after(live.setSize(fileSize, open.context), () => {
      this.#records.touch(open);
      return this.#records.infoOfOpen(open);
    });
  }

  /** @internal */
  setAllocationSize(open: TreeOpen, allocationSize: number): Awaitable<FileInfo> {
    const { live } = open;
    if (live === undefined) return refuse(NtStatus.INVALID_DEVICE_REQUEST);
    return after(live.load(open.context), ({ size }) => {
      live.reservedSize = allocationSize;
      if (allocationSize < size) return this.setFileSize(open, allocationSize);
      return this.#records.infoOfOpen(open);
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
          this.#records.moved(open, path, newPath, target);
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
    return listEntries(this.#records, node, look);
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
      return after(this.#records.infoOfPlace(place, look), (info) => ({ name: place.name, info }));
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
    return { caller, nowMs: this.#records.nowMs() };
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

  #isEmpty(node: Node, look: Visit & { readonly path: string }): Awaitable<boolean> {
    if (!(node instanceof Directory)) return true;
    return after(node.list(look), (children) => [...children].length === 0);
  }

  /** Watchers of a directory hear which names are new and which are gone. */
  async #refresh(directory: Directory, path: string): Promise<void> {
    const changes = await directory.refresh(this.#records.nowMs()).catch(() => undefined);
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
