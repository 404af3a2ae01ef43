import { ERRNO, isErrnoName, NtError, NtStatus, statusOfErrno } from "../../nt/index.js";

/**
 * What an operation has thrown, or given to its callback, as what the kernel understands: an `NtError`. What stands for
 * no error is a bug, and given back as it is.
 *
 * @param thrown - a number of either sign, the name of an error, an object with `code` or `errno`
 */
export function refusalOf(thrown: unknown): unknown {
  if (thrown instanceof NtError) return thrown;
  if (typeof thrown === "number") return ofNumber(thrown) ?? thrown;
  if (typeof thrown === "string") return ofName(thrown) ?? thrown;
  if (typeof thrown !== "object" || thrown === null) return thrown;
  const code: unknown = "code" in thrown ? thrown.code : undefined;
  const errno: unknown = "errno" in thrown ? thrown.errno : undefined;
  // The name first: numbers are other ones on other systems.
  return (
    (typeof code === "string" ? ofName(code) : undefined) ??
    (typeof code === "number" ? ofNumber(code) : undefined) ??
    (typeof errno === "number" ? ofNumber(errno) : undefined) ??
    (typeof errno === "string" ? ofName(errno) : undefined) ??
    thrown
  );
}

/** What is no whole number, or 0, is no error. */
function ofNumber(errno: number): NtError | undefined {
  return Number.isSafeInteger(errno) && errno !== 0 ? new NtError(statusOfErrno(errno)) : undefined;
}

function ofName(name: string): NtError | undefined {
  return isErrnoName(name) ? new NtError(statusOfErrno(ERRNO[name])) : undefined;
}

/** Whether an operation has said that it is none. */
export function isNotImplemented(thrown: unknown): boolean {
  return thrown instanceof NtError && thrown.status === NtStatus.INVALID_DEVICE_REQUEST;
}

/** Whether an operation has said that there is nothing by a path. */
export function isMissing(thrown: unknown): boolean {
  if (!(thrown instanceof NtError)) return false;
  const { status } = thrown;
  return (
    status === NtStatus.OBJECT_NAME_NOT_FOUND ||
    status === NtStatus.OBJECT_PATH_NOT_FOUND ||
    status === NtStatus.NOT_A_DIRECTORY
  );
}
