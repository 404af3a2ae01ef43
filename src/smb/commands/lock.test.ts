import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { memory } from "../../filesystems/memory/index.js";
import { Volume } from "../../kernel/index.js";
import {
  CreateDisposition,
  FILE_DIRECTORY_FILE,
  FILE_READ_DATA,
  NtStatus,
  statusName,
} from "../../nt/index.js";
import {
  type ClientSession,
  type ClientTree,
  closeRequest,
  connectInMemory,
  createRequest,
  type FileId,
  type LockRange,
  lockRequest,
  must,
  RELATED_FILE,
  SmbClient,
} from "../../testing/client/index.js";
import {
  SMB2_LOCKFLAG_FAIL_IMMEDIATELY as AT_ONCE,
  Dialect,
  SMB2_LOCKFLAG_EXCLUSIVE_LOCK as EXCLUSIVE,
  SMB2_LOCKFLAG_SHARED_LOCK as SHARED,
  SMB2_GLOBAL_CAP_MULTI_CHANNEL,
  SMB2_LOCKFLAG_UNLOCK as UNLOCK,
} from "../../wire/smb2/index.js";
import { Accounts, type Connection, SmbServer, STYPE_DISKTREE } from "../index.js";

const clock = {
  nowMs: () => 0,
  after: () => () => undefined,
  random: (length: number) => randomBytes(length),
};

/** A client of a server of its own, and that server's end of the connection. */
interface Connected {
  readonly client: SmbClient;
  readonly session: ClientSession;
  readonly tree: ClientTree;
  readonly connection: Connection;
}

let errors: unknown[];
let connected: Connected;
let one: FileId;
let two: FileId;

beforeEach(async () => {
  errors = [];
  connected = await connect();
  one = await openFile();
  two = await openFile();
});

afterEach(async () => {
  connected.client.close();
  await connected.client.connection.closed;
  expect(errors).toEqual([]);
});

async function connect(): Promise<Connected> {
  const volume = new Volume(memory(), { clock });
  const config = {
    serverGuid: randomBytes(16),
    serverName: "TEST",
    accounts: new Accounts([{ name: "anna", password: "secret" }], { allowGuest: false }),
    isSigningRequired: true,
    encryption: "enabled",
    minDialect: Dialect.SMB_2_0_2,
    maxDialect: Dialect.SMB_3_1_1,
    clock,
  } as const;
  const share = { name: "ram", comment: "", type: STYPE_DISKTREE, volume };
  const server = new SmbServer(config, [share], {
    session: () => undefined,
    error: (error) => errors.push(error),
  });
  let connection: Connection | undefined;
  const accept = server.connect.bind(server);
  server.connect = (transport) => {
    connection = accept(transport);
    return connection;
  };
  const client = new SmbClient(connectInMemory(server));
  must(await client.negotiate());
  const session = must(await client.logOn({ user: "anna", password: "secret" }));
  const tree = must(await session.treeConnect("ram"));
  if (connection === undefined) throw new Error("the server was not asked");
  return { client, session, tree, connection };
}

async function openFile(): Promise<FileId> {
  const createDisposition = CreateDisposition.OPEN_IF;
  return must(await connected.tree.create({ path: "a.txt", createDisposition })).fileId;
}

function range(flags: number, offset = 0n, length = 10n): LockRange {
  return { offset, length, flags };
}

async function locking(fileId: FileId, ...ranges: LockRange[]): Promise<string> {
  return statusName((await connected.tree.lock(fileId, ranges)).status);
}

/** A lock that waits, as its client knows by now. */
async function waitingLock(fileId: FileId) {
  const call = connected.tree.start(lockRequest(fileId, [range(EXCLUSIVE)]));
  await call.whenPending();
  return call;
}

