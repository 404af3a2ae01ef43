import { bytesOf, type Read } from "../../bytes/index.js";
import type { Result } from "../../kernel/index.js";
import { NtStatus } from "../../nt/index.js";
import { type ReadRequest, ReadResponse } from "../../wire/smb2/index.js";
import { HEADER_SIZE } from "../answer.js";
import type { Call, Outcome } from "../call.js";
import { fileOffset } from "../file-offset.js";
import { readPipe } from "../pipe-reader.js";
import { OpenPipe } from "../smb-open.js";

const DATA_OFFSET = HEADER_SIZE + ReadResponse.size;

/** [MS-SMB2] 3.3.5.12 */
export function read(call: Call, request: Read<typeof ReadRequest>): Outcome {
  const { length, minimumCount } = request;
  const open = call.findOpen(request.persistentFileId, request.volatileFileId);
  if (open === undefined) return NtStatus.FILE_CLOSED;
  if (length > call.connection.maxIoSize) return NtStatus.INVALID_PARAMETER;
  if (!call.isPaid(length)) return NtStatus.INVALID_PARAMETER;
  if (open.target instanceof OpenPipe) return readPipe(call, open, open.target.endpoint, length);

  const file = open.target;
  const offset = fileOffset(request.offset, length);
  if (offset === undefined) return NtStatus.INVALID_PARAMETER;
  const response = call.respond(ReadResponse, length);
  const target = bytesOf(response.bytes).subarray(
    response.at + ReadResponse.size,
    response.at + ReadResponse.size + length,
  );
  const finish = (data: Result<number>): NtStatus => {
    if (data.ok && data.value >= minimumCount) {
      response.dataOffset = DATA_OFFSET;
      response.dataLength = data.value;
      call.answer.trim(ReadResponse.size + data.value);
      return NtStatus.SUCCESS;
    }
    call.answer.abandon();
    return data.ok ? NtStatus.END_OF_FILE : data.status;
  };
  const data = file.read(target, offset);
  return data instanceof Promise ? data.then(finish) : finish(data);
}
