import type { Client, InputAttributes, SFTPWrapper } from "ssh2";
import { ConnectionLostError, SftpStatus, SftpStatusError } from "./errors.js";
import { LARGE_READ_PIECE_BYTES, LARGE_WRITE_PIECE_BYTES, SMALL_PIECE_BYTES } from "./limits.js";
import type {
  AttributeChange,
  SftpAttributes,
  SftpEntry,
  SftpHandle,
  SftpTransport,
  SftpVolume,
} from "./transport.js";

/** How `ssh2` answers. */
type Done<T> = (error?: Error | null, value?: T) => void;

/** What `statvfs@openssh.com` tells, as `ssh2` names it. */
interface StatVfs {
  readonly f_frsize: number;
  readonly f_blocks: number;
  readonly f_bfree: number;
  readonly f_bavail: number;
  readonly f_files: number;
  readonly f_ffree: number;
  readonly f_namemax: number;
}

/** An SFTP session of the library `ssh2`. */
export class Ssh2Transport implements SftpTransport {
  readonly readPieceBytes: number;
  readonly writePieceBytes: number;
  readonly gone: Promise<ConnectionLostError>;
  readonly #client: Client;
  readonly #sftp: SFTPWrapper;
  /** Who waits for an answer; they are told when there will be none. */
  readonly #waiting = new Set<(error: Error) => void>();
  #lost: ConnectionLostError | undefined;

