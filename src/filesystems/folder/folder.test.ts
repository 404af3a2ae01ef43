import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Caller, Change } from "../../fs/index.js";
import { ChangeAction } from "../../fs/index.js";
import {
  descriptorOfPermissions,
  descriptorOfSddl,
  FILE_ALL_ACCESS,
  FILE_ATTRIBUTE_ARCHIVE,
  FILE_ATTRIBUTE_DIRECTORY,
  FILE_ATTRIBUTE_HIDDEN,
  FILE_ATTRIBUTE_READONLY,
  FILE_ATTRIBUTE_REPARSE_POINT,
  FILE_ATTRIBUTE_SPARSE_FILE,
  FILE_ATTRIBUTE_SYSTEM,
  FILE_READ_ATTRIBUTES,
  formatSddl,
  permissionsOfDescriptor,
  ReparseTag,
  readSecurityDescriptor,
  readSymbolicLink,
  S_IFREG,
  UNIX_ACCOUNTS,
  writeSecurityDescriptor,
  writeSymbolicLink,
} from "../../nt/index.js";
import { refuses, Subject } from "../../testing/conformance/index.js";
import { HostCalls } from "./host-calls.js";
import { type FolderFile, type FolderFileSystem, type FolderOptions, folder } from "./index.js";

const CALLER: Caller = {
  userName: "anna",
  userSid: "S-1-5-21-1-2-3-1001",
  groupSids: ["S-1-1-0"],
  sessionId: 0,
  clientAddress: "",
};
const NOBODYS = { mode: 0, uid: 65_534, gid: 65_534 };
const EVERYTHING = { createOptions: 0, grantedAccess: FILE_ALL_ACCESS };

let root: string;
let served: FolderFileSystem[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "anymount-folder-"));
});

afterEach(() => {
  for (const each of served) each.stop();
  served = [];
  rmSync(root, { recursive: true });
});

/** The folder as a volume; each call is one more server of it. */
function serveFolder(options: FolderOptions = {}): {
  fileSystem: FolderFileSystem;
  subject: Subject;
} {
  const fileSystem = folder(root, options);
  served.push(fileSystem);
  return { fileSystem, subject: new Subject(fileSystem) };
}

const here = (path: string) => join(root, path);

describe("a user of this machine", () => {
  const user: Caller = { ...CALLER, userSid: "S-1-22-1-0" };
  const descriptorOf = (mode: number, uid: number, gid: number) =>
    descriptorOfPermissions({ mode, uid, gid }, { accounts: UNIX_ACCOUNTS });

  const NEW_FILE = {
    ...EVERYTHING,
    isDirectory: false,
    fileAttributes: FILE_ATTRIBUTE_ARCHIVE,
    allocationSize: 0,
    extendedAttributes: undefined,
  };

  it("is told of the permissions of a file as they are, whoever serves it", () => {
    const { fileSystem } = serveFolder();
    writeFileSync(here("a"), "");
    chmodSync(here("a"), 0o640);
    const { mode, uid, gid } = statSync(here("a"));
    const { securityDescriptor = new Uint8Array() } = fileSystem.getSecurityByName("\\a", user);
    expect(securityDescriptor).toEqual(descriptorOf(mode, uid, gid));
  });

  it("makes files whose permissions say it all, with nothing kept beside them", () => {
    const { fileSystem } = serveFolder({ keepIn: "sideFiles" });
    const { uid, gid } = statSync(root);
    const securityDescriptor = descriptorOf(S_IFREG | 0o664, uid, gid);
    const { file } = fileSystem.create("\\a", { ...NEW_FILE, securityDescriptor }, user);
    expect(fileSystem.getSecurity(file, user)).toEqual(securityDescriptor);
    fileSystem.close(file);
    expect(statSync(here("a")).mode & 0o777).toBe(0o664);
    expect(readdirSync(root)).toEqual(["a"]);
  });

  it("keeps for himself what he makes for himself, also from who comes by the network", () => {
    const { fileSystem } = serveFolder({ keepIn: "sideFiles" });
    const { uid, gid } = statSync(root);
    const securityDescriptor = descriptorOf(S_IFREG | 0o600, uid, gid);
    const { file } = fileSystem.create("\\a", { ...NEW_FILE, securityDescriptor }, user);
    expect(Uint8Array.from(fileSystem.getSecurity(file, CALLER))).toEqual(securityDescriptor);
    fileSystem.close(file);
  });
});

