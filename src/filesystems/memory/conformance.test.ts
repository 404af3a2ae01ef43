import { describe, expect, it } from "vitest";
import { type Case, cases, runCase, waysOf } from "../../testing/conformance/index.js";
import { memory } from "./index.js";

const MAX_SIZE = 2 ** 26;
const make = () => memory({ maxSize: MAX_SIZE });
const over = (way: "direct" | "kernel" | "smb") =>
  cases.filter((each) => waysOf(each).includes(way));
const named = (some: readonly Case[]) => some.map((each) => ({ each, name: each.name }));

describe("directly", () => {
  it.each(named(over("direct")))("$name", async ({ each }) => {
    expect(await runCase(each, make)).toBeUndefined();
  });
});

describe("through the kernel", () => {
  it.each(named(over("kernel")))("$name", async ({ each }) => {
    expect(await runCase(each, make, { ways: ["kernel"] })).toBeUndefined();
  });
});

describe("through SMB", () => {
  it.each(named(over("smb")))("$name", async ({ each }) => {
    expect(await runCase(each, make, { ways: ["smb"] })).toBeUndefined();
  });
});
