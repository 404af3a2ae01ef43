/**
 * What a name stands for, without an open of it: for hosts whose clients ask that of every name on a path.
 *
 * @packageDocumentation
 */
import type { Awaitable, Caller, FileInfo } from "../fs/index.js";
import {
  FILE_ATTRIBUTE_REPARSE_POINT,
  FILE_OPEN_FOR_BACKUP_INTENT,
  FILE_OPEN_REPARSE_POINT,
  FILE_READ_ATTRIBUTES,
  FILE_TRAVERSE,
  NtStatus,
  parentPath,
  parseName,
  readSymbolicLink,
  type SymbolicLink,
} from "../nt/index.js";
import { after } from "./finish.js";
import type { Open } from "./open.js";
import { guard, ok, type Result, refused } from "./result.js";
import { runSteps, type Steps, settled } from "./steps.js";
import type { Volume } from "./volume.js";

/** What was found. */
export interface LookedUp {
  /** As the file system has it: writes show at once, also those that clients of SMB see later. */
  readonly info: FileInfo;
  /** Self-relative; absent where the file system keeps none. The same array again for the same rights. */
  readonly securityDescriptor: Uint8Array | undefined;
  /** Where a symbolic link leads. */
  readonly symbolicLink: SymbolicLink | undefined;
  /** The directory's, where its right to be passed through was checked. */
  readonly directoryDescriptor?: Uint8Array | undefined;
  /** The path as stored, where it differs in case from the one asked for. */
  readonly storedPath: string | undefined;
}

/** Who looks, and whether his right to pass through the directory that has the name counts. */
export interface NameLookUp {
  readonly caller: Caller;
  readonly checksDirectory: boolean;
}

/**
 * Looks a name up. Nobody's oplock is in the way of that, nor is a share mode; and whoever may pass through a
 * directory may know of what is in it, as on POSIX systems. A reparse point at the end is not followed.
 *
 * @param path - from the root of the volume, `\` between names
 * @returns OBJECT_NAME_NOT_FOUND, OBJECT_PATH_NOT_FOUND, DELETE_PENDING, ACCESS_DENIED
 */
export function lookUpName(
  volume: Volume,
  path: string,
  how: NameLookUp,
): Awaitable<Result<LookedUp>> {
  return runSteps(lookUp(volume, path, how));
}

function* lookUp(volume: Volume, path: string, how: NameLookUp): Steps<Result<LookedUp>> {
  const name = parseName(path, volume.params.maxComponentUnits);
  if (typeof name === "number") return refused(name);
  const wait = volume.namespaceLock.enterShared();
  if (wait !== undefined) yield* settled(wait);
  try {
    if (how.checksDirectory && name.components.length > 0) {
      const directory = yield* findDirectory(volume, parentPath(name.path), how.caller);
      if (!directory.ok) return directory;
      const found = yield* find(volume, name.path, how.caller);
      return found.ok ? ok({ ...found.value, directoryDescriptor: directory.value }) : found;
    }
    return yield* find(volume, name.path, how.caller);
  } finally {
    volume.namespaceLock.leaveShared();
  }
}

/** The descriptor of a directory that the caller may pass through. */
function* findDirectory(
  volume: Volume,
  path: string,
  caller: Caller,
): Steps<Result<Uint8Array | undefined>> {
  const { fileSystem } = volume;
  const found = yield* settled(guard(() => fileSystem.getSecurityByName?.(path, caller)));
  if (!found.ok) return found;
  const descriptor = found.value?.securityDescriptor;
  const maximum = volume.maximumAccess(descriptor, caller, FILE_OPEN_FOR_BACKUP_INTENT);
  return (maximum & FILE_TRAVERSE) === 0 ? refused(NtStatus.ACCESS_DENIED) : ok(descriptor);
}

function* find(volume: Volume, path: string, caller: Caller): Steps<Result<LookedUp>> {
  const { fileSystem, links } = volume;
  const found = yield* settled(guard(() => fileSystem.getSecurityByName?.(path, caller)));
  if (!found.ok) return found;
  if (found.value?.reparseAt !== undefined) return refused(NtStatus.OBJECT_PATH_NOT_FOUND);
  const isPending = !links.isEmpty && links.findPath(path)?.isDeletePending === true;
  if (isPending) return refused(NtStatus.DELETE_PENDING);
  const opened = yield* settled(guard(() => fileSystem.open(path, TO_LOOK, caller)));
  if (!opened.ok) return opened;
  const { file, info, normalizedPath: storedPath } = opened.value;
  const symbolicLink = yield* settled(readLink(volume, { file, info, caller }));
  yield* settled(fileSystem.close?.(file));
  return ok({
    info,
    securityDescriptor: found.value?.securityDescriptor,
    symbolicLink,
    storedPath,
  });
}

const TO_LOOK = { createOptions: FILE_OPEN_REPARSE_POINT, grantedAccess: FILE_READ_ATTRIBUTES };

function readLink(
  { fileSystem }: Volume,
  { file, info, caller }: { file: unknown; info: FileInfo; caller: Caller },
): Awaitable<SymbolicLink | undefined> {
  if ((info.fileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) === 0) return undefined;
  const asked = guard(() => fileSystem.getReparsePoint?.(file, caller));
  return after(asked, (data) =>
    data.ok && data.value !== undefined ? readSymbolicLink(data.value) : undefined,
  );
}

/** The same of a file that is open, whatever it is called, and whether it has a name at all. */
export function lookAtOpen(open: Open): Awaitable<Result<LookedUp>> {
  const { volume, file, caller } = open;
  const asked = guard(() => volume.fileSystem.getFileInfo(file, caller));
  return after(asked, (info) => (info.ok ? lookWith(open, info.value) : info));
}

/** The same of a file that was made just now: it is what its create told. */
export function lookAtNew(open: Open): Awaitable<Result<LookedUp>> {
  return lookWith(open, open.createInfo);
}

function lookWith(open: Open, info: FileInfo): Awaitable<Result<LookedUp>> {
  const { volume, file, caller } = open;
  const link = readLink(volume, { file, info, caller });
  return after(link, (symbolicLink) => {
    const asked = guard(() => volume.fileSystem.getSecurity?.(file, caller));
    return after(asked, (security) => {
      if (!security.ok) return security;
      const securityDescriptor = security.value;
      return ok({ info, securityDescriptor, symbolicLink, storedPath: undefined });
    });
  });
}
