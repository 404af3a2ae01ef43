/**
 * Server-side copy: what a client has open is copied without passing through the client.
 * [MS-SMB2] 3.3.5.15.5, 3.3.5.15.6
 *
 * @packageDocumentation
 */
import { type Read, struct, u64Exact, viewOf } from "../../bytes/index.js";
import { copyRange, type Open } from "../../kernel/index.js";
import { FILE_EXECUTE, FILE_READ_DATA, FILE_WRITE_DATA, NtStatus } from "../../nt/index.js";
import {
  Fsctl,
  MAX_COPY_CHUNKS,
  readCopychunks,
  type SrvCopychunk,
  SrvCopychunkCopy,
  SrvCopychunkResponse,
  SrvRequestResumeKeyResponse,
} from "../../wire/smb2/index.js";
import type { Call } from "../call.js";
import { fileOffset } from "../file-offset.js";
import { MAX_COPY_CHUNK_SIZE, MAX_COPY_SIZE } from "../limits.js";
import { OpenPipe, type SmbOpen } from "../smb-open.js";
import { type Control, respond } from "./control.js";

/** What we name an open by to its own session; opaque to the client. [MS-SMB2] 3.3.1.10, ResumeKey */
const ResumeKey = struct("ResumeKey", 24, {
  fileId: u64Exact,
  sessionId: u64Exact,
  reserved: u64Exact,
});

/** Gives a key that names the open as the source of a copy. [MS-SMB2] 3.3.5.15.5 */
export function requestResumeKey(control: Control): NtStatus {
  const { call, request, room } = control;
  const open = call.findOpen(request.persistentFileId, request.volatileFileId);
  if (open === undefined) return NtStatus.FILE_CLOSED;
  if (room < SrvRequestResumeKeyResponse.size) return NtStatus.INVALID_PARAMETER;
  const output = new Uint8Array(SrvRequestResumeKeyResponse.size);
  SrvRequestResumeKeyResponse.blank(viewOf(output), 0).resumeKey = resumeKeyOf(call, open);
  respond(control, output);
  return NtStatus.SUCCESS;
}

function resumeKeyOf({ validSession }: Call, { fileId }: SmbOpen): Uint8Array {
  const bytes = new Uint8Array(ResumeKey.size);
  const key = ResumeKey.blank(viewOf(bytes), 0);
  key.fileId = BigInt(fileId);
  key.sessionId = BigInt(validSession.sessionId);
  return bytes;
}

/** Copies chunks of another open file of the session into this one. [MS-SMB2] 3.3.5.15.6 */
export async function copyChunk(control: Control, target: Open): Promise<NtStatus> {
  const { call, request, input, room } = control;
  if (room < SrvCopychunkResponse.size) return NtStatus.INVALID_PARAMETER;
  const header = SrvCopychunkCopy.read(input, 0);
  const chunks = readCopychunks(header);
  if (chunks === undefined || !isWithinLimits(chunks)) return tellLimits(control);
  const source = findSource(call, header.sourceKey);
  if (source === undefined) return NtStatus.OBJECT_NAME_NOT_FOUND;
  const needsRead = request.ctlCode === Fsctl.SRV_COPYCHUNK;
  if (!mayCopy(source, target, needsRead)) return NtStatus.ACCESS_DENIED;

  const runs = runsOf(chunks);
  if (runs === undefined) return NtStatus.INVALID_PARAMETER;
  const { status, chunksWritten, totalBytesWritten } = await copyRuns(source, target, runs);
  // With a status that is used for the limits, too, the numbers would be taken for those.
  if (status !== NtStatus.INVALID_PARAMETER) tell(control, [chunksWritten, 0, totalBytesWritten]);
  return status;
}

/** A chunk with offsets that are numbers; all in bytes. */
interface Run {
  readonly sourceOffset: number;
  readonly targetOffset: number;
  readonly length: number;
}

/** The chunks, where all of them lie at places that there are. */
function runsOf(chunks: readonly Read<typeof SrvCopychunk>[]): readonly Run[] | undefined {
  const runs: Run[] = [];
  for (const { sourceOffset: from, targetOffset: to, length } of chunks) {
    const sourceOffset = fileOffset(from, length);
    const targetOffset = fileOffset(to, length);
    if (sourceOffset === undefined || targetOffset === undefined) return undefined;
    runs.push({ sourceOffset, targetOffset, length });
  }
  return runs;
}

/** Copies until a chunk fails, each whole or not at all: how far it came. [MS-SMB2] 3.3.5.15.6.1 */
async function copyRuns(source: Open, target: Open, runs: readonly Run[]) {
  const longest = runs.reduce((most, { length }) => Math.max(most, length), 0);
  const memory = new Uint8Array(longest);
  let chunksWritten = 0;
  let totalBytesWritten = 0;
  for (const { sourceOffset, targetOffset, length } of runs) {
    const buffer = memory.subarray(0, length);
    const status = await copyRange({ source, sourceOffset, target, targetOffset, buffer });
    if (status !== NtStatus.SUCCESS) return { status, chunksWritten, totalBytesWritten };
    chunksWritten++;
    totalBytesWritten += length;
  }
  return { status: NtStatus.SUCCESS, chunksWritten, totalBytesWritten };
}

function isWithinLimits(chunks: readonly Read<typeof SrvCopychunk>[]): boolean {
  let total = 0;
  for (const { length } of chunks) {
    if (length === 0 || length > MAX_COPY_CHUNK_SIZE) return false;
    total += length;
  }
  return total <= MAX_COPY_SIZE;
}

/** The open that a key names, if it is one of this session, on whatever share. */
function findSource(call: Call, key: Uint8Array): Open | undefined {
  const { fileId } = ResumeKey.read(viewOf(key), 0);
  const open = call.validSession.opens.get(Number(fileId));
  if (open === undefined || open.target instanceof OpenPipe) return undefined;
  return Buffer.compare(resumeKeyOf(call, open), key) === 0 ? open.target : undefined;
}

function mayCopy(source: Open, target: Open, needsRead: boolean): boolean {
  if ((source.grantedAccess & (FILE_READ_DATA | FILE_EXECUTE)) === 0) return false;
  if ((target.grantedAccess & FILE_WRITE_DATA) === 0) return false;
  return !needsRead || (target.grantedAccess & FILE_READ_DATA) !== 0;
}

/** A client that asks for too much learns what it may ask for. [MS-SMB2] 3.3.5.15.6.2 */
function tellLimits(control: Control): NtStatus {
  tell(control, [MAX_COPY_CHUNKS, MAX_COPY_CHUNK_SIZE, MAX_COPY_SIZE]);
  return NtStatus.INVALID_PARAMETER;
}

function tell(control: Control, [chunks, chunkBytes, total]: readonly [number, number, number]) {
  const output = new Uint8Array(SrvCopychunkResponse.size);
  const response = SrvCopychunkResponse.blank(viewOf(output), 0);
  response.chunksWritten = chunks;
  response.chunkBytesWritten = chunkBytes;
  response.totalBytesWritten = total;
  respond(control, output);
}
