import type { ByteBudget } from "./byte-budget.js";
import type { Clock } from "./clock.js";
import type { Connection } from "./connection.js";
import { ErrnoError, SftpStatusError } from "./errors.js";
import { SMALL_PIECE_BYTES } from "./limits.js";
import { ReadAhead } from "./read-ahead.js";
import type { RemoteNode } from "./remote-node.js";
import { allSettled } from "./settled.js";
import {
  type AttributeChange,
  OpenFlag,
  type SftpAttributes,
  type SftpHandle,
  type SftpTransport,
} from "./transport.js";
import { WriteBack } from "./write-back.js";

/** What all files of a server share. */
export interface FileResources {
  readonly connection: Connection;
  readonly clock: Clock;
  /** Of requests that are under way. */
  readonly inFlight: ByteBudget;
  /** Of what is read ahead. Undefined: nothing is. */
  readonly readAhead: ByteBudget | undefined;
  readonly writeBack: boolean;
}

/**
 * An open file of the server. After a lost connection it is opened again by its path, and used further only
 * where it is still the same file as far as can be told.
 */
export class RemoteFile {
  readonly node: RemoteNode;
  readonly #resources: FileResources;
  /** Without CREATE, TRUNCATE and EXCLUSIVE, which must not happen again. */
  readonly #flags: number;
  readonly #readAhead: ReadAhead | undefined;
  readonly #writeBack: WriteBack | undefined;
  /** The handle, and the connection that it is good on. */
  #on: SftpTransport;
  #handle: Promise<SftpHandle>;
  #isStale = false;

