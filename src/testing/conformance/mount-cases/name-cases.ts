import { strict as assert } from "node:assert";
import {
  link,
  lstat,
  mkdir,
  opendir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  rmdir,
  stat,
  symlink,
  unlink,
  writeFile,
} from "node:fs/promises";
import { type MountCase, mountCase } from "../case.js";
import { contentsOf, fails, isThere, withOpen } from "./steps.js";

/** As many as take several answers to list. */
const MANY = 500;
const DEPTH = 40;

const naming: readonly MountCase[] = [
  mountCase(
    "names in any script are listed as they were made, and lead to their files",
    "path_resolution(7)",
    async (stage) => {
      const names = ["Grüße", "日本語.txt", "🙂 smile", " leading space", "a.b.c", "x".repeat(255)];
      for (const name of names) await writeFile(stage.at(name), name);
      assert.deepEqual((await readdir(stage.at())).sort(), [...names].sort());
      for (const name of names) assert.equal(await readFile(stage.at(name), "utf8"), name);
      await fails(writeFile(stage.at("x".repeat(256)), ""), "ENAMETOOLONG");
    },
    ["readDirectory"],
  ),
  mountCase(
    "names that Windows does not have are names of programs",
    "path_resolution(7)",
    async (stage) => {
      const names = ['a:b*?"<>|\\c', "tab\there"];
      for (const name of names) await writeFile(stage.at(name), name);
      assert.deepEqual((await readdir(stage.at())).sort(), [...names].sort());
      for (const name of names) assert.equal(await readFile(stage.at(name), "utf8"), name);
    },
    ["readDirectory"],
  ),
  mountCase(
    "a name is found in any case, and listed as it was made, where names are the same in any case",
    "WinFsp 3.1",
    async (stage) => {
      await writeFile(stage.at("File"), "text");
      assert.equal(await readFile(stage.at("fILE"), "utf8"), "text");
      assert.deepEqual(await readdir(stage.at()), ["File"]);
      await fails(mkdir(stage.at("FILE")), "EEXIST");
    },
    ["caseInsensitiveNames", "readDirectory"],
  ),
  mountCase(
    "directories lie in one another, many deep, and go with all that is in them",
    "mkdir(2)",
    async (stage) => {
      const names = Array.from({ length: DEPTH }, (_, depth) => `level ${depth}`);
      await mkdir(stage.at(...names), { recursive: true });
      await writeFile(stage.at(...names, "file"), "deep");
      assert.equal(await readFile(stage.at(...names, "file"), "utf8"), "deep");
      await rm(stage.at("level 0"), { recursive: true });
      assert.deepEqual(await readdir(stage.at()), []);
    },
    ["readDirectory"],
  ),
  mountCase(
    "a directory of many names lists each once, also while they are deleted",
    "readdir(3)",
    async (stage) => {
      const names = Array.from({ length: MANY }, (_, i) => `file ${String(i).padStart(4, "0")}`);
      await mkdir(stage.at("dir"));
      for (const name of names) await writeFile(stage.at("dir", name), "");
      assert.deepEqual((await readdir(stage.at("dir"))).sort(), names);
      const seen: string[] = [];
      for await (const { name } of await opendir(stage.at("dir"), { bufferSize: 8 })) {
        seen.push(name);
        await unlink(stage.at("dir", name));
      }
      assert.deepEqual(seen.sort(), names);
      await rmdir(stage.at("dir"));
    },
    ["readDirectory"],
  ),
  mountCase(
    "each kind of thing goes by the call that is for it, and a directory only when it is empty",
    "unlink(2), rmdir(2)",
    async (stage) => {
      await mkdir(stage.at("dir"));
      await fails(mkdir(stage.at("dir")), "EEXIST");
      await writeFile(stage.at("dir", "file"), "");
      await fails(unlink(stage.at("dir")), "EISDIR", "EPERM");
      await fails(rmdir(stage.at("dir", "file")), "ENOTDIR");
      await fails(rmdir(stage.at("dir")), "ENOTEMPTY");
      await fails(readdir(stage.at("dir", "file")), "ENOTDIR");
      await fails(unlink(stage.at("missing")), "ENOENT");
      await unlink(stage.at("dir", "file"));
      await rmdir(stage.at("dir"));
      assert.equal(await isThere(stage.at("dir")), false);
    },
    ["readDirectory", "canDelete"],
  ),
];

