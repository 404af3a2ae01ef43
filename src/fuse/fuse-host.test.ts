import { memfs } from "memfs";
import { describe, expect, it } from "vitest";
import { fromNodeFs, type NodeFs } from "../adapters/node-fs/index.js";
import { delegate } from "../delegation/index.js";
import { memory } from "../filesystems/memory/index.js";
import type { DirectoryName, FileSystem } from "../fs/index.js";
import { OplockLevel } from "../kernel/index.js";
import { FILE_READ_DATA, NtError, NtStatus } from "../nt/index.js";
import { counted } from "../testing/counting-file-system.js";
import { FuseClient, named, O_RDONLY, O_RDWR, O_WRONLY, packed } from "../testing/fuse-client.js";
import { late } from "../testing/late-file-system.js";
import { VolumeDriver } from "../testing/volume-driver.js";
import {
  AccessIn,
  CopyFileRangeIn,
  DT_DIR,
  DT_REG,
  EntryOut,
  FALLOC_FL_KEEP_SIZE,
  FALLOC_FL_PUNCH_HOLE,
  FATTR_GID,
  FATTR_MODE,
  FATTR_MTIME,
  FATTR_SIZE,
  FATTR_UID,
  FallocateIn,
  FOPEN_KEEP_CACHE,
  FsyncIn,
  FUSE_ATOMIC_O_TRUNC,
  FUSE_POSIX_LOCKS,
  FUSE_WRITEBACK_CACHE,
  InterruptIn,
  LseekIn,
  LseekOut,
  MknodIn,
  Opcode,
  OpenIn,
  RENAME_EXCHANGE,
  RENAME_NOREPLACE,
  RENAME_WHITEOUT,
  ReadIn,
  RenameIn,
  SEEK_DATA,
  SEEK_HOLE,
  WriteOut,
  XATTR_CREATE,
  XATTR_REPLACE,
} from "../wire/fuse/index.js";
import { Errno } from "./errno.js";
import { MAX_INTERRUPTED_REQUESTS } from "./limits.js";

const ROOT = 1;
const ANNA = { uid: 1000, gid: 1000 };
const BERT = { uid: 1001, gid: 1001 };
const O_TRUNC = 0o1000;
const O_APPEND = 0o2000;
const O_EXCL = 0o200;
const S_IFDIR = 0o040_000;
const S_IFREG = 0o100_000;
const S_IFLNK = 0o120_000;
const S_IFIFO = 0o010_000;

type MemoryFile = ReturnType<ReturnType<typeof memory>["open"]>["file"];

function mounted(): FuseClient {
  return new FuseClient(memory({ isCaseSensitive: true }));
}

function viewOf(body: Buffer): DataView {
  return new DataView(body.buffer, body.byteOffset, body.byteLength);
}

async function errnoOf(asked: Promise<unknown>): Promise<number> {
  const outcome: unknown = await asked.then(
    () => 0,
    (error: unknown) => error,
  );
  if (outcome === 0) return 0;
  expect(outcome).toHaveProperty("errno");
  return (outcome as { errno: number }).errno;
}

/** What a directory has, as READDIR tells it. */
async function listed(client: FuseClient, nodeId: number, size = 4096) {
  const fh = await client.opendir(nodeId);
  const entries = await client.list(fh, 0, size);
  await client.release(fh, Opcode.RELEASEDIR);
  return entries;
}

describe("INIT", () => {
  it("agrees on the lower of both versions, and on what both can do", async () => {
    const client = mounted();
    const answer = await client.init(FUSE_ATOMIC_O_TRUNC | FUSE_WRITEBACK_CACHE, 31);
    expect(answer).toMatchObject({ major: 7, minor: 31, flags: FUSE_ATOMIC_O_TRUNC });
    expect(answer.maxWrite).toBe(client.device.maxWrite);
  });

  it("asks for the cache of writes where it is wanted", async () => {
    const client = new FuseClient(memory(), { hasWritebackCache: true });
    const { flags } = await client.init(FUSE_WRITEBACK_CACHE);
    expect(flags).toBe(FUSE_WRITEBACK_CACHE);
  });
});

