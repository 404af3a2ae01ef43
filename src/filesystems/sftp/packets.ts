/**
 * The packets of SFTP 3, [draft-ietf-secsh-filexfer-02], written and read. Numbers have their first byte first; a
 * text, or any run of bytes, comes behind its length.
 *
 * @packageDocumentation
 */
import { BadPacketError } from "./errors.js";
import type { AttributeChange, SftpAttributes } from "./transport.js";

/** SSH_FXP_*, 3 */
export const PacketType = {
  INIT: 1,
  VERSION: 2,
  OPEN: 3,
  CLOSE: 4,
  READ: 5,
  WRITE: 6,
  LSTAT: 7,
  FSTAT: 8,
  SETSTAT: 9,
  FSETSTAT: 10,
  OPENDIR: 11,
  READDIR: 12,
  REMOVE: 13,
  MKDIR: 14,
  RMDIR: 15,
  REALPATH: 16,
  STAT: 17,
  RENAME: 18,
  READLINK: 19,
  SYMLINK: 20,
  STATUS: 101,
  HANDLE: 102,
  DATA: 103,
  NAME: 104,
  ATTRS: 105,
  EXTENDED: 200,
  EXTENDED_REPLY: 201,
} as const;

/** The one version that is spoken. */
export const SFTP_VERSION = 3;

/** What each packet begins with: its length without these four bytes, its type, and what it is about. */
export const HEADER_BYTES = 4 + 1 + 4;

/** SSH_FILEXFER_ATTR_*, 5 */
const Attribute = {
  SIZE: 1,
  UIDGID: 2,
  PERMISSIONS: 4,
  ACMODTIME: 8,
  EXTENDED: 0x8000_0000,
} as const;

const TWO_TO_32 = 2 ** 32;

/**
 * One request, or INIT.
 *
 * @param id - by which its response is known; of INIT, the version
 */
export function packet(type: number, id: number, ...fields: readonly Uint8Array[]): Buffer {
  const bytes = Buffer.concat([header(type, id), ...fields]);
  bytes.writeUInt32BE(bytes.length - 4, 0);
  return bytes;
}

/** All of a READ, or of a WRITE what comes before its data. 6.4 */
export function transferPacket(
  type: typeof PacketType.READ | typeof PacketType.WRITE,
  id: number,
  handle: Uint8Array,
  { position, length }: { readonly position: number; readonly length: number },
): Buffer {
  const at = HEADER_BYTES + 4 + handle.length;
  const bytes = Buffer.allocUnsafe(at + 12);
  bytes.writeUInt32BE(bytes.length - 4 + (type === PacketType.WRITE ? length : 0), 0);
  bytes[4] = type;
  bytes.writeUInt32BE(id, 5);
  bytes.writeUInt32BE(handle.length, HEADER_BYTES);
  bytes.set(handle, HEADER_BYTES + 4);
  bytes.writeUInt32BE(Math.floor(position / TWO_TO_32), at);
  bytes.writeUInt32BE(position % TWO_TO_32, at + 4);
  bytes.writeUInt32BE(length, at + 8);
  return bytes;
}

function header(type: number, id: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes[4] = type;
  bytes.writeUInt32BE(id, 5);
  return bytes;
}

export function u32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function u64(value: number): Buffer {
  return Buffer.concat([u32(Math.floor(value / TWO_TO_32)), u32(value % TWO_TO_32)]);
}

/** A text as UTF-8, or bytes as they are. */
export function text(value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([u32(bytes.length), bytes]);
}

/** 5 */
export function attributes({ size, uid, gid, mode, atime, mtime }: AttributeChange): Buffer {
  let flags = 0;
  const fields: Buffer[] = [];
  const add = (flag: number, ...values: readonly Buffer[]) => {
    flags |= flag;
    fields.push(...values);
  };
  if (size !== undefined) add(Attribute.SIZE, u64(size));
  if (uid !== undefined && gid !== undefined) add(Attribute.UIDGID, u32(uid), u32(gid));
  if (mode !== undefined) add(Attribute.PERMISSIONS, u32(mode));
  if (atime !== undefined && mtime !== undefined) add(Attribute.ACMODTIME, u32(atime), u32(mtime));
  return Buffer.concat([u32(flags), ...fields]);
}

/**
 * Reads the fields of a response, one after the other. What it gives is not part of the response's memory.
 *
 * Each method throws a `BadPacketError` where the response is too short.
 */
export class PacketReader {
  readonly #bytes: Buffer;
  #at = 0;

  /** @param bytes - what comes behind the header */
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  u32(): number {
    return this.#bytes.readUInt32BE(this.#take(4));
  }

  /** Exact to 2^53. */
  u64(): number {
    return this.u32() * TWO_TO_32 + this.u32();
  }

  text(): string {
    const length = this.u32();
    const at = this.#take(length);
    return this.#bytes.toString("utf8", at, at + length);
  }

  bytes(): Buffer {
    const length = this.u32();
    const at = this.#take(length);
    return Buffer.from(this.#bytes.subarray(at, at + length));
  }

  /** What the server leaves out is 0. 5 */
  attributes(): SftpAttributes {
    const flags = this.u32();
    const has = (flag: number) => (flags & flag) !== 0;
    const size = has(Attribute.SIZE) ? this.u64() : 0;
    const [uid, gid] = has(Attribute.UIDGID) ? [this.u32(), this.u32()] : [0, 0];
    const mode = has(Attribute.PERMISSIONS) ? this.u32() : 0;
    const [atime, mtime] = has(Attribute.ACMODTIME) ? [this.u32(), this.u32()] : [0, 0];
    if (has(Attribute.EXTENDED)) {
      for (let left = this.u32(); left > 0; left--) {
        this.#take(this.u32()); // a type,
        this.#take(this.u32()); // and its data: none is known
      }
    }
    return { mode, uid, gid, size, atime, mtime };
  }

  /** @returns where they begin */
  #take(length: number): number {
    const at = this.#at;
    if (length > this.#bytes.length - at) {
      throw new BadPacketError("the server has sent a response that is too short");
    }
    this.#at += length;
    return at;
  }
}
