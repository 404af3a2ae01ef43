import { BadPacketError } from "./errors.js";
import { MAX_RESPONSE_BYTES } from "./limits.js";
import { HEADER_BYTES, PacketReader, PacketType } from "./packets.js";

/** Where responses go. Each method may throw a `BadPacketError`. */
export interface ResponseSink {
  /**
   * DATA begin to arrive.
   *
   * @returns where they are to be put, of their length
   */
  dataBegins(id: number, length: number): Buffer;
  /** All of them are there. */
  dataEnds(id: number): void;
  /**
   * Any other response.
   *
   * @param id - the request's; of VERSION, the version
   * @param body - valid until it returns
   */
  responded(type: number, id: number, body: PacketReader): void;
}

/** Length, type, id; of DATA also the length of the data. */
const DATA_HEADER_BYTES = HEADER_BYTES + 4;

/**
 * Cuts what a server sends into responses. The data of a READ are put where they are wanted as they arrive, and
 * nowhere else: they are nearly all that there is.
 */
export class ResponseStream {
  readonly #sink: ResponseSink;
  readonly #header = Buffer.alloc(DATA_HEADER_BYTES);
  #headerBytes = 0;
  /** Where the rest of a response goes, once its header is there. */
  #target: Buffer | undefined;
  #targetBytes = 0;

  constructor(sink: ResponseSink) {
    this.#sink = sink;
  }

  /**
   * @param chunk - as it was sent; valid until it returns
   * @throws BadPacketError after which nothing may be given to it any more
   */
  received(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#target === undefined) {
        at = this.#readHeader(chunk, at);
        if (!this.#isHeaderComplete) return;
        at = this.#begin(chunk, at);
      } else {
        at = this.#fill(this.#target, chunk, at);
      }
    }
  }

  get #type(): number {
    return this.#header.readUInt8(4);
  }

  get #id(): number {
    return this.#header.readUInt32BE(5);
  }

  get #isHeaderComplete(): boolean {
    if (this.#headerBytes < HEADER_BYTES) return false;
    return this.#type !== PacketType.DATA || this.#headerBytes === DATA_HEADER_BYTES;
  }

  /** @returns where the next byte is */
  #readHeader(chunk: Buffer, from: number): number {
    let at = from;
    while (at < chunk.length && !this.#isHeaderComplete) {
      const wanted = this.#headerBytes < HEADER_BYTES ? HEADER_BYTES : DATA_HEADER_BYTES;
      const end = at + wanted - this.#headerBytes;
      const copied = chunk.copy(this.#header, this.#headerBytes, at, end);
      this.#headerBytes += copied;
      at += copied;
    }
    return at;
  }

  /** The header is there. @returns where the next byte is */
  #begin(chunk: Buffer, at: number): number {
    const length = this.#header.readUInt32BE(0) - (HEADER_BYTES - 4);
    if (length < 0 || length > MAX_RESPONSE_BYTES) {
      throw new BadPacketError("the server has sent a response of no possible length");
    }
    if (this.#type === PacketType.DATA) {
      const dataBytes = this.#header.readUInt32BE(HEADER_BYTES);
      if (dataBytes !== length - 4) {
        throw new BadPacketError("the server has sent data of another length than it told");
      }
      this.#target = this.#sink.dataBegins(this.#id, dataBytes);
      if (dataBytes === 0) this.#end(this.#target);
      return at;
    }
    if (chunk.length - at < length) {
      this.#target = Buffer.allocUnsafe(length);
      return at;
    }
    this.#end(chunk.subarray(at, at + length));
    return at + length;
  }

  /** @returns where the next byte is */
  #fill(target: Buffer, chunk: Buffer, at: number): number {
    const copied = chunk.copy(target, this.#targetBytes, at);
    this.#targetBytes += copied;
    if (this.#targetBytes === target.length) this.#end(target);
    return at + copied;
  }

  #end(body: Buffer): void {
    const type = this.#type;
    const id = this.#id;
    this.#target = undefined;
    this.#targetBytes = 0;
    this.#headerBytes = 0;
    if (type === PacketType.DATA) this.#sink.dataEnds(id);
    else this.#sink.responded(type, id, new PacketReader(body));
  }
}
