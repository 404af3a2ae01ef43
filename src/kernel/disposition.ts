/**
 * Deleting by disposition: what may go, and when. [MS-FSA] 2.1.5.14.3, WinFsp 3.7
 *
 * @packageDocumentation
 */
import type { Awaitable } from "../fs/index.js";
import { DELETE, FILE_ATTRIBUTE_READONLY, FILE_DELETE_ON_CLOSE, NtStatus } from "../nt/index.js";
import type { OnWait } from "./cache-breaks.js";
import { type Link, withAllBelow } from "./links.js";
import type { Open } from "./open.js";
import { guard, ok, type Result, refused } from "./result.js";
import { runSteps, type Steps, settled } from "./steps.js";

/** How a name is to go. [MS-FSCC] 2.4.11 */
export interface DispositionHow {
  readonly onWait?: OnWait | undefined;
  /** The name goes with this open, and other opens of it live on without one. */
  readonly isPosix?: boolean;
  readonly ignoresReadOnly?: boolean;
  /** It is what the open was made with that is to change, FILE_DELETE_ON_CLOSE. */
  readonly isOnClose?: boolean;
}

/** Makes a name go, or stay after all. */
export function setDisposition(
  open: Open,
  isDelete: boolean,
  how: DispositionHow,
): Awaitable<Result<void>> {
  return runSteps(decide(open, isDelete, how));
}

function* decide(open: Open, isDelete: boolean, how: DispositionHow): Steps<Result<void>> {
  const { volume, link } = open;
  if ((open.grantedAccess & DELETE) === 0) return refused(NtStatus.ACCESS_DENIED);
  if (link.isGone) return refused(NtStatus.FILE_DELETED);
  if (how.isOnClose === true) return setOnClose(open, isDelete);
  if (!isDelete) {
    link.isDeletePending = false;
    link.keptCount++;
    return ok(undefined);
  }
  if (link.isRoot) return refused(NtStatus.CANNOT_DELETE);
  const info = yield* settled(open.getInfo());
  if (!info.ok) return info;
  const isReadOnly = (info.value.fileAttributes & FILE_ATTRIBUTE_READONLY) !== 0;
  if (isReadOnly && how.ignoresReadOnly !== true) return refused(NtStatus.CANNOT_DELETE);
  const others = yield* settled(open.waitForHandles(how.onWait));
  if (others !== NtStatus.SUCCESS) return refused(others);
  const allowed = yield* settled(
    guard(() => volume.fileSystem.canDelete?.(open.file, open.path, open.caller)),
  );
  if (!allowed.ok) return allowed;
  if (open.isClosed) return refused(NtStatus.FILE_CLOSED);
  if (open.link.isGone) return refused(NtStatus.FILE_DELETED);
  open.markDeletePending(how.isPosix === true);
  return ok(undefined);
}

/** Only an open that was made to delete on close can be told not to, and to after all. */
function setOnClose(open: Open, isDelete: boolean): Result<void> {
  if ((open.createOptions & FILE_DELETE_ON_CLOSE) === 0) return refused(NtStatus.NOT_SUPPORTED);
  open.isDeleteOnClose = isDelete;
  return ok(undefined);
}

/**
 * A file that was emptied has no streams any more: those that are open go when they are closed, by whatever
 * name of the file they were opened. WinFsp 3.7
 */
export function streamsGo({ volume, node, link }: Open): void {
  if (node.openStreams === 0 || link.isStream) return;
  const below = [...(link.children?.values() ?? [])].filter(isOpenStream);
  const root = volume.links.find([]) ?? link;
  for (const stream of below.length < node.openStreams ? withAllBelow(root) : below) {
    if (!isOpenStream(stream) || stream.node?.main !== node) continue;
    stream.isDeletePending = true;
    void stream.node.oplocks?.breakHandles(undefined);
  }
}

function isOpenStream(link: Link): boolean {
  return link.isStream && link.openCount > 0;
}
