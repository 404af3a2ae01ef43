import {
  chmodSync,
  closeSync,
  constants,
  fsync,
  ftruncateSync,
  linkSync,
  read as readLater,
  readSync,
  renameSync,
  rmdirSync,
  statfsSync,
  symlinkSync,
  unlinkSync,
  write as writeLater,
  writeSync,
} from "node:fs";
import { promisify } from "node:util";
import {
  type AllocatedRange,
  type Awaitable,
  type BasicInfo,
  type Caller,
  type CleanupParams,
  type CreateParams,
  type DirectoryEntry,
  type DirectoryName,
  type ExtendedAttribute,
  type FileInfo,
  type FileSystem,
  type LinkInfo,
  MAX_LABEL_UNITS,
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
  checkReparsePoints,
  FILE_ATTRIBUTE_ARCHIVE,
  FILE_ATTRIBUTE_DIRECTORY,
  FILE_ATTRIBUTE_READONLY,
  FILE_ATTRIBUTE_REPARSE_POINT,
  FILE_ATTRIBUTE_SPARSE_FILE,
  foldName,
  joinPath,
  lastName,
  NtStatus,
  parentPath,
  ReparseTag,
  readReparsePoint,
  splitStreamPath,
  statusOf,
  ticksOfMs,
  ticksOfNs,
} from "../../nt/index.js";
import { Attachments, type Keeper } from "./attachments.js";
import { ChangeWatcher } from "./change-watcher.js";
import { Detour, Directories, type Directory, type Found, type Place } from "./directories.js";
import { changeEas, listEas } from "./extended-attributes.js";
import { type Facts, writeFacts } from "./facts.js";
import {
  dataIn,
  fill,
  punchHole,
  releaseReserved,
  reserve,
  wholeRange,
  writeZeros,
} from "./file-space.js";
import { FolderFile, OpenNode, Rights, rightsFor } from "./folder-file.js";
import { type HostAccess, NODE_ACCESS } from "./host-access.js";
import { HostCalls, type ReadEntries } from "./host-calls.js";
import {
  BIGINT,
  HOLD,
  HOLD_DIRECTORY,
  hasCode,
  isSameFile,
  leadsTo,
  lookAt,
  MAKE,
  makeFile,
  namesIn,
  statsOf,
  takeHold,
} from "./host-files.js";
import { HostKind, listHost } from "./host-listing.js";
import {
  type HostPath,
  hostNameOfBytes,
  pathIn,
  pathOfOpen,
  windowsNameOfHost,
} from "./host-names.js";
import type { HostStats } from "./host-stats.js";
import { setHostTimes } from "./host-times.js";
import { KeptFiles } from "./kept-files.js";
import {
  defaultAttributesOf,
  FACTS,
  fileInfoOf,
  HAS_REPARSE,
  isSparseFile,
  type Kept,
  LABEL,
  modeFor,
  modeOf,
  NOTHING_KEPT,
  REPARSE,
  readKept,
  settable,
  settableAttributesOf,
} from "./known-file.js";
import { CHANGE_SLACK_NS, MAX_BYTES_AT_ONCE, MAX_TEMPORARY_NAMES } from "./limits.js";
import { leadsToDirectory, readLink } from "./link-targets.js";
import { reparseDataOfLink, targetOfReparseData } from "./links.js";
import { NamesOfFiles } from "./names-of-files.js";
import { OwnChanges } from "./own-changes.js";
import { Permissions } from "./permissions.js";
import { refuse } from "./refusal.js";
import { isSideDirectory, SideFiles } from "./side-files.js";
import { allocationOf, Streams } from "./streams.js";

/** How a folder is to be served. */
export interface FolderOptions {
  /** At most 32 UTF-16 units; the name of the directory unless told. */
  readonly label?: string | undefined;
  /** 1 to 15 UTF-16 units; `NTFS` unless told, as some programs start from nothing else. */
  readonly fileSystemName?: string | undefined;
  /** Names that differ in case name different files; false unless told, as Windows and macOS have it. */
  readonly isCaseSensitive?: boolean | undefined;
  readonly isReadOnly?: boolean | undefined;
  /**
   * Where what Windows knows of a file and the host does not is kept: in extended attributes of the host, where
   * the library koffi is installed and they fit, unless told; or in side files always.
   */
  readonly keepIn?: "xattrs" | "sideFiles" | undefined;
  /** Told of what people should know of, in a sentence; to `process.emitWarning` unless told. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** What a folder stands on; made by `folder`. */
export interface FolderParts {
  /** A hold on the directory, which becomes this file system's. */
  readonly rootFd: number;
  readonly label: string;
  readonly isReadOnly: boolean;
  readonly onWarning: (message: string) => void;
}

const laterRead = promisify(readLater);
const laterWrite = promisify(writeLater);
const laterSync = promisify(fsync);

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } = constants;

/** Opens a file for its data. What is none is not waited for. */
const READ = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
const WRITE = O_RDWR | O_NOFOLLOW | O_NONBLOCK;

const NEW_FILE_MODE = 0o666; // less what umask(2) takes away
const NEW_DIRECTORY_MODE = 0o777;

/** How a file comes to be open. */
interface NewOpen {
  readonly stream?: { readonly fd: number; readonly name: string } | undefined;
  /** What is kept with it, where that is known. */
  readonly kept?: Kept | undefined;
  readonly rights?: Rights;
}

/** A handle on a file, and what the host tells of it. */
interface Handle {
  readonly fd: number;
  readonly rights: Rights;
  readonly stats: HostStats;
}

/** How long a time that a write moved stays as it is when there are more writes, in ticks: 15.6 ms, as on Windows. */
const TIME_RESOLUTION_TICKS = 156_250n;

/** Sets the files of other volumes apart from those of the root's, which go by their own numbers. */
const DEVICE_FACTOR = 0x9e37_79b9_7f4a_7c15n;

/**
 * A directory of the host, as a volume. All but the reading and writing of much data answers at once.
 *
 * @see `docs/folder.md`; WinFsp 4.6 to 4.8, 6.2
 */
export class FolderFileSystem implements FileSystem<FolderFile> {
  readonly volumeParams: Partial<VolumeParams>;
  /** Present, as the two after it, where the host can make holes and find them. */
  readonly setSparse?: NonNullable<FileSystem<FolderFile>["setSparse"]>;
  readonly getAllocatedRanges?: NonNullable<FileSystem<FolderFile>["getAllocatedRanges"]>;
  readonly setZeroData?: NonNullable<FileSystem<FolderFile>["setZeroData"]>;
  /** Present where the host tells of many names with a call. */
  readonly readDirectoryNames?: NonNullable<FileSystem<FolderFile>["readDirectoryNames"]>;
  readonly #rootFd: number;
  readonly #device: bigint;
  #label: string;
  readonly #onWarning: (message: string) => void;
  readonly #calls = HostCalls.load();
  readonly #host: HostAccess = this.#calls ?? NODE_ACCESS;
  readonly #sideFiles: SideFiles;
  readonly #attachments: Attachments;
  readonly #kept: KeptFiles;
  readonly #streams: Streams;
  readonly #permissions: Permissions;
  readonly #directories: Directories;
  readonly #names = new NamesOfFiles();
  readonly #own = new OwnChanges();
  readonly #nodes = new Map<bigint, OpenNode>();
  #watcher: ChangeWatcher | undefined;
  /** Reparse data is kept with some file; the host's own links do not count. */
  #hasReparseData: boolean;
  /** What was asked for by name last, for who opens it at once. */
  #looked: { readonly path: string; readonly found: Found; readonly kept: Kept } | undefined;
  /** The name that led nowhere last, for who makes it at once. */
  #missed: string | undefined;

