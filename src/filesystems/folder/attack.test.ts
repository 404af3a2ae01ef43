import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { statusOf, writeSymbolicLink } from "../../nt/index.js";
import { refuses, Subject } from "../../testing/conformance/index.js";
import { HostCalls } from "./host-calls.js";
import { type FolderFile, type FolderFileSystem, folder } from "./index.js";

/** `ANYMOUNT_NIGHTLY=1`: as many as the claim has. */
const TRIES = process.env["ANYMOUNT_NIGHTLY"] === "1" ? 10_000 : 1000;
const NIGHTLY_TIMEOUT_MS = 600_000;

const TRIES_TO_A_GARDEN = 20;

const CANARY = "from outside";
const SEED = Number(process.env["ANYMOUNT_SEED"] ?? 1);

/**
 * What an attacker who may write to the folder does for as long as he lives: directories and files in it are
 * exchanged, as fast as it goes, for symbolic links to what is outside. He goes to each directory by a handle, since a
 * client may rename one of his links to where he had a directory, and then he would himself change what is outside.
 */
const ATTACKER = `
const { closeSync, constants, openSync, renameSync, rmSync, symlinkSync, unlinkSync } = require("node:fs");
const [root, outside] = process.argv.slice(1);
const targets = [
  ["a", outside], ["a/b", outside + "/b"], ["a/b/file", outside + "/b/file"],
  ["file", outside + "/file"], [".anymount", outside],
];
const attempt = (act) => { try { act(); } catch {} };
const DIRECTORY = constants.O_DIRECTORY | constants.O_NOFOLLOW;
const within = (directory, [name, ...names], act) => {
  if (names.length === 0) return act(directory + "/" + name);
  const handle = openSync(directory + "/" + name, DIRECTORY);
  try { within("/proc/self/fd/" + handle, names, act); } finally { closeSync(handle); }
};
process.stdout.write("begun\\n");
for (let round = 0; ; round++) {
  const [name, target] = targets[round % targets.length];
  attempt(() => within(root, name.split("/"), (path) => {
    renameSync(path, root + "/kept");
    try { symlinkSync(target, path); } catch {}
    for (let spin = 0; spin < (round % 7) * 300; spin++);
    attempt(() => unlinkSync(path));
    renameSync(root + "/kept", path);
  }));
  attempt(() => rmSync(root + "/kept", { recursive: true }));
}
`;

let base: string;
let root: string;
let outside: string;
let fileSystem: FolderFileSystem;
let attacker: ChildProcess | undefined;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "anymount-attack-"));
  root = join(base, "root");
  outside = join(base, "outside");
  for (const directory of [root, outside]) {
    const text = directory === outside ? CANARY : "inside";
    mkdirSync(join(directory, "a/b"), { recursive: true });
    mkdirSync(join(directory, "b"));
    for (const file of ["file", "a/file", "a/b/file", "b/file"]) {
      writeFileSync(join(directory, file), text);
    }
  }
  writeFileSync(join(outside, "canary"), CANARY);
});

afterEach(async () => {
  if (attacker?.exitCode === null) {
    attacker.kill("SIGKILL");
    await once(attacker, "exit");
  }
  attacker = undefined;
  fileSystem.stop();
  vi.restoreAllMocks();
  rmSync(base, { recursive: true });
});

/** All that a change of anything outside would change. */
function stateOutside(): string[] {
  const paths = readdirSync(outside, { recursive: true, encoding: "utf8" }).sort();
  return ["", ...paths].map((path) => {
    const whole = join(outside, path);
    const { mode, uid, size, nlink, mtimeNs, ctimeNs } = lstatSync(whole, { bigint: true });
    const text = lstatSync(whole).isFile() ? readFileSync(whole, "utf8") : "";
    return [path, mode, uid, size, nlink, mtimeNs, ctimeNs, text].join(" ");
  });
}

/** The same numbers for the same seed. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const PATHS = ["\\file", "\\a", "\\a\\b", "\\a\\b\\file", "\\a\\file", "\\b\\file", "\\a\\b\\new"];
const LINK = writeSymbolicLink({ substituteName: "b", printName: "b", isRelative: true });

/** One thing that a client does. @returns what it got to see */
async function tryOne(subject: Subject, random: (below: number) => number): Promise<string> {
  const path = PATHS[random(PATHS.length)] ?? "\\";
  const other = PATHS[random(PATHS.length)] ?? "\\";
  switch (random(10)) {
    case 0:
      return subject.contents(path);
    case 1:
      return String((await subject.make(path, "inside")).fileSize);
    case 2:
      return (await subject.names(path)).join();
    case 3:
      await subject.rename(path, other, { replaceIfExists: true });
      return "";
    case 4:
      await subject.remove(path);
      return "";
    case 5:
      await subject.link(path, other, true);
      return "";
    case 6:
      return String((await subject.make(`${path}:stream`, "inside")).fileSize);
    case 7:
      return (await subject.entry("\\a", "file"))?.name ?? "";
    default:
      return change(subject, path, random);
  }
}

