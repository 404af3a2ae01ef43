import { describe, expect, it } from "vitest";
import {
  CreateDisposition,
  FILE_ATTRIBUTE_DIRECTORY,
  FILE_ATTRIBUTE_HIDDEN,
  FILE_ATTRIBUTE_OFFLINE,
  FILE_ATTRIBUTE_SYSTEM,
  FILE_DIRECTORY_FILE,
  FILE_READ_ATTRIBUTES,
  FILE_READ_DATA,
  FILE_WRITE_DATA,
  MAXIMUM_ALLOWED,
  NtError,
  NtStatus,
  ticksOfMs,
} from "../../nt/index.js";
import { VolumeDriver } from "../../testing/volume-driver.js";
import { dir, file, json, lazy, type TreeEntry } from "./index.js";

const READ = { desiredAccess: FILE_READ_DATA };
const LOOK = { desiredAccess: FILE_READ_ATTRIBUTES };

/** A tree, time that a test moves, and what functions were called. */
function given(entries: Parameters<typeof dir>[0], options: Parameters<typeof dir>[1] = {}) {
  const time = { nowMs: 1_000_000 };
  const tree = dir(entries, { ...options, volume: { nowMs: () => time.nowMs, ...options.volume } });
  return { tree, on: new VolumeDriver(tree), time };
}

async function* late(pair: readonly [string, string]) {
  yield await Promise.resolve(pair);
}

/** What an open of a name says of it. */
async function info(on: VolumeDriver, name: string, request: { desiredAccess: number } = LOOK) {
  const open = await on.open(name, request);
  await open.close();
  return open.createInfo;
}

describe("a tree of values", () => {
  const entries = {
    "hello.txt": "Hello, world\n",
    "bytes.bin": new Uint8Array([1, 2, 3]),
    empty: "",
    more: dir({ "inner.txt": "inside", deep: dir({ "deepest.txt": "ä" }) }),
    "value.json": json({ a: 1 }),
  };

  it("is known by a serial number that is random unless told", () => {
    const { volumeSerialNumber: one = 0 } = dir({}).volumeParams;
    const { volumeSerialNumber: other = 0 } = dir({}).volumeParams;
    expect(one).not.toBe(other);
    const told = dir({}, { volume: { serialNumber: 0xfedc_ba98 } });
    expect(told.volumeParams.volumeSerialNumber).toBe(0xfedc_ba98);
  });

  it("lists its names, and reads as it was written", async () => {
    const { on } = given(entries);
    expect(await on.names()).toEqual(["bytes.bin", "empty", "hello.txt", "more", "value.json"]);
    expect(await on.names("more")).toEqual(["deep", "inner.txt"]);
    expect(await on.text("hello.txt")).toBe("Hello, world\n");
    expect(await on.text("more\\deep\\deepest.txt")).toBe("ä");
    expect(await on.text("value.json")).toBe('{\n  "a": 1\n}\n');
    expect(await on.text("empty")).toBe("");
  });

  it("tells sizes in bytes, and directories apart from files", async () => {
    const { on } = given(entries);
    expect(await info(on, "more\\deep\\deepest.txt")).toMatchObject({
      fileSize: 2,
      allocationSize: 4096,
      fileAttributes: 0,
    });
    expect(await info(on, "more")).toMatchObject({ fileAttributes: FILE_ATTRIBUTE_DIRECTORY });
  });

  it("finds names in any case, and shows them as they are written", async () => {
    const { on } = given(entries);
    const open = await on.open("MORE\\Inner.TXT", READ);
    expect(open.path).toBe("\\more\\inner.txt");
    await open.close();
  });

  it.each([
    { name: "missing", outcome: "OBJECT_NAME_NOT_FOUND" },
    { name: "missing\\file", outcome: "OBJECT_PATH_NOT_FOUND" },
    { name: "hello.txt\\file", outcome: "OBJECT_PATH_NOT_FOUND" },
    { name: "hello.txt", outcome: "OPENED" },
  ])("answers $outcome to an open of $name", async ({ name, outcome }) => {
    const { on } = given(entries);
    expect(await on.outcome(name, READ)).toBe(outcome);
  });

  it("is a read-only volume: nothing can be written anywhere in it", async () => {
    const { on } = given(entries);
    const write = { desiredAccess: FILE_WRITE_DATA };
    const create = { createDisposition: CreateDisposition.CREATE, desiredAccess: FILE_READ_DATA };
    expect(await on.outcome("hello.txt", write)).toBe("MEDIA_WRITE_PROTECTED");
    expect(await on.outcome("new.txt", create)).toBe("MEDIA_WRITE_PROTECTED");
  });

  it("keeps the file id of a name over restarts, and gives each name its own", async () => {
    const ids = () => {
      const { on } = given(entries);
      const names = ["", "hello.txt", "more", "more\\inner.txt"];
      return Promise.all(names.map((name) => info(on, name).then(({ fileId }) => fileId)));
    };
    const first = await ids();
    expect(await ids()).toEqual(first);
    expect(new Set(first).size).toBe(4);
  });

  it("tells the same of a file in listings and in opens", async () => {
    const { on } = given(entries);
    const root = await on.open("", READ);
    const cursor = await root.directoryCursor("h*", false);
    const listed = cursor.ok ? await cursor.value.next() : cursor;
    expect(listed).toMatchObject({
      value: { name: "hello.txt", info: await info(on, "hello.txt") },
    });
    await root.close();
  });
});

