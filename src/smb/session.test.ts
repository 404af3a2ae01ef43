import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { viewOf } from "../bytes/index.js";
import { memory } from "../filesystems/memory/index.js";
import type { FileSystem } from "../fs/index.js";
import {
  CreateDisposition,
  DELETE,
  FILE_DIRECTORY_FILE,
  FILE_LIST_DIRECTORY,
  FILE_READ_ATTRIBUTES,
  NtStatus,
} from "../nt/index.js";
import { NOBODY } from "../testing/client/client-connection.js";
import {
  type ClientSession,
  type ClientTransport,
  type ClientTree,
  changeNotifyRequest,
  closeRequest,
  connectInMemory,
  createRequest,
  type FileId,
  flushRequest,
  type InFlight,
  type LogOnOptions,
  logoffRequest,
  must,
  type NegotiateOptions,
  oplockBreakRequest,
  queryInfoRequest,
  RELATED_FILE,
  readRequest,
  type SmbClient,
  sessionSetupRequest,
  writeRequest,
} from "../testing/client/index.js";
import { SpnegoInitiator } from "../testing/client/ntlm.js";
import { late } from "../testing/late-file-system.js";
import { compose, frame, RawPeer, TappedTransport } from "../testing/raw-peer.js";
import { ANNA, TestServer } from "../testing/test-server.js";
import { FileInformationClass, FileRenameInformation } from "../wire/fscc/index.js";
import {
  Command,
  CreateContextName,
  Dialect,
  Fsctl,
  NegotiateRequest,
  NegotiateResponse,
  OplockBreakNotification,
  OplockLevel,
  SMB2_CLOSE_FLAG_POSTQUERY_ATTRIB,
  SMB2_FLAGS_RELATED_OPERATIONS,
  SyncHeader,
  ValidateNegotiateInfoRequest,
  ValidateNegotiateInfoResponse,
} from "../wire/smb2/index.js";
import { FRAME_HEADER_SIZE } from "./frame-reader.js";
import {
  AUTHENTICATION_TIMEOUT_MS,
  INTERIM_RESPONSE_MS,
  MAX_COMPOUND_COMMANDS,
  MAX_OPENS_PER_SESSION,
  MAX_SESSIONS_PER_CONNECTION,
  MAX_TREE_CONNECTS_PER_SESSION,
} from "./limits.js";

const { SUCCESS } = NtStatus;
const NEW = { createDisposition: CreateDisposition.OPEN_IF };

function newBench(config: ConstructorParameters<typeof TestServer>[1] = {}): TestServer {
  return new TestServer(memory({ maxSize: 2 ** 26 }), config);
}

interface Connected {
  readonly client: SmbClient;
  readonly session: ClientSession;
  readonly tree: ClientTree;
}

async function connect(
  bench: TestServer,
  negotiate: NegotiateOptions = {},
  logOn: Partial<LogOnOptions> = {},
): Promise<Connected> {
  const client = bench.connect();
  must(await client.negotiate(negotiate));
  const session = must(await client.logOn({ ...ANNA, ...logOn }));
  return { client, session, tree: must(await session.treeConnect("ram")) };
}

async function open(tree: ClientTree, path = "file"): Promise<FileId> {
  return must(await tree.create({ path, ...NEW })).fileId;
}

/** A directory that is watched, and the request that waits there. */
async function watch(tree: ClientTree): Promise<{ fileId: FileId; call: InFlight<Uint8Array> }> {
  const options = { createOptions: FILE_DIRECTORY_FILE, desiredAccess: FILE_LIST_DIRECTORY };
  const { fileId } = must(await tree.create({ path: "dir", ...NEW, ...options }));
  return { fileId, call: tree.watch({ fileId, completionFilter: 0xfff }) };
}

async function leave(bench: TestServer, ...clients: SmbClient[]): Promise<void> {
  for (const client of clients) client.close();
  expect(await bench.untilEmpty()).toBe(true);
  expect(bench.errors).toEqual([]);
}

describe("a server that requires signing", () => {
  it("refuses what is not signed, and takes what is", async () => {
    const bench = newBench({ isSigningRequired: true });
    const { session, client } = await connect(bench);
    const naked = { ...session.context, protection: undefined };
    const refused = await client.connection.start(logoffRequest, naked).answer;
    expect(refused.status).toBe(NtStatus.ACCESS_DENIED);
    expect((await session.echo()).status).toBe(SUCCESS);
    expect((await session.treeConnect("ram")).status).toBe(SUCCESS);
    await leave(bench, client);
  });

  it("signs its answers also to what is not", async () => {
    const bench = newBench({ isSigningRequired: true });
    const client = bench.connect();
    must(await client.negotiate({ dialects: [Dialect.SMB_3_0_2] }));
    const session = must(await client.logOn({ ...ANNA, protection: "unsigned" }));
    // The client looks at a signature wherever there is one.
    const { status } = await session.treeConnect("ram");
    expect(status).toBe(NtStatus.ACCESS_DENIED);
    await leave(bench, client);
  });

  it("refuses a bad signature, and the connection lives", async () => {
    const bench = newBench();
    const { session, client } = await connect(bench);
    const { protection } = session.context;
    const liar = Object.create(protection!) as NonNullable<typeof protection>;
    Object.assign(liar, { mode: "signed", check: () => undefined });
    liar.mustSign = () => true;
    liar.sign = () => new Uint8Array(16).fill(7);
    const call = client.connection.start(logoffRequest, { ...session.context, protection: liar });
    expect((await call.answer).status).toBe(NtStatus.ACCESS_DENIED);
    expect((await session.treeConnect("ram")).status).toBe(SUCCESS);
    await leave(bench, client);
  });
});

