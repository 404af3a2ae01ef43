/**
 * The new name of a rename or a hard link: who may have it, and what may be in its way. [MS-FSA]
 * 2.1.5.14.11, 2.1.5.15.6, WinFsp 3.8
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
  NtStatus,
  type ParsedName,
  parentPath,
} from "../nt/index.js";
import { breakHandlesBelow } from "./cache-breaks.js";
import { type Link, withAllBelow } from "./links.js";
import type { Open } from "./open.js";
import { guard, type Result } from "./result.js";

/** A name for the file that is open, and how to get it. */
export interface NameTarget {
  readonly name: ParsedName;
  readonly replaceIfExists: boolean;
  /** What is replaced may be open, and lives on without a name; an empty directory may be replaced. */
  readonly isPosix: boolean;
  /** What is replaced may be read-only. */
  readonly ignoresReadOnly: boolean;
}

/** Rights on the new directory, and on what is to be replaced. WinFsp 3.3, table */
export async function checkTargetAccess(open: Open, target: NameTarget): Promise<NtStatus> {
  const { name } = target;
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

  const taken = await lookUp(open, name.path);
  if (!taken.ok || taken.value === undefined) return NtStatus.SUCCESS;
  if (!target.replaceIfExists) return NtStatus.OBJECT_NAME_COLLISION;
  if ((taken.value.fileAttributes & protectedAttributes(open, target)) !== 0) {
    return NtStatus.ACCESS_DENIED;
  }
  const onTarget = maximumAccess(open, taken.value);
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
    (at) => at !== link && !at.isStream && at.openCount > 0,
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
export async function isTaken(open: Open, { name }: NameTarget): Promise<boolean> {
  if (open.volume.links.find(name.components) === open.link) return false;
  const taken = await lookUp(open, name.path);
  return taken.ok && taken.value !== undefined;
}

async function lookUp(open: Open, path: string): Promise<Result<SecurityByName | undefined>> {
  const { fileSystem } = open.volume;
  return guard(() => fileSystem.getSecurityByName?.(path, open.caller));
}

/** All rights that the open's caller can have on what was found, by the way that the open came. */
function maximumAccess({ volume, caller, view }: Open, found: SecurityByName): number {
  return volume.maximumAccess(found.securityDescriptor, caller) & ~view.withheldAccess;
}
