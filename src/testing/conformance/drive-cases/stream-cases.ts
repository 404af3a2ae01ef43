import { strict as assert } from "node:assert";
import { ChangeAction } from "../../../fs/index.js";
import {
  CreateDisposition,
  DACL_SECURITY_INFORMATION,
  FILE_ATTRIBUTE_DIRECTORY,
  FILE_ATTRIBUTE_HIDDEN,
  FILE_DELETE_ON_CLOSE,
  FILE_DIRECTORY_FILE,
  FILE_LIST_DIRECTORY,
  FILE_NOTIFY_CHANGE_STREAM_NAME,
  formatSddl,
  readSecurityDescriptor,
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
  remove,
  sddl,
} from "./steps.js";

/** The streams of what is at a path, each as `name size`. */
async function streamsOf(drive: Drive, path: string): Promise<string[]> {
  const file = await drive.open(path);
  const streams = await file.streams();
  await file.close();
  return streams.map(({ name, streamSize }) => `${name} ${streamSize}`);
}

/** Dispositions that empty a file that is there. */
const EMPTYING = [
  CreateDisposition.OVERWRITE,
  CreateDisposition.OVERWRITE_IF,
  CreateDisposition.SUPERSEDE,
];

const creating: readonly DriveCase[] = [
  driveCase(
    "files and directories have streams, which are made and found by name",
    "winfsp-tests stream_create_test",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file", "plain");
      await makeDirectory(drive, "dir");
      for (const path of ["file", "dir"]) {
        assert.equal(await opening(drive, `${path}:one`), "OBJECT_NAME_NOT_FOUND");
        await make(drive, `${path}:one`, "first");
        assert.equal(await opening(drive, `${path}:one`, NEW), "OBJECT_NAME_COLLISION");
        assert.equal(await contents(drive, `${path}:one`), "first");
        assert.equal(await contents(drive, `${path}:one:$DATA`), "first");
      }
      assert.equal(await contents(drive, "file::$DATA"), "plain");
      assert.equal(await contents(drive, "file"), "plain");
    },
  ),
  driveCase(
    "who makes a stream makes its file, too",
    "winfsp-tests stream_create_test; WinFsp 3.2, 10",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "new:one", "first");
      assert.deepEqual(await namesIn(drive), ["new"]);
      assert.deepEqual(await streamsOf(drive, "new"), [" 0", "one 5"]);
      assert.equal(await opening(drive, "missing:one"), "OBJECT_NAME_NOT_FOUND");
      assert.equal(await opening(drive, "no\\new:one", NEW), "OBJECT_PATH_NOT_FOUND");
    },
    ["readDirectory"],
  ),
  driveCase(
    "names of streams that Windows does not have are refused",
    "winfsp-tests stream_create_test; WinFsp 3.1",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file");
      for (const name of ["file:", "file:a:", "file:a:$OTHER", "file:a:b:$DATA", "file:a\\b"]) {
        assert.equal(await opening(drive, name, NEW), "OBJECT_NAME_INVALID", name);
      }
    },
  ),
  driveCase(
    "a stream is no directory",
    "winfsp-tests stream_create_test; WinFsp 3.2, 7",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file:one");
      const asDirectory = { createOptions: FILE_DIRECTORY_FILE };
      assert.equal(await opening(drive, "file:one", asDirectory), "NOT_A_DIRECTORY");
      assert.equal(await opening(drive, "file:two", { ...NEW, ...asDirectory }), "NOT_A_DIRECTORY");
    },
  ),
  driveCase(
    "an overwritten file has no streams any more",
    "winfsp-tests stream_create_overwrite_test; WinFsp 1.3, 6",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file", "plain");
      await make(drive, "file:one", "first");
      const overwrite = { createDisposition: CreateDisposition.OVERWRITE_IF };
      assert.equal(await opening(drive, "file", overwrite), "OVERWRITTEN");
      assert.deepEqual(await streamsOf(drive, "file"), [" 0"]);
      assert.equal(await opening(drive, "file:one"), "OBJECT_NAME_NOT_FOUND");
    },
    ["overwrite"],
  ),
  driveCase(
    "a stream that is open while its file is overwritten goes when it is closed",
    "WinFsp 3.7",
    async (stage) => {
      const [anna, bert] = [await stage.drive(), await stage.drive("bert")];
      for (const createDisposition of EMPTYING) {
        await make(anna, "file", "plain");
        await make(anna, "file:open", "first");
        await make(anna, "file:closed", "second");
        const stream = await bert.open("file:open");
        assert.match(
          await opening(anna, "file", { createDisposition }),
          /^OVERWRITTEN|SUPERSEDED$/,
        );
        assert.equal((await stream.facts()).isDeletePending, true);
        assert.equal(await stream.read(), "first");
        assert.equal(await opening(anna, "file:open"), "DELETE_PENDING");
        assert.equal(await opening(anna, "file:open", NEW), "DELETE_PENDING");
        assert.equal(await opening(anna, "file:other", NEW), "CREATED");
        await stream.close();
        assert.deepEqual(await streamsOf(anna, "file"), [" 0", "other 0"]);
        assert.equal(await opening(anna, "file:open", NEW), "CREATED");
        await remove(anna, "file");
      }
    },
    ["overwrite"],
  ),
  driveCase(
    "an overwritten stream is empty, and its file as it was",
    "winfsp-tests stream_create_overwrite_test",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file", "plain");
      await make(drive, "file:one", "first");
      await make(drive, "file:two", "second");
      const overwrite = { createDisposition: CreateDisposition.OVERWRITE };
      assert.equal(await opening(drive, "file:one", overwrite), "OVERWRITTEN");
      const expected = [" 5", "one 0", "two 6"];
      assert.deepEqual((await streamsOf(drive, "file")).sort(), expected);
    },
    ["overwrite"],
  ),
  driveCase(
    "streams of an open file are opened and made",
    "winfsp-tests stream_create_related_test",
    async (stage) => {
      const drive = await stage.drive();
      const file = await drive.open("file", NEW);
      assert.equal(await opening(drive, "file:foo", NEW), "CREATED");
      assert.equal(await opening(drive, "file:foo"), "OPENED");
      await file.close();
    },
  ),
];

