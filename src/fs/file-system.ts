import type { Caller } from "./caller.js";
import type { Notify } from "./change.js";
import type {
  DirectoryEntry,
  DirectoryName,
  ExtendedAttribute,
  FileInfo,
  LinkInfo,
  StreamInfo,
  VolumeInfo,
} from "./file-info.js";
import type { VolumeParams } from "./volume-params.js";

/** Now or later: an operation that need not wait answers at once. */
export type Awaitable<T> = T | Promise<T>;

/** A file that was opened, as the file system knows it. */
export interface Opened<File> {
  /** Whatever the file system wants to be given back in every later call on this open. */
  readonly file: File;
  readonly info: FileInfo;
  /**
   * The path as stored, where it differs in case from the one asked for.
   * From the root of the volume, `\` between names.
   */
  readonly normalizedPath?: string;
  /**
   * Clients are not to keep what they read to themselves, because it changes without anybody telling: no
   * oplocks and no leases. Left out: they may.
   */
  readonly isUncacheable?: boolean;
}

/** What a name stands for, before it is opened. */
export interface SecurityByName {
  /** [MS-FSCC] 2.6, as in {@link FileInfo}. */
  readonly fileAttributes: number;
  /**
   * Self-relative, [MS-DTYP] 2.4.6; absent where the file system keeps none: then access is granted.
   * The same array again for the same rights lets the kernel remember what it worked out.
   */
  readonly securityDescriptor?: Uint8Array;
  /**
   * Set when a name on the way is a reparse point: how many names from the root lead to it,
   * itself included. Then nothing else here counts.
   */
  readonly reparseAt?: number;
}

/** How a new file is to be. */
export interface CreateParams {
  readonly isDirectory: boolean;
  /** [MS-SMB2] 2.2.13, CreateOptions. */
  readonly createOptions: number;
  readonly grantedAccess: number;
  /** Cleaned: DIRECTORY is set for directories, ARCHIVE for new files. */
  readonly fileAttributes: number;
  /** Self-relative and final: what the parent hands down is merged in. Absent for streams. */
  readonly securityDescriptor: Uint8Array | undefined;
  /** Bytes to set aside, a multiple of the allocation unit. */
  readonly allocationSize: number;
  readonly extendedAttributes: readonly ExtendedAttribute[] | undefined;
}

/** How an existing file is to be opened. */
export interface OpenParams {
  /** [MS-SMB2] 2.2.13, CreateOptions. */
  readonly createOptions: number;
  readonly grantedAccess: number;
}

/** How an existing file is to be emptied. */
export interface OverwriteParams {
  readonly fileAttributes: number;
  /** True: the attributes take the place of the old ones (supersede). False: they are added. */
  readonly replaceAttributes: boolean;
  /** Bytes to set aside, a multiple of the allocation unit. */
  readonly allocationSize: number;
  readonly extendedAttributes: readonly ExtendedAttribute[] | undefined;
}

/** How bytes are to be written. */
export interface WriteParams {
  /** Write at the end of the file, whatever the offset says. */
  readonly toEndOfFile: boolean;
  /** Never extend: clip at the end of the file. */
  readonly isConstrained: boolean;
  /**
   * True: LastWriteTime, ChangeTime and ARCHIVE stay as they are, because the open has set its
   * times itself. False: they move with the write.
   */
  readonly keepTimes: boolean;
}

/** What was written. */
export interface Written {
  readonly bytesWritten: number;
  /** After the write. */
  readonly info: FileInfo;
}

/** Attributes and times to set; what is undefined stays. Times are FILETIME ticks. */
export interface BasicInfo {
  readonly fileAttributes: number | undefined;
  readonly creationTicks: bigint | undefined;
  readonly lastAccessTicks: bigint | undefined;
  readonly lastWriteTicks: bigint | undefined;
  readonly changeTicks: bigint | undefined;
}

/** What is to be done when the last handle of an open is gone. WinFsp 3.6 */
export interface CleanupParams {
  /** Remove the name now. The data must stay readable to other opens until they are closed. */
  readonly isDelete: boolean;
  /** Give back what was set aside past the end of the file. */
  readonly isAllocationReset: boolean;
}

