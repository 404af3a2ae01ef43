import type { Read } from "../../bytes/index.js";
import { NtStatus } from "../../nt/index.js";
import {
  ALL_ONES_FILE_ID,
  Fsctl,
  type IoctlRequest,
  SMB2_0_IOCTL_IS_FSCTL,
} from "../../wire/smb2/index.js";
import type { Call, Outcome } from "../call.js";
import { getCompression, setCompression } from "../fsctl/compression.js";
import { type ControlRow, onFile, onPipe, onServer } from "../fsctl/control.js";
import { copyChunk, requestResumeKey } from "../fsctl/copy-chunk.js";
import { queryNetworkInterfaceInfo } from "../fsctl/network-interfaces.js";
import { getObjectId } from "../fsctl/object-id.js";
import { privateControl } from "../fsctl/private-control.js";
import { deleteReparsePoint, getReparsePoint, setReparsePoint } from "../fsctl/reparse-point.js";
import { enumerateSnapshots } from "../fsctl/snapshots.js";
import { queryAllocatedRanges, setSparse, setZeroData } from "../fsctl/sparse.js";
import { transceive } from "../fsctl/transceive.js";
import { validateNegotiateInfo } from "../fsctl/validate-negotiate.js";
import { OpenPipe } from "../smb-open.js";

/** Every control code that is answered. [MS-SMB2] 3.3.5.15 */
const rows: Readonly<Record<number, ControlRow>> = {
  [Fsctl.DFS_GET_REFERRALS]: onServer(() => NtStatus.FS_DRIVER_REQUIRED),
  [Fsctl.DFS_GET_REFERRALS_EX]: onServer(() => NtStatus.FS_DRIVER_REQUIRED),
  [Fsctl.VALIDATE_NEGOTIATE_INFO]: onServer(validateNegotiateInfo),
  [Fsctl.QUERY_NETWORK_INTERFACE_INFO]: onServer(queryNetworkInterfaceInfo),
  [Fsctl.PIPE_TRANSCEIVE]: onPipe(transceive),
  [Fsctl.CREATE_OR_GET_OBJECT_ID]: onFile(getObjectId),
  [Fsctl.GET_OBJECT_ID]: onFile(getObjectId),
  [Fsctl.GET_COMPRESSION]: onFile(getCompression),
  [Fsctl.SET_COMPRESSION]: onFile(setCompression),
  [Fsctl.GET_REPARSE_POINT]: onFile(getReparsePoint),
  [Fsctl.SET_REPARSE_POINT]: onFile(setReparsePoint),
  [Fsctl.DELETE_REPARSE_POINT]: onFile(deleteReparsePoint),
  [Fsctl.SET_SPARSE]: onFile(setSparse),
  [Fsctl.SET_ZERO_DATA]: onFile(setZeroData),
  [Fsctl.QUERY_ALLOCATED_RANGES]: onFile(queryAllocatedRanges),
  [Fsctl.SRV_ENUMERATE_SNAPSHOTS]: onFile(enumerateSnapshots),
  [Fsctl.SRV_REQUEST_RESUME_KEY]: onFile(requestResumeKey),
  [Fsctl.SRV_COPYCHUNK]: onFile(copyChunk),
  [Fsctl.SRV_COPYCHUNK_WRITE]: onFile(copyChunk),
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
  const row = rows[request.ctlCode];
  const input = call.part(request.inputOffset, inputCount, "IOCTL Input");
  const control = { call, request, input, room: maxOutputResponse };
  if (row?.on === "server")
    return isOfNoFile(request) ? row.handle(control) : NtStatus.INVALID_PARAMETER;
  const open = call.findOpen(request.persistentFileId, request.volatileFileId);
  if (open === undefined) return NtStatus.FILE_CLOSED;
  const { target } = open;
  if (row === undefined) {
    return target instanceof OpenPipe
      ? NtStatus.INVALID_DEVICE_REQUEST
      : privateControl(control, target);
  }
  if (row.on === "file") {
    return target instanceof OpenPipe
      ? NtStatus.INVALID_DEVICE_REQUEST
      : row.handle(control, target);
  }
  return target instanceof OpenPipe ? row.handle(control, target.endpoint) : NtStatus.NOT_SUPPORTED;
}

/** Whoever asks the server names no file. [MS-SMB2] 3.3.5.15 */
function isOfNoFile({ persistentFileId, volatileFileId }: Read<typeof IoctlRequest>): boolean {
  return persistentFileId === ALL_ONES_FILE_ID && volatileFileId === ALL_ONES_FILE_ID;
}
