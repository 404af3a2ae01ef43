/**
 * The client's side of NTLM and SPNEGO, for tests. [MS-NLMP] 3.1.5, RFC 4178
 *
 * @packageDocumentation
 */
import { WireError } from "../../bytes/index.js";
import {
  canSign,
  exchangeKey,
  messageIntegrityCode,
  NtlmSigning,
  ntHash,
  ntlmv2Proof,
  ntowfv2,
  SESSION_KEY_BYTES,
  sessionBaseKey,
} from "../../smb/auth/index.js";
import {
  AvFlags,
  avFlags,
  micOf,
  NegotiateFlags,
  readAvTimestamp,
  readChallenge,
  writeAuthenticate,
  writeClientChallenge,
  writeNegotiate,
} from "../../wire/ntlm/index.js";
import {
  Mechanism,
  NegState,
  type NegTokenResp,
  readNegToken,
  writeMechTypes,
  writeNegTokenInit,
  writeNegTokenResp,
} from "../../wire/spnego/index.js";

/** Who logs on, and how. */
export interface NtlmCredentials {
  /** Empty for an anonymous logon. */
  readonly userName: string;
  readonly password: string;
  readonly domainName?: string;
  readonly workstation?: string;
}

/** What a test may hold or change. */
export interface NtlmInitiatorOptions extends NtlmCredentials {
  readonly randomBytes: (length: number) => Uint8Array;
  /** Flags that are not asked for. */
  readonly without?: number;
  /** No MIC, as old clients. */
  readonly withoutMic?: boolean;
}

const ASKED_FLAGS =
  NegotiateFlags.UNICODE |
  NegotiateFlags.REQUEST_TARGET |
  NegotiateFlags.SIGN |
  NegotiateFlags.SEAL |
  NegotiateFlags.NTLM |
  NegotiateFlags.ALWAYS_SIGN |
  NegotiateFlags.EXTENDED_SESSIONSECURITY |
  NegotiateFlags.TARGET_INFO |
  NegotiateFlags.VERSION |
  NegotiateFlags.NEGOTIATE_128 |
  NegotiateFlags.KEY_EXCH |
  NegotiateFlags.NEGOTIATE_56;

/** What both sides have in the end. */
export interface Established {
  /** 16 bytes. */
  readonly sessionKey: Uint8Array;
  /** Signatures of both directions, where they were negotiated. */
  readonly signing: { readonly client: NtlmSigning; readonly server: NtlmSigning } | undefined;
}

/** The client's side of one NTLM authentication. */
export class NtlmInitiator {
  readonly #options: NtlmInitiatorOptions;
  readonly #negotiate: Uint8Array;
  #established: Established | undefined;

  constructor(options: NtlmInitiatorOptions) {
    this.#options = options;
    this.#negotiate = writeNegotiate({ flags: ASKED_FLAGS & ~(options.without ?? 0) });
  }

  /** NEGOTIATE_MESSAGE. */
  negotiate(): Uint8Array {
    return this.#negotiate;
  }

