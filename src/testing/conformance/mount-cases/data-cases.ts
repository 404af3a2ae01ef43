import { strict as assert } from "node:assert";
import { appendFile, open, readFile, stat, truncate, unlink, writeFile } from "node:fs/promises";
import { type MountCase, mountCase } from "../case.js";
import { contentsOf, fails, withOpen } from "./steps.js";

/** More than the kernel asks for at once, and no whole number of pages. */
const LARGE = 2_500_001;

/** Bytes that tell where they are. */
function pattern(length: number): Buffer {
  const data = Buffer.alloc(length);
  for (let at = 0; at + 4 <= length; at += 4) data.writeUInt32LE(at, at);
  return data;
}

export const mountDataCases: readonly MountCase[] = [
  mountCase("a program reads back a large file that it wrote", "write(2)", async (stage) => {
    const path = stage.at("file");
    const data = pattern(LARGE);
    await writeFile(path, data);
    assert.equal((await stat(path)).size, LARGE);
    assert.ok(data.equals(await readFile(path)));
    await withOpen(path, "r", async (file) => {
      const part = Buffer.alloc(8191);
      await file.read(part, 0, part.length, LARGE - 9000);
      assert.ok(part.equals(data.subarray(LARGE - 9000, LARGE - 9000 + part.length)));
      const { bytesRead } = await file.read(part, 0, part.length, LARGE - 1);
      assert.equal(bytesRead, 1);
      assert.equal((await file.read(part, 0, part.length, LARGE + 5)).bytesRead, 0);
    });
  }),
  mountCase("a part of a file is overwritten, and the rest stays", "pwrite(2)", async (stage) => {
    const path = stage.at("file");
    await writeFile(path, "0123456789");
    await withOpen(path, "r+", async (file) => {
      await file.write("abc", 3);
      assert.equal(await contentsOf(file), "012abc6789");
    });
    assert.equal(await readFile(path, "utf8"), "012abc6789");
  }),
  mountCase(
    "O_EXCL makes a file, and opens none that is there; O_TRUNC empties it, and it is the same file",
    "open(2)",
    async (stage) => {
      const path = stage.at("file");
      await (await open(path, "wx")).close();
      await fails(open(path, "wx"), "EEXIST");
      await writeFile(path, "text");
      const { ino } = await stat(path);
      await (await open(path, "w")).close();
      const emptied = await stat(path);
      assert.deepEqual([emptied.size, emptied.ino], [0, ino]);
      await fails(open(stage.at("missing"), "r+"), "ENOENT");
      await fails(open(stage.at("missing", "file"), "w"), "ENOENT");
      await fails(open(stage.at("file", "below"), "w"), "ENOTDIR");
      await fails(open(stage.at(), "r+"), "EISDIR");
    },
  ),
  mountCase(
    "who appends writes where the file ends, whoever has made it longer",
    "open(2), O_APPEND",
    async (stage) => {
      const path = stage.at("log");
      await writeFile(path, "one ");
      await withOpen(path, "a", async (file) => {
        await appendFile(path, "two ");
        await file.write("three ");
        await truncate(path, 4);
        await file.write("four");
      });
      assert.equal(await readFile(path, "utf8"), "one four");
    },
  ),
  mountCase(
    "a file that is cut and made longer has zeros where it had something",
    "truncate(2)",
    async (stage) => {
      const path = stage.at("file");
      await writeFile(path, "x".repeat(10_000));
      await truncate(path, 3);
      assert.equal(await readFile(path, "utf8"), "xxx");
      await truncate(path, 6);
      assert.equal(await readFile(path, "utf8"), "xxx\0\0\0");
      await withOpen(path, "r+", async (file) => {
        await file.truncate(5000);
        assert.equal((await file.stat()).size, 5000);
        assert.equal(await contentsOf(file), `xxx${"\0".repeat(4997)}`);
      });
      await fails(truncate(stage.at("missing"), 1), "ENOENT");
    },
    ["setFileSize"],
  ),
  mountCase("a hole that a write leaves reads as zeros", "lseek(2)", async (stage) => {
    const path = stage.at("file");
    const end = 1_000_003;
    await withOpen(path, "wx+", async (file) => {
      await file.write("end", end);
      await file.write("start", 0);
    });
    const data = await readFile(path);
    assert.equal(data.length, end + 3);
    assert.equal(data.toString("latin1", 0, 5), "start");
    assert.equal(data.toString("latin1", end), "end");
    assert.ok(data.subarray(5, end).every((byte) => byte === 0));
  }),
  mountCase(
    "what one descriptor writes another one reads at once, and fsync keeps it",
    "fsync(2)",
    async (stage) => {
      const path = stage.at("file");
      await withOpen(path, "wx+", async (writer) => {
        await withOpen(path, "r", async (reader) => {
          await writer.write("abc", 0);
          assert.equal(await contentsOf(reader), "abc");
          await writer.write("XYZ!", 0);
          assert.equal(await contentsOf(reader), "XYZ!");
          await writer.sync();
          await writer.datasync();
          await reader.sync();
        });
      });
    },
  ),
  mountCase(
    "a descriptor does what it was opened for, and nothing else",
    "read(2), write(2)",
    async (stage) => {
      const path = stage.at("file");
      await writeFile(path, "text");
      await withOpen(path, "r", (file) => fails(file.write("no", 0), "EBADF"));
      await withOpen(path, "a", (file) => fails(file.read(Buffer.alloc(4), 0, 4, 0), "EBADF"));
      await withOpen(stage.at(), "r", (root) =>
        fails(root.read(Buffer.alloc(4), 0, 4, 0), "EISDIR"),
      );
      assert.equal(await readFile(path, "utf8"), "text");
    },
  ),
  mountCase(
    "a file whose name is gone lives on for who has it open, and its name is free",
    "unlink(2)",
    async (stage) => {
      const path = stage.at("file");
      await writeFile(path, "old");
      await withOpen(path, "r+", async (file) => {
        await unlink(path);
        await fails(stat(path), "ENOENT");
        await writeFile(path, "new");
        assert.equal(await contentsOf(file), "old");
        await file.write("still ", 0);
        assert.equal(await contentsOf(file), "still ");
      });
      assert.equal(await readFile(path, "utf8"), "new");
    },
  ),
];
