/**
 * The kinds of fields that layouts are made of: a width, a getter and a setter each.
 *
 * @packageDocumentation
 */
import type { Field } from "./struct.js";

/** Unsigned, 8 bits. */
export const u8: Field<number> = {
  size: 1,
  get: (offset) =>
    function () {
      return this.bytes.getUint8(this.at + offset);
    },
  set: (offset) =>
    function (value) {
      this.bytes.setUint8(this.at + offset, value);
    },
};

/** Unsigned, 16 bits, little-endian. */
export const u16: Field<number> = {
  size: 2,
  get: (offset) =>
    function () {
      return this.bytes.getUint16(this.at + offset, true);
    },
  set: (offset) =>
    function (value) {
      this.bytes.setUint16(this.at + offset, value, true);
    },
};

/** Unsigned, 32 bits, little-endian. */
export const u32: Field<number> = {
  size: 4,
  get: (offset) =>
    function () {
      return this.bytes.getUint32(this.at + offset, true);
    },
  set: (offset) =>
    function (value) {
      this.bytes.setUint32(this.at + offset, value, true);
    },
};

/** Signed, 32 bits, little-endian. */
export const i32: Field<number> = {
  size: 4,
  get: (offset) =>
    function () {
      return this.bytes.getInt32(this.at + offset, true);
    },
  set: (offset) =>
    function (value) {
      this.bytes.setInt32(this.at + offset, value, true);
    },
};

/** What the high half of a number of 64 bits counts. */
export const TWO_POW_32 = 2 ** 32;

/** Unsigned, 64 bits, little-endian, as a number: exact up to 2^53. For sizes, offsets, our ids. */
export const u64: Field<number> = {
  size: 8,
  get: (offset) =>
    function () {
      const at = this.at + offset;
      return this.bytes.getUint32(at, true) + this.bytes.getUint32(at + 4, true) * TWO_POW_32;
    },
  set: (offset) =>
    function (value) {
      const at = this.at + offset;
      this.bytes.setUint32(at, value, true); // modulo 2^32, as DataView has it
      this.bytes.setUint32(at + 4, value / TWO_POW_32, true);
    },
};

/**
 * Unsigned, 64 bits, little-endian, exact. For opaque values, and for FILETIME, whose ticks passed
 * 2^53 long ago.
 */
export const u64Exact: Field<bigint> = {
  size: 8,
  get: (offset) =>
    function () {
      return this.bytes.getBigUint64(this.at + offset, true);
    },
  set: (offset) =>
    function (value) {
      this.bytes.setBigUint64(this.at + offset, value, true);
    },
};

const MAX_HIGH_WORD = 2 ** 21 - 1;

/**
 * Signed, 64 bits, little-endian: a number where that is exact, which is below 2^53 either way, and a
 * bigint beyond. For offsets that a peer chooses, which must be judged exactly and are small.
 */
export const i64: Field<number | bigint> = {
  size: 8,
  get: (offset) =>
    function () {
      const at = this.at + offset;
      const high = this.bytes.getInt32(at + 4, true);
      if (high > MAX_HIGH_WORD || high < -MAX_HIGH_WORD - 1)
        return this.bytes.getBigInt64(at, true);
      return this.bytes.getUint32(at, true) + high * TWO_POW_32;
    },
  set: (offset) =>
    function (value) {
      const at = this.at + offset;
      if (typeof value === "bigint") {
        this.bytes.setBigInt64(at, value, true);
        return;
      }
      const high = Math.floor(value / TWO_POW_32);
      this.bytes.setUint32(at, value - high * TWO_POW_32, true);
      this.bytes.setInt32(at + 4, high, true);
    },
};

/** Signed, 64 bits, little-endian, exact. For times that a client may set to -1 or -2. */
export const i64Exact: Field<bigint> = {
  size: 8,
  get: (offset) =>
    function () {
      return this.bytes.getBigInt64(this.at + offset, true);
    },
  set: (offset) =>
    function (value) {
      this.bytes.setBigInt64(this.at + offset, value, true);
    },
};

/**
 * A run of bytes of fixed length. Reading gives a view of the buffer, not a copy; writing copies
 * in, and a shorter value leaves zeros behind it.
 */
export function bytes(length: number): Field<Uint8Array> {
  return {
    size: length,
    get: (offset) =>
      function () {
        return new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + this.at + offset, length);
      },
    set: (offset) =>
      function (value) {
        const target = new Uint8Array(
          this.bytes.buffer,
          this.bytes.byteOffset + this.at + offset,
          length,
        );
        target.set(value.subarray(0, length));
        target.fill(0, Math.min(value.length, length));
      },
  };
}

/** A GUID in its 16 bytes on the wire; opaque here. */
export const guid: Field<Uint8Array> = bytes(16);
