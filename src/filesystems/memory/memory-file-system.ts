import { freemem } from "node:os";
import {
  type AllocatedRange,
  type BasicInfo,
  type CleanupParams,
  type CreateParams,
  type DirectoryEntry,
  type ExtendedAttribute,
  type FileInfo,
  type FileSystem,
  type LinkInfo,
  MAX_FILE_SYSTEM_NAME_UNITS,
  MAX_LABEL_UNITS,
  type Opened,
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
  checkReparsePoints,
  descriptorOfSddl,
  FILE_ATTRIBUTE_ARCHIVE,
  FILE_ATTRIBUTE_DIRECTORY,
  FILE_ATTRIBUTE_REPARSE_POINT,
  NtStatus,
  ReparseTag,
  readReparsePoint,
  SETTABLE_ATTRIBUTES,
  splitStreamPath,
  ticksOfMs,
} from "../../nt/index.js";
import { ChunkStore } from "./chunk-store.js";
import { DescriptorPool } from "./descriptor-pool.js";
import { DirectoryTree, ownName, type Place, type TakenPlace } from "./directory-tree.js";
import { EaSet } from "./ea-set.js";
import { DEFAULT_LABEL, MAX_LINKS, MAX_NODES, MAX_STREAMS } from "./limits.js";
import { isAtOrBelow, type Link, MemoryNode, nodeCost, pathOf } from "./memory-node.js";
import { NamedStream } from "./named-stream.js";
import { refuse } from "./refusal.js";
import { Space } from "./space.js";

/** How a memory volume is to be. */
export interface MemoryOptions {
  /** Bytes for files and all that is kept of them; left out: what the machine has free. */
  readonly maxSize?: number | undefined;
  /** At most 32 UTF-16 units; `RAM` unless told. */
  readonly label?: string | undefined;
  /** 1 to 15 UTF-16 units; `NTFS` unless told. */
  readonly fileSystemName?: string | undefined;
  readonly isCaseSensitive?: boolean | undefined;
  readonly isReadOnly?: boolean | undefined;
  /**
   * Self-relative, [MS-DTYP] 2.4.6, such as `descriptorOfSddl` makes; left out: everybody may do
   * everything, here and below.
   */
  readonly rootSecurityDescriptor?: Uint8Array | undefined;
  /** FILETIME ticks. */
  readonly now?: (() => bigint) | undefined;
  /** Bytes of memory that the machine has free; asked where there is no `maxSize`. */
  readonly freeMemory?: (() => number) | undefined;
}

/** A volume in memory, which takes only what its files need. */
export function memory(options: MemoryOptions = {}): MemoryFileSystem {
  return new MemoryFileSystem(options);
}

/** What is open: a file or directory, or a named stream of one. */
export type MemoryFile = MemoryNode | NamedStream;

/**
 * A volume in memory. Every operation answers at once.
 *
 * @see memefs, WinFsp 6.1
 */
export class MemoryFileSystem implements FileSystem<MemoryFile> {
  readonly volumeParams: Partial<VolumeParams>;
  readonly #now: () => bigint;
  readonly #space: Space;
  readonly #descriptors: DescriptorPool;
  readonly #tree: DirectoryTree;
  readonly #nodes = new Map<bigint, MemoryNode>();
  #nextFileId = 1n;
  /** Nodes that are reparse points; where there are none, nobody looks for one. */
  #reparsePoints = 0;
  #label: string;

