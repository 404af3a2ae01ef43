/**
 * Parameters of a call on their way in, in the network data representation of 32 bits.
 * [C706] 14, [MS-RPCE] 2.2.4
 *
 * @packageDocumentation
 */
import { align, bytesOf, readUtf16, TWO_POW_32, viewOf, WireError } from "../../bytes/index.js";
import { MAX_SUB_AUTHORITIES, readSid, type Sid } from "../../nt/index.js";
import { MAX_NDR_ELEMENTS, MAX_NDR_STRING_UNITS, SID_HEADER_LENGTH } from "./limits.js";

/**
 * Reads one parameter after the other, in the order of {@link NdrWriter}. Every method throws a
 * WireError where the bytes end too early or break a limit.
 */
export class NdrReader {
  readonly #bytes: DataView;
  #at = 0;
  #deferred: (() => void)[] | undefined;

  constructor(stub: Uint8Array) {
    this.#bytes = viewOf(stub);
  }

  /** Unsigned, 8 bits. */
  u8(): number {
    return this.#bytes.getUint8(this.#take(1, 1));
  }

  /** Unsigned, 16 bits. */
  u16(): number {
    return this.#bytes.getUint16(this.#take(2, 2), true);
  }

  /** Unsigned, 32 bits. */
  u32(): number {
    return this.#bytes.getUint32(this.#take(4, 4), true);
  }

  /** Unsigned, 64 bits: a hyper. Exact up to 2^53. */
  u64(): number {
    const at = this.#take(8, 8);
    return this.#bytes.getUint32(at, true) + this.#bytes.getUint32(at + 4, true) * TWO_POW_32;
  }

  /** A conformant varying string, without the NUL at its end. [C706] 14.3.4.2 */
  string(): string {
    const maximumCount = this.u32();
    const offset = this.u32();
    const actualCount = this.u32();
    if (offset !== 0) throw new WireError("NDR string: does not start at its start");
    if (actualCount > maximumCount) throw new WireError("NDR string: longer than its maximum");
    if (actualCount > MAX_NDR_STRING_UNITS) throw new WireError("NDR string: too long");
    const text = readUtf16(this.#bytes, this.#take(2 * actualCount, 2), 2 * actualCount);
    return text.endsWith("\0") ? text.slice(0, -1) : text;
  }

  /** RPC_SID: a structure that ends in an array, whose length comes first. [MS-DTYP] 2.4.2.3 */
  sid(): Sid {
    const count = this.u32();
    if (count > MAX_SUB_AUTHORITIES) throw new WireError("NDR SID: too many SubAuthority");
    const at = this.#take(SID_HEADER_LENGTH + 4 * count, 4);
    const { sid, length } = readSid(this.#bytes, at);
    if (length !== SID_HEADER_LENGTH + 4 * count) throw new WireError("NDR SID: two lengths");
    return sid;
  }

  /** Passes over the bytes before a place that is a multiple of `boundary`. */
  align(boundary: number): void {
    this.#take(0, boundary);
  }

  /** A conformant array of bytes; a view, nothing copied. [C706] 14.3.3.2 */
  byteArray(): Uint8Array {
    const length = this.u32();
    const at = this.#take(length, 1);
    return bytesOf(this.#bytes).subarray(at, at + length);
  }

  /**
   * A conformant array. [C706] 14.3.3.2
   *
   * @param read - reads one element: four bytes at least
   */
  array(read: () => void): void {
    this.structure(() => {
      const count = this.u32();
      if (count > MAX_NDR_ELEMENTS) throw new WireError("NDR array: too many elements");
      if (4 * count > this.#bytes.byteLength - this.#at)
        throw new WireError("NDR array: cut short");
      for (let i = 0; i < count; i++) read();
    });
  }

  /**
   * A unique pointer. [C706] 14.3.10
   *
   * @param read - reads what it leads to, when its turn comes; never called for a null pointer
   * @returns whether it leads anywhere
   */
  pointer(read: () => void): boolean {
    if (this.u32() === 0) return false;
    if (this.#deferred === undefined) read();
    else this.#deferred.push(read); // each took four bytes of the stub: no more than it has room for
    return true;
  }

  /** A structure or a union: what its pointers lead to follows it. [C706] 14.3.12.3 */
  structure(read: () => void): void {
    if (this.#deferred !== undefined) {
      read();
      return;
    }
    const deferred: (() => void)[] = [];
    this.#deferred = deferred;
    read();
    this.#deferred = undefined;
    for (const referent of deferred) this.structure(referent);
  }

  /** The place of the next value, which ends inside of the stub. */
  #take(length: number, alignment: number): number {
    const at = align(this.#at, alignment);
    if (at + length > this.#bytes.byteLength) throw new WireError("NDR: cut short");
    this.#at = at + length;
    return at;
  }
}
