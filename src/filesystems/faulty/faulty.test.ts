import { describe, expect, it } from "vitest";
import { withOperations } from "../../delegation/index.js";
import type { Caller, FileSystem, Opened } from "../../fs/index.js";
import { FILE_ALL_ACCESS, NtError, NtStatus } from "../../nt/index.js";
import { cases, runCase } from "../../testing/conformance/index.js";
import { counted } from "../../testing/counting-file-system.js";
import { FakeClock } from "../../testing/fake-clock.js";
import { late } from "../../testing/late-file-system.js";
import { memory } from "../memory/index.js";
import { type FaultOptions, faulty } from "./index.js";
import { MAX_FAULTS, MAX_WAITING_OPERATIONS } from "./limits.js";

const ANNA: Caller = {
  userName: "anna",
  userSid: "S-1-5-21-1-2-3-1001",
  groupSids: [],
  sessionId: 7,
  clientAddress: "",
};
const BERT: Caller = { ...ANNA, userName: "bert" };
const OPEN = { createOptions: 0, grantedAccess: FILE_ALL_ACCESS };
const NEW = {
  ...OPEN,
  isDirectory: false,
  fileAttributes: 0x20,
  securityDescriptor: undefined,
  allocationSize: 0,
  extendedAttributes: undefined,
};

function make(options: FaultOptions = {}, fileSystem: FileSystem = memory({ maxSize: 2 ** 22 })) {
  const clock = new FakeClock();
  const fs = faulty(fileSystem, { clock, seed: 1, ...options });
  return { fs, faults: fs.faults, clock };
}

async function makeFile(fs: FileSystem, path: string, text = "0123456789"): Promise<unknown> {
  const { file } = (await fs.create?.(path, NEW, ANNA)) as Opened<unknown>;
  const how = { toEndOfFile: false, isConstrained: false, keepTimes: false };
  await fs.write?.(file, Buffer.from(text), 0, how, ANNA);
  return file;
}

async function outcome(run: () => unknown): Promise<string> {
  try {
    await run();
    return "SUCCESS";
  } catch (error) {
    return (error as Error).message;
  }
}

const infoOf = (fs: FileSystem, file: unknown, caller = ANNA) =>
  outcome(() => fs.getFileInfo(file, caller));
const DEAD = new NtError(NtStatus.IO_DEVICE_ERROR).message;
const FULL = new NtError(NtStatus.DISK_FULL).message;

describe("faulty, with nothing that is to go wrong", () => {
  it.each(cases.map((each) => ({ name: each.name, each })))(
    "is as good as any: $name",
    async ({ each }) => {
      expect(await runCase(each, () => faulty(memory({ maxSize: 2 ** 26 })))).toBeUndefined();
    },
  );

  it("answers at once what is answered at once, and has no operation that is not there", () => {
    const fileSystem = memory();
    const { fs } = make({}, fileSystem);
    expect(fs.getVolumeInfo()).not.toBeInstanceOf(Promise);
    expect("readViews" in fs).toBe(false); // cannot wait
    const less = withOperations<unknown>(memory(), (operation) => operation !== "getStreams");
    expect("getStreams" in faulty(less)).toBe(false);
    expect("getStreams" in fs).toBe(true);
  });
});

