/**
 * Opening a file that is there, and emptying it. [MS-FSA] 2.1.5.1.2, WinFsp 3.3
 *
 * @packageDocumentation
 */
import type { Awaitable, Opened, SecurityByName } from "../fs/index.js";
import {
  CreateAction,
  CreateDisposition,
  DELETE,
  FILE_ATTRIBUTE_ARCHIVE,
  FILE_ATTRIBUTE_HIDDEN,
  FILE_ATTRIBUTE_SYSTEM,
  FILE_DELETE_ON_CLOSE,
  FILE_NO_EA_KNOWLEDGE,
  FILE_NOTIFY_CHANGE_ATTRIBUTES,
  FILE_NOTIFY_CHANGE_EA,
  FILE_NOTIFY_CHANGE_LAST_WRITE,
  FILE_NOTIFY_CHANGE_SIZE,
  FILE_WRITE_DATA,
  MAXIMUM_ALLOWED,
  NtStatus,
  parentPath,
  SETTABLE_ATTRIBUTES,
} from "../nt/index.js";
import { grantOpen, mapDesiredAccess } from "./access-check.js";
import { admit } from "./admit.js";
import { CHANGING_ACCESS } from "./changing-access.js";
import type { Created, CreateRequest } from "./create-request.js";
import {
  type Attempt,
  type Creation,
  checkType,
  isOneOf,
  type LookAgain,
  maximumAccess,
  OVERWRITING_DISPOSITIONS,
  pathOf,
} from "./creation.js";
import { streamsGo } from "./disposition.js";
import { easToStore, refusesWithoutEas } from "./extended-attributes.js";
import { lookUpPath } from "./look-up.js";
import type { Open } from "./open.js";
import { guard, ok, type Result, refused } from "./result.js";
import { type Steps, settled } from "./steps.js";
import { reparsePointInTheWay } from "./symlinks.js";
import type { Opening, Volume } from "./volume.js";

/** Opens a file that is there, and empties it where that was asked. */
export function* openExisting(creation: Creation, found: SecurityByName): Steps<Attempt> {
  const { volume, request, name, caller } = creation;
  const isOverwrite = isOneOf(request.createDisposition, OVERWRITING_DISPOSITIONS);
  const access = yield* checkOpen(creation, found);
  if (!access.ok) return access;
  const wrongType = checkType(creation, found.fileAttributes);
  if (wrongType !== NtStatus.SUCCESS) return refused(wrongType);
  if (isOverwrite && !keepsAttributes(request, found.fileAttributes)) {
    return refused(NtStatus.ACCESS_DENIED);
  }

  const params = { createOptions: request.createOptions, grantedAccess: access.value };
  const opening = openKnowingEas(
    creation,
    guard(() => volume.fileSystem.open(pathOf(name), params, caller)),
  );
  const opened =
    opening instanceof Promise ? yield* settled(watched(volume, name.path, opening)) : opening;
  if ("wait" in opened) return opened;
  if (!opened.ok) return opened;
  if (reparsePointInTheWay(name, request.createOptions, opened.value.info) !== undefined) {
    yield* settled(volume.fileSystem.close?.(opened.value.file)); // it became one meanwhile: look again
    return { wait: undefined };
  }
  // From here to the return of `admit` nothing waits: the share modes are decided and recorded in one turn.
  const admitted = admit(creation, opened.value, access.value);
  if (!("ok" in admitted && admitted.ok)) {
    yield* settled(volume.fileSystem.close?.(opened.value.file));
    return admitted;
  }
  if (!isOverwrite) return ok({ open: admitted.value, createAction: CreateAction.OPENED });
  return yield* overwrite(creation, admitted.value);
}

/** The open that a file system gives, unless the file has what this opener knows nothing of. */
function openKnowingEas(
  { volume, request, caller }: Creation,
  opening: Awaitable<Result<Opened<unknown>>>,
): Awaitable<Result<Opened<unknown>>> {
  if ((request.createOptions & FILE_NO_EA_KNOWLEDGE) === 0) return opening;
  return (async () => {
    const opened = await opening;
    if (!opened.ok || opened.value.info.eaSize === 0) return opened;
    let isRefused = true;
    try {
      isRefused = await refusesWithoutEas(volume, opened.value.file, caller);
    } finally {
      if (isRefused) await volume.fileSystem.close?.(opened.value.file);
    }
    return isRefused ? refused(NtStatus.ACCESS_DENIED) : opened;
  })();
}

/**
 * Waits for an open, and lets go of it again where its name went meanwhile: it may be the old file, and
 * the name a new one by now.
 */
async function watched(
  volume: Volume,
  path: string,
  opening: Promise<Result<Opened<unknown>>>,
): Promise<Result<Opened<unknown>> | LookAgain> {
  const entry: Opening = { path, isStale: false };
  volume.openings.add(entry);
  try {
    const opened = await opening;
    if (!opened.ok || !entry.isStale) return opened;
    await volume.fileSystem.close?.(opened.value.file);
    return { wait: undefined };
  } finally {
    volume.openings.delete(entry);
  }
}

