import type { Read } from "../../bytes/index.js";
import { FILE_LIST_DIRECTORY, NtStatus } from "../../nt/index.js";
import type { ChangeNotifyRequest } from "../../wire/smb2/index.js";
import type { Call, Outcome } from "../call.js";

/**
 * Waits until the directory is closed or the request is cancelled: changes are not reported yet.
 * Windows and macOS want the request to wait all the same: refused, Windows repeats it without end and
 * macOS cannot unmount. [MS-SMB2] 3.3.5.19
 */
export function changeNotify(call: Call, request: Read<typeof ChangeNotifyRequest>): Outcome {
  const open = call.findOpen(request.persistentFileId, request.volatileFileId);
  if (open === undefined) return NtStatus.FILE_CLOSED;
  if (open.target.kind === "pipe") return NtStatus.INVALID_PARAMETER;
  const { file } = open.target;
  if (!file.isDirectory) return NtStatus.INVALID_PARAMETER;
  if (request.outputBufferLength > call.connection.maxIoSize) return NtStatus.INVALID_PARAMETER;
  if ((file.grantedAccess & FILE_LIST_DIRECTORY) === 0) return NtStatus.ACCESS_DENIED;
  return new Promise((resolve) => {
    const closed = () => {
      resolve(NtStatus.NOTIFY_CLEANUP);
    };
    open.waiters.add(closed);
    call.wait(() => {
      open.waiters.delete(closed);
      resolve(NtStatus.CANCELLED);
    });
  });
}
