import { describe, expect, it } from "vitest";
import { memory } from "../filesystems/memory/index.js";
import { type Change, ChangeAction, type FileSystem, type Notify } from "../fs/index.js";
import {
  CreateDisposition,
  DACL_SECURITY_INFORMATION,
  FILE_ATTRIBUTE_HIDDEN,
  FILE_DELETE_ON_CLOSE,
  FILE_DIRECTORY_FILE,
  FILE_LIST_DIRECTORY,
  FILE_NOTIFY_CHANGE_ATTRIBUTES,
  FILE_NOTIFY_CHANGE_CREATION,
  FILE_NOTIFY_CHANGE_DIR_NAME,
  FILE_NOTIFY_CHANGE_EA,
  FILE_NOTIFY_CHANGE_FILE_NAME,
  FILE_NOTIFY_CHANGE_LAST_ACCESS,
  FILE_NOTIFY_CHANGE_LAST_WRITE,
  FILE_NOTIFY_CHANGE_SECURITY,
  FILE_NOTIFY_CHANGE_SIZE,
  FILE_NOTIFY_CHANGE_STREAM_NAME,
  FILE_NOTIFY_CHANGE_STREAM_SIZE,
  FILE_NOTIFY_CHANGE_STREAM_WRITE,
  FILE_READ_ATTRIBUTES,
  NtStatus,
  statusName,
} from "../nt/index.js";
import { late } from "../testing/late-file-system.js";
import { outcomeOf, VolumeDriver } from "../testing/volume-driver.js";
import type { BasicInfoRequest } from "./file-times.js";
import type { Open } from "./open.js";
import type { Changes, WatchScope } from "./watch.js";

const FILTERS = {
  FILE_NAME: FILE_NOTIFY_CHANGE_FILE_NAME,
  DIR_NAME: FILE_NOTIFY_CHANGE_DIR_NAME,
  ATTRIBUTES: FILE_NOTIFY_CHANGE_ATTRIBUTES,
  SIZE: FILE_NOTIFY_CHANGE_SIZE,
  LAST_WRITE: FILE_NOTIFY_CHANGE_LAST_WRITE,
  LAST_ACCESS: FILE_NOTIFY_CHANGE_LAST_ACCESS,
  CREATION: FILE_NOTIFY_CHANGE_CREATION,
  EA: FILE_NOTIFY_CHANGE_EA,
  SECURITY: FILE_NOTIFY_CHANGE_SECURITY,
  STREAM_NAME: FILE_NOTIFY_CHANGE_STREAM_NAME,
  STREAM_SIZE: FILE_NOTIFY_CHANGE_STREAM_SIZE,
  STREAM_WRITE: FILE_NOTIFY_CHANGE_STREAM_WRITE,
};

const NAMES = FILE_NOTIFY_CHANGE_FILE_NAME | FILE_NOTIFY_CHANGE_DIR_NAME;
const EVERYTHING = Object.values(FILTERS).reduce((all, bit) => all | bit, 0);
const IN_TREE: WatchScope = { completionFilter: EVERYTHING, isTree: true };

/** Nothing that keeps others from renaming what is in the directory. */
const LISTING = { desiredAccess: FILE_LIST_DIRECTORY };

/** Room for any answer here, in bytes. */
const room = 65_536;

const ACTION_NAMES = Object.fromEntries(
  Object.entries(ChangeAction).map(([name, action]) => [action, name]),
);

function listed(changes: Changes): string[] {
  if (!changes.ok) return [statusName(changes.status)];
  return changes.value.map(({ action, name }) => `${ACTION_NAMES[action]} ${name}`);
}

/** What an open has to tell now; nothing where it would wait. */
async function heard(open: Open, scope: WatchScope = IN_TREE): Promise<string[]> {
  const changes = await open.watch({ ...scope, room, onWait: undefined });
  if (!changes.ok && changes.status === NtStatus.PENDING) return [];
  return listed(changes);
}

/** An open directory that keeps from now on what happens in it. */
async function watching(
  driver: VolumeDriver,
  name: string,
  scope: WatchScope = IN_TREE,
): Promise<Open> {
  const open = await driver.open(name, LISTING);
  expect(await heard(open, scope)).toEqual([]);
  return open;
}

/** A request that waits, and what it comes to. */
function waitingFor(open: Open) {
  const waiting = { answer: ["waits"] };
  const changes = open.watch({ ...IN_TREE, room, onWait: () => undefined });
  void Promise.resolve(changes).then((late) => (waiting.answer = listed(late)));
  return waiting;
}

async function turn(): Promise<void> {
  await new Promise(setImmediate);
}

