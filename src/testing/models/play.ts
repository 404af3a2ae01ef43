import { strict as assert } from "node:assert";
import { isDeepStrictEqual } from "node:util";
import {
  CreateAction,
  CreateDisposition,
  FILE_DELETE_ON_CLOSE,
  FILE_DIRECTORY_FILE,
  FILE_LIST_DIRECTORY,
  FILE_NON_DIRECTORY_FILE,
  FILE_WRITE_DATA,
  statusName,
  statusOf,
} from "../../nt/index.js";
import type {
  Drive,
  DriveFile,
  HeardLeaseBreak,
  KernelStage,
  LeaseName,
  LeasingDrive,
  SmbStage,
  UserName,
} from "../conformance/index.js";
import { allTurns, hasSettled } from "../conformance/turns.js";
import { type Keeping, leaseOf, oplockOf, type Told } from "./keeping.js";
import type { OpenWish, Operation } from "./operation.js";
import {
  areCompatible,
  type Ended,
  type Evaluation,
  type ModelOpen,
  VolumeModel,
  type Waits,
} from "./volume-model.js";

const USERS: readonly UserName[] = ["anna", "bert", "anna"];

/** As long as a client has to let go. */
const BREAK_MS = 35_000;

/** Turns of the event loop in which a break arrives, also over a connection. */
const MAX_TURNS = 100;

const ACTIONS: readonly string[] = Object.keys(CreateAction);

const KINDS: Readonly<Record<OpenWish["kind"], number>> = {
  any: 0,
  file: FILE_NON_DIRECTORY_FILE,
  directory: FILE_DIRECTORY_FILE,
};

/** Something to begin with: a file with a stream, and a directory with a file. */
const BEGINNING: readonly Operation[] = ["a", "a:s", "d", "d\\a"].flatMap((path): Operation[] => {
  const whose = { client: 0, slot: 0 };
  const wish = {
    path,
    disposition: "CREATE",
    access: FILE_WRITE_DATA,
    shares: 0,
    kind: path === "d" ? "directory" : "file",
    isDeleteOnClose: false,
    keeping: { oplock: "none" },
  } as const;
  return [
    { ...whose, kind: "open", wish },
    { ...whose, kind: "write", offset: 0, text: "0123456789" },
    { ...whose, kind: "close" },
  ];
});

/** What something came to, of the model or for real. */
interface Outcome {
  readonly status: string;
  readonly value?: unknown;
}

/** What a client waits for. */
interface Pending {
  readonly client: number;
  readonly operation: Operation;
  readonly outcome: Promise<Outcome>;
  readonly given: AbortController;
  state: { isSettled: boolean };
  /** Undefined as long as it must wait. */
  evaluate(): Evaluation | undefined;
}

interface Slot {
  readonly open: ModelOpen;
  readonly file: DriveFile;
}

/**
 * Lets three clients do things, one after the other, on a stage and on a model, which must agree on
 * everything. Who has to wait does nothing else meanwhile.
 */
export class Play {
  readonly model = new VolumeModel();
  readonly #stage: KernelStage | SmbStage;
  readonly #clients: Client[] = [];
  readonly #slots = new Map<string, Slot>();
  readonly #files = new Map<ModelOpen, DriveFile>();
  #pending: Pending[] = [];

  constructor(stage: KernelStage | SmbStage) {
    this.#stage = stage;
  }

