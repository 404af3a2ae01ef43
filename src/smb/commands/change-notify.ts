import { align, type Read } from "../../bytes/index.js";
import type { Changes, DirectoryChange } from "../../kernel/index.js";
import { NtStatus } from "../../nt/index.js";
import {
  FileNotifyInformation,
  linkEntry,
  NOTIFY_ENTRY_ALIGNMENT,
  writeNotifyEntry,
} from "../../wire/fscc/index.js";
import {
  type ChangeNotifyRequest,
  ChangeNotifyResponse,
  SMB2_WATCH_TREE,
} from "../../wire/smb2/index.js";
import { HEADER_SIZE } from "../answer.js";
import type { Call, Outcome } from "../call.js";
import { OpenPipe } from "../smb-open.js";

const BUFFER_OFFSET = HEADER_SIZE + ChangeNotifyResponse.size;

/** [MS-SMB2] 3.3.5.19 */
export function changeNotify(call: Call, request: Read<typeof ChangeNotifyRequest>): Outcome {
  const { outputBufferLength: room, completionFilter, flags } = request;
  const open = call.findOpen(request.persistentFileId, request.volatileFileId);
  if (open === undefined) return NtStatus.FILE_CLOSED;
  if (open.target instanceof OpenPipe) return NtStatus.INVALID_PARAMETER;
  if (room > call.connection.maxIoSize) return NtStatus.INVALID_PARAMETER;
  if (!call.isPaid(room)) return NtStatus.INVALID_PARAMETER;
  const onWait = (cancel: () => void) => {
    call.wait(cancel);
  };
  const changes = open.target.watch({
    completionFilter,
    isTree: (flags & SMB2_WATCH_TREE) !== 0,
    room,
    onWait: call.isLast ? onWait : undefined,
  });
  if (changes instanceof Promise) return changes.then((late) => answer(call, late));
  return answer(call, changes);
}

function answer(call: Call, changes: Changes): NtStatus {
  if (changes.ok) return list(call, changes.value);
  // What comes next in its message cannot wait for what may take for ever. [MS-SMB2] 3.3.5.2.7
  return changes.status === NtStatus.PENDING ? NtStatus.INTERNAL_ERROR : changes.status;
}

/** [MS-FSCC] 2.7.1: an entry for each change, in the order in which they happened. */
function list(call: Call, changes: readonly DirectoryChange[]): NtStatus {
  const size = sizeOf(changes);
  const response = call.respond(ChangeNotifyResponse, size);
  const start = response.bytes.byteOffset + response.at + ChangeNotifyResponse.size;
  const buffer = new DataView(response.bytes.buffer, start, size);
  let length = 0;
  let previousAt = -1;
  for (const change of changes) {
    const at = align(length, NOTIFY_ENTRY_ALIGNMENT);
    length = at + writeNotifyEntry(buffer, at, change);
    if (previousAt >= 0) linkEntry(buffer, previousAt, at);
    previousAt = at;
  }
  response.outputBufferOffset = BUFFER_OFFSET;
  response.outputBufferLength = length;
  return NtStatus.SUCCESS;
}

function sizeOf(changes: readonly DirectoryChange[]): number {
  let size = 0;
  for (const { name } of changes) {
    size = align(size, NOTIFY_ENTRY_ALIGNMENT) + FileNotifyInformation.size + 2 * name.length;
  }
  return size;
}
