import { expect, it, vi } from "vitest";
import { delegate } from "../../delegation/index.js";
import type { FileSystem } from "../../fs/index.js";
import { FILE_WRITE_DATA } from "../../nt/index.js";
import { VolumeDriver } from "../../testing/volume-driver.js";
import { memory } from "../memory/index.js";
import { overlay } from "./index.js";
import type * as Limits from "./limits.js";

vi.mock("./limits.js", async (original) => ({
  ...(await original<typeof Limits>()),
  MAX_KEPT_IDS: 3,
}));

const make = () => memory({ maxSize: 2 ** 24 });

async function idOf(driver: VolumeDriver, name: string): Promise<bigint> {
  const open = await driver.open(name, { desiredAccess: 1 });
  await open.close();
  return open.createInfo.fileId;
}

async function write(driver: VolumeDriver, name: string, text: string): Promise<void> {
  const open = await driver.open(name, { desiredAccess: FILE_WRITE_DATA });
  await open.write(Buffer.from(text), 0);
  await open.close();
}

async function lowerLayer(): Promise<FileSystem> {
  const lower = make();
  const below = new VolumeDriver(lower);
  for (const name of ["a", "a\\b", "a\\b\\c", "d"]) await below.makeDirectory(name);
  for (const name of ["a\\b\\c\\file", "d\\file"]) await below.makeFile(name, "old");
  return lower;
}

it("directories that nobody has open keep their ids when something below them is copied, up to the limit", async () => {
  const driver = new VolumeDriver(overlay(make(), await lowerLayer()));
  const names = ["a", "a\\b", "a\\b\\c", "a\\b\\c\\file", "d"];
  const before = await Promise.all(names.map((name) => idOf(driver, name)));
  await write(driver, "a\\b\\c\\file", "new");
  await write(driver, "d\\file", "new");
  const after = await Promise.all(names.map((name) => idOf(driver, name)));
  expect(names.filter((_, i) => before[i] === after[i])).toEqual(["a", "a\\b", "a\\b\\c"]);
});

it("who opens a file while it is copied has the copy, also beyond the limit", async () => {
  const lower = await lowerLayer();
  let hasOpened: () => void = () => undefined;
  const isOpen = new Promise<void>((resolve) => {
    hasOpened = resolve;
  });
  let goOn: () => void = () => undefined;
  const mayGoOn = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  let isSlow = false;
  const slow = delegate(lower, (operation, method) => {
    if (operation !== "open") return method;
    return async (...args) => {
      const opened = await method(...args);
      if (!isSlow || args[0] !== "\\d\\file") return opened;
      isSlow = false;
      hasOpened();
      await mayGoOn;
      return opened;
    };
  });
  const driver = new VolumeDriver(overlay(make(), slow));
  await write(driver, "a\\b\\c\\file", "new"); // as many as are kept
  isSlow = true;
  const reading = driver.text("d\\file");
  await isOpen;
  await write(driver, "d\\file", "new");
  goOn();
  expect(await reading).toBe("new");
});
