/**
 * The sixteen defects of memefs that a RAM drive must not have: one test each, in the order in which
 * docs/memefs.md lists them.
 */
import { describe, expect, it } from "vitest";
import { NtError, NtStatus } from "../../nt/index.js";
import { refuses, Subject } from "../../testing/conformance/index.js";
import { outcomeOf, VolumeDriver } from "../../testing/volume-driver.js";
import { ChunkStore } from "./chunk-store.js";
import { type MemoryOptions, memory } from "./index.js";
import { ALLOCATION_UNIT, CHUNK_SIZE } from "./limits.js";
import { Space } from "./space.js";

const DIRECTORY = { isDirectory: true } as const;
const MARKER = "MARKER";

function volume(options: MemoryOptions = {}) {
  const fs = memory({ maxSize: 2 ** 30, ...options });
  const used = () => {
    const { totalSize, freeSize } = fs.getVolumeInfo();
    return totalSize - freeSize;
  };
  return { fs, on: new Subject(fs), used };
}

function attribute(name: string, length: number) {
  return { name, value: new Uint8Array(length).fill(1), isNeeded: false };
}

describe("memefs's defects are absent", () => {
  it.each([100, 5000, CHUNK_SIZE, 2 * CHUNK_SIZE + 1])(
    "1: memory of %d bytes that was written before is never read through growth",
    async (size) => {
      const { on } = volume();
      const secret = MARKER.repeat(Math.ceil(size / MARKER.length)).slice(0, size);
      await on.make("\\deleted", secret);
      await on.remove("\\deleted");
      const { file } = await on.create("\\file");
      await on.setFileSize(file, size); // a new file after a deleted one
      expect((await on.read(file, size)).replaceAll("\0", "")).toBe("");
      await on.write(file, secret);
      await on.setFileSize(file, 1); // shrunk, then grown
      await on.setFileSize(file, size);
      expect((await on.read(file, size)).replaceAll("\0", "")).toBe("M");
      await on.write(file, secret);
      await on.overwrite(file); // emptied, then written to beyond the end
      await on.write(file, "x", { offset: size });
      expect((await on.read(file, size + 1)).replaceAll("\0", "")).toBe("x");
    },
  );

  it("2: no option excludes another", () => {
    const { fs } = volume({
      isCaseSensitive: true,
      isReadOnly: true,
      fileSystemName: "MEMFS",
      label: "L",
    });
    expect(fs.volumeParams).toMatchObject({
      isCaseSensitive: true,
      isReadOnly: true,
      fileSystemName: "MEMFS",
    });
    expect(fs.getVolumeInfo()).toMatchObject({ label: "L", totalSize: 2 ** 30 });
  });

  it("3: overwriting a file gives its streams' memory back", async () => {
    const { on, used } = volume();
    await on.make("\\file", "");
    const before = used();
    await on.make("\\file:stream", "x".repeat(2 * CHUNK_SIZE));
    const { file } = await on.open("\\file");
    await on.overwrite(file);
    expect(used()).toBe(before);
    expect(await on.streams(file)).toEqual([" 0"]);
  });

  it("4: the streams of a file that a rename replaces go with it", async () => {
    const { on, used } = volume();
    await on.make("\\new", "new");
    const before = used();
    await on.make("\\old", "old");
    await on.make("\\old:stream", "x".repeat(5000));
    await on.rename("\\new", "\\old", { replaceIfExists: true });
    expect(used()).toBe(before);
    await refuses(() => on.open("\\old:stream"), "OBJECT_NAME_NOT_FOUND");
  });

  it("5: the size of extended attributes is right after each change", async () => {
    const { fs, on, used } = volume();
    const { file } = fs.create("\\file", {
      isDirectory: false,
      createOptions: 0,
      grantedAccess: 0,
      fileAttributes: 0,
      securityDescriptor: undefined,
      allocationSize: 0,
      extendedAttributes: undefined,
    });
    const before = used();
    const sizeWith = (length: number) =>
      fs.setExtendedAttributes(file, [attribute("ONE", length)]).eaSize;
    const small = sizeWith(10);
    expect(sizeWith(100) - small).toBe(90); // replaced by a longer one
    expect(sizeWith(10)).toBe(small);
    expect(fs.setExtendedAttributes(file, [attribute("one", 0)]).eaSize).toBe(0);
    sizeWith(10);
    expect((await on.overwrite(file)).eaSize).toBe(0);
    expect(used()).toBe(before);
  });

  it("6: where memory runs out half-way, all is as it was", () => {
    const space = new Space({
      maxSize: 2 ** 30,
      freeMemory: () => 0,
      now: () => 0n,
      chunkSize: 4096,
    });
    const store = new ChunkStore(space);
    store.write(new Uint8Array(5000).fill(7), 0);
    const [used, held] = [space.used, space.pool.heldBytes];
    const take = space.pool.take.bind(space.pool);
    let left = 2;
    space.pool.take = (length) => {
      if (left-- === 0) throw new NtError(NtStatus.INSUFFICIENT_RESOURCES);
      return take(length);
    };
    expect(() => {
      store.write(new Uint8Array(40_000).fill(8), 5000);
    }).toThrow("INSUFFICIENT_RESOURCES");
    space.pool.take = take;
    expect([store.size, space.used, space.pool.heldBytes]).toEqual([5000, used, held]);
    const back = new Uint8Array(5000);
    expect(store.read(back, 0)).toBe(5000);
    expect(back.every((byte) => byte === 7)).toBe(true);
  });

  it("7: the size on disk is in whole allocation units", async () => {
    const { on } = volume();
    const { file } = await on.create("\\file");
    for (const size of [1, 511, ALLOCATION_UNIT + 1, CHUNK_SIZE + 1]) {
      const { allocationSize } = await on.setAllocationSize(file, size);
      expect(allocationSize % ALLOCATION_UNIT).toBe(0);
      expect(allocationSize).toBeGreaterThanOrEqual(size);
    }
  });

  it("8: a label or a file system name that is too long is refused with a sentence", () => {
    expect(() => memory({ label: "x".repeat(33) })).toThrow(/label has at most 32 characters/);
    expect(() => memory({ fileSystemName: "x".repeat(16) })).toThrow(/1 to 15 characters/);
  });

  it("9: a path that exists is not made again", async () => {
    const { on, used } = volume();
    const { fileId } = await on.make("\\file", "abc");
    const before = used();
    await refuses(() => on.create("\\FILE"), "OBJECT_NAME_COLLISION");
    expect(used()).toBe(before);
    expect((await on.infoOf("\\file")).fileId).toBe(fileId);
  });

  it("10: names, streams, attributes and descriptors count, and are refused when there is no space", async () => {
    const { fs, on, used } = volume({ maxSize: 8192 });
    const { file } = await on.create("\\file");
    const before = used();
    const full = { securityDescriptor: new Uint8Array(8192) };
    await refuses(() => on.create("\\more", full), "DISK_FULL");
    await refuses(() => on.make("\\file:stream", "x".repeat(8192)), "DISK_FULL");
    await on.remove("\\file:stream");
    expect(() => fs.setExtendedAttributes(file as never, [attribute("A", 8000)])).toThrow(
      "DISK_FULL",
    );
    expect(used()).toBe(before);
    await refuses(async () => {
      for (let i = 0; i < 100; i++) await on.make(`\\${i}`, "");
    }, "DISK_FULL");
    expect(used()).toBeLessThanOrEqual(8192);
  });

  it("11: a listing looks at no grandchildren, and a directory moves as one", async () => {
    const { on, used } = volume();
    await on.make("\\dir", DIRECTORY);
    await on.make("\\dir\\sub", DIRECTORY);
    for (let i = 0; i < 2000; i++) await on.make(`\\dir\\sub\\${i}`, "");
    const { fileId } = await on.infoOf("\\dir\\sub\\1999");
    const before = used();
    expect(await on.names("\\dir")).toEqual(["sub"]);
    await on.rename("\\dir", "\\mov");
    expect((await on.infoOf("\\mov\\sub\\1999")).fileId).toBe(fileId);
    expect(used()).toBe(before);
  });

  it("12: a rename that fails leaks nothing", async () => {
    const { on, used } = volume();
    const before = used();
    await on.make("\\dir", DIRECTORY);
    await on.make("\\dir\\file", "x".repeat(5000));
    await refuses(() => on.rename("\\dir", "\\dir\\below"), "INVALID_PARAMETER");
    await refuses(() => on.rename("\\dir\\file", "\\missing\\file"), "OBJECT_PATH_NOT_FOUND");
    await on.remove("\\dir\\file");
    await on.remove("\\dir");
    expect(used()).toBe(before);
  });

  it("13: an offset and a length that are too much together are refused", async () => {
    const { fs, on } = volume();
    const { file } = await on.create("\\file");
    await refuses(
      () => on.write(file, "xx", { offset: Number.MAX_SAFE_INTEGER }),
      "INVALID_PARAMETER",
    );
    const open = await new VolumeDriver(fs).open("file");
    const written = await open.write(Buffer.from("xx"), Number.MAX_SAFE_INTEGER - 1);
    expect(outcomeOf(written)).toBe("INVALID_PARAMETER");
    expect((await on.info(file)).fileSize).toBe(0);
  });

  it("14: reads need no copy, and blocks are whole pages", async () => {
    const { fs, on } = volume();
    await on.make("\\file", "x".repeat(2 * CHUNK_SIZE));
    const { file } = fs.open("\\file");
    const views = () => fs.readViews(file, 0, 2 * CHUNK_SIZE);
    expect(views().map(({ length }) => length)).toEqual([CHUNK_SIZE, CHUNK_SIZE]);
    expect(views().map(({ buffer }) => buffer)).toEqual(views().map(({ buffer }) => buffer));
    expect(CHUNK_SIZE % 4096).toBe(0);
  });

  it("15: what the volume says is free is true at once", async () => {
    const { fs, on } = volume();
    const { file } = await on.create("\\file");
    const { freeSize } = fs.getVolumeInfo();
    await on.setFileSize(file, 3 * CHUNK_SIZE);
    expect(fs.getVolumeInfo().freeSize).toBe(freeSize - 3 * CHUNK_SIZE);
    await on.setFileSize(file, 0);
    expect(fs.getVolumeInfo().freeSize).toBe(freeSize);
  });

  it("16: memory that another program has taken meanwhile is not promised, and nothing is half done", async () => {
    let now = 0n;
    let free = 8 * CHUNK_SIZE;
    const { fs, on } = volume({ maxSize: undefined, freeMemory: () => free, now: () => now });
    await on.make("\\file", "abc");
    const before = await on.infoOf("\\file");
    const { file } = await on.open("\\file");
    free = 0;
    now = 2_000_000n; // 200 ms later, when the last measurement no longer counts
    await refuses(() => on.setFileSize(file, 4 * CHUNK_SIZE), "DISK_FULL");
    await refuses(() => on.write(file, "x", { offset: 4 * CHUNK_SIZE }), "DISK_FULL");
    expect(await on.info(file)).toEqual(before);
    expect(await on.contents("\\file")).toBe("abc");
    free = 8 * CHUNK_SIZE;
    now = 4_000_000n;
    expect(fs.getVolumeInfo().freeSize).toBeGreaterThan(4 * CHUNK_SIZE);
    await on.setFileSize(file, 4 * CHUNK_SIZE);
  });
});
