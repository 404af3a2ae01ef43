import { strict as assert } from "node:assert";
import { ChangeAction } from "../../../fs/index.js";
import {
  DELETE,
  FILE_ATTRIBUTE_READONLY,
  FILE_DELETE_ON_CLOSE,
  FILE_LIST_DIRECTORY,
  FILE_NOTIFY_CHANGE_FILE_NAME,
  FILE_READ_ATTRIBUTES,
  FILE_READ_DATA,
  FILE_SHARE_READ,
  FILE_SHARE_WRITE,
} from "../../../nt/index.js";
import { type DriveCase, driveCase, needing } from "../case.js";
import { refuses } from "../subject.js";
import { contents, make, makeDirectory, NEW, namesIn, opening } from "./steps.js";

const POSIX = { isPosix: true } as const;
const NO_DELETE = FILE_SHARE_READ | FILE_SHARE_WRITE;

const deleting: readonly DriveCase[] = [
  driveCase(
    "by POSIX rules a name goes with the open that deleted it, and others go on without",
    "winfsp-tests delete_ex_test; [MS-FSCC] 2.4.11",
    async (stage) => {
      const [anna, bert] = [await stage.drive(), await stage.drive("bert")];
      await make(anna, "file", "old");
      const other = await bert.open("file");
      const deleter = await anna.open("file");
      await deleter.setDelete(true, POSIX);
      assert.equal(await opening(anna, "file"), "DELETE_PENDING");
      await deleter.close();
      assert.equal(await opening(anna, "file"), "OBJECT_NAME_NOT_FOUND");
      await make(anna, "file", "new");
      assert.equal(await other.read(), "old");
      await other.write("OLD");
      assert.equal(await other.read(), "OLD");
      await refuses(() => other.setDelete(true, POSIX), "FILE_DELETED");
      await other.close();
      assert.equal(await contents(anna, "file"), "new");
    },
  ),
  driveCase(
    "by POSIX rules a directory is emptied and deleted while its files are open",
    "winfsp-tests delete_ex_test",
    async (stage) => {
      const drive = await stage.drive();
      await makeDirectory(drive, "dir");
      await make(drive, "dir\\file", "abc");
      const other = await drive.open("dir\\file");
      const directory = await drive.open("dir");
      await refuses(() => directory.setDelete(true, POSIX), "DIRECTORY_NOT_EMPTY");
      const deleter = await drive.open("dir\\file");
      await deleter.setDelete(true, POSIX);
      await deleter.close();
      await directory.setDelete(true, POSIX);
      await directory.close();
      assert.deepEqual(await namesIn(drive), []);
      assert.equal(await other.read(), "abc");
      await other.close();
    },
    ["readDirectory", "canDelete"],
  ),
  driveCase(
    "a read-only file is deleted by who says that it may be",
    "winfsp-tests delete_ex_test",
    async (stage) => {
      const drive = await stage.drive();
      const fileAttributes = FILE_ATTRIBUTE_READONLY;
      await (await drive.open("file", { ...NEW, fileAttributes })).close();
      const desiredAccess = DELETE | FILE_READ_ATTRIBUTES;
      const file = await drive.open("file", { desiredAccess });
      await refuses(() => file.setDelete(true, POSIX), "CANNOT_DELETE");
      await refuses(() => file.setDelete(true, {}), "CANNOT_DELETE");
      await file.setDelete(true, { ignoresReadOnly: true });
      await file.close();
      assert.equal(await opening(drive, "file"), "OBJECT_NAME_NOT_FOUND");
    },
  ),
  driveCase(
    "what an open was to delete on close it can be told to keep, and only such an open",
    "winfsp-tests delete_ex_test; [MS-FSCC] 2.4.11",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file", "abc");
      const going = await drive.open("file", { createOptions: FILE_DELETE_ON_CLOSE });
      await going.setDelete(false, { isOnClose: true });
      await going.close();
      assert.equal(await contents(drive, "file"), "abc");
      const plain = await drive.open("file");
      await refuses(() => plain.setDelete(true, { isOnClose: true }), "NOT_SUPPORTED");
      await plain.close();
    },
  ),
  driveCase(
    "who watches hears of a POSIX deletion when the name goes, and once",
    "winfsp-tests delete_ex_test",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file");
      const directory = await drive.open("", { desiredAccess: FILE_LIST_DIRECTORY });
      const filter = FILE_NOTIFY_CHANGE_FILE_NAME;
      const heard = directory.watch({ filter });
      const [deleter, other] = [await drive.open("file"), await drive.open("file")];
      await deleter.setDelete(true, POSIX);
      assert.ok(await stage.isWaiting(heard));
      await deleter.close();
      assert.deepEqual(await heard, [{ action: ChangeAction.REMOVED, name: "file" }]);
      const given = new AbortController();
      const more = directory.watch({ filter, signal: given.signal });
      await other.close();
      assert.ok(await stage.isWaiting(more));
      given.abort();
      await refuses(() => more, "CANCELLED");
      await directory.close();
    },
  ),
];

