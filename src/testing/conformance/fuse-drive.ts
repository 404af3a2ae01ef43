/**
 * What cases do with a drive, done by the calls that programs have for a mount.
 *
 * @packageDocumentation
 */
import { readlinkSync } from "node:fs";
import {
  type FileHandle,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  rename,
  rmdir,
  statfs,
  unlink,
} from "node:fs/promises";
import type { LinkInfo, VolumeInfo } from "../../fs/index.js";
import {
  CreateAction,
  CreateDisposition,
  FILE_ALL_ACCESS,
  FILE_DIRECTORY_FILE,
  FILE_LIST_DIRECTORY,
  FILE_NO_INTERMEDIATE_BUFFERING,
  FILE_NON_DIRECTORY_FILE,
  FILE_READ_ATTRIBUTES,
  FILE_READ_DATA,
  FILE_WRITE_THROUGH,
  NtError,
  NtStatus,
  windowsNameOf,
} from "../../nt/index.js";
import {
  DEFAULT_READ_LENGTH,
  type DeleteHow,
  type Drive,
  type DriveFile,
  type FileFacts,
  type ListedName,
  type NameChangeHow,
  type OpenRequest,
} from "./drive.js";
import type { FuseStage } from "./fuse-stage.js";

const POSSIBLE_OPTIONS =
  FILE_DIRECTORY_FILE |
  FILE_NON_DIRECTORY_FILE |
  FILE_NO_INTERMEDIATE_BUFFERING |
  FILE_WRITE_THROUGH;
const POSSIBLE_ACCESS: readonly (number | undefined)[] = [
  undefined,
  FILE_ALL_ACCESS,
  FILE_READ_DATA,
  FILE_LIST_DIRECTORY,
  FILE_READ_ATTRIBUTES,
];
const IMPOSSIBLE_REQUESTS = [
  "fileId",
  "shareAccess",
  "fileAttributes",
  "allocationSize",
  "securityDescriptor",
  "extendedAttributes",
  "oplock",
  "signal",
] as const;
const MAKING: readonly number[] = [
  CreateDisposition.CREATE,
  CreateDisposition.OPEN_IF,
  CreateDisposition.OVERWRITE_IF,
];
const EMPTYING: readonly number[] = [CreateDisposition.OVERWRITE, CreateDisposition.OVERWRITE_IF];

/** A volume as programs have it on whose machine it is mounted: those of one user, whoever is asked for. */
export class FuseDrive implements Drive {
  readonly #stage: FuseStage;

  constructor(stage: FuseStage) {
    this.#stage = stage;
  }

  async open(path: string, request: OpenRequest = {}): Promise<DriveFile> {
    const stage = this.#stage;
    for (const field of IMPOSSIBLE_REQUESTS) {
      if (request[field] !== undefined) stage.impossible(`open with ${field}`);
    }
    const { createOptions = 0, createDisposition = CreateDisposition.OPEN } = request;
    if ((createOptions & ~POSSIBLE_OPTIONS) !== 0) stage.impossible("open with such options");
    if (!POSSIBLE_ACCESS.includes(request.desiredAccess)) stage.impossible("open with such rights");
    if (createDisposition === CreateDisposition.SUPERSEDE) stage.impossible("open that supersedes");
    if (/[:*?"<>|/]/.test(path) || path.endsWith("\\")) stage.impossible("such names");
    const at = stage.pathOf(path);
    const found = await stage.call(() => lstat(at)).catch(() => undefined);
    const isDirectory = found?.isDirectory() ?? (createOptions & FILE_DIRECTORY_FILE) !== 0;
    if (found !== undefined && (createOptions & FILE_DIRECTORY_FILE) !== 0 && !isDirectory) {
      stage.impossible("open that says what it expects of a name");
    }
    if (isDirectory) return this.#openDirectory(path, createDisposition, found !== undefined);
    const flags =
      createDisposition === CreateDisposition.CREATE
        ? "wx+"
        : EMPTYING.includes(createDisposition) ||
            (found === undefined && MAKING.includes(createDisposition))
          ? "w+"
          : "r+";
    if (createDisposition === CreateDisposition.OVERWRITE && found === undefined) {
      throw new NtError(NtStatus.OBJECT_NAME_NOT_FOUND);
    }
    const handle = await this.#stage.call(() => open(at, flags));
    const wasEmptied = EMPTYING.includes(createDisposition);
    const existing = wasEmptied ? CreateAction.OVERWRITTEN : CreateAction.OPENED;
    const createAction = found === undefined ? CreateAction.CREATED : existing;
    return stage.opened(new FuseFile(stage, { path, handle, createAction, isDirectory: false }));
  }

  async #openDirectory(path: string, disposition: number, isThere: boolean): Promise<DriveFile> {
    const stage = this.#stage;
    const at = stage.pathOf(path);
    if (EMPTYING.includes(disposition)) stage.impossible("directory that is emptied");
    if (disposition === CreateDisposition.CREATE || (!isThere && MAKING.includes(disposition))) {
      await this.#stage.call(() => mkdir(at));
    }
    const handle = await this.#stage.call(() => open(at, "r"));
    const createAction = isThere ? CreateAction.OPENED : CreateAction.CREATED;
    return stage.opened(new FuseFile(stage, { path, handle, createAction, isDirectory: true }));
  }

  async volumeInfo(): Promise<VolumeInfo> {
    const { blocks, bfree, bsize } = await this.#stage.call(() => statfs(this.#stage.pathOf("")));
    const label = () => this.#stage.impossible("labels");
    return {
      totalSize: blocks * bsize,
      freeSize: bfree * bsize,
      get label() {
        return label();
      },
    };
  }

  setVolumeLabel(): Promise<void> {
    return this.#stage.impossible("labels");
  }

  leave(): Promise<void> {
    return this.#stage.impossible("clients that vanish");
  }
}

interface FuseFileParts {
  readonly path: string;
  readonly handle: FileHandle;
  readonly createAction: CreateAction;
  readonly isDirectory: boolean;
}

/** A descriptor of a program. */
export class FuseFile implements DriveFile {
  readonly createAction: CreateAction;
  readonly oplock = "none";
  readonly #stage: FuseStage;
  readonly #handle: FileHandle;
  readonly #isDirectory: boolean;
  /** From the root; of what is open in a directory that is renamed it stays. */
  #path: string;
  #goes = false;
  #isClosed = false;