describe("a folder that cannot be served", () => {
  it("says so in a sentence", () => {
    writeFileSync(here("file"), "");
    expect(() => folder(here("missing"))).toThrow(`there is no directory ${here("missing")}`);
    expect(() => folder(here("file"))).toThrow(`${here("file")} is not a directory`);
    expect(() => folder(root, { label: "x".repeat(33) })).toThrow("at most 32 characters");
    expect(() => folder(root, { fileSystemName: "" })).toThrow("1 to 15 characters");
  });
});

describe("names", () => {
  it("that are illegal on Windows are shown with other characters, and found by them", async () => {
    const { subject } = serveFolder();
    writeFileSync(here('a:b?c*d"e<f>g|h\\i'), "text");
    const [name = ""] = await subject.names("\\");
    expect(name).toMatch(/^a\uf03ab\uf03fc\uf02ad\uf022e\uf03cf\uf03eg\uf07ch\uf05ci$/);
    expect(await subject.contents(`\\${name}`)).toBe("text");
    await subject.make("\\new\uf03a", "x");
    expect(readFileSync(here("new:"), "utf8")).toBe("x");
  });

  it("that are no text are shown, and lead to their files", async () => {
    const { subject } = serveFolder();
    writeFileSync(Buffer.concat([Buffer.from(`${root}/x`), Buffer.from([0xff, 0x80])]), "bytes");
    expect(await subject.names("\\")).toEqual(["x\uf0ff\uf080"]);
    expect(await subject.contents("\\x\uf0ff\uf080")).toBe("bytes");
  });

  it("that have on the host what stands for other characters are found, too", async () => {
    const { subject } = serveFolder();
    writeFileSync(here("x\uf03a"), "private");
    expect(await subject.contents("\\x\uf03a")).toBe("private");
  });

  it("that differ in case only lead each to its own file; others to one in another case", async () => {
    const { subject } = serveFolder();
    mkdirSync(here("dir"));
    writeFileSync(here("dir/file"), "lower");
    expect(await subject.contents("\\DIR\\FILE")).toBe("lower");
    mkdirSync(here("DIR"));
    writeFileSync(here("DIR/file"), "upper");
    expect(await subject.contents("\\DIR\\file")).toBe("upper");
    expect(await subject.contents("\\dir\\file")).toBe("lower");
    expect(await subject.names("\\")).toEqual(["DIR", "dir"]);
  });

  it("lead to nothing in another case where case counts", async () => {
    const { subject } = serveFolder({ isCaseSensitive: true });
    writeFileSync(here("file"), "");
    await refuses(() => subject.open("\\FILE"), "OBJECT_NAME_NOT_FOUND");
    await subject.make("\\FILE", "other");
    expect(readdirSync(root).sort()).toEqual(["FILE", "file"]);
  });

  it("that others give and take away are found in any case, and not found", async () => {
    const { subject } = serveFolder();
    await refuses(() => subject.open("\\FILE"), "OBJECT_NAME_NOT_FOUND");
    writeFileSync(here("file"), "1");
    expect(await subject.contents("\\FILE")).toBe("1");
    renameSync(here("file"), here("other"));
    await refuses(() => subject.open("\\FILE"), "OBJECT_NAME_NOT_FOUND");
    expect(await subject.contents("\\OTHER")).toBe("1");
  });

  it("longer than the host's are refused", async () => {
    const { subject } = serveFolder();
    await refuses(() => subject.create(`\\${"ä".repeat(200)}`), "NAME_TOO_LONG");
  });
});

