import { NtStatus } from "../../nt/index.js";
import { TreeDisconnectResponse } from "../../wire/smb2/index.js";
import type { Call } from "../call.js";

/** [MS-SMB2] 3.3.5.8 */
export async function treeDisconnect(call: Call): Promise<NtStatus> {
  const { connection, validSession, validTreeConnect } = call;
  const disconnected = validSession.disconnectTree(validTreeConnect);
  connection.cancelAll(({ treeConnect }) => treeConnect === validTreeConnect);
  await disconnected;
  call.respond(TreeDisconnectResponse);
  return NtStatus.SUCCESS;
}
