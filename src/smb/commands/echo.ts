import { NtStatus } from "../../nt/index.js";
import { EchoResponse } from "../../wire/smb2/index.js";
import type { Call, Outcome } from "../call.js";

/** [MS-SMB2] 3.3.5.17 */
export function echo(call: Call): Outcome {
  call.respond(EchoResponse);
  return NtStatus.SUCCESS;
}