describe.each([{ keepIn: "xattrs" }, { keepIn: "sideFiles" }] as const)(
  "what the host does not know, kept in $keepIn",
  ({ keepIn }) => {
    it("is the same after the server was started again", async () => {
      const first = serveFolder({ keepIn }).subject;
      await first.make("\\file", "text");
      await first.make("\\file:stream", "more");
      const { file } = await first.open("\\file");
      const times = {
        creationTicks: 1n,
        lastAccessTicks: 5n,
        lastWriteTicks: 133_000_000_000_000_003n,
      };
      const fileAttributes = FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM;
      await first.setBasicInfo(file, { ...times, fileAttributes });
      await first.setEas(file, ["Author=me"]);
      await first.close(file);

      const { subject } = serveFolder({ keepIn });
      const info = await subject.infoOf("\\file");
      expect(info).toMatchObject({ ...times, fileAttributes });
      expect(info.eaSize).toBeGreaterThan(0);
      const again = await subject.open("\\file");
      expect(await subject.eas(again.file)).toEqual(["Author=me"]);
      expect(await subject.streams(again.file)).toEqual([" 4", "stream 4"]);
      await subject.close(again.file);
      expect(await subject.contents("\\file:stream")).toBe("more");
    });

    it("follows a file that others rename, and is not that of another by its name", async () => {
      const { subject } = serveFolder({ keepIn });
      await subject.make("\\file", "text");
      await subject.make("\\file:stream", "more");
      const { file } = await subject.open("\\file");
      await subject.setBasicInfo(file, { fileAttributes: FILE_ATTRIBUTE_HIDDEN });
      await subject.close(file);
      renameSync(here("file"), here("moved"));
      writeFileSync(here("file"), "another");
      expect(await subject.contents("\\moved:stream")).toBe("more");
      expect((await subject.infoOf("\\moved")).fileAttributes).toBe(FILE_ATTRIBUTE_HIDDEN);
      expect((await subject.infoOf("\\file")).fileAttributes).toBe(FILE_ATTRIBUTE_ARCHIVE);
      await refuses(() => subject.open("\\file:stream"), "OBJECT_NAME_NOT_FOUND");
    });

    it("goes with its file, and is never shown", async () => {
      const { subject } = serveFolder({ keepIn });
      await subject.make("\\file", "text");
      await subject.make("\\file:stream", "more");
      const { file } = await subject.open("\\file");
      await subject.setEas(file, ["A=1"]);
      await subject.close(file);
      expect(readdirSync(here(".anymount"))).toHaveLength(1);
      expect(await subject.names("\\")).toEqual(["file"]);
      expect(await subject.entry("\\", ".anymount")).toBeUndefined();
      await refuses(() => subject.open("\\.ANYMOUNT"), "OBJECT_NAME_NOT_FOUND");
      await refuses(() => subject.create("\\.anymount\\x"), "OBJECT_PATH_NOT_FOUND");
      await refuses(() => subject.create("\\.Anymount"), "ACCESS_DENIED");
      await refuses(() => subject.rename("\\file", "\\.anymount"), "ACCESS_DENIED");
      await subject.remove("\\file");
      expect(readdirSync(here(".anymount"))).toEqual([]);
    });

    it("may be large", async () => {
      const { subject } = serveFolder({ keepIn });
      await subject.make("\\file", "");
      const { file } = await subject.open("\\file");
      const value = "x".repeat(30_000);
      await subject.setEas(file, [`Large=${value}`, "Small=1"]);
      expect((await subject.eas(file)).sort()).toEqual([`Large=${value}`, "Small=1"]);
      await subject.setEas(file, ["Large="]);
      expect(await subject.eas(file)).toEqual(["Small=1"]);
      await refuses(() => subject.setEas(file, [`Huge=${"x".repeat(70_000)}`]), "EA_TOO_LARGE");
      await subject.close(file);
    });
  },
);

describe("extended attributes of the host", () => {
  it("are those of the file, and the other way round", async () => {
    const calls = HostCalls.load();
    if (calls === undefined) throw new Error("koffi is not installed");
    const { subject } = serveFolder();
    writeFileSync(here("file"), "");
    const place = { hostPath: here("file"), isOpen: false };
    calls.setXattr(place, "user.mime_type", Buffer.from("text/plain"));
    const { file } = await subject.open("\\file");
    expect(await subject.eas(file)).toEqual(["mime_type=text/plain"]);
    await subject.setEas(file, ["author=me"]);
    await subject.close(file);
    expect(calls.getXattr(place, "user.author")?.toString()).toBe("me");
    expect(calls.getXattr(place, "user.none")).toBeUndefined();
  });

  it("that others set show at once", async () => {
    const calls = HostCalls.load();
    if (calls === undefined) throw new Error("koffi is not installed");
    const { subject } = serveFolder();
    writeFileSync(here("file"), "x");
    expect((await subject.infoOf("\\file")).eaSize).toBe(0);
    calls.setXattr({ hostPath: here("file"), isOpen: false }, "user.author", Buffer.from("me"));
    expect((await subject.infoOf("\\file")).eaSize).toBeGreaterThan(0);
  });
});

