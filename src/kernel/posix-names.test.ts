import { describe, expect, it } from "vitest";
import { memory } from "../filesystems/memory/index.js";
import type { FileSystem } from "../fs/index.js";
import {
  CreateDisposition,
  DELETE,
  FILE_ATTRIBUTE_READONLY,
  FILE_DELETE_ON_CLOSE,
  FILE_DIRECTORY_FILE,
  FILE_LIST_DIRECTORY,
  FILE_NOTIFY_CHANGE_FILE_NAME,
  FILE_READ_ATTRIBUTES,
  FILE_READ_DATA,
  FILE_SHARE_DELETE,
  FILE_SHARE_READ,
  FILE_SHARE_WRITE,
  statusName,
} from "../nt/index.js";
import { late } from "../testing/late-file-system.js";
import { outcomeOf, VolumeDriver } from "../testing/volume-driver.js";
import type { Open } from "./open.js";

const { CREATE } = CreateDisposition;
const POSIX = { isPosix: true };
const SHARE_NO_DELETE = FILE_SHARE_READ | FILE_SHARE_WRITE;

async function read(open: Open): Promise<string> {
  const target = new Uint8Array(100);
  const count = await open.read(target, 0);
  return count.ok
    ? Buffer.from(target.subarray(0, count.value)).toString()
    : statusName(count.status);
}

