/**
 * The three messages of NTLM. [MS-NLMP] 2.2.1
 *
 * @packageDocumentation
 */
import {
  bytes,
  bytesOf,
  constant,
  struct,
  u8,
  u16,
  u32,
  u64Exact,
  viewOf,
} from "../../bytes/index.js";
import { type AvPair, readAvPairs, writeAvPairs } from "./av-pairs.js";
import { NegotiateFlags } from "./flags.js";
import { nameBytes, partsLength, readName, readPart, writeParts } from "./payload.js";

/** "NTLMSSP", and a zero byte. */
const SIGNATURE = 0x0050_5353_4d4c_544en;

/** How every message begins. [MS-NLMP] 2.2.1 */
const Signature = struct("NTLM message", 8, { signature: u64Exact });

/** MessageType. [MS-NLMP] 2.2.1 */
const MessageType = { NEGOTIATE: 1, CHALLENGE: 2, AUTHENTICATE: 3 } as const;

/** Windows 10, NTLM revision 15, as nobody looks at it but some want it. [MS-NLMP] 2.2.2.10 */
const VERSION = Uint8Array.of(10, 0, 0x61, 0x4a, 0, 0, 0, 15);

/**
 * [MS-NLMP] 2.2.1.1, up to the flags: what follows tells of the client's names and version, and
 * short messages leave it out.
 */
const NegotiateHeader = struct("NTLM NEGOTIATE_MESSAGE", 16, {
  signature: constant(u64Exact, SIGNATURE),
  messageType: constant(u32, MessageType.NEGOTIATE),
  negotiateFlags: u32,
});

/** [MS-NLMP] 2.2.1.1, what follows the flags. */
const NegotiateNames = struct("NTLM NEGOTIATE_MESSAGE names", 24, {
  domainNameLength: u16,
  domainNameMaxLength: u16,
  domainNameOffset: u32,
  workstationLength: u16,
  workstationMaxLength: u16,
  workstationOffset: u32,
  version: bytes(8),
});

/** [MS-NLMP] 2.2.1.2 */
const ChallengeHeader = struct("NTLM CHALLENGE_MESSAGE", 56, {
  signature: constant(u64Exact, SIGNATURE),
  messageType: constant(u32, MessageType.CHALLENGE),
  targetNameLength: u16,
  targetNameMaxLength: u16,
  targetNameOffset: u32,
  negotiateFlags: u32,
  serverChallenge: bytes(8),
  reserved: u64Exact,
  targetInfoLength: u16,
  targetInfoMaxLength: u16,
  targetInfoOffset: u32,
  version: bytes(8),
});

/** [MS-NLMP] 2.2.1.3, up to the flags: old clients leave out version and MIC. */
const AuthenticateHeader = struct("NTLM AUTHENTICATE_MESSAGE", 64, {
  signature: constant(u64Exact, SIGNATURE),
  messageType: constant(u32, MessageType.AUTHENTICATE),
  lmChallengeResponseLength: u16,
  lmChallengeResponseMaxLength: u16,
  lmChallengeResponseOffset: u32, // from the start of the message, as all offsets here
  ntChallengeResponseLength: u16,
  ntChallengeResponseMaxLength: u16,
  ntChallengeResponseOffset: u32,
  domainNameLength: u16,
  domainNameMaxLength: u16,
  domainNameOffset: u32,
  userNameLength: u16,
  userNameMaxLength: u16,
  userNameOffset: u32,
  workstationLength: u16,
  workstationMaxLength: u16,
  workstationOffset: u32,
  encryptedRandomSessionKeyLength: u16,
  encryptedRandomSessionKeyMaxLength: u16,
  encryptedRandomSessionKeyOffset: u32,
  negotiateFlags: u32,
});

/** [MS-NLMP] 2.2.1.3, what follows the flags. */
const AuthenticateMic = struct("NTLM AUTHENTICATE_MESSAGE MIC", 24, {
  version: bytes(8),
  mic: bytes(16),
});

/** [MS-NLMP] 2.2.2.7, up to the AV pairs. */
const ClientChallengeHeader = struct("NTLMv2_CLIENT_CHALLENGE", 28, {
  respType: constant(u8, 1),
  hiRespType: constant(u8, 1),
  reserved1: u16,
  reserved2: u32,
  timeStamp: u64Exact, // FILETIME
  challengeFromClient: bytes(8),
  reserved3: u32,
});

