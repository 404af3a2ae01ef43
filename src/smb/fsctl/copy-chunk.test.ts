import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { viewOf } from "../../bytes/index.js";
import { memory } from "../../filesystems/memory/index.js";
import {
  CreateDisposition,
  FILE_READ_DATA,
  FILE_WRITE_DATA,
  NtStatus,
  statusName,
} from "../../nt/index.js";
import { type ClientTree, type FileId, must, type SmbClient } from "../../testing/client/index.js";
import { ANNA, TestServer } from "../../testing/test-server.js";
import {
  Fsctl,
  MAX_COPY_CHUNKS,
  SMB2_LOCKFLAG_EXCLUSIVE_LOCK,
  SMB2_LOCKFLAG_FAIL_IMMEDIATELY,
  SrvCopychunk,
  SrvCopychunkCopy,
  SrvCopychunkResponse,
  SrvRequestResumeKeyResponse,
} from "../../wire/smb2/index.js";
import { MAX_COPY_CHUNK_SIZE, MAX_COPY_SIZE } from "../limits.js";

interface Chunk {
  readonly from: number | bigint;
  readonly to: number | bigint;
  readonly length: number;
}

let bench: TestServer;
let client: SmbClient;
let tree: ClientTree;
let source: FileId;
let target: FileId;

beforeEach(async () => {
  bench = new TestServer(memory({ maxSize: 2 ** 26 }));
  client = bench.connect();
  must(await client.negotiate());
  tree = must(await must(await client.logOn(ANNA)).treeConnect("ram"));
  source = await open("source");
  target = await open("target");
  must(await tree.write({ fileId: source, offset: 0, data: Buffer.from("0123456789") }));
});

afterEach(async () => {
  client.close();
  expect(await bench.untilEmpty()).toBe(true);
  expect(bench.errors).toEqual([]);
});

async function open(path: string, desiredAccess?: number): Promise<FileId> {
  const createDisposition = CreateDisposition.OPEN_IF;
  const params = { path, createDisposition, ...(desiredAccess && { desiredAccess }) };
  return must(await tree.create(params)).fileId;
}

async function keyOf(fileId: FileId, on = tree): Promise<Uint8Array> {
  const params = { ctlCode: Fsctl.SRV_REQUEST_RESUME_KEY, fileId };
  const output = must(await on.ioctl(params));
  return SrvRequestResumeKeyResponse.read(viewOf(output), 0).resumeKey;
}

function copyInput(key: Uint8Array, chunks: readonly Chunk[], chunkCount = chunks.length) {
  const input = new Uint8Array(SrvCopychunkCopy.size + chunks.length * SrvCopychunk.size);
  const header = SrvCopychunkCopy.blank(viewOf(input), 0);
  header.sourceKey = key;
  header.chunkCount = chunkCount;
  chunks.forEach(({ from, to, length }, i) => {
    const at = SrvCopychunkCopy.size + i * SrvCopychunk.size;
    const chunk = SrvCopychunk.blank(viewOf(input), at);
    chunk.sourceOffset = from;
    chunk.targetOffset = to;
    chunk.length = length;
  });
  return input;
}

interface Copy {
  readonly key?: Uint8Array;
  readonly chunks: readonly Chunk[];
  readonly to?: FileId;
  readonly ctlCode?: number;
  readonly room?: number;
}

/** What a copy comes to: its status, and the three numbers of its answer, where it has one. */
async function copy({ key, chunks, to = target, ctlCode, room = 64 }: Copy) {
  const { status, value } = await tree.ioctl({
    ctlCode: ctlCode ?? Fsctl.SRV_COPYCHUNK,
    fileId: to,
    input: copyInput(key ?? (await keyOf(source)), chunks),
    maxOutputResponse: room,
  });
  if (value === undefined) return { status: statusName(status), told: undefined };
  const { chunksWritten, chunkBytesWritten, totalBytesWritten } = SrvCopychunkResponse.read(
    viewOf(value),
    0,
  );
  const told = [chunksWritten, chunkBytesWritten, totalBytesWritten];
  return { status: statusName(status), told };
}

async function text(fileId: FileId): Promise<string> {
  const { value } = await tree.read({ fileId, offset: 0, length: 100 });
  return Buffer.from(value ?? []).toString();
}

