import {
  callPart,
  chain,
  type Entries,
  type FileSystemOperation,
  ifMissing,
  leastPromises,
  MAX_PARTS,
  type OperationOf,
  PartIds,
  readingParams,
  refuse,
  startParts,
  stopParts,
  withOperations,
} from "../../delegation/index.js";
import {
  type AllocatedRange,
  type Awaitable,
  type BasicInfo,
  type Caller,
  type Change,
  type CleanupParams,
  type CreateParams,
  DEFAULT_VOLUME_PARAMS,
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
} from "../../fs/index.js";
import {
  descriptorOfSddl,
  FILE_ATTRIBUTE_DIRECTORY,
  FILE_ATTRIBUTE_REPARSE_POINT,
  NtStatus,
  splitPath,
  ticksOfMs,
} from "../../nt/index.js";
import { type Location, MountTable, type Part, type Place } from "./mount-table.js";

/** An open file. */
export interface MountedFile {
  /** Undefined of a directory that no file system has: it leads to what is mounted below. */
  readonly part: Part | undefined;
  /** What the part knows it by. */
  readonly file: unknown;
  /** Set of a directory that something is mounted on or below. */
  readonly place: Place | undefined;
}

/**
 * Several file systems as one tree.
 *
 * Each directory that something is mounted on is there, whatever the file system around it has by that name. Nothing is
 * renamed or linked from one file system to another: NOT_SAME_DEVICE, and clients copy instead. What something is
 * mounted on or below is neither renamed nor deleted.
 *
 * What clients ask of a volume as a whole it can do if all parts can: named streams, extended attributes, sparse files,
 * hard links, object ids. All else it can do if one can, and is refused where the part cannot. It is
 * case-sensitive if a part is. Its size is the sum of all; its label, that of the root.
 *
 * @param parts - by the paths of their directories, `\` or `/` between names; the root is `\`, and may be left out
 * @throws Error whose message says what to do, where the parts do not go together
 *
 * @example
 * ```ts
 * await serve(mounts({ "\\": memory(), docs: readOnly(dir({ ... })), "work/data": fromNodeFs(fs) }));
 * ```
 */
export function mounts(parts: Readonly<Record<string, FileSystem>>): FileSystem<MountedFile> {
  const table = new MountTable(parts);
  const fileSystem = new MountedFileSystem(table);
  return withOperations<MountedFile>(fileSystem, (operation) => canDo(table, operation));
}

/** What a volume can do only if all of it can. */
const OF_ALL: ReadonlySet<FileSystemOperation> = new Set([
  "readViews",
  "readDirectoryNames",
  "getDirectoryEntry",
  "getStreams",
  "getExtendedAttributes",
  "setExtendedAttributes",
  "setSparse",
  "getAllocatedRanges",
  "setZeroData",
  "link",
  "getLinks",
  "getObjectId",
]);

/** What is done here, whatever the parts can do. */
const OF_ITSELF: ReadonlySet<FileSystemOperation> = new Set([
  "start",
  "stop",
  "getSecurityByName",
  "canDelete",
  "readDirectory",
  "close",
]);

function canDo({ parts, root }: MountTable, operation: FileSystemOperation): boolean {
  if (OF_ITSELF.has(operation)) return true;
  if (operation === "setVolumeLabel") return root.part?.fileSystem.setVolumeLabel !== undefined;
  const has = ({ fileSystem }: Part) => fileSystem[operation] !== undefined;
  return OF_ALL.has(operation) ? parts.every(has) : parts.some(has);
}

/** The number of the part that directories are in which no file system has. */
const NO_PART = MAX_PARTS;

