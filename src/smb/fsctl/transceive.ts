import { bytesOf } from "../../bytes/index.js";
import { NtStatus } from "../../nt/index.js";
import type { PipeEndpoint } from "../pipes/index.js";
import { type Control, respond } from "./control.js";

/** One write and one read of a named pipe, in one go. [MS-SMB2] 3.3.5.15.4 */
export function transceive(control: Control, pipe: PipeEndpoint): NtStatus {
  const status = pipe.write(bytesOf(control.input));
  if (status !== NtStatus.SUCCESS) return status;
  const message = pipe.read(control.room);
  if (message === undefined) return NtStatus.PIPE_EMPTY;
  respond(control, message.data);
  return message.isMore ? NtStatus.BUFFER_OVERFLOW : NtStatus.SUCCESS;
}
