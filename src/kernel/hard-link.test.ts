import { describe, expect, it } from "vitest";
import { memory } from "../filesystems/memory/index.js";
import {
  CreateDisposition,
  FILE_ATTRIBUTE_READONLY,
  FILE_DELETE_ON_CLOSE,
  FILE_LIST_DIRECTORY,
  FILE_NOTIFY_CHANGE_FILE_NAME,
  FILE_READ_ATTRIBUTES,
  FILE_READ_DATA,
  FILE_SHARE_READ,
  FILE_WRITE_DATA,
} from "../nt/index.js";
import { late } from "../testing/late-file-system.js";
import { outcomeOf, VolumeDriver } from "../testing/volume-driver.js";
import { viewOf } from "./view.js";

const OUTCOMES = [
  { from: "a", to: "new", outcome: "SUCCESS" },
  { from: "a", to: "dir\\new", outcome: "SUCCESS" },
  { from: "a", to: "b", outcome: "OBJECT_NAME_COLLISION" },
  { from: "a", to: "b", replaceIfExists: true, outcome: "SUCCESS" },
  { from: "a", to: "A", outcome: "OBJECT_NAME_COLLISION" },
  { from: "a", to: "a", replaceIfExists: true, outcome: "SUCCESS" },
  { from: "a", to: "dir", replaceIfExists: true, outcome: "ACCESS_DENIED" },
  { from: "a", to: "read-only", replaceIfExists: true, outcome: "ACCESS_DENIED" },
  { from: "dir", to: "new", outcome: "FILE_IS_A_DIRECTORY" },
  { from: "a", to: "nowhere\\new", outcome: "OBJECT_PATH_NOT_FOUND" },
  { from: "a", to: "b:s", outcome: "INVALID_PARAMETER" },
  { from: "a", to: "", outcome: "INVALID_PARAMETER" },
  { from: "a", to: "new\\", outcome: "OBJECT_NAME_INVALID" },
  { from: "a", to: "new*", outcome: "OBJECT_NAME_INVALID" },
];

describe.each([
  { kind: "that answers at once", newFileSystem: () => memory() },
  { kind: "that answers later", newFileSystem: () => late(memory()) },
])("hard links on a file system $kind", ({ newFileSystem }) => {
  async function newDriver(): Promise<VolumeDriver> {
    const driver = new VolumeDriver(newFileSystem());
    await driver.makeFile("a", "a");
    await driver.makeFile("b", "b");
    await driver.makeDirectory("dir");
    const fileAttributes = FILE_ATTRIBUTE_READONLY;
    const createDisposition = CreateDisposition.CREATE;
    await driver.outcome("read-only", { createDisposition, fileAttributes });
    return driver;
  }

  async function link(
    driver: VolumeDriver,
    from: string,
    newName: string,
    replaceIfExists = false,
  ) {
    const open = await driver.open(from, { desiredAccess: FILE_READ_ATTRIBUTES });
    const outcome = outcomeOf(await open.makeLink({ newName, replaceIfExists }));
    await open.close();
    return outcome;
  }

  it.each(OUTCOMES)("from $from to '$to', replacing: $replaceIfExists: $outcome", async (row) => {
    const driver = await newDriver();
    expect(await link(driver, row.from, row.to, row.replaceIfExists)).toBe(row.outcome);
    if (row.outcome === "SUCCESS") expect(await driver.text(row.to)).toBe("a");
    expect(await driver.text("a")).toBe("a");
    expect(driver.volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
  });

  it("are one file: share modes count for all names", async () => {
    const driver = await newDriver();
    await link(driver, "a", "dir\\c");
    const shareAccess = FILE_SHARE_READ;
    const open = await driver.open("a", { desiredAccess: FILE_READ_DATA, shareAccess });
    const writing = { desiredAccess: FILE_WRITE_DATA };
    expect(await driver.outcome("dir\\c", writing)).toBe("SHARING_VIOLATION");
    await open.close();
    expect(await driver.outcome("dir\\c", writing)).toBe("OPENED");
  });

  it("go one by one: what is pending is a name, and others can be opened", async () => {
    const driver = await newDriver();
    await link(driver, "a", "c");
    const [first, second] = [await driver.open("a"), await driver.open("c")];
    await first.setDisposition(true);
    expect(await driver.outcome("a")).toBe("DELETE_PENDING");
    expect(await driver.outcome("c")).toBe("OPENED");
    expect(second.isDeletePending).toBe(false);
    await first.close();
    expect(await driver.names()).toEqual(["b", "c", "dir", "read-only"]);
    expect(await second.getInfo()).toMatchObject({ value: { hardLinks: 1 } });
    expect(await driver.text("c")).toBe("a");
    await second.close();
    await driver.remove("c");
    expect(await driver.names()).toEqual(["b", "dir", "read-only"]);
  });

  it("whose file is emptied by one take along a stream that is open by another", async () => {
    const driver = await newDriver();
    await driver.makeFile("a:s", "old");
    await link(driver, "a", "c");
    const stream = await driver.open("c:s");
    const createDisposition = CreateDisposition.OVERWRITE;
    expect(await driver.outcome("a", { createDisposition })).toBe("OVERWRITTEN");
    expect(stream.isDeletePending).toBe(true);
    await stream.close();
    expect(await driver.outcome("a:s")).toBe("OBJECT_NAME_NOT_FOUND");
    expect(driver.volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
  });

  it("do not take a name that is open, and none of a file that is to go", async () => {
    const driver = await newDriver();
    const taken = await driver.open("b");
    expect(await link(driver, "a", "b", true)).toBe("ACCESS_DENIED");
    await taken.close();
    const open = await driver.open("a");
    await open.setDisposition(true);
    const request = { newName: "new", replaceIfExists: false };
    expect(outcomeOf(await open.makeLink(request))).toBe("ACCESS_DENIED");
    await open.close();
    const directory = await driver.open("dir", { createOptions: FILE_DELETE_ON_CLOSE });
    await directory.setDisposition(true);
    expect(await link(driver, "b", "dir\\new")).toBe("DELETE_PENDING");
    await directory.close();
  });

  it("are not made by a way to the volume that lets nobody write", async () => {
    const driver = await newDriver();
    const view = viewOf({ isReadOnly: true, hidesUnreadable: false });
    const open = await driver.open("a", { desiredAccess: FILE_READ_ATTRIBUTES, view });
    const request = { newName: "new", replaceIfExists: false };
    expect(outcomeOf(await open.makeLink(request))).toBe("ACCESS_DENIED");
    const replacing = { newName: "b", replaceIfExists: true };
    expect(outcomeOf(await open.makeLink(replacing))).toBe("ACCESS_DENIED");
    await open.close();
    expect(await driver.text("b")).toBe("b");
  });

  it("are told to watchers of the new name's directory", async () => {
    const driver = await newDriver();
    const directory = await driver.open("dir", { desiredAccess: FILE_LIST_DIRECTORY });
    const scope = { completionFilter: FILE_NOTIFY_CHANGE_FILE_NAME, isTree: false, room: 1000 };
    const watching = directory.watch({ ...scope, onWait: () => undefined });
    await link(driver, "a", "dir\\new");
    expect(await watching).toMatchObject({ value: [{ name: "new", action: 1 }] });
    await directory.close();
  });

  it("are listed, each in its directory", async () => {
    const driver = await newDriver();
    await link(driver, "a", "dir\\c");
    const open = await driver.open("dir\\c");
    const links = await open.getLinks();
    expect(links.ok && links.value.map(({ name }) => name)).toEqual(["a", "c"]);
    await open.close();
  });
});
