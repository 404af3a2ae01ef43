/**
 * Changing a file that is open, and telling of it when it was done.
 *
 * @packageDocumentation
 */
import type { Awaitable, FileInfo } from "../fs/index.js";
import { NtStatus } from "../nt/index.js";
import type { Open } from "./open.js";
import { guard, type Result, refused } from "./result.js";

/** Watchers hear of it when it was done. */
export function tellWhenDone(
  open: Open,
  setting: Awaitable<Result<FileInfo>>,
  filter: number,
): Awaitable<Result<FileInfo>> {
  return setting instanceof Promise
    ? setting.then((done) => tellIfDone(open, done, filter))
    : tellIfDone(open, setting, filter);
}

/** The same, of a change of the file's data: what somebody has read meanwhile is not true any more. */
export function tellWhenDataChanged(
  open: Open,
  setting: Awaitable<Result<FileInfo>>,
  filter: number,
): Awaitable<Result<FileInfo>> {
  if (!(setting instanceof Promise)) return tellIfDone(open, setting, filter);
  return setting.then((done) => {
    open.dataChanged();
    return tellIfDone(open, done, filter);
  });
}

function tellIfDone(open: Open, done: Result<FileInfo>, filter: number): Result<FileInfo> {
  if (!done.ok) return done;
  open.node.note(done.value);
  if (filter !== 0) open.volume.notifyHub.modified(open.link, filter, open.directoryLeaseId);
  return done;
}

/** Changes the file, for an open that keeps its times as they are now. */
export async function changeAfterLook(
  open: Open,
  filter: number,
  change: (before: FileInfo) => Awaitable<Result<FileInfo>>,
): Promise<Result<FileInfo>> {
  const before = await guard(() => open.volume.fileSystem.getFileInfo(open.file, open.caller));
  if (!before.ok) return before;
  if (open.isClosed) return refused(NtStatus.FILE_CLOSED);
  return tellIfDone(open, await change(before.value), filter);
}
