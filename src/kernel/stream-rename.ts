/**
 * Renaming a named stream within its file. [MS-FSA] 2.1.5.14.11.1
 *
 * @packageDocumentation
 */
import { NtStatus, parseName, splitPath, splitStreamPath } from "../nt/index.js";
import type { Open } from "./open.js";
import type { NameAttempt, RenameRequest } from "./rename.js";
import { guard, ok, refused } from "./result.js";

/** Renames the stream that is open to `:stream`, of the same file, while nobody opens. */
export async function renameStream(
  open: Open,
  { newName, replaceIfExists, isPosix = false, caller = open.caller }: RenameRequest,
): Promise<NameAttempt> {
  const { volume, link, node } = open;
  if (link.isGone) return refused(NtStatus.ACCESS_DENIED);
  if (link.isDeletePending) return refused(NtStatus.DELETE_PENDING);
  const name = parseName(`${ANY_FILE}${newName}`, volume.params.maxComponentUnits);
  if (typeof name === "number") return refused(name);
  const { stream } = name;
  if (!link.isStream || stream === undefined) return refused(NtStatus.INVALID_PARAMETER);
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

/** A file's name that is there for the parser's sake: only the stream counts. */
const ANY_FILE = "x";
