import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  rmdir,
  stat,
  symlink,
  unlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { mountAt } from "../../src/fuse/mount-table.js";
import { describeWithFuse } from "../fuse-here.js";
import { TestDrive } from "../test-drive.js";

const ROOT = resolve(import.meta.dirname, "../..");
const MAIN = join(ROOT, "dist", "cli", "main.js");
const PACKAGES = join(ROOT, "test", "packages");
const MODULES = join(PACKAGES, "node_modules");

/** What runs: programs that come with the packages, or, where a package has none, what its user writes to mount it. */
const HYPERDRIVE = join(PACKAGES, "hyperdrive.cjs");
const TORRENT = join(PACKAGES, "torrent.cjs");
const MIRROR_FS = join(MODULES, "fuse4js", "example", "mirrorFS.js");
const JSON_FS = join(MODULES, "fuse4js", "example", "jsonFS.js");
const EXCLFS = join(MODULES, "exclfs", "server.js");

/** FUSE file systems that others have published on npm, in the versions that are run. */
const VERSIONS = {
  "hyperdrive-fuse": "1.2.16",
  hyperdrive: "10.21.0",
  "torrent-mount": "1.4.2",
  fuse4js: "0.1.12",
  exclfs: "0.0.5",
};

let directory: string;
let children: ChildProcess[];
/** What has to go besides. */
let seeded: string | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "anymount-npm-fuse-"));
  children = [];
});

afterEach(async () => {
  for (const child of children) await stop(child, "SIGKILL");
  await vi.waitUntil(() => mountAt(join(directory, "mnt")) === undefined, { timeout: 5000 });
  await rm(directory, { recursive: true });
  if (seeded !== undefined) await rm(seeded, { recursive: true });
  seeded = undefined;
});

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((settle) => child.once("close", settle));
  child.kill(signal);
  await ended;
}

/** Runs anymount until it says that it is ready. @returns where, as it says it */
async function start(...args: readonly string[]): Promise<{ child: ChildProcess; where: string }> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: directory,
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  const where = await new Promise<string>((settle, reject) => {
    let printed = "";
    let errors = "";
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    child.stdout.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
      const ready = /^ready (.*)\n/m.exec(printed)?.[1];
      if (ready !== undefined) settle(ready);
    });
    child.once("close", () => {
      reject(new Error(`it ended before it was ready: ${errors}`));
    });
  });
  return { child, where };
}

/** A Hyperdrive's open file keeps in itself where it reads: two reads at once, as Linux asks for them, get mixed up. */
function optionsOf(program: string): string[] {
  return program === HYPERDRIVE ? ["-o", "serial"] : [];
}

function argsOf(args: readonly string[]): string[] {
  return args.map((arg) => `--arg=${arg}`);
}

/** Serves a program, and connects to it. */
async function serving(program: string, ...args: readonly string[]) {
  const where = ["--listen", "127.0.0.1:0", "--user", "anna:secret"];
  const how = [...optionsOf(program), ...argsOf(args)];
  const started = await start("serve", "fuse", program, ...how, ...where);
  const port = Number(/^smb:\/\/127\.0\.0\.1:(\d+)\/fuse$/.exec(started.where)?.[1]);
  return { drive: await TestDrive.connect(port, "fuse"), child: started.child };
}

/** Mounts a program by /dev/fuse. */
async function mounting(program: string, ...args: readonly string[]) {
  const at = join(directory, "mnt");
  const how = [...optionsOf(program), ...argsOf(args)];
  const { child } = await start("mount", "fuse", program, at, ...how);
  return { at, child };
}

