/**
 * Closing: cleanup, then close. The name goes if it is to, the tables let go, and the file system hears of
 * it. WinFsp 3.6, 3.7
 *
 * @packageDocumentation
 */
import type { Awaitable } from "../fs/index.js";
import { FILE_NOTIFY_CHANGE_LAST_WRITE, NtStatus } from "../nt/index.js";
import { entryChanged } from "./cache-breaks.js";
import type { Link } from "./links.js";
import type { Open } from "./open.js";
import { isStatAccess } from "./oplocks.js";
import { guard, ok, type Result, refused } from "./result.js";
import { sharingOf } from "./share-modes.js";
import { type Steps, settled } from "./steps.js";

/** Closes an open, while nobody renames. */
export function* closeOpen(open: Open): Steps<void> {
  const { namespaceLock } = open.volume;
  open.endWaiting();
  const wait = namespaceLock.enterShared();
  if (wait !== undefined) yield* settled(wait);
  try {
    yield* finishOpen(open);
  } finally {
    namespaceLock.leaveShared();
  }
}

/**
 * The tables let go before anything waits, so that of several opens that close at once exactly one is
 * the last, and does what the last must. Whoever wants a name that goes waits until it has gone.
 */
export function* finishOpen(open: Open): Steps<void> {
  const { volume, link, directoryLeaseId } = open;
  if (open.isDeleteOnClose && !link.isGone) open.markDeletePending(false);
  leaveTables(open);
  const gone = nameThatGoes(open);
  tellOfWrites(open, gone !== undefined);
  const path = (gone ?? link).path;
  if (gone === undefined) volume.links.settle(link);
  else {
    gone.beginGoing();
    volume.nameGoes(path);
  }
  try {
    yield* settled(open.endListing());
    const isDelete = gone !== undefined && (yield* settled(mayGo(open, path)));
    const cleaned = yield* settled(cleanup(open, path, isDelete));
    if (isDelete && cleaned.ok) {
      volume.notifyHub.removed(gone, open.isDirectory, directoryLeaseId);
      if (gone.treeCount > 0) volume.detach(gone);
    }
  } finally {
    if (gone !== undefined) {
      volume.links.settle(link);
      gone.endGoing();
    }
    yield* settled(volume.fileSystem.close?.(open.file));
  }
}

/** The open counts no more: neither for its file and name, nor for share modes, oplocks and leases. */
function leaveTables(open: Open): void {
  const { volume, node, link, oplock, grantedAccess } = open;
  const isDataOpen = !isStatAccess(grantedAccess);
  if (oplock !== undefined) volume.leases.release(oplock, node, isDataOpen);
  if (isDataOpen) node.dataOpenCount--;
  node.removeSharing(sharingOf(grantedAccess, open.shareAccess));
  if (open.mayDeleteDirectory) node.countDeleter(open.caller.sessionId, -1);
  volume.nodes.leave(node);
  volume.links.leave(link);
}

/**
 * The name that goes with an open: its own, where the open was to take it along by POSIX rules, or with the
 * last open of it; or, with the last open of a stream, that of its file, which stays as long as a stream of
 * it is open.
 */
function nameThatGoes({ link, goesAtKeptCount }: Open): Link | undefined {
  if (link.isGone) return undefined;
  if (link.isDeletePending && goesAtKeptCount === link.keptCount) return link;
  const file = link.isStream && link.parent?.isGone === false ? link.parent : undefined;
  if (file?.isDeletePending === true && file.treeCount === 0) return file;
  return link.isDeletePending && link.treeCount === 0 ? link : undefined;
}

/** What was written shows now: to watchers, and to who keeps the directory's listing. */
function tellOfWrites(open: Open, isGoing: boolean): void {
  const { volume, node, link, directoryLeaseId } = open;
  if (open.hasWritten) node.delayedWriteTime = undefined;
  if (!isGoing && open.hasWritten) {
    volume.notifyHub.modified(link, FILE_NOTIFY_CHANGE_LAST_WRITE, directoryLeaseId);
  } else if (open.hasResized) {
    entryChanged(link, directoryLeaseId);
  }
}

/**
 * Whether a name really goes: whoever opened a directory to be deleted was not told that it is not empty.
 * Where a bug is the answer nobody knows, so the directory stays, with all that may be in it, and is no
 * longer to go; the bug goes to who closes.
 */
function mayGo({ volume, file, caller, isDirectory }: Open, path: string): Awaitable<boolean> {
  const { fileSystem } = volume;
  if (!isDirectory || fileSystem.canDelete === undefined) return true;
  const allowed = guard(() => fileSystem.canDelete?.(file, path, caller));
  return allowed instanceof Promise ? allowed.then((late) => late.ok) : allowed.ok;
}

/** What the last open of a name, and of a file, leaves to be done. WinFsp 3.6, 3.7 */
function cleanup(open: Open, path: string, isDelete: boolean): Awaitable<Result<void>> {
  const { fileSystem } = open.volume;
  const isAllocationReset = open.node.isAllocationDirty && open.node.openCount === 0;
  if (fileSystem.cleanup === undefined) return refused(NtStatus.INVALID_DEVICE_REQUEST);
  if (!isDelete && !isAllocationReset) return ok(undefined);
  const params = { isDelete, isAllocationReset };
  return guard(() => fileSystem.cleanup?.(open.file, path, params, open.caller));
}