const knowing: readonly DriveCase[] = [
  driveCase(
    "a stream is known by its file's identity, and has its own size",
    "winfsp-tests stream_getfileinfo_test",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file", "plain");
      await make(drive, "file:one", "first stream");
      const file = await factsOf(drive, "file");
      const stream = await factsOf(drive, "file:one");
      assert.equal(stream.fileId, file.fileId);
      assert.equal(stream.creationTicks, file.creationTicks);
      assert.equal(stream.fileAttributes, file.fileAttributes);
      assert.deepEqual([file.fileSize, stream.fileSize], [5, 12]);
      assert.equal(stream.isDirectory, false);
    },
  ),
  driveCase(
    "a stream of a directory is no directory",
    "winfsp-tests stream_getfileinfo_test",
    async (stage) => {
      const drive = await stage.drive();
      await makeDirectory(drive, "dir");
      await make(drive, "dir:one", "abc");
      const stream = await factsOf(drive, "dir:one");
      assert.equal(stream.isDirectory, false);
      assert.equal(stream.fileAttributes & FILE_ATTRIBUTE_DIRECTORY, 0);
      assert.equal(stream.fileSize, 3);
    },
  ),
  driveCase(
    "attributes and times that are set on a stream are its file's, and sizes are not",
    "winfsp-tests stream_setfileinfo_test",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file", "plain");
      await make(drive, "file:one", "first");
      const stream = await drive.open("file:one");
      const creationTicks = 125_911_584_000_000_000n;
      await stream.setBasic({ fileAttributes: FILE_ATTRIBUTE_HIDDEN, creationTicks });
      await stream.setFileSize(2);
      await stream.close();
      const file = await factsOf(drive, "file");
      assert.equal(file.fileAttributes & FILE_ATTRIBUTE_HIDDEN, FILE_ATTRIBUTE_HIDDEN);
      assert.equal(file.creationTicks, creationTicks);
      assert.equal(file.fileSize, 5);
      assert.equal(await contents(drive, "file:one"), "fi");
    },
    ["setBasicInfo", "setFileSize"],
  ),
  driveCase(
    "all streams are listed: the unnamed one first, of a file; of a directory there is none",
    "winfsp-tests stream_getstreaminfo_test",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file", "plain");
      await makeDirectory(drive, "dir");
      assert.deepEqual(await streamsOf(drive, "file"), [" 5"]);
      assert.deepEqual(await streamsOf(drive, "dir"), []);
      for (let i = 0; i < 100; i++) await make(drive, `file:s${i}`, "x".repeat(i));
      const [first, ...named] = await streamsOf(drive, "file");
      assert.equal(first, " 5");
      const expected = Array.from({ length: 100 }, (_, i) => `s${i} ${i}`);
      assert.deepEqual(named.sort(), expected.sort());
    },
  ),
  driveCase(
    "the list of streams is right after each change",
    "winfsp-tests stream_getstreaminfo_expire_cache_test",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file");
      for (const name of ["one", "two", "three"]) {
        await make(drive, `file:${name}`);
        stage.clock.advance(1000);
        assert.ok((await streamsOf(drive, "file")).includes(`${name} 0`));
      }
      await remove(drive, "file:two");
      assert.deepEqual((await streamsOf(drive, "file")).sort(), [" 0", "one 0", "three 0"]);
    },
  ),
];