  /**
   * AUTHENTICATE_MESSAGE, in answer to a CHALLENGE_MESSAGE. [MS-NLMP] 3.1.5.1.2
   *
   * @throws WireError when `challenge` is none
   */
  authenticate(challenge: Uint8Array): Uint8Array {
    const { userName, domainName = "", workstation = "", randomBytes } = this.#options;
    const offered = readChallenge(challenge);
    const flags = offered.flags & ~(this.#options.without ?? 0);
    const response = userName === "" ? anonymousResponse() : this.#respond(challenge);

    const isExchanging = (flags & NegotiateFlags.KEY_EXCH) !== 0;
    const sessionKey = isExchanging ? randomBytes(SESSION_KEY_BYTES) : response.keyExchangeKey;
    const message = writeAuthenticate({
      flags: userName === "" ? flags | NegotiateFlags.ANONYMOUS : flags,
      userName,
      domainName,
      workstation,
      lmChallengeResponse: response.lm,
      ntChallengeResponse: response.nt,
      encryptedRandomSessionKey: isExchanging
        ? exchangeKey(response.keyExchangeKey, sessionKey)
        : new Uint8Array(0),
    });
    if (response.hasMic) {
      const sent = { negotiate: this.#negotiate, challenge, authenticate: message };
      micOf(message).set(messageIntegrityCode(sessionKey, sent));
    }
    this.#established = { sessionKey, signing: signingOf(sessionKey, flags) };
    return message;
  }

  /** What there is after `authenticate`. */
  get established(): Established {
    if (this.#established === undefined) throw new Error("authenticate comes first");
    return this.#established;
  }

  /** The response of NTLMv2. [MS-NLMP] 3.3.2 */
  #respond(challenge: Uint8Array) {
    const { userName, domainName = "", password, randomBytes, withoutMic = false } = this.#options;
    const { serverChallenge, targetInfo } = readChallenge(challenge);
    const ticks = readAvTimestamp(targetInfo);
    const hasMic = ticks !== undefined && !withoutMic;
    const clientChallenge = writeClientChallenge({
      ticks: ticks ?? 0n,
      challenge: randomBytes(8),
      avPairs: hasMic ? [...targetInfo, avFlags(AvFlags.MIC_PROVIDED)] : targetInfo,
    });
    const responseKey = ntowfv2(ntHash(password), { userName, domainName });
    const proof = ntlmv2Proof(responseKey, serverChallenge, clientChallenge);
    return {
      lm: new Uint8Array(24),
      nt: Buffer.concat([proof, clientChallenge]),
      keyExchangeKey: sessionBaseKey(responseKey, proof),
      hasMic,
    };
  }
}

/** [MS-NLMP] 3.1.5.1.2, with ANONYMOUS */
function anonymousResponse() {
  return {
    lm: new Uint8Array(1),
    nt: new Uint8Array(0),
    keyExchangeKey: new Uint8Array(SESSION_KEY_BYTES),
    hasMic: false,
  };
}

function signingOf(sessionKey: Uint8Array, flags: number): Established["signing"] {
  if (!canSign(flags)) return undefined;
  return {
    client: new NtlmSigning("client", sessionKey, flags),
    server: new NtlmSigning("server", sessionKey, flags),
  };
}

/** How the mechanism is negotiated. */
export interface SpnegoInitiatorOptions extends NtlmInitiatorOptions {
  /** What is offered, best first; NTLMSSP alone without. */
  readonly mechTypes?: readonly string[];
  /** Send a mechListMIC, also where it is not required; so without. */
  readonly withMechListMic?: boolean;
  /** Send no mechToken with the first token. */
  readonly withoutFirstToken?: boolean;
}

/** The client's side of one authentication: NTLM in SPNEGO. */
export class SpnegoInitiator {
  readonly #ntlm: NtlmInitiator;
  readonly #mechTypes: readonly string[];
  readonly #withMechListMic: boolean;
  readonly #withoutFirstToken: boolean;
  #hasNegotiated = false;
  #hasSentMic = false;

  constructor(options: SpnegoInitiatorOptions) {
    this.#ntlm = new NtlmInitiator(options);
    this.#mechTypes = options.mechTypes ?? [Mechanism.NTLMSSP];
    this.#withMechListMic = options.withMechListMic ?? true;
    this.#withoutFirstToken = options.withoutFirstToken ?? false;
  }

  /** The token of the first SESSION_SETUP. */
  first(): Uint8Array {
    const isFirst = this.#mechTypes[0] === Mechanism.NTLMSSP && !this.#withoutFirstToken;
    this.#hasNegotiated = isFirst;
    return writeNegTokenInit({
      mechTypes: this.#mechTypes,
      mechToken: isFirst ? this.#ntlm.negotiate() : undefined,
    });
  }

  /**
   * The token that answers one of the server's that was not the last.
   *
   * @throws WireError when it does not belong here
   */
  next(token: Uint8Array): Uint8Array {
    const { responseToken } = readResp(token);
    if (!this.#hasNegotiated) {
      this.#hasNegotiated = true;
      return writeNegTokenResp({ responseToken: this.#ntlm.negotiate() });
    }
    if (responseToken === undefined) throw new WireError("NegTokenResp: no challenge");
    const authenticate = this.#ntlm.authenticate(responseToken);
    const { signing } = this.#ntlm.established;
    this.#hasSentMic = this.#withMechListMic && signing !== undefined;
    return writeNegTokenResp({
      responseToken: authenticate,
      mechListMic: this.#hasSentMic
        ? signing?.client.sign(writeMechTypes(this.#mechTypes))
        : undefined,
    });
  }

  /**
   * Takes the last token of the server: it must accept, and sign the list of mechanisms where the
   * client did.
   *
   * @throws WireError when it does not
   */
  finish(token: Uint8Array): Established {
    const { negState, mechListMic } = readResp(token);
    if (negState !== NegState.ACCEPT_COMPLETED) throw new WireError("NegTokenResp: not accepted");
    const { established } = this.#ntlm;
    if (this.#hasSentMic || mechListMic !== undefined) {
      const list = writeMechTypes(this.#mechTypes);
      if (
        mechListMic === undefined ||
        established.signing?.server.verify(list, mechListMic) !== true
      ) {
        throw new WireError("NegTokenResp: bad mechListMIC");
      }
    }
    return established;
  }

  /** What there is after the last token was made. */
  get established(): Established {
    return this.#ntlm.established;
  }
}

function readResp(token: Uint8Array): NegTokenResp {
  const resp = readNegToken(token);
  if (resp.kind !== "resp") throw new WireError("SPNEGO: NegTokenInit where none belongs");
  return resp;
}
