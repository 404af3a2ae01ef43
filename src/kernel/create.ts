/**
 * Opening and making files: the checks, and their order. [MS-FSA] 2.1.5.1, WinFsp 3.1 to 3.4
 *
 * @packageDocumentation
 */
import type { Awaitable, Caller, FileInfo, Opened, SecurityByName } from "../fs/index.js";
import {
  ACCESS_SYSTEM_SECURITY,
  CreateAction,
  CreateDisposition,
  DELETE,
  FILE_ADD_FILE,
  FILE_ADD_SUBDIRECTORY,
  FILE_ALL_ACCESS,
  FILE_ATTRIBUTE_ARCHIVE,
  FILE_ATTRIBUTE_DIRECTORY,
  FILE_ATTRIBUTE_HIDDEN,
  FILE_ATTRIBUTE_READONLY,
  FILE_ATTRIBUTE_SYSTEM,
  FILE_ATTRIBUTE_TEMPORARY,
  FILE_DELETE_ON_CLOSE,
  FILE_DIRECTORY_FILE,
  FILE_NO_EA_KNOWLEDGE,
  FILE_NON_DIRECTORY_FILE,
  FILE_NOTIFY_CHANGE_ATTRIBUTES,
  FILE_NOTIFY_CHANGE_EA,
  FILE_NOTIFY_CHANGE_LAST_WRITE,
  FILE_NOTIFY_CHANGE_SIZE,
  FILE_OPEN_BY_FILE_ID,
  FILE_READ_ATTRIBUTES,
  FILE_SHARE_DELETE,
  FILE_SHARE_READ,
  FILE_SHARE_WRITE,
  FILE_WRITE_DATA,
  MAX_PATH_UNITS,
  MAXIMUM_ALLOWED,
  mapGenericAccess,
  NtStatus,
  type ParsedName,
  parentPath,
  parseName,
  SE_CHANGE_NOTIFY_PRIVILEGE,
  SE_SECURITY_PRIVILEGE,
  SETTABLE_ATTRIBUTES,
} from "../nt/index.js";
import { grantOpen, hasPrivilege, mapDesiredAccess } from "./access-check.js";
import { waitForOthers } from "./cache-breaks.js";
import { CHANGING_ACCESS } from "./changing-access.js";
import type { Created, CreateOutcome, CreateRequest } from "./create-request.js";
import { checkCreateEas, easToStore, refusesWithoutEas } from "./extended-attributes.js";
import type { NodeKey } from "./file-node.js";
import { MAX_BREAK_WAITS, MAX_CREATE_ATTEMPTS, MAX_FILE_OFFSET } from "./limits.js";
import { linkNames } from "./links.js";
import { Open } from "./open.js";
import { openByFileId } from "./open-by-file-id.js";
import { isStatAccess } from "./oplocks.js";
import { guard, ok, type Result, refused } from "./result.js";
import { sharingOf } from "./share-modes.js";
import { runSteps, type Steps, settled } from "./steps.js";
import {
  type OnReparsePoint,
  onReparsePoint,
  passReparsePoint,
  reparsePointInTheWay,
} from "./symlinks.js";
import { checkTraverse } from "./traverse.js";
import { WHOLE_VIEW } from "./view.js";
import type { Opening, Volume } from "./volume.js";

/** One create on its way: what was asked, by whom, of what. */
interface Creation {
  readonly volume: Volume;
  readonly request: CreateRequest;
  readonly name: ParsedName;
  readonly caller: Caller;
}

/** Opens or makes a file, and admits it to the tables; or says why not. */
export function createFile(
  volume: Volume,
  request: CreateRequest,
  caller: Caller,
): Awaitable<CreateOutcome> {
  if ((request.createOptions & FILE_OPEN_BY_FILE_ID) !== 0) {
    return runSteps(openByFileId(volume, request, caller));
  }
  const name = parseName(request.name, volume.params.maxComponentUnits);
  if (typeof name === "number") return refused(name);
  const creation = { volume, request, name, caller };
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
    const status = yield* settled(waitForOthers(attempt.wait, creation.request.onWait));
    if (status !== NtStatus.SUCCESS) return refused(status);
  }
  return refused(NtStatus.SHARING_VIOLATION);
}

