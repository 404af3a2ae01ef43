/**
 * What a directory's callbacks say to what clients want to do with its entries.
 *
 * @packageDocumentation
 */
import type { Awaitable, Caller, RenameParams } from "../../fs/index.js";
import { FILE_ATTRIBUTE_DIRECTORY, lastName, NtStatus } from "../../nt/index.js";
import { contextOf } from "./context.js";
import { Directory, type Renaming } from "./directory.js";
import { settle } from "./later.js";
import { refuse } from "./refusal.js";
import { typeAttributes } from "./tree-info.js";
import type { Place } from "./walk.js";

/** @throws NtError ACCESS_DENIED, or what `mayRemove` throws */
export function mayDelete({ directory, path }: Place, caller: Caller): Awaitable<void> {
  if (directory === undefined) return refuse(NtStatus.CANNOT_DELETE);
  const { remove, mayRemove } = directory.options;
  if (remove === undefined) return refuse(NtStatus.ACCESS_DENIED);
  return settle(mayRemove?.(lastName(path), contextOf(caller, path)));
}

/** A name that is to become another one. */
export interface Moving {
  readonly from: string;
  /** A name, or a path from the root of the volume. */
  readonly to: string;
  readonly renaming: Renaming;
}

/** Within the directory. */
export function callRename(
  { options }: Directory,
  { from, to, renaming }: Moving,
): Awaitable<void> {
  if (options.rename === undefined) refuse(NtStatus.ACCESS_DENIED);
  return settle(options.rename(from, to, renaming));
}

/** To another directory. Where nobody moves, clients copy and delete. */
export function callMove({ options }: Directory, { from, to, renaming }: Moving): Awaitable<void> {
  if (options.move === undefined) refuse(NtStatus.NOT_SAME_DEVICE);
  return settle(options.move(from, to.slice(1).replaceAll("\\", "/"), renaming));
}

/** Whether what is there may make room; a directory for another one, by POSIX rules, if it is empty. */
export function checkReplace(
  from: Place,
  { node }: Place,
  { replaceIfExists, isPosix }: RenameParams,
): void {
  if (!replaceIfExists) refuse(NtStatus.OBJECT_NAME_COLLISION);
  if ((typeAttributes(node) & FILE_ATTRIBUTE_DIRECTORY) === 0) return;
  const isForDirectory = from.node instanceof Directory && node instanceof Directory;
  if (!isPosix || !isForDirectory) refuse(NtStatus.ACCESS_DENIED);
}
