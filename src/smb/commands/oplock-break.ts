import type { Read } from "../../bytes/index.js";
import { NtStatus } from "../../nt/index.js";
import { type OplockBreakAcknowledgment, OplockBreakResponse } from "../../wire/smb2/index.js";
import type { Call, Outcome } from "../call.js";
import { oplockFromWire, oplockOnWire } from "../oplock-break.js";

/** A client lets go of what it kept to itself. [MS-SMB2] 3.3.5.22.1 */
export function oplockBreak(call: Call, request: Read<typeof OplockBreakAcknowledgment>): Outcome {
  const open = call.findOpen(request.persistentFileId, request.volatileFileId);
  if (open === undefined) return NtStatus.FILE_CLOSED;
  if (open.target.kind !== "file") return NtStatus.INVALID_PARAMETER;
  const level = oplockFromWire(request.oplockLevel);
  if (oplockOnWire(level) !== request.oplockLevel) return NtStatus.INVALID_PARAMETER;
  const status = open.target.file.acknowledgeOplockBreak(level);
  if (status !== NtStatus.SUCCESS) return status;
  const response = call.respond(OplockBreakResponse);
  response.oplockLevel = request.oplockLevel;
  response.persistentFileId = request.persistentFileId;
  response.volatileFileId = request.volatileFileId;
  return NtStatus.SUCCESS;
}
