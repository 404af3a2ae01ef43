/**
 * Hard links: one more name for a file. [MS-FSA] 2.1.5.14.6
 *
 * @packageDocumentation
 */
import { NtStatus, parseName } from "../nt/index.js";
import {
  breakTargetHandles,
  checkOpenTarget,
  checkTargetAccess,
  findTarget,
  isTaken,
  linkInTheWay,
  type NameTarget,
  targetOf,
} from "./name-target.js";
import type { Open } from "./open.js";
import { alone, type NameAttempt, type RenameRequest } from "./rename.js";
import { guard, ok, type Result, refused } from "./result.js";

/**
 * Gives the file that is open one more name, with nobody else opening or renaming meanwhile. Any open will
 * do, as Linux makes links by one that may only read attributes.
 *
 * @returns FILE_IS_A_DIRECTORY, as directories have one name; TOO_MANY_LINKS
 */
export async function makeLink(open: Open, request: RenameRequest): Promise<Result<void>> {
  const { volume } = open;
  if (volume.params.isReadOnly) return refused(NtStatus.MEDIA_WRITE_PROTECTED);
  if (volume.fileSystem.link === undefined) return refused(NtStatus.NOT_SUPPORTED);
  if (open.isDirectory) return refused(NtStatus.FILE_IS_A_DIRECTORY);
  const name = parseName(request.newName, volume.params.maxComponentUnits);
  if (typeof name === "number") return refused(name);
  const isFile = name.stream === undefined && name.components.length > 0;
  if (!isFile) return refused(NtStatus.INVALID_PARAMETER);
  if (name.wantsDirectory) return refused(NtStatus.OBJECT_NAME_INVALID);
  const target = targetOf(open, request, name);
  return alone(open, request.onWait, () => linkAlone(open, target));
}

async function linkAlone(open: Open, asked: NameTarget): Promise<NameAttempt> {
  const { volume, link } = open;
  if (link.isGone || link.isDeletePending) return refused(NtStatus.ACCESS_DENIED);
  const found = await findTarget(open, asked);
  if (!found.ok) return found;
  const target = found.value;
  const { name, replaceIfExists, caller } = target;
  const access = await checkTargetAccess(open, target);
  if (open.isClosed) return refused(NtStatus.FILE_CLOSED);
  if (access !== NtStatus.SUCCESS) return refused(access);
  if (volume.links.find(name.components) === link) {
    return replaceIfExists ? ok(undefined) : refused(NtStatus.OBJECT_NAME_COLLISION);
  }
  const waits = breakTargetHandles(open, target);
  if (waits.length > 0) return { wait: Promise.all(waits).then(() => undefined) };
  const status = checkOpenTarget(open, target);
  if (status !== NtStatus.SUCCESS) return refused(status);

  const isReplacing = replaceIfExists && (await isTaken(open, target));
  const linked = await guard(() =>
    volume.fileSystem.link?.(open.file, name.path, replaceIfExists, caller),
  );
  if (!linked.ok) return linked;
  const replaced = linkInTheWay(open, target);
  if (replaced !== undefined) volume.detach(replaced);
  volume.notifyHub.linked(name.path, { isReplacing, knownTo: open.directoryLeaseId });
  return ok(undefined);
}
