/**
 * Opening and making files: the checks, and their order. [MS-FSA] 2.1.5.1, WinFsp 3.1 to 3.4
 *
 * @packageDocumentation
 */
import type { Awaitable, Caller, SecurityByName } from "../fs/index.js";
import {
  ACCESS_SYSTEM_SECURITY,
  CreateDisposition,
  FILE_ATTRIBUTE_DIRECTORY,
  FILE_ATTRIBUTE_TEMPORARY,
  FILE_DELETE_ON_CLOSE,
  FILE_DIRECTORY_FILE,
  FILE_NON_DIRECTORY_FILE,
  FILE_OPEN_BY_FILE_ID,
  NtStatus,
  parseName,
  SE_CHANGE_NOTIFY_PRIVILEGE,
  SE_SECURITY_PRIVILEGE,
} from "../nt/index.js";
import { hasPrivilege } from "./access-check.js";
import { mayJoinLease } from "./admit.js";
import { waitForOthers } from "./cache-breaks.js";
import type { CreateOutcome, CreateRequest } from "./create-request.js";
import {
  type Attempt,
  type Creation,
  isOneOf,
  OPENING_DISPOSITIONS,
  OVERWRITING_DISPOSITIONS,
  stoppedByDelete,
} from "./creation.js";
import { checkCreateEas } from "./extended-attributes.js";
import { MAX_BREAK_WAITS, MAX_CREATE_ATTEMPTS, MAX_FILE_OFFSET } from "./limits.js";
import { linkNames } from "./links.js";
import { lookUp } from "./look-up.js";
import { makeNew, makeStream } from "./make-new.js";
import { openByFileId } from "./open-by-file-id.js";
import { openExisting } from "./open-existing.js";
import { refused } from "./result.js";
import { runSteps, type Steps, settled } from "./steps.js";
import { passReparsePoint } from "./symlinks.js";
import { checkTraverse } from "./traverse.js";
import type { Volume } from "./volume.js";

/** Opens or makes a file, and admits it to the tables; or says why not. */
export function createFile(
  volume: Volume,
  request: CreateRequest,
  caller: Caller,
): Awaitable<CreateOutcome> {
  if ((request.createOptions & FILE_OPEN_BY_FILE_ID) === 0) {
    return createByName(volume, request, caller, volume.followsSymlinks);
  }
  // The id is that of the link itself, wherever it leads.
  const open = (named: CreateRequest) => createByName(volume, named, caller, false);
  return runSteps(openByFileId({ volume, request, caller }, open));
}

function createByName(
  volume: Volume,
  request: CreateRequest,
  caller: Caller,
  followsSymlinks: boolean,
): Awaitable<CreateOutcome> {
  const name = parseName(request.name, volume.params.maxComponentUnits);
  if (typeof name === "number") return refused(name);
  const creation = { volume, request, name, caller, followsSymlinks };
  const unfit = checkRequest(creation);
  if (unfit !== NtStatus.SUCCESS) return refused(unfit);
  return runSteps(attempts(creation));
}

/** Tries until nobody is in the way who can be waited for, and no symbolic link that is followed. */
function* attempts(first: Creation): Steps<CreateOutcome> {
  let creation = first;
  let hops = 0;
  for (let waits = 0; waits <= MAX_BREAK_WAITS; waits++) {
    let attempt = yield* attemptAlone(creation);
    for (; "reparseAt" in attempt; hops++) {
      const { reparseAt } = attempt;
      const passed = yield* passReparsePoint({ ...creation, reparseAt, hops });
      if (!passed.ok) return passed;
      creation = { ...creation, name: passed.value };
      const unfit = checkRequest(creation);
      if (unfit !== NtStatus.SUCCESS) return refused(unfit);
      attempt = yield* attemptAlone(creation);
    }
    if (!("wait" in attempt)) return attempt;
    if (attempt.wait === undefined) continue;
    const status = yield* settled(waitForOthers(attempt.wait, creation.request.onWait));
    if (status !== NtStatus.SUCCESS) return refused(status);
  }
  return refused(NtStatus.SHARING_VIOLATION);
}

/** One attempt, while nobody renames. Nothing waits for a client in here. */
function* attemptAlone(creation: Creation): Steps<Attempt> {
  const { namespaceLock } = creation.volume;
  const wait = namespaceLock.enterShared();
  if (wait !== undefined) yield* settled(wait);
  try {
    return yield* openOrMake(creation);
  } finally {
    namespaceLock.leaveShared();
  }
}

