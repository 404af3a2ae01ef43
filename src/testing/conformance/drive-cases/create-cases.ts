import { strict as assert } from "node:assert";
import {
  CreateDisposition,
  FILE_ADD_FILE,
  FILE_ATTRIBUTE_ARCHIVE,
  FILE_ATTRIBUTE_DIRECTORY,
  FILE_ATTRIBUTE_HIDDEN,
  FILE_ATTRIBUTE_NORMAL,
  FILE_ATTRIBUTE_READONLY,
  FILE_ATTRIBUTE_SYSTEM,
  FILE_ATTRIBUTE_TEMPORARY,
  FILE_DELETE_ON_CLOSE,
  FILE_DIRECTORY_FILE,
  FILE_NON_DIRECTORY_FILE,
  FILE_OPEN_FOR_BACKUP_INTENT,
  FILE_READ_DATA,
} from "../../../nt/index.js";
import { type DriveCase, driveCase } from "../case.js";
import { refuses } from "../subject.js";
import {
  contents,
  factsOf,
  make,
  makeDirectory,
  NEW,
  NEW_DIRECTORY,
  namesIn,
  opening,
  remove,
  sddl,
} from "./steps.js";

const DISPOSITIONS = [
  { name: "SUPERSEDE", there: "SUPERSEDED", missing: "CREATED", empties: true },
  { name: "OPEN", there: "OPENED", missing: "OBJECT_NAME_NOT_FOUND", empties: false },
  { name: "CREATE", there: "OBJECT_NAME_COLLISION", missing: "CREATED", empties: false },
  { name: "OPEN_IF", there: "OPENED", missing: "CREATED", empties: false },
  { name: "OVERWRITE", there: "OVERWRITTEN", missing: "OBJECT_NAME_NOT_FOUND", empties: true },
  { name: "OVERWRITE_IF", there: "OVERWRITTEN", missing: "CREATED", empties: true },
] as const;

const dispositions: readonly DriveCase[] = DISPOSITIONS.map(({ name, there, missing, empties }) =>
  driveCase(
    `${name}: ${there} where there is a file, ${missing} where there is none`,
    "winfsp-tests create_test; [MS-FSA] 2.1.5.1",
    async (stage) => {
      const drive = await stage.drive();
      const request = { createDisposition: CreateDisposition[name] };
      await make(drive, "there", "abc");
      assert.equal(await opening(drive, "there", request), there);
      assert.equal(await contents(drive, "there"), empties ? "" : "abc");
      assert.equal(await opening(drive, "missing", request), missing);
      const made = missing === "CREATED" ? ["missing", "there"] : ["there"];
      assert.deepEqual(await namesIn(drive), made);
    },
    ["overwrite", "readDirectory"],
  ),
);

const INVALID_NAMES = ["a*", "a?b", "<", "a>", 'a"', "a|", "a\u0001", "dir:s\\a"];

