import { describe, expect, it } from "vitest";
import { isError, NtStatus, statusName } from "./status.js";

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
