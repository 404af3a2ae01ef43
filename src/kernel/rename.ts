/**
 * Renaming: who may be open meanwhile, and how open names move along. [MS-FSA] 2.1.5.14.11, WinFsp 3.8
 *
 * @packageDocumentation
 */
import type { Caller } from "../fs/index.js";
import {
  DELETE,
  FILE_SHARE_DELETE,
  FILE_SHARE_READ,
  FILE_SHARE_WRITE,
  foldName,
  NtStatus,
  type ParsedName,
  parseName,
  splitPath,
} from "../nt/index.js";
import { entryChanged, type OnWait, waitForOthers } from "./cache-breaks.js";
import { MAX_BREAK_WAITS } from "./limits.js";
import { withAllBelow } from "./links.js";
import {
  breakTargetHandles,
  checkAllShareDelete,
  checkOpenTarget,
  checkTargetAccess,
  findTarget,
  isTaken,
  linkInTheWay,
  type NameTarget,
  targetOf,
} from "./name-target.js";
import { placeOf } from "./notify-hub.js";
import type { Open } from "./open.js";
import { guard, ok, type Result, refused } from "./result.js";
import type { Sharing } from "./share-modes.js";
import { renameStream } from "./stream-rename.js";

/** What a client asks for. [MS-FSCC] 2.4.37 */
export interface RenameRequest {
  /** From the root of the volume, `\` between names; or `:stream`, of the file that is open. */
  readonly newName: string;
  readonly replaceIfExists: boolean;
  /** What is in the way may be open, if all share DELETE: it lives on without a name. */
  readonly isPosix?: boolean;
  /** What is replaced may be read-only. */
  readonly ignoresReadOnly?: boolean;
  readonly onWait?: OnWait | undefined;
  /** Who asks, whose rights on the new name count; who opened the file unless told. */
  readonly caller?: Caller | undefined;
}

/** Renames what an open is of, with nobody else opening or renaming meanwhile. */
export async function renameOpen(open: Open, request: RenameRequest): Promise<Result<void>> {
  const { volume } = open;
  if ((open.grantedAccess & DELETE) === 0) return refused(NtStatus.ACCESS_DENIED);
  if (volume.fileSystem.rename === undefined) return refused(NtStatus.INVALID_DEVICE_REQUEST);
  if (request.newName.startsWith(":")) {
    return alone(open, request.onWait, () => renameStream(open, request));
  }
  const name = parseName(request.newName, volume.params.maxComponentUnits);
  if (typeof name === "number") return refused(name);
  if (name.stream !== undefined) return refused(checkStreamOfPath(open));
  const target = targetOf(open, request, name);
  return alone(open, request.onWait, () => renameAlone(open, target));
}

/** How a change of names went; or what to wait for, and then to look again at everything. */
export type NameAttempt = Result<void> | { readonly wait: Promise<void> };

/** Tries a change of names while nobody opens, until nobody is in the way who can be waited for. */
export async function alone(
  open: Open,
  onWait: OnWait | undefined,
  attempt: () => Promise<NameAttempt>,
): Promise<Result<void>> {
  const { namespaceLock } = open.volume;
  for (let waits = 0; waits <= MAX_BREAK_WAITS; waits++) {
    const entered = namespaceLock.enterExclusive();
    if (entered !== undefined) await entered;
    let outcome: NameAttempt;
    try {
      outcome = open.isClosed ? refused(NtStatus.FILE_CLOSED) : await attempt();
    } finally {
      namespaceLock.leaveExclusive();
    }
    if (!("wait" in outcome)) return outcome;
    // Not in there: nothing waits for a client while others wait for the namespace.
    const status = await waitForOthers(outcome.wait, onWait);
    if (status !== NtStatus.SUCCESS) return refused(status);
  }
  return refused(NtStatus.SHARING_VIOLATION);
}

