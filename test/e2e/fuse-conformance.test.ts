import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import * as nodeFs from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { fromFuse } from "../../src/adapters/fuse/index.js";
import { fromNodeFs } from "../../src/adapters/node-fs/index.js";
import { folder } from "../../src/filesystems/folder/index.js";
import { type MemoryOptions, memory } from "../../src/filesystems/memory/index.js";
import { mounts } from "../../src/filesystems/mounts/index.js";
import { overlay } from "../../src/filesystems/overlay/index.js";
import { dir, file, type Tree } from "../../src/filesystems/tree/index.js";
import type { FileSystem } from "../../src/fs/index.js";
import {
  type Case,
  type CaseResult,
  cases,
  type MountCase,
  mountCases,
  runCase,
  runCases,
} from "../../src/testing/conformance/index.js";
import { FuseMemory, inCallbackStyle } from "../../src/testing/fuse-memory.js";
import { late } from "../../src/testing/late-file-system.js";
import { describeWithFuse } from "../fuse-here.js";

/** Some cases ask hundreds of times, each time through the kernel of Linux and back. */
const TIMEOUT = { timeout: 180_000 };

const base = mkdtempSync(join(tmpdir(), "anymount-fuse-cases-"));
let made = 0;

afterAll(() => {
  rmSync(base, { recursive: true });
});

/** A directory of its own for each case. */
function newDirectory(): string {
  const path = join(base, `case ${made++}`);
  mkdirSync(path);
  return path;
}

const drive = (options: MemoryOptions = {}) => memory({ maxSize: 2 ** 26, ...options });

/** A tree that can be changed all over. */
function changeable(): Tree {
  const yes = () => undefined;
  return dir(
    {},
    {
      create: (_name, { isDirectory }) => (isDirectory ? changeable() : file("", { write: yes })),
      rename: yes,
      move: yes,
      mayRemove: yes,
      remove: yes,
    },
  );
}

const BYTES = "names have at most 255 bytes";

interface Source {
  readonly name: string;
  readonly make: () => FileSystem;
  /** Cases that cannot pass, and why. */
  readonly lacks?: Readonly<Record<string, string>>;
}

const SOURCES: readonly Source[] = [
  { name: "memory whose names differ by case", make: () => drive({ isCaseSensitive: true }) },
  { name: "memory that answers late", make: () => late(drive()) },
  {
    name: "a folder",
    make: () => folder(newDirectory()),
    lacks: { "names of 255 units are listed whole": BYTES },
  },
  { name: "an overlay", make: () => overlay(drive(), drive()) },
  { name: "mounts", make: () => mounts({ "": drive() }) },
  { name: "FUSE operations in promise style", make: () => fromFuse(new FuseMemory()) },
  {
    name: "FUSE operations in callback style",
    make: () => fromFuse(inCallbackStyle(new FuseMemory())),
  },
  { name: "a tree", make: changeable },
  {
    name: "node:fs/promises",
    make: () => fromNodeFs(nodeFs, { root: newDirectory() }),
    lacks: { "names of 255 units are listed whole": BYTES },
  },
];

const ASKED: readonly Case[] = [...cases.filter(({ level }) => level === "drive"), ...mountCases];

/** Cases that programs can say to a drive that has everything; fewer means that something is skipped that was not. */
const LEAST_SAID = 58;

/** No case is skipped for another reason. */
const SKIPPED_FOR =
  /^(programs on Linux have |by POSIX rules |a descriptor may do what |the root is a mount|names that differ in case |the file system has no )/;

/** A case that somebody has made up. */
function mountCaseOf(run: MountCase["run"]): MountCase {
  return { level: "mount", name: "made up", source: "nowhere", needs: [], run };
}