describe("what can be said of an entry", () => {
  it("are times, and attributes", async () => {
    const { on } = given({
      told: file("", {
        created: new Date(1),
        modified: 2,
        accessed: 3,
        isHidden: true,
        isSystem: true,
      }),
      folder: dir({}, { modified: 2 }),
      untold: "",
    });
    expect(await info(on, "told")).toMatchObject({
      creationTicks: ticksOfMs(1),
      lastWriteTicks: ticksOfMs(2),
      lastAccessTicks: ticksOfMs(3),
      fileAttributes: FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM,
    });
    expect(await info(on, "folder")).toMatchObject({ lastWriteTicks: ticksOfMs(2) });
    expect(await info(on, "untold")).toMatchObject({ lastWriteTicks: ticksOfMs(1_000_000) });
  });

  it("is the label and the size of the volume", () => {
    const volume = { label: "People", totalSize: 100, freeSize: 50 };
    const { tree } = given({}, { volume });
    expect(tree.getVolumeInfo()).toEqual({ label: "People", totalSize: 100, freeSize: 50 });
    expect(dir({}).getVolumeInfo()).toMatchObject({ freeSize: 0 });
  });
});

describe("what cannot be a tree is refused when it is made", () => {
  it.each([
    { entries: { "a/b": "" }, message: '"a/b" cannot be the name of an entry: it has one of' },
    { entries: { "": "" }, message: "it is empty" },
    { entries: { "dot.": "" }, message: "ends in a dot or space" },
    { entries: { "CON.txt": "" }, message: "is the name of a device" },
    { entries: { ["x".repeat(256)]: "" }, message: "is longer than 255 characters" },
    { entries: { a: "", A: "" }, message: '"a" and "A" are the same name' },
    { entries: { a: 5 as unknown as TreeEntry }, message: "a: a value of type number is no entry" },
    { entries: { a: null as unknown as TreeEntry }, message: "a: null is no entry" },
  ])("$message", ({ entries, message }) => {
    expect(() => dir(entries)).toThrow(message);
  });

  it("a file of nothing that can be read, a time that is none, JSON of what has none", () => {
    expect(() => file(7 as unknown as string)).toThrow("a file is made of text");
    expect(() => file("", { modified: Number.NaN })).toThrow("NaN is no time");
    expect(() => json(undefined)).toThrow("undefined cannot be written as JSON");
  });
});

