/**
 * Leases on one file, beside opens without: who is granted what, who is told to let go of what, and who
 * waits for it. Holders answer at once, some with less than they might keep. Breaks that cross each other,
 * oplocks, and leases of several files are in the model of three clients; here are more leases at once.
 *
 * @packageDocumentation
 */
import { strict as assert } from "node:assert";
import fc from "fast-check";
import { describe, it } from "vitest";
import { memory } from "../../filesystems/memory/index.js";
import type { Caller, FileSystem } from "../../fs/index.js";
import type { CreateOutcome, Open } from "../../kernel/index.js";
import { Volume } from "../../kernel/index.js";
import { CreateDisposition, FILE_READ_DATA, FILE_WRITE_DATA, statusName } from "../../nt/index.js";
import { SHARE_ALL } from "../conformance/index.js";
import { allTurns } from "../conformance/turns.js";
import { FakeClock } from "../fake-clock.js";
import { late } from "../late-file-system.js";

const isNightly = process.env["ANYMOUNT_NIGHTLY"] === "1";
const RUNS = isNightly ? 10_000 : 300;
const MAX_OPERATIONS = 40;
const TIMEOUT_MS = isNightly ? 7_200_000 : 120_000;

const [R, H, W] = [1, 2, 4];
const STATES = [0, R, R | H, R | W, R | H | W];
const KEYS = ["anna 1", "anna 2", "bert 1", "carl 1", "none"];
const ACCESS = FILE_READ_DATA | FILE_WRITE_DATA;
const CALLER: Caller = {
  userName: "anna",
  userSid: "S-1-5-21-1-2-3-1001",
  groupSids: ["S-1-1-0"],
  sessionId: 1,
  clientAddress: "",
};

type Operation =
  | {
      readonly kind: "open";
      readonly key: string;
      readonly wanted: number;
      readonly isSharing: boolean;
      /** What is given up besides what is asked for, where somebody must let go. */
      readonly givenUp: number;
    }
  | { readonly kind: "write"; readonly which: number }
  | { readonly kind: "close"; readonly which: number };

const which = fc.nat({ max: 7 });
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("open" as const),
      key: fc.constantFrom(...KEYS),
      wanted: fc.constantFrom(...STATES),
      isSharing: fc.constantFrom(true, true, true, false),
      givenUp: fc.constantFrom(0, 0, H, R | H | W),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("write" as const), which }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("close" as const), which }) },
);

interface Holding {
  readonly open: Open;
  readonly key: string;
  readonly isSharing: boolean;
}

/** A break, as `key: from to, and whether it must be answered`. */
function told(key: string, from: number, to: number): string {
  return `${key}: ${from} ${to} ${(from & (W | H)) !== 0}`;
}

class Play {
  readonly #volume: Volume;
  /** What each key's lease is by the model. */
  readonly #leases = new Map<string, number>();
  #opens: Holding[] = [];
  #heard: { readonly text: string; readonly key: string; readonly to: number }[] = [];

  constructor(fileSystem: FileSystem) {
    this.#volume = new Volume(fileSystem, { clock: new FakeClock() });
  }