describe("a server that requires encryption", () => {
  it("refuses what comes in clear, signed or not", async () => {
    const bench = newBench({ encryption: "required" });
    const { client, session, tree } = await connect(bench);
    expect(session.context.protection?.mode).toBe("encrypted");
    const naked = { ...tree.context, protection: undefined };
    const { status } = await client.connection.start(createRequest({ path: "" }), naked).answer;
    expect(status).toBe(NtStatus.ACCESS_DENIED);
    expect((await tree.create({ path: "" })).status).toBe(SUCCESS);
    await leave(bench, client);
  });

  it("lets nobody in who cannot encrypt", async () => {
    const bench = newBench({ encryption: "required" });
    const client = bench.connect();
    must(await client.negotiate({ dialects: [Dialect.SMB_2_1] }));
    expect((await client.logOn(ANNA)).status).toBe(NtStatus.ACCESS_DENIED);
    expect(bench.server.tableSizes.sessions).toBe(0);
    await leave(bench, client);
  });
});

describe("a connection", () => {
  it("ends with a second NEGOTIATE", async () => {
    const bench = newBench();
    const client = bench.connect();
    must(await client.negotiate());
    await expect(client.negotiate()).rejects.toThrow("the server has closed the connection");
    await leave(bench, client);
  });

  it("ends with anything before NEGOTIATE", async () => {
    const bench = newBench();
    const client = bench.connect();
    await expect(client.echo()).rejects.toThrow("the server has closed the connection");
    await leave(bench, client);
  });

  it("ends with a message id that was used, or not granted yet", async () => {
    for (const messageId of [1, 100_000]) {
      const bench = newBench();
      const { client } = await connect(bench);
      const message = compose([flushRequest(RELATED_FILE)], { sessionId: 0, treeId: 0 });
      SyncHeader.at(viewOf(message), 0).messageId = messageId;
      client.sendRaw(frame(message));
      await client.connection.closed;
      await leave(bench, client);
    }
  });

  it("ends with more requests in one message than there may be", async () => {
    const bench = newBench();
    const { client, tree } = await connect(bench);
    const requests = Array.from({ length: MAX_COMPOUND_COMMANDS + 1 }, () =>
      flushRequest(RELATED_FILE),
    );
    await expect(tree.chain(requests)).rejects.toThrow("the server has closed the connection");
    await leave(bench, client);
  });

  it("ends when nobody has logged on for too long, and lives when somebody has", async () => {
    const bench = newBench();
    const silent = bench.connect();
    const { client } = await connect(bench);
    bench.clock.advance(AUTHENTICATION_TIMEOUT_MS);
    await silent.connection.closed;
    expect((await client.echo()).status).toBe(SUCCESS);
    await leave(bench, client);
  });

  it("tells who came and who left, and what they did", async () => {
    const bench = newBench();
    const { client, tree } = await connect(bench);
    await open(tree);
    await leave(bench, client);
    expect(bench.sessionEvents.map(({ type, userName }) => [type, userName])).toEqual([
      ["opened", "anna"],
      ["closed", "anna"],
    ]);
    expect(bench.records.at(-1)).toMatchObject({
      command: "CREATE",
      userName: "anna",
      status: SUCCESS,
      detail: "file",
    });
  });
});

