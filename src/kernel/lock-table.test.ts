import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NtStatus, statusName } from "../nt/index.js";
import { MAX_LOCKS_PER_FILE, MAX_WAITING_LOCKS_PER_FILE } from "./limits.js";
import { LockTable, type RangeLock } from "./lock-table.js";

const anna = { name: "anna" };
const bob = { name: "bob" };
const carl = { name: "carl" };

const LAST_BYTE = 0xffff_ffff_ffff_ffffn;

function exclusive(offset: number | bigint, length: number | bigint): RangeLock {
  return { offset: BigInt(offset), length: BigInt(length), isExclusive: true };
}

function shared(offset: number | bigint, length: number | bigint): RangeLock {
  return { offset: BigInt(offset), length: BigInt(length), isExclusive: false };
}

/** Waits for a lock, and keeps what came of it. */
function waitFor(table: LockTable, owner: object, lock: RangeLock) {
  const waiting = { outcome: "", cancel: (): void => undefined };
  void Promise.resolve(
    table.lockOrWait(owner, lock, (cancel) => {
      waiting.outcome = "waits";
      waiting.cancel = cancel;
    }),
  ).then((status) => {
    waiting.outcome = statusName(status);
  });
  return waiting;
}

async function settled(waiting: { readonly outcome: string }): Promise<string> {
  await Promise.resolve();
  await Promise.resolve();
  return waiting.outcome;
}