/** Where the MIC of an AUTHENTICATE_MESSAGE lies, in bytes from its start. [MS-NLMP] 2.2.1.3 */
export const MIC_OFFSET = 72;
/** Length of a MIC and of a response's proof, in bytes. */
export const MIC_BYTES = 16;
/** Length of NTProofStr, the start of an NTLMv2_RESPONSE, in bytes. [MS-NLMP] 2.2.2.8 */
export const PROOF_BYTES = 16;

/** Whether a token is an NTLM message, with no SPNEGO around it. */
export function isNtlmMessage(token: Uint8Array): boolean {
  if (token.length < Signature.size) return false;
  return Signature.read(viewOf(token), 0).signature === SIGNATURE;
}

/** What counts of a NEGOTIATE_MESSAGE. */
export interface NegotiateMessage {
  readonly flags: number;
}

/** @throws WireError when it is none */
export function readNegotiate(message: Uint8Array): NegotiateMessage {
  return { flags: NegotiateHeader.read(viewOf(message), 0).negotiateFlags };
}

/** A NEGOTIATE_MESSAGE that tells no names. */
export function writeNegotiate({ flags }: NegotiateMessage): Uint8Array {
  const view = new DataView(new ArrayBuffer(NegotiateHeader.size + NegotiateNames.size));
  NegotiateHeader.blank(view, 0).negotiateFlags = flags;
  const names = NegotiateNames.blank(view, NegotiateHeader.size);
  names.domainNameOffset = view.byteLength;
  names.workstationOffset = view.byteLength;
  if ((flags & NegotiateFlags.VERSION) !== 0) names.version = VERSION;
  return bytesOf(view);
}

/** A CHALLENGE_MESSAGE, decoded. */
export interface ChallengeMessage {
  readonly flags: number;
  readonly targetName: string;
  /** 8 bytes. */
  readonly serverChallenge: Uint8Array;
  readonly targetInfo: readonly AvPair[];
}

/** @throws WireError when it is none */
export function readChallenge(message: Uint8Array): ChallengeMessage {
  const view = viewOf(message);
  const header = ChallengeHeader.read(view, 0);
  const flags = header.negotiateFlags;
  const targetInfo = readPart(view, {
    offset: header.targetInfoOffset,
    length: header.targetInfoLength,
    what: "TargetInfo",
  });
  const targetName = {
    offset: header.targetNameOffset,
    length: header.targetNameLength,
    what: "TargetName",
  };
  return {
    flags,
    targetName: readName(view, targetName, flags),
    serverChallenge: header.serverChallenge,
    targetInfo: targetInfo.length === 0 ? [] : readAvPairs(viewOf(targetInfo)),
  };
}

/** A CHALLENGE_MESSAGE in bytes. */
export function writeChallenge(message: ChallengeMessage): Uint8Array {
  const parts = [
    ["targetName", nameBytes(message.targetName, message.flags)],
    ["targetInfo", writeAvPairs(message.targetInfo)],
  ] as const;
  const view = new DataView(new ArrayBuffer(ChallengeHeader.size + partsLength(parts)));
  const header = ChallengeHeader.blank(view, 0);
  header.negotiateFlags = message.flags;
  header.serverChallenge = message.serverChallenge;
  if ((message.flags & NegotiateFlags.VERSION) !== 0) header.version = VERSION;
  writeParts(header, ChallengeHeader.size, parts);
  return bytesOf(view);
}

/** An AUTHENTICATE_MESSAGE, decoded. */
export interface AuthenticateMessage {
  readonly flags: number;
  readonly userName: string;
  readonly domainName: string;
  readonly workstation: string;
  readonly lmChallengeResponse: Uint8Array;
  readonly ntChallengeResponse: Uint8Array;
  readonly encryptedRandomSessionKey: Uint8Array;
}

/**
 * Reads an AUTHENTICATE_MESSAGE; byte runs are views of it.
 *
 * @throws WireError when it is none, or tells of bytes outside of it
 */
