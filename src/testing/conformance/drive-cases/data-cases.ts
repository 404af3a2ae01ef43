import { strict as assert } from "node:assert";
import {
  FILE_APPEND_DATA,
  FILE_EXECUTE,
  FILE_NO_INTERMEDIATE_BUFFERING,
  FILE_READ_DATA,
  FILE_SHARE_READ,
  FILE_WRITE_DATA,
  FILE_WRITE_THROUGH,
} from "../../../nt/index.js";
import { type DriveCase, driveCase } from "../case.js";
import type { DriveFile } from "../drive.js";
import { refuses } from "../subject.js";
import { contents, factsOf, make, NEW, opening } from "./steps.js";

const SECTOR = 512;

/** How an open may be asked to treat data: for a server all are the same. */
const MODES = [
  { mode: "noncached", createOptions: FILE_NO_INTERMEDIATE_BUFFERING },
  { mode: "cached", createOptions: 0 },
  { mode: "writethru", createOptions: FILE_WRITE_THROUGH },
];

/** Bytes that tell where they belong. */
function pattern(length: number, seed = 0): string {
  return Array.from({ length }, (_, i) =>
    String.fromCharCode((i * 7 + (i >> 8) + seed) & 0xff),
  ).join("");
}

const byMode: readonly DriveCase[] = MODES.flatMap(({ mode, createOptions }) => [
  driveCase(
    `${mode}: what was written is read, up to the end of the file and not past it`,
    `winfsp-tests rdwr_${mode}_test; [MS-FSA] 2.1.5.3, 2.1.5.4`,
    async (stage) => {
      const drive = await stage.drive();
      const file = await drive.open("file", { ...NEW, createOptions });
      const text = pattern(16 * SECTOR);
      await refuses(() => file.read(SECTOR), "END_OF_FILE");
      assert.equal(await file.write(text), text.length);
      assert.equal(await file.read(text.length), text);
      assert.equal(await file.read(2 * SECTOR, SECTOR), text.slice(SECTOR, 3 * SECTOR));
      assert.equal(await file.read(4 * SECTOR, 15 * SECTOR), text.slice(15 * SECTOR));
      await refuses(() => file.read(SECTOR, 16 * SECTOR), "END_OF_FILE");
      await refuses(() => file.read(SECTOR, 100 * SECTOR), "END_OF_FILE");
      assert.equal(await file.write(pattern(SECTOR, 1), 4 * SECTOR), SECTOR);
      assert.equal(await file.read(SECTOR, 4 * SECTOR), pattern(SECTOR, 1));
      assert.equal(await file.read(SECTOR, 5 * SECTOR), text.slice(5 * SECTOR, 6 * SECTOR));
      await file.flush();
      await file.close();
      assert.equal((await factsOf(drive, "file")).fileSize, text.length);
    },
    ["flush"],
  ),
  driveCase(
    `${mode}: what is appended goes where the file ends`,
    `winfsp-tests rdwr_${mode}_append_test; WinFsp 1.3, 10`,
    async (stage) => {
      const drive = await stage.drive();
      const file = await drive.open("file", { ...NEW, createOptions });
      const appending = { desiredAccess: FILE_APPEND_DATA, createOptions };
      const [one, two] = [await drive.open("file", appending), await drive.open("file", appending)];
      assert.equal(await one.append("abc"), 3);
      assert.equal(await two.append("def"), 3);
      assert.equal(await one.append("ghi"), 3);
      assert.equal(await file.read(), "abcdefghi");
      for (const each of [one, two, file]) await each.close();
    },
  ),
  driveCase(
    `${mode}: requests under way at once do not get mixed up`,
    `winfsp-tests rdwr_${mode}_overlapped_test`,
    async (stage) => {
      const drive = await stage.drive();
      const file = await drive.open("file", { ...NEW, createOptions });
      const places = Array.from({ length: 32 }, (_, i) => i);
      await Promise.all(places.map((i) => file.write(pattern(SECTOR, i), i * SECTOR)));
      const read = await Promise.all(places.map((i) => file.read(SECTOR, i * SECTOR)));
      assert.deepEqual(
        read,
        places.map((i) => pattern(SECTOR, i)),
      );
      await file.close();
      assert.equal((await contents(drive, "file")).length, 32 * SECTOR);
    },
  ),
]);

