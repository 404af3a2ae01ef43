/**
 * Opening a file by its id: by the name that it has now, with all checks that opening by name has.
 * [MS-FSA] 2.1.5.1, FILE_OPEN_BY_FILE_ID
 *
 * @packageDocumentation
 */
import type { Awaitable, Caller } from "../fs/index.js";
import { CreateDisposition, FILE_OPEN_BY_FILE_ID, NtStatus } from "../nt/index.js";
import type { CreateOutcome, CreateRequest } from "./create-request.js";
import { MAX_CREATE_ATTEMPTS } from "./limits.js";
import type { Open } from "./open.js";
import { guard, ok, type Result, refused } from "./result.js";
import { type Steps, settled } from "./steps.js";
import type { Volume } from "./volume.js";

const OPEN_PARAMS = { createOptions: 0, grantedAccess: 0 };

/** A create by an id on its way: what was asked, by whom, of what. */
interface ById {
  readonly volume: Volume;
  readonly request: CreateRequest;
  readonly caller: Caller;
}

/**
 * Opens the file that has an id; again, where its name went to another file meanwhile.
 *
 * @param open - opens by name, and follows no link
 * @returns NOT_SUPPORTED for all but opening; INVALID_PARAMETER where no file has the id
 */
export function* openByFileId(
  { volume, request, caller }: ById,
  open: (named: CreateRequest) => Awaitable<CreateOutcome>,
): Steps<CreateOutcome> {
  const { fileId, createDisposition } = request;
  const isOpen = createDisposition === CreateDisposition.OPEN;
  if (!isOpen || !volume.capabilities.canOpenByFileId) return refused(NtStatus.NOT_SUPPORTED);
  if (fileId === undefined) return refused(NtStatus.INVALID_PARAMETER);
  const createOptions = request.createOptions & ~FILE_OPEN_BY_FILE_ID;
  for (let attempt = 0; attempt < MAX_CREATE_ATTEMPTS; attempt++) {
    const name: Result<string> = yield* nameOf(volume, fileId, caller);
    if (!name.ok) return name;
    const named: CreateRequest = { ...request, name: name.value, createOptions };
    const created: CreateOutcome = yield* settled(open(named));
    const isGone = !created.ok && created.status === NtStatus.OBJECT_NAME_NOT_FOUND;
    if (!created.ok && !isGone) return created;
    if (created.ok) {
      const found: Open = created.value.open;
      if (found.createInfo.fileId === fileId) return created;
      yield* settled(found.close());
    }
  }
  return refused(NtStatus.INVALID_PARAMETER);
}

/** The path of the file that has an id now, or one of its paths. */
function* nameOf(volume: Volume, fileId: bigint, caller: Caller): Steps<Result<string>> {
  const { fileSystem } = volume;
  const opened = yield* settled(
    guard(() => fileSystem.openByFileId?.(fileId, OPEN_PARAMS, caller)),
  );
  if (!opened.ok) return opened;
  if (opened.value === undefined) return refused(NtStatus.NOT_SUPPORTED);
  const { file, normalizedPath } = opened.value;
  yield* settled(guard(() => fileSystem.close?.(file)));
  return normalizedPath === undefined ? refused(NtStatus.INVALID_PARAMETER) : ok(normalizedPath);
}