describe("symbolic links of the host", () => {
  const linkOf = (fileSystem: FolderFileSystem, path: string) => {
    const data = fileSystem.getReparsePointByName(path);
    return data && readSymbolicLink(data);
  };

  it("are reparse points, which tell where they lead, and to what", async () => {
    const { fileSystem, subject } = serveFolder();
    mkdirSync(here("dir/sub"), { recursive: true });
    symlinkSync("sub", here("dir/to-dir"));
    symlinkSync("../dir/a:b", here("dir/to-nothing"));
    symlinkSync("/etc", here("outside"));
    expect(linkOf(fileSystem, "\\dir\\to-dir")).toMatchObject({
      substituteName: "sub",
      isRelative: true,
    });
    expect(linkOf(fileSystem, "\\dir\\to-nothing")?.substituteName).toBe("..\\dir\\a\uf03ab");
    expect(linkOf(fileSystem, "\\outside")).toEqual({
      substituteName: "\\??\\\\etc",
      printName: "\\etc",
      isRelative: false,
    });
    const directoryLink = FILE_ATTRIBUTE_REPARSE_POINT | FILE_ATTRIBUTE_DIRECTORY;
    expect((await subject.infoOf("\\dir\\to-dir")).fileAttributes).toBe(directoryLink);
    for (const path of ["\\dir\\to-nothing", "\\outside"]) {
      expect((await subject.infoOf(path)).fileAttributes).toBe(FILE_ATTRIBUTE_REPARSE_POINT);
    }
  });

  it("are not followed, on the way or at its end", async () => {
    const { fileSystem, subject } = serveFolder();
    symlinkSync("/etc", here("outside"));
    symlinkSync("/etc/passwd", here("file"));
    await refuses(() => subject.open("\\outside\\passwd"), "OBJECT_PATH_NOT_FOUND");
    await refuses(() => subject.create("\\outside\\new"), "OBJECT_PATH_NOT_FOUND");
    expect(await subject.contents("\\file")).toBe("");
    expect(fileSystem.getSecurityByName("\\outside\\passwd", CALLER)).toMatchObject({
      reparseAt: 1,
    });
  });

  it.each([
    { target: "dir\\file", link: "dir/file" },
    { target: "..\\x\uf03f", link: "../x?" },
    { target: "\\??\\\\etc\\hosts", link: "/etc/hosts" },
  ])("are made of links to $target", async ({ target, link }) => {
    const { fileSystem, subject } = serveFolder();
    await subject.make("\\link", "");
    const opened = fileSystem.open("\\link", {
      ...EVERYTHING,
      grantedAccess: FILE_READ_ATTRIBUTES,
    });
    const isRelative = !target.startsWith("\\");
    const data = writeSymbolicLink({ substituteName: target, printName: target, isRelative });
    fileSystem.setReparsePoint(opened.file, data);
    expect(readlinkSync(here("link"))).toBe(link);
    expect(readSymbolicLink(fileSystem.getReparsePoint(opened.file))?.substituteName).toBe(target);
    fileSystem.close(opened.file);
    await subject.remove("\\link");
    expect(readdirSync(root)).toEqual([]);
  });

  it("that the host has no word for are kept as they are", async () => {
    const { fileSystem, subject } = serveFolder();
    await subject.make("\\link", "");
    const { file } = fileSystem.open("\\link", {
      ...EVERYTHING,
      grantedAccess: FILE_READ_ATTRIBUTES,
    });
    const target = { substituteName: "\\??\\C:\\x", printName: "C:\\x", isRelative: false };
    fileSystem.setReparsePoint(file, writeSymbolicLink(target));
    fileSystem.close(file);
    expect(lstatSync(here("link")).isFile()).toBe(true);
    expect(linkOf(serveFolder().fileSystem, "\\link")).toEqual(target);
  });
});