async function renameAlone(open: Open, asked: NameTarget): Promise<NameAttempt> {
  const { volume, link } = open;
  if (link.isGone) return refused(NtStatus.ACCESS_DENIED);
  const found = await findTarget(open, asked);
  if (!found.ok) return found;
  const target = found.value;
  const { name, replaceIfExists, isPosix, caller } = target;
  const path = link.path;
  if (name.path === path) return ok(undefined);
  const unfit = checkSource(open, name);
  if (unfit !== NtStatus.SUCCESS) return refused(unfit);
  const access = await checkTargetAccess(open, target);
  if (open.isClosed) return refused(NtStatus.FILE_CLOSED);
  if (access === NtStatus.SUCCESS) {
    const waits = [open.breakHandles(), ...breakTargetHandles(open, target)];
    const some = waits.filter((wait) => wait !== undefined);
    if (some.length > 0) return { wait: Promise.all(some).then(() => undefined) };
  }
  const status =
    checkOpenBelow(open, isPosix) ||
    checkDirectory(open, name) ||
    (access === NtStatus.OBJECT_NAME_COLLISION ? access : checkOpenTarget(open, target)) ||
    access;
  if (status !== NtStatus.SUCCESS) return refused(status);

  const isReplacing =
    replaceIfExists && volume.notifyHub.isWatched && (await isTaken(open, target));
  const params = { newPath: name.path, replaceIfExists, isPosix };
  const renamed = await guard(() => volume.fileSystem.rename?.(open.file, path, params, caller));
  if (!renamed.ok) return renamed;
  const replaced = linkInTheWay(open, target);
  if (replaced !== undefined) volume.detach(replaced);
  const from = placeOf(link);
  const knownTo = open.directoryLeaseId;
  moveLink(open, name.components);
  const to = placeOf(link);
  if (from === undefined || to === undefined) return ok(undefined);
  volume.notifyHub.renamed({ from, to, isDirectory: open.isDirectory, isReplacing, knownTo });
  return ok(undefined);
}

/** Open names move along, and what is known by its path is known by the new one. */
function moveLink({ volume, link, directoryLeaseId }: Open, components: readonly string[]): void {
  entryChanged(link, directoryLeaseId);
  volume.links.move(link, components);
  entryChanged(link, directoryLeaseId);
  if (volume.params.hasStableFileIds) return;
  for (const { node, path } of withAllBelow(link)) {
    if (node !== undefined) volume.nodes.rekey(node, volume.fold(path));
  }
}

/** Nothing moves while something below it is open; by POSIX rules, unless all share DELETE. */
function checkOpenBelow({ link }: Open, isPosix: boolean): NtStatus {
  if (!link.hasOpensBelow) return NtStatus.SUCCESS;
  if (!isPosix) return NtStatus.ACCESS_DENIED;
  for (const below of withAllBelow(link)) {
    const status = below === link ? NtStatus.SUCCESS : checkAllShareDelete(below);
    if (status !== NtStatus.SUCCESS) return status;
  }
  return NtStatus.SUCCESS;
}

/** The root stays; nothing goes into itself. */
function checkSource(open: Open, name: ParsedName): NtStatus {
  const { link } = open;
  if (link.isRoot || name.components.length === 0) return NtStatus.INVALID_PARAMETER;
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
 * For the rename the new directory is opened to be written to, sharing all but DELETE: who has it open and
 * does not share writing is in the way, and who may delete it. As to the latter, Windows counts
 * everybody, and Samba the same client alone (smbtorture's `smb2.notify-inotify.inotify-rename`), which is
 * enough: that the directory stays meanwhile, the namespace lock sees to. [MS-FSA] 2.1.5.14.11
 */
function checkDirectory({ volume, caller }: Open, { components }: ParsedName): NtStatus {
  const directory = volume.links.find(components.slice(0, -1))?.node;
  if (directory === undefined) return NtStatus.SUCCESS;
  if (directory.deleters.has(caller.sessionId)) return NtStatus.SHARING_VIOLATION;
  return directory.shareModes.check(ADDING_A_NAME);
}

/** How the directory is opened for a rename, apart from what {@link checkDirectory} looks at itself. */
const ADDING_A_NAME: Sharing = {
  uses: FILE_SHARE_WRITE,
  shares: FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
};

/** A stream is renamed by `:stream` alone; with a path before it, Windows says that it is in the way. */
function checkStreamOfPath({ link }: Open): NtStatus {
  return link.isStream ? NtStatus.SHARING_VIOLATION : NtStatus.INVALID_PARAMETER;
}
