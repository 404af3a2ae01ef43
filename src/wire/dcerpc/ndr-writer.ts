/**
 * Parameters of a call on their way out, in the network data representation of 32 bits.
 * [C706] 14, [MS-RPCE] 2.2.4
 *
 * @packageDocumentation
 */
import { align, bytesOf, TWO_POW_32, viewOf, writeUtf16 } from "../../bytes/index.js";
import { type Sid, sidToBytes } from "../../nt/index.js";
import { INITIAL_STUB_LENGTH, SID_HEADER_LENGTH } from "./limits.js";

/** Referent ids are opaque; Windows begins with this, and steps by four. [C706] 14.3.10 */
const FIRST_REFERENT_ID = 0x0002_0000;

/**
 * Writes one parameter after the other. What a pointer inside of a structure leads to comes behind
 * the outermost structure; of a pointer that is a parameter, at once. [C706] 14.3.12.3
 */
export class NdrWriter {
  #bytes = viewOf(new Uint8Array(INITIAL_STUB_LENGTH));
  #at = 0;
  #nextReferentId = FIRST_REFERENT_ID;
  #deferred: (() => void)[] | undefined;

  /** Unsigned, 8 bits. */
  u8(value: number): void {
    this.#bytes.setUint8(this.#take(1, 1), value);
  }

  /** Unsigned, 16 bits. */
  u16(value: number): void {
    const at = this.#take(2, 2);
    this.#bytes.setUint16(at, value, true);
  }

  /** Unsigned, 32 bits. */
  u32(value: number): void {
    const at = this.#take(4, 4);
    this.#bytes.setUint32(at, value, true);
  }

  /** Unsigned, 64 bits: a hyper. Exact up to 2^53. */
  u64(value: number): void {
    const at = this.#take(8, 8);
    this.#bytes.setUint32(at, value % TWO_POW_32, true);
    this.#bytes.setUint32(at + 4, value / TWO_POW_32, true);
  }

  /** A conformant varying string with its NUL. [C706] 14.3.4.2 */
  string(text: string): void {
    const units = text.length + 1;
    this.u32(units); // maximum count
    this.u32(0); // offset
    this.u32(units); // actual count
    const at = this.#take(2 * units, 2);
    writeUtf16(this.#bytes, at, text);
  }

  /** The same of a text that is counted, and has no NUL. */
  countedString(text: string): void {
    this.u32(text.length); // maximum count
    this.u32(0); // offset
    this.u32(text.length); // actual count
    const at = this.#take(2 * text.length, 2);
    writeUtf16(this.#bytes, at, text);
  }

  /** RPC_SID: a structure that ends in an array, whose length comes first. [MS-DTYP] 2.4.2.3 */
  sid(sid: Sid): void {
    const bytes = sidToBytes(sid);
    this.u32((bytes.length - SID_HEADER_LENGTH) / 4);
    const at = this.#take(bytes.length, 4);
    bytesOf(this.#bytes).set(bytes, at);
  }

  /** Leaves zeros up to a place that is a multiple of `boundary`. */
  align(boundary: number): void {
    this.#take(0, boundary);
  }

  /** A conformant array of bytes. [C706] 14.3.3.2 */
  byteArray(bytes: Uint8Array): void {
    this.u32(bytes.length);
    const at = this.#take(bytes.length, 1);
    bytesOf(this.#bytes).set(bytes, at);
  }

  /** A conformant array, element by element. [C706] 14.3.3.2 */
  array<T>(elements: readonly T[], write: (element: T) => void): void {
    this.structure(() => {
      this.u32(elements.length);
      for (const element of elements) write(element);
    });
  }

  /** A pointer that leads nowhere. [C706] 14.3.10 */
  nullPointer(): void {
    this.u32(0);
  }

  /** A unique pointer, and what it leads to when its turn comes. [C706] 14.3.10 */
  pointer(write: () => void): void {
    this.u32(this.#nextReferentId);
    this.#nextReferentId += 4;
    if (this.#deferred === undefined) write();
    else this.#deferred.push(write);
  }

  /** A structure or a union: what its pointers lead to is written behind it. [C706] 14.3.12.3 */
  structure(write: () => void): void {
    if (this.#deferred !== undefined) {
      write();
      return;
    }
    const deferred: (() => void)[] = [];
    this.#deferred = deferred;
    write();
    this.#deferred = undefined;
    for (const referent of deferred) this.structure(referent);
  }

  /** What was written: a view, valid until the next write. */
  finish(): Uint8Array {
    return bytesOf(this.#bytes).subarray(0, this.#at);
  }

  /** Makes room, and gives the place of it. Memory is zero, and so is padding. */
  #take(length: number, alignment: number): number {
    const at = align(this.#at, alignment);
    this.#at = at + length;
    if (this.#at > this.#bytes.byteLength) this.#grow();
    return at;
  }

  #grow(): void {
    const grown = new Uint8Array(Math.max(this.#at, 2 * this.#bytes.byteLength));
    grown.set(bytesOf(this.#bytes));
    this.#bytes = viewOf(grown);
  }
}
