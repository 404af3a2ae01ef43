import { NtStatus } from "../../nt/index.js";
import type { Outcome } from "../call.js";

/** No oplock is ever granted, so none is ever broken, and there is nothing to acknowledge. [MS-SMB2] 3.3.5.22 */
export function oplockBreak(): Outcome {
  return NtStatus.INVALID_OPLOCK_PROTOCOL;
}