  constructor(options: MemoryOptions = {}) {
    checkOptions(options);
    this.#now = shared(options.now ?? clock());
    this.#label = options.label ?? DEFAULT_LABEL;
    this.#space = new Space({
      maxSize: options.maxSize,
      freeMemory: options.freeMemory ?? freemem,
      now: this.#now,
    });
    this.#descriptors = new DescriptorPool(this.#space);
    const root = this.#newNode(FILE_ATTRIBUTE_DIRECTORY, true);
    this.#tree = new DirectoryTree(root, options.isCaseSensitive ?? false);
    const descriptor = options.rootSecurityDescriptor ?? defaultRootDescriptor();
    root.descriptor = this.#descriptors.acquire(descriptor);
    this.volumeParams = volumeParamsOf(options, root.creationTicks);
  }

  getVolumeInfo(): VolumeInfo {
    const { maximum, used } = this.#space;
    const totalSize = Math.max(maximum, used);
    return { totalSize, freeSize: totalSize - used, label: this.#label };
  }

  setVolumeLabel(label: string): VolumeInfo {
    if (label.length > MAX_LABEL_UNITS) refuse(NtStatus.INVALID_PARAMETER);
    this.#label = label;
    return this.getVolumeInfo();
  }

  getSecurityByName(path: string): SecurityByName {
    const { filePath, stream } = splitStreamPath(path);
    const reparseAt = this.#reparsePoints === 0 ? undefined : this.#tree.reparsePointOn(filePath);
    if (reparseAt !== undefined) return { fileAttributes: 0, reparseAt };
    const { node } = this.#tree.find(filePath);
    if (stream !== undefined) this.#findStream(node, stream);
    const { attributes, descriptor } = node;
    const fileAttributes =
      stream === undefined ? attributes : attributes & ~FILE_ATTRIBUTE_DIRECTORY;
    if (descriptor === undefined) return { fileAttributes };
    return { fileAttributes, securityDescriptor: descriptor.bytes };
  }

  open(path: string): Opened<MemoryFile> {
    const { filePath, stream } = splitStreamPath(path);
    const link = this.#tree.find(filePath);
    if (stream === undefined) return this.#opened(link, path);
    return this.#openedStream(link, this.#findStream(link.node, stream), path);
  }

  /** INVALID_PARAMETER where there is no such file, as NTFS has it. */
  openByFileId(fileId: bigint): Opened<MemoryFile> {
    const link = this.#nodes.get(fileId)?.link;
    if (link === undefined) refuse(NtStatus.INVALID_PARAMETER);
    return this.#opened(link, undefined);
  }

  create(path: string, params: CreateParams): Opened<MemoryFile> {
    const { filePath, stream } = splitStreamPath(path);
    if (stream !== undefined) return this.#createStream(path, filePath, stream, params);
    const place = this.#tree.findPlace(path);
    if (place.link !== undefined) refuse(NtStatus.OBJECT_NAME_COLLISION);
    if (this.#nodes.size >= MAX_NODES) refuse(NtStatus.DISK_FULL);
    const cost = nodeCost(place.name);
    this.#space.charge(cost);
    const node = this.#newNode(
      attributesOf(params.fileAttributes, params.isDirectory),
      params.isDirectory,
    );
    try {
      this.#equip(node, params);
    } catch (error) {
      this.#nodes.delete(node.fileId);
      this.#releaseUnused(node);
      this.#space.charge(-cost);
      throw error;
    }
    return this.#opened(this.#insert(place, node), path);
  }

  /** Of a file its streams go, too, but for those that are open. Of a stream only the data goes. */
  overwrite(file: MemoryFile, params: OverwriteParams): FileInfo {
    if (file instanceof NamedStream) {
      this.#dataOf(file).reset(params.allocationSize);
      file.node.touch(this.#now());
      return file.info();
    }
    const data = this.#dataOf(file);
    const attributes = EaSet.changed(undefined, params.extendedAttributes ?? [], this.#space);
    try {
      data.reset(params.allocationSize);
    } catch (error) {
      EaSet.release(attributes, this.#space);
      throw error;
    }
    EaSet.release(file.extendedAttributes, this.#space);
    file.extendedAttributes = attributes;
    for (const stream of file.streams?.values() ?? []) {
      if (stream.openCount === 0) this.#removeStream(stream);
    }
    const given = params.fileAttributes & SETTABLE_ATTRIBUTES;
    const kept = params.replaceAttributes
      ? file.attributes & ~SETTABLE_ATTRIBUTES
      : file.attributes;
    file.attributes = kept | given | FILE_ATTRIBUTE_ARCHIVE;
    file.touch(this.#now());
    return file.info();
  }

  /** With the last open of a stream it may be the file that goes: the path tells. */
  cleanup(file: MemoryFile, path: string, params: CleanupParams): void {
    if (params.isDelete) this.#delete(file, path);
    if (params.isAllocationReset) file.data?.reserve(0);
  }

  #delete(file: MemoryFile, path: string): void {
    const node = nodeOf(file);
    if (file instanceof NamedStream && splitStreamPath(path).stream !== undefined) {
      this.#removeStream(file);
    } else if (!hasChildren(node)) {
      const place = this.#tree.placeOf(node, path);
      if (place !== undefined) this.#remove(place);
    }
  }

  close(file: MemoryFile): void {
    const node = nodeOf(file);
    if (file instanceof NamedStream) {
      file.openCount--;
      this.#releaseStream(file);
    }
    node.openCount--;
    this.#releaseUnused(node);
  }

  read(file: MemoryFile, target: Uint8Array, offset: number): number {
    const { data } = file;
    if (data === undefined || offset >= data.size) this.#refuseRead(file);
    return data.read(target, offset);
  }

  readViews(file: MemoryFile, offset: number, length: number): readonly Uint8Array[] {
    const { data } = file;
    if (data === undefined || offset >= data.size) this.#refuseRead(file);
    return data.readViews(offset, length);
  }

  write(file: MemoryFile, bytes: Uint8Array, offset: number, params: WriteParams): Written {
    const data = this.#dataOf(file);
    const at = params.toEndOfFile ? data.size : offset;
    const run = params.isConstrained ? clip(bytes, data.size - at) : bytes;
    if (run.length > 0) {
      data.write(run, at);
      if (!params.keepTimes) {
        const node = nodeOf(file);
        node.attributes |= FILE_ATTRIBUTE_ARCHIVE;
        node.touch(this.#now());
      }
    }
    return { bytesWritten: run.length, info: file.info() };
  }

  /** Nothing is safer than it was. */
  flush(): void {
    return;
  }

  getFileInfo(file: MemoryFile): FileInfo {
    return file.info();
  }

  setBasicInfo(file: MemoryFile, basic: BasicInfo): FileInfo {
    const { fileAttributes } = basic;
    const node = nodeOf(file);
    if (fileAttributes !== undefined) {
      node.attributes =
        (node.attributes & ~SETTABLE_ATTRIBUTES) | (fileAttributes & SETTABLE_ATTRIBUTES);
    }
    node.creationTicks = basic.creationTicks ?? node.creationTicks;
    node.lastAccessTicks = basic.lastAccessTicks ?? node.lastAccessTicks;
    node.lastWriteTicks = basic.lastWriteTicks ?? node.lastWriteTicks;
    node.changeTicks = basic.changeTicks ?? this.#now();
    return file.info();
  }

  setFileSize(file: MemoryFile, fileSize: number): FileInfo {
    this.#dataOf(file).setSize(fileSize);
    nodeOf(file).touch(this.#now());
    return file.info();
  }

  setAllocationSize(file: MemoryFile, allocationSize: number): FileInfo {
    const data = this.#dataOf(file);
    if (allocationSize < data.size) {
      data.setSize(allocationSize);
      nodeOf(file).touch(this.#now());
    }
    data.reserve(allocationSize);
    return file.info();
  }

  setSparse(file: MemoryFile, isSparse: boolean): FileInfo {
    this.#dataOf(file).setSparse(isSparse);
    nodeOf(file).changeTicks = this.#now();
    return file.info();
  }

  getAllocatedRanges(file: MemoryFile, offset: number, length: number): readonly AllocatedRange[] {
    return file.data?.allocatedRanges(offset, length) ?? [];
  }

  setZeroData(file: MemoryFile, offset: number, length: number): FileInfo {
    this.#dataOf(file).zero(offset, length);
    nodeOf(file).touch(this.#now());
    return file.info();
  }

  canDelete(file: MemoryFile): void {
    if (file === this.#tree.root) refuse(NtStatus.CANNOT_DELETE);
    if (!(file instanceof NamedStream) && hasChildren(file)) refuse(NtStatus.DIRECTORY_NOT_EMPTY);
  }

  rename(file: MemoryFile, path: string, params: RenameParams): void {
    if (file instanceof NamedStream && !file.isUnnamed) {
      this.#renameStream(file, params);
      return;
    }
    const node = nodeOf(file);
    if (node === this.#tree.root) refuse(NtStatus.INVALID_PARAMETER);
    const from = this.#tree.placeOf(node, path);
    if (from === undefined) refuse(NtStatus.OBJECT_NAME_NOT_FOUND);
    const to = this.#tree.findPlace(params.newPath);
    if (isAtOrBelow(to.directory, node)) refuse(NtStatus.INVALID_PARAMETER);
    if (to.link !== undefined && to.link !== from.link) checkReplace(from.link, to.link, params);
    this.#space.charge(nodeCost(to.name) - nodeCost(from.name));
    this.#move(from, to);
  }

  #renameStream(stream: NamedStream, { newPath, replaceIfExists }: RenameParams): void {
    const { node, key } = stream;
    const name = splitStreamPath(newPath).stream;
    const { streams } = node;
    if (streams?.get(key) !== stream) refuse(NtStatus.OBJECT_NAME_NOT_FOUND);
    if (name === undefined) {
      if (this.#tree.placeOf(node, newPath) === undefined) refuse(NtStatus.INVALID_PARAMETER);
      this.#makeUnnamed(stream, replaceIfExists);
      return;
    }
    const newKey = this.#tree.keyOf(name);
    const taken = streams.get(newKey);
    if (taken !== undefined && taken !== stream) {
      if (!replaceIfExists) refuse(NtStatus.OBJECT_NAME_COLLISION);
      if (taken.fileSize > 0) refuse(NtStatus.INVALID_PARAMETER);
    }
    this.#space.charge(nodeCost(name) - nodeCost(stream.name));
    if (taken !== undefined && taken !== stream) this.#removeStream(taken);
    streams.delete(key);
    stream.name = ownName(name);
    stream.key = newKey;
    streams.set(newKey, stream);
    node.touch(this.#now());
  }

  /** The stream's data is the file's from now on, for those who have it open, too. */
  #makeUnnamed(stream: NamedStream, replaceIfExists: boolean): void {
    const { node } = stream;
    if (node.isDirectory) refuse(NtStatus.INVALID_PARAMETER);
    if (!replaceIfExists) refuse(NtStatus.OBJECT_NAME_COLLISION);
    if (node.fileSize > 0) refuse(NtStatus.INVALID_PARAMETER);
    node.data?.reset(0);
    node.data = this.#dataOf(stream);
    stream.isUnnamed = true;
    this.#removeStream(stream);
  }

  link(file: MemoryFile, newPath: string, replaceIfExists: boolean): FileInfo {
    const node = nodeOf(file);
    if (node.isDirectory) refuse(NtStatus.FILE_IS_A_DIRECTORY);
    if (node.link === undefined) refuse(NtStatus.ACCESS_DENIED);
    const place = this.#tree.findPlace(newPath);
    const taken = place.link;
    if (taken !== undefined) {
      if (!replaceIfExists) refuse(NtStatus.OBJECT_NAME_COLLISION);
      if (taken.node === node) return file.info();
      if (taken.node.isDirectory) refuse(NtStatus.ACCESS_DENIED);
    }
    if (node.linkCount >= MAX_LINKS) refuse(NtStatus.TOO_MANY_LINKS);
    this.#space.charge(nodeCost(place.name));
    if (taken !== undefined) this.#remove({ ...place, link: taken });
    this.#insert(place, node);
    node.changeTicks = this.#now();
    return file.info();
  }

  getLinks(file: MemoryFile): LinkInfo[] {
    return nodeOf(file).links.map(({ parent, name }) => ({
      directoryFileId: (parent ?? this.#tree.root).fileId,
      name,
    }));
  }

  getSecurity(file: MemoryFile): Uint8Array {
    return nodeOf(file).descriptor?.bytes ?? refuse(NtStatus.NO_SECURITY_ON_OBJECT);
  }

  setSecurity(file: MemoryFile, descriptor: Uint8Array): void {
    const node = nodeOf(file);
    const old = node.descriptor;
    node.descriptor = this.#descriptors.acquire(descriptor);
    if (old !== undefined) this.#descriptors.release(old);
    node.changeTicks = this.#now();
  }

  /**
   * In the order in which the names came. A name that comes while the listing runs is told last, so
   * the entries there were at the start are among the first as many: with them it ends, even if each
   * is renamed as soon as it is told.
   */
  *readDirectory(file: MemoryFile): Generator<DirectoryEntry, void, undefined> {
    const children = childrenOf(file);
    let left = children.size;
    for (const { name, node } of children.values()) {
      if (left-- <= 0) return;
      yield { name, info: node.info(), securityDescriptor: node.descriptor?.bytes };
    }
  }

  getDirectoryEntry(file: MemoryFile, name: string): DirectoryEntry | undefined {
    const link = childrenOf(file).get(this.#tree.keyOf(name));
    return link && { name: link.name, info: link.node.info() };
  }

  getStreams(file: MemoryFile): readonly StreamInfo[] {
    const node = nodeOf(file);
    const named = [...(node.streams?.values() ?? [])].map(streamInfo);
    if (node.isDirectory) return named;
    const { fileSize: streamSize, allocationSize } = node.info();
    return [{ name: "", streamSize, allocationSize }, ...named];
  }

  getExtendedAttributes(file: MemoryFile): readonly ExtendedAttribute[] {
    return nodeOf(file).extendedAttributes?.list() ?? [];
  }

  setExtendedAttributes(file: MemoryFile, changes: readonly ExtendedAttribute[]): FileInfo {
    const node = nodeOf(file);
    node.extendedAttributes = EaSet.changed(node.extendedAttributes, changes, this.#space);
    node.changeTicks = this.#now();
    return file.info();
  }

  getReparsePoint(file: MemoryFile): Uint8Array {
    return nodeOf(file).reparseData ?? refuse(NtStatus.NOT_A_REPARSE_POINT);
  }

  getReparsePointByName(path: string): Uint8Array | undefined {
    return this.#tree.find(path).node.reparseData;
  }

  setReparsePoint(file: MemoryFile, data: Uint8Array): void {
    const node = nodeOf(file);
    if (node === this.#tree.root) refuse(NtStatus.INVALID_PARAMETER);
    if (hasChildren(node)) refuse(NtStatus.DIRECTORY_NOT_EMPTY);
    checkReparseData(node, data);
    this.#replaceReparseData(node, data.slice());
    node.changeTicks = this.#now();
  }

  deleteReparsePoint(file: MemoryFile, data: Uint8Array): void {
    const node = nodeOf(file);
    if (node.reparseData === undefined) refuse(NtStatus.NOT_A_REPARSE_POINT);
    checkReparseData(node, data);
    this.#replaceReparseData(node, undefined);
    node.changeTicks = this.#now();
  }

  #replaceReparseData(node: MemoryNode, data: Uint8Array | undefined): void {
    const old = node.reparseData;
    this.#space.charge((data?.length ?? 0) - (old?.length ?? 0));
    this.#reparsePoints += Number(data !== undefined) - Number(old !== undefined);
    node.reparseData = data;
    if (data === undefined) node.attributes &= ~FILE_ATTRIBUTE_REPARSE_POINT;
    else node.attributes |= FILE_ATTRIBUTE_REPARSE_POINT;
  }

  /** Made of what never changes: the file's own number, and the volume's. */
  getObjectId(file: MemoryFile): Uint8Array {
    const id = new DataView(new ArrayBuffer(OBJECT_ID_BYTES));
    id.setBigUint64(0, nodeOf(file).fileId, true);
    id.setBigUint64(8, this.#tree.root.creationTicks, true);
    return new Uint8Array(id.buffer);
  }

  #findStream(node: MemoryNode, name: string): NamedStream {
    return node.streams?.get(this.#tree.keyOf(name)) ?? refuse(NtStatus.OBJECT_NAME_NOT_FOUND);
  }

  #createStream(
    path: string,
    filePath: string,
    name: string,
    params: CreateParams,
  ): Opened<MemoryFile> {
    const link = this.#tree.find(filePath);
    const { node } = link;
    const key = this.#tree.keyOf(name);
    if (node.streams?.has(key) === true) refuse(NtStatus.OBJECT_NAME_COLLISION);
    if ((node.streams?.size ?? 0) >= MAX_STREAMS) refuse(NtStatus.DISK_FULL);
    this.#space.charge(nodeCost(name));
    const stream = new NamedStream(node, ownName(name), key);
    try {
      if (params.allocationSize > 0) this.#dataOf(stream).reserve(params.allocationSize);
    } catch (error) {
      this.#space.charge(-nodeCost(name));
      throw error;
    }
    node.streams ??= new Map();
    node.streams.set(key, stream);
    node.touch(this.#now());
    return this.#openedStream(link, stream, path);
  }

  #openedStream(link: Link, stream: NamedStream, path: string): Opened<MemoryFile> {
    link.node.openCount++;
    stream.openCount++;
    const stored = `${pathOf(link)}:${stream.name}`;
    const opened = { file: stream, info: stream.info() };
    return stored === path ? opened : { ...opened, normalizedPath: stored };
  }

  /** Takes a stream off its file; it lives on while it is open. */
  #removeStream(stream: NamedStream): void {
    const { node, key, name } = stream;
    if (node.streams?.get(key) !== stream) return;
    node.streams.delete(key);
    node.touch(this.#now());
    this.#space.charge(-nodeCost(name));
    this.#releaseStream(stream);
  }

  /** Gives back what a stream without a file holds, when its last open is closed. */
  #releaseStream(stream: NamedStream): void {
    if (stream.isUnnamed) return;
    const isThere = stream.node.streams?.get(stream.key) === stream;
    if (!isThere && stream.openCount === 0) stream.data?.reset(0);
  }

  #newNode(attributes: number, isDirectory: boolean): MemoryNode {
    const node = new MemoryNode(this.#nextFileId++, attributes, isDirectory, this.#now());
    this.#nodes.set(node.fileId, node);
    return node;
  }

  #opened(link: Link, path: string | undefined): Opened<MemoryFile> {
    const file = link.node;
    file.openCount++;
    const stored = pathOf(link);
    if (stored === path) return { file, info: file.info() };
    return { file, info: file.info(), normalizedPath: stored };
  }

  /** What is in a file; there is none in a directory. */
  #dataOf(file: MemoryFile): ChunkStore {
    if (file.isDirectory) refuse(NtStatus.INVALID_DEVICE_REQUEST);
    return (file.data ??= new ChunkStore(this.#space));
  }

  /** What a new file has from the start. */
  #equip(node: MemoryNode, params: CreateParams): void {
    const { securityDescriptor, isDirectory, allocationSize } = params;
    if (securityDescriptor !== undefined) {
      node.descriptor = this.#descriptors.acquire(securityDescriptor);
    }
    if (params.extendedAttributes !== undefined) {
      node.extendedAttributes = EaSet.changed(undefined, params.extendedAttributes, this.#space);
    }
    if (!isDirectory && allocationSize > 0) this.#dataOf(node).reserve(allocationSize);
  }

  #refuseRead(file: MemoryFile): never {
    refuse(file.isDirectory ? NtStatus.INVALID_DEVICE_REQUEST : NtStatus.END_OF_FILE);
  }

  #insert(place: Place, node: MemoryNode): Link {
    const link = { parent: place.directory, name: ownName(place.name), node };
    node.addLink(link);
    place.children.set(ownKey(place.key, link.name), link);
    place.directory.touch(this.#now());
    return link;
  }

  /** Takes a name away; the file lives on while it is open. */
  #remove(place: TakenPlace): void {
    place.children.delete(place.key);
    place.directory.touch(this.#now());
    this.#unlink(place.link);
  }

  #unlink(link: Link): void {
    const { node, name } = link;
    node.removeLink(link);
    node.changeTicks = this.#now();
    this.#space.charge(-nodeCost(name));
    if (node.link !== undefined) return;
    this.#nodes.delete(node.fileId);
    this.#releaseUnused(node);
  }

  /** Gives back what a file without a name holds, when its last open is closed. */
  #releaseUnused(node: MemoryNode): void {
    if (node.link !== undefined || node.openCount > 0) return;
    node.data?.reset(0);
    if (node.reparseData !== undefined) this.#replaceReparseData(node, undefined);
    for (const stream of node.streams?.values() ?? []) this.#removeStream(stream);
    if (node.descriptor !== undefined) this.#descriptors.release(node.descriptor);
    node.descriptor = undefined;
    EaSet.release(node.extendedAttributes, this.#space);
    node.extendedAttributes = undefined;
  }

  /** Puts a link that exists in another place; what is there goes. Where the key stays, so does the order. */
  #move(from: TakenPlace, to: Place): void {
    const { link } = from;
    const isSameEntry = to.link === link;
    if (!isSameEntry) from.children.delete(from.key);
    link.parent = to.directory;
    link.name = ownName(to.name);
    to.children.set(ownKey(to.key, link.name), link);
    if (to.link !== undefined && !isSameEntry) this.#unlink(to.link);
    const now = this.#now();
    link.node.changeTicks = now;
    from.directory.touch(now);
    to.directory.touch(now);
  }
}

/** Everybody who may log on may do everything, and so on all that is made in here. */
function defaultRootDescriptor(): Uint8Array {
  return descriptorOfSddl("O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;WD)");
}

function checkOptions({ maxSize, label, fileSystemName }: MemoryOptions): void {
  if (maxSize !== undefined && !(Number.isSafeInteger(maxSize) && maxSize > 0)) {
    throw new RangeError(`The size of a memory volume is a whole number of bytes, not ${maxSize}`);
  }
  if ((label?.length ?? 0) > MAX_LABEL_UNITS) {
    throw new RangeError(`A volume label has at most ${MAX_LABEL_UNITS} characters: "${label}"`);
  }
  const nameUnits = fileSystemName?.length ?? 1;
  if (nameUnits === 0 || nameUnits > MAX_FILE_SYSTEM_NAME_UNITS) {
    throw new RangeError(
      `A file system name has 1 to ${MAX_FILE_SYSTEM_NAME_UNITS} characters: "${fileSystemName}"`,
    );
  }
}

function volumeParamsOf(options: MemoryOptions, creationTicks: bigint): Partial<VolumeParams> {
  return {
    volumeCreationTicks: creationTicks,
    volumeSerialNumber: Number(BigInt.asUintN(32, creationTicks ^ (creationTicks >> 32n))),
    isCaseSensitive: options.isCaseSensitive ?? false,
    isReadOnly: options.isReadOnly ?? false,
    isEaCasePreserving: true, // Linux asks for `user.name`, and takes no `USER.NAME` for it
    ...(options.fileSystemName !== undefined && { fileSystemName: options.fileSystemName }),
  };
}

/** The system's clock. A tick is made for each millisecond, not for each call: 36 ns and 24 bytes. */
function clock(): () => bigint {
  let lastMs = 0;
  let ticks = 0n;
  return () => {
    const ms = Date.now();
    if (ms !== lastMs) ticks = ticksOfMs(ms);
    lastMs = ms;
    return ticks;
  };
}

/** Equal times as one object: four for each file would be a hundred bytes. */
function shared(now: () => bigint): () => bigint {
  let last = 0n;
  return () => {
    const ticks = now();
    if (ticks !== last) last = ticks;
    return last;
  };
}

function attributesOf(given: number, isDirectory: boolean): number {
  return (given & SETTABLE_ATTRIBUTES) | (isDirectory ? FILE_ATTRIBUTE_DIRECTORY : 0);
}

/** The file, of itself or of a stream of it. */
function nodeOf(file: MemoryFile): MemoryNode {
  return file instanceof NamedStream ? file.node : file;
}

function streamInfo({ name, fileSize, allocationSize }: NamedStream): StreamInfo {
  return { name, streamSize: fileSize, allocationSize };
}

const OBJECT_ID_BYTES = 16;

function hasChildren(node: MemoryNode): boolean {
  return node.children !== undefined && node.children.size > 0;
}

function childrenOf(file: MemoryFile): Map<string, Link> {
  return nodeOf(file).children ?? refuse(NtStatus.INVALID_PARAMETER);
}

/** The key of a name: the very same string where they are equal. */
function ownKey(key: string, name: string): string {
  return key === name ? name : ownName(key);
}

/** Reparse data that does not fit what is there, or is none, is refused. [MS-FSA] 2.1.5.10 */
function checkReparseData(node: MemoryNode, data: Uint8Array): void {
  const point = readReparsePoint(data);
  if (typeof point === "number") refuse(point);
  if (point.tag === ReparseTag.MOUNT_POINT && !node.isDirectory) refuse(NtStatus.NOT_A_DIRECTORY);
  if (node.reparseData === undefined) return;
  const old = readReparsePoint(node.reparseData);
  const status = typeof old === "number" ? old : checkReparsePoints(old, point);
  if (status !== NtStatus.SUCCESS) refuse(status);
}

function clip(bytes: Uint8Array, length: number): Uint8Array {
  return length >= bytes.length ? bytes : bytes.subarray(0, Math.max(length, 0));
}

/** [MS-FSA] 2.1.5.15.11: what a rename may take the place of. */
function checkReplace(link: Link, target: Link, params: RenameParams): void {
  if (!params.replaceIfExists) refuse(NtStatus.OBJECT_NAME_COLLISION);
  if (!target.node.isDirectory) return;
  if (!params.isPosix || !link.node.isDirectory) refuse(NtStatus.ACCESS_DENIED);
  if (hasChildren(target.node)) refuse(NtStatus.DIRECTORY_NOT_EMPTY);
}