const names: readonly DriveCase[] = [
  driveCase(
    "names that Windows does not have are refused",
    "winfsp-tests create_test; [MS-FSCC] 2.1.5",
    async (stage) => {
      const drive = await stage.drive();
      await makeDirectory(drive, "dir");
      for (const name of INVALID_NAMES) {
        assert.equal(await opening(drive, name, NEW), "OBJECT_NAME_INVALID", name);
      }
      assert.equal(await opening(drive, "dir\\\\a", NEW), "OBJECT_NAME_INVALID");
    },
  ),
  driveCase(
    "only a directory may have a backslash at the end of its name",
    "winfsp-tests create_test",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file");
      assert.equal(await opening(drive, "file\\"), "OBJECT_NAME_INVALID");
      assert.equal(await opening(drive, "new\\", NEW), "OBJECT_NAME_INVALID");
      assert.equal(await opening(drive, "dir\\", NEW_DIRECTORY), "CREATED");
      assert.equal(await opening(drive, "dir\\"), "OPENED");
      assert.equal(await opening(drive, "dir\\\\"), "OBJECT_NAME_INVALID");
    },
  ),
  driveCase(
    "a name may have 255 units, in any script, and no more",
    "winfsp-tests create_namelen_test",
    async (stage) => {
      const drive = await stage.drive();
      for (const letter of ["a", "日"]) {
        assert.equal(await opening(drive, letter.repeat(255), NEW), "CREATED");
        assert.equal(await opening(drive, letter.repeat(256), NEW), "OBJECT_NAME_INVALID");
      }
      assert.equal((await namesIn(drive)).length, 2);
    },
    ["readDirectory"],
  ),
  driveCase(
    "a name is found in any case, and told as it was made",
    "winfsp-tests getfileinfo_name_test",
    async (stage) => {
      const drive = await stage.drive();
      await makeDirectory(drive, "Dir");
      await make(drive, "dir\\File");
      assert.equal((await factsOf(drive, "DIR\\fILE")).path, "\\Dir\\File");
      assert.deepEqual(await namesIn(drive, "dIR"), ["File"]);
      assert.equal(await opening(drive, "dir\\file", NEW), "OBJECT_NAME_COLLISION");
    },
    ["caseInsensitiveNames", "readDirectory"],
  ),
  driveCase(
    "what is below an open directory is opened and made",
    "winfsp-tests create_related_test",
    async (stage) => {
      const drive = await stage.drive();
      const directory = await drive.open("dir", NEW_DIRECTORY);
      assert.equal(await opening(drive, "dir\\file", NEW), "CREATED");
      assert.equal(await opening(drive, "dir\\file"), "OPENED");
      assert.equal(await opening(drive, "dir\\missing"), "OBJECT_NAME_NOT_FOUND");
      assert.equal(await opening(drive, "dir\\missing\\file"), "OBJECT_PATH_NOT_FOUND");
      await directory.close();
    },
  ),
];

const kinds: readonly DriveCase[] = [
  driveCase("a directory is made once", "winfsp-tests create_test", async (stage) => {
    const drive = await stage.drive();
    assert.equal(await opening(drive, "dir", NEW_DIRECTORY), "CREATED");
    assert.equal(await opening(drive, "dir", NEW_DIRECTORY), "OBJECT_NAME_COLLISION");
    assert.equal(await opening(drive, "dir", NEW), "OBJECT_NAME_COLLISION");
    const openIf = { createDisposition: CreateDisposition.OPEN_IF };
    assert.equal(await opening(drive, "dir", openIf), "OPENED");
    assert.equal((await factsOf(drive, "dir")).isDirectory, true);
  }),
  driveCase(
    "who wants a directory gets no file, and who wants a file no directory",
    "winfsp-tests create_test; [MS-FSA] 2.1.5.1.2",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file");
      await makeDirectory(drive, "dir");
      const asDirectory = { createOptions: FILE_DIRECTORY_FILE };
      const asFile = { createOptions: FILE_NON_DIRECTORY_FILE };
      assert.equal(await opening(drive, "file", asDirectory), "NOT_A_DIRECTORY");
      assert.equal(await opening(drive, "dir", asFile), "FILE_IS_A_DIRECTORY");
      assert.equal(await opening(drive, "dir", asDirectory), "OPENED");
      assert.equal(await opening(drive, "file", asFile), "OPENED");
      const both = { createOptions: FILE_DIRECTORY_FILE | FILE_NON_DIRECTORY_FILE };
      assert.equal(await opening(drive, "dir", both), "INVALID_PARAMETER");
    },
  ),
  driveCase(
    "a directory is neither overwritten nor temporary",
    "[MS-FSA] 2.1.5.1; WinFsp 3.2",
    async (stage) => {
      const drive = await stage.drive();
      await makeDirectory(drive, "dir");
      const overwrite = { createDisposition: CreateDisposition.OVERWRITE };
      assert.equal(await opening(drive, "dir", overwrite), "OBJECT_NAME_COLLISION");
      const asDirectory = { ...overwrite, createOptions: FILE_DIRECTORY_FILE };
      assert.equal(await opening(drive, "dir", asDirectory), "INVALID_PARAMETER");
      const temporary = { ...NEW_DIRECTORY, fileAttributes: FILE_ATTRIBUTE_TEMPORARY };
      assert.equal(await opening(drive, "new", temporary), "INVALID_PARAMETER");
    },
  ),
];

