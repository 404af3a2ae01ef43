import { describe, expect, it } from "vitest";
import { utf16, viewOf } from "../bytes/index.js";
import { memory } from "../filesystems/memory/index.js";
import { HANDLE_CACHING, READ_CACHING, Volume, WRITE_CACHING } from "../kernel/index.js";
import {
  CreateDisposition,
  DELETE,
  FILE_DIRECTORY_FILE,
  FILE_LIST_DIRECTORY,
  NtStatus,
} from "../nt/index.js";
import {
  type ClientSession,
  type ClientTree,
  type CreateParams,
  createRequest,
  grantedLease,
  type LeaseBreak,
  type LeaseParams,
  type LogOnOptions,
  leaseBreakRequest,
  leaseContext,
  must,
  type NegotiateOptions,
  readLeaseBreak,
  type SmbClient,
  setInfoRequest,
} from "../testing/client/index.js";
import { FakeClock } from "../testing/fake-clock.js";
import { ANNA, TestServer } from "../testing/test-server.js";
import { FileInformationClass, FileRenameInformation } from "../wire/fscc/index.js";
import {
  Command,
  CreateContextName,
  Dialect,
  OplockLevel,
  SMB2_GLOBAL_CAP_DIRECTORY_LEASING,
  SMB2_GLOBAL_CAP_LEASING,
  SMB2_LEASE_FLAG_BREAK_IN_PROGRESS,
  SMB2_LEASE_FLAG_PARENT_LEASE_KEY_SET,
  SMB2_LEASE_HANDLE_CACHING,
  SMB2_LEASE_READ_CACHING,
  SMB2_LEASE_WRITE_CACHING,
} from "../wire/smb2/index.js";

const R = SMB2_LEASE_READ_CACHING;
const RH = R | SMB2_LEASE_HANDLE_CACHING;
const RWH = RH | SMB2_LEASE_WRITE_CACHING;
const KEY = new Uint8Array(16).fill(1);
const OTHER_KEY = new Uint8Array(16).fill(2);
const CLOCK = new FakeClock();
const GUID = new Uint8Array(16).fill(9);
const BOTH = SMB2_GLOBAL_CAP_LEASING | SMB2_GLOBAL_CAP_DIRECTORY_LEASING;
const NEW = { createDisposition: CreateDisposition.OPEN_IF };
const DIRECTORY = {
  ...NEW,
  createOptions: FILE_DIRECTORY_FILE,
  desiredAccess: FILE_LIST_DIRECTORY,
};

interface Connected {
  readonly client: SmbClient;
  readonly session: ClientSession;
  readonly tree: ClientTree;
  /** Lease breaks that came by this connection. */
  readonly told: LeaseBreak[];
}

function newBench(): TestServer {
  return new TestServer(memory({ maxSize: 2 ** 26 }));
}

async function connect(
  bench: TestServer,
  negotiate: NegotiateOptions = {},
  logOn: Partial<LogOnOptions> = {},
): Promise<Connected> {
  const client = bench.connect();
  must(await client.negotiate(negotiate));
  const session = must(await client.logOn({ ...ANNA, ...logOn }));
  const told: LeaseBreak[] = [];
  client.connection.onNotification = (answer) => {
    expect(answer.header).toMatchObject({ command: Command.OPLOCK_BREAK, sessionId: 0, treeId: 0 });
    told.push(readLeaseBreak(answer));
  };
  return { client, session, tree: must(await session.treeConnect("ram")), told };
}

/** Opens a file, or makes it, and asks for a lease. */
async function lease(
  { tree }: Pick<Connected, "tree">,
  params: Partial<LeaseParams> = {},
  create: Partial<CreateParams> = {},
) {
  const context = leaseContext({ leaseKey: KEY, leaseState: RWH, ...params });
  const created = must(await tree.create({ path: "file", ...NEW, ...context, ...create }));
  return { created, granted: grantedLease(created) };
}

