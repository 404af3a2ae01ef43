import { randomBytes } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { Cipher, SigningAlgorithm } from "../../crypto/index.js";
import { memory } from "../../filesystems/memory/index.js";
import { Volume } from "../../kernel/index.js";
import {
  CreateAction,
  CreateDisposition,
  FILE_DIRECTORY_FILE,
  FILE_LIST_DIRECTORY,
  FILE_NOTIFY_CHANGE_FILE_NAME,
  NtStatus,
} from "../../nt/index.js";
import { Accounts, type Clock, type Share, SmbServer, STYPE_DISKTREE } from "../../smb/index.js";
import { FileInformationClass } from "../../wire/fscc/index.js";
import {
  Dialect,
  Fsctl,
  SMB2_CLOSE_FLAG_POSTQUERY_ATTRIB,
  SMB2_SESSION_FLAG_IS_NULL,
} from "../../wire/smb2/index.js";
import {
  type ClientTransport,
  type ClientTree,
  closeRequest,
  connectInMemory,
  createRequest,
  type LogOnOptions,
  must,
  type NegotiateOptions,
  queryInfoRequest,
  RELATED_FILE,
  readRequest,
  SmbClient,
  writeRequest,
} from "./index.js";

const MIB = 1024 * 1024;
const clock: Clock = {
  nowMs: Date.now,
  after(ms, then) {
    const timer = setTimeout(then, ms);
    timer.unref();
    return () => {
      clearTimeout(timer);
    };
  },
  random: (length) => randomBytes(length),
};
const anna = { user: "anna", password: "secret" };

const clients: SmbClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) {
    client.close();
    await client.connection.closed;
  }
});

function newServer(): SmbServer {
  const volume = new Volume(memory(), { clock });
  const share: Share = { name: "ram", comment: "", type: STYPE_DISKTREE, volume };
  const config = {
    serverGuid: randomBytes(16),
    serverName: "TEST",
    accounts: new Accounts([{ name: "anna", password: "secret" }], { allowGuest: false }),
    isSigningRequired: false,
    encryption: "enabled",
    minDialect: Dialect.SMB_2_0_2,
    maxDialect: Dialect.SMB_3_1_1,
    clock,
  } as const;
  return new SmbServer(config, [share], {
    session: () => undefined,
    error(error) {
      throw error;
    },
  });
}

function connect(transport: ClientTransport = connectInMemory(newServer())): SmbClient {
  const client = new SmbClient(transport);
  clients.push(client);
  return client;
}

async function connectTree(
  negotiate: NegotiateOptions = {},
  logOn: Partial<LogOnOptions> = {},
): Promise<{ client: SmbClient; tree: ClientTree }> {
  const client = connect();
  must(await client.negotiate(negotiate));
  const session = must(await client.logOn({ ...anna, ...logOn }));
  return { client, tree: must(await session.treeConnect("ram")) };
}

/** Writes a new file, reads it back, and closes it. */
async function writeAndRead(tree: ClientTree, data: Uint8Array): Promise<Uint8Array> {
  const created = must(
    await tree.create({ path: "a.bin", createDisposition: CreateDisposition.OVERWRITE_IF }),
  );
  const { fileId } = created;
  expect(must(await tree.write({ fileId, offset: 0, data }))).toBe(data.length);
  const back = must(await tree.read({ fileId, offset: 0, length: data.length }));
  expect(must(await tree.close(fileId, SMB2_CLOSE_FLAG_POSTQUERY_ATTRIB))).toMatchObject({
    endOfFile: data.length,
  });
  return back;
}

const DIALECTS = [
  Dialect.SMB_2_0_2,
  Dialect.SMB_2_1,
  Dialect.SMB_3_0,
  Dialect.SMB_3_0_2,
  Dialect.SMB_3_1_1,
];

