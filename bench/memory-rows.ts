/**
 * What we claim about memory, and about what grows: each row is a claim, with the figure that it is held
 * against.
 *
 * @packageDocumentation
 */
import { setTimeout as sleep } from "node:timers/promises";
import { CreateDisposition, FILE_READ_ATTRIBUTES } from "../src/nt/index.js";
import {
  type ClientTree,
  closeRequest,
  createRequest,
  type FileId,
  must,
  queryInfoRequest,
  RELATED_FILE,
} from "../src/testing/client/index.js";
import { FileInformationClass } from "../src/wire/fscc/index.js";
import { MemoryServer } from "./memory-server.js";
import { median } from "./report.js";
import { deleteFile, inParallel, listAll, makeDirectory } from "./rows.js";

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

/** A figure, and what it may be at most. */
export interface Figure {
  readonly what: string;
  /** As a person reads it. */
  readonly shown: string;
  readonly value: number;
  readonly limit: number;
}

/** One claim. */
export interface MemoryRow {
  readonly name: string;
  readonly measure: () => Promise<readonly Figure[]>;
}

export const memoryRows: readonly MemoryRow[] = [
  { name: "append", measure: append },
  { name: "append over SMB", measure: appendOverSmb },
  { name: "give back", measure: giveBack },
  { name: "used space", measure: () => served(usedSpace) },
  { name: "idle open", measure: () => served(idleOpens) },
  { name: "idle session", measure: () => served(idleSessions) },
  { name: "directory of 1,000,000", measure: () => served(directoryOfMany) },
];

async function served<T>(measure: (server: MemoryServer) => Promise<T>): Promise<T> {
  const server = await MemoryServer.start();
  try {
    return await measure(server);
  } finally {
    await server.stop();
  }
}

const APPEND_ROUNDS = 5;

/** The last tenth of 1 GiB against the first; each round is a new process. */
async function append(): Promise<readonly Figure[]> {
  const rounds: (readonly number[])[] = [];
  for (let i = 0; i < APPEND_ROUNDS; i++) {
    rounds.push(await served((server) => server.appendDirectly()));
  }
  return [appendFigure("append 4 KiB in the process: last tenth of 1 GiB to first", rounds)];
}

function appendFigure(what: string, rounds: readonly (readonly number[])[]): Figure {
  const first = median(rounds.map((tenths) => tenths[0] ?? Number.NaN));
  const last = median(rounds.map((tenths) => tenths.at(-1) ?? Number.NaN));
  const value = median(rounds.map((tenths) => (tenths.at(-1) ?? 0) / (tenths[0] ?? 0)));
  const shown = `${value.toFixed(2)} (${first.toFixed(2)} µs, then ${last.toFixed(2)} µs)`;
  return { what, shown, value, limit: 1.2 };
}

const APPEND_DEPTH = 16;
const TENTHS = 10;

async function appendOverSmb(): Promise<readonly Figure[]> {
  const rounds: (readonly number[])[] = [];
  for (let i = 0; i < APPEND_ROUNDS; i++) rounds.push(await served(appendToServer));
  return [appendFigure("append 4 KiB over SMB: last tenth of 1 GiB to first", rounds)];
}

async function appendToServer(server: MemoryServer): Promise<readonly number[]> {
  const client = await server.connect();
  const tree = await server.logOn(client);
  await appendFile(tree, 128 * MIB); // for the compiler
  await settle(server);
  const tenths = await appendFile(tree, GIB);
  client.close();
  return tenths;
}

/** µs for a write, by tenths. The file is removed. */
async function appendFile(tree: ClientTree, size: number): Promise<readonly number[]> {
  const fileId = await createNew(tree, "appended");
  const data = new Uint8Array(4 * KIB).fill(1);
  const count = Math.floor(size / data.length / TENTHS);
  const tenths: number[] = [];
  for (let tenth = 0; tenth < TENTHS; tenth++) {
    let next = tenth * count;
    const end = next + count;
    const beganMs = performance.now();
    await inParallel(APPEND_DEPTH, async () => {
      if (next === end) return false;
      must(await tree.write({ fileId, offset: data.length * next++, data }));
      return true;
    });
    tenths.push((1000 * (performance.now() - beganMs)) / count);
  }
  must(await tree.close(fileId));
  await deleteFile(tree, "appended");
  return tenths;
}

/** How long memory that nobody uses may take to go back. */
const SETTLE_MS = 4000;

async function settle(server: MemoryServer) {
  await sleep(SETTLE_MS);
  return server.memory();
}

/** 1 GiB in files of each of these sizes, in turn, in bytes. */
const FILE_SIZES = [1 * KIB, 16 * KIB, 100 * KIB, 256 * KIB, 4 * MIB];

/** What is left of 1 GiB when it is deleted. */
async function giveBack(): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const size of FILE_SIZES)
    figures.push(await served((server) => giveBackFiles(server, size)));
  return figures;
}

