import { describe, expect, it } from "vitest";
import { memory } from "../filesystems/memory/index.js";
import {
  CreateDisposition,
  FILE_APPEND_DATA,
  FILE_READ_ATTRIBUTES,
  FILE_READ_DATA,
  FILE_WRITE_DATA,
  NtStatus,
  statusName,
} from "../nt/index.js";
import { late } from "../testing/late-file-system.js";
import { outcomeOf, VolumeDriver } from "../testing/volume-driver.js";
import type { RangeLock } from "./lock-table.js";
import type { Open } from "./open.js";
import { OplockLevel } from "./oplock.js";

const firstTen: RangeLock = { offset: 0n, length: 10n, isExclusive: true };
const firstTenShared: RangeLock = { ...firstTen, isExclusive: false };
const afterHundred: RangeLock = { offset: 100n, length: 10n, isExclusive: true };

const fileSystems = [
  { kind: "a file system that answers at once", make: () => memory() },
  { kind: "a file system that answers late", make: () => late(memory()) },
];

/** Two opens of a file of 100 bytes. */
async function twoOpens(fileSystem = memory() as ReturnType<typeof late>) {
  const driver = new VolumeDriver(fileSystem);
  await driver.makeFile("a", "x".repeat(100));
  return { driver, one: await driver.open("a"), two: await driver.open("a") };
}

async function reading(open: Open, offset: number, length: number): Promise<string> {
  return outcomeOf(await open.read(new Uint8Array(length), offset));
}

async function writing(open: Open, offset: number | undefined, length = 1): Promise<string> {
  return outcomeOf(await open.write(new Uint8Array(length), offset));
}

describe.each(fileSystems)("byte-range locks of $kind", ({ make }) => {
  it("keep others from reading and writing what is locked, until it is unlocked", async () => {
    const { one, two } = await twoOpens(make());
    expect(one.lock([firstTen])).toBe(NtStatus.SUCCESS);
    expect(await reading(two, 9, 5)).toBe("FILE_LOCK_CONFLICT");
    expect(await writing(two, 9)).toBe("FILE_LOCK_CONFLICT");
    expect(outcomeOf(two.readViews(9, 5) ?? { ok: true, value: [] })).toBe(
      two.volume.fileSystem.readViews === undefined ? "SUCCESS" : "FILE_LOCK_CONFLICT",
    );
    expect(await reading(two, 10, 5)).toBe("SUCCESS");
    expect(await writing(two, 10)).toBe("SUCCESS");
    expect(await reading(one, 0, 10)).toBe("SUCCESS");
    expect(await writing(one, 0)).toBe("SUCCESS");
    expect(one.unlock(firstTen)).toBe(NtStatus.SUCCESS);
    expect(await reading(two, 9, 5)).toBe("SUCCESS");
    expect(await writing(two, 9)).toBe("SUCCESS");
  });

  it("keep everybody from writing what is locked shared", async () => {
    const { one, two } = await twoOpens(make());
    one.lock([firstTenShared]);
    expect(await reading(two, 0, 5)).toBe("SUCCESS");
    expect(await writing(two, 0)).toBe("FILE_LOCK_CONFLICT");
    expect(await writing(one, 0)).toBe("FILE_LOCK_CONFLICT");
  });

  it("let nothing be read and written anywhere", async () => {
    const { one, two } = await twoOpens(make());
    one.lock([firstTen]);
    expect(await reading(two, 5, 0)).toBe("SUCCESS");
    expect(await writing(two, 5, 0)).toBe("SUCCESS");
  });

  it("keep others from writing at the end of the file, where it is locked", async () => {
    const { one, two } = await twoOpens(make());
    one.lock([firstTen]);
    expect(await writing(two, undefined)).toBe("SUCCESS"); // 101 bytes now
    one.lock([afterHundred]);
    expect(await writing(two, undefined)).toBe("FILE_LOCK_CONFLICT");
    expect(await writing(one, undefined)).toBe("SUCCESS");
  });

  it("go when their open is closed, and those who wait have them", async () => {
    const { one, two } = await twoOpens(make());
    one.lock([firstTen]);
    const waiting = two.lockOrWait(firstTen, () => undefined);
    await one.close();
    expect(await waiting).toBe(NtStatus.SUCCESS);
    expect(two.node.locks.size).toEqual({ held: 1, waiting: 0 });
    await two.close();
    expect(two.node.locks.size).toEqual({ held: 0, waiting: 0 });
  });

  it("are waited for no longer when the open is closed", async () => {
    const { one, two } = await twoOpens(make());
    one.lock([firstTen]);
    const waiting = two.lockOrWait(firstTen, () => undefined);
    await two.close();
    expect(await waiting).toBe(NtStatus.RANGE_NOT_LOCKED);
    expect(two.lock([afterHundred])).toBe(NtStatus.FILE_CLOSED);
    expect(two.lockOrWait(afterHundred, () => undefined)).toBe(NtStatus.FILE_CLOSED);
  });
});