describe("LOOKUP and FORGET", () => {
  it("tell of what a name leads to, and of the same node each time", async () => {
    const client = mounted();
    const made = await client.mkdir(ROOT, "dir");
    const found = await client.lookup(ROOT, "dir");
    expect(found.nodeId).toBe(made.nodeId);
    expect(found.mode).toBe(S_IFDIR | 0o755);
    expect(found.entryValid).toBe(1);
  });

  it("remember nothing of a node that the kernel has forgotten as often as it was told", async () => {
    const client = mounted();
    const { nodeId } = await client.mkdir(ROOT, "dir");
    await client.lookup(ROOT, "dir");
    expect(client.host.tableSizes.nodes).toBe(2);
    client.forget(nodeId, 1);
    expect(client.host.tableSizes.nodes).toBe(2);
    client.forget(nodeId, 1);
    expect(client.host.tableSizes.nodes).toBe(1);
    expect(await errnoOf(client.getattr(nodeId))).toBe(Errno.ESTALE);
  });

  it("let the kernel remember that a name leads nowhere, where names differ by case", async () => {
    const missing = await mounted().lookup(ROOT, "missing");
    expect(missing).toMatchObject({ nodeId: 0, entryValid: 1 });
    const folding = new FuseClient(memory());
    expect(await errnoOf(folding.lookup(ROOT, "missing"))).toBe(Errno.ENOENT);
  });

  it("find a name in other letters, which the kernel is not to keep", async () => {
    const client = new FuseClient(memory());
    const { nodeId } = await client.mkdir(ROOT, "Dir");
    expect(await client.lookup(ROOT, "dIR")).toMatchObject({ nodeId, entryValid: 0 });
    expect(await client.lookup(ROOT, "Dir")).toMatchObject({ nodeId, entryValid: 1 });
  });

  it("find no name that is no UTF-8, and none that is too long", async () => {
    const client = mounted();
    const bad = client.ask(Opcode.LOOKUP, ROOT, {}, Buffer.from([0xff, 0]));
    expect(await errnoOf(bad)).toBe(Errno.ENOENT);
    expect(await errnoOf(client.lookup(ROOT, "x".repeat(256)))).toBe(Errno.ENAMETOOLONG);
  });

  it("keep characters that Windows has no names with", async () => {
    const client = mounted();
    await client.put(ROOT, 'a:b*?"<>|\\c', "text");
    expect(await client.get(await client.find('a:b*?"<>|\\c'))).toBe("text");
    const names = (await listed(client, ROOT)).map(({ name }) => name);
    expect(names).toEqual([".", "..", 'a:b*?"<>|\\c']);
  });
});

describe("reading and writing", () => {
  it("go to the place that is told, and end where the file ends", async () => {
    const client = mounted();
    const { fh } = await client.create(ROOT, "file");
    expect(await client.write(fh, "hello")).toBe(5);
    expect(await client.write(fh, "HE", 7)).toBe(2);
    expect(await client.read(fh, 100)).toBe("hello\0\0HE");
    expect(await client.read(fh, 2, 1)).toBe("el");
    expect(await client.read(fh, 100, 50)).toBe("");
  });

  it("of a descriptor that appends are at the end, wherever the kernel thinks that is", async () => {
    const client = mounted();
    const nodeId = await client.put(ROOT, "log", "one ");
    const { fh } = await client.open(nodeId, O_WRONLY | O_APPEND);
    const other = await client.open(nodeId, O_WRONLY);
    await client.write(other.fh, "two ", 4);
    await client.write(fh, "three", 4);
    expect(await client.get(nodeId)).toBe("one two three");
  });

  it("empty a file by O_TRUNC, and keep its extended attributes", async () => {
    const client = mounted();
    const nodeId = await client.put(ROOT, "file", "text");
    await client.setxattr(nodeId, "user.kept", "yes");
    const { fh } = await client.open(nodeId, O_WRONLY | O_TRUNC);
    await client.release(fh);
    expect((await client.getattr(nodeId)).size).toBe(0);
    expect((await client.getxattr(nodeId, "user.kept")).toString()).toBe("yes");
  });

  it("keep the kernel's pages as long as nothing else has changed the file", async () => {
    const client = mounted();
    const nodeId = await client.put(ROOT, "file", "text");
    const first = await client.open(nodeId, O_RDONLY);
    expect(first.openFlags).toBe(FOPEN_KEEP_CACHE);
  });

  it("of a file system that answers later keep what they need until then", async () => {
    const client = new FuseClient(late(memory({ isCaseSensitive: true })));
    const nodeId = await client.put(ROOT, "file", "text");
    expect(await client.get(nodeId)).toBe("text");
    expect(client.device.memoryInUse).toBe(0);
    expect(client.errors).toEqual([]);
  });

  it("with a number of no open file are EBADF", async () => {
    const client = mounted();
    expect(await errnoOf(client.read(77, 1))).toBe(Errno.EBADF);
    expect(await errnoOf(client.write(77, "x"))).toBe(Errno.EBADF);
    expect(await errnoOf(client.release(77))).toBe(Errno.EBADF);
  });

  it("are made safe by FSYNC, also for who may only read", async () => {
    const client = mounted();
    const nodeId = await client.put(ROOT, "file", "text");
    const { fh } = await client.open(nodeId, O_RDONLY);
    expect(await errnoOf(client.ask(Opcode.FSYNC, nodeId, {}, packed(FsyncIn, { fh })))).toBe(0);
  });
});

