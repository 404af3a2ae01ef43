import { describe, expect, it } from "vitest";
import { delegate, PartIds } from "../../delegation/index.js";
import {
  type Caller,
  type Change,
  ChangeAction,
  type CreateParams,
  type FileSystem,
  type Notify,
  type Opened,
  type OpenParams,
  type RenameParams,
} from "../../fs/index.js";
import { CreateDisposition, FILE_DIRECTORY_FILE } from "../../nt/index.js";
import { cases, runCase } from "../../testing/conformance/index.js";
import { late } from "../../testing/late-file-system.js";
import { outcomeOf, VolumeDriver } from "../../testing/volume-driver.js";
import { memory } from "../memory/index.js";
import { readOnly } from "../read-only/index.js";
import { dir } from "../tree/index.js";
import { mounts } from "./index.js";

const make = () => memory({ maxSize: 2 ** 26 });

/** A directory of a file system as a file system of its own: so that cases happen in there. */
function below(fileSystem: FileSystem, directory: string): FileSystem {
  const inside = (path: string) => {
    if (path === "\\") return directory;
    return directory + (path.startsWith("\\:") ? path.slice(1) : path);
  };
  const outside = (path: string) => path.slice(directory.length) || "\\";
  const depth = directory.split("\\").length - 1;
  const opened = (asked: string, { normalizedPath, ...rest }: Opened<unknown>) => {
    const path = normalizedPath === undefined ? asked : outside(normalizedPath);
    return path === asked ? rest : { ...rest, normalizedPath: path };
  };
  const paths: Partial<FileSystem> = {
    getSecurityByName: async (path, caller) => {
      const found = await fileSystem.getSecurityByName?.(inside(path), caller);
      if (found?.reparseAt === undefined) return found ?? { fileAttributes: 0 };
      return { ...found, reparseAt: found.reparseAt - depth };
    },
    getReparsePointByName: (path, caller) =>
      fileSystem.getReparsePointByName?.(inside(path), caller),
    open: async (path: string, params: OpenParams, caller: Caller) =>
      opened(path, await fileSystem.open(inside(path), params, caller)),
    openByFileId: async (id: bigint, params: OpenParams, caller: Caller) =>
      opened("", (await fileSystem.openByFileId?.(id, params, caller)) as Opened<unknown>),
    create: async (path: string, params: CreateParams, caller: Caller) =>
      opened(path, (await fileSystem.create?.(inside(path), params, caller)) as Opened<unknown>),
    cleanup: (file, path, params, caller) =>
      fileSystem.cleanup?.(file, inside(path), params, caller),
    canDelete: (file, path, caller) => fileSystem.canDelete?.(file, inside(path), caller),
    rename: (file, path: string, params: RenameParams, caller) => {
      const newPath = inside(params.newPath);
      return fileSystem.rename?.(file, inside(path), { ...params, newPath }, caller);
    },
    link: (file, path, replace, caller) =>
      fileSystem.link?.(file, inside(path), replace, caller) ??
      fileSystem.getFileInfo(file, caller),
  };
  const rest = delegate(fileSystem, (operation, method) =>
    operation in paths ? undefined : method,
  );
  return { ...rest, ...paths };
}

const RUNS: readonly { readonly title: string; readonly make: () => FileSystem }[] = [
  {
    title: "what is mounted below another",
    make: () => below(mounts({ "\\": make(), docs: make() }), "\\docs"),
  },
  {
    title: "what is mounted deep, where nothing else is, and answers late",
    make: () => below(mounts({ "a/b": late(make()) }), "\\a\\b"),
  },
];

const ONE = make();

/** The only thing that a volume without a root cannot do. */
const WITHOUT_ROOT = "the file system has no setVolumeLabel";

describe.each(RUNS)("$title", ({ make: makeOne }) => {
  it.each(cases.map((each) => ({ name: each.name, each })))("$name", async ({ each }) => {
    const reason = await runCase(each, makeOne);
    if (reason !== undefined) expect(reason).toBe(WITHOUT_ROOT);
  });
});

async function volumeOf(parts: Readonly<Record<string, FileSystem>>): Promise<VolumeDriver> {
  const driver = new VolumeDriver(mounts(parts));
  await driver.volume.start();
  return driver;
}

