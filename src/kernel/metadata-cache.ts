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
import {
  foldName,
  joinPath,
  NtStatus,
  parentPath,
  splitStreamPath,
  statusOf,
} from "../nt/index.js";
import type { Clock } from "./clock.js";
import {
  MAX_CACHED_DIRECTORIES,
  MAX_CACHED_DIRECTORY_ENTRIES,
  MAX_CACHED_NAMES,
} from "./limits.js";
import { TimedCache } from "./timed-cache.js";

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

/** An open file, and the name it is kept under. */
interface CachedFile {
  /** What the file system knows it by. */
  readonly file: unknown;
  /** Folded, without its stream; undefined where it has none any more, or none that is known. */
  key: string | undefined;
  readonly isStream: boolean;
  /** It may change under names that are not known: all that is kept goes when it does. */
  hasUnknownNames: boolean;
}

/** What a lookup came to: what is there, or why nothing is; for one user, as others may see otherwise. */
type Lookup = { readonly userSid: string } & (
  | { readonly found: SecurityByName; readonly error?: undefined }
  | { readonly found?: undefined; readonly error: Error }
);

/** One name in a directory, or that there is none. */
interface OneEntry {
  readonly userSid: string;
  readonly entry: DirectoryEntry | undefined;
}

/** A whole directory, by folded names, in its order. */
interface Listing {
  readonly userSid: string;
  readonly entries: ReadonlyMap<string, DirectoryEntry>;
}

const VOLUME = "";

/** Every method is here; what the file system lacks is hidden, as its methods are its capabilities. */
class MetadataCache implements Required<FileSystem<CachedFile>> {
  readonly volumeParams: Partial<VolumeParams>;
  readonly #inner: Required<FileSystem>;
  readonly #isCaseSensitive: boolean;
  readonly #infos: TimedCache<FileInfo>;
  readonly #streams: TimedCache<readonly StreamInfo[]>;
  readonly #extendedAttributes: TimedCache<readonly ExtendedAttribute[]>;
  readonly #lookups: TimedCache<Lookup>;
  readonly #descriptors: TimedCache<Uint8Array>;
  readonly #entries: TimedCache<OneEntry>;
  readonly #listings: TimedCache<Listing>;
  readonly #volumeInfo: TimedCache<VolumeInfo>;
  /** Open files by their names. */
  readonly #files = new Map<string, Set<CachedFile>>();

