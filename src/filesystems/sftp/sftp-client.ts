import {
  BadPacketError,
  ConnectionLostError,
  ErrnoError,
  SftpStatus,
  SftpStatusError,
} from "./errors.js";
import {
  LARGE_READ_PIECE_BYTES,
  LARGE_WRITE_PIECE_BYTES,
  MAX_REQUESTS_UNDER_WAY,
  SMALL_PIECE_BYTES,
} from "./limits.js";
import {
  attributes,
  PacketReader,
  PacketType,
  packet,
  SFTP_VERSION,
  text,
  transferPacket,
  u32,
} from "./packets.js";
import { type ResponseSink, ResponseStream } from "./response-stream.js";
import type {
  AttributeChange,
  SftpAttributes,
  SftpEntry,
  SftpHandle,
  SftpTransport,
  SftpVolume,
} from "./transport.js";

/** What carries the bytes of a session to the server. */
export interface SftpCarrier {
  /**
   * Sends bytes behind those before.
   *
   * @param bytes - not to be changed until `sent` is called
   */
  write(bytes: Uint8Array, sent?: () => void): void;
  /** Ends the connection in good order. */
  end(): void;
  /** Ends it at once. */
  destroy(): void;
}

/** A request that waits for its response. */
interface UnderWay {
  /** What it is answered with, if not with a status. */
  readonly answer: number;
  /** Takes the answer, or a status: OK, and END OF FILE where it has a target. */
  readonly take: (body: PacketReader | undefined) => void;
  readonly fail: (error: Error) => void;
  /** Of a READ. */
  readonly target: Buffer | undefined;
  /** Bytes of the target that were filled. */
  filled: number;
  /** Data of a WRITE wait to be sent: no response can have come. */
  isSending: boolean;
}

/** Extensions of OpenSSH that are used, and their versions. */
const Extension = {
  POSIX_RENAME: ["posix-rename@openssh.com", "1"],
  STATVFS: ["statvfs@openssh.com", "2"],
  HARDLINK: ["hardlink@openssh.com", "1"],
  FSYNC: ["fsync@openssh.com", "1"],
  LSETSTAT: ["lsetstat@openssh.com", "1"],
  LIMITS: ["limits@openssh.com", "1"],
} as const;

const MAX_ID = 0xffff_ffff;

/**
 * The client's half of an SFTP session. [draft-ietf-secsh-filexfer-02], and `PROTOCOL` of OpenSSH for the extensions.
 *
 * What the server may not send ends the connection.
 */
export class SftpClient implements SftpTransport {
  readonly gone: Promise<ConnectionLostError>;
  readonly #carrier: SftpCarrier;
  readonly #stream: ResponseStream;
  readonly #underWay = new Map<number, UnderWay>();
  #nextId = 0;
  #lost: ConnectionLostError | undefined;
  #tellGone: (error: ConnectionLostError) => void = () => undefined;
  /** Takes VERSION, once. */
  #greeted: ((version: number, body: PacketReader) => void) | undefined;
  #extensions: ReadonlyMap<string, string> = new Map();
  #readPieceBytes = SMALL_PIECE_BYTES;
  #writePieceBytes = SMALL_PIECE_BYTES;

  constructor(carrier: SftpCarrier) {
    this.#carrier = carrier;
    const sink: ResponseSink = {
      dataBegins: (id, length) => this.#dataBegins(id, length),
      dataEnds: (id) => {
        this.#take(id).take(undefined);
      },
      responded: (type, id, body) => {
        this.#responded(type, id, body);
      },
    };
    this.#stream = new ResponseStream(sink);
    this.gone = new Promise((resolve) => {
      this.#tellGone = resolve;
    });
  }

  get readPieceBytes(): number {
    return this.#readPieceBytes;
  }

  get writePieceBytes(): number {
    return this.#writePieceBytes;
  }

