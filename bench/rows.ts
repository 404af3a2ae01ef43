/**
 * What is measured: each row is one kind of work, the same for every server.
 *
 * @packageDocumentation
 */
import { randomBytes } from "node:crypto";
import { viewOf } from "../src/bytes/index.js";
import {
  CreateDisposition,
  DELETE,
  FILE_DELETE_ON_CLOSE,
  FILE_DIRECTORY_FILE,
  FILE_LIST_DIRECTORY,
  FILE_READ_ATTRIBUTES,
  NtStatus,
} from "../src/nt/index.js";
import {
  type ClientTree,
  closeRequest,
  createRequest,
  type FileId,
  must,
  queryDirectoryRequest,
  queryInfoRequest,
  RELATED_FILE,
} from "../src/testing/client/index.js";
import { FileIdBothDirectoryInformation, FileInformationClass } from "../src/wire/fscc/index.js";
import { MAX_STOCK } from "./limits.js";

const KIB = 1024;
const MIB = 1024 * KIB;

/** The file that is read and written. */
const DATA_SIZE = 64 * MIB;
const DATA_PATH = "data.bin";
const LIST_PATH = "list";
const LISTED_FILES = 10_000;
const WORK_PATH = "work";
const PREPARING_DEPTH = 16;

/** One kind of work, on one connection. */
export interface Row {
  readonly name: string;
  /** How many are under way at once. */
  readonly depth: number;
  /** Makes what the work needs, and gives the work: called again and again, `false` when none is left. */
  readonly prepare: (bench: RowContext) => Promise<Work>;
}

/** What a row works on. */
export interface RowContext {
  readonly tree: ClientTree;
  readonly seconds: number;
}

/** Work that is ready to be done. */
export interface Work {
  /** Does it once. @returns false when it was not done, for there is nothing left to do */
  readonly once: () => Promise<boolean>;
  /** Removes what it has made. */
  readonly tidy: () => Promise<void>;
}

export const rows: readonly Row[] = [
  { name: "create+close", depth: 1, prepare: createAndClose },
  { name: "open+close", depth: 1, prepare: openAndClose },
  { name: "stat", depth: 1, prepare: statCompound },
  { name: "delete", depth: 1, prepare: deleteFiles },
  { name: "list 10,000", depth: 1, prepare: list },
  { name: "read 4 KiB", depth: 1, prepare: (context) => readBlocks(context, 4 * KIB) },
  { name: "read 4 KiB", depth: 16, prepare: (context) => readBlocks(context, 4 * KIB) },
  { name: "write 4 KiB", depth: 1, prepare: (context) => writeBlocks(context, 4 * KIB) },
  { name: "write 4 KiB", depth: 16, prepare: (context) => writeBlocks(context, 4 * KIB) },
  { name: "read 1 MiB", depth: 4, prepare: (context) => readBlocks(context, MIB) },
  { name: "write 1 MiB", depth: 4, prepare: (context) => writeBlocks(context, MIB) },
];

/** Makes, once for each server, what rows share: a file of 64 MiB and a directory of 10,000. */
export async function prepareShare(tree: ClientTree): Promise<void> {
  await makeDirectory(tree, WORK_PATH);
  await makeDirectory(tree, LIST_PATH);
  let made = 0;
  await inParallel(PREPARING_DEPTH, async () => {
    if (made === LISTED_FILES) return false;
    await makeFile(tree, `${LIST_PATH}\\a file of the list ${String(made++).padStart(5, "0")}.txt`);
    return true;
  });
  const { fileId } = must(
    await tree.create({ path: DATA_PATH, createDisposition: CreateDisposition.CREATE }),
  );
  const data = randomBytes(MIB);
  for (let offset = 0; offset < DATA_SIZE; offset += MIB) {
    must(await tree.write({ fileId, offset, data }));
  }
  const back = must(await tree.read({ fileId, offset: DATA_SIZE - MIB, length: MIB }));
  if (!data.equals(back)) throw new Error("the server gives back other bytes than it got");
  must(await tree.close(fileId));
}

/** Does `once` again and again, `depth` at a time, until it says false. */
export async function inParallel(depth: number, once: () => Promise<boolean>): Promise<void> {
  const worker = async () => {
    while (await once());
  };
  await Promise.all(Array.from({ length: depth }, worker));
}

const NOTHING_TO_TIDY = () => Promise.resolve();

/** New files, in two requests each; they are removed afterwards. */
function createAndClose({ tree }: RowContext): Promise<Work> {
  let made = 0;
  const once = async () => {
    const params = { path: workPath(made++), createDisposition: CreateDisposition.CREATE };
    const { fileId } = must(await tree.create(params));
    must(await tree.close(fileId));
    return true;
  };
  const tidy = () =>
    inParallel(PREPARING_DEPTH, async () => {
      if (made === 0) return false;
      await deleteFile(tree, workPath(--made));
      return true;
    });
  return Promise.resolve({ once, tidy });
}

/** A file that is there, in two requests. */
function openAndClose({ tree }: RowContext): Promise<Work> {
  const open = createRequest({ path: DATA_PATH });
  const once = async () => {
    const { fileId } = must(await tree.send(open));
    must(await tree.close(fileId));
    return true;
  };
  return Promise.resolve({ once, tidy: NOTHING_TO_TIDY });
}

/** What stat(2) becomes: CREATE, QUERY_INFO and CLOSE in one message. */
function statCompound({ tree }: RowContext): Promise<Work> {
  const requests = [
    createRequest({ path: DATA_PATH, desiredAccess: FILE_READ_ATTRIBUTES }),
    queryInfoRequest({
      fileId: RELATED_FILE,
      infoClass: FileInformationClass.FileAllInformation,
      outputLength: 4 * KIB,
    }),
    closeRequest(RELATED_FILE),
  ] as const;
  const once = async () => {
    const [created, info, closed] = await tree.chain(requests);
    must(created);
    must(info);
    must(closed);
    return true;
  };
  return Promise.resolve({ once, tidy: NOTHING_TO_TIDY });
}

