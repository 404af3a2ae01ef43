/**
 * Renaming: who may be open meanwhile, and how open names move along. [MS-FSA] 2.1.5.14.11, WinFsp 3.8
 *
 * @packageDocumentation
 */

import type { SecurityByName } from "../fs/index.js";
import {
  DELETE,
  FILE_ADD_FILE,
  FILE_ADD_SUBDIRECTORY,
  FILE_ATTRIBUTE_DIRECTORY,
  FILE_ATTRIBUTE_READONLY,
  FILE_DELETE_CHILD,
  foldName,
  NtStatus,
  type ParsedName,
  parentPath,
  parseName,
  splitPath,
} from "../nt/index.js";
import { breakHandlesBelow, entryChanged, type OnWait, waitForOthers } from "./cache-breaks.js";
import { MAX_BREAK_WAITS } from "./limits.js";
import { placeOf } from "./notify-hub.js";
import type { Open } from "./open.js";
import { guard, ok, type Result, refused } from "./result.js";

/** What a client asks for. [MS-FSCC] 2.4.37 */
export interface RenameRequest {
  /** From the root of the volume, `\` between names. */
  readonly newName: string;
  readonly replaceIfExists: boolean;
  readonly onWait?: OnWait | undefined;
}

/** Renames what an open is of, with nobody else opening or renaming meanwhile. */
export async function renameOpen(open: Open, request: RenameRequest): Promise<Result<void>> {
  const { volume } = open;
  if ((open.grantedAccess & DELETE) === 0) return refused(NtStatus.ACCESS_DENIED);
  if (volume.fileSystem.rename === undefined) return refused(NtStatus.INVALID_DEVICE_REQUEST);
  const name = parseName(request.newName, volume.params.maxComponentUnits);
  if (typeof name === "number") return refused(name);
  if (name.stream !== undefined) return refused(NtStatus.INVALID_PARAMETER);

  for (let waits = 0; waits <= MAX_BREAK_WAITS; waits++) {
    const attempt = await attemptAlone(open, name, request.replaceIfExists);
    if (!("wait" in attempt)) return attempt;
    const status = await waitForOthers(attempt.wait, request.onWait);
    if (status !== NtStatus.SUCCESS) return refused(status);
  }
  return refused(NtStatus.SHARING_VIOLATION);
}

/** How a rename went; or what to wait for, and then to look again at everything. */
type Attempt = Result<void> | { readonly wait: Promise<void> };

/** One attempt, while nobody opens. Nothing waits for a client in here. */
async function attemptAlone(
  open: Open,
  name: ParsedName,
  replaceIfExists: boolean,
): Promise<Attempt> {
  const { namespaceLock } = open.volume;
  const wait = namespaceLock.enterExclusive();
  if (wait !== undefined) await wait;
  try {
    if (open.isClosed) return refused(NtStatus.FILE_CLOSED);
    return await renameAlone(open, name, replaceIfExists);
  } finally {
    namespaceLock.leaveExclusive();
  }
}

async function renameAlone(
  open: Open,
  name: ParsedName,
  replaceIfExists: boolean,
): Promise<Attempt> {
  const { volume, link } = open;
  const path = link.path;
  if (name.path === path) return ok(undefined);
  const unfit = checkSource(open, name);
  if (unfit !== NtStatus.SUCCESS) return refused(unfit);
  const access = await checkAccess(open, name, replaceIfExists);
  if (open.isClosed) return refused(NtStatus.FILE_CLOSED);
  const handles =
    access === NtStatus.SUCCESS ? breakHandles(open, name, replaceIfExists) : undefined;
  if (handles !== undefined) return { wait: handles };
  const status = checkOpenBelow(open) || checkOpenTarget(open, name) || access;
  if (status !== NtStatus.SUCCESS) return refused(status);

  const params = { newPath: name.path, replaceIfExists, isPosix: false };
  const isReplacing = replaceIfExists && volume.notifyHub.isWatched && (await isTaken(open, name));
  const renamed = await guard(() =>
    volume.fileSystem.rename?.(open.file, path, params, open.caller),
  );
  if (!renamed.ok) return renamed;
  const from = placeOf(link);
  entryChanged(link, open.directoryLeaseId);
  volume.links.move(link, name.components);
  entryChanged(link, open.directoryLeaseId);
  const to = placeOf(link);
  if (from === undefined || to === undefined) return ok(undefined);
  volume.notifyHub.renamed({ from, to, isDirectory: open.isDirectory, isReplacing });
  return ok(undefined);
}

/**
 * Asks others to close what they keep open for no program any more: what is renamed, what is below it, what
 * it is to replace, and the new directory where that may be deleted. [MS-FSA] 2.1.5.14.11
 *
 * @returns what to wait for
 */