  async run(operations: readonly Operation[]): Promise<void> {
    for (const user of USERS) this.#clients.push(new Client(await this.#stage.drive(user)));
    for (const operation of BEGINNING) await this.#step(operation);
    for (const operation of operations) {
      await this.#step(operation);
      for (const client of this.#clients) client.checkQuiet();
      this.#checkInvariants();
    }
    await allTurns();
    for (const client of this.#clients) client.checkQuiet();
    for (const client of USERS.keys()) await this.#leave(client);
    await this.#compareAll(await this.#stage.drive());
  }

  /** What must hold at all times. */
  #checkInvariants(): void {
    const opens = [...this.model.opens];
    const files = new Set(opens.flatMap(({ file }) => [file, file.main ?? file]));
    // Another stream may come to have the name of one that is gone, so that is in the table no more.
    const gone = opens.filter(({ file, link }) => file.main !== undefined && link.isGone);
    const { volume } = this.#stage;
    const leases = [...this.model.keepings].filter(({ isLease }) => isLease).length;
    const nodeCount = files.size - new Set(gone.map(({ file }) => file)).size;
    const expected = { opens: opens.length, nodes: nodeCount, leases };
    const { opens: actualOpens, nodes } = volume.tableSizes;
    const actual = { opens: actualOpens, nodes, leases: volume.leases.size };
    assert.deepEqual(actual, expected, "no open without a node, no lease without an open");
    for (const file of files) {
      const some = opens.filter((open) => open.file === file);
      const holders = this.model.keepingsOf(file).filter(({ letters }) => letters !== "");
      const isExclusive = holders.some((keeping) => keeping.keeps("W"));
      assert.ok(!isExclusive || holders.length === 1, "who keeps writes is alone");
      assert.ok(areCompatible(some), "all opens share with each other");
    }
  }

  async #step(asGiven: Operation): Promise<void> {
    const operation = this.#meant(asGiven);
    const { client, kind } = operation;
    if (kind === "disconnect") return this.#comeBack(client);
    if (kind === "let time pass") {
      this.model.letTimePass();
      this.#stage.clock.advance(BREAK_MS);
      return this.#goOn();
    }
    if (this.#pending.some((pending) => pending.client === client)) return;
    const evaluate = this.#evaluation(operation);
    const evaluation = evaluate?.();
    if (evaluate === undefined) return;
    if (evaluation !== undefined && "status" in evaluation) {
      await this.#compare(operation, evaluation, this.#perform(operation));
    } else {
      if (evaluation !== undefined) {
        // Two who wait for the same holder may go on in either order.
        if (this.#pending.some((pending) => pending.operation.kind !== "wait for lock")) return;
        ask(evaluation);
      }
      this.#wait(operation, evaluation);
      await allTurns(); // it gets as far as it can before anybody does something else
    }
    await this.#hearBreaks();
    await this.#goOn();
  }

  /** How the model does it; undefined where the client has nothing to do it with. */
  #evaluation(operation: Operation): (() => Evaluation | undefined) | undefined {
    const { model } = this;
    const { client, kind } = operation;
    const slot = this.#slots.get(slotOf(operation));
    if (kind === "open") {
      return slot === undefined ? () => model.open(client, operation.wish) : undefined;
    }
    if (kind === "list") return () => model.list(operation.path);
    if (kind === "acknowledge lease") {
      return () => model.acknowledgeLease(client, operation.key, keptOf(operation));
    }
    if (slot === undefined) return undefined;
    const { open } = slot;
    switch (kind) {
      case "close":
        return () => model.close(open);
      case "read":
        return () => model.read(open, operation.offset, operation.length);
      case "write":
        return () => model.write(open, operation.offset, operation.text);
      case "truncate":
        return () => model.truncate(open, operation.size);
      case "delete":
        return () => model.setDelete(open, operation.isDelete, operation.isPosix);
      case "rename":
        return () => model.rename(open, operation.path, operation);
      case "lock":
        return () => model.lock(open, operation.range, false);
      case "wait for lock":
        return () => model.lock(open, operation.range, true);
      case "unlock":
        return () => model.unlock(open, operation.range);
      case "acknowledge":
        return () => model.acknowledge(open, operation.oplock);
      case "disconnect":
      case "let time pass":
        return undefined; // done by now
    }
  }

  /**
   * An operation as its client does it now: in a slot that is of use, and, where it lets go of what it was asked for, by the
   * lease that it was asked of. So that fewer come to nothing.
   */
  #meant(operation: Operation): Operation {
    const { client, slot, kind } = operation;
    const isOpen = this.#slots.has(slotOf(operation));
    const isOfUse = kind === "open" ? !isOpen : isOpen;
    if (kind !== "acknowledge lease") return isOfUse ? operation : { ...operation, slot: 1 - slot };
    if (operation.keeps !== "as asked") return operation;
    const asked = [...this.model.keepings].find(
      (keeping) => keeping.client === client && keeping.isLease && keeping.asked !== undefined,
    );
    return { ...operation, key: asked?.key ?? operation.key, keeps: leaseOf(asked?.asked ?? "") };
  }

