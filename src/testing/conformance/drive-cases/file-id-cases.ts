import { strict as assert } from "node:assert";
import {
  CreateDisposition,
  DELETE,
  FILE_DIRECTORY_FILE,
  FILE_READ_DATA,
  FILE_SHARE_READ,
  FILE_WRITE_DATA,
} from "../../../nt/index.js";
import { type DriveCase, driveCase, needing } from "../case.js";
import { factsOf, make, makeDirectory, opening, remove } from "./steps.js";

const cases: readonly DriveCase[] = [
  driveCase(
    "a file is opened by its id, whatever its name is by now",
    "[MS-FSA] 2.1.5.1, FILE_OPEN_BY_FILE_ID",
    async (stage) => {
      const [anna, bert] = [await stage.drive(), await stage.drive("bert")];
      await makeDirectory(anna, "dir");
      await make(anna, "dir\\file", "abc");
      const { fileId } = await factsOf(anna, "dir\\file");
      const file = await bert.open("", { fileId });
      assert.equal(await file.read(), "abc");
      assert.equal((await file.facts()).path, "\\dir\\file");
      await file.rename("moved");
      const again = await anna.open("", { fileId });
      assert.equal((await again.facts()).path, "\\moved");
      await again.close();
      await file.close();
      const directory = await anna.open("", { fileId: (await factsOf(anna, "dir")).fileId });
      assert.equal((await directory.facts()).path, "\\dir");
      await directory.close();
    },
    ["rename"],
  ),
  driveCase(
    "an open by id is held against all that an open by name is held against",
    "[MS-FSA] 2.1.5.1.2",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file");
      const { fileId } = await factsOf(drive, "file");
      const reading = { desiredAccess: FILE_READ_DATA, shareAccess: FILE_SHARE_READ };
      const reader = await drive.open("file", reading);
      const writing = { fileId, desiredAccess: FILE_WRITE_DATA };
      assert.equal(await opening(drive, "", writing), "SHARING_VIOLATION");
      await reader.close();
      assert.equal(await opening(drive, "", writing), "OPENED");
      const asDirectory = { fileId, createOptions: FILE_DIRECTORY_FILE };
      assert.equal(await opening(drive, "", asDirectory), "NOT_A_DIRECTORY");
      const deleting = await drive.open("", { fileId, desiredAccess: DELETE });
      await deleting.setDelete(true);
      assert.equal(await opening(drive, "file"), "DELETE_PENDING");
      await deleting.close();
      assert.equal(await opening(drive, "file"), "OBJECT_NAME_NOT_FOUND");
    },
  ),
  driveCase(
    "what no file has for an id opens nothing, and nothing is made by an id",
    "[MS-FSA] 2.1.5.1, FILE_OPEN_BY_FILE_ID",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file");
      const { fileId } = await factsOf(drive, "file");
      const createDisposition = CreateDisposition.OPEN_IF;
      assert.equal(await opening(drive, "", { fileId, createDisposition }), "NOT_SUPPORTED");
      await remove(drive, "file");
      assert.equal(await opening(drive, "", { fileId }), "INVALID_PARAMETER");
    },
  ),
];

/** Opening by the id of a file. */
export const fileIdCases: readonly DriveCase[] = needing(["openByFileId"], cases);