describe("making", () => {
  it("gives what is new the mode, owner and group of who makes it", async () => {
    const client = mounted();
    const { mode, uid, gid } = await client.create(ROOT, "file", { mode: 0o640, ...ANNA });
    expect({ mode, uid, gid }).toEqual({ mode: S_IFREG | 0o640, ...ANNA });
  });

  it("refuses O_EXCL where the name is taken, and opens what is there without", async () => {
    const client = mounted();
    await client.put(ROOT, "file", "text");
    expect(await errnoOf(client.create(ROOT, "file", { flags: O_EXCL }))).toBe(Errno.EEXIST);
    const { fh } = await client.create(ROOT, "file", {});
    expect(await client.read(fh, 10)).toBe("text");
    expect(await errnoOf(client.mkdir(ROOT, "file"))).toBe(Errno.EEXIST);
  });

  it("makes ordinary files by MKNOD, and nothing else", async () => {
    const client = mounted();
    const mknod = (mode: number) =>
      client.ask(Opcode.MKNOD, ROOT, {}, packed(MknodIn, { mode }), named("node"));
    expect(await errnoOf(mknod(S_IFIFO | 0o644))).toBe(Errno.EPERM);
    expect(EntryOut.read(viewOf(await mknod(S_IFREG | 0o600)), 0).mode).toBe(S_IFREG | 0o600);
  });
});

describe("names that go", () => {
  it("go at once, while the file lives on for who has it open", async () => {
    const client = mounted();
    const { fh, nodeId } = await client.create(ROOT, "file");
    await client.write(fh, "text");
    await client.unlink(ROOT, "file");
    expect((await client.lookup(ROOT, "file")).nodeId).toBe(0);
    expect(await client.read(fh, 10)).toBe("text");
    expect(await client.getattr(nodeId)).toMatchObject({ size: 4, nlink: 0 });
    await client.put(ROOT, "file", "another");
    expect(await client.read(fh, 10)).toBe("text");
    await client.release(fh);
    expect(await client.get(await client.find("file"))).toBe("another");
  });

  it("are files by UNLINK, and empty directories by RMDIR", async () => {
    const client = mounted();
    const { nodeId: dir } = await client.mkdir(ROOT, "dir");
    await client.put(dir, "file", "");
    expect(await errnoOf(client.unlink(ROOT, "dir"))).toBe(Errno.EISDIR);
    expect(await errnoOf(client.rmdir(dir, "file"))).toBe(Errno.ENOTDIR);
    expect(await errnoOf(client.rmdir(ROOT, "dir"))).toBe(Errno.ENOTEMPTY);
    await client.unlink(dir, "file");
    await client.rmdir(ROOT, "dir");
    expect(await errnoOf(client.unlink(ROOT, "dir"))).toBe(Errno.ENOENT);
  });
});

describe("RENAME", () => {
  it("takes what is below along, by the nodes that the kernel knows", async () => {
    const client = mounted();
    const { nodeId: a } = await client.mkdir(ROOT, "a");
    const { nodeId: b } = await client.mkdir(ROOT, "b");
    const file = await client.put(a, "file", "text");
    await client.rename([ROOT, "a"], [b, "c"]);
    expect(await client.get(file)).toBe("text");
    expect(await client.find("b/c/file")).toBe(file);
    expect(await client.find("b/c")).toBe(a);
  });

  it("takes the place of a file that is open, which lives on", async () => {
    const client = mounted();
    const { fh, nodeId } = await client.create(ROOT, "old");
    await client.write(fh, "old");
    const fresh = await client.put(ROOT, "new", "new");
    await client.rename([ROOT, "new"], [ROOT, "old"]);
    expect(await client.read(fh, 10)).toBe("old");
    expect(await client.find("old")).toBe(fresh);
    expect((await client.getattr(nodeId)).size).toBe(3);
  });

  it("does not take a place with NOREPLACE, and exchanges nothing", async () => {
    const client = mounted();
    await client.put(ROOT, "a", "");
    await client.put(ROOT, "b", "");
    const rename = (flags: number) => client.rename([ROOT, "a"], [ROOT, "b"], { flags });
    expect(await errnoOf(rename(RENAME_NOREPLACE))).toBe(Errno.EEXIST);
    expect(await errnoOf(rename(RENAME_EXCHANGE))).toBe(Errno.EINVAL);
    expect(await errnoOf(rename(RENAME_WHITEOUT))).toBe(Errno.EINVAL);
    await client.rename([ROOT, "a"], [ROOT, "c"], { flags: RENAME_NOREPLACE });
    expect((await listed(client, ROOT)).map(({ name }) => name)).toEqual([".", "..", "b", "c"]);
  });

  it("of the kind without flags moves a name to another directory, and takes the place of what is there", async () => {
    const client = mounted();
    const { nodeId: newdir } = await client.mkdir(ROOT, "dir");
    await client.put(newdir, "new", "replaced");
    const file = await client.put(ROOT, "old", "text");
    const rename = (from: string, to: string) =>
      client.ask(Opcode.RENAME, ROOT, {}, packed(RenameIn, { newdir }), named(from), named(to));
    await rename("old", "new");
    expect(await client.find("dir/new")).toBe(file);
    expect(await client.get(file)).toBe("text");
    expect(await client.lookup(ROOT, "old")).toMatchObject({ nodeId: 0 });
    expect(await errnoOf(rename("old", "new"))).toBe(Errno.ENOENT);
  });

  it("is for who may take the name from its directory", async () => {
    const client = mounted();
    const { nodeId: dir } = await client.mkdir(ROOT, "dir", 0o755, ANNA);
    await client.put(dir, "file", "text", ANNA);
    const rename = (who: typeof ANNA) => client.rename([dir, "file"], [dir, "new"], who);
    expect(await errnoOf(rename(BERT))).toBe(Errno.EACCES);
    expect(await errnoOf(rename(ANNA))).toBe(0);
  });

  it("of a directory the kernel knows no more is ESTALE", async () => {
    const client = mounted();
    await client.put(ROOT, "file", "");
    expect(await errnoOf(client.rename([77, "file"], [ROOT, "new"]))).toBe(Errno.ESTALE);
    expect(await errnoOf(client.rename([ROOT, "file"], [77, "new"]))).toBe(Errno.ESTALE);
  });

  it("says what kind is in the way", async () => {
    const client = mounted();
    await client.put(ROOT, "file", "");
    const { nodeId: full } = await client.mkdir(ROOT, "full");
    await client.put(full, "file", "");
    await client.mkdir(ROOT, "dir");
    expect(await errnoOf(client.rename([ROOT, "file"], [ROOT, "dir"]))).toBe(Errno.EISDIR);
    expect(await errnoOf(client.rename([ROOT, "dir"], [ROOT, "full"]))).toBe(Errno.ENOTEMPTY);
    await client.unlink(full, "file");
    await client.rename([ROOT, "dir"], [ROOT, "full"]);
    expect(await errnoOf(client.rename([ROOT, "full"], [full, "x"]))).not.toBe(0);
  });
});