/** None of the packages is changed; what they ask for as fuse-native, fuse-bindings or fuse4js, they are given by us. */
describe("file systems from npm, by SMB", { timeout: 30_000 }, () => {
  it("hyperdrive-fuse, by fuse-native: what is made in a Hyperdrive is there the next time", async () => {
    const first = await serving(HYPERDRIVE, "store", "unused");
    expect(await first.drive.names()).toEqual([]);
    await first.drive.write("note.txt", "kept in a drive");
    expect(await first.drive.text("note.txt")).toBe("kept in a drive");
    await first.drive.write("note.txt", "written anew");
    await first.drive.makeDirectory("folder");
    await first.drive.write("folder\\other.txt", "x");
    await first.drive.write("gone.txt", "x");
    await first.drive.remove("gone.txt");
    expect(await first.drive.names()).toEqual(["folder", "note.txt"]);
    first.drive.close();
    await stop(first.child, "SIGTERM");

    const { drive } = await serving(HYPERDRIVE, "store", "unused");
    expect(await drive.names()).toEqual(["folder", "note.txt"]);
    expect(await drive.names("folder")).toEqual(["other.txt"]);
    expect(await drive.text("note.txt")).toBe("written anew");
    await expect(drive.text("gone.txt")).rejects.toThrow("OBJECT_NAME_NOT_FOUND");
    drive.close();
  });

  it("torrent-mount, by fuse-bindings: what a torrent holds is listed and read, and not written", async () => {
    const content = randomBytes(70_000);
    const torrent = join(directory, "data.torrent");
    seeded = await seed(torrent, content);
    const { drive } = await serving(TORRENT, torrent, join(directory, "unused"));
    expect(await drive.names()).toEqual(["data"]);
    expect(await drive.names("data")).toEqual(["text.txt"]);
    expect((await drive.bytes("data\\text.txt")).equals(content)).toBe(true);
    await expect(drive.write("new.txt", "x")).rejects.toThrow("ACCESS_DENIED");
    drive.close();
  });

  it("mirrorFS of fuse4js: what is done to the drive is done to a directory of the machine", async () => {
    const lower = join(directory, "lower");
    await mkdir(join(lower, "below"), { recursive: true });
    await writeFile(join(lower, "below", "old.txt"), "from below");
    const { drive } = await serving(MIRROR_FS, lower, "unused");
    expect(await drive.text("below\\old.txt")).toBe("from below");
    await drive.write("new.txt", "from above");
    await drive.makeDirectory("made");
    await drive.rename("new.txt", "made\\renamed.txt");
    await drive.remove("below\\old.txt");
    await drive.remove("below");
    expect(await drive.names()).toEqual(["made"]);
    expect(await drive.names("made")).toEqual(["renamed.txt"]);
    expect(await readdir(lower)).toEqual(["made"]);
    expect(await readFile(join(lower, "made", "renamed.txt"), "utf8")).toBe("from above");
    drive.close();
  });

  it("jsonFS of fuse4js: a JSON file is a drive, and written when the server ends", async () => {
    await writeFile(join(directory, "in.json"), '{ "hello.txt": "Hello", "dir": { "deep": "x" } }');
    const { drive, child } = await serving(JSON_FS, "-o", "out.json", "in.json", "unused");
    expect(await drive.names()).toEqual(["dir", "hello.txt"]);
    expect(await drive.text("hello.txt")).toBe("Hello");
    expect(await drive.text("dir\\deep")).toBe("x");
    await drive.makeDirectory("made");
    await drive.write("made\\new.txt", "new");
    await drive.rename("hello.txt", "dir\\moved.txt");
    await drive.remove("dir\\deep");
    drive.close();
    await stop(child, "SIGTERM");
    expect(JSON.parse(await readFile(join(directory, "out.json"), "utf8"))).toEqual({
      dir: { "moved.txt": "Hello" },
      made: { "new.txt": "new" },
    });
  });

  it("exclfs, by fuse-bindings: a directory of the machine is listed", async () => {
    const lower = join(directory, "lower");
    await mkdir(join(lower, "below"), { recursive: true });
    await writeFile(join(lower, "file.txt"), "from below");
    await writeFile(join(lower, "below", "deep.txt"), "from further below");
    const { drive } = await serving(EXCLFS, lower, "unused");
    expect(await drive.names()).toEqual(["below", "file.txt"]);
    expect(await drive.names("below")).toEqual(["deep.txt"]);
    await expect(drive.text("missing")).rejects.toThrow("OBJECT_NAME_NOT_FOUND");
    // It opens no file under any FUSE: its own `open` assigns to a constant.
    drive.close();
  });
});

