import { createHash } from "node:crypto";
import { bytesOf, type Read, viewOf, WireError } from "../../bytes/index.js";
import { type Cipher, SigningAlgorithm } from "../../crypto/index.js";
import { NtStatus, ticksOfMs } from "../../nt/index.js";
import {
  Command,
  Dialect,
  HashAlgorithm,
  type NegotiateContext,
  NegotiateContextType,
  NegotiateRequest,
  NegotiateResponse,
  negotiateContextsSize,
  readDialects,
  readEncryptionCapabilities,
  readNegotiateContexts,
  readPreauthIntegrityCapabilities,
  readSigningCapabilities,
  readSmb1Dialects,
  SMB1_DIALECT_2_002,
  SMB1_DIALECT_WILDCARD,
  SMB2_GLOBAL_CAP_DIRECTORY_LEASING,
  SMB2_GLOBAL_CAP_ENCRYPTION,
  SMB2_GLOBAL_CAP_LARGE_MTU,
  SMB2_GLOBAL_CAP_LEASING,
  SMB2_NEGOTIATE_SIGNING_ENABLED,
  SMB2_NEGOTIATE_SIGNING_REQUIRED,
  SyncHeader,
  writeEncryptionCapabilities,
  writeNegotiateContexts,
  writePreauthIntegrityCapabilities,
  writeSigningCapabilities,
} from "../../wire/smb2/index.js";
import { HEADER_SIZE } from "../answer.js";
import { negTokenInit2 } from "../auth/index.js";
import type { Call, Outcome } from "../call.js";
import type { SmbConfig } from "../config.js";
import type { Connection, Negotiated } from "../connection.js";
import { knowsLeases } from "../lease-context.js";
import { MAX_IO_SIZE, MAX_SMALL_IO_SIZE } from "../limits.js";
import { canEncrypt } from "../protection.js";

/** Best first: the ciphers that cost least for what they give. AES-NI does GCM twice as fast as CCM. */
const CIPHERS: readonly Cipher[] = [2, 4, 1, 3];

/** Best first: AES-GMAC costs a fifth of AES-CMAC. */
const SIGNING_ALGORITHMS: readonly SigningAlgorithm[] = [
  SigningAlgorithm.AES_GMAC,
  SigningAlgorithm.AES_CMAC,
  SigningAlgorithm.HMAC_SHA256,
];

const SALT_BYTES = 32;
const CONTEXT_ALIGNMENT = 8;

/** What a client offers besides its dialects, 3.1.1. */
interface Offered {
  readonly hashAlgorithms: readonly number[] | undefined;
  readonly ciphers: readonly number[] | undefined;
  readonly signingAlgorithms: readonly number[] | undefined;
}

const NOTHING_OFFERED: Offered = {
  hashAlgorithms: undefined,
  ciphers: undefined,
  signingAlgorithms: undefined,
};

/** [MS-SMB2] 3.3.5.4 */
export function negotiate(call: Call, request: Read<typeof NegotiateRequest>): Outcome {
  const { connection } = call;
  const { config } = connection.server;
  const isAgain = connection.negotiated !== undefined && connection.dialect !== Dialect.WILDCARD;
  if (isAgain) throw fatal(call);
  if (request.dialectCount === 0) return NtStatus.INVALID_PARAMETER;
  const dialects = readDialects(
    call.bytes,
    HEADER_SIZE + NegotiateRequest.size,
    request.dialectCount,
  );
  const dialect = chooseDialect(dialects, config);
  if (dialect === undefined) return NtStatus.NOT_SUPPORTED;
  const offered = dialect === Dialect.SMB_3_1_1 ? readOffer(call.bytes, request) : NOTHING_OFFERED;
  if (
    dialect === Dialect.SMB_3_1_1 &&
    offered.hashAlgorithms?.includes(HashAlgorithm.SHA_512) !== true
  ) {
    return NtStatus.INVALID_PARAMETER;
  }

  const agreed = agree({ config, dialect, dialects, offered, request });
  connection.negotiated = agreed;
  if (dialect !== Dialect.WILDCARD) connection.server.clientKnown(connection, agreed.clientId);
  respond(call, agreed, offered);
  if (dialect === Dialect.SMB_3_1_1) hashPreauth(call, connection);
  return NtStatus.SUCCESS;
}

/** A second NEGOTIATE ends the connection, without an answer. [MS-SMB2] 3.3.5.3.1 */
function fatal(call: Call): WireError {
  call.isFatal = true;
  return new WireError("NEGOTIATE: again");
}

