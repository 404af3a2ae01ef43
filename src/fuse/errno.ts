import { ERRNO as Errno, errnoOfStatus, NtStatus } from "../nt/index.js";

export { Errno };

/**
 * What a program is told of an outcome. A file that a client of SMB keeps others from is EBUSY, as with the kernel's own
 * cifs. Never ENOSYS, which the kernel would take for the answer to all further requests of the kind.
 */
export function errnoOf(status: NtStatus): number {
  if (status === NtStatus.FILE_DELETED) return Errno.ENOENT;
  const errno = errnoOfStatus(status);
  return errno === Errno.ENOSYS ? Errno.EOPNOTSUPP : errno;
}
