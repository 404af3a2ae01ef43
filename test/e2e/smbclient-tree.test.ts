import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { dir, file, json, link, type Server, serve, type Tree } from "../../src/index.js";
import { describeWith } from "../programs.js";
import { expectNothingLeft, smbclient, USERS, withDirectory } from "./smb-client.js";

/** A drive with a bit of everything, and what clients have put there. */
function drive(): { tree: Tree; uploads: Map<string, string> } {
  const uploads = new Map<string, string>();
  const upload = (name: string) =>
    file(() => uploads.get(name) ?? "", {
      write: (content) => void uploads.set(name, Buffer.from(content).toString()),
      view: "everybody",
    });
  const tree = dir({
    "hello.txt": "Hello, world\n",
    "made.txt": file(({ userName }) => `made for ${userName}\n`),
    "ranges.bin": file({ size: 3_000_000, read: (at, length) => Buffer.alloc(length, at & 0xff) }),
    people: dir(async () => Promise.resolve([["Ann/1.json", json({ name: "Ann" })]])),
    shortcut: link("people/Ann／1.json"),
    uploads: dir(() => [...uploads.keys()].map((name) => [name, upload(name)]), {
      create: (name) => {
        uploads.set(name, "");
        return upload(name);
      },
      rename: (from, to) => {
        uploads.set(to, uploads.get(from) ?? "");
        uploads.delete(from);
      },
      remove: (name) => void uploads.delete(name),
    }),
  });
  return { tree, uploads };
}

describeWith(["smbclient"], "a tree, by smbclient", () => {
  const { tree, uploads } = drive();
  let server: Server;
  const errors: unknown[] = [];
  beforeAll(async () => {
    server = await serve({ data: tree }, { port: 0, users: USERS, followsSymlinks: true });
    server.on("error", (error) => errors.push(error));
  });
  afterEach(async () => {
    await expectNothingLeft(server);
    expect(errors).toEqual([]);
  });
  afterAll(async () => {
    await server.close();
  });

  it("is listed, and read whole", async () => {
    await withDirectory(async (directory) => {
      const target = { port: server.port, directory };
      const listed = await smbclient(target, ["ls", "ls people\\*"]);
      for (const name of ["hello.txt", "made.txt", "people", "uploads", "Ann／1.json"]) {
        expect(listed.output).toContain(`  ${name} `);
      }
      const names = ["hello.txt", "made.txt", "ranges.bin", "shortcut"];
      const got = await smbclient(
        target,
        names.map((name) => `get ${name}`),
      );
      expect(got.status).toBe(0);
      const read = (name: string) => readFile(join(directory, name));
      expect((await read("hello.txt")).toString()).toBe("Hello, world\n");
      expect((await read("made.txt")).toString()).toBe("made for anna\n");
      expect((await read("ranges.bin")).length).toBe(3_000_000);
      expect(JSON.parse((await read("shortcut")).toString())).toEqual({ name: "Ann" });
    });
  });

  it("takes what its callbacks take", async () => {
    await withDirectory(async (directory) => {
      await writeFile(join(directory, "report"), "all is well");
      const target = { port: server.port, directory };
      const put = await smbclient(target, [
        "cd uploads",
        "put report a",
        "rename a b",
        "put report c",
        "del c",
      ]);
      expect(put.status).toBe(0);
      expect([...uploads]).toEqual([["b", "all is well"]]);
    });
  });

  it.each([
    { command: "put /etc/hostname hello.txt", status: "NT_STATUS_ACCESS_DENIED" },
    { command: "put /etc/hostname people\\new", status: "NT_STATUS_ACCESS_DENIED" },
    { command: "mkdir people\\new", status: "NT_STATUS_ACCESS_DENIED" },
    { command: "del hello.txt", status: "NT_STATUS_ACCESS_DENIED" },
    { command: "rename hello.txt bye.txt", status: "NT_STATUS_ACCESS_DENIED" },
  ])("refuses $command", async ({ command, status }) => {
    const { output } = await smbclient({ port: server.port }, [command]);
    expect(output).toContain(status);
  });
});