describe("a directory that a function lists", () => {
  it.each([
    { kind: "pairs", entries: () => [["a", "1"]] as const },
    { kind: "an object", entries: () => ({ a: "1" }) },
    { kind: "a Map", entries: () => new Map([["a", "1"]]) },
    { kind: "a promise", entries: () => Promise.resolve({ a: "1" }) },
    {
      kind: "pairs that come one by one",
      entries: () => late(["a", "1"]),
    },
  ])("may give $kind", async ({ entries }) => {
    const { on } = given({ d: dir(entries) });
    expect(await on.names("d")).toEqual(["a"]);
    expect(await on.text("D\\A")).toBe("1");
  });

  it("is asked for each listing, and once a second for names", async () => {
    let calls = 0;
    const { on, time } = given(() => ({ [`made ${++calls}`]: "" }));
    expect(await on.names()).toEqual(["made 1"]);
    expect(await on.outcome("made 1", READ)).toBe("OPENED");
    expect(await on.names()).toEqual(["made 2"]);
    expect(await on.outcome("made 1", READ)).toBe("OBJECT_NAME_NOT_FOUND");
    expect(calls).toBe(2);
    time.nowMs += 1_000;
    expect(await on.outcome("made 3", READ)).toBe("OPENED");
  });

  it("with cacheMs, is asked again when that time has passed", async () => {
    let calls = 0;
    const { on, time } = given(() => ({ [`made ${++calls}`]: "" }), { cacheMs: 5_000 });
    for (let i = 0; i < 3; i++) expect(await on.names()).toEqual(["made 1"]);
    time.nowMs += 5_000;
    expect(await on.names()).toEqual(["made 2"]);
  });

  it("is asked once for all who ask at the same time", async () => {
    let calls = 0;
    const { on } = given(async () => {
      calls++;
      await Promise.resolve();
      return { a: "" };
    });
    await Promise.all([on.outcome("a", READ), on.outcome("a", READ), on.outcome("b", READ)]);
    expect(calls).toBe(1);
  });

  it("shows each name, as one that Windows can have", async () => {
    const names = ["AC/DC: Live?", "ends.", "nul.txt", "tab\t", "twice", "TWICE", "twice", ".."];
    const { on } = given(() => names.map((name) => [name, "x"] as const));
    expect(await on.names()).toEqual(
      [
        "AC／DC： Live？",
        "ends．",
        "nul_.txt",
        "tab␉",
        "twice",
        "TWICE (2)",
        "twice (3)",
        ".．",
      ].sort(),
    );
    expect(await on.text("AC／DC： Live？")).toBe("x");
  });

  it("finds one name with find, also one that it does not list", async () => {
    const asked: string[] = [];
    const { on, time } = given(() => ({ listed: "1" }), {
      find: async (name) => {
        asked.push(name);
        await Promise.resolve();
        return /^\d+$/.test(name) ? `${Number(name) ** 2}` : undefined;
      },
    });
    expect(await on.names()).toEqual(["listed"]);
    expect(await on.text("12")).toBe("144");
    expect(await on.outcome("x", READ)).toBe("OBJECT_NAME_NOT_FOUND");
    expect(asked).toEqual(["12", "x"]);
    time.nowMs += 1_000;
    expect(await on.text("12")).toBe("144");
    expect(asked).toEqual(["12", "x", "12"]);
  });

  it("is told who asks, and for what", async () => {
    const { on } = given({
      d: dir((context) => ({ [`${context.userName}-${context.path}`.replace("/", "+")]: "" })),
    });
    expect(await on.as({ userName: "anna", sessionId: 1 }).names("d")).toEqual(["anna-d"]);
    expect(await on.as({ userName: "bert", sessionId: 2 }).names("d")).toEqual(["bert-d"]);
  });

  it("is refused with what it throws; what is no refusal is passed on, and the next call is made", async () => {
    const failures = [new NtError(NtStatus.ACCESS_DENIED), new Error("bug")];
    const { on } = given({
      d: dir(async () => {
        await Promise.resolve();
        const failure = failures.shift();
        if (failure !== undefined) throw failure;
        return { a: "1" };
      }),
    });
    expect(await on.outcome("d\\a", READ)).toBe("ACCESS_DENIED");
    await expect(on.outcome("d\\a", READ)).rejects.toThrow("bug");
    expect(await on.text("d\\a")).toBe("1");
  });

  it("makes the volume one that can be written, though nothing in it can", async () => {
    const { on } = given({ d: dir(() => ({ a: "1" })) });
    const create = { createDisposition: CreateDisposition.CREATE, desiredAccess: FILE_READ_DATA };
    const mkdir = { ...create, createOptions: FILE_DIRECTORY_FILE };
    expect(await on.outcome("d\\a", { desiredAccess: FILE_WRITE_DATA })).toBe("ACCESS_DENIED");
    expect(await on.outcome("d\\b", create)).toBe("ACCESS_DENIED");
    expect(await on.outcome("d\\b", mkdir)).toBe("ACCESS_DENIED");
    const open = await on.open("d\\a", { desiredAccess: MAXIMUM_ALLOWED });
    expect(open.grantedAccess & FILE_WRITE_DATA).toBe(0);
    expect(await open.setDisposition(true)).toMatchObject({ ok: false });
    await open.close();
  });
});

