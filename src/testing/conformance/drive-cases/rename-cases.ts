import { strict as assert } from "node:assert";
import {
  FILE_ATTRIBUTE_READONLY,
  FILE_READ_ATTRIBUTES,
  FILE_READ_DATA,
  FILE_SHARE_READ,
} from "../../../nt/index.js";
import { type DriveCase, driveCase, needing } from "../case.js";
import type { Drive } from "../drive.js";
import { refuses } from "../subject.js";
import {
  contents,
  factsOf,
  make,
  makeDirectory,
  NEW,
  namesIn,
  opening,
  outcomeOf,
} from "./steps.js";

/** What renaming comes to, by name. */
async function renaming(
  drive: Drive,
  path: string,
  newPath: string,
  replaceIfExists = false,
): Promise<string> {
  const file = await drive.open(path);
  const outcome = await outcomeOf(() => file.rename(newPath, replaceIfExists));
  await file.close();
  return outcome;
}

const cases: readonly DriveCase[] = [
  driveCase(
    "a file and a directory are renamed, with all that is in them",
    "winfsp-tests rename_test",
    async (stage) => {
      const drive = await stage.drive();
      await makeDirectory(drive, "dir1");
      await make(drive, "dir1\\file0", "abc");
      const { fileId } = await factsOf(drive, "dir1\\file0");
      assert.equal(await renaming(drive, "dir1\\file0", "dir1\\file1"), "SUCCESS");
      assert.equal(await renaming(drive, "dir1", "dir2"), "SUCCESS");
      assert.equal(await contents(drive, "dir2\\file1"), "abc");
      assert.equal((await factsOf(drive, "dir2\\file1")).fileId, fileId);
      assert.equal(await opening(drive, "dir1"), "OBJECT_NAME_NOT_FOUND");
      assert.equal(await renaming(drive, "dir2\\file1", "file"), "SUCCESS");
      assert.deepEqual(await namesIn(drive), ["dir2", "file"]);
    },
    ["readDirectory"],
  ),
  driveCase(
    "a name that exists is replaced where that is asked for, and it is no directory",
    "winfsp-tests rename_test; [MS-FSA] 2.1.5.14.11",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "a", "a");
      await make(drive, "b", "b");
      await makeDirectory(drive, "dir");
      await makeDirectory(drive, "other");
      assert.equal(await renaming(drive, "a", "b"), "OBJECT_NAME_COLLISION");
      assert.equal(await renaming(drive, "a", "b", true), "SUCCESS");
      assert.equal(await contents(drive, "b"), "a");
      assert.equal(await opening(drive, "a"), "OBJECT_NAME_NOT_FOUND");
      assert.equal(await renaming(drive, "b", "dir", true), "ACCESS_DENIED");
      assert.equal(await renaming(drive, "other", "dir", true), "ACCESS_DENIED");
      assert.equal(await renaming(drive, "other", "dir"), "OBJECT_NAME_COLLISION");
    },
  ),
  driveCase(
    "a read-only file is not replaced",
    "WinFsp 3.3, table",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "a");
      const fileAttributes = FILE_ATTRIBUTE_READONLY;
      await (await drive.open("b", { ...NEW, fileAttributes })).close();
      assert.equal(await renaming(drive, "a", "b", true), "ACCESS_DENIED");
    },
    ["getSecurityByName"],
  ),
  driveCase(
    "nothing is renamed while something below it, or its new name, is open",
    "winfsp-tests rename_test; WinFsp 3.8",
    async (stage) => {
      const drive = await stage.drive();
      await makeDirectory(drive, "dir");
      await make(drive, "dir\\file");
      await make(drive, "other");
      const child = await drive.open("dir\\file");
      assert.equal(await renaming(drive, "dir", "new"), "ACCESS_DENIED");
      assert.equal(await renaming(drive, "other", "dir\\file", true), "ACCESS_DENIED");
      await child.close();
      assert.equal(await renaming(drive, "dir", "new"), "SUCCESS");
    },
  ),
  driveCase(
    "nothing is moved to where there is no directory, nor into itself",
    "winfsp-tests rename_test; [MS-FSA] 2.1.5.14.11",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file", "abc");
      await makeDirectory(drive, "dir");
      assert.equal(await renaming(drive, "file", "nowhere\\file"), "OBJECT_PATH_NOT_FOUND");
      assert.equal(await renaming(drive, "file", "bad?name"), "OBJECT_NAME_INVALID");
      assert.equal(await renaming(drive, "dir", "dir\\dir"), "INVALID_PARAMETER");
      assert.equal(await contents(drive, "file"), "abc");
    },
  ),
  driveCase("the root is not renamed", "WinFsp 3.8", async (stage) => {
    const drive = await stage.drive();
    const root = await drive.open("");
    await refuses(() => root.rename("new"), "INVALID_PARAMETER");
    await root.close();
  }),
  driveCase(
    "a new name may end in a backslash",
    "winfsp-tests rename_backslash_test",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file");
      await makeDirectory(drive, "dir");
      assert.equal(await renaming(drive, "file", "file2\\"), "SUCCESS");
      assert.equal(await renaming(drive, "dir", "dir2\\"), "SUCCESS");
      assert.deepEqual(await namesIn(drive), ["dir2", "file2"]);
    },
    ["readDirectory"],
  ),
  driveCase(
    "a file is renamed by one open while another one looks at it",
    "winfsp-tests rename_open_test",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file", "abc");
      const watcher = await drive.open("file", { desiredAccess: FILE_READ_ATTRIBUTES });
      const reader = await drive.open("file", { desiredAccess: FILE_READ_DATA });
      assert.equal(await renaming(drive, "file", "new"), "SUCCESS");
      assert.equal((await watcher.facts()).path, "\\new");
      assert.equal(await reader.read(), "abc");
      await watcher.close();
      await reader.close();
    },
  ),
  driveCase(
    "who has a file open and does not share its deletion keeps others from renaming it",
    "winfsp-tests rename_open_test; [MS-FSA] 2.1.5.1.2.2",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file");
      const reading = { desiredAccess: FILE_READ_DATA, shareAccess: FILE_SHARE_READ };
      const reader = await drive.open("file", reading);
      assert.equal(await opening(drive, "file"), "SHARING_VIOLATION");
      await reader.close();
      assert.equal(await renaming(drive, "file", "new"), "SUCCESS");
    },
  ),
  driveCase(
    "a file is renamed to itself, and to its name in another case",
    "winfsp-tests rename_caseins_test",
    async (stage) => {
      const drive = await stage.drive();
      await makeDirectory(drive, "dir");
      await make(drive, "dir\\file", "abc");
      assert.equal(await renaming(drive, "dir\\file", "dir\\file"), "SUCCESS");
      assert.equal(await renaming(drive, "dir\\file", "dir\\FILE"), "SUCCESS");
      assert.deepEqual(await namesIn(drive, "dir"), ["FILE"]);
      assert.equal(await renaming(drive, "dir", "DIR"), "SUCCESS");
      assert.deepEqual(await namesIn(drive), ["DIR"]);
      assert.equal(await contents(drive, "dir\\file"), "abc");
    },
    ["caseInsensitiveNames", "readDirectory"],
  ),
  driveCase(
    "a directory is renamed when what was open in it is closed",
    "winfsp-tests rename_standby_test",
    async (stage) => {
      const [anna, bert] = [await stage.drive(), await stage.drive("bert")];
      await makeDirectory(anna, "dir");
      await make(anna, "dir\\file", "abc");
      assert.equal(await contents(bert, "dir\\file"), "abc");
      for (const [from, to] of [
        ["dir", "new"],
        ["new", "dir"],
        ["dir", "last"],
      ] as const) {
        assert.equal(await renaming(anna, from, to), "SUCCESS");
        assert.equal(await contents(bert, `${to}\\file`), "abc");
      }
    },
  ),
];

/** Renaming. */
export const renameCases: readonly DriveCase[] = needing(["rename"], cases);