type Doing = (driver: VolumeDriver) => Promise<unknown>;

const LEAVE_ALL: BasicInfoRequest = {
  fileAttributes: 0,
  creationTicks: 0n,
  lastAccessTicks: 0n,
  lastWriteTicks: 0n,
  changeTicks: 0n,
};

/** Opens something, does something, closes it. */
function through(name: string, act: (open: Open) => unknown): Doing {
  return async (driver) => {
    const open = await driver.open(name);
    await act(open);
    await open.close();
  };
}

function creates(name: string, createDisposition: CreateDisposition, createOptions = 0): Doing {
  return (driver) => driver.outcome(name, { createDisposition, createOptions });
}

function sets(info: Partial<BasicInfoRequest>): Doing {
  return through("file", (open) => open.setBasicInfo({ ...LEAVE_ALL, ...info }));
}

function renames(from: string, newName: string, replaceIfExists = false): Doing {
  return through(from, async (open) => {
    expect(outcomeOf(await open.rename({ newName, replaceIfExists }))).toBe("SUCCESS");
  });
}

async function deleteBehindStream(driver: VolumeDriver): Promise<void> {
  const stream = await driver.open("file:s");
  await driver.remove("file");
  await stream.close();
}

/** What is done, and who hears what of it: by filter; the others hear nothing. */
const OCCASIONS: readonly {
  what: string;
  act: Doing;
  heard: Partial<Record<keyof typeof FILTERS, string[]>>;
}[] = [
  {
    what: "a new file",
    act: creates("new", CreateDisposition.CREATE),
    heard: { FILE_NAME: ["ADDED new"] },
  },
  {
    what: "a new directory",
    act: creates("dir\\new", CreateDisposition.CREATE, FILE_DIRECTORY_FILE),
    heard: { DIR_NAME: ["ADDED dir\\new"] },
  },
  {
    what: "a new stream",
    act: creates("dir\\in:new", CreateDisposition.CREATE),
    heard: { STREAM_NAME: ["ADDED_STREAM dir\\in:new"] },
  },
  {
    what: "a new file with a stream",
    act: creates("new:s", CreateDisposition.CREATE),
    heard: { FILE_NAME: ["ADDED new"], STREAM_NAME: ["ADDED_STREAM new:s"] },
  },
  { what: "opening what is there", act: creates("file", CreateDisposition.OPEN_IF), heard: {} },
  { what: "a refused create", act: creates("file", CreateDisposition.CREATE), heard: {} },
  ...[CreateDisposition.OVERWRITE, CreateDisposition.SUPERSEDE].map((disposition) => ({
    what: `emptying by disposition ${disposition}`,
    act: creates("FILE", disposition),
    heard: {
      EA: ["MODIFIED file"],
      ATTRIBUTES: ["MODIFIED file"],
      SIZE: ["MODIFIED file"],
      LAST_WRITE: ["MODIFIED file"],
    },
  })),
  {
    what: "emptying a stream",
    act: creates("file:s", CreateDisposition.OVERWRITE),
    heard: {
      ATTRIBUTES: ["MODIFIED_STREAM file:s"],
      STREAM_SIZE: ["MODIFIED_STREAM file:s"],
      STREAM_WRITE: ["MODIFIED_STREAM file:s"],
    },
  },
  {
    what: "a write within the file",
    act: through("file", (open) => open.write(Buffer.from("A"), 0)),
    heard: { LAST_WRITE: ["MODIFIED file"] },
  },
  {
    what: "writes that make the file longer",
    act: through("file", async (open) => {
      await open.write(Buffer.from("more"), undefined);
      await open.write(Buffer.from("more"), undefined);
    }),
    heard: { SIZE: ["MODIFIED file"], LAST_WRITE: ["MODIFIED file"] },
  },
  {
    what: "a write of nothing",
    act: through("file", (open) => open.write(new Uint8Array(0), 100)),
    heard: {},
  },
  {
    what: "a write through an open that keeps the times",
    act: through("file", async (open) => {
      await open.setBasicInfo({ ...LEAVE_ALL, lastWriteTicks: -1n });
      await open.write(Buffer.from("A"), 0);
    }),
    heard: {},
  },
  {
    what: "a write to a stream",
    act: through("file:s", (open) => open.write(Buffer.from("longer"), 0)),
    heard: { STREAM_SIZE: ["MODIFIED_STREAM file:s"], STREAM_WRITE: ["MODIFIED_STREAM file:s"] },
  },
  {
    what: "setting the end of the file",
    act: through("file", (open) => open.setEndOfFile(1)),
    heard: { SIZE: ["MODIFIED file"] },
  },
  {
    what: "setting space aside",
    act: through("file", (open) => open.setAllocation(100_000)),
    heard: { SIZE: ["MODIFIED file"] },
  },
  {
    what: "setting attributes",
    act: sets({ fileAttributes: FILE_ATTRIBUTE_HIDDEN }),
    heard: { ATTRIBUTES: ["MODIFIED file"] },
  },
  {
    what: "setting the creation time",
    act: sets({ creationTicks: 1n }),
    heard: { CREATION: ["MODIFIED file"] },
  },
  {
    what: "setting the last access time",
    act: sets({ lastAccessTicks: 1n }),
    heard: { LAST_ACCESS: ["MODIFIED file"] },
  },
  {
    what: "setting the last write time",
    act: sets({ lastWriteTicks: 1n }),
    heard: { LAST_WRITE: ["MODIFIED file"] },
  },
  { what: "setting the change time", act: sets({ changeTicks: 1n }), heard: {} },
  { what: "setting nothing", act: sets({}), heard: {} },
  {
    what: "refused attributes",
    act: async (driver) => {
      const open = await driver.open("file", { desiredAccess: FILE_READ_ATTRIBUTES });
      const set = await open.setBasicInfo({ ...LEAVE_ALL, lastWriteTicks: 1n });
      expect(outcomeOf(set)).toBe("ACCESS_DENIED");
      await open.close();
    },
    heard: {},
  },
  {
    what: "setting security",
    act: through("file", async (open) => {
      const old = await open.getSecurity(DACL_SECURITY_INFORMATION);
      if (!old.ok) throw new Error(statusName(old.status));
      const set = await open.setSecurity(DACL_SECURITY_INFORMATION, old.value);
      expect(outcomeOf(set)).toBe("SUCCESS");
    }),
    heard: { SECURITY: ["MODIFIED file"] },
  },
  {
    what: "deleting a file",
    act: (driver) => driver.remove("file"),
    heard: { FILE_NAME: ["REMOVED file"] },
  },
  {
    what: "deleting a directory",
    act: (driver) => driver.remove("dir\\empty"),
    heard: { DIR_NAME: ["REMOVED dir\\empty"] },
  },
  {
    what: "deleting a stream",
    act: (driver) => driver.remove("file:s"),
    heard: { STREAM_NAME: ["REMOVED_STREAM file:s"] },
  },
  {
    what: "deleting a file whose stream is open",
    act: deleteBehindStream,
    heard: { FILE_NAME: ["REMOVED file"] },
  },
  {
    what: "thinking better of a deletion",
    act: through("file", async (open) => {
      await open.setDisposition(true);
      await open.setDisposition(false);
    }),
    heard: {},
  },
  {
    what: "renaming a file",
    act: renames("file", "other"),
    heard: {
      FILE_NAME: ["RENAMED_OLD_NAME file", "RENAMED_NEW_NAME other"],
      ATTRIBUTES: ["MODIFIED other"],
    },
  },
  {
    what: "renaming a file by case only",
    act: renames("file", "FILE"),
    heard: {
      FILE_NAME: ["RENAMED_OLD_NAME file", "RENAMED_NEW_NAME FILE"],
      ATTRIBUTES: ["MODIFIED FILE"],
    },
  },
  {
    what: "renaming a directory",
    act: renames("dir\\empty", "dir\\other"),
    heard: { DIR_NAME: ["RENAMED_OLD_NAME dir\\empty", "RENAMED_NEW_NAME dir\\other"] },
  },
  {
    what: "moving a file to another directory",
    act: renames("dir\\in", "out"),
    heard: { FILE_NAME: ["REMOVED dir\\in", "ADDED out"], ATTRIBUTES: ["MODIFIED out"] },
  },
  {
    what: "moving a directory to another",
    act: renames("dir\\empty", "up"),
    heard: { DIR_NAME: ["REMOVED dir\\empty", "ADDED up"] },
  },
  {
    what: "a rename that replaces a file",
    act: renames("file", "second", true),
    heard: {
      FILE_NAME: ["REMOVED second", "RENAMED_OLD_NAME file", "RENAMED_NEW_NAME second"],
      ATTRIBUTES: ["MODIFIED second"],
    },
  },
  {
    what: "reading and listing",
    act: async (driver) => {
      expect(await driver.text("file")).toBe("abc");
      expect(await driver.names("dir")).toEqual(["empty", "in"]);
    },
    heard: {},
  },
];