/** Every method is here; what the volume cannot do is left out of what `mounts` gives. */
class MountedFileSystem implements Required<FileSystem<MountedFile>> {
  readonly volumeParams: Partial<VolumeParams>;
  readonly #table: MountTable;
  readonly #ids = new PartIds();
  readonly #madeTicks = ticksOfMs(Date.now());
  readonly #everybody = descriptorOfSddl(
    "O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;WD)",
  );

  constructor(table: MountTable) {
    this.#table = table;
    this.volumeParams = volumeParamsOf(table);
  }

  start(notify: Notify): Promise<void> {
    return startParts(
      this.#table.parts.map((part) => ({
        fileSystem: part.fileSystem,
        notify: (changes) => {
          notify(changes.flatMap((change) => this.#visibleChange(part, change)));
        },
      })),
    );
  }

  /** What is hidden behind something that is mounted there is not told. */
  #visibleChange(part: Part, change: Change): Change[] {
    const path = this.#table.pathOf(part, change.path);
    return this.#table.find(path).part === part ? [{ ...change, path }] : [];
  }

  stop(): Promise<void> {
    return stopParts(this.#table.parts.map(({ fileSystem }) => fileSystem));
  }

  getVolumeInfo(): Awaitable<VolumeInfo> {
    const { parts, root } = this.#table;
    const infos = parts.map(({ fileSystem }) => fileSystem.getVolumeInfo());
    return chain(all(infos), (found) => ({
      totalSize: found.reduce((sum, { totalSize }) => sum + totalSize, 0),
      freeSize: found.reduce((sum, { freeSize }) => sum + freeSize, 0),
      label: root.part === undefined ? "" : (found[0]?.label ?? ""),
    }));
  }

  setVolumeLabel(label: string, caller: Caller): Awaitable<VolumeInfo> {
    const { part } = this.#table.root;
    if (part === undefined) refuse(NtStatus.INVALID_DEVICE_REQUEST);
    const set = callPart(changeable(part).fileSystem, "setVolumeLabel", label, caller);
    return chain(set, () => this.getVolumeInfo());
  }

  getSecurityByName(path: string, caller: Caller): Awaitable<SecurityByName> {
    const location = this.#table.find(path);
    const { part, place } = location;
    const found = this.#lookUp(location, caller);
    return chain(found, (security) => {
      if (part === undefined || security.reparseAt === undefined) return security;
      if (place !== undefined) return { fileAttributes: FILE_ATTRIBUTE_DIRECTORY };
      return { ...security, reparseAt: security.reparseAt + splitPath(part.place.path).length };
    });
  }

  #lookUp(location: Location, caller: Caller): Awaitable<SecurityByName> {
    const { part, path, place } = location;
    if (place === undefined) return this.#inPart(location, (fs) => lookUpIn(fs, path, caller));
    const none = { fileAttributes: FILE_ATTRIBUTE_DIRECTORY };
    if (part === undefined) return none;
    const found = ifMissing(
      () => lookUpIn(part.fileSystem, path, caller),
      () => none,
    );
    return place.part === part
      ? found
      : chain(found, (inPart) => (isDirectory(inPart) ? inPart : none));
  }

  open(path: string, params: OpenParams, caller: Caller): Awaitable<Opened<MountedFile>> {
    const location = this.#table.find(path);
    if (location.place !== undefined) return this.#openPlace(location.place, path, params, caller);
    return this.#inPart(location, (fs, part) =>
      chain(fs.open(location.path, paramsIn(part, params), caller), (opened) =>
        this.#opened(part, opened, { asked: path, inPart: location.path, place: undefined }),
      ),
    );
  }

  /** A place is there in any case: as what is mounted on it, or what is around it has it, or else by itself. */
  #openPlace(
    place: Place,
    asked: string,
    params: OpenParams,
    caller: Caller,
  ): Awaitable<Opened<MountedFile>> {
    const { part, path } = this.#table.find(place.path);
    if (part === undefined) return this.#openedPlace(place, asked);
    if (place.part === part) {
      return chain(part.fileSystem.open(path, paramsIn(part, params), caller), (opened) =>
        this.#opened(part, opened, { asked, inPart: path, place }),
      );
    }
    const opening = ifMissing(
      () => part.fileSystem.open(path, paramsIn(part, params), caller),
      () => undefined,
    );
    return chain(opening, (opened): Awaitable<Opened<MountedFile>> => {
      if (opened === undefined) return this.#openedPlace(place, asked);
      if (isDirectory(opened.info))
        return this.#opened(part, opened, { asked, inPart: path, place });
      return chain(part.fileSystem.close?.(opened.file), () => this.#openedPlace(place, asked));
    });
  }

  openByFileId(fileId: bigint, params: OpenParams, caller: Caller): Awaitable<Opened<MountedFile>> {
    const known = this.#ids.fileOf(fileId);
    if (known === undefined) refuse(NtStatus.INVALID_PARAMETER);
    if (known.part === NO_PART) {
      const place = this.#table.places.find(({ serial }) => BigInt(serial) === known.idInPart);
      if (place === undefined) refuse(NtStatus.INVALID_PARAMETER);
      return this.#openPlace(place, "", params, caller);
    }
    const part = this.#table.parts.find(({ index }) => index === known.part);
    if (part?.fileSystem.openByFileId === undefined) refuse(NtStatus.INVALID_PARAMETER);
    const opening = part.fileSystem.openByFileId(known.idInPart, paramsIn(part, params), caller);
    return chain(opening, (opened) => {
      const inPart = opened.normalizedPath ?? "\\";
      const location = this.#table.find(this.#table.pathOf(part, inPart));
      if (location.part === part) {
        return this.#opened(part, opened, { asked: "", inPart, place: location.place });
      }
      return chain(part.fileSystem.close?.(opened.file), () => refuse(NtStatus.INVALID_PARAMETER));
    });
  }

  create(path: string, params: CreateParams, caller: Caller): Awaitable<Opened<MountedFile>> {
    const location = this.#table.find(path);
    if (location.place !== undefined) refuse(NtStatus.OBJECT_NAME_COLLISION);
    return this.#makeIn(location, (part) =>
      chain(callPart(part.fileSystem, "create", location.path, params, caller), (opened) =>
        this.#opened(part, opened, { asked: path, inPart: location.path, place: undefined }),
      ),
    );
  }

  overwrite(file: MountedFile, params: OverwriteParams, caller: Caller): Awaitable<FileInfo> {
    return this.#change(file, "overwrite", params, caller);
  }

  cleanup(
    { part, file, place }: MountedFile,
    path: string,
    params: CleanupParams,
    caller: Caller,
  ): Awaitable<void> {
    if (part?.fileSystem.cleanup === undefined) return;
    const isDelete = params.isDelete && place === undefined && !part.isReadOnly;
    const inPart = this.#table.find(path).path;
    return part.fileSystem.cleanup(file, inPart, { ...params, isDelete }, caller);
  }

  close({ part, file }: MountedFile): Awaitable<void> {
    return part?.fileSystem.close?.(file);
  }

  read(
    { part, file }: MountedFile,
    target: Uint8Array,
    offset: number,
    caller: Caller,
  ): Awaitable<number> {
    return callPart(partOf(part).fileSystem, "read", file, target, offset, caller);
  }

  readViews(
    { part, file }: MountedFile,
    offset: number,
    length: number,
    caller: Caller,
  ): readonly Uint8Array[] {
    return callPart(partOf(part).fileSystem, "readViews", file, offset, length, caller);
  }

  write(
    { part, file }: MountedFile,
    data: Uint8Array,
    offset: number,
    params: WriteParams,
    caller: Caller,
  ): Awaitable<Written> {
    const { fileSystem, index } = changeable(part);
    const writing = callPart(fileSystem, "write", file, data, offset, params, caller);
    return chain(writing, (written) => ({ ...written, info: this.#info(index, written.info) }));
  }

  flush(file: MountedFile | undefined, caller: Caller): Awaitable<void> {
    if (file !== undefined) return file.part?.fileSystem.flush?.(file.file, caller);
    const flushing = this.#table.parts.map(({ fileSystem }) =>
      fileSystem.flush?.(undefined, caller),
    );
    return chain(all(flushing), () => undefined);
  }

  getFileInfo({ part, file, place }: MountedFile, caller: Caller): Awaitable<FileInfo> {
    if (part === undefined) return this.#placeInfo(place ?? this.#table.root);
    return chain(part.fileSystem.getFileInfo(file, caller), (info) => this.#info(part.index, info));
  }

  setBasicInfo(file: MountedFile, basic: BasicInfo, caller: Caller): Awaitable<FileInfo> {
    return this.#change(file, "setBasicInfo", basic, caller);
  }

  setFileSize(file: MountedFile, fileSize: number, caller: Caller): Awaitable<FileInfo> {
    return this.#change(file, "setFileSize", fileSize, caller);
  }

  setAllocationSize(file: MountedFile, size: number, caller: Caller): Awaitable<FileInfo> {
    return this.#change(file, "setAllocationSize", size, caller);
  }

  setSparse(file: MountedFile, isSparse: boolean, caller: Caller): Awaitable<FileInfo> {
    return this.#change(file, "setSparse", isSparse, caller);
  }

  getAllocatedRanges(
    { part, file }: MountedFile,
    offset: number,
    length: number,
    caller: Caller,
  ): Awaitable<readonly AllocatedRange[]> {
    const { fileSystem } = partOf(part);
    return callPart(fileSystem, "getAllocatedRanges", file, offset, length, caller);
  }

  setZeroData(
    file: MountedFile,
    offset: number,
    length: number,
    caller: Caller,
  ): Awaitable<FileInfo> {
    return this.#change(file, "setZeroData", offset, length, caller);
  }

  canDelete({ part, file, place }: MountedFile, path: string, caller: Caller): Awaitable<void> {
    if (place !== undefined) refuse(NtStatus.CANNOT_DELETE);
    const { fileSystem } = changeable(part);
    return fileSystem.canDelete?.(file, this.#table.find(path).path, caller);
  }

  rename(
    { part, file, place }: MountedFile,
    path: string,
    params: RenameParams,
    caller: Caller,
  ): Awaitable<void> {
    if (place !== undefined) refuse(NtStatus.ACCESS_DENIED);
    const { fileSystem } = changeable(part);
    const to = this.#table.find(params.newPath);
    checkTarget(to, part, params.replaceIfExists);
    const from = this.#table.find(path).path;
    const how = { ...params, newPath: to.path };
    return this.#makeIn(to, () => callPart(fileSystem, "rename", file, from, how, caller));
  }

  link(
    { part, file, place }: MountedFile,
    newPath: string,
    replaceIfExists: boolean,
    caller: Caller,
  ): Awaitable<FileInfo> {
    if (place !== undefined) refuse(NtStatus.FILE_IS_A_DIRECTORY);
    const { fileSystem, index } = changeable(part);
    const to = this.#table.find(newPath);
    checkTarget(to, part, replaceIfExists);
    return this.#makeIn(to, () => {
      const linking = callPart(fileSystem, "link", file, to.path, replaceIfExists, caller);
      return chain(linking, (info) => this.#info(index, info));
    });
  }

  getLinks({ part, file, place }: MountedFile, caller: Caller): Awaitable<readonly LinkInfo[]> {
    if (part === undefined || place !== undefined) return [];
    return chain(callPart(part.fileSystem, "getLinks", file, caller), (links) =>
      links.map(({ directoryFileId, name }) => ({
        directoryFileId: this.#ids.idOf(part.index, directoryFileId),
        name,
      })),
    );
  }

  getSecurity({ part, file }: MountedFile, caller: Caller): Awaitable<Uint8Array> {
    if (part?.fileSystem.getSecurity === undefined) return this.#everybody;
    return part.fileSystem.getSecurity(file, caller);
  }

  setSecurity(
    { part, file }: MountedFile,
    descriptor: Uint8Array,
    caller: Caller,
  ): Awaitable<void> {
    return callPart(changeable(part).fileSystem, "setSecurity", file, descriptor, caller);
  }

  readDirectory(
    { part, file, place }: MountedFile,
    pattern: string | undefined,
    caller: Caller,
  ): Entries {
    const entries =
      part === undefined
        ? []
        : this.#shown(part, callPart(part.fileSystem, "readDirectory", file, pattern, caller));
    return this.#withPlaces(place, entries, caller);
  }

  readDirectoryNames({ part, file, place }: MountedFile, caller: Caller): Entries<DirectoryName> {
    const names =
      part === undefined
        ? []
        : this.#shown(part, callPart(part.fileSystem, "readDirectoryNames", file, caller));
    return this.#withPlaces(place, names, caller);
  }

  /** What a part lists, with the ids of the volume. */
  #shown<Entry extends DirectoryName>(part: Part, entries: Entries<Entry>): Entries<Entry> {
    const shown = (entry: Entry) => {
      if (entry.info.fileId === 0n) return entry; // not known, which it stays
      const info = this.#info(part.index, entry.info);
      return info === entry.info ? entry : { ...entry, info };
    };
    return Symbol.iterator in entries ? mapped(entries, shown) : mappedLate(entries, shown);
  }

  #withPlaces<Entry extends DirectoryName>(
    place: Place | undefined,
    entries: Entries<Entry>,
    caller: Caller,
  ): Entries<Entry | DirectoryEntry> {
    const hidden = place?.children;
    if (hidden === undefined || hidden.size === 0) return entries;
    return this.#listPlaces(hidden, entries, caller);
  }

  /** First what something is mounted on or below; of the rest, all that this does not hide. */
  async *#listPlaces<Entry extends DirectoryName>(
    places: ReadonlyMap<string, Place>,
    entries: Entries<Entry>,
    caller: Caller,
  ): AsyncGenerator<Entry | DirectoryEntry> {
    for (const place of places.values()) {
      yield { name: place.name, info: await this.#infoOfPlace(place, caller) };
    }
    for await (const entry of entries) {
      if (!places.has(this.#table.keyOf(entry.name))) yield entry;
    }
  }

  getDirectoryEntry(
    { part, file, place }: MountedFile,
    name: string,
    caller: Caller,
  ): Awaitable<DirectoryEntry | undefined> {
    const child = place?.children.get(this.#table.keyOf(name));
    if (child !== undefined) {
      const info = this.#infoOfPlace(child, caller);
      return chain(info, (known) => ({ name: child.name, info: known }));
    }
    if (part === undefined) return undefined;
    const entry = callPart(part.fileSystem, "getDirectoryEntry", file, name, caller);
    return chain(entry, (found) => found && { ...found, info: this.#info(part.index, found.info) });
  }

  getStreams({ part, file }: MountedFile, caller: Caller): Awaitable<readonly StreamInfo[]> {
    return part === undefined ? [] : callPart(part.fileSystem, "getStreams", file, caller);
  }

  getExtendedAttributes(
    { part, file }: MountedFile,
    caller: Caller,
  ): Awaitable<readonly ExtendedAttribute[]> {
    return part === undefined
      ? []
      : callPart(part.fileSystem, "getExtendedAttributes", file, caller);
  }

  setExtendedAttributes(
    file: MountedFile,
    attributes: readonly ExtendedAttribute[],
    caller: Caller,
  ): Awaitable<FileInfo> {
    return this.#change(file, "setExtendedAttributes", attributes, caller);
  }

  getReparsePoint({ part, file }: MountedFile, caller: Caller): Awaitable<Uint8Array> {
    if (part?.fileSystem.getReparsePoint === undefined) refuse(NtStatus.NOT_A_REPARSE_POINT);
    return part.fileSystem.getReparsePoint(file, caller);
  }

  getReparsePointByName(path: string, caller: Caller): Awaitable<Uint8Array | undefined> {
    const location = this.#table.find(path);
    if (location.place !== undefined) return undefined;
    return this.#inPart(location, (fs) => fs.getReparsePointByName?.(location.path, caller));
  }

  setReparsePoint(file: MountedFile, data: Uint8Array, caller: Caller): Awaitable<void> {
    if (file.place !== undefined) refuse(NtStatus.DIRECTORY_NOT_EMPTY);
    return callPart(changeable(file.part).fileSystem, "setReparsePoint", file.file, data, caller);
  }

  deleteReparsePoint(
    { part, file }: MountedFile,
    data: Uint8Array,
    caller: Caller,
  ): Awaitable<void> {
    return callPart(changeable(part).fileSystem, "deleteReparsePoint", file, data, caller);
  }

  /** The part's number makes those of two parts differ that count alike. */
  getObjectId({ part, file }: MountedFile, caller: Caller): Awaitable<Uint8Array> {
    const { fileSystem, index } = partOf(part);
    return chain(callPart(fileSystem, "getObjectId", file, caller), (id) => {
      const own = id.slice();
      own[own.length - 1] = (own.at(-1) ?? 0) ^ index;
      return own;
    });
  }

  control(
    { part, file }: MountedFile,
    code: number,
    input: Uint8Array,
    caller: Caller,
  ): Awaitable<Uint8Array> {
    return callPart(partOf(part).fileSystem, "control", file, code, input, caller);
  }

  /** A change that answers what the file is then. */
  #change<Name extends ChangeOfInfo>(
    { part, file }: MountedFile,
    name: Name,
    ...args: ArgsAfterFile<Name>
  ): Awaitable<FileInfo> {
    const { fileSystem, index } = changeable(part);
    const method = fileSystem[name] as ((...all: unknown[]) => Awaitable<FileInfo>) | undefined;
    if (method === undefined) refuse(NtStatus.INVALID_DEVICE_REQUEST);
    return chain(method.apply(fileSystem, [file, ...args]), (info) => this.#info(index, info));
  }

  /** Does something with a path in a part; a name that is missing in a place is missing itself, not its directory. */
  #inPart<T>(
    { part, isInBarePlace }: Location,
    run: (fileSystem: FileSystem, part: Part) => Awaitable<T>,
  ): Awaitable<T> {
    const missing = isInBarePlace ? NtStatus.OBJECT_NAME_NOT_FOUND : NtStatus.OBJECT_PATH_NOT_FOUND;
    if (part === undefined) refuse(missing);
    if (!isInBarePlace) return run(part.fileSystem, part);
    return ifMissing(
      () => run(part.fileSystem, part),
      () => refuse(missing),
    );
  }

  /** Gives a name to something in a part; in a place that no file system has there is no room for it. */
  #makeIn<T>({ part, isInBarePlace }: Location, run: (part: Part) => Awaitable<T>): Awaitable<T> {
    if (part === undefined) {
      refuse(isInBarePlace ? NtStatus.ACCESS_DENIED : NtStatus.OBJECT_PATH_NOT_FOUND);
    }
    changeable(part);
    if (!isInBarePlace) return run(part);
    return ifMissing(
      () => run(part),
      () => refuse(NtStatus.ACCESS_DENIED),
    );
  }

  #opened(
    part: Part,
    opened: Opened<unknown>,
    { asked, inPart, place }: { asked: string; inPart: string; place: Place | undefined },
  ): Opened<MountedFile> {
    const stored = this.#table.pathOf(part, opened.normalizedPath ?? inPart);
    const mounted = {
      file: { part, file: opened.file, place },
      info: this.#info(part.index, opened.info),
      ...(opened.isUncacheable === true && { isUncacheable: true }),
    };
    return stored === asked ? mounted : { ...mounted, normalizedPath: stored };
  }

  #openedPlace(place: Place, asked: string): Opened<MountedFile> {
    const opened = {
      file: { part: undefined, file: undefined, place },
      info: this.#placeInfo(place),
    };
    return place.path === asked ? opened : { ...opened, normalizedPath: place.path };
  }

  /** What a place is, by itself or by what is mounted on it. */
  #infoOfPlace(place: Place, caller: Caller): Awaitable<FileInfo> {
    const opening = this.#openPlace(place, place.path, OPEN_PARAMS, caller);
    return chain(opening, ({ file, info }) => chain(this.close(file), () => info));
  }

  #placeInfo({ serial }: Place): FileInfo {
    return {
      fileAttributes: FILE_ATTRIBUTE_DIRECTORY,
      reparseTag: 0,
      allocationSize: 0,
      fileSize: 0,
      creationTicks: this.#madeTicks,
      lastAccessTicks: this.#madeTicks,
      lastWriteTicks: this.#madeTicks,
      changeTicks: this.#madeTicks,
      fileId: this.#ids.idOf(NO_PART, BigInt(serial)),
      hardLinks: 1,
      eaSize: 0,
    };
  }

  #info<Info extends Pick<FileInfo, "fileId">>(index: number, info: Info): Info {
    const fileId = this.#ids.idOf(index, info.fileId);
    return fileId === info.fileId ? info : { ...info, fileId };
  }
}

