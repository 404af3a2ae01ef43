import { strict as assert } from "node:assert";
import {
  FILE_ATTRIBUTE_ARCHIVE,
  FILE_ATTRIBUTE_DIRECTORY,
  FILE_ATTRIBUTE_HIDDEN,
  FILE_READ_DATA,
} from "../../../nt/index.js";
import { type DriveCase, driveCase } from "../case.js";
import { refuses } from "../subject.js";
import { contents, factsOf, make, makeDirectory, NEW, outcomeOf } from "./steps.js";

const TIMES = {
  creationTicks: 125_911_584_000_000_001n,
  lastAccessTicks: 125_911_584_000_000_002n,
  lastWriteTicks: 125_911_584_000_000_003n,
  changeTicks: 125_911_584_000_000_004n,
};

const files: readonly DriveCase[] = [
  driveCase("a file tells what it is", "winfsp-tests getfileinfo_test", async (stage) => {
    const drive = await stage.drive();
    await make(drive, "file", "abc");
    const facts = await factsOf(drive, "file");
    assert.equal(facts.fileAttributes, FILE_ATTRIBUTE_ARCHIVE);
    assert.equal(facts.fileSize, 3);
    assert.ok(facts.allocationSize >= 3);
    assert.equal(facts.hardLinks, 1);
    assert.equal(facts.isDirectory, false);
    assert.equal(facts.isDeletePending, false);
    assert.equal(facts.path, "\\file");
    assert.notEqual(facts.fileId, 0n);
  }),
  driveCase("a directory tells what it is", "winfsp-tests getfileinfo_test", async (stage) => {
    const drive = await stage.drive();
    await makeDirectory(drive, "dir");
    const facts = await factsOf(drive, "dir");
    assert.equal(facts.fileAttributes, FILE_ATTRIBUTE_DIRECTORY);
    assert.equal(facts.fileSize, 0);
    assert.equal(facts.isDirectory, true);
    assert.equal(facts.hardLinks, 1);
  }),
  driveCase(
    "who may not read attributes is not told of them",
    "[MS-SMB2] 3.3.5.20.1",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file");
      const file = await drive.open("file", { desiredAccess: FILE_READ_DATA });
      await refuses(() => file.facts(), "ACCESS_DENIED");
      await refuses(() => file.setBasic({ fileAttributes: 2 }), "ACCESS_DENIED");
      await refuses(() => file.setFileSize(10), "ACCESS_DENIED");
      await refuses(() => file.setDelete(true), "ACCESS_DENIED");
      await refuses(() => file.rename("new"), "ACCESS_DENIED");
      await file.close();
    },
    ["setBasicInfo", "setFileSize", "rename"],
  ),
  driveCase(
    "attributes that are set are there for everybody, and ARCHIVE can be taken away",
    "winfsp-tests setfileinfo_test",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file");
      const file = await drive.open("file");
      await file.setBasic({ fileAttributes: FILE_ATTRIBUTE_HIDDEN });
      assert.equal((await file.facts()).fileAttributes, FILE_ATTRIBUTE_HIDDEN);
      assert.equal((await factsOf(drive, "file")).fileAttributes, FILE_ATTRIBUTE_HIDDEN);
      await refuses(
        () => file.setBasic({ fileAttributes: FILE_ATTRIBUTE_DIRECTORY }),
        "INVALID_PARAMETER",
      );
      await file.close();
    },
    ["setBasicInfo"],
  ),
  driveCase(
    "times that are set stay, and those that are not stay as they were",
    "winfsp-tests setfileinfo_test",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file");
      const file = await drive.open("file");
      await file.setBasic(TIMES);
      assert.deepEqual(timesOf(await file.facts()), TIMES);
      await file.setBasic({ creationTicks: 126_000_000_000_000_000n, changeTicks: 7n });
      const changed = { ...TIMES, creationTicks: 126_000_000_000_000_000n, changeTicks: 7n };
      assert.deepEqual(timesOf(await file.facts()), changed);
      await file.close();
      assert.deepEqual(timesOf(await factsOf(drive, "file")), changed);
    },
    ["setBasicInfo"],
  ),
  driveCase(
    "a write through another open moves the time of the last write",
    "winfsp-tests setfileinfo_test; [MS-FSA] 2.1.5.4",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file");
      const file = await drive.open("file");
      await file.setBasic(TIMES);
      await file.write("kept");
      assert.equal((await file.facts()).lastWriteTicks, TIMES.lastWriteTicks);
      await file.close();
      assert.equal((await factsOf(drive, "file")).lastWriteTicks, TIMES.lastWriteTicks);
      const writer = await drive.open("file");
      await writer.write("moved");
      await writer.close();
      const { lastWriteTicks, creationTicks } = await factsOf(drive, "file");
      assert.ok(lastWriteTicks > TIMES.lastWriteTicks);
      assert.equal(creationTicks, TIMES.creationTicks);
    },
    ["setBasicInfo"],
  ),
  driveCase(
    "the end of a file is set, and space is set aside and taken back",
    "winfsp-tests setfileinfo_test",
    async (stage) => {
      const drive = await stage.drive();
      const file = await drive.open("file", NEW);
      await file.write("0123456789");
      await file.setFileSize(4);
      assert.equal(await file.read(), "0123");
      await file.setAllocationSize(100_000);
      const { fileSize, allocationSize } = await file.facts();
      assert.equal(fileSize, 4);
      assert.ok(allocationSize >= 100_000);
      await file.setAllocationSize(0);
      assert.equal((await file.facts()).fileSize, 0);
      await file.close();
      assert.equal(await contents(drive, "file"), "");
    },
    ["setFileSize", "setAllocationSize"],
  ),
  driveCase(
    "a directory has no end to be set",
    "[MS-FSA] 2.1.5.14.4",
    async (stage) => {
      const drive = await stage.drive();
      const root = await drive.open("");
      await refuses(() => root.setFileSize(10), "INVALID_PARAMETER");
      await refuses(() => root.setAllocationSize(10), "INVALID_PARAMETER");
      await root.close();
    },
    ["setFileSize", "setAllocationSize"],
  ),
];

function timesOf({ creationTicks, lastAccessTicks, lastWriteTicks, changeTicks }: typeof TIMES) {
  return { creationTicks, lastAccessTicks, lastWriteTicks, changeTicks };
}

const volume: readonly DriveCase[] = [
  driveCase(
    "a volume tells how large and how full it is",
    "winfsp-tests getvolinfo_test",
    async (stage) => {
      const drive = await stage.drive();
      const before = await drive.volumeInfo();
      assert.ok(before.totalSize > 0);
      assert.ok(before.freeSize <= before.totalSize);
      await make(drive, "file", "x".repeat(40_000));
      const after = await drive.volumeInfo();
      assert.ok(after.freeSize <= before.freeSize);
      assert.equal(after.label, before.label);
    },
  ),
  driveCase(
    "a label of 32 units is set, and one of 33 is refused",
    "winfsp-tests setvolinfo_test; [MS-FSCC] 2.5.5",
    async (stage) => {
      const drive = await stage.drive();
      const label = "L".repeat(32);
      await drive.setVolumeLabel(label);
      assert.equal((await drive.volumeInfo()).label, label);
      assert.equal(await outcomeOf(() => drive.setVolumeLabel(`${label}L`)), "INVALID_PARAMETER");
      assert.equal((await drive.volumeInfo()).label, label);
    },
    ["setVolumeLabel"],
  ),
];

/** What is known of files and volumes. */
export const infoCases: readonly DriveCase[] = [...files, ...volume];