describe.each([
  { kind: "that answers at once", wrap: (fs: FileSystem) => fs },
  { kind: "that answers later", wrap: (fs: FileSystem) => late(fs) },
  { kind: "without lasting ids", wrap: withoutIds },
])("names on a file system $kind", ({ wrap }) => {
  async function newDriver(): Promise<VolumeDriver> {
    const driver = new VolumeDriver(wrap(memory()));
    await driver.makeFile("a", "old");
    await driver.makeFile("b", "b");
    await driver.makeDirectory("dir");
    return driver;
  }

  async function closeAll(driver: VolumeDriver, ...opens: Open[]): Promise<void> {
    for (const open of opens) await open.close();
    expect(driver.volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
  }

  describe("that go by POSIX rules", () => {
    it("go with the open that asked, while others go on without", async () => {
      const driver = await newDriver();
      const [deleter, other] = [await driver.open("a"), await driver.open("a")];
      expect(outcomeOf(await deleter.setDisposition(true, POSIX))).toBe("SUCCESS");
      expect(await driver.outcome("a")).toBe("DELETE_PENDING");
      expect(await driver.names()).toContain("a");
      await deleter.close();
      expect(await driver.names()).toEqual(["b", "dir"]);
      await driver.makeFile("a", "new");
      expect(await read(other)).toBe("old");
      expect(outcomeOf(await other.write(Buffer.from("OLD"), 0))).toBe("SUCCESS");
      expect(await driver.text("a")).toBe("new");
      expect(await other.getInfo()).toMatchObject({ value: { hardLinks: 0 } });
      expect(other.isDeletePending).toBe(true);
      await closeAll(driver, other);
      expect(await driver.text("a")).toBe("new");
    });

    it("cannot go again, nor move, nor be linked to", async () => {
      const driver = await newDriver();
      const [deleter, other] = [await driver.open("a"), await driver.open("a")];
      await deleter.setDisposition(true, POSIX);
      await deleter.close();
      expect(outcomeOf(await other.setDisposition(true))).toBe("FILE_DELETED");
      expect(outcomeOf(await other.setDisposition(false))).toBe("FILE_DELETED");
      const request = { newName: "new", replaceIfExists: false };
      expect(outcomeOf(await other.rename(request))).toBe("ACCESS_DENIED");
      expect(outcomeOf(await other.makeLink(request))).toBe("ACCESS_DENIED");
      await closeAll(driver, other);
    });

    it("stay where somebody has said so meanwhile", async () => {
      const driver = await newDriver();
      const [deleter, other] = [await driver.open("a"), await driver.open("a")];
      await deleter.setDisposition(true, POSIX);
      await other.setDisposition(false);
      await deleter.close();
      await closeAll(driver, other);
      expect(await driver.text("a")).toBe("old");
    });

    it("of streams leave their place to a new one", async () => {
      const driver = await newDriver();
      await driver.makeFile("a:s", "old");
      const [deleter, other] = [await driver.open("a:s"), await driver.open("a:s")];
      await deleter.setDisposition(true, POSIX);
      await deleter.close();
      await driver.makeFile("a:s", "new");
      expect(await read(other)).toBe("old");
      expect(await driver.text("a:s")).toBe("new");
      await closeAll(driver, other);
    });

    it("leave streams that cannot be renamed into the file that has the name by then", async () => {
      const driver = await newDriver();
      await driver.makeFile("a:s", "old");
      const stream = await driver.open("a:s");
      const deleter = await driver.open("a");
      await deleter.setDisposition(true, POSIX);
      await deleter.close();
      await driver.makeFile("a", "new");
      await driver.makeFile("a:s", "new");
      const other = await driver.open("a:s");
      const renamed = await stream.rename({ newName: ":t", replaceIfExists: false });
      expect(outcomeOf(renamed)).toBe("ACCESS_DENIED");
      expect(await driver.outcome("a:t")).toBe("OBJECT_NAME_NOT_FOUND");
      expect(await driver.text("a:s")).toBe("new");
      await closeAll(driver, stream, other);
    });

    it("take open streams with them, which go on without", async () => {
      const driver = await newDriver();
      await driver.makeFile("a:s", "old");
      const [deleter, stream] = [await driver.open("a"), await driver.open("a:s")];
      await deleter.setDisposition(true, POSIX);
      await deleter.close();
      await driver.makeFile("a", "new");
      expect(await driver.outcome("a:s")).toBe("OBJECT_NAME_NOT_FOUND");
      expect(await read(stream)).toBe("old");
      await closeAll(driver, stream);
    });

    it("of directories go while others list them", async () => {
      const driver = await newDriver();
      const [deleter, other] = [await driver.open("dir"), await driver.open("dir")];
      await deleter.setDisposition(true, POSIX);
      await deleter.close();
      expect(await driver.names()).toEqual(["a", "b"]);
      expect(await driver.outcome("dir\\x", { createDisposition: CREATE })).toBe(
        "OBJECT_PATH_NOT_FOUND",
      );
      const cursor = await other.directoryCursor("x*", false);
      expect(cursor.ok && (await cursor.value.next())).toMatchObject({
        ok: true,
        value: undefined,
      });
      await closeAll(driver, other);
    });

    it("leave an empty directory that can be deleted", async () => {
      const driver = await newDriver();
      await driver.makeFile("dir\\file", "x");
      const [deleter, other] = [await driver.open("dir\\file"), await driver.open("dir\\file")];
      await deleter.setDisposition(true, POSIX);
      await deleter.close();
      expect(await driver.outcome("dir", { createOptions: FILE_DELETE_ON_CLOSE })).toBe("OPENED");
      expect(await driver.names()).toEqual(["a", "b"]);
      await closeAll(driver, other);
    });

    it("of read-only files go only where that is said", async () => {
      const driver = await newDriver();
      const fileAttributes = FILE_ATTRIBUTE_READONLY;
      await driver.outcome("read-only", { createDisposition: CREATE, fileAttributes });
      const open = await driver.open("read-only", { desiredAccess: DELETE | FILE_READ_ATTRIBUTES });
      expect(outcomeOf(await open.setDisposition(true, POSIX))).toBe("CANNOT_DELETE");
      const how = { isPosix: true, ignoresReadOnly: true };
      expect(outcomeOf(await open.setDisposition(true, how))).toBe("SUCCESS");
      await closeAll(driver, open);
      expect(await driver.names()).toEqual(["a", "b", "dir"]);
    });

    it("are told to watchers when they go, and no more after", async () => {
      const driver = await newDriver();
      const root = await driver.open("", { desiredAccess: FILE_LIST_DIRECTORY });
      const [deleter, other] = [await driver.open("a"), await driver.open("a")];
      const scope = { completionFilter: FILE_NOTIFY_CHANGE_FILE_NAME, isTree: false, room: 1000 };
      const watching = root.watch({ ...scope, onWait: () => undefined });
      await deleter.setDisposition(true, POSIX);
      await deleter.close();
      expect(await watching).toMatchObject({ value: [{ name: "a" }] });
      await other.close();
      expect(await root.watch({ ...scope, onWait: undefined })).toMatchObject({ ok: false });
      await closeAll(driver, root);
    });
  });

  describe("that go on close", () => {
    it("stay after all where the open says so", async () => {
      const driver = await newDriver();
      const open = await driver.open("a", { createOptions: FILE_DELETE_ON_CLOSE });
      expect(outcomeOf(await open.setDisposition(false, { isOnClose: true }))).toBe("SUCCESS");
      await closeAll(driver, open);
      expect(await driver.text("a")).toBe("old");
      const other = await driver.open("a");
      expect(outcomeOf(await other.setDisposition(true, { isOnClose: true }))).toBe(
        "NOT_SUPPORTED",
      );
      await closeAll(driver, other);
    });

    it("of directories with something in them stay, and nobody hears that they went", async () => {
      const driver = await newDriver();
      await driver.makeFile("dir\\file");
      const root = await driver.open("", { desiredAccess: FILE_LIST_DIRECTORY });
      const createOptions = FILE_DELETE_ON_CLOSE | FILE_DIRECTORY_FILE;
      const open = await driver.open("dir", { createOptions });
      const scope = { completionFilter: 0xfff, isTree: false, room: 1000 };
      void root.watch({
        ...scope,
        onWait: (cancel) => {
          cancel();
        },
      });
      await open.close();
      expect(await driver.names("dir")).toEqual(["file"]);
      expect(statusOf(await root.watch({ ...scope, onWait: undefined }))).toBe("PENDING");
      await closeAll(driver, root);
    });
  });

  describe("that are taken by POSIX rules", () => {
    const onto = (newName: string) => ({ newName, replaceIfExists: true, isPosix: true });

    it("may be open, and what they named lives on", async () => {
      const driver = await newDriver();
      const [open, replaced] = [await driver.open("b"), await driver.open("a")];
      expect(outcomeOf(await open.rename({ ...onto("a"), isPosix: false }))).toBe("ACCESS_DENIED");
      expect(outcomeOf(await open.rename(onto("a")))).toBe("SUCCESS");
      expect(await read(replaced)).toBe("old");
      expect(await driver.text("a")).toBe("b");
      expect(outcomeOf(await replaced.setDisposition(true))).toBe("FILE_DELETED");
      await replaced.close();
      expect(await driver.text("a")).toBe("b");
      await closeAll(driver, open);
    });

    it("are not where somebody does not share DELETE, unless it only looks at attributes", async () => {
      const driver = await newDriver();
      const open = await driver.open("b");
      const shareAccess = SHARE_NO_DELETE;
      const stat = await driver.open("a", { desiredAccess: FILE_READ_ATTRIBUTES, shareAccess });
      const reader = await driver.open("a", { desiredAccess: FILE_READ_DATA, shareAccess });
      expect(outcomeOf(await open.rename(onto("a")))).toBe("SHARING_VIOLATION");
      await reader.close();
      expect(outcomeOf(await open.rename(onto("a")))).toBe("SUCCESS");
      await closeAll(driver, open, stat);
    });

    it("may be those of read-only files where that is said, and of empty directories", async () => {
      const driver = await newDriver();
      const fileAttributes = FILE_ATTRIBUTE_READONLY;
      await driver.outcome("read-only", { createDisposition: CREATE, fileAttributes });
      const open = await driver.open("b");
      expect(outcomeOf(await open.rename(onto("read-only")))).toBe("ACCESS_DENIED");
      const how = { ...onto("read-only"), ignoresReadOnly: true };
      expect(outcomeOf(await open.rename(how))).toBe("SUCCESS");
      expect(outcomeOf(await open.rename(onto("dir")))).toBe("ACCESS_DENIED");
      await driver.makeDirectory("other");
      const directory = await driver.open("other");
      expect(outcomeOf(await directory.rename(onto("dir")))).toBe("SUCCESS");
      expect(await driver.names()).toEqual(["a", "dir", "read-only"]);
      await closeAll(driver, open, directory);
    });

    it("move directories with what is open in them, where all share DELETE", async () => {
      const driver = await newDriver();
      await driver.makeFile("dir\\file", "x");
      const [directory, inside] = [await driver.open("dir"), await driver.open("dir\\file")];
      expect(outcomeOf(await directory.rename({ ...onto("new"), isPosix: false }))).toBe(
        "ACCESS_DENIED",
      );
      expect(outcomeOf(await directory.rename(onto("new")))).toBe("SUCCESS");
      expect(inside.path).toBe("\\new\\file");
      const again = await driver.open("new\\file");
      expect(again.node).toBe(inside.node);
      await again.close();
      const shareAccess = SHARE_NO_DELETE;
      const keeper = await driver.open("new\\file", {
        desiredAccess: FILE_READ_DATA,
        shareAccess: shareAccess | FILE_SHARE_DELETE,
      });
      expect(outcomeOf(await directory.rename(onto("third")))).toBe("SUCCESS");
      await closeAll(driver, directory, inside, keeper);
    });
  });

  it("of a directory is not taken while a stream of a file in it is open", async () => {
    const driver = await newDriver();
    await driver.makeFile("dir\\f:s");
    const [stream, file] = [
      await driver.open("dir\\f:s", { shareAccess: 0 }),
      await driver.open("a"),
    ];
    const renamed = await file.rename({ newName: "dir", replaceIfExists: true, isPosix: true });
    expect(outcomeOf(renamed)).toBe("ACCESS_DENIED");
    await closeAll(driver, stream, file);
  });

  describe("of streams", () => {
    it("change within their file, also while open", async () => {
      const driver = await newDriver();
      await driver.makeFile("a:one", "first");
      const open = await driver.open("a:one");
      const request = { newName: ":two:$DATA", replaceIfExists: false };
      expect(outcomeOf(await open.rename(request))).toBe("SUCCESS");
      expect(open.path).toBe("\\a:two");
      const again = await driver.open("a:TWO");
      expect(again.node).toBe(open.node);
      expect(await driver.outcome("a:one")).toBe("OBJECT_NAME_NOT_FOUND");
      await closeAll(driver, open, again);
    });

    it.each([
      { from: "a", newName: ":new", outcome: "INVALID_PARAMETER" },
      { from: "a:one", newName: "other", outcome: "INVALID_PARAMETER" },
      { from: "a:one", newName: ":", outcome: "OBJECT_NAME_INVALID" },
      { from: "a:one", newName: ":a/b", outcome: "OBJECT_NAME_INVALID" },
      { from: "a:one", newName: ":two", outcome: "OBJECT_NAME_COLLISION" },
      { from: "a:one", newName: ":two", replaceIfExists: true, outcome: "INVALID_PARAMETER" },
      { from: "a:one", newName: ":empty", replaceIfExists: true, outcome: "SUCCESS" },
      { from: "a:one", newName: ":ONE", outcome: "SUCCESS" },
    ])("from $from to $newName: $outcome", async ({ from, newName, outcome, ...row }) => {
      const driver = await newDriver();
      await driver.makeFile("a:one", "first");
      await driver.makeFile("a:two", "second");
      await driver.makeFile("a:empty");
      const open = await driver.open(from);
      const { replaceIfExists = false } = row;
      expect(outcomeOf(await open.rename({ newName, replaceIfExists }))).toBe(outcome);
      await closeAll(driver, open);
    });

    it("keep their file from being deleted where they do not share that", async () => {
      const driver = await newDriver();
      await driver.makeFile("a:s");
      const shareAccess = SHARE_NO_DELETE;
      const stream = await driver.open("a:s", { desiredAccess: FILE_READ_DATA, shareAccess });
      expect(await driver.outcome("a", { desiredAccess: DELETE })).toBe("SHARING_VIOLATION");
      expect(await driver.outcome("a", { desiredAccess: FILE_READ_DATA })).toBe("OPENED");
      await stream.close();
      const deleter = await driver.open("a", { desiredAccess: DELETE });
      const wanted = { desiredAccess: FILE_READ_DATA, shareAccess };
      expect(await driver.outcome("a:s", wanted)).toBe("SHARING_VIOLATION");
      await closeAll(driver, deleter);
    });
  });
});

function statusOf(result: { ok: boolean; status?: unknown }): string {
  return outcomeOf(result as Parameters<typeof outcomeOf>[0]);
}

/** The same file system, whose files are known by their paths alone. */
function withoutIds(fileSystem: FileSystem): FileSystem {
  const volumeParams = { ...fileSystem.volumeParams, hasStableFileIds: false };
  return new Proxy(fileSystem, {
    get: (target, key) => {
      if (key === "volumeParams") return volumeParams;
      const member: unknown = Reflect.get(target, key, target);
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });
}