/** The access check of an open or overwrite. WinFsp 3.3 */
function* checkOpen(creation: Creation, found: SecurityByName): Steps<Result<number>> {
  const { volume, request, name, caller } = creation;
  const desired = accessAskedFor(request);
  if (volume.params.isReadOnly && (desired.forCheck & CHANGING_ACCESS) !== 0) {
    return refused(NtStatus.MEDIA_WRITE_PROTECTED);
  }
  const facts = {
    maximum: maximumAccess(creation, found),
    parentMaximum: undefined,
    desired: desired.forCheck,
    desiredOfFile: request.createDisposition === CreateDisposition.SUPERSEDE ? DELETE : 0,
    attributes: found.fileAttributes,
    isDeleteOnClose: (request.createOptions & FILE_DELETE_ON_CLOSE) !== 0,
  };
  let grant = grantOpen(facts);
  if (grant.needsParent && name.components.length > 0) {
    const parent = yield* settled(lookUpPath(volume, parentPath(name.path), caller));
    const parentMaximum = parent.ok ? maximumAccess(creation, parent.value) : 0;
    grant = grantOpen({ ...facts, parentMaximum });
  }
  if (grant.status !== NtStatus.SUCCESS) return refused(grant.status);
  return ok(grant.grantedAccess & ~desired.onlyForCheck);
}

/** Emptying a file takes rights of its own, which the open is not left with. WinFsp 3.3, table */
function accessAskedFor(request: CreateRequest): { forCheck: number; onlyForCheck: number } {
  const { desiredAccess, createDisposition, createOptions } = request;
  const mapped = mapDesiredAccess(desiredAccess);
  let extra = 0;
  if (createDisposition === CreateDisposition.SUPERSEDE) extra |= DELETE;
  else if (isOneOf(createDisposition, OVERWRITING_DISPOSITIONS)) extra |= FILE_WRITE_DATA;
  if ((createOptions & FILE_DELETE_ON_CLOSE) !== 0) extra |= DELETE;
  const isMaximum = (mapped & MAXIMUM_ALLOWED) !== 0;
  return { forCheck: mapped | extra, onlyForCheck: isMaximum ? 0 : extra & ~mapped };
}

/** Whoever empties a hidden or system file must say that he knows it is one. WinFsp 3.3 */
function keepsAttributes({ fileAttributes }: CreateRequest, existing: number): boolean {
  const marked = existing & (FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM);
  return (marked & ~fileAttributes) === 0;
}

/** Empties an open file; where that fails, however it does, the open is gone again. */
function* overwrite(creation: Creation, open: Open): Steps<Result<Created>> {
  let emptied: Result<Created> | undefined;
  try {
    emptied = yield* empty(creation, open);
    return emptied;
  } finally {
    if (emptied?.ok !== true) yield* settled(open.closeWithinCreate());
  }
}

function* empty(creation: Creation, open: Open): Steps<Result<Created>> {
  const { volume, request, caller } = creation;
  const { fileSystem } = volume;
  const isSupersede = request.createDisposition === CreateDisposition.SUPERSEDE;
  if (fileSystem.overwrite === undefined) return refused(NtStatus.INVALID_DEVICE_REQUEST);
  const params = {
    fileAttributes: (request.fileAttributes & SETTABLE_ATTRIBUTES) | FILE_ATTRIBUTE_ARCHIVE,
    replaceAttributes: isSupersede,
    allocationSize: volume.roundToAllocation(request.allocationSize),
    extendedAttributes: easToStore(volume, request.extendedAttributes),
  };
  const overwriting = guard(
    () => fileSystem.overwrite?.(open.file, params, caller) ?? open.createInfo,
  );
  const info = yield* settled(overwriting);
  if (!info.ok) return info;
  open.createInfo = info.value;
  open.node.isAllocationDirty = true;
  open.node.note(info.value);
  open.node.delayedWriteTime = undefined;
  streamsGo(open);
  if (overwriting instanceof Promise) open.dataChangedBefore(); // somebody may have read meanwhile
  const hasEa = volume.capabilities.hasExtendedAttributes && !open.link.isStream;
  const filter = hasEa ? EMPTYING | FILE_NOTIFY_CHANGE_EA : EMPTYING;
  volume.notifyHub.modified(open.link, filter, open.directoryLeaseId);
  const createAction = isSupersede ? CreateAction.SUPERSEDED : CreateAction.OVERWRITTEN;
  return ok({ open, createAction });
}

/** What is different of a file that was emptied. WinFsp 3.12 */
const EMPTYING =
  FILE_NOTIFY_CHANGE_ATTRIBUTES | FILE_NOTIFY_CHANGE_SIZE | FILE_NOTIFY_CHANGE_LAST_WRITE;
