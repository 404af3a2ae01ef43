/**
 * The error numbers of POSIX systems, and what they are as NTSTATUS: the one table, for what Node throws, what
 * FUSE file systems answer, and what the kernel of Linux is told. WinFsp 4.4
 *
 * @packageDocumentation
 */
import { NtError, NtStatus } from "./status.js";

/** Each error: its number on Linux, and the outcome that it is. errno(3), asm-generic/errno.h */
const ERRORS = {
  EPERM: [1, NtStatus.ACCESS_DENIED],
  ENOENT: [2, NtStatus.OBJECT_NAME_NOT_FOUND],
  ESRCH: [3, NtStatus.ACCESS_DENIED],
  EINTR: [4, NtStatus.CANCELLED],
  EIO: [5, NtStatus.IO_DEVICE_ERROR],
  ENXIO: [6, NtStatus.DEVICE_NOT_READY],
  E2BIG: [7, NtStatus.EA_TOO_LARGE],
  ENOEXEC: [8, NtStatus.ACCESS_DENIED],
  EBADF: [9, NtStatus.INVALID_HANDLE],
  ECHILD: [10, NtStatus.ACCESS_DENIED],
  EAGAIN: [11, NtStatus.CANT_WAIT],
  ENOMEM: [12, NtStatus.INSUFFICIENT_RESOURCES],
  EACCES: [13, NtStatus.ACCESS_DENIED],
  EFAULT: [14, NtStatus.ACCESS_DENIED],
  ENOTBLK: [15, NtStatus.ACCESS_DENIED],
  EBUSY: [16, NtStatus.SHARING_VIOLATION], // DEVICE_BUSY is only a warning, which refuses nothing
  EEXIST: [17, NtStatus.OBJECT_NAME_COLLISION],
  EXDEV: [18, NtStatus.NOT_SAME_DEVICE],
  ENODEV: [19, NtStatus.DEVICE_NOT_READY],
  ENOTDIR: [20, NtStatus.NOT_A_DIRECTORY],
  EISDIR: [21, NtStatus.FILE_IS_A_DIRECTORY],
  EINVAL: [22, NtStatus.INVALID_PARAMETER],
  ENFILE: [23, NtStatus.TOO_MANY_OPENED_FILES],
  EMFILE: [24, NtStatus.TOO_MANY_OPENED_FILES],
  ENOTTY: [25, NtStatus.INVALID_DEVICE_REQUEST],
  ETXTBSY: [26, NtStatus.SHARING_VIOLATION],
  EFBIG: [27, NtStatus.DISK_FULL],
  ENOSPC: [28, NtStatus.DISK_FULL],
  ESPIPE: [29, NtStatus.INVALID_PARAMETER],
  EROFS: [30, NtStatus.MEDIA_WRITE_PROTECTED],
  EMLINK: [31, NtStatus.TOO_MANY_LINKS],
  EPIPE: [32, NtStatus.PIPE_DISCONNECTED],
  EDOM: [33, NtStatus.INVALID_PARAMETER],
  ERANGE: [34, NtStatus.BUFFER_TOO_SMALL],
  EDEADLK: [35, NtStatus.LOCK_NOT_GRANTED],
  ENAMETOOLONG: [36, NtStatus.NAME_TOO_LONG],
  ENOLCK: [37, NtStatus.LOCK_NOT_GRANTED],
  ENOSYS: [38, NtStatus.INVALID_DEVICE_REQUEST],
  ENOTEMPTY: [39, NtStatus.DIRECTORY_NOT_EMPTY],
  ELOOP: [40, NtStatus.REPARSE_POINT_NOT_RESOLVED],
  ENODATA: [61, NtStatus.NO_EAS_ON_FILE],
  ETIME: [62, NtStatus.IO_TIMEOUT],
  ENOLINK: [67, NtStatus.IO_DEVICE_ERROR],
  ECOMM: [70, NtStatus.IO_DEVICE_ERROR],
  EPROTO: [71, NtStatus.UNEXPECTED_IO_ERROR],
  EBADMSG: [74, NtStatus.UNEXPECTED_IO_ERROR],
  EOVERFLOW: [75, NtStatus.INVALID_PARAMETER],
  EILSEQ: [84, NtStatus.OBJECT_NAME_INVALID],
  EUSERS: [87, NtStatus.INSUFFICIENT_RESOURCES],
  ENOTSOCK: [88, NtStatus.INVALID_HANDLE],
  EMSGSIZE: [90, NtStatus.INVALID_BUFFER_SIZE],
  EOPNOTSUPP: [95, NtStatus.NOT_SUPPORTED],
  EADDRINUSE: [98, NtStatus.ADDRESS_ALREADY_EXISTS],
  EADDRNOTAVAIL: [99, NtStatus.NETWORK_UNREACHABLE],
  ENETDOWN: [100, NtStatus.NETWORK_UNREACHABLE],
  ENETUNREACH: [101, NtStatus.NETWORK_UNREACHABLE],
  ENETRESET: [102, NtStatus.CONNECTION_RESET],
  ECONNABORTED: [103, NtStatus.CONNECTION_ABORTED],
  ECONNRESET: [104, NtStatus.CONNECTION_RESET],
  ENOBUFS: [105, NtStatus.INSUFFICIENT_RESOURCES],
  EISCONN: [106, NtStatus.CONNECTION_ACTIVE],
  ENOTCONN: [107, NtStatus.CONNECTION_DISCONNECTED],
  ESHUTDOWN: [108, NtStatus.CONNECTION_DISCONNECTED],
  ETIMEDOUT: [110, NtStatus.IO_TIMEOUT],
  ECONNREFUSED: [111, NtStatus.CONNECTION_REFUSED],
  EHOSTDOWN: [112, NtStatus.HOST_UNREACHABLE],
  EHOSTUNREACH: [113, NtStatus.HOST_UNREACHABLE],
  EALREADY: [114, NtStatus.CANT_WAIT],
  EINPROGRESS: [115, NtStatus.CANT_WAIT],
  ESTALE: [116, NtStatus.FILE_DELETED],
  EREMOTEIO: [121, NtStatus.IO_DEVICE_ERROR],
  EDQUOT: [122, NtStatus.QUOTA_EXCEEDED],
  ENOMEDIUM: [123, NtStatus.DEVICE_NOT_READY],
  ECANCELED: [125, NtStatus.CANCELLED],
} as const satisfies Readonly<Record<string, readonly [number: number, status: NtStatus]>>;

