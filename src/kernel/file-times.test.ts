import { describe, expect, it } from "vitest";
import { memory } from "../filesystems/memory/index.js";
import { CreateDisposition, FILE_WRITE_ATTRIBUTES, ticksOfMs } from "../nt/index.js";
import { FakeClock } from "../testing/fake-clock.js";
import { late } from "../testing/late-file-system.js";
import { outcomeOf, VolumeDriver } from "../testing/volume-driver.js";
import type { BasicInfoRequest } from "./file-times.js";
import { WRITE_TIME_DELAY_MS } from "./limits.js";
import type { Open } from "./open.js";

const LEAVE_ALL: BasicInfoRequest = {
  fileAttributes: 0,
  creationTicks: 0n,
  lastAccessTicks: 0n,
  lastWriteTicks: 0n,
  changeTicks: 0n,
};
const STOP = -1n;
const RESUME = -2n;
const MAKE = { createDisposition: CreateDisposition.OPEN_IF };

/** A volume whose time goes on when told, of a file system that answers at once, or later. */
function volume(isLate: boolean) {
  const clock = new FakeClock();
  const fs = memory({ maxSize: 2 ** 26, now: () => ticksOfMs(clock.nowMs()) });
  const driver = new VolumeDriver(isLate ? late(fs) : fs, { clock });
  return { clock, driver, now: () => ticksOfMs(clock.nowMs()) };
}

async function infoOf(open: Open) {
  const info = await open.getInfo();
  if (!info.ok) throw new Error(outcomeOf(info));
  return info.value;
}

const writeTimeOf = async (open: Open) => (await infoOf(open)).lastWriteTicks;

