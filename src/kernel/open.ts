import type {
  AllocatedRange,
  Awaitable,
  Caller,
  DirectoryName,
  ExtendedAttribute,
  FileInfo,
  FileSystem,
  LinkInfo,
  Opened,
  StreamInfo,
  Written,
} from "../fs/index.js";
import {
  DELETE,
  FILE_APPEND_DATA,
  FILE_ATTRIBUTE_DIRECTORY,
  FILE_DELETE_ON_CLOSE,
  FILE_EXECUTE,
  FILE_LIST_DIRECTORY,
  FILE_NO_INTERMEDIATE_BUFFERING,
  FILE_NOTIFY_CHANGE_LAST_WRITE,
  FILE_NOTIFY_CHANGE_SIZE,
  FILE_READ_ATTRIBUTES,
  FILE_READ_DATA,
  FILE_SEQUENTIAL_ONLY,
  FILE_SYNCHRONOUS_IO_ALERT,
  FILE_SYNCHRONOUS_IO_NONALERT,
  FILE_WRITE_DATA,
  FILE_WRITE_THROUGH,
  NtStatus,
} from "../nt/index.js";
import { setBasicInfo } from "./basic-info.js";
import { breakHandlesBelow, type OnWait, waitForOthers } from "./cache-breaks.js";
import { closeOpen, finishOpen } from "./close.js";
import { type DirectoryCursor, entryCursor, lookAtEntry, nameCursor } from "./directory-cursor.js";
import type { Found } from "./directory-walk.js";
import { type DispositionHow, setDisposition } from "./disposition.js";
import {
  EaPosition,
  type EaRun,
  type EaScanRequest,
  getEasByName,
  scanEas,
  setEas,
} from "./extended-attributes.js";
import type { FileNode } from "./file-node.js";
import { getMaximumAccess, getSecurity, setSecurity } from "./file-security.js";
import {
  getAllocatedRanges,
  setAllocation,
  setEndOfFile,
  setSparse,
  setZeroData,
} from "./file-sizes.js";
import { type BasicInfoRequest, DelayedWriteTime } from "./file-times.js";
import { makeLink } from "./hard-link.js";
import { MAX_FILE_OFFSET } from "./limits.js";
import type { Link } from "./links.js";
import type { ByteRange, RangeLock } from "./lock-table.js";
import { type Oplock, type OplockBreak, OplockLevel } from "./oplock.js";
import { type RenameRequest, renameOpen } from "./rename.js";
import { guard, ok, type Result, refused } from "./result.js";
import { runSteps } from "./steps.js";
import type { View } from "./view.js";
import type { Volume } from "./volume.js";
import type { Changes, Watch, WatchRequest } from "./watch.js";

/** What an open is made of. */
export interface OpenParts {
  readonly volume: Volume;
  readonly node: FileNode;
  readonly link: Link;
  readonly opened: Opened<unknown>;
  readonly grantedAccess: number;
  readonly shareAccess: number;
  readonly createOptions: number;
  readonly caller: Caller;
  readonly oplock: Oplock | undefined;
  readonly directoryLeaseId: string | undefined;
  readonly view: View;
}

/** One opened file: what a host may do with it. [MS-FSA] 2.1.1.6, [MS-SMB2] 3.3.1.10 */
export class Open {
  readonly volume: Volume;
  readonly node: FileNode;
  readonly link: Link;
  /** Whatever the file system knows the open by. */
  readonly file: unknown;
  readonly grantedAccess: number;
  /** What it lets other opens do, in FILE_SHARE_ bits. */
  readonly shareAccess: number;
  readonly isDirectory: boolean;
  readonly caller: Caller;
  readonly createOptions: number;
  /** The id of the lease on the directory whose client knows of what is done by this open. */
  readonly directoryLeaseId: string | undefined;
  /** An oplock, or a lease that it shares. */
  readonly oplock: Oplock | undefined;
  /** What the way that the open came by shows and allows. */
  readonly view: View;
  /** Nobody is to keep what is read by it, as it changes without anybody telling. */
  readonly isUncacheable: boolean;
  /** As it was when the create was answered. */
  createInfo: FileInfo;
  /** The name goes when this open does. */
  isDeleteOnClose: boolean;
  /** Where the last read or write ended, or what was set; used by nobody. [MS-FSCC] 2.4.35 */
  currentByteOffset = 0;
  /** The client has set LastWriteTime, or stopped it: what this open does leaves it alone. */
  keepsTimes = false;
  /** The same of ChangeTime. */
  keepsChangeTime = false;
  /** Data was written through this open, and the file's last write time moved with it. */
  hasWritten = false;
  /** The file's size changed by writing, which its directory's listing shows when the open is closed. */
  hasResized = false;
  /** The name goes when this open does, unless it was kept since. [MS-FSCC] 2.4.11, POSIX semantics */
  goesAtKeptCount: number | undefined;
  #mode: number;
  #isClosed = false;
  #cursor: DirectoryCursor | undefined;
  #nameCursor: DirectoryCursor<DirectoryName> | undefined;
  #eaPosition: EaPosition | undefined;
  #watch: Watch | undefined;

