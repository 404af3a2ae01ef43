/**
 * Good requests cut, flipped and joined, sent to a whole server in memory: it answers or hangs up, and
 * never throws, stalls or grows. `ANYMOUNT_FUZZ=n` sends n packets.
 *
 * @packageDocumentation
 */
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Struct, viewOf } from "../bytes/index.js";
import { memory } from "../filesystems/memory/index.js";
import { CreateDisposition, FILE_DIRECTORY_FILE, NtStatus } from "../nt/index.js";
import { NOBODY, type RequestContext } from "../testing/client/client-connection.js";
import { connectInMemory, echoRequest, must, type SmbClient } from "../testing/client/index.js";
import { type Golden, goldens, KEPT_FILE, openingGoldens } from "../testing/golden-requests.js";
import { late } from "../testing/late-file-system.js";
import {
  chainOf,
  compose,
  frame,
  type RawAnswer,
  RawPeer,
  seal,
  TappedTransport,
} from "../testing/raw-peer.js";
import { ANNA, TestServer } from "../testing/test-server.js";
import * as wire from "../wire/smb2/index.js";

const { Command, Dialect, OplockLevel, SMB2_FLAGS_SIGNED, SyncHeader } = wire;

const PACKETS = Number(process.env["ANYMOUNT_FUZZ"] ?? 1500);
const PACKETS_PER_RUN = 15;
const MAX_CHARGE = 16;
const SIGNATURE_AT = 48;
const SIGNATURE_LENGTH = 16;

/** What follows the header, by command: whose fields a mutation can aim at. */
// biome-ignore format: one line for each few commands reads well
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each layout has fields of its own
const LAYOUTS: Readonly<Record<number, Struct<any>>> = {
  [Command.NEGOTIATE]: wire.NegotiateRequest,
  [Command.SESSION_SETUP]: wire.SessionSetupRequest,
  [Command.LOGOFF]: wire.LogoffRequest,
  [Command.TREE_CONNECT]: wire.TreeConnectRequest,
  [Command.TREE_DISCONNECT]: wire.TreeDisconnectRequest,
  [Command.CREATE]: wire.CreateRequest,
  [Command.CLOSE]: wire.CloseRequest,
  [Command.FLUSH]: wire.FlushRequest,
  [Command.READ]: wire.ReadRequest,
  [Command.WRITE]: wire.WriteRequest,
  [Command.LOCK]: wire.LockRequest,
  [Command.IOCTL]: wire.IoctlRequest,
  [Command.CANCEL]: wire.CancelRequest,
  [Command.ECHO]: wire.EchoRequest,
  [Command.QUERY_DIRECTORY]: wire.QueryDirectoryRequest,
  [Command.CHANGE_NOTIFY]: wire.ChangeNotifyRequest,
  [Command.QUERY_INFO]: wire.QueryInfoRequest,
  [Command.SET_INFO]: wire.SetInfoRequest,
  [Command.OPLOCK_BREAK]: wire.OplockBreakAcknowledgment,
};

const INTERESTING: readonly bigint[] = [
  0n,
  1n,
  2n,
  7n,
  8n,
  0x3fn,
  0x40n,
  0x41n,
  0x7fn,
  0x80n,
  0xffn,
  0x100n,
  0x7fffn,
  0x8000n,
  0xfffen,
  0xffffn,
  0x1_0000n,
  0x80_0000n,
  0x80_0001n,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_fff8n,
  0xffff_ffffn,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 8n,
  2n ** 64n - 1n,
];

/** Places are taken modulo the length of what there is. */
const place = fc.nat({ max: 0xffff });
const value = fc.constantFrom(...INTERESTING);
const edit = fc.oneof(
  fc.record({ kind: fc.constant("cut" as const), place }),
  fc.record({ kind: fc.constant("flip" as const), place, bit: fc.nat({ max: 7 }) }),
  fc.record({
    kind: fc.constant("put" as const),
    place,
    value,
    width: fc.constantFrom(1, 2, 4, 8),
  }),
  fc.record({
    kind: fc.constant("insert" as const),
    place,
    count: fc.integer({ min: 1, max: 40 }),
  }),
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("field" as const),
      isInHeader: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
      element: place,
      field: place,
      value,
    }),
  },
);
type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