async function leave(bench: TestServer, ...all: readonly Connected[]): Promise<void> {
  for (const { client } of all) client.close();
  expect(await bench.untilEmpty()).toBe(true);
  expect(bench.errors).toEqual([]);
}

it("has the kernel's states in the bits of the protocol", () => {
  expect([READ_CACHING, HANDLE_CACHING, WRITE_CACHING]).toEqual([
    SMB2_LEASE_READ_CACHING,
    SMB2_LEASE_HANDLE_CACHING,
    SMB2_LEASE_WRITE_CACHING,
  ]);
});

describe("what the server says that it can", () => {
  it.each([
    { dialect: Dialect.SMB_2_0_2, capabilities: 0 },
    { dialect: Dialect.SMB_2_1, capabilities: SMB2_GLOBAL_CAP_LEASING },
    ...[Dialect.SMB_3_0, Dialect.SMB_3_0_2, Dialect.SMB_3_1_1].map((dialect) => ({
      dialect,
      capabilities: BOTH,
    })),
  ])("in $dialect of leases: $capabilities", async ({ dialect, capabilities }) => {
    const bench = newBench();
    const it = await connect(bench, { dialects: [dialect] });
    expect(it.client.negotiated.capabilities & BOTH).toBe(capabilities);
    await leave(bench, it);
  });

  it("says nothing of directories to a client that does not lease them", async () => {
    const bench = newBench();
    const it = await connect(bench, { capabilities: SMB2_GLOBAL_CAP_LEASING });
    const { capabilities } = it.client.negotiated;
    expect(capabilities & SMB2_GLOBAL_CAP_DIRECTORY_LEASING).toBe(0);
    expect(capabilities & SMB2_GLOBAL_CAP_LEASING).not.toBe(0);
    await leave(bench, it);
  });
});

