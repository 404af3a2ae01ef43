import { strict as assert } from "node:assert";
import { type DriveCase, driveCase, needing } from "../case.js";
import type { Drive } from "../drive.js";
import { refuses } from "../subject.js";
import { contents, factsOf, make, makeDirectory, namesIn, opening, remove } from "./steps.js";

/** Gives the file at a path one more name. */
async function link(
  drive: Drive,
  path: string,
  newPath: string,
  replaceIfExists = false,
): Promise<void> {
  const file = await drive.open(path);
  try {
    await file.link(newPath, replaceIfExists);
  } finally {
    await file.close();
  }
}

const links: readonly DriveCase[] = [
  driveCase(
    "a file with two names is one file, which goes with the last",
    "[MS-FSCC] 2.4.27; [MS-FSA] 2.1.5.14.6",
    async (stage) => {
      const [anna, bert] = [await stage.drive(), await stage.drive("bert")];
      await make(anna, "file", "abc");
      await makeDirectory(anna, "dir");
      await link(anna, "file", "dir\\other");
      const [one, other] = [await anna.open("file"), await bert.open("dir\\other")];
      const [facts, otherFacts] = [await one.facts(), await other.facts()];
      assert.equal(otherFacts.fileId, facts.fileId);
      assert.deepEqual([facts.hardLinks, otherFacts.hardLinks], [2, 2]);
      assert.deepEqual([facts.path, otherFacts.path], ["\\file", "\\dir\\other"]);
      await one.write("xyz");
      assert.equal(await other.read(), "xyz");
      await one.close();
      await other.close();
      await remove(anna, "file");
      assert.equal(await opening(anna, "file"), "OBJECT_NAME_NOT_FOUND");
      assert.equal(await contents(bert, "dir\\other"), "xyz");
      assert.equal((await factsOf(bert, "dir\\other")).hardLinks, 1);
    },
  ),
  driveCase(
    "a file tells its names, and where they are",
    "[MS-FSCC] 2.4.19",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file");
      await makeDirectory(drive, "dir");
      await link(drive, "file", "dir\\other name");
      const directoryOf = async (path: string) => (await factsOf(drive, path)).fileId;
      const file = await drive.open("dir\\other name");
      const told = (await file.links()).map(({ name, directoryFileId }) => [name, directoryFileId]);
      await file.close();
      const byName = (a: readonly unknown[], b: readonly unknown[]) =>
        String(a[0]) < String(b[0]) ? -1 : 1;
      assert.deepEqual(told.sort(byName), [
        ["file", await directoryOf("")],
        ["other name", await directoryOf("dir")],
      ]);
    },
    ["getLinks"],
  ),
  driveCase(
    "a link takes a name that is taken only where that is asked, and nobody has it open",
    "[MS-FSA] 2.1.5.14.6",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file", "abc");
      await make(drive, "taken", "old");
      await makeDirectory(drive, "dir");
      await refuses(() => link(drive, "file", "taken"), "OBJECT_NAME_COLLISION");
      const reader = await drive.open("taken");
      await refuses(() => link(drive, "file", "taken", true), "ACCESS_DENIED");
      await reader.close();
      await link(drive, "file", "taken", true);
      assert.equal(await contents(drive, "taken"), "abc");
      await refuses(() => link(drive, "file", "dir", true), "ACCESS_DENIED");
      await refuses(() => link(drive, "file", "nowhere\\x"), "OBJECT_PATH_NOT_FOUND");
      await refuses(() => link(drive, "dir", "other"), "FILE_IS_A_DIRECTORY");
      assert.deepEqual(await namesIn(drive), ["dir", "file", "taken"]);
    },
    ["readDirectory"],
  ),
  driveCase(
    "a file whose one name is to go is opened by its other",
    "[MS-FSA] 2.1.5.14.3",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file", "abc");
      await link(drive, "file", "other");
      const file = await drive.open("file");
      await file.setDelete(true);
      assert.equal(await opening(drive, "file"), "DELETE_PENDING");
      assert.equal(await contents(drive, "other"), "abc");
      await file.close();
      assert.deepEqual(await namesIn(drive), ["other"]);
    },
    ["readDirectory"],
  ),
];

/** Hard links. */
export const linkCases: readonly DriveCase[] = needing(["link"], links);
