import { strict as assert } from "node:assert";
import { ChangeAction } from "../../../fs/index.js";
import {
  FILE_LIST_DIRECTORY,
  FILE_NOTIFY_CHANGE_ATTRIBUTES,
  FILE_NOTIFY_CHANGE_DIR_NAME,
  FILE_NOTIFY_CHANGE_FILE_NAME,
  FILE_NOTIFY_CHANGE_LAST_WRITE,
  FILE_NOTIFY_CHANGE_SIZE,
} from "../../../nt/index.js";
import { type DriveCase, driveCase, needing } from "../case.js";
import { refuses } from "../subject.js";
import { make, makeDirectory, namesIn, opening, outcomeOf, remove } from "./steps.js";

const LISTING = { desiredAccess: FILE_LIST_DIRECTORY };
const NAMES = FILE_NOTIFY_CHANGE_FILE_NAME | FILE_NOTIFY_CHANGE_DIR_NAME;

const listing: readonly DriveCase[] = [
  driveCase(
    "a directory lists all that is in it, and what matches a pattern",
    "winfsp-tests querydir_test",
    async (stage) => {
      const drive = await stage.drive();
      for (let i = 0; i < 10; i++) await makeDirectory(drive, `dir${i}`);
      for (let i = 0; i < 400; i++) await make(drive, `file${i}`);
      for (let i = 0; i < 100; i++) await make(drive, `dir5\\sub${i}`);
      assert.equal((await namesIn(drive)).length, 410);
      assert.equal((await namesIn(drive, "dir5")).length, 100);
      const root = await drive.open("", LISTING);
      assert.equal((await root.list("dir*")).length, 10);
      assert.equal((await root.list("file*")).length, 400);
      assert.equal((await root.list("file?")).length, 10);
      assert.deepEqual(
        (await root.list("FILE399")).map(({ name }) => name),
        ["file399"],
      );
      await refuses(() => root.list("nothing*"), "NO_SUCH_FILE");
      await refuses(() => root.list("nothing"), "NO_SUCH_FILE");
      await root.close();
    },
    ["caseInsensitiveNames"],
  ),
  driveCase(
    "a directory below the root lists itself and its parent first",
    "winfsp-tests querydir_test; [MS-FSA] 2.1.5.5.3",
    async (stage) => {
      const drive = await stage.drive();
      await makeDirectory(drive, "dir");
      await make(drive, "dir\\file");
      const directory = await drive.open("dir", LISTING);
      assert.deepEqual(
        (await directory.list()).map(({ name }) => name),
        [".", "..", "file"],
      );
      await directory.close();
    },
  ),
  driveCase(
    "a listing tells size, attributes and identity as the file itself does",
    "winfsp-tests querydir_test",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file", "abc");
      const file = await drive.open("file");
      const { fileSize, fileAttributes, fileId } = await file.facts();
      const root = await drive.open("", LISTING);
      assert.deepEqual(await root.list("file"), [
        { name: "file", fileSize, fileAttributes, fileId },
      ]);
      await file.close();
      await root.close();
    },
  ),
  driveCase(
    "two who list the same directory at once both get each name once",
    "winfsp-tests querydir_nodup_test",
    async (stage) => {
      const drives = [await stage.drive(), await stage.drive("bert")];
      const [anna] = drives;
      assert.ok(anna);
      for (let i = 0; i < 300; i++) await make(anna, `file ${i}`);
      const listed = await Promise.all(
        drives.flatMap((drive) => Array.from({ length: 5 }, () => namesIn(drive))),
      );
      for (const names of listed) assert.equal(new Set(names).size, 300);
      for (const names of listed) assert.equal(names.length, 300);
    },
  ),
  driveCase(
    "one name is found again and again, and no other",
    "winfsp-tests querydir_single_test",
    async (stage) => {
      const drive = await stage.drive();
      for (let i = 0; i < 100; i++) await make(drive, `file ${i}`);
      const root = await drive.open("", LISTING);
      for (let i = 0; i < 100; i++) {
        const found = await root.list(`file ${i}`);
        assert.deepEqual(
          found.map(({ name }) => name),
          [`file ${i}`],
        );
        assert.equal(await outcomeOf(() => root.list(`no file ${i}`)), "NO_SUCH_FILE");
      }
      await root.close();
    },
  ),
  driveCase(
    "names of 255 units are listed whole",
    "winfsp-tests querydir_namelen_test",
    async (stage) => {
      const drive = await stage.drive();
      const names = ["a", "日"].map((letter) => letter.repeat(255));
      for (const name of names) await make(drive, name);
      assert.deepEqual(await namesIn(drive), names);
    },
  ),
  driveCase("a file is no directory, so it has no list", "[MS-FSA] 2.1.5.5", async (stage) => {
    const drive = await stage.drive();
    await make(drive, "file");
    const file = await drive.open("file");
    await refuses(() => file.list(), "INVALID_PARAMETER");
    await refuses(() => file.watch({ filter: NAMES }), "INVALID_PARAMETER");
    await file.close();
  }),
];

