import { describe, expect, it } from "vitest";
import { memory } from "../filesystems/memory/index.js";
import type { FileSystem } from "../fs/index.js";
import {
  CreateDisposition,
  FILE_ATTRIBUTE_REPARSE_POINT,
  FILE_DELETE_ON_CLOSE,
  FILE_DIRECTORY_FILE,
  FILE_OPEN_BY_FILE_ID,
  FILE_OPEN_REPARSE_POINT,
  FILE_READ_DATA,
  NtStatus,
  ReparseTag,
  statusName,
  writeSymbolicLink,
} from "../nt/index.js";
import { late } from "../testing/late-file-system.js";
import { outcomeOf, VolumeDriver } from "../testing/volume-driver.js";
import type { CreateRequest } from "./create-request.js";
import { MAX_SYMLINK_HOPS } from "./limits.js";
import { READ_CACHING } from "./oplock.js";
import { deleteReparsePoint, getReparsePoint, setReparsePoint } from "./reparse-points.js";

const { CREATE, OPEN_IF, OVERWRITE } = CreateDisposition;
const ITSELF = { createOptions: FILE_OPEN_REPARSE_POINT };
const GUID = Array.from({ length: 16 }, (_, i) => i);

/** A reparse point of somebody's own: tag 7. */
function privatePoint(guid: readonly number[], ...data: number[]): Uint8Array {
  return Uint8Array.from([7, 0, 0, 0, data.length, 0, 0, 0, ...guid, ...data]);
}

function linkTo(target: string): Uint8Array {
  const isRelative = !target.startsWith("\\");
  return writeSymbolicLink({ substituteName: target, printName: target, isRelative });
}

class Links extends VolumeDriver {
  async makeLink(name: string, target: string, isDirectory = false): Promise<void> {
    await this.makePoint(name, linkTo(target), isDirectory);
  }

  async makePoint(name: string, data: Uint8Array, isDirectory = false): Promise<void> {
    const createOptions = ITSELF.createOptions | (isDirectory ? FILE_DIRECTORY_FILE : 0);
    const open = await this.open(name, { createDisposition: CREATE, createOptions });
    const status = await setReparsePoint(open, data);
    await open.close();
    if (status !== NtStatus.SUCCESS) throw new Error(statusName(status));
  }

  async set(name: string, data: Uint8Array): Promise<string> {
    const open = await this.open(name, ITSELF);
    const status = await setReparsePoint(open, data);
    await open.close();
    return statusName(status);
  }

  async delete(name: string, data: Uint8Array): Promise<string> {
    const open = await this.open(name, ITSELF);
    const status = await deleteReparsePoint(open, data);
    await open.close();
    return statusName(status);
  }

  /** Where a create stops: the link, and what is left of the name. */
  async stop(name: string, request: Partial<CreateRequest> = {}) {
    const created = await this.create(name, request);
    if (created.ok) throw new Error(`${name} was opened`);
    if (!("symbolicLink" in created)) return statusName(created.status);
    const { substituteName } = created.symbolicLink;
    const left = name.slice(name.length - created.unparsedUnits);
    return { status: statusName(created.status), to: substituteName, left };
  }

  /** The path that is open in the end, or why there is none. */
  async end(name: string, request: Partial<CreateRequest> = {}): Promise<string> {
    const created = await this.create(name, request);
    if (!created.ok) return statusName(created.status);
    const { path } = created.value.open;
    await created.value.open.close();
    return path;
  }
}

