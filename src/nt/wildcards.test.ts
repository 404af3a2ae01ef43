import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_PATTERN_UNITS } from "./limits.js";
import { hasWildcards, matchesPattern } from "./wildcards.js";

/** [MS-FSA] 2.1.4.4, as its table reads, one character at a time. */
function naive(name: string, pattern: string): boolean {
  if (pattern === "") return name === "";
  return naiveAt(name, 0, pattern, 0);
}

function naiveAt(name: string, i: number, pattern: string, at: number): boolean {
  const isEnd = i === name.length;
  if (at === pattern.length) return isEnd;
  const rest = (next: number) => naiveAt(name, next, pattern, at + 1);
  const stay = () => naiveAt(name, i + 1, pattern, at);
  const isDot = name[i] === ".";
  switch (pattern.charAt(at)) {
    case "*":
      return rest(i) || (!isEnd && stay());
    case "<":
      if (rest(i)) return true;
      if (isEnd) return false;
      return isDot && i === name.lastIndexOf(".") ? rest(i + 1) : stay();
    case ">":
      return isEnd || isDot ? rest(i) : rest(i + 1);
    case '"':
      return isEnd ? rest(i) : isDot && rest(i + 1);
    case "?":
      return !isEnd && rest(i + 1);
    default:
      return name[i] === pattern[at] && rest(i + 1);
  }
}

const units = (from: string, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...Array.from(from)), maxLength });

describe("matchesPattern", () => {
  it.each([
    // everything
    ["*", "a", true],
    ["*", "a.b.c", true],
    ["*.*", "noext", false], // clients turn it into "*"; as it is, it wants a dot
    ["<", "a", true],
    ["<", "a.b", false], // the run ends with the final dot
    // by extension
    ["*.TXT", "A.TXT", true],
    ["*.TXT", "A.B.TXT", true],
    ["*.TXT", "A.TXT.BAK", false],
    ["*.TXT", ".TXT", true],
    ["<.TXT", "A.B.TXT", true],
    ["<.TXT", "A.TXT.BAK", false],
    ["<TXT", "A.TXT", true], // takes the final dot as well
    ["<", "A.", true],
    // one character
    ["A?C", "ABC", true],
    ["A?C", "AC", false],
    ["???", "AB", false],
    ["FOO>>>", "FOO", true],
    ["FOO>>>", "FOOBA", true],
    ["FOO>>>", "FOOBARX", false],
    ['FOO>>>"EXT', "FOO.EXT", true],
    ['FOO>>>"EXT', "FOOBA.EXT", true],
    ['FOO>>>"EXT', "FOOBARX.EXT", false],
    ["FOO>>B", "FOOB", false], // it takes what it can
    [">>>>>>>>.>>>", "A.C", true],
    // a dot that may be missing
    ['FOO"', "FOO", true],
    ['FOO"', "FOO.", true],
    ['FOO"*', "FOO", true],
    ['FOO"*', "FOO.EXT", true],
    ['FOO"*', "FOOEXT", false],
    ['*"', "A.B", true],
    ['<"*', "A", true],
    ['<"*', "A.B.C", true],
    // names that end in a dot are names of their own
    ["A", "A.", false],
    ["A.", "A.", true],
    ["A.", "A", false],
    // no wildcards at all
    ["A.TXT", "A.TXT", true],
    ["A.TXT", "A.TXTX", false],
    ["", "", true],
    ["", "A", false],
    // more than one run
    ["*A*B", "XAYAB", true],
    ["*A*B", "XAYBC", false],
    ["A.<", "A.TXT", true], // the run begins behind the final dot
    ["*<B", "A.XB", true],
  ])("%s against %s: %s", (pattern, name, outcome) => {
    expect(matchesPattern(name, pattern)).toBe(outcome);
    expect(naive(name, pattern)).toBe(outcome);
  });

  it("agrees with the table of the specification read word by word", () => {
    fc.assert(
      fc.property(units("AB..", 8), units('AB.*?<>"', 8), (name, pattern) => {
        expect(matchesPattern(name, pattern)).toBe(naive(name, pattern));
      }),
      { numRuns: 20_000 },
    );
  });

  it("agrees with it for patterns without a run to the final dot, too", () => {
    fc.assert(
      fc.property(units("AB..", 10), units('AB.*?>"', 10), (name, pattern) => {
        expect(matchesPattern(name, pattern)).toBe(naive(name, pattern));
      }),
      { numRuns: 20_000 },
    );
  });

  it("takes no time for a hostile pattern", () => {
    const name = "A".repeat(255);
    const started = performance.now();
    expect(matchesPattern(name, `${"*A".repeat(500)}B`)).toBe(false);
    expect(matchesPattern(name, `*${">".repeat(1000)}B`)).toBe(false);
    expect(matchesPattern(name, `${"<A".repeat(500)}B`)).toBe(false);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it("matches nothing with a pattern beyond the limit", () => {
    expect(matchesPattern("A", "*".repeat(MAX_PATTERN_UNITS))).toBe(true);
    expect(matchesPattern("A", "*".repeat(MAX_PATTERN_UNITS + 1))).toBe(false);
  });
});

describe("hasWildcards", () => {
  it.each(["*", "?", "<", ">", '"'])("knows %s", (wildcard) => {
    expect(hasWildcards(`a${wildcard}b`)).toBe(true);
  });

  it("finds none in a name", () => {
    expect(hasWildcards("Report (final) [2].txt")).toBe(false);
  });
});