const packet = fc.record({
  /** Of the commands that there are goldens of, and of its goldens. */
  command: place,
  golden: place,
  /** Further messages that become part of this one. */
  joined: fc.oneof(
    { weight: 4, arbitrary: fc.constant<number[]>([]) },
    { weight: 1, arbitrary: fc.array(place, { minLength: 1, maxLength: 4 }) },
  ),
  isRelated: fc.boolean(),
  edits: fc.array(edit, { maxLength: 3 }),
  /** Message ids are made good after the edits. */
  isInOrder: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
  protection: fc.constantFrom("own", "own", "own", "none", "signed"),
  isTwice: fc.integer({ min: 0, max: 19 }).map((n) => n === 0),
  /** What was made is changed once more, frame, signature, cipher and all. */
  rawEdits: fc.oneof(
    { weight: 9, arbitrary: fc.constant<Edit[]>([]) },
    { weight: 1, arbitrary: fc.array(edit, { minLength: 1, maxLength: 2 }) },
  ),
  /** Where what is sent is cut into pieces. */
  splits: fc.array(place, { maxLength: 3 }),
  waitMs: fc.constantFrom(0, 0, 0, 0, 300, 40_000),
});
type Packet = typeof packet extends fc.Arbitrary<infer T> ? T : never;

function edited(bytes: Uint8Array, edits: readonly Edit[]): Uint8Array {
  return edits.reduce(applyEdit, bytes);
}

function applyEdit(bytes: Uint8Array, edit: Edit): Uint8Array {
  if (bytes.length === 0) return bytes;
  const changed = Uint8Array.from(bytes);
  switch (edit.kind) {
    case "cut":
      return changed.subarray(0, edit.place % bytes.length);
    case "flip":
      changed[edit.place % bytes.length]! ^= 1 << edit.bit;
      return changed;
    case "put":
      putValue(changed, { at: edit.place % bytes.length, width: edit.width, value: edit.value });
      return changed;
    case "insert": {
      const at = edit.place % bytes.length;
      const gap = new Uint8Array(edit.count).fill(edit.count);
      return Buffer.concat([changed.subarray(0, at), gap, changed.subarray(at)]);
    }
    case "field":
      putField(changed, edit);
      return changed;
  }
}

function putValue(
  bytes: Uint8Array,
  { at, width, value }: { at: number; width: number; value: bigint },
): void {
  for (let i = 0; i < width && at + i < bytes.length; i++) {
    bytes[at + i] = Number((value >> BigInt(8 * i)) & 0xffn);
  }
}