describe("lazy", () => {
  it("is made when it is first looked at, and stays", async () => {
    let calls = 0;
    const make = () => {
      calls++;
      return dir({ "in it": "1" });
    };
    const { on, tree } = given({ later: lazy(make), other: "x" });
    expect(await on.text("other")).toBe("x");
    expect(calls).toBe(0);
    expect(await on.names("later")).toEqual(["in it"]);
    expect(await on.names()).toEqual(["later", "other"]);
    expect(calls).toBe(1);
    tree.changed("later");
    await on.names();
    expect(calls).toBe(2);
  });

  it("is made again when its time has passed; may be late, and lazy again", async () => {
    let calls = 0;
    const inner = lazy(() => `made ${++calls}`, { cacheMs: 100 });
    const { on, time } = given({ a: lazy(async () => Promise.resolve(inner)) });
    expect(await on.text("a")).toBe("made 1");
    expect(await on.text("a")).toBe("made 1");
    time.nowMs += 100;
    expect(await on.text("a")).toBe("made 2");
  });

  it("ends, where it leads to itself", async () => {
    const loop: TreeEntry = lazy(() => loop);
    const { on } = given({ loop });
    await expect(on.text("loop")).rejects.toThrow("more than 8 lazy entries");
  });
});

describe("a file that a function makes", () => {
  it("is not made by listings, nor by looks at its attributes", async () => {
    let calls = 0;
    const { on } = given({ "now.txt": file(() => `${++calls}`) });
    await on.names();
    expect(await info(on, "now.txt")).toMatchObject({
      fileSize: 0,
      fileAttributes: FILE_ATTRIBUTE_OFFLINE,
    });
    expect(calls).toBe(0);
  });

  it("is made by an open of its data; then its size is known, and stays so", async () => {
    const { on, time } = given({ "now.txt": file(() => "12345") });
    time.nowMs += 7;
    expect(await info(on, "now.txt", READ)).toMatchObject({ fileSize: 5, fileAttributes: 0 });
    time.nowMs += 7;
    expect(await info(on, "now.txt")).toMatchObject({
      fileSize: 5,
      lastWriteTicks: ticksOfMs(1_000_007),
    });
  });

  it("is one and the same for all opens of a session while one is open, and another afterwards", async () => {
    let calls = 0;
    const { on } = given({ a: file(() => "x".repeat(++calls)) });
    const open = await on.open("a", READ);
    expect(await on.text("a")).toBe("x");
    expect((await info(on, "a")).fileSize).toBe(1);
    await open.close();
    expect(await on.text("a")).toBe("xx");
  });

  it.each([
    { view: undefined, contents: ["anna 1", "anna 2", "bert 3"] },
    { view: "user" as const, contents: ["anna 1", "anna 1", "bert 2"] },
    { view: "everybody" as const, contents: ["anna 1", "anna 1", "anna 1"] },
  ])("is shared as view $view says", async ({ view, contents }) => {
    let calls = 0;
    const { on } = given({ a: file(({ userName }) => `${userName} ${++calls}`, { view }) });
    const drivers = [
      on.as({ userName: "anna", sessionId: 1 }),
      on.as({ userName: "anna", sessionId: 2 }),
      on.as({ userName: "bert", sessionId: 3 }),
    ];
    const opens = [];
    for (const driver of drivers) opens.push(await driver.open("a", READ));
    const read = [];
    for (const driver of drivers) read.push(await driver.text("a"));
    expect(read).toEqual(contents);
    for (const open of opens) await open.close();
  });

  it("with cacheMs, serves later opens for that time", async () => {
    let calls = 0;
    const { on, time } = given({ a: file(() => `${++calls}`, { cacheMs: 50 }) });
    expect(await on.text("a")).toBe("1");
    time.nowMs += 49;
    expect(await on.text("a")).toBe("1");
    time.nowMs += 1;
    expect(await on.text("a")).toBe("2");
  });

  it("refuses with what it throws, and leaves nothing open", async () => {
    const failures = [new NtError(NtStatus.ACCESS_DENIED), new Error("bug")];
    const { on } = given({
      a: file(async () => {
        await Promise.resolve();
        const failure = failures.shift();
        if (failure !== undefined) throw failure;
        return "fine";
      }),
    });
    expect(await on.outcome("a", READ)).toBe("ACCESS_DENIED");
    await expect(on.outcome("a", READ)).rejects.toThrow("bug");
    expect(await on.text("a")).toBe("fine");
    expect(on.volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
  });

  it("may give any thenable, and JSON of anything", async () => {
    const thenable = {
      then: (settle: (value: string) => void) => {
        settle("later");
      },
    };
    const { on } = given({
      a: file(() => thenable as PromiseLike<string>),
      b: json(async ({ path }: { path: string }) => Promise.resolve({ path })),
    });
    expect(await on.text("a")).toBe("later");
    expect(JSON.parse(await on.text("b"))).toEqual({ path: "b" });
  });
});
