import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { S_IFBLK, S_IFCHR, S_IFIFO, S_IFREG, S_IFSOCK } from "./posix-permissions.js";
import { readReparsePoint } from "./reparse-point.js";
import {
  deviceNumberOf,
  readSpecialFile,
  specialFileOf,
  writeSpecialFile,
} from "./special-file.js";

describe("a special file as reparse data", () => {
  it.each([S_IFIFO, S_IFSOCK, S_IFCHR, S_IFBLK])("of type %o comes back", (type) => {
    const file = specialFileOf(type | 0o644, 0x0801);
    const data = writeSpecialFile(file);
    expect(readReparsePoint(data)).toEqual({ tag: 0x8000_0014, guid: undefined });
    expect(readSpecialFile(data)).toEqual(file);
  });

  it("has the numbers of a device", () => {
    expect(specialFileOf(S_IFBLK, 0x0801)).toEqual({ type: S_IFBLK, major: 8, minor: 1 });
    expect(specialFileOf(S_IFIFO, 0x0801)).toMatchObject({ major: 0, minor: 0 });
  });

  it("keeps every number that a device may have", () => {
    const major = fc.integer({ min: 0, max: 0xfff });
    const minor = fc.integer({ min: 0, max: 0xf_ffff });
    fc.assert(
      fc.property(major, minor, (a, b) => {
        const file = { type: S_IFCHR, major: a, minor: b };
        expect(specialFileOf(S_IFCHR, deviceNumberOf(file))).toEqual(file);
        expect(readSpecialFile(writeSpecialFile(file))).toEqual(file);
      }),
    );
  });

  it("is told from anything else", () => {
    expect(readSpecialFile(new Uint8Array(3))).toBeUndefined();
    expect(readSpecialFile(new Uint8Array(40))).toBeUndefined();
    expect(
      readSpecialFile(writeSpecialFile({ type: S_IFREG, major: 0, minor: 0 })),
    ).toBeUndefined();
    const cut = writeSpecialFile(specialFileOf(S_IFCHR, 1)).subarray(0, 16);
    expect(readSpecialFile(cut)).toBeUndefined();
  });
});