export function readAuthenticate(message: Uint8Array): AuthenticateMessage {
  const view = viewOf(message);
  const header = AuthenticateHeader.read(view, 0);
  const flags = header.negotiateFlags;
  const place = (what: AuthenticatePart) => ({
    offset: header[`${what}Offset`],
    length: header[`${what}Length`],
    what,
  });
  return {
    flags,
    userName: readName(view, place("userName"), flags),
    domainName: readName(view, place("domainName"), flags),
    workstation: readName(view, place("workstation"), flags),
    lmChallengeResponse: readPart(view, place("lmChallengeResponse")),
    ntChallengeResponse: readPart(view, place("ntChallengeResponse")),
    encryptedRandomSessionKey: readPart(view, place("encryptedRandomSessionKey")),
  };
}

type AuthenticatePart = Exclude<keyof AuthenticateMessage, "flags">;

/** An AUTHENTICATE_MESSAGE in bytes, its MIC zero. */
export function writeAuthenticate(message: AuthenticateMessage): Uint8Array {
  const parts: (readonly [AuthenticatePart, Uint8Array])[] = [
    ["domainName", nameBytes(message.domainName, message.flags)],
    ["userName", nameBytes(message.userName, message.flags)],
    ["workstation", nameBytes(message.workstation, message.flags)],
    ["lmChallengeResponse", message.lmChallengeResponse],
    ["ntChallengeResponse", message.ntChallengeResponse],
    ["encryptedRandomSessionKey", message.encryptedRandomSessionKey],
  ];
  const size = AuthenticateHeader.size + AuthenticateMic.size;
  const view = new DataView(new ArrayBuffer(size + partsLength(parts)));
  const header = AuthenticateHeader.blank(view, 0);
  header.negotiateFlags = message.flags;
  writeParts(header, size, parts);
  const mic = AuthenticateMic.blank(view, AuthenticateHeader.size);
  if ((message.flags & NegotiateFlags.VERSION) !== 0) mic.version = VERSION;
  return bytesOf(view);
}

/**
 * The MIC of an AUTHENTICATE_MESSAGE: a view, so that a client writes it there.
 *
 * @throws WireError when the message ends before it
 */
export function micOf(message: Uint8Array): Uint8Array {
  return AuthenticateMic.read(viewOf(message), AuthenticateHeader.size).mic;
}

/** NTLMv2_RESPONSE, taken apart. [MS-NLMP] 2.2.2.8 */
export interface Ntlmv2Response {
  /** NTProofStr, 16 bytes. */
  readonly proof: Uint8Array;
  /** NTLMv2_CLIENT_CHALLENGE as it was sent: what the proof is made over. */
  readonly clientChallenge: Uint8Array;
  readonly avPairs: readonly AvPair[];
}

/** @throws WireError when it is none: also for the responses of LM and NTLMv1 */
export function readNtlmv2Response(response: Uint8Array): Ntlmv2Response {
  const clientChallenge = response.subarray(PROOF_BYTES);
  ClientChallengeHeader.read(viewOf(clientChallenge), 0);
  return {
    proof: response.subarray(0, PROOF_BYTES),
    clientChallenge,
    avPairs: readAvPairs(viewOf(clientChallenge.subarray(ClientChallengeHeader.size))),
  };
}

/** What a client makes an NTLMv2_CLIENT_CHALLENGE of. */
export interface ClientChallenge {
  /** FILETIME. */
  readonly ticks: bigint;
  /** 8 bytes. */
  readonly challenge: Uint8Array;
  readonly avPairs: readonly AvPair[];
}

/** NTLMv2_CLIENT_CHALLENGE in bytes, with the four zero bytes that Windows puts behind it. */
export function writeClientChallenge({ ticks, challenge, avPairs }: ClientChallenge): Uint8Array {
  const pairs = writeAvPairs(avPairs);
  const bytes = new Uint8Array(ClientChallengeHeader.size + pairs.length + 4);
  const header = ClientChallengeHeader.blank(viewOf(bytes), 0);
  header.timeStamp = ticks;
  header.challengeFromClient = challenge;
  bytes.set(pairs, ClientChallengeHeader.size);
  return bytes;
}

/** Whether a response can be none but one of LM or NTLMv1, or none at all. [MS-NLMP] 2.2.2.6 */
export function isTooShortForNtlmv2(response: Uint8Array): boolean {
  return response.length < PROOF_BYTES + ClientChallengeHeader.size;
}
