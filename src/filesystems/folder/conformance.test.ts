import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { cases, type RunOptions, runCase, waysOf } from "../../testing/conformance/index.js";
import { HostCalls } from "./host-calls.js";
import { type FolderFileSystem, type FolderOptions, folder } from "./index.js";

const base = mkdtempSync(join(tmpdir(), "anymount-folder-"));

afterEach(() => {
  vi.restoreAllMocks();
});

afterAll(() => {
  rmSync(base, { recursive: true });
});

/** A folder of its own for each case. */
function make(options: FolderOptions): FolderFileSystem {
  return folder(mkdtempSync(join(base, "case-")), options);
}

const RUNS: readonly {
  readonly title: string;
  readonly run: RunOptions & { readonly ways: readonly ["direct" | "kernel" | "smb"] };
  readonly options: FolderOptions;
  /** As where koffi is not installed. */
  readonly isBare?: boolean;
}[] = [
  { title: "directly", run: { ways: ["direct"] }, options: {} },
  { title: "through the kernel", run: { ways: ["kernel"] }, options: {} },
  { title: "through SMB", run: { ways: ["smb"] }, options: {} },
  { title: "directly, side files", run: { ways: ["direct"] }, options: { keepIn: "sideFiles" } },
  { title: "through SMB, side files", run: { ways: ["smb"] }, options: { keepIn: "sideFiles" } },
  { title: "directly, without koffi", run: { ways: ["direct"] }, options: {}, isBare: true },
  {
    title: "through the kernel, without koffi",
    run: { ways: ["kernel"] },
    options: {},
    isBare: true,
  },
];

/** What the host has no way to do. */
const NOT_HERE = "the file system has no openByFileId";

/** What takes koffi. */
const NOT_BARE = ["setSparse", "readDirectoryNames"].map(
  (each) => `the file system has no ${each}`,
);

/** A name on Linux has 255 bytes, so in some scripts fewer than 255 units. */
const TOO_LONG: ReadonlySet<string> = new Set([
  "a name may have 255 units, in any script, and no more",
  "names of 255 units are listed whole",
]);

describe.each(RUNS)("$title", ({ run, options, isBare }) => {
  const asked = cases.filter((each) => waysOf(each).includes(run.ways[0]));
  const taken = asked.filter(({ name }) => !TOO_LONG.has(name));
  const left = asked.filter(({ name }) => TOO_LONG.has(name));

  it.skip.each(left)("$name (a name on Linux has 255 bytes)", () => undefined);

  it.each(taken.map((each) => ({ each, name: each.name })))("$name", async ({ each }) => {
    if (isBare === true) vi.spyOn(HostCalls, "load").mockReturnValue(undefined);
    const skipped = await runCase(each, () => make(options), run);
    expect([undefined, NOT_HERE, ...(isBare === true ? NOT_BARE : [])]).toContain(skipped);
  });
});
