import { utf16, WireError } from "../../bytes/index.js";
import { isEqual } from "../../crypto/index.js";
import { NtStatus, ticksOfMs } from "../../nt/index.js";
import {
  type AuthenticateMessage,
  AvFlags,
  AvId,
  avTimestamp,
  isTooShortForNtlmv2,
  micOf,
  NegotiateFlags,
  readAuthenticate,
  readAvFlags,
  readNegotiate,
  readNtlmv2Response,
  writeChallenge,
} from "../../wire/ntlm/index.js";
import type { AcceptCompleted, Acceptor, AcceptResult, Identity } from "./accept-result.js";
import type { Accounts } from "./accounts.js";
import {
  exchangeKey,
  messageIntegrityCode,
  ntlmv2Proof,
  ntowfv2,
  SESSION_KEY_BYTES,
  sessionBaseKey,
} from "./ntlm-hash.js";
import { canSign, NtlmSigning } from "./ntlm-signing.js";

/** What a server calls itself to its clients. [MS-NLMP] 2.2.2.1 */
export interface ServerNames {
  /** At most 15 characters, upper case. */
  readonly netbiosComputer: string;
  /** The same as `netbiosComputer` where there is no domain. */
  readonly netbiosDomain: string;
  readonly dnsComputer: string;
  readonly dnsDomain: string;
}

/** What an authentication needs to know. */
export interface AcceptorOptions {
  readonly accounts: Pick<Accounts, "find" | "allowGuest">;
  readonly names: ServerNames;
  /** The time in milliseconds since 1970, as `Date.now()` gives it. */
  readonly nowMs: () => number;
  /** Bytes that nobody can guess, in memory of their own. */
  readonly randomBytes: (length: number) => Uint8Array;
}

const CHALLENGE_BYTES = 8;

/** What the server always says. */
const OWN_FLAGS =
  NegotiateFlags.NTLM |
  NegotiateFlags.ALWAYS_SIGN |
  NegotiateFlags.TARGET_INFO |
  NegotiateFlags.TARGET_TYPE_SERVER;

/** What the server agrees to. */
const AGREED_FLAGS =
  NegotiateFlags.UNICODE |
  NegotiateFlags.REQUEST_TARGET |
  NegotiateFlags.SIGN |
  NegotiateFlags.SEAL |
  NegotiateFlags.EXTENDED_SESSIONSECURITY |
  NegotiateFlags.VERSION |
  NegotiateFlags.NEGOTIATE_128 |
  NegotiateFlags.NEGOTIATE_56 |
  NegotiateFlags.KEY_EXCH;

/** Stands for the hash of an account that there is not, so that both take the same time. */
const NO_HASH = new Uint8Array(SESSION_KEY_BYTES);

/** What the server remembers between CHALLENGE and AUTHENTICATE. */
interface Challenged {
  readonly negotiate: Uint8Array;
  readonly challenge: Uint8Array;
  readonly serverChallenge: Uint8Array;
  readonly flags: number;
}

/** A response that was right, or whose user may be a guest. */
interface Proven {
  readonly identity: Identity;
  readonly keyExchangeKey: Uint8Array;
  /** The client says that there is a MIC. */
  readonly hasMic: boolean;
}

const refuse = (refused: NtStatus) => ({ refused });

/** The server's side of one NTLM authentication: NTLMv2 and no less. [MS-NLMP] 3.2.5 */
export class NtlmAcceptor implements Acceptor {
  readonly #options: AcceptorOptions;
  #state: "begun" | Challenged | "ended" = "begun";

  constructor(options: AcceptorOptions) {
    this.#options = options;
  }

  accept(token: Uint8Array): AcceptResult {
    const state = this.#state;
    this.#state = "ended";
    if (state === "ended") return refuse(NtStatus.INVALID_PARAMETER);
    try {
      return state === "begun" ? this.#challenge(token) : this.#authenticate(token, state);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return refuse(NtStatus.INVALID_PARAMETER);
    }
  }

