/**
 * SESSION_SETUP, the client's side. [MS-SMB2] 3.2.4.2.3, 3.2.5.3
 *
 * @packageDocumentation
 */
import { randomBytes } from "node:crypto";
import { WireError } from "../../bytes/index.js";
import { NtStatus } from "../../nt/index.js";
import {
  Dialect,
  SMB2_NEGOTIATE_SIGNING_ENABLED,
  SMB2_NEGOTIATE_SIGNING_REQUIRED,
  SMB2_SESSION_FLAG_ENCRYPT_DATA,
  SMB2_SESSION_FLAG_IS_GUEST,
  SMB2_SESSION_FLAG_IS_NULL,
} from "../../wire/smb2/index.js";
import { type ClientConnection, NOBODY } from "./client-connection.js";
import { ClientProtection, type ProtectionMode } from "./client-protection.js";
import { ClientSession } from "./client-session.js";
import { MAX_LOG_ON_ROUNDS } from "./limits.js";
import { type Negotiated, nextPreauthHash } from "./negotiation.js";
import { SpnegoInitiator } from "./ntlm.js";
import type { Answer, Reply } from "./request.js";
import { type SessionSetupReply, sessionSetupRequest } from "./session-requests.js";

/** Who logs on, and how their requests go from then on. */
export interface LogOnOptions {
  /** Empty for an anonymous logon. */
  readonly user: string;
  readonly password: string;
  readonly domain?: string;
  /** `signed` unless told. A server that demands encryption gets it in any case. */
  readonly protection?: ProtectionMode;
  /** The session that this client had before it lost its connection. */
  readonly previousSessionId?: number;
}

/** One exchange of SESSION_SETUP messages, until the server lets somebody in or does not. */
export class LogOn {
  readonly #connection: ClientConnection;
  readonly #negotiated: Negotiated;
  readonly #options: LogOnOptions;
  readonly #initiator: SpnegoInitiator;
  #preauthHash: Uint8Array;
  #sessionId = 0;
  #protection: ClientProtection | undefined;

  /** @param preauthHash - over the messages of the NEGOTIATE */
  constructor(
    connection: ClientConnection,
    negotiated: Negotiated,
    preauthHash: Uint8Array,
    options: LogOnOptions,
  ) {
    this.#connection = connection;
    this.#negotiated = negotiated;
    this.#options = options;
    this.#preauthHash = preauthHash;
    this.#initiator = new SpnegoInitiator({
      userName: options.user,
      password: options.password,
      ...(options.domain !== undefined && { domainName: options.domain }),
      randomBytes,
    });
  }

  /** @throws WireError when the server's answers are wrong, or not signed as they should be */
  async run(): Promise<Reply<ClientSession>> {
    let token = this.#initiator.first();
    for (let round = 0; round < MAX_LOG_ON_ROUNDS; round++) {
      const { status, value } = await this.#exchange(token);
      if (value === undefined) return { status, value };
      if (status === NtStatus.SUCCESS) return { status, value: this.#sessionOf(value) };
      token = this.#initiator.next(value.token);
    }
    throw new WireError("SESSION_SETUP: too many rounds");
  }

  #exchange(token: Uint8Array): Promise<Reply<SessionSetupReply>> {
    const { previousSessionId, protection } = this.#options;
    const required = protection === "signed" ? SMB2_NEGOTIATE_SIGNING_REQUIRED : 0;
    const request = sessionSetupRequest(
      {
        token,
        securityMode: SMB2_NEGOTIATE_SIGNING_ENABLED | required,
        ...(previousSessionId !== undefined && { previousSessionId }),
      },
      (answer, reply) => {
        this.#take(answer, reply);
      },
    );
    const onSent = (message: Uint8Array) => {
      this.#preauthHash = nextPreauthHash(this.#preauthHash, message);
    };
    const context = { ...NOBODY, sessionId: this.#sessionId };
    return this.#connection.start(request, context, { onSent }).answer;
  }

  /** Looks at an answer as long as its bytes are there: they are hashed, or signed. */
  #take(answer: Answer, { sessionId, sessionFlags, token }: SessionSetupReply): void {
    const { bytes, status } = answer;
    this.#sessionId = sessionId;
    if (status !== NtStatus.SUCCESS) {
      const message = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      this.#preauthHash = nextPreauthHash(this.#preauthHash, message);
      return;
    }
    const { sessionKey } = this.#initiator.finish(token);
    const withoutKey = SMB2_SESSION_FLAG_IS_GUEST | SMB2_SESSION_FLAG_IS_NULL;
    if ((sessionFlags & withoutKey) !== 0) return;

    const mustEncrypt = (sessionFlags & SMB2_SESSION_FLAG_ENCRYPT_DATA) !== 0;
    this.#protection = new ClientProtection({
      mode: mustEncrypt ? "encrypted" : (this.#options.protection ?? "signed"),
      sessionId,
      sessionKey,
      preauthHash: this.#preauthHash,
      negotiated: this.#negotiated,
    });
    // [MS-SMB2] 3.2.5.3.1
    this.#protection.checkProof(answer, this.#negotiated.dialect >= Dialect.SMB_3_0);
    this.#connection.addProtection(this.#protection);
  }

  #sessionOf({ sessionId, sessionFlags }: SessionSetupReply): ClientSession {
    const context = { sessionId, treeId: 0, protection: this.#protection };
    return new ClientSession(this.#connection, context, sessionFlags);
  }
}