describe("a client", () => {
  it.each(
    DIALECTS.flatMap((dialect) => [
      { dialect, protection: "unsigned" as const },
      { dialect, protection: "signed" as const },
      ...(dialect < Dialect.SMB_3_0 ? [] : [{ dialect, protection: "encrypted" as const }]),
    ]),
  )("writes and reads in dialect $dialect, $protection", async ({ dialect, protection }) => {
    const { client, tree } = await connectTree({ dialects: [dialect] }, { protection });
    expect(client.negotiated.dialect).toBe(dialect);
    const data = randomBytes(5000);
    expect(await writeAndRead(tree, data)).toEqual(Uint8Array.from(data));
  });

  it.each(Object.values(Cipher))("encrypts with cipher %i", async (cipher) => {
    const { client, tree } = await connectTree({ ciphers: [cipher] }, { protection: "encrypted" });
    expect(client.negotiated.cipher).toBe(cipher);
    const data = randomBytes(40_000);
    expect(await writeAndRead(tree, data)).toEqual(Uint8Array.from(data));
  });

  it.each(Object.values(SigningAlgorithm))("signs with algorithm %i", async (algorithm) => {
    const { client, tree } = await connectTree({ signingAlgorithms: [algorithm] });
    expect(client.negotiated.signingAlgorithm).toBe(algorithm);
    const data = randomBytes(5000);
    expect(await writeAndRead(tree, data)).toEqual(Uint8Array.from(data));
  });

  it("is not let in with a wrong password", async () => {
    const client = connect();
    must(await client.negotiate());
    const { status } = await client.logOn({ ...anna, password: "wrong" });
    expect(status).toBe(NtStatus.LOGON_FAILURE);
  });

  it("pays for large requests with several credits, and queues what it cannot pay for", async () => {
    const { client, tree } = await connectTree();
    const { fileId } = must(
      await tree.create({ path: "big", createDisposition: CreateDisposition.CREATE }),
    );
    const data = randomBytes(8 * MIB);
    must(await tree.write({ fileId, offset: 0, data }));
    const reads = Array.from({ length: 24 }, () =>
      tree.read({ fileId, offset: 0, length: 8 * MIB }),
    );
    expect(client.connection.pendingCount).toBeLessThan(reads.length);
    for (const reply of await Promise.all(reads)) {
      expect(Buffer.compare(must(reply), data)).toBe(0);
    }
    expect(client.connection.pendingCount).toBe(0);
  });

  it.each(["unsigned", "signed", "encrypted"] as const)(
    "has many %s requests under way at once, and chains among them",
    async (protection) => {
      const { tree } = await connectTree({}, { protection });
      const data = randomBytes(70);
      const replies = await Promise.all(
        Array.from({ length: 50 }, (_, i) =>
          tree.chain([
            createRequest({ path: `f${i}`, createDisposition: CreateDisposition.CREATE }),
            writeRequest({ fileId: RELATED_FILE, offset: 3, data }),
            readRequest({ fileId: RELATED_FILE, offset: 3, length: 100 }),
            queryInfoRequest({
              fileId: RELATED_FILE,
              infoClass: FileInformationClass.FileStandardInformation,
            }),
            closeRequest(RELATED_FILE),
          ]),
        ),
      );
      for (const [created, written, read, info, closed] of replies) {
        expect(must(created).createAction).toBe(CreateAction.CREATED);
        expect(must(written)).toBe(70);
        expect(must(read)).toEqual(Uint8Array.from(data));
        expect(must(info)).toHaveLength(24);
        expect(closed.status).toBe(NtStatus.SUCCESS);
      }
    },
  );

  it("gives the status of a refusal, and no value", async () => {
    const { tree } = await connectTree();
    const reply = await tree.create({ path: "nothing" });
    expect(reply).toEqual({ status: NtStatus.OBJECT_NAME_NOT_FOUND, value: undefined });
    expect(() => must(reply)).toThrow("OBJECT_NAME_NOT_FOUND");
  });

  it("fails every request of a chain that was to go on with a file that could not be opened", async () => {
    const { tree } = await connectTree();
    const replies = await tree.chain([
      createRequest({ path: "nothing" }),
      readRequest({ fileId: RELATED_FILE, offset: 0, length: 1 }),
      closeRequest(RELATED_FILE),
    ]);
    expect(replies.map(({ status }) => status)).toEqual(
      Array.from({ length: 3 }, () => NtStatus.OBJECT_NAME_NOT_FOUND),
    );
  });

  it("lists a directory of many names", async () => {
    const { tree } = await connectTree();
    const names = Array.from({ length: 1500 }, (_, i) => `file-${String(i).padStart(5, "0")}`);
    for (const path of names) {
      await tree.chain([
        createRequest({ path, createDisposition: CreateDisposition.CREATE }),
        closeRequest(RELATED_FILE),
      ]);
    }
    const listed = (await tree.list("")).map(({ name }) => name);
    expect(listed.filter((name) => name !== "." && name !== "..").sort()).toEqual(names);
  });

  it.each(["unsigned", "signed", "encrypted"] as const)(
    "cancels by MessageId before it was told to wait, and by AsyncId after, %s",
    async (protection) => {
      const { client, tree } = await connectTree({}, { protection });
      const directory = await tree.create({
        path: "",
        desiredAccess: FILE_LIST_DIRECTORY,
        createOptions: FILE_DIRECTORY_FILE,
      });
      const { fileId } = must(directory);
      const completionFilter = FILE_NOTIFY_CHANGE_FILE_NAME;

      const early = tree.watch({ fileId, completionFilter });
      expect(early.asyncId).toBeUndefined();
      tree.cancel(early);
      expect((await early.answer).status).toBe(NtStatus.CANCELLED);

      const late = tree.watch({ fileId, completionFilter });
      await late.whenPending();
      expect(late.asyncId).toBeDefined();
      tree.cancel(late);
      expect((await late.answer).status).toBe(NtStatus.CANCELLED);
      expect(client.connection.pendingCount).toBe(0);
    },
  );

  it("logs on as nobody, and is told so", async () => {
    const client = connect();
    must(await client.negotiate());
    const session = must(await client.logOn({ user: "", password: "", protection: "unsigned" }));
    expect(session.sessionFlags).toBe(SMB2_SESSION_FLAG_IS_NULL);
  });

  it("tells its requests when the connection ends", async () => {
    const { client, tree } = await connectTree();
    const answer = tree.create({ path: "x" });
    client.close();
    await expect(answer).rejects.toThrow("the client has closed the connection");
    await expect(client.echo()).rejects.toThrow("the client has closed the connection");
  });

  it("is told when the server hangs up on what is no message", async () => {
    const client = connect();
    must(await client.negotiate());
    client.sendRaw(Uint8Array.of(0, 0, 0, 4, 1, 2, 3, 4));
    await client.connection.closed;
    expect(client.connection.failure?.message).toBe("the server has closed the connection");
  });

  it("logs off: the session is no more", async () => {
    const client = connect();
    must(await client.negotiate());
    const session = must(await client.logOn(anna));
    expect((await session.logoff()).status).toBe(NtStatus.SUCCESS);
    expect((await session.treeConnect("ram")).status).toBe(NtStatus.USER_SESSION_DELETED);
  });

  it("is refused a code that a file does not know, by its status", async () => {
    const { tree } = await connectTree();
    const { status } = await tree.ioctl({ ctlCode: Fsctl.PIPE_WAIT });
    expect(status).not.toBe(NtStatus.SUCCESS);
  });
});

