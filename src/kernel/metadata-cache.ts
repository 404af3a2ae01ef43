/**
 * What is known of a slow file system, kept for as long as its volume parameters allow. WinFsp 3.13
 *
 * The cache is a file system in front of the file system, so that a volume that keeps nothing has none and
 * pays nothing, and so that no change can pass it by. It knows names by their folded paths, and files
 * that are open by the names they have now.
 *
 * @packageDocumentation
 */
import {
  type AllocatedRange,
  type Awaitable,
  type BasicInfo,
  type Caller,
  type Change,
  ChangeAction,
  type CleanupParams,
  type CreateParams,
  type DirectoryEntry,
  type DirectoryName,
  type ExtendedAttribute,
  type FileInfo,
  type FileSystem,
  type LinkInfo,
  type Notify,
  type Opened,
  type OpenParams,
  type OverwriteParams,
  type RenameParams,
  type SecurityByName,
  type StreamInfo,
  type VolumeInfo,
  type VolumeParams,
  type WriteParams,
  type Written,
} from "../fs/index.js";
import { foldName, joinPath, NtStatus, splitStreamPath, statusOf } from "../nt/index.js";
import { type CachedFile, CachedFiles, infoKey } from "./cached-files.js";
import { CollectedListing, collecting, collectingLate, type Listing } from "./cached-listing.js";
import type { Clock } from "./clock.js";
import { after, finish } from "./finish.js";
import { KeptMetadata, VOLUME } from "./kept-metadata.js";
import type { TimedCache } from "./timed-cache.js";

/** The file system with a cache in front, if its parameters allow one; else itself. */
export function withMetadataCache(
  fileSystem: FileSystem,
  params: VolumeParams,
  clock: Clock,
): FileSystem {
  const { fileInfoTimeoutMs, directoryTimeoutMs, securityTimeoutMs, volumeInfoTimeoutMs } = params;
  const timeouts = [fileInfoTimeoutMs, directoryTimeoutMs, securityTimeoutMs, volumeInfoTimeoutMs];
  if (timeouts.every((timeoutMs) => timeoutMs === 0)) return fileSystem;
  return new MetadataCache(fileSystem, params, clock);
}

/** Every method is here; what the file system lacks is hidden, as its methods are its capabilities. */
class MetadataCache implements Required<FileSystem<CachedFile>> {
  readonly volumeParams: Partial<VolumeParams>;
  readonly #inner: Required<FileSystem>;
  readonly #isCaseSensitive: boolean;
  readonly #kept: KeptMetadata;
  readonly #files = new CachedFiles();

  constructor(inner: FileSystem, params: VolumeParams, clock: Clock) {
    this.#inner = inner as Required<FileSystem>;
    this.volumeParams = inner.volumeParams ?? {};
    this.#isCaseSensitive = params.isCaseSensitive;
    this.#kept = new KeptMetadata(params, clock);
    for (const name of Object.getOwnPropertyNames(MetadataCache.prototype)) {
      if (Reflect.get(inner, name) === undefined) {
        Object.defineProperty(this, name, { value: undefined });
      }
    }
  }

