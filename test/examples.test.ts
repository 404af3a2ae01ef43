import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import ts from "typescript";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeWith } from "./programs.js";
import { TestDrive } from "./test-drive.js";

const ROOT = resolve(import.meta.dirname, "..");
const EXAMPLES = join(ROOT, "examples");
const MAX_LINES = 60;

describe("the examples", { timeout: 30_000 }, () => {
  let directory: string;
  let child: ChildProcess | undefined;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "anymount-examples-"));
    await mkdir(join(directory, "node_modules"));
    await symlink(ROOT, join(directory, "node_modules", "anymount"), "dir");
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
  });

  /** Makes JavaScript of an example, beside an installed package. */
  async function compile(name: string): Promise<void> {
    const source = await readFile(join(EXAMPLES, `${name}.ts`), "utf8");
    const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
    const { outputText } = ts.transpileModule(source, { compilerOptions });
    await writeFile(join(directory, `${name}.mjs`), outputText);
  }

  /** Serves an example as its first lines say, and connects to it. */
  async function serving(
    name: string,
    environment: NodeJS.ProcessEnv = {},
    kind: "tree" | "fuse" = "tree",
  ): Promise<TestDrive> {
    await compile(name);
    const main = join(ROOT, "dist", "cli", "main.js");
    const args = ["serve", kind, `${name}.mjs`, "--listen", "127.0.0.1:0", "--user", "anna:secret"];
    const started = spawn(process.execPath, [main, ...args], {
      cwd: directory,
      env: { ...process.env, ...environment },
    });
    child = started;
    const port = await new Promise<number>((settle, reject) => {
      let printed = "";
      let errors = "";
      started.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
      started.stdout.on("data", (chunk: Buffer) => {
        printed += chunk.toString();
        const ready = /^ready smb:\/\/127\.0\.0\.1:(\d+)\/(?:tree|fuse)$/m.exec(printed);
        if (ready !== null) settle(Number(ready[1]));
      });
      started.once("close", () => {
        reject(new Error(`it ended before it was ready: ${errors}`));
      });
    });
    return TestDrive.connect(port, kind);
  }

  it("are short, and all of them are tried here", async () => {
    const tests = await readFile(import.meta.filename, "utf8");
    for (const name of await readdir(EXAMPLES)) {
      const text = await readFile(join(EXAMPLES, name), "utf8");
      expect({ name, isShort: text.split("\n").length <= MAX_LINES }).toEqual({
        name,
        isShort: true,
      });
      expect(tests).toMatch(new RegExp(`(serving|compile)\\("${basename(name, ".ts")}"`));
    }
  });

  it("fuse-notes: FUSE operations as a drive", async () => {
    const drive = await serving("fuse-notes", {}, "fuse");
    expect(await drive.names()).toEqual(["read me.txt"]);
    expect(await drive.text("read me.txt")).toBe("Write notes here.\n");
    await drive.write("a.txt", "first");
    await drive.rename("a.txt", "b.txt");
    expect(await drive.text("b.txt")).toBe("first");
    await drive.remove("read me.txt");
    expect(await drive.names()).toEqual(["b.txt"]);
    await expect(drive.write("no note", "x")).rejects.toThrow("ACCESS_DENIED");
    drive.close();
  });

  it("web-api: a web API as a drive", async () => {
    const answers: Readonly<Record<string, unknown>> = {
      "/users": [{ id: 1, name: "Ann/Ä" }],
      "/users/1": { id: 1, whole: true },
      "/posts?userId=1": [{ id: 7, title: "What?", body: "It works." }],
    };
    const api = createServer(({ url = "" }, response) => {
      const answer = answers[url];
      response.statusCode = answer === undefined ? 404 : 200;
      response.end(JSON.stringify(answer));
    });
    await new Promise<void>((settle) => api.listen(0, "127.0.0.1", settle));
    try {
      const { port } = api.address() as AddressInfo;
      const drive = await serving("web-api", { API: `http://127.0.0.1:${port}` });
      expect(await drive.names()).toEqual(["Ann／Ä"]);
      expect(await drive.names("Ann／Ä")).toEqual([
        "as the API has it.json",
        "posts",
        "record.json",
      ]);
      expect(await drive.text("Ann／Ä\\posts\\What？.txt")).toBe("What?\n\nIt works.\n");
      expect(await drive.text("Ann／Ä\\as the API has it.json")).toBe('{"id":1,"whole":true}');
      drive.close();
    } finally {
      api.close();
    }
  });

  it("process-info: what a process is doing", async () => {
    const drive = await serving("process-info", { A_SECRET: "not to be seen" });
    expect(JSON.parse(await drive.text("process.json"))).toMatchObject({ pid: child?.pid });
    expect(await drive.text("memory.csv")).toMatch(/^what,bytes\nrss,\d+\n/);
    expect(await drive.text("who is asking.txt")).toMatch(/^anna, session \d+, from 127\.0\.0\.1:/);
    expect(await drive.text("environment\\A_SECRET")).toBe("(set)\n");
    expect(JSON.parse(await drive.text("machine\\network.json"))).toHaveProperty("lo");
    drive.close();
  });

  it("sql-csv: tables and queries as CSV", async () => {
    const drive = await serving("sql-csv");
    const all =
      'name,born,city\r\nAnn,1912,"Ulm, Old Town"\r\nBen,1931,Bonn\r\nCleo,1925,Cologne\r\n';
    expect(await drive.text("tables\\people.csv")).toBe(all);
    const query = "select name, born from people where city = Bonn.csv";
    expect(await drive.text(`queries\\${query}`)).toBe("name,born\r\nBen,1931\r\n");
    const early = "SELECT name, born FROM people WHERE born below 1930 ORDER BY name.csv";
    expect(await drive.text(`queries\\${early}`)).toBe("name,born\r\nAnn,1912\r\nCleo,1925\r\n");
    expect(await drive.text("queries\\select all from people.csv")).toBe(all);
    await expect(drive.text("queries\\select a from nothing.csv")).rejects.toThrow("NOT_FOUND");
    drive.close();
  });

  it("thumbnails: a folder of small pictures", async () => {
    const [width, height] = [128, 4];
    const picture = Buffer.alloc(54 + 3 * width * height);
    picture.write("BM");
    picture.writeUInt32LE(54, 10);
    picture.writeInt32LE(width, 18);
    picture.writeInt32LE(height, 22);
    for (let x = 0; x < width * height; x++) picture[54 + 3 * x] = x % width;
    await writeFile(join(directory, "wide.bmp"), picture);
    const drive = await serving("thumbnails", { PICTURES: directory });
    expect(await drive.names()).toEqual(["wide.bmp"]);
    const small = await drive.bytes("wide.bmp");
    expect([small.length, small.readInt32LE(18), small.readInt32LE(22)]).toEqual([54 + 384, 64, 2]);
    expect([small[54], small[57], small[54 + 3 * 63]]).toEqual([0, 2, 126]);
    drive.close();
  });

  it("encrypted-folder: plain on the drive, and not where it lies", async () => {
    const environment = { STORE: join(directory, "store"), PASSPHRASE: "open sesame" };
    const drive = await serving("encrypted-folder", environment);
    await drive.write("diary.txt", "Dear diary, nobody reads this.");
    await drive.write("second.txt", "2");
    await drive.rename("second.txt", "renamed.txt");
    await drive.remove("renamed.txt");
    expect(await drive.names()).toEqual(["diary.txt"]);
    expect(await drive.text("DIARY.TXT")).toBe("Dear diary, nobody reads this.");
    const [stored = "", ...others] = await readdir(environment.STORE);
    expect(others).toEqual([]);
    expect(stored).not.toContain("diary");
    const sealed = await readFile(join(environment.STORE, stored));
    expect(sealed.includes("diary")).toBe(false);
    drive.close();
  });

  describeWith(["smbclient"], "with a real client", () => {
    it("test-suite: tests of a program, with fixtures, failures, and what it did", async () => {
      await compile("test-suite");
      const started = spawn(process.execPath, ["--test", "test-suite.mjs"], { cwd: directory });
      child = started;
      let printed = "";
      for (const stream of [started.stdout, started.stderr]) {
        stream.on("data", (chunk: Buffer) => (printed += chunk.toString()));
      }
      await once(started, "close");
      child = undefined;
      expect(printed).toMatch(/^. (pass|tests) 2$/m);
      expect(printed).toMatch(/^. fail 0$/m);
    });
  });
});
