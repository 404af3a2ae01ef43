import {
  type Awaitable,
  DEFAULT_VOLUME_PARAMS,
  type FileSystem,
  type Notify,
  type OpenParams,
  type VolumeParams,
} from "../fs/index.js";
import {
  ACCESS_SYSTEM_SECURITY,
  FILE_DELETE_ON_CLOSE,
  FILE_EXECUTE,
  FILE_READ_ATTRIBUTES,
  FILE_READ_DATA,
  FILE_READ_EA,
  NtError,
  NtStatus,
  READ_CONTROL,
  SYNCHRONIZE,
  statusOf,
} from "../nt/index.js";
import type { FileSystemOperation, OperationOf } from "./operations.js";

/** One of the file systems that another is made of. */
export interface StartablePart {
  readonly fileSystem: FileSystem;
  /** How the part reports what changed behind the kernel's back. */
  readonly notify: Notify;
}

/**
 * Starts all parts, one after the other. Where one cannot, those that were started are stopped again.
 *
 * @throws what that part has thrown
 */
export async function startParts(parts: readonly StartablePart[]): Promise<void> {
  const started: FileSystem[] = [];
  try {
    for (const { fileSystem, notify } of parts) {
      await fileSystem.start?.(notify);
      started.push(fileSystem);
    }
  } catch (error) {
    await stopParts(started).catch(() => undefined); // why it did not start is what counts
    throw error;
  }
}

/**
 * Stops all parts, the last first, whatever becomes of each.
 *
 * @throws what the first has thrown that could not be stopped
 */
export async function stopParts(parts: readonly FileSystem[]): Promise<void> {
  const errors: unknown[] = [];
  for (const fileSystem of [...parts].reverse()) {
    try {
      await fileSystem.stop?.();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}

/**
 * Calls an operation of a part.
 *
 * @throws NtError INVALID_DEVICE_REQUEST where the part has none, as the kernel says of a whole volume
 */
export function callPart<Name extends FileSystemOperation>(
  fileSystem: FileSystem,
  name: Name,
  ...args: Parameters<OperationOf<Name>>
): ReturnType<OperationOf<Name>> {
  const method = fileSystem[name] as ((...args: unknown[]) => unknown) | undefined;
  if (method === undefined) throw new NtError(NtStatus.INVALID_DEVICE_REQUEST);
  // It is the operation of that name, and so takes and answers what that does.
  return method.apply(fileSystem, args) as ReturnType<OperationOf<Name>>;
}

const MISSING: readonly (NtStatus | undefined)[] = [
  NtStatus.OBJECT_NAME_NOT_FOUND,
  NtStatus.OBJECT_PATH_NOT_FOUND,
  NtStatus.NOT_A_DIRECTORY,
];

/**
 * What an operation answers, or something else where it says that a name, or one before it, is missing.
 *
 * @throws all else that the operation throws
 */
export function ifMissing<T, R>(
  call: () => Awaitable<T>,
  otherwise: (error: unknown) => Awaitable<R>,
): Awaitable<T | R> {
  const caught = (error: unknown) => {
    if (MISSING.includes(statusOf(error))) return otherwise(error);
    throw error;
  };
  try {
    const value = call();
    return value instanceof Promise ? value.catch(caught) : value;
  } catch (error) {
    return caught(error);
  }
}

/** Rights that go with a file system that is only read. */
const READING_RIGHTS =
  FILE_READ_DATA |
  FILE_READ_EA |
  FILE_EXECUTE |
  FILE_READ_ATTRIBUTES |
  READ_CONTROL |
  SYNCHRONIZE |
  ACCESS_SYSTEM_SECURITY;

/** How a file is opened in a part that is only read, whatever its opener may do in the whole. */
export function readingParams({ createOptions, grantedAccess }: OpenParams): OpenParams {
  return {
    createOptions: createOptions & ~FILE_DELETE_ON_CLOSE,
    grantedAccess: grantedAccess & READING_RIGHTS,
  };
}

/** What holds of a volume that is made of several: of each parameter that promises something, the least. */
export function leastPromises(
  all: readonly (Partial<VolumeParams> | undefined)[],
): Pick<
  VolumeParams,
  | "hasStableFileIds"
  | "fileInfoTimeoutMs"
  | "directoryTimeoutMs"
  | "securityTimeoutMs"
  | "volumeInfoTimeoutMs"
> {
  const params = all.map((some) => ({ ...DEFAULT_VOLUME_PARAMS, ...some }));
  return {
    hasStableFileIds: params.every(({ hasStableFileIds }) => hasStableFileIds),
    fileInfoTimeoutMs: Math.min(...params.map((each) => each.fileInfoTimeoutMs)),
    directoryTimeoutMs: Math.min(...params.map((each) => each.directoryTimeoutMs)),
    securityTimeoutMs: Math.min(...params.map((each) => each.securityTimeoutMs)),
    volumeInfoTimeoutMs: Math.min(...params.map((each) => each.volumeInfoTimeoutMs)),
  };
}