  /** [MS-NLMP] 3.2.5.1.1 */
  #challenge(token: Uint8Array): AcceptResult {
    const negotiate = Uint8Array.from(token);
    const asked = readNegotiate(negotiate).flags;
    const isUnicode = (asked & NegotiateFlags.UNICODE) !== 0;
    const flags = (asked & AGREED_FLAGS) | OWN_FLAGS | (isUnicode ? 0 : NegotiateFlags.OEM);
    const { names, nowMs, randomBytes } = this.#options;
    const serverChallenge = randomBytes(CHALLENGE_BYTES);
    const challenge = writeChallenge({
      flags,
      targetName: names.netbiosComputer,
      serverChallenge,
      targetInfo: [
        { id: AvId.NB_DOMAIN_NAME, value: utf16(names.netbiosDomain) },
        { id: AvId.NB_COMPUTER_NAME, value: utf16(names.netbiosComputer) },
        { id: AvId.DNS_DOMAIN_NAME, value: utf16(names.dnsDomain) },
        { id: AvId.DNS_COMPUTER_NAME, value: utf16(names.dnsComputer) },
        avTimestamp(ticksOfMs(nowMs())), // who sees it sends a MIC
      ],
    });
    this.#state = { negotiate, challenge, serverChallenge, flags };
    return { done: false, token: challenge };
  }

  /** [MS-NLMP] 3.2.5.1.2 */
  #authenticate(token: Uint8Array, challenged: Challenged): AcceptResult {
    const message = readAuthenticate(token);
    const proven = isAnonymous(message)
      ? anonymous(message)
      : this.#prove(message, challenged.serverChallenge);
    if ("refused" in proven) return proven;
    const { identity, keyExchangeKey, hasMic } = proven;
    if (identity.kind === "guest") {
      return { done: true, identity, sessionKey: new Uint8Array(SESSION_KEY_BYTES) };
    }

    const flags = message.flags & challenged.flags;
    const sessionKey = exportedSessionKey(message, flags, keyExchangeKey);
    if (sessionKey === undefined) return refuse(NtStatus.INVALID_PARAMETER);
    if (hasMic) {
      const code = messageIntegrityCode(sessionKey, { ...challenged, authenticate: token });
      // The status is Samba's; [MS-NLMP] has only SEC_E_MESSAGE_ALTERED.
      if (!isEqual(micOf(token), code)) return refuse(NtStatus.INVALID_PARAMETER);
    }
    return completed(identity, sessionKey, flags);
  }

  /** Holds the response against the account. Who is not known costs as much as who is. */
  #prove(message: AuthenticateMessage, serverChallenge: Uint8Array) {
    const { userName, domainName, workstation, ntChallengeResponse } = message;
    if (isTooShortForNtlmv2(ntChallengeResponse)) return refuse(NtStatus.LOGON_FAILURE);
    const response = readNtlmv2Response(ntChallengeResponse);

    const { accounts } = this.#options;
    const account = accounts.find(userName);
    const responseKey = ntowfv2(account?.ntHash ?? NO_HASH, message);
    const proof = ntlmv2Proof(responseKey, serverChallenge, response.clientChallenge);
    const keyExchangeKey = sessionBaseKey(responseKey, proof);
    const isRight = isEqual(proof, response.proof);

    if (account === undefined) {
      if (!accounts.allowGuest) return refuse(NtStatus.LOGON_FAILURE);
      const guest: Identity = { kind: "guest", userName, domainName, workstation };
      return { identity: guest, keyExchangeKey, hasMic: false } satisfies Proven;
    }
    if (!isRight) return refuse(NtStatus.LOGON_FAILURE);
    return {
      identity: { kind: "user", userName: account.userName, domainName, workstation },
      keyExchangeKey,
      hasMic: (readAvFlags(response.avPairs) & AvFlags.MIC_PROVIDED) !== 0,
    } satisfies Proven;
  }
}

/** [MS-NLMP] 3.2.5.1.2 */
function isAnonymous(message: AuthenticateMessage): boolean {
  return (
    message.userName === "" &&
    message.ntChallengeResponse.length === 0 &&
    message.lmChallengeResponse.length <= 1
  );
}

function anonymous({ domainName, workstation }: AuthenticateMessage): Proven {
  return {
    identity: { kind: "anonymous", userName: "", domainName, workstation },
    keyExchangeKey: new Uint8Array(SESSION_KEY_BYTES),
    hasMic: false,
  };
}

/**
 * The key that both sides have from here on; undefined where a key should have been sent and was
 * not. [MS-NLMP] 3.2.5.1.2
 */
function exportedSessionKey(
  { encryptedRandomSessionKey: sent }: AuthenticateMessage,
  flags: number,
  keyExchangeKey: Uint8Array,
): Uint8Array | undefined {
  if ((flags & NegotiateFlags.KEY_EXCH) === 0) return keyExchangeKey;
  return sent.length === SESSION_KEY_BYTES ? exchangeKey(keyExchangeKey, sent) : undefined;
}

function completed(identity: Identity, sessionKey: Uint8Array, flags: number): AcceptCompleted {
  if (!canSign(flags)) return { done: true, identity, sessionKey };
  const signing = {
    client: new NtlmSigning("client", sessionKey, flags),
    server: new NtlmSigning("server", sessionKey, flags),
  };
  return { done: true, identity, sessionKey, signing };
}