describe("a create that asks for a lease", () => {
  it("of version 1 is answered in version 1", async () => {
    const bench = newBench();
    const it = await connect(bench, { dialects: [Dialect.SMB_2_1] });
    const { created, granted } = await lease(it);
    expect(created.oplockLevel).toBe(OplockLevel.LEASE);
    expect(granted).toMatchObject({ version: 1, leaseKey: KEY, leaseState: RWH, leaseFlags: 0 });
    await leave(bench, it);
  });

  it("of version 2 gets an epoch that rises with each change, and its parent's key again", async () => {
    const bench = newBench();
    const it = await connect(bench);
    const first = await lease(it, { leaseState: R, epoch: 0xfffe, parentLeaseKey: OTHER_KEY });
    expect(first.granted).toEqual({
      version: 2,
      leaseKey: KEY,
      leaseState: R,
      leaseFlags: SMB2_LEASE_FLAG_PARENT_LEASE_KEY_SET,
      epoch: 0xffff,
      parentLeaseKey: OTHER_KEY,
    });
    const second = await lease(it, { leaseState: RH, epoch: 7 });
    expect(second.granted).toMatchObject({ leaseState: RH, epoch: 0, leaseFlags: 0 });
    const third = await lease(it, { leaseState: 0, epoch: 7 });
    expect(third.granted).toMatchObject({ leaseState: RH, epoch: 0 });
    await leave(bench, it);
  });

  it("keeps the version that the lease was made in", async () => {
    const bench = newBench();
    const it = await connect(bench);
    await lease(it, { epoch: 5 });
    expect((await lease(it)).granted).toMatchObject({ version: 2, epoch: 6 });
    await lease(it, { leaseKey: OTHER_KEY }, { path: "other" });
    const asked = { leaseKey: OTHER_KEY, epoch: 5 };
    expect((await lease(it, asked, { path: "other" })).granted?.version).toBe(1);
    await leave(bench, it);
  });

  it.each([
    { dialect: Dialect.SMB_2_0_2, epoch: {} },
    { dialect: Dialect.SMB_2_1, epoch: { epoch: 1 } },
  ])("gets none in $dialect of $epoch, which that does not know", async ({ dialect, epoch }) => {
    const bench = newBench();
    const it = await connect(bench, { dialects: [dialect] });
    const { created, granted } = await lease(it, epoch);
    expect([created.oplockLevel, granted]).toEqual([OplockLevel.NONE, undefined]);
    await leave(bench, it);
  });

  it.each([
    { what: "no context", create: { contexts: [] } },
    { what: "another level", create: { oplockLevel: OplockLevel.NONE } },
  ])("gets none with $what", async ({ create }) => {
    const bench = newBench();
    const it = await connect(bench);
    const { created, granted } = await lease(it, {}, create);
    expect([created.oplockLevel, granted]).toEqual([OplockLevel.NONE, undefined]);
    await leave(bench, it);
  });

  it("of no known version is refused", async () => {
    const bench = newBench();
    const it = await connect(bench);
    const data = new DataView(new ArrayBuffer(40));
    const contexts = [{ name: CreateContextName.LEASE, data }];
    const params = { path: "file", ...NEW, oplockLevel: OplockLevel.LEASE, contexts };
    expect((await it.tree.create(params)).status).toBe(NtStatus.INVALID_PARAMETER);
    await leave(bench, it);
  });

  it.each([
    { version: 1, params: {}, can: BOTH, level: OplockLevel.NONE, state: undefined },
    { version: 2, params: { epoch: 1 }, can: BOTH, level: OplockLevel.LEASE, state: RH },
    {
      version: 2,
      params: { epoch: 1 },
      can: SMB2_GLOBAL_CAP_LEASING,
      level: OplockLevel.NONE,
      state: undefined,
    },
  ])("on a directory, version $version, of a client that can $can, gets $state", async (row) => {
    const { params, can, level, state } = row;
    const bench = newBench();
    const it = await connect(bench, { capabilities: can });
    const { created, granted } = await lease(it, params, { path: "dir", ...DIRECTORY });
    expect([created.oplockLevel, granted?.leaseState]).toEqual([level, state]);
    await leave(bench, it);
  });

  it("is refused for a second name, also where the file is not there yet", async () => {
    const bench = newBench();
    const it = await connect(bench);
    await lease(it);
    const context = leaseContext({ leaseKey: KEY, leaseState: RWH });
    const second = await it.tree.create({ path: "other", ...NEW, ...context });
    expect(second.status).toBe(NtStatus.INVALID_PARAMETER);
    expect((await it.tree.create({ path: "other" })).status).toBe(NtStatus.OBJECT_NAME_NOT_FOUND);
    await leave(bench, it);
  });
});

describe("a lease key", () => {
  /** Two shares of one volume, and one of another. */
  async function threeShares() {
    const bench = new TestServer(memory({ maxSize: 2 ** 26 }), {}, (ram) => [
      ram,
      { ...ram, name: "again" },
      { ...ram, name: "other", volume: new Volume(memory({ maxSize: 2 ** 26 }), { clock: CLOCK }) },
    ]);
    const it = await connect(bench);
    const trees = ["again", "other"].map((name) => it.session.treeConnect(name).then(must));
    const [again, other] = await Promise.all(trees);
    return { bench, it, again: { tree: again! }, other: { tree: other! } };
  }

  it("is for one file of all volumes, by whichever share", async () => {
    const { bench, it, again, other } = await threeShares();
    await lease(it);
    expect((await lease(again)).granted?.leaseState).toBe(RWH);
    const context = leaseContext({ leaseKey: KEY, leaseState: R });
    const elsewhere = await other.tree.create({ path: "file", ...NEW, ...context });
    expect(elsewhere.status).toBe(NtStatus.INVALID_PARAMETER);
    await leave(bench, it);
  });

  it("is found on whichever volume its lease is", async () => {
    const { bench, it, other } = await threeShares();
    await lease(other);
    const { client, session } = await connect(bench);
    const tree = must(await session.treeConnect("other"));
    const waiting = tree.start(createRequest({ path: "file" }));
    await waiting.whenPending();
    must(await it.tree.send(leaseBreakRequest(KEY, RH)));
    expect((await waiting.answer).status).toBe(NtStatus.SUCCESS);
    client.close();
    await leave(bench, it);
  });
});

