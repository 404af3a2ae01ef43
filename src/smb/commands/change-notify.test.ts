import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { memory } from "../../filesystems/memory/index.js";
import {
  CreateDisposition,
  FILE_DELETE_ON_CLOSE,
  FILE_DIRECTORY_FILE,
  FILE_LIST_DIRECTORY,
  FILE_NOTIFY_CHANGE_ATTRIBUTES,
  FILE_NOTIFY_CHANGE_DIR_NAME,
  FILE_NOTIFY_CHANGE_FILE_NAME,
  FILE_READ_ATTRIBUTES,
  NtStatus,
  statusName,
} from "../../nt/index.js";
import {
  type ChangeNotifyParams,
  type ClientSession,
  type ClientTree,
  changeNotifyRequest,
  closeRequest,
  createRequest,
  type FileId,
  must,
  RELATED_FILE,
  type Reply,
  type SmbClient,
} from "../../testing/client/index.js";
import { hex } from "../../testing/hex.js";
import { ANNA, TestServer } from "../../testing/test-server.js";
import { FileNotifyInformation } from "../../wire/fscc/index.js";
import { SMB2_WATCH_TREE } from "../../wire/smb2/index.js";

/** The bytes that one credit pays for. [MS-SMB2] 3.1.5.2 */
const ONE_CREDIT = 65_536;

const NAMES = FILE_NOTIFY_CHANGE_FILE_NAME | FILE_NOTIFY_CHANGE_DIR_NAME;

let server: TestServer;
let client: SmbClient;
let session: ClientSession;
let tree: ClientTree;

beforeEach(async () => {
  server = new TestServer(memory());
  client = server.connect();
  must(await client.negotiate());
  session = must(await client.logOn(ANNA));
  tree = must(await session.treeConnect("ram"));
});

afterEach(async () => {
  client.close();
  expect(await server.untilEmpty()).toBe(true);
  expect(server.volume.notifyHub.isWatched).toBe(false);
  expect(server.errors).toEqual([]);
});

async function openDirectory(path: string, desiredAccess = FILE_LIST_DIRECTORY): Promise<FileId> {
  const createDisposition = CreateDisposition.OPEN_IF;
  const createOptions = FILE_DIRECTORY_FILE;
  const request = { path, desiredAccess, createDisposition, createOptions };
  return must(await tree.create(request)).fileId;
}

async function makeFile(path: string): Promise<void> {
  const createDisposition = CreateDisposition.CREATE;
  const { fileId } = must(await tree.create({ path, createDisposition }));
  must(await tree.close(fileId));
}

/** A watch that its client knows to wait. */
async function watch(params: Partial<ChangeNotifyParams> & { readonly fileId: FileId }) {
  const call = tree.watch({ completionFilter: NAMES, ...params });
  await call.whenPending();
  return call;
}

/** Fixes what an open hears of, so that it keeps what happens from now on. */
async function arm(params: Partial<ChangeNotifyParams> & { readonly fileId: FileId }) {
  const call = await watch(params);
  tree.cancel(call);
  expect((await call.answer).status).toBe(NtStatus.CANCELLED);
}

/** What there is to be told by now; the watch is cancelled where it would wait. */
async function now(params: Partial<ChangeNotifyParams> & { readonly fileId: FileId }) {
  const call = tree.watch({ completionFilter: NAMES, ...params });
  tree.cancel(call);
  return told(await call.answer);
}

/** Actions and names of an answer, or its status. */
function told({ status, value }: Reply<Uint8Array>): string {
  if (status !== NtStatus.SUCCESS || value === undefined) return statusName(status);
  const changes: string[] = [];
  const bytes = new DataView(value.buffer, value.byteOffset, value.byteLength);
  for (let at = 0, next = -1; next !== 0; at += next) {
    const entry = FileNotifyInformation.read(bytes, at);
    const nameAt = at + FileNotifyInformation.size;
    const name = Buffer.from(value.subarray(nameAt, nameAt + entry.fileNameLength));
    changes.push(`${entry.action} ${name.toString("utf16le")}`);
    next = entry.nextEntryOffset;
    expect(next % 4).toBe(0);
  }
  return changes.join(", ");
}

