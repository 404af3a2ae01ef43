import { strict as assert } from "node:assert";
import {
  CreateDisposition,
  DELETE,
  FILE_APPEND_DATA,
  FILE_EXECUTE,
  FILE_READ_ATTRIBUTES,
  FILE_READ_DATA,
  FILE_SHARE_DELETE,
  FILE_SHARE_READ,
  FILE_SHARE_WRITE,
  FILE_WRITE_DATA,
} from "../../../nt/index.js";
import { type DriveCase, driveCase, needing } from "../case.js";
import type { OpenRequest } from "../drive.js";
import { contents, make, NEW, opening } from "./steps.js";

const ALL_SHARES = [0, 1, 2, 3, 4, 5, 6, 7];

/** Rights, and the share bits they are about. */
const USES = [
  { desiredAccess: FILE_READ_DATA, uses: FILE_SHARE_READ },
  { desiredAccess: FILE_EXECUTE, uses: FILE_SHARE_READ },
  { desiredAccess: FILE_WRITE_DATA, uses: FILE_SHARE_WRITE },
  { desiredAccess: FILE_APPEND_DATA, uses: FILE_SHARE_WRITE },
  { desiredAccess: DELETE, uses: FILE_SHARE_DELETE },
  { desiredAccess: FILE_READ_ATTRIBUTES, uses: 0 },
] as const;

const matrix: readonly DriveCase[] = USES.map(({ desiredAccess, uses }) =>
  driveCase(
    `who opens with access 0x${desiredAccess.toString(16)} shares with each other as both allow`,
    "winfsp-tests create_share_test; [MS-FSA] 2.1.5.1.2.2",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file");
      for (const first of USES) {
        for (const firstShares of ALL_SHARES) {
          const held = { desiredAccess: first.desiredAccess, shareAccess: firstShares };
          const file = await drive.open("file", held);
          for (const shareAccess of ALL_SHARES) {
            const fits = (uses & ~firstShares) === 0 && (first.uses & ~shareAccess) === 0;
            const isAdmitted = uses === 0 || first.uses === 0 || fits;
            assert.equal(
              await opening(drive, "file", { desiredAccess, shareAccess }),
              isAdmitted ? "OPENED" : "SHARING_VIOLATION",
              `after ${JSON.stringify(held)}, sharing ${shareAccess}`,
            );
          }
          await file.close();
        }
      }
    },
  ),
);

const emptying: readonly DriveCase[] = [
  driveCase(
    "a file is not overwritten under a reader who shares reads alone",
    "winfsp-tests create_share_test; WinFsp 3.4",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file", "abc");
      const reading = { desiredAccess: FILE_READ_DATA, shareAccess: FILE_SHARE_READ };
      const reader = await drive.open("file", reading);
      const refusals = [CreateDisposition.OVERWRITE, CreateDisposition.OVERWRITE_IF];
      for (const createDisposition of [...refusals, CreateDisposition.SUPERSEDE]) {
        const request = { desiredAccess: FILE_READ_ATTRIBUTES, createDisposition };
        assert.equal(await opening(drive, "file", request), "SHARING_VIOLATION");
      }
      assert.equal(await reader.read(), "abc");
      await reader.close();
      assert.equal(await contents(drive, "file"), "abc");
    },
    ["overwrite"],
  ),
  driveCase(
    "what was asked for alone counts once a file is open, and not what emptying it took",
    "winfsp-tests create_share_test; WinFsp 3.4",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file", "abc");
      const createDisposition = CreateDisposition.OVERWRITE;
      const emptying = { desiredAccess: FILE_READ_DATA, createDisposition };
      const file = await drive.open("file", emptying);
      const readersOnly = { desiredAccess: FILE_READ_DATA, shareAccess: FILE_SHARE_READ };
      assert.equal(await opening(drive, "file", readersOnly), "OPENED");
      await file.close();
    },
    ["overwrite"],
  ),
];

const ALONE: OpenRequest = { shareAccess: FILE_SHARE_READ | FILE_SHARE_WRITE };

const streams: readonly DriveCase[] = [
  driveCase(
    "streams of a file share by themselves",
    "winfsp-tests stream_create_share_test; WinFsp 3.4",
    async (stage) => {
      const drive = await stage.drive();
      const writing = { desiredAccess: FILE_WRITE_DATA, shareAccess: 0 };
      const file = await drive.open("file", { ...NEW, ...writing });
      const one = await drive.open("file:one", { ...NEW, ...writing });
      assert.equal(await opening(drive, "file:two", { ...NEW, ...writing }), "CREATED");
      assert.equal(await opening(drive, "file:one", writing), "SHARING_VIOLATION");
      assert.equal(await opening(drive, "file", writing), "SHARING_VIOLATION");
      await one.close();
      assert.equal(await opening(drive, "file:one", writing), "OPENED");
      await file.close();
    },
  ),
  driveCase(
    "a file is not opened to be deleted while a stream of it does not share that",
    "winfsp-tests stream_create_share_test; WinFsp 3.4",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file");
      await make(drive, "file:one");
      const stream = await drive.open("file:one", { ...ALONE, desiredAccess: FILE_READ_DATA });
      assert.equal(await opening(drive, "file", { desiredAccess: DELETE }), "SHARING_VIOLATION");
      assert.equal(await opening(drive, "file", { desiredAccess: FILE_WRITE_DATA }), "OPENED");
      await stream.close();
      assert.equal(await opening(drive, "file", { desiredAccess: DELETE }), "OPENED");
    },
  ),
  driveCase(
    "while a file is open to be deleted its streams are opened by who shares that",
    "winfsp-tests stream_create_share_test; WinFsp 3.4",
    async (stage) => {
      const drive = await stage.drive();
      await make(drive, "file");
      await make(drive, "file:one");
      const deleting = await drive.open("file", { desiredAccess: DELETE });
      const reading = { desiredAccess: FILE_READ_DATA };
      assert.equal(await opening(drive, "file:one", { ...reading, ...ALONE }), "SHARING_VIOLATION");
      assert.equal(await opening(drive, "file:one", reading), "OPENED");
      await deleting.close();
      assert.equal(await opening(drive, "file:one", { ...reading, ...ALONE }), "OPENED");
    },
  ),
];

/** Share modes. */
export const shareCases: readonly DriveCase[] = [
  ...matrix,
  ...emptying,
  ...needing(["getStreams"], streams),
];