describe.skipIf(HostCalls.load()?.readEntries === undefined)(
  "names without what is known of files",
  () => {
    const kinds = async (subject: Subject) =>
      (await subject.listedNames("\\")).map(({ name, info }) => [
        name,
        info.fileAttributes,
        info.reparseTag,
      ]);

    it("tell what is a directory, and what a link", async () => {
      mkdirSync(here("dir"));
      writeFileSync(here("file"), "");
      symlinkSync("dir", here("link"));
      execFileSync("mkfifo", [here("pipe")]);
      const { subject } = serveFolder();
      expect(await kinds(subject)).toEqual([
        ["dir", FILE_ATTRIBUTE_DIRECTORY, 0],
        ["file", 0, 0],
        ["link", FILE_ATTRIBUTE_REPARSE_POINT, ReparseTag.SYMLINK],
        ["pipe", 0, 0],
      ]);
      const [first] = await subject.listedNames("\\");
      expect(first?.info.fileId).toBe(statSync(here("dir"), { bigint: true }).ino);
    });

    it("are as they are elsewhere, whatever characters the host has in them", async () => {
      const { subject } = serveFolder();
      for (const name of [
        "plain",
        "..x",
        ".hidden",
        "a:b",
        "\u0001",
        "hällo",
        "x\uf03a",
        "y".repeat(255),
      ]) {
        writeFileSync(here(name), "");
      }
      writeFileSync(Buffer.concat([Buffer.from(`${root}/x`), Buffer.from([0xff, 0x80])]), "bytes");
      const names = (await subject.listedNames("\\")).map(({ name }) => name);
      expect(names).toEqual(await subject.names("\\"));
      expect(names).toHaveLength(9);
    });

    it("are told of very many, each once", async () => {
      const { subject } = serveFolder();
      const made = Array.from({ length: 10_000 }, (_, i) => `a file with a long name, number ${i}`);
      for (const name of made) writeFileSync(here(name), "");
      const names = (await subject.listedNames("\\")).map(({ name }) => name);
      expect(names).toEqual([...made].sort());
    });

    it("do not show where side files are", async () => {
      const { subject } = serveFolder({ keepIn: "sideFiles" });
      await subject.make("\\file", "abc");
      const { file } = await subject.open("\\file");
      await subject.setEas(file, ["A=1"]);
      await subject.close(file);
      expect(readdirSync(root)).toContain(".anymount");
      expect((await subject.listedNames("\\")).map(({ name }) => name)).toEqual(["file"]);
    });

    it.each(["xattrs", "sideFiles"] as const)(
      "tell of links that the host has no word for, kept in %s, by whomever they were made",
      async (keepIn) => {
        const { fileSystem, subject } = serveFolder({ keepIn });
        await subject.make("\\link", "");
        const { file } = fileSystem.open("\\link", {
          ...EVERYTHING,
          grantedAccess: FILE_READ_ATTRIBUTES,
        });
        const target = { substituteName: "\\??\\C:\\x", printName: "C:\\x", isRelative: false };
        fileSystem.setReparsePoint(file, writeSymbolicLink(target));
        fileSystem.close(file);
        for (const each of [subject, serveFolder({ keepIn }).subject]) {
          const [link] = await each.listedNames("\\");
          expect(link).toMatchObject({ name: "link", info: { reparseTag: ReparseTag.SYMLINK } });
        }
      },
    );

    it("of a directory that is gone are none", () => {
      mkdirSync(here("dir"));
      const { fileSystem } = serveFolder();
      const { file } = fileSystem.open("\\dir", EVERYTHING);
      rmdirSync(here("dir"));
      expect([...(fileSystem.readDirectoryNames?.(file, CALLER) as Iterable<unknown>)]).toEqual([]);
      fileSystem.close(file);
    });
  },
);

describe("pipes and other special files", () => {
  it("are shown, not opened, and can be deleted", async () => {
    execFileSync("mkfifo", [here("pipe")]);
    const { fileSystem, subject } = serveFolder();
    expect((await subject.entry("\\", "pipe"))?.info.fileAttributes).toBe(FILE_ATTRIBUTE_SYSTEM);
    await refuses(() => subject.open("\\pipe"), "ACCESS_DENIED");
    const params = { ...EVERYTHING, grantedAccess: FILE_READ_ATTRIBUTES };
    const { file } = fileSystem.open("\\pipe", params);
    fileSystem.cleanup(file, "\\pipe", { isDelete: true, isAllocationReset: false });
    fileSystem.close(file);
    expect(readdirSync(root)).toEqual([]);
  });
});