describe("an SMB1 NEGOTIATE", () => {
  /** A whole SMB1 message with a list of dialects. [MS-CIFS] 2.2.4.52.1 */
  function smb1Negotiate(...dialects: string[]): Uint8Array {
    const list = Buffer.from(dialects.map((dialect) => `\x02${dialect}\0`).join(""), "latin1");
    const header = Buffer.from(`ff534d4272${"00".repeat(27)}00`, "hex");
    const count = Buffer.from([list.length & 0xff, list.length >> 8]);
    return Buffer.concat([header, count, list]);
  }

  /** The dialect that is answered first. */
  async function firstDialect(...dialects: string[]) {
    const bench = newBench();
    const transport = connectInMemory(bench.server);
    const answers: Buffer[] = [];
    let isClosed = false;
    transport.start({
      receive: (chunk) => answers.push(Buffer.from(chunk)),
      closed: () => {
        isClosed = true;
      },
    });
    transport.write([frame(smb1Negotiate(...dialects))], () => undefined);
    await bench.until(() => isClosed || answers.length > 0);
    const [answer] = answers;
    const dialect =
      answer === undefined
        ? undefined
        : NegotiateResponse.read(viewOf(answer), FRAME_HEADER_SIZE + SyncHeader.size)
            .dialectRevision;
    return { bench, transport, dialect, isClosed: () => isClosed, answers };
  }

  it.each([
    { dialects: ["NT LM 0.12", "SMB 2.002"], dialect: Dialect.SMB_2_0_2 },
    { dialects: ["NT LM 0.12", "SMB 2.???"], dialect: Dialect.WILDCARD },
    { dialects: ["SMB 2.002", "SMB 2.???"], dialect: Dialect.WILDCARD },
  ])("of $dialects leads to $dialect", async (row) => {
    const { bench, transport, dialect } = await firstDialect(...row.dialects);
    expect(dialect).toBe(row.dialect);
    transport.close();
    expect(await bench.untilEmpty()).toBe(true);
  });

  it("without SMB2 ends the connection", async () => {
    const { bench, dialect, isClosed } = await firstDialect("NT LM 0.12");
    expect([dialect, isClosed()]).toEqual([undefined, true]);
    expect(await bench.untilEmpty()).toBe(true);
  });

  it.each([
    { first: "SMB 2.???", isTaken: true }, // and the real one follows
    { first: "SMB 2.002", isTaken: false },
  ])("of $first and then an SMB2 one: $isTaken", async ({ first, isTaken }) => {
    const { bench, transport, answers, isClosed } = await firstDialect(first);
    const { negotiateRequest } = await import("../testing/client/negotiation.js");
    const message = compose([negotiateRequest({})], { sessionId: 0, treeId: 0 });
    SyncHeader.at(viewOf(message), 0).messageId = 1;
    transport.write([frame(message)], () => undefined);
    await bench.until(() => isClosed() || answers.length > 1);
    expect(isClosed()).toBe(!isTaken);
    transport.close();
    expect(await bench.untilEmpty()).toBe(true);
  });

  it("after an SMB2 one ends the connection", async () => {
    const bench = newBench();
    const client = bench.connect();
    must(await client.negotiate());
    client.sendRaw(frame(smb1Negotiate("SMB 2.???")));
    await client.connection.closed;
    await leave(bench, client);
  });
});

describe("a compound", () => {
  it("fails to its end where the create fails", async () => {
    const bench = newBench();
    const { client, tree } = await connect(bench);
    const replies = await tree.chain([
      createRequest({ path: "no such file" }),
      queryInfoRequest({
        fileId: RELATED_FILE,
        infoClass: FileInformationClass.FileAllInformation,
      }),
      closeRequest(RELATED_FILE),
    ]);
    expect(replies.map(({ status }) => status)).toEqual(
      Array.from({ length: 3 }, () => NtStatus.OBJECT_NAME_NOT_FOUND),
    );
    await leave(bench, client);
  });

  it("goes on with the file where something else fails", async () => {
    const bench = newBench();
    const { client, tree } = await connect(bench);
    const replies = await tree.chain([
      createRequest({ path: "file", ...NEW }),
      readRequest({ fileId: RELATED_FILE, offset: 10, length: 1 }),
      writeRequest({ fileId: RELATED_FILE, offset: 0, data: Buffer.from("abc") }),
      closeRequest(RELATED_FILE),
      closeRequest(RELATED_FILE),
    ]);
    expect(replies.map(({ status }) => status)).toEqual([
      SUCCESS,
      NtStatus.END_OF_FILE,
      SUCCESS,
      SUCCESS,
      NtStatus.FILE_CLOSED,
    ]);
    expect(bench.volume.tableSizes.opens).toBe(0);
    await leave(bench, client);
  });

  it("has nothing in common where it is not related", async () => {
    const bench = newBench();
    const { client, tree } = await connect(bench);
    const fileId = await open(tree);
    const unrelated = { isRelated: false };
    const replies = await tree.chain(
      [createRequest({ path: "no such file" }), flushRequest(fileId)],
      unrelated,
    );
    expect(replies.map(({ status }) => status)).toEqual([NtStatus.OBJECT_NAME_NOT_FOUND, SUCCESS]);
    await leave(bench, client);
  });

  it("does not begin with a related request", async () => {
    const bench = newBench();
    const { client, tree } = await connect(bench);
    const flags = SMB2_FLAGS_RELATED_OPERATIONS;
    const reply = await tree.send(createRequest({ path: "file", ...NEW }), { flags });
    expect(reply.status).toBe(NtStatus.INVALID_PARAMETER);
    await leave(bench, client);
  });

  it("may be put off in its last request", async () => {
    const bench = newBench();
    const { client, tree } = await connect(bench);
    const { fileId, call: first } = await watch(tree);
    await first.whenPending();
    const [closed, watching] = client.connection.startChain(
      [flushRequest(fileId), changeNotifyRequest({ fileId, completionFilter: 1 })],
      tree.context,
      { isRelated: false },
    );
    await watching.whenPending();
    expect((await closed.answer).status).toBe(SUCCESS);
    tree.cancel(watching);
    expect((await watching.answer).status).toBe(NtStatus.CANCELLED);
    await leave(bench, client);
  });
});

