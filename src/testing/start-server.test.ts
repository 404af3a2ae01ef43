import { afterEach, describe, expect, it, vi } from "vitest";
import { memory } from "../filesystems/memory/index.js";
import { dir, file } from "../filesystems/tree/index.js";
import {
  CreateDisposition,
  FILE_READ_ATTRIBUTES,
  FILE_READ_DATA,
  FILE_SHARE_READ,
} from "../nt/index.js";
import { FakeClock } from "./fake-clock.js";
import { type StartedServer, startServer } from "./start-server.js";

const CREATE = { createDisposition: CreateDisposition.CREATE };

/** What an assertion says when it fails. */
function complaint(assertion: () => unknown): string {
  try {
    assertion();
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

describe("a started server", () => {
  let server: StartedServer;
  afterEach(async () => {
    await server.close();
  });

  it("is on a port of its own, for a user who is made up", async () => {
    server = await startServer(memory());
    const other = await startServer(memory());
    expect(other.port).not.toBe(server.port);
    expect(other.password).not.toBe(server.password);
    expect(server.password.length).toBeGreaterThan(8);
    expect(server.url).toBe(`smb://127.0.0.1:${server.port}/share`);
    expect([server.host, server.share, server.user]).toEqual(["127.0.0.1", "share", "tester"]);
    expect(await (await other.drive()).volumeInfo()).toMatchObject({ label: "RAM" });
    await other.close();
  });

  it("takes the options of serve, the users of a test among them", async () => {
    const users = [{ name: "anna", password: "secret" }];
    server = await startServer({ one: memory(), two: memory() }, { users, isReadOnly: true });
    expect([server.share, server.user, server.password]).toEqual(["one", "anna", "secret"]);
    const drive = await server.drive();
    await expect(drive.open("a", CREATE)).rejects.toThrow("MEDIA_WRITE_PROTECTED");
  });

  it("tells what clients did: by command, path, user and status", async () => {
    server = await startServer(dir({ folder: dir({ "a.txt": "text" }) }));
    const drive = await server.drive();
    const open = await drive.open("folder\\a.txt", { desiredAccess: FILE_READ_DATA });
    await open.read();
    await open.close();
    await expect(drive.open("b.txt")).rejects.toThrow("NOT_FOUND");
    const told = server.requests.map(({ command, path, status }) => [command, path, status]);
    expect(told).toEqual([
      ["NEGOTIATE", undefined, "SUCCESS"],
      ["SESSION_SETUP", undefined, "MORE_PROCESSING_REQUIRED"],
      ["SESSION_SETUP", undefined, "SUCCESS"],
      ["TREE_CONNECT", undefined, "SUCCESS"],
      ["CREATE", "folder/a.txt", "SUCCESS"],
      ["READ", "folder/a.txt", "SUCCESS"],
      ["CLOSE", "folder/a.txt", "SUCCESS"],
      ["CREATE", "b.txt", "OBJECT_NAME_NOT_FOUND"],
    ]);
    const read = server.expectRequest({ command: "READ", path: "\\FOLDER\\A.TXT" }, 1);
    expect(read).toMatchObject({ user: "tester", share: "share" });
    expect(server.requestsOf({ path: /\.txt$/ }).length).toBe(4);
    server.expectRequest({ command: "TREE_CONNECT", share: "SHARE", user: "Tester" });
    server.expectSequence({ command: "CREATE" }, { command: "CLOSE", status: "SUCCESS" });
    server.expectNoRequest({ command: "WRITE" });
    server.forgetRequests();
    expect(server.requests).toEqual([]);
  });

  it("tells of a rename by both names", async () => {
    server = await startServer(memory());
    const drive = await server.drive();
    const open = await drive.open("old", CREATE);
    await open.rename("new");
    await open.close();
    server.expectRequest({ command: "SET_INFO", path: "old", newPath: "new" });
    server.expectRequest({ command: "CLOSE", path: "new" });
    expect(complaint(() => server.expectRequest({ newPath: "newer" }))).toContain(
      "\n  SET_INFO old -> new on share by tester: SUCCESS\n",
    );
  });

  it("shows what did happen, where it is not what a test expects", async () => {
    server = await startServer(memory());
    expect(complaint(() => server.expectRequest({ command: "READ" }))).toBe(
      "expected { command: 'READ' }, found none: clients have sent nothing",
    );
    const drive = await server.drive();
    server.forgetRequests();
    const open = await drive.open("a.txt", CREATE);
    const all = "clients have sent 1 request:\n  CREATE a.txt on share by tester: SUCCESS";
    const wanted = { command: "CREATE", path: "b.txt" } as const;
    expect(complaint(() => server.expectRequest(wanted))).toBe(
      `expected { command: 'CREATE', path: 'b.txt' }, found none: ${all}`,
    );
    expect(complaint(() => server.expectRequest({ command: "CREATE" }, 2))).toBe(
      `expected 2 of { command: 'CREATE' }, found 1: ${all}`,
    );
    expect(
      complaint(() => {
        server.expectNoRequest({ path: /^a/ });
      }),
    ).toBe(
      `expected no { path: /^a/ }, found 1:\n  CREATE a.txt on share by tester: SUCCESS\n${all}`,
    );
    const [create, close] = [{ command: "CREATE" }, { command: "CLOSE" }] as const;
    expect(
      complaint(() => {
        server.expectSequence(create, close);
      }),
    ).toBe(`expected { command: 'CLOSE' } behind { command: 'CREATE' }, found none: ${all}`);
    expect(
      complaint(() => {
        server.expectClosed();
      }),
    ).toBe(`expected everything to be closed, but it is open:\n  a.txt on share by tester\n${all}`);
    server.expectClosed("b.txt");
    await open.close();
    server.expectClosed();
  });

  it("waits for what is to happen, and says what happened instead", async () => {
    server = await startServer(memory());
    const drive = await server.drive();
    const asked = server.untilRequest({ command: "CREATE", path: "late.txt" });
    const open = await drive.open("late.txt", CREATE);
    expect(await asked).toMatchObject({ status: "SUCCESS" });
    const closed = server.untilClosed("late.txt");
    await open.close();
    await closed;
    await drive.open("", { desiredAccess: FILE_READ_ATTRIBUTES });
    const soon = { timeoutMs: 1 };
    await expect(server.untilRequest({ command: "LOCK" }, soon)).rejects.toThrow(
      /^expected \{ command: 'LOCK' \} within 1 ms: clients have sent \d+ requests:\n/,
    );
    await expect(server.untilClosed(undefined, soon)).rejects.toThrow("\n  / on share by tester");
    await expect(server.until(({ requests }) => requests.length > 99, soon)).rejects.toThrow(
      "expected within 1 ms that ({ requests }) => requests.length > 99: clients have sent",
    );
    const failing = server.until(() => {
      throw new Error("told as it is");
    });
    await expect(failing).rejects.toThrow("told as it is");
    await drive.leave();
    server.expectClosed();
  });

  it("keeps what failed that should not", async () => {
    const shown = vi.spyOn(console, "error").mockReturnValue(undefined);
    const bug = new Error("a bug");
    server = await startServer(
      dir({
        "bad.txt": file(() => {
          throw bug;
        }),
      }),
    );
    server.expectNoErrors();
    const drive = await server.drive();
    const reading = drive.open("bad.txt", { desiredAccess: FILE_READ_DATA });
    await expect(reading).rejects.toThrow("INTERNAL_ERROR");
    expect(server.errors).toEqual([bug]);
    expect(() => {
      server.expectNoErrors();
    }).toThrow(bug);
    expect(shown).toHaveBeenCalledWith("anymount:", bug);
    shown.mockRestore();
  });

  it("has the clock of the test: a client that keeps its oplock is given up when that says so", async () => {
    const clock = new FakeClock();
    server = await startServer(memory(), { clock });
    const [first, second] = [await server.drive(), await server.drive()];
    const holder = await first.open("a", { ...CREATE, oplock: "batch" });
    expect(holder.oplock).toBe("batch");
    const waiting = second.open("a", {
      shareAccess: FILE_SHARE_READ,
      desiredAccess: FILE_READ_DATA,
    });
    expect(await holder.nextBreak()).toBe("II");
    clock.advance(35_000);
    await expect(waiting).rejects.toThrow("SHARING_VIOLATION");
    const created = server.expectRequest({ path: "a", status: "SHARING_VIOLATION" });
    expect(created.durationMs).toBe(35_000);
  });

  it("closes itself at the end of its block", async () => {
    {
      await using block = await startServer(memory());
      server = block;
      await block.drive();
    }
    expect(server.server.tableSizes).toMatchObject({ connections: 0, sessions: 0, opens: 0 });
  });
});
