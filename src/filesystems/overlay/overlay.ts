import {
  callPart,
  chain,
  type FileSystemOperation,
  leastPromises,
  MAX_PARTS,
  type OperationOf,
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
  type CleanupParams,
  type CreateParams,
  DEFAULT_VOLUME_PARAMS,
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
} from "../../fs/index.js";
import {
  AUTHENTICATED_USERS,
  descriptorOfSddl,
  FILE_ATTRIBUTE_DIRECTORY,
  joinPath,
  lastName,
  NtStatus,
  parentPath,
  splitStreamPath,
} from "../../nt/index.js";
import {
  entriesOf,
  isDirectory,
  keepsDescriptors,
  type Layer,
  LOOKING,
  type LowerFileSystem,
  lookUp,
} from "./layer.js";
import { MAX_OPEN_ATTEMPTS } from "./limits.js";
import { MergedTree, type Place } from "./merged-tree.js";
import { Mutex } from "./mutex.js";
import { type LayerFile, OpenFiles, type OverlayFile } from "./open-files.js";
import { hasReserved } from "./reserved-names.js";
import { UpperLayer } from "./upper-layer.js";

/**
 * A file system over others, which are never changed: what is written goes to `upper`, and what is deleted is hidden there.
 *
 * A file is copied up, whole, when it is changed for the first time; opens of it that are older go over to the copy. It keeps
 * its id as long as the overlay runs. Directories of all layers are merged; where a name is a file in
 * one of them, the topmost counts. A directory that has something of the lower layers in it is copied up
 * whole when it is renamed, or, where that is too much, not renamed: NOT_SAME_DEVICE, upon which clients copy it themselves.
 *
 * It can do what `upper` can do. Names that begin with `.wh.` are its own: clients see none, and make none.
 *
 * @param upper - where changes go; may hold what an overlay of the same layers has left there
 * @param lowers - what shows where the upper layer has nothing, the topmost first
 * @throws Error whose message says what to do, where the layers do not go together
 */
export function overlay(
  upper: FileSystem,
  ...lowers: readonly FileSystem[]
): FileSystem<OverlayFile> {
  checkLayers(upper, lowers);
  const fileSystem = new OverlayFileSystem(upper, lowers);
  return withOperations<OverlayFile>(fileSystem, (operation) => canDo(operation, upper, lowers));
}

/** What is done here, whatever the layers can do. */
const OF_ITSELF: ReadonlySet<FileSystemOperation> = new Set([
  "start",
  "stop",
  "getSecurityByName",
  "close",
  "read",
  "canDelete",
  "readDirectory",
  "getDirectoryEntry",
]);

const OF_ALL: ReadonlySet<FileSystemOperation> = new Set(["readViews", "openByFileId"]);

const OF_ANY: ReadonlySet<FileSystemOperation> = new Set([
  "getReparsePoint",
  "getReparsePointByName",
]);

function canDo(
  operation: FileSystemOperation,
  upper: FileSystem,
  lowers: readonly FileSystem[],
): boolean {
  if (OF_ITSELF.has(operation)) return true;
  const has = (fileSystem: FileSystem) => fileSystem[operation] !== undefined;
  if (OF_ALL.has(operation)) return [upper, ...lowers].every(has);
  if (OF_ANY.has(operation)) return [upper, ...lowers].some(has);
  return has(upper);
}

