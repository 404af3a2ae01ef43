import { type ChildProcess, spawn } from "node:child_process";
import {
  appendFile,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { memory } from "../../src/filesystems/memory/index.js";
import { ChangeAction } from "../../src/fs/index.js";
import {
  CreateDisposition,
  FILE_DIRECTORY_FILE,
  FILE_NOTIFY_CHANGE_DIR_NAME,
  FILE_NOTIFY_CHANGE_FILE_NAME,
  FILE_NOTIFY_CHANGE_LAST_WRITE,
  FILE_NOTIFY_CHANGE_SIZE,
  FILE_READ_DATA,
} from "../../src/nt/index.js";
import {
  createRequest,
  grantedLease,
  type LeaseBreak,
  leaseBreakRequest,
  leaseContext,
  must,
  readLeaseBreak,
} from "../../src/testing/client/index.js";
import type { Drive, HeardChange } from "../../src/testing/conformance/drive.js";
import { SmbStage } from "../../src/testing/conformance/stage.js";
import {
  SMB2_LEASE_HANDLE_CACHING,
  SMB2_LEASE_READ_CACHING,
  SMB2_LEASE_WRITE_CACHING,
} from "../../src/wire/smb2/index.js";
import { describeWithFuse } from "../fuse-here.js";
import { TestMount } from "./fuse-mount.js";

const NAMES = FILE_NOTIFY_CHANGE_FILE_NAME | FILE_NOTIFY_CHANGE_DIR_NAME;
const R = SMB2_LEASE_READ_CACHING;
const RH = R | SMB2_LEASE_HANDLE_CACHING;
const RWH = RH | SMB2_LEASE_WRITE_CACHING;
const MAKE = { createDisposition: CreateDisposition.OPEN_IF };

describeWithFuse("one volume, mounted by /dev/fuse and served by SMB at once", () => {
  let stage: SmbStage;
  let mount: TestMount;
  let remote: Drive;

  beforeEach(async () => {
    stage = await SmbStage.begin(memory({ isCaseSensitive: true }));
    mount = await TestMount.of(stage.volume);
    remote = await stage.drive();
  });

  afterEach(async () => {
    const { errors } = mount;
    await mount.end();
    await stage.end();
    expect(errors).toEqual([]);
  });

  /** Replaces what a file has, by SMB. */
  async function put(path: string, text: string): Promise<void> {
    const file = await remote.open(path, MAKE);
    await file.setFileSize(0);
    if (text !== "") await file.write(text);
    await file.close();
  }

  /** What a file has, by SMB. */
  async function get(path: string): Promise<string> {
    const file = await remote.open(path);
    const text = await file.read();
    await file.close();
    return text;
  }

  describe("what one side writes, the other sees at once", () => {
    it("from a client to programs, whatever these have read before", async () => {
      for (let i = 0; i < 30; i++) {
        const text = `version ${i} ${"x".repeat((i * 7919) % 20_000)}`;
        await put("file", text);
        expect(await readFile(mount.at("file"), "utf8")).toBe(text);
        expect((await stat(mount.at("file"))).size).toBe(text.length);
      }
    });

    it("also in a file that a program has open, of the same size", async () => {
      await put("file", "one");
      const reader = await mount.run(
        "exec 3< file; head -c 3 <&3 > /dev/null; echo $(cat file) $(cat file)",
      );
      expect(reader.output).toBe("one one\n");
      const file = await remote.open("file");
      for (const text of ["two", "six", "ten"]) {
        await file.write(text);
        expect(await readFile(mount.at("file"), "utf8")).toBe(text);
      }
      await file.close();
    });

    it("from programs to a client", async () => {
      for (let i = 0; i < 10; i++) {
        await writeFile(mount.at("file"), `version ${i}`);
        expect(await get("file")).toBe(`version ${i}`);
      }
      await appendFile(mount.at("file"), " more");
      expect(await get("file")).toBe("version 9 more");
    });

    it("both write to one file that a program has made", async () => {
      await writeFile(mount.at("file"), "local");
      await put("file", "remote");
      expect(await readFile(mount.at("file"), "utf8")).toBe("remote");
    });
  });

  describe("names that come, go and move by a client", () => {
    it("come to where programs have found none", async () => {
      await expect(stat(mount.at("new"))).rejects.toThrow("ENOENT");
      await put("new", "text");
      expect((await stat(mount.at("new"))).size).toBe(4);
      expect(await readdir(mount.path)).toEqual(["new"]);
    });

    it("go", async () => {
      await writeFile(mount.at("old"), "text");
      expect((await stat(mount.at("old"))).size).toBe(4);
      const file = await remote.open("old");
      await file.setDelete(true);
      await file.close();
      await expect(stat(mount.at("old"))).rejects.toThrow("ENOENT");
    });

    it("come, go and move in listings that the system keeps", async () => {
      await mkdir(mount.at("dir"));
      const listed = async () => (await readdir(mount.at("dir"))).sort();
      expect(await listed()).toEqual([]);
      const names = new Set<string>();
      for (let i = 0; i < 20; i++) {
        await put(`dir\\file ${i}`, "");
        names.add(`file ${i}`);
        for (let again = 0; again < 3; again++) expect(await listed()).toEqual([...names].sort());
        if (i % 3 === 0) continue;
        const file = await remote.open(`dir\\file ${i}`);
        if (i % 3 === 1) await file.setDelete(true);
        else await file.rename(`dir\\moved ${i}`);
        await file.close();
        names.delete(`file ${i}`);
        if (i % 3 === 2) names.add(`moved ${i}`);
        for (let again = 0; again < 3; again++) expect(await listed()).toEqual([...names].sort());
        await writeFile(mount.at("dir", `local ${i}`), "");
        names.add(`local ${i}`);
        expect(await listed()).toEqual([...names].sort());
      }
    });

    it("move, with what is below them", async () => {
      await mkdir(mount.at("a"));
      await writeFile(mount.at("a", "file"), "text");
      const directory = await remote.open("a", { createOptions: FILE_DIRECTORY_FILE });
      await directory.rename("b");
      await directory.close();
      await expect(stat(mount.at("a"))).rejects.toThrow("ENOENT");
      expect(await readFile(mount.at("b", "file"), "utf8")).toBe("text");
    });
  });

  describe("what a client keeps to itself", () => {
    it("it lets go of when a program opens the file, which waits for that", async () => {
      await put("file", "old");
      const held = await remote.open("file", { oplock: "batch" });
      expect(held.oplock).toBe("batch");
      const reading = readFile(mount.at("file"), "utf8");
      expect(await held.nextBreak()).toBe("II");
      await held.write("new, from the cache of the client");
      await held.acknowledge("II");
      expect(await reading).toBe("new, from the cache of the client");
      await held.close();
    });

    it("it keeps no more, by a lease to read, when a program writes", async () => {
      await put("file", "text");
      const { client, tree } = await stage.connect();
      const leaseKey = new Uint8Array(16).fill(7);
      const told: LeaseBreak[] = [];
      client.connection.onNotification = (answer) => told.push(readLeaseBreak(answer));
      const opening = createRequest({
        path: "file",
        desiredAccess: FILE_READ_DATA,
        ...leaseContext({ leaseKey, leaseState: RWH }),
      });
      const created = must(await tree.send(opening));
      expect(grantedLease(created)?.leaseState).toBe(RWH);
      const writing = writeFile(mount.at("file"), "written");
      await expect.poll(() => told.length).toBe(1);
      expect(told[0]).toMatchObject({ from: RWH, to: RH, needsAcknowledgment: true });
      must(await tree.send(leaseBreakRequest(leaseKey, RH)));
      await expect.poll(() => told.length).toBe(2);
      expect(told[1]).toMatchObject({ from: RH, to: 0 });
      await tree.send(leaseBreakRequest(leaseKey, 0));
      await writing;
      expect(await get("file")).toBe("written");
    });

    it("a program waits for no longer than it lives", async () => {
      await put("file", "text");
      const held = await remote.open("file", { oplock: "batch" });
      const { status } = await mount.run("timeout --signal=KILL 0.3 cat file");
      expect(status).not.toBe(0);
      expect(mount.host.tableSizes.waitingRequests).toBe(0);
      await held.nextBreak();
      await held.acknowledge("none");
      await held.close();
    });

    it("is EBUSY for programs where it shares nothing", async () => {
      await put("file", "text");
      const held = await remote.open("file", { shareAccess: 0 });
      await expect(readFile(mount.at("file"))).rejects.toThrow("EBUSY");
      expect((await stat(mount.at("file"))).size).toBe(4);
      await held.close();
      expect(await readFile(mount.at("file"), "utf8")).toBe("text");
    });

    it("is locked for programs, too", async () => {
      await put("file", "text");
      const held = await remote.open("file");
      await held.lock({ offset: 0, length: 100, isExclusive: true });
      await expect(readFile(mount.at("file"))).rejects.toThrow(/EAGAIN|EACCES/);
      await held.close();
      expect(await readFile(mount.at("file"), "utf8")).toBe("text");
    });
  });

  describe("a watcher", () => {
    it("of a client hears what programs do", async () => {
      const directory = await remote.open("", { createOptions: FILE_DIRECTORY_FILE });
      const filter = NAMES | FILE_NOTIFY_CHANGE_SIZE | FILE_NOTIFY_CHANGE_LAST_WRITE;
      const hears = async (change: () => Promise<unknown>): Promise<HeardChange[]> => {
        const heard = directory.watch({ filter });
        await change();
        return heard;
      };
      const made = await hears(() => writeFile(mount.at("file"), "text"));
      expect(made[0]).toEqual({ action: ChangeAction.ADDED, name: "file" });
      await new Promise((resolve) => setTimeout(resolve, 50));
      await hears(() => appendFile(mount.at("file"), "more"));
      await hears(() => rename(mount.at("file"), mount.at("other")));
      await hears(() => rm(mount.at("other")));
      const last = await hears(() => mkdir(mount.at("dir")));
      expect(last.length).toBeGreaterThan(0);
      await directory.close();
    });

    it("of a program hears what a client does", async () => {
      await writeFile(mount.at("old"), "text");
      const watcher = await watching(mount.path);
      try {
        await put("new", "text");
        expect(await watcher.until("new")).toBe("rename");
        const moved = await remote.open("new");
        await moved.rename("moved");
        await moved.close();
        expect(await watcher.until("moved")).toBe("rename");
        const gone = await remote.open("old");
        await gone.setDelete(true);
        await gone.close();
        expect(await watcher.until("old")).toBe("rename");
        await put("moved", "other");
        expect(await watcher.until("moved")).toBe("change");
      } finally {
        watcher.end();
      }
    });
  });
});

const WATCH = `
require("node:fs").watch(process.argv[1], (event, name) => console.log(event, name));
console.log("ready");
`;

/** A program that watches a directory by inotify; not this one, as inotify would wait for its own answers. */
async function watching(path: string) {
  const child: ChildProcess = spawn(process.execPath, ["-e", WATCH, path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const heard: string[] = [];
  let wake: () => void = () => undefined;
  if (child.stdout === null) throw new Error("a child without an output");
  createInterface({ input: child.stdout }).on("line", (line) => {
    heard.push(line);
    wake();
  });
  const next = async (): Promise<string> => {
    for (;;) {
      const line = heard.shift();
      if (line !== undefined) return line;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  while ((await next()) !== "ready");
  return {
    /** The next event of a name that is of that kind. @returns the kind: `rename`, `change` */
    async until(name: string): Promise<string> {
      for (;;) {
        const [event = "", of] = (await next()).split(" ");
        if (of === name) return event;
      }
    },
    end(): void {
      child.kill();
    },
  };
}