describe("links", () => {
  it("are one node by each name", async () => {
    const client = mounted();
    const nodeId = await client.put(ROOT, "a", "text");
    expect(await client.link(nodeId, ROOT, "b")).toMatchObject({ nodeId, nlink: 2 });
    await client.unlink(ROOT, "a");
    expect(await client.get(nodeId)).toBe("text");
    expect((await client.getattr(nodeId)).nlink).toBe(1);
    expect(await errnoOf(client.link(nodeId, ROOT, "b"))).toBe(Errno.EEXIST);
  });

  it("are made where the file system cannot tell a file's names, too", async () => {
    const client = new FuseClient(fromNodeFs(memfs({}).fs.promises as unknown as NodeFs));
    const nodeId = await client.put(ROOT, "a", "text");
    expect(await client.link(nodeId, ROOT, "b")).toMatchObject({ nodeId, nlink: 2 });
  });

  it.each(["a/b", "../up", "/absolute/path", "with\\backslash", "trailing/", "a//b"])(
    "that are symbolic keep %s as it is",
    async (target) => {
      const client = mounted();
      const { nodeId, mode, size } = await client.symlink(ROOT, "link", target);
      expect(mode).toBe(S_IFLNK | 0o777);
      expect(size).toBe(target.length);
      expect(await client.readlink(nodeId)).toBe(target);
      await client.unlink(ROOT, "link");
    },
  );

  it("that lead to a directory are no directories", async () => {
    const client = mounted();
    await client.mkdir(ROOT, "dir");
    const { mode } = await client.symlink(ROOT, "link", "dir");
    expect(mode & S_IFLNK).toBe(S_IFLNK);
    expect(await errnoOf(client.rmdir(ROOT, "link"))).toBe(Errno.ENOTDIR);
    await client.unlink(ROOT, "link");
  });

  it("are not read where there is none", async () => {
    const client = mounted();
    const nodeId = await client.put(ROOT, "file", "");
    expect(await errnoOf(client.readlink(nodeId))).toBe(Errno.EINVAL);
  });
});

describe("SETATTR", () => {
  it("sets mode, size and times", async () => {
    const client = mounted();
    const nodeId = await client.put(ROOT, "file", "text", ANNA);
    const set = await client.setattr(
      nodeId,
      {
        valid: FATTR_MODE | FATTR_SIZE | FATTR_MTIME,
        mode: 0o600,
        size: 2,
        mtime: 1,
        mtimensec: 500,
      },
      ANNA,
    );
    expect(set).toMatchObject({ mode: S_IFREG | 0o600, size: 2, mtime: 1, mtimensec: 500 });
    expect(await client.getattr(nodeId)).toMatchObject({
      mode: S_IFREG | 0o600,
      size: 2,
      mtime: 1,
    });
  });

  it("gives a file to another user for root only, and to a group of the owner", async () => {
    const client = mounted();
    const nodeId = await client.put(ROOT, "file", "", ANNA);
    const give = (who: object) => client.setattr(nodeId, { valid: FATTR_UID, uid: 1001 }, who);
    expect(await errnoOf(give(ANNA))).toBe(Errno.EPERM);
    const toOwn = client.setattr(nodeId, { valid: FATTR_GID, gid: 1000 }, ANNA);
    expect(await errnoOf(toOwn)).toBe(0);
    const toOther = client.setattr(nodeId, { valid: FATTR_GID, gid: 1001 }, ANNA);
    expect(await errnoOf(toOther)).toBe(Errno.EPERM);
    expect(await give({})).toMatchObject({ uid: 1001, mode: S_IFREG | 0o644 });
  });

  it("is for who owns the file, but for the size", async () => {
    const client = mounted();
    const nodeId = await client.put(ROOT, "file", "text", ANNA);
    const chmod = client.setattr(nodeId, { valid: FATTR_MODE, mode: 0o666 }, BERT);
    expect(await errnoOf(chmod)).toBe(Errno.EPERM);
    const cut = client.setattr(nodeId, { valid: FATTR_SIZE, size: 0 }, BERT);
    expect(await errnoOf(cut)).toBe(Errno.EACCES);
  });
});