const watching: readonly DriveCase[] = [
  driveCase(
    "who watches a tree hears of names that come and go below",
    "winfsp-tests dirnotify_test; [MS-FSA] 2.1.5.11",
    async (stage) => {
      const drive = await stage.drive();
      await makeDirectory(drive, "Directory");
      await makeDirectory(drive, "Directory\\Subdirectory");
      const directory = await drive.open("Directory", LISTING);
      const watch = () => directory.watch({ filter: NAMES, isTree: true });
      const name = "Subdirectory\\file0";
      const added = watch();
      assert.ok(await stage.isWaiting(added));
      await make(drive, "Directory\\Subdirectory\\file0");
      assert.deepEqual(await added, [{ action: ChangeAction.ADDED, name }]);
      const removed = watch();
      await remove(drive, "Directory\\Subdirectory\\file0");
      assert.deepEqual(await removed, [{ action: ChangeAction.REMOVED, name }]);
      await directory.close();
    },
  ),
  driveCase(
    "who watches a directory alone hears of nothing below",
    "[MS-FSA] 2.1.5.11",
    async (stage) => {
      const drive = await stage.drive();
      await makeDirectory(drive, "dir");
      const root = await drive.open("", LISTING);
      const heard = root.watch({ filter: NAMES });
      await make(drive, "dir\\file");
      assert.ok(await stage.isWaiting(heard));
      await make(drive, "file");
      assert.deepEqual(await heard, [{ action: ChangeAction.ADDED, name: "file" }]);
      await root.close();
    },
  ),
  driveCase(
    "who watches hears of a rename as of an old and a new name",
    "WinFsp 3.12; [MS-FSA] 2.1.5.14.11",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "old");
      const root = await drive.open("", LISTING);
      const heard = root.watch({ filter: NAMES });
      assert.ok(await stage.isWaiting(heard));
      const file = await drive.open("old");
      await file.rename("new");
      await file.close();
      assert.deepEqual(await heard, [
        { action: ChangeAction.RENAMED_OLD_NAME, name: "old" },
        { action: ChangeAction.RENAMED_NEW_NAME, name: "new" },
      ]);
      await root.close();
    },
    ["rename"],
  ),
  driveCase(
    "who watches for it hears of attributes, sizes and writes",
    "WinFsp 3.12",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file");
      const root = await drive.open("", LISTING);
      const file = await drive.open("file");
      const modified = [{ action: ChangeAction.MODIFIED, name: "file" }];
      const filter =
        FILE_NOTIFY_CHANGE_ATTRIBUTES | FILE_NOTIFY_CHANGE_SIZE | FILE_NOTIFY_CHANGE_LAST_WRITE;
      const changes = [
        () => file.setBasic({ fileAttributes: 2 }),
        () => file.setFileSize(10),
        () => file.write("abc", 20),
      ];
      for (const change of changes) {
        const heard = root.watch({ filter });
        assert.ok(await stage.isWaiting(heard));
        await change();
        assert.deepEqual(await heard, modified);
      }
      await file.close();
      await root.close();
    },
    ["setBasicInfo", "setFileSize"],
  ),
  driveCase(
    "what happens between two requests of a watcher is told with the second",
    "[MS-FSA] 2.1.5.11",
    async (stage) => {
      const drive = await stage.drive();
      const root = await drive.open("", LISTING);
      const first = root.watch({ filter: NAMES });
      assert.ok(await stage.isWaiting(first));
      await make(drive, "one");
      await first;
      await make(drive, "two");
      await makeDirectory(drive, "three");
      assert.deepEqual(await root.watch({ filter: NAMES }), [
        { action: ChangeAction.ADDED, name: "two" },
        { action: ChangeAction.ADDED, name: "three" },
      ]);
      await root.close();
    },
  ),
  driveCase(
    "watching ends when it is given up, when its open is closed, and when its directory is to go",
    "[MS-FSA] 2.1.5.11; WinFsp 3.12",
    async (stage) => {
      const drive = await stage.drive();
      await makeDirectory(drive, "dir");
      const given = new AbortController();
      const directory = await drive.open("dir");
      const cancelled = outcomeOf(() => directory.watch({ filter: NAMES, signal: given.signal }));
      assert.ok(await stage.isWaiting(cancelled));
      given.abort();
      assert.equal(await cancelled, "CANCELLED");
      const pending = outcomeOf(() => directory.watch({ filter: NAMES }));
      assert.ok(await stage.isWaiting(pending));
      const other = await drive.open("dir");
      await other.setDelete(true);
      assert.equal(await pending, "DELETE_PENDING");
      assert.equal(await outcomeOf(() => directory.watch({ filter: NAMES })), "DELETE_PENDING");
      await other.setDelete(false);
      await other.close();
      const closed = outcomeOf(() => directory.watch({ filter: NAMES }));
      assert.ok(await stage.isWaiting(closed));
      await directory.close();
      assert.equal(await closed, "NOTIFY_CLEANUP");
    },
  ),
];