const deleteOnClose: readonly DriveCase[] = [
  driveCase(
    "a file opened to be deleted on close goes with that open",
    "winfsp-tests create_test",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file");
      const file = await drive.open("file", { createOptions: FILE_DELETE_ON_CLOSE });
      assert.equal(await opening(drive, "file"), "OPENED");
      await file.close();
      assert.equal(await opening(drive, "file"), "OBJECT_NAME_NOT_FOUND");
      const fresh = await drive.open("file", { ...NEW, createOptions: FILE_DELETE_ON_CLOSE });
      await fresh.close();
      assert.equal(await opening(drive, "file"), "OBJECT_NAME_NOT_FOUND");
    },
  ),
  driveCase(
    "a temporary file may be deleted on close",
    "winfsp-tests create_test",
    async (stage) => {
      const drive = await stage.drive();
      const createOptions = FILE_DELETE_ON_CLOSE;
      const fileAttributes = FILE_ATTRIBUTE_TEMPORARY;
      const file = await drive.open("file", { ...NEW, createOptions, fileAttributes });
      await file.write("abc");
      assert.equal(await file.read(), "abc");
      await file.close();
      assert.equal(await opening(drive, "file"), "OBJECT_NAME_NOT_FOUND");
    },
  ),
  driveCase(
    "a directory that is not empty outlives a delete on close",
    "winfsp-tests create_test; WinFsp 3.7",
    async (stage) => {
      const drive = await stage.drive();
      await makeDirectory(drive, "dir");
      await make(drive, "dir\\file");
      const createOptions = FILE_DELETE_ON_CLOSE | FILE_DIRECTORY_FILE;
      assert.equal(await opening(drive, "dir", { createOptions }), "OPENED");
      assert.equal(await opening(drive, "dir\\file"), "OPENED");
      await remove(drive, "dir\\file");
      assert.equal(await opening(drive, "dir", { createOptions }), "OPENED");
      assert.equal(await opening(drive, "dir"), "OBJECT_NAME_NOT_FOUND");
    },
    ["canDelete"],
  ),
  driveCase(
    "what is read-only is not opened to be deleted on close",
    "WinFsp 3.2, 3.3",
    async (stage) => {
      const drive = await stage.drive();
      const createOptions = FILE_DELETE_ON_CLOSE;
      const fileAttributes = FILE_ATTRIBUTE_READONLY;
      const readOnly = { ...NEW, fileAttributes };
      assert.equal(await opening(drive, "new", { ...readOnly, createOptions }), "CANNOT_DELETE");
      assert.equal(await opening(drive, "file", readOnly), "CREATED");
      const reading = { desiredAccess: FILE_READ_DATA, createOptions };
      assert.equal(await opening(drive, "file", reading), "CANNOT_DELETE");
    },
    ["getSecurityByName"],
  ),
];

const ATTRIBUTES = [
  { given: FILE_ATTRIBUTE_NORMAL, kept: FILE_ATTRIBUTE_ARCHIVE },
  { given: FILE_ATTRIBUTE_READONLY, kept: FILE_ATTRIBUTE_ARCHIVE | FILE_ATTRIBUTE_READONLY },
  { given: FILE_ATTRIBUTE_SYSTEM, kept: FILE_ATTRIBUTE_ARCHIVE | FILE_ATTRIBUTE_SYSTEM },
  { given: FILE_ATTRIBUTE_HIDDEN, kept: FILE_ATTRIBUTE_ARCHIVE | FILE_ATTRIBUTE_HIDDEN },
];

