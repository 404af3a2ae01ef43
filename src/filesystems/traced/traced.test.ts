import { describe, expect, it } from "vitest";
import type { Caller, FileSystem, Opened } from "../../fs/index.js";
import { FILE_ALL_ACCESS, NtError, NtStatus } from "../../nt/index.js";
import { cases, runCase } from "../../testing/conformance/index.js";
import { late } from "../../testing/late-file-system.js";
import { VolumeDriver } from "../../testing/volume-driver.js";
import { type MemoryFile, memory } from "../memory/index.js";
import { FILE_SYSTEM_OPERATIONS, type TraceEvent, type TraceOptions, traced } from "./index.js";

const ANNA: Caller = {
  userName: "anna",
  userSid: "S-1-5-21-1-2-3-1001",
  groupSids: [],
  sessionId: 7,
  clientAddress: "127.0.0.1:50012",
};
const OPEN = { createOptions: 0, grantedAccess: FILE_ALL_ACCESS };
const NEW = {
  ...OPEN,
  isDirectory: false,
  fileAttributes: 0x20,
  securityDescriptor: undefined,
  allocationSize: 0,
  extendedAttributes: undefined,
};
const WRITE = { toEndOfFile: false, isConstrained: false, keepTimes: false };

function recorder<F extends FileSystem>(fileSystem: F, options: TraceOptions = {}) {
  const events: TraceEvent[] = [];
  let ms = 0;
  const nowMs = () => ms++;
  return { fs: traced(fileSystem, (event) => events.push(event), { nowMs, ...options }), events };
}

