/**
 * What a request must show before its handler runs. [MS-SMB2] 3.3.5.2
 *
 * @packageDocumentation
 */
import { WireError } from "../bytes/index.js";
import { NtStatus } from "../nt/index.js";
import {
  Command,
  SMB2_FLAGS_ASYNC_COMMAND,
  SMB2_FLAGS_RELATED_OPERATIONS,
  SMB2_FLAGS_SERVER_TO_REDIR,
} from "../wire/smb2/index.js";
import type { Call } from "./call.js";
import type { CommandRow } from "./commands/index.js";
import { checkSignature } from "./protection.js";
import type { Session } from "./session.js";

/** Where a request stands. */
export interface Circumstances {
  /** The request before it in the same message. */
  readonly previous: Call | undefined;
  /** The session that the message was encrypted for. */
  readonly sealing: Session | undefined;
}

/**
 * Finds a request's session and tree connect, and refuses it where it may not have them; in the order
 * of the specification, because clients can see it.
 *
 * @throws WireError where the connection cannot go on
 */
export function admit(call: Call, row: CommandRow | undefined, where: Circumstances): NtStatus {
  const { header, connection } = call;
  const isRelated = (header.flags & SMB2_FLAGS_RELATED_OPERATIONS) !== 0;
  if ((header.flags & SMB2_FLAGS_SERVER_TO_REDIR) !== 0) throw new WireError("request: an answer");
  if (connection.negotiated === undefined && header.command !== Command.NEGOTIATE) {
    throw new WireError("request: before NEGOTIATE");
  }
  const { previous } = where;
  const inherited = isRelated ? previous : undefined;
  call.session = inherited?.session ?? connection.sessions.get(header.sessionId);
  const unprotected = checkProtection(call, row, where.sealing);
  if (unprotected !== NtStatus.SUCCESS) return unprotected;
  if (row === undefined) return NtStatus.INVALID_PARAMETER;
  if (isRelated && previous === undefined) return NtStatus.INVALID_PARAMETER;

  if (row.needs === "nothing") return NtStatus.SUCCESS;
  const { session } = call;
  if (session?.isValid !== true) {
    return inherited === undefined ? NtStatus.USER_SESSION_DELETED : NtStatus.INVALID_PARAMETER;
  }
  if (row.needs === "session") return NtStatus.SUCCESS;
  return admitToTree(call, session, inherited) || checkFile(call, row, inherited);
}

function admitToTree(call: Call, session: Session, inherited: Call | undefined): NtStatus {
  const { header } = call;
  const isAsync = (header.flags & SMB2_FLAGS_ASYNC_COMMAND) !== 0;
  const treeId = isAsync ? 0 : header.treeId;
  call.treeConnect =
    inherited === undefined ? session.treeConnects.get(treeId) : inherited.treeConnect;
  if (call.treeConnect !== undefined && session.treeConnects.has(call.treeConnect.treeId)) {
    return NtStatus.SUCCESS;
  }
  return inherited === undefined ? NtStatus.NETWORK_NAME_DELETED : NtStatus.INVALID_PARAMETER;
}

/** A related request takes over the file of the one before, or its failure. [MS-SMB2] 3.3.5.2.7.2 */
function checkFile({ chain }: Call, row: CommandRow, inherited: Call | undefined): NtStatus {
  if (inherited === undefined || !row.usesFile || chain.open !== undefined) return NtStatus.SUCCESS;
  return chain.failure;
}

/** [MS-SMB2] 3.3.5.2.4, 3.3.5.2.9 */
function checkProtection(
  call: Call,
  row: CommandRow | undefined,
  sealing: Session | undefined,
): NtStatus {
  const { session } = call;
  if (sealing !== undefined) {
    // A message is encrypted for one session, and speaks for that one only.
    return session === sealing || session === undefined ? NtStatus.SUCCESS : NtStatus.ACCESS_DENIED;
  }
  const signing = checkSignature(call, session);
  if (signing === "badly") return NtStatus.ACCESS_DENIED;
  if (session?.isValid !== true || row?.needs === "nothing") return NtStatus.SUCCESS;
  if (session.isEncrypted) return NtStatus.ACCESS_DENIED;
  return session.isSigningRequired && signing === "not" ? NtStatus.ACCESS_DENIED : NtStatus.SUCCESS;
}
