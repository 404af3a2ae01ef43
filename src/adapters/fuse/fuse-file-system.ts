import type {
  Awaitable,
  BasicInfo,
  Caller,
  CleanupParams,
  CreateParams,
  DirectoryEntry,
  FileInfo,
  FileSystem,
  LinkInfo,
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
  AUTHENTICATED_USERS,
  EVERYONE,
  FILE_ATTRIBUTE_ARCHIVE,
  foldName,
  isLegalName,
  LOCAL_SYSTEM,
  NtError,
  NtStatus,
  posixNameOf,
  ticksOfMs,
  windowsNameOf,
} from "../../nt/index.js";
import { AppendQueue } from "../append-queue.js";
import { FileIds } from "./file-ids.js";
import { fileInfoOf, flagsOfAttributes, kindOf, nsOfTicks, sizeOf, ticksOf } from "./file-info.js";
import { FuseCalls, type FuseOperationName } from "./fuse-calls.js";
import { FuseFile, NO_HANDLE, openFlagsFor } from "./fuse-file.js";
import {
  type FuseCallbackOperations,
  type FuseContext,
  FuseDate,
  type FuseOperations,
  type FuseStat,
  type FuseTime,
} from "./fuse-operations.js";
import { type FuseOptions, type ResolvedFuseOptions, resolveFuseOptions } from "./fuse-options.js";
import {
  fusePathOf,
  joinFusePath,
  kernelPathOf,
  lastFuseName,
  parentFusePath,
} from "./fuse-paths.js";
import { FuseSecurity } from "./fuse-security.js";
import { hasXattrs, readXattrs, replaceXattrs, writeXattrs, xattrSize } from "./fuse-xattrs.js";
import { HiddenFiles } from "./hidden-files.js";
import { Invoker } from "./invoker.js";
import { KnownNames } from "./known-names.js";
import { isEmpty, type ListingParts, listEntries } from "./listing.js";
import { Lookup } from "./lookup.js";
import { quietly, unlessImpossible } from "./outcomes.js";
import { isMissing, isNotImplemented } from "./refusal.js";
import { linkData, specialData, type WantedNode, wantedNode } from "./reparse-data.js";

/**
 * A volume of a file system that is written as FUSE operations, in promise style or in the callback style of
 * `fuse-native`; which it is, its first `getattr` shows. What it can do follows from the operations that are there:
 * without `setxattr` no extended attributes, without `link` no hard links, and so on.
 *
 * @param operations - `getattr` at least
 * @throws Error, with a sentence, where an option cannot be taken
 * @see WinFsp 4
 */
export function fromFuse<Fh>(
  operations: FuseOperations<Fh> | FuseCallbackOperations,
  options: FuseOptions = {},
): FileSystem<FuseFile> {
  return new FuseFileSystem(operations, options);
}

/** What was just made: open, and no more. */
type NewFile = Pick<FuseFile, "path" | "kind" | "fh" | "isOpen" | "isOpenDirectory">;

/** The process itself, where it calls `init` and `destroy`. */
const OWN_CALLER: Caller = {
  userName: "",
  userSid: LOCAL_SYSTEM,
  groupSids: [EVERYONE, AUTHENTICATED_USERS],
  sessionId: 0,
  clientAddress: "",
};

/** What a volume is said to hold where nobody knows, in bytes. */
const UNKNOWN_SIZE = 2 ** 40;

const DEFAULT_SECTOR_SIZE = 512;
const DEFAULT_SECTORS_PER_UNIT = 8;

/** What `access` is asked before a deletion, where it wants to be. WinFsp 4.2 */
const DELETE_OK = 0x4000_0000;

/** What a control code of FUSE says of its device: `0x8000 | 'F' << 8 | 'W'`. WinFsp 4.2 */
const FUSE_DEVICE_TYPE = 0xc657;

class FuseFileSystem implements FileSystem<FuseFile> {
  readonly volumeParams: Partial<VolumeParams>;
  readonly setVolumeLabel?: NonNullable<FileSystem<FuseFile>["setVolumeLabel"]>;
  readonly create?: NonNullable<FileSystem<FuseFile>["create"]>;
  readonly overwrite?: NonNullable<FileSystem<FuseFile>["overwrite"]>;
  readonly read?: NonNullable<FileSystem<FuseFile>["read"]>;
  readonly write?: NonNullable<FileSystem<FuseFile>["write"]>;
  readonly setBasicInfo?: NonNullable<FileSystem<FuseFile>["setBasicInfo"]>;
  readonly setFileSize?: NonNullable<FileSystem<FuseFile>["setFileSize"]>;
  readonly setAllocationSize?: NonNullable<FileSystem<FuseFile>["setAllocationSize"]>;
  readonly rename?: NonNullable<FileSystem<FuseFile>["rename"]>;
  readonly link?: NonNullable<FileSystem<FuseFile>["link"]>;
  readonly getLinks?: NonNullable<FileSystem<FuseFile>["getLinks"]>;
  readonly setSecurity?: NonNullable<FileSystem<FuseFile>["setSecurity"]>;
  readonly readDirectory?: NonNullable<FileSystem<FuseFile>["readDirectory"]>;
  readonly getExtendedAttributes?: NonNullable<FileSystem<FuseFile>["getExtendedAttributes"]>;
  readonly setExtendedAttributes?: NonNullable<FileSystem<FuseFile>["setExtendedAttributes"]>;
  readonly getReparsePoint?: NonNullable<FileSystem<FuseFile>["getReparsePoint"]>;
  readonly getReparsePointByName?: NonNullable<FileSystem<FuseFile>["getReparsePointByName"]>;
  readonly setReparsePoint?: NonNullable<FileSystem<FuseFile>["setReparsePoint"]>;
  readonly deleteReparsePoint?: NonNullable<FileSystem<FuseFile>["deleteReparsePoint"]>;
  readonly control?: NonNullable<FileSystem<FuseFile>["control"]>;

