import { bytesOf, type Read } from "../../bytes/index.js";
import {
  createSealer,
  createSigner,
  deriveSmb3Keys,
  deriveSmb311Keys,
  type SmbKeys,
} from "../../crypto/index.js";
import { NtStatus } from "../../nt/index.js";
import {
  Dialect,
  type SessionSetupRequest,
  SessionSetupResponse,
  SMB2_NEGOTIATE_SIGNING_REQUIRED,
  SMB2_SESSION_FLAG_BINDING,
  SMB2_SESSION_FLAG_ENCRYPT_DATA,
  SMB2_SESSION_FLAG_IS_GUEST,
  SMB2_SESSION_FLAG_IS_NULL,
} from "../../wire/smb2/index.js";
import { HEADER_SIZE } from "../answer.js";
import { type AcceptCompleted, SpnegoAcceptor } from "../auth/index.js";
import type { Call } from "../call.js";
import { callerOf } from "../caller.js";
import type { Connection } from "../connection.js";
import { MAX_SESSIONS_PER_CONNECTION } from "../limits.js";
import type { Session, SessionKeys } from "../session.js";
import { nextPreauthHash } from "./negotiate.js";

/** [MS-SMB2] 3.3.5.5 */
export async function sessionSetup(
  call: Call,
  request: Read<typeof SessionSetupRequest>,
): Promise<NtStatus> {
  const { connection } = call;
  const { server } = connection;
  // Further channels are not offered. [MS-SMB2] 3.3.5.5.2
  if ((request.flags & SMB2_SESSION_FLAG_BINDING) !== 0) return NtStatus.REQUEST_NOT_ACCEPTED;
  const token = call.partBytes(
    request.securityBufferOffset,
    request.securityBufferLength,
    "SESSION_SETUP SecurityBuffer",
  );
  const session = findSession(call);
  if (typeof session === "number") return session;
  call.session = session;
  hashRequest(call, session);

  session.acceptor ??= newAcceptor(connection);
  const result = session.acceptor.accept(token);
  if ("refused" in result) {
    await fail(session);
    return result.refused;
  }
  if (!result.done) {
    respond(call, 0, result.token);
    hashAnswer(call, session);
    return NtStatus.MORE_PROCESSING_REQUIRED;
  }
  session.acceptor = undefined;
  const { previousSessionId } = request;
  if (previousSessionId !== 0 && previousSessionId !== session.sessionId) {
    await server.closePreviousSession(previousSessionId, result.identity.userName);
  }
  return complete(call, request, session, result);
}

/** The session that a request goes on with, or a new one. */
function findSession(call: Call): Session | NtStatus {
  const { connection, header } = call;
  const { server } = connection;
  if (header.sessionId !== 0) {
    return connection.sessions.get(header.sessionId) ?? NtStatus.USER_SESSION_DELETED;
  }
  if (connection.sessions.size >= MAX_SESSIONS_PER_CONNECTION) {
    return NtStatus.INSUFF_SERVER_RESOURCES;
  }
  const session = server.newSession(connection);
  session.preauthHash = connection.preauthHash;
  return session;
}

function newAcceptor({ server }: Connection): SpnegoAcceptor {
  const { accounts, clock, serverName } = server.config;
  const dnsName = serverName.toLowerCase();
  return new SpnegoAcceptor({
    accounts,
    nowMs: () => clock.nowMs(),
    randomBytes: (length) => clock.random(length),
    names: {
      netbiosComputer: serverName,
      netbiosDomain: serverName,
      dnsComputer: dnsName,
      dnsDomain: dnsName,
    },
  });
}

/** Who cannot say who he is has no session any more, not even the one he had. [MS-SMB2] 3.3.5.5.3 */
async function fail(session: Session): Promise<void> {
  session.acceptor = undefined;
  await session.connection.server.closeSession(session);
}

