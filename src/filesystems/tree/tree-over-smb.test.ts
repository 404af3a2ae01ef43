import { afterEach, describe, expect, it } from "vitest";
import {
  CreateDisposition,
  FILE_LIST_DIRECTORY,
  FILE_NOTIFY_CHANGE_LAST_WRITE,
  FILE_READ_DATA,
  FILE_WRITE_DATA,
  NtStatus,
} from "../../nt/index.js";
import { INTERIM_RESPONSE_MS } from "../../smb/limits.js";
import {
  type ClientTree,
  createRequest,
  must,
  type SmbClient,
} from "../../testing/client/index.js";
import { ANNA, TestServer } from "../../testing/test-server.js";
import { OplockLevel } from "../../wire/smb2/index.js";
import { dir, file, type Tree } from "./index.js";

const READ = { desiredAccess: FILE_READ_DATA };

describe("a tree over SMB", () => {
  let server: TestServer;
  const clients: SmbClient[] = [];

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    expect(await server.untilEmpty()).toBe(true);
  });

  async function connect(user = ANNA.user): Promise<ClientTree> {
    const client = server.connect();
    clients.push(client);
    must(await client.negotiate());
    const session = must(await client.logOn({ ...ANNA, user }));
    return must(await session.treeConnect("ram"));
  }

  async function serving(tree: Tree): Promise<ClientTree> {
    server = new TestServer(tree);
    await server.volume.start();
    return connect();
  }

  async function text(tree: ClientTree, path: string): Promise<string> {
    const { fileId, endOfFile } = must(await tree.create({ path, ...READ }));
    const data = must(await tree.read({ fileId, length: endOfFile, offset: 0 }));
    must(await tree.close(fileId));
    return Buffer.from(data).toString();
  }

  it("has a client wait for content that takes its time", async () => {
    let make: (content: string) => void = () => undefined;
    const content = new Promise<string>((settle) => {
      make = settle;
    });
    const tree = await serving(dir({ a: file(() => content) }));
    const opening = tree.start(createRequest({ path: "a", ...READ }));
    await server.until(() => server.volume.openings.size > 0);
    server.clock.advance(INTERIM_RESPONSE_MS);
    expect(await server.until(() => opening.asyncId !== undefined)).toBe(true);
    make("made");
    const { fileId, endOfFile } = must(await opening.answer);
    expect(endOfFile).toBe(4);
    must(await tree.close(fileId));
    expect(server.errors).toEqual([]);
  });

  it("gives each user what is for him, and nobody what another one's session has got", async () => {
    const anna = await serving(dir({ "who.txt": file(({ userName }) => `for ${userName}`) }));
    const bert = await connect("bert");
    const open = must(await anna.create({ path: "who.txt", ...READ }));
    expect(await text(bert, "who.txt")).toBe("for bert");
    expect(await text(anna, "who.txt")).toBe("for anna");
    must(await anna.close(open.fileId));
  });

  it("answers what a function throws by its status, and tells of bugs", async () => {
    const failures = [Object.assign(new Error("gone"), { code: "ENOENT" }), new Error("a bug")];
    const tree = await serving(
      dir({
        a: file(() => {
          throw failures.shift() ?? new Error("more");
        }),
      }),
    );
    expect(await tree.create({ path: "a", ...READ })).toMatchObject({
      status: NtStatus.OBJECT_NAME_NOT_FOUND,
    });
    expect(server.errors).toEqual([]);
    expect(await tree.create({ path: "a", ...READ })).toMatchObject({
      status: NtStatus.INTERNAL_ERROR,
    });
    expect(server.errors).toEqual([new Error("a bug")]);
  });

  it("tells of content that was not taken, also from a client that has gone, and lives on", async () => {
    const refusing = () => {
      throw new Error("full");
    };
    const tree = await serving(dir({ a: file("old", { write: refusing }) }));
    const write = { desiredAccess: FILE_WRITE_DATA, path: "a" };
    const first = must(await tree.create(write));
    must(await tree.write({ fileId: first.fileId, data: Buffer.from("new"), offset: 0 }));
    expect((await tree.close(first.fileId)).status).toBe(NtStatus.INTERNAL_ERROR);
    const second = must(await tree.create(write));
    must(await tree.write({ fileId: second.fileId, data: Buffer.from("new"), offset: 0 }));
    for (const client of clients.splice(0)) client.close();
    expect(await server.until(() => server.errors.length === 2)).toBe(true);
    for (const error of server.errors) expect(String(error)).toContain("was not taken: full");
    expect(await text(await connect(), "a")).toBe("old");
  });

  it("pushes what has changed to those who watch", async () => {
    let names = ["a"];
    const root = dir({ people: dir(() => names.map((name) => [name, ""])) });
    const tree = await serving(root);
    await tree.list("people");
    const { fileId } = must(
      await tree.create({ path: "people", desiredAccess: FILE_LIST_DIRECTORY }),
    );
    const completionFilter = FILE_NOTIFY_CHANGE_LAST_WRITE | 1; // and names of files
    const watch = tree.watch({ fileId, completionFilter });
    expect(await server.until(() => server.volume.notifyHub.isWatched)).toBe(true);
    names = ["a", "b"];
    root.changed("people");
    must(await watch.answer);
    expect((await tree.list("people")).map(({ name }) => name)).toContain("b");
    must(await tree.close(fileId));
  });

  it("lets clients keep what the program has written or says is good for a while, and nothing else", async () => {
    const tree = await serving(
      dir({
        written: "text",
        made: file(() => "text"),
        "good for a while": file(() => "text", { cacheMs: 1_000 }),
        writable: file(() => "text", { write: () => undefined }),
      }),
    );
    const granted = async (path: string) => {
      const created = await tree.create({ path, ...READ, oplockLevel: OplockLevel.BATCH });
      const { fileId, oplockLevel } = must(created);
      must(await tree.close(fileId));
      return oplockLevel;
    };
    expect(await granted("written")).toBe(OplockLevel.BATCH);
    expect(await granted("good for a while")).toBe(OplockLevel.BATCH);
    expect(await granted("writable")).toBe(OplockLevel.BATCH);
    expect(await granted("made")).toBe(OplockLevel.NONE);
  });

  it("is read-only where nothing can be written", async () => {
    const tree = await serving(dir({ a: "text", made: dir(() => ({ b: "text" })) }));
    const create = { createDisposition: CreateDisposition.CREATE };
    for (const request of [
      { path: "a", desiredAccess: FILE_WRITE_DATA },
      { path: "new", ...create },
      { path: "made\\b", desiredAccess: FILE_WRITE_DATA },
      { path: "made\\new", ...create },
    ]) {
      expect((await tree.create(request)).status).toBe(NtStatus.ACCESS_DENIED);
    }
  });
});
