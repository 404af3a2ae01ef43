/**
 * The requests that sessions and tree connects are made of. [MS-SMB2] 2.2.5 to 2.2.12, 2.2.28
 *
 * @packageDocumentation
 */
import { bytesOf, part, utf16 } from "../../bytes/index.js";
import {
  Command,
  EchoRequest,
  EchoResponse,
  LogoffRequest,
  LogoffResponse,
  SessionSetupRequest,
  SessionSetupResponse,
  TreeConnectRequest,
  TreeConnectResponse,
  TreeDisconnectRequest,
  TreeDisconnectResponse,
} from "../../wire/smb2/index.js";
import { type Answer, HEADER_SIZE, type SmbRequest } from "./request.js";

/** What a SESSION_SETUP was answered. */
export interface SessionSetupReply {
  readonly sessionId: number;
  readonly sessionFlags: number;
  readonly token: Uint8Array;
}

export function sessionSetupRequest(
  {
    token,
    securityMode,
    previousSessionId = 0,
  }: {
    readonly token: Uint8Array;
    readonly securityMode: number;
    readonly previousSessionId?: number;
  },
  onAnswer: (answer: Answer, reply: SessionSetupReply) => void,
): SmbRequest<SessionSetupReply> {
  return {
    command: Command.SESSION_SETUP,
    size: SessionSetupRequest.size + token.length,
    paidLength: token.length,
    write(bytes, at) {
      const body = SessionSetupRequest.blank(bytes, at);
      body.securityMode = securityMode;
      body.securityBufferOffset = HEADER_SIZE + SessionSetupRequest.size;
      body.securityBufferLength = token.length;
      body.previousSessionId = previousSessionId;
      bytesOf(bytes).set(token, at + SessionSetupRequest.size);
    },
    decode(answer) {
      const { bytes, header } = answer;
      const body = SessionSetupResponse.read(bytes, HEADER_SIZE);
      const received = part(bytes, 0, {
        offset: body.securityBufferOffset,
        length: body.securityBufferLength,
        what: "SMB2 SESSION_SETUP Response Buffer",
      });
      const reply = {
        sessionId: header.sessionId,
        sessionFlags: body.sessionFlags,
        token: Uint8Array.from(bytesOf(received)),
      };
      onAnswer(answer, reply);
      return reply;
    },
  };
}

/** What a TREE_CONNECT was answered. */
export interface TreeConnectReply {
  readonly treeId: number;
  readonly shareType: number;
  readonly shareFlags: number;
  readonly capabilities: number;
  readonly maximalAccess: number;
}

/** @param path - `\\server\share` */
export function treeConnectRequest(path: string): SmbRequest<TreeConnectReply> {
  const name = utf16(path);
  return {
    command: Command.TREE_CONNECT,
    size: TreeConnectRequest.size + name.length,
    paidLength: 0,
    write(bytes, at) {
      const body = TreeConnectRequest.blank(bytes, at);
      body.pathOffset = HEADER_SIZE + TreeConnectRequest.size;
      body.pathLength = name.length;
      bytesOf(bytes).set(name, at + TreeConnectRequest.size);
    },
    decode({ bytes, header }) {
      const { shareType, shareFlags, capabilities, maximalAccess } = TreeConnectResponse.read(
        bytes,
        HEADER_SIZE,
      );
      return { treeId: header.treeId, shareType, shareFlags, capabilities, maximalAccess };
    },
  };
}

export const echoRequest = bareRequest(Command.ECHO, EchoRequest, EchoResponse);
export const logoffRequest = bareRequest(Command.LOGOFF, LogoffRequest, LogoffResponse);
export const treeDisconnectRequest = bareRequest(
  Command.TREE_DISCONNECT,
  TreeDisconnectRequest,
  TreeDisconnectResponse,
);

/** A request that says nothing but its command. */
function bareRequest(
  command: number,
  request: { readonly size: number; blank(bytes: DataView, at: number): unknown },
  response: { read(bytes: DataView, at: number): unknown },
): SmbRequest<true> {
  return {
    command,
    size: request.size,
    paidLength: 0,
    write(bytes, at) {
      request.blank(bytes, at);
    },
    decode({ bytes }) {
      response.read(bytes, HEADER_SIZE);
      return true;
    },
  };
}