const renaming: readonly MountCase[] = [
  mountCase(
    "a file that is renamed takes the place of another one, which lives on for who has it open",
    "rename(2)",
    async (stage) => {
      await writeFile(stage.at("a"), "a");
      await writeFile(stage.at("b"), "b");
      const { ino } = await stat(stage.at("a"));
      await withOpen(stage.at("b"), "r", async (replaced) => {
        await withOpen(stage.at("a"), "r+", async (file) => {
          await rename(stage.at("a"), stage.at("b"));
          assert.equal(await contentsOf(replaced), "b");
          await file.write("A", 0);
        });
      });
      assert.equal(await readFile(stage.at("b"), "utf8"), "A");
      assert.equal((await stat(stage.at("b"))).ino, ino);
      assert.equal(await isThere(stage.at("a")), false);
      await fails(rename(stage.at("a"), stage.at("c")), "ENOENT");
    },
    ["rename"],
  ),
  mountCase(
    "a directory takes the place of an empty one, of no full one and of no file, nor a file its place",
    "rename(2)",
    async (stage) => {
      for (const name of ["dir", "empty", "full"]) await mkdir(stage.at(name));
      await writeFile(stage.at("dir", "inside"), "kept");
      await writeFile(stage.at("full", "file"), "");
      await writeFile(stage.at("file"), "");
      await fails(rename(stage.at("file"), stage.at("empty")), "EISDIR");
      await fails(rename(stage.at("dir"), stage.at("file")), "ENOTDIR");
      await fails(rename(stage.at("dir"), stage.at("full")), "ENOTEMPTY", "EEXIST");
      await fails(rename(stage.at("dir"), stage.at("dir", "below")), "EINVAL");
      await rename(stage.at("dir"), stage.at("empty"));
      assert.equal(await readFile(stage.at("empty", "inside"), "utf8"), "kept");
      assert.deepEqual((await readdir(stage.at())).sort(), ["empty", "file", "full"]);
    },
    ["rename", "readDirectory", "canDelete"],
  ),
  mountCase(
    "a directory is renamed with what is open below it",
    "rename(2)",
    async (stage) => {
      await mkdir(stage.at("dir", "sub"), { recursive: true });
      await mkdir(stage.at("other"));
      await withOpen(stage.at("dir", "sub", "file"), "wx+", async (file) => {
        await file.write("one");
        await rename(stage.at("dir"), stage.at("other", "new"));
        await file.write(" two");
        assert.equal(await contentsOf(file), "one two");
      });
      assert.equal(await readFile(stage.at("other", "new", "sub", "file"), "utf8"), "one two");
      await fails(stat(stage.at("dir")), "ENOENT");
    },
    ["rename"],
  ),
];

const linking: readonly MountCase[] = [
  mountCase(
    "a file has several names, and goes with the last",
    "link(2)",
    async (stage) => {
      await mkdir(stage.at("dir"));
      await writeFile(stage.at("file"), "abc");
      await link(stage.at("file"), stage.at("dir", "other"));
      const [one, other] = [await stat(stage.at("file")), await stat(stage.at("dir", "other"))];
      assert.deepEqual([one.nlink, other.nlink, other.ino], [2, 2, one.ino]);
      await fails(link(stage.at("file"), stage.at("dir", "other")), "EEXIST");
      await fails(link(stage.at("dir"), stage.at("dir2")), "EPERM");
      await writeFile(stage.at("dir", "other"), "changed");
      assert.equal(await readFile(stage.at("file"), "utf8"), "changed");
      await unlink(stage.at("file"));
      assert.equal((await stat(stage.at("dir", "other"))).nlink, 1);
      assert.equal(await readFile(stage.at("dir", "other"), "utf8"), "changed");
    },
    ["link"],
  ),
  mountCase(
    "a file renamed to another name that it has keeps both",
    "rename(2)",
    async (stage) => {
      await writeFile(stage.at("file"), "abc");
      await link(stage.at("file"), stage.at("other"));
      await rename(stage.at("file"), stage.at("other"));
      assert.deepEqual((await readdir(stage.at())).sort(), ["file", "other"]);
      assert.equal((await stat(stage.at("file"))).nlink, 2);
    },
    ["link", "rename", "readDirectory"],
  ),
  mountCase(
    "a symbolic link leads where it says, also where nothing is, and goes alone",
    "symlink(2)",
    async (stage) => {
      await mkdir(stage.at("dir"));
      await writeFile(stage.at("dir", "file"), "text");
      await symlink("dir/file", stage.at("link"));
      await symlink("../dir", stage.at("dir", "self"));
      await symlink("no/where", stage.at("dangling"));
      assert.equal(await readlink(stage.at("link")), "dir/file");
      assert.equal(await readlink(stage.at("dangling")), "no/where");
      assert.equal(await readFile(stage.at("link"), "utf8"), "text");
      assert.equal(await readFile(stage.at("dir", "self", "file"), "utf8"), "text");
      assert.ok((await lstat(stage.at("link"))).isSymbolicLink());
      await fails(stat(stage.at("dangling")), "ENOENT");
      await fails(symlink("again", stage.at("link")), "EEXIST");
      const entries = await readdir(stage.at(), { withFileTypes: true });
      const links = entries.filter((entry) => entry.isSymbolicLink()).map(({ name }) => name);
      assert.deepEqual(links.sort(), ["dangling", "link"]);
      await unlink(stage.at("link"));
      assert.equal(await readFile(stage.at("dir", "file"), "utf8"), "text");
    },
    ["setReparsePoint", "getReparsePoint", "readDirectory"],
  ),
  mountCase(
    "a symbolic link is renamed itself, and takes the place of a file",
    "rename(2)",
    async (stage) => {
      await writeFile(stage.at("file"), "text");
      await writeFile(stage.at("taken"), "old");
      await symlink("file", stage.at("link"));
      await rename(stage.at("link"), stage.at("taken"));
      assert.equal(await readlink(stage.at("taken")), "file");
      assert.equal(await readFile(stage.at("taken"), "utf8"), "text");
      assert.equal(await isThere(stage.at("link")), false);
    },
    ["setReparsePoint", "getReparsePoint", "rename"],
  ),
];

export const mountNameCases: readonly MountCase[] = [...naming, ...renaming, ...linking];
