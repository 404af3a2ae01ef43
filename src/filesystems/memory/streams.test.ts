import { describe, expect, it } from "vitest";
import { refuses, Subject } from "../../testing/conformance/index.js";
import { type MemoryOptions, memory } from "./index.js";
import { CHUNK_SIZE, MAX_STREAMS, TIME_RESOLUTION_TICKS } from "./limits.js";

const DIRECTORY = { isDirectory: true } as const;

function volume(options: MemoryOptions = {}) {
  let ticks = 100n;
  const fs = memory({ maxSize: 2 ** 26, now: () => ticks, ...options });
  const tick = (step = TIME_RESOLUTION_TICKS) => (ticks += step);
  const used = () => fs.getVolumeInfo().totalSize - fs.getVolumeInfo().freeSize;
  return { fs, on: new Subject(fs), tick, used };
}

describe("names of streams", () => {
  it("are found in any case and shown as stored", async () => {
    const { on } = volume();
    await on.make("\\File", "");
    const created = await on.create("\\FILE:Ärger");
    expect(created.normalizedPath).toBe("\\File:Ärger");
    await on.close(created.file);
    expect((await on.open("\\file:äRGER")).normalizedPath).toBe("\\File:Ärger");
    expect(await on.open("\\File:Ärger")).not.toHaveProperty("normalizedPath");
    expect(await on.streams((await on.open("\\file")).file)).toEqual([" 0", "Ärger 0"]);
    await refuses(() => on.create("\\file:ÄRGER"), "OBJECT_NAME_COLLISION");
  });

  it("differ by case on a case-sensitive volume", async () => {
    const { on } = volume({ isCaseSensitive: true });
    await on.make("\\file", "");
    await on.make("\\file:a", "small");
    await on.make("\\file:A", "large");
    expect(await on.contents("\\file:a")).toBe("small");
    expect(await on.contents("\\file:A")).toBe("large");
  });

  it("are the same after the file was moved", async () => {
    const { on } = volume();
    await on.make("\\dir", DIRECTORY);
    await on.make("\\file", "");
    await on.make("\\file:one", "first");
    await on.rename("\\file", "\\dir\\moved");
    const opened = await on.open("\\DIR\\moved:ONE");
    expect(opened.normalizedPath).toBe("\\dir\\moved:one");
    expect(await on.read(opened.file)).toBe("first");
  });
});

describe("space of streams", () => {
  it("is given back to the last byte when stream and file are deleted", async () => {
    const { on, used } = volume();
    const before = used();
    await on.make("\\file", "x");
    const withFile = used();
    await on.make("\\file:a long name of a stream", "y".repeat(100_000));
    expect(used()).toBeGreaterThan(withFile + 100_000);
    await on.remove("\\file:a long name of a stream");
    expect(used()).toBe(withFile);
    await on.make("\\file:one", "y".repeat(100_000));
    await on.remove("\\file");
    expect(used()).toBe(before);
  });

  it("stays while a deleted stream is open, and goes when it is closed", async () => {
    const { on, used } = volume();
    await on.make("\\file", "x");
    const before = used();
    await on.make("\\file:one", "y".repeat(CHUNK_SIZE));
    const { file } = await on.open("\\file:one");
    await on.remove("\\file:one");
    expect(used()).toBe(before + CHUNK_SIZE);
    await on.close(file);
    expect(used()).toBe(before);
  });

  it("is all given back when the file goes first and the stream is closed last", async () => {
    const { on, used } = volume();
    const before = used();
    await on.make("\\file", "x");
    await on.make("\\file:one", "first");
    const stream = await on.open("\\file:one");
    await on.remove("\\file");
    expect(await on.read(stream.file)).toBe("first");
    await on.close(stream.file);
    expect(used()).toBe(before);
  });

  it("is given back when a rename replaces the file", async () => {
    const { on, used } = volume();
    await on.make("\\a", "x");
    const before = used();
    await on.make("\\b", "x");
    await on.make("\\b:one", "y".repeat(5000));
    await on.rename("\\a", "\\b", { replaceIfExists: true });
    expect(used()).toBe(before);
  });

  it("that is set aside and not there leaves no stream", async () => {
    const { on, used } = volume({ maxSize: 2 ** 20 });
    await on.make("\\file", "");
    const before = used();
    await refuses(() => on.create("\\file:one", { allocationSize: 2 ** 21 }), "DISK_FULL");
    expect(await on.streams((await on.open("\\file")).file)).toEqual([" 0"]);
    expect(used()).toBe(before);
  });

  it("of a stream alone goes with overwriting it", async () => {
    const { on, used } = volume();
    await on.make("\\file", "plain");
    const { file } = await on.create("\\file:one");
    const before = used();
    await on.write(file, "y".repeat(5000));
    await on.overwrite(file);
    expect(used()).toBe(before);
  });
});

describe("streams", () => {
  it("are limited in number, of each file by itself", async () => {
    const { on } = volume();
    await on.make("\\file", "");
    await on.make("\\other", "");
    for (let i = 0; i < MAX_STREAMS; i++) await on.make(`\\file:${i}`, "");
    await refuses(() => on.create("\\file:more"), "DISK_FULL");
    await on.make("\\other:more", "");
    await on.remove("\\file:0");
    await on.make("\\file:more", "");
  });

  it("move the times of their file when made, written and deleted", async () => {
    const { on, tick } = volume();
    await on.make("\\file", "");
    for (const change of [
      () => on.make("\\file:one", ""),
      async () => on.write((await on.open("\\file:one")).file, "x"),
      () => on.remove("\\file:one"),
    ]) {
      const now = tick();
      await change();
      expect(await on.infoOf("\\file")).toMatchObject({ lastWriteTicks: now, changeTicks: now });
    }
  });

  it("are deleted with the file when the last stream of a deleted file goes", async () => {
    const { on } = volume();
    await on.make("\\file", "plain");
    await on.make("\\file:one", "first");
    const { file } = await on.open("\\file:one");
    await on.cleanup(file, "\\file", { isDelete: true }); // the path tells what goes
    await on.close(file);
    expect(await on.names("\\")).toEqual([]);
  });

  it("of a directory with something in it go by themselves", async () => {
    const { on } = volume();
    await on.make("\\dir", DIRECTORY);
    await on.make("\\dir\\file", "");
    await on.make("\\dir:one", "first");
    await on.canDelete("\\dir:one");
    await on.remove("\\dir:one");
    expect(await on.names("\\dir")).toEqual(["file"]);
    await refuses(() => on.open("\\dir:one"), "OBJECT_NAME_NOT_FOUND");
  });
});

describe("object ids", () => {
  it("differ by file, stay with it, and are the same for its streams", async () => {
    const { on, fs } = volume();
    await on.make("\\a", "");
    await on.make("\\a:one", "");
    await on.make("\\b", "");
    const id = fs.getObjectId(fs.open("\\a").file);
    expect(id).toHaveLength(16);
    expect(fs.getObjectId(fs.open("\\a:one").file)).toEqual(id);
    expect(fs.getObjectId(fs.open("\\b").file)).not.toEqual(id);
    await on.rename("\\b", "\\c");
    await on.rename("\\a", "\\b");
    expect(fs.getObjectId(fs.open("\\b").file)).toEqual(id);
  });

  it("differ by volume", () => {
    const one = memory({ now: () => 1n });
    const other = memory({ now: () => 2n });
    const idOf = (fs: typeof one) => fs.getObjectId(fs.open("\\").file);
    expect(idOf(one)).not.toEqual(idOf(other));
  });
});
