/**
 * What 3.1.1 adds to NEGOTIATE: a list of contexts, each a type and its data. [MS-SMB2] 2.2.3.1
 *
 * @packageDocumentation
 */
import { align, bytesOf, part, struct, u16, u32, viewOf, WireError } from "../../bytes/index.js";
import { MAX_NEGOTIATE_ALGORITHMS, MAX_NEGOTIATE_CONTEXTS } from "./limits.js";

/** [MS-SMB2] 2.2.3.1, ContextType */
export const NegotiateContextType = {
  PREAUTH_INTEGRITY_CAPABILITIES: 0x0001,
  ENCRYPTION_CAPABILITIES: 0x0002,
  COMPRESSION_CAPABILITIES: 0x0003,
  NETNAME_NEGOTIATE_CONTEXT_ID: 0x0005,
  TRANSPORT_CAPABILITIES: 0x0006,
  RDMA_TRANSFORM_CAPABILITIES: 0x0007,
  SIGNING_CAPABILITIES: 0x0008,
  POSIX_EXTENSIONS_AVAILABLE: 0x0100,
} as const;
export type NegotiateContextType = (typeof NegotiateContextType)[keyof typeof NegotiateContextType];

/** [MS-SMB2] 2.2.3.1.1, HashAlgorithms */
export const HashAlgorithm = { SHA_512: 0x0001 } as const;

/** [MS-SMB2] 2.2.3.1.2, Ciphers */
export const Cipher = {
  AES_128_CCM: 0x0001,
  AES_128_GCM: 0x0002,
  AES_256_CCM: 0x0003,
  AES_256_GCM: 0x0004,
} as const;
export type Cipher = (typeof Cipher)[keyof typeof Cipher];

/** [MS-SMB2] 2.2.3.1.7, SigningAlgorithms */
export const SigningAlgorithm = {
  HMAC_SHA256: 0x0000,
  AES_CMAC: 0x0001,
  AES_GMAC: 0x0002,
} as const;
export type SigningAlgorithm = (typeof SigningAlgorithm)[keyof typeof SigningAlgorithm];

/** One context. What was read is a view of the message; the type may be one nobody knows. */
export interface NegotiateContext {
  readonly type: number;
  readonly data: DataView;
}

/** [MS-SMB2] 2.2.3.1 */
export const NegotiateContextHeader = struct("SMB2 NEGOTIATE_CONTEXT", 8, {
  contextType: u16,
  dataLength: u16,
  reserved: u32,
});

const ALIGNMENT = 8;

/**
 * The contexts of a NEGOTIATE, in the order of the message.
 *
 * @param message - from its SMB2 header on
 * @param offset - NegotiateContextOffset, in bytes from the start of `message`
 * @param count - NegotiateContextCount
 * @throws WireError when there are too many, or one lies outside of the message
 */
export function readNegotiateContexts(
  message: DataView,
  offset: number,
  count: number,
): NegotiateContext[] {
  if (count > MAX_NEGOTIATE_CONTEXTS) throw new WireError(`Negotiate contexts: ${count} of them`);
  const contexts: NegotiateContext[] = [];
  let at = offset;
  for (let i = 0; i < count; i++) {
    const header = NegotiateContextHeader.read(message, at);
    const length = header.dataLength;
    const data = part(message, at, {
      offset: NegotiateContextHeader.size,
      length,
      what: "SMB2 NEGOTIATE_CONTEXT Data",
    });
    contexts.push({ type: header.contextType, data });
    at += align(NegotiateContextHeader.size + length, ALIGNMENT);
  }
  return contexts;
}

/** The room that {@link writeNegotiateContexts} needs, in bytes. */
export function negotiateContextsSize(contexts: readonly NegotiateContext[]): number {
  return contexts.reduce(
    (size, { data }) => align(size, ALIGNMENT) + NegotiateContextHeader.size + data.byteLength,
    0,
  );
}

/**
 * Writes contexts: each begins at a multiple of 8, and nothing follows the last.
 *
 * @param at - where the first begins; a multiple of 8 from the start of the SMB2 header
 * @returns bytes written
 */
