/**
 * NEGOTIATE, the client's side. [MS-SMB2] 3.2.4.2.2, 3.2.5.2
 *
 * @packageDocumentation
 */
import { createHash, randomBytes } from "node:crypto";
import { align, bytesOf, WireError } from "../../bytes/index.js";
import { Cipher, SigningAlgorithm } from "../../crypto/index.js";
import {
  Command,
  Dialect,
  HashAlgorithm,
  type NegotiateContext,
  NegotiateContextType,
  NegotiateRequest,
  NegotiateResponse,
  negotiateContextsSize,
  readEncryptionCapabilities,
  readNegotiateContexts,
  readPreauthIntegrityCapabilities,
  readSigningCapabilities,
  SMB2_GLOBAL_CAP_DIRECTORY_LEASING,
  SMB2_GLOBAL_CAP_ENCRYPTION,
  SMB2_GLOBAL_CAP_LARGE_MTU,
  SMB2_GLOBAL_CAP_LEASING,
  SMB2_NEGOTIATE_SIGNING_ENABLED,
  writeEncryptionCapabilities,
  writeNegotiateContexts,
  writePreauthIntegrityCapabilities,
  writeSigningCapabilities,
} from "../../wire/smb2/index.js";
import { type Answer, HEADER_SIZE, type SmbRequest } from "./request.js";

/** What a client offers; everything it can unless told. */
export interface NegotiateOptions {
  readonly dialects?: readonly Dialect[];
  /** Best first. Empty: no encryption context at all. */
  readonly ciphers?: readonly Cipher[];
  /** Best first. Empty: no signing context at all. */
  readonly signingAlgorithms?: readonly SigningAlgorithm[];
  readonly capabilities?: number;
  readonly securityMode?: number;
  /** Whom the server takes it for; somebody new unless told. */
  readonly clientGuid?: Uint8Array;
}

/** What was agreed on. */
export interface Negotiated {
  readonly dialect: Dialect;
  readonly cipher: Cipher | undefined;
  readonly signingAlgorithm: SigningAlgorithm;
  /** The server's. */
  readonly capabilities: number;
  /** The server's. */
  readonly securityMode: number;
  readonly maxTransactSize: number;
  readonly maxReadSize: number;
  readonly maxWriteSize: number;
  readonly serverGuid: Uint8Array;
}

/** Best first, as Windows 11 offers them. */
const ALL_CIPHERS: readonly Cipher[] = [
  Cipher.AES_128_GCM,
  Cipher.AES_128_CCM,
  Cipher.AES_256_GCM,
  Cipher.AES_256_CCM,
];
const ALL_SIGNING_ALGORITHMS: readonly SigningAlgorithm[] = [
  SigningAlgorithm.AES_GMAC,
  SigningAlgorithm.AES_CMAC,
  SigningAlgorithm.HMAC_SHA256,
];
const ALL_DIALECTS: readonly Dialect[] = [
  Dialect.SMB_2_0_2,
  Dialect.SMB_2_1,
  Dialect.SMB_3_0,
  Dialect.SMB_3_0_2,
  Dialect.SMB_3_1_1,
];

const SALT_BYTES = 32;
const GUID_BYTES = 16;
const CONTEXT_ALIGNMENT = 8;

/** Over all messages so far, and the next. [MS-SMB2] 3.2.5.2 */
export function nextPreauthHash(hash: Uint8Array, message: Uint8Array): Uint8Array {
  return createHash("sha512").update(hash).update(message).digest();
}

/** What the hash begins with. */
export const FIRST_PREAUTH_HASH: Uint8Array = new Uint8Array(64);

export function negotiateRequest(options: NegotiateOptions): SmbRequest<Negotiated> {
  const {
    dialects = ALL_DIALECTS,
    capabilities = SMB2_GLOBAL_CAP_LARGE_MTU |
      SMB2_GLOBAL_CAP_LEASING |
      SMB2_GLOBAL_CAP_DIRECTORY_LEASING |
      SMB2_GLOBAL_CAP_ENCRYPTION,
    securityMode = SMB2_NEGOTIATE_SIGNING_ENABLED,
    clientGuid = randomBytes(GUID_BYTES),
  } = options;
  const contexts = dialects.includes(Dialect.SMB_3_1_1) ? contextsOf(options) : [];
  const dialectsEnd = HEADER_SIZE + NegotiateRequest.size + 2 * dialects.length;
  const contextsAt = align(dialectsEnd, CONTEXT_ALIGNMENT);
  const end = contexts.length === 0 ? dialectsEnd : contextsAt + negotiateContextsSize(contexts);
  return {
    command: Command.NEGOTIATE,
    size: end - HEADER_SIZE,
    paidLength: 0,
    write(bytes, at) {
      bytesOf(bytes).fill(0, at, at + end - HEADER_SIZE);
      const body = NegotiateRequest.blank(bytes, at);
      body.dialectCount = dialects.length;
      body.securityMode = securityMode;
      body.capabilities = capabilities;
      body.clientGuid = clientGuid;
      dialects.forEach((dialect, i) => {
        bytes.setUint16(at + NegotiateRequest.size + 2 * i, dialect, true);
      });
      if (contexts.length === 0) return;
      body.negotiateContextOffset = contextsAt;
      body.negotiateContextCount = contexts.length;
      writeNegotiateContexts(bytes, at + contextsAt - HEADER_SIZE, contexts);
    },
    decode: readNegotiated,
  };
}

