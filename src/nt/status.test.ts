import { describe, expect, it } from "vitest";
import { isError, NtError, NtStatus, statusName, statusOf } from "./status.js";

describe("NtStatus", () => {
  it("has one name for each code", () => {
    const codes = Object.values(NtStatus);
    expect(new Set(codes).size).toBe(codes.length);
  });

  it.each([
    ["SUCCESS", 0],
    ["PENDING", 0x103],
    ["BUFFER_OVERFLOW", 0x8000_0005],
    ["ACCESS_DENIED", 0xc000_0022],
    ["SHARING_VIOLATION", 0xc000_0043],
  ] as const)("%s has its code, and its code has the name", (name, code) => {
    expect(NtStatus[name]).toBe(code);
    expect(statusName(code)).toBe(name);
  });

  it("shows the number of a code that has no name here", () => {
    expect(statusName(0x1234)).toBe("0x00001234");
  });
});

describe("isError", () => {
  it.each([
    ["a success", NtStatus.SUCCESS, false],
    ["an information", NtStatus.PENDING, false],
    ["a warning", NtStatus.NO_MORE_FILES, false],
    ["an error", NtStatus.ACCESS_DENIED, true],
  ])("%s: %s is %s", (_, code, outcome) => {
    expect(isError(code)).toBe(outcome);
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
