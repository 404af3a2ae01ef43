import { NtStatus } from "../../nt/index.js";
import { LogoffResponse } from "../../wire/smb2/index.js";
import type { Call } from "../call.js";

/** [MS-SMB2] 3.3.5.6 */
export async function logoff(call: Call): Promise<NtStatus> {
  const { connection, validSession } = call;
  await connection.server.closeSession(validSession);
  call.respond(LogoffResponse);
  return NtStatus.SUCCESS;
}
