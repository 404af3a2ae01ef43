import type { Read } from "../../bytes/index.js";
import type { Result } from "../../kernel/index.js";
import { isError, NtStatus } from "../../nt/index.js";
import { ALL_ONES, type WriteRequest, WriteResponse } from "../../wire/smb2/index.js";
import type { Call, Outcome } from "../call.js";

/** [MS-SMB2] 3.3.5.13 */
export function write(call: Call, request: Read<typeof WriteRequest>): Outcome {
  const { length, offset } = request;
  const open = call.findOpen(request.persistentFileId, request.volatileFileId);
  if (open === undefined) return NtStatus.FILE_CLOSED;
  if (length > call.connection.maxIoSize) return NtStatus.INVALID_PARAMETER;
  if (!call.isPaid(length)) return NtStatus.INVALID_PARAMETER;
  const data = call.partBytes(request.dataOffset, length, "WRITE Data");
  if (open.target.kind === "pipe") {
    const status = open.target.pipe.write(data);
    return isError(status) ? status : respond(call, data.length);
  }

  const finish = (written: Result<number>): NtStatus =>
    written.ok ? respond(call, written.value) : written.status;
  const written = open.target.file.write(data, offset >= ALL_ONES ? undefined : offset);
  return written instanceof Promise ? written.then(finish) : finish(written);
}

function respond(call: Call, count: number): NtStatus {
  call.respond(WriteResponse).count = count;
  return NtStatus.SUCCESS;
}
