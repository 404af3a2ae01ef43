import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memory } from "../filesystems/memory/index.js";
import {
  CreateDisposition,
  FILE_DELETE_ON_CLOSE,
  FILE_DIRECTORY_FILE,
  FILE_READ_ATTRIBUTES,
  FILE_READ_DATA,
  NtStatus,
  READ_CONTROL,
  SYNCHRONIZE,
} from "../nt/index.js";
import { FakeClock } from "../testing/fake-clock.js";
import { outcomeOf, VolumeDriver } from "../testing/volume-driver.js";
import type { Created, CreateRequest, LeaseRequest } from "./create-request.js";
import { MAX_BREAK_WAITS, OPLOCK_BREAK_TIMEOUT_MS } from "./limits.js";
import type { Open } from "./open.js";
import {
  HANDLE_CACHING,
  type OplockBreak,
  OplockLevel,
  READ_CACHING,
  WRITE_CACHING,
} from "./oplock.js";
import type { Result } from "./result.js";

const R = READ_CACHING;
const RH = R | HANDLE_CACHING;
const RW = R | WRITE_CACHING;
const RWH = RW | HANDLE_CACHING;
const { NONE, LEVEL_TWO, LEVEL_ONE, BATCH } = OplockLevel;

/** A lease key of a client, and what its holder was told. */
class Holder {
  readonly told: [from: number, to: number][] = [];
  readonly id: string;
  /** Answers each break at once, as a client would that has nothing to say. */
  answers = true;
  #driver: VolumeDriver;

  constructor(id: string, driver: VolumeDriver) {
    this.id = id;
    this.#driver = driver;
  }

  tell({ from, to, needsAcknowledgment }: OplockBreak): void {
    this.told.push([from, to]);
    if (this.answers && needsAcknowledgment) setImmediate(() => this.answer(to));
  }

  answer(state: number): NtStatus {
    return this.#driver.volume.leases.find(this.id)?.acknowledgeLease(state) ?? NtStatus.SUCCESS;
  }

  get state(): number | undefined {
    return this.#driver.volume.leases.find(this.id)?.state;
  }

  /** The part of a create that asks for the lease. */
  asks(state: number, more: Partial<LeaseRequest> = {}): { readonly lease: LeaseRequest } {
    const none = { directoryLeaseId: undefined, isForDirectories: true };
    return { lease: { holder: this, state, ...none, ...more } };
  }
}

