import { constants } from "node:os";
import { describe, expect, it } from "vitest";
import { ERRNO, errnoName, errnoOfStatus, isErrnoName, statusOf, statusOfErrno } from "./errno.js";
import { NtError, NtStatus } from "./status.js";

describe("errno", () => {
  it.runIf(process.platform === "linux")("has the numbers of Linux", () => {
    const told = Object.entries(constants.errno).filter(([name]) => isErrnoName(name));
    expect(told.length).toBeGreaterThan(60);
    for (const [name, number] of told) expect([name, ERRNO[name as "EIO"]]).toEqual([name, number]);
  });

  it.each([
    [1, NtStatus.ACCESS_DENIED],
    [2, NtStatus.OBJECT_NAME_NOT_FOUND],
    [4, NtStatus.CANCELLED],
    [5, NtStatus.IO_DEVICE_ERROR],
    [9, NtStatus.INVALID_HANDLE],
    [12, NtStatus.INSUFFICIENT_RESOURCES],
    [13, NtStatus.ACCESS_DENIED],
    [17, NtStatus.OBJECT_NAME_COLLISION],
    [18, NtStatus.NOT_SAME_DEVICE],
    [20, NtStatus.NOT_A_DIRECTORY],
    [21, NtStatus.FILE_IS_A_DIRECTORY],
    [22, NtStatus.INVALID_PARAMETER],
    [23, NtStatus.TOO_MANY_OPENED_FILES],
    [24, NtStatus.TOO_MANY_OPENED_FILES],
    [ERRNO.EFBIG, NtStatus.DISK_FULL],
    [ERRNO.ENOSPC, NtStatus.DISK_FULL],
    [ERRNO.EROFS, NtStatus.MEDIA_WRITE_PROTECTED],
    [ERRNO.EMLINK, NtStatus.TOO_MANY_LINKS],
    [ERRNO.ENAMETOOLONG, NtStatus.NAME_TOO_LONG],
    [ERRNO.ENOLCK, NtStatus.LOCK_NOT_GRANTED],
    [ERRNO.ENOSYS, NtStatus.INVALID_DEVICE_REQUEST],
    [ERRNO.ENOTEMPTY, NtStatus.DIRECTORY_NOT_EMPTY],
    [ERRNO.ELOOP, NtStatus.REPARSE_POINT_NOT_RESOLVED],
    [ERRNO.ECONNREFUSED, NtStatus.CONNECTION_REFUSED],
    [9_999, NtStatus.ACCESS_DENIED],
  ])("%s is %s, of either sign", (errno, status) => {
    expect(statusOfErrno(errno)).toBe(status);
    expect(statusOfErrno(-errno)).toBe(status);
  });

  it.each([
    [NtStatus.SUCCESS, 0],
    [NtStatus.ACCESS_DENIED, ERRNO.EACCES],
    [NtStatus.OBJECT_PATH_NOT_FOUND, ERRNO.ENOENT],
    [NtStatus.SHARING_VIOLATION, ERRNO.EBUSY],
    [NtStatus.DISK_FULL, ERRNO.ENOSPC],
    [NtStatus.CANNOT_DELETE, ERRNO.EPERM],
    [NtStatus.INTERNAL_ERROR, ERRNO.EIO],
  ])("tells Linux of %s by %s", (status, errno) => {
    expect(errnoOfStatus(status)).toBe(errno);
  });

  it("tells Linux of each outcome of the table by an error that is in it", () => {
    const all = new Set(Object.values(ERRNO));
    for (const errno of all) expect(all.has(errnoOfStatus(statusOfErrno(errno)))).toBe(true);
  });

  it.each([
    "ENOENT",
    "EEXIST",
    "ENOTDIR",
    "EISDIR",
    "ENOTEMPTY",
    "EROFS",
    "EXDEV",
    "ELOOP",
    "EMLINK",
  ] as const)("%s comes back as it was", (name) => {
    expect(errnoOfStatus(statusOfErrno(ERRNO[name]))).toBe(ERRNO[name]);
  });

  it("has a name for each number, and second names", () => {
    for (const errno of Object.values(ERRNO)) expect(ERRNO[errnoName(errno) ?? "EIO"]).toBe(errno);
    expect(ERRNO.ENOATTR).toBe(ERRNO.ENODATA);
    expect(errnoName(-2)).toBe("ENOENT");
    expect(errnoName(9_999)).toBeUndefined();
  });
});

describe("statusOf", () => {
  const errno = (code: string) => Object.assign(new Error(code), { code });

  it.each([
    ["ENOENT", NtStatus.OBJECT_NAME_NOT_FOUND],
    ["EEXIST", NtStatus.OBJECT_NAME_COLLISION],
    ["ENOTEMPTY", NtStatus.DIRECTORY_NOT_EMPTY],
    ["ENOSPC", NtStatus.DISK_FULL],
  ])("knows Node's %s", (code, status) => {
    expect(statusOf(errno(code))).toBe(status);
  });

  it("takes the status of an NtError", () => {
    const error = new NtError(NtStatus.CANNOT_DELETE);
    expect(statusOf(error)).toBe(NtStatus.CANNOT_DELETE);
    expect(error.message).toBe("CANNOT_DELETE");
  });

  it.each([
    ["an error without a code", new TypeError("x")],
    ["a code that is not an errno", errno("ERR_INVALID_ARG_TYPE")],
    ["a name that every object has", errno("constructor")],
    ["what is no error", "ENOENT"],
    ["nothing", undefined],
  ])("takes %s for a bug", (_, thrown) => {
    expect(statusOf(thrown)).toBeUndefined();
  });
});
