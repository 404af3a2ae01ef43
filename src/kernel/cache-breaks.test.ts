import { describe, expect, it } from "vitest";
import { memory } from "../filesystems/memory/index.js";
import { type Change, ChangeAction, type FileSystem } from "../fs/index.js";
import {
  CreateDisposition,
  FILE_DELETE_ON_CLOSE,
  FILE_DIRECTORY_FILE,
  FILE_LIST_DIRECTORY,
  NtStatus,
} from "../nt/index.js";
import { FakeClock } from "../testing/fake-clock.js";
import { outcomeOf, VolumeDriver } from "../testing/volume-driver.js";
import type { CreateRequest } from "./create-request.js";
import { OPLOCK_BREAK_TIMEOUT_MS } from "./limits.js";
import type { Open } from "./open.js";
import {
  HANDLE_CACHING,
  type LeaseHolder,
  OplockLevel,
  READ_CACHING,
  WRITE_CACHING,
} from "./oplock.js";

const R = READ_CACHING;
const RH = R | HANDLE_CACHING;
const RW = R | WRITE_CACHING;
const RWH = RW | HANDLE_CACHING;
const DIRECTORY = { createOptions: FILE_DIRECTORY_FILE };
const LISTING = { ...DIRECTORY, desiredAccess: FILE_LIST_DIRECTORY };

/** What is told of a lease: how it was, and how it is to be. */
type Told = [from: number, to: number];

