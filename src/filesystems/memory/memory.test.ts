import { describe, expect, it } from "vitest";
import {
  FILE_ATTRIBUTE_ARCHIVE,
  FILE_ATTRIBUTE_DIRECTORY,
  formatSddl,
  NtError,
  NtStatus,
  readSecurityDescriptor,
  ticksOfMs,
} from "../../nt/index.js";
import { refuses, Subject } from "../../testing/conformance/index.js";
import { type MemoryOptions, memory } from "./index.js";
import { CHUNK_SIZE, TIME_RESOLUTION_TICKS } from "./limits.js";

const DIRECTORY = { isDirectory: true } as const;

function volume(options: MemoryOptions = {}) {
  let ticks = 100n;
  const fs = memory({ maxSize: 2 ** 26, now: () => ticks, ...options });
  const tick = (step = TIME_RESOLUTION_TICKS) => (ticks += step);
  const used = () => fs.getVolumeInfo().totalSize - fs.getVolumeInfo().freeSize;
  return { fs, on: new Subject(fs), tick, used };
}

describe("names", () => {
  it("are found in any case and shown as stored", async () => {
    const { on } = volume();
    await on.make("\\dir", DIRECTORY);
    const { file, normalizedPath } = await on.create("\\DIR\\Ärger");
    await on.close(file);
    expect(normalizedPath).toBe("\\dir\\Ärger");
    expect((await on.open("\\Dir\\äRGER")).normalizedPath).toBe("\\dir\\Ärger");
    expect(await on.open("\\dir\\Ärger")).not.toHaveProperty("normalizedPath");
    expect((await on.entry("\\dir", "ÄRGER"))?.name).toBe("Ärger");
  });

  it("differ by case on a case-sensitive volume", async () => {
    const { on, fs } = volume({ isCaseSensitive: true });
    await on.make("\\a", "small");
    await on.make("\\A", "large");
    expect(await on.names("\\")).toEqual(["A", "a"]);
    expect(await on.contents("\\a")).toBe("small");
    expect(fs.volumeParams.isCaseSensitive).toBe(true);
  });

  it("of the root cannot be made, moved, replaced or deleted", async () => {
    const { on } = volume();
    await on.make("\\file", "");
    await refuses(() => on.create("\\"), "OBJECT_NAME_COLLISION");
    await refuses(() => on.rename("\\", "\\new"), "INVALID_PARAMETER");
    await refuses(() => on.rename("\\file", "\\", { replaceIfExists: true }), "ACCESS_DENIED");
    await refuses(() => on.canDelete("\\"), "CANNOT_DELETE");
    await on.remove("\\");
    expect(await on.names("\\")).toEqual(["file"]);
  });
});

describe("file ids", () => {
  it("start at 1 with the root and are never used again", async () => {
    const { on } = volume();
    expect((await on.infoOf("\\")).fileId).toBe(1n);
    expect((await on.make("\\a", "")).fileId).toBe(2n);
    await on.remove("\\a");
    expect((await on.make("\\a", "")).fileId).toBe(3n);
  });

  it("open a file, wherever it was moved", async () => {
    const { on } = volume();
    await on.make("\\dir", DIRECTORY);
    const { fileId } = await on.make("\\file", "abc");
    await on.rename("\\file", "\\dir\\moved");
    const opened = await on.openByFileId(fileId);
    expect(opened.normalizedPath).toBe("\\dir\\moved");
    expect(await on.read(opened.file)).toBe("abc");
    await on.close(opened.file);
    await on.remove("\\dir\\moved");
    await refuses(() => on.openByFileId(fileId), "INVALID_PARAMETER");
  });
});