describe("CHANGE_NOTIFY", () => {
  it("waits with an AsyncId, and is answered when something happens", async () => {
    const fileId = await openDirectory("");
    const call = await watch({ fileId });
    await makeFile("a");
    const reply = await call.answer;
    expect(Buffer.from(must(reply))).toEqual(
      Buffer.from(hex("00000000 01000000 02000000 6100").buffer), // ADDED, "a"
    );
  });

  it("answers at once with what has happened since the last answer, entries at multiples of 4", async () => {
    const fileId = await openDirectory("");
    await arm({ fileId, flags: SMB2_WATCH_TREE });
    await makeFile("a");
    await openDirectory("dir");
    await makeFile("dir\\b");
    const call = tree.watch({ fileId, completionFilter: 0 });
    expect(told(await call.answer)).toBe("1 a, 1 dir, 1 dir\\b");
    expect(call.asyncId).toBeUndefined();
    expect(await now({ fileId })).toBe("CANCELLED");
  });

  it("hears another client", async () => {
    const fileId = await openDirectory("");
    const call = await watch({ fileId });
    const other = server.connect();
    must(await other.negotiate());
    const otherTree = must(await must(await other.logOn(ANNA)).treeConnect("ram"));
    const createDisposition = CreateDisposition.CREATE;
    must(await otherTree.create({ path: "a", createDisposition }));
    expect(told(await call.answer)).toBe("1 a");
    other.close();
  });

  it("is NOTIFY_ENUM_DIR where the answer has no room, and goes on after it", async () => {
    const fileId = await openDirectory("");
    await arm({ fileId, outputLength: 40 });
    for (const name of ["a", "b", "c"]) await makeFile(name);
    expect(await now({ fileId })).toBe("NOTIFY_ENUM_DIR");
    await makeFile("d");
    await makeFile("e");
    expect(await now({ fileId, outputLength: 29 })).toBe("NOTIFY_ENUM_DIR");
    await makeFile("f");
    expect(await now({ fileId })).toBe("1 f");
  });

  it.each(["CLOSE", "TREE_DISCONNECT", "LOGOFF"])("ends with NOTIFY_CLEANUP at %s", async (end) => {
    const fileId = await openDirectory("");
    const call = await watch({ fileId });
    if (end === "CLOSE") must(await tree.close(fileId));
    else if (end === "LOGOFF") must(await session.logoff());
    else must(await tree.disconnect());
    expect((await call.answer).status).toBe(NtStatus.NOTIFY_CLEANUP);
  });

  it("goes with its connection, and nothing is left of it", async () => {
    const call = await watch({ fileId: await openDirectory("") });
    client.close();
    await expect(call.answer).rejects.toThrow("the client has closed the connection");
  });

  it("ends with DELETE_PENDING when the directory is to go", async () => {
    const call = await watch({ fileId: await openDirectory("dir") });
    const createOptions = FILE_DELETE_ON_CLOSE;
    const { fileId } = must(
      await tree.create({ path: "dir", desiredAccess: 0x1_0000, createOptions }),
    );
    must(await tree.close(fileId));
    expect((await call.answer).status).toBe(NtStatus.DELETE_PENDING);
  });

  it("is refused for files, without LIST_DIRECTORY, and on what is not open", async () => {
    await makeFile("a");
    const file = must(await tree.create({ path: "a" })).fileId;
    expect(await now({ fileId: file })).toBe("INVALID_PARAMETER");
    expect(await now({ fileId: await openDirectory("", FILE_READ_ATTRIBUTES) })).toBe(
      "ACCESS_DENIED",
    );
    must(await tree.close(file));
    expect(await now({ fileId: file })).toBe("FILE_CLOSED");
  });

  it("is refused for more than a transaction may carry", async () => {
    const fileId = await openDirectory("");
    const { maxTransactSize } = client.negotiated;
    expect(await now({ fileId, outputLength: maxTransactSize })).toBe("CANCELLED");
    expect(await now({ fileId, outputLength: maxTransactSize + 1 })).toBe("INVALID_PARAMETER");
  });

  it("is refused for more than its credits pay for", async () => {
    const request = {
      ...changeNotifyRequest({
        fileId: await openDirectory(""),
        completionFilter: FILE_NOTIFY_CHANGE_ATTRIBUTES,
        outputLength: ONE_CREDIT + 1,
      }),
      paidLength: ONE_CREDIT,
    };
    expect((await tree.send(request)).status).toBe(NtStatus.INVALID_PARAMETER);
  });

  it("waits at the end of a compound, and is refused within one, where others would wait for it", async () => {
    const create = createRequest({ path: "", desiredAccess: FILE_LIST_DIRECTORY });
    const notify = changeNotifyRequest({ fileId: RELATED_FILE, completionFilter: NAMES });
    const [, refused, closed] = await tree.chain([create, notify, closeRequest(RELATED_FILE)]);
    expect(refused.status).toBe(NtStatus.INTERNAL_ERROR);
    expect(closed.status).toBe(NtStatus.SUCCESS);
    const waiting = tree.chain([create, notify]);
    expect(await server.until(() => server.volume.notifyHub.isWatched)).toBe(true);
    await makeFile("a");
    const [, reply] = await waiting;
    expect(told(reply)).toBe("1 a");
  });
});
