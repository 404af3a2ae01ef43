import { type Cipher, createCipheriv } from "node:crypto";
import { MAX_CIPHER_STRIDE } from "./limits.js";

const BLOCK = 16;

/** Where messages are gathered, of all keys: nothing is left in it that counts between two. */
const gathered = new Uint8Array(MAX_CIPHER_STRIDE);

/**
 * AES-128-CMAC of one key. RFC 4493
 *
 * One CBC cipher serves all messages: what is left in its chain from the message before is XORed
 * away in the first block of the next. Segments are gathered, so that a short message is one call
 * into native code. Node 20, a header and 128 bytes: 1.1 µs; enciphered where they lie 4.0 µs, with
 * a new cipher for each message 1.8 µs more. For 64 KiB all of them take the same.
 */
export class AesCmac {
  readonly #cipher: Cipher;
  readonly #whole: Uint8Array; // K1
  readonly #padded: Uint8Array; // K2
  /** The last block that the cipher gave. */
  #chain: Uint8Array = new Uint8Array(BLOCK);
  #isFirst = true;

  /** @param key - 16 bytes */
  constructor(key: Uint8Array) {
    this.#whole = double(encipherZeros(key));
    this.#padded = double(this.#whole);
    this.#cipher = createCipheriv("aes-128-cbc", key, new Uint8Array(BLOCK));
    this.#cipher.setAutoPadding(false);
  }

  /** The code of the segments one after the other: 16 bytes of its own. */
  sign(segments: readonly Uint8Array[]): Uint8Array {
    this.#isFirst = true;
    let length = 0;
    for (const segment of segments) length = this.#gather(segment, length);
    this.#encipher(this.#finish(length));
    return Uint8Array.from(this.#chain);
  }

  /** Puts a segment behind the `length` bytes gathered; gives how many there are then. */
  #gather(segment: Uint8Array, length: number): number {
    let end = length;
    for (let at = 0; at < segment.length; ) {
      if (end === gathered.length) {
        this.#encipher(end); // there is more, so that the last block is not in it
        end = 0;
      }
      const taken = segment.subarray(at, at + gathered.length - end);
      gathered.set(taken, end);
      at += taken.length;
      end += taken.length;
    }
    return end;
  }

  /** Pads the last block and mixes in its subkey; gives how many bytes there are. RFC 4493 2.4 */
  #finish(length: number): number {
    const end = Math.max(BLOCK, Math.ceil(length / BLOCK) * BLOCK);
    gathered.fill(0, length, end);
    if (length < end) gathered[length] = 0x80;
    xor(gathered.subarray(end - BLOCK, end), length === end ? this.#whole : this.#padded);
    return end;
  }

  #encipher(length: number): void {
    if (this.#isFirst) xor(gathered, this.#chain);
    this.#isFirst = false;
    this.#chain = this.#cipher.update(gathered.subarray(0, length)).subarray(-BLOCK);
  }
}

function encipherZeros(key: Uint8Array): Uint8Array {
  return createCipheriv("aes-128-ecb", key, null).update(new Uint8Array(BLOCK));
}

/** Twice a value in GF(2^128). RFC 4493 2.3 */
function double(value: Uint8Array): Uint8Array {
  const carry = (value[0] ?? 0) >> 7;
  const doubled = value.map((byte, i) => (byte << 1) | ((value[i + 1] ?? 0) >> 7));
  doubled[BLOCK - 1] = (doubled[BLOCK - 1] ?? 0) ^ (carry * 0x87);
  return doubled;
}

/** Into the first block of `target`. */
function xor(target: Uint8Array, other: Uint8Array): void {
  for (let i = 0; i < BLOCK; i++) target[i] = (target[i] ?? 0) ^ (other[i] ?? 0);
}
