/**
 * What becomes of an overlay whose upper layer is gone in the middle of an operation: clients of the next overlay over the same
 * layers see what was there before, or what was to be there after, and nothing in between.
 *
 * @packageDocumentation
 */
import { describe, expect, it } from "vitest";
import type { FileSystem } from "../../fs/index.js";
import { CreateDisposition, FILE_DIRECTORY_FILE } from "../../nt/index.js";
import { balanced } from "../../testing/balanced-file-system.js";
import { VolumeDriver } from "../../testing/volume-driver.js";
import { faulty } from "../faulty/index.js";
import { memory } from "../memory/index.js";
import { overlay } from "./index.js";

const make = () => memory({ maxSize: 2 ** 24, now: () => 133_000_000_000_000_000n });

async function lowerLayer(): Promise<FileSystem> {
  const fileSystem = make();
  const driver = new VolumeDriver(fileSystem);
  for (const name of ["dir", "dir\\sub", "empty"]) await driver.makeDirectory(name);
  for (const name of ["file", "dir\\inside", "dir\\sub\\deep", "other"]) {
    await driver.makeFile(name, `${name} as it was`);
    await driver.makeFile(`${name}:stream`, "a stream");
  }
  return fileSystem;
}

/** All names, and what is in them. */
async function shown(driver: VolumeDriver, directory = ""): Promise<string[]> {
  const lines: string[] = [];
  for (const name of await driver.names(directory)) {
    const path = directory === "" ? name : `${directory}\\${name}`;
    const open = await driver.open(path);
    const { isDirectory } = open;
    await open.close();
    if (isDirectory) lines.push(path, ...(await shown(driver, path)));
    else lines.push(`${path}=${await driver.text(path)} ${await driver.text(`${path}:stream`)}`);
  }
  return lines;
}

type Operation = (driver: VolumeDriver) => Promise<unknown>;

const rename =
  (from: string, to: string, replaceIfExists = false, isPosix = false): Operation =>
  async (driver) => {
    const open = await driver.open(from);
    await open.rename({ newName: to, replaceIfExists, isPosix });
    await open.close();
  };

const OPERATIONS: Readonly<Record<string, Operation>> = {
  "deleting a file": (driver) => driver.remove("file"),
  "deleting a directory": (driver) => driver.remove("empty"),
  "renaming a file": rename("file", "new"),
  "renaming a file deep down": rename("dir\\sub\\deep", "dir\\new"),
  "replacing a file": rename("file", "other", true),
  "replacing a directory": rename("dir", "empty", true, true),
  "replacing a file by a directory": rename("dir", "file", true, true),
  "copying up": async (driver) => {
    const open = await driver.open("dir\\sub\\deep");
    await open.setEas([{ name: "EA", value: Buffer.from("x"), isNeeded: false }]);
    await open.close();
  },
  "linking a file": async (driver) => {
    const open = await driver.open("file");
    await open.makeLink({ newName: "dir\\link", replaceIfExists: false });
    await open.close();
  },
  "making what was deleted": async (driver) => {
    const createDisposition = CreateDisposition.CREATE;
    await driver.outcome("gone", { createDisposition, createOptions: FILE_DIRECTORY_FILE });
  },
};

/** Something happens after these: as the upper layer is at first. */
async function upperLayer(lower: FileSystem): Promise<FileSystem> {
  const upper = make();
  const driver = new VolumeDriver(overlay(upper, lower));
  await driver.makeDirectory("gone");
  await driver.remove("gone");
  return upper;
}

describe("an overlay whose upper layer fails", () => {
  it.each(Object.entries(OPERATIONS))("%s is done, or not", async (_name, run) => {
    const lower = await lowerLayer();
    const before = await shown(new VolumeDriver(overlay(await upperLayer(lower), lower)));
    const done = new VolumeDriver(overlay(await upperLayer(lower), lower));
    await run(done);
    const after = await shown(done);
    let wasDone = false;
    for (let count = 0; !wasDone; count++) {
      const inner = await upperLayer(lower);
      const upper = faulty(inner);
      const fault = upper.faults.fail({}, "IO_DEVICE_ERROR", { after: count });
      await run(new VolumeDriver(overlay(upper, lower))).catch(() => undefined);
      wasDone = fault.hits === 0;
      fault.end();
      const next = await shown(new VolumeDriver(overlay(inner, lower)));
      expect([before, after]).toContainEqual(next);
    }
  });

  it.each(Object.entries(OPERATIONS))("%s can be done again", async (_name, run) => {
    const below = balanced(await lowerLayer());
    const lower = below.fileSystem;
    const done = new VolumeDriver(overlay(await upperLayer(lower), lower));
    await run(done);
    const after = await shown(done);
    let wasDone = false;
    for (let count = 0; !wasDone; count++) {
      const above = balanced(await upperLayer(lower));
      const upper = faulty(above.fileSystem);
      const driver = new VolumeDriver(overlay(upper, lower));
      const fault = upper.faults.fail({}, "IO_DEVICE_ERROR", { after: count, times: 1 });
      await run(driver).catch(() => undefined);
      wasDone = fault.hits === 0;
      fault.end();
      await run(driver).catch(() => undefined);
      expect(await shown(driver)).toEqual(after);
      expect(driver.volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
      expect([above.state.opens, below.state.opens]).toEqual([0, 0]);
    }
  });
});