describe("a break of a lease", () => {
  it.each(["unsigned", "encrypted"] as const)(
    "is told, acknowledged, and who waited goes on: %s",
    async (protection) => {
      const bench = newBench();
      const holder = await connect(bench, {}, { protection });
      await lease(holder, { epoch: 0x10 });
      const other = await connect(bench);
      const second = other.tree.start(createRequest({ path: "file" }));
      await second.whenPending();
      await bench.until(() => holder.told.length > 0);
      expect(holder.told).toEqual([
        { leaseKey: KEY, from: RWH, to: RH, epoch: 0x12, needsAcknowledgment: true },
      ]);
      const again = await lease(holder, { epoch: 0x10 });
      expect(again.granted).toMatchObject({
        leaseState: RWH,
        leaseFlags: SMB2_LEASE_FLAG_BREAK_IN_PROGRESS,
        epoch: 0x12,
      });
      expect(must(await holder.tree.send(leaseBreakRequest(KEY, RH)))).toBe(RH);
      expect((await second.answer).status).toBe(NtStatus.SUCCESS);
      await leave(bench, holder, other);
    },
  );

  it("that takes only reads is told, and needs no answer", async () => {
    const bench = newBench();
    const holder = await connect(bench);
    await lease(holder, { leaseState: R });
    const other = await connect(bench);
    const { fileId } = must(await other.tree.create({ path: "file" }));
    must(await other.tree.write({ fileId, offset: 0, data: Buffer.from("x") }));
    await bench.until(() => holder.told.length > 0);
    expect(holder.told).toEqual([
      { leaseKey: KEY, from: R, to: 0, epoch: 0, needsAcknowledgment: false },
    ]);
    const answered = await holder.tree.send(leaseBreakRequest(KEY, 0));
    expect(answered.status).toBe(NtStatus.UNSUCCESSFUL);
    await leave(bench, holder, other);
  });

  it("goes by the client's oldest connection, and is answered by any of its own", async () => {
    const bench = newBench();
    const first = await connect(bench, { clientGuid: GUID });
    const second = await connect(bench, { clientGuid: GUID });
    await lease(second);
    const other = await connect(bench);
    const waiting = other.tree.start(createRequest({ path: "file" }));
    await waiting.whenPending();
    await bench.until(() => first.told.length > 0);
    expect([first.told.length, second.told.length]).toEqual([1, 0]);
    const foreign = await other.tree.send(leaseBreakRequest(KEY, RH));
    expect(foreign.status).toBe(NtStatus.OBJECT_NAME_NOT_FOUND);
    must(await second.tree.send(leaseBreakRequest(KEY, RH)));
    expect((await waiting.answer).status).toBe(NtStatus.SUCCESS);
    await leave(bench, first, second, other);
  });

  it("goes by the next connection when the oldest has gone", async () => {
    const bench = newBench();
    const first = await connect(bench, { clientGuid: GUID });
    const second = await connect(bench, { clientGuid: GUID });
    await lease(second);
    first.client.close();
    await bench.until(() => bench.server.tableSizes.connections === 1);
    const other = await connect(bench);
    const waiting = other.tree.start(createRequest({ path: "file" }));
    await waiting.whenPending();
    await bench.until(() => second.told.length > 0);
    must(await second.tree.send(leaseBreakRequest(KEY, RH)));
    expect((await waiting.answer).status).toBe(NtStatus.SUCCESS);
    await leave(bench, second, other);
  });

  it("goes to the user's own session, of all that its client has", async () => {
    const bench = newBench();
    const bert = await connect(bench, { clientGuid: GUID }, { user: "bert" });
    const anna = await connect(bench, { clientGuid: GUID });
    await lease(anna);
    const other = await connect(bench);
    const waiting = other.tree.start(createRequest({ path: "file" }));
    await waiting.whenPending();
    await bench.until(() => anna.told.length > 0);
    expect(bert.told).toEqual([]);
    await leave(bench, bert, anna, other);
  });

  it("ends with its client, and who waited goes on", async () => {
    const bench = newBench();
    const holder = await connect(bench);
    await lease(holder);
    const other = await connect(bench);
    const waiting = other.tree.start(createRequest({ path: "file" }));
    await waiting.whenPending();
    holder.client.close();
    expect((await waiting.answer).status).toBe(NtStatus.SUCCESS);
    await leave(bench, other);
  });

  it.each([
    {
      what: "rename",
      infoClass: FileInformationClass.FileRenameInformation,
      data: () => {
        const bytes = new Uint8Array(FileRenameInformation.size + 6);
        FileRenameInformation.blank(viewOf(bytes), 0).fileNameLength = 6;
        bytes.set(utf16("new"), FileRenameInformation.size);
        return bytes;
      },
    },
    {
      what: "deletion",
      infoClass: FileInformationClass.FileDispositionInformation,
      data: () => Uint8Array.of(1),
    },
  ])("that a $what waits for can be cancelled, and leaves all as it was", async (row) => {
    const bench = newBench();
    const holder = await connect(bench);
    await lease(holder, { leaseState: RH });
    const other = await connect(bench);
    const { fileId } = must(await other.tree.create({ path: "file", desiredAccess: DELETE }));
    const { infoClass } = row;
    const waiting = other.tree.start(setInfoRequest({ fileId, infoClass, data: row.data() }));
    await waiting.whenPending();
    other.tree.cancel(waiting);
    expect((await waiting.answer).status).toBe(NtStatus.CANCELLED);
    expect(holder.told).toMatchObject([{ from: RH, to: R }]);
    expect((await other.tree.create({ path: "file" })).status).toBe(NtStatus.SUCCESS);
    await leave(bench, holder, other);
  });

  it("answered with too much is refused, and goes on", async () => {
    const bench = newBench();
    const holder = await connect(bench);
    await lease(holder);
    const other = await connect(bench);
    const waiting = other.tree.start(createRequest({ path: "file" }));
    await waiting.whenPending();
    const tooMuch = await holder.tree.send(leaseBreakRequest(KEY, RWH));
    expect(tooMuch.status).toBe(NtStatus.REQUEST_NOT_ACCEPTED);
    must(await holder.tree.send(leaseBreakRequest(KEY, R)));
    expect((await waiting.answer).status).toBe(NtStatus.SUCCESS);
    const twice = await holder.tree.send(leaseBreakRequest(KEY, R));
    expect(twice.status).toBe(NtStatus.UNSUCCESSFUL);
    await leave(bench, holder, other);
  });
});

