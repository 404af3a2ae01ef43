import type {
  BasicInfo,
  CleanupParams,
  CreateParams,
  DirectoryEntry,
  FileInfo,
  FileSystem,
  Opened,
  OpenParams,
  RenameParams,
  SecurityByName,
  VolumeInfo,
  VolumeParams,
  WriteParams,
  Written,
} from "../../fs/index.js";
import {
  FILE_ATTRIBUTE_READONLY,
  joinPath,
  lastName,
  msOfTicks,
  NtError,
  NtStatus,
  parentPath,
  posixNameOf,
  statusOf,
  ticksOfMs,
  windowsNameOf,
} from "../../nt/index.js";
import { AppendQueue } from "../append-queue.js";
import { fileInfoOf, isToldInMs, OWNER_WRITE } from "./file-info-of-stats.js";
import { LISTING_BATCH } from "./limits.js";
import { NodeFile, openFlagsFor } from "./node-file.js";
import type { NodeFileHandle, NodeFs, NodeStats } from "./node-fs-api.js";
import {
  BIGINT,
  isMissing,
  joinNodePath,
  PathResolver,
  type Place,
  type Resolved,
} from "./path-resolver.js";

/** How a volume on Node's `fs` is to be. */
export interface NodeFsOptions {
  /** The directory that becomes the root of the volume; `/` unless told. */
  readonly root?: string | undefined;
  /** At most 32 UTF-16 units. */
  readonly label?: string | undefined;
  /** At most 15 UTF-16 units; NTFS unless told, as some programs start from nothing else. */
  readonly fileSystemName?: string | undefined;
  /** Names that differ in case name different files; false unless told, as Windows and macOS have it. */
  readonly isCaseSensitive?: boolean | undefined;
  readonly isReadOnly?: boolean | undefined;
  /**
   * `ino` is another for each file, and stays; true unless told. Where it is not, files are known by their
   * paths.
   */
  readonly hasStableFileIds?: boolean | undefined;
}

/**
 * A volume of anything with the shape of Node's `fs/promises`: Node's own, `memfs`, `@zenfs/core`, ...
 *
 * Symbolic links are followed, wherever they lead: also out of `root`. What Windows knows and POSIX does not is not
 * kept: attributes but READONLY, security descriptors, streams, extended attributes. Characters in names that
 * Windows has no use for are shown as others, see `windowsNameOf`.
 *
 * @param fs - for example `import fs from "node:fs/promises"`
 */
export function fromNodeFs(fs: NodeFs, options: NodeFsOptions = {}): FileSystem<NodeFile> {
  return new NodeFsFileSystem(fs, options);
}

/** A file that is not there, to be read and written. */
const CREATE_NEW = "wx+";

const TICKS_PER_SECOND = 10_000_000;

/** What a volume is said to hold where nobody knows, in bytes. */
const UNKNOWN_SIZE = 2 ** 40;

class NodeFsFileSystem implements FileSystem<NodeFile> {
  readonly volumeParams: Partial<VolumeParams>;
  /** Present where the file system under it has hard links. */
  readonly link?: NonNullable<FileSystem<NodeFile>["link"]>;
  readonly #fs: NodeFs;
  readonly #label: string;
  readonly #paths: PathResolver;
  readonly #open = new Set<NodeFile>();
  readonly #appends = new AppendQueue();

  constructor(fs: NodeFs, options: NodeFsOptions) {
    const isCaseSensitive = options.isCaseSensitive ?? false;
    this.#fs = fs;
    this.#label = options.label ?? "";
    this.#paths = new PathResolver(fs, options.root ?? "/", isCaseSensitive);
    this.volumeParams = {
      isCaseSensitive,
      isReadOnly: options.isReadOnly ?? false,
      hasStableFileIds: options.hasStableFileIds ?? true,
      ...(options.fileSystemName !== undefined && { fileSystemName: options.fileSystemName }),
    };
    const link = fs.link?.bind(fs);
    if (link !== undefined) {
      this.link = async (file, newPath, replaceIfExists) => {
        const to = await this.#freePlace(newPath, replaceIfExists);
        if ("stats" in to) await this.#fs.unlink(to.nodePath);
        await link(file.nodePath, to.nodePath);
        return this.getFileInfo(file);
      };
    }
  }