  #perform(operation: Operation, signal?: AbortSignal): Promise<Outcome> {
    const { drive } = this.#clientOf(operation.client);
    const file = this.#slots.get(slotOf(operation))?.file;
    return outcomeOf(async () => {
      const { kind } = operation;
      if (kind === "open") return openOn(drive, operation.wish, signal);
      if (kind === "list") return listOn(drive, operation.path);
      if (kind === "acknowledge lease") {
        return drive.acknowledgeLease(operation.key, keptOf(operation));
      }
      assert.ok(file !== undefined && kind !== "disconnect" && kind !== "let time pass");
      return useOf(file, operation, signal);
    });
  }

  async #compare(operation: Operation, evaluation: Ended, real: Promise<Outcome>): Promise<void> {
    const outcome = await real;
    const what = JSON.stringify(operation);
    assert.equal(outcome.status, evaluation.status, what);
    if (evaluation.open !== undefined) {
      const file = outcome.value as DriveFile; // it was an open, and no refusal
      const action = ACTIONS[file.createAction] ?? "";
      const kept = file.lease === undefined ? file.oplock : `lease ${file.lease}`;
      assert.equal(`${action}, ${kept}`, evaluation.value, what);
      this.#slots.set(slotOf(operation), { open: evaluation.open, file });
      this.#files.set(evaluation.open, file);
      return;
    }
    assert.deepEqual(outcome.value, evaluation.value, what);
    if (operation.kind === "close") this.#forget(operation);
  }

  #forget(operation: Operation): void {
    const slot = this.#slots.get(slotOf(operation));
    if (slot !== undefined) this.#files.delete(slot.open);
    this.#slots.delete(slotOf(operation));
  }

  #wait(operation: Operation, waits: Evaluation | undefined): void {
    const given = new AbortController();
    const outcome = this.#perform(operation, given.signal);
    const state = { isSettled: false };
    void outcome.then(() => {
      state.isSettled = true;
    });
    const again = this.#evaluation(operation);
    const open = this.#slots.get(slotOf(operation))?.open;
    let current = waits;
    const evaluate = (): Evaluation | undefined => {
      if (operation.kind === "wait for lock") {
        const isFree = open !== undefined && this.model.takeLock(open, operation.range);
        return isFree ? { status: "SUCCESS" } : undefined;
      }
      if (current === undefined || "status" in current) return current;
      if (current.asks.some(({ of }) => this.model.isWaitedFor(of))) return undefined;
      current = (current.then ?? again)?.();
      if (current === undefined || "status" in current) return current;
      ask(current);
      return undefined;
    };
    this.#pending.push({ client: operation.client, operation, outcome, given, state, evaluate });
  }

  /** Lets those go on who need not wait any more, and sees that the others do wait. */
  async #goOn(): Promise<void> {
    for (const pending of [...this.#pending]) {
      const evaluation = pending.evaluate();
      if (evaluation === undefined || !("status" in evaluation)) {
        if (pending.operation.kind !== "wait for lock") await allTurns(); // who asks again, likewise
        const what = `${JSON.stringify(pending.operation)} must wait`;
        assert.equal(pending.state.isSettled, false, what);
        continue;
      }
      this.#pending = this.#pending.filter((other) => other !== pending);
      const what = `${JSON.stringify(pending.operation)} must go on`;
      assert.ok(await hasSettled(pending.outcome), what);
      await this.#compare(pending.operation, evaluation, pending.outcome);
    }
    await this.#hearBreaks();
  }

  /** Each holder hears what the model says that it is told. */
  async #hearBreaks(): Promise<void> {
    const told = this.model.told;
    this.model.told = [];
    for (const { keeping, to } of told.filter((each) => !each.keeping.isLease)) {
      const heard = this.#fileOf(keeping)?.nextBreak();
      if (heard === undefined) continue;
      const oplock = oplockOf(to);
      assert.ok(await hasSettled(heard), `the holder of an oplock must be told to keep ${oplock}`);
      assert.equal(await heard, oplock);
    }
    for (const { keeping, from, to, needsAcknowledgment } of told) {
      const { key, client } = keeping;
      if (key === undefined) continue;
      const expected = { key, from: leaseOf(from), to: leaseOf(to), needsAcknowledgment };
      await this.#clientOf(client).hear(expected);
    }
  }

  /** What a client has open under an oplock. */
  #fileOf(keeping: Keeping): DriveFile | undefined {
    for (const [open, file] of this.#files) if (open.keeping === keeping) return file;
    return undefined;
  }

  /** A client goes away, and comes back as somebody new. */
  async #comeBack(client: number): Promise<void> {
    await this.#leave(client);
    this.#clients[client] = new Client(await this.#stage.drive(USERS[client]));
  }

  async #leave(client: number): Promise<void> {
    const gone = this.#pending.filter((pending) => pending.client === client);
    this.#pending = this.#pending.filter((pending) => pending.client !== client);
    for (const { given } of gone) given.abort();
    for (const open of [...this.model.opens]) {
      if (open.client !== client) continue;
      this.model.close(open);
      this.#files.delete(open);
    }
    for (const key of [...this.#slots.keys()]) {
      if (key.startsWith(`${client} `)) this.#slots.delete(key);
    }
    const told = (each: Told) => each.keeping.client !== client; // who has left hears nothing
    this.model.told = this.model.told.filter(told);
    await this.#clientOf(client).drive.leave();
    await allTurns();
    await this.#goOn();
  }

  /** When nobody has anything open: all names, and what is in them. */
  async #compareAll(drive: Drive): Promise<void> {
    const found = new Map<string, string | undefined>();
    const walk = async (path: string): Promise<void> => {
      for (const name of await listOn(drive, path)) {
        const below = path === "" ? name : `${path}\\${name}`;
        const file = await drive.open(below);
        const { isDirectory, fileSize } = await file.facts();
        const text = isDirectory || fileSize === 0 ? "" : await file.read(fileSize);
        const streams = await file.streams();
        await file.close();
        found.set(below, isDirectory ? undefined : text);
        for (const { name: stream } of streams) {
          if (stream === "") continue;
          const named = await drive.open(`${below}:${stream}`);
          const { fileSize: size } = await named.facts();
          found.set(`${below}:${stream}`, size === 0 ? "" : await named.read(size));
          await named.close();
        }
        if (isDirectory) await walk(below);
      }
    };
    await walk("");
    const expected = [...this.model.names]
      .filter(([path]) => path !== "")
      .map(([path, file]) => [path, file.isDirectory ? undefined : file.text] as const);
    assert.deepEqual(sorted([...found]), sorted(expected));
  }

  #clientOf(client: number): Client {
    const found = this.#clients[client];
    assert.ok(found !== undefined);
    return found;
  }
}

