/**
 * The new name of a rename or a hard link: who may have it, and what may be in its way. [MS-FSA]
 * 2.1.5.14.11, 2.1.5.15.6, WinFsp 3.8
 *
 * @packageDocumentation
 */
import type { Caller, SecurityByName } from "../fs/index.js";
import {
  DELETE,
  FILE_ADD_FILE,
  FILE_ADD_SUBDIRECTORY,
  FILE_ATTRIBUTE_DIRECTORY,
  FILE_ATTRIBUTE_READONLY,
  FILE_ATTRIBUTE_REPARSE_POINT,
  FILE_DELETE_CHILD,
  NtStatus,
  type ParsedName,
  parentPath,
  SE_CHANGE_NOTIFY_PRIVILEGE,
} from "../nt/index.js";
import { hasPrivilege } from "./access-check.js";
import { breakHandlesBelow } from "./cache-breaks.js";
import { type Link, withAllBelow } from "./links.js";
import type { Open } from "./open.js";
import type { RenameRequest } from "./rename.js";
import { guard, ok, type Result, refused } from "./result.js";
import { runSteps } from "./steps.js";
import { passReparsePoint } from "./symlinks.js";
import { checkTraverse } from "./traverse.js";

/** A name for the file that is open, and how to get it. */
export interface NameTarget {
  readonly name: ParsedName;
  readonly replaceIfExists: boolean;
  /** What is replaced may be open, and lives on without a name; an empty directory may be replaced. */
  readonly isPosix: boolean;
  /** What is replaced may be read-only. */
  readonly ignoresReadOnly: boolean;
  /** Who asks for it. */
  readonly caller: Caller;
}

/** The same, with no link on the way that is followed. */
export interface FoundTarget extends NameTarget {
  /** The directory that the name is to be in, or why there is none; undefined: nothing is known of it. */
  readonly directory: Result<SecurityByName | undefined>;
}

/** What a request is about, once its name is taken apart. */
export function targetOf(open: Open, request: RenameRequest, name: ParsedName): NameTarget {
  const { replaceIfExists, isPosix = false, ignoresReadOnly = false } = request;
  return {
    name,
    replaceIfExists,
    isPosix,
    ignoresReadOnly,
    caller: request.caller ?? open.caller,
  };
}

/**
 * Looks up the directory of a new name. Symbolic links on the way are followed or told of as those of a
 * create are; the last name is what it is.
 *
 * @returns STOPPED_ON_SYMLINK where the client must follow a link itself
 */
export async function findTarget(open: Open, target: NameTarget): Promise<Result<FoundTarget>> {
  const { volume } = open;
  const { caller } = target;
  let { name } = target;
  for (let hops = 0; ; hops++) {
    const directory = await lookUpDirectory(open, name, caller);
    const reparseAt = directory.ok ? reparsePointOnTheWay(name, directory.value) : undefined;
    if (reparseAt === undefined) return ok({ ...target, name, directory });
    const { followsSymlinks } = volume;
    const passage = { volume, name, caller, reparseAt, hops, followsSymlinks };
    const passed = await runSteps(passReparsePoint(passage));
    if (!passed.ok) return refused(passed.status);
    name = passed.value;
  }
}

async function lookUpDirectory(
  open: Open,
  name: ParsedName,
  caller: Caller,
): Promise<Result<SecurityByName | undefined>> {
  const { volume } = open;
  if (!hasPrivilege(caller, SE_CHANGE_NOTIFY_PRIVILEGE)) {
    const untraversable = await runSteps(checkTraverse({ volume, name, caller }));
    if (untraversable !== NtStatus.SUCCESS) return refused(untraversable);
  }
  return lookUp(open, parentPath(name.path), caller);
}

/** How many names lead to the reparse point in the way of a name's directory; undefined: there is none. */
function reparsePointOnTheWay(
  { components }: ParsedName,
  directory: SecurityByName | undefined,
): number | undefined {
  if (directory?.reparseAt !== undefined) return directory.reparseAt;
  const attributes = directory?.fileAttributes ?? 0;
  return (attributes & FILE_ATTRIBUTE_REPARSE_POINT) === 0 ? undefined : components.length - 1;
}