  constructor(inner: FileSystem, params: VolumeParams, clock: Clock) {
    this.#inner = inner as Required<FileSystem>;
    this.volumeParams = inner.volumeParams ?? {};
    this.#isCaseSensitive = params.isCaseSensitive;
    const cache = <V>(timeoutMs: number, maxEntries: number) =>
      new TimedCache<V>({ timeoutMs, maxEntries, clock });
    this.#infos = cache(params.fileInfoTimeoutMs, MAX_CACHED_NAMES);
    this.#streams = cache(params.fileInfoTimeoutMs, MAX_CACHED_NAMES);
    this.#extendedAttributes = cache(params.fileInfoTimeoutMs, MAX_CACHED_NAMES);
    this.#lookups = cache(params.securityTimeoutMs, MAX_CACHED_NAMES);
    this.#descriptors = cache(params.securityTimeoutMs, MAX_CACHED_NAMES);
    this.#entries = cache(params.directoryTimeoutMs, MAX_CACHED_NAMES);
    this.#listings = cache(params.directoryTimeoutMs, MAX_CACHED_DIRECTORIES);
    this.#volumeInfo = cache(params.volumeInfoTimeoutMs, 1);
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
      this.#volumeInfo.get(VOLUME) ??
      this.#fill(this.#volumeInfo, VOLUME, () => this.#inner.getVolumeInfo())
    );
  }

  setVolumeLabel(label: string, caller: Caller): Awaitable<VolumeInfo> {
    return finish(
      () => this.#inner.setVolumeLabel(label, caller),
      () => {
        this.#volumeInfo.drop(VOLUME);
      },
    );
  }

  getSecurityByName(path: string, caller: Caller): Awaitable<SecurityByName> {
    const key = this.#keyOf(path);
    if (isStreamPath(key)) return this.#inner.getSecurityByName(path, caller);
    const { userSid } = caller;
    const kept = this.#lookups.get(key);
    if (kept?.userSid === userSid) {
      if (kept.found === undefined) throw kept.error;
      return kept.found;
    }
    const filling = this.#lookups.begin(key);
    return finish(
      () => this.#inner.getSecurityByName(path, caller),
      (found) => {
        this.#lookups.end(filling, { userSid, found });
      },
      (error) => {
        const isMissing = statusOf(error) === NtStatus.OBJECT_NAME_NOT_FOUND;
        const kept = isMissing && error instanceof Error ? { userSid, error } : undefined;
        this.#lookups.end(filling, kept);
      },
    );
  }

  open(path: string, params: OpenParams, caller: Caller): Awaitable<Opened<CachedFile>> {
    return this.#opening(path, () => this.#inner.open(path, params, caller));
  }

  openByFileId(fileId: bigint, params: OpenParams, caller: Caller): Awaitable<Opened<CachedFile>> {
    const opening = this.#inner.openByFileId(fileId, params, caller);
    return then(opening, (opened) => this.#opened(opened, opened.normalizedPath));
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
      if (!isStreamPath(path)) this.#loseName(this.#keyOf(path), false);
    };
    return finish(() => this.#inner.cleanup(file.file, path, params, caller), settle, settle);
  }

  close(file: CachedFile): Awaitable<void> {
    this.#unregister(file);
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
    return this.#tell(this.#infos, file, () => this.#inner.getFileInfo(file.file, caller));
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
        if (!isStreamPath(path)) this.#move(this.#keyOf(path), this.#keyOf(params.newPath));
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
      this.#loseName(this.#keyOf(newPath), false);
      this.#gainName(file);
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
    return this.#tell(this.#descriptors, file, () => this.#inner.getSecurity(file.file, caller));
  }

  setSecurity(file: CachedFile, descriptor: Uint8Array, caller: Caller): Awaitable<void> {
    return this.#change(file, () => this.#inner.setSecurity(file.file, descriptor, caller));
  }

  readDirectory(
    file: CachedFile,
    pattern: string | undefined,
    caller: Caller,
  ): Iterable<DirectoryEntry> | AsyncIterable<DirectoryEntry> {
    const { key } = file;
    const { userSid } = caller;
    const isCached = this.#listings.isOn && key !== undefined && !file.hasUnknownNames;
    const kept = isCached ? this.#listings.get(key) : undefined;
    if (kept?.userSid === userSid) return kept.entries.values();
    const isWhole = pattern === undefined || pattern === "*";
    const filling = isCached && isWhole ? this.#listings.begin(key) : undefined;
    const entries = this.#inner.readDirectory(file.file, pattern, caller);
    if (filling === undefined) return entries;
    const fold = (name: string) => this.#fold(name);
    const collected = new CollectedListing(userSid, fold, (listing) => {
      this.#listings.end(filling, listing);
    });
    return Symbol.iterator in entries
      ? collecting(entries[Symbol.iterator](), collected)
      : collectingLate(entries[Symbol.asyncIterator](), collected);
  }

  getDirectoryEntry(
    file: CachedFile,
    name: string,
    caller: Caller,
  ): Awaitable<DirectoryEntry | undefined> {
    const ask = () => this.#inner.getDirectoryEntry(file.file, name, caller);
    const { userSid } = caller;
    if (file.key === undefined || file.hasUnknownNames) return ask();
    const listing = this.#listings.get(file.key);
    if (listing?.userSid === userSid) return listing.entries.get(this.#fold(name));
    const key = joinPath(file.key, this.#fold(name));
    const kept = this.#entries.get(key);
    if (kept?.userSid === userSid) return kept.entry;
    const filling = this.#entries.begin(key);
    return finish(
      ask,
      (entry) => {
        this.#entries.end(filling, { userSid, entry });
      },
      () => {
        this.#entries.end(filling, undefined);
      },
    );
  }

  getStreams(file: CachedFile, caller: Caller): Awaitable<readonly StreamInfo[]> {
    return this.#tell(this.#streams, file, () => this.#inner.getStreams(file.file, caller));
  }

  getExtendedAttributes(file: CachedFile, caller: Caller): Awaitable<readonly ExtendedAttribute[]> {
    const ask = () => this.#inner.getExtendedAttributes(file.file, caller);
    return this.#tell(this.#extendedAttributes, file, ask);
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
    const filling = key === undefined ? undefined : this.#infos.begin(key);
    const settle = (info: FileInfo | undefined) => {
      const wasOvertaken = filling?.isStale === true;
      this.#changed(file);
      if (filling !== undefined) {
        filling.isStale = wasOvertaken;
        this.#infos.end(filling, info);
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
      if (file.key !== undefined) this.#dropBelow(file.key);
    };
    return finish(call, settle, settle);
  }

  #opening(path: string, open: () => Awaitable<Opened<unknown>>): Awaitable<Opened<CachedFile>> {
    const key = this.#keyOf(path);
    const filling = this.#infos.begin(key);
    const opening = finish(
      open,
      (opened) => {
        this.#infos.end(filling, isStreamPath(key) ? undefined : opened.info);
      },
      () => {
        this.#infos.end(filling, undefined);
        this.#drop(splitStreamPath(key).filePath); // it is not what it was thought to be
      },
    );
    return then(opening, (opened) => this.#opened(opened, opened.normalizedPath ?? path));
  }

  #opened(opened: Opened<unknown>, path: string | undefined): Opened<CachedFile> {
    const { info, file: inner } = opened;
    const file: CachedFile = {
      file: inner,
      key: path === undefined ? undefined : splitStreamPath(this.#keyOf(path)).filePath,
      isStream: path !== undefined && isStreamPath(path),
      hasUnknownNames: path === undefined || info.hardLinks > 1,
    };
    this.#register(file);
    return { ...opened, file };
  }

  #register(file: CachedFile): void {
    if (file.key === undefined) return;
    const others = this.#files.get(file.key);
    if (others === undefined) this.#files.set(file.key, new Set([file]));
    else others.add(file);
  }

  #unregister(file: CachedFile): void {
    if (file.key === undefined) return;
    const files = this.#files.get(file.key);
    files?.delete(file);
    if (files?.size === 0) this.#files.delete(file.key);
  }

  /** The files under a name have it no more. */
  #loseName(key: string, hasUnknownNames: boolean): void {
    for (const file of this.#files.get(key) ?? []) {
      file.key = undefined;
      file.hasUnknownNames ||= hasUnknownNames;
    }
    this.#files.delete(key);
  }

  /** A file has one more name: what is kept under the one is not dropped by changes under the other. */
  #gainName(file: CachedFile): void {
    const files = file.key === undefined ? undefined : this.#files.get(file.key);
    for (const same of files ?? [...this.#files.values()].flatMap((some) => [...some])) {
      same.hasUnknownNames = true;
    }
    this.#dropEverything();
  }

  /** Open files move along with a name, their own or one above it. */
  #move(from: string, to: string): void {
    if (from === to) return;
    this.#loseName(to, false);
    for (const [key, files] of [...this.#files]) {
      if (key !== from && !key.startsWith(`${from}\\`)) continue;
      this.#files.delete(key);
      for (const file of files) {
        file.key = to + key.slice(from.length);
        this.#register(file);
      }
    }
  }

  /** The file system tells what happened behind the kernel's back, or repeats what was done through it. */
  #changedElsewhere({ path, action }: Change): void {
    this.#nameChanged(path, true);
    if (NAME_GOES.includes(action))
      this.#loseName(splitStreamPath(this.#keyOf(path)).filePath, true);
  }

  /** A file is not what it was. */
  #changed({ key, hasUnknownNames }: CachedFile): void {
    if (hasUnknownNames) this.#dropEverything();
    else if (key === undefined) this.#volumeInfo.drop(VOLUME);
    else this.#drop(key);
  }

  /**
   * A name came, went, or is another file's: its directory is not what it was, either.
   *
   * @param mayLeadOn - it is, or was, that of a directory or link, so that names below it mean something else
   */
  #nameChanged(path: string, mayLeadOn: boolean): void {
    const key = splitStreamPath(this.#keyOf(path)).filePath;
    this.#drop(key);
    this.#drop(parentPath(key));
    if (mayLeadOn) this.#dropBelow(key);
  }

  /** What is kept of a file, and what its directory tells of it. */
  #drop(key: string): void {
    for (const cache of this.#ofFiles()) cache.drop(key);
    this.#listings.drop(parentPath(key));
    this.#volumeInfo.drop(VOLUME);
  }

  #dropBelow(key: string): void {
    const prefix = key === "\\" ? key : `${key}\\`;
    for (const cache of this.#ofFiles()) cache.dropAll(prefix);
    this.#listings.dropAll(prefix);
    this.#listings.drop(key);
  }

  #dropEverything(): void {
    for (const cache of this.#ofFiles()) cache.dropAll("");
    this.#listings.dropAll("");
    this.#volumeInfo.drop(VOLUME);
  }

  /** All that is kept under the name of a file. */
  #ofFiles() {
    return [
      this.#infos,
      this.#streams,
      this.#extendedAttributes,
      this.#lookups,
      this.#descriptors,
      this.#entries,
    ];
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

