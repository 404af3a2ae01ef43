/**
 * The encryption of SMB 3 messages. [MS-SMB2] 3.1.4.3
 *
 * @packageDocumentation
 */
import {
  type CipherCCM,
  type CipherGCM,
  createCipheriv,
  createDecipheriv,
  type DecipherCCM,
  type DecipherGCM,
} from "node:crypto";
import { isEqual } from "./constant-time.js";
import { freeMemory } from "./free-memory.js";
import { isSmall, MAX_SMALL_MESSAGE_SIZE, SmallGcmOfKey } from "./small-gcm.js";

/** The numbers of SMB2_ENCRYPTION_CAPABILITIES. [MS-SMB2] 2.2.3.1.2 */
export const Cipher = { AES_128_CCM: 1, AES_128_GCM: 2, AES_256_CCM: 3, AES_256_GCM: 4 } as const;
/** One of {@link Cipher}. */
export type Cipher = (typeof Cipher)[keyof typeof Cipher];

/** Length of the Signature field of the transform header, in bytes. [MS-SMB2] 2.2.41 */
export const TAG_BYTES = 16;

/** What sealing gives: the ciphertext, in order, and the tag over it and the header. */
export interface Sealed {
  readonly segments: readonly Uint8Array<ArrayBuffer>[];
  readonly tag: Uint8Array;
}

/** Encrypts or decrypts the messages of one key. */
export interface Sealer {
  /** Length of a key, in bytes. */
  readonly keyBytes: number;
  /** Length of a nonce, in bytes: the start of the Nonce field. [MS-SMB2] 2.2.41 */
  readonly nonceBytes: number;
  /**
   * Encrypts a message. The segments are left as they are.
   *
   * @param nonce - `nonceBytes` of it, never used before with this key
   * @param aad - what is not encrypted but protected: the transform header after its Signature
   */
  seal(nonce: Uint8Array, aad: Uint8Array, segments: readonly Uint8Array[]): Sealed;
  /**
   * Encrypts a message where it lies: the segments become the ciphertext.
   *
   * @returns the tag
   */
  sealInPlace(nonce: Uint8Array, aad: Uint8Array, segments: readonly Uint8Array[]): Uint8Array;
  /**
   * Decrypts a message, mostly where it lies: what the ciphertext holds afterwards is nobody's business.
   *
   * @param nonce - of `nonceBytes`
   * @param tag - of 16 bytes
   * @returns the message, in memory of its own or in that of the ciphertext; undefined where the tag does
   *   not fit
   */
  open(
    nonce: Uint8Array,
    aad: Uint8Array,
    ciphertext: Uint8Array,
    tag: Uint8Array,
  ): Uint8Array | undefined;
}

/** A sealer for one key and so for one direction. */
export function createSealer(cipher: Cipher, key: Uint8Array): Sealer {
  switch (cipher) {
    case Cipher.AES_128_CCM:
      return new CcmSealer("aes-128-ccm", 16, key);
    case Cipher.AES_128_GCM:
      return new GcmSealer("aes-128-gcm", 16, key);
    case Cipher.AES_256_CCM:
      return new CcmSealer("aes-256-ccm", 32, key);
    case Cipher.AES_256_GCM:
      return new GcmSealer("aes-256-gcm", 32, key);
  }
}

/**
 * Long runs are enciphered in pieces of this many bytes, each of which comes in memory of its own: what the
 * processor's nearest cache holds, and what malloc gives without asking the system.
 */
const PIECE_BYTES = 128 * 1024;

/** Without it Node takes tags of 4 bytes. */
const OPTIONS = { authTagLength: TAG_BYTES };

class GcmSealer implements Sealer {
  readonly keyBytes: number;
  readonly nonceBytes = 12;
  readonly #name: "aes-128-gcm" | "aes-256-gcm";
  readonly #key: Uint8Array;
  readonly #small: SmallGcmOfKey;

  constructor(name: "aes-128-gcm" | "aes-256-gcm", keyBytes: number, key: Uint8Array) {
    this.#name = name;
    this.keyBytes = keyBytes;
    this.#key = Uint8Array.from(key);
    this.#small = new SmallGcmOfKey(this.#key);
  }