/** Every method is here; what the upper layer cannot do is left out of what `overlay` gives. */
class OverlayFileSystem
  implements Required<Omit<FileSystem<OverlayFile>, "control" | "readDirectoryNames">>
{
  readonly volumeParams: Partial<VolumeParams>;
  readonly #layers: readonly [Layer, ...Layer[]];
  readonly #fileSystems: readonly FileSystem[];
  readonly #tree: MergedTree;
  readonly #upper: UpperLayer;
  readonly #open: OpenFiles;
  /** Of all that changes names, or copies up. */
  readonly #changes = new Mutex();

  constructor(upper: FileSystem, lowers: readonly FileSystem[]) {
    this.#fileSystems = [upper, ...lowers];
    this.#layers = [
      { index: 0, fileSystem: upper },
      ...lowers.map((fileSystem: LowerFileSystem, i) => ({ index: i + 1, fileSystem })),
    ];
    const all = this.#fileSystems.map(({ volumeParams }) => volumeParams);
    const maxUnits = Math.min(
      ...all.map((each) => each?.maxComponentUnits ?? DEFAULT_VOLUME_PARAMS.maxComponentUnits),
    );
    this.volumeParams = {
      ...upper.volumeParams,
      ...leastPromises(all),
      maxComponentUnits: maxUnits,
    };
    const isCaseSensitive = upper.volumeParams?.isCaseSensitive === true;
    this.#tree = new MergedTree(this.#layers, { isCaseSensitive, maxUnits });
    this.#open = new OpenFiles((path) => this.#tree.fold(path));
    this.#upper = new UpperLayer(upper, this.#tree, this.#open);
  }

  async start(notify: Notify): Promise<void> {
    const visible: Notify = (changes) => {
      notify(changes.filter(({ path }) => !hasReserved(path)));
    };
    const parts = this.#fileSystems.map((fileSystem) => ({ fileSystem, notify: visible }));
    await startParts(parts);
    try {
      await this.#adoptRoot();
    } catch (error) {
      await this.stop().catch(() => undefined); // why it did not start is what counts
      throw error;
    }
  }

  /** An upper layer that is new gives its root the descriptor of the root below. */
  async #adoptRoot(): Promise<void> {
    const [upper, below] = this.#layers;
    const { fileSystem } = this.#upper;
    if (below === undefined || fileSystem.setSecurity === undefined) return;
    for await (const _entry of entriesOf(upper, "\\", ITSELF)) return;
    const security = await lookUp(below, "\\", ITSELF);
    if (security?.securityDescriptor === undefined) return;
    const { file } = await fileSystem.open("\\", LOOKING, ITSELF);
    await fileSystem.setSecurity(file, security.securityDescriptor, ITSELF);
    await fileSystem.close?.(file);
  }

  stop(): Promise<void> {
    return stopParts(this.#fileSystems);
  }

  getVolumeInfo(): Awaitable<VolumeInfo> {
    return this.#upper.fileSystem.getVolumeInfo();
  }

  setVolumeLabel(label: string, caller: Caller): Awaitable<VolumeInfo> {
    return callPart(this.#upper.fileSystem, "setVolumeLabel", label, caller);
  }

  async getSecurityByName(path: string, caller: Caller): Promise<SecurityByName> {
    const { filePath, stream } = splitStreamPath(path);
    const place = await this.#tree.must(filePath, caller);
    if (stream === undefined || place.security.reparseAt !== undefined) return place.security;
    const [{ fileSystem }] = place.layers;
    if (fileSystem.getSecurityByName !== undefined)
      return fileSystem.getSecurityByName(path, caller);
    const { file } = await fileSystem.open(path, LOOKING, caller);
    await fileSystem.close?.(file);
    return { fileAttributes: place.security.fileAttributes & ~FILE_ATTRIBUTE_DIRECTORY };
  }

  async open(path: string, params: OpenParams, caller: Caller): Promise<Opened<OverlayFile>> {
    const { kept } = this.#upper;
    for (let attempt = 0; attempt < MAX_OPEN_ATTEMPTS; attempt++) {
      const { crowdings } = kept;
      const place = await this.#tree.must(splitStreamPath(path).filePath, caller);
      const [layer] = place.layers;
      const how = layer.index === 0 ? params : readingParams(params);
      const opened = await layer.fileSystem.open(path, how, caller);
      const id = this.#upper.idOf(layer, opened.info.fileId);
      const hasCopy = kept.copyOf(id) !== undefined || kept.crowdings !== crowdings;
      if (layer.index === 0 || !hasCopy)
        return this.#opened({ layer, file: opened.file }, opened, { path, params, caller });
      await layer.fileSystem.close?.(opened.file); // copied up meanwhile
    }
    return refuse(NtStatus.SHARING_VIOLATION);
  }

  async openByFileId(
    fileId: bigint,
    params: OpenParams,
    caller: Caller,
  ): Promise<Opened<OverlayFile>> {
    const { layer, idInLayer } = this.#fileOf(fileId);
    const { fileSystem } = layer;
    const opened = await callPart(
      fileSystem as FileSystem,
      "openByFileId",
      idInLayer,
      layer.index === 0 ? params : readingParams(params),
      caller,
    );
    const path = opened.normalizedPath ?? "\\";
    const place = await this.#tree.find(path, caller);
    const isCurrent = layer.index === 0 || this.#upper.kept.copyOf(fileId) === undefined;
    if (!isCurrent) {
      await fileSystem.close?.(opened.file); // copied up meanwhile: the copy is opened
      return this.openByFileId(fileId, params, caller);
    }
    if ("layers" in place && place.layers[0] === layer) {
      const { file } = opened;
      return this.#opened(
        { layer, file },
        { ...opened, normalizedPath: path },
        { path, params, caller },
      );
    }
    await fileSystem.close?.(opened.file); // hidden
    return refuse(NtStatus.INVALID_PARAMETER);
  }

  /** Where the file is that has an id. */
  #fileOf(fileId: bigint): { readonly layer: Layer; readonly idInLayer: bigint } {
    const [upper] = this.#layers;
    const copy = this.#upper.kept.copyOf(fileId);
    if (copy !== undefined) return { layer: upper, idInLayer: copy };
    const known = this.#upper.ids.fileOf(fileId);
    const layer = this.#layers[known?.part ?? this.#layers.length];
    if (known === undefined || layer === undefined) refuse(NtStatus.INVALID_PARAMETER);
    return { layer, idInLayer: known.idInPart };
  }

  create(path: string, params: CreateParams, caller: Caller): Promise<Opened<OverlayFile>> {
    return this.#changes.run(async () => {
      const { filePath, stream } = splitStreamPath(path);
      if (stream === undefined) await this.#prepareName(path, caller);
      else await this.#copyUp(filePath, caller);
      const opened = await callPart(this.#upper.fileSystem, "create", path, params, caller);
      const [layer] = this.#layers;
      return this.#opened({ layer, file: opened.file }, opened, { path, params, caller });
    });
  }

  /** Makes sure that a new name can be given in the upper layer. */
  async #prepareName(path: string, caller: Caller): Promise<void> {
    await this.#prepareDirectoryOf(path, caller);
    if ("layers" in (await this.#tree.find(path, caller))) refuse(NtStatus.OBJECT_NAME_COLLISION);
  }

  async #prepareDirectoryOf(path: string, caller: Caller): Promise<void> {
    if (hasReserved(path)) refuse(NtStatus.OBJECT_NAME_INVALID);
    const parent = parentPath(path);
    const place = await this.#tree.find(parent, caller);
    if (!("layers" in place) || place.security.reparseAt !== undefined) {
      refuse(NtStatus.OBJECT_PATH_NOT_FOUND);
    }
    if (!isDirectory(place.security)) {
      const isLink = (place.security.fileAttributes & FILE_ATTRIBUTE_DIRECTORY) !== 0;
      refuse(isLink ? NtStatus.OBJECT_PATH_NOT_FOUND : NtStatus.NOT_A_DIRECTORY);
    }
    await this.#upper.copyUp(parent, place, caller);
  }

  async #copyUp(path: string, caller: Caller): Promise<void> {
    await this.#upper.copyUp(path, await this.#tree.must(path, caller), caller);
  }

  async overwrite(file: OverlayFile, params: OverwriteParams, caller: Caller): Promise<FileInfo> {
    if (!file.node.isUpper) {
      const hasData = file.stream !== undefined;
      await this.#changes.run(() => this.#upper.copyUpOpen(file.node, caller, hasData));
    }
    return this.#change(file, "overwrite", params, caller);
  }

  async cleanup(
    file: OverlayFile,
    path: string,
    params: CleanupParams,
    caller: Caller,
  ): Promise<void> {
    if (params.isDelete) await this.#changes.run(() => this.#delete(file, path, params, caller));
    else if (file.node.isUpper) await this.#cleanUpper(file, path, params, caller);
  }

  #cleanUpper(
    file: OverlayFile,
    path: string,
    params: CleanupParams,
    caller: Caller,
  ): Awaitable<void> {
    return this.#upper.fileSystem.cleanup?.(file.at.file, path, params, caller);
  }

  async #delete(
    file: OverlayFile,
    path: string,
    params: CleanupParams,
    caller: Caller,
  ): Promise<void> {
    const { node } = file;
    if (splitStreamPath(path).stream !== undefined) {
      await this.#upper.copyUpOpen(node, caller);
      return this.#cleanUpper(file, path, params, caller);
    }
    const found = await this.#entryAt(path, caller);
    if (found?.info.fileId !== node.id) return; // the name is another file's by now
    if (isDirectoryInfo(found.info)) {
      if (!(await this.#tree.isEmpty(path, caller))) return;
      await this.#upper.empty(path, caller);
    } else {
      await this.#beforeHiding(path, found, file, caller);
      await this.#upper.hide(path, caller);
    }
    if (node.isUpper) await this.#cleanUpper(file, path, params, caller);
    if (found.info.hardLinks <= 1) node.isGone = true;
    this.#open.loseName(path);
  }

  /** A file that others can still change, or that has other names, is copied up before its name is hidden. */
  async #beforeHiding(
    path: string,
    { info }: Found,
    except: OverlayFile | undefined,
    caller: Caller,
  ): Promise<void> {
    const others = [...(this.#open.find(info.fileId)?.files ?? [])].filter(
      (file) => file !== except,
    );
    if (others.length > 0 || info.hardLinks > 1) await this.#copyUp(path, caller);
  }

  async close(file: OverlayFile): Promise<void> {
    const { node } = file;
    const isLast = this.#open.leave(file);
    if (isLast && node.isGone) this.#upper.kept.forget(node.id);
    else if (isLast && node.isUpper) this.#upper.kept.forgetUnlessRoom(node.id);
    const { at, before } = file;
    if (before !== undefined) await before.layer.fileSystem.close?.(before.file);
    await at.layer.fileSystem.close?.(at.file);
  }

  read({ at }: OverlayFile, target: Uint8Array, offset: number, caller: Caller): Awaitable<number> {
    return at.layer.fileSystem.read?.(at.file, target, offset, caller) ?? noData();
  }

  readViews(
    { at }: OverlayFile,
    offset: number,
    length: number,
    caller: Caller,
  ): readonly Uint8Array[] {
    return at.layer.fileSystem.readViews?.(at.file, offset, length, caller) ?? noData();
  }

  write(
    file: OverlayFile,
    data: Uint8Array,
    offset: number,
    params: WriteParams,
    caller: Caller,
  ): Awaitable<Written> {
    return this.#changed(file, caller, () => {
      const { fileSystem } = this.#upper;
      const writing = callPart(fileSystem, "write", file.at.file, data, offset, params, caller);
      return chain(writing, (written) => ({ ...written, info: infoOf(file, written.info) }));
    });
  }

  flush(file: OverlayFile | undefined, caller: Caller): Awaitable<void> {
    if (file?.node.isUpper === false) return;
    return this.#upper.fileSystem.flush?.(file?.at.file, caller);
  }

  getFileInfo(file: OverlayFile, caller: Caller): Awaitable<FileInfo> {
    const { at } = file;
    return chain(at.layer.fileSystem.getFileInfo(at.file, caller), (info) => infoOf(file, info));
  }

  setBasicInfo(file: OverlayFile, basic: BasicInfo, caller: Caller): Awaitable<FileInfo> {
    return this.#change(file, "setBasicInfo", basic, caller);
  }

  setFileSize(file: OverlayFile, fileSize: number, caller: Caller): Awaitable<FileInfo> {
    return this.#change(file, "setFileSize", fileSize, caller);
  }

  setAllocationSize(file: OverlayFile, size: number, caller: Caller): Awaitable<FileInfo> {
    return this.#change(file, "setAllocationSize", size, caller);
  }

  setSparse(file: OverlayFile, isSparse: boolean, caller: Caller): Awaitable<FileInfo> {
    return this.#change(file, "setSparse", isSparse, caller);
  }

  getAllocatedRanges(
    { at }: OverlayFile,
    offset: number,
    length: number,
    caller: Caller,
  ): Awaitable<readonly AllocatedRange[]> {
    const { fileSystem } = at.layer;
    const ranges = fileSystem.getAllocatedRanges?.(at.file, offset, length, caller);
    if (ranges !== undefined) return ranges;
    return chain(fileSystem.getFileInfo(at.file, caller), ({ fileSize }) => {
      const end = Math.min(offset + length, fileSize);
      return end > offset ? [{ offset, length: end - offset }] : [];
    });
  }

  setZeroData(
    file: OverlayFile,
    offset: number,
    length: number,
    caller: Caller,
  ): Awaitable<FileInfo> {
    return this.#change(file, "setZeroData", offset, length, caller);
  }

  async canDelete(file: OverlayFile, path: string, caller: Caller): Promise<void> {
    if (path === "\\") refuse(NtStatus.CANNOT_DELETE);
    const { filePath, stream } = splitStreamPath(path);
    if (file.isDirectory && stream === undefined) {
      if (!(await this.#tree.isEmpty(filePath, caller))) refuse(NtStatus.DIRECTORY_NOT_EMPTY);
    } else if (file.node.isUpper) {
      await this.#upper.fileSystem.canDelete?.(file.at.file, path, caller);
    }
  }

  rename(file: OverlayFile, path: string, params: RenameParams, caller: Caller): Promise<void> {
    return this.#changes.run(async () => {
      if (file.stream === undefined) return this.#rename(file, path, params, caller);
      if (splitStreamPath(params.newPath).stream === undefined) refuse(NtStatus.INVALID_PARAMETER);
      await this.#upper.copyUpOpen(file.node, caller);
      await callPart(this.#upper.fileSystem, "rename", file.at.file, path, params, caller);
    });
  }

  async #rename(
    file: OverlayFile,
    path: string,
    params: RenameParams,
    caller: Caller,
  ): Promise<void> {
    const { newPath } = params;
    const { node } = file;
    if (path === "\\" || this.#isBelow(newPath, path)) refuse(NtStatus.INVALID_PARAMETER);
    if ((await this.#entryAt(path, caller))?.info.fileId !== node.id) {
      refuse(NtStatus.OBJECT_NAME_NOT_FOUND);
    }
    const isSameName = this.#tree.fold(newPath) === this.#tree.fold(path);
    await this.#prepareDirectoryOf(newPath, caller);
    const taken = isSameName ? undefined : await this.#entryAt(newPath, caller);
    if (taken !== undefined)
      await this.#checkReplace(file.isDirectory, newPath, taken, params, caller);
    const place = await this.#tree.must(path, caller);
    if (file.isDirectory && !isSameName) await this.#upper.copyUpAll(path, place, caller);
    await this.#upper.copyUpOpen(node, caller);
    if (taken !== undefined) await this.#makeWay(newPath, taken, file.isDirectory, caller);
    if (!isSameName) await this.#upper.hide(path, caller);
    await callPart(this.#upper.fileSystem, "rename", file.at.file, path, params, caller);
    if (taken !== undefined) this.#replaced(newPath, taken);
    this.#open.moved(path, newPath);
  }

  /** [MS-FSA] 2.1.5.15.11: what a rename may take the place of. */
  async #checkReplace(
    isDirectoryMoved: boolean,
    newPath: string,
    taken: Found,
    params: RenameParams,
    caller: Caller,
  ): Promise<void> {
    if (!params.replaceIfExists) refuse(NtStatus.OBJECT_NAME_COLLISION);
    if (!isDirectoryInfo(taken.info)) return;
    if (!params.isPosix || !isDirectoryMoved) refuse(NtStatus.ACCESS_DENIED);
    if (!(await this.#tree.isEmpty(newPath, caller))) refuse(NtStatus.DIRECTORY_NOT_EMPTY);
  }

  /**
   * What is replaced must not show through what takes its place, and lives on while it is open. It shows until then: a
   * lower layer's directory is copied up before it is hidden, and a file there hides itself below a directory.
   */
  async #makeWay(
    path: string,
    taken: Found,
    isDirectoryMoved: boolean,
    caller: Caller,
  ): Promise<void> {
    if (isDirectoryInfo(taken.info)) {
      await this.#copyUp(path, caller);
      await this.#upper.empty(path, caller);
      return;
    }
    await this.#beforeHiding(path, taken, undefined, caller);
    if (!isDirectoryMoved) return;
    const { layers } = await this.#tree.must(path, caller);
    if (layers[0].index === 0) await this.#upper.hide(path, caller);
  }

  /** A name has gone to another file, and what had it goes with its last name. */
  #replaced(path: string, { info }: Found): void {
    this.#open.loseName(path);
    if (info.hardLinks > 1) return;
    const node = this.#open.find(info.fileId);
    if (node === undefined) this.#upper.kept.forget(info.fileId);
    else node.isGone = true;
  }

  #isBelow(path: string, directory: string): boolean {
    return this.#tree.fold(path).startsWith(`${this.#tree.fold(directory)}\\`);
  }

  link(
    file: OverlayFile,
    newPath: string,
    replaceIfExists: boolean,
    caller: Caller,
  ): Promise<FileInfo> {
    return this.#changes.run(async () => {
      const { node } = file;
      if (file.isDirectory) refuse(NtStatus.FILE_IS_A_DIRECTORY);
      await this.#prepareDirectoryOf(newPath, caller);
      const taken = await this.#entryAt(newPath, caller);
      if (taken !== undefined) {
        if (!replaceIfExists) refuse(NtStatus.OBJECT_NAME_COLLISION);
        if (taken.info.fileId === node.id) return this.getFileInfo(file, caller);
        if (isDirectoryInfo(taken.info)) {
          refuse(NtStatus.ACCESS_DENIED);
        }
      }
      await this.#upper.copyUpOpen(node, caller);
      if (taken !== undefined) await this.#makeWay(newPath, taken, false, caller);
      const { fileSystem } = this.#upper;
      const info = await callPart(
        fileSystem,
        "link",
        file.at.file,
        newPath,
        replaceIfExists,
        caller,
      );
      if (taken !== undefined) this.#replaced(newPath, taken);
      return infoOf(file, info);
    });
  }

  async getLinks({ at, node }: OverlayFile, caller: Caller): Promise<readonly LinkInfo[]> {
    const links = await at.layer.fileSystem.getLinks?.(at.file, caller);
    if (links !== undefined) {
      return links.map(({ directoryFileId, name }) => ({
        directoryFileId: this.#upper.idOf(at.layer, directoryFileId),
        name,
      }));
    }
    if (node.path === undefined) return [];
    const directory = await this.#entryAt(parentPath(node.path), caller);
    if (directory === undefined) return [];
    return [{ directoryFileId: directory.info.fileId, name: lastName(node.path) }];
  }

  async getSecurity({ at, node }: OverlayFile, caller: Caller): Promise<Uint8Array> {
    const { fileSystem, index } = at.layer;
    if (fileSystem.getSecurity !== undefined && (index === 0 || keepsDescriptors(at.layer))) {
      return fileSystem.getSecurity(at.file, caller);
    }
    const place = node.path === undefined ? undefined : await this.#tree.find(node.path, caller);
    const isThere = place !== undefined && "layers" in place;
    return (isThere ? place.security.securityDescriptor : undefined) ?? EVERYBODY;
  }

  setSecurity(file: OverlayFile, descriptor: Uint8Array, caller: Caller): Awaitable<void> {
    return this.#changed(file, caller, () =>
      callPart(this.#upper.fileSystem, "setSecurity", file.at.file, descriptor, caller),
    );
  }

  async *readDirectory(
    { node, isDirectory: isListable }: OverlayFile,
    _pattern: string | undefined,
    caller: Caller,
  ): AsyncGenerator<DirectoryEntry> {
    if (!isListable) refuse(NtStatus.INVALID_PARAMETER);
    const { path } = node;
    if (path === undefined) return;
    for await (const { layer, entry } of this.#tree.list(path, caller)) {
      const fileId = this.#upper.idOf(layer, entry.info.fileId);
      const isOld = layer.index > 0 && this.#upper.kept.copyOf(fileId) !== undefined;
      const now = isOld ? await this.#entryAt(joinPath(path, entry.name), caller) : undefined;
      yield now ?? { ...entry, info: { ...entry.info, fileId } };
    }
  }

  async getDirectoryEntry(
    { node, isDirectory: isListable }: OverlayFile,
    name: string,
    caller: Caller,
  ): Promise<DirectoryEntry | undefined> {
    if (!isListable) refuse(NtStatus.INVALID_PARAMETER);
    return node.path === undefined ? undefined : this.#entryAt(joinPath(node.path, name), caller);
  }

  /** What a path leads to, by its stored name. */
  async #entryAt(path: string, caller: Caller): Promise<Found | undefined> {
    const place: Place | { readonly status: NtStatus } = await this.#tree.find(path, caller);
    if (!("layers" in place) || place.security.reparseAt !== undefined) return undefined;
    const [layer] = place.layers;
    const { file, info, normalizedPath } = await layer.fileSystem.open(path, LOOKING, caller);
    await layer.fileSystem.close?.(file);
    const fileId = this.#upper.idOf(layer, info.fileId);
    return { name: lastName(normalizedPath ?? path), info: { ...info, fileId } };
  }

  getStreams(
    { at, isDirectory: hasNoData }: OverlayFile,
    caller: Caller,
  ): Awaitable<readonly StreamInfo[]> {
    const { fileSystem } = at.layer;
    if (fileSystem.getStreams !== undefined) return fileSystem.getStreams(at.file, caller);
    if (hasNoData) return [];
    return chain(fileSystem.getFileInfo(at.file, caller), ({ fileSize, allocationSize }) => [
      { name: "", streamSize: fileSize, allocationSize },
    ]);
  }

  getExtendedAttributes(
    { at }: OverlayFile,
    caller: Caller,
  ): Awaitable<readonly ExtendedAttribute[]> {
    return at.layer.fileSystem.getExtendedAttributes?.(at.file, caller) ?? [];
  }

  setExtendedAttributes(
    file: OverlayFile,
    attributes: readonly ExtendedAttribute[],
    caller: Caller,
  ): Awaitable<FileInfo> {
    return this.#change(file, "setExtendedAttributes", attributes, caller);
  }

  getReparsePoint({ at }: OverlayFile, caller: Caller): Awaitable<Uint8Array> {
    return (
      at.layer.fileSystem.getReparsePoint?.(at.file, caller) ?? refuse(NtStatus.NOT_A_REPARSE_POINT)
    );
  }

  async getReparsePointByName(path: string, caller: Caller): Promise<Uint8Array | undefined> {
    const { layers } = await this.#tree.must(path, caller);
    return layers[0].fileSystem.getReparsePointByName?.(path, caller);
  }

  setReparsePoint(file: OverlayFile, data: Uint8Array, caller: Caller): Promise<void> {
    return this.#changes.run(async () => {
      const { node } = file;
      if (file.isDirectory && node.path !== undefined) {
        if (!(await this.#tree.isEmpty(node.path, caller))) refuse(NtStatus.DIRECTORY_NOT_EMPTY);
        await this.#upper.copyUpOpen(node, caller);
        await this.#upper.empty(node.path, caller);
      }
      await this.#upper.copyUpOpen(node, caller);
      await callPart(this.#upper.fileSystem, "setReparsePoint", file.at.file, data, caller);
    });
  }

  deleteReparsePoint(file: OverlayFile, data: Uint8Array, caller: Caller): Awaitable<void> {
    return this.#changed(file, caller, () =>
      callPart(this.#upper.fileSystem, "deleteReparsePoint", file.at.file, data, caller),
    );
  }

  /** Made of the file's id, which it keeps when it is copied up, and of the volume. */
  getObjectId({ node }: OverlayFile): Uint8Array {
    const id = new DataView(new ArrayBuffer(OBJECT_ID_BYTES));
    id.setBigUint64(0, node.id, true);
    id.setBigUint64(8, this.volumeParams.volumeCreationTicks ?? 0n, true);
    return new Uint8Array(id.buffer);
  }

  /** A change of a file that answers what it is then. */
  #change<Name extends ChangeOfInfo>(
    file: OverlayFile,
    name: Name,
    ...args: ArgsAfterFile<Name>
  ): Awaitable<FileInfo> {
    const { fileSystem } = this.#upper;
    const caller = args.at(-1) as Caller; // always the last
    const method = fileSystem[name] as ((...all: unknown[]) => Awaitable<FileInfo>) | undefined;
    if (method === undefined) refuse(NtStatus.INVALID_DEVICE_REQUEST);
    return this.#changed(file, caller, () =>
      chain(method.apply(fileSystem, [file.at.file, ...args]), (info) => infoOf(file, info)),
    );
  }

  /** Does something to the copy of a file; at once where there is one. */
  #changed<T>(file: OverlayFile, caller: Caller, run: () => Awaitable<T>): Awaitable<T> {
    if (file.node.isUpper) return run();
    return this.#changes.run(() => this.#upper.copyUpOpen(file.node, caller)).then(run);
  }

  #opened(
    at: LayerFile,
    { info, normalizedPath, isUncacheable }: Opened<unknown>,
    { path, params, caller }: { path: string; params: OpenParams; caller: Caller },
  ): Opened<OverlayFile> {
    const id = this.#upper.idOf(at.layer, info.fileId);
    const stored = normalizedPath ?? path;
    const file = this.#open.join({
      id,
      isDirectory: isDirectoryInfo(info),
      path: stored,
      params,
      caller,
      at,
    });
    return {
      file,
      info: infoOf(file, info),
      ...(normalizedPath !== undefined && { normalizedPath }),
      ...(isUncacheable === true && { isUncacheable }),
    };
  }
}