/** How a create went; or what to wait for, and then to look again at everything. */
type Attempt = Result<Created> | OnReparsePoint | { readonly wait: Promise<void> };

/** One attempt, while nobody renames. Nothing waits for a client in here. */
function* attemptAlone(creation: Creation): Steps<Attempt> {
  const { namespaceLock } = creation.volume;
  const wait = namespaceLock.enterShared();
  if (wait !== undefined) yield* settled(wait);
  try {
    if (!mayJoinLease(creation, linkNames(creation.name)))
      return refused(NtStatus.INVALID_PARAMETER);
    return yield* openOrMake(creation);
  } finally {
    namespaceLock.leaveShared();
  }
}

/** A lease is for one name. [MS-SMB2] 3.3.5.9.8 */
function mayJoinLease({ volume, request }: Creation, names: readonly string[]): boolean {
  return (
    request.lease === undefined || volume.leases.mayJoin(request.lease, volume.links.find(names))
  );
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

const OPENING_DISPOSITIONS: readonly number[] = [
  CreateDisposition.OPEN,
  CreateDisposition.OVERWRITE,
];

const OVERWRITING_DISPOSITIONS: readonly number[] = [
  CreateDisposition.SUPERSEDE,
  CreateDisposition.OVERWRITE,
  CreateDisposition.OVERWRITE_IF,
];

function isOneOf(disposition: CreateDisposition, some: readonly number[]): boolean {
  return some.includes(disposition);
}

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
    if (found.ok) {
      if (isDeletePending(creation)) return refused(NtStatus.DELETE_PENDING);
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

/** A stream goes with its file, so it is pending when the file is. */
function isDeletePending({ volume, name }: Creation): boolean {
  if (volume.links.find(name.components)?.isDeletePending === true) return true;
  return volume.links.find(linkNames(name))?.isDeletePending === true;
}

/** What the name stands for. A file system without security is asked by opening, later. */
function* lookUp(creation: Creation): Steps<Result<SecurityByName> | OnReparsePoint> {
  const { volume, request, name, caller } = creation;
  const { fileSystem } = volume;
  const found =
    fileSystem.getSecurityByName === undefined
      ? yield* probe(creation)
      : yield* settled(
          guard(() => fileSystem.getSecurityByName?.(pathOf(name), caller) ?? NO_SECURITY),
        );
  if (!found.ok) {
    const isStream = name.stream !== undefined && volume.capabilities.hasReparsePoints;
    return isStream ? yield* lookUpFileOfStream(creation, found.status) : found;
  }
  const reparseAt = reparsePointInTheWay(name, request.createOptions, found.value);
  return reparseAt === undefined ? found : onReparsePoint(reparseAt);
}

/** A stream that is missing may be where the file leads, that is a symbolic link. WinFsp 3.3 */
function* lookUpFileOfStream(
  { volume, request, name, caller }: Creation,
  status: NtStatus,
): Steps<Result<never> | OnReparsePoint> {
  const file = yield* settled(lookUpPath(volume, name.path, caller));
  if (!file.ok) return refused(status);
  const reparseAt = reparsePointInTheWay(name, request.createOptions, file.value);
  return reparseAt === undefined ? refused(status) : onReparsePoint(reparseAt);
}

const NO_SECURITY: SecurityByName = { fileAttributes: 0 };

/** Whether the name is there, of a file system that can only open. */
function* probe({ volume, name, caller }: Creation): Steps<Result<SecurityByName>> {
  const { fileSystem } = volume;
  const params = { createOptions: 0, grantedAccess: 0 };
  const opened = yield* settled(guard(() => fileSystem.open(pathOf(name), params, caller)));
  if (!opened.ok) return opened;
  yield* settled(guard(() => fileSystem.close?.(opened.value.file)));
  return ok({ fileAttributes: opened.value.info.fileAttributes });
}

function pathOf(name: ParsedName): string {
  return name.stream === undefined ? name.path : `${name.path}:${name.stream}`;
}

/** Opens a file that is there, and empties it where that was asked. */
function* openExisting(creation: Creation, found: SecurityByName): Steps<Attempt> {
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
    return { wait: Promise.resolve() };
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
): Promise<Result<Opened<unknown>> | { readonly wait: Promise<void> }> {
  const entry: Opening = { path, isStale: false };
  volume.openings.add(entry);
  try {
    const opened = await opening;
    if (!opened.ok || !entry.isStale) return opened;
    await volume.fileSystem.close?.(opened.value.file);
    return { wait: Promise.resolve() };
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
  const maximum = maximumAccess(creation, found);
  const facts = {
    maximum,
    desired: desired.forCheck,
    desiredOfFile: request.createDisposition === CreateDisposition.SUPERSEDE ? DELETE : 0,
    attributes: found.fileAttributes,
    isDeleteOnClose: (request.createOptions & FILE_DELETE_ON_CLOSE) !== 0,
  };
  let grant = grantOpen({ ...facts, parentMaximum: undefined });
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

/** All rights that the caller can have on what was found. */
function maximumAccess({ volume, caller, request }: Creation, found: SecurityByName): number {
  const { createOptions, view = WHOLE_VIEW } = request;
  const { securityDescriptor } = found;
  return volume.maximumAccess(securityDescriptor, caller, createOptions) & ~view.withheldAccess;
}

function lookUpPath(
  volume: Volume,
  path: string,
  caller: Caller,
): Awaitable<Result<SecurityByName>> {
  const { fileSystem } = volume;
  return guard(() => fileSystem.getSecurityByName?.(path, caller) ?? NO_SECURITY);
}

/** A file is not to be opened as a directory, nor a directory as a file. WinFsp 3.3, E */
function checkType({ request, name }: Creation, fileAttributes: number): NtStatus {
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

/** Makes a file that is not there, and opens it. */
function* makeNew(creation: Creation): Steps<Attempt> {
  const { volume, request, name, caller } = creation;
  const { fileSystem } = volume;
  const isDirectory = (request.createOptions & FILE_DIRECTORY_FILE) !== 0;
  if (name.wantsDirectory && !isDirectory) return refused(NtStatus.OBJECT_NAME_INVALID);
  if (volume.params.isReadOnly) return refused(NtStatus.MEDIA_WRITE_PROTECTED);
  if (fileSystem.create === undefined) return refused(NtStatus.INVALID_DEVICE_REQUEST);
  const isReadOnlyFile = (request.fileAttributes & FILE_ATTRIBUTE_READONLY) !== 0;
  if (isReadOnlyFile && (request.createOptions & FILE_DELETE_ON_CLOSE) !== 0) {
    return refused(NtStatus.CANNOT_DELETE);
  }

  const parent = yield* settled(lookUpPath(volume, parentPath(name.path), caller));
  if (!parent.ok) return refused(pathStatus(parent.status));
  if (
    (parent.value.fileAttributes & FILE_ATTRIBUTE_DIRECTORY) === 0 &&
    parent.value !== NO_SECURITY
  ) {
    return refused(NtStatus.OBJECT_PATH_NOT_FOUND);
  }
  const needed = isDirectory ? FILE_ADD_SUBDIRECTORY : FILE_ADD_FILE;
  if ((maximumAccess(creation, parent.value) & needed) === 0)
    return refused(NtStatus.ACCESS_DENIED);
  if (volume.links.find(name.components.slice(0, -1))?.isDeletePending === true) {
    return refused(NtStatus.DELETE_PENDING);
  }

  const descriptor = descriptorOfNew(creation, parent.value, isDirectory);
  if (!descriptor.ok) return descriptor;
  const grantedAccess = accessToNew(request);
  const params = {
    isDirectory,
    createOptions: request.createOptions,
    grantedAccess,
    fileAttributes: attributesOfNew(request, isDirectory),
    securityDescriptor: descriptor.value,
    allocationSize: isDirectory ? 0 : volume.roundToAllocation(request.allocationSize),
    extendedAttributes: easToStore(volume, request.extendedAttributes),
  };
  const making = guard(() => fileSystem.create?.(pathOf(name), params, caller));
  const made = yield* settled(making);
  if (!made.ok) return made;
  if (made.value === undefined) return refused(NtStatus.INVALID_DEVICE_REQUEST);
  const admitted = admit(creation, made.value, grantedAccess);
  if (!("ok" in admitted && admitted.ok)) {
    yield* settled(fileSystem.close?.(made.value.file));
    return admitted;
  }
  if (params.allocationSize > 0) admitted.value.node.isAllocationDirty = true;
  volume.notifyHub.added(admitted.value.link, isDirectory, admitted.value.directoryLeaseId);
  return ok({ open: admitted.value, createAction: CreateAction.CREATED });
}

/** Makes a stream that is not there, and its file with it where that is not there either. WinFsp 3.2 */
function* makeStream(creation: Creation): Steps<Attempt> {
  const { volume, request, name, caller } = creation;
  const { fileSystem } = volume;
  if (volume.params.isReadOnly) return refused(NtStatus.MEDIA_WRITE_PROTECTED);
  let found = yield* lookUp(fileOfStream(creation));
  let file: Open | undefined;
  if (!found.ok && found.status === NtStatus.OBJECT_NAME_NOT_FOUND) {
    const made = yield* makeNew(fileOfStream(creation));
    if ("wait" in made || !made.ok) return made;
    file = made.value.open;
  }
  try {
    if (file !== undefined) found = yield* lookUp(fileOfStream(creation));
    if (!found.ok) return found;
    if (isDeletePending(creation)) return refused(NtStatus.DELETE_PENDING);
    const mayWrite = (maximumAccess(creation, found.value) & FILE_WRITE_DATA) !== 0;
    if (!mayWrite && file === undefined) return refused(NtStatus.ACCESS_DENIED);
    const grantedAccess = accessToNew(request);
    const params = {
      isDirectory: false,
      createOptions: request.createOptions,
      grantedAccess,
      fileAttributes: 0,
      securityDescriptor: undefined,
      allocationSize: volume.roundToAllocation(request.allocationSize),
      extendedAttributes: undefined,
    };
    const made = yield* settled(guard(() => fileSystem.create?.(pathOf(name), params, caller)));
    if (!made.ok) return made;
    if (made.value === undefined) return refused(NtStatus.INVALID_DEVICE_REQUEST);
    const admitted = admit(creation, made.value, grantedAccess);
    if ("ok" in admitted && admitted.ok) {
      volume.notifyHub.added(admitted.value.link, false);
      return ok({ open: admitted.value, createAction: CreateAction.CREATED });
    }
    yield* settled(fileSystem.close?.(made.value.file));
    return admitted;
  } finally {
    if (file !== undefined) yield* settled(file.closeWithinCreate());
  }
}

/** The create of the file that a stream needs. */
function fileOfStream(creation: Creation): Creation {
  const { request, name } = creation;
  return {
    ...creation,
    name: { ...name, stream: undefined },
    request: {
      ...request,
      desiredAccess: FILE_READ_ATTRIBUTES,
      shareAccess: FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
      createOptions: request.createOptions & ~FILE_DELETE_ON_CLOSE,
      allocationSize: 0,
      oplockLevel: undefined,
      lease: undefined,
    },
  };
}

/** Where the directory itself is missing, it is the path that was not found. */
function pathStatus(status: NtStatus): NtStatus {
  return status === NtStatus.OBJECT_NAME_NOT_FOUND ? NtStatus.OBJECT_PATH_NOT_FOUND : status;
}

/** Whoever makes a file has what he asks for on it, whatever its descriptor says. */
function accessToNew({ desiredAccess, createOptions }: CreateRequest): number {
  const mapped = mapGenericAccess(desiredAccess);
  if ((mapped & MAXIMUM_ALLOWED) !== 0) return FILE_ALL_ACCESS;
  const isDeleteOnClose = (createOptions & FILE_DELETE_ON_CLOSE) !== 0;
  return isDeleteOnClose ? mapped | DELETE : mapped;
}

function attributesOfNew({ fileAttributes }: CreateRequest, isDirectory: boolean): number {
  const settable = fileAttributes & SETTABLE_ATTRIBUTES;
  return isDirectory
    ? (settable & ~FILE_ATTRIBUTE_ARCHIVE) | FILE_ATTRIBUTE_DIRECTORY
    : settable | FILE_ATTRIBUTE_ARCHIVE;
}

function descriptorOfNew(
  { volume, request, caller }: Creation,
  parent: SecurityByName,
  isDirectory: boolean,
): Result<Uint8Array | undefined> {
  if (!volume.capabilities.hasSecurity) return ok(undefined);
  return volume.inheritance.inherit({
    parent: parent.securityDescriptor,
    given: request.securityDescriptor,
    caller,
    isDirectory,
  });
}

/** Lets an open that the file system has made join the others of the file; decided in one turn. */
function admit(
  creation: Creation,
  opened: Opened<unknown>,
  grantedAccess: number,
): Result<Open> | { readonly wait: Promise<void> } {
  const { volume, request, name, caller } = creation;
  const { info } = opened;
  const wrongType = checkType(creation, info.fileAttributes);
  if (wrongType !== NtStatus.SUCCESS) return refused(wrongType);
  const components = linkNames(storedName(opened, name));
  if (volume.links.find(components)?.isDeletePending === true) {
    return refused(NtStatus.DELETE_PENDING);
  }
  if (!mayJoinLease(creation, components)) return refused(NtStatus.INVALID_PARAMETER);
  const { createOptions, view = WHOLE_VIEW } = request;
  const { oplockLevel, lease } = opened.isUncacheable === true ? NOTHING_TO_KEEP : request;
  const mainKey = name.stream && nodeKey(volume, info, { ...name, stream: undefined });
  const node = volume.nodes.of(nodeKey(volume, info, name), mainKey);
  const isOverwrite = isOneOf(request.createDisposition, OVERWRITING_DISPOSITIONS);
  const isDelete = (createOptions & FILE_DELETE_ON_CLOSE) !== 0;
  const own = lease && volume.leases.find(lease.holder.id);
  const joining = { grantedAccess, isOverwrite, isDelete, lease: own };
  const early = node.oplocks?.breakBeforeSharing(joining);
  if (early !== undefined) return { wait: early };
  const sharing = sharingOf(sharingAccess(request, grantedAccess), request.shareAccess);
  const status = node.checkSharing(sharing); // decide ...
  if (status !== NtStatus.SUCCESS) {
    const handles = node.oplocks?.breakHandles(own);
    return handles === undefined ? refused(status) : { wait: handles };
  }
  const late = node.oplocks?.breakAfterSharing(joining);
  if (late !== undefined) return { wait: late };
  if (isOverwrite) node.oplocks?.dataChanged(own);
  node.addSharing(sharingOf(grantedAccess, request.shareAccess)); // ... and record, in one turn
  volume.nodes.join(node);
  node.note(info);
  const link = volume.links.acquire(components, node);
  const isDirectory = (info.fileAttributes & FILE_ATTRIBUTE_DIRECTORY) !== 0;
  const isDataOpen = !isStatAccess(grantedAccess);
  const wish = { node, link, isDirectory, isDataOpen, oplockLevel, lease };
  const oplock = volume.leases.grant(wish);
  if (isDataOpen) node.dataOpenCount++;
  const parts = {
    volume,
    node,
    link,
    opened,
    grantedAccess,
    shareAccess: request.shareAccess,
    createOptions,
    caller,
    view,
  };
  return ok(new Open({ ...parts, oplock, directoryLeaseId: lease?.directoryLeaseId }));
}

/** What a client gets of a file that it is not to keep anything of, whatever it asked for. */
const NOTHING_TO_KEEP: Pick<CreateRequest, "oplockLevel" | "lease"> = {};

/** The name as the file system has it, where it told. */
function storedName({ normalizedPath }: Opened<unknown>, name: ParsedName): ParsedName {
  if (normalizedPath === undefined) return name;
  const stored = parseName(normalizedPath, MAX_PATH_UNITS);
  return typeof stored === "number" ? name : stored;
}

/** Emptying a file counts as writing or deleting it, for the check only. WinFsp 3.4 */
function sharingAccess({ createDisposition }: CreateRequest, grantedAccess: number): number {
  if (createDisposition === CreateDisposition.SUPERSEDE) return grantedAccess | DELETE;
  if (isOneOf(createDisposition, OVERWRITING_DISPOSITIONS)) return grantedAccess | FILE_WRITE_DATA;
  return grantedAccess;
}

function nodeKey(volume: Volume, info: FileInfo, name: ParsedName): NodeKey {
  if (!volume.params.hasStableFileIds) return volume.fold(pathOf(name));
  return name.stream === undefined ? info.fileId : `${info.fileId}:${volume.fold(name.stream)}`;
}