/** What was deleted, or is an attacker's by now, is made again where that can be. */
async function plant(subject: Subject): Promise<void> {
  const directory = { isDirectory: true } as const;
  for (const path of ["\\a", "\\a\\b", "\\b"]) await outcomeOf(() => subject.make(path, directory));
  for (const path of PATHS) await outcomeOf(() => subject.make(path, "inside"));
}

/** What somebody got to see; undefined where he was refused. */
async function outcomeOf<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    if (statusOf(error) === undefined) throw error;
    return undefined;
  }
}

/** Opens a file, and changes it. */
async function change(
  subject: Subject,
  path: string,
  random: (below: number) => number,
): Promise<string> {
  const { file } = await subject.open(path);
  try {
    const lastWriteTicks = 133_000_000_000_000_000n;
    if (random(3) === 0) await subject.setBasicInfo(file, { fileAttributes: 2, lastWriteTicks });
    else if (random(3) === 0) await subject.setEas(file, ["A=1"]);
    else if (random(5) === 0) fileSystem.setReparsePoint(file as FolderFile, LINK);
    else await subject.write(file, "inside");
    return await subject.read(file);
  } finally {
    await subject.close(file);
  }
}

describe.each([
  { title: "with koffi", isBare: false },
  { title: "without koffi", isBare: true },
])("an attacker who exchanges directories and files for symbolic links, $title", ({ isBare }) => {
  beforeEach(() => {
    if (isBare) vi.spyOn(HostCalls, "load").mockReturnValue(undefined);
    fileSystem = folder(root);
  });

  it(
    `has nothing outside read or written in ${TRIES} tries`,
    async () => {
      const before = stateOutside();
      attacker = spawn(process.execPath, ["-e", ATTACKER, root, outside]);
      if (attacker.stdout !== null) await once(attacker.stdout, "data");
      const subject = new Subject(fileSystem);
      const random = randomNumbers(SEED);
      const outcomes = { done: 0, refused: 0 };
      for (let count = 0; count < TRIES; count++) {
        if (count % TRIES_TO_A_GARDEN === 0) await plant(subject);
        const seen = await outcomeOf(() => tryOne(subject, random));
        outcomes[seen === undefined ? "refused" : "done"]++;
        expect(seen ?? "").not.toContain(CANARY);
        expect(seen ?? "").not.toContain("canary");
      }
      expect(attacker.exitCode).toBeNull(); // he was at it all the time
      expect(stateOutside()).toEqual(before);
      expect(outcomes.done).toBeGreaterThan(0);
      expect(outcomes.refused).toBeGreaterThan(0);
      const how = isBare ? "without koffi" : "with koffi";
      console.log(
        `attacker, ${how}: ${TRIES} tries, ${outcomes.done} done, ${outcomes.refused} refused`,
      );
    },
    NIGHTLY_TIMEOUT_MS,
  );

  it("finds nothing by a path that led to a directory which is outside now", async () => {
    const subject = new Subject(fileSystem);
    expect(await subject.contents("\\a\\b\\file")).toBe("inside");
    renameSync(join(root, "a"), join(outside, "moved"));
    await refuses(() => subject.contents("\\a\\b\\file"), "OBJECT_PATH_NOT_FOUND");
    await refuses(() => subject.make("\\a\\b\\new", "x"), "OBJECT_PATH_NOT_FOUND");
    symlinkSync(outside, join(root, "a"));
    await refuses(() => subject.contents("\\a\\b\\file"), "OBJECT_PATH_NOT_FOUND");
    await refuses(() => subject.make("\\a\\new", "x"), "OBJECT_PATH_NOT_FOUND");
    expect(readdirSync(join(outside, "moved/b"))).toEqual(["file"]);
  });

  it("does not show, by a directory that is open, what is in it when it is outside", async () => {
    const subject = new Subject(fileSystem);
    const { file } = await subject.open("\\a");
    renameSync(join(root, "a"), join(outside, "moved"));
    await refuses(async () => {
      for await (const entry of subject.list(file)) expect(entry).toBeUndefined();
    }, "OBJECT_PATH_NOT_FOUND");
    await subject.close(file);
  });
});