/** A file system whose reads wait until they are let go. */
function held(inner: FileSystem) {
  const waiting: (() => void)[] = [];
  const fileSystem = Object.create(inner) as FileSystem;
  fileSystem.read = async (...args) => {
    await new Promise<void>((go) => waiting.push(go));
    return inner.read!(...args);
  };
  const letGo = () => {
    for (const go of waiting.splice(0)) go();
  };
  return { fileSystem, letGo };
}

/** The same object for all methods: a prototype alone would hide its private fields. */
function bound(inner: FileSystem): FileSystem {
  return new Proxy(inner, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key, target);
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });
}

describe("a request that takes long", () => {
  it.each(["unsigned", "signed", "encrypted"] as const)(
    "is put off, and answered in the end: %s",
    async (protection) => {
      const { fileSystem, letGo } = held(bound(memory({ maxSize: 2 ** 26 })));
      const bench = new TestServer(fileSystem);
      const { client, tree } = await connect(bench, {}, { protection });
      const fileId = await open(tree);
      must(await tree.write({ fileId, offset: 0, data: Buffer.from("abc") }));
      const read = tree.start(readRequest({ fileId, offset: 0, length: 10 }));
      await bench.until(() => bench.server.tableSizes.pendingRequests === 1);
      expect(read.asyncId).toBeUndefined();
      bench.clock.advance(INTERIM_RESPONSE_MS);
      await read.whenPending();
      expect((await client.echo()).status).toBe(SUCCESS); // others do not wait for it
      letGo();
      expect(must(await read.answer)).toEqual(Uint8Array.from(Buffer.from("abc")));
      await leave(bench, client);
    },
  );

  it("may outlive its client, and nothing is left of either", async () => {
    const { fileSystem, letGo } = held(bound(memory({ maxSize: 2 ** 26 })));
    const bench = new TestServer(fileSystem);
    const { client, tree } = await connect(bench);
    const fileId = await open(tree);
    must(await tree.write({ fileId, offset: 0, data: Buffer.from("abc") }));
    tree.start(readRequest({ fileId, offset: 0, length: 10 }));
    await bench.until(() => bench.server.tableSizes.pendingRequests === 1);
    client.close();
    letGo();
    await leave(bench);
  });
});

describe("CANCEL", () => {
  it("ends what was put off, by its AsyncId", async () => {
    const bench = newBench();
    const { client, tree } = await connect(bench);
    const { call } = await watch(tree);
    await call.whenPending();
    expect(call.asyncId).toBeDefined();
    tree.cancel(call);
    expect((await call.answer).status).toBe(NtStatus.CANCELLED);
    await leave(bench, client);
  });

  it("ends what waits, by its MessageId", async () => {
    const bench = newBench();
    const { client, tree } = await connect(bench);
    const { call } = await watch(tree);
    expect(call.asyncId).toBeUndefined();
    tree.cancel(call); // in the same write, before any answer
    expect((await call.answer).status).toBe(NtStatus.CANCELLED);
    await leave(bench, client);
  });

  it("of another session, or of what is answered, does nothing", async () => {
    const bench = newBench();
    const { client, tree } = await connect(bench);
    const { call } = await watch(tree);
    await call.whenPending();
    const gone = expect(call.answer).rejects.toThrow("the client has closed the connection");
    const bert = must(await client.logOn({ ...ANNA, user: "bert" }));
    client.connection.cancel(call, bert.context);
    const done = tree.start(createRequest({ path: "file", ...NEW }));
    await done.answer;
    tree.cancel(done);
    expect((await client.echo()).status).toBe(SUCCESS); // and what came before it is done
    expect(bench.server.tableSizes.pendingRequests).toBe(1);
    await leave(bench, client);
    await gone;
  });

  it("is never answered itself, not even where it is refused", async () => {
    const bench = newBench();
    const transport = new TappedTransport(connectInMemory(bench.server));
    const client = bench.connect(transport);
    must(await client.negotiate());
    const peer = new RawPeer(transport, NOBODY);
    const cancel = compose(
      [
        {
          command: Command.CANCEL,
          size: 2,
          paidLength: 0,
          write: () => undefined,
          decode: () => 0,
        },
      ],
      { sessionId: 0, treeId: 0 },
    );
    peer.send(frame(cancel)); // no StructureSize
    const flush = compose([flushRequest(RELATED_FILE)], { sessionId: 0, treeId: 0 });
    SyncHeader.at(viewOf(flush), 0).messageId = 1;
    peer.send(frame(flush));
    await bench.until(() => peer.answers.length > 0);
    expect(peer.answers.map(({ command }) => command)).toEqual([Command.FLUSH]);
    peer.close();
    await leave(bench);
  });

  it("of a create that waits for an oplock leaves the file alone", async () => {
    const bench = newBench();
    const holder = await connect(bench);
    must(await holder.tree.create({ path: "file", ...NEW, oplockLevel: OplockLevel.BATCH }));
    const { client, tree } = await connect(bench);
    const second = tree.start(createRequest({ path: "file" }));
    await second.whenPending();
    tree.cancel(second);
    expect((await second.answer).status).toBe(NtStatus.CANCELLED);
    expect(bench.volume.tableSizes.opens).toBe(1);
    await leave(bench, client, holder.client);
  });

  it("is not lost when it comes just before the create would wait", async () => {
    const bench = new TestServer(late(memory({ maxSize: 2 ** 26 })));
    const holder = await connect(bench);
    must(await holder.tree.create({ path: "file", ...NEW, oplockLevel: OplockLevel.BATCH }));
    const { client, tree } = await connect(bench);
    const second = tree.start(createRequest({ path: "file" }));
    tree.cancel(second);
    expect((await second.answer).status).toBe(NtStatus.CANCELLED);
    await leave(bench, client, holder.client);
  });
});