async function newDriver(fileSystem: FileSystem = memory()): Promise<VolumeDriver> {
  const driver = new VolumeDriver(fileSystem);
  await driver.makeFile("file", "abc");
  await driver.makeFile("file:s", "abc");
  await driver.makeFile("second", "x");
  await driver.makeDirectory("dir");
  await driver.makeFile("dir\\in", "abc");
  await driver.makeDirectory("dir\\empty");
  return driver;
}

describe.each([
  { kind: "that answers at once", newFileSystem: () => memory() },
  { kind: "that answers later", newFileSystem: () => late(memory()) },
])("who watches a file system $kind", ({ newFileSystem }) => {
  it.each(OCCASIONS)("hears of $what by the filters that it belongs to", async (occasion) => {
    const driver = await newDriver(newFileSystem());
    const opens = new Map<string, Open>();
    for (const [name, completionFilter] of Object.entries(FILTERS)) {
      opens.set(name, await watching(driver, "", { completionFilter, isTree: true }));
    }
    await occasion.act(driver);
    const all: Record<string, string[]> = {};
    for (const [name, open] of opens) {
      const changes = await heard(open);
      if (changes.length > 0) all[name] = changes;
      await open.close();
    }
    expect(all).toEqual(occasion.heard);
    expect(driver.volume.notifyHub.isWatched).toBe(false);
    expect(driver.volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
  });

  it("hears that a directory is gone when the deletion has succeeded, and not before", async () => {
    const driver = await newDriver(newFileSystem());
    const root = await watching(driver, "");
    const first = await driver.open("dir\\empty");
    const second = await driver.open("dir\\empty");
    expect(outcomeOf(await first.setDisposition(true))).toBe("SUCCESS");
    await first.close();
    expect(await heard(root)).toEqual([]);
    await second.close();
    expect(await heard(root)).toEqual(["REMOVED dir\\empty"]);
    await root.close();
  });
});

describe("a watch on a directory", () => {
  const names: WatchScope = { completionFilter: NAMES, isTree: false };

  it("hears of the directory's own names, and with its tree of all below", async () => {
    const driver = await newDriver();
    const flat = await watching(driver, "", names);
    const tree = await watching(driver, "", { ...names, isTree: true });
    const inner = await watching(driver, "dir", names);
    const other = await watching(driver, "dir\\empty", { ...names, isTree: true });
    await driver.makeFile("dir\\new");
    await driver.makeFile("new");
    expect(await heard(flat)).toEqual(["ADDED new"]);
    expect(await heard(tree)).toEqual(["ADDED dir\\new", "ADDED new"]);
    expect(await heard(inner)).toEqual(["ADDED new"]);
    expect(await heard(other)).toEqual([]);
    for (const open of [flat, tree, inner, other]) await open.close();
  });

  it("hears nothing of the directory itself", async () => {
    const driver = await newDriver();
    const root = await watching(driver, "");
    const inner = await watching(driver, "dir");
    for (const name of ["", "dir"]) {
      await through(name, (open) => open.setBasicInfo({ ...LEAVE_ALL, lastWriteTicks: 1n }))(
        driver,
      );
    }
    expect(await heard(inner)).toEqual([]);
    expect(await heard(root)).toEqual(["MODIFIED dir"]);
    await root.close();
    await inner.close();
  });

  it("goes where the directory goes", async () => {
    const driver = await newDriver();
    const open = await watching(driver, "dir\\empty");
    await renames("dir\\empty", "moved")(driver);
    await driver.makeFile("moved\\new");
    expect(await heard(open)).toEqual(["ADDED new"]);
    await open.close();
  });

  it("keeps the filter and the tree of its first request", async () => {
    const driver = await newDriver();
    const open = await watching(driver, "", names);
    await driver.makeFile("dir\\new");
    await through("file", (file) => file.setEndOfFile(0))(driver);
    expect(await heard(open, IN_TREE)).toEqual([]);
    await driver.makeFile("new");
    expect(await heard(open, { completionFilter: 0, isTree: true })).toEqual(["ADDED new"]);
    await open.close();
  });

  it("tells both names of a rename in one answer", async () => {
    const driver = await newDriver();
    const open = await driver.open("", LISTING);
    const waiting = waitingFor(open);
    await renames("file", "other")(driver);
    await turn();
    expect(waiting.answer).toEqual(["RENAMED_OLD_NAME file", "RENAMED_NEW_NAME other"]);
    await open.close();
  });

  it("is refused without LIST_DIRECTORY, on a file, and after the close", async () => {
    const driver = await newDriver();
    const file = await driver.open("file");
    expect(await heard(file)).toEqual(["INVALID_PARAMETER"]);
    await file.close();
    const open = await driver.open("dir", { desiredAccess: FILE_READ_ATTRIBUTES });
    expect(await heard(open)).toEqual(["ACCESS_DENIED"]);
    await open.close();
    expect(await heard(open)).toEqual(["FILE_CLOSED"]);
    expect(driver.volume.notifyHub.isWatched).toBe(false);
  });

  it("ends with NOTIFY_CLEANUP when its open is closed", async () => {
    const driver = await newDriver();
    const [one, two] = [await driver.open("dir"), await driver.open("dir")];
    const waiting = [waitingFor(one), waitingFor(one), waitingFor(two)];
    await one.close();
    await turn();
    expect(waiting.map(({ answer }) => answer)).toEqual([
      ["NOTIFY_CLEANUP"],
      ["NOTIFY_CLEANUP"],
      ["waits"],
    ]);
    expect(driver.volume.notifyHub.isWatched).toBe(true);
    await two.close();
    expect(driver.volume.notifyHub.isWatched).toBe(false);
  });

  it("ends with DELETE_PENDING when the directory is to go, and so does a new one", async () => {
    const driver = await newDriver();
    const open = await driver.open("dir\\empty");
    const waiting = waitingFor(open);
    const deleting = await driver.open("dir\\empty");
    await deleting.setDisposition(true);
    await turn();
    expect(waiting.answer).toEqual(["DELETE_PENDING"]);
    expect(await heard(open)).toEqual(["DELETE_PENDING"]);
    await deleting.setDisposition(false);
    expect(await heard(open)).toEqual([]);
    await deleting.close();
    await open.close();
  });

  it("ends with DELETE_PENDING when an open that deletes it is closed", async () => {
    const driver = await newDriver();
    const deleting = await driver.open("dir\\empty", { createOptions: FILE_DELETE_ON_CLOSE });
    const open = await driver.open("dir\\empty");
    const waiting = waitingFor(open);
    await deleting.close();
    await turn();
    expect(waiting.answer).toEqual(["DELETE_PENDING"]);
    await open.close();
  });
});

describe("what a file system tells of itself", () => {
  async function newTeller() {
    const fileSystem = memory();
    const teller: { notify: Notify } = { notify: () => undefined };
    const driver = await newDriver(
      Object.assign(fileSystem, {
        start: (notify: Notify) => {
          teller.notify = notify;
        },
      }),
    );
    await driver.volume.start();
    return { driver, teller };
  }

  const added = (path: string): Change => ({
    path,
    action: ChangeAction.ADDED,
    filter: FILE_NOTIFY_CHANGE_FILE_NAME,
  });

  it("is heard at once, by those below whose directory it is, as one answer", async () => {
    const { driver, teller } = await newTeller();
    const root = await driver.open("");
    const waiting = waitingFor(root);
    const flat = await watching(driver, "", { completionFilter: NAMES, isTree: false });
    const inner = await watching(driver, "dir");
    teller.notify([added("\\DIR\\a"), added("\\dir\\not\\open\\b"), added("\\c")]);
    await turn();
    expect(waiting.answer).toEqual(["ADDED dir\\a", "ADDED dir\\not\\open\\b", "ADDED c"]);
    expect(await heard(flat)).toEqual(["ADDED c"]);
    expect(await heard(inner)).toEqual(["ADDED a", "ADDED not\\open\\b"]);
    for (const open of [root, flat, inner]) await open.close();
  });

  it("may be about streams, directories and renames, by their filters", async () => {
    const { driver, teller } = await newTeller();
    const filter = FILE_NOTIFY_CHANGE_DIR_NAME;
    const open = await watching(driver, "", { completionFilter: filter, isTree: true });
    teller.notify([
      { path: "\\d", action: ChangeAction.RENAMED_OLD_NAME, filter },
      { path: "\\e\\", action: ChangeAction.RENAMED_NEW_NAME, filter },
      added("\\f"),
      { path: "\\f:s", action: ChangeAction.ADDED_STREAM, filter: FILE_NOTIFY_CHANGE_STREAM_NAME },
      { path: "\\f", action: ChangeAction.MODIFIED, filter: 0 },
    ]);
    expect(await heard(open)).toEqual(["RENAMED_OLD_NAME d", "RENAMED_NEW_NAME e"]);
    await open.close();
  });

  it("is nothing to hear where it is about the root, or nobody watches", async () => {
    const { driver, teller } = await newTeller();
    teller.notify([added("\\before")]);
    const open = await watching(driver, "");
    teller.notify([added("\\"), added("")]);
    expect(await heard(open)).toEqual([]);
    await open.close();
  });
});
