import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memory } from "../filesystems/memory/index.js";
import {
  CreateDisposition,
  FILE_READ_ATTRIBUTES,
  FILE_READ_DATA,
  FILE_WRITE_ATTRIBUTES,
  FILE_WRITE_DATA,
  NtStatus,
  SYNCHRONIZE,
  statusName,
} from "../nt/index.js";
import { FakeClock } from "../testing/fake-clock.js";
import { VolumeDriver } from "../testing/volume-driver.js";
import type { CreateRequest } from "./create-request.js";
import { MAX_BREAK_WAITS, OPLOCK_BREAK_TIMEOUT_MS } from "./limits.js";
import type { Open } from "./open.js";
import { type Oplock, OplockLevel } from "./oplock.js";
import { isStatAccess, Oplocks } from "./oplocks.js";

const { NONE, LEVEL_TWO, LEVEL_ONE, BATCH } = OplockLevel;
const READ = FILE_READ_DATA;
const STAT = FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES | SYNCHRONIZE;

/** The oplocks of a file, with one that is held, and what its holder was told. */
function held(level: OplockLevel) {
  const clock = new FakeClock();
  const oplocks = new Oplocks(clock);
  const oplock = oplocks.grant(level, true);
  if (oplock === undefined) throw new Error("nothing was granted");
  const told: OplockLevel[] = [];
  oplock.listen(({ to }) => told.push(to as OplockLevel));
  return { clock, oplocks, oplock, told };
}