async function giveBackFiles(server: MemoryServer, size: number): Promise<Figure> {
  const client = await server.connect();
  const tree = await server.logOn(client);
  // What a server takes once, however much is written: code, buffers of connections, and up to 28 MiB
  // that V8 keeps for young objects as soon as a server has been busy.
  await writeFiles(tree, WARM_UP_FILES, 4 * KIB);
  await removeFiles(tree, WARM_UP_FILES);
  const before = await settle(server);
  const count = Math.ceil(Math.min(GIB / size, MAX_FILES));
  await writeFiles(tree, count, size);
  const during = await server.memory();
  await removeFiles(tree, count);
  const after = await settle(server);
  client.close();
  const value = after.rss / before.rss;
  const shown = `${value.toFixed(2)} (RSS ${mib(before.rss)}, ${mib(during.rss)}, ${mib(after.rss)} MiB)`;
  return { what: `RSS after ${count} files of ${size / KIB} KiB`, shown, value, limit: 1.2 };
}

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(0);
}

const WARM_UP_FILES = 5000;
const MAX_FILES = 100_000;

async function writeFiles(tree: ClientTree, count: number, size: number): Promise<void> {
  await makeDirectory(tree, "files");
  const data = new Uint8Array(Math.min(size, MIB)).fill(7);
  let next = 0;
  await inParallel(APPEND_DEPTH, async () => {
    if (next === count) return false;
    const fileId = await createNew(tree, `files\\${next++}`);
    for (let offset = 0; offset < size; offset += data.length) {
      must(await tree.write({ fileId, offset, data }));
    }
    must(await tree.close(fileId));
    return true;
  });
}

async function removeFiles(tree: ClientTree, count: number): Promise<void> {
  let next = 0;
  await inParallel(APPEND_DEPTH, async () => {
    if (next === count) return false;
    await deleteFile(tree, `files\\${next++}`);
    return true;
  });
  await deleteFile(tree, "files");
}

/** What the volume says against what was written, in whole chunks. */
async function usedSpace(server: MemoryServer): Promise<readonly Figure[]> {
  const client = await server.connect();
  const tree = await server.logOn(client);
  const before = await server.used();
  await writeFiles(tree, 4, 4 * MIB);
  const during = await server.used();
  await removeFiles(tree, 4);
  const after = await server.used();
  client.close();
  const names = during - before - 16 * MIB;
  return [
    {
      what: "used for 16 MiB in 4 files, bytes besides the data for each name",
      shown: String(names / 5),
      value: names / 5,
      limit: 1024,
    },
    {
      what: "used after they are deleted, bytes more than before",
      shown: String(after - before),
      value: after - before,
      limit: 0,
    },
  ];
}

const IDLE_OPENS = 50_000;

async function idleOpens(server: MemoryServer): Promise<readonly Figure[]> {
  await server.makeFiles("\\opened", IDLE_OPENS);
  const client = await server.connect();
  const tree = await server.logOn(client);
  await createAll(tree, 1000, "few");
  const before = await server.memory();
  await openAll(tree, IDLE_OPENS);
  const after = await server.memory();
  client.close();
  return [bytesEach("idle open, bytes of heap", before, after, IDLE_OPENS, 1024)];
}

/** Makes files and closes them: code is compiled, tables have grown. */
async function createAll(tree: ClientTree, count: number, directory: string): Promise<void> {
  await makeDirectory(tree, directory);
  for (let i = 0; i < count; i++) {
    must(await tree.close(await createNew(tree, `${directory}\\${i}`)));
  }
}

async function openAll(tree: ClientTree, count: number): Promise<void> {
  let next = 0;
  await inParallel(APPEND_DEPTH, async () => {
    if (next === count) return false;
    must(await tree.create({ path: `opened\\file ${next++}` }));
    return true;
  });
}

const IDLE_SESSIONS = 2000;

async function idleSessions(server: MemoryServer): Promise<readonly Figure[]> {
  const warm = await server.connect();
  for (let i = 0; i < 100; i++) await server.logOn(warm, "signed");
  const client = await server.connect();
  const before = await server.memory();
  for (let i = 0; i < IDLE_SESSIONS; i++) await server.logOn(client, "signed");
  const after = await server.memory();
  client.close();
  warm.close();
  return [
    bytesEach("idle session with a share, bytes of heap", before, after, IDLE_SESSIONS, 8192),
  ];
}

function bytesEach(
  what: string,
  before: { readonly heapUsed: number; readonly arrayBuffers: number },
  after: { readonly heapUsed: number; readonly arrayBuffers: number },
  count: number,
  limit: number,
): Figure {
  const heap = (after.heapUsed - before.heapUsed) / count;
  const buffers = (after.arrayBuffers - before.arrayBuffers) / count;
  const value = heap + buffers;
  return { what, shown: `${value.toFixed(0)} (${buffers.toFixed(0)} in buffers)`, value, limit };
}

