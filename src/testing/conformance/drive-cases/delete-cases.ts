import { strict as assert } from "node:assert";
import {
  DELETE,
  FILE_ATTRIBUTE_READONLY,
  FILE_DIRECTORY_FILE,
  FILE_READ_ATTRIBUTES,
  FILE_READ_DATA,
  FILE_SHARE_READ,
} from "../../../nt/index.js";
import { type DriveCase, driveCase } from "../case.js";
import { refuses } from "../subject.js";
import {
  contents,
  make,
  makeDirectory,
  NEW,
  NEW_DIRECTORY,
  namesIn,
  opening,
  remove,
  sddl,
} from "./steps.js";

/** Deleting, by disposition. */
export const deleteCases: readonly DriveCase[] = [
  driveCase(
    "a directory is not deleted while something is in it",
    "winfsp-tests delete_test; [MS-FSA] 2.1.5.14.3",
    async (stage) => {
      const drive = await stage.drive();
      await makeDirectory(drive, "dir");
      await make(drive, "dir\\file");
      const directory = await drive.open("dir");
      await refuses(() => directory.setDelete(true), "DIRECTORY_NOT_EMPTY");
      await remove(drive, "dir\\file");
      await directory.setDelete(true);
      await directory.close();
      assert.equal(await opening(drive, "dir"), "OBJECT_NAME_NOT_FOUND");
    },
    ["canDelete"],
  ),
  driveCase(
    "what was deleted is not found, and can be made again",
    "winfsp-tests delete_test",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file", "old");
      await remove(drive, "file");
      assert.equal(await opening(drive, "file"), "OBJECT_NAME_NOT_FOUND");
      await make(drive, "file", "new");
      assert.equal(await contents(drive, "file"), "new");
    },
  ),
  driveCase("the root is not deleted", "WinFsp 3.7", async (stage) => {
    const drive = await stage.drive();
    const root = await drive.open("");
    await refuses(() => root.setDelete(true), "CANNOT_DELETE");
    await root.close();
  }),
  driveCase("a read-only file is not deleted", "winfsp-tests delete_access_test", async (stage) => {
    const drive = await stage.drive();
    const fileAttributes = FILE_ATTRIBUTE_READONLY;
    const file = await drive.open("file", { ...NEW, fileAttributes });
    await refuses(() => file.setDelete(true), "CANNOT_DELETE");
    await file.close();
    assert.equal(await opening(drive, "file", { desiredAccess: DELETE }), "OPENED");
  }),
  driveCase(
    "what allows nobody anything is deleted by who may delete what is in its directory",
    "winfsp-tests delete_access_test; WinFsp 3.3, D",
    async (stage) => {
      const drive = await stage.drive();
      const securityDescriptor = sddl("D:P");
      await (await drive.open("file", { ...NEW, securityDescriptor })).close();
      await (await drive.open("dir", { ...NEW_DIRECTORY, securityDescriptor })).close();
      const other = await stage.drive("bert");
      assert.equal(
        await opening(other, "file", { desiredAccess: FILE_READ_DATA }),
        "ACCESS_DENIED",
      );
      for (const path of ["file", "dir"]) {
        const file = await other.open(path, { desiredAccess: DELETE });
        await file.setDelete(true);
        await file.close();
        assert.equal(await opening(drive, path), "OBJECT_NAME_NOT_FOUND");
      }
    },
    ["getSecurity", "setSecurity", "getSecurityByName"],
  ),
  driveCase(
    "while a file is to go nobody opens it, and who has it open goes on",
    "winfsp-tests delete_pending_test; WinFsp 3.7",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file", "abc");
      const deleting = await drive.open("file");
      const other = await drive.open("file");
      await deleting.setDelete(true);
      assert.equal(await opening(drive, "file"), "DELETE_PENDING");
      assert.equal(await opening(drive, "file", NEW), "DELETE_PENDING");
      const stat = { desiredAccess: FILE_READ_ATTRIBUTES };
      assert.equal(await opening(drive, "file", stat), "DELETE_PENDING");
      assert.equal((await other.facts()).isDeletePending, true);
      await deleting.close();
      assert.equal(await opening(drive, "file"), "DELETE_PENDING");
      assert.equal(await other.read(), "abc");
      await other.write("xyz");
      assert.equal(await other.read(), "xyz");
      await other.close();
      assert.equal(await opening(drive, "file"), "OBJECT_NAME_NOT_FOUND");
    },
  ),
  driveCase("what was to go stays when that is taken back", "WinFsp 3.7", async (stage) => {
    const drive = await stage.drive();
    await make(drive, "file", "abc");
    const file = await drive.open("file");
    await file.setDelete(true);
    assert.equal((await file.facts()).hardLinks, 0);
    await file.setDelete(false);
    assert.equal((await file.facts()).hardLinks, 1);
    await file.close();
    assert.equal(await contents(drive, "file"), "abc");
  }),
  driveCase(
    "in a directory that is to go nothing is made",
    "winfsp-tests delete_pending_test; WinFsp 3.7",
    async (stage) => {
      const drive = await stage.drive();
      await makeDirectory(drive, "dir");
      const directory = await drive.open("dir", { createOptions: FILE_DIRECTORY_FILE });
      await directory.setDelete(true);
      assert.equal(await opening(drive, "dir\\file", NEW), "DELETE_PENDING");
      await directory.close();
      assert.equal(await opening(drive, "dir"), "OBJECT_NAME_NOT_FOUND");
    },
  ),
  driveCase(
    "a file that was open and is closed goes at once",
    "winfsp-tests delete_standby_test",
    async (stage) => {
      const [anna, bert] = [await stage.drive(), await stage.drive("bert")];
      await make(anna, "file", "abc");
      const reader = await bert.open("file", { desiredAccess: FILE_READ_DATA });
      assert.equal(await reader.read(), "abc");
      await reader.close();
      await remove(anna, "file");
      assert.equal(await opening(bert, "file"), "OBJECT_NAME_NOT_FOUND");
      assert.deepEqual(await namesIn(anna), []);
    },
    ["readDirectory"],
  ),
  driveCase(
    "a file is not opened to be deleted while somebody does not share that",
    "winfsp-tests delete_test; [MS-FSA] 2.1.5.1.2.2",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file");
      const reading = { desiredAccess: FILE_READ_DATA, shareAccess: FILE_SHARE_READ };
      const reader = await drive.open("file", reading);
      assert.equal(await opening(drive, "file", { desiredAccess: DELETE }), "SHARING_VIOLATION");
      await reader.close();
      assert.equal(await opening(drive, "file", { desiredAccess: DELETE }), "OPENED");
    },
  ),
  driveCase(
    "what a client that goes away had opened to be deleted goes, too",
    "[MS-SMB2] 3.3.7.1",
    async (stage) => {
      const [anna, bert] = [await stage.drive(), await stage.drive("bert")];
      await make(anna, "file");
      await make(anna, "kept");
      const file = await bert.open("file");
      await file.setDelete(true);
      await bert.open("kept");
      await bert.leave();
      assert.deepEqual(await namesIn(anna), ["kept"]);
    },
    ["readDirectory"],
  ),
];