describe("an oplock", () => {
  it.each(["unsigned", "encrypted"] as const)(
    "is broken over the wire, and the other goes on when it is acknowledged: %s",
    async (protection) => {
      const bench = newBench();
      const holder = await connect(bench, {}, { protection });
      const told: { level: number; fileId: bigint }[] = [];
      holder.client.connection.onNotification = ({ bytes, header }) => {
        expect(header.command).toBe(Command.OPLOCK_BREAK);
        const body = OplockBreakNotification.read(bytes, SyncHeader.size);
        told.push({ level: body.oplockLevel, fileId: body.volatileFileId });
      };
      const batch = { oplockLevel: OplockLevel.BATCH };
      const created = must(await holder.tree.create({ path: "file", ...NEW, ...batch }));
      expect(created.oplockLevel).toBe(OplockLevel.BATCH);

      const { client, tree } = await connect(bench);
      const second = tree.start(createRequest({ path: "file", ...batch }));
      await second.whenPending();
      await bench.until(() => told.length > 0);
      expect(told).toEqual([{ level: OplockLevel.II, fileId: created.fileId.volatile }]);

      const acknowledge = oplockBreakRequest(created.fileId);
      expect((await holder.tree.send(acknowledge)).status).toBe(SUCCESS);
      expect(must(await second.answer).oplockLevel).toBe(OplockLevel.II);
      const again = await holder.tree.send(acknowledge);
      expect(again.status).toBe(NtStatus.INVALID_OPLOCK_PROTOCOL);
      await leave(bench, client, holder.client);
    },
  );

  it("goes with its client, and who waited goes on", async () => {
    const bench = newBench();
    const holder = await connect(bench);
    must(await holder.tree.create({ path: "file", ...NEW, oplockLevel: OplockLevel.EXCLUSIVE }));
    const { client, tree } = await connect(bench);
    const second = tree.start(createRequest({ path: "file" }));
    await second.whenPending();
    holder.client.close();
    expect((await second.answer).status).toBe(SUCCESS);
    await leave(bench, client);
  });

  it("does not keep others from looking at attributes", async () => {
    const bench = newBench();
    const holder = await connect(bench);
    must(await holder.tree.create({ path: "file", ...NEW, oplockLevel: OplockLevel.BATCH }));
    const { client, tree } = await connect(bench);
    const looking = await tree.create({ path: "file", desiredAccess: FILE_READ_ATTRIBUTES });
    expect(looking.status).toBe(SUCCESS);
    await leave(bench, client, holder.client);
  });
});

/** Asks for a user anew, in a session that there is. */
async function logOnAgain({ client, session }: Connected, password: string, userName = "anna") {
  const initiator = new SpnegoInitiator({ userName, password, randomBytes });
  const exchange = (token: Uint8Array) => {
    const request = sessionSetupRequest({ token, securityMode: 1 }, () => undefined);
    return client.connection.start(request, session.context).answer;
  };
  const challenge = must(await exchange(initiator.first()));
  return exchange(initiator.next(challenge.token));
}

describe("logging on again", () => {
  it("keeps session, tree and opens", async () => {
    const bench = newBench();
    const connected = await connect(bench);
    const { client, tree } = connected;
    const fileId = await open(tree);
    expect((await logOnAgain(connected, ANNA.password)).status).toBe(SUCCESS);
    expect(must(await tree.write({ fileId, offset: 0, data: Buffer.from("abc") }))).toBe(3);
    expect(bench.server.tableSizes.sessions).toBe(1);
    await leave(bench, client);
  });

  it("as somebody else lets him rename in his own name what was opened before", async () => {
    const askers: string[] = [];
    const ram = memory();
    const lookUp = ram.getSecurityByName.bind(ram);
    const getSecurityByName: FileSystem["getSecurityByName"] = (path, { userName }) => {
      askers.push(`${path} ${userName}`);
      return lookUp(path);
    };
    const bench = new TestServer(Object.assign(ram, { getSecurityByName }));
    const connected = await connect(bench);
    const { client, tree } = connected;
    const { fileId } = must(await tree.create({ path: "file", ...NEW, desiredAccess: DELETE }));
    expect((await logOnAgain(connected, ANNA.password, "bert")).status).toBe(SUCCESS);
    askers.length = 0;
    const name = Buffer.from("new", "utf16le");
    const data = new Uint8Array(FileRenameInformation.size + name.length);
    FileRenameInformation.blank(viewOf(data), 0).fileNameLength = name.length;
    data.set(name, FileRenameInformation.size);
    const infoClass = FileInformationClass.FileRenameInformation;
    expect((await tree.setInfo({ fileId, infoClass, data })).status).toBe(SUCCESS);
    expect(askers).toContain("\\new bert");
    expect(askers.join()).not.toContain("anna");
    await leave(bench, client);
  });

  it("in vain ends the session", async () => {
    const bench = newBench();
    const connected = await connect(bench);
    const { client, tree } = connected;
    const fileId = await open(tree);
    expect((await logOnAgain(connected, "wrong")).status).toBe(NtStatus.LOGON_FAILURE);
    expect((await tree.flush(fileId)).status).toBe(NtStatus.USER_SESSION_DELETED);
    await leave(bench, client);
  });

  it("after a lost connection ends the session before, of the same user", async () => {
    const bench = newBench();
    const lost = await connect(bench);
    await open(lost.tree);
    const previousSessionId = lost.session.sessionId;
    const { client } = await connect(bench, {}, { previousSessionId });
    expect(bench.server.tableSizes).toMatchObject({ sessions: 1, opens: 0 });
    expect(bench.volume.tableSizes.opens).toBe(0);
    expect((await lost.session.treeConnect("ram")).status).toBe(NtStatus.USER_SESSION_DELETED);
    await leave(bench, client, lost.client);
  });

  it("does not end the session of another user", async () => {
    const bench = newBench();
    const other = await connect(bench);
    const previousSessionId = other.session.sessionId;
    const { client } = await connect(bench, {}, { user: "bert", previousSessionId });
    expect((await other.session.treeConnect("ram")).status).toBe(SUCCESS);
    await leave(bench, client, other.client);
  });
});

