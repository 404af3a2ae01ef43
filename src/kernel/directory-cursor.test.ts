import { describe, expect, it } from "vitest";
import { memory } from "../filesystems/memory/index.js";
import type { DirectoryEntry, FileSystem } from "../fs/index.js";
import { FILE_READ_ATTRIBUTES, NtError, NtStatus, statusName } from "../nt/index.js";
import { late } from "../testing/late-file-system.js";
import { outcomeOf, VolumeDriver } from "../testing/volume-driver.js";
import type { DirectoryCursor } from "./directory-cursor.js";
import { endOfListing } from "./directory-cursor.js";
import type { Open } from "./open.js";
import type { Result } from "./result.js";

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(statusName(result.status));
  return result.value;
}

/** The entries of a walk up to its end, or the first so many. */
async function take(cursor: DirectoryCursor, count = Infinity): Promise<string[]> {
  const names: string[] = [];
  while (names.length < count) {
    const found = await cursor.next();
    if (!found.ok) throw new Error(statusName(found.status));
    if (found.value === undefined) break;
    cursor.isFresh = false;
    names.push(found.value.name);
  }
  return names;
}

async function cursorOf(open: Open, pattern: string, isRestart = false): Promise<DirectoryCursor> {
  return must(await open.directoryCursor(pattern, isRestart));
}

const FILES = ["a.txt", "B.TXT", "ab.txt", "readme", "Ünï", "x.y.z"];
const ALL = [...FILES, "sub"];

const PATTERNS = [
  { pattern: "*", names: [".", "..", ...ALL] },
  { pattern: "", names: [".", "..", ...ALL] },
  { pattern: "*.txt", names: ["a.txt", "B.TXT", "ab.txt"] },
  { pattern: "?.TXT", names: ["a.txt", "B.TXT"] },
  { pattern: "a*", names: ["a.txt", "ab.txt"] },
  { pattern: "ü*", names: ["Ünï"] },
  { pattern: "*z", names: ["x.y.z"] },
  { pattern: "README", names: ["readme"] },
  { pattern: "SUB", names: ["sub"] },
  { pattern: ".", names: ["."] },
  { pattern: "..", names: [".."] },
  { pattern: "missing", names: [] },
  { pattern: "missing*", names: [] },
  // As clients of old say *.* and ?: [MS-FSA] 2.1.4.4
  { pattern: '<"*', names: [".", "..", ...ALL] },
  { pattern: "<.txt", names: ["a.txt", "B.TXT", "ab.txt"] },
];

