/**
 * Space: what is set aside, holes, zeros. fallocate(2), lseek(2)
 *
 * @packageDocumentation
 */
import { ftruncateSync, statfsSync, write as writeLater } from "node:fs";
import { promisify } from "node:util";
import type { AllocatedRange } from "../../fs/index.js";
import { NtStatus } from "../../nt/index.js";
import type { FolderFile } from "./folder-file.js";
import { Fallocate, type HostCalls, Seek } from "./host-calls.js";
import { BIGINT, hasCode, statsOf } from "./host-files.js";
import { pathOfOpen } from "./host-names.js";
import type { HostStats } from "./host-stats.js";
import { ZEROS_CHUNK } from "./limits.js";
import { refuse } from "./refusal.js";

const laterWrite = promisify(writeLater);

/** What the host says where its file system cannot set aside, or make holes. */
const CANNOT = ["ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EINVAL"];

/**
 * Sets space aside for a file, its size unchanged; where the host cannot, only makes sure that there is
 * so much now.
 *
 * @throws NtError DISK_FULL
 */
export function reserve(calls: HostCalls | undefined, file: FolderFile, bytes: number): void {
  const fd = file.writable();
  file.node.reserved = bytes;
  if (bytes === 0) return;
  if (calls !== undefined) {
    try {
      calls.fallocate(fd, Fallocate.KEEP_SIZE, 0, bytes);
      return;
    } catch (error) {
      if (!hasCode(error, ...CANNOT)) {
        file.node.reserved = 0;
        throw error;
      }
    }
  }
  const { bavail, bsize } = statfsSync(pathOfOpen(fd), BIGINT);
  const isMissing = BigInt(bytes) - statsOf(fd).size > bavail * bsize;
  if (isMissing) {
    file.node.reserved = 0;
    refuse(NtStatus.DISK_FULL);
  }
}

/** Gives back what is set aside past the end of a file. */
export function releaseReserved(file: FolderFile): void {
  if (file.node.reserved === 0) return;
  file.node.reserved = 0;
  const fd = file.writable();
  ftruncateSync(fd, Number(statsOf(fd).size));
}

/** Gives its holes what they would take. @throws what the host says, ENOSPC among others */
export function fill(calls: HostCalls, file: FolderFile): void {
  const fd = file.writable();
  const size = Number(statsOf(fd).size);
  if (size > 0) calls.fallocate(fd, 0, 0, size);
}

/** Runs of data of those asked about. */
export function dataIn(
  calls: HostCalls,
  file: FolderFile,
  offset: number,
  length: number,
): AllocatedRange[] {
  const fd = file.readable();
  const end = Math.min(offset + length, Number(statsOf(fd).size));
  const ranges: AllocatedRange[] = [];
  for (let at = offset; at < end; ) {
    const from = calls.seek(fd, at, Seek.DATA);
    if (from === undefined || from >= end) break;
    const to = Math.min(calls.seek(fd, from, Seek.HOLE) ?? end, end);
    ranges.push({ offset: from, length: to - from });
    at = to;
  }
  return ranges;
}

/** The whole run that lies in a file. */
export function wholeRange({ size }: HostStats, offset: number, length: number): AllocatedRange[] {
  const end = Math.min(offset + length, Number(size));
  return end > offset ? [{ offset, length: end - offset }] : [];
}

/** Makes a run of bytes a hole. Whether that could be done. */
export function punchHole(
  calls: HostCalls,
  file: FolderFile,
  { offset, length }: AllocatedRange,
): boolean {
  try {
    const mode = Fallocate.PUNCH_HOLE | Fallocate.KEEP_SIZE;
    calls.fallocate(file.writable(), mode, offset, length);
    return true;
  } catch (error) {
    if (hasCode(error, ...CANNOT)) return false;
    throw error;
  }
}

/** Writes zeros, by another thread. */
export function writeZeros(file: FolderFile, { offset, length }: AllocatedRange): Promise<void> {
  const fd = file.writable();
  return file.busy(async () => {
    const zeros = Buffer.alloc(Math.min(length, ZEROS_CHUNK));
    for (let done = 0; done < length; ) {
      const wanted = Math.min(length - done, zeros.length);
      const { bytesWritten } = await laterWrite(fd, zeros, 0, wanted, offset + done);
      done += bytesWritten;
    }
  });
}