const security: readonly DriveCase[] = [
  driveCase(
    "a stream has the descriptor of its file, and none of its own",
    "winfsp-tests stream_create_sd_test, stream_getsecurity_test",
    async (stage) => {
      const drive = await stage.drive();
      await (
        await drive.open("file", { ...NEW, securityDescriptor: sddl("D:P(A;;FA;;;WD)") })
      ).close();
      const other = sddl("D:P(A;;FR;;;WD)");
      await (await drive.open("file:one", { ...NEW, securityDescriptor: other })).close();
      const stream = await drive.open("file:one");
      const told = await stream.security(DACL_SECURITY_INFORMATION);
      assert.equal(formatSddl(readSecurityDescriptor(told)), "D:P(A;;FA;;;WD)");
      await stream.close();
    },
  ),
  driveCase(
    "a descriptor that is set on a stream is its file's",
    "winfsp-tests stream_setsecurity_test",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file");
      await make(drive, "file:one");
      const stream = await drive.open("file:one");
      await stream.setSecurity(DACL_SECURITY_INFORMATION, sddl("D:P(A;;FA;;;WD)"));
      await stream.close();
      const file = await drive.open("file");
      const told = await file.security(DACL_SECURITY_INFORMATION);
      assert.equal(formatSddl(readSecurityDescriptor(told)), "D:P(A;;FA;;;WD)");
      await file.close();
    },
  ),
];

const deleting: readonly DriveCase[] = [
  driveCase(
    "a stream is deleted alone, and a file with all its streams",
    "winfsp-tests stream_delete_test",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file", "plain");
      await make(drive, "file:one");
      await make(drive, "file:two");
      await remove(drive, "file:one");
      assert.deepEqual(await streamsOf(drive, "file"), [" 5", "two 0"]);
      const stream = await drive.open("file:two", { createOptions: FILE_DELETE_ON_CLOSE });
      await stream.close();
      assert.deepEqual(await streamsOf(drive, "file"), [" 5"]);
      await make(drive, "file:three");
      await remove(drive, "file");
      assert.equal(await opening(drive, "file:three"), "OBJECT_NAME_NOT_FOUND");
      await make(drive, "file");
      assert.deepEqual(await streamsOf(drive, "file"), [" 0"]);
    },
  ),
  driveCase(
    "while a file is to go none of its streams is opened",
    "winfsp-tests stream_delete_pending_test; WinFsp 3.4",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file");
      await make(drive, "file:one", "first");
      const open = await drive.open("file:one");
      const file = await drive.open("file");
      await file.setDelete(true);
      assert.equal(await opening(drive, "file:one"), "DELETE_PENDING");
      assert.equal(await opening(drive, "file:two", NEW), "DELETE_PENDING");
      await file.close();
      assert.equal(await open.read(), "first");
      assert.equal(await opening(drive, "file"), "DELETE_PENDING");
      await open.close();
      assert.equal(await opening(drive, "file"), "OBJECT_NAME_NOT_FOUND");
    },
  ),
  driveCase(
    "while a stream is to go it is not opened, and its file is",
    "winfsp-tests stream_delete_pending_test",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file");
      await make(drive, "file:one");
      const stream = await drive.open("file:one");
      await stream.setDelete(true);
      assert.equal(await opening(drive, "file:one"), "DELETE_PENDING");
      assert.equal(await opening(drive, "file"), "OPENED");
      await stream.close();
      assert.equal(await opening(drive, "file:one"), "OBJECT_NAME_NOT_FOUND");
    },
  ),
  driveCase(
    "a file is not renamed while a stream of it is open",
    "WinFsp 3.8, 3",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file");
      await make(drive, "file:one", "first");
      const stream = await drive.open("file:one");
      const file = await drive.open("file");
      await refuses(() => file.rename("new"), "ACCESS_DENIED");
      await stream.close();
      await file.rename("new");
      await file.close();
      assert.equal(await contents(drive, "new:one"), "first");
    },
    ["rename"],
  ),
];

const watching: readonly DriveCase[] = [
  driveCase(
    "who watches for it hears of streams that come and go",
    "winfsp-tests stream_dirnotify_test; WinFsp 3.9",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file");
      const root = await drive.open("", { desiredAccess: FILE_LIST_DIRECTORY });
      const filter = FILE_NOTIFY_CHANGE_STREAM_NAME;
      const name = "file:one";
      const added = root.watch({ filter });
      assert.ok(await stage.isWaiting(added));
      await make(drive, name);
      assert.deepEqual(await added, [{ action: ChangeAction.ADDED_STREAM, name }]);
      const removed = root.watch({ filter });
      await remove(drive, name);
      assert.deepEqual(await removed, [{ action: ChangeAction.REMOVED_STREAM, name }]);
      await root.close();
    },
  ),
];

/** Named streams. */
export const streamCases: readonly DriveCase[] = needing(
  ["getStreams"],
  [
    ...creating,
    ...knowing,
    ...needing(["getSecurity", "setSecurity", "getSecurityByName"], security),
    ...deleting,
    ...watching,
  ],
);