/** How a name is to be changed. */
export interface RenameParams {
  readonly newPath: string;
  readonly replaceIfExists: boolean;
  /** A replaced file that is open lives on without a name; an empty directory may be replaced. */
  readonly isPosix: boolean;
}

/** Which parts of a security descriptor are meant. [MS-DTYP] 2.4.7 */
export type SecurityInformation = number;

/** Bytes of a file that hold data. */
export interface AllocatedRange {
  readonly offset: number;
  readonly length: number;
}

/**
 * What every host calls, through the kernel, and every file system implements: WinFsp's operations.
 *
 * - Every operation may answer at once or with a promise.
 * - A refusal is thrown: an `NtError`, or what Node gave (`ENOENT` and its kin).
 * - The optional methods are the capabilities: what is absent is not advertised, and asking for it is
 *   refused. There are no flags that could disagree.
 * - Paths are absolute: `\` between names, none at the end, the root is `\`. A named stream is
 *   `\dir\file:stream`.
 * - Share modes, access checks, locks, leases, wildcards, delete rules and path checks are the
 *   kernel's: they have been looked after before an operation is called.
 *
 * @see WinFsp `FSP_FILE_SYSTEM_INTERFACE`
 */
export interface FileSystem<File = unknown> {
  /** What differs from `DEFAULT_VOLUME_PARAMS`. */
  readonly volumeParams?: Partial<VolumeParams>;

  /** Called once, before the first operation. */
  start?(notify: Notify): Awaitable<void>;

  /** Called once, after the last operation. */
  stop?(): Awaitable<void>;

  getVolumeInfo(): Awaitable<VolumeInfo>;

  /** @param label - at most 32 UTF-16 units */
  setVolumeLabel?(label: string, caller: Caller): Awaitable<VolumeInfo>;

  /**
   * What a name stands for. Comes before every open, create and replacing rename. Does not follow the
   * last name. Absent: no access checks.
   *
   * @throws NtError OBJECT_NAME_NOT_FOUND, OBJECT_PATH_NOT_FOUND where a name before the last is
   *   missing or not a directory
   */
  getSecurityByName?(path: string, caller: Caller): Awaitable<SecurityByName>;

  /**
   * Opens a file or directory that exists; creates nothing.
   *
   * @throws NtError OBJECT_NAME_NOT_FOUND when the last name is missing, OBJECT_PATH_NOT_FOUND when one
   *   before it is
   */
  open(path: string, params: OpenParams, caller: Caller): Awaitable<Opened<File>>;

  /**
   * Opens a file by its identity. `normalizedPath` says where it is, and is not left out.
   *
   * @throws NtError INVALID_PARAMETER where there is no such file
   */
  openByFileId?(fileId: bigint, params: OpenParams, caller: Caller): Awaitable<Opened<File>>;

  /**
   * Makes a file, directory or stream that does not exist, and opens it.
   *
   * @throws NtError OBJECT_NAME_COLLISION when it exists, OBJECT_PATH_NOT_FOUND when the directory is
   *   missing, NOT_A_DIRECTORY when it is none, DISK_FULL
   */
  create?(path: string, params: CreateParams, caller: Caller): Awaitable<Opened<File>>;

  /** Empties a file that is open: size 0, extended attributes gone, streams that are not open gone. */
  overwrite?(file: File, params: OverwriteParams, caller: Caller): Awaitable<FileInfo>;

  /** The last handle of an open is gone. Called only where there is something to do; cannot fail. */
  cleanup?(file: File, path: string, params: CleanupParams, caller: Caller): Awaitable<void>;

  /** The last call for an open. Cannot fail. */
  close?(file: File): Awaitable<void>;

  /**
   * Reads a run of bytes.
   *
   * @param target - filled from its start; its length, in bytes, is the most to read.
   *   Valid until the result settles, not after
   * @param offset - in bytes, from the start of the file
   * @returns bytes read: fewer than asked only where the file ends
   * @throws NtError END_OF_FILE when `offset` is at or past the end
   * @see WinFsp `FSP_FILE_SYSTEM_INTERFACE.Read`; [MS-FSA] 2.1.5.3
   */
  read?(file: File, target: Uint8Array, offset: number, caller: Caller): Awaitable<number>;