const renaming: readonly DriveCase[] = [
  driveCase(
    "by POSIX rules a name is taken from a file that is open, which lives on",
    "winfsp-tests rename_ex_test; [MS-FSCC] 2.4.37",
    async (stage) => {
      const [anna, bert] = [await stage.drive(), await stage.drive("bert")];
      await make(anna, "a", "a");
      await make(anna, "b", "b");
      const replaced = await bert.open("b");
      const file = await anna.open("a");
      await refuses(() => file.rename("b", false, POSIX), "OBJECT_NAME_COLLISION");
      await refuses(() => file.rename("b", true, {}), "ACCESS_DENIED");
      await file.rename("b", true, POSIX);
      assert.equal((await file.facts()).path, "\\b");
      assert.equal(await replaced.read(), "b");
      assert.equal(await contents(bert, "b"), "a");
      await replaced.close();
      await file.close();
      assert.equal(await contents(anna, "b"), "a");
      assert.equal(await opening(anna, "a"), "OBJECT_NAME_NOT_FOUND");
    },
  ),
  driveCase(
    "no name is taken from who does not share its deletion",
    "winfsp-tests rename_ex_test",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "a", "a");
      await make(drive, "b", "b");
      const reader = await drive.open("b", {
        desiredAccess: FILE_READ_DATA,
        shareAccess: NO_DELETE,
      });
      const file = await drive.open("a");
      await refuses(() => file.rename("b", true, POSIX), "SHARING_VIOLATION");
      await reader.close();
      await file.rename("b", true, POSIX);
      await file.close();
      assert.equal(await contents(drive, "b"), "a");
    },
  ),
  driveCase(
    "the name of a read-only file is taken by who says that it may be",
    "winfsp-tests rename_ex_test",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "a", "a");
      const fileAttributes = FILE_ATTRIBUTE_READONLY;
      await (await drive.open("b", { ...NEW, fileAttributes })).close();
      const file = await drive.open("a");
      await refuses(() => file.rename("b", true, POSIX), "ACCESS_DENIED");
      await file.rename("b", true, { ...POSIX, ignoresReadOnly: true });
      await file.close();
      assert.equal(await contents(drive, "b"), "a");
    },
    ["getSecurityByName"],
  ),
  driveCase(
    "by POSIX rules a directory takes the place of an empty one, and no file does",
    "winfsp-tests rename_ex_test",
    async (stage) => {
      const drive = await stage.drive();
      for (const path of ["dir", "empty", "full"]) await makeDirectory(drive, path);
      await make(drive, "full\\file");
      await make(drive, "file");
      const file = await drive.open("file");
      await refuses(() => file.rename("empty", true, POSIX), "ACCESS_DENIED");
      await file.close();
      const directory = await drive.open("dir");
      await refuses(() => directory.rename("full", true, POSIX), "DIRECTORY_NOT_EMPTY");
      await directory.rename("empty", true, POSIX);
      await directory.close();
      assert.deepEqual(await namesIn(drive), ["empty", "file", "full"]);
    },
    ["readDirectory"],
  ),
  driveCase(
    "by POSIX rules a directory is renamed with what is open in it",
    "winfsp-tests rename_ex_test",
    async (stage) => {
      const drive = await stage.drive();
      await makeDirectory(drive, "dir");
      await make(drive, "dir\\file", "abc");
      const inside = await drive.open("dir\\file");
      const directory = await drive.open("dir");
      await refuses(() => directory.rename("new", false, {}), "ACCESS_DENIED");
      await directory.rename("new", false, POSIX);
      assert.equal((await inside.facts()).path, "\\new\\file");
      await inside.write("xyz");
      await inside.close();
      await directory.close();
      assert.equal(await contents(drive, "new\\file"), "xyz");
    },
  ),
];

/** Deleting and renaming by POSIX rules: what is open lives on without its name. */
export const posixCases: readonly DriveCase[] = [...deleting, ...needing(["rename"], renaming)];