const foreign: readonly DriveCase[] = [
  driveCase(
    "what a file system reports reaches who watches",
    "winfsp-tests notify_dirnotify_test; WinFsp 3.12",
    async (stage) => {
      const drive = await stage.drive();
      await makeDirectory(drive, "dir");
      const root = await drive.open("", LISTING);
      const heard = root.watch({ filter: NAMES, isTree: true });
      assert.ok(await stage.isWaiting(heard));
      const { ADDED } = ChangeAction;
      stage.notify([{ path: "\\dir\\file", action: ADDED, filter: FILE_NOTIFY_CHANGE_FILE_NAME }]);
      assert.deepEqual(await heard, [{ action: ADDED, name: "dir\\file" }]);
      await root.close();
    },
  ),
  driveCase(
    "reports amid renames hold nobody up",
    "winfsp-tests notify_rename_race_test, notify_abandon_rename_test",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "0");
      const file = await drive.open("0");
      const { MODIFIED } = ChangeAction;
      for (let i = 1; i <= 20; i++) {
        const renaming = file.rename(String(i));
        const filter = FILE_NOTIFY_CHANGE_SIZE;
        stage.notify([{ path: `\\${i}`, action: MODIFIED, filter }]);
        const other = opening(drive, "other", { createDisposition: 3 });
        await Promise.all([renaming, other]);
      }
      await file.close();
      assert.deepEqual(await namesIn(drive), ["20", "other"]);
    },
    ["rename"],
  ),
];

/** Listing and watching directories. */
export const directoryCases: readonly DriveCase[] = needing(
  ["readDirectory"],
  [...listing, ...watching, ...foreign],
);
