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
import type { FileSystem, LinkInfo, Notify, VolumeInfo } from "../../src/fs/index.js";
import { Volume } from "../../src/kernel/index.js";
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
  posixNameOf,
  statusOf,
} from "../../src/nt/index.js";
import type {
  DeleteHow,
  Drive,
  DriveFile,
  FileFacts,
  ListedName,
  OpenRequest,
} from "../../src/testing/conformance/drive.js";
import type { Stage } from "../../src/testing/conformance/stage.js";
import { hasSettled } from "../../src/testing/conformance/turns.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { TestMount } from "./fuse-mount.js";

/** What a case wants that no program can say to Linux. */
export class Inexpressible extends Error {}

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

/** A stage whose clients are programs on a mount by `/dev/fuse`: this one, by calls that do not wait. */
export class FuseStage implements Stage {
  readonly clock = new FakeClock();
  readonly fileSystem: FileSystem;
  /** Why the case cannot be told by Linux, where it cannot. */
  reason: string | undefined;
  readonly #mount: TestMount;
  readonly #files = new Set<FuseFile>();

  private constructor(fileSystem: FileSystem, mount: TestMount) {
    this.fileSystem = fileSystem;
    this.#mount = mount;
  }

  static async begin(fileSystem: FileSystem): Promise<FuseStage> {
    const volume = new Volume(fileSystem, { clock: new FakeClock() });
    await volume.start();
    return new FuseStage(fileSystem, await TestMount.of(volume));
  }

  get notify(): Notify {
    return this.impossible("a file system that reports changes");
  }

  drive(user?: string): Promise<Drive> {
    if (user === "bert") this.impossible("two users in one process");
    return Promise.resolve(new FuseDrive(this));
  }

  async isWaiting(what: Promise<unknown>): Promise<boolean> {
    return !(await hasSettled(what));
  }

  async end(): Promise<void> {
    // What a case that was given up has open may not go as it would have.
    await Promise.allSettled([...this.#files].map((file) => file.close()));
    const { errors, volume } = this.#mount;
    await this.#mount.end();
    if (errors.length > 0) throw new Error("the host has told of bugs", { cause: errors[0] });
    const { nodes, opens } = volume.tableSizes;
    if (nodes + opens > 0) throw new Error("something is left in the tables");
  }

  impossible(what: string): never {
    this.reason ??= `programs on Linux have no ${what}`;
    throw new Inexpressible(this.reason);
  }

  opened(file: FuseFile): FuseFile {
    this.#files.add(file);
    return file;
  }

  closed(file: FuseFile): void {
    this.#files.delete(file);
  }

  pathOf(path: string): string {
    return this.#mount.at(
      ...path
        .split("\\")
        .filter((name) => name !== "")
        .map(posixNameOf),
    );
  }
}

/** What a call of Node throws, as the outcome that its errno stands for. */
async function call<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const status = statusOf(error);
    throw status === undefined ? error : new NtError(status);
  }
}

class FuseDrive implements Drive {
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
    const found = await lstat(at).catch(() => undefined);
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
    const handle = await call(open(at, flags));
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
      await call(mkdir(at));
    }
    const handle = await call(open(at, "r"));
    const createAction = isThere ? CreateAction.OPENED : CreateAction.CREATED;
    return stage.opened(new FuseFile(stage, { path, handle, createAction, isDirectory: true }));
  }

  async volumeInfo(): Promise<VolumeInfo> {
    const { blocks, bfree, bsize } = await call(statfs(this.#stage.pathOf("")));
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

class FuseFile implements DriveFile {
  readonly createAction: CreateAction;
  readonly oplock = "none";
  readonly #stage: FuseStage;
  readonly #handle: FileHandle;
  readonly #isDirectory: boolean;
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

  async read(length = 65_536, offset = 0): Promise<string> {
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await call(this.#handle.read(buffer, 0, length, offset));
    if (bytesRead === 0 && length > 0) throw new NtError(NtStatus.END_OF_FILE);
    return buffer.toString("latin1", 0, bytesRead);
  }

  async write(text: string, offset = 0): Promise<number> {
    const data = Buffer.from(text, "latin1");
    return (await call(this.#handle.write(data, 0, data.length, offset))).bytesWritten;
  }

  async append(text: string): Promise<number> {
    const handle = await call(open(this.#stage.pathOf(this.#path), "a"));
    try {
      return (await call(handle.write(Buffer.from(text, "latin1")))).bytesWritten;
    } finally {
      await handle.close();
    }
  }

  async flush(): Promise<void> {
    await call(this.#handle.sync());
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stage.closed(this);
    await this.#handle.close();
    if (this.#goes) await this.#remove();
  }

  #remove(): Promise<void> {
    const at = this.#stage.pathOf(this.#path);
    return call(this.#isDirectory ? rmdir(at) : unlink(at));
  }

  async facts(): Promise<FileFacts> {
    const found = await call(this.#handle.stat({ bigint: true }));
    const stage = this.#stage;
    const isDirectory = found.isDirectory();
    const unknown = (what: string) => stage.impossible(what);
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
        return unknown("names of open files");
      },
    };
  }

  async setFileSize(fileSize: number): Promise<void> {
    await call(this.#handle.truncate(fileSize));
  }

  async setDelete(isDelete: boolean, how: DeleteHow = {}): Promise<void> {
    if (how.isOnClose === true || how.ignoresReadOnly === true)
      this.#stage.impossible("deleting like that");
    if (this.#path === "") this.#stage.impossible("deleting of what is mounted");
    if (isDelete && this.#isDirectory) {
      const names = await call(readdir(this.#stage.pathOf(this.#path)));
      if (names.length > 0) throw new NtError(NtStatus.DIRECTORY_NOT_EMPTY);
    }
    this.#goes = isDelete;
  }

  async rename(newPath: string, replaceIfExists = false, how?: object): Promise<void> {
    if (newPath.startsWith(":") || how !== undefined) this.#stage.impossible("renaming like that");
    const to = this.#stage.pathOf(newPath);
    const isTaken = await lstat(to).then(
      () => true,
      () => false,
    );
    if (isTaken)
      this.#stage.impossible(
        `renaming that ${replaceIfExists ? "spares" : "refuses"} what is open`,
      );
    await call(rename(this.#stage.pathOf(this.#path), to));
    this.#path = newPath;
  }

  async link(newPath: string, replaceIfExists = false): Promise<void> {
    if (replaceIfExists) this.#stage.impossible("links that take the place of files");
    await call(link(this.#stage.pathOf(this.#path), this.#stage.pathOf(newPath)));
  }

  async list(pattern?: string): Promise<ListedName[]> {
    if (pattern !== undefined && pattern !== "*") this.#stage.impossible("patterns");
    const at = this.#stage.pathOf(this.#path);
    const names = [".", "..", ...(await call(readdir(at)))];
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