describe.each([
  { kind: "that lists at once", newFileSystem: () => memory() },
  { kind: "that lists later", newFileSystem: () => late(memory()) },
])("a listing of a file system $kind", ({ newFileSystem }) => {
  async function newDriver(): Promise<VolumeDriver> {
    const driver = new VolumeDriver(newFileSystem());
    for (const name of FILES) await driver.makeFile(name);
    await driver.makeDirectory("sub");
    return driver;
  }

  it.each(PATTERNS)("of '$pattern' has $names", async ({ pattern, names }) => {
    const driver = await newDriver();
    const open = await driver.open("");
    expect((await take(await cursorOf(open, pattern))).sort()).toEqual([...names].sort());
    await open.close();
  });

  it("begins with . and .., which tell of the directory itself", async () => {
    const driver = await newDriver();
    const open = await driver.open("sub");
    const cursor = await cursorOf(open, "*");
    for (const name of [".", ".."]) {
      const found = await cursor.next();
      expect(found).toMatchObject({ ok: true, value: { name, info: open.createInfo } });
    }
    expect(await cursor.next()).toEqual({ ok: true, value: undefined });
    await open.close();
  });

  it("goes on where it was, query after query, and knows its pattern", async () => {
    const driver = await newDriver();
    const open = await driver.open("");
    const first = await take(await cursorOf(open, "*"), 3);
    const second = await take(await cursorOf(open, "ignored*"), 3);
    const rest = await take(await cursorOf(open, "*.txt"));
    expect([...first, ...second, ...rest].sort()).toEqual([".", "..", ...ALL].sort());
    await open.close();
  });

  it("begins again where that is asked, with the pattern that comes along, or its own", async () => {
    const driver = await newDriver();
    const open = await driver.open("");
    await take(await cursorOf(open, "*"), 4);
    const again = await take(await cursorOf(open, "*.txt", true));
    expect(again.sort()).toEqual(["B.TXT", "a.txt", "ab.txt"]);
    const oncemore = await take(await cursorOf(open, "", true));
    expect(oncemore).toHaveLength(3);
    await open.close();
  });

  it("gives an entry again that was put back", async () => {
    const driver = await newDriver();
    const open = await driver.open("");
    const cursor = await cursorOf(open, "*");
    await take(cursor, 2);
    const found = await cursor.next();
    if (!found.ok || found.value === undefined) throw new Error("the listing ended early");
    cursor.unread(found.value);
    expect(await take(cursor)).toContain(found.value.name);
    await open.close();
  });

  it("that finds nothing is NO_SUCH_FILE, and one that ends is NO_MORE_FILES", async () => {
    const driver = await newDriver();
    const open = await driver.open("");
    const nothing = await cursorOf(open, "missing*");
    await take(nothing);
    expect(statusName(endOfListing(nothing))).toBe("NO_SUCH_FILE");
    const something = await cursorOf(open, "a*", true);
    await take(something);
    expect(statusName(endOfListing(something))).toBe("NO_MORE_FILES");
    await open.close();
  });

  it("takes no note of what is made and removed meanwhile, and misses and repeats nothing else", async () => {
    const driver = await newDriver();
    const open = await driver.open("");
    const cursor = await cursorOf(open, "*");
    const first = await take(cursor, 4);
    const gone = ALL.find((name) => name !== "sub" && !first.includes(name))!;
    await driver.remove(gone);
    await driver.makeFile("zzz");
    const names = [...first, ...(await take(cursor))];
    expect(new Set(names).size).toBe(names.length);
    const stayed = ALL.filter((name) => name !== gone);
    expect(names).toEqual(expect.arrayContaining(stayed));
    await open.close();
  });

  it("of names alone has them all, and begins again each time", async () => {
    const driver = await newDriver();
    const open = await driver.open("");
    for (let again = 0; again < 2; again++) {
      const names = must(await open.listNames());
      const told: string[] = [];
      for (let found = await names.next(); found.ok && found.value; found = await names.next()) {
        told.push(found.value.name);
      }
      expect(told.sort()).toEqual([".", "..", ...ALL].sort());
    }
    expect(await open.lookAtEntry("readme")).toMatchObject({ ok: true, value: { name: "readme" } });
    expect(await open.lookAtEntry("missing")).toEqual({ ok: true, value: undefined });
    await open.close();
  });

  it("of two opens goes two ways", async () => {
    const driver = await newDriver();
    const [one, other] = [await driver.open(""), await driver.open("")];
    await take(await cursorOf(one, "*"));
    expect(await take(await cursorOf(other, "*"))).toHaveLength(ALL.length + 2);
    await one.close();
    await other.close();
  });

  it("of a file is INVALID_PARAMETER, and without LIST_DIRECTORY is ACCESS_DENIED", async () => {
    const driver = await newDriver();
    const file = await driver.open("readme");
    expect(outcomeOf(await file.directoryCursor("*", false))).toBe("INVALID_PARAMETER");
    await file.close();
    const open = await driver.open("sub", { desiredAccess: FILE_READ_ATTRIBUTES });
    expect(outcomeOf(await open.directoryCursor("*", false))).toBe("ACCESS_DENIED");
    expect(outcomeOf(await open.listNames())).toBe("ACCESS_DENIED");
    await open.close();
  });
});

/** A memory file system whose listings go as told. */
function listing(readDirectory: NonNullable<FileSystem["readDirectory"]>): VolumeDriver {
  const base = memory();
  return new VolumeDriver(
    new Proxy<FileSystem>(base, {
      get: (target, key) => {
        if (key === "readDirectory") return readDirectory;
        const member: unknown = Reflect.get(target, key, target);
        return typeof member === "function" ? (member.bind(target) as unknown) : member;
      },
    }),
  );
}

describe("a listing whose file system fails", () => {
  const failure = new NtError(NtStatus.IO_DEVICE_ERROR);

  it("as it begins, is refused as the file system refuses it", async () => {
    const open = await listing(() => {
      throw failure;
    }).open("");
    const cursor = await cursorOf(open, "*");
    expect(outcomeOf(await cursor.next())).toBe("IO_DEVICE_ERROR");
    await open.close();
  });

  it.each([
    {
      kind: "at once",
      readDirectory: function* (): Generator<DirectoryEntry> {
        throw failure;
      },
    },
    {
      kind: "later",
      readDirectory: async function* (): AsyncGenerator<DirectoryEntry> {
        await Promise.resolve();
        throw failure;
      },
    },
  ])("on the way, $kind, is refused where it fails", async (row) => {
    const open = await listing(() => row.readDirectory()).open("");
    const cursor = await cursorOf(open, "*");
    expect(await take(cursor, 2)).toEqual([".", ".."]);
    expect(outcomeOf(await cursor.next())).toBe("IO_DEVICE_ERROR");
    await open.close();
  });

  it.each([
    { kind: "at once", isLate: false },
    { kind: "later", isLate: true },
  ])("is told that nobody wants more when the open is closed, $kind", async ({ isLate }) => {
    let isEnded = false;
    const driver = listing(() => (isLate ? later(entries()) : entries()));
    const open = await driver.open("");
    function* entries(): Generator<DirectoryEntry> {
      try {
        for (const name of ["one", "two"]) yield { name, info: open.createInfo };
      } finally {
        isEnded = true;
      }
    }
    expect(await take(await cursorOf(open, "*"), 3)).toEqual([".", "..", "one"]);
    expect(isEnded).toBe(false);
    await open.close();
    await new Promise(setImmediate);
    expect(isEnded).toBe(true);
  });
});

async function* later<T>(entries: Iterable<T>): AsyncGenerator<T> {
  for (const entry of entries) {
    await Promise.resolve();
    yield entry;
  }
}
