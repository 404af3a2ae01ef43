/**
 * An SFTP server in memory whose connections go when a test says so: before a request is done, or after it and
 * before the answer.
 *
 * @packageDocumentation
 */
import {
  ConnectionLostError,
  SftpError,
  SftpStatus,
  SftpStatusError,
} from "../filesystems/sftp/errors.js";
import {
  type AttributeChange,
  FileType,
  OpenFlag,
  type SftpAttributes,
  type SftpEntry,
  type SftpHandle,
  type SftpTransport,
  type SftpVolume,
} from "../filesystems/sftp/transport.js";

interface Entry {
  mode: number;
  mtime: number;
  data: Buffer;
  target: string;
}

/** When a connection goes. */
export interface Cut {
  /** Requests that are still answered. */
  readonly after: number;
  /** Whether the one that is not answered is done all the same. */
  readonly isDone: boolean;
}

export class FakeSftpServer {
  readonly entries = new Map<string, Entry>([["/", directory()]]);
  /** Requests, in their order. */
  readonly requests: string[] = [];
  /** The next connections, in their order: undefined stays. */
  readonly cuts: (Cut | undefined)[] = [];
  /** What dialling comes to instead of a connection, in order; undefined connects. */
  readonly refusals: (SftpError | undefined)[] = [];
  /** Extensions that the server has not. */
  readonly missing = new Set<string>();
  /** In seconds since 1970; goes on by one with each change. */
  time = 1000;
  freeBlocks = 1000;
  writePieceBytes = 3;
  /** Writes wait for it. */
  holdWrites: Promise<void> | undefined;
  dials = 0;
  current: FakeTransport | undefined;

  readonly dial = async (): Promise<SftpTransport> => {
    this.dials++;
    await Promise.resolve();
    const refusal = this.refusals.shift();
    if (refusal !== undefined) throw refusal;
    this.current = new FakeTransport(this, this.cuts.shift());
    return this.current;
  };

  /** Puts a file there, as somebody else would. */
  put(path: string, data: string | Uint8Array): void {
    const mode = FileType.REGULAR | 0o644;
    this.entries.set(path, { mode, mtime: ++this.time, data: Buffer.from(data), target: "" });
  }

  putDirectory(path: string): void {
    this.entries.set(path, directory());
  }

  /** What is in a file. */
  content(path: string): Buffer {
    const entry = this.entries.get(path);
    if (entry === undefined) throw new Error(`${path} is not on the server`);
    return entry.data;
  }

  /** Handles that a connection has and has not closed. */
  get openHandles(): number {
    return this.current?.handles.size ?? 0;
  }
}

function directory(): Entry {
  return { mode: FileType.DIRECTORY | 0o755, mtime: 1000, data: Buffer.alloc(0), target: "" };
}

interface OpenHandle {
  readonly entry: Entry;
  /** Of a directory: what has not been told yet. */
  listing: SftpEntry[] | undefined;
}

/** One connection to a {@link FakeSftpServer}. */
export class FakeTransport implements SftpTransport {
  readonly readPieceBytes = 4;
  readonly writePieceBytes: number;
  readonly gone: Promise<ConnectionLostError>;
  readonly handles = new Map<string, OpenHandle>();
  readonly #server: FakeSftpServer;
  readonly #cut: Cut | undefined;
  #answered = 0;
  #lost: ConnectionLostError | undefined;
  #tellGone: (error: ConnectionLostError) => void = () => undefined;
  #nextHandle = 1;

  constructor(server: FakeSftpServer, cut: Cut | undefined) {
    this.#server = server;
    this.writePieceBytes = server.writePieceBytes;
    this.#cut = cut;
    this.gone = new Promise((resolve) => {
      this.#tellGone = resolve;
    });
  }

  /** The connection goes. */
  lose(): ConnectionLostError {
    this.#lost ??= new ConnectionLostError("the connection was lost: cut by the test");
    this.#tellGone(this.#lost);
    return this.#lost;
  }

  end(): void {
    this.lose();
  }

  realpath(path: string): Promise<string> {
    return this.#do(`realpath ${path}`, () => (path === "." ? "/" : path));
  }