describe.each([{ isLate: false }, { isLate: true }])(
  "times, where late is $isLate",
  ({ isLate }) => {
    it("do not show the first write of an open for two seconds", async () => {
      const { clock, driver, now } = volume(isLate);
      const open = await driver.open("f", MAKE);
      const before = await writeTimeOf(open);
      clock.advance(1000);
      await open.write(Buffer.from("x"), 0);
      const written = now();
      clock.advance(WRITE_TIME_DELAY_MS - 1);
      expect(await infoOf(open)).toMatchObject({
        fileSize: 1,
        lastWriteTicks: before,
        changeTicks: before,
      });
      clock.advance(1);
      expect(await infoOf(open)).toMatchObject({ lastWriteTicks: written, changeTicks: written });
    });

    it("do not show later writes of an open before it is closed", async () => {
      const { clock, driver, now } = volume(isLate);
      const open = await driver.open("f", MAKE);
      await open.write(Buffer.from("x"), 0);
      clock.advance(3000);
      const first = await writeTimeOf(open);
      await open.write(Buffer.from("y"), 0);
      const second = now();
      clock.advance(3000);
      expect(await writeTimeOf(open)).toBe(first);
      expect(await open.getFinalInfo()).toMatchObject({ value: { lastWriteTicks: second } });
      await open.close();
      expect(await writeTimeOf(await driver.open("f"))).toBe(second);
    });

    it("are told by another open as by the one that wrote", async () => {
      const { clock, driver } = volume(isLate);
      const open = await driver.open("f", MAKE);
      const before = await writeTimeOf(open);
      clock.advance(1000);
      await open.write(Buffer.from("x"), 0);
      const other = await driver.open("f");
      expect(other.createInfo.lastWriteTicks).toBe(before);
      expect(await writeTimeOf(other)).toBe(before);
      expect(await other.getFinalInfo()).toMatchObject({ value: { lastWriteTicks: before } });
    });

    it.each<{ what: string; act: (open: Open) => unknown }>([
      { what: "a flush", act: (open) => open.flush() },
      { what: "setting the end of file", act: (open) => open.setEndOfFile(1) },
      { what: "setting the allocation", act: (open) => open.setAllocation(4096) },
      { what: "setting nothing", act: (open) => open.setBasicInfo(LEAVE_ALL) },
      {
        what: "setting a time",
        act: (open) => open.setBasicInfo({ ...LEAVE_ALL, creationTicks: 1n }),
      },
      {
        what: "resuming",
        act: (open) => open.setBasicInfo({ ...LEAVE_ALL, lastWriteTicks: RESUME }),
      },
    ])("show a write after $what", async ({ act }) => {
      const { clock, driver, now } = volume(isLate);
      const open = await driver.open("f", MAKE);
      clock.advance(1000);
      await open.write(Buffer.from("x"), 0);
      await act(open);
      expect(await writeTimeOf(open)).toBe(now());
    });

    it("move with a write even where the clock does not", async () => {
      const { driver } = volume(isLate);
      const open = await driver.open("f", MAKE);
      const before = await writeTimeOf(open);
      await open.write(Buffer.from("x"), 0);
      await open.setBasicInfo(LEAVE_ALL);
      expect((await writeTimeOf(open)) > before).toBe(true);
    });

    it("that another open sets after a write stay when the writer is closed", async () => {
      const { clock, driver } = volume(isLate);
      const open = await driver.open("f", MAKE);
      clock.advance(1000);
      await open.write(Buffer.from("x"), 0);
      const other = await driver.open("f", { desiredAccess: FILE_WRITE_ATTRIBUTES });
      await other.setBasicInfo({ ...LEAVE_ALL, lastWriteTicks: 77n });
      expect(await open.getFinalInfo()).toMatchObject({ value: { lastWriteTicks: 77n } });
      await open.close();
      expect(await writeTimeOf(await driver.open("f"))).toBe(77n);
    });

    it("are not touched by a request that sets nothing", async () => {
      const { clock, driver } = volume(isLate);
      const open = await driver.open("f", MAKE);
      const before = await infoOf(open);
      clock.advance(1000);
      await open.setBasicInfo(LEAVE_ALL);
      const stop = {
        creationTicks: STOP,
        lastAccessTicks: STOP,
        lastWriteTicks: STOP,
        changeTicks: STOP,
      };
      await open.setBasicInfo({ fileAttributes: 0, ...stop });
      await open.setBasicInfo({ ...LEAVE_ALL, changeTicks: RESUME });
      expect(await infoOf(open)).toEqual(before);
    });

    it.each<{ how: string; request: Partial<BasicInfoRequest>; expected: bigint | undefined }>([
      { how: "set", request: { lastWriteTicks: 77n, changeTicks: 77n }, expected: 77n },
      { how: "stopped", request: { lastWriteTicks: STOP, changeTicks: STOP }, expected: undefined },
    ])("that were $how stay on this open, whatever it does", async ({ request, expected }) => {
      const { clock, driver } = volume(isLate);
      const open = await driver.open("f", MAKE);
      const before = await infoOf(open);
      await open.setBasicInfo({ ...LEAVE_ALL, ...request });
      clock.advance(1000);
      await open.write(Buffer.from("abc"), 0);
      await open.setEndOfFile(1);
      await open.setAllocation(0);
      await open.setBasicInfo({ ...LEAVE_ALL, fileAttributes: 0x80 });
      const ticks = expected ?? before.lastWriteTicks;
      expect(await infoOf(open)).toMatchObject({
        fileSize: 0,
        lastWriteTicks: ticks,
        changeTicks: ticks,
      });
      await open.close();
      expect(await infoOf(await driver.open("f"))).toMatchObject({
        lastWriteTicks: ticks,
        changeTicks: ticks,
      });
    });

    it("that were stopped go on when told, and on other opens anyhow", async () => {
      const { clock, driver, now } = volume(isLate);
      const open = await driver.open("f", MAKE);
      await open.setBasicInfo({ ...LEAVE_ALL, lastWriteTicks: STOP });
      clock.advance(1000);
      const other = await driver.open("f");
      await other.write(Buffer.from("x"), 0);
      await other.close();
      expect(await writeTimeOf(open)).toBe(now());
      await open.setBasicInfo({ ...LEAVE_ALL, lastWriteTicks: RESUME });
      clock.advance(1000);
      await open.write(Buffer.from("y"), 0);
      expect(await open.getFinalInfo()).toMatchObject({ value: { lastWriteTicks: now() } });
    });

    it.each<{ what: string; request: Partial<BasicInfoRequest> }>([
      { what: "a time below -2", request: { lastAccessTicks: -3n } },
      { what: "a file as a directory", request: { fileAttributes: 0x10 } },
    ])("and attributes are refused: $what", async ({ request }) => {
      const { driver } = volume(isLate);
      const open = await driver.open("f", MAKE);
      const set = await open.setBasicInfo({ ...LEAVE_ALL, ...request });
      expect(outcomeOf(set)).toBe("INVALID_PARAMETER");
    });
  },
);

describe("what a close tells", () => {
  it("counts what the last close gives back", async () => {
    const { driver } = volume(false);
    const open = await driver.open("f", { ...MAKE, allocationSize: 1 << 20 });
    await open.write(Buffer.from("x"), 0);
    const other = await driver.open("f");
    expect(await open.getFinalInfo()).toMatchObject({ value: { allocationSize: 1 << 20 } });
    await open.close();
    expect(await other.getFinalInfo()).toMatchObject({ value: { allocationSize: 4096 } });
    await other.close();
    expect(await infoOf(await driver.open("f"))).toMatchObject({ allocationSize: 4096 });
  });

  it("leaves the offset where the last read or write ended", async () => {
    const { driver } = volume(false);
    const open = await driver.open("f", MAKE);
    await open.write(Buffer.from("abcdef"), 2);
    expect(open.currentByteOffset).toBe(8);
    await open.write(Buffer.from("gh"), undefined);
    expect(open.currentByteOffset).toBe(10);
    await open.read(new Uint8Array(100), 4);
    expect(open.currentByteOffset).toBe(10);
    await open.read(new Uint8Array(3), 4);
    expect(open.currentByteOffset).toBe(7);
  });
});