describe("a table of byte-range locks", () => {
  it.each([
    { held: exclusive(0, 10), wanted: exclusive(5, 10), same: false, other: false },
    { held: exclusive(0, 10), wanted: shared(5, 10), same: true, other: false },
    { held: shared(0, 10), wanted: exclusive(5, 10), same: false, other: false },
    { held: shared(0, 10), wanted: shared(5, 10), same: true, other: true },
    { held: exclusive(0, 10), wanted: exclusive(10, 10), same: true, other: true },
    { held: exclusive(10, 10), wanted: exclusive(0, 10), same: true, other: true },
    { held: exclusive(LAST_BYTE, 1), wanted: exclusive(LAST_BYTE, 1), same: false, other: false },
    { held: exclusive(0, LAST_BYTE), wanted: exclusive(LAST_BYTE, 1), same: true, other: true },
    // What has no bytes is in the way of what lies on both sides of it. Windows does so, too.
    { held: exclusive(10, 0), wanted: exclusive(10, 0), same: true, other: true },
    { held: exclusive(10, 0), wanted: exclusive(9, 1), same: true, other: true },
    { held: exclusive(10, 0), wanted: exclusive(10, 2), same: true, other: true },
    { held: exclusive(10, 0), wanted: exclusive(9, 2), same: false, other: false },
    { held: exclusive(9, 2), wanted: exclusive(10, 0), same: false, other: false },
    { held: exclusive(10, 2), wanted: exclusive(10, 0), same: true, other: true },
    { held: exclusive(0, 0), wanted: exclusive(0, 0), same: true, other: true },
    { held: exclusive(0, 0), wanted: exclusive(0, LAST_BYTE), same: true, other: true },
  ])("lets $wanted beside $held of the same owner: $same, of another: $other", (row) => {
    const outcome = (owner: object) => {
      const table = new LockTable();
      expect(table.lock(anna, [row.held])).toBe(NtStatus.SUCCESS);
      return table.lock(owner, [row.wanted]);
    };
    expect(outcome(anna)).toBe(row.same ? NtStatus.SUCCESS : NtStatus.LOCK_NOT_GRANTED);
    expect(outcome(bob)).toBe(row.other ? NtStatus.SUCCESS : NtStatus.LOCK_NOT_GRANTED);
  });

  it.each([
    { held: exclusive(10, 10), owner: anna, isWriting: false, isForbidden: false },
    { held: exclusive(10, 10), owner: anna, isWriting: true, isForbidden: false },
    { held: exclusive(10, 10), owner: bob, isWriting: false, isForbidden: true },
    { held: exclusive(10, 10), owner: bob, isWriting: true, isForbidden: true },
    { held: shared(10, 10), owner: anna, isWriting: false, isForbidden: false },
    { held: shared(10, 10), owner: anna, isWriting: true, isForbidden: true },
    { held: shared(10, 10), owner: bob, isWriting: false, isForbidden: false },
    { held: shared(10, 10), owner: bob, isWriting: true, isForbidden: true },
  ])("forbids $owner.name, writing $isWriting, beside $held of anna: $isForbidden", (row) => {
    const table = new LockTable();
    table.lock(anna, [row.held]);
    const { owner, isWriting } = row;
    expect(table.forbids(owner, 15, 1, isWriting)).toBe(row.isForbidden);
    expect(table.forbids(owner, 0, 11, isWriting)).toBe(row.isForbidden);
    expect(table.forbids(owner, 0, 10, isWriting)).toBe(false);
    expect(table.forbids(owner, 20, 5, isWriting)).toBe(false);
    expect(table.forbids(owner, 15, 0, isWriting)).toBe(false);
  });

  it.each([
    { range: exclusive(LAST_BYTE, 1), status: NtStatus.SUCCESS },
    { range: exclusive(LAST_BYTE, 0), status: NtStatus.SUCCESS },
    { range: exclusive(LAST_BYTE, 2), status: NtStatus.INVALID_LOCK_RANGE },
    { range: exclusive(LAST_BYTE, LAST_BYTE), status: NtStatus.INVALID_LOCK_RANGE },
    { range: exclusive(1, LAST_BYTE), status: NtStatus.SUCCESS },
    { range: exclusive(2, LAST_BYTE), status: NtStatus.INVALID_LOCK_RANGE },
  ])("locks and unlocks $range: $status", ({ range, status }) => {
    const table = new LockTable();
    expect(table.lock(anna, [range])).toBe(status);
    expect(table.unlock(anna, range)).toBe(status);
    expect(table.lockOrWait(anna, range, () => undefined)).toBe(status);
  });

  it("unlocks what was locked, and not less, more, or another's", () => {
    const table = new LockTable();
    table.lock(anna, [exclusive(10, 10)]);
    for (const part of [exclusive(10, 5), exclusive(15, 5), exclusive(10, 11), exclusive(9, 11)]) {
      expect(table.unlock(anna, part)).toBe(NtStatus.RANGE_NOT_LOCKED);
    }
    expect(table.unlock(bob, exclusive(10, 10))).toBe(NtStatus.RANGE_NOT_LOCKED);
    expect(table.unlock(anna, exclusive(10, 10))).toBe(NtStatus.SUCCESS);
    expect(table.unlock(anna, exclusive(10, 10))).toBe(NtStatus.RANGE_NOT_LOCKED);
    expect(table.isEmpty).toBe(true);
  });

  it("unlocks an exclusive lock before the shared ones upon it", () => {
    const table = new LockTable();
    table.lock(anna, [exclusive(0, 10), shared(0, 10)]);
    expect(table.lock(bob, [shared(0, 1)])).toBe(NtStatus.LOCK_NOT_GRANTED);
    expect(table.unlock(anna, shared(0, 10))).toBe(NtStatus.SUCCESS);
    expect(table.lock(bob, [shared(0, 1)])).toBe(NtStatus.SUCCESS);
  });

  it("locks all of several ranges, or none", () => {
    const table = new LockTable();
    table.lock(bob, [exclusive(20, 1)]);
    const ranges = [exclusive(0, 1), shared(10, 1), exclusive(20, 1)];
    expect(table.lock(anna, ranges)).toBe(NtStatus.LOCK_NOT_GRANTED);
    expect(table.size.held).toBe(1);
    expect(table.lock(anna, [exclusive(0, 2), exclusive(1, 2)])).toBe(NtStatus.LOCK_NOT_GRANTED);
    expect(table.size.held).toBe(1);
    table.unlock(bob, exclusive(20, 1));
    expect(table.lock(anna, ranges)).toBe(NtStatus.SUCCESS);
    expect(table.size.held).toBe(3);
  });

  it("gives a range to those who wait, in the order in which they came", async () => {
    const table = new LockTable();
    table.lock(anna, [exclusive(0, 10)]);
    const first = waitFor(table, bob, exclusive(0, 5));
    const second = waitFor(table, carl, exclusive(4, 2));
    const third = waitFor(table, carl, shared(8, 1));
    table.unlock(anna, exclusive(0, 10));
    expect(await settled(first)).toBe("SUCCESS");
    expect(await settled(second)).toBe("waits");
    expect(await settled(third)).toBe("SUCCESS");
    table.release(bob);
    expect(await settled(second)).toBe("SUCCESS");
    expect(table.size).toEqual({ held: 2, waiting: 0 });
  });

  it("ends the waiting of who cancels, and of who closes", async () => {
    const table = new LockTable();
    table.lock(anna, [exclusive(0, 10)]);
    const cancelled = waitFor(table, bob, exclusive(0, 10));
    const closed = waitFor(table, carl, exclusive(0, 10));
    cancelled.cancel();
    table.release(carl);
    expect(await settled(cancelled)).toBe("CANCELLED");
    expect(await settled(closed)).toBe("RANGE_NOT_LOCKED");
    cancelled.cancel();
    table.release(anna);
    expect(table.size).toEqual({ held: 0, waiting: 0 });
  });

  it("cannot cancel what was granted", async () => {
    const table = new LockTable();
    table.lock(anna, [exclusive(0, 10)]);
    const waiting = waitFor(table, bob, exclusive(0, 10));
    table.release(anna);
    waiting.cancel();
    expect(await settled(waiting)).toBe("SUCCESS");
    expect(table.forbids(anna, 0, 1, false)).toBe(true);
  });

  it("holds and keeps waiting no more than the limits", async () => {
    const table = new LockTable();
    for (let i = 0; i < MAX_LOCKS_PER_FILE - 1; i++) table.lock(anna, [exclusive(2 * i, 1)]);
    const end = 2 * MAX_LOCKS_PER_FILE;
    const two = [shared(end, 1), shared(end, 1)];
    expect(table.lock(anna, two)).toBe(NtStatus.INSUFFICIENT_RESOURCES);
    const waiting = [];
    for (let i = 0; i < MAX_WAITING_LOCKS_PER_FILE; i++) {
      waiting.push(waitFor(table, bob, shared(0, 1)));
    }
    expect(table.lockOrWait(bob, shared(0, 1), () => undefined)).toBe(
      NtStatus.INSUFFICIENT_RESOURCES,
    );
    // Two places are free for all who waited.
    table.unlock(anna, exclusive(0, 1));
    const outcomes = await Promise.all(waiting.map(settled));
    expect(outcomes.slice(0, 3)).toEqual(["SUCCESS", "SUCCESS", "INSUFFICIENT_RESOURCES"]);
    expect(table.size).toEqual({ held: MAX_LOCKS_PER_FILE, waiting: 0 });
    expect(table.lockOrWait(carl, shared(end, 1), () => undefined)).toBe(
      NtStatus.INSUFFICIENT_RESOURCES,
    );
  });
});