/** A RAM drive with some files. */
async function withFiles(...names: readonly string[]): Promise<FileSystem> {
  const fileSystem = make();
  const driver = new VolumeDriver(fileSystem);
  for (const name of names) {
    if (name.endsWith("\\")) await driver.makeDirectory(name.slice(0, -1));
    else await driver.makeFile(name, name);
  }
  return fileSystem;
}

describe("mounts: the tree", () => {
  it("has what is mounted in place of what is there, and makes the directories on the way", async () => {
    const root = await withFiles("docs", "work\\", "work\\own", "work\\data", "other");
    const volume = await volumeOf({
      "\\": root,
      docs: await withFiles("inside"),
      "work/data": await withFiles("deep"),
      "new/far": await withFiles("far"),
    });
    expect(await volume.names()).toEqual(["docs", "new", "other", "work"]);
    expect(await volume.names("docs")).toEqual(["inside"]);
    expect(await volume.names("work")).toEqual(["data", "own"]);
    expect(await volume.names("new")).toEqual(["far"]);
    expect(await volume.text("work\\data\\deep")).toBe("deep");
    expect(await volume.text("work\\own")).toBe("work\\own");
    expect(await volume.text("NEW\\FAR\\FAR")).toBe("far");
    expect(await volume.outcome("new\\nothing")).toBe("OBJECT_NAME_NOT_FOUND");
    expect(await volume.outcome("new\\nothing\\at")).toBe("OBJECT_PATH_NOT_FOUND");
    expect(await volume.list("", "DOCS")).toEqual(["docs"]);
  });

  it("takes new names where a file system has the directory, and nowhere else", async () => {
    const volume = await volumeOf({
      "\\": await withFiles("work\\"),
      "work/data": make(),
      "a/b": make(),
    });
    const createDisposition = CreateDisposition.CREATE;
    expect(await volume.outcome("work\\new", { createDisposition })).toBe("CREATED");
    expect(await volume.outcome("work\\data\\new", { createDisposition })).toBe("CREATED");
    expect(await volume.outcome("a\\new", { createDisposition })).toBe("ACCESS_DENIED");
    expect(await volume.outcome("a", { createDisposition })).toBe("OBJECT_NAME_COLLISION");
    expect(await volume.outcome("a\\b\\new", { createDisposition })).toBe("CREATED");
  });

  it("tells paths as they are stored", async () => {
    const volume = await volumeOf({ "\\": make(), Docs: await withFiles("File") });
    const open = await volume.open("DOCS\\FILE");
    expect(open.path).toBe("\\Docs\\File");
    await open.close();
  });

  it("gives files of all parts ids of their own, by which they are opened", async () => {
    const tree = dir({ generated: "text" }); // ids of 63 bits
    const volume = await volumeOf({
      "\\": await withFiles("file"),
      docs: await withFiles("file"),
      x: tree,
    });
    const ids = new Map<bigint, string>();
    for (const name of ["", "file", "docs", "docs\\file", "x", "x\\generated"]) {
      const open = await volume.open(name, { desiredAccess: 1 });
      ids.set(open.createInfo.fileId, name);
      await open.close();
    }
    expect(ids.size).toBe(6);
    const { fileSystem } = volume.volume;
    for (const [fileId, name] of ids) {
      if (name.startsWith("x")) continue; // a tree opens nothing by id
      const opened = await fileSystem.openByFileId?.(fileId, OPEN, CALLER);
      expect(opened?.normalizedPath).toBe(`\\${name}`);
      await fileSystem.close?.(opened?.file);
    }
  });

  it("opens nothing by the id of a file that is hidden behind what is mounted", async () => {
    const root = await withFiles("docs\\", "docs\\hidden");
    const open = await new VolumeDriver(root).open("docs\\hidden");
    const { fileId } = open.createInfo;
    await open.close();
    const fileSystem = mounts({ "\\": root, docs: make() });
    await expect(async () => fileSystem.openByFileId?.(fileId, OPEN, CALLER)).rejects.toThrow(
      "INVALID_PARAMETER",
    );
  });
});