  constructor(parts: OpenParts) {
    this.volume = parts.volume;
    this.node = parts.node;
    this.link = parts.link;
    this.file = parts.opened.file;
    this.isUncacheable = parts.opened.isUncacheable === true;
    this.createInfo = parts.node.shown(parts.opened.info, parts.volume.clock);
    this.grantedAccess = parts.grantedAccess;
    this.createOptions = parts.createOptions;
    this.directoryLeaseId = parts.directoryLeaseId;
    this.caller = parts.caller;
    this.view = parts.view;
    this.isDirectory = (parts.opened.info.fileAttributes & FILE_ATTRIBUTE_DIRECTORY) !== 0;
    this.isDeleteOnClose = (parts.createOptions & FILE_DELETE_ON_CLOSE) !== 0;
    this.#mode = parts.createOptions & MODE_OPTIONS;
    this.shareAccess = parts.shareAccess;
    if (this.mayDeleteDirectory) parts.node.countDeleter(parts.caller.sessionId, 1);
    this.oplock = parts.oplock;
  }

  /** Whether {@link Open.close} was called. Look again after every await. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The name goes when its last open does. */
  get isDeletePending(): boolean {
    return this.link.isDeletePending;
  }

  /** From the root of the volume, as the name is now. */
  get path(): string {
    return this.link.path;
  }

  /** The options of its create that a client may ask for. [MS-FSCC] 2.4.26 */
  get mode(): number {
    return this.#mode;
  }

  /** Changes how a client wants its data to be handled. [MS-FSA] 2.1.5.15.8 */
  setMode(mode: number): NtStatus {
    const isLegal = (mode & ~SETTABLE_MODE) === 0 && (mode & SYNCHRONOUS) !== SYNCHRONOUS;
    const isSynchronous = (this.#mode & SYNCHRONOUS) !== 0;
    if (!isLegal || ((mode & SYNCHRONOUS) !== 0) !== isSynchronous) {
      return NtStatus.INVALID_PARAMETER;
    }
    this.#mode = (this.#mode & ~SETTABLE_MODE) | mode;
    return NtStatus.SUCCESS;
  }

  /** What the client may keep to itself by this open alone. */
  get oplockLevel(): OplockLevel {
    const oplock = this.oplock;
    return oplock === undefined || oplock.isLease
      ? OplockLevel.NONE
      : (oplock.state as OplockLevel);
  }

  /** What it may keep to itself by all its opens of the name. */
  get lease(): Oplock | undefined {
    return this.oplock?.isLease === true ? this.oplock : undefined;
  }

  /**
   * Says who is to be told that the client must let go of its oplock, and what it may still keep. The holder
   * of a lease is told without.
   */
  onOplockBreak(listener: (level: OplockLevel) => void): void {
    const oplock = this.oplock;
    if (oplock === undefined || oplock.isLease) return;
    oplock.listen(({ to }: OplockBreak) => {
      listener(to as OplockLevel);
    });
  }

  /** The client says what it keeps of its oplock. [MS-FSA] 2.1.5.19 */
  acknowledgeOplockBreak(level: OplockLevel): NtStatus {
    const oplock = this.oplock;
    if (oplock === undefined || oplock.isLease) return NtStatus.INVALID_OPLOCK_PROTOCOL;
    return oplock.acknowledge(level);
  }

  /** The file's data is not what it was: nobody else may rely on what was read before. */
  dataChanged(): void {
    this.node.oplocks?.dataChanged(this.oplock);
  }

  /** The same, of an open that is not answered yet. */
  dataChangedBefore(): void {
    this.node.oplocks?.dataChangedBefore(this.oplock);
  }

  /**
   * Asks everybody else to close what is kept open for no program any more, of the file and of what is
   * below it.
   *
   * @returns what to wait for, and then to look again
   */
  breakHandles(): Promise<void> | undefined {
    return breakHandlesBelow(this.link, this.oplock);
  }

  get #fileSystem(): FileSystem {
    return this.volume.fileSystem;
  }