async function newVolume() {
  const clock = new FakeClock();
  const driver = new VolumeDriver(memory({ maxSize: 2 ** 26 }), { clock });
  await driver.makeFile("file", "abc");
  const [a, b, c] = ["a", "b", "c"].map((id) => new Holder(id, driver)) as [Holder, Holder, Holder];
  const opens: Open[] = [];
  const open = async (name: string, request: Partial<CreateRequest> = {}): Promise<Open> => {
    const opened = await driver.open(name, request);
    opens.push(opened);
    return opened;
  };
  const leave = async () => {
    for (const one of opens) await one.close();
    expect(driver.volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
    expect(driver.volume.leases.size).toBe(0);
    expect(clock.timerCount).toBe(0);
  };
  return { clock, driver, a, b, c, open, leave };
}

async function isSettled(promise: PromiseLike<unknown>): Promise<boolean> {
  let isDone = false;
  void promise.then(() => {
    isDone = true;
  });
  await new Promise(setImmediate);
  return isDone;
}

/** What a create gives that had to wait. */
function openOf(created: Result<Created>): Open {
  if (!created.ok) throw new Error(outcomeOf(created));
  return created.value.open;
}

describe("granting a lease", () => {
  it.each([0, R, RH, RW, RWH])("gives %i to who is alone", async (state) => {
    const { a, open, leave } = await newVolume();
    expect((await open("file", a.asks(state))).lease?.state).toBe(state);
    await leave();
  });

  it.each([HANDLE_CACHING, WRITE_CACHING, HANDLE_CACHING | WRITE_CACHING, 8, R | 8])(
    "gives nothing for %i, which is no state",
    async (state) => {
      const { a, open, leave } = await newVolume();
      expect((await open("file", a.asks(state))).lease?.state).toBe(0);
      await leave();
    },
  );

  /** smbtorture, `smb2.lease.break`: held, asked for, broken to, granted. */
  it.each([
    [R, R, R, R],
    [R, RH, R, RH],
    [R, RW, R, R],
    [R, RWH, R, RH],
    [RH, R, RH, R],
    [RH, RH, RH, RH],
    [RH, RW, RH, R],
    [RH, RWH, RH, RH],
    [RW, R, R, R],
    [RW, RH, R, RH],
    [RW, RW, R, R],
    [RW, RWH, R, RH],
    [RWH, R, RH, R],
    [RWH, RH, RH, RH],
    [RWH, RW, RH, R],
    [RWH, RWH, RH, RH],
  ])("beside %i, for %i: breaks to %i, grants %i", async (held, wanted, broken, granted) => {
    const { a, b, open, leave } = await newVolume();
    await open("file", a.asks(held));
    const second = await open("file", b.asks(wanted));
    expect(a.told).toEqual(held === broken ? [] : [[held, broken]]);
    expect(a.state).toBe(broken);
    expect(second.lease?.state).toBe(granted);
    await leave();
  });

  it.each([
    { held: R, wanted: LEVEL_TWO, broken: R, granted: LEVEL_TWO },
    { held: R, wanted: BATCH, broken: R, granted: LEVEL_TWO },
    { held: RH, wanted: LEVEL_TWO, broken: RH, granted: NONE },
    { held: RH, wanted: BATCH, broken: RH, granted: NONE },
    { held: RW, wanted: LEVEL_ONE, broken: R, granted: LEVEL_TWO },
    { held: RWH, wanted: LEVEL_ONE, broken: RH, granted: NONE },
  ])("$held, and an oplock beside it: $wanted", async ({ held, wanted, broken, granted }) => {
    const { a, open, leave } = await newVolume();
    await open("file", a.asks(held));
    const second = await open("file", { oplockLevel: wanted });
    expect(a.state).toBe(broken);
    expect(second.oplockLevel).toBe(granted);
    await leave();
  });

  it.each([R, RH, RW, RWH])("beside an oplock of level II, for %i: R", async (wanted) => {
    const { a, open, leave } = await newVolume();
    const first = await open("file", { oplockLevel: LEVEL_TWO });
    expect((await open("file", a.asks(wanted))).lease?.state).toBe(R);
    expect(first.oplockLevel).toBe(LEVEL_TWO);
    await leave();
  });

  it.each([
    { first: { desiredAccess: FILE_READ_ATTRIBUTES }, granted: RWH },
    { first: { desiredAccess: FILE_READ_DATA }, granted: RH },
  ])("writes only where nobody else has the data open: $granted", async ({ first, granted }) => {
    const { a, open, leave } = await newVolume();
    await open("file", first);
    expect((await open("file", a.asks(RWH))).lease?.state).toBe(granted);
    await leave();
  });

  it("gives nothing while a part of the file is locked, and leaves what is held", async () => {
    const { a, b, open, leave } = await newVolume();
    const holder = await open("file", a.asks(RH));
    holder.lock([{ offset: 0n, length: 1n, isExclusive: true }]);
    expect((await open("file", b.asks(R))).lease?.state).toBe(0);
    expect((await open("file", a.asks(0))).lease?.state).toBe(RH);
    expect(a.told).toEqual([]);
    await leave();
  });

  it("streams have their own", async () => {
    const { a, b, open, leave } = await newVolume();
    await open("file", a.asks(RWH));
    const created = { createDisposition: CreateDisposition.CREATE };
    expect((await open("file:one", { ...b.asks(RWH), ...created })).lease?.state).toBe(RWH);
    expect(a.told).toEqual([]);
    await leave();
  });
});

describe("one more open under a lease", () => {
  /** smbtorture, `smb2.lease.upgrade2`: only all of a wish that is more is granted. */
  it.each([0, R, RH, RW, RWH].flatMap((held) => [0, R, RH, RW, RWH].map((wish) => [held, wish])))(
    "of %i, asking for %i",
    async (held = 0, wish = 0) => {
      const { a, open, leave } = await newVolume();
      await open("file", a.asks(held));
      const second = await open("file", a.asks(wish));
      expect(second.lease?.state).toBe((held & ~wish) === 0 ? wish : held);
      expect(a.told).toEqual([]);
      await leave();
    },
  );

  /** smbtorture, `smb2.lease.upgrade3` */
  it.each([
    { held: R, other: R, wish: RW, left: R },
    { held: R, other: R, wish: RH, left: RH },
    { held: R, other: RH, wish: RWH, left: R },
    { held: RH, other: R, wish: RWH, left: RH },
  ])("of $held beside $other, asking for $wish: $left", async ({ held, other, wish, left }) => {
    const { a, b, open, leave } = await newVolume();
    await open("file", a.asks(held));
    await open("file", b.asks(other));
    expect((await open("file", a.asks(wish))).lease?.state).toBe(left);
    expect(b.state).toBe(other);
    await leave();
  });

  it("is not broken by it, whatever it does", async () => {
    const { a, open, leave } = await newVolume();
    await open("file", a.asks(RWH));
    const second = await open("file", a.asks(RWH));
    await second.write(Buffer.from("x"), 0);
    await second.setEndOfFile(0);
    second.lock([{ offset: 0n, length: 1n, isExclusive: true }]);
    await open("file", { ...a.asks(RWH), createDisposition: CreateDisposition.OVERWRITE });
    expect(outcomeOf(await second.rename({ newName: "new", replaceIfExists: false }))).toBe(
      "SUCCESS",
    );
    expect(a.told).toEqual([]);
    expect(a.state).toBe(RWH);
    await leave();
  });

  it("tells that a break is under way, and gets no more", async () => {
    const { a, open, driver, leave } = await newVolume();
    a.answers = false;
    await open("file", a.asks(RWH));
    const second = driver.create("file");
    expect(await isSettled(second)).toBe(false);
    const again = await open("file", a.asks(RWH));
    expect([again.lease?.state, again.lease?.isBreaking]).toEqual([RWH, true]);
    a.answer(RH);
    await openOf(await second).close();
    expect(again.lease?.isBreaking).toBe(false);
    await leave();
  });

  it("keeps it alive until the last is closed", async () => {
    const { a, open, driver, leave } = await newVolume();
    const first = await open("file", a.asks(RWH));
    const second = await open("file", a.asks(RWH));
    await first.close();
    expect([a.state, driver.volume.leases.size]).toEqual([RWH, 1]);
    await second.close();
    expect(driver.volume.leases.size).toBe(0);
    await leave();
  });
});

describe("a lease is for one name", () => {
  it.each([
    { name: "other", status: "INVALID_PARAMETER" },
    { name: "new", createDisposition: CreateDisposition.CREATE, status: "INVALID_PARAMETER" },
    { name: "FILE", status: "OPENED" },
  ])("and $name under it: $status", async ({ status, name, ...request }) => {
    const { a, open, driver, leave } = await newVolume();
    await driver.makeFile("other");
    await open("file", a.asks(RWH));
    expect(await driver.outcome(name, { ...request, ...a.asks(RWH) })).toBe(status);
    expect(await driver.outcome("new")).toBe("OBJECT_NAME_NOT_FOUND");
    await leave();
  });

  it("which moves along when it is renamed", async () => {
    const { a, open, driver, leave } = await newVolume();
    const first = await open("file", a.asks(RWH));
    await first.rename({ newName: "new", replaceIfExists: false });
    expect((await open("new", a.asks(0))).lease?.state).toBe(RWH);
    await driver.makeFile("file");
    expect(await driver.outcome("file", a.asks(0))).toBe("INVALID_PARAMETER");
    await leave();
  });

  it("and one of another client with the same key is another's", async () => {
    const { a, b, open, leave } = await newVolume();
    await open("file", a.asks(RWH));
    await open("file", b.asks(RWH));
    expect(a.told).toEqual([[RWH, RH]]);
    await leave();
  });
});

describe("an open of somebody else", () => {
  it.each([
    { desiredAccess: FILE_READ_ATTRIBUTES, breaks: false },
    { desiredAccess: SYNCHRONIZE | READ_CONTROL, breaks: false },
    { desiredAccess: FILE_READ_DATA, breaks: true },
  ])("with $desiredAccess breaks the writes: $breaks", async ({ desiredAccess, breaks }) => {
    const { a, open, leave } = await newVolume();
    await open("file", a.asks(RWH));
    await open("file", { desiredAccess });
    expect(a.told).toEqual(breaks ? [[RWH, RH]] : []);
    await leave();
  });

  it.each([
    { held: R, waits: false },
    { held: RH, waits: false },
    { held: RW, waits: true },
    { held: RWH, waits: true },
  ])("that empties the file takes all of $held, and waits: $waits", async ({ held, waits }) => {
    const { a, open, driver, leave } = await newVolume();
    a.answers = false;
    await open("file", a.asks(held));
    const second = driver.create("file", { createDisposition: CreateDisposition.OVERWRITE });
    expect(await isSettled(Promise.resolve(second))).toBe(!waits);
    expect(a.told).toEqual([[held, 0]]);
    if (held !== R) a.answer(0);
    await openOf(await second).close();
    expect(a.state).toBe(0);
    await leave();
  });

  it("that cannot share asks for the handle, waits, and is refused where the file stays open", async () => {
    const { a, open, driver, leave } = await newVolume();
    await open("file", a.asks(RWH));
    expect(await driver.outcome("file", { shareAccess: 0 })).toBe("SHARING_VIOLATION");
    expect(a.told).toEqual([[RWH, RW]]);
    await leave();
  });

  it("that cannot share gets in where the file is closed instead", async () => {
    const { a, open, driver, leave } = await newVolume();
    a.answers = false;
    const holder = await open("file", a.asks(RH));
    const second = driver.create("file", { shareAccess: 0 });
    expect(await isSettled(second)).toBe(false);
    await holder.close();
    await openOf(await second).close();
    await leave();
  });

  it("that cannot share waits for nobody who has no handle to give", async () => {
    const { a, open, driver, leave } = await newVolume();
    await open("file", a.asks(RW));
    expect(await driver.outcome("file", { shareAccess: 0 })).toBe("SHARING_VIOLATION");
    expect(a.told).toEqual([]);
    await leave();
  });

  it("that is to delete asks for writes and handle at once", async () => {
    const { a, open, leave } = await newVolume();
    await open("file", a.asks(RWH));
    await open("file", { createOptions: FILE_DELETE_ON_CLOSE });
    expect(a.told).toEqual([[RWH, R]]);
    await leave();
  });

  it("goes on when the time is up, and the holder has nothing then", async () => {
    const { a, open, driver, clock, leave } = await newVolume();
    a.answers = false;
    await open("file", a.asks(RWH));
    const second = driver.create("file");
    expect(await isSettled(second)).toBe(false);
    clock.advance(OPLOCK_BREAK_TIMEOUT_MS);
    await openOf(await second).close();
    expect(a.state).toBe(0);
    expect(a.answer(RH)).toBe(NtStatus.UNSUCCESSFUL);
    await leave();
  });

  it("gives up where somebody else keeps the handle each time", async () => {
    const { a, b, driver, leave } = await newVolume();
    a.answers = false;
    b.answers = false;
    let open = await driver.open("file", a.asks(RH));
    const second = driver.create("file", { shareAccess: 0 });
    for (let times = 0; times <= MAX_BREAK_WAITS; times++) {
      expect(await isSettled(second)).toBe(false);
      const again = await driver.open("file", (times % 2 === 0 ? b : a).asks(RH));
      await open.close();
      open = again;
    }
    expect(outcomeOf(await second)).toBe("SHARING_VIOLATION");
    await open.close();
    await leave();
  });
});

describe("what somebody else does with the data", () => {
  it.each([
    { what: "a write", change: (open: Open) => open.write(Buffer.from("x"), 0) },
    { what: "a new end", change: (open: Open) => open.setEndOfFile(1) },
    { what: "a new allocation", change: (open: Open) => open.setAllocation(4096) },
    {
      what: "a lock",
      change: (open: Open) => open.lock([{ offset: 0n, length: 1n, isExclusive: false }]),
    },
  ])("takes reads and handle from others, and nobody waits: $what", async ({ change }) => {
    const { a, b, c, open, leave } = await newVolume();
    await open("file", a.asks(RH));
    await open("file", b.asks(R));
    const writer = await open("file", c.asks(RH));
    a.answers = false;
    await change(writer);
    expect([a.told, b.told, c.told]).toEqual([[[RH, 0]], [[R, 0]], []]);
    expect([a.state, b.state, c.state]).toEqual([RH, 0, RH]);
    await change(writer);
    expect(a.told).toHaveLength(1);
    expect(a.answer(0)).toBe(NtStatus.SUCCESS);
    await leave();
  });
});

describe("any run of events", () => {
  const state = fc.constantFrom(0, R, RH, RW, RWH);
  const who = fc.nat({ max: 2 });
  const which = fc.nat({ max: 5 });
  const event = fc.oneof(
    fc.record({
      kind: fc.constant("open" as const),
      who,
      state,
      shareAccess: fc.constantFrom(7, 7, 7, 0),
      isStat: fc.boolean(),
      createDisposition: fc.constantFrom(CreateDisposition.OPEN, CreateDisposition.OVERWRITE_IF),
    }),
    fc.record({
      kind: fc.constant("oplock" as const),
      oplockLevel: fc.constantFrom(NONE, LEVEL_TWO, LEVEL_ONE, BATCH),
    }),
    fc.record({ kind: fc.constant("answer" as const), who, state }),
    fc.record({ kind: fc.constant("close" as const), which }),
    fc.record({ kind: fc.constant("write" as const), which }),
    fc.record({ kind: fc.constant("time" as const), ms: fc.nat({ max: OPLOCK_BREAK_TIMEOUT_MS }) }),
  );

  it("leaves at most one who keeps writes, alone, and nothing when all is closed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 25 }), async (events) => {
        const { a, b, c, driver, clock, leave } = await newVolume();
        const holders = [a, b, c];
        for (const holder of holders) holder.answers = false;
        const open = new Set<Open>();
        const waiting = new Set<PromiseLike<unknown>>();
        const begin = (request: Partial<CreateRequest>) => {
          const create = Promise.resolve(driver.create("file", request)).then((created) => {
            if (created.ok) open.add(created.value.open);
          });
          waiting.add(create);
          void create.then(() => waiting.delete(create));
        };
        for (const event of events) {
          const chosen = [...open]["which" in event ? event.which : 0];
          switch (event.kind) {
            case "open": {
              const { isStat, shareAccess, createDisposition } = event;
              const access = isStat ? { desiredAccess: FILE_READ_ATTRIBUTES } : {};
              const request = { shareAccess, createDisposition, ...access };
              begin({ ...request, ...holders[event.who]?.asks(event.state) });
              break;
            }
            case "oplock":
              begin({ oplockLevel: event.oplockLevel });
              break;
            case "answer":
              holders[event.who]?.answer(event.state);
              break;
            case "close":
              await chosen?.close();
              if (chosen !== undefined) open.delete(chosen);
              break;
            case "write":
              await chosen?.write(Buffer.from("x"), 0);
              break;
            case "time":
              clock.advance(event.ms);
          }
          await new Promise(setImmediate);
          const leases = new Set([...open].flatMap(({ lease }) => lease ?? []));
          const states = [
            ...[...leases].map((lease) => lease.state),
            ...[...open].map(({ oplockLevel }) => oplockLevel),
          ].filter((held) => held !== 0);
          if (states.some((held) => (held & WRITE_CACHING) !== 0)) expect(states).toHaveLength(1);
          expect(driver.volume.leases.size).toBe(leases.size);
        }
        while (waiting.size > 0 || open.size > 0) {
          for (const one of open) await one.close();
          open.clear();
          clock.advance(OPLOCK_BREAK_TIMEOUT_MS);
          await new Promise(setImmediate);
        }
        await leave();
      }),
      { numRuns: 60 },
    );
  });
});

describe("a lease on a directory", () => {
  const ALL = {
    createOptions: FILE_DIRECTORY_FILE,
    createDisposition: CreateDisposition.OPEN_IF,
  };

  it.each([
    { wanted: RWH, granted: RH },
    { wanted: RW, granted: R },
    { wanted: RH, granted: RH },
    { wanted: R, granted: R },
  ])("for $wanted is $granted: nobody writes there", async ({ wanted, granted }) => {
    const { a, open, leave } = await newVolume();
    expect((await open("dir", { ...ALL, ...a.asks(wanted) })).lease?.state).toBe(granted);
    await leave();
  });

  it("is not given to who knows only those of files", async () => {
    const { a, open, leave } = await newVolume();
    const asked = a.asks(RH, { isForDirectories: false });
    expect((await open("dir", { ...ALL, ...asked })).lease).toBeUndefined();
    await leave();
  });
});
