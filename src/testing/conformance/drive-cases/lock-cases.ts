import { strict as assert } from "node:assert";
import { FILE_APPEND_DATA, FILE_NO_INTERMEDIATE_BUFFERING } from "../../../nt/index.js";
import { type DriveCase, driveCase } from "../case.js";
import type { Stage } from "../stage.js";
import { refuses } from "../subject.js";
import { make, outcomeOf } from "./steps.js";

const KINDS = [
  { kind: "noncached", createOptions: FILE_NO_INTERMEDIATE_BUFFERING },
  { kind: "cached", createOptions: 0 },
];

const RANGE = { offset: 512, length: 512 };
const EXCLUSIVE = { ...RANGE, isExclusive: true };

/** A file of two sectors and a bit, open twice. */
async function opened(stage: Stage, createOptions = 0) {
  const [anna, bert] = [await stage.drive(), await stage.drive("bert")];
  await make(anna, "file", "0".repeat(2000));
  const [mine, theirs] = [
    await anna.open("file", { createOptions }),
    await bert.open("file", { createOptions }),
  ];
  const end = async () => {
    await mine.close();
    await theirs.close();
  };
  return { anna, bert, mine, theirs, end };
}

const byKind: readonly DriveCase[] = KINDS.flatMap(({ kind, createOptions }) => [
  driveCase(
    `${kind}: an exclusive lock stops every other open, and not its own`,
    `winfsp-tests lock_${kind}_test; [MS-FSA] 2.1.5.8`,
    async (stage) => {
      const { mine, theirs, end } = await opened(stage, createOptions);
      await mine.lock(EXCLUSIVE);
      assert.equal(await mine.write("1".repeat(512), 512), 512);
      assert.equal(await mine.read(512, 512), "1".repeat(512));
      await refuses(() => theirs.read(512, 512), "FILE_LOCK_CONFLICT");
      await refuses(() => theirs.write("2", 512), "FILE_LOCK_CONFLICT");
      await refuses(() => theirs.lock(EXCLUSIVE), "LOCK_NOT_GRANTED");
      await refuses(() => theirs.lock(RANGE), "LOCK_NOT_GRANTED");
      assert.equal(await theirs.read(512, 0), "0".repeat(512));
      await mine.unlock(RANGE);
      assert.equal(await theirs.write("2", 512), 1);
      await end();
    },
  ),
  driveCase(
    `${kind}: only what was locked exactly so is unlocked`,
    `winfsp-tests lock_${kind}_test; [MS-FSA] 2.1.5.9`,
    async (stage) => {
      const { mine, theirs, end } = await opened(stage, createOptions);
      await mine.lock(EXCLUSIVE);
      await refuses(() => mine.unlock({ offset: 512, length: 511 }), "RANGE_NOT_LOCKED");
      await refuses(() => mine.unlock({ offset: 0, length: 1024 }), "RANGE_NOT_LOCKED");
      await refuses(() => theirs.unlock(RANGE), "RANGE_NOT_LOCKED");
      await mine.unlock(RANGE);
      await refuses(() => mine.unlock(RANGE), "RANGE_NOT_LOCKED");
      await end();
    },
  ),
  driveCase(
    `${kind}: under a shared lock everybody reads, and nobody writes`,
    `winfsp-tests lock_${kind}_test; [MS-FSA] 2.1.4.10`,
    async (stage) => {
      const { mine, theirs, end } = await opened(stage, createOptions);
      await mine.lock(RANGE);
      await theirs.lock(RANGE);
      assert.equal(await theirs.read(512, 512), "0".repeat(512));
      await refuses(() => mine.write("1", 512), "FILE_LOCK_CONFLICT");
      await refuses(() => theirs.write("1", 512), "FILE_LOCK_CONFLICT");
      await refuses(() => theirs.lock(EXCLUSIVE), "LOCK_NOT_GRANTED");
      await theirs.unlock(RANGE);
      await refuses(() => theirs.lock(EXCLUSIVE), "LOCK_NOT_GRANTED");
      await mine.unlock(RANGE);
      await theirs.lock(EXCLUSIVE);
      await end();
    },
  ),
  driveCase(
    `${kind}: a lock that waits is granted when the range is free`,
    `winfsp-tests lock_${kind}_overlapped_test; [MS-FSA] 2.1.5.8`,
    async (stage) => {
      const { mine, theirs, end } = await opened(stage, createOptions);
      await mine.lock(EXCLUSIVE);
      const waiting = theirs.lockWhenFree(EXCLUSIVE);
      assert.ok(await stage.isWaiting(waiting));
      await mine.unlock(RANGE);
      await waiting;
      await refuses(() => mine.read(512, 512), "FILE_LOCK_CONFLICT");
      await end();
    },
  ),
]);