  /** Bytes have come. @param chunk - valid until it returns */
  received(chunk: Buffer): void {
    if (this.#lost !== undefined) return;
    try {
      this.#stream.received(chunk);
    } catch (error) {
      if (!(error instanceof BadPacketError)) throw error;
      this.lose(error.message);
    }
  }

  /** The connection has gone, or has to go: all that is under way fails. */
  lose(reason: string): ConnectionLostError {
    if (this.#lost !== undefined) return this.#lost;
    const lost = new ConnectionLostError(`the connection was lost: ${reason}`);
    this.#lost = lost;
    this.#carrier.destroy();
    for (const { fail } of this.#underWay.values()) fail(lost);
    this.#underWay.clear();
    this.#tellGone(lost);
    return lost;
  }

  /** Begins the session; comes before all else. */
  async begin(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#greeted = (version, body) => {
        if (version !== SFTP_VERSION) {
          throw new BadPacketError(`the server speaks version ${version} of SFTP`);
        }
        this.#extensions = extensionsOf(body);
        resolve();
      };
      void this.gone.then(reject);
      this.#carrier.write(packet(PacketType.INIT, SFTP_VERSION));
    });
    if (this.#has(Extension.LIMITS)) await this.#learnLimits();
  }

  async realpath(path: string): Promise<string> {
    return this.#name(PacketType.REALPATH, path);
  }

  async readlink(path: string): Promise<string> {
    return this.#name(PacketType.READLINK, path);
  }

  lstat(path: string): Promise<SftpAttributes> {
    return this.#attributes(PacketType.LSTAT, path);
  }

  stat(path: string): Promise<SftpAttributes> {
    return this.#attributes(PacketType.STAT, path);
  }

  fstat(handle: SftpHandle): Promise<SftpAttributes> {
    return this.#attributes(PacketType.FSTAT, handle);
  }

  setstat(path: string, change: AttributeChange): Promise<void> {
    return this.#order(PacketType.SETSTAT, text(path), attributes(change));
  }

  lsetstat(path: string, change: AttributeChange): Promise<void> {
    return this.#extended(Extension.LSETSTAT, text(path), attributes(change));
  }

  fsetstat(handle: SftpHandle, change: AttributeChange): Promise<void> {
    return this.#order(PacketType.FSETSTAT, text(handle), attributes(change));
  }

  open(path: string, flags: number, mode: number): Promise<SftpHandle> {
    return this.#handle(PacketType.OPEN, text(path), u32(flags), attributes({ mode }));
  }

  close(handle: SftpHandle): Promise<void> {
    return this.#order(PacketType.CLOSE, text(handle));
  }

  read(handle: SftpHandle, target: Buffer, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const under: UnderWay = {
        answer: PacketType.DATA,
        take: () => {
          resolve(under.filled);
        },
        fail: reject,
        target,
        filled: 0,
        isSending: false,
      };
      const id = this.#enter(under);
      if (id === undefined) return;
      const place = { position, length: target.length };
      this.#carrier.write(transferPacket(PacketType.READ, id, handle, place));
    });
  }

  write(handle: SftpHandle, data: Buffer, position: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const under: UnderWay = {
        answer: PacketType.STATUS,
        take: () => {
          resolve();
        },
        fail: reject,
        target: undefined,
        filled: 0,
        isSending: true,
      };
      const id = this.#enter(under);
      if (id === undefined) return;
      const place = { position, length: data.length };
      this.#carrier.write(transferPacket(PacketType.WRITE, id, handle, place));
      this.#carrier.write(data, () => {
        under.isSending = false;
      });
    });
  }

  fsync(handle: SftpHandle): Promise<void> {
    return this.#extended(Extension.FSYNC, text(handle));
  }

  opendir(path: string): Promise<SftpHandle> {
    return this.#handle(PacketType.OPENDIR, text(path));
  }

  async readdir(handle: SftpHandle): Promise<readonly SftpEntry[] | undefined> {
    try {
      return await this.#ask(PacketType.READDIR, PacketType.NAME, [text(handle)], entriesOf);
    } catch (error) {
      if (error instanceof SftpStatusError && error.status === SftpStatus.EOF) return undefined;
      throw error;
    }
  }

  mkdir(path: string, mode: number): Promise<void> {
    return this.#order(PacketType.MKDIR, text(path), attributes({ mode }));
  }

  rmdir(path: string): Promise<void> {
    return this.#order(PacketType.RMDIR, text(path));
  }

  unlink(path: string): Promise<void> {
    return this.#order(PacketType.REMOVE, text(path));
  }

  rename(path: string, newPath: string): Promise<void> {
    return this.#order(PacketType.RENAME, text(path), text(newPath));
  }

  posixRename(path: string, newPath: string): Promise<void> {
    return this.#extended(Extension.POSIX_RENAME, text(path), text(newPath));
  }

  /** OpenSSH, and who has extensions of OpenSSH, takes the two in the other order than the draft has them. */
  symlink(target: string, path: string): Promise<void> {
    const isLikeOpenSsh = [...this.#extensions.keys()].some((name) =>
      name.endsWith("@openssh.com"),
    );
    const [first, second] = isLikeOpenSsh ? [target, path] : [path, target];
    return this.#order(PacketType.SYMLINK, text(first), text(second));
  }

  hardlink(path: string, newPath: string): Promise<void> {
    return this.#extended(Extension.HARDLINK, text(path), text(newPath));
  }

  async statvfs(path: string): Promise<SftpVolume> {
    const [name] = this.#need(Extension.STATVFS);
    const fields = [text(name), text(path)];
    return this.#ask(PacketType.EXTENDED, PacketType.EXTENDED_REPLY, fields, volumeOf);
  }

  end(): void {
    this.#carrier.end();
    this.lose("the connection was ended");
  }

  async #learnLimits(): Promise<void> {
    const fields = [text(Extension.LIMITS[0])];
    const limits = await this.#ask(
      PacketType.EXTENDED,
      PacketType.EXTENDED_REPLY,
      fields,
      limitsOf,
    );
    this.#readPieceBytes = Math.min(LARGE_READ_PIECE_BYTES, limits.readBytes);
    this.#writePieceBytes = Math.min(LARGE_WRITE_PIECE_BYTES, limits.writeBytes);
  }

  #handle(type: number, ...fields: readonly Buffer[]): Promise<SftpHandle> {
    return this.#ask(type, PacketType.HANDLE, fields, (body) => body.bytes());
  }

  #attributes(type: number, of: string | SftpHandle): Promise<SftpAttributes> {
    return this.#ask(type, PacketType.ATTRS, [text(of)], (body) => body.attributes());
  }

  async #name(type: number, path: string): Promise<string> {
    const [entry] = await this.#ask(type, PacketType.NAME, [text(path)], entriesOf);
    if (entry !== undefined) return entry.name;
    throw new SftpStatusError(SftpStatus.BAD_MESSAGE, "the server has answered without a name");
  }

  async #extended(
    extension: readonly [name: string, version: string],
    ...fields: readonly Buffer[]
  ): Promise<void> {
    const [name] = this.#need(extension);
    await this.#order(PacketType.EXTENDED, text(name), ...fields);
  }

  #has([name, version]: readonly [name: string, version: string]): boolean {
    return this.#extensions.get(name) === version;
  }

  #need<E extends readonly [name: string, version: string]>(extension: E): E {
    if (this.#has(extension)) return extension;
    throw new SftpStatusError(SftpStatus.OP_UNSUPPORTED, `the server has no ${extension[0]}`);
  }

  /** Sends one request that is answered with how it went. */
  #order(type: number, ...fields: readonly Buffer[]): Promise<void> {
    return this.#ask(type, PacketType.STATUS, fields, () => undefined);
  }

  /** Sends one request. @param read - reads the answer */
  #ask<T>(
    type: number,
    answer: number,
    fields: readonly Buffer[],
    read: (body: PacketReader) => T,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const id = this.#enter({
        answer,
        take: (body) => {
          resolve(read(body ?? NOTHING));
        },
        fail: reject,
        target: undefined,
        filled: 0,
        isSending: false,
      });
      if (id !== undefined) this.#carrier.write(packet(type, id, ...fields));
    });
  }

  /** @returns the request's id; undefined where it has failed already */
  #enter(under: UnderWay): number | undefined {
    if (this.#lost !== undefined) {
      under.fail(this.#lost);
      return undefined;
    }
    if (this.#underWay.size >= MAX_REQUESTS_UNDER_WAY) {
      under.fail(new ErrnoError("EIO", "too many requests wait for the server"));
      return undefined;
    }
    let id = this.#nextId;
    while (this.#underWay.has(id)) id = id === MAX_ID ? 0 : id + 1;
    this.#nextId = id === MAX_ID ? 0 : id + 1;
    this.#underWay.set(id, under);
    return id;
  }

  #dataBegins(id: number, length: number): Buffer {
    const under = this.#underWay.get(id);
    if (under?.target === undefined || length > under.target.length) {
      throw new BadPacketError("the server has sent data that nobody has asked for");
    }
    under.filled = length;
    return under.target.subarray(0, length);
  }

  #responded(type: number, id: number, body: PacketReader): void {
    if (type === PacketType.VERSION && this.#greeted !== undefined) {
      const greeted = this.#greeted;
      this.#greeted = undefined;
      greeted(id, body);
      return;
    }
    const under = this.#take(id);
    try {
      if (type === PacketType.STATUS) this.#settle(under, body);
      else if (type === under.answer) under.take(body);
      else throw new BadPacketError(`the server has sent a response of the wrong type, ${type}`);
    } catch (error) {
      this.#underWay.set(id, under); // it fails with the rest
      throw error;
    }
  }

  #settle(under: UnderWay, body: PacketReader): void {
    const code = body.u32();
    if (code === SftpStatus.OK) {
      if (under.answer !== PacketType.STATUS) {
        throw new BadPacketError("the server has answered without what was asked for");
      }
      under.take(undefined);
    } else if (code === SftpStatus.EOF && under.target !== undefined) {
      under.take(undefined);
    } else if (code === SftpStatus.NO_CONNECTION || code === SftpStatus.CONNECTION_LOST) {
      throw new BadPacketError("the server has said so");
    } else {
      // Later versions have more codes. Servers of earlier ones than 3 leave the message out.
      const status = code > SftpStatus.OP_UNSUPPORTED ? SftpStatus.FAILURE : code;
      const message = body.isAtEnd ? "" : body.text();
      under.fail(new SftpStatusError(status, message === "" ? `status ${code}` : message));
    }
  }

  /** The request that is answered. */
  #take(id: number): UnderWay {
    const under = this.#underWay.get(id);
    if (under === undefined) {
      throw new BadPacketError("the server has answered what nobody has asked");
    }
    if (under.isSending) {
      throw new BadPacketError("the server has answered a write before it was sent");
    }
    this.#underWay.delete(id);
    return under;
  }
}