const MANY = 1_000_000;
const FEW = 10_000;

async function directoryOfMany(server: MemoryServer): Promise<readonly Figure[]> {
  const { few, many } = await server.compareDirectories(MANY);
  await server.makeFiles("\\ten thousand", FEW);
  const client = await server.connect();
  const tree = await server.logOn(client);
  const figures = [...(await compareOverSmb(tree)), await compareListings(tree)];
  client.close();
  const inProcess = (["create", "open", "stat"] as const).map((what) =>
    comparison(`${what} in the process: one of 1,000,000 to 1000 of 1000`, many[what], few[what]),
  );
  return [...figures, ...inProcess];
}

/** What one entry costs in a listing of all. */
async function compareListings(tree: ClientTree): Promise<Figure> {
  const few: number[] = [];
  const many: number[] = [];
  await listOverSmb(tree, "ten thousand", FEW);
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i < 5; i++) few.push(await listOverSmb(tree, "ten thousand", FEW));
    many.push(await listOverSmb(tree, "many", MANY));
  }
  return comparison("list over SMB, each entry: 1,000,000 to 10,000", median(many), median(few));
}

async function listOverSmb(tree: ClientTree, path: string, count: number): Promise<number> {
  const beganMs = performance.now();
  const listed = await listAll(tree, path);
  if (listed !== count + 2) throw new Error(`a list has ${listed} names, not ${count + 2}`);
  return (1000 * (performance.now() - beganMs)) / count;
}

function comparison(what: string, many: number, few: number): Figure {
  const value = many / few;
  const shown = `${value.toFixed(2)} (${many.toFixed(2)} µs, ${few.toFixed(2)} µs)`;
  return { what, shown, value, limit: 1.3 };
}

const SMB_ROUNDS = 15;
const SMB_SAMPLE = 400;

/** The same requests in the full directory and in one that is empty, in turns. */
async function compareOverSmb(tree: ClientTree): Promise<readonly Figure[]> {
  await makeDirectory(tree, "empty");
  const kinds = ["create", "open", "stat"] as const;
  const costs = { create: pair(), open: pair(), stat: pair() };
  await useOverSmb(tree, "empty", undefined); // for the compiler
  for (let round = 0; round < SMB_ROUNDS; round++) {
    const few = await useOverSmb(tree, "empty", undefined);
    const many = await useOverSmb(tree, "many", MANY);
    for (const kind of kinds) {
      costs[kind].few.push(few[kind]);
      costs[kind].many.push(many[kind]);
    }
  }
  return kinds.map((kind) =>
    comparison(
      `${kind} over SMB: directory of 1,000,000 to an empty one`,
      median(costs[kind].many),
      median(costs[kind].few),
    ),
  );
}

function pair(): { few: number[]; many: number[] } {
  return { few: [], many: [] };
}

/**
 * Makes and deletes files, opens others and asks about them; µs for each.
 *
 * @param fileCount - files that are there, to be opened in no order; undefined: those just made are
 */
async function useOverSmb(tree: ClientTree, directory: string, fileCount: number | undefined) {
  const made = Array.from({ length: SMB_SAMPLE }, (_, i) => `${directory}\\made ${i}`);
  const used = made.map((path) =>
    fileCount === undefined ? path : `${directory}\\file ${Math.floor(Math.random() * fileCount)}`,
  );
  const each = async (
    paths: readonly string[],
    use: (path: string) => Promise<void>,
  ): Promise<number> => {
    const beganMs = performance.now();
    for (const path of paths) await use(path);
    return (1000 * (performance.now() - beganMs)) / paths.length;
  };
  const create = await each(made, async (path) => {
    must(await tree.close(await createNew(tree, path)));
  });
  const open = await each(used, async (path) => {
    const { fileId } = must(await tree.create({ path }));
    must(await tree.close(fileId));
  });
  const stat = await each(used, (path) => statFile(tree, path));
  await each(made, (path) => deleteFile(tree, path));
  return { create, open, stat };
}

async function statFile(tree: ClientTree, path: string): Promise<void> {
  const [created, info, closed] = await tree.chain([
    createRequest({ path, desiredAccess: FILE_READ_ATTRIBUTES }),
    queryInfoRequest({
      fileId: RELATED_FILE,
      infoClass: FileInformationClass.FileAllInformation,
      outputLength: 4 * KIB,
    }),
    closeRequest(RELATED_FILE),
  ]);
  must(created);
  must(info);
  must(closed);
}

async function createNew(tree: ClientTree, path: string): Promise<FileId> {
  const params = { path, createDisposition: CreateDisposition.CREATE };
  return must(await tree.create(params)).fileId;
}