  /**
   * Reads a run of bytes. [MS-FSA] 2.1.5.3
   *
   * @param target - filled from its start; its length is the most to read
   * @returns bytes read; END_OF_FILE when `offset` is at or past the end
   */
  read(target: Uint8Array, offset: number): Awaitable<Result<number>> {
    const unfit = this.#checkRead(offset, target.length);
    if (unfit !== NtStatus.SUCCESS) return refused(unfit);
    if (target.length === 0) return ok(0);
    const fs = this.#fileSystem;
    const read = guard(() => fs.read?.(this.file, target, offset, this.caller) ?? 0);
    if (read instanceof Promise) return read.then((late) => this.#moveOffset(offset, late));
    return this.#moveOffset(offset, read);
  }

  #moveOffset(offset: number, read: Result<number>): Result<number> {
    if (read.ok) this.currentByteOffset = offset + read.value;
    return read;
  }

  /**
   * Reads a run of bytes without a copy, of a file system that can; undefined of one that cannot.
   * The views are good until control is given up.
   */
  readViews(offset: number, length: number): Result<readonly Uint8Array[]> | undefined {
    const fs = this.#fileSystem;
    if (fs.readViews === undefined) return undefined;
    const unfit = this.#checkRead(offset, length);
    if (unfit !== NtStatus.SUCCESS) return refused(unfit);
    const views = guard(() => fs.readViews?.(this.file, offset, length, this.caller) ?? []);
    return views instanceof Promise ? undefined : views;
  }

  #checkRead(offset: number, length: number): NtStatus {
    if (this.isDirectory) return NtStatus.INVALID_DEVICE_REQUEST;
    if (!this.#has(FILE_READ_DATA | FILE_EXECUTE)) return NtStatus.ACCESS_DENIED;
    if (this.#fileSystem.read === undefined) return NtStatus.INVALID_DEVICE_REQUEST;
    if (length > 0 && offset > MAX_FILE_OFFSET) return NtStatus.END_OF_FILE;
    if (this.node.locks.forbids(this, offset, length, false)) return NtStatus.FILE_LOCK_CONFLICT;
    return NtStatus.SUCCESS;
  }

  /**
   * Writes a run of bytes; a gap before it reads as zeros. [MS-FSA] 2.1.5.4
   *
   * @param offset - in bytes, or undefined for the end of the file
   * @returns bytes written
   */
  write(data: Uint8Array, offset: number | undefined): Awaitable<Result<number>> {
    const fs = this.#fileSystem;
    if (this.isDirectory || fs.write === undefined) return refused(NtStatus.INVALID_DEVICE_REQUEST);
    const mayWrite = this.#has(FILE_WRITE_DATA);
    if (!mayWrite && !this.#has(FILE_APPEND_DATA)) return refused(NtStatus.ACCESS_DENIED);
    if (data.length === 0) return ok(0);
    if (offset !== undefined && offset + data.length > MAX_FILE_OFFSET) {
      return refused(NtStatus.INVALID_PARAMETER);
    }
    const { locks } = this.node;
    if (offset === undefined && !locks.isEmpty) return this.#appendBetweenLocks(data);
    if (locks.forbids(this, offset ?? 0, data.length, true)) {
      return refused(NtStatus.FILE_LOCK_CONFLICT);
    }
    return this.#writeUnlocked(data, offset);
  }

  /** Where the end of the file is matters, as somebody may have locked what comes there. */
  async #appendBetweenLocks(data: Uint8Array): Promise<Result<number>> {
    const info = await this.getInfo();
    if (!info.ok) return info;
    if (this.#isClosed) return refused(NtStatus.FILE_CLOSED);
    if (this.node.locks.forbids(this, info.value.fileSize, data.length, true)) {
      return refused(NtStatus.FILE_LOCK_CONFLICT);
    }
    return this.#writeUnlocked(data, undefined);
  }

  #writeUnlocked(data: Uint8Array, offset: number | undefined): Awaitable<Result<number>> {
    const fs = this.#fileSystem;
    this.node.isAllocationDirty = true;
    this.dataChanged();
    const toEndOfFile = offset === undefined;
    const params = { toEndOfFile, isConstrained: false, keepTimes: this.keepsTimes };
    const written = guard(() => fs.write?.(this.file, data, offset ?? 0, params, this.caller));
    return written instanceof Promise
      ? written.then((late) => this.#noteWrittenLate(late, offset))
      : this.#noteWritten(written, offset);
  }

  /** Somebody may have read meanwhile what is not true any more. */
  #noteWrittenLate(
    written: Result<Written | undefined>,
    offset: number | undefined,
  ): Result<number> {
    this.dataChanged();
    return this.#noteWritten(written, offset);
  }

  /** Watchers hear of each new size, of the first write, and of the last when the open is closed. */
  #noteWritten(written: Result<Written | undefined>, offset: number | undefined): Result<number> {
    if (!written.ok) return written;
    if (written.value === undefined) return ok(0);
    const { bytesWritten, info } = written.value;
    const { node } = this;
    this.currentByteOffset = (offset ?? info.fileSize - bytesWritten) + bytesWritten;
    let filter = 0;
    if (node.fileSize !== info.fileSize) {
      filter = FILE_NOTIFY_CHANGE_SIZE;
      this.hasResized = true;
    }
    if (!this.keepsTimes) {
      node.delayedWriteTime ??= new DelayedWriteTime(node, !this.hasWritten, this.volume.clock);
      if (!this.hasWritten) filter |= FILE_NOTIFY_CHANGE_LAST_WRITE;
      this.hasWritten = true;
    }
    node.note(info);
    this.volume.notifyHub.written(this.link, filter, this.directoryLeaseId);
    return ok(bytesWritten);
  }

