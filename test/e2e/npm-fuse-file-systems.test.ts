import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestDrive } from "../test-drive.js";

const ROOT = resolve(import.meta.dirname, "../..");
const MAIN = join(ROOT, "dist", "cli", "main.js");
const FIXTURES = join(ROOT, "test", "fixtures", "fuse");

/**
 * FUSE file systems that others have published on npm, none of them changed. Their fuse-native and fuse-bindings are not
 * built: they are given ours when they ask for them.
 */
describe("file systems from npm", { timeout: 30_000 }, () => {
  let directory: string;
  let child: ChildProcess | undefined;
  let seeded: string | undefined;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "anymount-npm-fuse-"));
  });
  afterEach(async () => {
    const running = child;
    if (running !== undefined) {
      const ended = new Promise((settle) => running.once("close", settle));
      running.kill("SIGKILL");
      await ended;
    }
    child = undefined;
    await rm(directory, { recursive: true });
    if (seeded !== undefined) await rm(seeded, { recursive: true });
    seeded = undefined;
  });

  /** Serves a program, and connects to it. */
  async function serving(program: string, ...args: readonly string[]): Promise<TestDrive> {
    const rest = args.flatMap((arg) => ["--arg", arg]);
    const where = ["--listen", "127.0.0.1:0", "--user", "anna:secret"];
    const started = spawn(process.execPath, [MAIN, "serve", "fuse", program, ...rest, ...where], {
      cwd: directory,
      stdio: ["ignore", "pipe", "pipe"],
    });
    child = started;
    const port = await new Promise<number>((settle, reject) => {
      let printed = "";
      let errors = "";
      started.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
      started.stdout.on("data", (chunk: Buffer) => {
        printed += chunk.toString();
        const ready = /^ready smb:\/\/127\.0\.0\.1:(\d+)\/fuse$/m.exec(printed);
        if (ready !== null) settle(Number(ready[1]));
      });
      started.once("close", () => {
        reject(new Error(`it ended before it was ready: ${errors}`));
      });
    });
    return TestDrive.connect(port, "fuse");
  }

  it("hyperdrive-fuse 1.2.16, by fuse-native: files and folders are made, written, read and removed", async () => {
    const drive = await serving(join(FIXTURES, "hyperdrive.cjs"));
    expect(await drive.names()).toEqual([]);
    await drive.write("note.txt", "kept in a drive");
    expect(await drive.text("note.txt")).toBe("kept in a drive");
    await drive.write("note.txt", "written anew");
    expect(await drive.text("note.txt")).toBe("written anew");
    await drive.write("other.txt", "x");
    expect(await drive.names()).toEqual(["note.txt", "other.txt"]);
    await drive.remove("other.txt");
    expect(await drive.names()).toEqual(["note.txt"]);
    await expect(drive.text("missing.txt")).rejects.toThrow("OBJECT_NAME_NOT_FOUND");
    drive.close();
  });

  it("torrent-mount 1.4.2, by fuse-bindings: what a torrent holds is listed and read, and not written", async () => {
    const content = randomBytes(70_000);
    const torrent = join(directory, "data.torrent");
    seeded = await seed(torrent, content);
    const drive = await serving(join(FIXTURES, "torrent.cjs"), torrent, join(directory, "mnt"));
    expect(await drive.names()).toEqual(["data"]);
    expect(await drive.names("data")).toEqual(["text.txt"]);
    expect((await drive.bytes("data\\text.txt")).equals(content)).toBe(true);
    await expect(drive.write("new.txt", "x")).rejects.toThrow("ACCESS_DENIED");
    drive.close();
  });

  it("exclfs 0.0.5, a program of its own, by fuse-bindings: a directory of the machine is listed", async () => {
    const lower = join(directory, "lower");
    await mkdir(join(lower, "below"), { recursive: true });
    await writeFile(join(lower, "file.txt"), "from below");
    await writeFile(join(lower, "below", "deep.txt"), "from further below");
    const program = join(ROOT, "node_modules", "exclfs", "server.js");
    const drive = await serving(program, lower, join(directory, "mnt"));
    expect(await drive.names()).toEqual(["below", "file.txt"]);
    expect(await drive.names("below")).toEqual(["deep.txt"]);
    await expect(drive.text("missing")).rejects.toThrow("OBJECT_NAME_NOT_FOUND");
    // It opens no file under any FUSE: its own `open` assigns to a constant.
    drive.close();
  });

  it("are what npm gives", async () => {
    for (const [name, version] of Object.entries({
      "hyperdrive-fuse": "1.2.16",
      "torrent-mount": "1.4.2",
      exclfs: "0.0.5",
    })) {
      const text = await readFile(join(ROOT, "node_modules", name, "package.json"), "utf8");
      expect(JSON.parse(text)).toMatchObject({ name, version });
    }
  });
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
