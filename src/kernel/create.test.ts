import { describe, expect, it } from "vitest";
import { memory } from "../filesystems/memory/index.js";
import type { FileSystem } from "../fs/index.js";
import {
  CreateDisposition,
  DELETE,
  FILE_ATTRIBUTE_ARCHIVE,
  FILE_ATTRIBUTE_HIDDEN,
  FILE_ATTRIBUTE_READONLY,
  FILE_ATTRIBUTE_TEMPORARY,
  FILE_DELETE_ON_CLOSE,
  FILE_DIRECTORY_FILE,
  FILE_NON_DIRECTORY_FILE,
  FILE_OPEN_BY_FILE_ID,
  FILE_READ_ATTRIBUTES,
  FILE_READ_DATA,
  FILE_SHARE_DELETE,
  FILE_SHARE_READ,
  FILE_SHARE_WRITE,
  FILE_WRITE_DATA,
  MAXIMUM_ALLOWED,
  NtError,
  NtStatus,
} from "../nt/index.js";
import { late } from "../testing/late-file-system.js";
import { outcomeOf, VolumeDriver } from "../testing/volume-driver.js";

const { SUPERSEDE, OPEN, CREATE, OPEN_IF, OVERWRITE, OVERWRITE_IF } = CreateDisposition;
const SHARE_ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

const MISSING = "missing";
const FILE = "file";
const DIRECTORY = "dir";

/** [MS-FSA] 2.1.5.1: what becomes of each disposition. */
const DISPOSITIONS = [
  { options: 0, name: MISSING, disposition: SUPERSEDE, outcome: "CREATED" },
  { options: 0, name: MISSING, disposition: OPEN, outcome: "OBJECT_NAME_NOT_FOUND" },
  { options: 0, name: MISSING, disposition: CREATE, outcome: "CREATED" },
  { options: 0, name: MISSING, disposition: OPEN_IF, outcome: "CREATED" },
  { options: 0, name: MISSING, disposition: OVERWRITE, outcome: "OBJECT_NAME_NOT_FOUND" },
  { options: 0, name: MISSING, disposition: OVERWRITE_IF, outcome: "CREATED" },
  { options: 0, name: FILE, disposition: SUPERSEDE, outcome: "SUPERSEDED" },
  { options: 0, name: FILE, disposition: OPEN, outcome: "OPENED" },
  { options: 0, name: FILE, disposition: CREATE, outcome: "OBJECT_NAME_COLLISION" },
  { options: 0, name: FILE, disposition: OPEN_IF, outcome: "OPENED" },
  { options: 0, name: FILE, disposition: OVERWRITE, outcome: "OVERWRITTEN" },
  { options: 0, name: FILE, disposition: OVERWRITE_IF, outcome: "OVERWRITTEN" },
  { options: 0, name: DIRECTORY, disposition: SUPERSEDE, outcome: "OBJECT_NAME_COLLISION" },
  { options: 0, name: DIRECTORY, disposition: OPEN, outcome: "OPENED" },
  { options: 0, name: DIRECTORY, disposition: CREATE, outcome: "OBJECT_NAME_COLLISION" },
  { options: 0, name: DIRECTORY, disposition: OPEN_IF, outcome: "OPENED" },
  { options: 0, name: DIRECTORY, disposition: OVERWRITE, outcome: "OBJECT_NAME_COLLISION" },
  { options: 0, name: DIRECTORY, disposition: OVERWRITE_IF, outcome: "OBJECT_NAME_COLLISION" },
  ...[
    { name: MISSING, disposition: SUPERSEDE, outcome: "INVALID_PARAMETER" },
    { name: MISSING, disposition: OPEN, outcome: "OBJECT_NAME_NOT_FOUND" },
    { name: MISSING, disposition: CREATE, outcome: "CREATED" },
    { name: MISSING, disposition: OPEN_IF, outcome: "CREATED" },
    { name: MISSING, disposition: OVERWRITE, outcome: "INVALID_PARAMETER" },
    { name: MISSING, disposition: OVERWRITE_IF, outcome: "INVALID_PARAMETER" },
    { name: FILE, disposition: OPEN, outcome: "NOT_A_DIRECTORY" },
    { name: FILE, disposition: CREATE, outcome: "OBJECT_NAME_COLLISION" },
    { name: FILE, disposition: OPEN_IF, outcome: "NOT_A_DIRECTORY" },
    { name: DIRECTORY, disposition: OPEN, outcome: "OPENED" },
    { name: DIRECTORY, disposition: CREATE, outcome: "OBJECT_NAME_COLLISION" },
    { name: DIRECTORY, disposition: OPEN_IF, outcome: "OPENED" },
  ].map((row) => ({ options: FILE_DIRECTORY_FILE, ...row })),
  ...[
    { name: MISSING, disposition: OPEN_IF, outcome: "CREATED" },
    { name: FILE, disposition: OPEN, outcome: "OPENED" },
    { name: FILE, disposition: OVERWRITE, outcome: "OVERWRITTEN" },
    { name: DIRECTORY, disposition: OPEN, outcome: "FILE_IS_A_DIRECTORY" },
    { name: DIRECTORY, disposition: OPEN_IF, outcome: "FILE_IS_A_DIRECTORY" },
    { name: DIRECTORY, disposition: SUPERSEDE, outcome: "FILE_IS_A_DIRECTORY" },
    { name: DIRECTORY, disposition: OVERWRITE_IF, outcome: "FILE_IS_A_DIRECTORY" },
  ].map((row) => ({ options: FILE_NON_DIRECTORY_FILE, ...row })),
];

