/**
 * What AES-GMAC adds to the hash of a message: the encryption of its nonce, which is the MessageId and who
 * sends. [MS-SMB2] 3.1.4.1, NIST SP 800-38D 7.1
 *
 * @packageDocumentation
 */
import { MAX_MASKS_AHEAD } from "./limits.js";

const BLOCK_BYTES = 16;
const ROLE_AT = 8;
const COUNT_AT = 12;
const FROM_SERVER = 1;
const OF_CANCEL = 2;
/** Requests and their answers; a CANCEL has its mask made when it comes. */
const ROLES_AHEAD = 2;

/** What of a message goes into its nonce. */
export interface SigningNonce {
  readonly messageId: bigint | number;
  /** The message comes from the server. */
  readonly isServer: boolean;
  /** It is a CANCEL request, which has the MessageId of the request that it cancels. */
  readonly isCancel: boolean;
}

/**
 * The masks of one key. MessageIds count up, so those that come next are made ahead, all in one call of the
 * cipher: a call costs as much as fifty blocks.
 */
export class MessageMasks {
  readonly #encipher: (blocks: Uint8Array) => Uint8Array;
  readonly #blocks = new DataView(new ArrayBuffer(MAX_MASKS_AHEAD * ROLES_AHEAD * BLOCK_BYTES));
  #ahead: Uint8Array | undefined;
  /** The MessageId that the masks ahead begin with. */
  #first = 0;

  /** @param encipher - whole blocks of AES under the key, into memory of its own */
  constructor(encipher: (blocks: Uint8Array) => Uint8Array) {
    this.#encipher = encipher;
  }

  /** @returns 16 bytes, not to be changed */
  of(nonce: SigningNonce): Uint8Array {
    const id = Number(nonce.messageId);
    if (nonce.isCancel || !Number.isSafeInteger(id + MAX_MASKS_AHEAD))
      return this.#encipher(counterBlock(nonce));
    if (this.#ahead === undefined || id >= this.#first + MAX_MASKS_AHEAD) {
      this.#ahead = this.#makeAhead(id);
    } else if (id < this.#first) return this.#encipher(counterBlock(nonce));
    const at =
      ((id - this.#first) * ROLES_AHEAD + (nonce.isServer ? FROM_SERVER : 0)) * BLOCK_BYTES;
    return this.#ahead.subarray(at, at + BLOCK_BYTES);
  }

  #makeAhead(first: number): Uint8Array {
    this.#first = first;
    for (let i = 0; i < MAX_MASKS_AHEAD; i++) {
      const id = BigInt(first + i);
      const at = i * ROLES_AHEAD * BLOCK_BYTES;
      writeBlock(this.#blocks, at, id, 0);
      writeBlock(this.#blocks, at + BLOCK_BYTES, id, FROM_SERVER);
    }
    return this.#encipher(new Uint8Array(this.#blocks.buffer));
  }
}

/** The nonce of a message: 12 bytes. */
export function nonceOf(nonce: SigningNonce): Uint8Array {
  return counterBlock(nonce).subarray(0, COUNT_AT);
}

function counterBlock({ messageId, isServer, isCancel }: SigningNonce): Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES);
  const role = (isServer ? FROM_SERVER : 0) | (isCancel ? OF_CANCEL : 0);
  writeBlock(new DataView(block.buffer), 0, BigInt(messageId), role);
  return block;
}

/** The counter block that AES-GCM begins with: a nonce, and the number one. */
function writeBlock(target: DataView, at: number, messageId: bigint, role: number): void {
  target.setBigUint64(at, messageId, true);
  target.setUint32(at + ROLE_AT, role, true);
  target.setUint32(at + COUNT_AT, 1);
}
