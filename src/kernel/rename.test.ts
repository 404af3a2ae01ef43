import { describe, expect, it } from "vitest";
import { memory } from "../filesystems/memory/index.js";
import {
  CreateDisposition,
  DELETE,
  FILE_ATTRIBUTE_READONLY,
  FILE_READ_DATA,
  FILE_SHARE_DELETE,
  FILE_SHARE_READ,
  FILE_SHARE_WRITE,
} from "../nt/index.js";
import { late } from "../testing/late-file-system.js";
import { outcomeOf, VolumeDriver } from "../testing/volume-driver.js";

/** From one name to another, of the volume that is made below. */
const OUTCOMES = [
  { from: "a", to: "new", outcome: "SUCCESS" },
  { from: "a", to: "\\new", outcome: "SUCCESS" },
  { from: "a", to: "dir\\new", outcome: "SUCCESS" },
  { from: "a", to: "a", outcome: "SUCCESS" },
  { from: "a", to: "A", outcome: "SUCCESS" },
  { from: "dir", to: "other", outcome: "SUCCESS" },
  { from: "dir\\sub", to: "up", outcome: "SUCCESS" },
  { from: "a", to: "b", outcome: "OBJECT_NAME_COLLISION" },
  { from: "a", to: "B", outcome: "OBJECT_NAME_COLLISION" },
  { from: "a", to: "dir", outcome: "OBJECT_NAME_COLLISION" },
  { from: "dir", to: "a", outcome: "OBJECT_NAME_COLLISION" },
  { from: "a", to: "b", replaceIfExists: true, outcome: "SUCCESS" },
  { from: "a", to: "read-only", replaceIfExists: true, outcome: "ACCESS_DENIED" },
  { from: "a", to: "dir", replaceIfExists: true, outcome: "ACCESS_DENIED" },
  { from: "dir", to: "dir\\sub", replaceIfExists: true, outcome: "INVALID_PARAMETER" },
  { from: "a", to: "nowhere\\new", outcome: "OBJECT_PATH_NOT_FOUND" },
  { from: "a", to: "nowhere\\below\\new", outcome: "OBJECT_PATH_NOT_FOUND" },
  { from: "a", to: "", outcome: "INVALID_PARAMETER" },
  { from: "a", to: "new*", outcome: "OBJECT_NAME_INVALID" },
  { from: "a", to: "x".repeat(256), outcome: "OBJECT_NAME_INVALID" },
  { from: "dir", to: "dir\\new", outcome: "INVALID_PARAMETER" },
  { from: "dir", to: "DIR\\sub\\new", outcome: "INVALID_PARAMETER" },
  { from: "\\", to: "new", outcome: "INVALID_PARAMETER" },
];

const SHARE_ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

