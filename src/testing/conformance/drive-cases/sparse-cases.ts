import { strict as assert } from "node:assert";
import {
  FILE_ATTRIBUTE_SPARSE_FILE,
  FILE_READ_ATTRIBUTES,
  FILE_READ_DATA,
  FILE_WRITE_DATA,
} from "../../../nt/index.js";
import { type DriveCase, driveCase, needing } from "../case.js";
import type { DriveFile } from "../drive.js";
import { refuses } from "../subject.js";
import { make, makeDirectory, NEW } from "./steps.js";

/** No file system that has holes has them coarser. */
const BLOCK = 65_536;

async function isSparse(file: DriveFile): Promise<boolean> {
  return ((await file.facts()).fileAttributes & FILE_ATTRIBUTE_SPARSE_FILE) !== 0;
}

const cases: readonly DriveCase[] = [
  driveCase(
    "a file is made sparse, and sparse no longer",
    "[MS-FSA] 2.1.5.10, FSCTL_SET_SPARSE",
    async (stage) => {
      const drive = await stage.drive();
      const file = await drive.open("file", NEW);
      assert.equal(await isSparse(file), false);
      await file.setSparse(true);
      assert.equal(await isSparse(file), true);
      await file.setSparse(false);
      assert.equal(await isSparse(file), false);
      await file.close();
      await makeDirectory(drive, "dir");
      const directory = await drive.open("dir");
      await refuses(() => directory.setSparse(true), "INVALID_PARAMETER");
      await directory.close();
    },
  ),
  driveCase(
    "a sparse file has data where it was written, and zeros elsewhere",
    "[MS-FSA] 2.1.5.10, FSCTL_QUERY_ALLOCATED_RANGES",
    async (stage) => {
      const drive = await stage.drive();
      const file = await drive.open("file", NEW);
      await file.setSparse(true);
      await file.write("a".repeat(BLOCK), 4 * BLOCK);
      await file.write("b".repeat(BLOCK), BLOCK);
      const ranges = [
        { offset: BLOCK, length: BLOCK },
        { offset: 4 * BLOCK, length: BLOCK },
      ];
      assert.deepEqual(await file.allocatedRanges(0, 5 * BLOCK), ranges);
      assert.deepEqual(await file.allocatedRanges(BLOCK + 10, 20), [
        { offset: BLOCK + 10, length: 20 },
      ]);
      assert.deepEqual(await file.allocatedRanges(2 * BLOCK, BLOCK), []);
      assert.equal(await file.read(3, 0), "\0\0\0");
      assert.equal(await file.read(2, 2 * BLOCK - 1), "b\0");
      assert.equal((await file.facts()).fileSize, 5 * BLOCK);
      await file.close();
    },
  ),
  driveCase(
    "a run of bytes becomes zero, in a sparse file a hole; the size stays",
    "[MS-FSA] 2.1.5.10, FSCTL_SET_ZERO_DATA",
    async (stage) => {
      const drive = await stage.drive();
      const file = await drive.open("file", NEW);
      for (const block of [0, 1, 2]) await file.write("a".repeat(BLOCK), block * BLOCK);
      await file.setZeroData(1, 2);
      assert.equal(await file.read(4, 0), "a\0\0a");
      assert.deepEqual(await file.allocatedRanges(0, 3 * BLOCK), [
        { offset: 0, length: 3 * BLOCK },
      ]);
      await file.setSparse(true);
      await file.setZeroData(BLOCK, BLOCK);
      assert.deepEqual(await file.allocatedRanges(0, 3 * BLOCK), [
        { offset: 0, length: BLOCK },
        { offset: 2 * BLOCK, length: BLOCK },
      ]);
      await file.setZeroData(2 * BLOCK, 9 * BLOCK);
      assert.equal((await file.facts()).fileSize, 3 * BLOCK);
      assert.equal(await file.read(2, 3 * BLOCK - 2), "\0\0");
      await file.close();
    },
  ),
  driveCase(
    "making zeros takes the right to write, and stops at locks; telling holes the right to read",
    "[MS-FSA] 2.1.5.10",
    async (stage) => {
      const [anna, bert] = [await stage.drive(), await stage.drive("bert")];
      await make(anna, "file", "abcdef");
      const reader = await anna.open("file", { desiredAccess: FILE_READ_DATA });
      const writer = await bert.open("file", { desiredAccess: FILE_WRITE_DATA });
      await refuses(() => reader.setZeroData(0, 1), "ACCESS_DENIED");
      await refuses(() => writer.allocatedRanges(0, 1), "ACCESS_DENIED");
      await reader.lock({ offset: 3, length: 1, isExclusive: true });
      await refuses(() => writer.setZeroData(0, 4), "FILE_LOCK_CONFLICT");
      await writer.setZeroData(0, 3);
      assert.equal(await reader.read(), "\0\0\0def");
      await reader.close();
      await writer.close();
    },
  ),
  driveCase(
    "who may only read is not let to make a file sparse",
    "[MS-FSA] 2.1.5.10, FSCTL_SET_SPARSE",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file");
      const desiredAccess = FILE_READ_DATA | FILE_READ_ATTRIBUTES;
      const file = await drive.open("file", { desiredAccess });
      await refuses(() => file.setSparse(true), "ACCESS_DENIED");
      assert.equal(await isSparse(file), false);
      await file.close();
    },
  ),
];

/** Files with holes. */
export const sparseCases: readonly DriveCase[] = needing(
  ["setSparse", "getAllocatedRanges", "setZeroData"],
  cases,
);