type ChangeOfInfo =
  | "overwrite"
  | "setBasicInfo"
  | "setFileSize"
  | "setAllocationSize"
  | "setSparse"
  | "setZeroData"
  | "setExtendedAttributes";

type ArgsAfterFile<Name extends ChangeOfInfo> =
  Parameters<OperationOf<Name>> extends [unknown, ...infer Rest] ? Rest : never;

const OPEN_PARAMS: OpenParams = { createOptions: 0, grantedAccess: 0 };

function volumeParamsOf({ parts, root, isCaseSensitive }: MountTable): Partial<VolumeParams> {
  const given = parts.map(({ fileSystem }) => fileSystem.volumeParams);
  const params = given.map((some) => ({ ...DEFAULT_VOLUME_PARAMS, ...some }));
  const sectorSize = Math.max(...params.map((each) => each.sectorSize));
  const unit = Math.max(...params.map((each) => each.sectorSize * each.sectorsPerAllocationUnit));
  return {
    ...root.part?.fileSystem.volumeParams,
    ...leastPromises(given),
    isCaseSensitive,
    sectorSize,
    sectorsPerAllocationUnit: unit / sectorSize, // both are powers of two
    maxComponentUnits: Math.min(...params.map((each) => each.maxComponentUnits)),
    isCasePreserving: params.every((each) => each.isCasePreserving),
    isEaCasePreserving: params.every((each) => each.isEaCasePreserving),
    isReadOnly: params.every((each) => each.isReadOnly),
  };
}