describe("faulty: a rule", () => {
  it.each([
    { rule: "read" as const, path: "\\a", fits: false },
    { rule: "getFileInfo" as const, path: "\\a", fits: true },
    { rule: ["read", "getFileInfo"] as const, path: "\\a", fits: true },
    { rule: {}, path: "\\a", fits: true },
    { rule: { path: "a" }, path: "\\a", fits: true },
    { rule: { path: "A" }, path: "\\a", fits: true },
    { rule: { path: "/a" }, path: "\\a", fits: true },
    { rule: { path: "*" }, path: "\\a", fits: true },
    { rule: { path: "?" }, path: "\\ab", fits: false },
    { rule: { path: "*.txt" }, path: "\\a.txt", fits: true },
    { rule: { path: "*.txt" }, path: "\\a+txt", fits: false },
    { rule: { path: "b/*" }, path: "\\a", fits: false },
    { rule: { path: "**" }, path: "\\a", fits: true },
    { rule: { path: /^\\a/g }, path: "\\ab", fits: true },
    { rule: { path: (path: string) => path.length === 2 }, path: "\\a", fits: true },
    { rule: { caller: "ANNA" }, path: "\\a", fits: true },
    { rule: { caller: "bert" }, path: "\\a", fits: false },
    { rule: { caller: ({ sessionId }: Caller) => sessionId === 7 }, path: "\\a", fits: true },
    { rule: { operations: "getFileInfo" as const, path: "b" }, path: "\\a", fits: false },
  ])("$rule fits $path: $fits", async ({ rule, path, fits }) => {
    const { fs, faults } = make();
    const file = await makeFile(fs, path);
    faults.fail(rule, "DISK_FULL");
    expect(await infoOf(fs, file)).toBe(fits ? FULL : "SUCCESS");
  });

  it("follows a file to its new name", async () => {
    const { fs, faults } = make();
    const file = await makeFile(fs, "\\old");
    const how = { newPath: "\\new", replaceIfExists: false, isPosix: false };
    await fs.rename?.(file, "\\old", how, ANNA);
    faults.fail({ path: "new" }, "DISK_FULL");
    expect(await infoOf(fs, file)).toBe(FULL);
  });

  it("leaves starting, stopping and closing alone unless it names them", async () => {
    const { fs, faults } = make();
    const file = await makeFile(fs, "\\file");
    const all = faults.fail({}, "DISK_FULL");
    expect(await outcome(() => fs.close?.(file))).toBe("SUCCESS");
    all.end();
    const starts = faulty({ ...fs, start: () => undefined });
    starts.faults.fail("start", "DEVICE_NOT_READY");
    expect(() => starts.start?.(() => undefined)).toThrow(NtError);
  });

  it("that makes no sense is refused", () => {
    const { faults } = make();
    expect(() => faults.fail("close", "DISK_FULL")).toThrow(RangeError);
    expect(() => faults.shortenReads("write", 1)).toThrow(RangeError);
    expect(() => faults.shortenReads("read", 0)).toThrow(RangeError);
    expect(() => faults.delay("read", -1)).toThrow(RangeError);
    expect(() => faults.fail("read", "DISK_FULL", { probability: 2 })).toThrow(RangeError);
    for (let i = 0; i < MAX_FAULTS; i++) faults.fail("read", "DISK_FULL");
    expect(() => faults.fail("read", "DISK_FULL")).toThrow(RangeError);
  });
});

describe("faulty: what fails", () => {
  it("does so after some, so many times, and is counted", async () => {
    const { fs, faults } = make();
    const file = await makeFile(fs, "\\file");
    const fault = faults.fail("getFileInfo", "DISK_FULL", { after: 1, times: 2 });
    const seen: string[] = [];
    for (let i = 0; i < 4; i++) seen.push(await infoOf(fs, file));
    expect(seen).toEqual(["SUCCESS", FULL, FULL, "SUCCESS"]);
    expect(fault.hits).toBe(2);
    expect(fault.hitsOf.get("getFileInfo")).toBe(2);
  });

  it("is the same for the same seed where chance decides", async () => {
    const run = async (seed: number | undefined) => {
      const { fs, faults } = make({ seed });
      const file = await makeFile(fs, "\\file");
      faults.fail("getFileInfo", "DISK_FULL", { probability: 0.5 });
      const seen: string[] = [];
      for (let i = 0; i < 40; i++) seen.push(await infoOf(fs, file));
      return { seen: seen.join(), seed: faults.seed };
    };
    const first = await run(undefined);
    expect((await run(first.seed)).seen).toBe(first.seen);
    expect(first.seen).toContain("SUCCESS");
    expect(first.seen).toContain(FULL);
  });

  it("is not done; or is done, and its answer is lost", async () => {
    const { fs, faults } = make();
    faults.fail("create", "DISK_FULL", { times: 1 });
    expect(await outcome(() => makeFile(fs, "\\first"))).toBe(FULL);
    expect(await outcome(() => fs.open("\\first", OPEN, ANNA))).toContain("NOT_FOUND");
    const { fileSystem, count } = counted(memory());
    const lossy = faulty(fileSystem);
    lossy.faults.failAfter("create", "IO_DEVICE_ERROR", { times: 1 });
    expect(await outcome(() => makeFile(lossy, "\\second"))).toBe(DEAD);
    expect(count("close")).toBe(1); // nobody else would
    expect(await outcome(() => lossy.open("\\second", OPEN, ANNA))).toBe("SUCCESS");
  });

  it("throws what it was given: errors of Node's, and bugs", async () => {
    const { fs, faults } = make();
    const file = await makeFile(fs, "\\file");
    const bug = new Error("a bug");
    faults.fail("getFileInfo", bug);
    expect(await infoOf(fs, file)).toBe("a bug");
  });

  it("ends a listing after its last entry where the answer is lost", async () => {
    const { fs, faults } = make();
    await makeFile(fs, "\\file");
    faults.failAfter("readDirectory", "IO_DEVICE_ERROR");
    const { file } = await fs.open("\\", OPEN, ANNA);
    const names: string[] = [];
    const list = async () => {
      for await (const { name } of fs.readDirectory?.(file, undefined, ANNA) ?? [])
        names.push(name);
    };
    expect(await outcome(list)).toBe(DEAD);
    expect(names).toEqual(["file"]);
  });
});