describe("what ends", () => {
  it("with LOGOFF: files, watches, and the session", async () => {
    const bench = newBench();
    const { client, session, tree } = await connect(bench);
    await open(tree);
    const { call } = await watch(tree);
    await call.whenPending();
    expect((await session.logoff()).status).toBe(SUCCESS);
    expect((await call.answer).status).toBe(NtStatus.NOTIFY_CLEANUP);
    expect(bench.tableSizes).toMatchObject({ sessions: 0, opens: 0, nodes: 0, pendingRequests: 0 });
    expect((await session.treeConnect("ram")).status).toBe(NtStatus.USER_SESSION_DELETED);
    await leave(bench, client);
  });

  it("with TREE_DISCONNECT: the tree's files and watches, and no others", async () => {
    const bench = newBench();
    const { client, session, tree } = await connect(bench);
    await open(tree);
    const { call } = await watch(tree);
    await call.whenPending();
    const other = must(await session.treeConnect("ram"));
    const kept = await open(other);
    expect((await tree.disconnect()).status).toBe(SUCCESS);
    expect((await call.answer).status).toBe(NtStatus.NOTIFY_CLEANUP);
    expect(bench.server.tableSizes.opens).toBe(1);
    expect((await other.flush(kept)).status).toBe(SUCCESS);
    const { status } = await tree.create({ path: "file" });
    expect(status).toBe(NtStatus.NETWORK_NAME_DELETED);
    await leave(bench, client);
  });

  it.each([
    { what: "LOGOFF", end: ({ session }: Connected) => session.logoff() },
    { what: "TREE_DISCONNECT", end: ({ tree }: Connected) => tree.disconnect() },
  ])("with $what: a create that waits for an oplock", async ({ end }) => {
    const bench = newBench();
    const holder = await connect(bench);
    must(await holder.tree.create({ path: "file", ...NEW, oplockLevel: OplockLevel.BATCH }));
    const connected = await connect(bench);
    const second = connected.tree.start(createRequest({ path: "file" }));
    await second.whenPending();
    expect((await end(connected)).status).toBe(SUCCESS);
    expect((await second.answer).status).toBe(NtStatus.CANCELLED);
    await leave(bench, connected.client, holder.client);
  });

  it("with CLOSE: a watch on the directory", async () => {
    const bench = newBench();
    const { client, tree } = await connect(bench);
    const { fileId, call } = await watch(tree);
    await call.whenPending();
    expect((await tree.close(fileId)).status).toBe(SUCCESS);
    expect((await call.answer).status).toBe(NtStatus.NOTIFY_CLEANUP);
    await leave(bench, client);
  });

  it("of a file is the file of its own tree only", async () => {
    const bench = newBench();
    const { client, session, tree } = await connect(bench);
    const fileId = await open(tree);
    const other = must(await session.treeConnect("ram"));
    expect((await other.close(fileId)).status).toBe(NtStatus.FILE_CLOSED);
    expect((await tree.close(fileId)).status).toBe(SUCCESS);
    await leave(bench, client);
  });
});