const DISPOSITION_NAMES = Object.keys(CreateDisposition);
const OPTION_NAMES = new Map([
  [0, ""],
  [FILE_DIRECTORY_FILE, " as a directory"],
  [FILE_NON_DIRECTORY_FILE, " as a file"],
]);

const NAMES = [
  { name: "", outcome: "OPENED" },
  { name: "\\", outcome: "OPENED" },
  { name: "\\file", outcome: "OPENED" },
  { name: "FILE", outcome: "OPENED" },
  { name: "dir\\", outcome: "OPENED" },
  { name: "file\\", outcome: "OBJECT_NAME_INVALID" },
  { name: "dir\\missing", outcome: "OBJECT_NAME_NOT_FOUND" },
  { name: "missing\\below", outcome: "OBJECT_PATH_NOT_FOUND" },
  { name: "a<b", outcome: "OBJECT_NAME_INVALID" },
  { name: "dir\\*", outcome: "OBJECT_NAME_INVALID" },
  { name: "dir\\\\file", outcome: "OBJECT_NAME_INVALID" },
  { name: "a".repeat(255), outcome: "OBJECT_NAME_NOT_FOUND" },
  { name: "a".repeat(256), outcome: "OBJECT_NAME_INVALID" },
];

const REFUSALS = [
  {
    why: "a file and a directory at once",
    request: { createOptions: FILE_DIRECTORY_FILE | FILE_NON_DIRECTORY_FILE },
    outcome: "INVALID_PARAMETER",
  },
  {
    why: "a directory that is temporary",
    request: {
      createOptions: FILE_DIRECTORY_FILE,
      createDisposition: CREATE,
      fileAttributes: FILE_ATTRIBUTE_TEMPORARY,
    },
    outcome: "INVALID_PARAMETER",
  },
  {
    why: "a name that is to be made of an id",
    request: { createOptions: FILE_OPEN_BY_FILE_ID, createDisposition: CREATE },
    outcome: "NOT_SUPPORTED",
  },
  {
    why: "more space than numbers can say",
    request: { createDisposition: CREATE, allocationSize: 2 ** 60 },
    outcome: "DISK_FULL",
  },
  {
    why: "a new file that is read-only and to be deleted",
    request: {
      createDisposition: CREATE,
      createOptions: FILE_DELETE_ON_CLOSE,
      fileAttributes: FILE_ATTRIBUTE_READONLY,
    },
    outcome: "CANNOT_DELETE",
  },
];