describe("times", () => {
  it("all start with the file, and the directory's move", async () => {
    const { on, tick } = volume();
    const now = tick();
    const info = await on.make("\\dir", DIRECTORY);
    expect(info).toMatchObject({
      creationTicks: now,
      lastAccessTicks: now,
      lastWriteTicks: now,
      changeTicks: now,
    });
    const later = tick();
    await on.make("\\dir\\file", "");
    expect(await on.infoOf("\\dir")).toMatchObject({
      creationTicks: now,
      lastAccessTicks: now,
      lastWriteTicks: later,
      changeTicks: later,
    });
    const last = tick();
    await on.remove("\\dir\\file");
    expect(await on.infoOf("\\dir")).toMatchObject({ lastWriteTicks: last, changeTicks: last });
  });

  it.each([
    { what: "write", run: (on: Subject, file: unknown) => on.write(file, "x"), moves: true },
    {
      what: "setFileSize",
      run: (on: Subject, file: unknown) => on.setFileSize(file, 1),
      moves: true,
    },
    { what: "overwrite", run: (on: Subject, file: unknown) => on.overwrite(file), moves: true },
    { what: "read", run: (on: Subject, file: unknown) => on.read(file), moves: false },
    {
      what: "setAllocationSize",
      run: (on: Subject, file: unknown) => on.setAllocationSize(file, 8192),
      moves: false,
    },
  ])("of the last write and change: moved by $what: $moves", async ({ run, moves }) => {
    const { on, tick } = volume();
    const { lastWriteTicks: before } = await on.make("\\file", "abc");
    const now = tick();
    const { file } = await on.open("\\file");
    await run(on, file);
    const expected = moves ? now : before;
    expect(await on.info(file)).toMatchObject({
      creationTicks: before,
      lastWriteTicks: expected,
      changeTicks: expected,
    });
  });

  it("of a write stay when the next comes within a tick of the clock", async () => {
    const { on, tick } = volume();
    const { lastWriteTicks: before } = await on.make("\\file", "abc");
    const { file } = await on.open("\\file");
    tick(TIME_RESOLUTION_TICKS - 1n);
    await on.write(file, "x");
    expect(await on.info(file)).toMatchObject({ lastWriteTicks: before, changeTicks: before });
    const now = tick(1n);
    await on.write(file, "y");
    expect(await on.info(file)).toMatchObject({ lastWriteTicks: now, changeTicks: now });
  });

  it("of the change only: rename, attributes and security", async () => {
    const { on, fs, tick } = volume();
    const { lastWriteTicks } = await on.make("\\file", "abc");
    let changeTicks = tick();
    await on.rename("\\file", "\\new");
    expect(await on.infoOf("\\new")).toMatchObject({ lastWriteTicks, changeTicks });
    changeTicks = tick();
    const { file } = fs.open("\\new");
    await on.setBasicInfo(file, { fileAttributes: FILE_ATTRIBUTE_ARCHIVE });
    expect(await on.info(file)).toMatchObject({ lastWriteTicks, changeTicks });
    changeTicks = tick();
    fs.setSecurity(file, Uint8Array.of(1));
    expect(await on.info(file)).toMatchObject({ lastWriteTicks, changeTicks });
  });

  it("are the system's where no clock is given", async () => {
    const before = ticksOfMs(Date.now());
    const { creationTicks } = await new Subject(memory()).infoOf("\\");
    expect(creationTicks >= before && creationTicks <= ticksOfMs(Date.now())).toBe(true);
  });

  it("ARCHIVE comes with a write", async () => {
    const { on } = volume();
    const { file } = await on.create("\\file", { fileAttributes: 0 });
    expect((await on.write(file, "x")).info.fileAttributes).toBe(FILE_ATTRIBUTE_ARCHIVE);
  });
});

describe("rename", () => {
  it("of a directory below itself is refused", async () => {
    const { on } = volume();
    await on.make("\\dir", DIRECTORY);
    await on.make("\\dir\\sub", DIRECTORY);
    await refuses(() => on.rename("\\dir", "\\dir\\new"), "INVALID_PARAMETER");
    await refuses(() => on.rename("\\dir", "\\dir\\sub\\new"), "INVALID_PARAMETER");
    expect(await on.names("\\dir")).toEqual(["sub"]);
  });

  it("takes the place of an empty directory where POSIX is asked for", async () => {
    const { on } = volume();
    for (const path of ["\\a", "\\b", "\\c"]) await on.make(path, DIRECTORY);
    await on.make("\\a\\file", "abc");
    const posix = { replaceIfExists: true, isPosix: true };
    await refuses(() => on.rename("\\b", "\\a", posix), "DIRECTORY_NOT_EMPTY");
    await refuses(() => on.rename("\\a\\file", "\\b", posix), "ACCESS_DENIED");
    await refuses(() => on.rename("\\a", "\\b", { replaceIfExists: true }), "ACCESS_DENIED");
    await on.rename("\\a", "\\b", posix);
    expect(await on.names("\\")).toEqual(["b", "c"]);
    expect(await on.contents("\\b\\file")).toBe("abc");
  });

  it("onto itself, in the same case or another, keeps the file", async () => {
    const { on, used } = volume();
    await on.make("\\file", "abc");
    const before = used();
    await on.rename("\\file", "\\file", { replaceIfExists: true });
    await on.rename("\\file", "\\FiLe");
    expect(await on.names("\\")).toEqual(["FiLe"]);
    expect(await on.contents("\\file")).toBe("abc");
    expect(used()).toBe(before);
  });

  it("by a path that names another file by now is refused", () => {
    const { fs } = volume();
    const file = fs.create("\\a", fileParams).file;
    fs.rename(file, "\\a", { newPath: "\\b", replaceIfExists: false, isPosix: false });
    fs.create("\\a", fileParams);
    expect(() => {
      fs.rename(file, "\\a", { newPath: "\\c", replaceIfExists: false, isPosix: false });
    }).toThrow(new NtError(NtStatus.OBJECT_NAME_NOT_FOUND));
  });
});