/** Whether a promise has settled, as far as this turn of the event loop goes. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.then(() => {
    settled = true;
  });
  await new Promise(setImmediate);
  return settled;
}

describe("isStatAccess", () => {
  it.each([
    { access: 0, isStat: true },
    { access: FILE_READ_ATTRIBUTES, isStat: true },
    { access: STAT, isStat: true },
    { access: STAT | FILE_READ_DATA, isStat: false },
    { access: FILE_WRITE_DATA, isStat: false },
  ])("of $access: $isStat", ({ access, isStat }) => {
    expect(isStatAccess(access)).toBe(isStat);
  });
});

describe("granting", () => {
  it.each([
    { wanted: NONE, isAlone: true, granted: undefined },
    { wanted: LEVEL_TWO, isAlone: true, granted: LEVEL_TWO },
    { wanted: LEVEL_ONE, isAlone: true, granted: LEVEL_ONE },
    { wanted: BATCH, isAlone: true, granted: BATCH },
    { wanted: NONE, isAlone: false, granted: undefined },
    { wanted: LEVEL_TWO, isAlone: false, granted: LEVEL_TWO },
    { wanted: LEVEL_ONE, isAlone: false, granted: LEVEL_TWO },
    { wanted: BATCH, isAlone: false, granted: LEVEL_TWO },
  ])("$wanted, alone $isAlone: $granted", ({ wanted, isAlone, granted }) => {
    expect(new Oplocks(new FakeClock()).grant(wanted, isAlone)?.state).toBe(granted);
  });

  it.each([LEVEL_ONE, BATCH])("gives nothing beside %i", (level) => {
    const { oplocks } = held(level);
    expect(oplocks.grant(LEVEL_TWO, false)).toBeUndefined();
    expect(oplocks.grant(BATCH, true)).toBeUndefined();
  });

  it("gives level II to any number", () => {
    const { oplocks } = held(LEVEL_TWO);
    expect(oplocks.grant(LEVEL_TWO, false)?.state).toBe(LEVEL_TWO);
    expect(oplocks.grant(BATCH, false)?.state).toBe(LEVEL_TWO);
  });
});

describe("an open that joins", () => {
  it.each([
    // before the share modes are looked at, only a batch oplock goes
    { level: BATCH, grantedAccess: READ, isOverwrite: false, early: LEVEL_TWO, late: LEVEL_TWO },
    { level: BATCH, grantedAccess: READ, isOverwrite: true, early: NONE, late: NONE },
    { level: BATCH, grantedAccess: STAT, isOverwrite: false, early: undefined, late: undefined },
    { level: BATCH, grantedAccess: STAT, isOverwrite: true, early: NONE, late: NONE },
    {
      level: LEVEL_ONE,
      grantedAccess: READ,
      isOverwrite: false,
      early: undefined,
      late: LEVEL_TWO,
    },
    { level: LEVEL_ONE, grantedAccess: READ, isOverwrite: true, early: undefined, late: NONE },
    {
      level: LEVEL_ONE,
      grantedAccess: STAT,
      isOverwrite: false,
      early: undefined,
      late: undefined,
    },
    { level: LEVEL_ONE, grantedAccess: STAT, isOverwrite: true, early: undefined, late: NONE },
    {
      level: LEVEL_TWO,
      grantedAccess: READ,
      isOverwrite: false,
      early: undefined,
      late: undefined,
    },
    { level: LEVEL_TWO, grantedAccess: READ, isOverwrite: true, early: undefined, late: undefined },
  ])("%o breaks", ({ level, early, late, ...rest }) => {
    const joining = { ...rest, isDelete: false, lease: undefined };
    const before = held(level);
    expect(before.oplocks.breakBeforeSharing(joining) !== undefined).toBe(early !== undefined);
    expect(before.told).toEqual(early === undefined ? [] : [early]);
    const after = held(level);
    expect(after.oplocks.breakAfterSharing(joining) !== undefined).toBe(late !== undefined);
    expect(after.told).toEqual(late === undefined ? [] : [late]);
  });
});

describe("a break", () => {
  const joining = { grantedAccess: READ, isOverwrite: false, isDelete: false, lease: undefined };

  it("goes on when the holder says what it keeps", async () => {
    const { oplocks, oplock, clock } = held(BATCH);
    const wait = oplocks.breakBeforeSharing(joining)!;
    expect(await isSettled(wait)).toBe(false);
    expect(oplock.isBreaking).toBe(true);
    expect(oplock.state).toBe(BATCH); // until it says so
    expect(oplock.acknowledge(LEVEL_TWO)).toBe(NtStatus.SUCCESS);
    expect(await isSettled(wait)).toBe(true);
    expect(oplock.state).toBe(LEVEL_TWO);
    expect(clock.timerCount).toBe(0);
  });

  it("may be answered with less than was left", () => {
    const { oplocks, oplock } = held(LEVEL_ONE);
    void oplocks.breakAfterSharing(joining);
    expect(oplock.acknowledge(NONE)).toBe(NtStatus.SUCCESS);
    expect(oplock.state).toBe(NONE);
  });

  it("answered with more than was left takes everything", async () => {
    const { oplocks, oplock } = held(BATCH);
    const wait = oplocks.breakBeforeSharing(joining)!;
    expect(oplock.acknowledge(LEVEL_ONE)).toBe(NtStatus.INVALID_OPLOCK_PROTOCOL);
    expect(oplock.state).toBe(NONE);
    expect(await isSettled(wait)).toBe(true);
  });

  it("that nobody asked for cannot be answered, nor one twice", () => {
    const { oplocks, oplock } = held(BATCH);
    expect(oplock.acknowledge(LEVEL_TWO)).toBe(NtStatus.INVALID_OPLOCK_PROTOCOL);
    expect(oplock.state).toBe(BATCH);
    void oplocks.breakBeforeSharing(joining);
    expect(oplock.acknowledge(LEVEL_TWO)).toBe(NtStatus.SUCCESS);
    expect(oplock.acknowledge(LEVEL_TWO)).toBe(NtStatus.INVALID_OPLOCK_PROTOCOL);
    expect(oplock.state).toBe(LEVEL_TWO);
  });

  it("goes on when the time is up, and not before", async () => {
    const { oplocks, oplock, clock } = held(BATCH);
    const wait = oplocks.breakBeforeSharing(joining)!;
    clock.advance(OPLOCK_BREAK_TIMEOUT_MS - 1);
    expect(await isSettled(wait)).toBe(false);
    clock.advance(1);
    expect(await isSettled(wait)).toBe(true);
    expect(oplock.state).toBe(NONE);
    expect(oplock.acknowledge(LEVEL_TWO)).toBe(NtStatus.INVALID_OPLOCK_PROTOCOL);
  });

  it("goes on when the holder is closed", async () => {
    const { oplocks, oplock, clock } = held(BATCH);
    const wait = oplocks.breakBeforeSharing(joining)!;
    oplocks.release(oplock);
    expect(await isSettled(wait)).toBe(true);
    expect(clock.timerCount).toBe(0);
    expect(oplocks.grant(BATCH, true)?.state).toBe(BATCH);
  });

  it("is asked for once, however many wait", async () => {
    const { oplocks, oplock, told, clock } = held(BATCH);
    const waits = [1, 2, 3].map(() => oplocks.breakBeforeSharing(joining)!);
    expect(told).toEqual([LEVEL_TWO]);
    expect(clock.timerCount).toBe(1);
    oplock.acknowledge(LEVEL_TWO);
    for (const wait of waits) expect(await isSettled(wait)).toBe(true);
  });

  it("is told as soon as somebody listens", () => {
    const clock = new FakeClock();
    const oplocks = new Oplocks(clock);
    const oplock = oplocks.grant(BATCH, true);
    void oplocks.breakBeforeSharing(joining);
    const told: OplockLevel[] = [];
    oplock?.listen(({ to }) => told.push(to as OplockLevel));
    expect(told).toEqual([LEVEL_TWO]);
  });
});

describe("a write", () => {
  it("takes level II from everybody, without asking", () => {
    const { oplocks, oplock, told } = held(LEVEL_TWO);
    const other = oplocks.grant(LEVEL_TWO, false);
    oplocks.dataChanged(oplock);
    expect([oplock.state, other?.state]).toEqual([NONE, NONE]);
    expect(told).toEqual([NONE]);
    oplocks.dataChanged(undefined);
    expect(told).toEqual([NONE]);
    expect(oplocks.grant(BATCH, true)?.state).toBe(BATCH);
  });

  it.each([LEVEL_ONE, BATCH])("leaves %i alone: it is the holder's own", (level) => {
    const { oplocks, oplock, told } = held(level);
    oplocks.dataChanged(oplock);
    expect(oplock.state).toBe(level);
    expect(told).toEqual([]);
  });
});

describe("any run of events", () => {
  const level = fc.constantFrom(NONE, LEVEL_TWO, LEVEL_ONE, BATCH);
  const which = fc.nat({ max: 5 });
  const event = fc.oneof(
    fc.record({ kind: fc.constant("grant" as const), level, isAlone: fc.boolean() }),
    fc.record({
      kind: fc.constant("join" as const),
      grantedAccess: fc.constantFrom(READ, STAT),
      isOverwrite: fc.boolean(),
    }),
    fc.record({ kind: fc.constant("acknowledge" as const), which, level }),
    fc.record({ kind: fc.constant("close" as const), which }),
    fc.record({ kind: fc.constant("write" as const) }),
    fc.record({ kind: fc.constant("time" as const), ms: fc.nat({ max: OPLOCK_BREAK_TIMEOUT_MS }) }),
  );

  it("leaves at most one exclusive oplock, alone, and nobody waiting when all is closed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 30 }), async (events) => {
        const clock = new FakeClock();
        const oplocks = new Oplocks(clock);
        const open: Oplock[] = [];
        const waits: Promise<void>[] = [];
        for (const event of events) {
          switch (event.kind) {
            case "grant": {
              // Nobody is alone where somebody else holds an oplock.
              const granted = oplocks.grant(event.level, event.isAlone && open.length === 0);
              if (granted !== undefined) open.push(granted);
              break;
            }
            case "join": {
              const joining = { ...event, isDelete: false, lease: undefined };
              const wait =
                oplocks.breakBeforeSharing(joining) ?? oplocks.breakAfterSharing(joining);
              if (wait !== undefined) waits.push(wait);
              break;
            }
            case "acknowledge":
              open[event.which]?.acknowledge(event.level);
              break;
            case "close":
              for (const oplock of open.splice(event.which, 1)) oplocks.release(oplock);
              break;
            case "write":
              oplocks.dataChanged(open.find(({ isExclusive }) => isExclusive));
              break;
            case "time":
              clock.advance(event.ms);
          }
          const exclusive = open.filter(({ isExclusive }) => isExclusive);
          expect(exclusive.length).toBeLessThanOrEqual(1);
          const others = open.filter(({ state }) => state !== NONE).length - exclusive.length;
          if (exclusive.length === 1) expect(others).toBe(0);
          expect(clock.timerCount).toBe(open.filter(({ isBreaking }) => isBreaking).length);
        }
        for (const oplock of open) oplocks.release(oplock);
        await Promise.all(waits);
        expect(clock.timerCount).toBe(0);
      }),
    );
  });
});

describe("through a volume", () => {
  /** A file that one client has open with an oplock, and what that client was told. */
  async function opened(oplockLevel: OplockLevel, request: Partial<CreateRequest> = {}) {
    const clock = new FakeClock();
    const driver = new VolumeDriver(memory({ maxSize: 2 ** 26 }), { clock });
    await driver.makeFile("file", "abc");
    const holder = await driver.open("file", { oplockLevel, ...request });
    const told: OplockLevel[] = [];
    holder.onOplockBreak((level) => told.push(level));
    return { clock, driver, holder, told };
  }

  /** A create under way, which can be cancelled once it waits. */
  function start(driver: VolumeDriver, request: Partial<CreateRequest> = {}) {
    const cancels: (() => void)[] = [];
    const onWait = (cancel: () => void) => cancels.push(cancel);
    return { cancels, outcome: driver.create("file", { onWait, ...request }) };
  }

  async function leave(driver: VolumeDriver, ...opens: Open[]) {
    for (const open of opens) await open.close();
    expect(driver.volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
  }

  it.each([LEVEL_ONE, BATCH])(
    "a second create waits for the holder of %i, and gets level II beside it",
    async (level) => {
      const { driver, holder, told, clock } = await opened(level);
      expect(holder.oplockLevel).toBe(level);
      const second = start(driver, { oplockLevel: BATCH });
      expect(await isSettled(second.outcome)).toBe(false);
      expect(told).toEqual([LEVEL_TWO]);
      expect(second.cancels).toHaveLength(1);
      expect(holder.acknowledgeOplockBreak(LEVEL_TWO)).toBe(NtStatus.SUCCESS);
      const created = await second.outcome;
      if (!created.ok) throw new Error(statusName(created.status));
      expect(created.value.open.oplockLevel).toBe(LEVEL_TWO);
      expect(holder.oplockLevel).toBe(LEVEL_TWO);
      await leave(driver, holder, created.value.open);
      expect(clock.timerCount).toBe(0);
    },
  );

  it("goes on when the holder closes, and is alone then", async () => {
    const { driver, holder } = await opened(BATCH);
    const second = start(driver, { oplockLevel: BATCH });
    expect(await isSettled(second.outcome)).toBe(false);
    await holder.close();
    const created = await second.outcome;
    if (!created.ok) throw new Error(statusName(created.status));
    expect(created.value.open.oplockLevel).toBe(BATCH);
    await leave(driver, created.value.open);
  });

  it("goes on when the holder's time is up, and the holder has nothing then", async () => {
    const { driver, holder, clock } = await opened(BATCH);
    const second = start(driver);
    expect(await isSettled(second.outcome)).toBe(false);
    clock.advance(OPLOCK_BREAK_TIMEOUT_MS);
    const created = await second.outcome;
    if (!created.ok) throw new Error(statusName(created.status));
    expect(holder.oplockLevel).toBe(NONE);
    await leave(driver, holder, created.value.open);
  });

  it("ends with CANCELLED when it is cancelled, and the break goes on", async () => {
    const { driver, holder } = await opened(BATCH);
    const second = start(driver);
    expect(await isSettled(second.outcome)).toBe(false);
    second.cancels[0]?.();
    expect(await second.outcome).toEqual({ ok: false, status: NtStatus.CANCELLED });
    expect(holder.acknowledgeOplockBreak(LEVEL_TWO)).toBe(NtStatus.SUCCESS);
    await leave(driver, holder);
  });

  it.each([
    { level: BATCH, settled: false }, // its holder may have closed the file already
    { level: LEVEL_ONE, settled: true },
  ])("that cannot share waits for $level: not $settled", async ({ level, settled }) => {
    const { driver, holder, told } = await opened(level, { shareAccess: 0 });
    const second = start(driver);
    expect(await isSettled(second.outcome)).toBe(settled);
    expect(told).toEqual(settled ? [] : [LEVEL_TWO]);
    holder.acknowledgeOplockBreak(LEVEL_TWO);
    expect(await second.outcome).toEqual({ ok: false, status: NtStatus.SHARING_VIOLATION });
    await leave(driver, holder);
  });

  it("that only looks at attributes does not wait, and breaks nothing", async () => {
    const { driver, holder, told } = await opened(BATCH);
    const looking = await driver.open("file", { desiredAccess: FILE_READ_ATTRIBUTES });
    expect(told).toEqual([]);
    expect(holder.oplockLevel).toBe(BATCH);
    await leave(driver, holder, looking);
  });

  it("that only looks at attributes does not keep another from being alone", async () => {
    const { driver, holder } = await opened(NONE, { desiredAccess: FILE_READ_ATTRIBUTES });
    const second = await driver.open("file", { oplockLevel: BATCH });
    expect(second.oplockLevel).toBe(BATCH);
    await leave(driver, holder, second);
  });

  it("that overwrites leaves the holder nothing", async () => {
    const { driver, holder, told } = await opened(BATCH);
    const second = start(driver, { createDisposition: CreateDisposition.OVERWRITE });
    expect(await isSettled(second.outcome)).toBe(false);
    expect(told).toEqual([NONE]);
    expect(holder.acknowledgeOplockBreak(LEVEL_TWO)).toBe(NtStatus.INVALID_OPLOCK_PROTOCOL);
    const created = await second.outcome;
    if (!created.ok) throw new Error(statusName(created.status));
    expect(holder.oplockLevel).toBe(NONE);
    await leave(driver, holder, created.value.open);
  });

  it.each([
    { what: "a write", change: (open: Open) => open.write(Buffer.from("x"), 0) },
    { what: "a new end", change: (open: Open) => open.setEndOfFile(1) },
    { what: "a new allocation", change: (open: Open) => open.setAllocation(4096) },
  ])("level II is lost by $what, its own or another's", async ({ change }) => {
    const { driver, holder, told } = await opened(LEVEL_TWO);
    const second = await driver.open("file", { oplockLevel: LEVEL_TWO });
    expect([holder.oplockLevel, second.oplockLevel]).toEqual([LEVEL_TWO, LEVEL_TWO]);
    await change(second);
    expect([holder.oplockLevel, second.oplockLevel]).toEqual([NONE, NONE]);
    expect(told).toEqual([NONE]);
    await leave(driver, holder, second);
  });

  it("that finds another holder waits again, can be cancelled again, and gives up in the end", async () => {
    const { driver, holder, clock } = await opened(BATCH);
    const waiting = Array.from({ length: MAX_BREAK_WAITS + 2 }, () =>
      start(driver, { oplockLevel: BATCH }),
    );
    expect(await isSettled(waiting[0]!.outcome)).toBe(false);
    let last = holder;
    for (const [count, { cancels, outcome }] of waiting.slice(0, MAX_BREAK_WAITS).entries()) {
      await last.close();
      const created = await outcome;
      if (!created.ok) throw new Error(statusName(created.status));
      expect(cancels).toHaveLength(count + 1);
      last = created.value.open;
    }
    const [cancelled, refused] = waiting.slice(MAX_BREAK_WAITS);
    expect(await isSettled(refused!.outcome)).toBe(false);
    cancelled!.cancels.at(-1)?.();
    expect(await cancelled!.outcome).toEqual({ ok: false, status: NtStatus.CANCELLED });
    await leave(driver, last);
    expect(await refused!.outcome).toEqual({ ok: false, status: NtStatus.SHARING_VIOLATION });
    expect(clock.timerCount).toBe(0);
  });

  it("directories have none", async () => {
    const driver = new VolumeDriver(memory({ maxSize: 2 ** 26 }));
    await driver.makeDirectory("dir");
    const open = await driver.open("dir", { oplockLevel: BATCH });
    expect(open.oplockLevel).toBe(NONE);
    expect(open.acknowledgeOplockBreak(NONE)).toBe(NtStatus.INVALID_OPLOCK_PROTOCOL);
    await leave(driver, open);
  });

  it("streams have their own", async () => {
    const { driver, holder, told } = await opened(BATCH);
    const stream = await driver.open("file:one", {
      oplockLevel: BATCH,
      createDisposition: CreateDisposition.CREATE,
    });
    expect(stream.oplockLevel).toBe(BATCH);
    expect(told).toEqual([]);
    await leave(driver, stream, holder);
  });
});