/** What can be refused without a look at the volume. WinFsp 3.2 */
function checkRequest({ volume, request, name, caller }: Creation): NtStatus {
  const { createOptions, createDisposition, fileAttributes, desiredAccess } = request;
  if (
    (desiredAccess & ACCESS_SYSTEM_SECURITY) !== 0 &&
    !hasPrivilege(caller, SE_SECURITY_PRIVILEGE)
  ) {
    return NtStatus.PRIVILEGE_NOT_HELD;
  }
  const isDirectory = (createOptions & FILE_DIRECTORY_FILE) !== 0;
  if (isDirectory && (createOptions & FILE_NON_DIRECTORY_FILE) !== 0) {
    return NtStatus.INVALID_PARAMETER;
  }
  if (isDirectory && !isOneOf(createDisposition, DIRECTORY_DISPOSITIONS)) {
    return NtStatus.INVALID_PARAMETER;
  }
  if (isDirectory && (fileAttributes & FILE_ATTRIBUTE_TEMPORARY) !== 0) {
    return NtStatus.INVALID_PARAMETER;
  }
  if (request.allocationSize > MAX_FILE_OFFSET) return NtStatus.DISK_FULL;
  const unfitEas = checkCreateEas(volume, request);
  if (unfitEas !== NtStatus.SUCCESS) return unfitEas;
  if (name.stream !== undefined && !volume.capabilities.hasNamedStreams) {
    return NtStatus.OBJECT_NAME_INVALID;
  }
  const isStream = name.stream !== undefined || name.isData;
  if (isStream && isDirectory) return NtStatus.NOT_A_DIRECTORY;
  if (name.components.length === 0) return checkRoot(request);
  return NtStatus.SUCCESS;
}

/** [MS-FSA] 2.1.5.1, phase 1: what a directory may be opened with. */
const DIRECTORY_DISPOSITIONS: readonly number[] = [
  CreateDisposition.OPEN,
  CreateDisposition.CREATE,
  CreateDisposition.OPEN_IF,
];

/** The root is there, is a directory, and stays. WinFsp 3.2, rule 8 */
function checkRoot({ createDisposition, createOptions }: CreateRequest): NtStatus {
  if (createDisposition === CreateDisposition.CREATE) return NtStatus.OBJECT_NAME_COLLISION;
  if (isOneOf(createDisposition, OVERWRITING_DISPOSITIONS)) return NtStatus.ACCESS_DENIED;
  if ((createOptions & FILE_DELETE_ON_CLOSE) !== 0) return NtStatus.CANNOT_DELETE;
  return NtStatus.SUCCESS;
}

/** Looks the name up, and opens what is there or makes what is not; again, where it came or went. */
function* openOrMake(creation: Creation): Steps<Attempt> {
  const { createDisposition } = creation.request;
  if (!hasPrivilege(creation.caller, SE_CHANGE_NOTIFY_PRIVILEGE)) {
    const untraversable = yield* checkTraverse(creation);
    if (untraversable !== NtStatus.SUCCESS) return refused(untraversable);
  }
  for (let attempt = 0; attempt < MAX_CREATE_ATTEMPTS; attempt++) {
    const found = yield* lookUp(creation);
    if ("reparseAt" in found) return found;
    // Looked at again when the open is admitted; here before anything is made or emptied.
    if (!mayJoinLease(creation, linkNames(creation.name))) {
      return refused(NtStatus.INVALID_PARAMETER);
    }
    if (found.ok) {
      const stopped = stoppedByDelete(creation);
      if (stopped !== undefined) return stopped;
      if (createDisposition === CreateDisposition.CREATE)
        return refused(collision(creation, found.value));
      const opened = yield* openExisting(creation, found.value);
      if ("wait" in opened) return opened;
      if (opened.ok || opened.status !== NtStatus.OBJECT_NAME_NOT_FOUND) return opened;
      if (isOneOf(createDisposition, OPENING_DISPOSITIONS)) return opened;
    } else {
      if (found.status !== NtStatus.OBJECT_NAME_NOT_FOUND) return found;
      if (isOneOf(createDisposition, OPENING_DISPOSITIONS)) return found;
      const made = yield* (creation.name.stream === undefined ? makeNew : makeStream)(creation);
      if ("wait" in made) return made;
      if (made.ok || made.status !== NtStatus.OBJECT_NAME_COLLISION) return made;
      if (createDisposition === CreateDisposition.CREATE) return made;
    }
  }
  return refused(NtStatus.SHARING_VIOLATION);
}

/** Where a file is in the way, and a directory was to be made: the name is taken, whatever is there. */
function collision({ request }: Creation, found: SecurityByName): NtStatus {
  const isDirectory = (found.fileAttributes & FILE_ATTRIBUTE_DIRECTORY) !== 0;
  const wantsFile = (request.createOptions & FILE_NON_DIRECTORY_FILE) !== 0;
  return isDirectory && wantsFile ? NtStatus.FILE_IS_A_DIRECTORY : NtStatus.OBJECT_NAME_COLLISION;
}
