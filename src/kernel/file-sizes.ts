/**
 * How long a file is, what is set aside for it, and where it holds no data. [MS-FSA] 2.1.5.10, 2.1.5.14.1,
 * 2.1.5.14.4
 *
 * @packageDocumentation
 */
import type { AllocatedRange, Awaitable, FileInfo } from "../fs/index.js";
import {
  FILE_APPEND_DATA,
  FILE_NOTIFY_CHANGE_ATTRIBUTES,
  FILE_NOTIFY_CHANGE_LAST_WRITE,
  FILE_NOTIFY_CHANGE_SIZE,
  FILE_READ_DATA,
  FILE_WRITE_ATTRIBUTES,
  FILE_WRITE_DATA,
  NtStatus,
} from "../nt/index.js";
import { passBasicInfo } from "./basic-info.js";
import { changeAfterLook, tellWhenDataChanged, tellWhenDone } from "./change-file.js";
import { NOTHING_TO_SET } from "./file-times.js";
import { MAX_FILE_OFFSET } from "./limits.js";
import type { Open } from "./open.js";
import { guard, ok, type Result, refused } from "./result.js";

/** Sets the end of the file, in bytes. */
export function setEndOfFile(open: Open, size: number): Awaitable<Result<FileInfo>> {
  const { fileSystem } = open.volume;
  return resize(open, size, () => fileSystem.setFileSize?.(open.file, size, open.caller));
}

/** Sets what is set aside for the file, in bytes; below its size it cuts the file. */
export function setAllocation(open: Open, size: number): Awaitable<Result<FileInfo>> {
  const { fileSystem } = open.volume;
  const rounded = open.volume.roundToAllocation(size);
  return resize(open, size, () =>
    fileSystem.setAllocationSize === undefined
      ? cutTo(open, rounded)
      : fileSystem.setAllocationSize(open.file, rounded, open.caller),
  );
}

/** What an allocation means to a file system that sets nothing aside: only that no more is there. */
async function cutTo(
  { volume: { fileSystem }, file, caller }: Open,
  allocationSize: number,
): Promise<FileInfo> {
  const info = await fileSystem.getFileInfo(file, caller);
  if (info.fileSize <= allocationSize) return info;
  return (await fileSystem.setFileSize?.(file, allocationSize, caller)) ?? info;
}

function resize(
  open: Open,
  size: number,
  call: () => Awaitable<FileInfo> | undefined,
): Awaitable<Result<FileInfo>> {
  const unfit = checkResize(open, size);
  if (unfit !== NtStatus.SUCCESS) return refused(unfit);
  const { node } = open;
  node.isAllocationDirty = true;
  open.dataChanged();
  const set = () => guard(() => call() ?? open.createInfo);
  node.delayedWriteTime = undefined;
  if (!open.keepsTimes && !open.keepsChangeTime) {
    return tellWhenDataChanged(open, set(), FILE_NOTIFY_CHANGE_SIZE);
  }
  return changeAfterLook(open, FILE_NOTIFY_CHANGE_SIZE, async (before) => {
    const done = await set();
    open.dataChanged(); // somebody may have read meanwhile
    if (!done.ok || open.volume.fileSystem.setBasicInfo === undefined) return done;
    return passBasicInfo(open, {
      ...NOTHING_TO_SET,
      lastWriteTicks: open.keepsTimes ? before.lastWriteTicks : undefined,
      changeTicks: open.keepsChangeTime ? before.changeTicks : undefined,
    });
  });
}

function checkResize({ isDirectory, grantedAccess, volume }: Open, size: number): NtStatus {
  if (isDirectory) return NtStatus.INVALID_PARAMETER;
  if ((grantedAccess & FILE_WRITE_DATA) === 0) return NtStatus.ACCESS_DENIED;
  if (size > MAX_FILE_OFFSET) return NtStatus.DISK_FULL;
  const canResize = volume.fileSystem.setFileSize !== undefined;
  return canResize ? NtStatus.SUCCESS : NtStatus.INVALID_DEVICE_REQUEST;
}

/** Makes the file's holes free of space, or no longer so. FSCTL_SET_SPARSE */
export function setSparse(open: Open, isSparse: boolean): Awaitable<Result<FileInfo>> {
  const { fileSystem } = open.volume;
  if (fileSystem.setSparse === undefined) return refused(NtStatus.INVALID_DEVICE_REQUEST);
  if (open.isDirectory) return refused(NtStatus.INVALID_PARAMETER);
  if ((open.grantedAccess & MAKING_SPARSE) === 0) return refused(NtStatus.ACCESS_DENIED);
  const set = guard(
    () => fileSystem.setSparse?.(open.file, isSparse, open.caller) ?? open.createInfo,
  );
  return tellWhenDone(open, set, FILE_NOTIFY_CHANGE_ATTRIBUTES);
}

/** Any of these rights will do. */
const MAKING_SPARSE = FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_WRITE_ATTRIBUTES;

/** Runs of bytes that hold data, of those asked about. FSCTL_QUERY_ALLOCATED_RANGES */
export function getAllocatedRanges(
  open: Open,
  offset: number,
  length: number,
): Awaitable<Result<readonly AllocatedRange[]>> {
  const { fileSystem } = open.volume;
  if (fileSystem.getAllocatedRanges === undefined) return refused(NtStatus.INVALID_DEVICE_REQUEST);
  if (open.isDirectory) return refused(NtStatus.INVALID_PARAMETER);
  if ((open.grantedAccess & FILE_READ_DATA) === 0) return refused(NtStatus.ACCESS_DENIED);
  if (length === 0 || offset > MAX_FILE_OFFSET) return ok([]);
  return guard(() => fileSystem.getAllocatedRanges?.(open.file, offset, length, open.caller) ?? []);
}

/** Makes a run of bytes zero; the size stays. FSCTL_SET_ZERO_DATA */
export function setZeroData(
  open: Open,
  offset: number,
  length: number,
): Awaitable<Result<FileInfo>> {
  const { fileSystem } = open.volume;
  if (fileSystem.setZeroData === undefined) return refused(NtStatus.INVALID_DEVICE_REQUEST);
  if (open.isDirectory) return refused(NtStatus.INVALID_PARAMETER);
  if ((open.grantedAccess & FILE_WRITE_DATA) === 0) return refused(NtStatus.ACCESS_DENIED);
  if (length === 0 || offset > MAX_FILE_OFFSET) return open.getInfo();
  const run = Math.min(length, MAX_FILE_OFFSET - offset);
  if (open.node.locks.forbids(open, offset, run, true)) {
    return refused(NtStatus.FILE_LOCK_CONFLICT);
  }
  open.dataChanged();
  const set = guard(
    () => fileSystem.setZeroData?.(open.file, offset, run, open.caller) ?? open.createInfo,
  );
  return tellWhenDataChanged(open, set, FILE_NOTIFY_CHANGE_LAST_WRITE);
}
