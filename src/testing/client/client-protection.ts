/**
 * Signing and encryption, as the client does them. [MS-SMB2] 3.2.4.1.1, 3.2.4.1.8, 3.2.5.1
 *
 * @packageDocumentation
 */
import { bytesOf, viewOf, WireError } from "../../bytes/index.js";
import {
  createSealer,
  createSigner,
  deriveSmb3Keys,
  deriveSmb311Keys,
  type Sealer,
  type Signer,
} from "../../crypto/index.js";
import { NtStatus } from "../../nt/index.js";
import {
  Command,
  Dialect,
  SMB2_FLAGS_SIGNED,
  SMB2_TRANSFORM_FLAG_ENCRYPTED,
  TRANSFORM_AUTHENTICATED_FROM,
  TransformHeader,
} from "../../wire/smb2/index.js";
import type { Negotiated } from "./negotiation.js";
import type { Answer } from "./request.js";

/** How a session's requests go: in clear, signed, or encrypted. */
export type ProtectionMode = "unsigned" | "signed" | "encrypted";

const SIGNATURE_AT = 48;
const SIGNATURE_END = 64;

/** The keys of one session, and how it uses them. */
export class ClientProtection {
  readonly mode: ProtectionMode;
  readonly sessionId: number;
  readonly #dialect: number;
  readonly #signer: Signer;
  readonly #sealer: Sealer | undefined;
  readonly #opener: Sealer | undefined;
  #nonceCount = 0n;

  constructor({
    mode,
    sessionId,
    sessionKey,
    preauthHash,
    negotiated,
  }: {
    readonly mode: ProtectionMode;
    readonly sessionId: number;
    readonly sessionKey: Uint8Array;
    readonly preauthHash: Uint8Array;
    readonly negotiated: Negotiated;
  }) {
    const { dialect, cipher, signingAlgorithm } = negotiated;
    this.mode = mode;
    this.sessionId = sessionId;
    this.#dialect = dialect;
    if (dialect < Dialect.SMB_3_0) {
      this.#signer = createSigner(signingAlgorithm, sessionKey);
    } else {
      const keys =
        dialect === Dialect.SMB_3_1_1
          ? deriveSmb311Keys(sessionKey, preauthHash, cipher)
          : deriveSmb3Keys(sessionKey);
      this.#signer = createSigner(signingAlgorithm, keys.signingKey);
      this.#sealer = cipher && createSealer(cipher, keys.clientToServerKey);
      this.#opener = cipher && createSealer(cipher, keys.serverToClientKey);
    }
    if (mode === "encrypted" && this.#sealer === undefined) {
      throw new Error("nothing can be encrypted: no cipher was agreed on");
    }
  }

  /** 3.1.1 signs every TREE_CONNECT that is not encrypted, so that nobody can have meddled before. */
  mustSign(command: number): boolean {
    const isProof = this.#dialect === Dialect.SMB_3_1_1 && command === Command.TREE_CONNECT;
    return this.mode === "signed" || (this.mode === "unsigned" && isProof);
  }

  /** The signature of a request whose Signature field is zero. */
  sign(segments: readonly Uint8Array[], messageId: number, command: number): Uint8Array {
    const isCancel = command === Command.CANCEL;
    return this.#signer.sign(segments, { messageId, isServer: false, isCancel });
  }

  /**
   * Looks at an answer that came in clear. Its Signature field is zero afterwards.
   *
   * @throws WireError when it should have been signed or encrypted, or is signed badly
   */
  check({ header, bytes, status }: Answer, command: number): void {
    if ((header.flags & SMB2_FLAGS_SIGNED) !== 0) {
      this.#verify(bytes, header.messageId);
      return;
    }
    // An interim answer need not be signed; a server that has forgotten the session cannot sign.
    const isExcused =
      status === NtStatus.PENDING ||
      status === NtStatus.USER_SESSION_DELETED ||
      status === NtStatus.NETWORK_SESSION_EXPIRED;
    if (isExcused) return;
    if (this.mode === "encrypted") throw new WireError("answer: not encrypted");
    if (this.mustSign(command)) throw new WireError("answer: not signed");
  }

  /**
   * Looks at the last answer of a SESSION_SETUP, which proves that the server has the key.
   *
   * @param mustBeSigned - in 3.x always; before it where either side demands it
   * @throws WireError when it does not
   */
  checkProof({ header, bytes }: Answer, mustBeSigned: boolean): void {
    if ((header.flags & SMB2_FLAGS_SIGNED) !== 0) this.#verify(bytes, header.messageId);
    else if (mustBeSigned) throw new WireError("SESSION_SETUP: the last answer is not signed");
  }

  #verify(bytes: DataView, messageId: number): void {
    const message = bytesOf(bytes);
    const signature = Uint8Array.from(message.subarray(SIGNATURE_AT, SIGNATURE_END));
    message.fill(0, SIGNATURE_AT, SIGNATURE_END);
    const nonce = { messageId, isServer: true, isCancel: false };
    if (!this.#signer.verify([message], nonce, signature)) {
      throw new WireError("answer: bad signature");
    }
  }

  /**
   * Encrypts a message.
   *
   * @param header - 52 bytes, for the transform header
   */
  seal(header: Uint8Array, segments: readonly Uint8Array[]): readonly Uint8Array[] {
    const sealer = this.#sealer;
    if (sealer === undefined) throw new Error("nothing can be encrypted in this session");
    const transform = TransformHeader.blank(viewOf(header), 0);
    const nonce = new Uint8Array(sealer.nonceBytes);
    viewOf(nonce).setBigUint64(0, this.#nonceCount++, true);
    transform.nonce = nonce;
    transform.originalMessageSize = segments.reduce((sum, { length }) => sum + length, 0);
    transform.flags = SMB2_TRANSFORM_FLAG_ENCRYPTED;
    transform.sessionId = this.sessionId;
    const sealed = sealer.seal(nonce, header.subarray(TRANSFORM_AUTHENTICATED_FROM), segments);
    transform.signature = sealed.tag;
    return sealed.segments;
  }

  /** Decrypts a message. @throws WireError when it was not encrypted with this session's key */
  open(transformed: DataView): Uint8Array {
    const header = TransformHeader.read(transformed, 0);
    const bytes = bytesOf(transformed);
    const ciphertext = bytes.subarray(TransformHeader.size);
    if (header.flags !== SMB2_TRANSFORM_FLAG_ENCRYPTED) {
      throw new WireError("encrypted answer: bad flags");
    }
    if (header.originalMessageSize !== ciphertext.length) {
      throw new WireError("encrypted answer: bad size");
    }
    const opener = this.#opener;
    const message = opener?.open(
      header.nonce.subarray(0, opener.nonceBytes),
      bytes.subarray(TRANSFORM_AUTHENTICATED_FROM, TransformHeader.size),
      ciphertext,
      header.signature,
    );
    if (message === undefined) throw new WireError("encrypted answer: does not open");
    return message;
  }
}
