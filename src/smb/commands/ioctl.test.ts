import { expect, it } from "vitest";
import { memory } from "../../filesystems/memory/index.js";
import type { FileSystem } from "../../fs/index.js";
import { CreateDisposition, FILE_READ_DATA, NtStatus, statusName } from "../../nt/index.js";
import { type ClientTree, type FileId, must } from "../../testing/client/index.js";
import { ANNA, TestServer } from "../../testing/test-server.js";
import { Fsctl } from "../../wire/smb2/index.js";

interface Bench {
  readonly tree: ClientTree;
  readonly fileId: FileId;
}

async function newBench(
  desiredAccess?: number,
  fileSystem: FileSystem = memory({ maxSize: 2 ** 20 }),
): Promise<Bench> {
  const client = new TestServer(fileSystem).connect();
  must(await client.negotiate());
  const tree = must(await must(await client.logOn(ANNA)).treeConnect("ram"));
  const createDisposition = CreateDisposition.CREATE;
  const params = { path: "file", createDisposition, ...(desiredAccess && { desiredAccess }) };
  return { tree, fileId: must(await tree.create(params)).fileId };
}

it("a file is not compressed, and may be told so", async () => {
  const { tree, fileId } = await newBench();
  const asked = await tree.ioctl({ ctlCode: Fsctl.GET_COMPRESSION, fileId });
  expect(must(asked)).toEqual(Uint8Array.of(0, 0));
  const set = async (...input: number[]) => {
    const params = { ctlCode: Fsctl.SET_COMPRESSION, fileId, input: Uint8Array.from(input) };
    return statusName((await tree.ioctl(params)).status);
  };
  expect(await set(0, 0)).toBe("SUCCESS");
  expect(await set(2, 0)).toBe("NOT_SUPPORTED");
  expect(await set(2)).toBe("INVALID_PARAMETER");
});

it("compression is not set without the right to write", async () => {
  const { tree, fileId } = await newBench(FILE_READ_DATA);
  const input = Uint8Array.of(0, 0);
  const { status } = await tree.ioctl({ ctlCode: Fsctl.SET_COMPRESSION, fileId, input });
  expect(status).toBe(NtStatus.ACCESS_DENIED);
});

it("there are no snapshots", async () => {
  const { tree, fileId } = await newBench();
  const ask = (maxOutputResponse: number) =>
    tree.ioctl({ ctlCode: Fsctl.SRV_ENUMERATE_SNAPSHOTS, fileId, maxOutputResponse });
  expect(must(await ask(16))).toEqual(new Uint8Array(16));
  expect((await ask(15)).status).toBe(NtStatus.INVALID_PARAMETER);
});

it.each([
  Fsctl.DFS_GET_REFERRALS,
  Fsctl.VALIDATE_NEGOTIATE_INFO,
  Fsctl.QUERY_NETWORK_INTERFACE_INFO,
])("control code %i is asked of no file", async (ctlCode) => {
  const { tree, fileId } = await newBench();
  const { status } = await tree.ioctl({ ctlCode, fileId });
  expect(status).toBe(NtStatus.INVALID_PARAMETER);
});

it("an unknown code is refused, of a file that is open and of one that is not", async () => {
  const { tree, fileId } = await newBench();
  const unknown = { ctlCode: 0x0009_fffc };
  expect((await tree.ioctl({ ...unknown, fileId })).status).toBe(NtStatus.INVALID_DEVICE_REQUEST);
  expect((await tree.ioctl(unknown)).status).toBe(NtStatus.FILE_CLOSED);
});

/** A memory volume that turns around what a private code carries. */
function turning(): FileSystem {
  return Object.assign(memory({ maxSize: 2 ** 20 }) as FileSystem, {
    control: (_file: unknown, _code: number, input: Uint8Array) => input.slice().reverse(),
  });
}

const PRIVATE = 0x8001_2000;
const PRIVATE_READ = 0x8001_6000;
const PRIVATE_WRITE = 0x8001_a000;

it.each([
  { title: "is answered by the file system", ctlCode: PRIVATE, status: "SUCCESS" },
  { title: "may ask for the right to read", ctlCode: PRIVATE_READ, status: "SUCCESS" },
  { title: "may ask for a right there is not", ctlCode: PRIVATE_WRITE, status: "ACCESS_DENIED" },
  { title: "goes by buffers", ctlCode: PRIVATE + 1, status: "INVALID_DEVICE_REQUEST" },
  { title: "is no one of Microsoft's", ctlCode: 0x0009_fffc, status: "INVALID_DEVICE_REQUEST" },
  { title: "fits", ctlCode: PRIVATE, room: 2, status: "BUFFER_TOO_SMALL" },
  { title: "is short", ctlCode: PRIVATE, length: 4097, status: "INVALID_BUFFER_SIZE" },
])("a private code $title: $status", async ({ ctlCode, status, room, length = 3 }) => {
  const { tree, fileId } = await newBench(FILE_READ_DATA, turning());
  const input = new Uint8Array(length).map((_, i) => i);
  const maxOutputResponse = room ?? 8192;
  const answer = await tree.ioctl({ ctlCode, fileId, input, maxOutputResponse });
  expect(statusName(answer.status)).toBe(status);
  if (status === "SUCCESS") expect(answer.value).toEqual(Uint8Array.of(2, 1, 0));
});

it("a file system without private codes refuses them", async () => {
  const { tree, fileId } = await newBench();
  const { status } = await tree.ioctl({ ctlCode: PRIVATE, fileId });
  expect(status).toBe(NtStatus.INVALID_DEVICE_REQUEST);
});
