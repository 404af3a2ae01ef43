import * as nodeFs from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memfs } from "memfs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CreateDisposition } from "../../nt/index.js";
import { cases, runCases, type Way } from "../../testing/conformance/index.js";
import { VolumeDriver } from "../../testing/volume-driver.js";
import { fromNodeFs, type NodeFs } from "./index.js";

/** Why a case cannot pass: of every file system with the shape of Node's, or of one of them. */
type Lacks = Readonly<Record<string, string>>;

const ATTRIBUTES = "of the attributes only READONLY of files is kept";
const SPACE = "space cannot be set aside";
const TIMES = "creation and change cannot be set, and other times only to the microsecond";

const LACKED_BY_ALL: Lacks = {
  "a new file is empty and has what it was given": ATTRIBUTES,
  "a directory stays one whatever attributes it is given": ATTRIBUTES,
  "overwriting adds attributes, or replaces them": ATTRIBUTES,
  "a new file has the attributes it was given, and ARCHIVE": ATTRIBUTES,
  "an overwritten file has the attributes it was given, and ARCHIVE": ATTRIBUTES,
  "a hidden file is overwritten only by who says that it is hidden": ATTRIBUTES,
  "in a read-only directory files are made, and it goes only when it is read-only no more":
    ATTRIBUTES,
  "attributes that are set are there for everybody, and ARCHIVE can be taken away": ATTRIBUTES,
  "space can be set aside at once": SPACE,
  "space above the size leaves the size": SPACE,
  "space set aside is kept while the file is open, and given back after the last close": SPACE,
  "times and attributes are set, and stay": TIMES,
  "times set by the open survive its writes": TIMES,
  "times that are set stay, and those that are not stay as they were": TIMES,
  "a write through another open moves the time of the last write": TIMES,
  "the end of a file is set, and space is set aside and taken back": TIMES,
};

const LACKED_BY_LINUX: Lacks = {
  "names keep lone surrogates and all other characters": "names are UTF-8",
  "a name may have 255 units, in any script, and no more": "names have at most 255 bytes",
  "names of 255 units are listed whole": "names have at most 255 bytes",
  "what is not set stays": TIMES,
};

const LACKED_BY_MEMFS: Lacks = {
  "a name can be used again while its file is open":
    "a number is given out again while its file is open",
};

interface Source {
  readonly name: string;
  readonly ways: readonly Way[];
  readonly lacks: Lacks;
  readonly fs: NodeFs;
  /** Where there is room for the directories of the cases. */
  readonly base: () => string;
}

let temporary = "";
const sources: readonly Source[] = [
  {
    name: "node:fs/promises",
    ways: ["direct", "kernel", "smb"],
    lacks: process.platform === "linux" ? LACKED_BY_LINUX : {},
    fs: nodeFs,
    base: () => temporary,
  },
  {
    name: "memfs",
    ways: ["direct", "kernel"],
    lacks: LACKED_BY_MEMFS,
    fs: memfs({}).fs.promises as unknown as NodeFs,
    base: () => "/",
  },
];

beforeAll(async () => {
  temporary = await nodeFs.mkdtemp(join(tmpdir(), "anymount-node-fs-"));
});

afterAll(async () => {
  await nodeFs.rm(temporary, { recursive: true });
});

let made = 0;

/** A volume whose root is a new directory. */
async function newVolume({ fs, base }: Source, isCaseSensitive = false) {
  const root = join(base(), `root ${made++}`);
  await fs.mkdir(root);
  return { root, volume: fromNodeFs(fs, { root, isCaseSensitive }) };
}

describe.each(sources)("a volume of $name", (source) => {
  const lacks: Lacks = { ...LACKED_BY_ALL, ...source.lacks };

  it.each(cases)("conforms: $name", async (each) => {
    const make = async () => (await newVolume(source)).volume;
    const results = await runCases(make, { cases: [each], ways: source.ways });
    const failures = results.filter(({ outcome }) => outcome === "failed");
    if (lacks[each.name] === undefined) expect(failures).toEqual([]);
    // Else it passes now, and is to go from the list; times may happen to be as they were.
    else if (lacks[each.name] !== TIMES) expect(failures).not.toEqual([]);
  });

  it("lacks nothing that no case asks for", () => {
    const names = new Set(cases.map(({ name }) => name));
    expect(Object.keys(lacks).filter((name) => !names.has(name))).toEqual([]);
  });

  it("shows characters that Windows has no use for as others, and takes them back", async () => {
    const { root, volume } = await newVolume(source);
    const driver = new VolumeDriver(volume);
    await (await source.fs.open(join(root, "12:30?"), "wx+")).close();
    await (await driver.open("12\uf03a30\uf03f")).close();
    const make = { createDisposition: CreateDisposition.CREATE };
    await (await driver.open("a\uf07cb", make)).close();
    expect([...(await source.fs.readdir(root))].sort()).toEqual(["12:30?", "a|b"]);
  });

  it("finds names that differ in case, on the way and at the end", async () => {
    const { root, volume } = await newVolume(source);
    await source.fs.mkdir(join(root, "Dir"));
    await (await source.fs.open(join(root, "Dir", "File"), "wx+")).close();
    const open = await new VolumeDriver(volume).open("DIR\\FILE");
    expect(open.path).toBe("\\Dir\\File");
  });

  it("tells case apart where it is told to", async () => {
    const { root, volume } = await newVolume(source, true);
    await (await source.fs.open(join(root, "File"), "wx+")).close();
    await expect(new VolumeDriver(volume).open("FILE")).rejects.toThrow("OBJECT_NAME_NOT_FOUND");
  });

  it("appends one run after the other, however many come at once", async () => {
    const { volume } = await newVolume(source);
    const driver = new VolumeDriver(volume);
    const make = { createDisposition: CreateDisposition.CREATE };
    const opens = [await driver.open("log", make), await driver.open("log")];
    const append = async (i: number) => opens[i % 2]!.write(Buffer.from("line\n"), undefined);
    await Promise.all(Array.from({ length: 40 }, (_, i) => append(i)));
    expect((await driver.open("log")).createInfo.fileSize).toBe(200);
  });
});
