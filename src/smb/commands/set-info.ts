import type { Read } from "../../bytes/index.js";
import { NtStatus } from "../../nt/index.js";
import { InfoType, type SetInfoRequest, SetInfoResponse } from "../../wire/smb2/index.js";
import type { Call } from "../call.js";
import { type Asker, setFileInfo } from "../info/set-file-info.js";
import { setFsInfo } from "../info/set-fs-info.js";
import { setSecurity } from "../info/set-security.js";
import { OpenPipe, shownPath } from "../smb-open.js";

/** [MS-SMB2] 3.3.5.21 */
export async function setInfo(call: Call, request: Read<typeof SetInfoRequest>): Promise<NtStatus> {
  const { infoType, fileInfoClass, bufferLength, additionalInformation } = request;
  const open = call.findOpen(request.persistentFileId, request.volatileFileId);
  if (open === undefined) return NtStatus.FILE_CLOSED;
  if (bufferLength > call.connection.maxIoSize) return NtStatus.INVALID_PARAMETER;
  if (!call.isPaid(bufferLength)) return NtStatus.INVALID_PARAMETER;
  const data = call.part(request.bufferOffset, bufferLength, "SET_INFO Buffer");
  if (open.target instanceof OpenPipe) return NtStatus.NOT_SUPPORTED;
  const file = open.target;
  call.path = shownPath(file);
  const caller = call.session?.caller;
  const onWait = (cancel: () => void) => {
    call.wait(cancel);
  };
  const setting = { file, fileInfoClass, data, additionalInformation, asker: { caller, onWait } };
  const status = await set(infoType, setting);
  if (status === NtStatus.SUCCESS) call.respond(SetInfoResponse);
  return status;
}

interface Setting {
  readonly file: Parameters<typeof setFileInfo>[0];
  readonly fileInfoClass: number;
  readonly data: DataView;
  readonly additionalInformation: number;
  readonly asker: Asker;
}

async function set(infoType: number, setting: Setting): Promise<NtStatus> {
  const { file, fileInfoClass, data, additionalInformation, asker } = setting;
  switch (infoType) {
    case InfoType.FILE:
      return setFileInfo(file, fileInfoClass, data, asker);
    case InfoType.SECURITY:
      return setSecurity(file, additionalInformation, data, asker.caller);
    case InfoType.FILESYSTEM:
      return setFsInfo(file, fileInfoClass, data, asker.caller ?? file.caller);
    case InfoType.QUOTA: // there are none
      return NtStatus.NOT_SUPPORTED;
    default:
      return NtStatus.INVALID_PARAMETER;
  }
}
