import { type Read, readUtf16 } from "../../bytes/index.js";
import {
  FILE_ALL_ACCESS,
  FILE_GENERIC_EXECUTE,
  FILE_GENERIC_READ,
  NtStatus,
} from "../../nt/index.js";
import {
  ShareType,
  SMB2_SHAREFLAG_ACCESS_BASED_DIRECTORY_ENUM,
  SMB2_SHAREFLAG_ENCRYPT_DATA,
  SMB2_SHAREFLAG_NO_CACHING,
  SMB2_TREE_CONNECT_FLAG_EXTENSION_PRESENT,
  type TreeConnectRequest,
  TreeConnectResponse,
} from "../../wire/smb2/index.js";
import type { Call, Outcome } from "../call.js";
import type { Share } from "../share.js";

/** [MS-SMB2] 3.3.5.7 */
export function treeConnect(call: Call, request: Read<typeof TreeConnectRequest>): Outcome {
  if ((request.flags & SMB2_TREE_CONNECT_FLAG_EXTENSION_PRESENT) !== 0) {
    return NtStatus.INVALID_PARAMETER;
  }
  const path = call.part(request.pathOffset, request.pathLength, "TREE_CONNECT Path");
  const name = shareNameOf(readUtf16(path, 0, path.byteLength));
  if (name === undefined) return NtStatus.INVALID_PARAMETER;
  call.detail = name;
  const session = call.validSession;
  const share = call.connection.server.findShare(name);
  if (share === undefined) return NtStatus.BAD_NETWORK_NAME;
  // A user that nobody asked for a password sees the list of shares and no more.
  if (share.volume !== undefined && session.kind === "anonymous") return NtStatus.ACCESS_DENIED;
  const connected = session.addTreeConnect(share);
  if (connected === undefined) return NtStatus.INSUFF_SERVER_RESOURCES;

  const response = call.respond(TreeConnectResponse);
  response.shareType = share.volume === undefined ? ShareType.PIPE : ShareType.DISK;
  response.shareFlags =
    SMB2_SHAREFLAG_NO_CACHING |
    (share.view?.hidesUnreadable === true ? SMB2_SHAREFLAG_ACCESS_BASED_DIRECTORY_ENUM : 0) |
    (session.isEncrypted ? SMB2_SHAREFLAG_ENCRYPT_DATA : 0);
  response.maximalAccess = maximalAccess(share);
  call.answerTreeId = connected.treeId;
  call.treeConnect = connected;
  return NtStatus.SUCCESS;
}

/** `\\server\share`: the server's name is whatever the client found it by. */
function shareNameOf(path: string): string | undefined {
  const match = /^\\\\[^\\]+\\([^\\]+)\\?$/.exec(path);
  return match?.[1];
}

/** What the share leaves; descriptors of files may leave less. [MS-SMB2] 2.2.10 */
function maximalAccess({ volume, view }: Share): number {
  const isReadOnly = volume?.params.isReadOnly === true;
  const most = isReadOnly ? FILE_GENERIC_READ | FILE_GENERIC_EXECUTE : FILE_ALL_ACCESS;
  return most & ~(view?.withheldAccess ?? 0);
}