/** What is kept of an open file is kept under; undefined where nothing is. */
function infoKey({ key, isStream, hasUnknownNames }: CachedFile): string | undefined {
  return isStream || hasUnknownNames ? undefined : key;
}

/** Does something when a call is done, or has failed; at once where it answers at once. */
function finish<T>(
  call: () => Awaitable<T>,
  done: (value: T) => void,
  failed: (error: unknown) => void = () => undefined,
): Awaitable<T> {
  let value: Awaitable<T>;
  try {
    value = call();
  } catch (error) {
    failed(error);
    throw error;
  }
  if (!(value instanceof Promise)) {
    done(value);
    return value;
  }
  const late = (it: T) => {
    done(it);
    return it;
  };
  return value.then(late, (error: unknown) => {
    failed(error);
    throw error;
  });
}

function then<T, R>(value: Awaitable<T>, next: (value: T) => R): Awaitable<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** A listing that is being told, and kept when it is whole and not too long. */
class CollectedListing {
  readonly #userSid: string;
  readonly #fold: (name: string) => string;
  readonly #end: (listing: Listing | undefined) => void;
  readonly #entries = new Map<string, DirectoryEntry>();
  #isTooLong = false;
  #isEnded = false;

  constructor(
    userSid: string,
    fold: (name: string) => string,
    end: (listing: Listing | undefined) => void,
  ) {
    this.#userSid = userSid;
    this.#fold = fold;
    this.#end = end;
  }

