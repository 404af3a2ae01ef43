/**
 * The signatures of SMB2 messages. [MS-SMB2] 3.1.4.1
 *
 * @packageDocumentation
 */
import { createCipheriv, createHmac } from "node:crypto";
import { AesCmac } from "./cmac.js";
import { isEqual } from "./constant-time.js";
import { nonceOf, type SigningNonce } from "./message-masks.js";
import { isSmall, SmallGcmOfKey } from "./small-gcm.js";

/** Length of the Signature field of the SMB2 header, in bytes. [MS-SMB2] 2.2.1.2 */
export const SIGNATURE_BYTES = 16;

/** The numbers of SMB2_SIGNING_CAPABILITIES. [MS-SMB2] 2.2.3.1.7 */
export const SigningAlgorithm = { HMAC_SHA256: 0, AES_CMAC: 1, AES_GMAC: 2 } as const;
/** One of {@link SigningAlgorithm}. */
export type SigningAlgorithm = (typeof SigningAlgorithm)[keyof typeof SigningAlgorithm];

/** Signs the messages of one key. */
export interface Signer {
  /**
   * The signature of one message.
   *
   * @param segments - the message; its Signature field holds zeros
   * @param nonce - AES-GMAC alone looks at it
   * @returns 16 bytes, the caller's to keep
   */
  sign(segments: readonly Uint8Array[], nonce: SigningNonce): Uint8Array;
  /** Whether a signature is right, in a time that does not tell how far it is. */
  verify(segments: readonly Uint8Array[], nonce: SigningNonce, signature: Uint8Array): boolean;
}

/**
 * A signer for one key.
 *
 * @param key - 16 bytes; the length of the session key for HMAC-SHA256
 */
export function createSigner(algorithm: SigningAlgorithm, key: Uint8Array): Signer {
  switch (algorithm) {
    case SigningAlgorithm.HMAC_SHA256:
      return new HmacSigner(key);
    case SigningAlgorithm.AES_CMAC:
      return new CmacSigner(key);
    case SigningAlgorithm.AES_GMAC:
      return new GmacSigner(key);
  }
}

/** SMB 2.0.2 and 2.1: the first half of an HMAC-SHA256. */
class HmacSigner implements Signer {
  readonly #key: Uint8Array;

  constructor(key: Uint8Array) {
    this.#key = Uint8Array.from(key);
  }

  sign(segments: readonly Uint8Array[]): Uint8Array {
    const hmac = createHmac("sha256", this.#key);
    for (const segment of segments) hmac.update(segment);
    return hmac.digest().subarray(0, SIGNATURE_BYTES);
  }

  verify(segments: readonly Uint8Array[], _nonce: SigningNonce, signature: Uint8Array): boolean {
    return isEqual(this.sign(segments), signature);
  }
}

/** SMB 3.x, where nothing else was negotiated. */
class CmacSigner implements Signer {
  readonly #cmac: AesCmac;

  constructor(key: Uint8Array) {
    this.#cmac = new AesCmac(key);
  }

  sign(segments: readonly Uint8Array[]): Uint8Array {
    return this.#cmac.sign(segments);
  }

  verify(segments: readonly Uint8Array[], _nonce: SigningNonce, signature: Uint8Array): boolean {
    return isEqual(this.sign(segments), signature);
  }
}

/** SMB 3.1.1, where it was negotiated: for 64 KiB five times as fast as AES-CMAC. */
class GmacSigner implements Signer {
  readonly #key: Uint8Array;
  readonly #small: SmallGcmOfKey;

  constructor(key: Uint8Array) {
    this.#key = Uint8Array.from(key);
    this.#small = new SmallGcmOfKey(this.#key);
  }

  sign(segments: readonly Uint8Array[], nonce: SigningNonce): Uint8Array {
    if (isSmall(segments)) return this.#small.gcm.mac(nonce, segments);
    const gmac = createCipheriv("aes-128-gcm", this.#key, nonceOf(nonce));
    for (const segment of segments) gmac.setAAD(segment);
    gmac.final();
    return gmac.getAuthTag();
  }

  verify(segments: readonly Uint8Array[], nonce: SigningNonce, signature: Uint8Array): boolean {
    return isEqual(this.sign(segments, nonce), signature);
  }
}
