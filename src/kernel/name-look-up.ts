/**
 * What a name stands for, without an open of it: for hosts whose clients ask that of every name on a path.
 *
 * @packageDocumentation
 */
import type { Awaitable, Caller, FileInfo } from "../fs/index.js";
import {
  FILE_OPEN_REPARSE_POINT,
  FILE_READ_ATTRIBUTES,
  NtStatus,
  parseName,
  SE_CHANGE_NOTIFY_PRIVILEGE,
} from "../nt/index.js";
import { hasPrivilege } from "./access-check.js";
import type { Open } from "./open.js";
import { guard, ok, type Result, refused } from "./result.js";
import { runSteps, type Steps, settled } from "./steps.js";
import { checkTraverse } from "./traverse.js";
import type { Volume } from "./volume.js";

/** What was found. */
export interface LookedUp {
  /** As the file system has it: writes show at once, also those that clients of SMB see later. */
  readonly info: FileInfo;
  /** Self-relative; absent where the file system keeps none. The same array again for the same rights. */
  readonly securityDescriptor: Uint8Array | undefined;
  /** The path as stored, where it differs in case from the one asked for. */
  readonly storedPath: string | undefined;
}

/**
 * Looks a name up. Nobody's oplock is in the way of that, nor is a share mode; whoever may pass through the
 * directories on the way may know of what is in them, as on POSIX systems. A reparse point at the end is not
 * followed.
 *
 * @param path - from the root of the volume, `\` between names
 * @returns OBJECT_NAME_NOT_FOUND, OBJECT_PATH_NOT_FOUND, DELETE_PENDING, ACCESS_DENIED where a directory on the way
 *   does not let the caller through
 */
export function lookUpName(
  volume: Volume,
  path: string,
  caller: Caller,
): Awaitable<Result<LookedUp>> {
  return runSteps(lookUp(volume, path, caller));
}

function* lookUp(volume: Volume, path: string, caller: Caller): Steps<Result<LookedUp>> {
  const name = parseName(path, volume.params.maxComponentUnits);
  if (typeof name === "number") return refused(name);
  const wait = volume.namespaceLock.enterShared();
  if (wait !== undefined) yield* settled(wait);
  try {
    if (!hasPrivilege(caller, SE_CHANGE_NOTIFY_PRIVILEGE)) {
      const untraversable = yield* checkTraverse({ volume, name, caller });
      if (untraversable !== NtStatus.SUCCESS) return refused(untraversable);
    }
    return yield* find(volume, name.path, caller);
  } finally {
    volume.namespaceLock.leaveShared();
  }
}

function* find(volume: Volume, path: string, caller: Caller): Steps<Result<LookedUp>> {
  const { fileSystem, links } = volume;
  const found = yield* settled(guard(() => fileSystem.getSecurityByName?.(path, caller)));
  if (!found.ok) return found;
  if (found.value?.reparseAt !== undefined) return refused(NtStatus.OBJECT_PATH_NOT_FOUND);
  const isPending = links.size > 0 && links.findPath(path)?.isDeletePending === true;
  if (isPending) return refused(NtStatus.DELETE_PENDING);
  const opened = yield* settled(guard(() => fileSystem.open(path, TO_LOOK, caller)));
  if (!opened.ok) return opened;
  const { file, info, normalizedPath: storedPath } = opened.value;
  yield* settled(fileSystem.close?.(file));
  return ok({ info, securityDescriptor: found.value?.securityDescriptor, storedPath });
}

const TO_LOOK = { createOptions: FILE_OPEN_REPARSE_POINT, grantedAccess: FILE_READ_ATTRIBUTES };

/** The same of a file that is open, whatever it is called, and whether it has a name at all. */
export function lookAtOpen(open: Open): Awaitable<Result<LookedUp>> {
  return runSteps(look(open));
}

function* look({ volume, file, caller }: Open): Steps<Result<LookedUp>> {
  const { fileSystem } = volume;
  const info = yield* settled(guard(() => fileSystem.getFileInfo(file, caller)));
  if (!info.ok) return info;
  const security = yield* settled(guard(() => fileSystem.getSecurity?.(file, caller)));
  if (!security.ok) return security;
  return ok({ info: info.value, securityDescriptor: security.value, storedPath: undefined });
}
