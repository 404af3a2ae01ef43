/**
 * What NTLMv2 computes, for both sides. [MS-NLMP] 3.3, 3.4
 *
 * @packageDocumentation
 */
import { utf16 } from "../../bytes/index.js";
import { hmacMd5, md4, Rc4 } from "../../crypto/index.js";
import { foldName } from "../../nt/index.js";
import { MIC_BYTES, MIC_OFFSET } from "../../wire/ntlm/index.js";

/** Length of all keys here, in bytes. */
export const SESSION_KEY_BYTES = 16;

/** The hash of a password that accounts are kept with: NTOWFv1. [MS-NLMP] 3.3.1 */
export function ntHash(password: string): Uint8Array {
  return md4(utf16(password));
}

/** A user to a domain. */
export interface UserAndDomain {
  readonly userName: string;
  /** As the client sent it: its case counts. */
  readonly domainName: string;
}

/** The key that a response is made with: NTOWFv2. [MS-NLMP] 3.3.2 */
export function ntowfv2(hash: Uint8Array, { userName, domainName }: UserAndDomain): Uint8Array {
  return hmacMd5(hash, utf16(foldName(userName) + domainName));
}

/**
 * NTProofStr: what shows that the client knows the password. [MS-NLMP] 3.3.2
 *
 * @param responseKey - NTOWFv2
 * @param serverChallenge - 8 bytes
 * @param clientChallenge - NTLMv2_CLIENT_CHALLENGE as it is sent, with all that follows it
 */
export function ntlmv2Proof(
  responseKey: Uint8Array,
  serverChallenge: Uint8Array,
  clientChallenge: Uint8Array,
): Uint8Array {
  return hmacMd5(responseKey, serverChallenge, clientChallenge);
}

/** SessionBaseKey, which in NTLMv2 is KeyExchangeKey too. [MS-NLMP] 3.3.2, 3.4.5.1 */
export function sessionBaseKey(responseKey: Uint8Array, proof: Uint8Array): Uint8Array {
  return hmacMd5(responseKey, proof);
}

/**
 * The session key that a client chose, out of what it sent; and what it sends, out of the session
 * key. [MS-NLMP] 3.1.5.1.2, 3.2.5.1.2
 */
export function exchangeKey(keyExchangeKey: Uint8Array, key: Uint8Array): Uint8Array {
  return new Rc4(keyExchangeKey).transform(key);
}

/** The three messages of one authentication, as they were sent. */
export interface Transcript {
  readonly negotiate: Uint8Array;
  readonly challenge: Uint8Array;
  /** With a MIC field; what is in it does not count. */
  readonly authenticate: Uint8Array;
}

/** The MIC of an AUTHENTICATE_MESSAGE. [MS-NLMP] 3.1.5.1.2 */
export function messageIntegrityCode(exportedSessionKey: Uint8Array, sent: Transcript): Uint8Array {
  return hmacMd5(
    exportedSessionKey,
    sent.negotiate,
    sent.challenge,
    sent.authenticate.subarray(0, MIC_OFFSET),
    new Uint8Array(MIC_BYTES),
    sent.authenticate.subarray(MIC_OFFSET + MIC_BYTES),
  );
}