  constructor(client: Client, sftp: SFTPWrapper) {
    this.#client = client;
    this.#sftp = sftp;
    // It is set where the server told its limits, by limits@openssh.com.
    const { maxOpenHandles } = sftp as { readonly maxOpenHandles?: number };
    this.readPieceBytes = maxOpenHandles === undefined ? SMALL_PIECE_BYTES : LARGE_READ_PIECE_BYTES;
    this.writePieceBytes =
      maxOpenHandles === undefined ? SMALL_PIECE_BYTES : LARGE_WRITE_PIECE_BYTES;
    this.gone = new Promise((resolve) => {
      const lose = (reason: string) => {
        resolve(this.#lose(reason));
      };
      client.on("error", (error) => {
        lose(error.message);
      });
      client.on("close", () => {
        lose("the server has closed the connection");
      });
      sftp.on("error", (error: Error) => {
        lose(error.message);
      });
      sftp.on("close", () => {
        lose("the server has ended the SFTP session");
      });
    });
  }

  realpath(path: string): Promise<string> {
    return this.#call<string>((done) => {
      this.#sftp.realpath(path, done);
    });
  }

  lstat(path: string): Promise<SftpAttributes> {
    return this.#call<SftpAttributes>((done) => {
      this.#sftp.lstat(path, done);
    });
  }

  stat(path: string): Promise<SftpAttributes> {
    return this.#call<SftpAttributes>((done) => {
      this.#sftp.stat(path, done);
    });
  }

  fstat(handle: SftpHandle): Promise<SftpAttributes> {
    return this.#call<SftpAttributes>((done) => {
      this.#sftp.fstat(handle, done);
    });
  }

  setstat(path: string, change: AttributeChange): Promise<void> {
    return this.#order((done) => {
      this.#sftp.setstat(path, inputOf(change), done);
    });
  }

  lsetstat(path: string, change: AttributeChange): Promise<void> {
    return this.#order((done) => {
      this.#sftp.ext_openssh_lsetstat(path, inputOf(change), done);
    });
  }

  fsetstat(handle: SftpHandle, change: AttributeChange): Promise<void> {
    return this.#order((done) => {
      this.#sftp.fsetstat(handle, inputOf(change), done);
    });
  }

  open(path: string, flags: number, mode: number): Promise<SftpHandle> {
    return this.#call<SftpHandle>((done) => {
      this.#sftp.open(path, flags, { mode }, done);
    });
  }

  close(handle: SftpHandle): Promise<void> {
    return this.#order((done) => {
      this.#sftp.close(handle, done);
    });
  }

  async read(handle: SftpHandle, target: Buffer, position: number): Promise<number> {
    return this.#call<number>((done) => {
      this.#sftp.read(handle, target, 0, target.length, position, done);
    });
  }

  write(handle: SftpHandle, data: Buffer, position: number): Promise<void> {
    return this.#order((done) => {
      this.#sftp.write(handle, data, 0, data.length, position, done);
    });
  }

  fsync(handle: SftpHandle): Promise<void> {
    return this.#order((done) => {
      this.#sftp.ext_openssh_fsync(handle, done);
    });
  }

  opendir(path: string): Promise<SftpHandle> {
    return this.#call<SftpHandle>((done) => {
      this.#sftp.opendir(path, done);
    });
  }

  async readdir(handle: SftpHandle): Promise<readonly SftpEntry[] | undefined> {
    try {
      const entries = await this.#call<readonly { filename: string; attrs: SftpAttributes }[]>(
        (done) => {
          this.#sftp.readdir(handle, done);
        },
      );
      return entries.map(({ filename, attrs }) => ({ name: filename, attributes: attrs }));
    } catch (error) {
      if (error instanceof SftpStatusError && error.status === SftpStatus.EOF) return undefined;
      throw error;
    }
  }

  mkdir(path: string, mode: number): Promise<void> {
    return this.#order((done) => {
      this.#sftp.mkdir(path, { mode }, done);
    });
  }

  rmdir(path: string): Promise<void> {
    return this.#order((done) => {
      this.#sftp.rmdir(path, done);
    });
  }

  unlink(path: string): Promise<void> {
    return this.#order((done) => {
      this.#sftp.unlink(path, done);
    });
  }

  rename(path: string, newPath: string): Promise<void> {
    return this.#order((done) => {
      this.#sftp.rename(path, newPath, done);
    });
  }

  posixRename(path: string, newPath: string): Promise<void> {
    return this.#order((done) => {
      this.#sftp.ext_openssh_rename(path, newPath, done);
    });
  }

  readlink(path: string): Promise<string> {
    return this.#call<string>((done) => {
      this.#sftp.readlink(path, done);
    });
  }

  /** OpenSSH has the arguments in the other order than the draft; `ssh2` sees to it. */
  symlink(target: string, path: string): Promise<void> {
    return this.#order((done) => {
      this.#sftp.symlink(target, path, done);
    });
  }

  hardlink(path: string, newPath: string): Promise<void> {
    return this.#order((done) => {
      this.#sftp.ext_openssh_hardlink(path, newPath, done);
    });
  }

  async statvfs(path: string): Promise<SftpVolume> {
    const told = await this.#call<StatVfs>((done) => {
      this.#sftp.ext_openssh_statvfs(path, done);
    });
    return {
      blockSize: told.f_frsize,
      blocks: told.f_blocks,
      freeBlocks: told.f_bfree,
      availableBlocks: told.f_bavail,
      files: told.f_files,
      freeFiles: told.f_ffree,
      maxNameLength: told.f_namemax,
    };
  }

  end(): void {
    this.#client.end();
    this.#lose("the connection was ended");
  }

  /** Sends one request that answers with a value. */
  async #call<T>(send: (done: Done<T>) => void): Promise<T> {
    const value = await this.#ask(send);
    if (value === undefined) {
      throw new SftpStatusError(
        SftpStatus.BAD_MESSAGE,
        "the server answered without what was asked for",
      );
    }
    return value;
  }

  /** Sends one request that answers with how it went. */
  async #order(send: (done: Done<unknown>) => void): Promise<void> {
    await this.#ask(send);
  }

  /** Sends one request. `ssh2` forgets some where the connection goes: those that wait are kept here. */
  #ask<T>(send: (done: Done<T>) => void): Promise<T | undefined> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      const done: Done<T> = (error, value) => {
        this.#waiting.delete(reject);
        if (error === undefined || error === null) resolve(value);
        else reject(this.#refusal(error));
      };
      try {
        send(done);
      } catch (error) {
        // An extension that the server has not.
        const reason = error instanceof Error ? error.message : String(error);
        this.#waiting.delete(reject);
        reject(new SftpStatusError(SftpStatus.OP_UNSUPPORTED, reason));
      }
    });
  }

  #refusal(error: Error): Error {
    const status = "code" in error && typeof error.code === "number" ? error.code : undefined;
    const isLost =
      status === undefined ||
      status === SftpStatus.NO_CONNECTION ||
      status === SftpStatus.CONNECTION_LOST;
    return isLost ? this.#lose(error.message) : new SftpStatusError(status, error.message);
  }

  #lose(reason: string): ConnectionLostError {
    if (this.#lost !== undefined) return this.#lost;
    const lost = new ConnectionLostError(`the connection was lost: ${reason}`);
    this.#lost = lost;
    this.#client.destroy();
    for (const reject of this.#waiting) reject(lost);
    this.#waiting.clear();
    return lost;
  }
}

/** `ssh2` wants all of a group, or none. */
function inputOf(change: AttributeChange): InputAttributes {
  return { ...change };
}