async function newVolume(fileSystem: FileSystem = memory({ maxSize: 2 ** 26 })) {
  const clock = new FakeClock();
  const driver = new VolumeDriver(fileSystem, { clock });
  await driver.makeFile("file", "abc");
  await driver.makeDirectory("dir");
  await driver.makeFile("dir\\inside", "abc");
  const opens: Open[] = [];
  const open = async (name: string, request: Partial<CreateRequest> = {}): Promise<Open> => {
    const opened = await driver.open(name, request);
    opens.push(opened);
    return opened;
  };
  /** An open under a lease of its own, what its holder is told, and how it answers. */
  const leased = async (name: string, state: number, request: Partial<CreateRequest> = {}) => {
    const told: Told[] = [];
    const tell: LeaseHolder["tell"] = ({ from, to }) => told.push([from, to]);
    const holder = { id: `${name}:${opens.length}`, tell };
    const lease = { holder, state, directoryLeaseId: undefined, isForDirectories: true };
    const opened = await open(name, { lease, ...request });
    const answer = (kept: number) => driver.volume.leases.find(holder.id)?.acknowledgeLease(kept);
    return { open: opened, told, answer, id: holder.id };
  };
  const leave = async () => {
    for (const one of opens) await one.close();
    expect(driver.volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
    expect(driver.volume.leases.size).toBe(0);
    expect(clock.timerCount).toBe(0);
  };
  return { clock, driver, open, leased, leave };
}

async function isSettled(promise: PromiseLike<unknown>): Promise<boolean> {
  let isDone = false;
  void promise.then(() => {
    isDone = true;
  });
  await new Promise(setImmediate);
  return isDone;
}

describe("a new size", () => {
  it("breaks what was granted while it was set, by a handle that keeps its times, too", async () => {
    const fileSystem = memory({ maxSize: 2 ** 26 });
    const setFileSize = fileSystem.setFileSize.bind(fileSystem);
    let letGo: () => void = () => undefined;
    const isLetGo = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const slow: FileSystem = fileSystem;
    slow.setFileSize = async (file, size) => {
      await isLetGo;
      return setFileSize(file as Parameters<typeof setFileSize>[0], size);
    };
    const { open, leased, leave } = await newVolume(slow);
    const writer = await open("file");
    const kept = { fileAttributes: 0, creationTicks: 0n, lastAccessTicks: 0n, changeTicks: 0n };
    await writer.setBasicInfo({ ...kept, lastWriteTicks: -1n });
    const setting = writer.setEndOfFile(1);
    const reader = await leased("file", R);
    letGo();
    expect(outcomeOf(await setting)).toBe("SUCCESS");
    expect(reader.told).toEqual([[R, 0]]);
    await leave();
  });
});

describe("a rename", () => {
  it("waits until nobody else keeps the file open for no program, and nobody waits for it", async () => {
    const { driver, leased, leave } = await newVolume();
    const own = await leased("file", RH);
    const other = await leased("file", RH);
    const renaming = own.open.rename({ newName: "new", replaceIfExists: true });
    expect(await isSettled(renaming)).toBe(false);
    expect([own.told, other.told]).toEqual([[], [[RH, R]]]);
    expect(await driver.outcome("new")).toBe("OBJECT_NAME_NOT_FOUND");
    expect(await driver.outcome("dir")).toBe("OPENED");
    other.answer(R);
    expect(outcomeOf(await renaming)).toBe("SUCCESS");
    expect(await driver.outcome("new")).toBe("OPENED");
    await leave();
  });

  it.each([
    { closes: true, outcome: "SUCCESS" },
    { closes: false, outcome: "ACCESS_DENIED" },
  ])("of a directory asks who is below it: closes $closes, $outcome", async (row) => {
    const { open, leased, leave } = await newVolume();
    const directory = await open("dir", DIRECTORY);
    const inside = await leased("dir\\inside", RWH);
    const renaming = directory.rename({ newName: "moved", replaceIfExists: false });
    expect(await isSettled(renaming)).toBe(false);
    expect(inside.told).toEqual([[RWH, RW]]);
    if (row.closes) await inside.open.close();
    else inside.answer(RW);
    expect(outcomeOf(await renaming)).toBe(row.outcome);
    await leave();
  });

  it("of a directory asks a batch oplock below it, too", async () => {
    const { open, leave } = await newVolume();
    const directory = await open("dir", DIRECTORY);
    const inside = await open("dir\\inside", { oplockLevel: OplockLevel.BATCH });
    inside.onOplockBreak((level) => {
      expect(level).toBe(OplockLevel.LEVEL_TWO);
      void inside.close();
    });
    const renamed = await directory.rename({ newName: "moved", replaceIfExists: false });
    expect(outcomeOf(renamed)).toBe("SUCCESS");
    await leave();
  });

  it.each([
    { closes: true, outcome: "SUCCESS" },
    { closes: false, outcome: "ACCESS_DENIED" },
  ])("asks who has the file that it replaces: closes $closes, $outcome", async (row) => {
    const { open, leased, leave } = await newVolume();
    const source = await open("file");
    const target = await leased("dir\\inside", RWH);
    const renaming = source.rename({ newName: "dir\\inside", replaceIfExists: true });
    expect(await isSettled(renaming)).toBe(false);
    expect(target.told).toEqual([[RWH, RW]]);
    if (row.closes) await target.open.close();
    else target.answer(RW);
    expect(outcomeOf(await renaming)).toBe(row.outcome);
    await leave();
  });

  it("that would be refused anyway asks nobody", async () => {
    const { open, leased, leave } = await newVolume();
    const source = await open("file");
    const target = await leased("dir\\inside", RWH);
    const renamed = await source.rename({ newName: "dir\\inside", replaceIfExists: false });
    expect(outcomeOf(renamed)).toBe("OBJECT_NAME_COLLISION");
    expect(target.told).toEqual([]);
    await leave();
  });

  it("into a directory that somebody may delete asks for the handle of that", async () => {
    const { open, leased, leave } = await newVolume();
    const directory = await leased("dir", RH, DIRECTORY);
    const source = await open("file");
    const renaming = source.rename({ newName: "dir\\new", replaceIfExists: false });
    expect(await isSettled(renaming)).toBe(false);
    expect(directory.told).toEqual([[RH, R]]);
    await directory.open.close();
    expect(outcomeOf(await renaming)).toBe("SUCCESS");
    await leave();
  });

  it("ends when its own open is closed meanwhile", async () => {
    const { open, leased, clock, leave } = await newVolume();
    const source = await open("file");
    await leased("file", RH);
    const renaming = source.rename({ newName: "new", replaceIfExists: false });
    expect(await isSettled(renaming)).toBe(false);
    await source.close();
    clock.advance(OPLOCK_BREAK_TIMEOUT_MS);
    expect(outcomeOf(await renaming)).toBe("FILE_CLOSED");
    await leave();
  });
});

describe("a deletion", () => {
  it("by disposition waits for others to give the handle, and leaves its own", async () => {
    const { leased, leave } = await newVolume();
    const own = await leased("file", RH);
    const other = await leased("file", RH);
    const deleting = Promise.resolve(own.open.setDisposition(true));
    expect(await isSettled(deleting)).toBe(false);
    expect([own.told, other.told]).toEqual([[], [[RH, R]]]);
    other.answer(R);
    expect(outcomeOf(await deleting)).toBe("SUCCESS");
    expect(own.open.isDeletePending).toBe(true);
    await leave();
  });

  it("that is taken back asks nobody", async () => {
    const { open, leased, leave } = await newVolume();
    const other = await leased("file", RH);
    expect(outcomeOf(await (await open("file")).setDisposition(false))).toBe("SUCCESS");
    expect(other.told).toEqual([]);
    await leave();
  });

  it("on close waits when it is opened, and asks again who came since", async () => {
    const { driver, leased, leave } = await newVolume();
    const first = await leased("file", RH);
    const opening = driver.create("file", { createOptions: FILE_DELETE_ON_CLOSE });
    expect(await isSettled(opening)).toBe(false);
    expect(first.told).toEqual([[RH, R]]);
    first.answer(R);
    const deleting = await opening;
    const second = await leased("file", RH);
    if (deleting.ok) await deleting.value.open.close();
    expect(second.told).toEqual([[RH, R]]);
    expect(await driver.outcome("file")).toBe("DELETE_PENDING");
    await leave();
    expect(await driver.outcome("file")).toBe("OBJECT_NAME_NOT_FOUND");
  });
});

describe("a lease on a directory", () => {
  const CREATE = { createDisposition: CreateDisposition.CREATE };

  const changes: readonly {
    readonly what: string;
    readonly change: (
      volume: Awaited<ReturnType<typeof newVolume>>,
      request: object,
    ) => Promise<unknown>;
  }[] = [
    {
      what: "a new file",
      change: ({ driver }, it) => driver.outcome("dir\\new", { ...CREATE, ...it }),
    },
    {
      what: "a new directory",
      change: ({ driver }, it) => driver.outcome("dir\\new", { ...CREATE, ...DIRECTORY, ...it }),
    },
    {
      what: "a deletion",
      change: ({ driver }, it) =>
        driver.outcome("dir\\inside", { createOptions: FILE_DELETE_ON_CLOSE, ...it }),
    },
    {
      what: "an emptied file",
      change: ({ driver }, it) => {
        const request = { createDisposition: CreateDisposition.OVERWRITE, ...it };
        return driver.outcome("dir\\inside", request);
      },
    },
    {
      what: "a rename within it",
      change: async ({ open }, it) =>
        (await open("dir\\inside", it)).rename({ newName: "dir\\new", replaceIfExists: false }),
    },
    {
      what: "a rename out of it",
      change: async ({ open }, it) =>
        (await open("dir\\inside", it)).rename({ newName: "new", replaceIfExists: false }),
    },
    {
      what: "a rename into it",
      change: async ({ open }, it) =>
        (await open("file", it)).rename({ newName: "dir\\new", replaceIfExists: false }),
    },
    {
      what: "a new size",
      change: async ({ open }, it) => (await open("dir\\inside", it)).setEndOfFile(7),
    },
  ];

  it.each(changes)("is lost by $what, and by nobody who knows of it", async ({ change }) => {
    for (const isKnown of [false, true]) {
      const volume = await newVolume();
      const { id, told } = await volume.leased("dir", RH, LISTING);
      const holder = { id: "child", tell: () => undefined };
      const directoryLeaseId = isKnown ? id : "somebody else's";
      const lease = { holder, state: RH, directoryLeaseId, isForDirectories: true };
      await change(volume, { lease });
      expect(told).toEqual(isKnown ? [] : [[RH, 0]]);
      await volume.leave();
    }
  });

  it("is lost by a write when the file is closed, and not before", async () => {
    const { open, leased, leave } = await newVolume();
    const { told } = await leased("dir", RH, LISTING);
    const writer = await open("dir\\inside");
    await writer.write(Buffer.from("more than there was"), 0);
    expect(told).toEqual([]);
    await writer.close();
    expect(told).toEqual([[RH, 0]]);
    await leave();
  });

  it("stays where something below its entries changes, and where one is only opened", async () => {
    const { driver, leased, leave } = await newVolume();
    const { told } = await leased("", RH, LISTING);
    await driver.outcome("dir\\new", CREATE);
    await driver.text("file");
    await driver.outcome("file:stream", CREATE);
    expect(told).toEqual([]);
    await leave();
  });

  it("of the root is lost by a new name there", async () => {
    const { driver, leased, leave } = await newVolume();
    const { told, answer } = await leased("", RH, LISTING);
    await driver.outcome("new", CREATE);
    expect(told).toEqual([[RH, 0]]);
    expect(answer(0)).toBe(NtStatus.SUCCESS);
    await leave();
  });

  it("gives the handle where the directory is to go", async () => {
    const { driver, leased, leave } = await newVolume();
    await driver.makeDirectory("empty");
    const { told, answer, open } = await leased("empty", RH, DIRECTORY);
    const second = await driver.open("empty", DIRECTORY);
    const deleting = Promise.resolve(second.setDisposition(true));
    expect(await isSettled(deleting)).toBe(false);
    expect(told).toEqual([[RH, R]]);
    answer(R);
    expect(outcomeOf(await deleting)).toBe("SUCCESS");
    await open.close();
    await second.close();
    await leave();
  });
});

describe("a change that the file system tells of", () => {
  /** A volume whose file system can be made to tell. */
  async function telling() {
    const fileSystem = memory({ maxSize: 2 ** 26 });
    let notify: (changes: readonly Change[]) => void = () => undefined;
    Object.assign(fileSystem, {
      start(given: typeof notify) {
        notify = given;
      },
    });
    const volume = await newVolume(fileSystem);
    await volume.driver.volume.start();
    const tell = (action: ChangeAction, path: string, filter = 0) => {
      notify([{ action, path, filter }]);
    };
    return { ...volume, tell };
  }

  it.each([
    { action: ChangeAction.MODIFIED, path: "\\dir\\inside", lost: true, directory: true },
    { action: ChangeAction.MODIFIED, path: "\\DIR\\Inside", lost: true, directory: true },
    { action: ChangeAction.REMOVED, path: "\\dir\\inside", lost: true, directory: true },
    { action: ChangeAction.RENAMED_OLD_NAME, path: "\\dir\\inside", lost: true, directory: true },
    { action: ChangeAction.ADDED, path: "\\dir\\new", lost: false, directory: true },
    { action: ChangeAction.MODIFIED, path: "\\dir\\other", lost: false, directory: true },
    { action: ChangeAction.REMOVED, path: "\\dir", lost: true, directory: true },
    { action: ChangeAction.MODIFIED, path: "\\dir", lost: false, directory: true },
    { action: ChangeAction.MODIFIED, path: "\\dir\\inside:stream", lost: false, directory: false },
    { action: ChangeAction.MODIFIED, path: "\\file", lost: false, directory: false },
    { action: ChangeAction.MODIFIED, path: "\\dir\\a\\b", lost: false, directory: false },
    { action: ChangeAction.MODIFIED, path: "\\dir\\in?valid", lost: false, directory: false },
  ])("$action of $path: the file's lease $lost, the directory's $directory", async (row) => {
    const { leased, tell, leave } = await telling();
    const directory = await leased("dir", RH, LISTING);
    const file = await leased("dir\\inside", RWH);
    tell(row.action, row.path);
    expect(file.told).toEqual(row.lost ? [[RWH, 0]] : []);
    expect(directory.told).toEqual(row.directory ? [[RH, 0]] : []);
    await leave();
  });

  it.each([
    { level: OplockLevel.LEVEL_TWO, left: OplockLevel.NONE },
    { level: OplockLevel.BATCH, left: OplockLevel.BATCH }, // until it is acknowledged
  ])("breaks an oplock of $level to none", async ({ level, left }) => {
    const { open, tell, leave } = await telling();
    const holder = await open("file", { oplockLevel: level });
    const told: OplockLevel[] = [];
    holder.onOplockBreak((to) => told.push(to));
    tell(ChangeAction.MODIFIED, "\\file");
    expect(told).toEqual([OplockLevel.NONE]);
    expect(holder.oplockLevel).toBe(left);
    await leave();
  });
});

describe("a change that takes its time", () => {
  const CHANGING = ["write", "setFileSize", "overwrite"];

  /** A file system whose changes of data are done when they are let. */
  function holding() {
    const fileSystem = memory({ maxSize: 2 ** 26 });
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    let isHeld = false;
    const held = new Proxy(fileSystem, {
      get: (target, key) => {
        const member: unknown = Reflect.get(target, key, target);
        if (typeof member !== "function") return member;
        return (...args: unknown[]) => {
          const call = () => Reflect.apply(member, target, args) as unknown;
          return isHeld && CHANGING.includes(String(key)) ? gate.then(call) : call();
        };
      },
    });
    const hold = () => {
      isHeld = true;
    };
    return { fileSystem: held, hold, release };
  }

  it.each([
    { what: "a write", change: (open: Open) => open.write(Buffer.from("x"), 0) },
    { what: "a new end", change: (open: Open) => open.setEndOfFile(1) },
    {
      what: "an overwrite",
      change: async (_: Open, driver: VolumeDriver) =>
        driver.outcome("file", { createDisposition: CreateDisposition.OVERWRITE }),
    },
  ])("is not hidden from who read meanwhile: $what", async ({ change }) => {
    const { fileSystem, hold, release } = holding();
    const { open, driver, leased, leave } = await newVolume(fileSystem);
    const writer = await open("file");
    hold();
    const changing = change(writer, driver);
    const { told } = await leased("file", R);
    expect(told).toEqual([]);
    release();
    await changing;
    expect(told).toEqual([[R, 0]]);
    await leave();
  });
});