  /** Puts the file's data where it is safe. [MS-FSA] 2.1.5.6 */
  flush(): Awaitable<Result<void>> {
    const fs = this.#fileSystem;
    if (!this.isDirectory && !this.#has(FILE_WRITE_DATA | FILE_APPEND_DATA)) {
      return refused(NtStatus.ACCESS_DENIED);
    }
    const file = this.link.isRoot ? undefined : this.file;
    this.node.delayedWriteTime = undefined;
    return guard(() => fs.flush?.(file, this.caller));
  }

  /**
   * Locks ranges at once: all of them, or none. [MS-FSA] 2.1.5.8
   *
   * @returns LOCK_NOT_GRANTED where another lock is in the way
   */
  lock(locks: readonly RangeLock[]): NtStatus {
    const unfit = this.#checkLock();
    return unfit === NtStatus.SUCCESS ? this.node.locksToTake.lock(this, locks) : unfit;
  }

  /**
   * Locks a range, when nothing is in the way any more. [MS-FSA] 2.1.5.8
   *
   * @param onWait - called where it must wait, with what ends that: CANCELLED
   * @returns RANGE_NOT_LOCKED when the open is closed meanwhile
   */
  lockOrWait(lock: RangeLock, onWait: (cancel: () => void) => void): Awaitable<NtStatus> {
    const unfit = this.#checkLock();
    return unfit === NtStatus.SUCCESS
      ? this.node.locksToTake.lockOrWait(this, lock, onWait)
      : unfit;
  }

  /** Lets go of a range that this open has locked exactly so. [MS-FSA] 2.1.5.9 */
  unlock(range: ByteRange): NtStatus {
    return this.isDirectory ? NtStatus.INVALID_PARAMETER : this.node.locks.unlock(this, range);
  }

