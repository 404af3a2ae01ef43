import { viewOf } from "../../bytes/index.js";
import { NtStatus } from "../../nt/index.js";
import {
  Dialect,
  readDialects,
  ValidateNegotiateInfoRequest,
  ValidateNegotiateInfoResponse,
} from "../../wire/smb2/index.js";
import type { Call } from "../call.js";
import { type Control, respond } from "./control.js";

/**
 * Repeats what was negotiated, so that nobody in between can have made it less. Where the client
 * remembers it differently the connection ends, without an answer. [MS-SMB2] 3.3.5.15.12
 */
export function validateNegotiateInfo(control: Control): NtStatus {
  const { call, input, room } = control;
  const { negotiated, server } = call.connection;
  if (room < ValidateNegotiateInfoResponse.size) return NtStatus.INVALID_PARAMETER;
  if (negotiated === undefined || negotiated.dialect === Dialect.SMB_3_1_1) return hangUp(call);
  const asked = ValidateNegotiateInfoRequest.read(input, 0);
  const dialects = readDialects(input, ValidateNegotiateInfoRequest.size, asked.dialectCount);
  const isSame =
    asked.capabilities === negotiated.clientCapabilities &&
    asked.securityMode === negotiated.clientSecurityMode &&
    Buffer.compare(asked.clientGuid, negotiated.clientGuid) === 0 &&
    isSameList(dialects, negotiated.clientDialects);
  if (!isSame) return hangUp(call);
  const output = new Uint8Array(ValidateNegotiateInfoResponse.size);
  const info = ValidateNegotiateInfoResponse.blank(viewOf(output), 0);
  info.capabilities = negotiated.serverCapabilities;
  info.serverGuid = server.config.serverGuid;
  info.securityMode = negotiated.serverSecurityMode;
  info.dialect = negotiated.dialect;
  respond(control, output);
  return NtStatus.SUCCESS;
}

function hangUp(call: Call): NtStatus {
  call.isFatal = true;
  return NtStatus.ACCESS_DENIED;
}

function isSameList(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((value, i) => value === other[i]);
}