  add(step: IteratorResult<DirectoryEntry>): IteratorResult<DirectoryEntry> {
    if (step.done === true) {
      this.end(this.#isTooLong ? undefined : { userSid: this.#userSid, entries: this.#entries });
    } else if (this.#entries.size < MAX_CACHED_DIRECTORY_ENTRIES) {
      this.#entries.set(this.#fold(step.value.name), step.value);
    } else {
      this.#isTooLong = true;
    }
    return step;
  }

  end(listing?: Listing): void {
    if (!this.#isEnded) this.#end(listing);
    this.#isEnded = true;
  }
}

function collecting(
  entries: Iterator<DirectoryEntry>,
  collected: CollectedListing,
): Iterable<DirectoryEntry> {
  return {
    [Symbol.iterator]: () => ({
      next: () => {
        try {
          return collected.add(entries.next());
        } catch (error) {
          collected.end();
          throw error;
        }
      },
      return: (value?: unknown) => {
        collected.end();
        return entries.return?.(value) ?? { done: true, value };
      },
    }),
  };
}

function collectingLate(
  entries: AsyncIterator<DirectoryEntry>,
  collected: CollectedListing,
): AsyncIterable<DirectoryEntry> {
  return {
    [Symbol.asyncIterator]: () => ({
      next: async () => {
        try {
          return collected.add(await entries.next());
        } catch (error) {
          collected.end();
          throw error;
        }
      },
      return: async (value?: unknown) => {
        collected.end();
        return (await entries.return?.(value)) ?? { done: true, value };
      },
    }),
  };
}