  readonly #options: ResolvedFuseOptions;
  readonly #calls: FuseCalls;
  readonly #lookup: Lookup;
  readonly #security: FuseSecurity;
  readonly #ids = new FileIds();
  readonly #open = new Set<FuseFile>();
  readonly #hidden: HiddenFiles;
  readonly #appends = new AppendQueue();
  readonly #startTicks = ticksOfMs(Date.now());
  readonly #usesIno: boolean;
  readonly #hasEas: boolean;
  readonly #hasReparsePoints: boolean;
  /** Names that files with ids of their own are known by. */
  readonly #names = new KnownNames();
  #label: string;
  #hasBegun = false;

  constructor(operations: object, options: FuseOptions) {
    const has = (name: FuseOperationName) => typeof Reflect.get(operations, name) === "function";
    this.#options = resolveFuseOptions(options, has("chown"));
    this.#security = new FuseSecurity(this.#options);
    const { style, timeoutMs, isSerial = false, volumeParams, contextStorage } = this.#options;
    const contextOf = (caller: Caller) => this.#security.contextOf(caller);
    this.#calls = new FuseCalls(
      new Invoker(operations, { style, timeoutMs, isSerial, contextOf, contextStorage }),
    );
    this.#lookup = new Lookup(this.#calls, this.#options.mountPoint);
    this.#hidden = new HiddenFiles(this.#calls);
    this.#usesIno = this.#options.usesIno ?? has("link");
    this.#hasEas = hasXattrs(this.#calls);
    this.#hasReparsePoints = has("readlink") || has("mknod");
    this.#label = this.#options.label ?? "";
    this.volumeParams = volumeParams;
    this.#offerData(has);
    this.#offerNames(has);
    this.#offerKnowledge(has);
    this.#offerReparsePoints(has);
  }

  #offerData(has: (name: FuseOperationName) => boolean): void {
    const canTruncate = has("truncate") || has("ftruncate");
    const makesFiles = has("create") || (has("mknod") && has("open"));
    const own = this as { -readonly [K in keyof FuseFileSystem]: FuseFileSystem[K] };
    if (makesFiles || has("mkdir")) own.create = this.#create.bind(this);
    if (has("read")) own.read = this.#read.bind(this);
    if (has("write")) own.write = this.#write.bind(this);
    if (!canTruncate) return;
    own.overwrite = this.#overwrite.bind(this);
    own.setFileSize = async (file, size, caller) => {
      await this.#truncate(file, size, caller);
      return this.getFileInfo(file, caller);
    };
    own.setAllocationSize = this.#setAllocationSize.bind(this);
  }

  #offerNames(has: (name: FuseOperationName) => boolean): void {
    const own = this as { -readonly [K in keyof FuseFileSystem]: FuseFileSystem[K] };
    if (has("readdir")) own.readDirectory = (file, _pattern, caller) => this.#list(file, caller);
    if (has("rename")) own.rename = this.#rename.bind(this);
    if (!has("link")) return;
    own.link = this.#link.bind(this);
    own.getLinks = this.#getLinks.bind(this);
  }

  #offerKnowledge(has: (name: FuseOperationName) => boolean): void {
    const own = this as { -readonly [K in keyof FuseFileSystem]: FuseFileSystem[K] };
    if (has("chmod") || has("chown")) own.setSecurity = this.#setSecurity.bind(this);
    const setters = ["utimens", "chflags", "setcrtime", "setchgtime"] as const;
    if (setters.some(has)) own.setBasicInfo = this.#setBasicInfo.bind(this);
    if (has("setvolname")) {
      own.setVolumeLabel = async (label, caller) => {
        await this.#calls.setvolname(label, caller);
        this.#label = label;
        return this.getVolumeInfo(caller);
      };
    }
    if (has("ioctl")) own.control = this.#control.bind(this);
    if (!this.#hasEas) return;
    own.getExtendedAttributes = (file, caller) => readXattrs(this.#calls, file.path, caller);
    own.setExtendedAttributes = async (file, attributes, caller) => {
      await writeXattrs(this.#calls, { path: file.path, attributes }, caller);
      return this.getFileInfo(file, caller);
    };
  }

  #offerReparsePoints(has: (name: FuseOperationName) => boolean): void {
    if (!this.#hasReparsePoints) return;
    const own = this as { -readonly [K in keyof FuseFileSystem]: FuseFileSystem[K] };
    own.getReparsePoint = async (file, caller) => {
      const data = await this.#reparseData(file.path, caller);
      if (data === undefined) throw new NtError(NtStatus.NOT_A_REPARSE_POINT);
      return data;
    };
    own.getReparsePointByName = async (path, caller) => {
      const data = await this.#reparseData(fusePathOf(path), caller, true);
      return data;
    };
    if (!(has("symlink") || has("mknod")) || !(has("rename") || has("unlink"))) return;
    own.setReparsePoint = this.#setReparsePoint.bind(this);
    own.deleteReparsePoint = () => {
      throw new NtError(NtStatus.ACCESS_DENIED); // WinFsp 4.8
    };
  }

  async start(): Promise<void> {
    await this.#calls.init(OWN_CALLER);
    this.#hasBegun = true;
    const root = await this.#calls.getattr("/", OWN_CALLER);
    if (kindOf(root) !== "directory") {
      throw new Error(
        "getattr says that / is no directory: its mode must be one, such as 0o040755",
      );
    }
  }

  async stop(): Promise<void> {
    if (!this.#hasBegun) return; // `destroy` undoes what `init` has done
    await this.#calls.destroy(OWN_CALLER);
  }

  async getVolumeInfo(caller: Caller = OWN_CALLER): Promise<VolumeInfo> {
    const unknown = { totalSize: UNKNOWN_SIZE, freeSize: UNKNOWN_SIZE, label: this.#label };
    if (!this.#calls.has("statfs")) return unknown;
    try {
      const {
        bsize = 4096,
        frsize = bsize,
        blocks = 0,
        bfree = 0,
      } = await this.#calls.statfs("/", caller);
      const unit = Number(frsize) || Number(bsize);
      return {
        totalSize: Number(blocks) * unit,
        freeSize: Number(bfree) * unit,
        label: this.#label,
      };
    } catch (error) {
      if (isNotImplemented(error)) return unknown;
      throw error;
    }
  }

  async getSecurityByName(path: string, caller: Caller): Promise<SecurityByName> {
    const at = fusePathOf(path);
    if (this.#hidden.has(at)) throw new NtError(NtStatus.OBJECT_NAME_NOT_FOUND);
    const found = await this.#lookup.find(at, caller);
    if ("reparseAt" in found) return { fileAttributes: 0, reparseAt: found.reparseAt };
    const { fileAttributes } = await this.#infoAt(at, found.stat, caller, 0);
    const securityDescriptor = this.#security.checkedDescriptorOf(found.stat, caller);
    return { fileAttributes, securityDescriptor };
  }

  async open(path: string, params: OpenParams, caller: Caller): Promise<Opened<FuseFile>> {
    const asked = fusePathOf(path);
    if (this.#hidden.has(asked)) throw new NtError(NtStatus.OBJECT_NAME_NOT_FOUND);
    const stat = await this.#lookup.stat(asked, caller);
    const at = await this.#storedPath(asked, caller);
    const kind = kindOf(stat);
    const fileId = this.#idOf(at, stat);
    const context = this.#security.contextOf(caller);
    let fh: unknown = NO_HANDLE;
    let isOpen = false;
    const flags = kind === "file" ? openFlagsFor(params.grantedAccess) : undefined;
    if (kind === "directory") {
      isOpen = true;
      if (this.#calls.has("opendir")) fh = (await this.#calls.opendir(at, context)) ?? NO_HANDLE;
    } else if (flags !== undefined) {
      isOpen = true;
      if (this.#calls.has("open")) fh = (await this.#calls.open(at, flags, context)) ?? NO_HANDLE;
    }
    const isWritable = flags !== undefined && flags !== 0;
    const file = new FuseFile({ path: at, kind, fileId, fh, isOpen, isWritable });
    try {
      const about = { asked, stat, isUncacheable: context.directIo };
      return await this.#opened(file, about, caller);
    } catch (error) {
      await this.close(file);
      throw error;
    }
  }

  /** Known by the volume from now on; told with all that is known of it. */
  async #opened(
    file: FuseFile,
    about: { readonly asked: string; readonly stat: FuseStat; readonly isUncacheable: boolean },
    caller: Caller,
  ): Promise<Opened<FuseFile>> {
    const { asked, stat, isUncacheable } = about;
    this.#open.add(file);
    this.#ids.hold(file.path);
    const info = await this.#infoAt(file.path, stat, caller);
    return {
      file,
      info,
      ...(file.path !== asked && { normalizedPath: kernelPathOf(file.path) }),
      ...(isUncacheable && { isUncacheable }),
    };
  }

  /** What cannot be finished is closed, and gone again. */
  async #create(path: string, params: CreateParams, caller: Caller): Promise<Opened<FuseFile>> {
    const at = fusePathOf(path);
    await this.#lookup.checkFree(at, caller);
    this.#ids.forget(at);
    const { isDirectory } = params;
    const mode = this.#security.modeOfNew(params.securityDescriptor, isDirectory);
    const context = this.#security.contextOf(caller);
    const made = isDirectory
      ? await this.#makeDirectory(at, mode, context)
      : await this.#makeFile(at, mode, context);
    let file: FuseFile | undefined;
    try {
      const stat = await this.#calls.getattr(at, caller);
      file = new FuseFile({ ...made, fileId: this.#idOf(at, stat), isWritable: true });
      await this.#finishNew(file, stat, params, caller);
      const about = { asked: at, stat: await this.#statOf(file, caller) };
      return await this.#opened(file, { ...about, isUncacheable: context.directIo }, caller);
    } catch (error) {
      await (file === undefined ? this.#release(made) : this.close(file));
      await this.#remove(made, caller).catch(() => undefined); // what went wrong first is told
      throw error;
    }
  }

  async #makeDirectory(path: string, mode: number, context: FuseContext): Promise<NewFile> {
    this.#need("mkdir");
    await this.#calls.mkdir(path, mode & 0o7777, context.caller);
    const calls = this.#calls;
    const opening = () => (calls.has("opendir") ? calls.opendir(path, context) : NO_HANDLE);
    return this.#openNew({ path, kind: "directory" }, opening, context);
  }

  /** `create`; where it is missing or says that it is, `mknod` and `open`. WinFsp 4.4 */
  async #makeFile(path: string, mode: number, context: FuseContext): Promise<NewFile> {
    const calls = this.#calls;
    const made = { path, kind: "file" } as const;
    if (calls.has("create")) {
      try {
        const fh = (await calls.create(path, mode, context)) ?? NO_HANDLE;
        return { ...made, fh, isOpen: true, isOpenDirectory: false };
      } catch (error) {
        if (!isNotImplemented(error) || !calls.has("mknod")) throw error;
      }
    }
    await calls.mknod(path, mode, 0, context.caller);
    const opening = () => (calls.has("open") ? calls.open(path, 2, context) : NO_HANDLE);
    return this.#openNew(made, opening, context);
  }

  /** What was just made, and cannot be opened, is gone again. */
  async #openNew(
    made: Pick<NewFile, "path" | "kind">,
    opening: () => unknown,
    { caller }: FuseContext,
  ): Promise<NewFile> {
    try {
      const fh = (await opening()) ?? NO_HANDLE;
      return { ...made, fh, isOpen: true, isOpenDirectory: made.kind === "directory" };
    } catch (error) {
      await this.#remove(made, caller).catch(() => undefined);
      throw error;
    }
  }

  /** Gives what was made what it is to have. */
  async #finishNew(
    file: FuseFile,
    made: FuseStat,
    params: CreateParams,
    caller: Caller,
  ): Promise<void> {
    const { path } = file;
    await this.#setFlags(path, made, params.fileAttributes, caller);
    const { securityDescriptor, extendedAttributes } = params;
    const owner =
      securityDescriptor && this.#calls.has("chown")
        ? this.#security.ownerOfNew(made, securityDescriptor, caller)
        : undefined;
    if (owner !== undefined) await unlessImpossible(this.#calls.chown(path, owner, caller));
    if (extendedAttributes !== undefined && this.#hasEas) {
      await writeXattrs(this.#calls, { path, attributes: extendedAttributes }, caller);
    }
    if (params.allocationSize > 0) await this.#reserve(file, params.allocationSize, caller);
  }

  async #overwrite(file: FuseFile, params: OverwriteParams, caller: Caller): Promise<FileInfo> {
    await this.#truncate(file, 0, caller);
    const stat = await this.#statOf(file, caller);
    const old = fileInfoOf(stat, this.#facts(file.path, stat)).fileAttributes;
    const kept = params.replaceAttributes ? 0 : old;
    const attributes = kept | params.fileAttributes | FILE_ATTRIBUTE_ARCHIVE;
    await this.#setFlags(file.path, stat, attributes, caller);
    if (this.#hasEas) {
      const given = params.extendedAttributes ?? [];
      await replaceXattrs(this.#calls, { path: file.path, attributes: given }, caller);
    }
    if (params.allocationSize > 0) await this.#reserve(file, params.allocationSize, caller);
    return this.getFileInfo(file, caller);
  }

  /** What cannot be removed after all stays: nobody is left to be told. */
  async cleanup(
    file: FuseFile,
    path: string,
    params: CleanupParams,
    caller: Caller,
  ): Promise<void> {
    if (this.#options.flushesOnCleanup === true) await this.#flushFile(file, caller);
    if (params.isDelete) await quietly(this.#removeName(file, fusePathOf(path), caller));
    else if (params.isAllocationReset && file.hasSpareSpace) {
      file.hasSpareSpace = false;
      const stat = await this.#statOf(file, caller);
      await quietly(this.#truncate(file, sizeOf(stat), caller));
    }
  }

  /** A file that others have open gets a name that nobody sees, and goes with the last of them. WinFsp 4.4; libfuse */
  async #removeName(file: FuseFile, path: string, caller: Caller): Promise<void> {
    const others = [...this.#open].filter((other) => other.path === path && other.isOpen);
    const lives = file.kind === "file" && others.some((other) => other !== file);
    const canHide = this.#calls.has("rename") && this.#options.removesOpenFiles !== true;
    if (lives && canHide) await this.#hide(path, others, caller);
    else await this.#remove({ path, kind: file.kind }, caller);
    this.#ids.forget(path);
    this.#names.remove(path);
  }

  async #hide(path: string, opens: readonly FuseFile[], caller: Caller): Promise<string> {
    const hidden = await this.#hidden.hide(path, caller);
    this.#ids.move(path, hidden);
    for (const each of opens) {
      each.path = hidden;
      each.isHidden = true;
    }
    return hidden;
  }

  async #remove({ path, kind }: Pick<FuseFile, "path" | "kind">, caller: Caller): Promise<void> {
    if (kind === "directory") await this.#calls.rmdir(path, caller);
    else await this.#calls.unlink(path, caller);
  }

  async close(file: FuseFile): Promise<void> {
    this.#open.delete(file);
    this.#ids.release(file.path);
    await this.#release(file);
    const isLast = ![...this.#open].some(({ path }) => path === file.path);
    if (file.isHidden && isLast) {
      this.#ids.forget(file.path);
      await quietly(this.#hidden.remove(file.path, OWN_CALLER));
    }
  }

  async #release(file: NewFile): Promise<void> {
    if (!file.isOpen) return;
    if (file.isOpenDirectory) {
      if (this.#calls.has("releasedir")) {
        await quietly(this.#calls.releasedir(file.path, file.fh, OWN_CALLER));
      }
      return;
    }
    if (this.#options.flushesOnCleanup !== true) await this.#flushFile(file, OWN_CALLER);
    if (this.#calls.has("release")) {
      await quietly(this.#calls.release(file.path, file.fh, OWN_CALLER));
    }
  }

  async #flushFile(file: NewFile, caller: Caller): Promise<void> {
    if (!file.isOpen || file.isOpenDirectory || !this.#calls.has("flush")) return;
    await quietly(this.#calls.flush(file.path, file.fh, caller));
  }

  /** Into a buffer of its own: an operation that is late must not write where others are reading by then. */
  #read(file: FuseFile, target: Uint8Array, offset: number, caller: Caller): Awaitable<number> {
    // One that is given up after a time may still fill its buffer when the reader has other things in it.
    const isGivenUp = this.#options.timeoutMs > 0;
    const { buffer: memory, byteOffset, length } = target;
    const buffer = isGivenUp ? Buffer.allocUnsafe(length) : Buffer.from(memory, byteOffset, length);
    const at = { path: file.path, fh: file.fh, position: offset };
    const filled = (count: number): number => {
      if (count <= 0) throw new NtError(NtStatus.END_OF_FILE);
      const taken = Math.min(count, length);
      if (isGivenUp) target.set(buffer.subarray(0, taken));
      return taken;
    };
    const reading = this.#calls.read(at, buffer, caller);
    return typeof reading === "number" ? filled(reading) : reading.then(filled);
  }

  async #write(
    file: FuseFile,
    data: Uint8Array,
    offset: number,
    params: WriteParams,
    caller: Caller,
  ): Promise<Written> {
    const { toEndOfFile, isConstrained, keepTimes } = params;
    if (toEndOfFile) {
      return this.#appends.run(file.fileId, async () => {
        const end = sizeOf(await this.#statOf(file, caller));
        return this.#write(file, data, end, { ...params, toEndOfFile: false }, caller);
      });
    }
    const before = isConstrained || keepTimes ? await this.#statOf(file, caller) : undefined;
    const end = isConstrained && before !== undefined ? sizeOf(before) : Number.POSITIVE_INFINITY;
    const bytes = data.subarray(0, Math.max(0, end - offset));
    const bytesWritten = await this.#writeAll(file, bytes, offset, caller);
    if (keepTimes && before !== undefined) await this.#restoreTimes(file, before, caller);
    const info = await this.getFileInfo(file, caller);
    if (info.fileSize >= offset + bytesWritten || bytesWritten === 0) return { bytesWritten, info };
    return { bytesWritten, info: { ...info, ...this.#grown(info, offset + bytesWritten) } }; // WinFsp 4.4: never shrinks
  }

  #grown(info: FileInfo, fileSize: number): Pick<FileInfo, "fileSize" | "allocationSize"> {
    const unit = this.#allocationUnit;
    const allocationSize = Math.max(info.allocationSize, Math.ceil(fileSize / unit) * unit);
    return { fileSize, allocationSize };
  }

  async #writeAll(
    file: FuseFile,
    data: Uint8Array,
    offset: number,
    caller: Caller,
  ): Promise<number> {
    let count = 0;
    while (count < data.length) {
      const rest = data.subarray(count);
      const buffer = Buffer.from(rest.buffer, rest.byteOffset, rest.length);
      const at = { path: file.path, fh: file.fh, position: offset + count };
      const written = await this.#calls.write(at, buffer, caller);
      if (!(written > 0)) {
        if (count > 0) return count;
        throw new NtError(NtStatus.DISK_FULL); // it takes nothing, and does not say why
      }
      count += Math.min(written, rest.length);
    }
    return count;
  }

  async flush(file: FuseFile | undefined, caller: Caller): Promise<void> {
    if (file?.isOpen !== true) return;
    const name = file.isOpenDirectory ? "fsyncdir" : "fsync";
    if (!this.#calls.has(name)) return;
    try {
      await this.#calls[name](file.path, file.fh, caller);
    } catch (error) {
      if (!isNotImplemented(error)) throw error;
    }
  }

  async getFileInfo(file: FuseFile, caller: Caller): Promise<FileInfo> {
    const info = await this.#infoAt(file.path, await this.#statOf(file, caller), caller);
    return { ...info, fileId: file.fileId };
  }

  async #setBasicInfo(file: FuseFile, basic: BasicInfo, caller: Caller): Promise<FileInfo> {
    const { fileAttributes, creationTicks, lastAccessTicks, lastWriteTicks, changeTicks } = basic;
    const stat = await this.#statOf(file, caller);
    if (fileAttributes !== undefined) {
      await this.#setFlags(file.path, stat, fileAttributes, caller);
    }
    if (lastAccessTicks !== undefined || lastWriteTicks !== undefined) {
      await this.#setTimes(file, stat, { lastAccessTicks, lastWriteTicks }, caller);
    }
    if (creationTicks !== undefined && this.#calls.has("setcrtime")) {
      await this.#calls.setcrtime(file.path, dateOf(creationTicks), caller);
    }
    if (changeTicks !== undefined && this.#calls.has("setchgtime")) {
      await this.#calls.setchgtime(file.path, dateOf(changeTicks), caller);
    }
    return this.getFileInfo(file, caller);
  }

  /** Times that are not given stay as they were. */
  async #setTimes(
    file: FuseFile,
    stat: FuseStat,
    times: { lastAccessTicks: bigint | undefined; lastWriteTicks: bigint | undefined },
    caller: Caller,
  ): Promise<void> {
    if (!this.#calls.has("utimens")) return;
    const access = times.lastAccessTicks ?? ticksOf(stat.atime, this.#startTicks);
    const write = times.lastWriteTicks ?? ticksOf(stat.mtime, this.#startTicks);
    const dates = { atime: dateOf(access), mtime: dateOf(write) };
    await this.#calls.utimens(file.path, dates, caller);
  }

  async #restoreTimes(file: FuseFile, before: FuseStat, caller: Caller): Promise<void> {
    const { mtime, ctime, flags } = before;
    const lastWriteTicks = ticksOf(mtime, this.#startTicks);
    await this.#setTimes(file, before, { lastAccessTicks: undefined, lastWriteTicks }, caller);
    if (flags !== undefined && this.#calls.has("chflags")) {
      await this.#calls.chflags(file.path, flags, caller);
    }
    if (this.#calls.has("setchgtime")) {
      await this.#calls.setchgtime(file.path, dateOf(ticksOf(ctime, this.#startTicks)), caller);
    }
  }

  async #setFlags(
    path: string,
    stat: FuseStat,
    fileAttributes: number,
    caller: Caller,
  ): Promise<void> {
    const flags = flagsOfAttributes(fileAttributes);
    if (!this.#calls.has("chflags") || flags === (stat.flags ?? 0)) return;
    await this.#calls.chflags(path, flags, caller);
  }

  async #truncate(file: FuseFile, size: number, caller: Caller): Promise<void> {
    const byHandle = file.isOpen && file.isWritable && this.#calls.has("ftruncate");
    if (byHandle) await this.#calls.ftruncate(file.path, file.fh, size, caller);
    else if (this.#calls.has("truncate")) await this.#calls.truncate(file.path, size, caller);
    else throw new NtError(NtStatus.INVALID_DEVICE_REQUEST);
  }

  /** Below the size it cuts the file; above it, only `fallocate` could set something aside. */
  async #setAllocationSize(
    file: FuseFile,
    allocationSize: number,
    caller: Caller,
  ): Promise<FileInfo> {
    const size = sizeOf(await this.#statOf(file, caller));
    if (allocationSize < size) await this.#truncate(file, allocationSize, caller);
    else await this.#reserve(file, allocationSize, caller);
    return this.getFileInfo(file, caller);
  }

  async #reserve(file: FuseFile, allocationSize: number, caller: Caller): Promise<void> {
    if (!this.#calls.has("fallocate") || !file.isOpen || !file.isWritable) return;
    const at = { path: file.path, fh: file.fh, position: 0 };
    await unlessImpossible(this.#calls.fallocate(at, allocationSize, caller));
    file.hasSpareSpace = true;
  }

  async canDelete(file: FuseFile, path: string, caller: Caller): Promise<void> {
    const at = fusePathOf(path);
    if (!this.#calls.has(file.isDirectory ? "rmdir" : "unlink")) {
      throw new NtError(NtStatus.CANNOT_DELETE);
    }
    if (this.#options.asksAccessToDelete === true && this.#calls.has("access")) {
      await this.#askAccessToDelete(at, caller);
    }
    if (file.isDirectory && !(await isEmpty(this.#listingOf(file, caller)))) {
      throw new NtError(NtStatus.DIRECTORY_NOT_EMPTY);
    }
  }

  async #askAccessToDelete(path: string, caller: Caller): Promise<void> {
    try {
      await this.#calls.access(path, DELETE_OK, caller);
    } catch (error) {
      if (isNotImplemented(error)) return;
      const isDenied = error instanceof NtError && error.status === NtStatus.ACCESS_DENIED;
      throw isDenied ? new NtError(NtStatus.CANNOT_DELETE) : error;
    }
  }

  async #rename(file: FuseFile, path: string, params: RenameParams, caller: Caller): Promise<void> {
    const from = fusePathOf(path);
    const to = fusePathOf(params.newPath);
    const isSameName = !this.#isCaseSensitive && foldName(from) === foldName(to);
    if (!isSameName) await this.#checkTarget(file, to, params, caller);
    const hidden = isSameName ? undefined : await this.#hideOpen(to, caller);
    try {
      await this.#calls.rename(from, to, caller);
    } catch (error) {
      if (hidden !== undefined) await quietly(this.#unhide(hidden, to, caller));
      throw error;
    }
    this.#ids.forget(to);
    this.#ids.move(from, to);
    this.#names.move(from, to);
    for (const open of this.#open) open.path = moved(open.path, from, to);
  }

  /** What a rename or link may take the place of. [MS-FSA] 2.1.5.15.11 */
  async #checkTarget(
    file: FuseFile,
    to: string,
    how: { readonly replaceIfExists: boolean; readonly isPosix: boolean },
    caller: Caller,
  ): Promise<void> {
    const parent = await this.#statOfParent(to, caller);
    if (kindOf(parent) !== "directory") throw new NtError(NtStatus.NOT_A_DIRECTORY);
    const there = await this.#lookup.statOrNothing(to, caller);
    if (there === undefined) return;
    if (!how.replaceIfExists) throw new NtError(NtStatus.OBJECT_NAME_COLLISION);
    if (kindOf(there) !== "directory") return;
    if (!how.isPosix || !file.isDirectory) throw new NtError(NtStatus.ACCESS_DENIED);
    if (!this.#calls.has("readdir")) return;
    if (!(await this.#isEmptyDirectory(to, caller))) {
      throw new NtError(NtStatus.DIRECTORY_NOT_EMPTY);
    }
  }

  async #isEmptyDirectory(path: string, caller: Caller): Promise<boolean> {
    let fh: unknown = NO_HANDLE;
    if (this.#calls.has("opendir")) {
      fh = (await this.#calls.opendir(path, this.#security.contextOf(caller))) ?? NO_HANDLE;
    }
    try {
      return await isEmpty(this.#listingOf({ path, fh }, caller));
    } finally {
      if (this.#calls.has("releasedir")) await quietly(this.#calls.releasedir(path, fh, caller));
    }
  }

  async #statOfParent(path: string, caller: Caller): Promise<FuseStat> {
    try {
      return await this.#lookup.stat(parentFusePath(path), caller);
    } catch (error) {
      if (isMissing(error)) throw new NtError(NtStatus.OBJECT_PATH_NOT_FOUND);
      throw error;
    }
  }

  /** A file that is to be replaced while it is open lives on by another name; which, is told. */
  async #hideOpen(path: string, caller: Caller): Promise<string | undefined> {
    const opens = [...this.#open].filter((open) => open.path === path && open.isOpen);
    const isFile = opens.some(({ kind }) => kind === "file");
    if (!isFile || this.#options.removesOpenFiles === true || !this.#calls.has("rename")) {
      return undefined;
    }
    return this.#hide(path, opens, caller);
  }

  /** What a link replaces has another name until that is done; undefined where nothing can be renamed: it is gone then. */
  async #putAside(path: string, caller: Caller): Promise<string | undefined> {
    if (this.#calls.has("rename")) return this.#hidden.hide(path, caller);
    await this.#calls.unlink(path, caller);
    return undefined;
  }

  async #unhide(hidden: string, path: string, caller: Caller): Promise<void> {
    await this.#hidden.restore(hidden, path, caller);
    this.#ids.move(hidden, path);
    for (const open of this.#open) {
      if (open.path !== hidden) continue;
      open.path = path;
      open.isHidden = false;
    }
  }

  async #link(
    file: FuseFile,
    newPath: string,
    replaceIfExists: boolean,
    caller: Caller,
  ): Promise<FileInfo> {
    const to = fusePathOf(newPath);
    if (file.isDirectory) throw new NtError(NtStatus.FILE_IS_A_DIRECTORY);
    await this.#checkTarget(file, to, { replaceIfExists, isPosix: false }, caller);
    const there = await this.#lookup.statOrNothing(to, caller);
    const hidden = there && (await this.#hideOpen(to, caller));
    const aside = there && hidden === undefined ? await this.#putAside(to, caller) : undefined;
    try {
      await this.#calls.link(file.path, to, caller);
    } catch (error) {
      if (hidden !== undefined) await quietly(this.#unhide(hidden, to, caller));
      if (aside !== undefined) await quietly(this.#hidden.restore(aside, to, caller));
      throw error;
    }
    if (aside !== undefined) await quietly(this.#hidden.remove(aside, caller));
    this.#ids.forget(to);
    this.#names.add(file.fileId, file.path);
    this.#names.add(file.fileId, to);
    return this.getFileInfo(file, caller);
  }

  /** Those that were asked for, listed or made since the volume was started: FUSE cannot tell all. */
  async #getLinks(file: FuseFile, caller: Caller): Promise<readonly LinkInfo[]> {
    const links: LinkInfo[] = [];
    for (const path of new Set([file.path, ...this.#names.of(file.fileId)])) {
      if (this.#hidden.has(path)) continue;
      const stat = await this.#lookup.statOrNothing(path, caller);
      if (stat === undefined || this.#idOf(path, stat) !== file.fileId) continue;
      const parent = parentFusePath(path);
      const directoryFileId = this.#idOf(parent, await this.#calls.getattr(parent, caller));
      links.push({ directoryFileId, name: windowsNameOf(lastFuseName(path)) });
    }
    return links;
  }

  async getSecurity(file: FuseFile, caller: Caller): Promise<Uint8Array> {
    return this.#security.descriptorOf(await this.#statOf(file, caller), caller);
  }

  /** Only what changes is set; where an operation for it is missing, that is refused. */
  async #setSecurity(file: FuseFile, descriptor: Uint8Array, caller: Caller): Promise<void> {
    const stat = await this.#statOf(file, caller);
    const now = this.#security.permissionsOf(stat);
    const wanted = this.#security.changedPermissions(stat, descriptor);
    const mode = wanted.mode & 0o7777;
    if (mode !== (now.mode & 0o7777) && wanted.mode !== Number(stat.mode)) {
      this.#need("chmod");
      await this.#calls.chmod(file.path, mode, caller);
    }
    const uid = wanted.uid === now.uid ? -1 : wanted.uid;
    const gid = wanted.gid === now.gid ? -1 : wanted.gid;
    if (uid === -1 && gid === -1) return;
    this.#need("chown");
    await this.#calls.chown(file.path, { uid, gid }, caller);
  }

  #need(name: FuseOperationName): void {
    if (!this.#calls.has(name)) throw new NtError(NtStatus.INVALID_DEVICE_REQUEST);
  }

  #list(file: FuseFile, caller: Caller): AsyncIterable<DirectoryEntry> {
    const entry = async (name: string, known: FuseStat | undefined) => {
      const path = joinFusePath(file.path, name);
      const stat = known ?? (await this.#lookup.statOrNothing(path, caller));
      if (stat === undefined) return undefined;
      return { name: windowsNameOf(name), info: await this.#infoAt(path, stat, caller, 0) };
    };
    return listEntries({ ...this.#listingOf(file, caller), entry });
  }

  #listingOf(file: Pick<FuseFile, "path" | "fh">, caller: Caller): Omit<ListingParts, "entry"> {
    const { path, fh } = file;
    const maxNameUnits = this.volumeParams.maxComponentUnits ?? 255;
    const isHidden = (name: string) => this.#hidden.has(joinFusePath(path, name));
    return { calls: this.#calls, path, fh, caller, maxNameUnits, isHidden };
  }

  async getDirectoryEntry(
    file: FuseFile,
    name: string,
    caller: Caller,
  ): Promise<DirectoryEntry | undefined> {
    if (!isLegalName(name, this.volumeParams.maxComponentUnits ?? 255)) return undefined;
    const asked = joinFusePath(file.path, posixNameOf(name));
    if (this.#hidden.has(asked)) return undefined;
    const stat = await this.#lookup.statOrNothing(asked, caller);
    if (stat === undefined) return undefined;
    const path = await this.#storedPath(asked, caller);
    const info = await this.#infoAt(path, stat, caller);
    return { name: windowsNameOf(lastFuseName(path)), info };
  }

  /** @param toFollow - what leads out of the volume is not to be had then. WinFsp 4.5, rellinks */
  async #reparseData(
    path: string,
    caller: Caller,
    toFollow = false,
  ): Promise<Uint8Array | undefined> {
    const stat = await this.#calls.getattr(path, caller);
    const kind = kindOf(stat);
    if (kind === "special") return specialData(stat);
    if (kind !== "link" || !this.#calls.has("readlink")) return undefined;
    const { target, isOfVolume } = await this.#lookup.targetOf(path, caller);
    const leadsOut = !isOfVolume && this.#options.hasRelativeLinks !== true;
    if (toFollow && leadsOut) throw new NtError(NtStatus.ACCESS_DENIED);
    return linkData(target);
  }

  /** A node of FUSE never changes what it is: another one is put in its place. WinFsp 4.8 */
  async #setReparsePoint(file: FuseFile, data: Uint8Array, caller: Caller): Promise<void> {
    const wanted = wantedNode(data);
    this.#need(wanted.kind === "link" ? "symlink" : "mknod");
    if (file.isDirectory && !(await isEmpty(this.#listingOf(file, caller)))) {
      throw new NtError(NtStatus.DIRECTORY_NOT_EMPTY);
    }
    if (this.#calls.has("rename")) await this.#renameNode(file, wanted, caller);
    else await this.#replaceByNode(file, wanted, caller);
    file.kind = wanted.kind;
  }

  /** Made beside it first: what cannot be made leaves the file. */
  async #renameNode(file: FuseFile, wanted: WantedNode, caller: Caller): Promise<void> {
    const temporary = this.#hidden.newPath();
    await this.#makeNode(temporary, wanted, caller);
    try {
      if (file.isDirectory) await this.#replaceDirectory(file.path, temporary, caller);
      else await this.#calls.rename(temporary, file.path, caller);
    } catch (error) {
      await quietly(this.#calls.unlink(temporary, caller));
      throw error;
    }
  }

  /** Where nothing can be renamed, as in `hyperdrive-fuse`. */
  async #replaceByNode(file: FuseFile, wanted: WantedNode, caller: Caller): Promise<void> {
    this.#need(file.isDirectory ? "rmdir" : "unlink");
    if (file.isDirectory) await this.#calls.rmdir(file.path, caller);
    else await this.#calls.unlink(file.path, caller);
    await this.#makeNode(file.path, wanted, caller);
  }

  async #makeNode(path: string, wanted: WantedNode, caller: Caller): Promise<void> {
    if (wanted.kind === "link") await this.#calls.symlink(wanted.target, path, caller);
    else await this.#calls.mknod(path, wanted.type | 0o644, wanted.rdev, caller);
  }

  /** No rename puts another kind of node in the place of a directory: it is put aside first, and comes back where that fails. */
  async #replaceDirectory(path: string, node: string, caller: Caller): Promise<void> {
    const aside = await this.#hidden.hide(path, caller);
    try {
      await this.#calls.rename(node, path, caller);
      try {
        await this.#hidden.removeDirectory(aside, caller);
      } catch (error) {
        await this.#calls.rename(path, node, caller);
        throw error;
      }
    } catch (error) {
      await quietly(this.#hidden.restore(aside, path, caller));
      throw error;
    }
  }

  async #control(
    file: FuseFile,
    code: number,
    input: Uint8Array,
    caller: Caller,
  ): Promise<Uint8Array> {
    if (code >>> 16 !== FUSE_DEVICE_TYPE) throw new NtError(NtStatus.INVALID_DEVICE_REQUEST);
    const command = (code >>> 2) & 0xfff;
    const about = { command, input: Buffer.from(input) };
    return (await this.#calls.ioctl(file.path, file.fh, about, caller)) ?? new Uint8Array();
  }

  get #allocationUnit(): number {
    const { sectorSize, sectorsPerAllocationUnit } = this.volumeParams;
    return (
      (sectorSize ?? DEFAULT_SECTOR_SIZE) * (sectorsPerAllocationUnit ?? DEFAULT_SECTORS_PER_UNIT)
    );
  }

  get #isCaseSensitive(): boolean {
    return this.volumeParams.isCaseSensitive ?? true;
  }

  /** What is known of an open now: by its handle, where there is one and an operation for it. */
  #statOf(file: FuseFile, caller: Caller): Awaitable<FuseStat> {
    const byHandle = file.isOpen && file.kind === "file" && this.#calls.has("fgetattr");
    return byHandle
      ? this.#calls.fgetattr(file.path, file.fh, caller)
      : this.#calls.getattr(file.path, caller);
  }

  /** @param eaSize - undefined: to be asked for */
  async #infoAt(path: string, told: FuseStat, caller: Caller, eaSize?: number): Promise<FileInfo> {
    const kind = kindOf(told);
    const stat = await this.#withMadeTime(path, told, caller);
    const follows = kind === "link" && this.#calls.has("readlink");
    const isPlain = kind === "file" || kind === "directory";
    const asksEas = eaSize === undefined && this.#hasEas && isPlain;
    return fileInfoOf(stat, {
      ...this.#facts(path, stat),
      leadsToDirectory: follows && (await this.#lookup.leadsToDirectory(path, caller)),
      eaSize: asksEas ? await xattrSize(this.#calls, path, caller) : (eaSize ?? 0),
    });
  }

  /** OSXFUSE tells by an operation of its own when a file was made. */
  async #withMadeTime(path: string, stat: FuseStat, caller: Caller): Promise<FuseStat> {
    if (stat.birthtime !== undefined || !this.#calls.has("getxtimes")) return stat;
    const { crtime } = await this.#calls.getxtimes(path, caller);
    return crtime === undefined ? stat : { ...stat, birthtime: crtime as FuseTime };
  }

  #facts(path: string, stat: FuseStat) {
    const isDotName = lastFuseName(path).startsWith(".");
    return {
      fileId: this.#idOf(path, stat),
      allocationUnit: this.#allocationUnit,
      startTicks: this.#startTicks,
      isHidden: this.#options.hidesDotNames === true && isDotName,
      leadsToDirectory: false,
      hasReparsePoints: this.#hasReparsePoints,
      eaSize: 0,
    };
  }

  #idOf(path: string, { ino = 0 }: FuseStat): bigint {
    if (!this.#usesIno || Number(ino) === 0) return this.#ids.of(path);
    const id = BigInt(ino);
    if (this.#calls.has("link")) this.#names.add(id, path);
    return id;
  }

  /** The path as stored, where case does not matter and the file system tells. */
  async #storedPath(path: string, caller: Caller): Promise<string> {
    if (this.#isCaseSensitive || !this.#calls.has("getpath")) return path;
    return this.#calls.getpath(path, undefined, caller);
  }
}

function dateOf(ticks: bigint): FuseDate {
  return new FuseDate(nsOfTicks(ticks));
}

/** Where something is after what it is, or is below, was moved. */
function moved(path: string, from: string, to: string): string {
  const isIt = path === from || path.startsWith(`${from}/`);
  return isIt ? to + path.slice(from.length) : path;
}