/** Files made in advance, deleted in two requests each. */
async function deleteFiles({ tree, seconds }: RowContext): Promise<Work> {
  let stock = 0;
  const untilMs = performance.now() + 1000 * seconds;
  await inParallel(PREPARING_DEPTH, async () => {
    if (stock === MAX_STOCK || performance.now() > untilMs) return false;
    await makeFile(tree, workPath(stock++));
    return true;
  });
  const once = async () => {
    if (stock === 0) return false;
    const { fileId } = must(await tree.create(deleting(workPath(--stock))));
    must(await tree.close(fileId));
    return true;
  };
  return { once, tidy: () => inParallel(PREPARING_DEPTH, once) };
}

/** All names of the large directory. */
function list({ tree }: RowContext): Promise<Work> {
  const once = async () => {
    const count = await listAll(tree, LIST_PATH);
    const withDots = LISTED_FILES + 2;
    if (count !== withDots) throw new Error(`a list has ${count} names, not ${withDots}`);
    return true;
  };
  return Promise.resolve({ once, tidy: NOTHING_TO_TIDY });
}

/** Lists a directory, and counts its names, `.` and `..` with them. */
export async function listAll(tree: ClientTree, path: string): Promise<number> {
  const { fileId } = must(
    await tree.create({
      path,
      desiredAccess: FILE_LIST_DIRECTORY,
      createOptions: FILE_DIRECTORY_FILE,
    }),
  );
  const query = queryDirectoryRequest({ fileId });
  let count = 0;
  for (;;) {
    const reply = await tree.send(query);
    if (reply.status === NtStatus.NO_MORE_FILES) break;
    count += countEntries(must(reply));
  }
  must(await tree.close(fileId));
  return count;
}

function countEntries(output: Uint8Array): number {
  const bytes = viewOf(output);
  let count = 1;
  for (let at = 0; ; count++) {
    const { nextEntryOffset } = FileIdBothDirectoryInformation.read(bytes, at);
    if (nextEntryOffset === 0) return count;
    at += nextEntryOffset;
  }
}

/** Blocks of a file that exists; small ones in no order, large ones in a row. */
function readBlocks(context: RowContext, length: number): Promise<Work> {
  return withDataFile(context, async (tree, fileId, nextOffset) => {
    const target = takeBuffer(length);
    const reply = await tree.read({ fileId, offset: nextOffset(), length, target });
    if (must(reply).length !== length) throw new Error("a read gave less than was asked for");
    giveBuffer(target);
  })(length);
}

function writeBlocks(context: RowContext, length: number): Promise<Work> {
  const data = randomBytes(length);
  return withDataFile(context, async (tree, fileId, nextOffset) => {
    const written = must(await tree.write({ fileId, offset: nextOffset(), data }));
    if (written !== length) throw new Error("a write took less than was given");
  })(length);
}

/** Work on the large file, which is open as long as the work lasts. */
function withDataFile(
  { tree }: RowContext,
  work: (tree: ClientTree, fileId: FileId, nextOffset: () => number) => Promise<void>,
): (length: number) => Promise<Work> {
  return async (length) => {
    const { fileId } = must(await tree.create({ path: DATA_PATH }));
    const nextOffset = length < MIB ? scattered(length) : inARow(length);
    return {
      async once() {
        await work(tree, fileId, nextOffset);
        return true;
      },
      async tidy() {
        must(await tree.close(fileId));
      },
    };
  };
}

function inARow(length: number): () => number {
  let offset = -length;
  return () => {
    offset = (offset + length) % DATA_SIZE;
    return offset;
  };
}

/** Every block once, in an order that no read-ahead guesses, and the same in each run. */
function scattered(length: number): () => number {
  const blocks = DATA_SIZE / length; // a power of two, so that any odd step visits all
  const STEP = 6_364_137;
  let block = 0;
  return () => {
    block = (block + STEP) % blocks;
    return block * length;
  };
}

/** Memory that reads go into, used again: fresh memory for each read would cost more than the read. */
const buffers = new Map<number, Uint8Array[]>();

function takeBuffer(length: number): Uint8Array {
  return buffers.get(length)?.pop() ?? new Uint8Array(length);
}

function giveBuffer(buffer: Uint8Array): void {
  const free = buffers.get(buffer.length);
  if (free === undefined) buffers.set(buffer.length, [buffer]);
  else free.push(buffer);
}

function workPath(number: number): string {
  return `${WORK_PATH}\\file ${number}.txt`;
}

export async function makeDirectory(tree: ClientTree, path: string): Promise<void> {
  const params = {
    path,
    createDisposition: CreateDisposition.CREATE,
    createOptions: FILE_DIRECTORY_FILE,
  };
  const { fileId } = must(await tree.create(params));
  must(await tree.close(fileId));
}

async function makeFile(tree: ClientTree, path: string): Promise<void> {
  const [created, closed] = await tree.chain([
    createRequest({ path, createDisposition: CreateDisposition.CREATE }),
    closeRequest(RELATED_FILE),
  ]);
  must(created);
  must(closed);
}

function deleting(path: string) {
  return { path, desiredAccess: DELETE, createOptions: FILE_DELETE_ON_CLOSE };
}

export async function deleteFile(tree: ClientTree, path: string): Promise<void> {
  const replies = await tree.chain([createRequest(deleting(path)), closeRequest(RELATED_FILE)]);
  for (const reply of replies) must<unknown>(reply);
}