describe("mounts: what goes from one part to another", () => {
  const parts = async () =>
    volumeOf({
      "\\": await withFiles("file", "dir\\"),
      docs: await withFiles("there"),
      "a/b": make(),
    });

  it.each([
    { from: "file", to: "docs\\file", outcome: "NOT_SAME_DEVICE" },
    { from: "docs\\there", to: "there", outcome: "NOT_SAME_DEVICE" },
    { from: "dir", to: "a\\b\\dir", outcome: "NOT_SAME_DEVICE" },
    { from: "file", to: "dir\\file", outcome: "SUCCESS" },
    { from: "docs\\there", to: "docs\\elsewhere", outcome: "SUCCESS" },
    { from: "docs", to: "papers", outcome: "ACCESS_DENIED" },
    { from: "a", to: "c", outcome: "ACCESS_DENIED" },
    { from: "file", to: "a\\file", outcome: "ACCESS_DENIED" },
    { from: "dir", to: "docs", outcome: "OBJECT_NAME_COLLISION" },
  ])("renaming $from to $to: $outcome", async ({ from, to, outcome }) => {
    const volume = await parts();
    const open = await volume.open(from);
    expect(outcomeOf(await open.rename({ newName: to, replaceIfExists: false }))).toBe(outcome);
    await open.close();
  });

  it("is not linked", async () => {
    const volume = await parts();
    const open = await volume.open("file");
    const link = (newName: string) => open.makeLink({ newName, replaceIfExists: false });
    expect(outcomeOf(await link("docs\\file"))).toBe("NOT_SAME_DEVICE");
    expect(outcomeOf(await link("dir\\file"))).toBe("SUCCESS");
    await open.close();
  });

  it("is not deleted where something is mounted on it or below it", async () => {
    const volume = await parts();
    for (const name of ["docs", "a", "a\\b"]) {
      const open = await volume.open(name);
      expect(outcomeOf(await open.setDisposition(true))).toBe("CANNOT_DELETE");
      await open.close();
      await volume.remove(name); // by delete on close
    }
    expect(await volume.names()).toEqual(["a", "dir", "docs", "file"]);
    await volume.remove("docs\\there");
    expect(await volume.names("docs")).toEqual([]);
  });

  it("does not take the place of what something is mounted on by POSIX rules either", async () => {
    const volume = await volumeOf({ "\\": await withFiles("dir\\"), docs: make() });
    const open = await volume.open("dir");
    const how = { newName: "docs", replaceIfExists: true, isPosix: true };
    expect(outcomeOf(await open.rename(how))).toBe("ACCESS_DENIED");
    await open.close();
  });
});