describe("permissions", () => {
  const sddlOf = (fileSystem: FolderFileSystem, path: string) => {
    const { securityDescriptor } = fileSystem.getSecurityByName(path, CALLER);
    return formatSddl(readSecurityDescriptor(securityDescriptor ?? new Uint8Array()));
  };

  it("are shown as a descriptor: the caller has what the server's account has", () => {
    const { fileSystem } = serveFolder();
    writeFileSync(here("file"), "");
    chmodSync(here("file"), 0o640);
    const sddl = sddlOf(fileSystem, "\\file");
    const me = CALLER.userSid;
    expect(sddl).toBe(`O:${me}G:BUD:P(A;;FA;;;${me})(A;;FR;;;BU)(A;;0x120088;;;WD)`);
  });

  it("are what they are to who is an account of this machine, whoever serves", () => {
    const { fileSystem } = serveFolder();
    writeFileSync(here("file"), "");
    chmodSync(here("file"), 0o640);
    const { uid, gid } = statSync(here("file"));
    const other = { ...CALLER, userSid: `S-1-22-1-${uid + 1}` };
    const { securityDescriptor = new Uint8Array() } = fileSystem.getSecurityByName("\\file", other);
    expect(permissionsOfDescriptor(readSecurityDescriptor(securityDescriptor), NOBODYS)).toEqual({
      uid,
      gid,
      mode: 0o640,
    });
  });

  it.skipIf(process.geteuid?.() !== 0)(
    "of what an account of this machine makes are its own",
    () => {
      const { fileSystem } = serveFolder();
      const other = { ...CALLER, userSid: "S-1-22-1-1234" };
      const root = fileSystem.open("\\", EVERYTHING);
      const handedDown = fileSystem.getSecurity(root.file, CALLER);
      const aces = (readSecurityDescriptor(handedDown).dacl?.aces ?? []).filter(
        ({ flags }) => flags !== 0,
      );
      const made = `O:${other.userSid}G:S-1-22-2-1234D:P(A;;FA;;;${other.userSid})`;
      const { dacl, ...rest } = readSecurityDescriptor(descriptorOfSddl(made));
      const securityDescriptor = writeSecurityDescriptor({
        ...rest,
        dacl: { revision: 2, aces: [...(dacl?.aces ?? []), ...aces] },
      });
      const nothing = { fileAttributes: 0, allocationSize: 0, extendedAttributes: undefined };
      const params = { ...EVERYTHING, ...nothing, isDirectory: true };
      const { file } = fileSystem.create("\\made", { ...params, securityDescriptor }, other);
      fileSystem.close(file);
      fileSystem.close(root.file);
      expect(statSync(here("made"))).toMatchObject({ uid: 1234, gid: 1234 });
    },
  );

  it("are set by a descriptor, which is kept until others change them", async () => {
    const { fileSystem, subject } = serveFolder();
    await subject.make("\\file", "text");
    const { file } = await subject.open("\\file");
    const descriptor = descriptorOfSddl(
      `O:${CALLER.userSid}G:SYD:P(A;;FA;;;${CALLER.userSid})(A;;FR;;;WD)`,
    );
    fileSystem.setSecurity(file as FolderFile, descriptor, CALLER);
    await subject.close(file);
    expect(statSync(here("file")).mode & 0o777).toBe(0o744);
    expect(sddlOf(fileSystem, "\\file")).toBe(formatSddl(readSecurityDescriptor(descriptor)));
    chmodSync(here("file"), 0o600);
    expect(sddlOf(fileSystem, "\\file")).toContain("(A;;0x120088;;;WD)");
  });

  it("take READONLY for that nobody may write", async () => {
    const { subject } = serveFolder();
    await subject.make("\\file", "text");
    const { file } = await subject.open("\\file");
    const mode = () => statSync(here("file")).mode & 0o222;
    const before = mode();
    await subject.setBasicInfo(file, { fileAttributes: FILE_ATTRIBUTE_READONLY });
    expect(mode()).toBe(0);
    await subject.setBasicInfo(file, { fileAttributes: FILE_ATTRIBUTE_ARCHIVE });
    expect(mode() & before).toBe(0o200);
    await subject.close(file);
    chmodSync(here("file"), 0o444);
    const entry = await subject.entry("\\", "file");
    expect(entry?.info.fileAttributes).toBe(FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_ARCHIVE);
  });
});

