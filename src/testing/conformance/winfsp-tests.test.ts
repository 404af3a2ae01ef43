import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cases } from "./index.js";

const PAGE = join(import.meta.dirname, "../../../docs/winfsp-tests.md");

/** The rows of the page: a test of WinFsp's, and what stands beside it. */
async function rows(): Promise<{ test: string; cell: string; named: string[] }[]> {
  const page = await readFile(PAGE, "utf8");
  return [...page.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)].map(([, test = "", cell = ""]) => ({
    test,
    cell,
    named: [...cell.matchAll(/"(.*?)"(?:<br>|$)/g)].map(([, name = ""]) => name),
  }));
}

/** The tests of WinFsp's that a case stands for. */
function testsOf(source: string): string[] {
  return source.match(/\b[a-z][a-z0-9_]*_test\b/g) ?? [];
}

describe("the cases", () => {
  it("have names of their own", () => {
    const names = cases.map(({ name }) => name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });
});

describe("docs/winfsp-tests.md", () => {
  it("has a row for each of WinFsp's tests, and none is empty", async () => {
    const all = await rows();
    expect(new Set(all.map(({ test }) => test)).size).toBe(all.length);
    expect(all.length).toBeGreaterThan(139);
    for (const { test, cell } of all) expect(cell.trim(), test).not.toBe("");
  });

  it("names cases that there are, each in the rows of the tests it stands for", async () => {
    const all = await rows();
    const told = all.flatMap(({ test, named }) => named.map((name) => `${test}: ${name}`));
    const expected = cases.flatMap(({ name, source }) =>
      testsOf(source).map((test) => `${test}: ${name}`),
    );
    expect(told.sort()).toEqual(expected.sort());
  });
});
