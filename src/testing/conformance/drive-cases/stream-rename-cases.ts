import { strict as assert } from "node:assert";
import { type DriveCase, driveCase, needing } from "../case.js";
import type { Drive } from "../drive.js";
import { contents, make, opening, outcomeOf } from "./steps.js";

/** For everything, and not with others. */
const ALONE = { shareAccess: 0 };

/** What renaming comes to, by name. */
async function renaming(
  drive: Drive,
  path: string,
  newName: string,
  replaceIfExists = false,
): Promise<string> {
  const file = await drive.open(path);
  const outcome = await outcomeOf(() => file.rename(newName, replaceIfExists));
  await file.close();
  return outcome;
}

const cases: readonly DriveCase[] = [
  driveCase(
    "a stream is renamed within its file, while others have it open",
    "[MS-FSA] 2.1.5.14.11.1",
    async (stage) => {
      const [anna, bert] = [await stage.drive(), await stage.drive("bert")];
      await make(anna, "file", "plain");
      await make(anna, "file:one", "first");
      const reader = await bert.open("file:one");
      assert.equal(await renaming(anna, "file:one", ":two:$DATA"), "SUCCESS");
      assert.equal(await reader.read(), "first");
      await reader.write("FIRST");
      assert.equal(await opening(anna, "file:one"), "OBJECT_NAME_NOT_FOUND");
      assert.equal(await contents(anna, "file:two"), "FIRST");
      assert.equal(await contents(anna, "file"), "plain");
      await reader.close();
    },
  ),
  driveCase(
    "a stream takes the name of an empty one where that is asked, and of no other",
    "[MS-FSA] 2.1.5.14.11.1",
    async (stage) => {
      const drive = await stage.drive();
      for (const [name, text] of [
        ["one", "first"],
        ["full", "text"],
        ["empty", ""],
      ] as const) {
        await make(drive, `file:${name}`, text);
      }
      assert.equal(await renaming(drive, "file:one", ":full"), "OBJECT_NAME_COLLISION");
      assert.equal(await renaming(drive, "file:one", ":full", true), "INVALID_PARAMETER");
      assert.equal(await renaming(drive, "file:one", ":empty"), "OBJECT_NAME_COLLISION");
      assert.equal(await renaming(drive, "file:one", ":empty", true), "SUCCESS");
      assert.equal(await contents(drive, "file:empty"), "first");
      assert.equal(await contents(drive, "file:full"), "text");
    },
  ),
  driveCase(
    "a stream takes the place of its file's unnamed one where that is empty and not open",
    "[MS-FSA] 2.1.5.14.11.1; smbtorture smb2.streams.rename2",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "full", "plain");
      await make(drive, "full:one", "first");
      assert.equal(await renaming(drive, "full:one", "::$DATA", true), "INVALID_PARAMETER");
      assert.equal(await contents(drive, "full"), "plain");
      await make(drive, "file");
      await make(drive, "file:one", "first");
      await make(drive, "file:two", "second");
      const file = await drive.open("file");
      assert.equal(await renaming(drive, "file:one", "::$DATA"), "OBJECT_NAME_COLLISION");
      assert.equal(await renaming(drive, "file:one", "::$DATA", true), "INVALID_PARAMETER");
      await file.close();
      const [one, two] = [await drive.open("file:one"), await drive.open("file:two")];
      const outcome = await outcomeOf(() => one.rename("::$DATA", true));
      if (outcome === "INVALID_PARAMETER") {
        assert.equal(await one.read(), "first"); // a file system need not be able to
      } else {
        assert.equal(outcome, "SUCCESS");
        assert.equal((await one.facts()).path, "\\file");
        assert.equal(await opening(drive, "file:one"), "OBJECT_NAME_NOT_FOUND");
        assert.equal(await contents(drive, "file"), "first");
        assert.equal(await two.read(), "second");
        await one.write("FIRST, and more");
        assert.equal(await contents(drive, "file"), "FIRST, and more");
        assert.equal(await opening(drive, "file", ALONE), "SHARING_VIOLATION");
        await one.setDelete(true);
        assert.equal(await opening(drive, "file"), "DELETE_PENDING");
        assert.equal(await opening(drive, "file:two"), "DELETE_PENDING");
        await one.setDelete(false);
      }
      await one.close();
      await two.close();
      assert.equal(await contents(drive, "file:two"), "second");
    },
  ),
  driveCase(
    "no stream becomes a file, and no file a stream",
    "[MS-FSA] 2.1.5.14.11.1",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file:one", "first");
      assert.equal(await renaming(drive, "file", ":new"), "INVALID_PARAMETER");
      assert.equal(await renaming(drive, "file:one", "other"), "INVALID_PARAMETER");
      assert.equal(await renaming(drive, "file:one", ":a/b"), "OBJECT_NAME_INVALID");
      assert.equal(await contents(drive, "file:one"), "first");
    },
  ),
];

/** Renaming streams. */
export const streamRenameCases: readonly DriveCase[] = needing(["getStreams", "rename"], cases);