/** An entry of a directory, with its id in the overlay. */
type Found = DirectoryEntry;

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

/** Also of a directory that leads elsewhere. */
function isDirectoryInfo({ fileAttributes }: FileInfo): boolean {
  return (fileAttributes & FILE_ATTRIBUTE_DIRECTORY) !== 0;
}

/**
 * Who does what no client has asked for. A layer that tells everybody of rights of his own tells this one of those
 * that whoever has logged on has: they are what the root of a new upper layer gets.
 */
const ITSELF: Caller = {
  userName: "",
  userSid: AUTHENTICATED_USERS,
  groupSids: [],
  sessionId: 0,
  clientAddress: "",
};

const OBJECT_ID_BYTES = 16;

/** Of a layer that keeps no descriptors: everybody may do everything. */
const EVERYBODY = descriptorOfSddl("O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;WD)");

function noData(): never {
  refuse(NtStatus.INVALID_DEVICE_REQUEST);
}

function infoOf({ node }: OverlayFile, info: FileInfo): FileInfo {
  return info.fileId === node.id ? info : { ...info, fileId: node.id };
}

const NEEDED: readonly FileSystemOperation[] = [
  "create",
  "write",
  "rename",
  "cleanup",
  "readDirectory",
];

function checkLayers(upper: FileSystem, lowers: readonly FileSystem[]): void {
  if (lowers.length === 0) throw new Error("there is nothing to lay over: name a lower layer");
  if (lowers.length >= MAX_PARTS) {
    throw new Error(
      `${lowers.length} layers are too many: an overlay has ${MAX_PARTS - 1} at most`,
    );
  }
  const lacking = NEEDED.find((operation) => upper[operation] === undefined);
  if (lacking !== undefined) {
    throw new Error(
      `the upper layer of an overlay needs ${lacking}: take one that can be written to`,
    );
  }
  if (new Set([upper, ...lowers]).size <= lowers.length) {
    throw new Error("one file system is two layers: make one of its own for each layer");
  }
  const isSensitive = (fileSystem: FileSystem) => fileSystem.volumeParams?.isCaseSensitive === true;
  if (lowers.some((lower) => isSensitive(lower) !== isSensitive(upper))) {
    throw new Error(
      "names that differ in case are the same in one layer and not in another: make the upper one as the lower ones, such as memory({ isCaseSensitive: true })",
    );
  }
}