describe("limits", () => {
  it("of tree connects: one too many is refused, and one may come when one goes", async () => {
    const bench = newBench();
    const { client, session, tree } = await connect(bench);
    for (let i = 1; i < MAX_TREE_CONNECTS_PER_SESSION; i++) must(await session.treeConnect("ram"));
    expect((await session.treeConnect("ram")).status).toBe(NtStatus.INSUFF_SERVER_RESOURCES);
    must(await tree.disconnect());
    expect((await session.treeConnect("ram")).status).toBe(SUCCESS);
    await leave(bench, client);
  });

  it("of sessions of one connection, those not set up yet included", async () => {
    const bench = newBench();
    const client = bench.connect();
    must(await client.negotiate());
    const initiator = new SpnegoInitiator({ userName: "anna", password: "x", randomBytes });
    const token = initiator.first();
    const begin = () =>
      client.send(sessionSetupRequest({ token, securityMode: 1 }, () => undefined));
    for (let i = 0; i < MAX_SESSIONS_PER_CONNECTION; i++) must(await begin());
    expect((await begin()).status).toBe(NtStatus.INSUFF_SERVER_RESOURCES);
    expect(bench.server.tableSizes.sessions).toBe(MAX_SESSIONS_PER_CONNECTION);
    await leave(bench, client);
  });

  it("of opens: one too many is refused, and one may come when one goes", async () => {
    const bench = newBench();
    const { client, session } = await connect(bench, {}, { protection: "unsigned" });
    const pipes = must(await session.treeConnect("IPC$"));
    const request = createRequest({ path: "srvsvc" });
    const first = must(await pipes.send(request));
    const more = MAX_COMPOUND_COMMANDS / 2;
    let left = MAX_OPENS_PER_SESSION - 1;
    while (left > 0) {
      const count = Math.min(left, more);
      const chain = Array.from({ length: count }, () => request);
      for (const reply of await pipes.chain(chain, { isRelated: false })) must(reply);
      left -= count;
    }
    expect((await pipes.send(request)).status).toBe(NtStatus.INSUFFICIENT_RESOURCES);
    must(await pipes.close(first.fileId));
    expect((await pipes.send(request)).status).toBe(SUCCESS);
    await leave(bench, client);
  }, 60_000);
});

describe("VALIDATE_NEGOTIATE_INFO", () => {
  /** A client in 3.0.2, and what it would repeat of its NEGOTIATE. */
  async function negotiated() {
    const bench = newBench();
    const inner = connectInMemory(bench.server);
    const sent: Uint8Array[] = [];
    const transport: ClientTransport = {
      start: (listener) => {
        inner.start(listener);
      },
      write: (segments, done) => {
        sent.push(Buffer.concat(segments));
        inner.write(segments, done);
      },
      close: () => {
        inner.close();
      },
    };
    const client = bench.connect(transport);
    const dialects = [Dialect.SMB_3_0, Dialect.SMB_3_0_2];
    must(await client.negotiate({ dialects }));
    const session = must(await client.logOn(ANNA));
    const tree = must(await session.treeConnect("IPC$"));
    const asked = NegotiateRequest.read(viewOf(sent[0]!), FRAME_HEADER_SIZE + SyncHeader.size);
    const input = new Uint8Array(ValidateNegotiateInfoRequest.size + 2 * dialects.length);
    const info = ValidateNegotiateInfoRequest.blank(viewOf(input), 0);
    info.capabilities = asked.capabilities;
    info.clientGuid = asked.clientGuid;
    info.securityMode = asked.securityMode;
    info.dialectCount = dialects.length;
    dialects.forEach((dialect, i) => {
      viewOf(input).setUint16(ValidateNegotiateInfoRequest.size + 2 * i, dialect, true);
    });
    return { bench, client, tree, info, input };
  }

  it("is answered with what was negotiated", async () => {
    const { bench, client, tree, input } = await negotiated();
    const output = must(await tree.ioctl({ ctlCode: Fsctl.VALIDATE_NEGOTIATE_INFO, input }));
    expect(ValidateNegotiateInfoResponse.read(viewOf(output), 0)).toMatchObject({
      dialect: Dialect.SMB_3_0_2,
      capabilities: client.negotiated.capabilities,
      securityMode: client.negotiated.securityMode,
      serverGuid: client.negotiated.serverGuid,
    });
    await leave(bench, client);
  });

  type Info = Awaited<ReturnType<typeof negotiated>>["info"];
  it.each<{ what: string; change: (info: Info, input: Uint8Array) => void }>([
    { what: "capabilities", change: (info) => (info.capabilities ^= 1) },
    { what: "security mode", change: (info) => (info.securityMode ^= 2) },
    { what: "client", change: (info) => (info.clientGuid = new Uint8Array(16)) },
    { what: "fewer dialects", change: (info) => (info.dialectCount = 1) },
    { what: "a dialect", change: (_, input) => (input[input.length - 1]! ^= 1) },
  ])("that remembers another $what ends the connection", async ({ change }) => {
    const { bench, client, tree, info, input } = await negotiated();
    change(info, input);
    const answer = tree.ioctl({ ctlCode: Fsctl.VALIDATE_NEGOTIATE_INFO, input });
    await expect(answer).rejects.toThrow("the server has closed the connection");
    await leave(bench, client);
  });

  it("ends a connection of 3.1.1, which has its own proof", async () => {
    const bench = newBench();
    const { client, tree } = await connect(bench);
    const answer = tree.ioctl({
      ctlCode: Fsctl.VALIDATE_NEGOTIATE_INFO,
      input: new Uint8Array(26),
    });
    await expect(answer).rejects.toThrow("the server has closed the connection");
    await leave(bench, client);
  });
});

