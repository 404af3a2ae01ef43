/**
 * Sparse files: what is a hole in a file, and making one. [MS-FSCC] 2.3, [MS-FSA] 2.1.5.10
 *
 * @packageDocumentation
 */
import { viewOf } from "../../bytes/index.js";
import type { Open } from "../../kernel/index.js";
import { NtStatus } from "../../nt/index.js";
import {
  FileAllocatedRangeBuffer,
  FileSetSparseBuffer,
  FileZeroDataInformation,
} from "../../wire/fscc/index.js";
import { fileOffset } from "../file-offset.js";
import { type Control, NO_OUTPUT, respond } from "./control.js";

/** Without a buffer, sparse it becomes. */
export async function setSparse(control: Control, file: Open): Promise<NtStatus> {
  const { input } = control;
  const isSparse = input.byteLength === 0 || FileSetSparseBuffer.read(input, 0).setSparse !== 0;
  const set = await file.setSparse(isSparse);
  if (!set.ok) return set.status;
  respond(control, NO_OUTPUT);
  return NtStatus.SUCCESS;
}

export async function setZeroData(control: Control, file: Open): Promise<NtStatus> {
  const { fileOffset: from, beyondFinalZero: to } = FileZeroDataInformation.read(control.input, 0);
  const first = fileOffset(from, 0);
  const beyond = fileOffset(to, 0);
  if (first === undefined || beyond === undefined || from > to) return NtStatus.INVALID_PARAMETER;
  const set = await file.setZeroData(first, first === beyond ? 0 : beyond - first);
  if (!set.ok) return set.status;
  respond(control, NO_OUTPUT);
  return NtStatus.SUCCESS;
}

/** As many ranges as there is room for; BUFFER_OVERFLOW where there are more. */
export async function queryAllocatedRanges(control: Control, file: Open): Promise<NtStatus> {
  const asked = FileAllocatedRangeBuffer.read(control.input, 0);
  const length = fileOffset(asked.length, 0);
  const offset = fileOffset(asked.fileOffset, asked.length);
  if (length === undefined || offset === undefined) return NtStatus.INVALID_PARAMETER;
  const found = await file.getAllocatedRanges(offset, length);
  if (!found.ok) return found.status;
  const ranges = found.value;
  const fitting = Math.floor(control.room / FileAllocatedRangeBuffer.size);
  if (fitting === 0 && ranges.length > 0) return NtStatus.BUFFER_TOO_SMALL;
  const told = ranges.slice(0, fitting);
  const output = new Uint8Array(told.length * FileAllocatedRangeBuffer.size);
  told.forEach((range, i) => {
    const to = FileAllocatedRangeBuffer.blank(viewOf(output), i * FileAllocatedRangeBuffer.size);
    to.fileOffset = range.offset;
    to.length = range.length;
  });
  respond(control, output);
  return told.length < ranges.length ? NtStatus.BUFFER_OVERFLOW : NtStatus.SUCCESS;
}
