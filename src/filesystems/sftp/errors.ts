/**
 * What can go wrong with a server that is far away.
 *
 * @packageDocumentation
 */

/** Why a connection cannot be had, by a word. */
export type SftpProblem =
  | "LIBRARY_MISSING"
  | "BAD_TARGET"
  | "BAD_SETTINGS"
  | "UNREACHABLE"
  | "HOST_KEY_UNKNOWN"
  | "HOST_KEY_CHANGED"
  | "HOST_KEY_REVOKED"
  | "AUTHENTICATION_FAILED"
  | "NO_SFTP"
  | "NO_SUCH_DIRECTORY"
  | "STOPPED";

/** A connection cannot be had; the message is a sentence for people, with what to do. */
export class SftpError extends Error {
  override readonly name = "SftpError";
  readonly problem: SftpProblem;

  constructor(problem: SftpProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.problem = problem;
  }

  /** Whether trying again may help: the server was not there. */
  get isTemporary(): boolean {
    return this.problem === "UNREACHABLE";
  }
}

/** The connection went while a request was under way: what became of it is not known. */
export class ConnectionLostError extends Error {
  override readonly name = "ConnectionLostError";
}

/** The server has sent what it may not: the connection ends. */
export class BadPacketError extends Error {
  override readonly name = "BadPacketError";
}

/** SSH_FXP_STATUS, [draft-ietf-secsh-filexfer-02] 7 */
export const SftpStatus = {
  OK: 0,
  EOF: 1,
  NO_SUCH_FILE: 2,
  PERMISSION_DENIED: 3,
  FAILURE: 4,
  BAD_MESSAGE: 5,
  NO_CONNECTION: 6,
  CONNECTION_LOST: 7,
  OP_UNSUPPORTED: 8,
} as const;

/** The server refused. */
export class SftpStatusError extends Error {
  override readonly name = "SftpStatusError";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Codes of POSIX systems that are told. */
export type ErrnoCode =
  | "EACCES"
  | "EEXIST"
  | "EHOSTDOWN"
  | "EILSEQ"
  | "EINVAL"
  | "EIO"
  | "EISDIR"
  | "ENOENT"
  | "ENOSPC"
  | "ENOTEMPTY"
  | "EOPNOTSUPP"
  | "ESTALE";

/** An outcome of an operation, in the shape of Node's system errors. */
export class ErrnoError extends Error {
  override readonly name = "ErrnoError";
  readonly code: ErrnoCode;

  constructor(code: ErrnoCode, message: string, options?: ErrorOptions) {
    super(`${code}: ${message}`, options);
    this.code = code;
  }
}

/** Whether the server refused with one of these. */
export function isStatus(error: unknown, ...statuses: readonly number[]): boolean {
  return error instanceof SftpStatusError && statuses.includes(error.status);
}

/**
 * What a refusal means where nothing more is known of it. OpenSSH's server tells ENOTDIR, ELOOP and EBADF as
 * NO_SUCH_FILE, ENAMETOOLONG and EINVAL as BAD_MESSAGE, and most others as FAILURE.
 */
export function errnoOf(error: unknown): unknown {
  if (error instanceof ConnectionLostError) {
    return new ErrnoError("EIO", error.message, { cause: error });
  }
  if (error instanceof SftpError)
    return new ErrnoError("EHOSTDOWN", error.message, { cause: error });
  if (!(error instanceof SftpStatusError)) return error;
  return new ErrnoError(ERRNO_OF_STATUS.get(error.status) ?? "EIO", error.message, {
    cause: error,
  });
}

const ERRNO_OF_STATUS: ReadonlyMap<number, ErrnoCode> = new Map([
  [SftpStatus.NO_SUCH_FILE, "ENOENT"],
  [SftpStatus.PERMISSION_DENIED, "EACCES"],
  [SftpStatus.FAILURE, "EIO"],
  [SftpStatus.BAD_MESSAGE, "EINVAL"],
  [SftpStatus.OP_UNSUPPORTED, "EOPNOTSUPP"],
]);
