/**
 * Renaming a named stream within its file. [MS-FSA] 2.1.5.14.11.1
 *
 * @packageDocumentation
 */
import type { Caller } from "../fs/index.js";
import {
  FILE_NOTIFY_CHANGE_LAST_WRITE,
  FILE_NOTIFY_CHANGE_SIZE,
  NtStatus,
  parseName,
  splitPath,
  splitStreamPath,
} from "../nt/index.js";
import type { FileNode } from "./file-node.js";
import { type Link, withAllBelow } from "./links.js";
import type { Open } from "./open.js";
import type { NameAttempt, RenameRequest } from "./rename.js";
import { guard, ok, refused } from "./result.js";
import type { Volume } from "./volume.js";

/** Renames the stream that is open to `:stream`, of the same file, while nobody opens. */
export async function renameStream(
  open: Open,
  { newName, replaceIfExists, isPosix = false, caller = open.caller }: RenameRequest,
): Promise<NameAttempt> {
  const { volume, link, node } = open;
  if (link.isGone || link.parent?.isGone === true) return refused(NtStatus.ACCESS_DENIED);
  if (link.isDeletePending) return refused(NtStatus.DELETE_PENDING);
  const name = parseName(`${ANY_FILE}${newName}`, volume.params.maxComponentUnits);
  if (typeof name === "number") return refused(name);
  const { stream } = name;
  if (!link.isStream) return refused(NtStatus.INVALID_PARAMETER);
  if (name.isData) return takePlaceOfUnnamed(open, { newName, replaceIfExists, isPosix, caller });
  if (stream === undefined) return refused(NtStatus.INVALID_PARAMETER);
  const path = link.path;
  const { filePath } = splitStreamPath(path);
  const newPath = `${filePath}:${stream}`;
  if (newPath === path) return ok(undefined);
  const components = [...splitPath(filePath), `:${stream}`];
  const taken = volume.links.find(components);
  if (taken !== undefined && taken !== link) {
    return refused(replaceIfExists ? NtStatus.INVALID_PARAMETER : NtStatus.OBJECT_NAME_COLLISION);
  }
  const params = { newPath, replaceIfExists, isPosix };
  const renamed = await guard(() => volume.fileSystem.rename?.(open.file, path, params, caller));
  if (!renamed.ok) return renamed;
  volume.notifyHub.removed(link, false, open.directoryLeaseId);
  volume.links.move(link, components);
  const main = node.main.key;
  const key = volume.params.hasStableFileIds
    ? `${main}:${volume.fold(stream)}`
    : volume.fold(newPath);
  volume.nodes.rekey(node, key);
  volume.notifyHub.added(link, false, open.directoryLeaseId);
  return ok(undefined);
}

/**
 * Makes a stream its file's unnamed one, whose data is lost: of an empty one that nobody has open. Who has the
 * stream open has the file open from then on.
 */
async function takePlaceOfUnnamed(
  { volume, link, node, file, directoryLeaseId }: Open,
  { replaceIfExists, isPosix = false, caller }: RenameRequest & { readonly caller: Caller },
): Promise<NameAttempt> {
  const path = link.path;
  const { filePath: newPath } = splitStreamPath(path);
  if (link.parent === undefined || link.parent.isGone) return refused(NtStatus.ACCESS_DENIED);
  if (link.parent.isDeletePending) return refused(NtStatus.DELETE_PENDING);
  if (node.main.openCount > 0) {
    return refused(replaceIfExists ? NtStatus.INVALID_PARAMETER : NtStatus.OBJECT_NAME_COLLISION);
  }
  const params = { newPath, replaceIfExists, isPosix };
  const renamed = await guard(() => volume.fileSystem.rename?.(file, path, params, caller));
  if (!renamed.ok) return renamed;
  volume.notifyHub.removed(link, false, directoryLeaseId);
  for (const same of openLinksOf(volume, node, link)) volume.links.takePlaceOfFile(same);
  volume.nodes.takePlaceOfMain(node);
  volume.notifyHub.modified(link, OTHER_DATA, directoryLeaseId);
  return ok(undefined);
}

/** What is different of a file whose data is another stream's. */
const OTHER_DATA = FILE_NOTIFY_CHANGE_SIZE | FILE_NOTIFY_CHANGE_LAST_WRITE;

/** The names that a file or stream is open by, of which one is known. */
function openLinksOf(volume: Volume, node: FileNode, link: Link): readonly Link[] {
  if (link.openCount === node.openCount) return [link];
  const all = withAllBelow(volume.links.find([]) ?? link);
  return all.filter((at) => at.node === node && at.openCount > 0);
}

/** A file's name that is there for the parser's sake: only the stream counts. */
const ANY_FILE = "x";
