/**
 * Making a file, directory or stream that is not there. [MS-FSA] 2.1.5.1.1, WinFsp 3.2, 3.3
 *
 * @packageDocumentation
 */
import type { SecurityByName } from "../fs/index.js";
import {
  CreateAction,
  CreateDisposition,
  DELETE,
  FILE_ADD_FILE,
  FILE_ADD_SUBDIRECTORY,
  FILE_ALL_ACCESS,
  FILE_ATTRIBUTE_ARCHIVE,
  FILE_ATTRIBUTE_DIRECTORY,
  FILE_ATTRIBUTE_READONLY,
  FILE_DELETE_ON_CLOSE,
  FILE_DIRECTORY_FILE,
  FILE_READ_ATTRIBUTES,
  FILE_SHARE_DELETE,
  FILE_SHARE_READ,
  FILE_SHARE_WRITE,
  FILE_WRITE_DATA,
  MAXIMUM_ALLOWED,
  mapGenericAccess,
  NtStatus,
  parentPath,
  SETTABLE_ATTRIBUTES,
} from "../nt/index.js";
import { admit } from "./admit.js";
import type { CreateRequest } from "./create-request.js";
import {
  type Attempt,
  type Creation,
  maximumAccess,
  pathOf,
  stoppedAt,
  stoppedByDelete,
} from "./creation.js";
import { easToStore } from "./extended-attributes.js";
import { linkNames } from "./links.js";
import { lookUp, lookUpPath, NO_SECURITY } from "./look-up.js";
import type { Open } from "./open.js";
import { guard, ok, type Result, refused } from "./result.js";
import { type Steps, settled } from "./steps.js";

/** Makes a file that is not there, and opens it. */
export function* makeNew(creation: Creation): Steps<Attempt> {
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
  const stopped = stoppedAt(volume, name.components.slice(0, -1)) ?? stoppedByDelete(creation);
  if (stopped !== undefined) return stopped;

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
    yield* unmake(creation, made.value.file);
    return admitted;
  }
  if (params.allocationSize > 0) admitted.value.node.isAllocationDirty = true;
  volume.notifyHub.added(admitted.value.link, isDirectory, admitted.value.directoryLeaseId);
  return ok({ open: admitted.value, createAction: CreateAction.CREATED });
}

/** Makes a stream that is not there, and its file with it where that is not there either. WinFsp 3.2 */
export function* makeStream(creation: Creation): Steps<Attempt> {
  if (creation.volume.params.isReadOnly) return refused(NtStatus.MEDIA_WRITE_PROTECTED);
  const found = yield* lookUp(fileOfStream(creation));
  if (found.ok) {
    const mayWrite = (maximumAccess(creation, found.value) & FILE_WRITE_DATA) !== 0;
    const stopped = stoppedByDelete(creation);
    if (stopped !== undefined) return stopped;
    return mayWrite ? yield* makeStreamOfFile(creation) : refused(NtStatus.ACCESS_DENIED);
  }
  if (found.status !== NtStatus.OBJECT_NAME_NOT_FOUND) return found;
  const file = yield* makeNew(fileOfStream(creation));
  if ("wait" in file || !file.ok) return file;
  return yield* makeStreamOfNew(creation, file.value.open);
}

/** Makes a stream of a file that was made for it; where that fails, however it does, the file is gone again. */
function* makeStreamOfNew(creation: Creation, file: Open): Steps<Attempt> {
  let made: Attempt | undefined;
  try {
    const stopped = stoppedByDelete(creation);
    if (stopped !== undefined) return stopped;
    made = yield* makeStreamOfFile(creation);
    return made;
  } finally {
    const isMade = made !== undefined && "ok" in made && made.ok;
    yield* settled(isMade ? file.closeWithinCreate() : file.undoWithinCreate());
  }
}

function* makeStreamOfFile(creation: Creation): Steps<Attempt> {
  const { volume, request, name, caller } = creation;
  const { fileSystem } = volume;
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
  // It is not emptied, whatever would have been done to one that is there.
  const asMade = {
    ...creation,
    request: { ...request, createDisposition: CreateDisposition.CREATE },
  };
  const admitted = admit(asMade, made.value, grantedAccess);
  if ("ok" in admitted && admitted.ok) {
    volume.notifyHub.added(admitted.value.link, false);
    return ok({ open: admitted.value, createAction: CreateAction.CREATED });
  }
  yield* unmake(creation, made.value.file);
  return admitted;
}

/** What was made, and may not be opened after all, is gone again; unless somebody has it open by now. */
function* unmake({ volume, name, caller }: Creation, file: unknown): Steps<void> {
  const { fileSystem, links } = volume;
  const isOpen = (links.find(linkNames(name))?.openCount ?? 0) > 0;
  const params = { isDelete: true, isAllocationReset: false };
  if (!isOpen) {
    yield* settled(guard(() => fileSystem.cleanup?.(file, pathOf(name), params, caller)));
  }
  yield* settled(fileSystem.close?.(file));
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
  if (request.describeNew !== undefined) return ok(request.describeNew(parent.securityDescriptor));
  return volume.inheritance.inherit({
    parent: parent.securityDescriptor,
    given: request.securityDescriptor,
    caller,
    isDirectory,
  });
}