describe("a table of byte-range locks and a naive one", () => {
  const owners = [anna, bob, carl];
  const owner = fc.constantFrom(...owners);
  // A file of few bytes, so that ranges meet; ranges near the end of 2^64 too.
  const place = fc.oneof(
    fc.record({ offset: fc.bigInt(0n, 12n), length: fc.bigInt(0n, 5n) }),
    fc.record({ offset: fc.bigInt(LAST_BYTE - 4n, LAST_BYTE), length: fc.bigInt(0n, 6n) }),
  );
  const lock = fc.record({ place, isExclusive: fc.boolean() }).map(({ place, isExclusive }) => ({
    ...place,
    isExclusive,
  }));
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ do: fc.constant("lock" as const), owner, lock }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("wait" as const), owner, lock }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant("lock several" as const),
        owner,
        locks: fc.array(lock, { maxLength: 3 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant("unlock" as const), owner, which: fc.nat() }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("cancel" as const), which: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("release" as const), owner }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant("use" as const),
        owner,
        offset: fc.nat(14),
        length: fc.nat(5),
        isWriting: fc.boolean(),
      }),
    },
  );

  it("agree on whatever is done", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const table = new LockTable();
        const model = new NaiveTable();
        const waits: { outcome: string; cancel: () => void }[] = [];
        for (const s of steps) {
          switch (s.do) {
            case "lock":
              expect(statusName(table.lock(s.owner, [s.lock]))).toBe(model.lock(s.owner, [s.lock]));
              break;
            case "lock several":
              expect(statusName(table.lock(s.owner, s.locks))).toBe(model.lock(s.owner, s.locks));
              break;
            case "wait":
              waits.push(waitFor(table, s.owner, s.lock));
              model.wait(s.owner, s.lock);
              break;
            case "unlock": {
              const range = model.held[s.which % (model.held.length + 1)] ?? exclusive(3, 3);
              const status = statusName(table.unlock(s.owner, range));
              expect(status).toBe(model.unlock(s.owner, range));
              break;
            }
            case "cancel":
              waits[s.which % (waits.length + 1)]?.cancel();
              model.cancel(s.which % (model.waits.length + 1));
              break;
            case "release":
              table.release(s.owner);
              model.release(s.owner);
              break;
            case "use": {
              const { owner, offset, length, isWriting } = s;
              const isForbidden = model.forbids(owner, offset, length, isWriting);
              expect(table.forbids(owner, offset, length, isWriting)).toBe(isForbidden);
            }
          }
          await Promise.resolve();
          await Promise.resolve();
          expect(waits.map(({ outcome }) => outcome)).toEqual(model.waits.map((w) => w.outcome));
          expect(table.size).toEqual(model.size);
        }
      }),
      { numRuns: 500 },
    );
  });
});