describe("faulty: what waits", () => {
  it("waits as long as its delays together", async () => {
    const { fs, faults, clock } = make();
    const file = await makeFile(fs, "\\file");
    faults.delay("getFileInfo", 100);
    faults.delay({ path: "file" }, 50);
    const info = infoOf(fs, file);
    await faults.untilWaiting();
    clock.advance(149);
    expect(faults.waiting).toBe(1);
    clock.advance(1);
    expect(await info).toBe("SUCCESS");
    expect(clock.timerCount).toBe(0);
  });

  it("goes on in the order in which it came, when all its pauses are over", async () => {
    const { fs, faults } = make();
    const file = await makeFile(fs, "\\file");
    const first = faults.pause("getFileInfo");
    const second = faults.pause({ caller: "anna" });
    const done: string[] = [];
    const all = ["a", "b", "c"].map(async (name, i) => {
      await infoOf(fs, file, i === 1 ? BERT : ANNA);
      done.push(name);
    });
    await faults.untilWaiting(3);
    first.end();
    await all[1];
    expect(done).toEqual(["b"]);
    second.end();
    await Promise.all(all);
    expect(done).toEqual(["b", "a", "c"]);
    expect(first.hits).toBe(3);
  });

  it("lets a listing wait before its first entry", async () => {
    const { fs, faults } = make();
    await makeFile(fs, "\\file");
    const { file } = await fs.open("\\", OPEN, ANNA);
    faults.pause("readDirectory");
    const names = (async () => {
      const found: string[] = [];
      for await (const { name } of fs.readDirectory?.(file, undefined, ANNA) ?? [])
        found.push(name);
      return found;
    })();
    await faults.untilWaiting();
    faults.resume();
    expect(await names).toEqual(["file"]);
  });

  it("is bounded", async () => {
    const { fs, faults } = make();
    const file = await makeFile(fs, "\\file");
    faults.pause("getFileInfo");
    const waiting = Array.from({ length: MAX_WAITING_OPERATIONS }, () => infoOf(fs, file));
    expect(await infoOf(fs, file)).toContain("INSUFFICIENT_RESOURCES");
    faults.clear();
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(["SUCCESS"]));
  });
});

describe("faulty: a device that is cut", () => {
  it("fails everything, what waits too, until it is mended", async () => {
    const { fs, faults, clock } = make();
    const file = await makeFile(fs, "\\file");
    faults.pause("getFileInfo");
    faults.delay("getStreams", 1000);
    const paused = infoOf(fs, file);
    const delayed = outcome(() => fs.getStreams?.(file, ANNA));
    await faults.untilWaiting(2);
    faults.cut();
    expect([await paused, await delayed]).toEqual([DEAD, DEAD]);
    expect(clock.timerCount).toBe(0);
    expect(await infoOf(fs, file)).toBe(DEAD);
    expect(await outcome(() => fs.getVolumeInfo())).toBe(DEAD);
    expect(await outcome(() => fs.close?.(file))).toBe("SUCCESS");
    faults.clear();
    expect(faults.isCut).toBe(false);
    expect(await outcome(() => fs.open("\\file", OPEN, ANNA))).toBe("SUCCESS");
  });

  it("fails what the file system has begun when that is done, and lets go of what it opened", async () => {
    const { fileSystem, count } = counted(memory());
    const { fs, faults } = make({}, late(fileSystem));
    faults.pause("stop"); // not quiet
    const opening = outcome(() => fs.open("\\", OPEN, ANNA));
    faults.cut("DEVICE_NOT_READY");
    expect(await opening).toContain("DEVICE_NOT_READY");
    expect(count("close")).toBe(1);
  });
});

describe("faulty: a read that is short", () => {
  it("gives as much as was said, from the right place", async () => {
    const { fs, faults } = make();
    const file = await makeFile(fs, "\\file");
    faults.shortenReads({ path: "file" }, 4);
    const target = new Uint8Array(10);
    expect(await fs.read?.(file, target, 3, ANNA)).toBe(4);
    expect(Buffer.from(target).toString()).toBe("3456\0\0\0\0\0\0");
  });
});
