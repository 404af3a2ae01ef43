import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isLegalName } from "./names.js";
import { posixNameOf, windowsNameOf } from "./posix-names.js";

/** Anything but what no POSIX name holds, and the private area that stands for what Windows forbids. */
const posixName = fc
  .string({ unit: fc.integer({ min: 1, max: 0xd7ff }).map((code) => String.fromCharCode(code)) })
  .filter((name) => name !== "" && name !== "." && name !== ".." && !name.includes("/"));

describe("names of POSIX systems", () => {
  it.each([
    ["plain.txt", "plain.txt"],
    ["12:30?", "12\uf03a30\uf03f"],
    ["a\\b", "a\uf05cb"],
    ["\u0001", "\uf001"],
  ])("%j is shown as %j", (posix, windows) => {
    expect(windowsNameOf(posix)).toBe(windows);
    expect(posixNameOf(windows)).toBe(posix);
  });

  it("are legal on Windows once mapped, and come back as they were", () => {
    fc.assert(
      fc.property(posixName, (name) => {
        const shown = windowsNameOf(name);
        expect(isLegalName(shown, Infinity)).toBe(true);
        expect(posixNameOf(shown)).toBe(name);
      }),
    );
  });
});
