/**
 * GHASH, the universal hash of AES-GCM and AES-GMAC. NIST SP 800-38D 6.4
 *
 * @packageDocumentation
 */

const BLOCK_BYTES = 16;
const BYTE_VALUES = 256;

/**
 * What the eight bits that a shift by a byte drops turn into at the top, by the polynomial
 * x^128 + x^7 + x^2 + x + 1, in the order of bits that GCM has. 32 bits for each byte dropped.
 */
const REDUCTION = new DataView(
  Int32Array.from({ length: BYTE_VALUES }, (_, dropped) => {
    let top = 0;
    for (let bits = dropped, i = 0; i < 8; i++, bits >>= 1)
      top = (top >> 1) ^ ((bits & 1) * 0xe100);
    return top << 16;
  }).buffer,
);

/**
 * GHASH under one key. Made once for a key: its 256 multiples by a byte, 4 KiB; then a block costs 16
 * look-ups. One message at a time.
 */
export class Ghash {
  /** The multiples, four words each; a view, since an index of it needs no check for a hole. */
  readonly #table: DataView;
  readonly #block = new Uint8Array(BLOCK_BYTES);
  readonly #words = new DataView(this.#block.buffer);
  #filled = 0;
  #z0 = 0;
  #z1 = 0;
  #z2 = 0;
  #z3 = 0;

  /** @param h - the encryption of a block of zeros under the key */
  constructor(h: Uint8Array) {
    this.#table = new DataView(multiplesOf(h).buffer);
  }

  /** Takes in bytes, behind those that are in. */
  update(bytes: Uint8Array): void {
    const block = this.#block;
    let at = 0;
    while (at < bytes.length) {
      const taken = Math.min(BLOCK_BYTES - this.#filled, bytes.length - at);
      for (let i = 0; i < taken; i++) block[this.#filled + i] = bytes[at + i] ?? 0;
      this.#filled += taken;
      at += taken;
      if (this.#filled === BLOCK_BYTES) this.#multiply();
    }
  }

  /** Fills the last block up with zeros: what is authenticated and what is enciphered each end so. */
  pad(): void {
    if (this.#filled === 0) return;
    this.#block.fill(0, this.#filled);
    this.#multiply();
  }

  /**
   * Ends the message, and adds its hash to 16 bytes, in place; what comes next is another message. Both
   * lengths are in bytes, and below 2^29.
   */
  finish(authenticatedBytes: number, encipheredBytes: number, target: Uint8Array): void {
    this.#words.setUint32(0, 0);
    this.#words.setUint32(4, authenticatedBytes * 8);
    this.#words.setUint32(8, 0);
    this.#words.setUint32(12, encipheredBytes * 8);
    this.#multiply();
    const view = new DataView(target.buffer, target.byteOffset, BLOCK_BYTES);
    view.setInt32(0, view.getInt32(0) ^ this.#z0);
    view.setInt32(4, view.getInt32(4) ^ this.#z1);
    view.setInt32(8, view.getInt32(8) ^ this.#z2);
    view.setInt32(12, view.getInt32(12) ^ this.#z3);
    this.#z0 = this.#z1 = this.#z2 = this.#z3 = 0;
  }

  /** Adds the block and multiplies by the key: from the last byte to the first, shifting by eight. */
  #multiply(): void {
    const words = this.#words;
    const table = this.#table;
    let z0 = 0;
    let z1 = 0;
    let z2 = 0;
    let z3 = 0;
    for (let at = 12; at >= 0; at -= 4) {
      const before = at === 12 ? this.#z3 : at === 8 ? this.#z2 : at === 4 ? this.#z1 : this.#z0;
      let word = words.getInt32(at) ^ before;
      for (let i = 0; i < 4; i++) {
        const entry = (word & 0xff) << 4;
        const reduction = REDUCTION.getInt32((z3 & 0xff) << 2, true);
        word >>>= 8;
        z3 = ((z3 >>> 8) | (z2 << 24)) ^ table.getInt32(entry + 12, true);
        z2 = ((z2 >>> 8) | (z1 << 24)) ^ table.getInt32(entry + 8, true);
        z1 = ((z1 >>> 8) | (z0 << 24)) ^ table.getInt32(entry + 4, true);
        z0 = (z0 >>> 8) ^ reduction ^ table.getInt32(entry, true);
      }
    }
    this.#z0 = z0;
    this.#z1 = z1;
    this.#z2 = z2;
    this.#z3 = z3;
    this.#filled = 0;
  }
}

/** All multiples of a field element by a byte, whose first bit stands for the element itself. */
function multiplesOf(h: Uint8Array): Int32Array {
  const table = new Int32Array(BYTE_VALUES * 4);
  const view = new DataView(h.buffer, h.byteOffset, BLOCK_BYTES);
  let multiple = [0, 4, 8, 12].map((at) => view.getInt32(at));
  for (let index = BYTE_VALUES / 2; index > 0; index >>= 1) {
    table.set(multiple, index * 4);
    multiple = halved(multiple);
  }
  for (let index = 2; index < BYTE_VALUES; index <<= 1) {
    for (let low = 1; low < index; low++) {
      for (let i = 0; i < 4; i++) {
        table[(index + low) * 4 + i] = (table[index * 4 + i] ?? 0) ^ (table[low * 4 + i] ?? 0);
      }
    }
  }
  return table;
}

/** A field element times x: one shift to the right, as the order of bits has it. */
function halved([w0 = 0, w1 = 0, w2 = 0, w3 = 0]: readonly number[]): number[] {
  const reduction = (w3 & 1) * 0xe1000000;
  return [
    (w0 >>> 1) ^ reduction,
    (w1 >>> 1) | (w0 << 31),
    (w2 >>> 1) | (w1 << 31),
    (w3 >>> 1) | (w2 << 31),
  ];
}