/** Rights on the new directory, and on what is to be replaced. WinFsp 3.3, table */
export async function checkTargetAccess(open: Open, target: FoundTarget): Promise<NtStatus> {
  const { name, directory, caller } = target;
  if (!directory.ok) {
    const isMissing = directory.status === NtStatus.OBJECT_NAME_NOT_FOUND;
    return isMissing ? NtStatus.OBJECT_PATH_NOT_FOUND : directory.status;
  }
  if (directory.value === undefined) return NtStatus.SUCCESS;
  const needed = open.isDirectory ? FILE_ADD_SUBDIRECTORY : FILE_ADD_FILE;
  const onDirectory = maximumAccess(open, directory.value, caller);
  if ((onDirectory & needed) === 0) return NtStatus.ACCESS_DENIED;
  if (open.volume.links.find(name.components) === open.link) return NtStatus.SUCCESS;

  const taken = await lookUp(open, name.path, caller);
  if (!taken.ok || taken.value === undefined) return NtStatus.SUCCESS;
  if (!target.replaceIfExists) return NtStatus.OBJECT_NAME_COLLISION;
  if ((taken.value.fileAttributes & protectedAttributes(open, target)) !== 0) {
    return NtStatus.ACCESS_DENIED;
  }
  const onTarget = maximumAccess(open, taken.value, caller);
  const mayDelete = (onTarget & DELETE) !== 0 || (onDirectory & FILE_DELETE_CHILD) !== 0;
  return mayDelete ? NtStatus.SUCCESS : NtStatus.ACCESS_DENIED;
}

/** Attributes of what is not to be replaced. */
function protectedAttributes(open: Open, { isPosix, ignoresReadOnly }: NameTarget): number {
  let protecting = 0;
  if (!(isPosix && open.isDirectory)) protecting |= FILE_ATTRIBUTE_DIRECTORY;
  if (!ignoresReadOnly) protecting |= FILE_ATTRIBUTE_READONLY;
  return protecting;
}

/** What is open by the new name, and is another name than the open's own. */
export function linkInTheWay(open: Open, { name }: NameTarget): Link | undefined {
  const link = open.volume.links.find(name.components);
  return link === open.link || link?.treeCount === 0 ? undefined : link;
}

/** A directory that is to go takes no more names; and what is open is replaced only where all agree. */
export function checkOpenTarget(open: Open, target: NameTarget): NtStatus {
  const directory = open.volume.links.find(target.name.components.slice(0, -1));
  if (directory?.isDeletePending === true) return NtStatus.DELETE_PENDING;
  const link = linkInTheWay(open, target);
  if (link === undefined) return NtStatus.SUCCESS;
  if (!target.isPosix) return NtStatus.ACCESS_DENIED;
  const isBelowOpen = withAllBelow(link).some(
    (at) => at !== link && at.openCount > 0 && !(at.isStream && at.parent === link),
  );
  if (isBelowOpen) return NtStatus.ACCESS_DENIED;
  return checkAllShareDelete(link);
}

/** Whether everybody who has a name open, or something below it, lets it be deleted. WinFsp 3.8, 3 */
export function checkAllShareDelete(link: Link): NtStatus {
  const isShared = withAllBelow(link).every(({ node }) => node?.sharesDelete !== false);
  return isShared ? NtStatus.SUCCESS : NtStatus.SHARING_VIOLATION;
}

/**
 * Asks others to close what they keep open for no program any more: what has the new name, and its
 * directory where that may be deleted. [MS-FSA] 2.1.5.14.11
 *
 * @returns what to wait for
 */
export function breakTargetHandles(open: Open, target: NameTarget): readonly Promise<void>[] {
  const { links, leases } = open.volume;
  const { directoryLeaseId } = open;
  const own = directoryLeaseId === undefined ? undefined : leases.find(directoryLeaseId);
  const directory = links.find(target.name.components.slice(0, -1))?.node;
  const link = target.replaceIfExists ? linkInTheWay(open, target) : undefined;
  const waits = [
    directory?.shareModes.isOpenForDelete === true
      ? directory.oplocks?.breakHandles(own)
      : undefined,
    link && breakHandlesBelow(link, undefined),
  ];
  return waits.filter((wait) => wait !== undefined);
}

/** Whether another file has the name. */
export async function isTaken(open: Open, { name, caller }: NameTarget): Promise<boolean> {
  if (open.volume.links.find(name.components) === open.link) return false;
  const taken = await lookUp(open, name.path, caller);
  return taken.ok && taken.value !== undefined;
}

async function lookUp(
  { volume: { fileSystem } }: Open,
  path: string,
  caller: Caller,
): Promise<Result<SecurityByName | undefined>> {
  return guard(() => fileSystem.getSecurityByName?.(path, caller));
}

/** All rights that a caller can have on what was found, by the way that the open came. */
function maximumAccess(
  { volume, view, createOptions }: Open,
  found: SecurityByName,
  caller: Caller,
): number {
  const { securityDescriptor } = found;
  return volume.maximumAccess(securityDescriptor, caller, createOptions) & ~view.withheldAccess;
}
