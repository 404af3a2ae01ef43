import { strict as assert } from "node:assert";
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
import type { Drive, DriveFile, KernelStage, SmbStage, UserName } from "../conformance/index.js";
import { allTurns, hasSettled } from "../conformance/turns.js";
import type { OpenWish, Operation } from "./operation.js";
import {
  areCompatible,
  type Ended,
  type Evaluation,
  type ModelOpen,
  VolumeModel,
} from "./volume-model.js";

const USERS: readonly UserName[] = ["anna", "bert", "anna"];

/** As long as a client has to let go. */
const BREAK_MS = 35_000;

const ACTIONS: readonly string[] = Object.keys(CreateAction);

const KINDS: Readonly<Record<OpenWish["kind"], number>> = {
  any: 0,
  file: FILE_NON_DIRECTORY_FILE,
  directory: FILE_DIRECTORY_FILE,
};

/** Something to begin with: a file, and a directory with a file. */
const BEGINNING: readonly Operation[] = ["a", "d", "d\\a"].flatMap((path): Operation[] => {
  const whose = { client: 0, slot: 0 };
  const wish = {
    path,
    disposition: "CREATE",
    access: FILE_WRITE_DATA,
    shares: 0,
    kind: path === "d" ? "directory" : "file",
    isDeleteOnClose: false,
    oplock: "none",
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
  readonly #drives: Drive[] = [];
  readonly #slots = new Map<string, Slot>();
  readonly #files = new Map<ModelOpen, DriveFile>();
  #pending: Pending[] = [];

  constructor(stage: KernelStage | SmbStage) {
    this.#stage = stage;
  }

  async run(operations: readonly Operation[]): Promise<void> {
    for (const user of USERS) this.#drives.push(await this.#stage.drive(user));
    for (const operation of BEGINNING) await this.#step(operation);
    for (const operation of operations) {
      await this.#step(operation);
      this.#checkInvariants();
    }
    for (const client of USERS.keys()) await this.#leave(client);
    await this.#compareAll(await this.#stage.drive());
  }

  /** What must hold at all times. */
  #checkInvariants(): void {
    const opens = [...this.model.opens];
    const files = new Set(opens.map(({ file }) => file));
    const { volume } = this.#stage;
    const expected = { opens: opens.length, nodes: files.size };
    const { opens: actualOpens, nodes } = volume.tableSizes;
    assert.deepEqual({ opens: actualOpens, nodes }, expected, "no open without a node");
    for (const file of files) {
      const some = opens.filter((open) => open.file === file);
      const holders = some.filter(({ oplock }) => oplock !== "none");
      const isExclusive = holders.some(({ oplock }) => oplock !== "II");
      assert.ok(!isExclusive || holders.length === 1, "who keeps writes is alone");
      assert.ok(areCompatible(some), "all opens share with each other");
    }
  }

  async #step(operation: Operation): Promise<void> {
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
        this.model.ask(evaluation.waitsFor, evaluation.leaves);
      }
      this.#wait(operation, evaluation);
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
        return () => model.setDelete(open, operation.isDelete);
      case "rename":
        return () => model.rename(open, operation.path, operation.replaces);
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

  #perform(operation: Operation, signal?: AbortSignal): Promise<Outcome> {
    const drive = this.#driveOf(operation.client);
    const file = this.#slots.get(slotOf(operation))?.file;
    return outcomeOf(async () => {
      const { kind } = operation;
      if (kind === "open") return openOn(drive, operation.wish, signal);
      if (kind === "list") return listOn(drive, operation.path);
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
      assert.equal(`${action}, ${file.oplock}`, evaluation.value, what);
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
      if (current.waitsFor.some((holder) => this.model.isWaitedFor(holder))) return undefined;
      current = again?.();
      if (current === undefined || "status" in current) return current;
      this.model.ask(current.waitsFor, current.leaves);
      return undefined;
    };
    this.#pending.push({ client: operation.client, operation, outcome, given, state, evaluate });
  }

  /** Lets those go on who need not wait any more, and sees that the others do wait. */
  async #goOn(): Promise<void> {
    for (const pending of [...this.#pending]) {
      const evaluation = pending.evaluate();
      if (evaluation === undefined || !("status" in evaluation)) {
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

  async #hearBreaks(): Promise<void> {
    const told = this.model.told;
    this.model.told = [];
    for (const { open, oplock } of told) {
      const file = this.#files.get(open);
      if (file === undefined) continue;
      const heard = file.nextBreak();
      assert.ok(await hasSettled(heard), `${open.path}: its holder must be told to keep ${oplock}`);
      assert.equal(await heard, oplock);
    }
  }

  /** A client goes away, and comes back as somebody new. */
  async #comeBack(client: number): Promise<void> {
    await this.#leave(client);
    this.#drives[client] = await this.#stage.drive(USERS[client]);
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
    await this.#driveOf(client).leave();
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
        await file.close();
        found.set(below, isDirectory ? undefined : text);
        if (isDirectory) await walk(below);
      }
    };
    await walk("");
    const expected = [...this.model.names]
      .filter(([path]) => path !== "")
      .map(([path, file]) => [path, file.isDirectory ? undefined : file.text] as const);
    assert.deepEqual(sorted([...found]), sorted(expected));
  }

  #driveOf(client: number): Drive {
    const drive = this.#drives[client];
    assert.ok(drive !== undefined);
    return drive;
  }
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
    oplock: wish.oplock,
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
  operation: Exclude<Operation, { kind: "open" | "list" | "disconnect" | "let time pass" }>,
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
      return file.setDelete(operation.isDelete);
    case "rename":
      return file.rename(operation.path, operation.replaces);
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