/** The highest that both sides have. */
function chooseDialect(
  dialects: readonly number[],
  { minDialect, maxDialect }: SmbConfig,
): Dialect | undefined {
  if (dialects.includes(Dialect.WILDCARD)) return Dialect.WILDCARD;
  const ours = [
    Dialect.SMB_3_1_1,
    Dialect.SMB_3_0_2,
    Dialect.SMB_3_0,
    Dialect.SMB_2_1,
    Dialect.SMB_2_0_2,
  ];
  return ours.find(
    (dialect) => dialect >= minDialect && dialect <= maxDialect && dialects.includes(dialect),
  );
}

/** [MS-SMB2] 3.3.5.4: contexts that nobody knows are passed over. */
function readOffer(message: DataView, request: Read<typeof NegotiateRequest>): Offered {
  const { negotiateContextOffset, negotiateContextCount } = request;
  const contexts = readNegotiateContexts(message, negotiateContextOffset, negotiateContextCount);
  const find = (type: NegotiateContextType) => {
    const found = contexts.filter((context) => context.type === type);
    if (found.length > 1) throw new WireError("Negotiate contexts: one type twice");
    return found[0]?.data;
  };
  const preauth = find(NegotiateContextType.PREAUTH_INTEGRITY_CAPABILITIES);
  const encryption = find(NegotiateContextType.ENCRYPTION_CAPABILITIES);
  const signing = find(NegotiateContextType.SIGNING_CAPABILITIES);
  return {
    hashAlgorithms: preauth && readPreauthIntegrityCapabilities(preauth).hashAlgorithms,
    ciphers: encryption && readEncryptionCapabilities(encryption),
    signingAlgorithms: signing && readSigningCapabilities(signing),
  };
}

/** What holds on the connection from now on. */
function agree(parts: {
  readonly config: SmbConfig;
  readonly dialect: Dialect;
  readonly dialects: readonly number[];
  readonly offered: Offered;
  readonly request: Read<typeof NegotiateRequest>;
}): Negotiated {
  const { config, dialect, dialects, offered, request } = parts;
  const cipher = chooseCipher(config, dialect, offered);
  const isLargeMtu = dialect !== Dialect.SMB_2_0_2 && dialect !== Dialect.WILDCARD;
  // In 3.1.1 the context says it, and the bit stays away. [MS-SMB2] 3.3.5.4
  const saysEncryption = cipher !== undefined && dialect !== Dialect.SMB_3_1_1;
  const isThree = dialect >= Dialect.SMB_3_0 && dialect !== Dialect.WILDCARD;
  const leasesDirectories =
    isThree && (request.capabilities & SMB2_GLOBAL_CAP_DIRECTORY_LEASING) !== 0;
  return {
    dialect,
    cipher,
    signingAlgorithm: chooseSigning(dialect, offered),
    serverCapabilities:
      (isLargeMtu ? SMB2_GLOBAL_CAP_LARGE_MTU : 0) |
      (knowsLeases(dialect) ? SMB2_GLOBAL_CAP_LEASING : 0) |
      (leasesDirectories ? SMB2_GLOBAL_CAP_DIRECTORY_LEASING : 0) |
      (saysEncryption ? SMB2_GLOBAL_CAP_ENCRYPTION : 0),
    serverSecurityMode:
      SMB2_NEGOTIATE_SIGNING_ENABLED |
      (config.isSigningRequired ? SMB2_NEGOTIATE_SIGNING_REQUIRED : 0),
    clientCapabilities: request.capabilities,
    clientGuid: Uint8Array.from(request.clientGuid),
    clientId: Buffer.from(request.clientGuid).toString("hex"),
    clientSecurityMode: request.securityMode,
    clientDialects: dialects,
  };
}

function chooseCipher(
  { encryption }: SmbConfig,
  dialect: Dialect,
  { ciphers }: Offered,
): Cipher | undefined {
  if (encryption === "off" || !canEncrypt(dialect) || dialect === Dialect.WILDCARD)
    return undefined;
  if (dialect !== Dialect.SMB_3_1_1) return 1; // AES-128-CCM, with no choice. [MS-SMB2] 3.3.5.4
  return CIPHERS.find((cipher) => ciphers?.includes(cipher) === true);
}

function chooseSigning(dialect: Dialect, { signingAlgorithms }: Offered): SigningAlgorithm {
  if (dialect < Dialect.SMB_3_0) return SigningAlgorithm.HMAC_SHA256;
  const chosen = SIGNING_ALGORITHMS.find((one) => signingAlgorithms?.includes(one) === true);
  return chosen ?? SigningAlgorithm.AES_CMAC;
}