describe("byte-range locks", () => {
  it("are refused on directories", async () => {
    const driver = new VolumeDriver(memory());
    await driver.makeDirectory("d");
    const open = await driver.open("d");
    expect(open.lock([firstTen])).toBe(NtStatus.INVALID_PARAMETER);
    expect(open.lockOrWait(firstTen, () => undefined)).toBe(NtStatus.INVALID_PARAMETER);
    expect(open.unlock(firstTen)).toBe(NtStatus.INVALID_PARAMETER);
  });

  it.each([
    { right: "FILE_READ_DATA", desiredAccess: FILE_READ_DATA, status: "SUCCESS" },
    { right: "FILE_WRITE_DATA", desiredAccess: FILE_WRITE_DATA, status: "SUCCESS" },
    { right: "FILE_APPEND_DATA", desiredAccess: FILE_APPEND_DATA, status: "ACCESS_DENIED" },
    { right: "FILE_READ_ATTRIBUTES", desiredAccess: FILE_READ_ATTRIBUTES, status: "ACCESS_DENIED" },
  ])("with $right: $status", async ({ desiredAccess, status }) => {
    const driver = new VolumeDriver(memory());
    await driver.makeFile("a");
    const open = await driver.open("a", { desiredAccess });
    expect(statusName(open.lock([firstTen]))).toBe(status);
  });

  it("of a stream are not those of its file", async () => {
    const driver = new VolumeDriver(memory());
    await driver.makeFile("a", "text");
    const file = await driver.open("a");
    const stream = await driver.open("a:s", { createDisposition: CreateDisposition.CREATE });
    expect(file.lock([firstTen])).toBe(NtStatus.SUCCESS);
    expect(stream.lock([firstTen])).toBe(NtStatus.SUCCESS);
  });

  it("leave the file to be emptied by a create", async () => {
    const { driver, one } = await twoOpens();
    one.lock([firstTen]);
    const request = { createDisposition: CreateDisposition.OVERWRITE };
    expect(await driver.outcome("a", request)).toBe("OVERWRITTEN");
  });

  it("take level II oplocks away, and none is granted while there are any", async () => {
    const driver = new VolumeDriver(memory());
    await driver.makeFile("a", "text");
    const locker = await driver.open("a");
    const reader = await driver.open("a", { oplockLevel: OplockLevel.LEVEL_TWO });
    const told: OplockLevel[] = [];
    reader.onOplockBreak((level) => told.push(level));
    expect(reader.oplockLevel).toBe(OplockLevel.LEVEL_TWO);
    locker.lock([firstTen]);
    expect(told).toEqual([OplockLevel.NONE]);
    const late = await driver.open("a", { oplockLevel: OplockLevel.LEVEL_TWO });
    expect(late.oplockLevel).toBe(OplockLevel.NONE);
    locker.unlock(firstTen);
    const last = await driver.open("a", { oplockLevel: OplockLevel.LEVEL_TWO });
    expect(last.oplockLevel).toBe(OplockLevel.LEVEL_TWO);
  });

  it("leave the exclusive oplock of their own open alone", async () => {
    const driver = new VolumeDriver(memory());
    await driver.makeFile("a", "text");
    const open = await driver.open("a", { oplockLevel: OplockLevel.BATCH });
    const told: OplockLevel[] = [];
    open.onOplockBreak((level) => told.push(level));
    expect(open.lock([firstTen])).toBe(NtStatus.SUCCESS);
    expect(open.oplockLevel).toBe(OplockLevel.BATCH);
    expect(told).toEqual([]);
  });
});