describe("mounts: the volume", () => {
  it("can do what all can do, of what clients ask of a volume as a whole", async () => {
    const whole = new VolumeDriver(mounts({ "\\": make(), docs: make() })).volume.capabilities;
    expect(whole).toEqual(new VolumeDriver(make()).volume.capabilities);
    const mixed = (await volumeOf({ "\\": make(), x: dir({ a: "text" }) })).volume.capabilities;
    expect(mixed).toEqual({
      ...whole,
      hasNamedStreams: false,
      hasExtendedAttributes: false,
      hasSparseFiles: false,
      hasHardLinks: false,
      hasObjectIds: false,
    });
  });

  it("shows descriptors where there are any, and that everybody may do everything elsewhere", async () => {
    const volume = await volumeOf({ "a/b": make(), x: dir({ a: "text" }) });
    for (const name of ["", "a", "a\\b", "x"]) {
      const open = await volume.open(name, { desiredAccess: 0x0002_0000 });
      expect(outcomeOf(await open.getSecurity(7))).toBe("SUCCESS");
      await open.close();
    }
  });

  it("is as large as all together, and is labelled as the root", async () => {
    const parts = {
      docs: memory({ maxSize: 2 ** 20 }),
      "\\": memory({ maxSize: 2 ** 21, label: "Root" }),
    };
    const info = await mounts(parts).getVolumeInfo();
    expect(info).toMatchObject({ totalSize: 2 ** 20 + 2 ** 21, label: "Root" });
  });

  it("lets nobody change a part that is read-only", async () => {
    const volume = await volumeOf({ "\\": make(), docs: readOnly(await withFiles("file")) });
    expect(volume.volume.params.isReadOnly).toBe(false);
    const open = await volume.open("docs\\file");
    expect(outcomeOf(await open.write(Buffer.from("x"), 0))).toBe("MEDIA_WRITE_PROTECTED");
    expect(outcomeOf(await open.setDisposition(true))).toBe("MEDIA_WRITE_PROTECTED");
    const renamed = await open.rename({ newName: "docs\\other", replaceIfExists: false });
    expect(outcomeOf(renamed)).toBe("MEDIA_WRITE_PROTECTED");
    await open.close();
    const createDisposition = CreateDisposition.CREATE;
    const createOptions = FILE_DIRECTORY_FILE;
    expect(await volume.outcome("docs\\new", { createDisposition, createOptions })).toBe(
      "MEDIA_WRITE_PROTECTED",
    );
    expect(new VolumeDriver(mounts({ a: readOnly(make()) })).volume.params.isReadOnly).toBe(true);
  });

  it("hears of changes in its parts by their paths here, unless they are hidden", async () => {
    let tell: Notify = () => undefined;
    const root = { ...readOnly(make()), start: (notify: Notify) => void (tell = notify) };
    const told: Change[] = [];
    const part = {
      ...readOnly(make()),
      start: (notify: Notify) => {
        notify([change("\\file"), change("\\")]);
      },
    };
    await mounts({ "\\": root, docs: part }).start?.((changes) => void told.push(...changes));
    tell([change("\\docs\\hidden"), change("\\elsewhere")]);
    expect(told.map(({ path }) => path)).toEqual(["\\docs\\file", "\\docs", "\\elsewhere"]);
  });

  it("starts its parts in order, and stops them the other way round", async () => {
    const events: string[] = [];
    const part = (name: string, fails = false): FileSystem => ({
      ...readOnly(make()),
      start: () => {
        events.push(`start ${name}`);
        if (fails) throw new Error(`${name} cannot`);
      },
      stop: () => void events.push(`stop ${name}`),
    });
    const fine = mounts({ a: part("a"), b: part("b") });
    await fine.start?.(() => undefined);
    await fine.stop?.();
    expect(events.splice(0)).toEqual(["start a", "start b", "stop b", "stop a"]);
    const broken = mounts({ a: part("a"), b: part("b"), c: part("c", true), d: part("d") });
    await expect(broken.start?.(() => undefined)).rejects.toThrow("c cannot");
    expect(events).toEqual(["start a", "start b", "start c", "stop b", "stop a"]);
  });

  it.each([
    { parts: {}, problem: /nothing to mount/ },
    { parts: { a: make(), "/A/": make() }, problem: /two file systems are mounted on \\A/i },
    { parts: { "a:b": make() }, problem: /"a:b" is no name/ },
    {
      parts: { a: ONE, b: ONE },
      problem: /mounted twice/,
    },
    {
      parts: Object.fromEntries(Array.from({ length: 127 }, (_, i) => [`${i}`, dir({})])),
      problem: /too many/,
    },
  ])("is refused where it makes no sense: $problem", ({ parts, problem }) => {
    expect(() => mounts(parts)).toThrow(problem);
  });
});

describe("ids of parts", () => {
  it.each([1n, 2n, 2n ** 55n - 1n, 2n ** 55n, 2n ** 63n + 5n, 2n ** 64n - 1n])(
    "%s goes there and back",
    (idInPart) => {
      const ids = new PartIds();
      const all = [0, 1, 126].map((part) => ids.idOf(part, idInPart));
      expect(new Set(all).size).toBe(3);
      expect(all.map((id) => ids.fileOf(id))).toEqual(
        [0, 1, 126].map((part) => ({ part, idInPart })),
      );
      for (const id of all) expect(id > 0n && id < 2n ** 63n).toBe(true);
    },
  );

  it("of the first part stay as they are, unless they are too large", () => {
    expect(new PartIds().idOf(0, 12_345n)).toBe(12_345n);
    expect(new PartIds().fileOf(2n ** 55n)).toBeUndefined(); // never told
  });
});

const OPEN: OpenParams = { createOptions: 0, grantedAccess: 0 };
const CALLER: Caller = {
  userName: "anna",
  userSid: "S-1-5-21-1-2-3-1001",
  groupSids: ["S-1-1-0"],
  sessionId: 1,
  clientAddress: "",
};

function change(path: string): Change {
  return { path, action: ChangeAction.MODIFIED, filter: 1 };
}
