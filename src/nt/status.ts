/**
 * NTSTATUS: the outcome of an operation.
 *
 * @packageDocumentation
 */
declare const brand: unique symbol;

/** The outcome of an operation. [MS-ERREF] 2.3.1 */
export type NtStatus = number & { readonly [brand]: "NtStatus" };

const status = (code: number) => code as NtStatus;

/** The outcomes that this project knows, under the names of [MS-ERREF]. */
export const NtStatus = {
  SUCCESS: status(0x0000_0000),
  PENDING: status(0x0000_0103),
  REPARSE: status(0x0000_0104),
  MORE_ENTRIES: status(0x0000_0105),
  SOME_NOT_MAPPED: status(0x0000_0107),
  NOTIFY_CLEANUP: status(0x0000_010b),
  NOTIFY_ENUM_DIR: status(0x0000_010c),
  BUFFER_OVERFLOW: status(0x8000_0005),
  NO_MORE_FILES: status(0x8000_0006),
  NO_MORE_EAS: status(0x8000_0012),
  INVALID_EA_NAME: status(0x8000_0013),
  EA_LIST_INCONSISTENT: status(0x8000_0014),
  NO_MORE_ENTRIES: status(0x8000_001a),
  STOPPED_ON_SYMLINK: status(0x8000_002d),
  UNSUCCESSFUL: status(0xc000_0001),
  NOT_IMPLEMENTED: status(0xc000_0002),
  INVALID_INFO_CLASS: status(0xc000_0003),
  INFO_LENGTH_MISMATCH: status(0xc000_0004),
  INVALID_HANDLE: status(0xc000_0008),
  INVALID_PARAMETER: status(0xc000_000d),
  NO_SUCH_FILE: status(0xc000_000f),
  INVALID_DEVICE_REQUEST: status(0xc000_0010),
  END_OF_FILE: status(0xc000_0011),
  MORE_PROCESSING_REQUIRED: status(0xc000_0016),
  INVALID_VIEW_SIZE: status(0xc000_001f),
  ACCESS_DENIED: status(0xc000_0022),
  BUFFER_TOO_SMALL: status(0xc000_0023),
  OBJECT_NAME_INVALID: status(0xc000_0033),
  OBJECT_NAME_NOT_FOUND: status(0xc000_0034),
  OBJECT_NAME_COLLISION: status(0xc000_0035),
  OBJECT_PATH_NOT_FOUND: status(0xc000_003a),
  OBJECT_PATH_SYNTAX_BAD: status(0xc000_003b),
  SHARING_VIOLATION: status(0xc000_0043),
  QUOTA_EXCEEDED: status(0xc000_0044),
  EAS_NOT_SUPPORTED: status(0xc000_004f),
  EA_TOO_LARGE: status(0xc000_0050),
  NONEXISTENT_EA_ENTRY: status(0xc000_0051),
  NO_EAS_ON_FILE: status(0xc000_0052),
  EA_CORRUPT_ERROR: status(0xc000_0053),
  FILE_LOCK_CONFLICT: status(0xc000_0054),
  LOCK_NOT_GRANTED: status(0xc000_0055),
  DELETE_PENDING: status(0xc000_0056),
  NO_SUCH_PRIVILEGE: status(0xc000_0060),
  PRIVILEGE_NOT_HELD: status(0xc000_0061),
  NO_SUCH_USER: status(0xc000_0064),
  WRONG_PASSWORD: status(0xc000_006a),
  LOGON_FAILURE: status(0xc000_006d),
  INVALID_OWNER: status(0xc000_005a),
  NONE_MAPPED: status(0xc000_0073),
  BAD_IMPERSONATION_LEVEL: status(0xc000_00a5),
  INVALID_ACL: status(0xc000_0077),
  INVALID_SID: status(0xc000_0078),
  INVALID_SECURITY_DESCR: status(0xc000_0079),
  RANGE_NOT_LOCKED: status(0xc000_007e),
  DISK_FULL: status(0xc000_007f),
  INSUFFICIENT_RESOURCES: status(0xc000_009a),
  MEDIA_WRITE_PROTECTED: status(0xc000_00a2),
  INSTANCE_NOT_AVAILABLE: status(0xc000_00ab),
  PIPE_NOT_AVAILABLE: status(0xc000_00ac),
  INVALID_PIPE_STATE: status(0xc000_00ad),
  PIPE_BUSY: status(0xc000_00ae),
  PIPE_DISCONNECTED: status(0xc000_00b0),
  PIPE_CLOSING: status(0xc000_00b1),
  IO_TIMEOUT: status(0xc000_00b5),
  PIPE_EMPTY: status(0xc000_00d9),
  FILE_FORCED_CLOSED: status(0xc000_00b6),
  FILE_IS_A_DIRECTORY: status(0xc000_00ba),
  NOT_SUPPORTED: status(0xc000_00bb),
  DUPLICATE_NAME: status(0xc000_00bd),
  NETWORK_NAME_DELETED: status(0xc000_00c9),
  NETWORK_ACCESS_DENIED: status(0xc000_00ca),
  BAD_DEVICE_TYPE: status(0xc000_00cb),
  BAD_NETWORK_NAME: status(0xc000_00cc),
  REQUEST_NOT_ACCEPTED: status(0xc000_00d0),
  NOT_SAME_DEVICE: status(0xc000_00d4),
  NO_SECURITY_ON_OBJECT: status(0xc000_00d7),
  CANT_WAIT: status(0xc000_00d8),
  OPLOCK_NOT_GRANTED: status(0xc000_00e2),
  INVALID_OPLOCK_PROTOCOL: status(0xc000_00e3),
  INTERNAL_ERROR: status(0xc000_00e5),
  UNEXPECTED_IO_ERROR: status(0xc000_00e9),
  DIRECTORY_NOT_EMPTY: status(0xc000_0101),
  NOT_A_DIRECTORY: status(0xc000_0103),
  NAME_TOO_LONG: status(0xc000_0106),
  TOO_MANY_OPENED_FILES: status(0xc000_011f),
  CANCELLED: status(0xc000_0120),
  CANNOT_DELETE: status(0xc000_0121),
  FILE_DELETED: status(0xc000_0123),
  FILE_CLOSED: status(0xc000_0128),
  DEVICE_NOT_READY: status(0xc000_00a3),
  IO_DEVICE_ERROR: status(0xc000_0185),
  FS_DRIVER_REQUIRED: status(0xc000_019c),
  INVALID_LOCK_RANGE: status(0xc000_01a1),
  USER_SESSION_DELETED: status(0xc000_0203),
  INSUFF_SERVER_RESOURCES: status(0xc000_0205),
  INVALID_BUFFER_SIZE: status(0xc000_0206),
  ADDRESS_ALREADY_EXISTS: status(0xc000_020a),
  CONNECTION_DISCONNECTED: status(0xc000_020c),
  CONNECTION_RESET: status(0xc000_020d),
  NOT_FOUND: status(0xc000_0225),
  CONNECTION_REFUSED: status(0xc000_0236),
  CONNECTION_ACTIVE: status(0xc000_023b),
  NETWORK_UNREACHABLE: status(0xc000_023c),
  HOST_UNREACHABLE: status(0xc000_023d),
  CONNECTION_ABORTED: status(0xc000_0241),
  TOO_MANY_LINKS: status(0xc000_0265),
  NOT_A_REPARSE_POINT: status(0xc000_0275),
  IO_REPARSE_TAG_MISMATCH: status(0xc000_0277),
  IO_REPARSE_TAG_INVALID: status(0xc000_0276),
  IO_REPARSE_DATA_INVALID: status(0xc000_0278),
  IO_REPARSE_TAG_NOT_HANDLED: status(0xc000_0279),
  REPARSE_POINT_NOT_RESOLVED: status(0xc000_0280),
  NETWORK_SESSION_EXPIRED: status(0xc000_035c),
  SMB_TOO_MANY_UIDS_REQUESTED: status(0xc000_0400),
  SMB_BAD_CLUSTER_DIALECT: status(0xc05d_0001),
  FILE_NOT_AVAILABLE: status(0xc000_0467),
  REPARSE_ATTRIBUTE_CONFLICT: status(0xc000_02b2),
  CANNOT_MAKE: status(0xc000_02ea),
  INVALID_SIGNATURE: status(0xc000_a000),
} as const;

const names = new Map<number, string>(Object.entries(NtStatus).map(([name, code]) => [code, name]));

/** The name of a status under [MS-ERREF], or its number where it has none here. */
export function statusName(code: number): string {
  return names.get(code) ?? `0x${code.toString(16).padStart(8, "0")}`;
}

/** Whether a status is an error, and not a success, an information or a warning. [MS-ERREF] 2.3 */
export function isError(code: NtStatus): boolean {
  return code >= 0xc000_0000;
}

/** An expected refusal, on its way out of a file system. An outcome, not a bug. */
export class NtError extends Error {
  override readonly name = "NtError";
  readonly status: NtStatus;
  constructor(status: NtStatus) {
    super(statusName(status));
    this.status = status;
  }
}