/** The user is known: the session is valid, or has a user anew. [MS-SMB2] 3.3.5.5.3 */
function complete(
  call: Call,
  request: Read<typeof SessionSetupRequest>,
  session: Session,
  { identity, sessionKey, token }: AcceptCompleted,
): NtStatus {
  const { connection } = call;
  const { config } = connection.server;
  const isNew = !session.isValid;
  session.caller = callerOf(identity, config.accounts.find(identity.userName), {
    sessionId: session.sessionId,
    clientAddress: connection.transport.clientAddress,
  });
  session.kind = identity.kind;
  if (isNew) {
    const isUser = identity.kind === "user";
    const cannotProtect = !isUser && config.encryption === "required";
    if (cannotProtect) {
      session.caller = undefined;
      void fail(session);
      return NtStatus.ACCESS_DENIED;
    }
    // A renewed session keeps its keys. [MS-SMB2] 3.3.5.5.3
    if (isUser) session.keys = keysOf(session, sessionKey);
    const clientRequires = (request.securityMode & SMB2_NEGOTIATE_SIGNING_REQUIRED) !== 0;
    session.isSigningRequired = isUser && (config.isSigningRequired || clientRequires);
    session.isEncrypted =
      isUser && config.encryption === "required" && session.keys?.sealer !== undefined;
    if (isUser && config.encryption === "required" && !session.isEncrypted) {
      session.caller = undefined;
      void fail(session);
      return NtStatus.ACCESS_DENIED;
    }
    connection.server.sessionOpened(session);
  }
  call.mustSign = session.keys !== undefined;
  respond(call, flagsOf(session), token ?? new Uint8Array());
  return NtStatus.SUCCESS;
}

function flagsOf({ kind, isEncrypted }: Session): number {
  if (kind === "guest") return SMB2_SESSION_FLAG_IS_GUEST;
  if (kind === "anonymous") return SMB2_SESSION_FLAG_IS_NULL;
  return isEncrypted ? SMB2_SESSION_FLAG_ENCRYPT_DATA : 0;
}

/** [MS-SMB2] 3.3.5.5.3 */
function keysOf({ connection, preauthHash }: Session, sessionKey: Uint8Array): SessionKeys {
  const { negotiated } = connection;
  if (negotiated === undefined) throw new Error("a session was set up before NEGOTIATE");
  const { dialect, cipher, signingAlgorithm } = negotiated;
  if (dialect < Dialect.SMB_3_0) {
    return {
      signer: createSigner(signingAlgorithm, sessionKey),
      opener: undefined,
      sealer: undefined,
    };
  }
  const keys: SmbKeys =
    dialect === Dialect.SMB_3_1_1
      ? deriveSmb311Keys(sessionKey, preauthHash, cipher)
      : deriveSmb3Keys(sessionKey);
  return {
    signer: createSigner(signingAlgorithm, keys.signingKey),
    opener: cipher && createSealer(cipher, keys.clientToServerKey),
    sealer: cipher && createSealer(cipher, keys.serverToClientKey),
  };
}

function respond(call: Call, sessionFlags: number, token: Uint8Array): void {
  const response = call.respond(SessionSetupResponse, token.length);
  response.sessionFlags = sessionFlags;
  response.securityBufferOffset = HEADER_SIZE + SessionSetupResponse.size;
  response.securityBufferLength = token.length;
  bytesOf(response.bytes).set(token, response.at + SessionSetupResponse.size);
}

/** Every message of the set-up but the last answer. [MS-SMB2] 3.3.5.5 */
function hashRequest({ bytes, connection }: Call, session: Session): void {
  if (connection.dialect !== Dialect.SMB_3_1_1 || session.isValid) return;
  session.preauthHash = nextPreauthHash(session.preauthHash, bytesOf(bytes));
}

function hashAnswer(call: Call, session: Session): void {
  if (call.connection.dialect !== Dialect.SMB_3_1_1 || session.isValid) return;
  call.onAnswer = (answer) => {
    session.preauthHash = nextPreauthHash(session.preauthHash, answer);
  };
}
