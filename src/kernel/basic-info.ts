/**
 * Setting attributes and times of an open file. [MS-FSA] 2.1.5.14.2
 *
 * @packageDocumentation
 */
import type { Awaitable, BasicInfo, FileInfo } from "../fs/index.js";
import {
  FILE_NOTIFY_CHANGE_ATTRIBUTES,
  FILE_NOTIFY_CHANGE_CREATION,
  FILE_NOTIFY_CHANGE_LAST_ACCESS,
  FILE_NOTIFY_CHANGE_LAST_WRITE,
  FILE_WRITE_ATTRIBUTES,
  NtStatus,
} from "../nt/index.js";
import { changeAfterLook, tellWhenDone } from "./change-file.js";
import {
  type BasicInfoRequest,
  basicInfoOf,
  checkBasicInfo,
  isNothing,
  isStillSticky,
} from "./file-times.js";
import type { Open } from "./open.js";
import { guard, type Result, refused } from "./result.js";

/** Sets attributes and times, and notes which of them the open keeps from now on. */
export function setBasicInfo(open: Open, request: BasicInfoRequest): Awaitable<Result<FileInfo>> {
  if ((open.grantedAccess & FILE_WRITE_ATTRIBUTES) === 0) return refused(NtStatus.ACCESS_DENIED);
  if (open.volume.fileSystem.setBasicInfo === undefined) {
    return refused(NtStatus.INVALID_DEVICE_REQUEST);
  }
  const unfit = checkBasicInfo(request, open.isDirectory);
  if (unfit !== NtStatus.SUCCESS) return refused(unfit);
  open.keepsTimes = isStillSticky(open.keepsTimes, request.lastWriteTicks);
  open.keepsChangeTime = isStillSticky(open.keepsChangeTime, request.changeTicks);
  const basic = withWriteShown(open, basicInfoOf(request));
  open.node.delayedWriteTime = undefined;
  if (isNothing(basic)) return open.getInfo();
  const filter = filterOf(basic);
  if (!open.keepsChangeTime || basic.changeTicks !== undefined) {
    return tellWhenDone(open, passBasicInfo(open, basic), filter);
  }
  return changeAfterLook(open, filter, ({ changeTicks }) =>
    passBasicInfo(open, { ...basic, changeTicks }),
  );
}

/** A write that did not show yet does now, by a time of its own. */
function withWriteShown({ node, volume, keepsTimes }: Open, basic: BasicInfo): BasicInfo {
  const delayed = node.delayedWriteTime;
  if (delayed === undefined || keepsTimes) return basic;
  return { ...basic, lastWriteTicks: delayed.timeToShow(volume.clock) };
}

/** Has the file system set attributes and times, whoever asked for it. */
export function passBasicInfo(open: Open, basic: BasicInfo): Awaitable<Result<FileInfo>> {
  const { fileSystem } = open.volume;
  return guard(() => fileSystem.setBasicInfo?.(open.file, basic, open.caller) ?? open.createInfo);
}

/** What watchers are told of attributes and times that were set. WinFsp 3.12 */
function filterOf(basic: BasicInfo): number {
  let filter = 0;
  if (basic.fileAttributes !== undefined) filter |= FILE_NOTIFY_CHANGE_ATTRIBUTES;
  if (basic.creationTicks !== undefined) filter |= FILE_NOTIFY_CHANGE_CREATION;
  if (basic.lastAccessTicks !== undefined) filter |= FILE_NOTIFY_CHANGE_LAST_ACCESS;
  if (basic.lastWriteTicks !== undefined) filter |= FILE_NOTIFY_CHANGE_LAST_WRITE;
  return filter;
}