  lstat(path: string): Promise<SftpAttributes> {
    return this.#do(`lstat ${path}`, () => attributesOf(this.#entry(path)));
  }

  stat(path: string): Promise<SftpAttributes> {
    return this.#do(`stat ${path}`, () => attributesOf(this.#entry(path)));
  }

  fstat(handle: SftpHandle): Promise<SftpAttributes> {
    return this.#do("fstat", () => attributesOf(this.#handle(handle).entry));
  }

  setstat(path: string, change: AttributeChange): Promise<void> {
    return this.#do(`setstat ${path}`, () => {
      this.#change(this.#entry(path), change);
    });
  }

  lsetstat(path: string, change: AttributeChange): Promise<void> {
    return this.#do(`lsetstat ${path}`, () => {
      this.#need("lsetstat");
      this.#change(this.#entry(path), change);
    });
  }

  fsetstat(handle: SftpHandle, change: AttributeChange): Promise<void> {
    return this.#do("fsetstat", () => {
      this.#change(this.#handle(handle).entry, change);
    });
  }

  open(path: string, flags: number, mode: number): Promise<SftpHandle> {
    return this.#do(`open ${path}`, () => {
      const { entries } = this.#server;
      const there = entries.get(path);
      if ((flags & OpenFlag.EXCLUSIVE) !== 0 && there !== undefined) throw refusal("FAILURE");
      if (there === undefined && (flags & OpenFlag.CREATE) === 0) throw refusal("NO_SUCH_FILE");
      const data = Buffer.alloc(0);
      const mtime = this.#server.time;
      const entry = there ?? { mode: FileType.REGULAR | mode, mtime, data, target: "" };
      entries.set(path, entry);
      return this.#newHandle(entry, undefined);
    });
  }

  close(handle: SftpHandle): Promise<void> {
    return this.#do("close", () => {
      this.handles.delete(handle.toString());
    });
  }

  read(handle: SftpHandle, target: Buffer, position: number): Promise<number> {
    return this.#do(`read ${position}`, () => {
      // Fewer bytes than asked, at times, as servers may.
      const most = Math.max(1, target.length - (position % 3 === 0 ? 1 : 0));
      return this.#handle(handle)
        .entry.data.subarray(position, position + most)
        .copy(target);
    });
  }

  async write(handle: SftpHandle, data: Buffer, position: number): Promise<void> {
    await this.#server.holdWrites;
    return this.#do(`write ${position}`, () => {
      const { entry } = this.#handle(handle);
      if (this.#server.freeBlocks === 0) throw refusal("FAILURE");
      const whole = Buffer.alloc(Math.max(entry.data.length, position + data.length));
      entry.data.copy(whole);
      data.copy(whole, position);
      entry.data = whole;
      entry.mtime = ++this.#server.time;
    });
  }

  fsync(handle: SftpHandle): Promise<void> {
    return this.#do("fsync", () => {
      this.#need("fsync");
      this.#handle(handle);
    });
  }

  opendir(path: string): Promise<SftpHandle> {
    return this.#do(`opendir ${path}`, () => {
      const entry = this.#entry(path);
      const start = path === "/" ? "/" : `${path}/`;
      const names = [...this.#server.entries.keys()].filter(
        (name) =>
          name.startsWith(start) && name !== start && !name.slice(start.length).includes("/"),
      );
      const listing = names.map((name) => ({
        name: name.slice(start.length),
        attributes: attributesOf(this.#entry(name)),
      }));
      return this.#newHandle(entry, listing);
    });
  }

  readdir(handle: SftpHandle): Promise<readonly SftpEntry[] | undefined> {
    return this.#do("readdir", () => {
      const open = this.#handle(handle);
      const some = open.listing?.splice(0, 2) ?? [];
      return some.length === 0 ? undefined : some;
    });
  }

  mkdir(path: string, mode: number): Promise<void> {
    return this.#do(`mkdir ${path}`, () => {
      if (this.#server.entries.has(path)) throw refusal("FAILURE");
      this.#server.entries.set(path, { ...directory(), mode: FileType.DIRECTORY | mode });
    });
  }

  rmdir(path: string): Promise<void> {
    return this.#do(`rmdir ${path}`, () => {
      this.#entry(path);
      const isEmpty = ![...this.#server.entries.keys()].some((name) => name.startsWith(`${path}/`));
      if (!isEmpty) throw refusal("FAILURE");
      this.#server.entries.delete(path);
    });
  }

  unlink(path: string): Promise<void> {
    return this.#do(`unlink ${path}`, () => {
      this.#entry(path);
      this.#server.entries.delete(path);
    });
  }

  rename(path: string, newPath: string): Promise<void> {
    return this.#do(`rename ${path}`, () => {
      const entry = this.#entry(path);
      if (this.#server.entries.has(newPath)) throw refusal("FAILURE");
      this.#server.entries.delete(path);
      this.#server.entries.set(newPath, entry);
    });
  }

  posixRename(path: string, newPath: string): Promise<void> {
    return this.#do(`posix-rename ${path}`, () => {
      this.#need("posix-rename");
      const entry = this.#entry(path);
      this.#server.entries.delete(path);
      this.#server.entries.set(newPath, entry);
    });
  }

  readlink(path: string): Promise<string> {
    return this.#do(`readlink ${path}`, () => this.#entry(path).target);
  }

  symlink(target: string, path: string): Promise<void> {
    return this.#do(`symlink ${path}`, () => {
      if (this.#server.entries.has(path)) throw refusal("FAILURE");
      const mode = FileType.LINK | 0o777;
      this.#server.entries.set(path, { ...directory(), mode, target });
    });
  }

  hardlink(path: string, newPath: string): Promise<void> {
    return this.#do(`hardlink ${path}`, () => {
      this.#need("hardlink");
      if (this.#server.entries.has(newPath)) throw refusal("FAILURE");
      this.#server.entries.set(newPath, this.#entry(path));
    });
  }

  statvfs(path: string): Promise<SftpVolume> {
    return this.#do(`statvfs ${path}`, () => {
      this.#need("statvfs");
      const { freeBlocks } = this.#server;
      const files = { files: 100, freeFiles: 50, maxNameLength: 255 };
      return { blockSize: 512, blocks: 2000, freeBlocks, availableBlocks: freeBlocks, ...files };
    });
  }

  async #do<T>(request: string, action: () => T): Promise<T> {
    this.#throwIfLost();
    await Promise.resolve();
    this.#throwIfLost();
    this.#server.requests.push(request);
    if (this.#cut === undefined || this.#answered++ < this.#cut.after) return action();
    if (this.#cut.isDone) action();
    throw this.lose();
  }

  #throwIfLost(): void {
    if (this.#lost !== undefined) throw this.#lost;
  }

  #entry(path: string): Entry {
    const entry = this.#server.entries.get(path);
    if (entry === undefined) throw refusal("NO_SUCH_FILE");
    return entry;
  }

  #handle(handle: SftpHandle): OpenHandle {
    const open = this.handles.get(handle.toString());
    if (open === undefined) throw refusal("FAILURE");
    return open;
  }

  #newHandle(entry: Entry, listing: SftpEntry[] | undefined): SftpHandle {
    const name = String(this.#nextHandle++);
    this.handles.set(name, { entry, listing });
    return Buffer.from(name);
  }

  #need(extension: string): void {
    if (this.#server.missing.has(extension)) throw refusal("OP_UNSUPPORTED");
  }

  #change(entry: Entry, { size, mode, mtime }: AttributeChange): void {
    if (size !== undefined) {
      const data = Buffer.alloc(size);
      entry.data.copy(data);
      entry.data = data;
      entry.mtime = ++this.#server.time;
    }
    if (mode !== undefined) entry.mode = (entry.mode & FileType.MASK) | mode;
    if (mtime !== undefined) entry.mtime = mtime;
  }
}

function attributesOf({ mode, mtime, data }: Entry): SftpAttributes {
  return { mode, uid: 1000, gid: 1000, size: data.length, atime: mtime, mtime };
}

function refusal(status: keyof typeof SftpStatus): SftpStatusError {
  return new SftpStatusError(SftpStatus[status], status);
}