describe.each([
  { kind: "that answers at once", newFileSystem: () => memory() },
  { kind: "that answers later", newFileSystem: () => late(memory()) },
])("a rename on a file system $kind", ({ newFileSystem }) => {
  async function newDriver(): Promise<VolumeDriver> {
    const driver = new VolumeDriver(newFileSystem());
    await driver.makeFile("a", "a");
    await driver.makeFile("b", "b");
    await driver.makeDirectory("dir");
    await driver.makeFile("dir\\file", "file");
    await driver.makeDirectory("dir\\sub");
    await driver.makeFile("dir\\sub\\deep", "deep");
    const fileAttributes = FILE_ATTRIBUTE_READONLY;
    await driver.outcome("read-only", {
      createDisposition: CreateDisposition.CREATE,
      fileAttributes,
    });
    return driver;
  }

  /** Every path of a volume, with what is in the files. */
  async function everything(driver: VolumeDriver, directory = ""): Promise<string[]> {
    const all: string[] = [];
    for (const name of await driver.names(directory)) {
      const path = `${directory}\\${name}`;
      const open = await driver.open(path, { desiredAccess: FILE_READ_DATA });
      await open.close();
      if (open.isDirectory) all.push(path, ...(await everything(driver, path)));
      else all.push(`${path}=${await driver.text(path)}`);
    }
    return all;
  }

  it.each(OUTCOMES)("of $from to '$to', replacing: $replaceIfExists, is $outcome", async (row) => {
    const driver = await newDriver();
    const before = await everything(driver);
    const { replaceIfExists = false } = row;
    const open = await driver.open(row.from);
    const outcome = outcomeOf(await open.rename({ newName: row.to, replaceIfExists }));
    await open.close();
    expect(outcome).toBe(row.outcome);
    expect(driver.volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
    if (outcome !== "SUCCESS") expect(await everything(driver)).toEqual(before);
    else expect(await driver.outcome(row.to)).toBe("OPENED");
  });

  it("takes along what is in a directory", async () => {
    const driver = await newDriver();
    const open = await driver.open("dir");
    await open.rename({ newName: "Moved", replaceIfExists: false });
    await open.close();
    expect(await everything(driver)).toEqual([
      "\\Moved",
      "\\Moved\\file=file",
      "\\Moved\\sub",
      "\\Moved\\sub\\deep=deep",
      "\\a=a",
      "\\b=b",
      "\\read-only=",
    ]);
  });

  it("replaces a file by another, where asked", async () => {
    const driver = await newDriver();
    const open = await driver.open("a");
    await open.rename({ newName: "B", replaceIfExists: true });
    await open.close();
    expect(await driver.names()).toEqual(["B", "dir", "read-only"]);
    expect(await driver.text("b")).toBe("a");
  });

  it("changes the case of a name, and nothing else", async () => {
    const driver = await newDriver();
    const open = await driver.open("dir");
    await open.rename({ newName: "DIR", replaceIfExists: false });
    expect(open.path).toBe("\\DIR");
    await open.close();
    expect(await driver.names()).toEqual(["DIR", "a", "b", "read-only"]);
    expect(await driver.text("dir\\sub\\deep")).toBe("deep");
  });

  it("moves every open of the file to the new name", async () => {
    const driver = await newDriver();
    const [first, second] = [await driver.open("a"), await driver.open("A")];
    await first.rename({ newName: "dir\\new", replaceIfExists: false });
    expect([first.path, second.path]).toEqual(["\\dir\\new", "\\dir\\new"]);
    expect(outcomeOf(await second.setDisposition(true))).toBe("SUCCESS");
    await second.close();
    expect(await driver.outcome("dir\\new")).toBe("DELETE_PENDING");
    await first.close();
    expect(await driver.names("dir")).toEqual(["file", "sub"]);
    expect(await driver.names()).toEqual(["b", "dir", "read-only"]);
  });

  it("of a directory with something open below it is ACCESS_DENIED, until that is closed", async () => {
    const driver = await newDriver();
    const directory = await driver.open("dir");
    const below = await driver.open("dir\\sub\\deep", { desiredAccess: FILE_READ_DATA });
    const request = { newName: "new", replaceIfExists: false };
    expect(outcomeOf(await directory.rename(request))).toBe("ACCESS_DENIED");
    await below.close();
    expect(outcomeOf(await directory.rename(request))).toBe("SUCCESS");
    await directory.close();
  });

  it("over a file that is open is ACCESS_DENIED, and leaves both", async () => {
    const driver = await newDriver();
    const [source, target] = [await driver.open("a"), await driver.open("b")];
    const renamed = await source.rename({ newName: "b", replaceIfExists: true });
    expect(outcomeOf(renamed)).toBe("ACCESS_DENIED");
    await source.close();
    await target.close();
    expect(await driver.text("a")).toBe("a");
    expect(await driver.text("b")).toBe("b");
  });

  it("into a directory that somebody may delete is SHARING_VIOLATION", async () => {
    const driver = await newDriver();
    const directory = await driver.open("dir", { desiredAccess: DELETE });
    const open = await driver.open("a");
    const renamed = await open.rename({ newName: "dir\\new", replaceIfExists: false });
    expect(outcomeOf(renamed)).toBe("SHARING_VIOLATION");
    await directory.close();
    await open.close();
  });

  it("without DELETE is ACCESS_DENIED", async () => {
    const driver = await newDriver();
    const open = await driver.open("a", { desiredAccess: FILE_READ_DATA });
    const renamed = await open.rename({ newName: "new", replaceIfExists: false });
    expect(outcomeOf(renamed)).toBe("ACCESS_DENIED");
    await open.close();
  });

  it("of a file marked for deletion is DELETE_PENDING", async () => {
    const driver = await newDriver();
    const open = await driver.open("a");
    await open.setDisposition(true);
    const renamed = await open.rename({ newName: "new", replaceIfExists: false });
    expect(outcomeOf(renamed)).toBe("DELETE_PENDING");
    await open.close();
    expect(await driver.names()).toEqual(["b", "dir", "read-only"]);
  });

  it("of an open that is closed is FILE_CLOSED", async () => {
    const driver = await newDriver();
    const open = await driver.open("a");
    await open.close();
    const renamed = await open.rename({ newName: "new", replaceIfExists: false });
    expect(outcomeOf(renamed)).toBe("FILE_CLOSED");
    expect(await driver.text("a")).toBe("a");
  });

  it("and opens of the same name, all at once, see one name or the other", async () => {
    const driver = await newDriver();
    const open = await driver.open("a");
    const share = { desiredAccess: FILE_READ_DATA, shareAccess: SHARE_ALL };
    const [renamed, ...outcomes] = await Promise.all([
      open.rename({ newName: "new", replaceIfExists: false }),
      driver.outcome("a", share),
      driver.outcome("new", share),
      driver.outcome("a", share),
    ]);
    await open.close();
    expect(outcomeOf(renamed)).toBe("SUCCESS");
    for (const outcome of outcomes) expect(["OPENED", "OBJECT_NAME_NOT_FOUND"]).toContain(outcome);
    expect(await driver.text("new")).toBe("a");
    expect(driver.volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
  });

  it("of two to the same name succeeds for one", async () => {
    const driver = await newDriver();
    const [first, second] = [await driver.open("a"), await driver.open("b")];
    const request = { newName: "new", replaceIfExists: false };
    const renamed = await Promise.all([first.rename(request), second.rename(request)]);
    expect(outcomeOf(renamed[0])).toBe("SUCCESS");
    expect(["ACCESS_DENIED", "OBJECT_NAME_COLLISION"]).toContain(outcomeOf(renamed[1]));
    await first.close();
    await second.close();
    expect(await driver.text("new")).toBe("a");
    expect(await driver.text("b")).toBe("b");
  });
});
