import { NtStatus } from "../../nt/index.js";
import type { Call, Outcome } from "../call.js";

/** Ends a request that waits. There is no answer to it but that request's own. [MS-SMB2] 3.3.5.16 */
export function cancel(call: Call): Outcome {
  call.connection.cancel(call);
  return NtStatus.SUCCESS;
}
