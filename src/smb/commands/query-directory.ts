import { align, type Read, readUtf16 } from "../../bytes/index.js";
import { type DirectoryCursor, endOfListing } from "../../kernel/index.js";
import { NtStatus } from "../../nt/index.js";
import {
  DIRECTORY_ENTRY_ALIGNMENT,
  directoryEntryWriters,
  linkEntry,
  type WriteDirectoryEntry,
} from "../../wire/fscc/index.js";
import {
  type QueryDirectoryRequest,
  QueryDirectoryResponse,
  SMB2_REOPEN,
  SMB2_RESTART_SCANS,
  SMB2_RETURN_SINGLE_ENTRY,
} from "../../wire/smb2/index.js";
import { HEADER_SIZE } from "../answer.js";
import type { Call } from "../call.js";
import { OpenPipe } from "../smb-open.js";

const BUFFER_OFFSET = HEADER_SIZE + QueryDirectoryResponse.size;

/** What no name has, and what stands for no part of one. [MS-FSA] 2.1.5.6.3 */
const NEVER_IN_PATTERN = /[\u0000-\u001f/:\\|]/;

/** [MS-SMB2] 3.3.5.18 */
export async function queryDirectory(
  call: Call,
  request: Read<typeof QueryDirectoryRequest>,
): Promise<NtStatus> {
  const { outputBufferLength: room, flags } = request;
  const open = call.findOpen(request.persistentFileId, request.volatileFileId);
  if (open === undefined) return NtStatus.FILE_CLOSED;
  if (open.target instanceof OpenPipe) return NtStatus.INVALID_PARAMETER;
  if (room > call.connection.maxIoSize) return NtStatus.INVALID_PARAMETER;
  if (!call.isPaid(room)) return NtStatus.INVALID_PARAMETER;
  const writeEntry = directoryEntryWriters[request.fileInformationClass];
  if (writeEntry === undefined) return NtStatus.INVALID_INFO_CLASS;
  const name = call.part(
    request.fileNameOffset,
    request.fileNameLength,
    "QUERY_DIRECTORY FileName",
  );
  if (name.byteLength % 2 !== 0) return NtStatus.INVALID_PARAMETER;
  const pattern = readUtf16(name, 0, name.byteLength);
  if (NEVER_IN_PATTERN.test(pattern)) return NtStatus.OBJECT_NAME_INVALID;
  const isRestart = (flags & (SMB2_RESTART_SCANS | SMB2_REOPEN)) !== 0;
  const cursor = await open.target.directoryCursor(pattern, isRestart);
  if (!cursor.ok) return cursor.status;

  const maxEntries = (flags & SMB2_RETURN_SINGLE_ENTRY) !== 0 ? 1 : Number.POSITIVE_INFINITY;
  const response = call.respond(QueryDirectoryResponse, room);
  const start = response.bytes.byteOffset + response.at + QueryDirectoryResponse.size;
  const buffer = new DataView(response.bytes.buffer, start, room);
  const listed = await list(cursor.value, { buffer, writeEntry, maxEntries });
  if (listed.length === 0) {
    call.answer.abandon();
    return listed.status;
  }
  cursor.value.isFresh = false;
  response.outputBufferOffset = BUFFER_OFFSET;
  response.outputBufferLength = listed.length;
  call.answer.trim(QueryDirectoryResponse.size + listed.length);
  return NtStatus.SUCCESS;
}

interface Listing {
  readonly buffer: DataView;
  readonly writeEntry: WriteDirectoryEntry;
  readonly maxEntries: number;
}

/** Fills a buffer with entries. A length of 0: none, and the status says why. */
async function list(
  cursor: DirectoryCursor,
  { buffer, writeEntry, maxEntries }: Listing,
): Promise<{ length: number; status: NtStatus }> {
  let length = 0;
  let previousAt = -1;
  for (let count = 0; count < maxEntries; count++) {
    const next = cursor.next();
    const entry = next instanceof Promise ? await next : next; // most file systems do not wait
    if (!entry.ok) return { length, status: entry.status };
    if (entry.value === undefined) return { length, status: endOfListing(cursor) };
    const at = align(length, DIRECTORY_ENTRY_ALIGNMENT);
    const size = writeEntry(buffer, at, entry.value);
    if (size === 0) {
      cursor.unread(entry.value);
      // Not even the first fits in. [MS-FSA] 2.1.5.5.3
      return { length, status: NtStatus.INFO_LENGTH_MISMATCH };
    }
    if (previousAt >= 0) linkEntry(buffer, previousAt, at);
    previousAt = at;
    length = at + size;
  }
  return { length, status: NtStatus.SUCCESS };
}