describe("who may what", () => {
  it("is as the mode says, and root may all", async () => {
    const client = new FuseClient(memory({ isCaseSensitive: true }), { isShared: true });
    const nodeId = await client.put(ROOT, "file", "text", ANNA);
    await client.setattr(nodeId, { valid: FATTR_MODE, mode: 0o600 }, ANNA);
    expect(await errnoOf(client.open(nodeId, O_RDONLY, BERT))).toBe(Errno.EACCES);
    expect(await errnoOf(client.open(nodeId, O_RDONLY, ANNA))).toBe(0);
    expect(await errnoOf(client.open(nodeId, O_WRONLY))).toBe(0);
  });

  it("is asked by ACCESS", async () => {
    const client = mounted();
    const nodeId = await client.put(ROOT, "file", "text", ANNA);
    await client.setattr(nodeId, { valid: FATTR_MODE, mode: 0o640 }, ANNA);
    const access = (mask: number, who: object) =>
      errnoOf(client.ask(Opcode.ACCESS, nodeId, who, packed(AccessIn, { mask })));
    expect(await access(4, ANNA)).toBe(0);
    expect(await access(1, ANNA)).toBe(Errno.EACCES);
    expect(await access(4, BERT)).toBe(Errno.EACCES);
    expect(await access(6, {})).toBe(0);
    expect(await access(1, {})).toBe(Errno.EACCES);
  });

  it("keeps others out of what lies below a directory, whose names the kernel then does not keep", async () => {
    const client = new FuseClient(memory({ isCaseSensitive: true }), { isShared: true });
    const { nodeId: own } = await client.mkdir(ROOT, "own", 0o700, ANNA);
    await client.put(own, "file", "", ANNA);
    expect(await errnoOf(client.lookup(own, "file", BERT))).toBe(Errno.EACCES);
    expect(await client.lookup(own, "file", ANNA)).toMatchObject({ entryValid: 0 });
    expect(await client.lookup(ROOT, "own", BERT)).toMatchObject({ entryValid: 1 });
  });
});