const attributes: readonly DriveCase[] = [
  driveCase(
    "a new file has the attributes it was given, and ARCHIVE",
    "winfsp-tests create_fileattr_test",
    async (stage) => {
      const drive = await stage.drive();
      for (const { given, kept } of ATTRIBUTES) {
        const path = `file ${given}`;
        await (await drive.open(path, { ...NEW, fileAttributes: given })).close();
        assert.equal((await factsOf(drive, path)).fileAttributes, kept);
      }
    },
  ),
  driveCase(
    "an overwritten file has the attributes it was given, and ARCHIVE",
    "winfsp-tests create_fileattr_test",
    async (stage) => {
      const drive = await stage.drive();
      const overwrite = { createDisposition: CreateDisposition.OVERWRITE_IF };
      for (const { given, kept } of ATTRIBUTES) {
        const path = `file ${given}`;
        await make(drive, path, "abc");
        await (await drive.open(path, { ...overwrite, fileAttributes: given })).close();
        const facts = await factsOf(drive, path);
        assert.deepEqual([facts.fileAttributes, facts.fileSize], [kept, 0]);
      }
    },
    ["overwrite"],
  ),
  driveCase(
    "a hidden file is overwritten only by who says that it is hidden",
    "winfsp-tests create_test; WinFsp 3.3",
    async (stage) => {
      const drive = await stage.drive();
      const fileAttributes = FILE_ATTRIBUTE_HIDDEN;
      await (await drive.open("file", { ...NEW, fileAttributes })).close();
      const overwrite = { createDisposition: CreateDisposition.OVERWRITE_IF };
      assert.equal(await opening(drive, "file", overwrite), "ACCESS_DENIED");
      assert.equal(await opening(drive, "file", { ...overwrite, fileAttributes }), "OVERWRITTEN");
    },
    ["overwrite", "getSecurityByName"],
  ),
  driveCase(
    "a read-only file is not opened to be written",
    "winfsp-tests create_fileattr_test; WinFsp 3.3",
    async (stage) => {
      const drive = await stage.drive();
      const file = await drive.open("file", { ...NEW, fileAttributes: FILE_ATTRIBUTE_READONLY });
      assert.equal(await file.write("abc"), 3);
      await file.close();
      assert.equal(await opening(drive, "file"), "ACCESS_DENIED");
      assert.equal(await opening(drive, "file", { desiredAccess: FILE_READ_DATA }), "OPENED");
    },
    ["getSecurityByName"],
  ),
  driveCase(
    "in a read-only directory files are made, and it goes only when it is read-only no more",
    "winfsp-tests create_readonlydir_test",
    async (stage) => {
      const drive = await stage.drive();
      const fileAttributes = FILE_ATTRIBUTE_READONLY;
      await (await drive.open("dir", { ...NEW_DIRECTORY, fileAttributes })).close();
      await make(drive, "dir\\file");
      await remove(drive, "dir\\file");
      const directory = await drive.open("dir");
      await refuses(() => directory.setDelete(true), "CANNOT_DELETE");
      await directory.setBasic({ fileAttributes: FILE_ATTRIBUTE_DIRECTORY });
      await directory.setDelete(true);
      await directory.close();
      assert.equal(await opening(drive, "dir"), "OBJECT_NAME_NOT_FOUND");
    },
    ["setBasicInfo", "getSecurityByName"],
  ),
];

const parts: readonly DriveCase[] = [
  driveCase(
    "space set aside is kept while the file is open, and given back after the last close",
    "winfsp-tests create_allocation_test",
    async (stage) => {
      const drive = await stage.drive();
      const file = await drive.open("file", { ...NEW, allocationSize: 65_536 });
      assert.ok((await file.facts()).allocationSize >= 65_536);
      const second = await drive.open("file");
      assert.ok((await second.facts()).allocationSize >= 65_536);
      await second.close();
      assert.ok((await file.facts()).allocationSize >= 65_536);
      await file.close();
      assert.equal((await factsOf(drive, "file")).allocationSize, 0);
    },
  ),
  driveCase(
    "intent to back up gives nobody rights he has not",
    "winfsp-tests create_backup_test, create_restore_test",
    async (stage) => {
      const drive = await stage.drive();
      const closed = sddl("D:P");
      const directory = await drive.open("dir", { ...NEW_DIRECTORY, securityDescriptor: closed });
      await directory.close();
      const createOptions = FILE_OPEN_FOR_BACKUP_INTENT;
      const other = await stage.drive("bert");
      const reading = { desiredAccess: FILE_READ_DATA, createOptions };
      assert.equal(await opening(other, "dir", reading), "ACCESS_DENIED");
      const adding = { desiredAccess: FILE_ADD_FILE, createOptions };
      assert.equal(await opening(other, "dir", adding), "ACCESS_DENIED");
      assert.equal(await opening(other, "dir\\new", { ...NEW, createOptions }), "ACCESS_DENIED");
    },
    ["getSecurity", "setSecurity", "getSecurityByName"],
  ),
];

/** Opening, making and emptying files. */
export const createCases: readonly DriveCase[] = [
  ...dispositions,
  ...names,
  ...kinds,
  ...deleteOnClose,
  ...attributes,
  ...parts,
];
