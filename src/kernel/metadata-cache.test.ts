import { describe, expect, it } from "vitest";
import { memory } from "../filesystems/memory/index.js";
import { type Change, ChangeAction, type FileSystem, type VolumeParams } from "../fs/index.js";
import {
  CreateDisposition,
  FILE_DIRECTORY_FILE,
  FILE_READ_ATTRIBUTES,
  ticksOfMs,
} from "../nt/index.js";
import { counted } from "../testing/counting-file-system.js";
import { FakeClock } from "../testing/fake-clock.js";
import { late } from "../testing/late-file-system.js";
import { outcomeOf, VolumeDriver } from "../testing/volume-driver.js";
import { MAX_CACHED_DIRECTORY_ENTRIES } from "./limits.js";
import type { Open } from "./open.js";

const TIMEOUT_MS = 1000;
const ALL_ON = {
  fileInfoTimeoutMs: TIMEOUT_MS,
  directoryTimeoutMs: TIMEOUT_MS,
  securityTimeoutMs: TIMEOUT_MS,
  volumeInfoTimeoutMs: TIMEOUT_MS,
};
const LEAVE_ALL = {
  fileAttributes: 0,
  creationTicks: 0n,
  lastAccessTicks: 0n,
  lastWriteTicks: 0n,
  changeTicks: 0n,
};
const MAKE = { createDisposition: CreateDisposition.CREATE };

/** A volume of a slow file system that counts what comes through to it, and can change by itself. */
async function slow(timeouts: Partial<VolumeParams> = ALL_ON) {
  const clock = new FakeClock();
  const inner = memory({ maxSize: 2 ** 26, now: () => ticksOfMs(clock.nowMs()) });
  let notify: (changes: readonly Change[]) => void = () => undefined;
  const { fileSystem, count } = counted(late(inner));
  const slowed = new Proxy(fileSystem, {
    get: (target, key) => {
      if (key === "volumeParams") return { ...inner.volumeParams, ...timeouts };
      if (key === "start") return (given: typeof notify) => void (notify = given);
      return Reflect.get(target, key, target) as unknown;
    },
  });
  const driver = new VolumeDriver(slowed, { clock });
  await driver.volume.start();
  return {
    clock,
    driver,
    count,
    inner,
    notify: (change: Change) => {
      notify([change]);
    },
  };
}

async function infoOf(open: Open) {
  const info = await open.getInfo();
  if (!info.ok) throw new Error(outcomeOf(info));
  return info.value;
}