  constructor(stage: FuseStage, { path, handle, createAction, isDirectory }: FuseFileParts) {
    this.#stage = stage;
    this.#path = path;
    this.#handle = handle;
    this.createAction = createAction;
    this.#isDirectory = isDirectory;
  }

  get path(): string {
    return this.#path;
  }

  async read(length = DEFAULT_READ_LENGTH, offset = 0): Promise<string> {
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await this.#stage.call(() =>
      this.#handle.read(buffer, 0, length, offset),
    );
    if (bytesRead === 0 && length > 0) throw new NtError(NtStatus.END_OF_FILE);
    return buffer.toString("latin1", 0, bytesRead);
  }

  async write(text: string, offset = 0): Promise<number> {
    const data = Buffer.from(text, "latin1");
    return (await this.#stage.call(() => this.#handle.write(data, 0, data.length, offset)))
      .bytesWritten;
  }

  async append(text: string): Promise<number> {
    const handle = await this.#stage.call(() => open(this.#stage.pathOf(this.#path), "a"));
    try {
      return (await this.#stage.call(() => handle.write(Buffer.from(text, "latin1")))).bytesWritten;
    } finally {
      await this.#stage.call(() => handle.close());
    }
  }

  async flush(): Promise<void> {
    await this.#stage.call(() => this.#handle.sync());
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stage.closed(this);
    await this.#stage.call(() => this.#handle.close());
    if (this.#goes) await this.#remove();
  }

  #remove(): Promise<void> {
    const at = this.#stage.pathOf(this.#path);
    return this.#stage.call(() => (this.#isDirectory ? rmdir(at) : unlink(at)));
  }

  async facts(): Promise<FileFacts> {
    const found = await this.#stage.call(() => this.#handle.stat({ bigint: true }));
    const stage = this.#stage;
    const isDirectory = found.isDirectory();
    const unknown = (what: string) => stage.impossible(what);
    const path = this.#nameNow();
    return {
      fileSize: isDirectory ? 0 : Number(found.size),
      fileId: found.ino,
      hardLinks: Number(found.nlink),
      isDirectory,
      get fileAttributes() {
        return unknown("file attributes");
      },
      get allocationSize() {
        return unknown("allocation sizes like that");
      },
      get creationTicks() {
        return unknown("times like that");
      },
      get lastAccessTicks() {
        return unknown("times like that");
      },
      get lastWriteTicks() {
        return unknown("times like that");
      },
      get changeTicks() {
        return unknown("times like that");
      },
      get eaSize() {
        return unknown("sizes of extended attributes");
      },
      get isDeletePending() {
        return unknown("names that are to go");
      },
      get path() {
        return path ?? unknown("names of files that have none");
      },
    };
  }

  /** As the kernel of Linux has it, which asks nobody for it; undefined where it is gone. */
  #nameNow(): string | undefined {
    const at = readlinkSync(`/proc/self/fd/${this.#handle.fd}`);
    if (at.endsWith(" (deleted)")) return undefined;
    const names = at.slice(this.#stage.mountPath.length).split("/").slice(1);
    return `\\${names.map(windowsNameOf).join("\\")}`;
  }

  async setFileSize(fileSize: number): Promise<void> {
    await this.#stage.call(() => this.#handle.truncate(fileSize));
  }

  async setDelete(isDelete: boolean, how: DeleteHow = {}): Promise<void> {
    if (how.isOnClose === true || how.ignoresReadOnly === true)
      this.#stage.impossible("deleting like that");
    if (this.#path === "") this.#stage.impossible("deleting of what is mounted");
    if (isDelete && this.#isDirectory) {
      const names = await this.#stage.call(() => readdir(this.#stage.pathOf(this.#path)));
      if (names.length > 0) throw new NtError(NtStatus.DIRECTORY_NOT_EMPTY);
    }
    this.#goes = isDelete;
  }

  /** As `mv` does it, which looks first where it is to replace nothing. */
  async rename(newPath: string, replaceIfExists = false, how: NameChangeHow = {}): Promise<void> {
    const stage = this.#stage;
    if (newPath.startsWith(":") || how.ignoresReadOnly === true) {
      stage.impossible("renaming like that");
    }
    const to = stage.pathOf(newPath);
    const taken = await stage.call(() => lstat(to)).catch(() => undefined);
    if (taken !== undefined && !replaceIfExists && newPath !== this.#path) {
      throw new NtError(NtStatus.OBJECT_NAME_COLLISION);
    }
    if (taken !== undefined && how.isPosix !== true) {
      if (taken.isDirectory()) stage.impossible("renaming that spares empty directories");
      if (stage.hasOpen(newPath)) stage.impossible("renaming that spares what is open");
    }
    await stage.call(() => rename(stage.pathOf(this.#path), to));
    this.#path = newPath;
  }

  async link(newPath: string, replaceIfExists = false): Promise<void> {
    if (replaceIfExists) this.#stage.impossible("links that take the place of files");
    await this.#stage.call(() => link(this.#stage.pathOf(this.#path), this.#stage.pathOf(newPath)));
  }

  async list(pattern?: string): Promise<ListedName[]> {
    if (pattern !== undefined && pattern !== "*") this.#stage.impossible("patterns");
    const at = this.#stage.pathOf(this.#path);
    const names = [".", "..", ...(await this.#stage.call(() => readdir(at)))];
    const stage = this.#stage;
    return names.map((name) => ({
      name,
      get fileAttributes() {
        return stage.impossible("file attributes");
      },
      get fileSize() {
        return stage.impossible("sizes in listings");
      },
      get fileId() {
        return stage.impossible("ids in listings");
      },
    }));
  }

  setBasic(): Promise<void> {
    return this.#stage.impossible("file attributes");
  }
  setAllocationSize(): Promise<void> {
    return this.#stage.impossible("allocation sizes like that");
  }
  links(): Promise<LinkInfo[]> {
    return this.#stage.impossible("lists of links");
  }
  setSparse(): Promise<void> {
    return this.#stage.impossible("calls in Node for holes");
  }
  setZeroData(): Promise<void> {
    return this.#stage.impossible("calls in Node for holes");
  }
  allocatedRanges(): Promise<never> {
    return this.#stage.impossible("calls in Node for holes");
  }
  streams(): Promise<never> {
    return this.#stage.impossible("streams");
  }
  security(): Promise<never> {
    return this.#stage.impossible("descriptors");
  }
  setSecurity(): Promise<void> {
    return this.#stage.impossible("descriptors");
  }
  lock(): Promise<void> {
    return this.#stage.impossible("locks like that");
  }
  lockWhenFree(): Promise<void> {
    return this.#stage.impossible("locks like that");
  }
  unlock(): Promise<void> {
    return this.#stage.impossible("locks like that");
  }
  watch(): Promise<never> {
    return this.#stage.impossible("watching like that");
  }
  nextBreak(): Promise<never> {
    return this.#stage.impossible("oplocks");
  }
  acknowledge(): Promise<void> {
    return this.#stage.impossible("oplocks");
  }
}