const always: readonly DriveCase[] = [
  driveCase(
    "a lock that waits can be given up, and ends with its own open",
    "[MS-SMB2] 3.3.5.14, 3.3.5.16",
    async (stage) => {
      const { bert, mine, theirs, end } = await opened(stage);
      await mine.lock(EXCLUSIVE);
      const given = new AbortController();
      const cancelled = outcomeOf(() => theirs.lockWhenFree(EXCLUSIVE, given.signal));
      assert.ok(await stage.isWaiting(cancelled));
      given.abort();
      assert.equal(await cancelled, "CANCELLED");
      const other = await bert.open("file");
      const closed = outcomeOf(() => other.lockWhenFree(EXCLUSIVE));
      assert.ok(await stage.isWaiting(closed));
      await other.close();
      assert.equal(await closed, "RANGE_NOT_LOCKED");
      await mine.unlock(RANGE);
      await theirs.lock(EXCLUSIVE);
      await end();
    },
  ),
  driveCase(
    "of several locks at once all are granted, or none",
    "[MS-SMB2] 3.3.5.14.2",
    async (stage) => {
      const { mine, theirs, end } = await opened(stage);
      await mine.lock({ offset: 100, length: 10, isExclusive: true });
      const three = [0, 50, 100].map((offset) => ({ offset, length: 10, isExclusive: true }));
      await refuses(() => theirs.lock(...three), "LOCK_NOT_GRANTED");
      await mine.lock({ offset: 0, length: 10, isExclusive: true });
      await mine.unlock({ offset: 0, length: 10 });
      await mine.unlock({ offset: 100, length: 10 });
      await theirs.lock(...three);
      await refuses(() => mine.read(1, 50), "FILE_LOCK_CONFLICT");
      await end();
    },
  ),
  driveCase(
    "locks go with their open, and with their client",
    "WinFsp 3.6; [MS-FSA] 2.1.5.5",
    async (stage) => {
      const { anna, mine, theirs } = await opened(stage);
      await mine.lock(EXCLUSIVE);
      await mine.close();
      await theirs.lock(EXCLUSIVE);
      const again = await anna.open("file");
      const waiting = again.lockWhenFree(EXCLUSIVE);
      assert.ok(await stage.isWaiting(waiting));
      await theirs.close();
      await waiting;
      const third = await stage.drive("bert");
      const last = (await third.open("file")).lockWhenFree(EXCLUSIVE);
      assert.ok(await stage.isWaiting(last));
      await anna.leave();
      await last;
    },
  ),
  driveCase(
    "a lock may lie past the end of the file, and stops an append that comes there",
    "[MS-FSA] 2.1.5.4, 2.1.5.8",
    async (stage) => {
      const { bert, mine, theirs, end } = await opened(stage);
      await mine.lock({ offset: 2000, length: 100, isExclusive: true });
      const appender = await bert.open("file", { desiredAccess: FILE_APPEND_DATA });
      await refuses(() => appender.append("x"), "FILE_LOCK_CONFLICT");
      assert.equal(await mine.write("x", 2000), 1);
      await refuses(() => theirs.write("x", 2000), "FILE_LOCK_CONFLICT");
      await appender.close();
      await end();
    },
  ),
];

/** Byte-range locks. */
export const lockCases: readonly DriveCase[] = [...byKind, ...always];
