import type { Read } from "../../bytes/index.js";
import { NtStatus } from "../../nt/index.js";
import { type LockRequest, readLocks } from "../../wire/smb2/index.js";
import type { Call, Outcome } from "../call.js";

/** Byte-range locks are not there yet, and a client is told so. [MS-SMB2] 3.3.5.14 */
export function lock(call: Call, request: Read<typeof LockRequest>): Outcome {
  const open = call.findOpen(request.persistentFileId, request.volatileFileId);
  if (open === undefined) return NtStatus.FILE_CLOSED;
  readLocks(request);
  return NtStatus.NOT_SUPPORTED;
}