  async run(operations: readonly Operation[]): Promise<void> {
    await this.#volume.start();
    for (const each of operations) {
      if (each.kind === "open") await this.#open(each);
      else await this.#use(each);
      this.#check();
    }
    for (const { open } of this.#opens) await open.close();
    assert.equal(this.#volume.leases.size, 0, "no lease without an open");
    assert.deepEqual(this.#volume.tableSizes, { nodes: 0, opens: 0 });
    await this.#volume.stop();
  }

  async #open(operation: Extract<Operation, { kind: "open" }>): Promise<void> {
    const { key, isSharing, givenUp } = operation;
    const outcome = Promise.resolve(this.#create(operation));
    const isShared = this.#opens.every((other) => isSharing && other.isSharing);
    // Handles first, where share modes are in the way; then they still are. Else writes.
    await this.#hear(isShared ? W : H, { by: key, givenUp });
    const created = await outcome;
    if (!created.ok) {
      assert.ok("status" in created);
      assert.equal(statusName(created.status), "SHARING_VIOLATION");
      assert.ok(!isShared);
      return;
    }
    assert.ok(isShared);
    const { open } = created.value;
    this.#grant(operation);
    this.#opens.push({ open, key, isSharing });
  }

  #create({ key, wanted, isSharing }: Extract<Operation, { kind: "open" }>) {
    const tell = ({ from, to, needsAcknowledgment }: { from: number; to: number } & Told) => {
      this.#heard.push({ text: `${key}: ${from} ${to} ${needsAcknowledgment}`, key, to });
    };
    const holder = { id: key, tell };
    const lease = { holder, state: wanted, directoryLeaseId: undefined, isForDirectories: false };
    return this.#volume.create(
      {
        name: "file",
        desiredAccess: ACCESS,
        shareAccess: isSharing ? SHARE_ALL : 0,
        createDisposition: CreateDisposition.OPEN_IF,
        createOptions: 0,
        fileAttributes: 0,
        allocationSize: 0,
        ...(key !== "none" && { lease }),
      },
      CALLER,
    ) as CreateOutcome | Promise<CreateOutcome>;
  }

  #grant({ key, wanted }: Extract<Operation, { kind: "open" }>): void {
    if (key === "none") return;
    const others = this.#opens.filter((other) => other.key !== key);
    const possible = others.length === 0 ? wanted : wanted & ~W;
    const old = this.#leases.get(key);
    if (old === undefined) this.#leases.set(key, possible);
    else if ((old & ~wanted) === 0 && possible === wanted) this.#leases.set(key, wanted);
  }

  /** All but one lose something: what they are told, and what they keep then. */
  async #hear(lost: number, how: { readonly by: string; readonly givenUp: number }): Promise<void> {
    const expected: string[] = [];
    for (const [key, state] of this.#leases) {
      if (key === how.by || (state & lost) === 0) continue;
      const left = keepable(state & ~lost);
      expected.push(told(key, state, left));
      const isAsked = (state & (W | H)) !== 0;
      this.#leases.set(key, isAsked ? keepable(left & ~how.givenUp) : left);
    }
    await allTurns();
    const heard = this.#heard;
    this.#heard = [];
    assert.deepEqual(heard.map(({ text }) => text).sort(), expected.sort());
    for (const { key, text } of heard) {
      if (!text.endsWith("true")) continue;
      const lease = this.#volume.leases.find(key);
      const status = lease?.acknowledgeLease(this.#leases.get(key) ?? 0) ?? -1;
      assert.equal(status, 0, `${text} is answered`);
    }
    await allTurns();
  }

  async #use({ kind, which: n }: Extract<Operation, { kind: "write" | "close" }>): Promise<void> {
    const one = this.#opens[n];
    if (one === undefined) return;
    if (kind === "write") {
      assert.ok((await one.open.write(Buffer.from("x"), 0)).ok);
      await this.#hear(R | W, { by: one.key, givenUp: 0 });
      return;
    }
    await one.open.close();
    this.#opens = this.#opens.filter((other) => other !== one);
    if (!this.#opens.some(({ key }) => key === one.key)) this.#leases.delete(one.key);
  }

  #check(): void {
    const writers = [...this.#leases].filter(([, state]) => (state & W) !== 0);
    assert.ok(writers.length <= 1, "at most one keeps writes");
    for (const { key } of this.#opens) {
      const lease = this.#volume.leases.find(key);
      if (key !== "none") assert.equal(lease?.state, this.#leases.get(key), `the lease ${key}`);
    }
    assert.equal(this.#volume.leases.size, this.#leases.size);
    assert.equal(this.#volume.links.size, this.#opens.length);
    assert.equal(this.#heard.length, 0, "nobody is told anything besides");
  }
}

interface Told {
  readonly needsAcknowledgment: boolean;
}

/** Nothing is kept by who may not keep reads. */
function keepable(state: number): number {
  return (state & R) === 0 ? 0 : state;
}

const operations = fc.noBias(fc.array(operation, { maxLength: MAX_OPERATIONS, size: "max" }));

describe("leases on one file", { timeout: TIMEOUT_MS }, () => {
  it.each([
    { kind: "that answers at once", make: () => memory() },
    { kind: "that answers later", make: () => late(memory()) },
  ])("are granted and broken as the model says, on a file system $kind", async ({ make }) => {
    await fc.assert(
      fc.asyncProperty(operations, async (all) => {
        await new Play(make()).run(all);
      }),
      { numRuns: RUNS },
    );
  });
});