  /** Who locks takes reads away from others: nobody may rely on what was read before. */
  #checkLock(): NtStatus {
    if (this.#isClosed) return NtStatus.FILE_CLOSED;
    if (this.isDirectory) return NtStatus.INVALID_PARAMETER;
    if (!this.#has(FILE_READ_DATA | FILE_WRITE_DATA)) return NtStatus.ACCESS_DENIED;
    this.dataChanged();
    return NtStatus.SUCCESS;
  }

  /** What the file is now. Rights are the host's to check, as they differ by information class. */
  getInfo(): Awaitable<Result<FileInfo>> {
    const asked = guard(() => this.#fileSystem.getFileInfo(this.file, this.caller));
    if (asked instanceof Promise) return asked.then((late) => this.#shown(late));
    return this.#shown(asked);
  }

  #shown(asked: Result<FileInfo>): Result<FileInfo> {
    if (!asked.ok || this.node.delayedWriteTime === undefined) return asked;
    return ok(this.node.shown(asked.value, this.volume.clock));
  }

  /** What the file will be once this open is closed. [MS-SMB2] 3.3.5.10 */
  getFinalInfo(): Awaitable<Result<FileInfo>> {
    if (this.hasWritten) this.node.delayedWriteTime = undefined;
    const asked = this.getInfo();
    if (asked instanceof Promise) return asked.then((late) => this.#final(late));
    return this.#final(asked);
  }

  /** With the last open goes what was set aside past the end. */
  #final(asked: Result<FileInfo>): Result<FileInfo> {
    const isLast = this.node.openCount === 1 && this.node.isAllocationDirty;
    if (!asked.ok || !isLast || this.#fileSystem.cleanup === undefined) return asked;
    const { fileSize, allocationSize } = asked.value;
    const left = this.volume.roundToAllocation(fileSize);
    return left >= allocationSize ? asked : ok({ ...asked.value, allocationSize: left });
  }

  /** The file's streams: the unnamed one first, where there is one. [MS-FSA] 2.1.5.12.29 */
  async getStreams(): Promise<Result<readonly StreamInfo[]>> {
    const fs = this.#fileSystem;
    if (fs.getStreams !== undefined)
      return guard(() => fs.getStreams?.(this.file, this.caller) ?? []);
    if (this.isDirectory) return ok([]);
    const info = await this.getInfo();
    if (!info.ok) return info;
    const { fileSize: streamSize, allocationSize } = info.value;
    return ok([{ name: "", streamSize, allocationSize }]);
  }

  /** The 16 bytes that name the file, whatever it is called. [MS-FSCC] 2.1.3 */
  getObjectId(): Awaitable<Result<Uint8Array>> {
    const fs = this.#fileSystem;
    if (fs.getObjectId === undefined) return refused(NtStatus.INVALID_DEVICE_REQUEST);
    return guard(() => fs.getObjectId?.(this.file, this.caller) ?? new Uint8Array(16));
  }

  /** Extended attributes, from where this open's walk through them stands. */
  scanEas(request: EaScanRequest): Promise<Result<EaRun>> {
    this.#eaPosition ??= new EaPosition();
    return scanEas(this, this.#eaPosition, request);
  }

  /** The extended attributes that are named; one that is missing has an empty value. */
  getEasByName(names: readonly string[]): Promise<Result<readonly ExtendedAttribute[]>> {
    return getEasByName(this, names);
  }

  /** Adds, replaces and, where the value is empty, removes extended attributes. */
  setEas(attributes: readonly ExtendedAttribute[]): Promise<Result<void>> {
    return setEas(this, attributes);
  }

  /** Sets attributes and times. [MS-FSA] 2.1.5.14.2 */
  setBasicInfo(request: BasicInfoRequest): Awaitable<Result<FileInfo>> {
    return setBasicInfo(this, request);
  }

  /** Sets the end of the file, in bytes. [MS-FSA] 2.1.5.14.4 */
  setEndOfFile(size: number): Awaitable<Result<FileInfo>> {
    return setEndOfFile(this, size);
  }

  /** Sets what is set aside for the file, in bytes; below its size it cuts the file. [MS-FSA] 2.1.5.14.1 */
  setAllocation(size: number): Awaitable<Result<FileInfo>> {
    return setAllocation(this, size);
  }

  /** Makes the file's holes free of space, or no longer so. [MS-FSA] 2.1.5.10, FSCTL_SET_SPARSE */
  setSparse(isSparse: boolean): Awaitable<Result<FileInfo>> {
    return setSparse(this, isSparse);
  }

  /**
   * Runs of bytes that hold data, of those asked about. [MS-FSA] 2.1.5.10,
   * FSCTL_QUERY_ALLOCATED_RANGES
   */
  getAllocatedRanges(offset: number, length: number): Awaitable<Result<readonly AllocatedRange[]>> {
    return getAllocatedRanges(this, offset, length);
  }

  /** Makes a run of bytes zero; the size stays. [MS-FSA] 2.1.5.10, FSCTL_SET_ZERO_DATA */
  setZeroData(offset: number, length: number): Awaitable<Result<FileInfo>> {
    return setZeroData(this, offset, length);
  }

  /** Makes the name go with its last open or with this one, or stay after all. [MS-FSA] 2.1.5.14.3 */
  setDisposition(isDelete: boolean, how: DispositionHow = {}): Awaitable<Result<void>> {
    return setDisposition(this, isDelete, how);
  }

  /** Waits until nobody else keeps the file open for no program. */
  waitForHandles(onWait: OnWait | undefined): Awaitable<NtStatus> {
    const { oplocks } = this.node;
    const wait = this.isDirectory ? oplocks?.breakHandles(this.oplock) : this.breakHandles();
    if (wait === undefined) return NtStatus.SUCCESS;
    return waitForOthers(wait, onWait).then((status) =>
      this.#isClosed ? NtStatus.FILE_CLOSED : status,
    );
  }

  /**
   * The name goes with its last open. Nobody waits for what happens in a directory that is to go.
   * WinFsp 3.12
   *
   * @param isPosix - it goes with this open already
   */
  markDeletePending(isPosix: boolean): void {
    const { link } = this;
    link.isDeletePending = true;
    if (isPosix) this.goesAtKeptCount = link.keptCount;
    void this.node.oplocks?.breakHandles(this.oplock); // those that have come since it was decided
    this.volume.notifyHub.endWaiting(link, NtStatus.DELETE_PENDING);
  }

  /** Gives the file one more name. [MS-FSA] 2.1.5.15.6 */
  makeLink(request: RenameRequest): Promise<Result<void>> {
    return makeLink(this, request);
  }

  /** The file's names. [MS-FSCC] 2.4.19 */
  getLinks(): Awaitable<Result<readonly LinkInfo[]>> {
    const fs = this.#fileSystem;
    if (fs.getLinks === undefined) return refused(NtStatus.NOT_SUPPORTED);
    return guard(() => fs.getLinks?.(this.file, this.caller) ?? []);
  }

  /** Moves the file to another name. [MS-FSA] 2.1.5.14.11 */
  rename(request: RenameRequest): Promise<Result<void>> {
    return renameOpen(this, request);
  }

  /**
   * The parts of the security descriptor that are asked for, self-relative. [MS-FSA] 2.1.5.13
   *
   * @param securityInformation - [MS-DTYP] 2.4.7
   */
  getSecurity(securityInformation: number): Promise<Result<Uint8Array>> {
    return getSecurity(this, securityInformation);
  }

  /**
   * Replaces the parts of the security descriptor that are named; the others stay. [MS-FSA] 2.1.5.16
   *
   * @param modification - self-relative, as the client sent it
   * @param caller - who asks, and may be made the owner; who opened the file unless told
   */
  setSecurity(
    securityInformation: number,
    modification: Uint8Array,
    caller: Caller = this.caller,
  ): Promise<Result<void>> {
    return setSecurity(this, securityInformation, modification, caller);
  }

  /** All rights that the caller could have had on the file. [MS-FSA] 2.1.4.14 */
  getMaximumAccess(): Promise<Result<number>> {
    return getMaximumAccess(this);
  }

  /**
   * The place in the directory where this open's listing stands. [MS-FSA] 2.1.5.5.3
   *
   * @param pattern - fixed by the first query, and by one that restarts; empty matches all
   */
  async directoryCursor(pattern: string, isRestart: boolean): Promise<Result<DirectoryCursor>> {
    const status = this.#checkListing();
    if (status !== NtStatus.SUCCESS) return refused(status);
    const old = this.#cursor;
    if (old !== undefined && !isRestart) return ok(old);
    const kept = pattern === "" ? (old?.pattern ?? "*") : pattern;
    const cursor = entryCursor(this, kept);
    this.#cursor = cursor;
    await old?.end();
    return ok(cursor);
  }

  /**
   * Begins a listing of all names in the directory, for who needs no more; the one that was begun before ends. What is
   * known of each file at no cost comes along: then it is a {@link DirectoryEntry}.
   */
  listNames(): Awaitable<Result<DirectoryCursor<DirectoryName>>> {
    const status = this.#checkListing();
    if (status !== NtStatus.SUCCESS) return refused(status);
    const cursor = nameCursor(this);
    const ended = this.#nameCursor?.end();
    this.#nameCursor = cursor;
    return ended instanceof Promise ? ended.then(() => ok(cursor)) : ok(cursor);
  }

  /** All that is known of a name that {@link Open.listNames} told; undefined where it has gone, or nobody can tell. */
  lookAtEntry(name: string): Found | Promise<Found> {
    return lookAtEntry(this, name);
  }

  #checkListing(): NtStatus {
    if (!this.isDirectory) return NtStatus.INVALID_PARAMETER;
    if (!this.#has(FILE_LIST_DIRECTORY)) return NtStatus.ACCESS_DENIED;
    if (this.#fileSystem.readDirectory === undefined) return NtStatus.INVALID_DEVICE_REQUEST;
    return NtStatus.SUCCESS;
  }

  /**
   * What has happened in the directory since the last answer, or else what happens next; from the first
   * call on, whose filter and room stay. [MS-FSA] 2.1.5.11
   *
   * @returns NOTIFY_ENUM_DIR where it is too much to tell; NOTIFY_CLEANUP when the open is closed
   *   meanwhile; DELETE_PENDING when the directory is to go
   */
  watch(request: WatchRequest): Awaitable<Changes> {
    if (this.#isClosed) return refused(NtStatus.FILE_CLOSED);
    if (!this.isDirectory) return refused(NtStatus.INVALID_PARAMETER);
    if (!this.#has(FILE_LIST_DIRECTORY)) return refused(NtStatus.ACCESS_DENIED);
    if (this.link.isDeletePending) return refused(NtStatus.DELETE_PENDING);
    this.#watch ??= this.volume.notifyHub.watch(this.link, request, request.room);
    return this.#watch.next(request);
  }

  /** It is an open of a directory that may delete it. */
  get mayDeleteDirectory(): boolean {
    return this.isDirectory && (this.grantedAccess & DELETE) !== 0;
  }

  /** Whether one of the rights was granted. */
  #has(anyOf: number): boolean {
    return (this.grantedAccess & anyOf) !== 0;
  }

  /** Whether attributes may be read, for the information classes that want it. */
  get mayReadAttributes(): boolean {
    return this.#has(FILE_READ_ATTRIBUTES);
  }

  /** Cleanup, then close: the name goes if it is to, the tables let go, the file system hears of it. */
  close(): Awaitable<void> {
    if (!this.#isClosed) return runSteps(closeOpen(this));
  }

  /**
   * The same, for a create that failed and holds the namespace lock already: what was asked for together
   * with it does not happen.
   */
  closeWithinCreate(): Awaitable<void> {
    if (this.#isClosed) return;
    this.isDeleteOnClose = false;
    return this.#closeLocked();
  }

  /**
   * The same, for a file that such a create has made itself: it goes, unless somebody else has had it, or a
   * stream of it, open by now.
   */
  undoWithinCreate(): Awaitable<void> {
    if (this.#isClosed) return;
    this.isDeleteOnClose = this.node.joinCount === 1;
    return this.#closeLocked();
  }

  #closeLocked(): Awaitable<void> {
    this.endWaiting();
    return runSteps(finishOpen(this));
  }

  /** The open is closed from now on: nobody waits for anything by it, and its locks go. */
  endWaiting(): void {
    this.#isClosed = true;
    if (this.#watch !== undefined) {
      this.volume.notifyHub.unwatch(this.link, this.#watch, NtStatus.NOTIFY_CLEANUP);
    }
    this.node.locks.release(this);
  }

  /** The listings that stand somewhere in the directory go no further. */
  endListing(): Awaitable<void> {
    const ended = this.#cursor?.end();
    const alsoEnded = this.#nameCursor?.end();
    return ended instanceof Promise ? ended.then(() => alsoEnded) : alsoEnded;
  }
}

const SYNCHRONOUS = FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT;

const SETTABLE_MODE = FILE_WRITE_THROUGH | FILE_SEQUENTIAL_ONLY | SYNCHRONOUS;
const MODE_OPTIONS = SETTABLE_MODE | FILE_NO_INTERMEDIATE_BUFFERING | FILE_DELETE_ON_CLOSE;
