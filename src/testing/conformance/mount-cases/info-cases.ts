import { strict as assert } from "node:assert";
import {
  access,
  chmod,
  constants,
  mkdir,
  readdir,
  readFile,
  rename,
  stat,
  statfs,
  utimes,
  writeFile,
} from "node:fs/promises";
import { type MountCase, mountCase } from "../case.js";
import { withOpen } from "./steps.js";

/** In seconds: long ago. */
const ACCESSED_S = 1_000_000_000;
const WRITTEN_S = 1_200_000_000;

const PERMISSIONS = 0o777;

export const mountInfoCases: readonly MountCase[] = [
  mountCase("each thing tells its kind and its size", "stat(2)", async (stage) => {
    await mkdir(stage.at("dir"));
    await writeFile(stage.at("file"), "12345");
    const [root, dir, file] = [
      await stat(stage.at()),
      await stat(stage.at("dir")),
      await stat(stage.at("file")),
    ];
    assert.deepEqual([root.isDirectory(), dir.isDirectory(), file.isFile()], [true, true, true]);
    assert.deepEqual([file.size, file.nlink], [5, 1]);
    assert.equal(new Set([root.ino, dir.ino, file.ino]).size, 3);
    await access(stage.at("file"), constants.R_OK | constants.W_OK);
  }),
  mountCase(
    "a listing tells of each name what it is",
    "readdir(3)",
    async (stage) => {
      await mkdir(stage.at("dir"));
      await writeFile(stage.at("file"), "");
      const entries = await readdir(stage.at(), { withFileTypes: true });
      const kinds = entries.map((entry) => [entry.name, entry.isDirectory(), entry.isFile()]);
      assert.deepEqual(kinds.sort(), [
        ["dir", true, false],
        ["file", false, true],
      ]);
    },
    ["readDirectory"],
  ),
  mountCase(
    "times that a program sets stay: when it is closed, read and renamed",
    "utimensat(2)",
    async (stage) => {
      await writeFile(stage.at("file"), "text");
      await utimes(stage.at("file"), ACCESSED_S, WRITTEN_S);
      const told = await stat(stage.at("file"));
      assert.deepEqual([told.atimeMs, told.mtimeMs], [ACCESSED_S * 1000, WRITTEN_S * 1000]);
      await readFile(stage.at("file"));
      await rename(stage.at("file"), stage.at("new"));
      assert.equal((await stat(stage.at("new"))).mtimeMs, WRITTEN_S * 1000);
      await withOpen(stage.at("new"), "r+", async (file) => {
        await file.write("TEXT", 0);
        await file.utimes(ACCESSED_S, WRITTEN_S);
      });
      assert.equal((await stat(stage.at("new"))).mtimeMs, WRITTEN_S * 1000);
    },
    ["setBasicInfo", "rename"],
  ),
  mountCase(
    "a write moves the time of the last write",
    "stat(2)",
    async (stage) => {
      const path = stage.at("file");
      await writeFile(path, "text");
      await utimes(path, ACCESSED_S, WRITTEN_S);
      await withOpen(path, "r+", (file) => file.write("TEXT", 0));
      assert.ok((await stat(path)).mtimeMs > WRITTEN_S * 1000);
    },
    ["setBasicInfo"],
  ),
  mountCase(
    "a mode that a program sets stays, whatever the file is called",
    "chmod(2)",
    async (stage) => {
      await writeFile(stage.at("file"), "text");
      await mkdir(stage.at("dir"));
      await chmod(stage.at("file"), 0o640);
      await chmod(stage.at("dir"), 0o700);
      assert.equal((await stat(stage.at("file"))).mode & PERMISSIONS, 0o640);
      await rename(stage.at("file"), stage.at("dir", "new"));
      assert.equal((await stat(stage.at("dir", "new"))).mode & PERMISSIONS, 0o640);
      assert.equal((await stat(stage.at("dir"))).mode & PERMISSIONS, 0o700);
      await chmod(stage.at("dir", "new"), 0o755);
      assert.equal((await stat(stage.at("dir", "new"))).mode & PERMISSIONS, 0o755);
      assert.equal(await readFile(stage.at("dir", "new"), "utf8"), "text");
    },
    ["getSecurity", "setSecurity", "rename"],
  ),
  mountCase(
    "who may not write to a file is told so by its mode, where there are no descriptors too",
    "chmod(2)",
    async (stage) => {
      await writeFile(stage.at("file"), "text");
      await chmod(stage.at("file"), 0o444);
      assert.equal((await stat(stage.at("file"))).mode & 0o222, 0);
      await chmod(stage.at("file"), 0o644);
      assert.equal((await stat(stage.at("file"))).mode & 0o200, 0o200);
      await writeFile(stage.at("file"), "new");
      assert.equal(await readFile(stage.at("file"), "utf8"), "new");
    },
    ["setBasicInfo"],
  ),
  mountCase("a mount tells how large and how full it is", "statfs(2)", async (stage) => {
    const { blocks, bfree, bsize } = await statfs(stage.at());
    assert.ok(bsize > 0 && blocks > 0 && bfree <= blocks);
  }),
];
