import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FakeClock } from "../../testing/fake-clock.js";
import { FakeSftpServer } from "../../testing/fake-sftp-server.js";
import { Connection } from "./connection.js";
import { MAX_WRITE_BACK_BYTES } from "./limits.js";
import { RemoteTree } from "./remote-tree.js";
import { FileType, OpenFlag } from "./transport.js";

const READ = OpenFlag.READ;
const BOTH = OpenFlag.READ | OpenFlag.WRITE;
const NEW = BOTH | OpenFlag.CREATE | OpenFlag.EXCLUSIVE;

async function begin({ readAhead = true, writeBack = false, cacheTimeoutMs = 0 } = {}) {
  const server = new FakeSftpServer();
  const clock = new FakeClock();
  const connection = new Connection({
    host: "box",
    dial: server.dial,
    reconnectTimeoutMs: 1000,
    clock,
    onEvent: () => undefined,
  });
  await connection.start();
  const tree = new RemoteTree({ connection, clock, readAhead, writeBack, cacheTimeoutMs });
  return { server, clock, connection, tree };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

type File = Awaited<ReturnType<RemoteTree["open"]>>;

async function read(file: File, position: number, length: number): Promise<string> {
  const target = Buffer.alloc(length);
  return target.subarray(0, await file.read(target, position)).toString();
}

describe("the files of an SFTP server", () => {
  it("are read and written in pieces, also where the server gives less than was asked", async () => {
    const { server, tree } = await begin();
    server.put("/a", "0123456789abcdefghij");
    const file = await tree.open("/a", BOTH, 0);
    expect(await read(file, 0, 100)).toBe("0123456789abcdefghij");
    expect(await read(file, 3, 7)).toBe("3456789");
    expect(await read(file, 20, 5)).toBe("");
    await file.write(Buffer.from("ABCDEFGH"), 5);
    expect(server.content("/a").toString()).toBe("01234ABCDEFGHdefghij");
    await tree.close(file);
    expect(server.openHandles).toBe(0);
    expect(tree.openFiles).toBe(0);
  });

  it("are asked for little more than there is, whatever a client wants", async () => {
    const { server, tree } = await begin({ readAhead: false });
    server.put("/a", "0123456789");
    const file = await tree.open("/a", READ, 0);
    await settle();
    server.requests.length = 0;
    expect(await read(file, 0, 100_000)).toBe("0123456789");
    expect(server.requests.length).toBeLessThan(10);
  });

  it("say why they are refused, though the server says FAILURE only", async () => {
    const { server, tree } = await begin();
    server.put("/a", "x");
    server.putDirectory("/d");
    server.put("/d/x", "x");
    await expect(tree.mkdir("/a", 0o755)).rejects.toMatchObject({ code: "EEXIST" });
    await expect(tree.rmdir("/d")).rejects.toMatchObject({ code: "ENOTEMPTY" });
    await expect(tree.open("/a", NEW, 0o644)).rejects.toMatchObject({ code: "EEXIST" });
    await expect(tree.rename("/a", "/d", false)).rejects.toMatchObject({ code: "EEXIST" });
    await expect(tree.symlink("x", "/a")).rejects.toMatchObject({ code: "EEXIST" });
    await expect(tree.link("/a", "/d")).rejects.toMatchObject({ code: "EEXIST" });
    await expect(tree.lstat("/none")).rejects.toMatchObject({ code: "ENOENT" });
    server.freeBlocks = 0;
    const file = await tree.open("/a", BOTH, 0);
    await expect(tree.with(file, () => file.write(Buffer.from("y"), 0))).rejects.toMatchObject({
      code: "ENOSPC",
    });
  });

  it("do without what the server has not", async () => {
    const { server, tree } = await begin();
    for (const each of ["posix-rename", "hardlink", "fsync", "statvfs", "lsetstat"])
      server.missing.add(each);
    server.put("/a", "new");
    server.put("/b", "old");
    await tree.rename("/a", "/b", true);
    expect(server.content("/b").toString()).toBe("new");
    expect([...server.entries.keys()].sort()).toEqual(["/", "/b"]);
    await expect(tree.link("/b", "/c")).rejects.toMatchObject({ code: "EOPNOTSUPP" });
    expect(await tree.volume("/")).toBeUndefined();
    const file = await tree.open("/b", BOTH, 0);
    await tree.sync(file);
    await tree.setAttributes("/b", { mode: 0o600 });
    expect((await tree.lstat("/b")).mode).toBe(FileType.REGULAR | 0o600);
    await tree.symlink("b", "/l");
    await expect(tree.setAttributes("/l", { mode: 0o600 })).rejects.toMatchObject({
      code: "EOPNOTSUPP",
    });
  });

  it("are listed whole, without names that nobody could ask for", async () => {
    const { server, tree } = await begin();
    for (const name of ["a", "b", "c", "bad\uFFFD", "d"]) server.put(`/${name}`, name);
    const names = (await tree.list("/")).map(({ name }) => name);
    expect(names.sort()).toEqual(["a", "b", "c", "d"]);
  });

  it("tell of an open file what was written through us, without asking again", async () => {
    const { server, tree } = await begin({ cacheTimeoutMs: 1000 });
    server.put("/a", "12345");
    const file = await tree.open("/a", BOTH, 0);
    await settle();
    server.requests.length = 0;
    await file.write(Buffer.from("xyz"), 4);
    expect((await tree.fstat(file)).size).toBe(7);
    expect((await tree.lstat("/a")).size).toBe(7);
    expect(server.requests.filter((request) => request.includes("stat"))).toEqual([]);
  });

  it("are asked again when what is known is old", async () => {
    const { server, clock, tree } = await begin({ cacheTimeoutMs: 1000 });
    server.put("/a", "12345");
    const file = await tree.open("/a", READ, 0);
    await settle();
    server.put("/a", "123456789");
    expect((await tree.lstat("/a")).size).toBe(5);
    clock.advance(1000);
    expect((await tree.lstat("/a")).size).toBe(9);
    await tree.close(file);
  });
});

describe("the files of an SFTP server, when the connection is lost", () => {
  it("are opened again, and read on", async () => {
    const { server, tree } = await begin();
    server.put("/a", "0123456789");
    const file = await tree.open("/a", READ, 0);
    await settle();
    server.current?.lose();
    expect(await read(file, 2, 5)).toBe("23456");
  });

  it("are not read on where somebody has changed them meanwhile", async () => {
    const { server, tree } = await begin();
    server.put("/a", "0123456789");
    const file = await tree.open("/a", READ, 0);
    await settle();
    server.current?.lose();
    server.put("/a", "another 10");
    await expect(tree.with(file, () => read(file, 2, 5))).rejects.toMatchObject({ code: "ESTALE" });
    await expect(tree.with(file, () => read(file, 2, 5))).rejects.toThrow(
      /is not the file any more/,
    );
  });

  it("are not read on where they were deleted through us", async () => {
    const { server, tree } = await begin();
    server.put("/a", "0123456789");
    const file = await tree.open("/a", READ, 0);
    await settle();
    await tree.unlink("/a");
    expect(await read(file, 0, 3)).toBe("012");
    server.put("/a", "0123456789");
    server.current?.lose();
    await expect(tree.with(file, () => read(file, 0, 3))).rejects.toMatchObject({ code: "ESTALE" });
  });

  it("are found under the names that we gave them and their directories", async () => {
    const { server, tree } = await begin();
    server.putDirectory("/d");
    server.put("/d/a", "0123456789");
    const file = await tree.open("/d/a", READ, 0);
    await settle();
    await tree.rename("/d/a", "/d/b", true);
    server.current?.lose();
    expect(await read(file, 0, 3)).toBe("012");
    expect(server.requests).toContain("open /d/b");
  });

  it("are written on at the same place", async () => {
    const { server, tree } = await begin();
    server.put("/a", "..........");
    server.cuts.length = 0;
    const file = await tree.open("/a", BOTH, 0);
    await settle();
    server.cuts.push({ after: 4, isDone: true }, { after: 5, isDone: false });
    server.current?.lose();
    await file.write(Buffer.from("abcdefghijklmnop"), 3);
    expect(server.content("/a").toString()).toBe("...abcdefghijklmnop");
  });

  it.each([
    { what: "deleted", run: (tree: RemoteTree) => tree.unlink("/a"), gone: "/a" },
    { what: "renamed", run: (tree: RemoteTree) => tree.rename("/a", "/new", true), gone: "/a" },
    {
      what: "renamed where nothing is",
      run: (tree: RemoteTree) => tree.rename("/a", "/new", false),
      gone: "/a",
    },
    { what: "removed", run: (tree: RemoteTree) => tree.rmdir("/d"), gone: "/d" },
  ])("are $what once, also where the answer was lost", async ({ run, gone }) => {
    for (const isDone of [true, false]) {
      const { server, tree } = await begin();
      server.put("/a", "a");
      server.putDirectory("/d");
      server.cuts.push({ after: 0, isDone });
      server.current?.lose();
      await settle();
      await run(tree);
      expect(server.entries.has(gone)).toBe(false);
    }
  });

  it("are not said to be made where it is not known by whom", async () => {
    const { server, tree } = await begin();
    server.cuts.push({ after: 0, isDone: true });
    server.current?.lose();
    await settle();
    await expect(tree.open("/a", NEW, 0o644)).rejects.toThrow(/who made it is not known/);
  });

  it("are what a model says, whatever is read and written and however often it is lost", async () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant("write" as const),
        position: fc.nat(60),
        data: fc.uint8Array({ minLength: 1, maxLength: 40 }),
      }),
      fc.record({
        kind: fc.constant("read" as const),
        position: fc.nat(100),
        length: fc.integer({ min: 1, max: 60 }),
      }),
      fc.record({ kind: fc.constant("resize" as const), size: fc.nat(100) }),
      fc.record({ kind: fc.constant("reopen" as const) }),
      fc.record({ kind: fc.constant("time" as const) }),
    );
    const cut = fc.record({ after: fc.integer({ min: 3, max: 25 }), isDone: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 25 }),
        fc.array(cut, { maxLength: 12 }),
        fc.boolean(),
        async (steps, cuts, writeBack) => {
          const { server, tree } = await begin({ writeBack });
          server.put("/a", "begin");
          let model = Buffer.from("begin");
          let file = await tree.open("/a", BOTH, 0);
          await settle();
          server.cuts.push(...cuts);
          server.current?.lose();
          for (const each of steps) {
            if (each.kind === "write") {
              const whole = Buffer.alloc(Math.max(model.length, each.position + each.data.length));
              model.copy(whole);
              whole.set(each.data, each.position);
              model = whole;
              await file.write(each.data, each.position);
            } else if (each.kind === "read") {
              const target = Buffer.alloc(each.length);
              const length = await file.read(target, each.position);
              const expected = model.subarray(each.position, each.position + each.length);
              expect(target.subarray(0, length).toString("hex")).toBe(expected.toString("hex"));
            } else if (each.kind === "resize") {
              const whole = Buffer.alloc(each.size);
              model.copy(whole);
              model = whole;
              await tree.with(file, () => file.resize(each.size));
            } else if (each.kind === "time") {
              await tree.setFileAttributes(file, { atime: 5, mtime: 5 });
            } else {
              await file.flush();
              await tree.close(file);
              file = await tree.open("/a", BOTH, 0);
              await settle();
            }
          }
          await file.flush();
          await tree.close(file);
          expect(server.content("/a").toString("hex")).toBe(model.toString("hex"));
          expect(tree.openFiles).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("write-back", () => {
  it("answers before the server has confirmed, and flush waits", async () => {
    const { server, tree } = await begin({ writeBack: true });
    const file = await tree.open("/a", NEW, 0o644);
    const data = Buffer.from("hello");
    await file.write(data, 0);
    data.fill(0); // the caller's again
    expect(server.content("/a").length).toBeLessThan(5);
    await file.flush();
    expect(server.content("/a").toString()).toBe("hello");
  });

  it("tells by flush what a write came to, once", async () => {
    const { server, tree } = await begin({ writeBack: true });
    const file = await tree.open("/a", NEW, 0o644);
    server.freeBlocks = 0;
    await tree.with(file, () => file.write(Buffer.from("hello"), 0));
    await expect(tree.with(file, () => file.flush())).rejects.toMatchObject({ code: "ENOSPC" });
    await file.flush();
  });

  it("shows readers what was written, and a size that has it", async () => {
    const { tree } = await begin({ writeBack: true });
    const file = await tree.open("/a", NEW, 0o644);
    const other = await tree.open("/a", READ, 0);
    await settle();
    await file.write(Buffer.from("hello"), 0);
    expect((await tree.lstat("/a")).size).toBe(5);
    expect(await read(other, 0, 5)).toBe("hello");
  });

  it("sends writes to the same place in their order", async () => {
    const { server, tree } = await begin({ writeBack: true });
    const file = await tree.open("/a", NEW, 0o644);
    for (let number = 0; number < 20; number++) {
      await file.write(Buffer.from(String(number).padStart(9)), number % 3);
    }
    await file.flush();
    expect(server.content("/a").toString().slice(1, 10).trim()).toBe("19");
  });

  it("of one open comes before a cut by another that was asked for later", async () => {
    const { server, tree } = await begin({ writeBack: true });
    const file = await tree.open("/a", NEW, 0o644);
    const other = await tree.open("/a", BOTH, 0);
    await settle();
    let release: () => void = () => undefined;
    server.holdWrites = new Promise<void>((resolve) => {
      release = resolve;
    });
    await file.write(Buffer.from("hello"), 0);
    const cut = other.resize(0);
    await settle();
    release();
    await cut;
    await file.flush();
    expect(server.content("/a").toString()).toBe("");
  });

  it("waits where too much is pending", async () => {
    const { server, connection, tree } = await begin({ writeBack: true });
    server.writePieceBytes = MAX_WRITE_BACK_BYTES;
    server.current?.lose();
    const file = await tree.open("/a", NEW, 0o644);
    const part = Buffer.alloc(MAX_WRITE_BACK_BYTES / 2, 1);
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    server.holdWrites = held;
    let written = 0;
    const all = (async () => {
      for (; written < 4; written++) await file.write(part, written * part.length);
    })();
    await settle();
    expect(written).toBe(2);
    release();
    await all;
    await file.flush();
    expect(server.content("/a")).toHaveLength(4 * part.length);
    connection.stop();
  });
});