/** One client as long as it is connected, and what it has been told of its leases. */
class Client {
  readonly drive: LeasingDrive;
  readonly #heard: HeardLeaseBreak[] = [];

  constructor(drive: LeasingDrive) {
    this.drive = drive;
    void this.#listen();
  }

  async #listen(): Promise<never> {
    for (;;) this.#heard.push(await this.drive.nextLeaseBreak());
  }

  /** It is told this, before or after other things that happened at once. */
  async hear(expected: HeardLeaseBreak): Promise<void> {
    for (let turn = 0; turn < MAX_TURNS; turn++) {
      const at = this.#heard.findIndex((heard) => isDeepStrictEqual(heard, expected));
      if (at >= 0) {
        this.#heard.splice(at, 1);
        return;
      }
      await new Promise(setImmediate);
    }
    assert.deepEqual(this.#heard, [expected], "the holder of a lease must be told");
  }

  /** It is told nothing else. */
  checkQuiet(): void {
    assert.deepEqual(this.#heard, [], "nobody is told more");
  }
}

function keptOf({ keeps }: Extract<Operation, { kind: "acknowledge lease" }>): LeaseName {
  assert.ok(keeps !== "as asked");
  return keeps;
}

/** Those who are in the way of something are told. */
function ask({ asks }: Waits): void {
  for (const { of, lost } of asks) of.lose(lost);
}

function slotOf({ client, slot }: Operation): string {
  return `${client} ${slot}`;
}

function sorted<T>(some: readonly (readonly [string, T])[]): (readonly [string, T])[] {
  return [...some].sort(([a], [b]) => (a < b ? -1 : 1));
}

async function outcomeOf(run: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { status: "SUCCESS", value: await run() };
  } catch (error) {
    const status = statusOf(error);
    return { status: status === undefined ? String(error) : statusName(status) };
  }
}

function openOn(drive: Drive, wish: OpenWish, signal: AbortSignal | undefined): Promise<DriveFile> {
  return drive.open(wish.path, {
    desiredAccess: wish.access,
    shareAccess: wish.shares,
    createDisposition: CreateDisposition[wish.disposition],
    createOptions: KINDS[wish.kind] | (wish.isDeleteOnClose ? FILE_DELETE_ON_CLOSE : 0),
    ...wish.keeping,
    ...(signal && { signal }),
  });
}

async function listOn(drive: Drive, path: string): Promise<string[]> {
  const desiredAccess = FILE_LIST_DIRECTORY;
  const directory = await drive.open(path, { desiredAccess, createOptions: FILE_DIRECTORY_FILE });
  const names = (await directory.list()).map(({ name }) => name);
  await directory.close();
  return names.filter((name) => name !== "." && name !== "..").sort();
}

/** What is done with an open file. */
function useOf(
  file: DriveFile,
  operation: Exclude<
    Operation,
    { kind: "open" | "list" | "acknowledge lease" | "disconnect" | "let time pass" }
  >,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  switch (operation.kind) {
    case "close":
      return file.close();
    case "read":
      return file.read(operation.length, operation.offset);
    case "write":
      return file.write(operation.text, operation.offset);
    case "truncate":
      return file.setFileSize(operation.size);
    case "delete":
      return file.setDelete(operation.isDelete, posixly(operation));
    case "rename":
      return file.rename(operation.path, operation.replaces, posixly(operation));
    case "lock":
      return file.lock(operation.range);
    case "wait for lock":
      return file.lockWhenFree(operation.range, signal);
    case "unlock":
      return file.unlock(operation.range);
    case "acknowledge":
      return file.acknowledge(operation.oplock);
  }
}

/** Without it the older classes do, which know nothing of POSIX. [MS-FSCC] 2.4.11, 2.4.37 */
function posixly({ isPosix }: { readonly isPosix: boolean }) {
  return isPosix ? { isPosix } : undefined;
}
