import type {
  FuseDate,
  FuseEntry,
  FuseOperations,
  FuseStat,
  FuseStatFs,
} from "../../adapters/fuse/index.js";
import { ErrnoError } from "./errors.js";
import type { RemoteFile } from "./remote-file.js";
import type { RemoteTree } from "./remote-tree.js";
import { OpenFlag, type SftpAttributes } from "./transport.js";

/** O_ACCMODE and its values; RENAME_NOREPLACE. */
const ACCESS_MODE = 3;
const WRITE_ONLY = 1;
const READ_WRITE = 2;
const NO_REPLACE = 1;

/** What UTF-8 cannot say, and would be another name on the server. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** SFTP has 32 bits for a time, in seconds since 1970. */
const MAX_SECONDS = 0xffff_ffff;

/** What is told of a server that does not tell how full it is: programs refuse to write to a full volume. */
const UNKNOWN_VOLUME: FuseStatFs = {
  bsize: 4096,
  blocks: 2 ** 28,
  bfree: 2 ** 28,
  bavail: 2 ** 28,
};

/** What a drive does when it is begun and ended. */
export interface SftpLife {
  /** The files of the server, and the directory that is served; undefined where it is not connected. */
  readonly remote: { readonly tree: RemoteTree; readonly root: string } | undefined;
  /** Connects, unless it is connected. */
  connect(): Promise<unknown>;
  disconnect(): void;
  /** A write failed of which nobody may hear. */
  writeFailed(path: string, error: unknown): void;
}

/** A directory of an SFTP server, as operations of FUSE. */
export class SftpOperations implements FuseOperations<RemoteFile> {
  readonly #life: SftpLife;

  constructor(life: SftpLife) {
    this.#life = life;
  }

  async init(): Promise<void> {
    await this.#life.connect();
  }

  destroy(): void {
    this.#life.disconnect();
  }

  async getattr(path: string): Promise<FuseStat> {
    return statOf(await this.#files.lstat(this.#remote(path)));
  }

  async fgetattr(_path: string, file: RemoteFile): Promise<FuseStat> {
    return statOf(await this.#files.fstat(file));
  }

  async statfs(path: string): Promise<FuseStatFs> {
    const volume = await this.#files.volume(this.#remote(path));
    if (volume === undefined) return UNKNOWN_VOLUME;
    return {
      bsize: volume.blockSize,
      frsize: volume.blockSize,
      blocks: volume.blocks,
      bfree: volume.freeBlocks,
      bavail: volume.availableBlocks,
      namemax: volume.maxNameLength,
    };
  }

  async readdir(path: string): Promise<readonly FuseEntry[]> {
    const entries = await this.#files.list(this.#remote(path));
    return entries.map(({ name, attributes }) => ({ name, stat: statOf(attributes) }));
  }

  open(path: string, flags: number): Promise<RemoteFile> {
    const access = flags & ACCESS_MODE;
    const reads = access === WRITE_ONLY ? 0 : OpenFlag.READ;
    const writes = access === WRITE_ONLY || access === READ_WRITE ? OpenFlag.WRITE : 0;
    return this.#files.open(this.#remote(path), reads | writes, 0);
  }

  create(path: string, mode: number): Promise<RemoteFile> {
    const flags = OpenFlag.READ | OpenFlag.WRITE | OpenFlag.CREATE | OpenFlag.EXCLUSIVE;
    return this.#files.open(this.#remote(path), flags, mode & 0o7777);
  }

  read(
    _path: string,
    file: RemoteFile,
    buffer: Buffer,
    length: number,
    position: number,
  ): Promise<number> {
    return this.#files.with(file, () => file.read(buffer.subarray(0, length), position));
  }

  async write(
    _path: string,
    file: RemoteFile,
    buffer: Buffer,
    length: number,
    position: number,
  ): Promise<number> {
    await this.#files.with(file, () => file.write(buffer.subarray(0, length), position));
    return length;
  }

  async flush(path: string, file: RemoteFile): Promise<void> {
    try {
      await this.#files.with(file, () => file.flush());
    } catch (error) {
      this.#life.writeFailed(path, error);
      throw error;
    }
  }

  fsync(_path: string, file: RemoteFile): Promise<void> {
    return this.#files.sync(file);
  }

  release(_path: string, file: RemoteFile): Promise<void> {
    return this.#files.close(file);
  }

  truncate(path: string, size: number): Promise<void> {
    return this.#files.truncate(this.#remote(path), size);
  }

  ftruncate(_path: string, file: RemoteFile, size: number): Promise<void> {
    return this.#files.with(file, () => file.resize(size));
  }

  mkdir(path: string, mode: number): Promise<void> {
    return this.#files.mkdir(this.#remote(path), mode & 0o7777);
  }

  unlink(path: string): Promise<void> {
    return this.#files.unlink(this.#remote(path));
  }

  rmdir(path: string): Promise<void> {
    return this.#files.rmdir(this.#remote(path));
  }

  async rename(from: string, to: string, flags: number): Promise<void> {
    if ((flags & ~NO_REPLACE) !== 0)
      throw new ErrnoError("EINVAL", "SFTP knows no such way to rename");
    await this.#files.rename(this.#remote(from), this.#remote(to), (flags & NO_REPLACE) === 0);
  }

  link(existing: string, path: string): Promise<void> {
    return this.#files.link(this.#remote(existing), this.#remote(path));
  }

  symlink(target: string, path: string): Promise<void> {
    return this.#files.symlink(target, this.#remote(path));
  }

  readlink(path: string): Promise<string> {
    return this.#files.readlink(this.#remote(path));
  }

  chmod(path: string, mode: number): Promise<void> {
    return this.#files.setAttributes(this.#remote(path), { mode: mode & 0o7777 });
  }

  /** SFTP sets both ids: the one that stays is asked for. */
  async chown(path: string, uid: number, gid: number): Promise<void> {
    const remote = this.#remote(path);
    const old = uid === -1 || gid === -1 ? await this.#files.lstat(remote) : undefined;
    await this.#files.setAttributes(remote, {
      uid: uid === -1 ? (old?.uid ?? uid) : uid,
      gid: gid === -1 ? (old?.gid ?? gid) : gid,
    });
  }

  utimens(path: string, atime: FuseDate, mtime: FuseDate): Promise<void> {
    return this.#files.setAttributes(this.#remote(path), {
      atime: secondsOf(atime),
      mtime: secondsOf(mtime),
    });
  }

  get #files(): RemoteTree {
    return this.#remoteOrThrow().tree;
  }

  #remote(path: string): string {
    const { root } = this.#remoteOrThrow();
    if (LONE_SURROGATE.test(path)) throw new ErrnoError("EILSEQ", "UTF-8 has no such name");
    if (root === "/") return path;
    return path === "/" ? root : root + path;
  }

  #remoteOrThrow(): NonNullable<SftpLife["remote"]> {
    const { remote } = this.#life;
    if (remote === undefined) throw new ErrnoError("EHOSTDOWN", "there is no connection");
    return remote;
  }
}

function statOf({ mode, size, uid, gid, atime, mtime }: SftpAttributes): FuseStat {
  const changed = mtime * 1000;
  return { mode, size, uid, gid, atime: atime * 1000, mtime: changed, ctime: changed };
}

function secondsOf(time: Date): number {
  return Math.min(Math.max(Math.floor(time.getTime() / 1000), 0), MAX_SECONDS);
}