describe("what is known of a slow file system", () => {
  it("is asked for every time where nothing is to be kept, by the file system itself", () => {
    const fileSystem: FileSystem = memory({ maxSize: 2 ** 20 });
    expect(new VolumeDriver(fileSystem).volume.fileSystem).toBe(fileSystem);
  });

  it("shows in front of it exactly what the file system can do", async () => {
    const { driver } = await slow();
    const uncached = new VolumeDriver(memory({ maxSize: 2 ** 20 }));
    expect(driver.volume.capabilities).toEqual(uncached.volume.capabilities);
    expect(Reflect.get(driver.volume.fileSystem, "readViews")).toBeUndefined();
  });

  it("is told again from what the open told, until the time is over", async () => {
    const { clock, driver, count } = await slow();
    await driver.makeFile("f", "abc");
    const open = await driver.open("f");
    count("getFileInfo");
    expect(await infoOf(open)).toMatchObject({ fileSize: 3 });
    clock.advance(TIMEOUT_MS - 1);
    await infoOf(open);
    expect(count("getFileInfo")).toBe(0);
    clock.advance(1);
    await infoOf(open);
    await infoOf(open);
    expect(count("getFileInfo")).toBe(1);
  });

  it("is looked up once for opens of one name, and of one that is not there", async () => {
    const { clock, driver, count } = await slow();
    await driver.makeFile("f");
    count("getSecurityByName");
    expect(await driver.outcome("F")).toBe("OPENED");
    expect(await driver.outcome("f")).toBe("OPENED");
    expect(await driver.outcome("missing")).toBe("OBJECT_NAME_NOT_FOUND");
    expect(await driver.outcome("missing")).toBe("OBJECT_NAME_NOT_FOUND");
    expect(count("getSecurityByName")).toBe(2);
    clock.advance(TIMEOUT_MS);
    expect(await driver.outcome("missing")).toBe("OBJECT_NAME_NOT_FOUND");
    expect(count("getSecurityByName")).toBe(1);
  });

  it("is listed once, and names are found in the listing", async () => {
    const { clock, driver, count } = await slow();
    await driver.makeFile("one");
    await driver.makeFile("two");
    expect(await driver.names()).toEqual(["one", "two"]);
    expect(await driver.names()).toEqual(["one", "two"]);
    expect(await driver.list("", "O*")).toEqual(["one"]);
    expect(await driver.list("", "TWO")).toEqual(["two"]);
    expect(await driver.list("", "three")).toEqual([]);
    expect(count("readDirectory")).toBe(1);
    expect(count("getDirectoryEntry")).toBe(0);
    clock.advance(TIMEOUT_MS);
    expect(await driver.list("", "TWO")).toEqual(["two"]);
    expect(await driver.list("", "two")).toEqual(["two"]);
    expect(count("getDirectoryEntry")).toBe(1);
  });

  it("is not kept of a listing that was left early, of a part, or of too many names", async () => {
    const { driver, count } = await slow();
    await driver.makeFile("one");
    await driver.makeFile("two");
    expect(await driver.list("", "o*")).toEqual(["one"]);
    const open = await driver.open("");
    const cursor = await open.directoryCursor("*", false);
    if (cursor.ok) for (let i = 0; i < 3; i++) await cursor.value.next();
    await open.close();
    count("readDirectory");
    expect(await driver.names()).toHaveLength(2);
    expect(count("readDirectory")).toBe(1);
    for (let i = 0; i < MAX_CACHED_DIRECTORY_ENTRIES; i++) await driver.makeFile(`f${i}`);
    await driver.names();
    await driver.names();
    expect(count("readDirectory")).toBe(2);
  });

  it("of the volume is asked once, until something changes", async () => {
    const { driver, count } = await slow();
    for (let i = 0; i < 3; i++) await driver.volume.getVolumeInfo();
    expect(count("getVolumeInfo")).toBe(1);
    await driver.makeFile("f", "abc");
    await driver.volume.getVolumeInfo();
    expect(count("getVolumeInfo")).toBe(1);
    const { caller } = await driver.open("f");
    expect(await driver.volume.setVolumeLabel("new", caller)).toMatchObject({ ok: true });
    expect(await driver.volume.getVolumeInfo()).toMatchObject({ value: { label: "new" } });
  });

  it("is not kept by another kind's time", async () => {
    const { driver, count } = await slow({ securityTimeoutMs: TIMEOUT_MS });
    await driver.makeFile("f");
    const open = await driver.open("f");
    count("getFileInfo");
    await infoOf(open);
    await infoOf(open);
    await driver.names();
    await driver.names();
    expect([count("getFileInfo"), count("readDirectory")]).toEqual([6, 2]); // the dots ask, too
    expect(count("getSecurityByName")).toBeGreaterThan(0);
    await driver.names();
    expect(count("getSecurityByName")).toBe(0);
  });
});