/** Gives a field of a header, or of what follows it, a value. */
function putField(
  bytes: Uint8Array,
  edit: { isInHeader: boolean; element: number; field: number; value: bigint },
): void {
  const elements = chainOf(viewOf(bytes));
  const element = elements[edit.element % Math.max(1, elements.length)];
  if (element === undefined) return;
  const { command } = SyncHeader.at(viewOf(bytes), element.at);
  const layout = LAYOUTS[command] ?? wire.EchoRequest;
  const fields = edit.isInHeader ? placesOf(SyncHeader, 0) : placesOf(layout, SyncHeader.size);
  const field = fields[edit.field % fields.length]!;
  putValue(bytes, { at: element.at + field.at, width: field.width, value: edit.value });
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- any layout will do
function placesOf(layout: Struct<any>, start: number): { at: number; width: number }[] {
  let at = start;
  return Object.values(layout.fields as Record<string, { size: number }>).map(({ size: width }) => {
    const place = { at, width };
    at += width;
    return place;
  });
}

/** Message ids as the server counts them. */
class MessageIds {
  next: number;
  readonly #isLargeMtu: boolean;

  constructor(next: number, isLargeMtu: boolean) {
    this.next = next;
    this.#isLargeMtu = isLargeMtu;
  }

  /** Gives each element the id that is due, and a charge that can be paid. */
  putIn(message: Uint8Array): void {
    for (const { at } of chainOf(viewOf(message))) {
      const header = SyncHeader.at(viewOf(message), at);
      if (header.command === Command.CANCEL) continue;
      if (header.creditCharge > MAX_CHARGE) header.creditCharge = 1;
      header.messageId = this.next;
      this.next += this.#isLargeMtu ? Math.max(1, header.creditCharge) : 1;
    }
  }
}

function sign(message: Uint8Array, { protection }: RequestContext): void {
  if (protection === undefined) return;
  for (const { at, length } of chainOf(viewOf(message))) {
    const header = SyncHeader.at(viewOf(message), at);
    header.flags |= SMB2_FLAGS_SIGNED;
    const element = message.subarray(at, at + length);
    element.fill(0, SIGNATURE_AT, SIGNATURE_AT + SIGNATURE_LENGTH);
    header.signature = protection.sign([element], header.messageId, header.command);
  }
}

/** Somebody on a connection, with all that there is to send there. */
interface Attacker {
  readonly peer: RawPeer;
  readonly context: RequestContext;
  readonly ids: MessageIds;
  readonly goldens: readonly Golden[];
  readonly ipcTreeId: number;
}

type Arrive = (bench: TestServer) => Promise<Attacker>;

/** A client that is no further than this, and from here on sends what it likes. */
function beginnerAt(stage: "connected" | "negotiated"): Arrive {
  return async (bench) => {
    const transport = new TappedTransport(connectInMemory(bench.server));
    const client = bench.connect(transport);
    if (stage === "negotiated") must(await client.negotiate());
    const ids = new MessageIds(stage === "negotiated" ? 1 : 0, stage === "negotiated");
    return {
      peer: new RawPeer(transport, NOBODY),
      context: NOBODY,
      ids,
      goldens: [
        ...openingGoldens(),
        ...goldens({ file: FILE_ID, directory: FILE_ID, pipe: FILE_ID }),
      ],
      ipcTreeId: 1,
    };
  };
}

const FILE_ID = { persistent: 1n, volatile: 1n };

/** A client that has logged on and has files open. */
function userOf(dialect: wire.Dialect, protection: "unsigned" | "signed" | "encrypted"): Arrive {
  return async (bench) => {
    const transport = new TappedTransport(connectInMemory(bench.server));
    const client = bench.connect(transport);
    must(await client.negotiate({ dialects: [dialect] }));
    const session = must(await client.logOn({ ...ANNA, protection }));
    const tree = must(await session.treeConnect("ram"));
    const pipes = must(await session.treeConnect("IPC$"));
    const open = async (path: string, createOptions = 0) => {
      const createDisposition = CreateDisposition.OPEN_IF;
      return (
        (await tree.create({ path, createDisposition, createOptions })).value?.fileId ?? FILE_ID
      );
    };
    const handles = {
      directory: await open("dir", FILE_DIRECTORY_FILE),
      file: await open("file"),
      pipe: must(await pipes.create({ path: "srvsvc" })).fileId,
    };
    const last = client.connection.start(echoRequest, session.context);
    must(await last.answer);
    return {
      peer: new RawPeer(transport, tree.context),
      context: tree.context,
      ids: new MessageIds(last.messageId! + 1, dialect !== Dialect.SMB_2_0_2),
      goldens: goldens(handles),
      ipcTreeId: pipes.context.treeId,
    };
  };
}

/** Goldens by the command of their first request; those of several requests by themselves. */
function commandsOf(all: readonly Golden[]): Golden[][] {
  const groups = new Map<number, Golden[]>();
  for (const golden of all) {
    const key = golden.requests.length > 1 ? -1 : golden.requests[0]!.command;
    groups.set(key, [...(groups.get(key) ?? []), golden]);
  }
  return [...groups.values()];
}

/** The bytes that a packet stands for, and the message in them, as the server will read it. */
function make(attacker: Attacker, packet: Packet): { message: Uint8Array; sent: Uint8Array } {
  const { context, ids } = attacker;
  const byCommand = commandsOf(attacker.goldens);
  const some = byCommand[packet.command % byCommand.length]!;
  const all = [
    some[packet.golden % some.length]!,
    ...packet.joined.map((i) => attacker.goldens[i % attacker.goldens.length]!),
  ];
  const [first] = all;
  const composed = compose(
    all.flatMap(({ requests }) => requests),
    {
      sessionId: context.sessionId,
      treeId: first!.isForPipes === true ? attacker.ipcTreeId : context.treeId,
      flags: first!.flags,
      isRelated: first!.isRelated === true || (packet.joined.length > 0 && packet.isRelated),
    },
  );
  const message = Uint8Array.from(edited(composed, packet.edits));
  if (packet.isInOrder) ids.putIn(message);
  const mode = packet.protection === "own" ? context.protection?.mode : packet.protection;
  if (mode === "signed") sign(message, context);
  const whole = frame(mode === "encrypted" ? seal(message, context) : message);
  return { message, sent: edited(whole, packet.rawEdits) };
}

function send(peer: RawPeer, bytes: Uint8Array, splits: readonly number[]): void {
  const cuts = splits.map((place) => place % Math.max(1, bytes.length)).sort((a, b) => a - b);
  let at = 0;
  for (const cut of [...cuts, bytes.length]) {
    if (cut > at) peer.send(bytes.subarray(at, cut));
    at = cut;
  }
}

/** Requests of a message that the server owes an answer. */
function owedBy(message: Uint8Array, peer: RawPeer): number[] {
  const view = viewOf(message);
  const ids = chainOf(view).map(({ at }) => SyncHeader.at(view, at));
  return ids
    .filter(({ command }) => command !== Command.CANCEL)
    .map(({ messageId }) => messageId)
    .filter((id) => !peer.answers.some(({ messageId }) => messageId === id));
}

const rejections: unknown[] = [];
const noteRejection = (reason: unknown) => rejections.push(reason);
beforeAll(() => process.on("unhandledRejection", noteRejection));
afterAll(() => {
  process.off("unhandledRejection", noteRejection);
  expect(rejections).toEqual([]);
});

/** A client that keeps a file to itself, and does not let go when it is asked to. */
async function neighbour(bench: TestServer): Promise<SmbClient> {
  const client = bench.connect();
  must(await client.negotiate());
  const tree = must(await must(await client.logOn({ ...ANNA, user: "bert" })).treeConnect("ram"));
  must(
    await tree.create({
      path: KEPT_FILE,
      createDisposition: CreateDisposition.CREATE,
      oplockLevel: OplockLevel.BATCH,
    }),
  );
  return client;
}

const counts = { packets: 0, answers: 0, errors: 0, hangUps: 0 };

async function attack(
  bench: TestServer,
  arrive: Arrive,
  packets: readonly Packet[],
): Promise<void> {
  const other = await neighbour(bench);
  let attacker = await arrive(bench);
  for (const packet of packets) {
    if (attacker.peer.isClosed) attacker = await arrive(bench);
    const { peer } = attacker;
    peer.answers = [];
    const waitingBefore = bench.server.tableSizes.pendingRequests;
    const { message, sent } = make(attacker, packet);
    send(peer, sent, packet.splits);
    if (packet.isTwice) send(peer, sent, []);
    bench.clock.advance(packet.waitMs);
    const isWhole = packet.rawEdits.length === 0;
    const isDone = () => peer.isClosed || (isWhole && owedBy(message, peer).length === 0);
    await bench.until(isDone, isWhole ? 300 : 5);
    const isWaiting = bench.server.tableSizes.pendingRequests > waitingBefore;
    if (isWhole && !isDone() && !isWaiting) {
      expect.fail(`no answer to ${Buffer.from(message).toString("hex")}`);
    }
    count(peer);
    expect(peer.answers.filter(({ command }) => command === Command.CANCEL)).toEqual([]);
    expect(bench.errors).toEqual([]);
    // A frame that was changed may leave the server in the middle of the next one.
    if (!isWhole || peer.answers.some(takesAway)) peer.close();
  }
  attacker.peer.close();
  other.close();
  await bench.untilEmpty(); // by themselves: no time passes any more
  expect(bench.tableSizes).toEqual({
    connections: 0,
    sessions: 0,
    opens: 0,
    opensOfSessions: 0,
    pendingRequests: 0,
    nodes: 0,
    leases: 0,
    timers: 0,
  });
  expect(bench.errors).toEqual([]);
}

const TAKING: readonly number[] = [Command.LOGOFF, Command.TREE_DISCONNECT, Command.CLOSE];

/** Whether a session, a tree or a file is gone, so that what follows would find nothing. */
function takesAway({ command, status }: RawAnswer): boolean {
  return status === NtStatus.SUCCESS && TAKING.includes(command);
}

function count({ answers, isClosed }: RawPeer): void {
  counts.packets++;
  counts.answers += answers.length;
  counts.errors += answers.filter(({ status }) => status >= 0xc000_0000).length;
  if (isClosed) counts.hangUps++;
}

const ATTACKS: readonly { name: string; arrive: Arrive; share: number; isLate?: boolean }[] = [
  { name: "by nobody, before NEGOTIATE", arrive: beginnerAt("connected"), share: 0.1 },
  { name: "by nobody, after NEGOTIATE", arrive: beginnerAt("negotiated"), share: 0.1 },
  { name: "in 2.0.2, signed", arrive: userOf(Dialect.SMB_2_0_2, "signed"), share: 0.1 },
  { name: "in 3.0.2, unsigned", arrive: userOf(Dialect.SMB_3_0_2, "unsigned"), share: 0.2 },
  { name: "in 3.1.1, signed", arrive: userOf(Dialect.SMB_3_1_1, "signed"), share: 0.2 },
  { name: "in 3.1.1, encrypted", arrive: userOf(Dialect.SMB_3_1_1, "encrypted"), share: 0.1 },
  {
    name: "in 3.1.1, of a file system that takes its time",
    arrive: userOf(Dialect.SMB_3_1_1, "unsigned"),
    share: 0.2,
    isLate: true,
  },
];

it.each(ATTACKS)(
  "packets $name are answered or hung up on",
  async ({ arrive, share, isLate }) => {
    const packets = fc.array(packet, { minLength: PACKETS_PER_RUN, maxLength: PACKETS_PER_RUN });
    await fc.assert(
      fc.asyncProperty(packets, async (some) => {
        const fileSystem = memory({ maxSize: 2 ** 26 });
        const bench = new TestServer(isLate === true ? late(fileSystem) : fileSystem);
        await attack(bench, arrive, some);
      }),
      { numRuns: Math.ceil((PACKETS * share) / PACKETS_PER_RUN) },
    );
  },
  60_000 + 40 * PACKETS,
);

it("they were many, and of all kinds", () => {
  expect(counts.packets).toBeGreaterThanOrEqual(PACKETS);
  expect(counts.answers).toBeGreaterThan(counts.packets / 4);
  expect(counts.errors).toBeGreaterThan(counts.answers / 10);
  expect(counts.errors).toBeLessThan(counts.answers);
  expect(counts.hangUps).toBeGreaterThan(counts.packets / 100);
});