describe("a bug in a file system", () => {
  it.each([
    { when: "at once", isLate: false },
    { when: "later", isLate: true },
  ])("that throws $when is told and answered, and the connection lives", async ({ isLate }) => {
    const bug = new TypeError("a bug");
    const inner = bound(memory({ maxSize: 2 ** 26 }));
    const fileSystem = Object.create(inner) as FileSystem;
    fileSystem.flush = () => {
      throw bug;
    };
    const bench = new TestServer(isLate ? late(fileSystem) : fileSystem);
    const { client, tree } = await connect(bench);
    const fileId = await open(tree);
    expect((await tree.flush(fileId)).status).toBe(NtStatus.INTERNAL_ERROR);
    expect(bench.errors).toEqual([bug]);
    must(await tree.write({ fileId, offset: 0, data: Buffer.from("abc") }));
    expect((await tree.close(fileId)).status).toBe(SUCCESS);
    bench.errors.length = 0;
    await leave(bench, client);
  });

  it("in the middle of a compound leaves the rest of it to go on", async () => {
    const bug = new TypeError("a bug");
    const fileSystem = Object.create(bound(memory({ maxSize: 2 ** 26 }))) as FileSystem;
    fileSystem.read = () => {
      throw bug;
    };
    const bench = new TestServer(fileSystem);
    const { client, tree } = await connect(bench);
    const replies = await tree.chain([
      createRequest({ path: "file", ...NEW }),
      readRequest({ fileId: RELATED_FILE, offset: 0, length: 10 }),
      closeRequest(RELATED_FILE),
    ]);
    expect(replies.map(({ status }) => status)).toEqual([
      SUCCESS,
      NtStatus.INTERNAL_ERROR,
      SUCCESS,
    ]);
    expect(bench.errors).toEqual([bug]);
    bench.errors.length = 0;
    await leave(bench, client);
  });

  it("in telling what a file was leaves it closed", async () => {
    const bug = new TypeError("a bug");
    const fileSystem = Object.create(bound(memory({ maxSize: 2 ** 26 }))) as FileSystem;
    fileSystem.getFileInfo = () => {
      throw bug;
    };
    const bench = new TestServer(fileSystem);
    const { client, tree } = await connect(bench);
    const fileId = await open(tree);
    const answer = await tree.close(fileId, SMB2_CLOSE_FLAG_POSTQUERY_ATTRIB);
    expect(answer.status).toBe(NtStatus.INTERNAL_ERROR);
    expect(bench.errors).toEqual([bug]);
    expect(bench.tableSizes).toMatchObject({ opensOfSessions: 0, opens: 0, nodes: 0 });
    bench.errors.length = 0;
    await leave(bench, client);
  });

  it("in what a CREATE is to tell besides leaves nothing open", async () => {
    const bug = new TypeError("a bug");
    const fileSystem = Object.create(bound(memory({ maxSize: 2 ** 26 }))) as FileSystem;
    fileSystem.getSecurity = () => {
      throw bug;
    };
    const bench = new TestServer(fileSystem);
    const { client, tree } = await connect(bench);
    const contexts = [{ name: CreateContextName.MAXIMAL_ACCESS, data: viewOf(new Uint8Array()) }];
    const answer = await tree.create({ path: "file", ...NEW, contexts });
    expect(answer.status).toBe(NtStatus.INTERNAL_ERROR);
    expect(bench.errors).toEqual([bug]);
    expect(bench.tableSizes).toMatchObject({ opensOfSessions: 0, opens: 0, nodes: 0 });
    bench.errors.length = 0;
    await leave(bench, client);
  });

  it("in closing one file lets a server that is closed wait for the others", async () => {
    const bug = new TypeError("a bug");
    const inner = bound(memory({ maxSize: 2 ** 26 }));
    const fileSystem = Object.create(inner) as FileSystem;
    let letGo: () => void = () => undefined;
    const isLetGo = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    let closings = 0;
    let isClosed = false;
    fileSystem.close = async (file) => {
      if (closings++ === 0) throw bug;
      await isLetGo;
      await inner.close?.(file);
      isClosed = true;
    };
    const bench = new TestServer(fileSystem);
    const { tree } = await connect(bench);
    await open(tree);
    await open(tree, "another");
    const closing = bench.server.close();
    await bench.until(() => bench.errors.length > 0, 20);
    expect(bench.errors).toEqual([]);
    letGo();
    await closing;
    expect(isClosed).toBe(true);
    expect(bench.errors).toEqual([bug]);
  });

  it("in closing leaves nothing open", async () => {
    const bug = new TypeError("a bug");
    const fileSystem = Object.create(bound(memory({ maxSize: 2 ** 26 }))) as FileSystem;
    fileSystem.close = () => {
      throw bug;
    };
    const bench = new TestServer(fileSystem);
    const { client, tree } = await connect(bench);
    const fileId = await open(tree);
    expect((await tree.close(fileId)).status).toBe(NtStatus.INTERNAL_ERROR);
    await open(tree, "another");
    client.close();
    expect(await bench.untilEmpty()).toBe(true);
    await bench.until(() => bench.errors.length > 1);
    expect(bench.errors).toEqual([bug, bug]);
  });
});
