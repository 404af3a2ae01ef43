import { beforeEach, describe, expect, it } from "vitest";
import { viewOf } from "../../bytes/index.js";
import { memory } from "../../filesystems/memory/index.js";
import type { FileSystem } from "../../fs/index.js";
import {
  CreateDisposition,
  FILE_APPEND_DATA,
  FILE_ATTRIBUTE_SPARSE_FILE,
  FILE_DIRECTORY_FILE,
  FILE_READ_ATTRIBUTES,
  FILE_READ_DATA,
  FILE_WRITE_ATTRIBUTES,
  FILE_WRITE_DATA,
  statusName,
} from "../../nt/index.js";
import {
  type ClientTree,
  type CreateParams,
  type FileId,
  must,
} from "../../testing/client/index.js";
import { late } from "../../testing/late-file-system.js";
import { ANNA, TestServer } from "../../testing/test-server.js";
import {
  FileAllocatedRangeBuffer,
  FileBasicInformation,
  FileInformationClass,
  FileZeroDataInformation,
} from "../../wire/fscc/index.js";
import {
  Fsctl,
  SMB2_LOCKFLAG_EXCLUSIVE_LOCK,
  SMB2_LOCKFLAG_FAIL_IMMEDIATELY,
} from "../../wire/smb2/index.js";

const BLOCK = 65_536;
const LAST = 2n ** 63n - 1n;

let tree: ClientTree;
let file: FileId;

beforeEach(async () => {
  tree = await connect(memory({ maxSize: 2 ** 26 }));
  file = await open("file");
});

async function connect(fileSystem: FileSystem): Promise<ClientTree> {
  const client = new TestServer(fileSystem).connect();
  must(await client.negotiate());
  return must(await must(await client.logOn(ANNA)).treeConnect("ram"));
}

async function open(path: string, params: Partial<CreateParams> = {}): Promise<FileId> {
  const createDisposition = CreateDisposition.OPEN_IF;
  return must(await tree.create({ path, createDisposition, ...params })).fileId;
}

async function setSparse(fileId = file, ...input: number[]): Promise<string> {
  const params = { ctlCode: Fsctl.SET_SPARSE, fileId, input: Uint8Array.from(input) };
  return statusName((await tree.ioctl(params)).status);
}

async function setZero(from: number | bigint, to: number | bigint, fileId = file) {
  const input = new Uint8Array(FileZeroDataInformation.size);
  const data = FileZeroDataInformation.blank(viewOf(input), 0);
  data.fileOffset = from;
  data.beyondFinalZero = to;
  return statusName((await tree.ioctl({ ctlCode: Fsctl.SET_ZERO_DATA, fileId, input })).status);
}

interface Query {
  readonly offset?: number | bigint;
  readonly length?: number | bigint;
  readonly fileId?: FileId;
  readonly room?: number;
}

async function query({ offset = 0, length = LAST, fileId = file, room = 1024 }: Query = {}) {
  const input = new Uint8Array(FileAllocatedRangeBuffer.size);
  const asked = FileAllocatedRangeBuffer.blank(viewOf(input), 0);
  asked.fileOffset = offset;
  asked.length = length;
  const ctlCode = Fsctl.QUERY_ALLOCATED_RANGES;
  const { status, value } = await tree.ioctl({ ctlCode, fileId, input, maxOutputResponse: room });
  const ranges: unknown[] = [];
  for (let at = 0; at < (value?.length ?? 0); at += FileAllocatedRangeBuffer.size) {
    const range = FileAllocatedRangeBuffer.read(viewOf(value ?? new Uint8Array()), at);
    ranges.push([range.fileOffset, range.length]);
  }
  return { status: statusName(status), ranges };
}

async function isSparse(): Promise<boolean> {
  const infoClass = FileInformationClass.FileBasicInformation;
  const data = must(await tree.queryInfo({ fileId: file, infoClass }));
  const { fileAttributes } = FileBasicInformation.read(viewOf(data), 0);
  return (fileAttributes & FILE_ATTRIBUTE_SPARSE_FILE) !== 0;
}

async function writeBlocks(...blocks: number[]): Promise<void> {
  for (const block of blocks) {
    const data = new Uint8Array(BLOCK).fill(1);
    must(await tree.write({ fileId: file, offset: block * BLOCK, data }));
  }
}

describe("FSCTL_SET_SPARSE", () => {
  it("makes a file sparse, and sparse no longer", async () => {
    expect(await isSparse()).toBe(false);
    expect(await setSparse()).toBe("SUCCESS");
    expect(await isSparse()).toBe(true);
    expect(await setSparse(file, 0)).toBe("SUCCESS");
    expect(await isSparse()).toBe(false);
    expect(await setSparse(file, 1, 2, 3)).toBe("SUCCESS");
    expect(await isSparse()).toBe(true);
  });

  it("is not for directories", async () => {
    const directory = await open("dir", { createOptions: FILE_DIRECTORY_FILE });
    expect(await setSparse(directory)).toBe("INVALID_PARAMETER");
  });

  it.each([
    { access: FILE_WRITE_DATA, status: "SUCCESS" },
    { access: FILE_APPEND_DATA, status: "SUCCESS" },
    { access: FILE_WRITE_ATTRIBUTES, status: "SUCCESS" },
    { access: FILE_READ_DATA | FILE_READ_ATTRIBUTES, status: "ACCESS_DENIED" },
  ])("with the rights $access: $status", async ({ access, status }) => {
    expect(await setSparse(await open("file", { desiredAccess: access }))).toBe(status);
  });
});

