import { bytesOf, type Read } from "../../bytes/index.js";
import { NtStatus } from "../../nt/index.js";
import { FileObjectIdBuffer } from "../../wire/fscc/index.js";
import {
  Dialect,
  Fsctl,
  type IoctlRequest,
  IoctlResponse,
  readDialects,
  SMB2_0_IOCTL_IS_FSCTL,
  ValidateNegotiateInfoRequest,
  ValidateNegotiateInfoResponse,
} from "../../wire/smb2/index.js";
import { HEADER_SIZE } from "../answer.js";
import type { Call, Outcome } from "../call.js";
import { volumeObjectId } from "../info/query-fs-info.js";

const OUTPUT_OFFSET = HEADER_SIZE + IoctlResponse.size;

/** A control request, taken apart. */
interface Control {
  readonly request: Read<typeof IoctlRequest>;
  readonly input: DataView;
}

type Handle = (call: Call, control: Control) => Outcome;

/** Every control code that is answered. [MS-SMB2] 3.3.5.15 */
const handlers: Readonly<Record<number, { readonly needsFile: boolean; readonly handle: Handle }>> =
  {
    [Fsctl.DFS_GET_REFERRALS]: { needsFile: false, handle: () => NtStatus.FS_DRIVER_REQUIRED },
    [Fsctl.DFS_GET_REFERRALS_EX]: { needsFile: false, handle: () => NtStatus.FS_DRIVER_REQUIRED },
    [Fsctl.VALIDATE_NEGOTIATE_INFO]: { needsFile: false, handle: validateNegotiateInfo },
    [Fsctl.CREATE_OR_GET_OBJECT_ID]: { needsFile: true, handle: objectId },
    [Fsctl.GET_OBJECT_ID]: { needsFile: true, handle: objectId },
    [Fsctl.PIPE_TRANSCEIVE]: { needsFile: true, handle: transceive },
  };

/** [MS-SMB2] 3.3.5.15 */
export function ioctl(call: Call, request: Read<typeof IoctlRequest>): Outcome {
  if (request.flags !== SMB2_0_IOCTL_IS_FSCTL) return NtStatus.NOT_SUPPORTED;
  const { inputCount, maxInputResponse, maxOutputResponse } = request;
  const { maxIoSize } = call.connection;
  const sizes = [inputCount, maxInputResponse, maxOutputResponse];
  if (sizes.some((size) => size > maxIoSize)) return NtStatus.INVALID_PARAMETER;
  if (!call.isPaid(Math.max(inputCount, maxInputResponse + maxOutputResponse))) {
    return NtStatus.INVALID_PARAMETER;
  }
  const handler = handlers[request.ctlCode];
  if (handler === undefined || handler.needsFile) {
    const open = call.findOpen(request.persistentFileId, request.volatileFileId);
    if (open === undefined) return NtStatus.FILE_CLOSED;
  }
  if (handler === undefined) return NtStatus.INVALID_DEVICE_REQUEST;
  const input = call.part(request.inputOffset, inputCount, "IOCTL Input");
  return handler.handle(call, { request, input });
}

/**
 * Repeats what was negotiated, so that nobody in between can have made it less. Where the client
 * remembers it differently the connection ends, without an answer. [MS-SMB2] 3.3.5.15.12
 */
function validateNegotiateInfo(call: Call, { request, input }: Control): Outcome {
  const { negotiated, server } = call.connection;
  if (request.maxOutputResponse < ValidateNegotiateInfoResponse.size) {
    return NtStatus.INVALID_PARAMETER;
  }
  if (negotiated === undefined || negotiated.dialect === Dialect.SMB_3_1_1) return hangUp(call);
  const asked = ValidateNegotiateInfoRequest.read(input, 0);
  const dialects = readDialects(input, ValidateNegotiateInfoRequest.size, asked.dialectCount);
  const isSame =
    asked.capabilities === negotiated.clientCapabilities &&
    asked.securityMode === negotiated.clientSecurityMode &&
    Buffer.compare(asked.clientGuid, negotiated.clientGuid) === 0 &&
    isSameList(dialects, negotiated.clientDialects);
  if (!isSame) return hangUp(call);
  const response = respond(call, request, ValidateNegotiateInfoResponse.size);
  const info = ValidateNegotiateInfoResponse.blank(
    response.bytes,
    response.at + IoctlResponse.size,
  );
  info.capabilities = negotiated.serverCapabilities;
  info.serverGuid = server.config.serverGuid;
  info.securityMode = negotiated.serverSecurityMode;
  info.dialect = negotiated.dialect;
  return NtStatus.SUCCESS;
}

function hangUp(call: Call): NtStatus {
  call.isFatal = true;
  return NtStatus.ACCESS_DENIED;
}

function isSameList(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((value, i) => value === other[i]);
}

/** The id of a file; it has one from the start, so that to get and to create are the same. [MS-FSCC] 2.3.1 */
async function objectId(call: Call, { request }: Control): Promise<NtStatus> {
  const open = call.findOpen(request.persistentFileId, request.volatileFileId);
  if (open?.target.kind !== "file") return NtStatus.INVALID_DEVICE_REQUEST;
  if (request.maxOutputResponse < FileObjectIdBuffer.size) return NtStatus.BUFFER_TOO_SMALL;
  const { file } = open.target;
  const id = await file.getObjectId();
  if (!id.ok) return id.status;
  const response = respond(call, request, FileObjectIdBuffer.size);
  const buffer = FileObjectIdBuffer.blank(response.bytes, response.at + IoctlResponse.size);
  buffer.objectId = id.value;
  buffer.birthVolumeId = volumeObjectId(file.volume);
  buffer.birthObjectId = id.value;
  return NtStatus.SUCCESS;
}

/** One write and one read of a named pipe, in one go. [MS-SMB2] 3.3.5.15.4 */
function transceive(call: Call, { request, input }: Control): Outcome {
  const open = call.findOpen(request.persistentFileId, request.volatileFileId);
  if (open === undefined) return NtStatus.FILE_CLOSED;
  if (open.target.kind !== "pipe") return NtStatus.NOT_SUPPORTED;
  const { pipe } = open.target;
  const status = pipe.write(bytesOf(input));
  if (status !== NtStatus.SUCCESS) return status;
  const message = pipe.read(request.maxOutputResponse);
  if (message === undefined) return NtStatus.PIPE_EMPTY;
  const { data, isMore } = message;
  const response = respond(call, request, data.length);
  bytesOf(response.bytes).set(data, response.at + IoctlResponse.size);
  return isMore ? NtStatus.BUFFER_OVERFLOW : NtStatus.SUCCESS;
}

/** Begins an answer with room for this much output. */
function respond(call: Call, request: Read<typeof IoctlRequest>, outputCount: number) {
  const response = call.respond(IoctlResponse, outputCount);
  response.ctlCode = request.ctlCode;
  response.persistentFileId = request.persistentFileId;
  response.volatileFileId = request.volatileFileId;
  response.inputOffset = OUTPUT_OFFSET;
  response.outputOffset = OUTPUT_OFFSET;
  response.outputCount = outputCount;
  return response;
}
