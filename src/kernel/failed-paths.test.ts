import { describe, expect, it } from "vitest";
import { memory } from "../filesystems/memory/index.js";
import type { FileSystem } from "../fs/index.js";
import {
  CreateDisposition,
  FILE_DELETE_ON_CLOSE,
  FILE_NO_EA_KNOWLEDGE,
  NtError,
  NtStatus,
} from "../nt/index.js";
import { counted } from "../testing/counting-file-system.js";
import { VolumeDriver } from "../testing/volume-driver.js";
import { copyRange } from "./copy-range.js";

const BUG = new TypeError("a bug");

function throwBug(): never {
  throw BUG;
}

/** A RAM drive some of whose operations do something else. */
function faulty(faults: Partial<FileSystem>): FileSystem {
  return new Proxy<FileSystem>(memory(), {
    get: (target, key) => {
      const fault: unknown = Reflect.get(faults, key);
      if (fault !== undefined) return fault;
      const member: unknown = Reflect.get(target, key, target);
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });
}

/** Files that a file system has opened and not closed. */
function countOpens(fileSystem: FileSystem): () => number {
  const files = new Set<unknown>();
  const open = fileSystem.open.bind(fileSystem);
  const close = fileSystem.close?.bind(fileSystem);
  fileSystem.open = async (...args) => {
    const opened = await open(...args);
    files.add(opened.file);
    return opened;
  };
  fileSystem.close = (file) => {
    files.delete(file);
    return close?.(file);
  };
  return () => files.size;
}

describe("a create that a bug in the file system ends", () => {
  it("leaves no open behind where it was to empty the file", async () => {
    const driver = new VolumeDriver(faulty({ overwrite: throwBug }));
    await driver.makeFile("file");
    const createDisposition = CreateDisposition.OVERWRITE;
    await expect(driver.create("file", { createDisposition })).rejects.toBe(BUG);
    expect(driver.volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
    expect(await driver.outcome("file", { shareAccess: 0 })).toBe("OPENED");
  });

  it("leaves nothing behind of the file that it made for a stream", async () => {
    const faults: Partial<FileSystem> = {};
    const driver = new VolumeDriver(faulty(faults));
    driver.volume.notifyHub.added = () => {
      faults.create = throwBug; // the file is made: from now on
    };
    const createDisposition = CreateDisposition.CREATE;
    await expect(driver.create("file:stream", { createDisposition })).rejects.toBe(BUG);
    expect(await driver.names()).toEqual([]);
    expect(driver.volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
  });

  it("leaves the file system no file open where it was to look for extended attributes", async () => {
    const faults: Partial<FileSystem> = {};
    const fileSystem = faulty(faults);
    const driver = new VolumeDriver(fileSystem);
    const extendedAttributes = [{ name: "A", value: Uint8Array.of(1), isNeeded: false }];
    const createDisposition = CreateDisposition.CREATE;
    await driver.outcome("file", { createDisposition, extendedAttributes });
    const openCount = countOpens(fileSystem);
    faults.getExtendedAttributes = throwBug;
    const createOptions = FILE_NO_EA_KNOWLEDGE;
    await expect(driver.create("file", { createOptions })).rejects.toBe(BUG);
    expect(openCount()).toBe(0);
  });
});

describe("a close", () => {
  it("deletes what is to go, though the listing that ends with it fails", async () => {
    const readDirectory = () => ({
      [Symbol.iterator]: () => ({
        next: () => ({ value: undefined, done: true as const }),
        return: () => {
          throw new NtError(NtStatus.IO_DEVICE_ERROR);
        },
      }),
    });
    const driver = new VolumeDriver(faulty({ readDirectory }));
    await driver.makeDirectory("dir");
    const open = await driver.open("dir", { createOptions: FILE_DELETE_ON_CLOSE });
    const cursor = await open.directoryCursor("*", false);
    if (cursor.ok) await cursor.value.next();
    await open.close();
    expect(await driver.outcome("dir")).toBe("OBJECT_NAME_NOT_FOUND");
  });
});

describe("a copy", () => {
  it("asks a file system nothing of files that are closed", async () => {
    const { fileSystem, count } = counted(memory());
    const driver = new VolumeDriver(fileSystem);
    await driver.makeFile("file", "text");
    const [source, target] = [await driver.open("file"), await driver.open("file")];
    await target.close();
    await source.close();
    count("getFileInfo");
    const buffer = new Uint8Array(4);
    const copy = { source, sourceOffset: 0, target, targetOffset: 0, buffer };
    expect(await copyRange(copy)).toBe(NtStatus.FILE_CLOSED);
    expect(count("getFileInfo")).toBe(0);
  });
});

describe("a create that fails", () => {
  it("deletes nothing, though it was to delete on close", async () => {
    const overwrite = () => {
      throw new NtError(NtStatus.DISK_FULL);
    };
    const driver = new VolumeDriver(faulty({ overwrite }));
    await driver.makeFile("file", "text");
    const createDisposition = CreateDisposition.OVERWRITE;
    const createOptions = FILE_DELETE_ON_CLOSE;
    expect(await driver.outcome("file", { createDisposition, createOptions })).toBe("DISK_FULL");
    expect(driver.volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
    expect(await driver.text("file")).toBe("text");
  });
});