describe("directories", () => {
  it("are listed whole, in however many answers", async () => {
    const client = mounted();
    const { nodeId } = await client.mkdir(ROOT, "dir");
    const made = Array.from({ length: 100 }, (_, i) => `file ${i}`);
    for (const name of made) await client.put(nodeId, name, "");
    await client.mkdir(nodeId, "sub");
    const found = await listed(client, nodeId, 200);
    expect(found.map(({ name }) => name)).toEqual([".", "..", ...made, "sub"]);
    expect(found.at(-1)?.type).toBe(DT_DIR);
  });

  it("go on where the kernel says, also before what it was told last", async () => {
    const client = mounted();
    for (let i = 0; i < 20; i++) await client.put(ROOT, `f${i}`, "");
    const fh = await client.opendir(ROOT);
    const namesFrom = async (offset: number) => (await client.list(fh, offset))[0]?.name;
    expect(await namesFrom(0)).toBe(".");
    expect(await namesFrom(10)).toBe("f8");
    expect(await namesFrom(3)).toBe("f1");
    expect(await namesFrom(0)).toBe(".");
  });

  it("go on behind what was read, too", async () => {
    const client = mounted();
    for (let i = 0; i < 20; i++) await client.put(ROOT, `f${i}`, "");
    const fh = await client.opendir(ROOT);
    const first = await client.ask(Opcode.READDIR, ROOT, {}, packed(ReadIn, { fh, size: 64 }));
    expect(first.length).toBe(64);
    expect((await client.list(fh, 10))[0]?.name).toBe("f8");
  });

  it("tell what they could before the listing failed, so that the kernel can forget it", async () => {
    const files = memory({ isCaseSensitive: true });
    const breaking = delegate(files, (operation, method) => {
      if (operation !== "readDirectory") return method;
      return function* (...args) {
        yield* method(...args) as Iterable<unknown>;
        throw new NtError(NtStatus.IO_DEVICE_ERROR);
      };
    });
    const client = new FuseClient(breaking);
    const nodeId = await client.put(ROOT, "file", "text");
    client.forget(nodeId, 1);
    const fh = await client.opendir(ROOT);
    const plus = (offset: number) =>
      client.ask(Opcode.READDIRPLUS, ROOT, {}, packed(ReadIn, { fh, offset, size: 4096 }));
    const told = await plus(0);
    expect(EntryOut.read(viewOf(told), told.length - EntryOut.size - 32).size).toBe(4);
    expect(await errnoOf(plus(3))).toBe(Errno.EIO);
  });

  it("are asked for names only, where there is a way, and for all of a file where that is told", async () => {
    const files = memory({ isCaseSensitive: true });
    function* names(directory: MemoryFile): Iterable<DirectoryName> {
      for (const { name, info } of files.readDirectory(directory)) {
        const { fileAttributes, reparseTag, fileId } = info;
        yield { name, info: { fileAttributes, reparseTag, fileId } };
      }
    }
    const { fileSystem, count } = counted(Object.assign(files, { readDirectoryNames: names }));
    const client = new FuseClient(fileSystem);
    const nodeId = await client.put(ROOT, "file", "text");
    await client.mkdir(ROOT, "sub");
    const told = await listed(client, ROOT);
    expect(told.map(({ name }) => name)).toEqual([".", "..", "file", "sub"]);
    expect(told.map(({ type }) => type)).toEqual([DT_DIR, DT_DIR, DT_REG, DT_DIR]);
    expect(told[2]?.ino).toBe((await client.getattr(nodeId)).ino);
    expect(count("readDirectoryNames")).toBe(1);
    expect(count("readDirectory") + count("getDirectoryEntry")).toBe(0);
    const fh = await client.opendir(ROOT);
    await client.ask(Opcode.READDIRPLUS, ROOT, {}, packed(ReadIn, { fh, size: 4096 }));
    expect(count("getDirectoryEntry")).toBe(2);
    expect(count("readDirectory")).toBe(0);
  });

  it("tell by READDIRPLUS what a LOOKUP would, and count as one", async () => {
    const client = mounted();
    const nodeId = await client.put(ROOT, "file", "text", ANNA);
    const fh = await client.opendir(ROOT);
    const request = packed(ReadIn, { fh, size: 4096 });
    const body = await client.ask(Opcode.READDIRPLUS, ROOT, {}, request);
    const first = EntryOut.read(viewOf(body), 0);
    expect(first.nodeId).toBe(0); // a dot is not told of
    const last = EntryOut.read(viewOf(body), body.length - EntryOut.size - 32);
    expect(last).toMatchObject({ nodeId, size: 4, ...ANNA });
    client.forget(nodeId, 1);
    expect(client.host.tableSizes.nodes).toBe(2);
    client.forget(nodeId, 1);
    expect(client.host.tableSizes.nodes).toBe(1);
  });
});

describe("extended attributes", () => {
  it("are set, listed, and removed", async () => {
    const client = mounted();
    const nodeId = await client.put(ROOT, "file", "");
    expect(await client.listxattr(nodeId)).toEqual([]);
    await client.setxattr(nodeId, "user.one", "1");
    await client.setxattr(nodeId, "user.two", "22");
    expect((await client.getxattr(nodeId, "user.two")).toString()).toBe("22");
    expect((await client.listxattr(nodeId)).map((name) => name.toLowerCase())).toEqual([
      "user.one",
      "user.two",
    ]);
    await client.ask(Opcode.REMOVEXATTR, nodeId, {}, named("user.one"));
    expect(await errnoOf(client.getxattr(nodeId, "user.one"))).toBe(Errno.ENODATA);
    const again = client.ask(Opcode.REMOVEXATTR, nodeId, {}, named("user.one"));
    expect(await errnoOf(again)).toBe(Errno.ENODATA);
  });

  it("say how long they are, and when the room is too small", async () => {
    const client = mounted();
    const nodeId = await client.put(ROOT, "file", "");
    await client.setxattr(nodeId, "user.one", "12345");
    expect((await client.getxattr(nodeId, "user.one", 0)).readUInt32LE()).toBe(5);
    expect(await errnoOf(client.getxattr(nodeId, "user.one", 4))).toBe(Errno.ERANGE);
  });

  it("are only made, or only replaced, where that is asked", async () => {
    const client = mounted();
    const nodeId = await client.put(ROOT, "file", "");
    const replace = client.setxattr(nodeId, "user.one", "1", XATTR_REPLACE);
    expect(await errnoOf(replace)).toBe(Errno.ENODATA);
    await client.setxattr(nodeId, "user.one", "1", XATTR_CREATE);
    const make = client.setxattr(nodeId, "user.one", "2", XATTR_CREATE);
    expect(await errnoOf(make)).toBe(Errno.EEXIST);
  });

  it("of other kinds are not kept", async () => {
    const client = mounted();
    const nodeId = await client.put(ROOT, "file", "");
    const acl = client.setxattr(nodeId, "system.posix_acl_access", "1");
    expect(await errnoOf(acl)).toBe(Errno.EOPNOTSUPP);
  });
});