  /**
   * Reads a run of bytes without copying it: views of the file system's own memory, in order. The
   * caller uses them before it gives up control, and never writes to them.
   *
   * @param length - the most to read, in bytes
   * @throws NtError END_OF_FILE when `offset` is at or past the end
   */
  readViews?(file: File, offset: number, length: number, caller: Caller): readonly Uint8Array[];

  /**
   * Writes a run of bytes; a gap before it reads as zeros.
   *
   * @param data - not to be changed, and valid until the result settles, not after
   * @param offset - in bytes, from the start of the file
   * @throws NtError DISK_FULL, with nothing written
   */
  write?(
    file: File,
    data: Uint8Array,
    offset: number,
    params: WriteParams,
    caller: Caller,
  ): Awaitable<Written>;

  /** Puts a file's data where it is safe. `undefined`: the whole volume. */
  flush?(file: File | undefined, caller: Caller): Awaitable<void>;

  getFileInfo(file: File, caller: Caller): Awaitable<FileInfo>;

  setBasicInfo?(file: File, basic: BasicInfo, caller: Caller): Awaitable<FileInfo>;

  /**
   * Sets the end of the file. Growth reads as zeros; the allocation grows with it where it must.
   *
   * @throws NtError DISK_FULL, with nothing changed
   */
  setFileSize?(file: File, fileSize: number, caller: Caller): Awaitable<FileInfo>;

  /**
   * Sets what is set aside for the file; below the file's size it cuts the file.
   *
   * @param allocationSize - in bytes, a multiple of the allocation unit
   */
  setAllocationSize?(file: File, allocationSize: number, caller: Caller): Awaitable<FileInfo>;

  /**
   * Makes a file sparse: its holes take no space. It says so by FILE_ATTRIBUTE_SPARSE_FILE in its
   * {@link FileInfo}, which is the only way to set that attribute. Or makes it one no longer: then
   * what its holes would take is set aside. Present, with `getAllocatedRanges` and `setZeroData`: the
   * volume has sparse files.
   *
   * @throws NtError DISK_FULL where the space is missing, with nothing changed
   * @see [MS-FSA] 2.1.5.10, FSCTL_SET_SPARSE
   */
  setSparse?(file: File, isSparse: boolean, caller: Caller): Awaitable<FileInfo>;

  /**
   * Runs of bytes that hold data, of those asked about: in order, with gaps between them, none past
   * the end of the file. What is in no run reads as zeros; of a file that is not sparse all is in one.
   *
   * @param offset - in bytes, as is `length`; both may lie past the end
   */
  getAllocatedRanges?(
    file: File,
    offset: number,
    length: number,
    caller: Caller,
  ): Awaitable<readonly AllocatedRange[]>;

  /**
   * Makes a run of bytes zero, and where the file is sparse gives back the space. What lies past the
   * end of the file is passed over: the size stays.
   */
  setZeroData?(file: File, offset: number, length: number, caller: Caller): Awaitable<FileInfo>;

  /**
   * Whether a file may be deleted; deletes nothing.
   *
   * @throws NtError DIRECTORY_NOT_EMPTY, CANNOT_DELETE, ACCESS_DENIED
   */
  canDelete?(file: File, path: string, caller: Caller): Awaitable<void>;

  /**
   * Moves a file, or a directory with all that is in it, to another name on the volume; or a named stream to
   * another name of the same file, where only an empty stream is replaced. With the file's own path the stream
   * is to be its unnamed one.
   *
   * @throws NtError OBJECT_NAME_COLLISION when the new name exists and is not to be replaced,
   *   ACCESS_DENIED when it is a directory, OBJECT_PATH_NOT_FOUND when its directory is missing
   */
  rename?(file: File, path: string, params: RenameParams, caller: Caller): Awaitable<void>;

  /**
   * Gives a file one more name. Present, with its partner: the volume has hard links. All names are equal:
   * one is removed by `cleanup`, with its path, and the file goes with the last.
   *
   * @throws NtError OBJECT_NAME_COLLISION when the new name exists and is not to be replaced,
   *   ACCESS_DENIED when it is a directory, TOO_MANY_LINKS, FILE_IS_A_DIRECTORY, OBJECT_PATH_NOT_FOUND
   */
  link?(file: File, newPath: string, replaceIfExists: boolean, caller: Caller): Awaitable<FileInfo>;

  /** All names of a file; none of one that has been deleted. */
  getLinks?(file: File, caller: Caller): Awaitable<readonly LinkInfo[]>;

