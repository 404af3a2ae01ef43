import { bytesOf, type Read, viewOf } from "../../bytes/index.js";
import { NtStatus } from "../../nt/index.js";
import { InfoType, type QueryInfoRequest, QueryInfoResponse } from "../../wire/smb2/index.js";
import { HEADER_SIZE } from "../answer.js";
import type { Call, Outcome } from "../call.js";
import type { InfoAnswer } from "../info/info-answer.js";
import { queryFileInfo } from "../info/query-file-info.js";
import { queryFsInfo } from "../info/query-fs-info.js";
import { queryPipeInfo } from "../info/query-pipe-info.js";
import { querySecurity } from "../info/query-security.js";
import { OpenPipe, type SmbOpen } from "../smb-open.js";

const BUFFER_OFFSET = HEADER_SIZE + QueryInfoResponse.size;

/** [MS-SMB2] 3.3.5.20 */
export function queryInfo(call: Call, request: Read<typeof QueryInfoRequest>): Outcome {
  const open = call.findOpen(request.persistentFileId, request.volatileFileId);
  if (open === undefined) return NtStatus.FILE_CLOSED;
  const { outputBufferLength, inputBufferLength } = request;
  const { maxIoSize } = call.connection;
  if (outputBufferLength > maxIoSize || inputBufferLength > maxIoSize) {
    return NtStatus.INVALID_PARAMETER;
  }
  if (!call.isPaid(Math.max(outputBufferLength, inputBufferLength))) {
    return NtStatus.INVALID_PARAMETER;
  }
  const asking = ask(call, open, request);
  if (!(asking instanceof Promise)) return respond(call, asking, outputBufferLength);
  return asking.then((answer) => respond(call, answer, outputBufferLength));
}

type Asked = InfoAnswer | NtStatus;

function ask(
  call: Call,
  { target }: SmbOpen,
  request: Read<typeof QueryInfoRequest>,
): Asked | Promise<Asked> {
  const { infoType, fileInfoClass, additionalInformation } = request;
  if (target instanceof OpenPipe) return queryPipeInfo(target, infoType, fileInfoClass);
  switch (infoType) {
    case InfoType.FILE:
      return queryFileInfo(target, fileInfoClass, {
        dialect: call.connection.dialect,
        room: request.outputBufferLength,
        flags: request.flags,
        index: additionalInformation,
        input: call.part(
          request.inputBufferOffset,
          request.inputBufferLength,
          "QUERY_INFO InputBuffer",
        ),
      });
    case InfoType.FILESYSTEM:
      return queryFsInfo(target.volume, fileInfoClass);
    case InfoType.SECURITY:
      return querySecurity(target, additionalInformation);
    case InfoType.QUOTA:
      return NtStatus.NOT_SUPPORTED;
    default:
      return NtStatus.INVALID_PARAMETER;
  }
}

/**
 * As much of the answer as there is room for: less than its fixed part is refused; less than all of it
 * is sent with a warning, where the class lets it be cut. [MS-SMB2] 3.3.5.20.1
 */
function respond(call: Call, answer: Asked, room: number): NtStatus {
  if (typeof answer === "number") return answer;
  const { data, fixedSize, whenShort } = answer;
  if (room < fixedSize) return NtStatus.INFO_LENGTH_MISMATCH;
  const isCut = data.length > room;
  if (isCut && whenShort === "refuse") return respondTooSmall(call, data.length);
  const sent = data.subarray(0, room);
  const response = call.respond(QueryInfoResponse, sent.length);
  response.outputBufferOffset = BUFFER_OFFSET;
  response.outputBufferLength = sent.length;
  bytesOf(response.bytes).set(sent, response.at + QueryInfoResponse.size);
  return isCut || answer.isPartial === true ? NtStatus.BUFFER_OVERFLOW : NtStatus.SUCCESS;
}

/** The error says how much room it takes. [MS-SMB2] 2.2.2.2.2 */
function respondTooSmall(call: Call, needed: number): NtStatus {
  const data = new Uint8Array(4);
  viewOf(data).setUint32(0, needed, true);
  call.respondErrorData(data);
  return NtStatus.BUFFER_TOO_SMALL;
}