const NOTHING = new PacketReader(Buffer.alloc(0));

/** 4 */
function extensionsOf(body: PacketReader): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  while (!body.isAtEnd) found.set(body.text(), body.text());
  return found;
}

/** 7 */
function entriesOf(body: PacketReader): readonly SftpEntry[] {
  const entries: SftpEntry[] = [];
  for (let left = body.u32(); left > 0; left--) {
    const name = body.text();
    body.text(); // as `ls -l` shows it
    entries.push({ name, attributes: body.attributes() });
  }
  return entries;
}

function volumeOf(body: PacketReader): SftpVolume {
  body.u64(); // f_bsize
  const blockSize = body.u64();
  const blocks = body.u64();
  const freeBlocks = body.u64();
  const availableBlocks = body.u64();
  const files = body.u64();
  const freeFiles = body.u64();
  body.u64(); // f_favail
  body.u64(); // f_fsid
  body.u64(); // f_flag
  const maxNameLength = body.u64();
  return { blockSize, blocks, freeBlocks, availableBlocks, files, freeFiles, maxNameLength };
}

/** Where a limit is 0, there is none. */
function limitsOf(body: PacketReader): { readonly readBytes: number; readonly writeBytes: number } {
  body.u64(); // of a packet
  const readBytes = body.u64() || Number.POSITIVE_INFINITY;
  const writeBytes = body.u64() || Number.POSITIVE_INFINITY;
  return { readBytes, writeBytes };
}