describe("space", () => {
  it("is not taken by the holes of a sparse file", async () => {
    const { fileSystem, subject } = serveFolder();
    const { file } = await subject.create("\\file");
    const MiB = 2 ** 20;
    await subject.write(file, "x".repeat(MiB));
    const folderFile = file as FolderFile;
    await fileSystem.setSparse?.(folderFile, true, CALLER);
    await fileSystem.setZeroData?.(folderFile, 0, MiB, CALLER);
    expect(statSync(here("file"))).toMatchObject({ size: MiB, blocks: 0 });
    expect(fileSystem.getAllocatedRanges?.(folderFile, 0, MiB, CALLER)).toEqual([]);
    expect((await subject.info(file)).allocationSize).toBe(0);
    await subject.close(file);
  });

  it("is told of files with holes that others have made", async () => {
    execFileSync("truncate", ["-s", "10M", here("holes")]);
    const { fileSystem, subject } = serveFolder();
    const { file, info } = await subject.open("\\holes");
    expect(info.fileAttributes).toBe(FILE_ATTRIBUTE_ARCHIVE | FILE_ATTRIBUTE_SPARSE_FILE);
    expect(info.allocationSize).toBe(0);
    const ranges = fileSystem.getAllocatedRanges?.(file as FolderFile, 0, 2 ** 24, CALLER);
    expect(ranges).toEqual([]);
    await subject.close(file);
  });
});

describe("much data", () => {
  it("is written and read by another thread, and a close waits for that", async () => {
    const { fileSystem } = serveFolder();
    const { file } = fileSystem.create(
      "\\file",
      {
        ...EVERYTHING,
        isDirectory: false,
        fileAttributes: FILE_ATTRIBUTE_ARCHIVE,
        securityDescriptor: undefined,
        allocationSize: 0,
        extendedAttributes: undefined,
      },
      CALLER,
    );
    const data = Buffer.alloc(2 ** 20, "abcdefg");
    const how = { toEndOfFile: false, isConstrained: false, keepTimes: false };
    const written = fileSystem.write(file, data, 0, how);
    expect(written).toBeInstanceOf(Promise);
    expect(await written).toMatchObject({ bytesWritten: data.length });
    const target = Buffer.alloc(data.length);
    const read = fileSystem.read(file, target, 0);
    fileSystem.close(file);
    expect(await read).toBe(data.length);
    expect(target.equals(data)).toBe(true);
  });
});

describe("hard links", () => {
  it("that others have made are found by a search", async () => {
    const { subject } = serveFolder();
    mkdirSync(here("dir"));
    writeFileSync(here("file"), "");
    execFileSync("ln", [here("file"), here("dir/other")]);
    const names = (await subject.links("\\file")).map((link) => link.replace(/^\d+ /, ""));
    expect(names.sort()).toEqual(["file", "other"]);
  });
});