/** What a name stands for in a file system; one that knows nothing of security is asked by opening. */
function lookUpIn(fs: FileSystem, path: string, caller: Caller): Awaitable<SecurityByName> {
  if (fs.getSecurityByName !== undefined) return fs.getSecurityByName(path, caller);
  return chain(fs.open(path, OPEN_PARAMS, caller), ({ file, info: { fileAttributes } }) =>
    chain(fs.close?.(file), () => ({ fileAttributes })),
  );
}

/** A link that leads to a directory is none. */
function isDirectory({ fileAttributes }: { readonly fileAttributes: number }): boolean {
  const kind = fileAttributes & (FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_REPARSE_POINT);
  return kind === FILE_ATTRIBUTE_DIRECTORY;
}

function partOf(part: Part | undefined): Part {
  return part ?? refuse(NtStatus.INVALID_DEVICE_REQUEST);
}

/** How a file is opened in a part. */
function paramsIn({ isReadOnly }: Part, params: OpenParams): OpenParams {
  return isReadOnly ? readingParams(params) : params;
}

/** A part that may be changed: the kernel sees only to whole volumes. */
function changeable(part: Part | undefined): Part {
  if (part === undefined) refuse(NtStatus.ACCESS_DENIED);
  if (part.isReadOnly) refuse(NtStatus.MEDIA_WRITE_PROTECTED);
  return part;
}

/** Nothing takes the place of what something is mounted on, nor moves from one part to another. */
function checkTarget(to: Location, part: Part | undefined, replaceIfExists: boolean): void {
  if (to.place !== undefined) {
    refuse(replaceIfExists ? NtStatus.ACCESS_DENIED : NtStatus.OBJECT_NAME_COLLISION);
  }
  if (to.part !== undefined && to.part !== part) refuse(NtStatus.NOT_SAME_DEVICE);
}

/** All values, at once where none must be waited for. */
function all<T>(values: readonly Awaitable<T>[]): Awaitable<readonly T[]> {
  return values.some((value) => value instanceof Promise)
    ? Promise.all(values)
    : (values as readonly T[]);
}

function* mapped<T, R>(entries: Iterable<T>, map: (entry: T) => R): Generator<R> {
  for (const entry of entries) yield map(entry);
}

async function* mappedLate<T, R>(
  entries: AsyncIterable<T>,
  map: (entry: T) => R,
): AsyncGenerator<R> {
  for await (const entry of entries) yield map(entry);
}