const fileParams = {
  isDirectory: false,
  createOptions: 0,
  grantedAccess: 0,
  fileAttributes: 0,
  securityDescriptor: undefined,
  allocationSize: 0,
  extendedAttributes: undefined,
};

describe("listing", () => {
  it("ends even if every file is renamed as soon as it is told", async () => {
    const { on } = volume();
    for (let i = 0; i < 50; i++) await on.make(`\\file ${i}`, "");
    const { file } = await on.open("\\");
    const told: string[] = [];
    for await (const { name } of on.list(file)) {
      told.push(name);
      await on.rename(`\\${name}`, `\\renamed ${name}`);
    }
    expect(told).toEqual(Array.from({ length: 50 }, (_, i) => `file ${i}`));
  });

  it("takes 100,000 files in one directory, which moves as one", () => {
    const { fs } = volume({ maxSize: 2 ** 30 });
    const directory = fs.create("\\dir", { ...fileParams, isDirectory: true }).file;
    for (let i = 0; i < 100_000; i++) fs.close(fs.create(`\\dir\\${i}`, fileParams).file);
    fs.rename(directory, "\\dir", { newPath: "\\moved", replaceIfExists: false, isPosix: false });
    expect([...fs.readDirectory(directory)]).toHaveLength(100_000);
    expect(fs.open("\\moved\\99999").info.fileId).toBe(100_002n);
  });
});

describe("space", () => {
  it("is given back to the last byte when everything is deleted", async () => {
    const { on, fs, used } = volume();
    const before = used();
    await on.make("\\dir", DIRECTORY);
    const securityDescriptor = new Uint8Array(200).fill(7);
    const { file } = fs.create("\\dir\\file", {
      ...fileParams,
      securityDescriptor,
      allocationSize: 65_536,
    });
    await on.write(file, "x".repeat(100_000));
    fs.setSecurity(file, new Uint8Array(100).fill(8));
    await on.rename("\\dir\\file", "\\dir\\a much longer name");
    await on.remove("\\dir\\a much longer name");
    await on.remove("\\dir");
    expect(used()).toBeGreaterThan(100_000);
    await on.close(file);
    expect(used()).toBe(before);
  });

  it("of a file shows in what the volume says, and goes with shrinking and overwriting", async () => {
    const { on, used } = volume();
    const { file } = await on.create("\\file");
    const empty = used();
    await on.setFileSize(file, 2 * CHUNK_SIZE);
    expect(used()).toBe(empty + 2 * CHUNK_SIZE);
    await on.setFileSize(file, CHUNK_SIZE);
    expect(used()).toBe(empty + CHUNK_SIZE);
    await on.overwrite(file);
    expect(used()).toBe(empty);
  });

  it("refuses files, names and descriptors when there is none left", async () => {
    const { on, fs, used } = volume({ maxSize: 4000 });
    let count = 0;
    await refuses(async () => {
      for (; count < 100; count++) await on.make(`\\${count}`, "");
    }, "DISK_FULL");
    expect(count).toBeGreaterThan(3);
    const before = used();
    const { file } = fs.open("\\0");
    expect(() => {
      fs.setSecurity(file, new Uint8Array(4000));
    }).toThrow("DISK_FULL");
    await refuses(() => on.rename("\\0", `\\${"long".repeat(60)}`), "DISK_FULL");
    expect(used()).toBe(before);
    expect(await on.names("\\")).toHaveLength(count);
  });

  it("that a new file wants set aside and is not there leaves no file", async () => {
    const { on, used } = volume({ maxSize: 2 ** 20 });
    const before = used();
    const securityDescriptor = new Uint8Array(100);
    await refuses(
      () => on.create("\\file", { allocationSize: 2 ** 21, securityDescriptor }),
      "DISK_FULL",
    );
    expect(await on.names("\\")).toEqual([]);
    expect(used()).toBe(before);
  });

  it("is missed by an extension and by a write, and the file stays as it was", async () => {
    const { on } = volume({ maxSize: 2 ** 20 });
    const before = await on.make("\\file", "abc");
    const { file } = await on.open("\\file");
    await refuses(() => on.setFileSize(file, 2 ** 20), "DISK_FULL");
    await refuses(() => on.setAllocationSize(file, 2 ** 20), "DISK_FULL");
    await refuses(() => on.write(file, "x", { offset: 2 ** 20 }), "DISK_FULL");
    await refuses(() => on.overwrite(file, { allocationSize: 2 ** 20 }), "DISK_FULL");
    const beyond = { offset: Number.MAX_SAFE_INTEGER };
    await refuses(() => on.write(file, "x", beyond), "INVALID_PARAMETER");
    expect(await on.info(file)).toEqual(before);
    expect(await on.read(file)).toBe("abc");
  });

  it("follows the machine's free memory where no size is given", () => {
    const { fs } = volume({ maxSize: undefined, freeMemory: () => 1_000_000 });
    const { totalSize, freeSize } = fs.getVolumeInfo();
    expect(totalSize).toBe(1_000_000);
    // The root's descriptor is there from the start.
    expect(totalSize - freeSize).toBeGreaterThan(0);
    expect(totalSize - freeSize).toBeLessThan(1000);
  });

  it("does not show a deleted file's data in a new file", async () => {
    const { on } = volume();
    await on.make("\\secret", "MARKER".repeat(CHUNK_SIZE / 2));
    await on.remove("\\secret");
    const { file } = await on.create("\\new");
    await on.write(file, "x", { offset: 2 * CHUNK_SIZE + 1 });
    await on.setFileSize(file, 3 * CHUNK_SIZE);
    const text = await on.read(file, 3 * CHUNK_SIZE);
    expect(text.replaceAll("\0", "")).toBe("x");
  });
});

