import { describe, expect, it } from "vitest";
import {
  CreateDisposition,
  DELETE,
  FILE_ATTRIBUTE_HIDDEN,
  FILE_DELETE_ON_CLOSE,
  FILE_DIRECTORY_FILE,
  FILE_READ_ATTRIBUTES,
  FILE_READ_DATA,
  FILE_WRITE_ATTRIBUTES,
  FILE_WRITE_DATA,
  NtError,
  NtStatus,
} from "../../nt/index.js";
import { outcomeOf, VolumeDriver } from "../../testing/volume-driver.js";
import { type DirectoryOptions, dir, file, type TreeEntry } from "./index.js";

const READ = { desiredAccess: FILE_READ_DATA };
const WRITE = { desiredAccess: FILE_READ_DATA | FILE_WRITE_DATA };
const CREATE = { ...WRITE, createDisposition: CreateDisposition.CREATE };
const OVERWRITE = { ...WRITE, createDisposition: CreateDisposition.OVERWRITE_IF };
const DELETING = { desiredAccess: DELETE, createOptions: FILE_DELETE_ON_CLOSE };
const denied = () => {
  throw new NtError(NtStatus.ACCESS_DENIED);
};
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

describe("a file with write", () => {
  /** A file, `a`, and what it was given. */
  function writable(content = "old") {
    const given: string[] = [];
    const on = new VolumeDriver(
      dir({ a: file(content, { write: (bytes) => void given.push(text(bytes)) }) }),
    );
    return { on, given };
  }

  it("gets the whole content, once, when the last who has it open closes it", async () => {
    const { on, given } = writable();
    const open = await on.open("a", WRITE);
    const other = await on.open("a", WRITE);
    await open.write(Buffer.from("new"), 0);
    await open.write(Buffer.from("er"), undefined);
    expect(await on.text("a")).toBe("newer");
    await open.close();
    expect(given).toEqual([]);
    await other.close();
    expect(given).toEqual(["newer"]);
    expect(await on.text("a")).toBe("newer");
  });

  it("gets nothing where nothing was changed", async () => {
    const { on, given } = writable();
    await (await on.open("a", WRITE)).close();
    expect(await on.text("a")).toBe("old");
    expect(given).toEqual([]);
  });

  it("gets what was written when a client has it flushed", async () => {
    const { on, given } = writable();
    const open = await on.open("a", WRITE);
    await open.write(Buffer.from("N"), 0);
    expect(outcomeOf(await open.flush())).toBe("SUCCESS");
    expect(given).toEqual(["Nld"]);
    await open.write(Buffer.from("!"), undefined);
    await open.close();
    expect(given).toEqual(["Nld", "Nld!"]);
  });

  it("is emptied, cut, and made longer by zeros", async () => {
    const { on, given } = writable();
    await (await on.open("a", OVERWRITE)).close();
    const open = await on.open("a", WRITE);
    await open.setEndOfFile(2);
    await open.write(Buffer.from("x"), 3);
    await open.setAllocation(4096);
    await open.setEndOfFile(5);
    await open.close();
    expect(given).toEqual(["", "\0\0\0x\0"]);
  });

  it("refuses a flush with what write throws, and tells of a close as a fault: then it is as it was", async () => {
    let isOpen = false;
    const on = new VolumeDriver(
      dir({ a: file("old", { write: () => (isOpen ? undefined : denied()) }) }),
    );
    const open = await on.open("a", WRITE);
    await open.write(Buffer.from("new"), 0);
    expect(outcomeOf(await open.flush())).toBe("ACCESS_DENIED");
    await expect(open.close()).rejects.toThrow("a: what was written was not taken: ACCESS_DENIED");
    expect(await on.text("a")).toBe("old");
    isOpen = true;
    const again = await on.open("a", WRITE);
    await again.write(Buffer.from("new"), 0);
    await again.close();
    expect(await on.text("a")).toBe("new");
    expect(on.volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
  });

  it("of which a function makes the content reads what it has written, as the function has it", async () => {
    let stored = "one";
    const store = (bytes: Uint8Array) => void (stored = text(bytes));
    const on = new VolumeDriver(dir({ a: file(() => stored, { write: store, cacheMs: 1e6 }) }));
    expect(await on.text("a")).toBe("one");
    const open = await on.open("a", WRITE);
    await open.write(Buffer.from("two"), 0);
    await open.close();
    expect(await on.text("a")).toBe("two");
  });

  it("keeps the times and attributes that a client sets", async () => {
    const { on } = writable();
    const open = await on.open("a", { desiredAccess: FILE_WRITE_ATTRIBUTES });
    const [creationTicks, lastAccessTicks, lastWriteTicks, changeTicks] = [10n, 20n, 30n, 40n];
    const times = { creationTicks, lastAccessTicks, lastWriteTicks, changeTicks };
    await open.setBasicInfo({ fileAttributes: FILE_ATTRIBUTE_HIDDEN, ...times });
    await open.close();
    const again = await on.open("a", { desiredAccess: FILE_READ_ATTRIBUTES });
    expect(again.createInfo).toMatchObject({ ...times, fileAttributes: FILE_ATTRIBUTE_HIDDEN });
    await again.close();
  });
});

describe("byte ranges with write", () => {
  it("get each run of bytes, sizes and flushes", async () => {
    const calls: unknown[] = [];
    const on = new VolumeDriver(
      dir({
        a: file({
          size: 4,
          read: (offset, length) => Buffer.from("abcd").subarray(offset, offset + length),
          write: (offset, data) => void calls.push([offset, text(data)]),
          setSize: async (size) => {
            await Promise.resolve();
            calls.push(size);
          },
          flush: () => void calls.push("flush"),
        }),
      }),
    );
    const open = await on.open("a", WRITE);
    await open.write(Buffer.from("xy"), 1);
    await open.write(Buffer.from("z"), undefined);
    await open.setEndOfFile(2);
    await open.write(Buffer.from("e"), undefined);
    await open.flush();
    await open.close();
    expect(calls).toEqual([[1, "xy"], [4, "z"], 2, [2, "e"], "flush"]);
  });

  it("without setSize cannot be cut, and are refused with what they throw", async () => {
    const on = new VolumeDriver(
      dir({ a: file({ size: 1, read: () => Buffer.from("x"), write: denied }) }),
    );
    const open = await on.open("a", WRITE);
    expect(outcomeOf(await open.write(Buffer.from("y"), 0))).toBe("ACCESS_DENIED");
    expect(outcomeOf(await open.setEndOfFile(0))).toBe("ACCESS_DENIED");
    await open.close();
  });
});

describe("a directory with callbacks", () => {
  /** A directory that a Map stands behind. */
  function notes(options: DirectoryOptions = {}) {
    const stored = new Map<string, string | undefined>([["first", "1"]]);
    const calls: string[] = [];
    const entry = (name: string): TreeEntry =>
      stored.get(name) === undefined
        ? dir({})
        : file(() => stored.get(name) ?? "", {
            write: (bytes) => void stored.set(name, text(bytes)),
          });
    const tree = dir(() => [...stored.keys()].map((name) => [name, entry(name)] as const), {
      create: (name, { isDirectory }) => {
        calls.push(`create ${name}`);
        stored.set(name, isDirectory ? undefined : "");
      },
      rename: async (from, to, { isReplacing }) => {
        await Promise.resolve();
        calls.push(`rename ${from} ${to}${isReplacing ? " replacing" : ""}`);
        stored.set(to, stored.get(from));
        stored.delete(from);
      },
      remove: (name) => {
        calls.push(`remove ${name}`);
        stored.delete(name);
      },
      ...options,
    });
    return { on: new VolumeDriver(tree), stored, calls };
  }

  it("makes files and directories", async () => {
    const { on, stored, calls } = notes();
    const open = await on.open("second", CREATE);
    await open.write(Buffer.from("2"), 0);
    await open.close();
    await (await on.open("folder", { ...CREATE, createOptions: FILE_DIRECTORY_FILE })).close();
    expect([...stored]).toEqual([
      ["first", "1"],
      ["second", "2"],
      ["folder", undefined],
    ]);
    expect(calls).toEqual(["create second", "create folder"]);
    expect(await on.names()).toEqual(["first", "folder", "second"]);
    expect(await on.outcome("FIRST", CREATE)).toBe("OBJECT_NAME_COLLISION");
    expect(await on.outcome("ends.", CREATE)).toBe("OBJECT_NAME_INVALID");
  });

  it("renames, also to another case and over what is there", async () => {
    const { on, stored, calls } = notes();
    stored.set("other", "2");
    const open = await on.open("first", { desiredAccess: FILE_READ_DATA | DELETE });
    const { fileId } = open.createInfo;
    expect(outcomeOf(await open.rename({ newName: "\\FIRST", replaceIfExists: false }))).toBe(
      "SUCCESS",
    );
    expect(outcomeOf(await open.rename({ newName: "\\other", replaceIfExists: false }))).toBe(
      "OBJECT_NAME_COLLISION",
    );
    expect(outcomeOf(await open.rename({ newName: "\\other", replaceIfExists: true }))).toBe(
      "SUCCESS",
    );
    expect((await on.create("other", READ)) as object).toMatchObject({
      value: { open: { createInfo: { fileId } } },
    });
    expect(calls).toEqual(["rename first FIRST", "rename FIRST other replacing"]);
    expect([...stored]).toEqual([["other", "1"]]);
    await open.close();
  });

  it("does not move to another directory: clients copy then", async () => {
    const callbacks = { create: () => "", rename: () => undefined };
    const on = new VolumeDriver(dir({ a: "", folder: dir({}, callbacks) }, callbacks));
    const open = await on.open("a", { desiredAccess: DELETE });
    const moved = await open.rename({ newName: "\\folder\\a", replaceIfExists: false });
    expect(outcomeOf(moved)).toBe("NOT_SAME_DEVICE");
    await open.close();
  });

  it("deletes, by either way", async () => {
    const { on, calls } = notes();
    const open = await on.open("first", { desiredAccess: DELETE });
    expect(outcomeOf(await open.setDisposition(true))).toBe("SUCCESS");
    expect(calls).toEqual([]);
    await open.close();
    expect(calls).toEqual(["remove first"]);
    await (await on.open("second", CREATE)).close();
    await (await on.open("second", DELETING)).close();
    expect(await on.names()).toEqual([]);
  });

  it("does not give what was written to a file that is deleted", async () => {
    const { on, stored } = notes();
    const open = await on.open("first", { ...WRITE, desiredAccess: WRITE.desiredAccess | DELETE });
    await open.write(Buffer.from("never"), 0);
    await open.setDisposition(true);
    await open.close();
    expect(stored.size).toBe(0);
  });

  it("does not delete a directory that is not empty", async () => {
    const on = new VolumeDriver(dir({ full: dir({ a: "" }) }, { remove: () => undefined }));
    const open = await on.open("full", { desiredAccess: DELETE });
    expect(outcomeOf(await open.setDisposition(true))).toBe("DIRECTORY_NOT_EMPTY");
    await open.close();
  });

  it("says no with what a callback throws, and then nothing has changed", async () => {
    const { on, calls } = notes({ create: denied, rename: denied, mayRemove: denied });
    expect(await on.outcome("second", CREATE)).toBe("ACCESS_DENIED");
    const open = await on.open("first", { desiredAccess: DELETE });
    expect(outcomeOf(await open.rename({ newName: "\\x", replaceIfExists: false }))).toBe(
      "ACCESS_DENIED",
    );
    expect(outcomeOf(await open.setDisposition(true))).toBe("ACCESS_DENIED");
    await open.close();
    expect(await on.outcome("first", DELETING)).toBe("ACCESS_DENIED");
    expect(await on.names()).toEqual(["first"]);
    expect(calls).toEqual([]);
  });

  it("grants no more than it has callbacks for", async () => {
    const on = new VolumeDriver(dir(() => ({ a: "" }), { create: () => "" }));
    expect(await on.outcome("a", { desiredAccess: DELETE })).toBe("ACCESS_DENIED");
    expect(await on.outcome("a", WRITE)).toBe("ACCESS_DENIED");
    expect(await on.outcome("", { desiredAccess: FILE_WRITE_DATA })).toBe("OPENED");
  });

  it("whose entries the program has written keeps what its callbacks make of them", async () => {
    const on = new VolumeDriver(
      dir(
        { a: "1" },
        {
          create: (_name, { isDirectory }) =>
            isDirectory ? dir({}) : file("", { write: () => undefined }),
          rename: () => undefined,
          remove: () => undefined,
        },
      ),
    );
    const open = await on.open("b", CREATE);
    await open.write(Buffer.from("2"), 0);
    await open.close();
    const moving = await on.open("b", { desiredAccess: DELETE });
    await moving.rename({ newName: "\\c", replaceIfExists: false });
    await moving.close();
    await (await on.open("a", DELETING)).close();
    expect(await on.names()).toEqual(["c"]);
    expect(await on.text("C")).toBe("2");
  });

  it("fails as a fault where create makes nothing, or the wrong thing", async () => {
    const nothing = new VolumeDriver(dir({}, { create: () => undefined }));
    await expect(nothing.outcome("a", CREATE)).rejects.toThrow("a: create has returned no entry");
    const wrong = new VolumeDriver(dir({}, { create: () => dir({}) }));
    await expect(wrong.outcome("a", CREATE)).rejects.toThrow("a: create has made a directory");
  });

  it("makes a name once, where two clients make it at the same time", async () => {
    let calls = 0;
    const on = new VolumeDriver(
      dir(
        {},
        {
          create: async () => {
            calls++;
            await Promise.resolve();
            return "";
          },
        },
      ),
    );
    const request = { ...READ, createDisposition: CreateDisposition.CREATE };
    const outcomes = await Promise.all([on.outcome("a", request), on.outcome("A", request)]);
    expect(outcomes.sort()).toEqual(["CREATED", "OBJECT_NAME_COLLISION"]);
    expect(calls).toBe(1);
  });
});
