import { describe, expect, it } from "vitest";
import type { FileSystem } from "../../fs/index.js";
import {
  cases,
  type OptionalOperation,
  type RunOptions,
  runCase,
  runCases,
  waysOf,
} from "../../testing/conformance/index.js";
import { late } from "../../testing/late-file-system.js";
import { Dialect } from "../../wire/smb2/index.js";
import { type MemoryOptions, memory } from "./index.js";

const MAX_SIZE = 2 ** 26;
const make = (options: MemoryOptions = {}) => memory({ maxSize: MAX_SIZE, ...options });

const RUNS: readonly {
  readonly title: string;
  readonly options: RunOptions & { readonly ways: readonly ["direct" | "kernel" | "smb"] };
  readonly make: () => FileSystem;
}[] = [
  { title: "directly", options: { ways: ["direct"] }, make },
  { title: "directly, late", options: { ways: ["direct"] }, make: () => late(make()) },
  { title: "through the kernel", options: { ways: ["kernel"] }, make },
  { title: "through the kernel, late", options: { ways: ["kernel"] }, make: () => late(make()) },
  { title: "through SMB, signed", options: { ways: ["smb"] }, make },
  { title: "through SMB, late", options: { ways: ["smb"] }, make: () => late(make()) },
  {
    title: "through SMB 2.0.2, unsigned",
    options: { ways: ["smb"], dialect: Dialect.SMB_2_0_2, protection: "unsigned" },
    make,
  },
  {
    title: "through SMB 3.0 over TCP, encrypted",
    options: { ways: ["smb"], isTcp: true, dialect: Dialect.SMB_3_0, protection: "encrypted" },
    make,
  },
];

describe.each(RUNS)("$title", ({ options, make: makeOne }) => {
  const taken = cases.filter((each) => waysOf(each).includes(options.ways[0]));

  it.each(taken.map((each) => ({ each, name: each.name })))("$name", async ({ each }) => {
    expect(await runCase(each, makeOne, options)).toBeUndefined();
  });
});

/** A file system that leaves out an operation. */
function without(fileSystem: FileSystem, left: OptionalOperation): FileSystem {
  return new Proxy(fileSystem, {
    get(target, key) {
      if (key === left) return undefined;
      const member: unknown = Reflect.get(target, key, target);
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });
}

const OPERATIONS: readonly OptionalOperation[] = [
  "setVolumeLabel",
  "getSecurityByName",
  "openByFileId",
  "create",
  "overwrite",
  "cleanup",
  "read",
  "readViews",
  "write",
  "flush",
  "setBasicInfo",
  "setFileSize",
  "setAllocationSize",
  "canDelete",
  "rename",
  "getSecurity",
  "setSecurity",
  "readDirectory",
  "getDirectoryEntry",
  "getStreams",
  "getObjectId",
  "getExtendedAttributes",
  "setExtendedAttributes",
];

describe("a file system that has less", () => {
  it.each(OPERATIONS)("without %s fails no case", async (left) => {
    const results = await runCases(() => without(make(), left), { ways: ["direct", "kernel"] });
    const failed = results.filter(({ outcome }) => outcome === "failed");
    expect(failed.map((each) => `${each.way}: ${each.case.name}: ${each.reason}`).join("\n")).toBe(
      "",
    );
    const skipped = results.filter(({ outcome }) => outcome === "skipped");
    for (const { reason } of skipped) expect(reason).toBe(`the file system has no ${left}`);
  });

  it("is asked for nothing that depends on the case of names, where it has names of its own", async () => {
    const results = await runCases(() => make({ isCaseSensitive: true }), {
      ways: ["direct", "kernel"],
    });
    const failed = results.filter(({ outcome }) => outcome === "failed");
    expect(failed.map((each) => `${each.case.name}: ${each.reason}`)).toEqual([]);
    expect(results.some(({ outcome }) => outcome === "skipped")).toBe(true);
  });
});