describe.each([
  { title: "at once", wrap: (fileSystem: FileSystem) => fileSystem },
  { title: "later", wrap: late },
])("a file system that answers $title", ({ wrap }) => {
  const driver = () => new Links(wrap(memory()));
  const following = () => new Links(wrap(memory()), { followsSymlinks: true });

  it("a create stops at a symbolic link, and tells where it leads and what is left", async () => {
    const on = driver();
    await on.makeDirectory("dir");
    await on.makeLink("dir\\link", "..\\other");
    const status = "STOPPED_ON_SYMLINK";
    const to = "..\\other";
    expect(await on.stop("dir\\link")).toEqual({ status, to, left: "" });
    expect(await on.stop("DIR\\LINK\\a\\b")).toEqual({ status, to, left: "\\a\\b" });
    expect(await on.stop("dir\\link\\")).toEqual({ status, to, left: "\\" });
    expect(await on.stop("dir\\link:stream")).toEqual({ status, to, left: ":stream" });
    expect(await on.stop("dir\\link\\a:s")).toEqual({ status, to, left: "\\a:s" });
    for (const createDisposition of [CREATE, OPEN_IF, OVERWRITE]) {
      expect(await on.stop("dir\\link", { createDisposition })).toEqual({ status, to, left: "" });
    }
    const createOptions = FILE_OPEN_REPARSE_POINT;
    expect(await on.stop("dir\\link\\a", { createOptions })).toEqual({ status, to, left: "\\a" });
  });

  it("other reparse points are for others to handle", async () => {
    const on = following();
    await on.makePoint("file", privatePoint(GUID, 1, 2));
    await on.makePoint("mount", Uint8Array.of(3, 0, 0, 0xa0, 0, 0, 0, 0), true);
    expect(await on.stop("file")).toBe("IO_REPARSE_TAG_NOT_HANDLED");
    expect(await on.stop("mount\\below")).toBe("IO_REPARSE_TAG_NOT_HANDLED");
  });

  it("a reparse point is opened itself, renamed and deleted where that is asked", async () => {
    const on = driver();
    await on.makeFile("target", "text");
    await on.makeLink("link", "target");
    const open = await on.open("link", ITSELF);
    const { fileAttributes, reparseTag } = open.createInfo;
    expect(fileAttributes & FILE_ATTRIBUTE_REPARSE_POINT).not.toBe(0);
    expect(reparseTag).toBe(ReparseTag.SYMLINK);
    expect(await getReparsePoint(open)).toEqual({ ok: true, value: linkTo("target") });
    expect((await open.rename({ newName: "renamed", replaceIfExists: false })).ok).toBe(true);
    await open.close();
    expect(await on.names()).toEqual(["renamed", "target"]);
    const createOptions = FILE_OPEN_REPARSE_POINT | FILE_DELETE_ON_CLOSE;
    await (await on.open("renamed", { createOptions })).close();
    expect(await on.names()).toEqual(["target"]);
    expect(await on.text("target")).toBe("text");
  });

  it("a volume that follows links opens what they stand for", async () => {
    const on = following();
    await on.makeDirectory("dir");
    await on.makeDirectory("dir\\sub");
    await on.makeFile("dir\\sub\\file", "text");
    await on.makeLink("relative", "dir\\sub", true);
    await on.makeLink("dir\\up", "..\\dir\\.\\sub\\file");
    await on.makeLink("dir\\absolute", "\\dir\\sub", true);
    await on.makeLink("chain", "relative\\..\\up");
    await on.makeLink("slashes", "dir/sub/file");
    expect(await on.end("relative\\file")).toBe("\\dir\\sub\\file");
    expect(await on.end("dir\\up")).toBe("\\dir\\sub\\file");
    expect(await on.end("dir\\absolute\\file")).toBe("\\dir\\sub\\file");
    expect(await on.end("slashes")).toBe("\\dir\\sub\\file");
    expect(await on.text("relative\\file")).toBe("text");
    expect(await on.names("relative")).toEqual(["file"]);
    expect(await on.end("relative\\")).toBe("\\dir\\sub");
    // `..` goes away with the name before it, as in names that clients send.
    expect(await on.end("chain")).toBe("OBJECT_NAME_NOT_FOUND");
    const made = { createDisposition: CREATE };
    expect(await on.end("relative\\new", made)).toBe("\\dir\\sub\\new");
    expect(await on.end("dir\\up:stream", made)).toBe("\\dir\\sub\\file:stream");
  });

  it("a link to nothing leads to nothing, or to a new file", async () => {
    const on = following();
    await on.makeLink("dangling", "missing");
    await on.makeLink("deep", "missing\\missing");
    expect(await on.end("dangling")).toBe("OBJECT_NAME_NOT_FOUND");
    expect(await on.end("deep")).toBe("OBJECT_PATH_NOT_FOUND");
    expect(await on.end("dangling", { createDisposition: OPEN_IF })).toBe("\\missing");
    expect(await on.end("dangling")).toBe("\\missing");
  });

  it("links that go round, and too many of them, are given up", async () => {
    const on = following();
    await on.makeLink("one", "two");
    await on.makeLink("two", "one");
    expect(await on.end("one")).toBe("REPARSE_POINT_NOT_RESOLVED");
    await on.makeFile("link0");
    for (let i = 1; i <= MAX_SYMLINK_HOPS + 1; i++) await on.makeLink(`link${i}`, `link${i - 1}`);
    expect(await on.end(`link${MAX_SYMLINK_HOPS}`)).toBe("\\link0");
    expect(await on.end(`link${MAX_SYMLINK_HOPS + 1}`)).toBe("REPARSE_POINT_NOT_RESOLVED");
  });

  it.each(["..\\outside", "..\\..\\outside", "\\??\\C:\\windows", "\\\\server\\share", "\\..\\x"])(
    "a link to %s leads out of the volume, and is the client's to follow",
    async (target) => {
      const on = following();
      await on.makeLink("link", target);
      const stopped = { status: "STOPPED_ON_SYMLINK", to: target, left: "\\rest" };
      expect(await on.stop("link\\rest")).toEqual(stopped);
    },
  );

  it("what a link leads to must be what was asked for", async () => {
    const on = following();
    await on.makeFile("file");
    await on.makeLink("link", "file");
    await on.makeLink("root", "\\");
    await on.makeLink("bad", "a:b:c:d");
    expect(await on.end("link", { createOptions: FILE_DIRECTORY_FILE })).toBe("NOT_A_DIRECTORY");
    expect(await on.end("root")).toBe("\\");
    expect(await on.end("root", { createDisposition: CREATE })).toBe("OBJECT_NAME_COLLISION");
    expect(await on.end("bad")).toBe("OBJECT_NAME_INVALID");
  });

  it("a rename and a hard link lead through links that are followed", async () => {
    const on = following();
    await on.makeDirectory("dir");
    await on.makeDirectory("dir\\sub");
    await on.makeLink("link", "dir", true);
    await on.makeLink("dir\\deep", "..\\link\\sub", true);
    await on.makeFile("file", "text");
    await on.makeFile("dir\\sub\\taken");
    const open = await on.open("file");
    const give = (newName: string, replaceIfExists = false) => ({ newName, replaceIfExists });
    expect(outcomeOf(await open.makeLink(give("link\\other")))).toBe("SUCCESS");
    expect(outcomeOf(await open.makeLink(give("link\\other")))).toBe("OBJECT_NAME_COLLISION");
    expect(outcomeOf(await open.rename(give("link\\deep\\taken")))).toBe("OBJECT_NAME_COLLISION");
    expect(outcomeOf(await open.rename(give("link\\deep\\taken", true)))).toBe("SUCCESS");
    expect(open.path).toBe("\\dir\\sub\\taken");
    expect(outcomeOf(await open.rename(give("link\\deep\\taken")))).toBe("SUCCESS"); // its own name
    expect(outcomeOf(await open.rename(give("link")))).toBe("OBJECT_NAME_COLLISION"); // not followed
    await open.close();
    expect(await on.text("dir\\other")).toBe("text");
    expect(on.volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
  });

  it("a directory does not move below itself by a link", async () => {
    const on = following();
    await on.makeDirectory("dir");
    await on.makeLink("link", "dir", true);
    const open = await on.open("dir");
    const renamed = await open.rename({ newName: "link\\new", replaceIfExists: false });
    expect(outcomeOf(renamed)).toBe("INVALID_PARAMETER");
    await open.close();
  });

  it("a rename stops at a link that is not followed, and where links lead in a circle", async () => {
    const on = driver();
    await on.makeDirectory("dir");
    await on.makeFile("file");
    await on.makeLink("link", "dir", true);
    const open = await on.open("file");
    const renamed = await open.rename({ newName: "link\\new", replaceIfExists: false });
    expect(outcomeOf(renamed)).toBe("STOPPED_ON_SYMLINK");
    await open.close();
    const circling = following();
    await circling.makeFile("file");
    await circling.makeLink("link", "link", true);
    const file = await circling.open("file");
    const circled = await file.rename({ newName: "link\\new", replaceIfExists: false });
    expect(outcomeOf(circled)).toBe("REPARSE_POINT_NOT_RESOLVED");
    await file.close();
  });

  it("a lease is joined by a link that leads to its file", async () => {
    const on = following();
    await on.makeDirectory("dir");
    await on.makeFile("dir\\file");
    await on.makeFile("dir\\other");
    await on.makeLink("link", "dir", true);
    const lease = {
      holder: { id: "lease", tell: () => undefined },
      state: READ_CACHING,
      directoryLeaseId: undefined,
      isForDirectories: true,
    };
    const first = await on.open("dir\\file", { lease });
    const second = await on.open("link\\file", { lease });
    expect(second.lease).toBe(first.lease);
    expect(await on.outcome("link\\other", { lease })).toBe("INVALID_PARAMETER");
    expect(await on.outcome("link\\new", { lease, createDisposition: CREATE })).toBe(
      "INVALID_PARAMETER",
    );
    expect(await on.names("dir")).toEqual(["file", "other"]);
    await first.close();
    await second.close();
  });

  it("a link that is opened by its id is opened itself, or stops the create", async () => {
    for (const on of [driver(), following()]) {
      await on.makeFile("file");
      await on.makeLink("link", "file");
      const link = await on.open("link", ITSELF);
      const { fileId } = link.createInfo;
      await link.close();
      const byId = { fileId, createOptions: FILE_OPEN_BY_FILE_ID };
      const status = "STOPPED_ON_SYMLINK";
      expect(await on.stop("", byId)).toEqual({ status, to: "file", left: "" });
      const createOptions = FILE_OPEN_BY_FILE_ID | FILE_OPEN_REPARSE_POINT;
      expect(await on.end("", { fileId, createOptions })).toBe("\\link");
      expect(on.volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
    }
  });

  it("nothing is left open after any of it", async () => {
    const on = following();
    await on.makeLink("link", "missing");
    await on.end("link");
    await on.end("link", { createDisposition: OPEN_IF });
    expect(on.volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
  });

  it("a reparse point is replaced and removed by one of its tag and GUID only", async () => {
    const on = driver();
    await on.makePoint("file", privatePoint(GUID, 1));
    expect(await on.set("file", privatePoint(GUID, 2, 3))).toBe("SUCCESS");
    expect(await on.set("file", linkTo("x"))).toBe("IO_REPARSE_TAG_MISMATCH");
    const other = privatePoint([...GUID].reverse());
    expect(await on.set("file", other)).toBe("REPARSE_ATTRIBUTE_CONFLICT");
    expect(await on.delete("file", other)).toBe("REPARSE_ATTRIBUTE_CONFLICT");
    expect(await on.delete("file", privatePoint(GUID))).toBe("SUCCESS");
    expect(await on.delete("file", privatePoint(GUID))).toBe("NOT_A_REPARSE_POINT");
    expect(await on.outcome("file")).toBe("OPENED");
  });

  it("what is no reparse data is refused, and so is a link in a directory that is not empty", async () => {
    const on = driver();
    await on.makeFile("file");
    expect(await on.set("file", new Uint8Array(7))).toBe("IO_REPARSE_DATA_INVALID");
    expect(await on.set("file", new Uint8Array(8))).toBe("IO_REPARSE_TAG_INVALID");
    const broken = linkTo("x");
    broken[10] = 200; // SubstituteNameLength
    expect(await on.set("file", broken)).toBe("IO_REPARSE_DATA_INVALID");
    expect(await on.set("file", Uint8Array.of(3, 0, 0, 0xa0, 0, 0, 0, 0))).toBe("NOT_A_DIRECTORY");
    await on.makeDirectory("dir");
    await on.makeFile("dir\\file");
    expect(await on.set("dir", linkTo("x"))).toBe("DIRECTORY_NOT_EMPTY");
  });

  it("setting one takes a right to write", async () => {
    const on = driver();
    await on.makeLink("link", "x");
    const open = await on.open("link", { ...ITSELF, desiredAccess: FILE_READ_DATA });
    expect(statusName(await setReparsePoint(open, linkTo("y")))).toBe("ACCESS_DENIED");
    expect(statusName(await deleteReparsePoint(open, linkTo("y")))).toBe("ACCESS_DENIED");
    await open.close();
  });
});

it("the space of reparse data is accounted, and given back", async () => {
  const fileSystem = memory({ maxSize: 2 ** 20 });
  const on = new Links(fileSystem);
  const before = fileSystem.getVolumeInfo().freeSize;
  await on.makeLink("link", "x".repeat(1000));
  expect(before - fileSystem.getVolumeInfo().freeSize).toBeGreaterThan(4000);
  await on.remove("link").catch(() => undefined);
  const createOptions = FILE_OPEN_REPARSE_POINT | FILE_DELETE_ON_CLOSE;
  await (await on.open("link", { createOptions })).close();
  expect(fileSystem.getVolumeInfo().freeSize).toBe(before);
});