/** A transport that lets a test change what the server says. */
function meddling(inner: ClientTransport, meddle: (chunk: Buffer) => Buffer): ClientTransport {
  return {
    start(listener) {
      inner.start({
        receive(chunk) {
          listener.receive(meddle(chunk));
        },
        closed(error) {
          listener.closed(error);
        },
      });
    },
    write(segments, sent) {
      inner.write(segments, sent);
    },
    close() {
      inner.close();
    },
  };
}

describe("a client checks", () => {
  /** Connected, with a switch that makes the last byte of each answer wrong. */
  async function connectMeddled(protection: LogOnOptions["protection"] & string) {
    let isMeddling = false;
    const transport = meddling(connectInMemory(newServer()), (chunk) => {
      if (isMeddling) chunk[chunk.length - 1] = (chunk.at(-1) ?? 0) ^ 1;
      return chunk;
    });
    const client = connect(transport);
    must(await client.negotiate());
    const session = must(await client.logOn({ ...anna, protection }));
    const meddle = () => {
      isMeddling = true;
    };
    return { session, meddle };
  }

  it.each([
    { protection: "signed", complaint: "answer: bad signature" },
    { protection: "encrypted", complaint: "encrypted answer: does not open" },
  ] as const)("$protection answers, and hangs up on a wrong one", async (row) => {
    const { session, meddle } = await connectMeddled(row.protection);
    expect((await session.echo()).status).toBe(NtStatus.SUCCESS);
    meddle();
    await expect(session.echo()).rejects.toThrow(row.complaint);
  });

  it("that the server has the key, before it is let in", async () => {
    let count = 0;
    const client = connect(
      meddling(connectInMemory(newServer()), (chunk) => {
        count++;
        if (count === 3) chunk[52] = (chunk[52] ?? 0) ^ 1; // NEGOTIATE, challenge, then the last
        return chunk;
      }),
    );
    must(await client.negotiate());
    await expect(client.logOn(anna)).rejects.toThrow("bad signature");
  });
});