  start(notify: Notify): Awaitable<void> {
    return this.#inner.start((changes) => {
      for (const change of changes) this.#changedElsewhere(change);
      notify(changes);
    });
  }

  stop(): Awaitable<void> {
    return this.#inner.stop();
  }

  getVolumeInfo(): Awaitable<VolumeInfo> {
    return (
      this.#kept.volumeInfo.get(VOLUME) ??
      this.#fill(this.#kept.volumeInfo, VOLUME, () => this.#inner.getVolumeInfo())
    );
  }

  setVolumeLabel(label: string, caller: Caller): Awaitable<VolumeInfo> {
    return finish(
      () => this.#inner.setVolumeLabel(label, caller),
      () => {
        this.#kept.dropVolume();
      },
    );
  }

  getSecurityByName(path: string, caller: Caller): Awaitable<SecurityByName> {
    const key = this.#keyOf(path);
    if (isStreamPath(key)) return this.#inner.getSecurityByName(path, caller);
    const { userSid } = caller;
    const kept = this.#kept.lookups.get(key);
    if (kept?.userSid === userSid) {
      if (kept.found === undefined) throw kept.error;
      return kept.found;
    }
    const filling = this.#kept.lookups.begin(key);
    return finish(
      () => this.#inner.getSecurityByName(path, caller),
      (found) => {
        this.#kept.lookups.end(filling, { userSid, found });
      },
      (error) => {
        const isMissing = statusOf(error) === NtStatus.OBJECT_NAME_NOT_FOUND;
        const kept = isMissing && error instanceof Error ? { userSid, error } : undefined;
        this.#kept.lookups.end(filling, kept);
      },
    );
  }

  open(path: string, params: OpenParams, caller: Caller): Awaitable<Opened<CachedFile>> {
    return this.#opening(path, () => this.#inner.open(path, params, caller));
  }

  openByFileId(fileId: bigint, params: OpenParams, caller: Caller): Awaitable<Opened<CachedFile>> {
    const opening = this.#inner.openByFileId(fileId, params, caller);
    return after(opening, (opened) => this.#opened(opened, opened.normalizedPath));
  }

  create(path: string, params: CreateParams, caller: Caller): Awaitable<Opened<CachedFile>> {
    const settle = () => {
      this.#nameChanged(path, params.isDirectory);
    };
    return this.#opening(path, () =>
      finish(() => this.#inner.create(path, params, caller), settle, settle),
    );
  }

  overwrite(file: CachedFile, params: OverwriteParams, caller: Caller): Awaitable<FileInfo> {
    return this.#set(file, () => this.#inner.overwrite(file.file, params, caller));
  }

  cleanup(file: CachedFile, path: string, params: CleanupParams, caller: Caller): Awaitable<void> {
    const settle = () => {
      this.#changed(file);
      if (!params.isDelete) return;
      this.#nameChanged(path, true);
      if (!isStreamPath(path)) this.#files.loseName(this.#keyOf(path), false);
    };
    return finish(() => this.#inner.cleanup(file.file, path, params, caller), settle, settle);
  }

  close(file: CachedFile): Awaitable<void> {
    this.#files.remove(file);
    return this.#inner.close(file.file);
  }

  read(file: CachedFile, target: Uint8Array, offset: number, caller: Caller): Awaitable<number> {
    return this.#inner.read(file.file, target, offset, caller);
  }

  readViews(
    file: CachedFile,
    offset: number,
    length: number,
    caller: Caller,
  ): readonly Uint8Array[] {
    return this.#inner.readViews(file.file, offset, length, caller);
  }

  write(
    file: CachedFile,
    data: Uint8Array,
    offset: number,
    params: WriteParams,
    caller: Caller,
  ): Awaitable<Written> {
    const write = () => this.#inner.write(file.file, data, offset, params, caller);
    return this.#change(file, write, ({ info }) => info);
  }

  flush(file: CachedFile | undefined, caller: Caller): Awaitable<void> {
    return this.#inner.flush(file?.file, caller);
  }

  getFileInfo(file: CachedFile, caller: Caller): Awaitable<FileInfo> {
    return this.#tell(this.#kept.infos, file, () => this.#inner.getFileInfo(file.file, caller));
  }

  setBasicInfo(file: CachedFile, basic: BasicInfo, caller: Caller): Awaitable<FileInfo> {
    return this.#set(file, () => this.#inner.setBasicInfo(file.file, basic, caller));
  }

  setFileSize(file: CachedFile, fileSize: number, caller: Caller): Awaitable<FileInfo> {
    return this.#set(file, () => this.#inner.setFileSize(file.file, fileSize, caller));
  }

  setAllocationSize(file: CachedFile, allocationSize: number, caller: Caller): Awaitable<FileInfo> {
    return this.#set(file, () => this.#inner.setAllocationSize(file.file, allocationSize, caller));
  }

  setSparse(file: CachedFile, isSparse: boolean, caller: Caller): Awaitable<FileInfo> {
    return this.#set(file, () => this.#inner.setSparse(file.file, isSparse, caller));
  }

  getAllocatedRanges(
    file: CachedFile,
    offset: number,
    length: number,
    caller: Caller,
  ): Awaitable<readonly AllocatedRange[]> {
    return this.#inner.getAllocatedRanges(file.file, offset, length, caller);
  }

  setZeroData(
    file: CachedFile,
    offset: number,
    length: number,
    caller: Caller,
  ): Awaitable<FileInfo> {
    return this.#set(file, () => this.#inner.setZeroData(file.file, offset, length, caller));
  }

  canDelete(file: CachedFile, path: string, caller: Caller): Awaitable<void> {
    return this.#inner.canDelete(file.file, path, caller);
  }

  rename(file: CachedFile, path: string, params: RenameParams, caller: Caller): Awaitable<void> {
    const settle = () => {
      this.#nameChanged(path, true);
      this.#nameChanged(params.newPath, true);
    };
    return finish(
      () => this.#inner.rename(file.file, path, params, caller),
      () => {
        settle();
        if (!isStreamPath(path)) this.#files.move(this.#keyOf(path), this.#keyOf(params.newPath));
      },
      settle,
    );
  }

  link(
    file: CachedFile,
    newPath: string,
    replaceIfExists: boolean,
    caller: Caller,
  ): Awaitable<FileInfo> {
    const settle = () => {
      this.#nameChanged(newPath, false);
      this.#files.loseName(this.#keyOf(newPath), false);
      this.#files.gainName(file);
      this.#kept.dropEverything();
    };
    return finish(
      () => this.#inner.link(file.file, newPath, replaceIfExists, caller),
      settle,
      settle,
    );
  }

  getLinks(file: CachedFile, caller: Caller): Awaitable<readonly LinkInfo[]> {
    return this.#inner.getLinks(file.file, caller);
  }

  getSecurity(file: CachedFile, caller: Caller): Awaitable<Uint8Array> {
    return this.#tell(this.#kept.descriptors, file, () =>
      this.#inner.getSecurity(file.file, caller),
    );
  }

  setSecurity(file: CachedFile, descriptor: Uint8Array, caller: Caller): Awaitable<void> {
    return this.#change(file, () => this.#inner.setSecurity(file.file, descriptor, caller));
  }

  readDirectory(
    file: CachedFile,
    pattern: string | undefined,
    caller: Caller,
  ): Iterable<DirectoryEntry> | AsyncIterable<DirectoryEntry> {
    const kept = this.#keptListing(file, caller);
    if (kept !== undefined) return kept.entries.values();
    const key = this.#keyOfListing(file);
    const isWhole = pattern === undefined || pattern === "*";
    const filling = key !== undefined && isWhole ? this.#kept.listings.begin(key) : undefined;
    const entries = this.#inner.readDirectory(file.file, pattern, caller);
    if (filling === undefined) return entries;
    const fold = (name: string) => this.#fold(name);
    const collected = new CollectedListing(caller.userSid, fold, (listing) => {
      this.#kept.listings.end(filling, listing);
    });
    return Symbol.iterator in entries
      ? collecting(entries[Symbol.iterator](), collected)
      : collectingLate(entries[Symbol.asyncIterator](), collected);
  }

  /** What is kept of the entries will do; names alone are not kept. */
  readDirectoryNames(
    file: CachedFile,
    caller: Caller,
  ): Iterable<DirectoryName> | AsyncIterable<DirectoryName> {
    return (
      this.#keptListing(file, caller)?.entries.values() ??
      this.#inner.readDirectoryNames(file.file, caller)
    );
  }

  #keptListing(file: CachedFile, { userSid }: Caller): Listing | undefined {
    const key = this.#keyOfListing(file);
    const kept = key === undefined ? undefined : this.#kept.listings.get(key);
    return kept?.userSid === userSid ? kept : undefined;
  }

  /** Undefined where its listing is not kept. */
  #keyOfListing({ key, hasUnknownNames }: CachedFile): string | undefined {
    return this.#kept.listings.isOn && !hasUnknownNames ? key : undefined;
  }

  getDirectoryEntry(
    file: CachedFile,
    name: string,
    caller: Caller,
  ): Awaitable<DirectoryEntry | undefined> {
    const ask = () => this.#inner.getDirectoryEntry(file.file, name, caller);
    const { userSid } = caller;
    if (file.key === undefined || file.hasUnknownNames) return ask();
    const listing = this.#kept.listings.get(file.key);
    if (listing?.userSid === userSid) return listing.entries.get(this.#fold(name));
    const key = joinPath(file.key, this.#fold(name));
    const kept = this.#kept.entries.get(key);
    if (kept?.userSid === userSid) return kept.entry;
    const filling = this.#kept.entries.begin(key);
    return finish(
      ask,
      (entry) => {
        this.#kept.entries.end(filling, { userSid, entry });
      },
      () => {
        this.#kept.entries.end(filling, undefined);
      },
    );
  }

  getStreams(file: CachedFile, caller: Caller): Awaitable<readonly StreamInfo[]> {
    return this.#tell(this.#kept.streams, file, () => this.#inner.getStreams(file.file, caller));
  }

  getExtendedAttributes(file: CachedFile, caller: Caller): Awaitable<readonly ExtendedAttribute[]> {
    const ask = () => this.#inner.getExtendedAttributes(file.file, caller);
    return this.#tell(this.#kept.extendedAttributes, file, ask);
  }

  setExtendedAttributes(
    file: CachedFile,
    attributes: readonly ExtendedAttribute[],
    caller: Caller,
  ): Awaitable<FileInfo> {
    return this.#set(file, () => this.#inner.setExtendedAttributes(file.file, attributes, caller));
  }

  getReparsePoint(file: CachedFile, caller: Caller): Awaitable<Uint8Array> {
    return this.#inner.getReparsePoint(file.file, caller);
  }

  getReparsePointByName(path: string, caller: Caller): Awaitable<Uint8Array | undefined> {
    return this.#inner.getReparsePointByName(path, caller);
  }

  setReparsePoint(file: CachedFile, data: Uint8Array, caller: Caller): Awaitable<void> {
    return this.#changeBelow(file, () => this.#inner.setReparsePoint(file.file, data, caller));
  }

  deleteReparsePoint(file: CachedFile, data: Uint8Array, caller: Caller): Awaitable<void> {
    return this.#changeBelow(file, () => this.#inner.deleteReparsePoint(file.file, data, caller));
  }

  getObjectId(file: CachedFile, caller: Caller): Awaitable<Uint8Array> {
    return this.#inner.getObjectId(file.file, caller);
  }

  control(
    file: CachedFile,
    code: number,
    input: Uint8Array,
    caller: Caller,
  ): Awaitable<Uint8Array> {
    return this.#changeBelow(file, () => this.#inner.control(file.file, code, input, caller));
  }

  /** What is kept of a file; else what it answers now. */
  #tell<V>(cache: TimedCache<V>, file: CachedFile, ask: () => Awaitable<V>): Awaitable<V> {
    const key = infoKey(file);
    if (key === undefined) return ask();
    return cache.get(key) ?? this.#fill(cache, key, ask);
  }

  /** Asks, and keeps the answer. */
  #fill<V>(cache: TimedCache<V>, key: string, ask: () => Awaitable<V>): Awaitable<V> {
    const filling = cache.begin(key);
    return finish(
      ask,
      (value) => {
        cache.end(filling, value);
      },
      () => {
        cache.end(filling, undefined);
      },
    );
  }

  /** A change that answers what the file is then. */
  #set(file: CachedFile, call: () => Awaitable<FileInfo>): Awaitable<FileInfo> {
    return this.#change(file, call, (info) => info);
  }

  /**
   * A change, done or failed, drops what is kept of the file. What it answers is kept only if no other
   * change was done meanwhile, as nobody knows which of the two came last.
   */
  #change<T>(
    file: CachedFile,
    call: () => Awaitable<T>,
    infoOf: (result: T) => FileInfo | undefined = () => undefined,
  ): Awaitable<T> {
    const key = infoKey(file);
    const filling = key === undefined ? undefined : this.#kept.infos.begin(key);
    const settle = (info: FileInfo | undefined) => {
      const wasOvertaken = filling?.isStale === true;
      this.#changed(file);
      if (filling !== undefined) {
        filling.isStale = wasOvertaken;
        this.#kept.infos.end(filling, info);
      }
    };
    return finish(
      call,
      (result) => {
        settle(infoOf(result));
      },
      () => {
        settle(undefined);
      },
    );
  }

  /** A change that may make other files of the names below. */
  #changeBelow<T>(file: CachedFile, call: () => Awaitable<T>): Awaitable<T> {
    const settle = () => {
      this.#changed(file);
      if (file.key !== undefined) this.#kept.dropBelow(file.key);
    };
    return finish(call, settle, settle);
  }

  #opening(path: string, open: () => Awaitable<Opened<unknown>>): Awaitable<Opened<CachedFile>> {
    const key = this.#keyOf(path);
    const filling = this.#kept.infos.begin(key);
    const opening = finish(
      open,
      (opened) => {
        this.#kept.infos.end(filling, isStreamPath(key) ? undefined : opened.info);
      },
      () => {
        this.#kept.infos.end(filling, undefined);
        this.#kept.drop(splitStreamPath(key).filePath); // it is not what it was thought to be
      },
    );
    return after(opening, (opened) => this.#opened(opened, opened.normalizedPath ?? path));
  }

  #opened(opened: Opened<unknown>, path: string | undefined): Opened<CachedFile> {
    const { info, file: inner } = opened;
    const file: CachedFile = {
      file: inner,
      key: path === undefined ? undefined : this.#fileKeyOf(path),
      isStream: path !== undefined && isStreamPath(path),
      hasUnknownNames: path === undefined || info.hardLinks > 1,
    };
    this.#files.add(file);
    return { ...opened, file };
  }

  /** The file system tells what happened behind the kernel's back, or repeats what was done through it. */
  #changedElsewhere({ path, action }: Change): void {
    this.#nameChanged(path, true);
    if (NAME_GOES.includes(action)) this.#files.loseName(this.#fileKeyOf(path), true);
  }

  /** A file is not what it was. */
  #changed({ key, hasUnknownNames }: CachedFile): void {
    if (hasUnknownNames) this.#kept.dropEverything();
    else if (key === undefined) this.#kept.dropVolume();
    else this.#kept.drop(key);
  }

  /** See {@link KeptMetadata.nameChanged}. */
  #nameChanged(path: string, mayLeadOn: boolean): void {
    this.#kept.nameChanged(this.#fileKeyOf(path), mayLeadOn);
  }

  /** What is kept of a file, or of the file of a stream, is kept under. */
  #fileKeyOf(path: string): string {
    return splitStreamPath(this.#keyOf(path)).filePath;
  }

  #keyOf(path: string): string {
    return this.#fold(path);
  }

  #fold(name: string): string {
    return this.#isCaseSensitive ? name : foldName(name);
  }
}

/** After these a name is another file's, or nobody's. */
const NAME_GOES: readonly ChangeAction[] = [
  ChangeAction.REMOVED,
  ChangeAction.RENAMED_OLD_NAME,
  ChangeAction.RENAMED_NEW_NAME,
];

function isStreamPath(path: string): boolean {
  return path.includes(":");
}
