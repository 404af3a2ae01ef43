import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_STREAM_NAME_UNITS } from "./limits.js";
import {
  foldName,
  isLegalName,
  joinPath,
  lastName,
  MAX_PATH_UNITS,
  parentPath,
  parseName,
  splitPath,
} from "./names.js";
import { NtStatus } from "./status.js";

const LONGEST = 255;

describe("parseName", () => {
  it.each([
    { name: "", path: "\\", components: [], wantsDirectory: false },
    { name: "\\", path: "\\", components: [], wantsDirectory: false },
    { name: "a", path: "\\a", components: ["a"], wantsDirectory: false },
    { name: "\\a\\b", path: "\\a\\b", components: ["a", "b"], wantsDirectory: false },
    { name: "a\\", path: "\\a", components: ["a"], wantsDirectory: true },
    { name: "a.", path: "\\a.", components: ["a."], wantsDirectory: false },
    { name: "a ", path: "\\a ", components: ["a "], wantsDirectory: false },
    { name: "...", path: "\\...", components: ["..."], wantsDirectory: false },
    { name: "a\\b\\..\\c", path: "\\a\\c", components: ["a", "c"], wantsDirectory: false },
    { name: "a\\..", path: "\\", components: [], wantsDirectory: false },
    { name: ".a", path: "\\.a", components: [".a"], wantsDirectory: false },
    { name: "\ud800", path: "\\\ud800", components: ["\ud800"], wantsDirectory: false },
    { name: "a\u007f", path: "\\a\u007f", components: ["a\u007f"], wantsDirectory: false },
  ])("takes $name apart", ({ name, ...parts }) => {
    expect(parseName(name, LONGEST)).toEqual({ ...parts, stream: undefined, isData: false });
  });

  it.each([
    { name: "f", stream: undefined, isData: false },
    { name: "f:s", stream: "s", isData: false },
    { name: "d\\f:s", stream: "s" },
    { name: "f:s:$DATA", stream: "s" },
    { name: "f:s:$data", stream: "s" },
    { name: "f:a*b", stream: "a*b" },
    { name: "f::$DATA", stream: undefined, isData: true },
  ])("finds the stream of $name", ({ name, stream, isData = false }) => {
    const parsed = parseName(name, LONGEST);
    expect(parsed).toMatchObject({ stream, isData });
    expect(parsed).toMatchObject({ components: name.startsWith("d") ? ["d", "f"] : ["f"] });
  });

  it.each([
    ["two backslashes at the start", "\\\\a"],
    ["two at the end", "a\\\\"],
    ["two and nothing else", "\\\\"],
    ["two in the middle", "a\\\\b"],
    ["a wildcard", "a*"],
    ["a DOS wildcard", "a<"],
    ["a slash", "a/b"],
    ["a control character", "a\u001f"],
    ["a zero", "a\0"],
    ["a stream before the last name", "a:b\\c"],
    ["a stream without a name", "f:"],
    ["a stream with an empty type", "f:s:"],
    ["nothing and an empty type", "f::"],
    ["a foreign type", "f:s:$INDEX_ALLOCATION"],
    ["too many colons", "f:s:$DATA:x"],
    ["a stream of nothing", ":s"],
    ["a long stream", `f:${"s".repeat(MAX_STREAM_NAME_UNITS + 1)}`],
    ["a long name", "a".repeat(LONGEST + 1)],
    ["a long path", "a\\".repeat(MAX_PATH_UNITS)],
  ])("refuses %s", (_, name) => {
    expect(parseName(name, LONGEST)).toBe(NtStatus.OBJECT_NAME_INVALID);
  });

  it.each([".", "..", "a\\.\\b", "..\\a", "a\\..\\..\\a", "a\\.\\"])(
    "refuses %s as a path that no client should send",
    (name) => {
      expect(parseName(name, LONGEST)).toBe(NtStatus.OBJECT_PATH_SYNTAX_BAD);
    },
  );

  it("takes the longest names that are allowed", () => {
    expect(parseName("a".repeat(LONGEST), LONGEST)).toMatchObject({ wantsDirectory: false });
    const stream = "s".repeat(MAX_STREAM_NAME_UNITS);
    expect(parseName(`f:${stream}`, LONGEST)).toMatchObject({ stream });
  });

  it("gives only paths that it takes itself, and that mean the same", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...Array.from("aB.\\:*$ é")), maxLength: 12 }),
        (name) => {
          const parsed = parseName(name, LONGEST);
          if (typeof parsed === "number") return;
          const { path, components } = parsed;
          expect(parseName(path, LONGEST)).toMatchObject({ path, components });
          expect(splitPath(path)).toEqual(components);
        },
      ),
    );
  });
});

describe("isLegalName", () => {
  it.each(["a\\b", "", ".", "..", 'a"', "a|b", "a:b"])("refuses %s", (name) => {
    expect(isLegalName(name, LONGEST)).toBe(false);
  });
});

describe("foldName", () => {
  it("takes no name for another that it has folded before", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 3 }), { maxLength: 300 }), (names) => {
        const ascii = names.filter((name) => /^[\x20-\x7e]*$/.test(name));
        for (const name of ascii) expect(foldName(name)).toBe(name.toUpperCase());
      }),
    );
  });

  it.each([
    ["readme.TXT", "README.TXT"],
    ["éàü", "ÉÀÜ"],
    ["straße", "STRAßE"], // one unit for one
    ["\u0131", "\u0131"], // as Windows: never into ASCII
    ["\u017f", "\u017f"],
    ["ÿ", "Ÿ"],
    ["я", "Я"],
    ["\ud801\udc28", "\ud801\udc28"], // each unit by itself
    ["\ud800a", "\ud800A"],
    ["a\u007f", "A\u007f"],
  ])("makes %s into %s", (name, folded) => {
    expect(foldName(name)).toBe(folded);
  });

  it("keeps the length, and what is folded already", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (name) => {
        const folded = foldName(name);
        expect(folded).toHaveLength(name.length);
        expect(foldName(folded)).toBe(folded);
      }),
    );
  });
});

describe("paths", () => {
  it.each([
    { path: "\\", names: [], parent: "\\", last: "" },
    { path: "\\a", names: ["a"], parent: "\\", last: "a" },
    { path: "\\a\\b", names: ["a", "b"], parent: "\\a", last: "b" },
  ])("$path has its names, its parent and its last name", ({ path, names, parent, last }) => {
    expect(splitPath(path)).toEqual(names);
    expect(parentPath(path)).toBe(parent);
    expect(lastName(path)).toBe(last);
    if (last !== "") expect(joinPath(parent, last)).toBe(path);
  });
});