/** Second names of errors: of other systems, or of history. */
const OTHER_NAMES = {
  ENOTSUP: "EOPNOTSUPP",
  EWOULDBLOCK: "EAGAIN",
  EDEADLOCK: "EDEADLK",
  ENOATTR: "ENODATA", // OSXFUSE
} as const satisfies Readonly<Record<string, keyof typeof ERRORS>>;

/** The name of an error, such as `ENOENT`. */
export type ErrnoName = keyof typeof ERRORS | keyof typeof OTHER_NAMES;

/** The numbers of errors on Linux, by name; positive, whatever system this is. */
export const ERRNO = Object.fromEntries([
  ...Object.entries(ERRORS).map(([name, [number]]) => [name, number]),
  ...Object.entries(OTHER_NAMES).map(([name, same]) => [name, ERRORS[same][0]]),
]) as Readonly<Record<ErrnoName, number>>; // made of exactly these names

const nameByNumber = new Map<number, ErrnoName>(
  Object.entries(ERRORS).map(([name, [number]]) => [number, name as ErrnoName]),
);

const statusByNumber = new Map<number, NtStatus>(Object.values(ERRORS));

/** Whether a text is the name of an error. */
export function isErrnoName(name: string): name is ErrnoName {
  return Object.hasOwn(ERRNO, name);
}

/** The name of an error by its number on Linux, of either sign; undefined where it has none here. */
export function errnoName(errno: number): ErrnoName | undefined {
  return nameByNumber.get(Math.abs(errno));
}

/** The outcome that an error of Linux stands for, by its number, of either sign; ACCESS_DENIED of one not known. */
export function statusOfErrno(errno: number): NtStatus {
  return statusByNumber.get(Math.abs(errno)) ?? NtStatus.ACCESS_DENIED;
}