describe("a server-side copy", () => {
  it("copies each chunk to its place", async () => {
    const chunks = [
      { from: 8, to: 0, length: 2 },
      { from: 0, to: 4, length: 3 },
    ];
    expect(await copy({ chunks })).toEqual({ status: "SUCCESS", told: [2, 0, 5] });
    expect(await text(target)).toBe("89\0\x00012");
  });

  it("within a file takes what was there before, where the places overlap", async () => {
    const chunks = [{ from: 0, to: 2, length: 6 }];
    expect((await copy({ chunks, to: source })).status).toBe("SUCCESS");
    expect(await text(source)).toBe("0101234589");
  });

  it("of nothing is done at once", async () => {
    expect(await copy({ chunks: [] })).toEqual({ status: "SUCCESS", told: [0, 0, 0] });
  });

  it("goes from a stream to a stream", async () => {
    const stream = await open("source:stream");
    must(await tree.write({ fileId: stream, offset: 0, data: Buffer.from("in it") }));
    const other = await open("target:other");
    const chunks = [{ from: 0, to: 0, length: 5 }];
    expect((await copy({ chunks, key: await keyOf(stream), to: other })).status).toBe("SUCCESS");
    expect(await text(other)).toBe("in it");
  });

  it.each([
    { title: "past the end", from: 6, length: 5 },
    { title: "far past the end", from: 2 ** 52, length: 1 },
    { title: "past all numbers", from: 2n ** 60n, length: 1 },
  ])("$title of the source is refused, and writes nothing", async ({ from, length }) => {
    const chunks = [{ from, to: 0, length }];
    expect((await copy({ chunks })).status).toBe("INVALID_VIEW_SIZE");
    expect(await text(target)).toBe("");
  });

  it.each([-1, -(2n ** 63n), 2n ** 63n - 1n])("to the place %s is refused", async (to) => {
    expect((await copy({ chunks: [{ from: 0, to, length: 1 }] })).status).toBe("INVALID_PARAMETER");
  });

  const one = { from: 0, to: 0, length: 1 };
  it.each([
    { title: "a chunk that is too long", chunks: [{ ...one, length: MAX_COPY_CHUNK_SIZE + 1 }] },
    { title: "a chunk of nothing", chunks: [{ ...one, length: 0 }] },
    { title: "too many chunks", chunks: Array.from({ length: MAX_COPY_CHUNKS + 1 }, () => one) },
    {
      title: "too much in all",
      chunks: Array.from({ length: 17 }, () => ({ ...one, length: MAX_COPY_CHUNK_SIZE })),
    },
  ])("of $title is told the limits", async ({ chunks }) => {
    const told = [MAX_COPY_CHUNKS, MAX_COPY_CHUNK_SIZE, MAX_COPY_SIZE];
    expect(await copy({ chunks })).toEqual({ status: "INVALID_PARAMETER", told });
  });

  it("needs the key of an open of the same session", async () => {
    const session = must(await client.logOn({ ...ANNA, user: "bert" }));
    const others = must(await session.treeConnect("ram"));
    const { fileId } = must(await others.create({ path: "source" }));
    const refused = { status: "OBJECT_NAME_NOT_FOUND", told: undefined };
    expect(await copy({ chunks: [one], key: await keyOf(fileId, others) })).toEqual(refused);
    expect(await copy({ chunks: [one], key: new Uint8Array(24).fill(0xff) })).toEqual(refused);
    const key = await keyOf(source);
    must(await tree.close(source));
    expect(await copy({ chunks: [one], key })).toEqual(refused);
  });

  it.each([
    { from: FILE_WRITE_DATA, to: FILE_READ_DATA | FILE_WRITE_DATA, plain: false, write: false },
    { from: FILE_READ_DATA, to: FILE_READ_DATA, plain: false, write: false },
    { from: FILE_READ_DATA, to: FILE_WRITE_DATA, plain: false, write: true },
    { from: FILE_READ_DATA, to: FILE_READ_DATA | FILE_WRITE_DATA, plain: true, write: true },
  ])("from an open with $from to one with $to", async ({ from, to, plain, write }) => {
    const key = await keyOf(await open("source", from));
    const into = await open("target", to);
    const outcome = async (ctlCode: number) =>
      (await copy({ chunks: [one], key, to: into, ctlCode })).status;
    expect(await outcome(Fsctl.SRV_COPYCHUNK)).toBe(plain ? "SUCCESS" : "ACCESS_DENIED");
    expect(await outcome(Fsctl.SRV_COPYCHUNK_WRITE)).toBe(write ? "SUCCESS" : "ACCESS_DENIED");
  });

  it("stops at a lock of somebody else, of the source and of the target", async () => {
    const flags = SMB2_LOCKFLAG_EXCLUSIVE_LOCK | SMB2_LOCKFLAG_FAIL_IMMEDIATELY;
    const range = { offset: 0n, length: 5n, flags };
    for (const path of ["source", "target"]) {
      const locking = await open(path);
      must(await tree.lock(locking, [range]));
      expect((await copy({ chunks: [one] })).status).toBe("FILE_LOCK_CONFLICT");
      must(await tree.close(locking));
    }
    expect((await copy({ chunks: [one] })).status).toBe("SUCCESS");
  });

  it("that fails tells how far it came", async () => {
    const chunks = [
      { from: 0, to: 0, length: 3 },
      { from: 3, to: 3, length: 2 },
      { from: 8, to: 5, length: 3 },
      { from: 5, to: 8, length: 1 },
    ];
    expect(await copy({ chunks })).toEqual({ status: "INVALID_VIEW_SIZE", told: [2, 0, 5] });
    expect(await text(target)).toBe("01234");
  });

  it("to a place that is none writes nothing of the chunks before", async () => {
    const chunks = [one, { ...one, to: -1 }];
    expect(await copy({ chunks })).toEqual({ status: "INVALID_PARAMETER", told: undefined });
    expect(await text(target)).toBe("");
  });

  it("needs room for its answer, and all of its chunks", async () => {
    expect((await copy({ chunks: [one], room: 11 })).status).toBe("INVALID_PARAMETER");
    const input = copyInput(await keyOf(source), [one], 2);
    const cut = await tree.ioctl({ ctlCode: Fsctl.SRV_COPYCHUNK, fileId: target, input });
    expect(cut.status).toBe(NtStatus.INVALID_PARAMETER);
    const short = { ctlCode: Fsctl.SRV_REQUEST_RESUME_KEY, fileId: source, maxOutputResponse: 31 };
    expect((await tree.ioctl(short)).status).toBe(NtStatus.INVALID_PARAMETER);
  });
});