  seal(nonce: Uint8Array, aad: Uint8Array, segments: readonly Uint8Array[]): Sealed {
    const cipher: CipherGCM = createCipheriv(this.#name, this.#key, nonce, OPTIONS);
    cipher.setAAD(aad);
    const sealed = segments.map((segment) => cipher.update(segment));
    cipher.final();
    return { segments: sealed, tag: cipher.getAuthTag() };
  }

  sealInPlace(nonce: Uint8Array, aad: Uint8Array, segments: readonly Uint8Array[]): Uint8Array {
    if (isSmall(segments)) return this.#small.gcm.seal(nonce, aad, segments);
    const cipher: CipherGCM = createCipheriv(this.#name, this.#key, nonce, OPTIONS);
    cipher.setAAD(aad);
    for (const segment of segments) replaceByPieces(cipher, segment, PIECE_BYTES);
    cipher.final();
    return cipher.getAuthTag();
  }

  open(nonce: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array, tag: Uint8Array) {
    if (tag.length !== TAG_BYTES) return undefined;
    if (ciphertext.length <= MAX_SMALL_MESSAGE_SIZE) {
      return isEqual(this.#small.gcm.open(nonce, aad, ciphertext), tag) ? ciphertext : undefined;
    }
    const decipher: DecipherGCM = createDecipheriv(this.#name, this.#key, nonce, OPTIONS);
    decipher.setAAD(aad);
    decipher.setAuthTag(tag);
    return openInPlace(decipher, ciphertext, PIECE_BYTES);
  }
}

/** CCM must know the length first and takes all of it at once, so that segments are joined. */
class CcmSealer implements Sealer {
  readonly keyBytes: number;
  readonly nonceBytes = 11;
  readonly #name: "aes-128-ccm" | "aes-256-ccm";
  readonly #key: Uint8Array;

  constructor(name: "aes-128-ccm" | "aes-256-ccm", keyBytes: number, key: Uint8Array) {
    this.#name = name;
    this.keyBytes = keyBytes;
    this.#key = Uint8Array.from(key);
  }

  seal(nonce: Uint8Array, aad: Uint8Array, segments: readonly Uint8Array[]): Sealed {
    const [only = new Uint8Array(0), ...others] = segments;
    const message = others.length === 0 ? only : Buffer.concat(segments);
    const cipher: CipherCCM = createCipheriv(this.#name, this.#key, nonce, OPTIONS);
    cipher.setAAD(aad, { plaintextLength: message.length });
    const sealed = cipher.update(message);
    cipher.final();
    return { segments: [sealed], tag: cipher.getAuthTag() };
  }

  sealInPlace(nonce: Uint8Array, aad: Uint8Array, segments: readonly Uint8Array[]): Uint8Array {
    const sealed = this.seal(nonce, aad, segments);
    for (const ciphertext of sealed.segments) {
      let at = 0;
      for (const segment of segments) {
        segment.set(ciphertext.subarray(at, at + segment.length));
        at += segment.length;
      }
      freeMemory(ciphertext);
    }
    return sealed.tag;
  }

  open(nonce: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array, tag: Uint8Array) {
    if (tag.length !== TAG_BYTES) return undefined;
    const decipher: DecipherCCM = createDecipheriv(this.#name, this.#key, nonce, OPTIONS);
    decipher.setAuthTag(tag);
    decipher.setAAD(aad, { plaintextLength: ciphertext.length });
    return openInPlace(decipher, ciphertext, ciphertext.length);
  }
}

/** Undefined where the tag does not fit: Node throws then, and for nothing else here. */
function openInPlace(decipher: DecipherGCM | DecipherCCM, message: Uint8Array, pieceBytes: number) {
  try {
    replaceByPieces(decipher, message, pieceBytes);
    decipher.final();
    return message;
  } catch {
    return undefined;
  }
}

/** Enciphers or deciphers a run where it lies. */
function replaceByPieces(
  cipher: CipherGCM | DecipherGCM | DecipherCCM,
  run: Uint8Array,
  pieceBytes: number,
): void {
  for (let at = 0; at < run.length; at += pieceBytes) {
    const output = cipher.update(run.subarray(at, at + pieceBytes));
    run.set(output, at);
    freeMemory(output);
  }
}