export function writeNegotiateContexts(
  bytes: DataView,
  at: number,
  contexts: readonly NegotiateContext[],
): number {
  const target = bytesOf(bytes);
  let end = 0;
  for (const { type, data } of contexts) {
    const start = align(end, ALIGNMENT);
    target.fill(0, at + end, at + start);
    const header = NegotiateContextHeader.blank(bytes, at + start);
    header.contextType = type;
    header.dataLength = data.byteLength;
    end = start + NegotiateContextHeader.size;
    target.set(bytesOf(data), at + end);
    end += data.byteLength;
  }
  return end;
}

/** The data of a PREAUTH_INTEGRITY_CAPABILITIES context. [MS-SMB2] 2.2.3.1.1 */
export interface PreauthIntegrityCapabilities {
  readonly hashAlgorithms: readonly number[];
  /** What was read is a view of the message. */
  readonly salt: Uint8Array;
}

const PreauthIntegrityHeader = struct("SMB2 PREAUTH_INTEGRITY_CAPABILITIES", 4, {
  hashAlgorithmCount: u16,
  saltLength: u16,
});

/** @throws WireError when the data is shorter than it says */
export function readPreauthIntegrityCapabilities(data: DataView): PreauthIntegrityCapabilities {
  const { hashAlgorithmCount, saltLength } = PreauthIntegrityHeader.read(data, 0);
  const hashAlgorithms = readAlgorithms(data, PreauthIntegrityHeader.size, hashAlgorithmCount);
  const salt = part(data, PreauthIntegrityHeader.size, {
    offset: 2 * hashAlgorithmCount,
    length: saltLength,
    what: "SMB2 PREAUTH_INTEGRITY_CAPABILITIES Salt",
  });
  return { hashAlgorithms, salt: bytesOf(salt) };
}

/** The data of a context; see {@link PreauthIntegrityCapabilities}. */
export function writePreauthIntegrityCapabilities({
  hashAlgorithms,
  salt,
}: PreauthIntegrityCapabilities): DataView {
  const saltAt = PreauthIntegrityHeader.size + 2 * hashAlgorithms.length;
  const data = new Uint8Array(saltAt + salt.length);
  const header = PreauthIntegrityHeader.blank(viewOf(data), 0);
  header.hashAlgorithmCount = hashAlgorithms.length;
  header.saltLength = salt.length;
  writeAlgorithms(viewOf(data), PreauthIntegrityHeader.size, hashAlgorithms);
  data.set(salt, saltAt);
  return viewOf(data);
}

const AlgorithmsHeader = struct("SMB2 negotiate algorithms", 2, { count: u16 });

/**
 * The ciphers of an ENCRYPTION_CAPABILITIES context, best first. [MS-SMB2] 2.2.3.1.2
 *
 * @throws WireError when the data is shorter than it says
 */
export function readEncryptionCapabilities(data: DataView): number[] {
  return readAlgorithms(data, AlgorithmsHeader.size, AlgorithmsHeader.read(data, 0).count);
}

/** The data of an ENCRYPTION_CAPABILITIES context. [MS-SMB2] 2.2.3.1.2, 2.2.4.1.2 */
export function writeEncryptionCapabilities(ciphers: readonly number[]): DataView {
  const data = new DataView(new ArrayBuffer(AlgorithmsHeader.size + 2 * ciphers.length));
  AlgorithmsHeader.blank(data, 0).count = ciphers.length;
  writeAlgorithms(data, AlgorithmsHeader.size, ciphers);
  return data;
}

/**
 * The algorithms of a SIGNING_CAPABILITIES context, best first. [MS-SMB2] 2.2.3.1.7
 *
 * @throws WireError when the data is shorter than it says
 */
export const readSigningCapabilities = readEncryptionCapabilities; // the layouts are the same

/** The data of a SIGNING_CAPABILITIES context. [MS-SMB2] 2.2.3.1.7, 2.2.4.1.7 */
export const writeSigningCapabilities = writeEncryptionCapabilities;

function readAlgorithms(data: DataView, at: number, count: number): number[] {
  if (count > MAX_NEGOTIATE_ALGORITHMS) throw new WireError(`Negotiate algorithms: ${count}`);
  if (at + 2 * count > data.byteLength) throw new WireError("Negotiate algorithms: cut short");
  return Array.from({ length: count }, (_, i) => data.getUint16(at + 2 * i, true));
}

function writeAlgorithms(data: DataView, at: number, algorithms: readonly number[]): void {
  algorithms.forEach((algorithm, i) => {
    data.setUint16(at + 2 * i, algorithm, true);
  });
}