describeWithFuse("file systems from npm, by /dev/fuse", () => {
  const LONG = { timeout: 30_000 };

  it("hyperdrive-fuse: programs make, write, link and remove in a Hyperdrive", LONG, async () => {
    const mnt = join(directory, "mnt");
    const first = await mounting(HYPERDRIVE, "store", mnt);
    const content = randomBytes(300_000);
    await mkdir(join(mnt, "folder"));
    await writeFile(join(mnt, "folder", "big"), content);
    expect((await readFile(join(mnt, "folder", "big"))).equals(content)).toBe(true);
    await writeFile(join(mnt, "file"), "first");
    await writeFile(join(mnt, "file"), "second");
    await symlink("file", join(mnt, "link"));
    expect(await readlink(join(mnt, "link"))).toBe("file");
    expect(await readFile(join(mnt, "link"), "utf8")).toBe("second");
    await mkdir(join(mnt, "empty"));
    await rmdir(join(mnt, "empty"));
    await writeFile(join(mnt, "gone"), "x");
    await unlink(join(mnt, "gone"));
    expect((await readdir(mnt)).sort()).toEqual(["file", "folder", "link"]);
    await expect(rename(join(mnt, "file"), join(mnt, "moved"))).rejects.toThrow("ENOTSUP"); // it has none
    await stop(first.child, "SIGTERM");

    await mounting(HYPERDRIVE, "store", mnt);
    expect((await readdir(mnt)).sort()).toEqual(["file", "folder", "link"]);
    expect((await readFile(join(mnt, "folder", "big"))).equals(content)).toBe(true);
  });

  it("torrent-mount: programs read what a torrent holds, at once and in pieces", LONG, async () => {
    const content = randomBytes(70_000);
    const torrent = join(directory, "data.torrent");
    seeded = await seed(torrent, content);
    const { at } = await mounting(TORRENT, torrent, join(directory, "unused"));
    expect(await readdir(at)).toEqual(["data"]);
    expect((await stat(join(at, "data", "text.txt"))).size).toBe(content.length);
    expect((await readFile(join(at, "data", "text.txt"))).equals(content)).toBe(true);
    await expect(writeFile(join(at, "new.txt"), "x")).rejects.toThrow(/EROFS|EACCES|EPERM|ENOSYS/);
  });

  it("mirrorFS of fuse4js: what programs do is done to another directory", LONG, async () => {
    const lower = join(directory, "lower");
    await mkdir(lower);
    await writeFile(join(lower, "old"), "from below");
    const { at } = await mounting(MIRROR_FS, lower, "unused");
    expect(await readFile(join(at, "old"), "utf8")).toBe("from below");
    const content = randomBytes(300_000);
    await mkdir(join(at, "made"));
    await writeFile(join(at, "made", "new"), content);
    await rename(join(at, "made", "new"), join(at, "renamed"));
    await rmdir(join(at, "made"));
    await unlink(join(at, "old"));
    expect(await readdir(lower)).toEqual(["renamed"]);
    expect((await readFile(join(lower, "renamed"))).equals(content)).toBe(true);
  });

  it(
    "jsonFS of fuse4js: programs change a JSON file, which is written at the end",
    LONG,
    async () => {
      await writeFile(join(directory, "in.json"), '{ "hello": "Hello", "dir": {} }');
      const { at, child } = await mounting(JSON_FS, "-o", "out.json", "in.json", "unused");
      expect((await readdir(at)).sort()).toEqual(["dir", "hello"]);
      expect(await readFile(join(at, "hello"), "utf8")).toBe("Hello");
      await writeFile(join(at, "dir", "new"), "text");
      await rename(join(at, "hello"), join(at, "dir", "moved"));
      await stop(child, "SIGTERM");
      const told: unknown = JSON.parse(await readFile(join(directory, "out.json"), "utf8"));
      expect(told).toEqual({ dir: { new: "text", moved: "Hello" } });
    },
  );
});

it.each(Object.entries(VERSIONS))("%s is %s, as npm gives it", async (name, version) => {
  const text = await readFile(join(MODULES, name, "package.json"), "utf8");
  expect(JSON.parse(text)).toMatchObject({ name, version });
});

const PIECE_LENGTH = 16_384;

/** Makes a torrent of one file in a folder, and puts its data where torrent-stream looks for it, which is told. */
async function seed(torrent: string, content: Buffer): Promise<string> {
  const pieces: Buffer[] = [];
  for (let at = 0; at < content.length; at += PIECE_LENGTH) {
    pieces.push(
      createHash("sha1")
        .update(content.subarray(at, at + PIECE_LENGTH))
        .digest(),
    );
  }
  const files = [
    new Map<string, Bencoded>([
      ["length", content.length],
      ["path", ["text.txt"]],
    ]),
  ];
  const info = bencode(
    new Map<string, Bencoded>([
      ["files", files],
      ["name", "data"],
      ["piece length", PIECE_LENGTH],
      ["pieces", Buffer.concat(pieces)],
    ]),
  );
  await writeFile(torrent, Buffer.concat([Buffer.from("d4:info"), info, Buffer.from("e")]));
  const hash = createHash("sha1").update(info).digest("hex");
  const at = join(existsSync("/tmp") ? "/tmp" : tmpdir(), "torrent-stream", hash);
  await mkdir(join(at, "data"), { recursive: true });
  await writeFile(join(at, "data", "text.txt"), content);
  return at;
}

type Bencoded = number | string | Buffer | readonly Bencoded[] | Map<string, Bencoded>;

/** BEP 3; keys come in order. */
function bencode(value: Bencoded): Buffer {
  if (typeof value === "number") return Buffer.from(`i${value}e`);
  if (typeof value === "string") return bencode(Buffer.from(value));
  if (Buffer.isBuffer(value)) return Buffer.concat([Buffer.from(`${value.length}:`), value]);
  const parts = value instanceof Map ? [...value].flat() : value;
  const start = Buffer.from(value instanceof Map ? "d" : "l");
  return Buffer.concat([start, ...parts.map(bencode), Buffer.from("e")]);
}