describe("LOCK", () => {
  it("keeps another open from reading, writing and locking, until it is unlocked", async () => {
    const { tree } = connected;
    const data = new Uint8Array(20);
    must(await tree.write({ fileId: one, offset: 0, data }));
    expect(await locking(one, range(EXCLUSIVE | AT_ONCE))).toBe("SUCCESS");
    expect(await locking(two, range(SHARED | AT_ONCE))).toBe("LOCK_NOT_GRANTED");
    expect(await locking(two, range(SHARED | AT_ONCE))).toBe("LOCK_NOT_GRANTED"); // and every time
    const { status: read } = await tree.read({ fileId: two, offset: 5, length: 10 });
    expect(read).toBe(NtStatus.FILE_LOCK_CONFLICT);
    const { status: written } = await tree.write({ fileId: two, offset: 5, data });
    expect(written).toBe(NtStatus.FILE_LOCK_CONFLICT);
    expect(await locking(one, range(UNLOCK))).toBe("SUCCESS");
    expect(must(await tree.read({ fileId: two, offset: 5, length: 10 }))).toHaveLength(10);
    expect(must(await tree.write({ fileId: two, offset: 5, data }))).toBe(20);
  });

  it.each([
    { title: "no locks", ranges: [], status: "INVALID_PARAMETER" },
    { title: "no flags", ranges: [range(0)], status: "INVALID_PARAMETER" },
    { title: "unknown flags", ranges: [range(0x20 | SHARED)], status: "INVALID_PARAMETER" },
    { title: "both kinds", ranges: [range(SHARED | EXCLUSIVE)], status: "INVALID_PARAMETER" },
    { title: "unlocking shared", ranges: [range(UNLOCK | SHARED)], status: "INVALID_PARAMETER" },
    { title: "unlocking at once", ranges: [range(UNLOCK | AT_ONCE)], status: "INVALID_PARAMETER" },
    { title: "unlocking what is free", ranges: [range(UNLOCK)], status: "RANGE_NOT_LOCKED" },
    {
      title: "unlocking among locks",
      ranges: [range(SHARED | AT_ONCE), range(UNLOCK)],
      status: "INVALID_PARAMETER",
    },
    {
      title: "several, of which one may wait",
      ranges: [range(SHARED | AT_ONCE), range(SHARED)],
      status: "INVALID_PARAMETER",
    },
    {
      title: "past 2^64 bytes",
      ranges: [range(SHARED, 0xffff_ffff_ffff_ffffn, 2n)],
      status: "INVALID_LOCK_RANGE",
    },
    {
      title: "several at once",
      ranges: [range(SHARED | AT_ONCE), range(EXCLUSIVE | AT_ONCE, 10n)],
      status: "SUCCESS",
    },
  ])("with $title: $status", async ({ ranges, status }) => {
    expect(await locking(one, ...ranges)).toBe(status);
    // What was refused has left nothing behind.
    if (status !== "SUCCESS")
      expect(await locking(two, range(EXCLUSIVE | AT_ONCE))).toBe("SUCCESS");
  });

  it("unlocks one range after the other, as far as it can", async () => {
    const ranges = [range(UNLOCK, 0n), range(UNLOCK, 10n), range(UNLOCK, 20n)];
    await locking(one, range(EXCLUSIVE | AT_ONCE, 0n), range(EXCLUSIVE | AT_ONCE, 20n));
    expect(await locking(one, ...ranges)).toBe("RANGE_NOT_LOCKED");
    expect(await locking(two, range(EXCLUSIVE | AT_ONCE, 0n))).toBe("SUCCESS");
    expect(await locking(two, range(EXCLUSIVE | AT_ONCE, 20n))).toBe("LOCK_NOT_GRANTED");
  });

  it("waits for a range, and has it when it is unlocked", async () => {
    await locking(one, range(EXCLUSIVE));
    const waiting = await waitingLock(two);
    expect(await locking(one, range(UNLOCK))).toBe("SUCCESS");
    expect((await waiting.answer).status).toBe(NtStatus.SUCCESS);
    expect(await locking(one, range(SHARED | AT_ONCE))).toBe("LOCK_NOT_GRANTED");
  });

  it("waits for a range, and has it when its holder is closed", async () => {
    await locking(one, range(EXCLUSIVE));
    const waiting = await waitingLock(two);
    must(await connected.tree.close(one));
    expect((await waiting.answer).status).toBe(NtStatus.SUCCESS);
  });

  it("waits until it is cancelled", async () => {
    await locking(one, range(EXCLUSIVE));
    const waiting = await waitingLock(two);
    expect(await locking(two, range(UNLOCK))).toBe("RANGE_NOT_LOCKED");
    connected.tree.cancel(waiting);
    expect((await waiting.answer).status).toBe(NtStatus.CANCELLED);
    expect(await locking(one, range(UNLOCK))).toBe("SUCCESS");
    expect(await locking(one, range(EXCLUSIVE | AT_ONCE))).toBe("SUCCESS");
  });

  it("waits until its open is closed", async () => {
    await locking(one, range(EXCLUSIVE));
    const waiting = await waitingLock(two);
    must(await connected.tree.close(two));
    expect((await waiting.answer).status).toBe(NtStatus.RANGE_NOT_LOCKED);
  });

  it.each(["tree", "session"] as const)("waits until its %s is gone", async (what) => {
    await locking(one, range(EXCLUSIVE));
    const waiting = await waitingLock(two);
    if (what === "tree") must(await connected.tree.disconnect());
    else must(await connected.session.logoff());
    expect(["SUCCESS", "RANGE_NOT_LOCKED"]).toContain(statusName((await waiting.answer).status));
  });

  it("leaves nothing waiting when the connection ends", async () => {
    const { client, connection } = connected;
    await locking(one, range(EXCLUSIVE));
    const { answer } = await waitingLock(two);
    const failed = expect(answer).rejects.toThrow("the client has closed the connection");
    client.close();
    await failed;
    await new Promise((resolve) => setImmediate(resolve));
    expect(connection.isClosed).toBe(true);
    expect(connection.server.tableSizes).toMatchObject({ opens: 0, pendingRequests: 0 });
  });

  it("cannot wait amid a chain, but does what needs no waiting", async () => {
    const { tree } = connected;
    await locking(one, range(EXCLUSIVE));
    const chain = (offset: bigint) =>
      tree.chain([
        createRequest({ path: "a.txt" }),
        lockRequest(RELATED_FILE, [range(EXCLUSIVE, offset)]),
        closeRequest(RELATED_FILE),
      ]);
    const refused = await chain(0n);
    expect(refused.map(({ status }) => statusName(status))[1]).toBe("INTERNAL_ERROR");
    const done = await chain(50n);
    expect(done.map(({ status }) => statusName(status))).toEqual(["SUCCESS", "SUCCESS", "SUCCESS"]);
  });

  it("is refused for directories, and for files that are not open", async () => {
    const directory = must(
      await connected.tree.create({
        path: "d",
        desiredAccess: FILE_READ_DATA,
        createDisposition: CreateDisposition.CREATE,
        createOptions: FILE_DIRECTORY_FILE,
      }),
    );
    expect(await locking(directory.fileId, range(SHARED))).toBe("INVALID_PARAMETER");
    const nobody = { persistent: 99_999n, volatile: 99_999n };
    expect(await locking(nobody, range(SHARED))).toBe("FILE_CLOSED");
  });

  it("is refused for pipes", async () => {
    const ipc = must(await connected.session.treeConnect("IPC$"));
    const { fileId } = must(await ipc.create({ path: "srvsvc" }));
    const { status } = await ipc.lock(fileId, [range(SHARED)]);
    expect(status).toBe(NtStatus.INVALID_DEVICE_REQUEST);
  });
});

