import type { Read } from "../../bytes/index.js";
import type { FileInfo } from "../../fs/index.js";
import { runSteps, type Steps, settled } from "../../kernel/index.js";
import { NtStatus } from "../../nt/index.js";
import {
  type CloseRequest,
  CloseResponse,
  SMB2_CLOSE_FLAG_POSTQUERY_ATTRIB,
} from "../../wire/smb2/index.js";
import type { Call, Outcome } from "../call.js";
import { attributesOnWire } from "../file-attributes.js";
import { OpenPipe } from "../smb-open.js";

/** [MS-SMB2] 3.3.5.10 */
export function close(call: Call, request: Read<typeof CloseRequest>): Outcome {
  return runSteps(closeOpen(call, request));
}

function* closeOpen(call: Call, request: Read<typeof CloseRequest>): Steps<NtStatus> {
  const open = call.findOpen(request.persistentFileId, request.volatileFileId);
  if (open === undefined) return NtStatus.FILE_CLOSED;
  const wantsInfo = (request.flags & SMB2_CLOSE_FLAG_POSTQUERY_ATTRIB) !== 0;
  let info: FileInfo | undefined;
  try {
    if (wantsInfo && !(open.target instanceof OpenPipe)) {
      const asked = yield* settled(open.target.getFinalInfo());
      if (asked.ok) info = asked.value;
    }
  } finally {
    call.chain.open = undefined;
    call.chain.failure = NtStatus.FILE_CLOSED;
    yield* settled(call.validSession.closeOpen(open));
  }
  const response = call.respond(CloseResponse);
  if (info === undefined) return NtStatus.SUCCESS;
  response.flags = SMB2_CLOSE_FLAG_POSTQUERY_ATTRIB;
  response.creationTicks = info.creationTicks;
  response.lastAccessTicks = info.lastAccessTicks;
  response.lastWriteTicks = info.lastWriteTicks;
  response.changeTicks = info.changeTicks;
  response.allocationSize = info.allocationSize;
  response.endOfFile = info.fileSize;
  response.fileAttributes = attributesOnWire(info.fileAttributes);
  return NtStatus.SUCCESS;
}
