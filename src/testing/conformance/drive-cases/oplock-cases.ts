import { strict as assert } from "node:assert";
import { CreateDisposition, FILE_READ_ATTRIBUTES, FILE_READ_DATA } from "../../../nt/index.js";
import { type DriveCase, driveCase } from "../case.js";
import type { OplockName } from "../drive.js";
import { refuses } from "../subject.js";
import { make, opening, outcomeOf } from "./steps.js";

/** Oplocks. */
export const oplockCases: readonly DriveCase[] = [
  ...(["exclusive", "batch"] as const).map((oplock) =>
    driveCase(
      `${oplock}: who has a file alone may keep it to himself, until another one opens it`,
      `winfsp-tests oplock_${oplock === "batch" ? "batch" : "level1"}_test; [MS-FSA] 2.1.5.18`,
      async (stage) => {
        const [anna, bert] = [await stage.drive(), await stage.drive("bert")];
        await make(anna, "file", "abc");
        const mine = await anna.open("file", { oplock });
        assert.equal(mine.oplock, oplock);
        const joining = bert.open("file", { oplock });
        assert.equal(await mine.nextBreak(), "II");
        assert.ok(await stage.isWaiting(joining));
        await mine.acknowledge("II");
        const theirs = await joining;
        assert.equal(theirs.oplock, "II");
        await mine.close();
        await theirs.close();
      },
    ),
  ),
  driveCase(
    "any number of opens may keep their reads, until somebody writes",
    "winfsp-tests oplock_level2_test; [MS-FSA] 2.1.5.4",
    async (stage) => {
      const [anna, bert] = [await stage.drive(), await stage.drive("bert")];
      await make(anna, "file", "abc");
      const mine = await anna.open("file", { oplock: "II" });
      const theirs = await bert.open("file", { oplock: "II" });
      assert.deepEqual([mine.oplock, theirs.oplock], ["II", "II"]);
      const writer = await bert.open("file");
      await writer.write("x");
      assert.equal(await mine.nextBreak(), "none");
      assert.equal(await theirs.nextBreak(), "none");
      for (const file of [mine, theirs, writer]) await file.close();
    },
  ),
  driveCase(
    "a batch oplock whose holder closes the file lets in who could not share with him",
    "winfsp-tests oplock_batch_test; WinFsp 3.4",
    async (stage) => {
      const [anna, bert] = [await stage.drive(), await stage.drive("bert")];
      await make(anna, "file", "abc");
      const mine = await anna.open("file", { oplock: "batch", shareAccess: 0 });
      const joining = bert.open("file");
      assert.equal(await mine.nextBreak(), "II");
      await mine.close();
      await (await joining).close();
    },
  ),
  driveCase(
    "a batch oplock whose holder keeps the file open keeps out who cannot share with him",
    "winfsp-tests oplock_batch_test; WinFsp 3.4",
    async (stage) => {
      const [anna, bert] = [await stage.drive(), await stage.drive("bert")];
      await make(anna, "file", "abc");
      const mine = await anna.open("file", { oplock: "batch", shareAccess: 0 });
      const joining = outcomeOf(() => bert.open("file"));
      await mine.nextBreak();
      await mine.acknowledge("II");
      assert.equal(await joining, "SHARING_VIOLATION");
      await mine.close();
    },
  ),
  driveCase(
    "who only looks at attributes breaks nothing, and who overwrites leaves nothing",
    "winfsp-tests oplock_level1_test; [MS-FSA] 2.1.5.1.2",
    async (stage) => {
      const [anna, bert] = [await stage.drive(), await stage.drive("bert")];
      await make(anna, "file", "abc");
      const mine = await anna.open("file", { oplock: "exclusive" });
      const told = mine.nextBreak();
      const stat = { desiredAccess: FILE_READ_ATTRIBUTES };
      assert.equal(await opening(bert, "file", stat), "OPENED");
      assert.ok(await stage.isWaiting(told));
      const overwriting = opening(bert, "file", { createDisposition: CreateDisposition.OVERWRITE });
      assert.equal(await told, "none");
      await mine.acknowledge("none");
      assert.equal(await overwriting, "OVERWRITTEN");
      await mine.close();
    },
    ["overwrite"],
  ),
  driveCase(
    "who overwrites a file may keep what he then reads",
    "[MS-FSA] 2.1.5.1.2, 2.1.5.18",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file", "abc");
      for (const oplock of ["II", "exclusive", "batch"] as const) {
        const file = await drive.open("file", {
          createDisposition: CreateDisposition.OVERWRITE,
          oplock,
        });
        assert.equal(file.oplock, oplock);
        assert.ok(await stage.isWaiting(file.nextBreak()));
        await file.close();
      }
    },
    ["overwrite"],
  ),
  driveCase(
    "nothing exclusive is granted on what others have open",
    "winfsp-tests oplock_not_granted_test; [MS-FSA] 2.1.5.18",
    async (stage) => {
      const [anna, bert] = [await stage.drive(), await stage.drive("bert")];
      await make(anna, "file", "abc");
      const first = await anna.open("file", { desiredAccess: FILE_READ_DATA });
      for (const oplock of ["exclusive", "batch"] as const) {
        const file = await bert.open("file", { oplock });
        assert.equal(file.oplock, "II" satisfies OplockName);
        await file.close();
      }
      await first.lock({ offset: 0, length: 1 });
      const late = await bert.open("file", { oplock: "II" });
      assert.equal(late.oplock, "none");
      await late.close();
      await first.close();
    },
  ),
  driveCase(
    "who does not answer loses what he kept when his time is up",
    "[MS-SMB2] 3.3.6.1",
    async (stage) => {
      const [anna, bert] = [await stage.drive(), await stage.drive("bert")];
      await make(anna, "file", "abc");
      const mine = await anna.open("file", { oplock: "exclusive" });
      const joining = bert.open("file");
      await mine.nextBreak();
      assert.ok(await stage.isWaiting(joining));
      stage.clock.advance(35_000);
      await (await joining).close();
      await refuses(() => mine.acknowledge("II"), "INVALID_OPLOCK_PROTOCOL");
      await mine.close();
    },
  ),
  driveCase(
    "an open that waits for somebody to let go can be given up",
    "[MS-SMB2] 3.3.5.16",
    async (stage) => {
      const [anna, bert] = [await stage.drive(), await stage.drive("bert")];
      await make(anna, "file", "abc");
      const mine = await anna.open("file", { oplock: "batch" });
      const given = new AbortController();
      const joining = outcomeOf(() => bert.open("file", { signal: given.signal }));
      await mine.nextBreak();
      assert.ok(await stage.isWaiting(joining));
      given.abort();
      assert.equal(await joining, "CANCELLED");
      await mine.close();
    },
  ),
];
