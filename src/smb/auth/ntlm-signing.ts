/**
 * NTLM's own signatures, which SPNEGO protects its list of mechanisms with. [MS-NLMP] 3.4.4, 3.4.5
 *
 * @packageDocumentation
 */
import { bytesOf } from "../../bytes/index.js";
import { hmacMd5, isEqual, md5, Rc4 } from "../../crypto/index.js";
import { MessageSignature, NegotiateFlags } from "../../wire/ntlm/index.js";

/** Who signs, and how the constants of [MS-NLMP] 3.4.5.2, 3.4.5.3 name it. */
export type NtlmSender = "client" | "server";

const CHECKSUM_BYTES = 8;
/** Bytes of the session key that make the sealing key with 56 bits, and with 40. */
const KEY_BYTES_56 = 7;
const KEY_BYTES_40 = 5;

/** The signatures of one direction, in order: each has the next sequence number. */
export class NtlmSigning {
  readonly #signingKey: Uint8Array;
  /** Encrypts checksums where keys were exchanged. */
  readonly #handle: Rc4 | undefined;
  #sequenceNumber = 0;

  /**
   * @param sender - whose messages are signed
   * @param flags - as negotiated, with SIGN and EXTENDED_SESSIONSECURITY
   */
  constructor(sender: NtlmSender, exportedSessionKey: Uint8Array, flags: number) {
    this.#signingKey = md5(exportedSessionKey, magic(sender, "signing"));
    if ((flags & NegotiateFlags.KEY_EXCH) !== 0) {
      const part = exportedSessionKey.subarray(0, sealingKeyBytes(flags));
      this.#handle = new Rc4(md5(part, magic(sender, "sealing")));
    }
  }

  /** The signature of the next message, 16 bytes: MAC. [MS-NLMP] 3.4.4.2 */
  sign(message: Uint8Array): Uint8Array {
    const signature = new DataView(new ArrayBuffer(MessageSignature.size));
    const window = MessageSignature.blank(signature, 0);
    window.seqNum = this.#sequenceNumber;
    this.#sequenceNumber += 1;

    const sequenceBytes = bytesOf(signature).subarray(MessageSignature.size - 4);
    const digest = hmacMd5(this.#signingKey, sequenceBytes, message);
    const checksum = digest.subarray(0, CHECKSUM_BYTES);
    window.checksum = this.#handle?.transform(checksum) ?? checksum;
    return bytesOf(signature);
  }

  /** Whether the next message, from the other side, has this signature. */
  verify(message: Uint8Array, signature: Uint8Array): boolean {
    return isEqual(this.sign(message), signature);
  }
}

/** SIGNKEY's and SEALKEY's constants. [MS-NLMP] 3.4.5.2, 3.4.5.3 */
function magic(sender: NtlmSender, use: "signing" | "sealing"): Uint8Array {
  const way = sender === "client" ? "client-to-server" : "server-to-client";
  return Buffer.from(`session key to ${way} ${use} key magic constant\0`, "ascii");
}

/** How much of the session key SEALKEY takes. [MS-NLMP] 3.4.5.3 */
function sealingKeyBytes(flags: number): number | undefined {
  if ((flags & NegotiateFlags.NEGOTIATE_128) !== 0) return undefined;
  return (flags & NegotiateFlags.NEGOTIATE_56) !== 0 ? KEY_BYTES_56 : KEY_BYTES_40;
}

/** Whether messages can be signed under these flags. */
export function canSign(flags: number): boolean {
  const needed = NegotiateFlags.SIGN | NegotiateFlags.EXTENDED_SESSIONSECURITY;
  return (flags & needed) === needed;
}