/** A drive that never gives what is read. */
function silent(): FileSystem {
  return new Proxy<FileSystem>(drive(), {
    get(target, key) {
      if (key === "readViews") return undefined;
      if (key === "read") return () => new Promise(() => undefined);
      const member: unknown = Reflect.get(target, key, target);
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });
}

async function isMounted(path: string): Promise<boolean> {
  return (await nodeFs.readFile("/proc/self/mounts", "utf8")).includes(` ${path} `);
}

function namesOf(results: readonly CaseResult[], outcome: CaseResult["outcome"]): string[] {
  return results.filter((each) => each.outcome === outcome).map((each) => each.case.name);
}

describeWithFuse("the conformance cases, by programs on a mount", () => {
  /** What is skipped of all drives alike is tried on one only. */
  let said: readonly Case[] = [];

  beforeAll(async () => {
    const results = await runCases(drive, { cases: ASKED, ways: ["fuse"] });
    expect(results.filter(({ outcome }) => outcome === "failed")).toEqual([]);
    for (const { outcome, reason } of results) {
      if (outcome === "skipped") expect(reason).toMatch(SKIPPED_FOR);
    }
    const passed = new Set(namesOf(results, "passed"));
    expect(passed.size).toBeGreaterThanOrEqual(LEAST_SAID);
    said = ASKED.filter(({ name }) => passed.has(name));
  }, TIMEOUT.timeout);

  it.each(SOURCES)("pass for $name", TIMEOUT, async ({ make, lacks = {} }) => {
    const results = await runCases(make, { cases: said, ways: ["fuse"] });
    const failed = results.filter(({ outcome }) => outcome === "failed");
    expect(failed.filter((each) => lacks[each.case.name] === undefined)).toEqual([]);
    expect(namesOf(results, "failed").sort()).toEqual(Object.keys(lacks).sort());
    for (const { outcome, reason } of results) {
      if (outcome === "skipped") expect(reason).toMatch(SKIPPED_FOR);
    }
  });
});

describeWithFuse("a case by programs on a mount", () => {
  it("that fails leaves no mount and no directory behind, whatever it has open", async () => {
    let path = "";
    const failing = mountCaseOf(async (stage) => {
      path = stage.at();
      expect(await isMounted(path)).toBe(true);
      const left = await nodeFs.open(stage.at("file"), "w");
      await left.write("text").finally(() => {
        void left.close();
      });
      throw new Error("it does not do it");
    });
    await expect(runCase(failing, drive)).rejects.toThrow("fuse: it does not do it");
    expect(await isMounted(path)).toBe(false);
    await expect(nodeFs.lstat(path)).rejects.toThrow("ENOENT");
  });

  it("that nobody answers fails when its time is up, and leaves no mount behind", async () => {
    let path = "";
    let outcome: unknown;
    const waiting = mountCaseOf(async (stage) => {
      path = stage.at();
      await nodeFs.writeFile(stage.at("file"), "text");
      const file = await nodeFs.open(stage.at("file"), "r");
      outcome = await file.read(Buffer.alloc(4), 0, 4, 0).catch((error: unknown) => error);
      await file.close();
    });
    const run = runCase(waiting, silent, { maxCaseMs: 1000 });
    await expect(run).rejects.toThrow("fuse: nothing has come of it in 1000 ms");
    expect(outcome).toMatchObject({ code: "ECONNABORTED" });
    expect(await isMounted(path)).toBe(false);
    await expect(nodeFs.lstat(path)).rejects.toThrow("ENOENT");
  });

  it("is run where that is asked, and those that have no other way always", async () => {
    const ask = async (each: Case | undefined, ways?: readonly "fuse"[]) =>
      (
        await runCases(drive, { cases: each === undefined ? [] : [each], ...(ways && { ways }) })
      ).map(({ way, outcome }) => `${way} ${outcome}`);
    const asked = cases.find(({ name }) => name === "a directory is made once");
    expect(await ask(asked)).toEqual(["kernel passed", "smb passed"]);
    expect(await ask(asked, ["fuse"])).toEqual(["fuse passed"]);
    expect(await ask(mountCases[0])).toEqual(["fuse passed"]);
  });
});
