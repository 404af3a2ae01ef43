/**
 * Signing and encryption of messages: the one place that every message passes, both ways.
 * [MS-SMB2] 3.1.4.1, 3.1.4.3, 3.3.4.1.1, 3.3.5.2.1, 3.3.5.2.4
 *
 * @packageDocumentation
 */
import { bytesOf, viewOf, WireError } from "../bytes/index.js";
import {
  Command,
  Dialect,
  SMB2_FLAGS_SIGNED,
  SMB2_TRANSFORM_FLAG_ENCRYPTED,
  SyncHeader,
  TRANSFORM_AUTHENTICATED_FROM,
  TransformHeader,
} from "../wire/smb2/index.js";
import type { Call } from "./call.js";
import type { Connection } from "./connection.js";
import { FRAME_HEADER_SIZE } from "./frame-reader.js";
import type { Output, Region } from "./output.js";
import type { Session } from "./session.js";

const SIGNATURE_AT = 48;
const SIGNATURE_END = 64;

/** How a request is signed. */
export type Signing = "not" | "well" | "badly";

/** Looks at a request's signature. A session that has no key yet cannot judge one. */
export function checkSignature({ bytes, header }: Call, session: Session | undefined): Signing {
  if ((header.flags & SMB2_FLAGS_SIGNED) === 0) return "not";
  if (session?.keys === undefined) return "not";
  const message = bytesOf(bytes);
  const signature = new Uint8Array(message.subarray(SIGNATURE_AT, SIGNATURE_END));
  message.fill(0, SIGNATURE_AT, SIGNATURE_END);
  const { messageId, command } = header;
  const nonce = { messageId, isServer: false, isCancel: command === Command.CANCEL };
  return session.keys.signer.verify([message], nonce, signature) ? "well" : "badly";
}

/**
 * Whether an answer is signed: where the request was, and wherever the session demands it. Guests and
 * anonymous users have no key worth the name. [MS-SMB2] 3.3.4.1.1
 */
export function mustSign({ session, header, mustSign }: Call): boolean {
  if (session?.keys === undefined) return false;
  return mustSign || session.isSigningRequired || (header.flags & SMB2_FLAGS_SIGNED) !== 0;
}

/** Signs an answer, in place; its signature field is zero. */
export function signAnswer(session: Session, answer: Uint8Array): void {
  const { messageId, command } = SyncHeader.read(viewOf(answer), 0);
  const nonce = { messageId, isServer: true, isCancel: command === Command.CANCEL };
  const signature = session.keys?.signer.sign([answer], nonce);
  if (signature !== undefined) answer.set(signature, SIGNATURE_AT);
}

/** A message that came encrypted. */
export interface OpenedMessage {
  readonly session: Session;
  readonly message: Uint8Array;
}

/**
 * Decrypts a message. [MS-SMB2] 3.3.5.2.1
 *
 * @throws WireError when it names no session of this connection that can, or was tampered with
 */
export function openMessage(connection: Connection, transformed: DataView): OpenedMessage {
  const header = TransformHeader.read(transformed, 0);
  const session = connection.sessions.get(header.sessionId);
  const opener = session?.keys?.opener;
  if (session === undefined || opener === undefined || !session.isValid) {
    throw new WireError("encrypted message: no such session, or none that encrypts");
  }
  if (header.flags !== SMB2_TRANSFORM_FLAG_ENCRYPTED)
    throw new WireError("encrypted message: flags");
  const bytes = bytesOf(transformed);
  const aad = bytes.subarray(TRANSFORM_AUTHENTICATED_FROM, TransformHeader.size);
  const nonce = header.nonce.subarray(0, opener.nonceBytes);
  const ciphertext = bytes.subarray(TransformHeader.size);
  if (header.originalMessageSize !== ciphertext.length)
    throw new WireError("encrypted message: size");
  const message = opener.open(nonce, aad, ciphertext, header.signature);
  if (message === undefined) throw new WireError("encrypted message: does not open");
  return { session, message };
}

/** Bytes before an encrypted message: the frame header, and the transform header. */
export const SEALED_PREFIX_SIZE = FRAME_HEADER_SIZE + TransformHeader.size;

/** An answer that is complete, and where it begins in its memory. */
interface Sealable {
  readonly region: Region;
  readonly skip: number;
}

/**
 * Sends answers as one encrypted message. They are encrypted where they lie, and the header goes before
 * the first, where there is room for it. [MS-SMB2] 3.1.4.3
 */
export function sendSealed(output: Output, session: Session, answers: readonly Sealable[]): void {
  const sealer = session.keys?.sealer;
  if (sealer === undefined)
    throw new Error("a message is to be encrypted for a session that cannot");
  const messages = answers.map(({ region, skip }) => region.bytes(skip));
  const [first] = answers;
  const isRoom = first?.skip === SEALED_PREFIX_SIZE;
  const prefix = isRoom ? first.region : output.reserve(SEALED_PREFIX_SIZE);
  const size = messages.reduce((sum, { length }) => sum + length, 0);
  prefix.view.setUint32(prefix.at, TransformHeader.size + size); // big-endian; the first byte is 0
  const header = TransformHeader.blank(prefix.view, prefix.at + FRAME_HEADER_SIZE);
  header.nonce = nonceOf(session.nextNonce());
  header.originalMessageSize = size;
  header.flags = SMB2_TRANSFORM_FLAG_ENCRYPTED;
  header.sessionId = session.sessionId;
  const aad = prefix.bytes(FRAME_HEADER_SIZE + TRANSFORM_AUTHENTICATED_FROM);
  const nonce = header.nonce.subarray(0, sealer.nonceBytes);
  const authenticated = aad.subarray(0, TransformHeader.size - TRANSFORM_AUTHENTICATED_FROM);
  header.signature = sealer.sealInPlace(nonce, authenticated, messages);
  if (!isRoom) output.sendRegion(prefix);
  for (const { region } of answers) output.sendRegion(region);
}

/** Sends the four bytes before a message. [MS-SMB2] 2.1 */
export function sendFrameHeader(output: Output, size: number): void {
  const frame = output.reserve(FRAME_HEADER_SIZE);
  frame.view.setUint32(frame.at, size); // big-endian; the first byte is 0
  output.sendRegion(frame);
}

/** Never the same twice under one key: a number, counted up. */
function nonceOf(count: number): Uint8Array {
  const nonce = new Uint8Array(8);
  viewOf(nonce).setBigUint64(0, BigInt(count), true);
  return nonce;
}

/** Whether a dialect can encrypt at all. */
export function canEncrypt(dialect: Dialect): boolean {
  return dialect >= Dialect.SMB_3_0;
}