  constructor(parts: FolderParts, options: FolderOptions) {
    const isCaseSensitive = options.isCaseSensitive ?? false;
    this.#rootFd = parts.rootFd;
    this.#label = parts.label;
    this.#onWarning = parts.onWarning;
    const root = this.#host.stats(parts.rootFd);
    this.#device = root.dev;
    this.#sideFiles = new SideFiles(parts.rootFd, root.dev);
    const xattrs = options.keepIn === "sideFiles" ? undefined : this.#calls;
    this.#attachments = new Attachments(xattrs, this.#sideFiles);
    this.#kept = new KeptFiles(this.#attachments);
    this.#streams = new Streams(this.#sideFiles, isCaseSensitive);
    this.#permissions = new Permissions(this.#attachments);
    this.#hasReparseData = this.#attachments.get(this.#rootKeeper, HAS_REPARSE) !== undefined;
    if (options.label === undefined) {
      const label = this.#attachments.get(this.#rootKeeper, LABEL);
      if (label !== undefined) this.#label = label.toString("utf16le").slice(0, MAX_LABEL_UNITS);
    }
    this.#directories = new Directories({
      host: this.#host,
      rootFd: parts.rootFd,
      isCaseSensitive,
      isReparsePoint: (found) => this.#keptOf(found).reparseTag !== 0,
    });
    this.volumeParams = {
      volumeCreationTicks: ticksOfNs(root.birthtimeNs),
      volumeSerialNumber: Number(BigInt.asUintN(32, root.dev ^ (root.ino << 8n))),
      isCaseSensitive,
      isReadOnly: parts.isReadOnly,
      isEaCasePreserving: true, // the host tells names apart by case
      ...(options.fileSystemName !== undefined && { fileSystemName: options.fileSystemName }),
    };
    const calls = this.#calls;
    if (calls === undefined) return;
    this.setSparse = (file, isSparse) => this.#setSparse(calls, file, isSparse);
    this.getAllocatedRanges = (file, offset, length) =>
      this.#allocatedRanges(calls, file, offset, length);
    this.setZeroData = (file, offset, length) => this.#zero(calls, file, { offset, length });
    const { readEntries } = calls;
    if (readEntries === undefined) return;
    this.readDirectoryNames = (file) =>
      this.#hasReparseData ? this.readDirectory(file) : this.#listNames(readEntries, file);
  }

  start(notify: Notify): void {
    this.#watcher = new ChangeWatcher({
      host: this.#host,
      directories: this.#directories,
      own: this.#own,
      onWarning: this.#onWarning,
      touched: (stats) => {
        this.#kept.forget(this.#fileIdOf(stats));
      },
      notify: (changes) => {
        this.#forgetKept(changes);
        notify(changes);
      },
    });
  }

  stop(): void {
    this.#watcher?.close();
    this.#directories.forgetAll();
    this.#sideFiles.close();
    closeSync(this.#rootFd);
  }

  getVolumeInfo(): VolumeInfo {
    const { blocks, bavail, bsize } = statfsSync(pathOfOpen(this.#rootFd), BIGINT);
    return {
      totalSize: Number(blocks * bsize),
      freeSize: Number(bavail * bsize),
      label: this.#label,
    };
  }

  /** Kept with the root. */
  setVolumeLabel(label: string): VolumeInfo {
    if (label.length > MAX_LABEL_UNITS) refuse(NtStatus.INVALID_PARAMETER);
    this.#attachments.set(this.#rootKeeper, LABEL, Buffer.from(label, "utf16le"));
    this.#label = label;
    return this.getVolumeInfo();
  }

  get #rootKeeper(): Keeper {
    const hostPath = pathOfOpen(this.#rootFd);
    return { hostPath, isOpen: true, stats: this.#host.stats(this.#rootFd) };
  }

  getSecurityByName(path: string, caller: Caller): SecurityByName {
    const { filePath, stream } = splitStreamPath(path);
    const found = this.#lookUp(filePath);
    if (found instanceof Detour) return { fileAttributes: 0, reparseAt: found.reparseAt };
    const kept = this.#keptOf(found);
    this.#looked = { path: filePath, found, kept };
    const { fileAttributes } = this.#infoOf(found, kept);
    const securityDescriptor = this.#permissions.descriptorOf(keeperOf(found), kept.facts, caller);
    if (stream === undefined) return { fileAttributes, securityDescriptor };
    if (this.#streams.find(found.stats, stream) === undefined) {
      refuse(NtStatus.OBJECT_NAME_NOT_FOUND);
    }
    return { fileAttributes: fileAttributes & ~FILE_ATTRIBUTE_DIRECTORY, securityDescriptor };
  }

  open(path: string, params: OpenParams): Opened<FolderFile> {
    const { filePath, stream } = splitStreamPath(path);
    const looked = this.#looked;
    this.#looked = undefined;
    const isLooked = looked?.path === filePath;
    const found = isLooked ? looked.found : this.#directories.findStraight(filePath);
    const wanted = stream === undefined ? rightsFor(params.grantedAccess) : Rights.NONE;
    const { fd, rights, stats } = this.#openFound(found, wanted);
    const opened = stream === undefined ? undefined : this.#openStream(fd, stream);
    const isUnchanged = isLooked && isUntouched(stats, looked.found.stats);
    const kept = isUnchanged ? looked.kept : undefined;
    const file = this.#newOpen({ path: found.path, stats }, fd, { stream: opened, kept, rights });
    try {
      file.prepare(params.grantedAccess, stats);
      return this.#opened(file, path, stats);
    } catch (error) {
      this.close(file);
      throw error;
    }
  }

  create(path: string, params: CreateParams, caller: Caller): Opened<FolderFile> {
    const { filePath, stream } = splitStreamPath(path);
    if (stream !== undefined) return this.#createStream(path, filePath, stream, params);
    const place = this.#freePlace(path);
    const { isDirectory } = params;
    const fd = this.#changeNames({ comes: place }, () => this.#make(place, isDirectory));
    const made = this.#host.stats(fd);
    const file = this.#newOpen({ path: place.path, stats: made }, fd, {
      kept: NOTHING_KEPT,
      rights: isDirectory ? Rights.NONE : Rights.WRITING,
    });
    try {
      const stats = this.#equip(file, made, params, caller);
      this.#own.note(stats);
      this.#kept.note(file.node.fileId, stats, file.node.kept);
      return this.#opened(file, path, stats);
    } catch (error) {
      this.#removeName(place, file.stats());
      this.close(file);
      throw error;
    }
  }

  /** Of a file its streams go, too, but for those that are open. Of a stream only the data goes. */
  overwrite(file: FolderFile, params: OverwriteParams): FileInfo {
    const fd = file.writable();
    file.node.reserved = 0;
    ftruncateSync(fd, 0);
    if (file.stream === undefined) this.#refurnish(file, params);
    else this.#touch(file);
    if (params.allocationSize > 0) reserve(this.#calls, file, params.allocationSize);
    return this.getFileInfo(file);
  }

  /** What cannot be done after all is left. */
  cleanup(file: FolderFile, path: string, params: CleanupParams): void {
    try {
      if (params.isDelete) this.#delete(file, path);
      if (params.isAllocationReset) this.#giveBack(file);
    } catch (error) {
      if (statusOf(error) === undefined) throw error;
    }
  }

  close(file: FolderFile): void {
    file.close();
    const { node } = file;
    if (node.opens.size === 0) this.#nodes.delete(node.fileId);
  }

  read(file: FolderFile, target: Uint8Array, offset: number): Awaitable<number> {
    const fd = file.readable();
    if (target.length <= MAX_BYTES_AT_ONCE) return orEnd(readAtOnce(fd, target, offset));
    return file.busy(async () => orEnd(await readInTime(fd, target, offset)));
  }

  write(
    file: FolderFile,
    data: Uint8Array,
    offset: number,
    params: WriteParams,
  ): Awaitable<Written> {
    const fd = file.writable();
    const before = params.keepTimes ? this.getFileInfo(file) : undefined;
    const { toEndOfFile, isConstrained } = params;
    const isAsked = toEndOfFile || isConstrained || file.stream !== undefined;
    const size = isAsked ? Number(file.dataStats().size) : file.node.fileSize;
    const at = toEndOfFile ? size : offset;
    const run = isConstrained ? data.subarray(0, Math.max(0, size - at)) : data;
    if (toEndOfFile || run.length <= MAX_BYTES_AT_ONCE) {
      writeAtOnce(fd, run, at, size);
      return this.#written(file, run.length, before);
    }
    this.#own.begin(file.node.fileId);
    return file.busy(async () => {
      try {
        await writeInTime(fd, run, at, size);
        return this.#written(file, run.length, before);
      } finally {
        this.#own.end(file.node.fileId);
      }
    });
  }

  /** The whole volume: what is open on it. */
  async flush(file: FolderFile | undefined): Promise<void> {
    if (file !== undefined) {
      if (file.stream === undefined && !file.stats().isFile()) return;
      const fd = file.readable();
      await file.busy(() => laterSync(fd));
      return;
    }
    for (const { opens } of [...this.#nodes.values()]) {
      for (const open of opens) if (open.isReadyToWrite && !open.isClosed) await this.flush(open);
    }
  }

  getFileInfo(file: FolderFile): FileInfo {
    return this.#infoOfOpen(file, file.stats());
  }

  #infoOfOpen(file: FolderFile, stats: HostStats): FileInfo {
    const { node, stream } = file;
    const info = fileInfoOf(stats, node.kept, {
      fileId: node.fileId,
      reserved: node.reserved,
      leadsToDirectory: this.#leadsToDirectory(file.path, stats),
    });
    if (stream === undefined) {
      node.fileSize = info.fileSize;
      return info;
    }
    const data = file.dataStats();
    const isSparse = node.kept.facts.sparseStreams?.includes(stream.name) === true;
    const left = info.fileAttributes & ~(FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_SPARSE_FILE);
    return {
      ...info,
      fileAttributes: left | (isSparse ? FILE_ATTRIBUTE_SPARSE_FILE : 0),
      fileSize: Number(data.size),
      allocationSize: Math.max(allocationOf(data), node.reserved),
    };
  }

  setBasicInfo(file: FolderFile, basic: BasicInfo): FileInfo {
    this.#setBasic(file, basic);
    return this.#left(file);
  }

  setFileSize(file: FolderFile, fileSize: number): FileInfo {
    ftruncateSync(file.writable(), fileSize);
    return this.#changed(file);
  }

  setAllocationSize(file: FolderFile, allocationSize: number): FileInfo {
    const size = Number(file.dataStats().size);
    if (allocationSize < size) ftruncateSync(file.writable(), allocationSize);
    reserve(this.#calls, file, allocationSize > size ? allocationSize : 0);
    return allocationSize < size ? this.#changed(file) : this.#left(file);
  }

  canDelete(file: FolderFile): void {
    if (file.path === "\\" && file.stream === undefined) refuse(NtStatus.CANNOT_DELETE);
    if (!file.isDirectory || file.stream !== undefined) return;
    if (namesIn(file.fd).length > 0) refuse(NtStatus.DIRECTORY_NOT_EMPTY);
  }

  rename(file: FolderFile, path: string, params: RenameParams): void {
    if (file.stream !== undefined) {
      this.#renameStream(file, params);
      return;
    }
    const from = this.#directories.findStraight(path);
    if (from.place === undefined) refuse(NtStatus.INVALID_PARAMETER);
    if (!isSameFile(from.stats, file.stats())) refuse(NtStatus.OBJECT_NAME_NOT_FOUND);
    const { place: to, taken } = this.#directories.findPlace(params.newPath);
    const isTaken = taken !== undefined && taken.path !== from.path;
    if (isTaken) checkReplace(from, taken, params);
    this.#move(from.place, to, isTaken ? taken : undefined, from.stats);
    this.#moved(file, from.path, to.path);
  }

  link(file: FolderFile, newPath: string, replaceIfExists: boolean): FileInfo {
    if (file.isDirectory) refuse(NtStatus.FILE_IS_A_DIRECTORY);
    const stats = file.stats();
    const from = this.#directories.findStraight(file.path);
    if (!isSameFile(from.stats, stats)) refuse(NtStatus.ACCESS_DENIED); // it has lost the name
    const { place: to, taken } = this.#directories.findPlace(newPath);
    if (taken !== undefined) {
      if (!replaceIfExists) refuse(NtStatus.OBJECT_NAME_COLLISION);
      if (isSameFile(taken.stats, stats)) return this.getFileInfo(file);
      if (taken.stats.isDirectory()) refuse(NtStatus.ACCESS_DENIED);
      this.#removeName(taken.place ?? to, taken.stats);
    }
    this.#changeNames({ comes: to }, () => {
      linkTo(from.hostPath, to, stats);
    });
    this.#names.note(file.node.fileId, file.path);
    this.#names.note(file.node.fileId, to.path);
    return this.#left(file);
  }

  /** Found among the names that the file was seen under; where some are missing, by a walk through all. */
  getLinks(file: FolderFile): Awaitable<readonly LinkInfo[]> {
    this.#names.note(file.node.fileId, file.path);
    const lead = { directories: this.#directories, fileId: file.node.fileId, stats: file.stats() };
    return this.#names.find(lead, (stats) => this.#fileIdOf(stats));
  }

  getSecurity(file: FolderFile, caller: Caller): Uint8Array {
    const { facts } = file.node.kept;
    return this.#permissions.descriptorOf(file.keeper(file.stats()), facts, caller);
  }

  setSecurity(file: FolderFile, descriptor: Uint8Array, caller: Caller): void {
    this.#keepDescriptor(file, file.stats(), descriptor, caller);
    this.#left(file);
  }

  *readDirectory(file: FolderFile): Generator<DirectoryEntry, void, undefined> {
    this.#checkDirectory(file);
    for (const bytes of namesIn(file.fd)) {
      if (file.isClosed) return;
      const name = windowsNameOfHost(bytes);
      if (file.path === "\\" && isSideDirectory(name)) continue;
      const hostPath = pathIn(file.fd, hostNameOfBytes(bytes));
      const stats = lookAt(hostPath);
      if (stats === undefined) continue; // it has gone meanwhile
      const found = { path: joinPath(file.path, name), hostPath, isOpen: false, stats };
      yield { name, info: this.#infoOf(found, this.#keptOf(found)) };
    }
  }

  /** What the host does not tell the kind of is looked at. */
  *#listNames(
    readEntries: ReadEntries,
    file: FolderFile,
  ): Generator<DirectoryName, void, undefined> {
    this.#checkDirectory(file);
    const { dev } = statsOf(file.fd);
    const isRoot = file.path === "\\";
    for (const entry of listHost(readEntries, file.fd)) {
      if (file.isClosed) return;
      const { name, ino, kind } = entry;
      if (isRoot && isSideDirectory(name)) continue;
      if (kind !== HostKind.UNKNOWN) {
        yield { name, info: infoOfKind(kind, this.#fileIdOf({ ino, dev })) };
        continue;
      }
      const looked = this.#look(file, name);
      if (looked !== undefined) yield { name, info: this.#infoOf(looked, this.#keptOf(looked)) };
    }
  }

  getDirectoryEntry(file: FolderFile, name: string, caller: Caller): DirectoryEntry | undefined {
    this.#checkDirectory(file);
    const found = this.#look(file, name);
    if (found === undefined) return undefined;
    const kept = this.#keptOf(found);
    return {
      name: lastName(found.path),
      info: this.#infoOf(found, kept),
      securityDescriptor: this.#permissions.descriptorOf(keeperOf(found), kept.facts, caller),
    };
  }

  #look({ path, fd }: FolderFile, name: string): Found | undefined {
    return this.#directories.look({ path, fd, whereabouts: "" }, name);
  }

  getStreams(file: FolderFile): readonly StreamInfo[] {
    const stats = file.stats();
    const named = this.#streams.list(stats);
    if (file.isDirectory) return named;
    const { reserved, kept, fileId } = file.node;
    const info = fileInfoOf(stats, kept, { fileId, reserved, leadsToDirectory: false });
    const { fileSize: streamSize, allocationSize } = info;
    return [{ name: "", streamSize, allocationSize }, ...named];
  }

  getExtendedAttributes(file: FolderFile): readonly ExtendedAttribute[] {
    const needed = file.node.kept.facts.neededEas ?? [];
    return listEas(this.#attachments, file.keeper(file.stats()), needed);
  }

  setExtendedAttributes(file: FolderFile, changes: readonly ExtendedAttribute[]): FileInfo {
    this.#changeEas(file, changes);
    return this.#left(file);
  }

  getReparsePoint(file: FolderFile): Uint8Array {
    const stats = file.stats();
    if (!stats.isSymbolicLink()) {
      const data = this.#attachments.get(file.keeper(stats), REPARSE);
      return data ?? refuse(NtStatus.NOT_A_REPARSE_POINT);
    }
    const found = this.#directories.findStraight(file.path);
    if (!isSameFile(found.stats, stats)) refuse(NtStatus.NOT_A_REPARSE_POINT);
    return reparseDataOfLink(readLink(found.hostPath));
  }

  getReparsePointByName(path: string): Uint8Array | undefined {
    const found = this.#directories.findStraight(path);
    if (found.stats.isSymbolicLink()) return reparseDataOfLink(readLink(found.hostPath));
    return this.#attachments.get(keeperOf(found), REPARSE);
  }

  /** What the host has symbolic links for becomes one; the rest is kept with the file. */
  setReparsePoint(file: FolderFile, data: Uint8Array): void {
    const stats = file.stats();
    if (file.path === "\\") refuse(NtStatus.INVALID_PARAMETER);
    if (stats.isDirectory() && namesIn(file.fd).length > 0) refuse(NtStatus.DIRECTORY_NOT_EMPTY);
    this.#checkReparseData(file, stats, data);
    const target = targetOfReparseData(data);
    if (target !== undefined && (stats.isSymbolicLink() || stats.size === 0n || file.isDirectory)) {
      this.#replaceNode(file, stats, (hostPath) => {
        symlinkSync(target, hostPath);
      });
      return;
    }
    if (stats.isSymbolicLink()) refuse(NtStatus.NOT_SUPPORTED);
    this.#keepReparseData(file, data.slice());
  }

  deleteReparsePoint(file: FolderFile, data: Uint8Array): void {
    const stats = file.stats();
    const isLink = stats.isSymbolicLink();
    if (!isLink && file.node.kept.reparseTag === 0) refuse(NtStatus.NOT_A_REPARSE_POINT);
    this.#checkReparseData(file, stats, data);
    if (!isLink) {
      this.#keepReparseData(file, undefined);
      return;
    }
    this.#replaceNode(file, stats, (hostPath) => {
      closeSync(makeFile(hostPath, NEW_FILE_MODE));
    });
  }

  /** Made of what never changes: the file's number, and when it came to have it. */
  getObjectId(file: FolderFile): Uint8Array {
    const id = new BigUint64Array([file.node.fileId, file.stats().birthtimeNs]);
    return new Uint8Array(id.buffer);
  }

  // Opening and making

  /** What a path leads to. Whoever asks opens what there is, or makes what there is not, in the next moment, or never. */
  #lookUp(path: string): Found | Detour {
    if (this.#looked === undefined && this.#missed === undefined) {
      queueMicrotask(() => {
        this.#looked = undefined;
        this.#missed = undefined;
      });
    }
    try {
      return this.#directories.find(path);
    } catch (error) {
      if (statusOf(error) === NtStatus.OBJECT_NAME_NOT_FOUND) this.#missed = path;
      throw error;
    }
  }

  /** Where something new will be. @throws NtError OBJECT_NAME_COLLISION */
  #freePlace(path: string): Place {
    const wasMissed = this.#missed === path;
    this.#missed = undefined;
    if (wasMissed) return this.#directories.placeOf(path);
    const { place, taken } = this.#directories.findPlace(path);
    if (taken !== undefined) refuse(NtStatus.OBJECT_NAME_COLLISION);
    return place;
  }

  /**
   * Opens what was found, for its data where that is a file's that may be opened so, at once; else takes a hold, from
   * which the rest follows. What came in its place since is not opened where it is no file: who opens a pipe may be
   * waited for, and a device may do anything.
   */
  #openFound(found: Found, wanted: Rights): Handle {
    const { place } = found;
    if (wanted !== Rights.NONE && place !== undefined && found.stats.isFile()) {
      const opened = this.#openFile(place, wanted);
      if (opened !== undefined) return opened;
    }
    const fd = this.#hold(found);
    return { fd, rights: Rights.NONE, stats: this.#host.stats(fd) };
  }

  /** Undefined where that cannot be done: a hold will show why. */
  #openFile({ directory, name }: Place, rights: Rights): Handle | undefined {
    let fd: number;
    try {
      fd = this.#host.open(directory.fd, name, rights === Rights.WRITING ? WRITE : READ);
    } catch (error) {
      if (error instanceof Error && "code" in error) return undefined;
      throw error;
    }
    const stats = this.#host.stats(fd);
    if (stats.isFile()) return { fd, rights, stats };
    closeSync(fd);
    return undefined;
  }

  #hold({ place, hostPath, isOpen }: Found): number {
    if (place === undefined) return takeHold(hostPath, isOpen);
    return this.#host.open(place.directory.fd, place.name, HOLD);
  }

  #newOpen(
    { path, stats }: Pick<Found, "path" | "stats">,
    fd: number,
    { stream, kept, rights = Rights.NONE }: NewOpen,
  ): FolderFile {
    const fileId = this.#fileIdOf(stats);
    let node = this.#nodes.get(fileId);
    if (node === undefined) {
      const keeper = { hostPath: pathOfOpen(fd), isOpen: true, stats };
      node = new OpenNode(fileId, kept ?? this.#kept.read(fileId, keeper));
      this.#nodes.set(fileId, node);
    }
    return new FolderFile({
      host: this.#host,
      node,
      path,
      isDirectory: stats.isDirectory(),
      fd,
      rights,
      stream: stream && { name: stream.name },
      streamFd: stream?.fd,
    });
  }

  #opened(file: FolderFile, path: string, stats: HostStats): Opened<FolderFile> {
    const stored = file.stream === undefined ? file.path : `${file.path}:${file.stream.name}`;
    const info = this.#infoOfOpen(file, stats);
    if (info.hardLinks > 1) this.#names.note(info.fileId, file.path);
    return stored === path ? { file, info } : { file, info, normalizedPath: stored };
  }

  /** @param fd - a hold on the file, which is given up where there is no such stream */
  #openStream(fd: number, name: string): { readonly fd: number; readonly name: string } {
    try {
      return this.#streams.open(this.#host.stats(fd), name);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  #createStream(
    path: string,
    filePath: string,
    name: string,
    params: CreateParams,
  ): Opened<FolderFile> {
    const found = this.#directories.findStraight(filePath);
    const streamFd = this.#streams.make(found.stats, name);
    const fd = this.#hold(found);
    const file = this.#newOpen({ path: found.path, stats: this.#host.stats(fd) }, fd, {
      stream: { fd: streamFd, name },
      rights: Rights.WRITING,
    });
    try {
      if (params.allocationSize > 0) reserve(this.#calls, file, params.allocationSize);
      this.#touch(file);
      return this.#opened(file, path, file.stats());
    } catch (error) {
      this.#streams.remove(file.stats(), name, file.dataStats());
      this.close(file);
      throw error;
    }
  }

  /**
   * What a new file has from the start.
   *
   * @param made - as it was made
   * @returns as it is then
   */
  #equip(file: FolderFile, made: HostStats, params: CreateParams, caller: Caller): HostStats {
    const { securityDescriptor, extendedAttributes, allocationSize, fileAttributes } = params;
    let stats = made;
    if (extendedAttributes !== undefined) {
      this.#changeEas(file, extendedAttributes);
      stats = file.stats();
    }
    if (securityDescriptor !== undefined && !this.#isDerived(file, securityDescriptor, caller)) {
      stats = this.#keepDescriptor(file, stats, securityDescriptor, caller);
    }
    stats = this.#setAttributes(file, stats, settable(fileAttributes));
    if (params.isDirectory || allocationSize === 0) return stats;
    reserve(this.#calls, file, allocationSize);
    return file.stats();
  }

  /** Whether a new file's descriptor says no more than what its permissions will come to. */
  #isDerived(file: FolderFile, descriptor: Uint8Array, caller: Caller): boolean {
    if (!this.#permissions.isInherited(descriptor, caller)) return false;
    const directory = this.#directories.findStraight(parentPath(file.path));
    return this.#keptOf(directory).facts.security === undefined;
  }

  /** An overwritten file has other attributes, extended ones too, and fewer streams. */
  #refurnish(file: FolderFile, params: OverwriteParams): void {
    const stats = file.stats();
    const open = [...file.node.opens].flatMap(({ stream }) => (stream ? [stream.name] : []));
    this.#streams.removeOthers(stats, new Set(open));
    const keeper = file.keeper(stats);
    const gone = listEas(this.#attachments, keeper, []).map((each) => ({
      ...each,
      value: NOTHING,
    }));
    const given = params.extendedAttributes ?? [];
    if (gone.length + given.length > 0) this.#changeEas(file, [...gone, ...given]);
    const old = params.replaceAttributes ? 0 : settableAttributesOf(stats, file.node.kept.facts);
    this.#saveFacts(file, { ...file.node.kept.facts, isSparse: undefined, change: undefined });
    const attributes = old | settable(params.fileAttributes) | FILE_ATTRIBUTE_ARCHIVE;
    this.#setAttributes(file, file.stats(), attributes);
    this.#left(file);
  }

  // Names

  #delete(file: FolderFile, path: string): void {
    const { filePath, stream } = splitStreamPath(path);
    const stats = file.stats();
    if (file.stream !== undefined && stream !== undefined) {
      this.#streams.remove(stats, file.stream.name, file.dataStats());
      this.#touch(file);
      return;
    }
    const found = this.#directories.find(filePath);
    if (found instanceof Detour || found.place === undefined) return;
    if (isSameFile(found.stats, stats)) this.#removeName(found.place, stats);
  }

  /** @returns a handle on it: of a file, to read and write by */
  #make({ directory: { fd }, name }: Place, isDirectory: boolean): number {
    if (!isDirectory) return this.#host.open(fd, name, MAKE, NEW_FILE_MODE);
    this.#host.makeDirectory(fd, name, NEW_DIRECTORY_MODE);
    return this.#host.open(fd, name, HOLD_DIRECTORY);
  }

  /** Has names come or go. The host will tell of it, and of their directories. */
  #changeNames<T>(change: { readonly goes?: Place; readonly comes?: Place }, act: () => T): T {
    return this.#directories.change(change, act, (directory, before) => {
      this.#own.note(directory);
      this.#kept.namesChanged(this.#fileIdOf(directory), before, directory);
    });
  }

  /** Names in a directory are others than they were. */
  #leftDirectory(directory: Directory): void {
    this.#own.note(this.#directories.changed(directory));
  }

  /** Takes a name away; with the last, what lies beside the file goes, too. */
  #removeName(place: Place, stats: HostStats): void {
    const { directory, name } = place;
    this.#changeNames({ goes: place }, () => {
      if (stats.isDirectory()) this.#host.removeDirectory(directory.fd, name);
      else this.#host.unlink(directory.fd, name);
    });
    this.#own.noteGone(place.path);
    this.#lostName(stats);
  }

  /** @param stats - of the file while it had the name */
  #lostName(stats: HostStats): void {
    const fileId = this.#fileIdOf(stats);
    if (stats.isDirectory() || stats.nlink <= 1n) {
      this.#sideFiles.remove(stats);
      this.#kept.forget(fileId); // the number may be another's soon
    }
    const node = this.#nodes.get(fileId);
    for (const open of node?.opens ?? []) {
      this.#own.note(open.stats());
      return;
    }
  }

  /** Puts a file in another place; what is there goes. */
  #move(from: Place, to: Place, taken: Found | undefined, stats: HostStats): void {
    const fromPath = pathIn(from.directory.fd, from.name);
    const toPath = pathIn(to.directory.fd, to.name);
    if (taken?.place === undefined) {
      this.#changeNames({ goes: from, comes: to }, () => {
        if (to.path !== from.path) renameToFree(this.#calls, fromPath, toPath);
      });
    } else if (isSameFile(taken.stats, stats)) {
      this.#removeName(from, stats); // the host would leave two names of one file as they are
      if (taken.path !== to.path) renameSync(taken.hostPath, toPath);
      this.#leftDirectory(to.directory);
    } else {
      if (stats.isDirectory() && !taken.stats.isDirectory()) {
        replaceByDirectory(fromPath, to.directory.fd, taken.hostPath);
      } else renameSync(fromPath, taken.hostPath);
      if (taken.path !== to.path) renameSync(taken.hostPath, toPath);
      this.#own.noteGone(taken.path);
      this.#leftDirectory(from.directory);
      this.#leftDirectory(to.directory);
      this.#lostName(taken.stats);
    }
    this.#own.noteGone(from.path);
    const moved = this.#host.look(to.directory.fd, to.name);
    if (moved !== undefined) this.#own.note(moved);
  }

  /** What is open by a name that was changed, or below it, has another path now. */
  #moved(file: FolderFile, from: string, to: string): void {
    this.#names.moved(file.node.fileId, from, to);
    if (!file.isDirectory) {
      for (const open of file.node.opens) if (open.path === from) open.path = to;
      return;
    }
    for (const { opens } of this.#nodes.values()) {
      for (const open of opens) {
        if (open.path === from || open.path.startsWith(`${from}\\`)) {
          open.path = to + open.path.slice(from.length);
        }
      }
    }
  }

  #renameStream(file: FolderFile, { newPath, replaceIfExists }: RenameParams): void {
    const to = splitStreamPath(newPath).stream;
    const isUnnamed = to === undefined && foldName(newPath) === foldName(file.path);
    if (isUnnamed && !replaceIfExists) refuse(NtStatus.OBJECT_NAME_COLLISION);
    if (to === undefined || file.stream === undefined) refuse(NtStatus.INVALID_PARAMETER); // data stays where it is
    const from = file.stream.name;
    this.#streams.rename(file.stats(), file.dataStats(), { from, to, replaceIfExists });
    for (const { stream } of file.node.opens) if (stream?.name === from) stream.name = to;
    this.#touch(file);
  }

  // What is kept with files

  #setBasic(file: FolderFile, basic: BasicInfo): void {
    const { fileAttributes, creationTicks, lastAccessTicks, lastWriteTicks, changeTicks } = basic;
    if (fileAttributes !== undefined) {
      this.#setAttributes(file, file.stats(), settable(fileAttributes));
    }
    let { facts } = file.node.kept;
    if (lastAccessTicks !== undefined || lastWriteTicks !== undefined) {
      facts = this.#setTimes(file, lastAccessTicks, lastWriteTicks);
    }
    const latest = BigInt(Date.now()) * NS_PER_MS + CHANGE_SLACK_NS;
    const change = changeTicks === undefined ? undefined : { ticks: changeTicks, hostNs: latest };
    this.#saveFacts(file, {
      ...facts,
      creationTicks: creationTicks ?? facts.creationTicks,
      change,
    });
  }

  /**
   * Attributes as every new file has them are not kept.
   *
   * @param stats - of the file now
   * @returns of the file then
   */
  #setAttributes(file: FolderFile, stats: HostStats, fileAttributes: number): HostStats {
    const { facts } = file.node.kept;
    if (settableAttributesOf(stats, facts) === fileAttributes) return stats;
    const mode = stats.isFile() ? modeFor(modeOf(stats), fileAttributes) : modeOf(stats);
    const isDefault =
      (fileAttributes & ~FILE_ATTRIBUTE_READONLY) === defaultAttributesOf(stats) &&
      (stats.isFile() || (fileAttributes & FILE_ATTRIBUTE_READONLY) === 0);
    const security = facts.security && { ...facts.security, mode };
    this.#permit(file, stats, modeOf(stats) | mode);
    this.#saveFacts(file, {
      ...facts,
      attributes: isDefault ? undefined : fileAttributes,
      attributesMode: facts.security === undefined ? undefined : mode,
      security,
    });
    return this.#permit(file, file.stats(), mode);
  }

  /** @param stats - of the file now  @returns of the file then */
  #permit(file: FolderFile, stats: HostStats, mode: number): HostStats {
    if (modeOf(stats) === mode || stats.isSymbolicLink()) return stats;
    chmodSync(pathOfOpen(file.fd), mode);
    return file.stats();
  }

  /** @returns what is kept then: the times that the host has not taken exactly */
  #setTimes(
    file: FolderFile,
    accessTicks: bigint | undefined,
    writeTicks: bigint | undefined,
  ): Facts {
    const before = file.stats();
    const { facts } = file.node.kept;
    const info = this.getFileInfo(file);
    setHostTimes(this.#calls, this.#placeOf(file, before), before, { accessTicks, writeTicks });
    const after = file.stats();
    const kept = (ticks: bigint, hostNs: bigint) =>
      ticksOfNs(hostNs) === ticks ? undefined : { ticks, hostNs };
    return {
      ...facts,
      lastAccess: kept(accessTicks ?? info.lastAccessTicks, after.atimeNs),
      lastWrite: kept(writeTicks ?? info.lastWriteTicks, after.mtimeNs),
    };
  }

  /** A symbolic link has no other way to it than its name. */
  #placeOf(file: FolderFile, stats: HostStats): Keeper {
    if (!stats.isSymbolicLink()) return file.keeper(stats);
    const found = this.#directories.findStraight(file.path);
    if (!isSameFile(found.stats, stats)) refuse(NtStatus.FILE_DELETED);
    return keeperOf(found);
  }

  #saveFacts(file: FolderFile, facts: Facts): void {
    const { kept } = file.node;
    const before = writeFacts(kept.facts);
    const after = writeFacts(facts);
    if (before === undefined ? after === undefined : after?.equals(before) === true) return;
    const keeper = file.keeper(file.stats());
    this.#writing(file, () => {
      if (after === undefined) this.#attachments.remove(keeper, FACTS);
      else this.#attachments.set(keeper, FACTS, after);
    });
    this.#keeps(file, { ...kept, facts });
  }

  /** What is kept with a file is this from now on. */
  #keeps({ node }: FolderFile, kept: Kept): void {
    node.kept = kept;
    this.#kept.forget(node.fileId);
  }

  /** The host lets only who may write a file change what is kept with it: its owner may, for a moment. */
  #writing(file: FolderFile, change: () => void): void {
    try {
      change();
    } catch (error) {
      const stats = file.stats();
      const mode = modeOf(stats);
      const isClosed = (mode & OWNER_READS_AND_WRITES) !== OWNER_READS_AND_WRITES;
      if (!hasCode(error, "EACCES", "EPERM") || !isClosed) throw error;
      const open = this.#permit(file, stats, mode | OWNER_READS_AND_WRITES);
      try {
        change();
      } finally {
        this.#permit(file, open, mode);
      }
    }
  }

  #changeEas(file: FolderFile, changes: readonly ExtendedAttribute[]): void {
    const { kept } = file.node;
    const keeper = file.keeper(file.stats());
    let change = {
      eaSize: kept.eaSize,
      neededEas: kept.facts.neededEas ?? ([] as readonly string[]),
    };
    this.#writing(file, () => {
      change = changeEas(this.#attachments, keeper, changes, kept.facts.neededEas ?? []);
    });
    const { eaSize, neededEas } = change;
    this.#keeps(file, { ...kept, eaSize });
    const needed = neededEas.length === 0 ? undefined : neededEas;
    this.#saveFacts(file, { ...kept.facts, neededEas: needed });
  }

  /** @param stats - of the file now  @returns of the file then */
  #keepDescriptor(
    file: FolderFile,
    stats: HostStats,
    descriptor: Uint8Array,
    caller: Caller,
  ): HostStats {
    const { facts } = file.node.kept;
    const attributes = settableAttributesOf(stats, facts);
    const keeper = file.keeper(stats);
    const mode = this.#permissions.modeOf(descriptor, stats);
    if (facts.security === undefined && facts.attributesMode === undefined) {
      if (this.#permissions.isOfPermissions(descriptor, stats, mode)) {
        return this.#permit(file, stats, mode);
      }
    }
    this.#permit(file, stats, mode | modeOf(stats) | OWNER_READS_AND_WRITES);
    this.#permissions.keep(keeper, facts, descriptor);
    const { uid, gid } = this.#permissions.changeOwners(keeper, descriptor, caller);
    this.#saveFacts(file, {
      ...facts,
      attributes,
      attributesMode: mode,
      security: { mode, uid, gid },
    });
    return this.#permit(file, file.stats(), mode);
  }

  #checkReparseData(file: FolderFile, stats: HostStats, data: Uint8Array): void {
    const point = readReparsePoint(data);
    if (typeof point === "number") refuse(point);
    const isLinkToDirectory = stats.isSymbolicLink() && this.#leadsToDirectory(file.path, stats);
    if (point.tag === ReparseTag.MOUNT_POINT && !file.isDirectory && !isLinkToDirectory) {
      refuse(NtStatus.NOT_A_DIRECTORY);
    }
    if (!stats.isSymbolicLink() && file.node.kept.reparseTag === 0) return;
    const old = readReparsePoint(this.getReparsePoint(file));
    if (typeof old === "number") return;
    const status = checkReparsePoints(old, point);
    if (status !== NtStatus.SUCCESS) refuse(status);
  }

  #keepReparseData(file: FolderFile, data: Uint8Array | undefined): void {
    const keeper = file.keeper(file.stats());
    if (data !== undefined && !this.#hasReparseData) {
      this.#attachments.set(this.#rootKeeper, HAS_REPARSE, NOTHING);
      this.#hasReparseData = true;
    }
    this.#writing(file, () => {
      if (data === undefined) this.#attachments.remove(keeper, REPARSE);
      else this.#attachments.set(keeper, REPARSE, data);
    });
    const point = data === undefined ? undefined : readReparsePoint(data);
    const reparseTag = point === undefined || typeof point === "number" ? 0 : point.tag;
    this.#keeps(file, { ...file.node.kept, reparseTag });
    this.#directories.forgetAll();
    this.#left(file);
  }

  /** Puts something else in the place of a file: it is made by another name, and then moved there. */
  #replaceNode(
    file: FolderFile,
    stats: HostStats,
    makeAt: (hostPath: string | Buffer) => void,
  ): void {
    const found = this.#directories.findStraight(file.path);
    if (found.place === undefined || !isSameFile(found.stats, stats))
      refuse(NtStatus.ACCESS_DENIED);
    const { directory } = found.place;
    const name = makeTemporary(directory.fd, makeAt);
    const temporary = pathIn(directory.fd, name);
    this.#own.noteGone(joinPath(directory.path, name));
    try {
      if (file.isDirectory) rmdirSync(found.hostPath);
      renameSync(temporary, found.hostPath);
    } catch (error) {
      unlinkSync(temporary);
      throw error;
    }
    this.#leftDirectory(directory);
    file.become(takeHold(found.hostPath));
    this.#sideFiles.move(stats, file.stats());
    this.#own.note(file.stats());
  }

  // What files are

  /** What is open knows itself; else it is read. */
  #keptOf(found: Pick<Found, "hostPath" | "isOpen" | "stats">): Kept {
    const fileId = this.#fileIdOf(found.stats);
    return this.#nodes.get(fileId)?.kept ?? this.#kept.read(fileId, keeperOf(found));
  }

  #infoOf(found: Pick<Found, "path" | "stats">, kept: Kept): FileInfo {
    const { stats, path } = found;
    const fileId = this.#fileIdOf(stats);
    const reserved = this.#nodes.get(fileId)?.reserved ?? 0;
    const leads = this.#leadsToDirectory(path, stats);
    return fileInfoOf(stats, kept, { fileId, reserved, leadsToDirectory: leads });
  }

  #leadsToDirectory(path: string, stats: HostStats): boolean {
    return stats.isSymbolicLink() && leadsToDirectory(this.#directories, path);
  }

  /** Its number, where it is on the root's volume; others are told apart from those. Never 0. */
  #fileIdOf({ ino, dev }: Pick<HostStats, "ino" | "dev">): bigint {
    if (dev === this.#device && ino !== 0n) return ino;
    return BigInt.asUintN(64, (ino + 1n) ^ (dev * DEVICE_FACTOR)) | 1n;
  }

  /** A directory that was moved out of the folder while it was open is not looked into. */
  #checkDirectory(file: FolderFile): void {
    if (!file.isDirectory || file.stream !== undefined) refuse(NtStatus.INVALID_PARAMETER);
    if (!this.#directories.isInside(file.fd)) refuse(NtStatus.OBJECT_PATH_NOT_FOUND);
  }

  // Changes

  /** A file is as we leave it: what it is then. */
  #left(file: FolderFile): FileInfo {
    const stats = file.stats();
    this.#own.note(stats);
    return this.#infoOfOpen(file, stats);
  }

  /** Its data has changed: it waits to be archived, and a change time that was set is past. */
  #changed(file: FolderFile): FileInfo {
    if (file.stream !== undefined) this.#touch(file);
    const { facts } = file.node.kept;
    const hasArchive =
      ((facts.attributes ?? FILE_ATTRIBUTE_ARCHIVE) & FILE_ATTRIBUTE_ARCHIVE) !== 0;
    if (facts.change !== undefined || !hasArchive) {
      const attributes = hasArchive
        ? facts.attributes
        : (facts.attributes ?? 0) | FILE_ATTRIBUTE_ARCHIVE;
      this.#saveFacts(file, { ...facts, attributes, change: undefined });
    }
    return this.#left(file);
  }

  #written(file: FolderFile, bytesWritten: number, before: FileInfo | undefined): Written {
    if (bytesWritten === 0) return { bytesWritten, info: this.getFileInfo(file) };
    if (before === undefined) return { bytesWritten, info: this.#changed(file) };
    const { lastAccessTicks, lastWriteTicks, changeTicks } = before;
    const kept = { fileAttributes: undefined, creationTicks: undefined };
    this.#setBasic(file, { ...kept, lastAccessTicks, lastWriteTicks, changeTicks });
    return { bytesWritten, info: this.#left(file) };
  }

  /** A file that a stream of has changed was written to. */
  #touch(file: FolderFile): void {
    const stats = file.stats();
    const writeTicks = ticksOfMs(Date.now());
    if (writeTicks - ticksOfNs(stats.mtimeNs) > TIME_RESOLUTION_TICKS && !stats.isSymbolicLink()) {
      setHostTimes(this.#calls, file.keeper(stats), stats, { accessTicks: undefined, writeTicks });
    }
    this.#own.note(file.stats());
  }

  /** Space past the end goes back, and no time moves by it. */
  #giveBack(file: FolderFile): void {
    if (file.node.reserved === 0) return;
    const { lastAccessTicks, lastWriteTicks } = this.getFileInfo(file);
    releaseReserved(file);
    this.#saveFacts(file, this.#setTimes(file, lastAccessTicks, lastWriteTicks));
    this.#left(file);
  }

  /** Others have changed files that are open. */
  #forgetKept(changes: readonly { readonly path: string }[]): void {
    const paths = new Set(changes.map(({ path }) => path));
    for (const node of this.#nodes.values()) {
      for (const open of node.opens) {
        if (!paths.has(open.path)) continue;
        node.kept = readKept(this.#attachments, open.keeper(open.stats()));
        break;
      }
    }
  }

  // Holes

  #setSparse(calls: HostCalls, file: FolderFile, isSparse: boolean): FileInfo {
    const { facts } = file.node.kept;
    const { stream } = file;
    if (!isSparse) fill(calls, file);
    if (stream === undefined) this.#saveFacts(file, { ...facts, isSparse });
    else {
      const others = (facts.sparseStreams ?? []).filter((name) => name !== stream.name);
      const sparseStreams = isSparse ? [...others, stream.name] : others;
      this.#saveFacts(file, {
        ...facts,
        sparseStreams: sparseStreams.length === 0 ? undefined : sparseStreams,
      });
    }
    return this.#left(file);
  }

  #isSparse({ stream, node }: FolderFile, stats: HostStats): boolean {
    const { facts } = node.kept;
    if (stream === undefined) return isSparseFile(stats, facts);
    return facts.sparseStreams?.includes(stream.name) === true;
  }

  #allocatedRanges(
    calls: HostCalls,
    file: FolderFile,
    offset: number,
    length: number,
  ): readonly AllocatedRange[] {
    if (file.isDirectory && file.stream === undefined) return [];
    const stats = file.dataStats();
    if (!this.#isSparse(file, stats)) return wholeRange(stats, offset, length);
    return dataIn(calls, file, offset, length);
  }

  #zero(calls: HostCalls, file: FolderFile, asked: AllocatedRange): Awaitable<FileInfo> {
    const stats = file.dataStats();
    const [run] = wholeRange(stats, asked.offset, asked.length);
    file.writable();
    if (run === undefined) return this.getFileInfo(file);
    if (this.#isSparse(file, stats) && punchHole(calls, file, run)) return this.#changed(file);
    return writeZeros(file, run).then(() => this.#changed(file));
  }
}

const NOTHING = new Uint8Array(0);
const NS_PER_MS = 1_000_000n;
const OWNER_READS_AND_WRITES = 0o600;

function keeperOf({
  hostPath,
  isOpen,
  stats,
}: Pick<Found, "hostPath" | "isOpen" | "stats">): Keeper {
  return { hostPath, isOpen, stats };
}

/** What the host tells of a file by its kind alone. */
function infoOfKind(kind: number, fileId: bigint): DirectoryName["info"] {
  if (kind === HostKind.LINK) {
    const fileAttributes = FILE_ATTRIBUTE_REPARSE_POINT;
    return { fileAttributes, reparseTag: ReparseTag.SYMLINK, fileId };
  }
  const fileAttributes = kind === HostKind.DIRECTORY ? FILE_ATTRIBUTE_DIRECTORY : 0;
  return { fileAttributes, reparseTag: 0, fileId };
}

/** The host puts no directory in a file's place: the file goes aside, and comes back where the directory cannot come. */
function replaceByDirectory(
  fromPath: string | Buffer,
  directoryFd: number,
  toPath: string | Buffer,
): void {
  const name = makeTemporary(directoryFd, (hostPath) => {
    renameSync(toPath, hostPath);
  });
  const aside = pathIn(directoryFd, name);
  try {
    renameSync(fromPath, toPath);
  } catch (error) {
    renameSync(aside, toPath);
    throw error;
  }
  unlinkSync(aside);
}

/** Makes something by a name that is nobody's, and tells the name. */
function makeTemporary(directoryFd: number, makeAt: (hostPath: string | Buffer) => void): string {
  for (let attempt = 0; attempt < MAX_TEMPORARY_NAMES; attempt++) {
    const name = `.anymount-${process.pid.toString(36)}-${Math.random().toString(36).slice(2)}`;
    try {
      makeAt(pathIn(directoryFd, name));
      return name;
    } catch (error) {
      if (!hasCode(error, "EEXIST")) throw error;
    }
  }
  refuse(NtStatus.CANNOT_MAKE);
}

/** Whether a file is the one that was looked at, and nothing has happened to it since. */
function isUntouched(now: HostStats, before: HostStats): boolean {
  return isSameFile(now, before) && now.ctimeNs === before.ctimeNs;
}

/** What a rename may take the place of. [MS-FSA] 2.1.5.15.11 */
function checkReplace(from: Found, taken: Found, params: RenameParams): void {
  if (!params.replaceIfExists) refuse(NtStatus.OBJECT_NAME_COLLISION);
  if (!taken.stats.isDirectory()) return;
  if (!params.isPosix || !from.stats.isDirectory()) refuse(NtStatus.ACCESS_DENIED);
}

/** Gives a file one more name, if it is still the one by the old. */
function linkTo(from: HostPath, { directory, name }: Place, stats: HostStats): void {
  const to = pathIn(directory.fd, name);
  linkSync(from, to);
  if (leadsTo(directory.fd, name, stats)) return;
  unlinkSync(to);
  refuse(NtStatus.ACCESS_DENIED);
}

/** A rename to a name that is free, and where the host can tell at once, still is. */
function renameToFree(calls: HostCalls | undefined, from: HostPath, to: HostPath): void {
  if (calls === undefined) {
    renameSync(from, to);
    return;
  }
  try {
    calls.renameToFree(from, to);
  } catch (error) {
    if (!hasCode(error, "EINVAL", "ENOSYS")) throw error;
    renameSync(from, to); // a file system that cannot tell; or what it refuses for good is refused again
  }
}

function orEnd(bytesRead: number): number {
  return bytesRead === 0 ? refuse(NtStatus.END_OF_FILE) : bytesRead;
}

function readAtOnce(fd: number, target: Uint8Array, offset: number): number {
  let count = 0;
  while (count < target.length) {
    const bytesRead = readSync(fd, target, count, target.length - count, offset + count);
    if (bytesRead === 0) break;
    count += bytesRead;
  }
  return count;
}

async function readInTime(fd: number, target: Uint8Array, offset: number): Promise<number> {
  let count = 0;
  while (count < target.length) {
    const wanted = target.length - count;
    const { bytesRead } = await laterRead(fd, target, count, wanted, offset + count);
    if (bytesRead === 0) break;
    count += bytesRead;
  }
  return count;
}

/** What could not be written whole leaves the file as long as it was. @param size - of the file before, in bytes */
function writeAtOnce(fd: number, data: Uint8Array, offset: number, size: number): void {
  let count = 0;
  try {
    while (count < data.length) {
      count += writeSync(fd, data, count, data.length - count, offset + count);
    }
  } catch (error) {
    if (offset + count > size) cutBack(fd, offset + count, size);
    throw error;
  }
}

async function writeInTime(
  fd: number,
  data: Uint8Array,
  offset: number,
  size: number,
): Promise<void> {
  let count = 0;
  try {
    while (count < data.length) {
      const left = data.length - count;
      const { bytesWritten } = await laterWrite(fd, data, count, left, offset + count);
      count += bytesWritten;
    }
  } catch (error) {
    if (offset + count > size) cutBack(fd, offset + count, size);
    throw error;
  }
}

/** Takes away what a write has added at the end, as far as it is the end. */
function cutBack(fd: number, end: number, size: number): void {
  if (Number(statsOf(fd).size) === end) ftruncateSync(fd, size);
}