describe("a lease on a directory", () => {
  it("is broken by who does not name it as the parent's", async () => {
    const bench = newBench();
    const it = await connect(bench);
    await lease(it, { epoch: 1 }, { path: "dir", ...DIRECTORY });
    const child = { leaseKey: OTHER_KEY, epoch: 1 };
    await lease(it, { ...child, parentLeaseKey: KEY }, { path: "dir\\known" });
    must(await it.tree.create({ path: "dir", ...DIRECTORY }));
    expect(it.told).toEqual([]);
    must(await it.tree.create({ path: "dir\\unknown", ...NEW }));
    await bench.until(() => it.told.length > 0);
    expect(it.told).toEqual([
      { leaseKey: KEY, from: RH, to: 0, epoch: 3, needsAcknowledgment: true },
    ]);
    must(await it.tree.send(leaseBreakRequest(KEY, 0)));
    await leave(bench, it);
  });

  it("is broken by another client that names the same key", async () => {
    const bench = newBench();
    const holder = await connect(bench);
    await lease(holder, { epoch: 1 }, { path: "dir", ...DIRECTORY });
    const other = await connect(bench);
    const child = { leaseKey: OTHER_KEY, epoch: 1, parentLeaseKey: KEY };
    await lease(other, child, { path: "dir\\new" });
    await bench.until(() => holder.told.length > 0);
    expect(holder.told).toHaveLength(1);
    await leave(bench, holder, other);
  });
});