describe("a LOCK with a sequence number", () => {
  const index7 = 7 << 4;

  async function lockingAs(lockSequence: number, flags: number): Promise<string> {
    const request = lockRequest(one, [range(flags)], lockSequence);
    return statusName((await connected.tree.send(request)).status);
  }

  it("is done again when it comes again, where a client has but one connection", async () => {
    expect(await lockingAs(index7 | 1, EXCLUSIVE | AT_ONCE)).toBe("SUCCESS");
    expect(await lockingAs(index7 | 1, EXCLUSIVE | AT_ONCE)).toBe("LOCK_NOT_GRANTED");
  });

  it("is done once, where a client may have several connections", async () => {
    const { connection } = connected;
    if (connection.negotiated === undefined) throw new Error("not negotiated");
    const serverCapabilities = SMB2_GLOBAL_CAP_MULTI_CHANNEL;
    connection.negotiated = { ...connection.negotiated, serverCapabilities };
    expect(await lockingAs(index7 | 1, EXCLUSIVE | AT_ONCE)).toBe("SUCCESS");
    expect(await lockingAs(index7 | 1, EXCLUSIVE | AT_ONCE)).toBe("SUCCESS");
    expect(await lockingAs(index7 | 2, EXCLUSIVE | AT_ONCE)).toBe("LOCK_NOT_GRANTED");
    expect(await lockingAs(index7 | 3, UNLOCK)).toBe("SUCCESS");
    expect(await lockingAs(index7 | 3, UNLOCK)).toBe("SUCCESS");
    expect(await lockingAs(index7 | 4, UNLOCK)).toBe("RANGE_NOT_LOCKED");
  });
});