function contextsOf({
  ciphers = ALL_CIPHERS,
  signingAlgorithms = ALL_SIGNING_ALGORITHMS,
}: NegotiateOptions): NegotiateContext[] {
  const contexts: NegotiateContext[] = [
    {
      type: NegotiateContextType.PREAUTH_INTEGRITY_CAPABILITIES,
      data: writePreauthIntegrityCapabilities({
        hashAlgorithms: [HashAlgorithm.SHA_512],
        salt: randomBytes(SALT_BYTES),
      }),
    },
  ];
  if (ciphers.length > 0) {
    const data = writeEncryptionCapabilities(ciphers);
    contexts.push({ type: NegotiateContextType.ENCRYPTION_CAPABILITIES, data });
  }
  if (signingAlgorithms.length > 0) {
    const data = writeSigningCapabilities(signingAlgorithms);
    contexts.push({ type: NegotiateContextType.SIGNING_CAPABILITIES, data });
  }
  return contexts;
}

function readNegotiated({ bytes }: Answer): Negotiated {
  const body = NegotiateResponse.read(bytes, HEADER_SIZE);
  const common = {
    dialect: dialectOf(body.dialectRevision),
    capabilities: body.capabilities,
    securityMode: body.securityMode,
    maxTransactSize: body.maxTransactSize,
    maxReadSize: body.maxReadSize,
    maxWriteSize: body.maxWriteSize,
    serverGuid: Uint8Array.from(body.serverGuid),
  };
  if (common.dialect !== Dialect.SMB_3_1_1) return { ...common, ...withoutContexts(common) };
  return {
    ...common,
    ...readAgreed(
      readNegotiateContexts(bytes, body.negotiateContextOffset, body.negotiateContextCount),
    ),
  };
}

function dialectOf(revision: number): Dialect {
  const dialect = Object.values(Dialect).find((known) => known === revision);
  if (dialect === undefined) throw new WireError("NEGOTIATE: an unknown dialect");
  return dialect;
}

/** Before 3.1.1 the dialect says it all. */
function withoutContexts({
  dialect,
  capabilities,
}: Pick<Negotiated, "dialect" | "capabilities">): Pick<Negotiated, "cipher" | "signingAlgorithm"> {
  const isThree = dialect >= Dialect.SMB_3_0 && dialect !== Dialect.WILDCARD;
  const canEncrypt = isThree && (capabilities & SMB2_GLOBAL_CAP_ENCRYPTION) !== 0;
  return {
    cipher: canEncrypt ? Cipher.AES_128_CCM : undefined,
    signingAlgorithm: isThree ? SigningAlgorithm.AES_CMAC : SigningAlgorithm.HMAC_SHA256,
  };
}

function readAgreed(
  contexts: readonly NegotiateContext[],
): Pick<Negotiated, "cipher" | "signingAlgorithm"> {
  let cipher: Cipher | undefined;
  let signingAlgorithm: SigningAlgorithm = SigningAlgorithm.AES_CMAC;
  let hasHash = false;
  for (const { type, data } of contexts) {
    if (type === NegotiateContextType.PREAUTH_INTEGRITY_CAPABILITIES) {
      const { hashAlgorithms } = readPreauthIntegrityCapabilities(data);
      hasHash = hashAlgorithms.length === 1 && hashAlgorithms[0] === HashAlgorithm.SHA_512;
    } else if (type === NegotiateContextType.ENCRYPTION_CAPABILITIES) {
      const [chosen] = readEncryptionCapabilities(data);
      cipher = Object.values(Cipher).find((known) => known === chosen); // 0: none
    } else if (type === NegotiateContextType.SIGNING_CAPABILITIES) {
      const [chosen] = readSigningCapabilities(data);
      const known = Object.values(SigningAlgorithm).find((algorithm) => algorithm === chosen);
      if (known === undefined) throw new WireError("NEGOTIATE: an unknown signing algorithm");
      signingAlgorithm = known;
    }
  }
  if (!hasHash) throw new WireError("NEGOTIATE: no SHA-512");
  return { cipher, signingAlgorithm };
}
