import { bytesOf } from "../../bytes/index.js";
import { controlFile, type Open } from "../../kernel/index.js";
import { NtStatus } from "../../nt/index.js";
import { type Control, respond } from "./control.js";

/** A code that only the file system can know. WinFsp 1.3, Control */
export async function privateControl(control: Control, file: Open): Promise<NtStatus> {
  const answer = await controlFile(file, control.request.ctlCode, bytesOf(control.input));
  if (!answer.ok) return answer.status;
  if (answer.value.length > control.room) return NtStatus.BUFFER_TOO_SMALL;
  respond(control, answer.value);
  return NtStatus.SUCCESS;
}