  async getVolumeInfo(): Promise<VolumeInfo> {
    const told = await this.#fs.statfs?.(this.#paths.nodePathOf("\\"));
    if (told === undefined) {
      return { totalSize: UNKNOWN_SIZE, freeSize: UNKNOWN_SIZE, label: this.#label };
    }
    const blockSize = Number(told.bsize);
    return {
      totalSize: Math.floor(Number(told.blocks) * blockSize), // memory may be told in broken blocks
      freeSize: Math.floor(Number(told.bavail) * blockSize),
      label: this.#label,
    };
  }

  async getSecurityByName(path: string): Promise<SecurityByName> {
    const { stats } = await this.#paths.find(path);
    return { fileAttributes: fileInfoOf(stats).fileAttributes };
  }

  async open(path: string, params: OpenParams): Promise<Opened<NodeFile>> {
    const found = await this.#paths.find(path);
    const flags = found.stats.isDirectory() ? undefined : openFlagsFor(params.grantedAccess);
    const handle = flags === undefined ? undefined : await this.#fs.open(found.nodePath, flags);
    const opened = this.#opened(found, handle, flags === "r+");
    return found.path === path ? opened : { ...opened, normalizedPath: found.path };
  }

  async create(path: string, params: CreateParams): Promise<Opened<NodeFile>> {
    const place = await this.#paths.findFree(path);
    let handle: NodeFileHandle | undefined;
    if (params.isDirectory) await this.#fs.mkdir(place.nodePath);
    else handle = await this.#fs.open(place.nodePath, CREATE_NEW);
    try {
      if (!params.isDirectory) await this.#setReadOnly(place.nodePath, params.fileAttributes);
      const stats = await this.#fs.stat(place.nodePath, BIGINT);
      const opened = this.#opened({ ...place, stats }, handle, true);
      return place.path === path ? opened : { ...opened, normalizedPath: place.path };
    } catch (error) {
      await handle?.close();
      throw error;
    }
  }

  async overwrite(file: NodeFile): Promise<FileInfo> {
    await this.#truncate(file, 0);
    return this.getFileInfo(file);
  }

  /** What cannot be deleted after all stays. */
  async cleanup(file: NodeFile, path: string, params: CleanupParams): Promise<void> {
    if (!params.isDelete) return;
    try {
      const { nodePath } = await this.#paths.find(path);
      if (file.isDirectory) await this.#fs.rmdir(nodePath);
      else await this.#fs.unlink(nodePath);
    } catch (error) {
      if (statusOf(error) === undefined) throw error;
    }
  }

  async close(file: NodeFile): Promise<void> {
    this.#open.delete(file);
    try {
      await file.handle?.close();
    } catch (error) {
      if (!isMissing(error)) throw error; // @zenfs/core writes the times by a name that is gone
    }
  }

  async read(file: NodeFile, target: Uint8Array, offset: number): Promise<number> {
    const { handle } = file;
    if (handle === undefined) throw new NtError(NtStatus.INVALID_DEVICE_REQUEST);
    let count = 0;
    while (count < target.length) {
      const wanted = target.length - count;
      const { bytesRead } = await handle.read(target, count, wanted, offset + count);
      if (bytesRead === 0) break;
      count += bytesRead;
    }
    if (count === 0) throw new NtError(NtStatus.END_OF_FILE);
    return count;
  }

  async write(
    file: NodeFile,
    data: Uint8Array,
    offset: number,
    params: WriteParams,
  ): Promise<Written> {
    const { toEndOfFile, isConstrained, keepTimes } = params;
    const before = keepTimes || isConstrained ? await file.stat(this.#fs) : undefined;
    const bytesWritten = toEndOfFile
      ? await this.#appends.run(file.fileId, async () => {
          const { size } = await file.stat(this.#fs);
          return writeAll(file, data, Number(size));
        })
      : await writeAll(file, isConstrained ? clip(data, offset, before) : data, offset);
    if (keepTimes && before !== undefined) await this.#setTimes(file, before, {});
    return { bytesWritten, info: await this.getFileInfo(file) };
  }

  /** All that was written to a volume is where its files are flushed to. */
  async flush(file: NodeFile | undefined): Promise<void> {
    await file?.handle?.sync();
  }

  async getFileInfo(file: NodeFile): Promise<FileInfo> {
    return fileInfoOf(await file.stat(this.#fs));
  }

  /** Of the attributes READONLY is kept; of the times those of the last access and write. */
  async setBasicInfo(file: NodeFile, basic: BasicInfo): Promise<FileInfo> {
    const { fileAttributes, lastAccessTicks, lastWriteTicks } = basic;
    if (lastAccessTicks !== undefined || lastWriteTicks !== undefined) {
      await this.#setTimes(file, await file.stat(this.#fs), basic);
    }
    if (fileAttributes !== undefined && !file.isDirectory) {
      await this.#setReadOnly(file.nodePath, fileAttributes);
    }
    return this.getFileInfo(file);
  }

  async setFileSize(file: NodeFile, fileSize: number): Promise<FileInfo> {
    await this.#truncate(file, fileSize);
    return this.getFileInfo(file);
  }

  /** Nothing is set aside; but a file is never larger than what is. */
  async setAllocationSize(file: NodeFile, allocationSize: number): Promise<FileInfo> {
    const { size } = await file.stat(this.#fs);
    if (allocationSize < Number(size)) await this.#truncate(file, allocationSize);
    return this.getFileInfo(file);
  }

  async canDelete(file: NodeFile): Promise<void> {
    if (!file.isDirectory) return;
    const names = await this.#fs.readdir(file.nodePath);
    if (names.length > 0) throw new NtError(NtStatus.DIRECTORY_NOT_EMPTY);
  }

  async rename(_file: NodeFile, path: string, params: RenameParams): Promise<void> {
    const from = await this.#paths.find(path);
    const to = await this.#placeToMoveTo(from, params);
    await this.#fs.rename(from.nodePath, to.nodePath);
    for (const open of this.#open) moveAlong(open, from, to);
  }

  async *readDirectory(file: NodeFile): AsyncGenerator<DirectoryEntry, void, undefined> {
    const names = await this.#fs.readdir(file.nodePath);
    for (let at = 0; at < names.length; at += LISTING_BATCH) {
      const batch = names.slice(at, at + LISTING_BATCH);
      const entries = await Promise.all(batch.map((name) => this.#entry(file, name)));
      for (const entry of entries) if (entry !== undefined) yield entry;
    }
  }

  async getDirectoryEntry(file: NodeFile, name: string): Promise<DirectoryEntry | undefined> {
    try {
      const { path, stats } = await this.#paths.find(joinPath(file.path, name));
      return { name: lastName(path), info: fileInfoOf(stats) };
    } catch (error) {
      if (error instanceof NtError) return undefined;
      throw error;
    }
  }

  /** Undefined of what has gone meanwhile, or is a link that leads nowhere. */
  async #entry(directory: NodeFile, nodeName: string): Promise<DirectoryEntry | undefined> {
    try {
      const stats = await this.#fs.stat(joinNodePath(directory.nodePath, nodeName), BIGINT);
      return { name: windowsNameOf(nodeName), info: fileInfoOf(stats) };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  #opened(
    found: Resolved,
    handle: NodeFileHandle | undefined,
    isWritable: boolean,
  ): Opened<NodeFile> {
    const { path, nodePath, stats } = found;
    const info = fileInfoOf(stats);
    const isDirectory = stats.isDirectory();
    const { fileId } = info;
    const file = new NodeFile({ path, nodePath, isDirectory, fileId, handle, isWritable });
    this.#open.add(file);
    return { file, info };
  }

  /** An open that may not write can still be one that empties the file. */
  async #truncate(file: NodeFile, length: number): Promise<void> {
    if (file.isWritable && file.handle !== undefined) await file.handle.truncate(length);
    else await this.#fs.truncate(file.nodePath, length);
  }

  async #setReadOnly(nodePath: string, fileAttributes: number): Promise<void> {
    const mode = Number((await this.#fs.stat(nodePath, BIGINT)).mode) & 0o7777;
    const isReadOnly = (fileAttributes & FILE_ATTRIBUTE_READONLY) !== 0;
    const wanted = isReadOnly ? mode & ~0o222 : mode | OWNER_WRITE;
    if (wanted !== mode) await this.#fs.chmod(nodePath, wanted);
  }

  /** Times that are not given stay as they were; `@zenfs/core` cannot tell any that it was given finer than in ms. */
  async #setTimes(file: NodeFile, before: NodeStats, times: Partial<BasicInfo>): Promise<void> {
    const info = fileInfoOf(before);
    const timeOf = isToldInMs(before) ? dateOf : secondsOf;
    const access = timeOf(times.lastAccessTicks ?? info.lastAccessTicks);
    const write = timeOf(times.lastWriteTicks ?? info.lastWriteTicks);
    if (file.handle !== undefined) await file.handle.utimes(access, write);
    else await this.#fs.utimes(file.nodePath, access, write);
  }

  /** Where a rename leads: to its own name in another case, to what it replaces, or to a free name. */
  async #placeToMoveTo(from: Resolved, params: RenameParams): Promise<Place> {
    const { newPath, replaceIfExists } = params;
    const there = await this.#findOrNothing(newPath);
    if (there?.path !== from.path) {
      if (there !== undefined && replaceIfExists) await this.#checkReplace(from, there, params);
      return this.#freePlace(newPath, replaceIfExists);
    }
    const name = lastName(newPath);
    const directory = from.nodePath.slice(0, from.nodePath.lastIndexOf("/") + 1);
    return {
      path: joinPath(parentPath(from.path), name),
      nodePath: joinNodePath(directory, posixNameOf(name)),
    };
  }

  /** What a rename may take the place of; memfs has it take the place of full directories, too. [MS-FSA] 2.1.5.15.11 */
  async #checkReplace(from: Resolved, there: Resolved, { isPosix }: RenameParams): Promise<void> {
    if (!there.stats.isDirectory()) return;
    if (!isPosix || !from.stats.isDirectory()) throw new NtError(NtStatus.ACCESS_DENIED);
    const names = await this.#fs.readdir(there.nodePath);
    if (names.length > 0) throw new NtError(NtStatus.DIRECTORY_NOT_EMPTY);
  }

  /** The place of a new name; what is there is replaced, where that is wanted. */
  async #freePlace(newPath: string, replaceIfExists: boolean): Promise<Place | Resolved> {
    const there = replaceIfExists ? await this.#findOrNothing(newPath) : undefined;
    return there ?? this.#paths.findFree(newPath);
  }

  async #findOrNothing(path: string): Promise<Resolved | undefined> {
    try {
      return await this.#paths.find(path);
    } catch (error) {
      if (error instanceof NtError) return undefined;
      throw error;
    }
  }
}

async function writeAll(file: NodeFile, data: Uint8Array, offset: number): Promise<number> {
  const { handle } = file;
  if (handle === undefined) throw new NtError(NtStatus.INVALID_DEVICE_REQUEST);
  let count = 0;
  while (count < data.length) {
    const { bytesWritten } = await handle.write(data, count, data.length - count, offset + count);
    count += bytesWritten;
  }
  return count;
}

/** As much of a run as lies before the end of the file. */
function clip(data: Uint8Array, offset: number, stats: NodeStats | undefined): Uint8Array {
  return data.subarray(0, Math.max(0, Number(stats?.size ?? 0) - offset));
}

function dateOf(ticks: bigint): Date {
  return new Date(msOfTicks(ticks));
}

/** As Node takes times: in seconds since 1970, which a number has to the quarter of a microsecond. */
function secondsOf(ticks: bigint): number {
  return Number(ticks - ticksOfMs(0)) / TICKS_PER_SECOND;
}

/** An open of what was renamed, or of something below it, has another path now. */
function moveAlong(open: NodeFile, from: Place, to: Place): void {
  const isIt = open.path === from.path;
  if (!isIt && !open.path.startsWith(`${from.path}\\`)) return;
  open.path = to.path + open.path.slice(from.path.length);
  open.nodePath = to.nodePath + open.nodePath.slice(from.nodePath.length);
}