const ROOT = [
  { request: { createDisposition: CREATE }, outcome: "OBJECT_NAME_COLLISION" },
  { request: { createDisposition: SUPERSEDE }, outcome: "ACCESS_DENIED" },
  { request: { createDisposition: OVERWRITE_IF }, outcome: "ACCESS_DENIED" },
  { request: { createDisposition: OPEN_IF }, outcome: "OPENED" },
  { request: { createOptions: FILE_DELETE_ON_CLOSE }, outcome: "CANNOT_DELETE" },
  { request: { createOptions: FILE_NON_DIRECTORY_FILE }, outcome: "FILE_IS_A_DIRECTORY" },
];

const READ = FILE_READ_DATA;
const WRITE = FILE_WRITE_DATA;

/** [MS-FSA] 2.1.5.1.2.2: what a second open finds where a first one has the file. */
const SHARING = [
  { first: [READ, SHARE_ALL], second: [WRITE, SHARE_ALL], outcome: "OPENED" },
  { first: [READ, FILE_SHARE_READ], second: [READ, FILE_SHARE_READ], outcome: "OPENED" },
  { first: [READ, FILE_SHARE_READ], second: [WRITE, SHARE_ALL], outcome: "SHARING_VIOLATION" },
  { first: [WRITE, SHARE_ALL], second: [READ, FILE_SHARE_READ], outcome: "SHARING_VIOLATION" },
  { first: [READ, 0], second: [READ, SHARE_ALL], outcome: "SHARING_VIOLATION" },
  { first: [READ, 0], second: [FILE_READ_ATTRIBUTES, 0], outcome: "OPENED" },
  { first: [FILE_READ_ATTRIBUTES, 0], second: [READ, 0], outcome: "OPENED" },
  { first: [READ, FILE_SHARE_READ], second: [DELETE, SHARE_ALL], outcome: "SHARING_VIOLATION" },
  { first: [DELETE, SHARE_ALL], second: [READ, FILE_SHARE_READ], outcome: "SHARING_VIOLATION" },
  { first: [DELETE, SHARE_ALL], second: [DELETE, SHARE_ALL], outcome: "OPENED" },
] as const;

