import type { Read } from "../../bytes/index.js";
import type { Result } from "../../kernel/index.js";
import { NtStatus } from "../../nt/index.js";
import { type FlushRequest, FlushResponse } from "../../wire/smb2/index.js";
import type { Call, Outcome } from "../call.js";
import { OpenPipe } from "../smb-open.js";

/** [MS-SMB2] 3.3.5.11 */
export function flush(call: Call, request: Read<typeof FlushRequest>): Outcome {
  const open = call.findOpen(request.persistentFileId, request.volatileFileId);
  if (open === undefined) return NtStatus.FILE_CLOSED;
  const finish = (flushed: Result<void>): NtStatus => {
    if (!flushed.ok) return flushed.status;
    call.respond(FlushResponse);
    return NtStatus.SUCCESS;
  };
  if (open.target instanceof OpenPipe) return finish({ ok: true, value: undefined });
  const flushed = open.target.flush();
  return flushed instanceof Promise ? flushed.then(finish) : finish(flushed);
}