describe("traced", () => {
  it.each(cases.map((each) => ({ name: each.name, each })))(
    "leaves a file system as it is: $name",
    async ({ each }) => {
      const make = () => traced(memory({ maxSize: 2 ** 26 }), () => undefined);
      expect(await runCase(each, make, { ways: ["direct", "kernel"] })).toBeUndefined();
    },
  );

  it("has the operations that the file system has, and no others", () => {
    const onlyReads: FileSystem<string> = {
      volumeParams: { fileSystemName: "TALES" },
      getVolumeInfo: () => ({ totalSize: 0, freeSize: 0, label: "" }),
      open: () => {
        throw new NtError(NtStatus.OBJECT_NAME_NOT_FOUND);
      },
      getFileInfo: () => {
        throw new NtError(NtStatus.ACCESS_DENIED);
      },
    };
    const { fs } = recorder(onlyReads);
    expect(Object.keys(fs)).toEqual(["volumeParams", "getVolumeInfo", "open", "getFileInfo"]);
    const volume = new VolumeDriver(fs).volume;
    expect(volume.capabilities).toEqual(new VolumeDriver(onlyReads).volume.capabilities);
  });

  it("keeps the types of what it wraps", () => {
    const { fs } = recorder(memory());
    const { file } = fs.create("\\file", NEW); // no promise, and not optional
    expect(fs.getStreams(file)).toHaveLength(1);
  });

  it("is the file system itself where nothing is to be told", () => {
    const fileSystem = memory();
    expect(traced(fileSystem, () => undefined, { operations: [] })).toBe(fileSystem);
  });

  it("tells who did what, to which file, with what outcome, and how long it took", () => {
    const { fs, events } = recorder<FileSystem<MemoryFile>>(memory({ maxSize: 2 ** 20 }));
    const { file } = fs.create?.("\\file", NEW, ANNA) as Opened<MemoryFile>;
    void fs.write?.(file, Buffer.from("hello"), 0, WRITE, ANNA);
    void fs.close?.(file);
    expect(events).toMatchObject([
      {
        id: 1,
        operation: "create",
        caller: ANNA,
        path: "\\file",
        asked: { isDirectory: false, attributes: "0x20", grantedAccess: "0x1f01ff" },
        answered: { fileSize: 0, fileId: 2n },
        status: "SUCCESS",
        durationMs: 1,
      },
      {
        id: 2,
        operation: "write",
        path: "\\file",
        asked: { offset: 0, length: 5 },
        answered: { bytesWritten: 5, fileSize: 5 },
      },
      { id: 3, operation: "close", path: "\\file", caller: undefined },
    ]);
  });

  it("tells of refusals by their status", () => {
    const { fs, events } = recorder(memory());
    expect(() => fs.open("\\missing")).toThrow("OBJECT_NAME_NOT_FOUND");
    expect(events).toMatchObject([{ status: "OBJECT_NAME_NOT_FOUND", answered: {} }]);
  });

  it("tells of what is no refusal as what it is, and passes it on", () => {
    const bug = new TypeError("a bug");
    const broken: FileSystem = {
      getVolumeInfo: () => {
        throw bug;
      },
      open: () => Promise.reject(bug),
      getFileInfo: () => Promise.reject(bug),
    };
    const { fs, events } = recorder(broken);
    expect(() => fs.getVolumeInfo()).toThrow(bug);
    expect(events).toMatchObject([{ status: undefined, error: bug }]);
  });

  it("tells of an answer that comes late twice, under one number", async () => {
    const { fs, events } = recorder(late(memory()));
    await Promise.all([fs.open("\\", OPEN, ANNA), fs.getVolumeInfo()]);
    expect(events.map(({ id, operation, status }) => `${id} ${operation} ${status}`)).toEqual([
      "1 open PENDING",
      "2 getVolumeInfo PENDING",
      "1 open SUCCESS",
      "2 getVolumeInfo SUCCESS",
    ]);
  });

  it("tells of a listing when it ends, with how much was taken", async () => {
    for (const fileSystem of [memory(), late(memory())]) {
      const { fs, events } = recorder<FileSystem>(fileSystem, { operations: ["readDirectory"] });
      const driver = new VolumeDriver(fs);
      for (const name of ["a", "b", "c"]) await driver.makeFile(name);
      expect(await driver.names()).toEqual(["a", "b", "c"]);
      expect(events.at(-1)).toMatchObject({
        operation: "readDirectory",
        path: "\\",
        answered: { entries: 3 },
      });
    }
  });

  it("tells once of a listing that fails", () => {
    const fileSystem: FileSystem = {
      getVolumeInfo: () => ({ totalSize: 0, freeSize: 0, label: "" }),
      open: () => ({ file: 1, info: memory().open("\\").info }),
      getFileInfo: () => memory().open("\\").info,
      *readDirectory() {
        yield { name: "one", info: memory().open("\\").info };
        throw new NtError(NtStatus.IO_DEVICE_ERROR);
      },
    };
    const { fs, events } = recorder(fileSystem);
    const listing = fs.readDirectory?.(1, undefined, ANNA) as Iterable<unknown>;
    expect(() => [...listing]).toThrow("IO_DEVICE_ERROR");
    expect(events.map(({ status }) => status)).toEqual(["IO_DEVICE_ERROR"]);
  });

  it("tells only of what is wanted, and still knows the paths", () => {
    const { fs, events } = recorder(memory(), { operations: ["read", "getFileInfo"] });
    const { file } = fs.create("\\old", NEW);
    fs.rename(file, "\\old", { newPath: "\\new", replaceIfExists: false, isPosix: false });
    fs.getFileInfo(file);
    expect(events).toMatchObject([{ operation: "getFileInfo", path: "\\new" }]);
    fs.close(file);
    fs.getFileInfo(file);
    expect(events.at(-1)?.path).toBeUndefined();
  });

  it("knows every operation of the contract, each by its row", () => {
    expect(FILE_SYSTEM_OPERATIONS).toContain("getDirectoryEntry");
    expect(new Set(FILE_SYSTEM_OPERATIONS).size).toBe(FILE_SYSTEM_OPERATIONS.length);
  });
});
