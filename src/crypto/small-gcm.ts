import { createCipheriv } from "node:crypto";
import { Ghash } from "./ghash.js";
import { MAX_SMALL_GCMS } from "./limits.js";
import { MessageMasks, type SigningNonce } from "./message-masks.js";

const BLOCK_BYTES = 16;
const NONCE_BYTES = 12;

/** Messages up to this size, in bytes, are worth it; the rest is faster in Node's own AES-GCM. */
export const MAX_SMALL_MESSAGE_SIZE = 384;

/**
 * AES-GCM and AES-GMAC for small messages, which are most. A cipher object of Node's serves one message,
 * and costs as much to make as 300 bytes to encipher; here one serves a session, block by block, and the
 * rest is a few instructions for each block. NIST SP 800-38D 7
 */
export class SmallGcm {
  readonly #cipher: ReturnType<typeof createCipheriv>;
  readonly #ghash: Ghash;
  readonly #masks = new MessageMasks((blocks) => this.#cipher.update(blocks));
  /** Counter blocks: the first is for the tag, the others for the message. */
  readonly #counters = new Uint8Array(MAX_SMALL_MESSAGE_SIZE + 2 * BLOCK_BYTES);

  /** @param key - 16 or 32 bytes */
  constructor(key: Uint8Array) {
    this.#cipher = createCipheriv(key.length === 32 ? "aes-256-ecb" : "aes-128-ecb", key, null);
    this.#cipher.setAutoPadding(false);
    this.#ghash = new Ghash(this.#cipher.update(new Uint8Array(BLOCK_BYTES)));
    const view = new DataView(this.#counters.buffer);
    for (let at = 0, count = 1; at < this.#counters.length; at += BLOCK_BYTES, count++) {
      view.setUint32(at + NONCE_BYTES, count);
    }
  }

  /** The tag over a message that is only authenticated: AES-GMAC. */
  mac(nonce: SigningNonce, segments: readonly Uint8Array[]): Uint8Array {
    const tag = Uint8Array.from(this.#masks.of(nonce));
    return this.#tag(tag, this.#absorb(segments), 0);
  }

  /** Enciphers in place, and gives the tag. The segments are together no longer than may be. */
  seal(nonce: Uint8Array, aad: Uint8Array, segments: readonly Uint8Array[]): Uint8Array {
    const stream = this.#keyStream(nonce, sizeOf(segments));
    applyKeyStream(stream, segments);
    const authenticated = this.#absorb([aad]);
    return this.#tag(stream, authenticated, this.#absorb(segments));
  }

  /** Deciphers in place, and gives the tag that the message should have. */
  open(nonce: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array): Uint8Array {
    const stream = this.#keyStream(nonce, ciphertext.length);
    const authenticated = this.#absorb([aad]);
    const enciphered = this.#absorb([ciphertext]);
    applyKeyStream(stream, [ciphertext]);
    return this.#tag(stream, authenticated, enciphered);
  }

  /** The encryption of the counters: 16 bytes for the tag, then as many as there are to encipher. */
  #keyStream(nonce: Uint8Array, size: number): Uint8Array {
    const counters = this.#counters;
    const length = BLOCK_BYTES * (1 + Math.ceil(size / BLOCK_BYTES));
    for (let at = 0; at < length; at += BLOCK_BYTES) {
      for (let i = 0; i < NONCE_BYTES; i++) counters[at + i] = nonce[i] ?? 0;
    }
    return this.#cipher.update(counters.subarray(0, length));
  }

  /** @returns bytes taken in */
  #absorb(segments: readonly Uint8Array[]): number {
    for (const segment of segments) this.#ghash.update(segment);
    this.#ghash.pad();
    return sizeOf(segments);
  }

  #tag(stream: Uint8Array, authenticatedBytes: number, encipheredBytes: number): Uint8Array {
    const tag = stream.subarray(0, BLOCK_BYTES);
    this.#ghash.finish(authenticatedBytes, encipheredBytes, tag);
    return tag;
  }
}

/**
 * The {@link SmallGcm} of one key: made when a message needs it, and let go when many other keys were used
 * since. It takes 7 KiB, mostly for the table of its hash, which a session that is idle need not have.
 */
export class SmallGcmOfKey {
  /** Those that are made, the one that was looked at longest ago first. Whoever is forgotten goes. */
  static readonly #made: WeakRef<SmallGcmOfKey>[] = [];
  readonly #key: Uint8Array;
  #gcm: SmallGcm | undefined;
  /** Since it was looked at last. */
  #isUsed = false;

  /** @param key - 16 or 32 bytes, not to be changed */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** Not to be kept: ask again for the next message. */
  get gcm(): SmallGcm {
    this.#isUsed = true;
    return this.#gcm ?? this.#make();
  }

  /** Whether it takes its memory now. */
  get isMade(): boolean {
    return this.#gcm !== undefined;
  }

  #make(): SmallGcm {
    this.#gcm = new SmallGcm(this.#key);
    SmallGcmOfKey.#made.push(new WeakRef(this));
    if (SmallGcmOfKey.#made.length > MAX_SMALL_GCMS) SmallGcmOfKey.#letOneGo();
    return this.#gcm;
  }

  /** Whoever was used since it was looked at last gets a second chance. */
  static #letOneGo(): void {
    for (let oldest = this.#made.shift(); oldest !== undefined; oldest = this.#made.shift()) {
      const one = oldest.deref();
      if (one === undefined) return; // nobody has it any more
      if (!one.#isUsed) {
        one.#gcm = undefined;
        return;
      }
      one.#isUsed = false;
      this.#made.push(oldest);
    }
  }
}

function sizeOf(segments: readonly Uint8Array[]): number {
  let size = 0;
  for (const segment of segments) size += segment.length;
  return size;
}

/** Whether a message is small enough. */
export function isSmall(segments: readonly Uint8Array[]): boolean {
  return sizeOf(segments) <= MAX_SMALL_MESSAGE_SIZE;
}

function applyKeyStream(stream: Uint8Array, segments: readonly Uint8Array[]): void {
  let at = BLOCK_BYTES;
  for (const segment of segments) {
    for (let i = 0; i < segment.length; i++) segment[i] = (segment[i] ?? 0) ^ (stream[at++] ?? 0);
  }
}
