import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { memory, type Server, serve } from "../../src/index.js";
import { describeWith } from "../programs.js";
import { expectNothingLeft, type Run, smbclient, USERS, withDirectory } from "./smb-client.js";

/** The names in a listing, of files and folders, without `.` and `..`. */
function namesIn(listing: string): string[] {
  const lines = listing.matchAll(/^ {2}(\S.*?) +[ADHNRS]+ +\d+ {2}\w{3} \w{3} /gm);
  return [...lines].map(([, name]) => name!).filter((name) => name !== "." && name !== "..");
}

describeWith(["smbclient"], "names, by smbclient", () => {
  let server: Server;
  beforeAll(async () => {
    server = await serve({ data: memory() }, { port: 0, users: USERS });
  });
  afterEach(async () => {
    await run(["deltree *", "del *"]);
    expect(namesIn((await run(["ls"])).output)).toEqual([]);
    await expectNothingLeft(server);
  });
  afterAll(async () => {
    await server.close();
  });

  function run(commands: readonly string[], directory?: string): Promise<Run> {
    const target = { port: server.port, ...(directory === undefined ? {} : { directory }) };
    return smbclient(target, commands);
  }

  /** A directory of this machine with files in it, each holding its name. */
  function withFiles(
    names: readonly string[],
    test: (directory: string) => Promise<void>,
  ): Promise<void> {
    return withDirectory(async (directory) => {
      for (const name of names) await writeFile(join(directory, name), name);
      await test(directory);
    });
  }

  const NAMES = [
    "Größe und Äpfel.txt",
    "日本語のファイル名.txt",
    "😀 👩‍👩‍👧.txt",
    "ελληνικά",
    "e\u0301 and \u00e9",
    "a b  c",
    "#$%&'()+,-.=@[]^_`{}~",
    ".hidden",
    "no extension",
    "many.dots.in.it",
  ];

  it("of all scripts go there and come back as they were", async () => {
    await withFiles(NAMES, async (directory) => {
      const commands = NAMES.map((name) => `put "${name}"`);
      expect(await run(commands, directory)).toMatchObject({ status: 0 });
      expect(namesIn((await run(["ls"])).output).sort()).toEqual([...NAMES].sort());
      await mkdir(join(directory, "back"));
      await run(["prompt", "lcd back", "mget *"], directory);
      const back = await readdir(join(directory, "back"));
      expect(back.sort()).toEqual([...NAMES].sort());
      for (const name of back) {
        expect(await readFile(join(directory, "back", name), "utf8")).toBe(name);
      }
    });
  });

  it("of folders go there and come back as they were", async () => {
    const folders = NAMES.map((name) => `mkdir "${name}"`);
    expect(await run(folders)).toMatchObject({ status: 0 });
    expect(namesIn((await run(["ls"])).output).sort()).toEqual([...NAMES].sort());
  });

  it("of 255 UTF-16 units are taken, and of 256 not", async () => {
    const longest = ["a".repeat(255), "ü".repeat(255), `${"😀".repeat(127)}x`];
    await withFiles(["file"], async (directory) => {
      for (const name of longest) {
        const stored = await run([`put file "${name}"`, `get "${name}" back`], directory);
        expect(stored.status).toBe(0);
        expect(await readFile(join(directory, "back"), "utf8")).toBe("file");
        const tooLong = await run([`put file "${name}b"`], directory);
        expect(tooLong.output).toContain("NT_STATUS_OBJECT_NAME_INVALID");
      }
      expect(namesIn((await run(["ls"])).output).sort()).toEqual([...longest].sort());
    });
  });

  it("are found in any case, and shown in their own", async () => {
    await withFiles(["file"], async (directory) => {
      const there = ["mkdir Straßen", "put file straßen\\ÄPFEL.Txt", "get STRAßEN\\äpfel.tXT back"];
      expect(await run(there, directory)).toMatchObject({ status: 0 });
      expect(await readFile(join(directory, "back"), "utf8")).toBe("file");
      expect(namesIn((await run(["ls"])).output)).toEqual(["Straßen"]);
      expect(namesIn((await run(["cd straßen", "ls äpf*"])).output)).toEqual(["ÄPFEL.Txt"]);
      const taken = await run(["mkdir STRAßEN"]);
      expect(taken.output).toContain("NT_STATUS_OBJECT_NAME_COLLISION");
    });
  });

  it("of folders go as deep as a client can say", async () => {
    const folders = Array.from({ length: 50 }, (_, i) => `folder ${i}`);
    const paths = folders.map((_, i) => folders.slice(0, i + 1).join("\\"));
    await withFiles(["file"], async (directory) => {
      const deepest = paths.at(-1)!;
      const made = paths.map((path) => `mkdir "${path}"`);
      const there = [`put file "${deepest}\\file"`, `get "${deepest}\\file" back`];
      expect(await run([...made, ...there], directory)).toMatchObject({ status: 0 });
      expect(await readFile(join(directory, "back"), "utf8")).toBe("file");
      const steps = folders.map((folder) => `cd "${folder}"`);
      expect(namesIn((await run([...steps, "ls"])).output)).toEqual(["file"]);
    });
  });

  it("change by rename, in their case alone too", async () => {
    await withFiles(["file"], async (directory) => {
      const renamed = await run(["put file", "rename file other", "rename other Other"], directory);
      expect(renamed.status).toBe(0);
      expect(namesIn((await run(["ls"])).output)).toEqual(["Other"]);
    });
  });

  it("that are taken are replaced by rename only where that is asked", async () => {
    await withFiles(["one", "two"], async (directory) => {
      const refused = await run(["put one", "put two", "rename one TWO"], directory);
      expect(refused.output).toContain("NT_STATUS_OBJECT_NAME_COLLISION");
      expect(namesIn((await run(["ls"])).output).sort()).toEqual(["one", "two"]);
      expect(await run(["rename one TWO -f", "get two back"], directory)).toMatchObject({
        status: 0,
      });
      expect(await readFile(join(directory, "back"), "utf8")).toBe("one");
      expect(namesIn((await run(["ls"])).output)).toHaveLength(1);
    });
  });

  it("of folders change with all that is in them", async () => {
    await withFiles(["file"], async (directory) => {
      const moved = ["mkdir a", "mkdir b", "mkdir a\\c", "put file a\\c\\file", "rename a b\\d"];
      expect(await run([...moved, "get b\\d\\c\\file back"], directory)).toMatchObject({
        status: 0,
      });
      expect(await readFile(join(directory, "back"), "utf8")).toBe("file");
      expect(namesIn((await run(["ls"])).output)).toEqual(["b"]);
    });
  });

  it("are deleted by pattern", async () => {
    const names = ["a.txt", "b.txt", "ab.txt", "a.doc", "a"];
    await withFiles(names, async (directory) => {
      await run(
        names.map((name) => `put ${name}`),
        directory,
      );
      expect(await run(["del ?.txt"])).toMatchObject({ status: 0 });
      expect(namesIn((await run(["ls"])).output).sort()).toEqual(["a", "a.doc", "ab.txt"]);
      expect(await run(["del A*"])).toMatchObject({ status: 0 });
      expect(namesIn((await run(["ls"])).output)).toEqual([]);
    });
  });

  it("of 2,000 files in one folder are all listed", { timeout: 60_000 }, async () => {
    const names = Array.from({ length: 2000 }, (_, i) => `file number ${i}`);
    await withFiles(names, async (directory) => {
      const { output } = await run(["prompt", "mput *"], directory);
      expect(output).not.toContain("NT_STATUS");
      expect(namesIn((await run(["ls"])).output).sort()).toEqual([...names].sort());
      const some = names.filter((name) => name.includes("99"));
      expect(namesIn((await run(["ls *99*"])).output).sort()).toEqual(some.sort());
    });
  });

  it("have attributes and sizes, told by ls and du", async () => {
    await withFiles(["one", "three"], async (directory) => {
      await run(["put one", "put three", "mkdir folder"], directory);
      const { output } = await run(["ls", "du"]);
      expect(output).toMatch(/^ {2}one +A +3 {2}/m);
      expect(output).toMatch(/^ {2}folder +D +0 {2}/m);
      expect(output).toMatch(/^\t\t\d+ blocks of size \d+\. \d+ blocks available$/m);
      expect(output).toContain("Total number of bytes: 8\n");
    });
  });

  it("have no short form, and allinfo tells the rest", async () => {
    const { output } = await run(["mkdir folder", "allinfo folder"]);
    expect(output).toMatch(/^altname: $/m);
    expect(output).toMatch(/^create_time: /m);
    expect(output).toMatch(/^attributes: D \(10\)$/m);
  });

  it("have none to be told by altname, and names that are missing are not found", async () => {
    const found = await run(["mkdir folder", "altname folder"]);
    expect(found).toMatchObject({ status: 0, output: "\n" });
    const missing = await run(["altname missing"]);
    expect(missing.output).toContain("NT_STATUS_OBJECT_NAME_NOT_FOUND getting alt name");
  });

  it("can be several for one file, which goes with the last", async () => {
    await withFiles(["file"], async (directory) => {
      const linked = await run(["put file", "hardlink file other", "ls"], directory);
      expect(linked.output).not.toContain("NT_STATUS");
      expect(namesIn(linked.output)).toEqual(["file", "other"]);
      const taken = await run(["hardlink file other"]);
      expect(taken.output).toContain("NT_STATUS_OBJECT_NAME_COLLISION");
      const rest = await run(["del file", "get other back", "ls"], directory);
      expect(namesIn(rest.output)).toEqual(["other"]);
      expect(await readFile(join(directory, "back"), "utf8")).toBe("file");
    });
  });

  it("of streams lie behind a colon", async () => {
    await withFiles(["file", "data"], async (directory) => {
      const stored = await run(["put file", "put data file:stream", "allinfo file"], directory);
      expect(stored.output).toMatch(/^stream: \[::\$DATA\], 4 bytes$/m);
      expect(stored.output).toMatch(/^stream: \[:stream:\$DATA\], 4 bytes$/m);
      await run(["get file:stream back"], directory);
      expect(await readFile(join(directory, "back"), "utf8")).toBe("data");
    });
  });

  it("get and lose attributes by setmode, and are protected by them", async () => {
    await withFiles(["file"], async (directory) => {
      const set = await run(["put file", "setmode file +rh", "ls", "del file"], directory);
      expect(set.output).toMatch(/^ {2}file +AHR +4 {2}/m);
      expect(set.output).toContain("NT_STATUS_CANNOT_DELETE");
      const cleared = await run(["setmode file -rh", "ls"]);
      expect(cleared.output).toMatch(/^ {2}file +A +4 {2}/m);
    });
  });
});
