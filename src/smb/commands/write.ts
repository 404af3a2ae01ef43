import type { Read } from "../../bytes/index.js";
import type { Result } from "../../kernel/index.js";
import { FILE_WRITE_DATA, isError, NtStatus } from "../../nt/index.js";
import { type WriteRequest, WriteResponse } from "../../wire/smb2/index.js";
import type { Call, Outcome } from "../call.js";
import { fileOffset } from "../file-offset.js";
import { OpenPipe } from "../smb-open.js";

/**
 * An Offset that stands for the end of the file, wherever it is. Windows takes it of opens that may only
 * append. [MS-FSA] 2.1.5.4
 */
const END_OF_FILE = -1;

/** [MS-SMB2] 3.3.5.13 */
export function write(call: Call, request: Read<typeof WriteRequest>): Outcome {
  const { length } = request;
  const open = call.findOpen(request.persistentFileId, request.volatileFileId);
  if (open === undefined) return NtStatus.FILE_CLOSED;
  if (length > call.connection.maxIoSize) return NtStatus.INVALID_PARAMETER;
  if (!call.isPaid(length)) return NtStatus.INVALID_PARAMETER;
  const data = call.partBytes(request.dataOffset, length, "WRITE Data");
  if (open.target instanceof OpenPipe) {
    const status = open.target.endpoint.write(data);
    return isError(status) ? status : respond(call, data.length);
  }

  const file = open.target;
  const isAppend = request.offset === END_OF_FILE && (file.grantedAccess & FILE_WRITE_DATA) === 0;
  const offset = isAppend ? undefined : fileOffset(request.offset, length);
  if (offset === undefined && !isAppend) return NtStatus.INVALID_PARAMETER;
  const finish = (written: Result<number>): NtStatus =>
    written.ok ? respond(call, written.value) : written.status;
  const written = file.write(data, offset);
  return written instanceof Promise ? written.then(finish) : finish(written);
}

function respond(call: Call, count: number): NtStatus {
  call.respond(WriteResponse).count = count;
  return NtStatus.SUCCESS;
}