describe("security descriptors", () => {
  it("are kept as they are, and equal ones as one array", async () => {
    const rootSecurityDescriptor = Uint8Array.of(1, 2, 3);
    const { fs, on } = volume({ rootSecurityDescriptor });
    await on.create("\\a", { securityDescriptor: Uint8Array.of(9, 8) });
    await on.create("\\b", { securityDescriptor: Uint8Array.of(9, 8) });
    const a = fs.getSecurityByName("\\a").securityDescriptor;
    expect(a).toEqual(Uint8Array.of(9, 8));
    expect(fs.getSecurityByName("\\b").securityDescriptor).toBe(a);
    expect(fs.getSecurity(fs.open("\\").file)).toEqual(rootSecurityDescriptor);
    const { file } = fs.open("\\a");
    fs.setSecurity(file, Uint8Array.of(5));
    expect(fs.getSecurity(file)).toEqual(Uint8Array.of(5));
    expect(fs.getSecurityByName("\\b").securityDescriptor).toBe(a);
  });

  it("may be missing", async () => {
    const { fs } = volume();
    const { file } = fs.create("\\file", fileParams);
    expect(fs.getSecurityByName("\\file")).toEqual({ fileAttributes: 0 });
    await refuses(() => fs.getSecurity(file), "NO_SECURITY_ON_OBJECT");
    fs.setSecurity(file, Uint8Array.of(1));
    expect(fs.getSecurity(file)).toEqual(Uint8Array.of(1));
  });

  it("of the root let everybody do everything, here and below, unless told", () => {
    const { fs } = volume();
    const { fileAttributes, securityDescriptor = new Uint8Array() } = fs.getSecurityByName("\\");
    expect(fileAttributes).toBe(FILE_ATTRIBUTE_DIRECTORY);
    expect(formatSddl(readSecurityDescriptor(securityDescriptor))).toContain("(A;OICI;FA;;;WD)");
  });
});

describe("the volume", () => {
  it("has a label that can be changed", () => {
    const { fs } = volume({ label: "x".repeat(32) });
    expect(fs.getVolumeInfo().label).toBe("x".repeat(32));
    expect(fs.setVolumeLabel("new").label).toBe("new");
    expect(() => fs.setVolumeLabel("x".repeat(33))).toThrow("INVALID_PARAMETER");
    expect(fs.getVolumeInfo().label).toBe("new");
  });

  it.each([
    { options: { label: "x".repeat(33) }, message: /label has at most 32/ },
    { options: { fileSystemName: "x".repeat(16) }, message: /name has 1 to 15/ },
    { options: { maxSize: 0 }, message: /whole number of bytes, not 0/ },
    { options: { maxSize: 1.5 }, message: /whole number of bytes, not 1.5/ },
  ])("refuses options with a sentence: $message", ({ options, message }) => {
    expect(() => memory(options)).toThrow(message);
  });

  it("is what its options say", () => {
    const { fs } = volume({ fileSystemName: "MEMFS", isReadOnly: true });
    expect(fs.volumeParams).toMatchObject({
      fileSystemName: "MEMFS",
      isReadOnly: true,
      volumeCreationTicks: 100n,
    });
  });

  it("reads and writes no directory", async () => {
    const { on } = volume();
    await on.make("\\dir", DIRECTORY);
    const { file } = await on.open("\\dir");
    await refuses(() => on.read(file), "INVALID_DEVICE_REQUEST");
    await refuses(() => on.write(file, "x"), "INVALID_DEVICE_REQUEST");
    await refuses(() => on.setFileSize(file, 1), "INVALID_DEVICE_REQUEST");
  });
});
