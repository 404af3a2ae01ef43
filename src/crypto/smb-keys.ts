/**
 * The keys of an SMB 3 session. [MS-SMB2] 3.3.5.5.3
 *
 * @packageDocumentation
 */
import { deriveKey } from "./key-derivation.js";
import { Cipher } from "./sealing.js";

/** Length of Session.SessionKey, in bytes. [MS-SMB2] 3.3.1.8 */
const SESSION_KEY_BYTES = 16;

/** The keys of a session. The signing key of a further channel comes of the same functions. */
export interface SmbKeys {
  readonly signingKey: Uint8Array;
  /** From the client to the server: what the server decrypts with. */
  readonly clientToServerKey: Uint8Array;
  /** From the server to the client: what the server encrypts with. */
  readonly serverToClientKey: Uint8Array;
  /** For protocols in named pipes. */
  readonly applicationKey: Uint8Array;
}

const ascii = (text: string) => Uint8Array.from(Buffer.from(`${text}\0`, "ascii"));

const SMB3 = {
  signing: [ascii("SMB2AESCMAC"), ascii("SmbSign")],
  clientToServer: [ascii("SMB2AESCCM"), ascii("ServerIn ")], // the blank belongs to it
  serverToClient: [ascii("SMB2AESCCM"), ascii("ServerOut")],
  application: [ascii("SMB2APP"), ascii("SmbRpc")],
} as const;

const SMB311 = {
  signing: ascii("SMBSigningKey"),
  clientToServer: ascii("SMBC2SCipherKey"),
  serverToClient: ascii("SMBS2CCipherKey"),
  application: ascii("SMBAppKey"),
} as const;

/**
 * The keys of a session of SMB 3.0 or 3.0.2, whose cipher is AES-128-CCM.
 *
 * @param fullSessionKey - as the authentication gave it; its first 16 bytes count
 */
export function deriveSmb3Keys(fullSessionKey: Uint8Array): SmbKeys {
  const sessionKey = sessionKeyOf(fullSessionKey);
  const derive = ([label, context]: readonly [Uint8Array, Uint8Array]) =>
    deriveKey(sessionKey, label, context, 128);
  return {
    signingKey: derive(SMB3.signing),
    clientToServerKey: derive(SMB3.clientToServer),
    serverToClientKey: derive(SMB3.serverToClient),
    applicationKey: derive(SMB3.application),
  };
}

/**
 * The keys of a session of SMB 3.1.1.
 *
 * @param fullSessionKey - as the authentication gave it; AES-256 takes all of it
 * @param preauthHash - Session.PreauthIntegrityHashValue, SHA-512
 * @param cipher - Connection.CipherId; without one, keys for AES-128 come out
 */
export function deriveSmb311Keys(
  fullSessionKey: Uint8Array,
  preauthHash: Uint8Array,
  cipher?: Cipher,
): SmbKeys {
  const sessionKey = sessionKeyOf(fullSessionKey);
  const isAes256 = cipher === Cipher.AES_256_CCM || cipher === Cipher.AES_256_GCM;
  const derive = (label: Uint8Array) => deriveKey(sessionKey, label, preauthHash, 128);
  const deriveCipherKey = (label: Uint8Array) =>
    isAes256 ? deriveKey(fullSessionKey, label, preauthHash, 256) : derive(label);
  return {
    signingKey: derive(SMB311.signing),
    clientToServerKey: deriveCipherKey(SMB311.clientToServer),
    serverToClientKey: deriveCipherKey(SMB311.serverToClient),
    applicationKey: derive(SMB311.application),
  };
}

/** The first 16 bytes, with zeros behind a shorter one. [MS-SMB2] 3.3.5.5.3 */
function sessionKeyOf(fullSessionKey: Uint8Array): Uint8Array {
  const sessionKey = new Uint8Array(SESSION_KEY_BYTES);
  sessionKey.set(fullSessionKey.subarray(0, SESSION_KEY_BYTES));
  return sessionKey;
}
