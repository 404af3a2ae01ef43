import { describe, expect, it } from "vitest";
import { memory } from "../filesystems/memory/index.js";
import {
  CreateDisposition,
  FILE_DELETE_ON_CLOSE,
  FILE_DIRECTORY_FILE,
  FILE_OPEN_BY_FILE_ID,
  FILE_READ_DATA,
  FILE_SHARE_READ,
  FILE_WRITE_DATA,
} from "../nt/index.js";
import { late } from "../testing/late-file-system.js";
import { VolumeDriver } from "../testing/volume-driver.js";

const createOptions = FILE_OPEN_BY_FILE_ID;

describe.each([
  { kind: "that answers at once", newFileSystem: () => memory() },
  { kind: "that answers later", newFileSystem: () => late(memory()) },
])("a file opened by its id on a file system $kind", ({ newFileSystem }) => {
  async function newDriver() {
    const driver = new VolumeDriver(newFileSystem());
    await driver.makeDirectory("dir");
    await driver.makeFile("dir\\File", "text");
    const open = await driver.open("dir\\file");
    const { fileId } = open.createInfo;
    await open.close();
    return { driver, fileId };
  }

  it("has its path, and follows its names", async () => {
    const { driver, fileId } = await newDriver();
    const open = await driver.open("", { createOptions, fileId });
    expect(open.path).toBe("\\dir\\File");
    await open.rename({ newName: "moved", replaceIfExists: false });
    const again = await driver.open("", { createOptions, fileId });
    expect(again.path).toBe("\\moved");
    expect(again.node).toBe(open.node);
    for (const each of [open, again]) await each.close();
    expect(driver.volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
  });

  it("is held against all that opening by name is held against", async () => {
    const { driver, fileId } = await newDriver();
    const shareAccess = FILE_SHARE_READ;
    const reader = await driver.open("dir\\file", { desiredAccess: FILE_READ_DATA, shareAccess });
    const writing = { createOptions, fileId, desiredAccess: FILE_WRITE_DATA };
    expect(await driver.outcome("", writing)).toBe("SHARING_VIOLATION");
    await reader.close();
    const asDirectory = { fileId, createOptions: createOptions | FILE_DIRECTORY_FILE };
    expect(await driver.outcome("", asDirectory)).toBe("NOT_A_DIRECTORY");
    const deleting = { fileId, createOptions: createOptions | FILE_DELETE_ON_CLOSE };
    expect(await driver.outcome("", deleting)).toBe("OPENED");
    expect(await driver.names("dir")).toEqual([]);
  });

  it("must be there, and is not made", async () => {
    const { driver, fileId } = await newDriver();
    expect(await driver.outcome("", { createOptions })).toBe("INVALID_PARAMETER");
    expect(await driver.outcome("", { createOptions, fileId: 12_345n })).toBe("INVALID_PARAMETER");
    const createDisposition = CreateDisposition.OPEN_IF;
    const making = { createOptions, fileId, createDisposition };
    expect(await driver.outcome("", making)).toBe("NOT_SUPPORTED");
  });
});
