import type { Read } from "../../bytes/index.js";
import { NtStatus } from "../../nt/index.js";
import {
  LeaseBreakAcknowledgment,
  LeaseBreakResponse,
  OplockBreakAcknowledgment,
  OplockBreakHead,
  OplockBreakResponse,
} from "../../wire/smb2/index.js";
import { HEADER_SIZE } from "../answer.js";
import type { Call, Outcome } from "../call.js";
import { leaseId } from "../client-lease.js";
import { oplockFromWire, oplockOnWire } from "../oplock-break.js";
import { OpenPipe } from "../smb-open.js";

/** A client lets go of what it kept to itself: of an oplock or of a lease. [MS-SMB2] 3.3.5.22 */
export function oplockBreak(call: Call): Outcome {
  const { structureSize } = OplockBreakHead.read(call.bytes, HEADER_SIZE);
  return structureSize === LeaseBreakAcknowledgment.size
    ? acknowledgeLease(call, LeaseBreakAcknowledgment.read(call.bytes, HEADER_SIZE))
    : acknowledgeOplock(call, OplockBreakAcknowledgment.read(call.bytes, HEADER_SIZE));
}

/** [MS-SMB2] 3.3.5.22.1 */
function acknowledgeOplock(call: Call, request: Read<typeof OplockBreakAcknowledgment>): Outcome {
  const open = call.findOpen(request.persistentFileId, request.volatileFileId);
  if (open === undefined) return NtStatus.FILE_CLOSED;
  if (open.target instanceof OpenPipe) return NtStatus.INVALID_PARAMETER;
  const level = oplockFromWire(request.oplockLevel);
  if (oplockOnWire(level) !== request.oplockLevel) return NtStatus.INVALID_PARAMETER;
  const status = open.target.acknowledgeOplockBreak(level);
  if (status !== NtStatus.SUCCESS) return status;
  const response = call.respond(OplockBreakResponse);
  response.oplockLevel = request.oplockLevel;
  response.persistentFileId = request.persistentFileId;
  response.volatileFileId = request.volatileFileId;
  return NtStatus.SUCCESS;
}

/** By whichever connection of the client. [MS-SMB2] 3.3.5.22.2 */
function acknowledgeLease(call: Call, request: Read<typeof LeaseBreakAcknowledgment>): Outcome {
  const { negotiated, server } = call.connection;
  const { leaseKey, leaseState } = request;
  const lease = negotiated && server.findLease(leaseId(negotiated.clientId, leaseKey));
  if (lease === undefined) return NtStatus.OBJECT_NAME_NOT_FOUND;
  const status = lease.acknowledgeLease(leaseState);
  if (status !== NtStatus.SUCCESS) return status;
  const response = call.respond(LeaseBreakResponse);
  response.leaseKey = leaseKey;
  response.leaseState = leaseState;
  return NtStatus.SUCCESS;
}