describe.each([
  { kind: "that answers at once", newFileSystem: () => memory() },
  { kind: "that answers later", newFileSystem: () => late(memory()) },
])("a create on a file system $kind", ({ newFileSystem }) => {
  /** A volume with a file, a directory, and a file in it. */
  async function newDriver(): Promise<VolumeDriver> {
    const driver = new VolumeDriver(newFileSystem());
    await driver.makeFile(FILE, "content");
    await driver.makeDirectory(DIRECTORY);
    await driver.makeFile(`${DIRECTORY}\\inner`, "inner");
    return driver;
  }

  /** A file system of the same kind, whose clients may change nothing. */
  async function newReadOnlyDriver(): Promise<VolumeDriver> {
    const { fileSystem } = (await newDriver()).volume;
    return new VolumeDriver(fileSystem, { isReadOnly: true });
  }

  function expectNothingOpen(driver: VolumeDriver): void {
    expect(driver.volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
  }

  it.each(
    DISPOSITIONS.map((row) => ({
      ...row,
      how: `${DISPOSITION_NAMES[row.disposition]!}${OPTION_NAMES.get(row.options)!}`,
    })),
  )("$how of $name: $outcome", async ({ name, disposition, options, outcome }) => {
    const driver = await newDriver();
    const request = { createDisposition: disposition, createOptions: options };
    expect(await driver.outcome(name, request)).toBe(outcome);
    expectNothingOpen(driver);
    const isMade = outcome === "CREATED";
    expect(await driver.names()).toEqual([DIRECTORY, FILE, ...(isMade ? [MISSING] : [])]);
    const isEmptied = outcome === "SUPERSEDED" || outcome === "OVERWRITTEN";
    expect(await driver.text(FILE)).toBe(isEmptied ? "" : "content");
  });

  it.each(NAMES)("of the name '$name': $outcome", async ({ name, outcome }) => {
    const driver = await newDriver();
    expect(await driver.outcome(name)).toBe(outcome);
    expectNothingOpen(driver);
  });

  it.each(REFUSALS)("of $why: $outcome", async ({ request, outcome }) => {
    const driver = await newDriver();
    expect(await driver.outcome(MISSING, request)).toBe(outcome);
    expectNothingOpen(driver);
    expect(await driver.names()).toEqual([DIRECTORY, FILE]);
  });

  it.each(ROOT)("of the root with $request: $outcome", async ({ request, outcome }) => {
    const driver = await newDriver();
    expect(await driver.outcome("\\", request)).toBe(outcome);
    expect(await driver.names()).toEqual([DIRECTORY, FILE]);
  });

  it.each(SHARING)("after an open with $first, one with $second: $outcome", async (row) => {
    const driver = await newDriver();
    const [firstAccess, firstShare] = row.first;
    const [desiredAccess, shareAccess] = row.second;
    const held = { desiredAccess: firstAccess, shareAccess: firstShare };
    const first = await driver.open(FILE, held);
    expect(await driver.outcome(FILE, { desiredAccess, shareAccess })).toBe(row.outcome);
    expect(driver.volume.tableSizes).toEqual({ nodes: 1, opens: 1 });
    await first.close();
    expect(await driver.outcome(FILE, { desiredAccess, shareAccess })).toBe("OPENED");
    expectNothingOpen(driver);
  });

  it("that empties a file counts as writing it, and leaves it whole where that is refused", async () => {
    const driver = await newDriver();
    const first = await driver.open(FILE, { desiredAccess: READ, shareAccess: FILE_SHARE_READ });
    const overwrite = { createDisposition: OVERWRITE, desiredAccess: READ };
    expect(await driver.outcome(FILE, overwrite)).toBe("SHARING_VIOLATION");
    await first.close();
    expect(await driver.text(FILE)).toBe("content");
  });

  it("lets one of two in that cannot both be, wherever they cross", async () => {
    const driver = await newDriver();
    const alone = { desiredAccess: WRITE, shareAccess: 0 };
    const created = await Promise.all([driver.create(FILE, alone), driver.create(FILE, alone)]);
    expect(created.map(outcomeOf).sort()).toEqual(["SHARING_VIOLATION", "SUCCESS"]);
    for (const one of created) if (one.ok) await one.value.open.close();
    expectNothingOpen(driver);
  });

  it("makes one file where several make it at once", async () => {
    const driver = await newDriver();
    const request = { createDisposition: CREATE };
    const all = Array.from({ length: 5 }, () => driver.outcome("new", request));
    const outcomes = await Promise.all(all);
    expect(outcomes.filter((outcome) => outcome === "CREATED")).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === "OBJECT_NAME_COLLISION")).toHaveLength(4);
    expectNothingOpen(driver);
  });

  it("makes or opens one file where several ask for either at once", async () => {
    const driver = await newDriver();
    const request = { createDisposition: OPEN_IF };
    const all = Array.from({ length: 5 }, () => driver.outcome("new", request));
    expect((await Promise.all(all)).sort()).toEqual([
      "CREATED",
      "OPENED",
      "OPENED",
      "OPENED",
      "OPENED",
    ]);
    expectNothingOpen(driver);
  });

  it("of a file marked for deletion is refused until it is unmarked", async () => {
    const driver = await newDriver();
    const first = await driver.open(FILE);
    expect(outcomeOf(await first.setDisposition(true))).toBe("SUCCESS");
    expect(await driver.outcome(FILE)).toBe("DELETE_PENDING");
    expect(await driver.outcome(FILE, { createDisposition: CREATE })).toBe("DELETE_PENDING");
    expect(outcomeOf(await first.setDisposition(false))).toBe("SUCCESS");
    expect(await driver.outcome(FILE)).toBe("OPENED");
    await first.close();
    expect(await driver.names()).toEqual([DIRECTORY, FILE]);
  });

  it("takes the name of a file whose last open, which deleted it, is closed", async () => {
    const driver = await newDriver();
    const [first, second] = [await driver.open(FILE), await driver.open(FILE)];
    await first.setDisposition(true);
    await first.close();
    expect(await driver.outcome(FILE)).toBe("DELETE_PENDING");
    expect(await driver.names()).toEqual([DIRECTORY, FILE]);
    await second.close();
    expect(await driver.names()).toEqual([DIRECTORY]);
    expect(await driver.outcome(FILE, { createDisposition: CREATE })).toBe("CREATED");
    expectNothingOpen(driver);
  });

  it("in a directory marked for deletion is refused", async () => {
    const driver = await newDriver();
    await driver.makeDirectory("empty");
    const directory = await driver.open("empty");
    expect(outcomeOf(await directory.setDisposition(true))).toBe("SUCCESS");
    const made = await driver.outcome("empty\\new", { createDisposition: CREATE });
    expect(made).toBe("DELETE_PENDING");
    await directory.close();
    expect(await driver.names()).toEqual([DIRECTORY, FILE]);
    expectNothingOpen(driver);
  });

  it.each([
    { name: "a directory with something in it", path: DIRECTORY, outcome: "DIRECTORY_NOT_EMPTY" },
    { name: "the root", path: "\\", outcome: "CANNOT_DELETE" },
    { name: "a read-only file", path: "read-only", outcome: "CANNOT_DELETE" },
  ])("gives an open that cannot delete $name: $outcome", async ({ path, outcome }) => {
    const driver = await newDriver();
    const fileAttributes = FILE_ATTRIBUTE_READONLY;
    await driver.outcome("read-only", { createDisposition: CREATE, fileAttributes });
    const open = await driver.open(path, { desiredAccess: DELETE });
    expect(outcomeOf(await open.setDisposition(true))).toBe(outcome);
    expect(open.isDeletePending).toBe(false);
    await open.close();
    expect(await driver.names()).toEqual([DIRECTORY, FILE, "read-only"]);
  });

  it("without DELETE gives an open that cannot delete", async () => {
    const driver = await newDriver();
    const open = await driver.open(FILE, { desiredAccess: READ | WRITE });
    expect(outcomeOf(await open.setDisposition(true))).toBe("ACCESS_DENIED");
    await open.close();
  });

  it("with DELETE_ON_CLOSE deletes with the last open of the name, not before", async () => {
    const driver = await newDriver();
    const deleting = await driver.open(FILE, { createOptions: FILE_DELETE_ON_CLOSE });
    const other = await driver.open(FILE);
    await deleting.close();
    expect(await driver.outcome(FILE)).toBe("DELETE_PENDING");
    await other.close();
    expect(await driver.names()).toEqual([DIRECTORY]);
    expectNothingOpen(driver);
  });

  it("with DELETE_ON_CLOSE of a directory that has something in it leaves it", async () => {
    const driver = await newDriver();
    const created = await driver.create(DIRECTORY, { createOptions: FILE_DELETE_ON_CLOSE });
    if (created.ok) await created.value.open.close();
    expect(await driver.text(`${DIRECTORY}\\inner`)).toBe("inner");
    expectNothingOpen(driver);
  });

  it("keeps a file marked for deletion usable by those who have it", async () => {
    const driver = await newDriver();
    const [first, second] = [await driver.open(FILE), await driver.open(FILE)];
    await first.setDisposition(true);
    await first.close();
    const target = new Uint8Array(20);
    const count = await second.read(target, 0);
    expect(count).toEqual({ ok: true, value: 7 });
    expect(outcomeOf(await second.write(Buffer.from("more"), 7))).toBe("SUCCESS");
    await second.close();
  });

  it("grants what was asked for, and all there is for MAXIMUM_ALLOWED", async () => {
    const driver = await newDriver();
    const some = await driver.open(FILE, { desiredAccess: READ });
    expect(some.grantedAccess).toBe(READ);
    const all = await driver.open(FILE, { desiredAccess: MAXIMUM_ALLOWED });
    expect(all.grantedAccess & (READ | WRITE | DELETE)).toBe(READ | WRITE | DELETE);
    await some.close();
    await all.close();
  });

  it("does not leave the rights to empty a file with the open that emptied it", async () => {
    const driver = await newDriver();
    const request = { desiredAccess: FILE_READ_ATTRIBUTES, createDisposition: OVERWRITE };
    const open = await driver.open(FILE, request);
    expect(open.grantedAccess).toBe(FILE_READ_ATTRIBUTES);
    expect(outcomeOf(await open.write(Buffer.from("x"), 0))).toBe("ACCESS_DENIED");
    await open.close();
  });

  it("of a read-only file to write is ACCESS_DENIED, and makes one that its maker may write", async () => {
    const driver = await newDriver();
    const fileAttributes = FILE_ATTRIBUTE_READONLY;
    const made = await driver.open("new", { createDisposition: CREATE, fileAttributes });
    expect(outcomeOf(await made.write(Buffer.from("first"), 0))).toBe("SUCCESS");
    await made.close();
    expect(await driver.outcome("new", { desiredAccess: WRITE })).toBe("ACCESS_DENIED");
    expect(await driver.text("new")).toBe("first");
  });

  it("empties a hidden file only for who says that it is one", async () => {
    const driver = await newDriver();
    const hidden = { fileAttributes: FILE_ATTRIBUTE_HIDDEN };
    await driver.outcome("hidden", { createDisposition: CREATE, ...hidden });
    const overwrite = { createDisposition: OVERWRITE };
    expect(await driver.outcome("hidden", overwrite)).toBe("ACCESS_DENIED");
    expect(await driver.outcome("hidden", { ...overwrite, ...hidden })).toBe("OVERWRITTEN");
    const open = await driver.open("hidden");
    expect(open.createInfo.fileAttributes).toBe(FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_ARCHIVE);
    await open.close();
  });

  it("sets space aside, in whole units, and gives it back when the file is closed", async () => {
    const driver = await newDriver();
    const open = await driver.open("new", { createDisposition: CREATE, allocationSize: 100_000 });
    expect(open.createInfo.allocationSize).toBeGreaterThanOrEqual(100_000);
    expect(open.createInfo.allocationSize % driver.volume.allocationUnit).toBe(0);
    await open.close();
    const again = await driver.open("new");
    expect(again.createInfo.allocationSize).toBe(0);
    await again.close();
  });

  it.each([
    { name: MISSING, request: { createDisposition: CREATE }, outcome: "MEDIA_WRITE_PROTECTED" },
    { name: MISSING, request: { createDisposition: OPEN_IF }, outcome: "MEDIA_WRITE_PROTECTED" },
    { name: FILE, request: { desiredAccess: WRITE }, outcome: "MEDIA_WRITE_PROTECTED" },
    { name: FILE, request: { desiredAccess: DELETE }, outcome: "MEDIA_WRITE_PROTECTED" },
    {
      name: FILE,
      request: { desiredAccess: READ, createDisposition: OVERWRITE_IF },
      outcome: "MEDIA_WRITE_PROTECTED",
    },
    { name: FILE, request: { desiredAccess: READ }, outcome: "OPENED" },
    { name: FILE, request: { desiredAccess: MAXIMUM_ALLOWED }, outcome: "OPENED" },
    { name: MISSING, request: {}, outcome: "OBJECT_NAME_NOT_FOUND" },
  ])("of $name with $request on a volume that is read-only: $outcome", async (row) => {
    const driver = await newReadOnlyDriver();
    const request = { desiredAccess: READ, ...row.request };
    expect(await driver.outcome(row.name, request)).toBe(row.outcome);
    expect(await driver.text(FILE)).toBe("content");
    expect(await driver.names()).toEqual([DIRECTORY, FILE]);
    expectNothingOpen(driver);
  });

  it("with MAXIMUM_ALLOWED on a volume that is read-only grants nothing that changes", async () => {
    const driver = await newReadOnlyDriver();
    const open = await driver.open(FILE, { desiredAccess: MAXIMUM_ALLOWED });
    expect(open.grantedAccess & (WRITE | DELETE)).toBe(0);
    expect(open.grantedAccess & READ).toBe(READ);
    await open.close();
  });

  it("of a stream that who has its file open does not let in leaves no stream behind", async () => {
    const driver = new VolumeDriver(memory());
    const file = await driver.open("f", { createDisposition: CREATE });
    const unshared = { createDisposition: CREATE, shareAccess: 0 }; // and the file may be deleted
    expect(await driver.outcome("f:s", unshared)).toBe("SHARING_VIOLATION");
    expect(await driver.outcome("f:s")).toBe("OBJECT_NAME_NOT_FOUND");
    await file.close();
    expectNothingOpen(driver);
  });

  it("of a stream that is made and not emptied does not count as writing or deleting it", async () => {
    const driver = new VolumeDriver(memory());
    const file = await driver.open("f", { createDisposition: CREATE });
    const looking = { shareAccess: 0, desiredAccess: FILE_READ_ATTRIBUTES };
    const making = { ...looking, createDisposition: CreateDisposition.SUPERSEDE };
    expect(await driver.outcome("f:s", making)).toBe("CREATED");
    expect(await driver.outcome("f:s", making)).toBe("SHARING_VIOLATION");
    await file.close();
  });

  describe("of a stream that cannot be made", () => {
    async function newFullDriver(meanwhile: (driver: VolumeDriver) => Promise<unknown>) {
      const ram = memory();
      const createFile = ram.create.bind(ram);
      const create: FileSystem["create"] = async (path, params) => {
        if (!path.includes(":")) return createFile(path, params);
        await meanwhile(driver);
        throw new NtError(NtStatus.DISK_FULL);
      };
      const driver = new VolumeDriver(Object.assign(ram, { create }));
      await driver.makeFile("old", "old");
      return driver;
    }

    const making = { createDisposition: CREATE };

    it("leaves no file behind that was made for it", async () => {
      const driver = await newFullDriver(() => Promise.resolve());
      expect(await driver.outcome("new:s", making)).toBe("DISK_FULL");
      expect(await driver.outcome("old:s", making)).toBe("DISK_FULL");
      expect(await driver.names()).toEqual(["old"]);
      expect(await driver.text("old")).toBe("old");
      expectNothingOpen(driver);
    });

    it("leaves the file to whoever has had it open meanwhile", async () => {
      const driver = await newFullDriver(async (by) => by.outcome("new"));
      expect(await driver.outcome("new:s", making)).toBe("DISK_FULL");
      expect(await driver.names()).toEqual(["new", "old"]);
      expectNothingOpen(driver);
    });
  });

  it("closes its open once, however often that is asked", async () => {
    const driver = await newDriver();
    const [first, second] = [await driver.open(FILE), await driver.open(FILE)];
    await Promise.all([first.close(), first.close()]);
    await first.close();
    expect(driver.volume.tableSizes).toEqual({ nodes: 1, opens: 1 });
    await second.close();
    expectNothingOpen(driver);
  });
});