  /**
   * @param flags - OpenFlag bits with which it was opened
   * @param on - the connection on which it was
   */
  constructor(
    resources: FileResources,
    node: RemoteNode,
    flags: number,
    handle: SftpHandle,
    on: SftpTransport,
  ) {
    this.node = node;
    this.#resources = resources;
    this.#flags = flags & (OpenFlag.READ | OpenFlag.WRITE);
    this.#on = on;
    this.#handle = Promise.resolve(handle);
    const { readAhead, clock } = resources;
    this.#readAhead =
      readAhead === undefined
        ? undefined
        : new ReadAhead(
            {
              fetch: (target, position) => this.#fetch(target, position),
              get generation() {
                return node.generation;
              },
              get knownEnd() {
                return node.knownEnd;
              },
            },
            readAhead,
            clock,
          );
    if (resources.writeBack) {
      this.#writeBack = new WriteBack((data, position) => this.#send(data, position));
      node.pendingWrites.add(this.#writeBack);
    }
  }

  /** @returns bytes read; fewer than asked only where the file ends */
  async read(target: Uint8Array, position: number): Promise<number> {
    if (this.node.hasPendingWrites) await this.node.pendingSettled();
    const buffer = bufferOf(target);
    return this.#readAhead?.read(buffer, position) ?? this.#fetch(buffer, position);
  }

  /** @param data - valid until the result settles */
  write(data: Uint8Array, position: number): Promise<void> {
    return this.#writeBack?.write(data, position) ?? this.#send(bufferOf(data), position);
  }

  /** Waits for what is written back. @throws what one of these writes came to */
  async flush(): Promise<void> {
    await this.#writeBack?.flush();
  }

  /** Asks the server, and keeps what it tells. */
  async attributes(): Promise<SftpAttributes> {
    const { generation } = this.node;
    const attributes = await this.#run(async (transport, handle) => transport.fstat(handle));
    this.node.learn(attributes, generation);
    return attributes;
  }

  async setAttributes(change: AttributeChange): Promise<void> {
    await this.#run(async (transport, handle) => transport.fsetstat(handle, change));
  }

  /** @param size - to be, in bytes */
  async resize(size: number): Promise<void> {
    await this.flush();
    await this.node.pendingSettled(); // what others have written must not come behind it
    await this.node.whileResizing(size, () => this.setAttributes({ size }));
  }

  /** Puts the data where it is safe, if the server can. */
  async sync(): Promise<void> {
    await this.flush();
    await this.#run(async (transport, handle) => transport.fsync(handle));
  }

  /** Never fails; what was to be written back is told by `flush`, which comes before. */
  async close(): Promise<void> {
    this.#readAhead?.drop();
    if (this.#writeBack !== undefined) {
      await this.#writeBack.settled();
      this.node.pendingWrites.delete(this.#writeBack);
    }
    const on = this.#on;
    if (on !== this.#resources.connection.current) return; // it went with its connection
    try {
      await on.close(await this.#handle);
    } catch {
      // The server has let it go, or will when the connection ends.
    }
  }

  /**
   * Reads in pieces that are under way together. What lies behind the end as far as it is known is asked for
   * only where there turns out to be something.
   */
  async #fetch(target: Buffer, position: number): Promise<number> {
    const pieceBytes = this.#resources.connection.current?.readPieceBytes ?? SMALL_PIECE_BYTES;
    let done = 0;
    while (done < target.length) {
      const expected = Math.max(this.node.knownEnd - position - done, pieceBytes);
      const end = Math.min(target.length, done + expected);
      const pieces: Promise<number>[] = [];
      for (let at = done; at < end; at += pieceBytes) {
        const piece = target.subarray(at, Math.min(at + pieceBytes, end));
        pieces.push(this.#readPiece(piece, position + at));
      }
      for (const length of await allSettled(pieces)) {
        const wanted = Math.min(pieceBytes, end - done);
        done += length;
        if (length < wanted) return done;
      }
    }
    return done;
  }

  async #readPiece(piece: Buffer, position: number): Promise<number> {
    const { inFlight } = this.#resources;
    const { length } = piece;
    const turn = inFlight.take(length);
    if (turn !== undefined) await turn;
    try {
      let done = 0;
      while (done < length) {
        const rest = done === 0 ? piece : piece.subarray(done);
        const at = position + done;
        const read = await this.#run((transport, handle) => transport.read(handle, rest, at));
        this.node.use();
        if (read === 0) break;
        done += read;
      }
      return done;
    } finally {
      inFlight.give(length);
    }
  }

  /** Writes in pieces that are under way together. The same bytes at the same place may be sent again. */
  #send(data: Buffer, position: number): Promise<void> {
    const pieceBytes = this.#resources.connection.current?.writePieceBytes ?? SMALL_PIECE_BYTES;
    return this.node.whileWriting(position + data.length, async () => {
      const pieces: Promise<void>[] = [];
      for (let at = 0; at < data.length; at += pieceBytes) {
        pieces.push(this.#sendPiece(data.subarray(at, at + pieceBytes), position + at));
      }
      await allSettled(pieces);
    });
  }

  async #sendPiece(piece: Buffer, position: number): Promise<void> {
    const { inFlight } = this.#resources;
    const turn = inFlight.take(piece.length);
    if (turn !== undefined) await turn;
    try {
      await this.#run(async (transport, handle) => {
        // The next connection may be to a server that takes less.
        for (let at = 0; at < piece.length; at += transport.writePieceBytes) {
          const part = piece.subarray(at, at + transport.writePieceBytes);
          await transport.write(handle, part, position + at);
        }
      });
    } finally {
      inFlight.give(piece.length);
    }
  }

  #run<T>(request: (transport: SftpTransport, handle: SftpHandle) => Promise<T>): Promise<T> {
    return this.#resources.connection.run(async (transport) => {
      if (this.#isStale) throw this.#stale();
      return request(transport, await this.#handleOn(transport));
    });
  }

  /** The handle on a connection; on a new one the file is opened again, once for all that wait. */
  #handleOn(transport: SftpTransport): Promise<SftpHandle> {
    if (transport !== this.#on) {
      this.#on = transport;
      this.#handle = this.#reopen(transport);
    }
    return this.#handle;
  }

  async #reopen(transport: SftpTransport): Promise<SftpHandle> {
    this.#readAhead?.drop();
    const { node } = this;
    if (node.isGone) throw this.#markStale();
    let handle: SftpHandle;
    try {
      handle = await transport.open(node.path, this.#flags, 0);
    } catch (error) {
      throw error instanceof SftpStatusError ? this.#markStale() : error;
    }
    const { generation } = node;
    const attributes = await transport.fstat(handle);
    if (!node.isStill(attributes)) {
      await transport.close(handle);
      throw this.#markStale();
    }
    node.learn(attributes, generation);
    return handle;
  }

  #markStale(): ErrnoError {
    this.#isStale = true;
    return this.#stale();
  }

  #stale(): ErrnoError {
    return new ErrnoError(
      "ESTALE",
      `the connection was lost, and ${this.node.path} is not the file any more that was open before`,
    );
  }
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