describe("what others do", () => {
  /** Waits for changes that make a condition true; a test's own limit ends it. */
  async function heard(
    fileSystem: FolderFileSystem,
    act: () => void | Promise<void>,
    count: number,
  ) {
    const changes: Change[] = [];
    await new Promise<void>((resolve) => {
      fileSystem.start((told) => {
        changes.push(...told);
        if (changes.length >= count) resolve();
      });
      void act();
    });
    return changes;
  }

  it("is told: what comes, changes and goes, in directories that came later, too", async () => {
    mkdirSync(here("dir"));
    writeFileSync(here("dir/old"), "");
    const { fileSystem } = serveFolder();
    const changes = await heard(
      fileSystem,
      () => {
        setImmediate(() => {
          writeFileSync(here("dir/new:"), "text");
          unlinkSync(here("dir/old"));
          utimesSync(root, 1, 1);
        });
      },
      2,
    );
    expect(changes.find(({ path }) => path === "\\dir\\new\uf03a")?.action).toBe(
      ChangeAction.ADDED,
    );
    expect(changes.find(({ path }) => path === "\\dir\\old")?.action).toBe(ChangeAction.REMOVED);
  });

  it("is told, and nothing of what is done through the server", async () => {
    mkdirSync(here("watched"));
    const { fileSystem, subject } = serveFolder();
    const changes = await heard(
      fileSystem,
      async () => {
        await subject.make("\\dir", { isDirectory: true });
        await subject.make("\\dir\\file", "text");
        await subject.make("\\gone", "text");
        await subject.make("\\file:stream", "text").catch(() => undefined);
        const { file } = await subject.open("\\gone");
        await subject.setBasicInfo(file, { fileAttributes: FILE_ATTRIBUTE_HIDDEN });
        await subject.setEas(file, ["A=1"]);
        await subject.write(file, "x".repeat(2 ** 20));
        await subject.close(file);
        await subject.rename("\\gone", "\\dir\\moved");
        await subject.link("\\dir\\moved", "\\other");
        await subject.remove("\\other");
        await subject.remove("\\watched");
        await subject.remove("\\dir\\moved");
        await subject.remove("\\dir\\file");
        await subject.remove("\\dir");
        writeFileSync(here("last"), "by somebody else");
      },
      1,
    );
    expect(changes.map(({ path }) => path)).toEqual(["\\last"]);
  });

  it("is followed by what is kept of names", async () => {
    const { subject } = serveFolder();
    mkdirSync(here("a/b"), { recursive: true });
    writeFileSync(here("a/b/file"), "1");
    expect(await subject.contents("\\a\\b\\file")).toBe("1");
    renameSync(here("a"), here("c"));
    await refuses(() => subject.contents("\\a\\b\\file"), "OBJECT_PATH_NOT_FOUND");
    expect(await subject.contents("\\c\\b\\file")).toBe("1");
    renameSync(root, `${root}-moved`);
    await subject.contents("\\c\\b\\file").catch(() => undefined); // it notices
    expect(await subject.contents("\\c\\b\\file")).toBe("1");
    renameSync(`${root}-moved`, root);
  });
});

describe("the label", () => {
  it("is the name of the directory, until one is set", () => {
    const { fileSystem } = serveFolder();
    expect(fileSystem.getVolumeInfo().label).toMatch(/^anymount-folder-/);
    fileSystem.setVolumeLabel("Täglich");
    expect(serveFolder().fileSystem.getVolumeInfo().label).toBe("Täglich");
    expect(existsSync(root)).toBe(true);
  });
});

describe.skipIf(process.platform !== "linux" || process.getuid?.() !== 0)("on a full disk", () => {
  const PAGE = 4096;

  afterEach(() => {
    for (const each of served.splice(0)) each.stop();
    execFileSync("umount", [root]);
  });

  it("a write that could not be done whole leaves a file as long as it was", async () => {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${4 * PAGE}`, "tmpfs", root]);
    writeFileSync(join(root, "file"), Buffer.alloc(2 * PAGE, "a"));
    writeFileSync(join(root, "rest"), Buffer.alloc(2 * PAGE, "b"));
    const { fileSystem } = serveFolder();
    const { file } = fileSystem.open("\\file", EVERYTHING);
    const params = { toEndOfFile: false, isConstrained: false, keepTimes: false };
    const data = Buffer.alloc(2 * PAGE, "c");
    const writing = async () => fileSystem.write(file, data, PAGE, params);
    await expect(writing()).rejects.toThrow("ENOSPC");
    expect(statSync(join(root, "file")).size).toBe(2 * PAGE);
    fileSystem.close(file);
  });
});

describe.skipIf(process.platform !== "linux" || process.getuid?.() !== 0)(
  "a file system mounted inside",
  () => {
    afterEach(async () => {
      for (const each of served.splice(0)) each.stop();
      await Promise.resolve(); // handles of directories are closed when what runs has ended
      execFileSync("umount", [join(root, "other")]);
    });

    it("keeps a file that a directory from outside of it cannot replace", () => {
      for (const name of ["other", "directory"]) mkdirSync(join(root, name));
      execFileSync("mount", ["-t", "tmpfs", "tmpfs", join(root, "other")]);
      writeFileSync(join(root, "other", "file"), "kept");
      const { fileSystem } = serveFolder();
      const { file } = fileSystem.open("\\directory", EVERYTHING);
      const params = { newPath: "\\other\\file", replaceIfExists: true, isPosix: true };
      expect(() => {
        fileSystem.rename(file, "\\directory", params);
      }).toThrow("EXDEV");
      fileSystem.close(file);
      expect(readFileSync(join(root, "other", "file"), "utf8")).toBe("kept");
      expect(readdirSync(join(root, "other"))).toEqual(["file"]);
    });
  },
);