describe("holes", () => {
  it("are punched, and found", async () => {
    const client = mounted();
    const { fh } = await client.create(ROOT, "file");
    await client.write(fh, "x".repeat(1_000_000));
    const punch = packed(FallocateIn, {
      fh,
      offset: 131_072,
      length: 262_144,
      mode: FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
    });
    await client.ask(Opcode.FALLOCATE, ROOT, {}, punch);
    const seek = async (offset: number, whence: number) => {
      const request = packed(LseekIn, { fh, offset, whence });
      return LseekOut.read(viewOf(await client.ask(Opcode.LSEEK, ROOT, {}, request)), 0).offset;
    };
    expect(await seek(0, SEEK_HOLE)).toBe(131_072);
    expect(await seek(131_072, SEEK_DATA)).toBe(393_216);
    expect(await seek(393_216, SEEK_HOLE)).toBe(1_000_000);
    expect(await errnoOf(seek(1_000_000, SEEK_DATA))).toBe(6);
  });

  it("are no part of what is set aside, which makes a file longer where that is asked", async () => {
    const client = mounted();
    const { fh, nodeId } = await client.create(ROOT, "file");
    const allocate = (mode: number) =>
      client.ask(Opcode.FALLOCATE, ROOT, {}, packed(FallocateIn, { fh, length: 100_000, mode }));
    await allocate(FALLOC_FL_KEEP_SIZE);
    expect(await client.getattr(nodeId)).toMatchObject({ size: 0, blocks: 200 });
    await allocate(0);
    expect((await client.getattr(nodeId)).size).toBe(100_000);
    expect(await errnoOf(allocate(0x20))).toBe(Errno.EOPNOTSUPP);
  });
});

it("FALLOCATE does not cut what others have written meanwhile", async () => {
  const files = memory({ isCaseSensitive: true });
  let answer: () => void = () => undefined;
  const slow = delegate(files, (operation, method) => {
    if (operation !== "setAllocationSize") return method;
    return (...args) => {
      const set = method(...args);
      return new Promise((resolve) => {
        answer = () => {
          resolve(set);
        };
      });
    };
  });
  const client = new FuseClient(slow);
  const { nodeId, fh } = await client.create(ROOT, "file");
  const request = packed(FallocateIn, { fh, offset: 0, length: 4096 });
  const allocated = client.ask(Opcode.FALLOCATE, nodeId, {}, request);
  await client.write(fh, "x".repeat(10_000));
  answer();
  await allocated;
  expect(await client.getattr(nodeId)).toMatchObject({ size: 10_000 });
});

it("COPY_FILE_RANGE copies as much as there is", async () => {
  const client = mounted();
  const source = await client.create(ROOT, "a");
  await client.write(source.fh, "0123456789");
  const target = await client.create(ROOT, "b");
  const request = packed(CopyFileRangeIn, {
    fhIn: source.fh,
    offIn: 4,
    fhOut: target.fh,
    offOut: 2,
    len: 100,
  });
  const body = await client.ask(Opcode.COPY_FILE_RANGE, source.nodeId, {}, request);
  expect(WriteOut.read(viewOf(body), 0).size).toBe(6);
  expect(await client.read(target.fh, 100)).toBe("\0\x00456789");
});

it("STATFS tells how full the volume is", async () => {
  const client = new FuseClient(memory({ maxSize: 1_000_000 }));
  const { blocks, bsize, bfree, namelen } = await client.statfs();
  expect(blocks * bsize).toBeGreaterThan(900_000);
  expect(bfree).toBeLessThanOrEqual(blocks);
  expect(namelen).toBe(255);
});

it("what the kernel does by itself it is left to do", async () => {
  const client = mounted();
  expect(await errnoOf(client.ask(Opcode.POLL, ROOT, {}))).toBe(Errno.ENOSYS);
  expect(await errnoOf(client.ask(Opcode.BMAP, ROOT, {}))).toBe(Errno.ENOSYS);
  expect(await errnoOf(client.ask(Opcode.IOCTL, ROOT, {}))).toBe(Errno.ENOTTY);
  expect(FUSE_POSIX_LOCKS).toBe(2);
});

it.each([
  ["SYNCFS", Opcode.SYNCFS],
  ["TMPFILE", Opcode.TMPFILE],
  ["STATX", Opcode.STATX],
  ["SETUPMAPPING", Opcode.SETUPMAPPING],
  ["REMOVEMAPPING", Opcode.REMOVEMAPPING],
  ["a number of no operation", 63 as Opcode],
  ["the number of a later kernel", 4096 as Opcode],
])(
  "%s is ENOSYS, so that the kernel does without, and the mount lives on",
  async (_name, opcode) => {
    const client = mounted();
    expect(await errnoOf(client.ask(opcode, ROOT, {}, new Uint8Array(64)))).toBe(Errno.ENOSYS);
    expect(await errnoOf(client.ask(opcode, ROOT, {}))).toBe(Errno.ENOSYS);
    expect((await client.getattr(ROOT)).mode & S_IFDIR).toBe(S_IFDIR);
    expect(client.errors).toEqual([]);
    expect(client.device.memoryInUse).toBe(0);
  },
);

