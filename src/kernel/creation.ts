/**
 * What the steps of a create share: what was asked for, by whom, of what.
 *
 * @packageDocumentation
 */
import type { Caller, SecurityByName } from "../fs/index.js";
import {
  CreateDisposition,
  FILE_ATTRIBUTE_DIRECTORY,
  FILE_DIRECTORY_FILE,
  FILE_NON_DIRECTORY_FILE,
  NtStatus,
  type ParsedName,
} from "../nt/index.js";
import type { Created, CreateRequest } from "./create-request.js";
import { linkNames } from "./links.js";
import { type Result, refused } from "./result.js";
import type { OnReparsePoint } from "./symlinks.js";
import { WHOLE_VIEW } from "./view.js";
import type { Volume } from "./volume.js";

/** One create on its way: what was asked, by whom, of what. */
export interface Creation {
  readonly volume: Volume;
  readonly request: CreateRequest;
  readonly name: ParsedName;
  readonly caller: Caller;
  /** As `VolumeOptions` has it, but where the link itself is meant. */
  readonly followsSymlinks: boolean;
}

/** How a create went, or that everything is to be looked at again. */
export type Attempt = Result<Created> | OnReparsePoint | LookAgain;

/** Something is not what it was, or another client must let go first. */
export interface LookAgain {
  /** Settles when the other clients have; undefined: there is none to wait for. */
  readonly wait: Promise<void> | undefined;
}

/** What is not there stays away. */
export const OPENING_DISPOSITIONS: readonly number[] = [
  CreateDisposition.OPEN,
  CreateDisposition.OVERWRITE,
];

/** What is there is emptied. */
export const OVERWRITING_DISPOSITIONS: readonly number[] = [
  CreateDisposition.SUPERSEDE,
  CreateDisposition.OVERWRITE,
  CreateDisposition.OVERWRITE_IF,
];

/** Whether a disposition is among those of one kind. */
export function isOneOf(disposition: CreateDisposition, some: readonly number[]): boolean {
  return some.includes(disposition);
}

/** The path that a file system knows the name by. */
export function pathOf(name: ParsedName): string {
  return name.stream === undefined ? name.path : `${name.path}:${name.stream}`;
}

/** All rights that the caller can have on what was found. */
export function maximumAccess(
  { volume, caller, request }: Creation,
  found: SecurityByName,
): number {
  const { createOptions, view = WHOLE_VIEW } = request;
  const { securityDescriptor } = found;
  return volume.maximumAccess(securityDescriptor, caller, createOptions) & ~view.withheldAccess;
}

/** A file is not to be opened as a directory, nor a directory as a file. WinFsp 3.3, E */
export function checkType({ request, name }: Creation, fileAttributes: number): NtStatus {
  const isDirectory = (fileAttributes & FILE_ATTRIBUTE_DIRECTORY) !== 0;
  const { createOptions, createDisposition } = request;
  if (!isDirectory && name.wantsDirectory) return NtStatus.OBJECT_NAME_INVALID;
  if (!isDirectory && (createOptions & FILE_DIRECTORY_FILE) !== 0) return NtStatus.NOT_A_DIRECTORY;
  if (isDirectory && ((createOptions & FILE_NON_DIRECTORY_FILE) !== 0 || name.isData)) {
    return NtStatus.FILE_IS_A_DIRECTORY;
  }
  if (isDirectory && isOneOf(createDisposition, OVERWRITING_DISPOSITIONS)) {
    return NtStatus.OBJECT_NAME_COLLISION;
  }
  return NtStatus.SUCCESS;
}

/**
 * What a create comes to whose name is to go, or whose file, with which its stream goes. DELETE_PENDING as long as
 * somebody has it open; whoever comes while it is being taken away waits, and finds what is there then.
 */
export function stoppedByDelete({ volume, name }: Creation): Result<never> | LookAgain | undefined {
  if (volume.links.isEmpty) return undefined;
  return (
    stoppedAt(volume, name.components) ??
    (name.stream === undefined ? undefined : stoppedAt(volume, linkNames(name)))
  );
}

/** The same of one name. */
export function stoppedAt(
  { links }: Volume,
  names: readonly string[],
): Result<never> | LookAgain | undefined {
  const link = links.find(names);
  if (link?.isDeletePending !== true) return undefined;
  const wait = link.whileGoing();
  return wait === undefined ? refused(NtStatus.DELETE_PENDING) : { wait };
}