describe("a change", () => {
  it.each<{ what: string; act: (driver: VolumeDriver) => Promise<unknown> }>([
    {
      what: "a write",
      act: async (driver) => (await driver.open("d\\f")).write(Buffer.from("more"), 0),
    },
    { what: "a size", act: async (driver) => (await driver.open("d\\f")).setEndOfFile(4) },
    {
      what: "attributes",
      act: async (driver) =>
        (await driver.open("d\\f")).setBasicInfo({ ...LEAVE_ALL, fileAttributes: 2 }),
    },
    {
      what: "a stream",
      act: async (driver) => {
        const stream = await driver.open("d\\f:s", MAKE);
        await stream.write(Buffer.from("x"), 0);
      },
    },
    {
      what: "emptying",
      act: (driver) => driver.open("d\\f", { createDisposition: CreateDisposition.OVERWRITE }),
    },
    {
      what: "another file by its name",
      act: async (driver) => {
        await driver.remove("d\\f");
        await driver.makeFile("d\\f", "other");
      },
    },
    {
      what: "a rename over it",
      act: async (driver) => {
        await driver.makeFile("g", "g");
        const open = await driver.open("g");
        expect(await open.rename({ newName: "d\\f", replaceIfExists: true })).toMatchObject({
          ok: true,
        });
        await open.close();
      },
    },
    {
      what: "a rename of its directory and another in its place",
      act: async (driver) => {
        const open = await driver.open("d");
        expect(await open.rename({ newName: "e", replaceIfExists: false })).toMatchObject({
          ok: true,
        });
        await open.close();
        await driver.makeDirectory("d");
        await driver.makeFile("d\\f", "another");
      },
    },
  ])("of a file shows at once, whatever is kept: $what", async ({ act }) => {
    const { clock, driver, inner } = await slow();
    await driver.makeDirectory("d");
    await driver.makeFile("d\\f", "abc");
    const look = async () => {
      const open = await driver.open("d\\f", { desiredAccess: FILE_READ_ATTRIBUTES });
      const info = await infoOf(open);
      await open.close();
      const directory = await driver.open("d");
      const cursor = await directory.directoryCursor("f", false);
      const found = cursor.ok ? await cursor.value.next() : cursor;
      await directory.close();
      await driver.list("d", "*");
      return [info, found.ok ? found.value?.info : undefined];
    };
    await look();
    await look();
    clock.advance(TIMEOUT_MS / 2);
    await act(driver);
    const truth = inner.getDirectoryEntry(inner.open("\\d").file, "f")?.info;
    for (const seen of await look()) {
      expect(seen).toMatchObject({
        fileSize: truth?.fileSize,
        fileAttributes: truth?.fileAttributes,
        fileId: truth?.fileId,
      });
    }
  });

  it("of names shows in what is missing, in the listing and in the directory", async () => {
    const { clock, driver } = await slow();
    await driver.makeDirectory("d");
    const directory = await driver.open("d");
    const before = await infoOf(directory);
    expect(await driver.outcome("d\\f")).toBe("OBJECT_NAME_NOT_FOUND");
    expect(await driver.names("d")).toEqual([]);
    clock.advance(TIMEOUT_MS / 2);
    await driver.makeFile("d\\f");
    expect((await infoOf(directory)).lastWriteTicks > before.lastWriteTicks).toBe(true);
    expect(await driver.outcome("d\\f")).toBe("OPENED");
    expect(await driver.names("d")).toEqual(["f"]);
    await driver.remove("d\\f");
    expect(await driver.outcome("d\\f")).toBe("OBJECT_NAME_NOT_FOUND");
    expect(await driver.names("d")).toEqual([]);
  });

  it("of an answer on its way keeps it from being kept", async () => {
    const { driver, count } = await slow();
    await driver.makeFile("f", "abc");
    const open = await driver.open("f");
    await open.setBasicInfo({ ...LEAVE_ALL, creationTicks: 1n });
    count("getFileInfo");
    await Promise.all([1, 2, 3].map(async (n) => open.write(new Uint8Array(n), 0)));
    expect(await infoOf(open)).toMatchObject({ fileSize: 3 });
    expect(count("getFileInfo")).toBe(1);
  });

  it.each<{ how: string; lose: (fs: FileSystem, old: Open, other: Open) => unknown }>([
    {
      how: "another",
      lose: (fs, _old, { file, caller }) =>
        fs.rename?.(file, "\\g", { newPath: "\\f", replaceIfExists: true, isPosix: true }, caller),
    },
    {
      how: "nobody",
      lose: (fs, { file, caller }) =>
        fs.cleanup?.(file, "\\f", { isDelete: true, isAllocationReset: false }, caller),
    },
  ])("of a file that has lost its name to $how leaves who has it alone", async ({ lose }) => {
    const { driver } = await slow();
    await driver.makeFile("f", "old");
    await driver.makeFile("g", "newer");
    const old = await driver.open("f");
    const { fileSystem } = driver.volume;
    await lose(fileSystem, old, await driver.open("g"));
    const params = { isDirectory: false, createOptions: 0, grantedAccess: 0, fileAttributes: 0 };
    const nothing = {
      securityDescriptor: undefined,
      allocationSize: 0,
      extendedAttributes: undefined,
    };
    const named = await Promise.resolve(
      fileSystem.create?.("\\f", { ...params, ...nothing }, old.caller),
    ).catch(() => fileSystem.open("\\f", params, old.caller));
    const size = named?.info.fileSize;
    await old.write(Buffer.from("longer than that"), 0);
    expect(await fileSystem.getFileInfo(named?.file, old.caller)).toMatchObject({ fileSize: size });
    await old.write(Buffer.from("longer than that"), 0);
    expect(await infoOf(old)).toMatchObject({ fileSize: 16 });
  });

  it("of a name that led elsewhere shows in the names below it", async () => {
    const { driver, inner } = await slow();
    await driver.makeFile("link");
    const { fileSystem } = driver.volume;
    const { file, caller } = await driver.open("link");
    const look = () => Promise.resolve(fileSystem.getSecurityByName?.("\\link\\x", caller));
    const real = inner.getSecurityByName.bind(inner);
    inner.getSecurityByName = () => ({ fileAttributes: 0, reparseAt: 1 });
    expect(await look()).toMatchObject({ reparseAt: 1 });
    inner.getSecurityByName = real;
    expect(await look()).toMatchObject({ reparseAt: 1 });
    await fileSystem.cleanup?.(
      file,
      "\\link",
      { isDelete: true, isAllocationReset: false },
      caller,
    );
    await expect(look()).rejects.toThrow("OBJECT_PATH_NOT_FOUND");
  });

  it("behind the kernel's back shows when the file system tells of it, or the time is over", async () => {
    const { clock, driver, inner, notify } = await slow();
    await driver.makeFile("f", "abc");
    expect(await driver.names()).toEqual(["f"]);
    const open = await driver.open("f");
    await infoOf(open);
    const write = { toEndOfFile: false, isConstrained: false, keepTimes: false };
    inner.write(inner.open("\\f").file, Buffer.from("abcdef"), 0, write);
    expect(await infoOf(open)).toMatchObject({ fileSize: 3 });
    notify({ path: "\\f", action: ChangeAction.MODIFIED, filter: 0 });
    expect(await infoOf(open)).toMatchObject({ fileSize: 6 });

    expect(await driver.names()).toEqual(["f"]);
    const directory = inner.create("\\new", {
      isDirectory: true,
      createOptions: FILE_DIRECTORY_FILE,
      grantedAccess: 0,
      fileAttributes: 0,
      securityDescriptor: undefined,
      allocationSize: 0,
      extendedAttributes: undefined,
    });
    inner.close(directory.file);
    expect(await driver.names()).toEqual(["f"]);
    notify({ path: "\\new", action: ChangeAction.ADDED, filter: 0 });
    expect(await driver.names()).toEqual(["f", "new"]);
    inner.cleanup(inner.open("\\new").file, "\\new", { isDelete: true, isAllocationReset: false });
    expect(await driver.names()).toEqual(["f", "new"]);
    clock.advance(TIMEOUT_MS);
    expect(await driver.names()).toEqual(["f"]);
  });

  it("behind the kernel's back in what a create found is looked at again", async () => {
    const { driver, inner } = await slow();
    await driver.makeFile("f", "abc");
    expect(await driver.outcome("f")).toBe("OPENED");
    inner.cleanup(inner.open("\\f").file, "\\f", { isDelete: true, isAllocationReset: false });
    expect(await driver.outcome("f", { createDisposition: CreateDisposition.OPEN_IF })).toBe(
      "CREATED",
    );
  });
});
