import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ChangeAction } from "../../fs/index.js";
import { FILE_LIST_DIRECTORY, FILE_NOTIFY_CHANGE_FILE_NAME } from "../../nt/index.js";
import { make } from "../../testing/conformance/drive-cases/steps.js";
import { SmbStage } from "../../testing/conformance/index.js";
import { folder } from "./index.js";

let root: string;
let stage: SmbStage;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "anymount-folder-"));
  mkdirSync(join(root, "dir"));
  writeFileSync(join(root, "dir/file"), "local");
  stage = await SmbStage.begin(folder(root));
});

afterEach(async () => {
  await stage.end();
  rmSync(root, { recursive: true });
});

/** Waits until the host has told of everything that has happened before. */
async function untilHostHasTold(): Promise<void> {
  const watcher = await (await stage.drive("bert")).open("", {
    desiredAccess: FILE_LIST_DIRECTORY,
  });
  const heard = watcher.watch({ filter: FILE_NOTIFY_CHANGE_FILE_NAME });
  writeFileSync(join(root, "marker"), "");
  expect(await heard).toContainEqual({ action: ChangeAction.ADDED, name: "marker" });
  await watcher.close();
}

describe("a folder over SMB", () => {
  it("leaves a client what he keeps to himself while he writes, until somebody on the host does", async () => {
    const drive = await stage.drive();
    const mine = await drive.open("dir\\file", { oplock: "batch" });
    expect(mine.oplock).toBe("batch");
    const broken = mine.nextBreak();
    await mine.write("by the client");
    await mine.write("x".repeat(600_000));
    await untilHostHasTold();
    expect(await stage.isWaiting(broken)).toBe(true);
    writeFileSync(join(root, "dir/file"), "by the host");
    expect(await broken).toBe("none");
    expect(await mine.read()).toBe("by the host");
    await mine.close();
  });

  it("tells who watches a tree what happens on the host in it, and once what clients do", async () => {
    const drive = await stage.drive();
    const directory = await drive.open("", { desiredAccess: FILE_LIST_DIRECTORY });
    const filter = FILE_NOTIFY_CHANGE_FILE_NAME;
    const watch = () => directory.watch({ filter, isTree: true });
    const first = watch();
    writeFileSync(join(root, "dir/new"), "");
    expect(await first).toEqual([{ action: ChangeAction.ADDED, name: "dir\\new" }]);
    const second = watch();
    await make(drive, "dir\\made");
    expect(await second).toEqual([{ action: ChangeAction.ADDED, name: "dir\\made" }]);
    const third = watch();
    await untilHostHasTold();
    expect(await third).toEqual([{ action: ChangeAction.ADDED, name: "marker" }]);
    await directory.close();
  });

  it("shows at once what somebody on the host has written", async () => {
    const drive = await stage.drive();
    const file = await drive.open("dir\\file");
    writeFileSync(join(root, "dir/file"), "changed");
    expect(await file.read()).toBe("changed");
    await file.write("CH");
    expect(readFileSync(join(root, "dir/file"), "utf8")).toBe("CHanged");
    await file.close();
  });
});