function breakHandles(
  open: Open,
  name: ParsedName,
  replaceIfExists: boolean,
): Promise<void> | undefined {
  const { links, leases } = open.volume;
  const waits = [open.breakHandles()];
  const directory = links.find(name.components.slice(0, -1))?.node;
  if (directory?.shareModes.isOpenForDelete === true) {
    const own =
      open.directoryLeaseId === undefined ? undefined : leases.find(open.directoryLeaseId);
    waits.push(directory.oplocks.breakHandles(own));
  }
  const target = replaceIfExists ? links.find(name.components) : undefined;
  if (target !== undefined && target !== open.link)
    waits.push(breakHandlesBelow(target, undefined));
  const some = waits.filter((wait) => wait !== undefined);
  return some.length === 0 ? undefined : Promise.all(some).then(() => undefined);
}

/** Nothing moves while something below it is open. */
function checkOpenBelow({ link }: Open): NtStatus {
  return link.hasOpensBelow ? NtStatus.ACCESS_DENIED : NtStatus.SUCCESS;
}

/** The root stays; nothing goes into itself. */
function checkSource(open: Open, name: ParsedName): NtStatus {
  const { link } = open;
  if (link.parent === undefined || name.components.length === 0) return NtStatus.INVALID_PARAMETER;
  if (link.isStream) return NtStatus.INVALID_PARAMETER;
  if (link.isDeletePending) return NtStatus.DELETE_PENDING;
  if (isBelow(open, name)) return NtStatus.INVALID_PARAMETER;
  return NtStatus.SUCCESS;
}

/** Whether a new name lies below the old one. */
function isBelow({ link, volume }: Open, { components }: ParsedName): boolean {
  const fold = (part: string) => (volume.params.isCaseSensitive ? part : foldName(part));
  const old = splitPath(link.path);
  return (
    old.length < components.length &&
    old.every((part, i) => fold(part) === fold(components[i] ?? ""))
  );
}

/**
 * A name that is open is not taken over; and its directory is opened for the rename with no share of
 * DELETE, so nobody may have it open for that. [MS-FSA] 2.1.5.14.11
 */
function checkOpenTarget({ link, volume }: Open, name: ParsedName): NtStatus {
  const directory = volume.links.find(name.components.slice(0, -1));
  if (directory?.node?.shareModes.isOpenForDelete === true) return NtStatus.SHARING_VIOLATION;
  if (directory?.isDeletePending === true) return NtStatus.DELETE_PENDING;
  const target = volume.links.find(name.components);
  if (target === undefined || target === link) return NtStatus.SUCCESS;
  return target.treeCount > 0 ? NtStatus.ACCESS_DENIED : NtStatus.SUCCESS;
}

/** Rights on the new directory, and on what is to be replaced. WinFsp 3.3, table */
async function checkAccess(
  open: Open,
  name: ParsedName,
  replaceIfExists: boolean,
): Promise<NtStatus> {
  const directory = await lookUp(open, parentPath(name.path));
  if (!directory.ok) {
    const isMissing = directory.status === NtStatus.OBJECT_NAME_NOT_FOUND;
    return isMissing ? NtStatus.OBJECT_PATH_NOT_FOUND : directory.status;
  }
  if (directory.value === undefined) return NtStatus.SUCCESS;
  const needed = open.isDirectory ? FILE_ADD_SUBDIRECTORY : FILE_ADD_FILE;
  const onDirectory = maximumAccess(open, directory.value);
  if ((onDirectory & needed) === 0) return NtStatus.ACCESS_DENIED;
  if (open.volume.links.find(name.components) === open.link) return NtStatus.SUCCESS;

  const target = await lookUp(open, name.path);
  if (!target.ok || target.value === undefined) return NtStatus.SUCCESS;
  if (!replaceIfExists) return NtStatus.OBJECT_NAME_COLLISION;
  const refusing = FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_READONLY;
  if ((target.value.fileAttributes & refusing) !== 0) return NtStatus.ACCESS_DENIED;
  const onTarget = maximumAccess(open, target.value);
  const mayDelete = (onTarget & DELETE) !== 0 || (onDirectory & FILE_DELETE_CHILD) !== 0;
  return mayDelete ? NtStatus.SUCCESS : NtStatus.ACCESS_DENIED;
}

/** Whether another file has the name. */
async function isTaken(open: Open, name: ParsedName): Promise<boolean> {
  if (open.volume.links.find(name.components) === open.link) return false;
  const target = await lookUp(open, name.path);
  return target.ok && target.value !== undefined;
}

async function lookUp(open: Open, path: string): Promise<Result<SecurityByName | undefined>> {
  const { fileSystem } = open.volume;
  return guard(() => fileSystem.getSecurityByName?.(path, open.caller));
}

function maximumAccess({ volume, caller }: Open, found: SecurityByName): number {
  return volume.maximumAccess(found.securityDescriptor, caller);
}
