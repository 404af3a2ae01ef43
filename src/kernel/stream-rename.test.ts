import { describe, expect, it } from "vitest";
import { memory } from "../filesystems/memory/index.js";
import type { FileSystem } from "../fs/index.js";
import { DELETE, FILE_READ_DATA, FILE_SHARE_READ, FILE_SHARE_WRITE } from "../nt/index.js";
import { late } from "../testing/late-file-system.js";
import { outcomeOf, VolumeDriver } from "../testing/volume-driver.js";

const UNNAMED = { newName: "::$DATA", replaceIfExists: true };
const SHARE_NO_DELETE = FILE_SHARE_READ | FILE_SHARE_WRITE;

/** The same file system, whose ids do not last. */
function withoutIds(fileSystem: FileSystem): FileSystem {
  const volumeParams = { ...fileSystem.volumeParams, hasStableFileIds: false };
  return Object.defineProperty(fileSystem, "volumeParams", { value: volumeParams });
}

describe.each([
  { kind: "that answers at once", wrap: (fs: FileSystem) => fs },
  { kind: "that answers later", wrap: (fs: FileSystem) => late(fs) },
  { kind: "without lasting ids", wrap: withoutIds },
])("a stream that becomes its file's unnamed one, on a file system $kind", ({ wrap }) => {
  async function newDriver(): Promise<VolumeDriver> {
    const driver = new VolumeDriver(wrap(memory()));
    await driver.makeFile("a");
    await driver.makeFile("a:s", "in it");
    await driver.makeFile("a:other", "other");
    return driver;
  }

  it("is what new opens of the file get, and share modes count for", async () => {
    const driver = await newDriver();
    const request = { desiredAccess: DELETE | FILE_READ_DATA, shareAccess: SHARE_NO_DELETE };
    const stream = await driver.open("a:s", request);
    expect(await driver.outcome("a", { desiredAccess: DELETE })).toBe("SHARING_VIOLATION");
    expect(outcomeOf(await stream.rename(UNNAMED))).toBe("SUCCESS");
    expect(stream.path).toBe("\\a");
    expect(await driver.outcome("a", { desiredAccess: DELETE })).toBe("SHARING_VIOLATION");
    expect(await driver.outcome("a:s", request)).toBe("OBJECT_NAME_NOT_FOUND");
    await stream.close();
    expect(await driver.text("a")).toBe("in it");
    expect(await driver.outcome("a", { desiredAccess: DELETE })).toBe("OPENED");
    expect(driver.volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
  });

  it("keeps the other streams that are open, and what they forbid", async () => {
    const driver = await newDriver();
    const other = await driver.open("a:other", {
      desiredAccess: FILE_READ_DATA,
      shareAccess: SHARE_NO_DELETE,
    });
    const stream = await driver.open("a:s");
    expect(outcomeOf(await stream.rename(UNNAMED))).toBe("SUCCESS");
    await stream.close();
    expect(await driver.outcome("a", { desiredAccess: DELETE })).toBe("SHARING_VIOLATION");
    await other.close();
    expect(await driver.outcome("a", { desiredAccess: DELETE })).toBe("OPENED");
    expect(driver.volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
  });

  it("takes the file along when it is deleted, and moves with it", async () => {
    const driver = await newDriver();
    const [stream, other] = [await driver.open("a:s"), await driver.open("a:other")];
    expect(outcomeOf(await stream.rename(UNNAMED))).toBe("SUCCESS");
    await other.close();
    expect(outcomeOf(await stream.rename({ newName: "b", replaceIfExists: false }))).toBe(
      "SUCCESS",
    );
    expect(await driver.text("b")).toBe("in it");
    await stream.setDisposition(true);
    await stream.close();
    expect(await driver.names()).toEqual([]);
    expect(driver.volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
  });

  it("is not one of a file that is to go", async () => {
    const driver = await newDriver();
    const stream = await driver.open("a:s");
    await driver.remove("a");
    expect(outcomeOf(await stream.rename(UNNAMED))).toBe("DELETE_PENDING");
    await stream.close();
    expect(await driver.names()).toEqual([]);
  });
});

it("a stream that is open by two names of its file becomes the unnamed one by both", async () => {
  const driver = new VolumeDriver(memory());
  await driver.makeFile("a");
  await driver.makeFile("a:s", "in it");
  const file = await driver.open("a");
  await file.makeLink({ newName: "b", replaceIfExists: false });
  await file.close();
  const [one, two] = [await driver.open("a:s"), await driver.open("b:s")];
  expect(outcomeOf(await one.rename(UNNAMED))).toBe("SUCCESS");
  expect([one.path, two.path]).toEqual(["\\a", "\\b"]);
  await one.close();
  expect(await driver.text("a")).toBe("in it");
  await two.close();
  expect(driver.volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
});

it("the space of a stream that became the unnamed one is given back with the file", async () => {
  const fileSystem = memory({ maxSize: 2 ** 24 });
  const driver = new VolumeDriver(fileSystem);
  const before = fileSystem.getVolumeInfo().freeSize;
  await driver.makeFile("a");
  await driver.makeFile("a:s", "x".repeat(100_000));
  const stream = await driver.open("a:s");
  await stream.rename(UNNAMED);
  await stream.close();
  expect(await driver.text("a")).toHaveLength(65_536);
  await driver.remove("a");
  expect(fileSystem.getVolumeInfo().freeSize).toBe(before);
});