/** [MS-SMB2] 3.3.5.4, 2.2.4 */
function respond(call: Call, agreed: Negotiated, offered: Offered): void {
  const { config } = call.connection.server;
  const blob = negTokenInit2();
  const contexts = answerContexts(agreed, offered, config);
  const contextsAt = alignContext(NegotiateResponse.size + blob.length);
  const extra =
    contexts.length === 0
      ? blob.length
      : contextsAt - NegotiateResponse.size + negotiateContextsSize(contexts);
  const response = call.respond(NegotiateResponse, extra);
  const isSmall = agreed.dialect === Dialect.SMB_2_0_2 || agreed.dialect === Dialect.WILDCARD;
  const size = isSmall ? MAX_SMALL_IO_SIZE : MAX_IO_SIZE;
  response.securityMode = agreed.serverSecurityMode;
  response.dialectRevision = agreed.dialect;
  response.serverGuid = config.serverGuid;
  response.capabilities = agreed.serverCapabilities;
  response.maxTransactSize = size;
  response.maxReadSize = size;
  response.maxWriteSize = size;
  response.systemTicks = ticksOfMs(config.clock.nowMs());
  response.serverStartTicks = 0n; // as Windows does, so that nobody learns when it was started
  response.securityBufferOffset = HEADER_SIZE + NegotiateResponse.size;
  response.securityBufferLength = blob.length;
  const body = bytesOf(response.bytes);
  body.fill(0, response.at + NegotiateResponse.size, response.at + NegotiateResponse.size + extra);
  body.set(blob, response.at + NegotiateResponse.size);
  if (contexts.length === 0) return;
  response.negotiateContextOffset = HEADER_SIZE + contextsAt;
  response.negotiateContextCount = contexts.length;
  writeNegotiateContexts(response.bytes, response.at + contextsAt, contexts);
}

function alignContext(at: number): number {
  return Math.ceil((HEADER_SIZE + at) / CONTEXT_ALIGNMENT) * CONTEXT_ALIGNMENT - HEADER_SIZE;
}

/** One of each kind that was offered: some clients take exactly one. [MS-SMB2] 3.3.5.4 */
function answerContexts(
  { dialect, cipher, signingAlgorithm }: Negotiated,
  offered: Offered,
  { clock }: SmbConfig,
): NegotiateContext[] {
  if (dialect !== Dialect.SMB_3_1_1) return [];
  const contexts: NegotiateContext[] = [
    {
      type: NegotiateContextType.PREAUTH_INTEGRITY_CAPABILITIES,
      data: writePreauthIntegrityCapabilities({
        hashAlgorithms: [HashAlgorithm.SHA_512],
        salt: clock.random(SALT_BYTES),
      }),
    },
  ];
  if (offered.ciphers !== undefined) {
    contexts.push({
      type: NegotiateContextType.ENCRYPTION_CAPABILITIES,
      data: writeEncryptionCapabilities([cipher ?? 0]), // 0: nothing in common
    });
  }
  if (offered.signingAlgorithms !== undefined) {
    contexts.push({
      type: NegotiateContextType.SIGNING_CAPABILITIES,
      data: writeSigningCapabilities([signingAlgorithm]),
    });
  }
  return contexts;
}

/** Over the request, then over the answer. [MS-SMB2] 3.3.5.4 */
function hashPreauth(call: Call, connection: Connection): void {
  connection.preauthHash = nextPreauthHash(connection.preauthHash, bytesOf(call.bytes));
  call.onAnswer = (answer) => {
    connection.preauthHash = nextPreauthHash(connection.preauthHash, answer);
  };
}

/** [MS-SMB2] 3.3.5.4: the hash so far, and the message behind it. */
export function nextPreauthHash(hash: Uint8Array, message: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha512").update(hash).update(message).digest());
}

/**
 * The SMB1 NEGOTIATE of a client that speaks both, as the SMB2 one that it stands for: with the
 * wildcard, where the client has it, and it sends a real one then. [MS-SMB2] 3.3.5.3.1
 *
 * @throws WireError when it does not offer SMB2
 */
export function smb1NegotiateAsSmb2(message: DataView): DataView {
  const names = readSmb1Dialects(message);
  const isWildcard = names.includes(SMB1_DIALECT_WILDCARD);
  if (!isWildcard && !names.includes(SMB1_DIALECT_2_002)) {
    throw new WireError("SMB1 NEGOTIATE: no dialect of SMB2");
  }
  const dialectAt = HEADER_SIZE + NegotiateRequest.size;
  const bytes = viewOf(new Uint8Array(dialectAt + 2));
  const header = SyncHeader.blank(bytes, 0);
  header.command = Command.NEGOTIATE;
  header.credits = 1;
  const request = NegotiateRequest.blank(bytes, HEADER_SIZE);
  request.dialectCount = 1;
  request.securityMode = SMB2_NEGOTIATE_SIGNING_ENABLED;
  bytes.setUint16(dialectAt, isWildcard ? Dialect.WILDCARD : Dialect.SMB_2_0_2, true);
  return bytes;
}