const always: readonly DriveCase[] = [
  driveCase(
    "bytes are written and read at any offset, in any length",
    "winfsp-tests rdwr_cached_test; [MS-FSA] 2.1.5.4",
    async (stage) => {
      const drive = await stage.drive();
      const file = await drive.open("file", NEW);
      let expected = "";
      for (const { offset, length } of UNALIGNED) {
        const text = pattern(length, offset);
        await file.write(text, offset);
        const before = expected.padEnd(offset, "\0");
        expected = before.slice(0, offset) + text + before.slice(offset + length);
      }
      assert.equal(await file.read(expected.length), expected);
      for (const { offset, length } of UNALIGNED) {
        assert.equal(await file.read(length, offset), expected.slice(offset, offset + length));
      }
      await file.close();
    },
  ),
  driveCase(
    "what one open writes every other reads at once, whatever it asked for",
    "winfsp-tests rdwr_mixed_test",
    async (stage) => {
      const [anna, bert] = [await stage.drive(), await stage.drive("bert")];
      await make(anna, "file", "0".repeat(4 * SECTOR));
      const opens: DriveFile[] = [];
      for (const { createOptions } of MODES) {
        opens.push(await anna.open("file", { createOptions }));
        opens.push(await bert.open("file", { createOptions }));
      }
      for (const [i, writer] of opens.entries()) {
        await writer.write(pattern(SECTOR, i), SECTOR);
        for (const reader of opens)
          assert.equal(await reader.read(SECTOR, SECTOR), pattern(SECTOR, i));
      }
      for (const open of opens) await open.close();
    },
  ),
  driveCase(
    "a file that is cut and grows reads as zeros where it was cut",
    "winfsp-tests rdwr_cached_test; [MS-FSA] 2.1.5.14.4",
    async (stage) => {
      const drive = await stage.drive();
      const file = await drive.open("file", NEW);
      await file.write(pattern(3 * SECTOR, 1));
      await file.setFileSize(SECTOR + 10);
      assert.equal((await file.facts()).fileSize, SECTOR + 10);
      await file.setFileSize(3 * SECTOR);
      const kept = pattern(3 * SECTOR, 1).slice(0, SECTOR + 10);
      assert.equal(await file.read(), kept.padEnd(3 * SECTOR, "\0"));
      await file.write("end", 5 * SECTOR);
      assert.equal(await file.read(3, 5 * SECTOR), "end");
      assert.equal(await file.read(2 * SECTOR, 3 * SECTOR), "\0".repeat(2 * SECTOR));
      await file.close();
    },
    ["setFileSize"],
  ),
  driveCase(
    "who may not write or read is refused, and who may only append does",
    "[MS-SMB2] 3.3.5.12, 3.3.5.13",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file", "abc");
      const reader = await drive.open("file", { desiredAccess: FILE_READ_DATA });
      await refuses(() => reader.write("x"), "ACCESS_DENIED");
      await reader.close();
      const writer = await drive.open("file", { desiredAccess: FILE_WRITE_DATA });
      await refuses(() => writer.read(), "ACCESS_DENIED");
      await writer.close();
      const appender = await drive.open("file", { desiredAccess: FILE_APPEND_DATA });
      assert.equal(await appender.append("def"), 3);
      await appender.close();
      assert.equal(await contents(drive, "file"), "abcdef");
    },
  ),
  driveCase(
    "a program on the volume is read whole by who may execute it",
    "winfsp-tests exec_test",
    async (stage) => {
      const drive = await stage.drive();
      const program = pattern(60_000);
      await make(drive, "program", program);
      const running = await drive.open("program", { desiredAccess: FILE_EXECUTE });
      assert.equal(await running.read(60_000), program);
      await running.close();
    },
  ),
  driveCase(
    "a program that runs is neither deleted nor written where its open does not share that",
    "winfsp-tests exec_delete_test",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "program", "abc");
      const running = { desiredAccess: FILE_EXECUTE, shareAccess: FILE_SHARE_READ };
      const program = await drive.open("program", running);
      assert.equal(await opening(drive, "program"), "SHARING_VIOLATION");
      const writing = { desiredAccess: FILE_WRITE_DATA };
      assert.equal(await opening(drive, "program", writing), "SHARING_VIOLATION");
      await program.close();
      assert.equal(await opening(drive, "program"), "OPENED");
    },
  ),
  driveCase(
    "what was written is flushed, and there for everybody",
    "winfsp-tests flush_test; [MS-FSA] 2.1.5.6",
    async (stage) => {
      const drive = await stage.drive();
      for (const { mode, createOptions } of MODES) {
        const file = await drive.open(mode, { ...NEW, createOptions });
        await file.write("abc");
        await file.flush();
        assert.equal(await contents(drive, mode), "abc");
        await file.close();
      }
      const reader = await drive.open("cached", { desiredAccess: FILE_READ_DATA });
      await refuses(() => reader.flush(), "ACCESS_DENIED");
      await reader.close();
    },
    ["flush"],
  ),
  driveCase(
    "the whole volume is flushed by its root",
    "winfsp-tests flush_volume_test",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file", "abc");
      const root = await drive.open("");
      await root.flush();
      await root.close();
      assert.equal(await contents(drive, "file"), "abc");
    },
    ["flush"],
  ),
];

const UNALIGNED = [
  { offset: 0, length: 1 },
  { offset: 1, length: 3 },
  { offset: 511, length: 2 },
  { offset: 1000, length: 5000 },
  { offset: 4095, length: 4098 },
  { offset: 20_001, length: 77 },
];

/** Reading, writing, and flushing. */
export const dataCases: readonly DriveCase[] = [...byMode, ...always];