/** Outcomes that no error stands for first, or that Linux is to hear of by another than the first. */
const OTHER_STATUSES: readonly (readonly [NtStatus, ErrnoName])[] = [
  [NtStatus.ACCESS_DENIED, "EACCES"],
  [NtStatus.CANNOT_DELETE, "EPERM"],
  [NtStatus.PRIVILEGE_NOT_HELD, "EPERM"],
  [NtStatus.INVALID_OWNER, "EPERM"],
  [NtStatus.NETWORK_ACCESS_DENIED, "EACCES"],
  [NtStatus.NO_SUCH_FILE, "ENOENT"],
  [NtStatus.OBJECT_PATH_NOT_FOUND, "ENOENT"],
  [NtStatus.DELETE_PENDING, "ENOENT"],
  [NtStatus.NOT_FOUND, "ENOENT"],
  [NtStatus.OBJECT_NAME_INVALID, "EINVAL"],
  [NtStatus.OBJECT_PATH_SYNTAX_BAD, "EINVAL"],
  [NtStatus.DUPLICATE_NAME, "EEXIST"],
  [NtStatus.SHARING_VIOLATION, "EBUSY"],
  [NtStatus.OPLOCK_NOT_GRANTED, "EBUSY"],
  [NtStatus.FILE_LOCK_CONFLICT, "EAGAIN"],
  [NtStatus.LOCK_NOT_GRANTED, "EAGAIN"],
  [NtStatus.RANGE_NOT_LOCKED, "EINVAL"],
  [NtStatus.INVALID_LOCK_RANGE, "EINVAL"],
  [NtStatus.END_OF_FILE, "ENODATA"],
  [NtStatus.DISK_FULL, "ENOSPC"],
  [NtStatus.INVALID_DEVICE_REQUEST, "ENOSYS"],
  [NtStatus.NOT_IMPLEMENTED, "ENOSYS"],
  [NtStatus.EAS_NOT_SUPPORTED, "EOPNOTSUPP"],
  [NtStatus.NONEXISTENT_EA_ENTRY, "ENODATA"],
  [NtStatus.NO_MORE_EAS, "ENODATA"],
  [NtStatus.INVALID_EA_NAME, "EINVAL"],
  [NtStatus.EA_TOO_LARGE, "ENOSPC"],
  [NtStatus.NOT_A_REPARSE_POINT, "EINVAL"],
  [NtStatus.IO_REPARSE_DATA_INVALID, "EINVAL"],
  [NtStatus.IO_REPARSE_TAG_NOT_HANDLED, "EOPNOTSUPP"],
  [NtStatus.STOPPED_ON_SYMLINK, "ELOOP"],
  [NtStatus.BUFFER_OVERFLOW, "ERANGE"],
  [NtStatus.BUFFER_TOO_SMALL, "ERANGE"],
  [NtStatus.FILE_CLOSED, "EBADF"],
  [NtStatus.INVALID_HANDLE, "EBADF"],
  [NtStatus.FILE_FORCED_CLOSED, "EBADF"],
  [NtStatus.FILE_DELETED, "ESTALE"],
  [NtStatus.TOO_MANY_OPENED_FILES, "EMFILE"],
  [NtStatus.INSUFFICIENT_RESOURCES, "ENOMEM"],
  [NtStatus.INSUFF_SERVER_RESOURCES, "ENOMEM"],
  [NtStatus.CANCELLED, "EINTR"],
  [NtStatus.IO_TIMEOUT, "ETIMEDOUT"],
  [NtStatus.DEVICE_NOT_READY, "ENXIO"],
  [NtStatus.IO_DEVICE_ERROR, "EIO"],
  [NtStatus.UNEXPECTED_IO_ERROR, "EIO"],
  [NtStatus.NETWORK_UNREACHABLE, "ENETUNREACH"],
  [NtStatus.CONNECTION_RESET, "ECONNRESET"],
  [NtStatus.CONNECTION_DISCONNECTED, "ENOTCONN"],
  [NtStatus.HOST_UNREACHABLE, "EHOSTUNREACH"],
  [NtStatus.CANT_WAIT, "EAGAIN"],
  [NtStatus.INVALID_PARAMETER, "EINVAL"],
  [NtStatus.FILE_NOT_AVAILABLE, "EIO"],
];

const numberByStatus = new Map<NtStatus, number>([
  ...Object.values(ERRORS).map(([number, status]) => [status, number] as const),
  ...OTHER_STATUSES.map(([status, name]) => [status, ERRNO[name]] as const),
]);

/** The error of Linux that tells of an outcome, positive; 0 for SUCCESS, EIO of an outcome that Linux has no word for. */
export function errnoOfStatus(status: NtStatus): number {
  if (status === NtStatus.SUCCESS) return 0;
  return numberByStatus.get(status) ?? ERRNO.EIO;
}

/** The outcome that a thrown value stands for, or `undefined` where it stands for a bug. */
export function statusOf(thrown: unknown): NtStatus | undefined {
  if (thrown instanceof NtError) return thrown.status;
  if (!(thrown instanceof Error) || !("code" in thrown)) return undefined;
  const name = String(thrown.code); // as Node calls it, on every system
  return isErrnoName(name) ? statusOfErrno(ERRNO[name]) : undefined;
}