describe("FSCTL_SET_ZERO_DATA", () => {
  it("makes a run zero, and leaves the size", async () => {
    await writeBlocks(0);
    expect(await setZero(10, LAST)).toBe("SUCCESS");
    const data = must(await tree.read({ fileId: file, offset: 0, length: 2 * BLOCK }));
    expect(data).toEqual(new Uint8Array(BLOCK).fill(1, 0, 10));
  });

  it.each([
    { from: 5, to: 4 },
    { from: -1, to: 4 },
    { from: 0, to: -1 },
    { from: -(2n ** 63n), to: LAST },
  ])("from $from to $to is refused", async ({ from, to }) => {
    expect(await setZero(from, to)).toBe("INVALID_PARAMETER");
  });

  it.each([
    { from: 4, to: 4 },
    { from: LAST, to: LAST },
    { from: 2n ** 60n, to: LAST },
  ])("from $from to $to does nothing", async ({ from, to }) => {
    expect(await setZero(from, to)).toBe("SUCCESS");
  });

  it("needs the right to write", async () => {
    const fileId = await open("file", { desiredAccess: FILE_READ_DATA | FILE_WRITE_ATTRIBUTES });
    expect(await setZero(0, 5, fileId)).toBe("ACCESS_DENIED");
  });

  it("stops at a lock of somebody else", async () => {
    const flags = SMB2_LOCKFLAG_EXCLUSIVE_LOCK | SMB2_LOCKFLAG_FAIL_IMMEDIATELY;
    must(await tree.lock(await open("file"), [{ offset: 5n, length: 1n, flags }]));
    expect(await setZero(0, 5)).toBe("SUCCESS");
    expect(await setZero(0, 6)).toBe("FILE_LOCK_CONFLICT");
  });
});

describe("FSCTL_QUERY_ALLOCATED_RANGES", () => {
  it("tells what is not in holes, in order, of what is asked about", async () => {
    await setSparse();
    await writeBlocks(4, 0, 2);
    const ranges = [0, 2, 4].map((block) => [block * BLOCK, BLOCK]);
    expect(await query()).toEqual({ status: "SUCCESS", ranges });
    expect((await query({ offset: 10, length: 20 })).ranges).toEqual([[10, 20]]);
    expect((await query({ offset: BLOCK, length: BLOCK })).ranges).toEqual([]);
    expect((await query({ offset: 2n ** 60n, length: 1 })).ranges).toEqual([]);
    expect((await query({ length: 0 })).ranges).toEqual([]);
  });

  it("tells what there is room for, and that there is more", async () => {
    await setSparse();
    await writeBlocks(0, 2);
    expect(await query({ room: 31 })).toEqual({ status: "BUFFER_OVERFLOW", ranges: [[0, BLOCK]] });
    expect(await query({ room: 15 })).toEqual({ status: "BUFFER_TOO_SMALL", ranges: [] });
    expect(await query({ length: 0, room: 0 })).toEqual({ status: "SUCCESS", ranges: [] });
  });

  it("of a file that is not sparse tells all of it", async () => {
    await writeBlocks(2);
    expect((await query()).ranges).toEqual([[0, 3 * BLOCK]]);
  });

  it.each([
    { offset: -1, length: 1 },
    { offset: 0, length: -1 },
    { offset: 1, length: LAST },
    { offset: LAST, length: 1 },
  ])("of $length bytes from $offset is refused", async ({ offset, length }) => {
    expect((await query({ offset, length })).status).toBe("INVALID_PARAMETER");
  });

  it("needs the right to read", async () => {
    const fileId = await open("file", { desiredAccess: FILE_WRITE_DATA });
    expect((await query({ fileId })).status).toBe("ACCESS_DENIED");
  });

  it("takes a whole request", async () => {
    const input = new Uint8Array(15);
    for (const ctlCode of [Fsctl.QUERY_ALLOCATED_RANGES, Fsctl.SET_ZERO_DATA]) {
      const { status } = await tree.ioctl({ ctlCode, fileId: file, input });
      expect(statusName(status)).toBe("INVALID_PARAMETER");
    }
  });
});

it("a file system may take its time", async () => {
  tree = await connect(late(memory({ maxSize: 2 ** 26 })));
  file = await open("file");
  expect(await setSparse()).toBe("SUCCESS");
  await writeBlocks(0, 2);
  expect(await setZero(0, BLOCK)).toBe("SUCCESS");
  expect((await query()).ranges).toEqual([[2 * BLOCK, BLOCK]]);
});

it("a file system without sparse files refuses all of it", async () => {
  const plain = new Proxy(memory(), {
    get: (target, key) => {
      const isSparse = ["setSparse", "getAllocatedRanges", "setZeroData"].includes(String(key));
      const member: unknown = isSparse ? undefined : Reflect.get(target, key, target);
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });
  tree = await connect(plain);
  file = await open("file");
  const refused = "INVALID_DEVICE_REQUEST";
  expect([await setSparse(), await setZero(0, 1), (await query()).status]).toEqual([
    refused,
    refused,
    refused,
  ]);
});
