import { NtStatus } from "../nt/index.js";
import type { Open } from "./open.js";

/** A run of bytes to copy from one open file to another, or to another place of the same. */
export interface RangeCopy {
  readonly source: Open;
  /** In bytes, as is the other. */
  readonly sourceOffset: number;
  readonly target: Open;
  readonly targetOffset: number;
  /** Memory to copy through; as long as what is to be copied. */
  readonly buffer: Uint8Array;
}

/**
 * Copies a run of bytes: all of it, or none. Rights and locks count as for reading and writing, and
 * where the places overlap the target gets what the source held before.
 *
 * @returns INVALID_VIEW_SIZE where the source ends before the run does
 */
export async function copyRange(copy: RangeCopy): Promise<NtStatus> {
  const { source, sourceOffset, target, targetOffset, buffer } = copy;
  if (isGone(copy)) return NtStatus.FILE_CLOSED;
  const info = await source.getInfo();
  if (!info.ok) return info.status;
  if (isGone(copy)) return NtStatus.FILE_CLOSED;
  if (!source.isDirectory && sourceOffset + buffer.length > info.value.fileSize) {
    return NtStatus.INVALID_VIEW_SIZE;
  }
  const read = await source.read(buffer, sourceOffset);
  if (!read.ok) return read.status;
  if (read.value < buffer.length) return NtStatus.INVALID_VIEW_SIZE;
  if (isGone(copy)) return NtStatus.FILE_CLOSED;
  const written = await target.write(buffer, targetOffset);
  return written.ok ? NtStatus.SUCCESS : written.status;
}

function isGone({ source, target }: RangeCopy): boolean {
  return source.isClosed || target.isClosed;
}
