import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CreateDisposition, DELETE, FILE_GENERIC_READ, FILE_GENERIC_WRITE } from "../nt/index.js";
import { VolumeDriver } from "../testing/volume-driver.js";
import { checkKind, DRIVE_KINDS, openKind } from "./drive-kinds.js";

describe("serve folder --scratch", () => {
  let path = "";

  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), "anymount-scratch-"));
    writeFileSync(join(path, "file"), "as it was");
    chmodSync(path, 0o777); // who does something in here is not who runs the test
    chmodSync(join(path, "file"), 0o666);
  });

  afterEach(() => {
    rmSync(path, { recursive: true });
  });

  it("takes what clients change, and leaves the folder as it is", async () => {
    const opened = await openKind(DRIVE_KINDS.folder, { scratch: true, label: "Try" }, path);
    if (!opened.ok) throw new Error(opened.problem);
    const driver = new VolumeDriver(opened.value);
    await driver.volume.start();
    const desiredAccess = FILE_GENERIC_READ | FILE_GENERIC_WRITE | DELETE;
    const open = await driver.open("file", { desiredAccess });
    await open.write(Buffer.from("changed"), 0);
    await open.rename({ newName: "renamed", replaceIfExists: false });
    await open.close();
    expect(await driver.outcome("new", { createDisposition: CreateDisposition.CREATE })).toBe(
      "CREATED",
    );
    expect(await driver.names()).toEqual(["new", "renamed"]);
    expect(await driver.text("renamed")).toBe("changedas");
    expect(await driver.volume.getVolumeInfo()).toMatchObject({
      ok: true,
      value: { label: "Try" },
    });
    await driver.volume.stop();
    expect(readdirSync(path)).toEqual(["file"]);
    expect(readFileSync(join(path, "file"), "utf8")).toBe("as it was");
  });

  it("is not for a RAM drive, which is gone at the end as it is", () => {
    expect(checkKind("serve", "memory", undefined, { scratch: true })).toMatchObject({ ok: false });
    expect(checkKind("serve", "folder", path, { scratch: true })).toMatchObject({ ok: true });
  });
});