it("a name without an end is EINVAL, and the mount lives on", async () => {
  const client = mounted();
  expect(await errnoOf(client.ask(Opcode.LOOKUP, ROOT, {}, Buffer.from("no end")))).toBe(
    Errno.EINVAL,
  );
  expect((await client.getattr(ROOT)).mode & S_IFDIR).toBe(S_IFDIR);
  expect(client.errors).toEqual([]);
});

it("a volume that is read-only says so", async () => {
  const client = new FuseClient(memory({ isReadOnly: true }));
  expect(await errnoOf(client.create(ROOT, "file"))).toBe(Errno.EROFS);
  expect(await errnoOf(client.mkdir(ROOT, "dir"))).toBe(Errno.EROFS);
});

it("after the end nothing is left open", async () => {
  const client = mounted();
  await client.create(ROOT, "file");
  await client.opendir(ROOT);
  expect(client.volume.tableSizes.opens).toBe(2);
  client.device.unmount();
  await expect.poll(() => client.ends.length).toBe(1);
  expect(client.volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
  expect(client.host.tableSizes).toMatchObject({ handles: 0, waitingRequests: 0 });
});

describe("INTERRUPT", () => {
  /** A mount of a volume on which somebody else keeps a file to himself, and does not let go of it. */
  async function waitingFor(fileSystem: FileSystem) {
    const client = new FuseClient(fileSystem);
    const nodeId = await client.put(ROOT, "file", "text");
    const driver = new VolumeDriver(client.volume);
    const holder = await driver.open("file", {
      desiredAccess: FILE_READ_DATA,
      oplockLevel: OplockLevel.BATCH,
    });
    holder.onOplockBreak(() => undefined);
    const begin = () => {
      const { device } = client;
      const unique = device.send(Opcode.OPEN, { nodeId }, packed(OpenIn, { flags: O_RDWR }));
      return { unique, answer: device.answerTo(unique) };
    };
    const interrupt = (unique: number) =>
      client.device.send(Opcode.INTERRUPT, { nodeId: 0 }, packed(InterruptIn, { unique }));
    return { client, holder, begin, interrupt };
  }

  it("ends the wait for somebody else", async () => {
    const { client, holder, begin, interrupt } = await waitingFor(memory());
    const { unique, answer } = begin();
    await expect.poll(() => client.host.tableSizes.waitingRequests).toBe(1);
    interrupt(unique);
    expect((await answer).error).toBe(Errno.EINTR);
    await holder.close();
  });

  it("is not forgotten where it comes before the request waits", async () => {
    const { client, holder, begin, interrupt } = await waitingFor(late(memory()));
    const { unique, answer } = begin();
    expect(client.host.tableSizes.waitingRequests).toBe(0);
    interrupt(unique);
    expect((await answer).error).toBe(Errno.EINTR);
    await expect
      .poll(() => client.host.tableSizes)
      .toMatchObject({ waitingRequests: 0, interruptedRequests: 0 });
    await holder.close();
  });

  it("is of no other request, and is forgotten with its own", async () => {
    const { client, holder, begin, interrupt } = await waitingFor(late(memory()));
    const { unique } = begin();
    const { answer } = begin();
    interrupt(unique - 2); // answered long ago
    interrupt(unique);
    await expect.poll(() => client.host.tableSizes.waitingRequests).toBe(1);
    await holder.close();
    expect((await answer).error).toBe(0);
    await expect
      .poll(() => client.host.tableSizes)
      .toMatchObject({ waitingRequests: 0, interruptedRequests: 0 });
  });

  it("is remembered of so many requests only", async () => {
    const { client, holder, begin, interrupt } = await waitingFor(late(memory()));
    const { answer } = begin();
    for (let i = 0; i < 2 * MAX_INTERRUPTED_REQUESTS; i++) interrupt(1_000_000 + 2 * i);
    expect(client.host.tableSizes.interruptedRequests).toBe(MAX_INTERRUPTED_REQUESTS);
    await holder.close();
    expect((await answer).error).toBe(0);
  });
});

it("what is opened while the end comes is closed with the rest", async () => {
  const client = new FuseClient(late(memory({ isCaseSensitive: true })));
  const asked = client.create(ROOT, "file");
  client.device.unmount();
  await expect.poll(() => client.ends.length).toBe(1);
  await asked;
  expect(client.volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
  expect(client.host.tableSizes).toMatchObject({ handles: 0, waitingRequests: 0 });
});

it("what cannot be told to watchers is told as a failure, and the rest goes on", async () => {
  const files = memory({ isCaseSensitive: true });
  const breaking = delegate(files, (operation, method) => {
    if (operation !== "getSecurityByName") return method;
    return (...args) => {
      if (args[0] === "\\broken" && isBroken) throw new TypeError("a bug");
      return method(...args);
    };
  });
  let isBroken = false;
  const client = new FuseClient(breaking, { mountPath: "/nowhere" });
  const other = new FuseClient(client.volume);
  await other.mkdir(ROOT, "broken");
  isBroken = true;
  await expect.poll(() => client.errors.length).toBe(1);
  client.device.unmount();
  await expect.poll(() => client.ends.length).toBe(1);
});
