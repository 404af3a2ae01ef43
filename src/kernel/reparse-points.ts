/**
 * Setting, reading and removing the reparse point of an open file. [MS-FSA] 2.1.5.10, WinFsp 3.15
 *
 * @packageDocumentation
 */
import type { Awaitable } from "../fs/index.js";
import {
  FILE_APPEND_DATA,
  FILE_NOTIFY_CHANGE_ATTRIBUTES,
  FILE_WRITE_ATTRIBUTES,
  FILE_WRITE_DATA,
  NtStatus,
  ReparseTag,
  readReparsePoint,
  readSymbolicLink,
} from "../nt/index.js";
import type { Open } from "./open.js";
import { guard, type Result, refused } from "./result.js";

/** The reparse data, whole; NOT_A_REPARSE_POINT where there is none. */
export function getReparsePoint(open: Open): Awaitable<Result<Uint8Array>> {
  const { fileSystem, capabilities } = open.volume;
  if (!capabilities.hasReparsePoints) return refused(NtStatus.INVALID_DEVICE_REQUEST);
  return guard(() => fileSystem.getReparsePoint?.(open.file, open.caller) ?? new Uint8Array());
}

/** Makes the file a reparse point, or changes where it leads. */
export async function setReparsePoint(open: Open, data: Uint8Array): Promise<NtStatus> {
  const unfit = checkChange(open, data);
  if (unfit !== NtStatus.SUCCESS) return unfit;
  const { fileSystem } = open.volume;
  return told(open, await guard(() => fileSystem.setReparsePoint?.(open.file, data, open.caller)));
}

/**
 * Makes the file an ordinary one.
 *
 * @param data - a header of the same tag and GUID, without data
 */
export async function deleteReparsePoint(open: Open, data: Uint8Array): Promise<NtStatus> {
  const unfit = checkChange(open, data, true);
  if (unfit !== NtStatus.SUCCESS) return unfit;
  const { fileSystem } = open.volume;
  return told(
    open,
    await guard(() => fileSystem.deleteReparsePoint?.(open.file, data, open.caller)),
  );
}

/** Any of these rights will do. WinFsp 3.15 */
const CHANGING_RIGHTS = FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_WRITE_ATTRIBUTES;

function checkChange(open: Open, data: Uint8Array, isRemoval = false): NtStatus {
  const { capabilities, fileSystem } = open.volume;
  const operation = isRemoval ? "deleteReparsePoint" : "setReparsePoint";
  if (!capabilities.hasReparsePoints || fileSystem[operation] === undefined) {
    return NtStatus.INVALID_DEVICE_REQUEST;
  }
  if ((open.grantedAccess & CHANGING_RIGHTS) === 0) return NtStatus.ACCESS_DENIED;
  const point = readReparsePoint(data);
  if (typeof point === "number") return point;
  if (isRemoval) return NtStatus.SUCCESS;
  const isBroken = point.tag === ReparseTag.SYMLINK && readSymbolicLink(data) === undefined;
  return isBroken ? NtStatus.IO_REPARSE_DATA_INVALID : NtStatus.SUCCESS;
}

function told({ volume, link, directoryLeaseId }: Open, done: Result<void>): NtStatus {
  if (!done.ok) return done.status;
  volume.notifyHub.modified(link, FILE_NOTIFY_CHANGE_ATTRIBUTES, directoryLeaseId);
  return NtStatus.SUCCESS;
}