  /** Self-relative, whole. [MS-DTYP] 2.4.6 */
  getSecurity?(file: File, caller: Caller): Awaitable<Uint8Array>;

  /** @param descriptor - self-relative, whole: what was asked for is merged in */
  setSecurity?(file: File, descriptor: Uint8Array, caller: Caller): Awaitable<void>;

  /**
   * The entries of a directory, in an order of the file system's choice, without `.` and `..`. The
   * kernel takes as many as it needs and calls `return()` when it wants no more. Entries made or
   * removed meanwhile may be there or not; no other entry is missed or told twice.
   *
   * @param pattern - a hint: entries that do not match it are left out by the kernel
   */
  readDirectory?(
    file: File,
    pattern: string | undefined,
    caller: Caller,
  ): Iterable<DirectoryEntry> | AsyncIterable<DirectoryEntry>;

  /**
   * The names of a directory, as `readDirectory` tells them, where that takes less: without a look at each file.
   * For hosts that need no more, as most listings of POSIX systems. Absent: `readDirectory` tells them.
   *
   * A link to a directory may be told as a link only, without DIRECTORY.
   */
  readDirectoryNames?(
    file: File,
    caller: Caller,
  ): Iterable<DirectoryName> | AsyncIterable<DirectoryName>;

  /**
   * One entry of a directory, by name, without a walk through all.
   *
   * @returns undefined where there is none
   */
  getDirectoryEntry?(
    file: File,
    name: string,
    caller: Caller,
  ): Awaitable<DirectoryEntry | undefined>;

  /** Present: the volume has named streams. The unnamed stream first, where there is one. */
  getStreams?(file: File, caller: Caller): Awaitable<readonly StreamInfo[]>;

  /** Present, with its partner: the volume has extended attributes. All of them, in a lasting order. */
  getExtendedAttributes?(file: File, caller: Caller): Awaitable<readonly ExtendedAttribute[]>;

  /**
   * Adds, replaces and, where the value is empty, removes extended attributes: all of them, or none. Of
   * a name that comes twice the last one counts.
   *
   * @throws NtError EA_TOO_LARGE where they are too many, DISK_FULL
   */
  setExtendedAttributes?(
    file: File,
    attributes: readonly ExtendedAttribute[],
    caller: Caller,
  ): Awaitable<FileInfo>;

  /**
   * The reparse data of a file, whole, its header included. Present, with its partner by name: the volume
   * has reparse points. Such a file says so by FILE_ATTRIBUTE_REPARSE_POINT and `reparseTag`, is opened and
   * renamed itself, and names that go through it are told by {@link SecurityByName}: where they lead is
   * the kernel's business.
   *
   * @throws NtError NOT_A_REPARSE_POINT
   * @see [MS-FSCC] 2.1.2, WinFsp 3.15
   */
  getReparsePoint?(file: File, caller: Caller): Awaitable<Uint8Array>;

  /** The reparse data of a name, for resolving; undefined where it is no reparse point. */
  getReparsePointByName?(path: string, caller: Caller): Awaitable<Uint8Array | undefined>;

  /**
   * Makes a file a reparse point, or changes where it leads.
   *
   * @param data - whole, its header included: at most 16 KiB, and checked; valid until the result settles
   * @throws NtError DIRECTORY_NOT_EMPTY; where it is one already, IO_REPARSE_TAG_MISMATCH when the tag is
   *   another, and REPARSE_ATTRIBUTE_CONFLICT when the GUID is
   */
  setReparsePoint?(file: File, data: Uint8Array, caller: Caller): Awaitable<void>;

  /**
   * Makes a reparse point an ordinary file.
   *
   * @param data - a header of the same tag and GUID, without data
   * @throws NtError NOT_A_REPARSE_POINT, and as `setReparsePoint`
   */
  deleteReparsePoint?(file: File, data: Uint8Array, caller: Caller): Awaitable<void>;

  /** The 16 bytes that name a file, the same for as long as it exists. [MS-FSCC] 2.1.3 */
  getObjectId?(file: File, caller: Caller): Awaitable<Uint8Array>;

  /** A private control code. [MS-FSCC] 2.3 */
  control?(file: File, code: number, input: Uint8Array, caller: Caller): Awaitable<Uint8Array>;
}
