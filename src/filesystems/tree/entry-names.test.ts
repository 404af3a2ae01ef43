import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fittingName, nameFault, numberedName } from "./entry-names.js";

describe("a name that is made to fit", () => {
  it("is the same where it fits already", () => {
    for (const name of ["a.txt", ".hidden", "com10", "console", "ä b", "a.b.c"]) {
      expect(fittingName(name)).toBe(name);
    }
  });

  it("always fits, whatever it was", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 600 }), (name) => {
        expect(nameFault(fittingName(name))).toBeUndefined();
      }),
    );
  });
});

describe("a numbered name", () => {
  it.each([
    { name: "a.txt", numbered: "a (2).txt" },
    { name: "archive.tar.gz", numbered: "archive.tar (2).gz" },
    { name: "none", numbered: "none (2)" },
    { name: ".hidden", numbered: ".hidden (2)" },
  ])("of $name is $numbered", ({ name, numbered }) => {
    expect(numberedName(name, 2)).toBe(numbered);
  });

  it("always fits, where the name did", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 300 }), fc.nat(), (name, number) => {
        expect(nameFault(numberedName(fittingName(name), number))).toBeUndefined();
      }),
    );
  });
});