interface Held extends RangeLock {
  readonly owner: object;
}

/** The same rules without a thought of speed: every question is asked of every lock. */
class NaiveTable {
  held: Held[] = [];
  readonly waits: { owner: object; lock: RangeLock; outcome: string }[] = [];

  get size() {
    const waiting = this.waits.filter(({ outcome }) => outcome === "waits").length;
    return { held: this.held.length, waiting };
  }

  lock(owner: object, locks: readonly RangeLock[]): string {
    if (locks.some(passesTheEnd)) return "INVALID_LOCK_RANGE";
    const before = [...this.held];
    for (const lock of locks) {
      if (this.#isFree(owner, lock)) this.held.push({ ...lock, owner });
      else {
        this.held = before;
        return "LOCK_NOT_GRANTED";
      }
    }
    return "SUCCESS";
  }

  wait(owner: object, lock: RangeLock): void {
    const outcome = this.lock(owner, [lock]);
    this.waits.push({ owner, lock, outcome: outcome === "LOCK_NOT_GRANTED" ? "waits" : outcome });
  }

  unlock(owner: object, { offset, length }: RangeLock): string {
    if (passesTheEnd({ offset, length })) return "INVALID_LOCK_RANGE";
    const same = this.held.filter(
      (held) => held.owner === owner && held.offset === offset && held.length === length,
    );
    const gone = same.find(({ isExclusive }) => isExclusive) ?? same[0];
    if (gone === undefined) return "RANGE_NOT_LOCKED";
    this.held = this.held.filter((held) => held !== gone);
    this.#wake();
    return "SUCCESS";
  }

  cancel(which: number): void {
    const waiting = this.waits[which];
    if (waiting?.outcome === "waits") waiting.outcome = "CANCELLED";
  }

  release(owner: object): void {
    for (const waiting of this.waits) {
      if (waiting.owner === owner && waiting.outcome === "waits")
        waiting.outcome = "RANGE_NOT_LOCKED";
    }
    this.held = this.held.filter((held) => held.owner !== owner);
    this.#wake();
  }

  forbids(owner: object, offset: number, length: number, isWriting: boolean): boolean {
    const range = { offset: BigInt(offset), length: BigInt(length) };
    if (length === 0) return false;
    return this.held.some(
      (held) => overlap(held, range) && (held.isExclusive ? held.owner !== owner : isWriting),
    );
  }

  #isFree(owner: object, lock: RangeLock): boolean {
    return !this.held.some((held) => {
      if (!overlap(held, lock)) return false;
      const isStacked = held.owner === owner && !lock.isExclusive;
      return !isStacked && (held.isExclusive || lock.isExclusive);
    });
  }

  #wake(): void {
    for (const waiting of this.waits) {
      if (waiting.outcome !== "waits" || !this.#isFree(waiting.owner, waiting.lock)) continue;
      this.held.push({ ...waiting.lock, owner: waiting.owner });
      waiting.outcome = "SUCCESS";
    }
  }
}

interface Range {
  readonly offset: bigint;
  readonly length: bigint;
}

function passesTheEnd({ offset, length }: Range): boolean {
  return length > 0n && offset + length > LAST_BYTE + 1n;
}

/** Ranges overlap where they share a byte; an empty one, what has bytes on both sides of it. */
function overlap(a: Range, b: Range): boolean {
  if (a.length === 0n && b.length === 0n) return false;
  if (a.length === 0n) return b.offset < a.offset && a.offset < b.offset + b.length;
  if (b.length === 0n) return overlap(b, a);
  for (let byte = a.offset; byte < a.offset + a.length; byte++) {
    if (b.offset <= byte && byte < b.offset + b.length) return true;
  }
  return false;
}
