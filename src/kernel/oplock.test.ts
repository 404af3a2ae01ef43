import { describe, expect, it } from "vitest";
import { NtStatus } from "../nt/index.js";
import { FakeClock } from "../testing/fake-clock.js";
import { OPLOCK_BREAK_TIMEOUT_MS } from "./limits.js";
import { HANDLE_CACHING, isCacheState, Oplock, READ_CACHING, WRITE_CACHING } from "./oplock.js";

const R = READ_CACHING;
const RH = R | HANDLE_CACHING;
const RW = R | WRITE_CACHING;
const RWH = RW | HANDLE_CACHING;
const NAMES: Readonly<Record<number, string>> = { 0: "", [R]: "R", [RH]: "RH", [RW]: "RW" };

/** States and breaks by their letters. */
function letters(state: number): string {
  return NAMES[state] ?? (state === RWH ? "RWH" : String(state));
}

/** A lease or an oplock, and what its holder is told, as `from>to`, with a `?` where it must answer. */
function held(state: number, kind: "lease" | "oplock" = "lease") {
  const clock = new FakeClock();
  const told: string[] = [];
  const tell = ({ from, to, needsAcknowledgment }: Parameters<typeof holder.tell>[0]) => {
    told.push(`${letters(from)}>${letters(to)}${needsAcknowledgment ? "?" : ""}`);
  };
  const holder: NonNullable<Oplock["holder"]> = { id: "client:key", tell };
  const oplock = new Oplock(state, kind === "lease" ? holder : undefined, clock);
  if (kind === "oplock") oplock.listen(tell);
  return { oplock, told, clock };
}

async function isSettled(promise: Promise<void>): Promise<boolean> {
  let isDone = false;
  void promise.then(() => {
    isDone = true;
  });
  await new Promise(setImmediate);
  return isDone;
}

describe("isCacheState", () => {
  it("takes nothing, and reads with or without the others", () => {
    const states = Array.from({ length: 16 }, (_, state) => state).filter(isCacheState);
    expect(states).toEqual([0, R, RH, RW, RWH]);
  });
});

describe("what a lease is told when it loses", () => {
  it.each([
    { state: 0, lost: RW, told: [] },
    { state: R, lost: RW, told: ["R>"] },
    { state: RH, lost: RW, told: ["RH>?"] },
    { state: RW, lost: RW, told: ["RW>?"] },
    { state: RWH, lost: RW, told: ["RWH>?"] },
    { state: R, lost: WRITE_CACHING, told: [] },
    { state: RH, lost: WRITE_CACHING, told: [] },
    { state: RW, lost: WRITE_CACHING, told: ["RW>R?"] },
    { state: RWH, lost: WRITE_CACHING, told: ["RWH>RH?"] },
    { state: R, lost: HANDLE_CACHING, told: [] },
    { state: RH, lost: HANDLE_CACHING, told: ["RH>R?"] },
    { state: RW, lost: HANDLE_CACHING, told: [] },
    { state: RWH, lost: HANDLE_CACHING, told: ["RWH>RW?"] },
    { state: RWH, lost: WRITE_CACHING | HANDLE_CACHING, told: ["RWH>R?"] },
  ])("$lost of $state: $told", ({ state, lost, told }) => {
    const lease = held(state);
    lease.oplock.break(lost);
    expect(lease.told).toEqual(told);
    const mustAnswer = told.some((text) => text.endsWith("?"));
    expect(lease.oplock.isBreaking).toBe(mustAnswer);
    if (mustAnswer) expect(lease.oplock.state).toBe(state); // until it says so
    expect(lease.clock.timerCount).toBe(mustAnswer ? 1 : 0);
    expect(lease.oplock.changeCount).toBe(told.length);
  });
});

describe("what an oplock is told when it loses", () => {
  it.each([
    { state: R, lost: RW, told: ["R>"] },
    { state: RW, lost: RW, told: ["RW>?"] },
    { state: RWH, lost: RW, told: ["RWH>?"] },
    { state: R, lost: WRITE_CACHING, told: [] },
    { state: RW, lost: WRITE_CACHING, told: ["RW>R?"] },
    { state: RWH, lost: WRITE_CACHING, told: ["RWH>R?"] }, // never RH: there is no such level
    { state: RW, lost: HANDLE_CACHING, told: [] },
    { state: RWH, lost: HANDLE_CACHING, told: ["RWH>R?"] },
  ])("$lost of $state: $told", ({ state, lost, told }) => {
    const oplock = held(state, "oplock");
    oplock.oplock.break(lost);
    expect(oplock.told).toEqual(told);
  });
});

describe("the answer to a break of a lease", () => {
  it.each([
    { asked: WRITE_CACHING, answer: RH, status: NtStatus.SUCCESS },
    { asked: WRITE_CACHING, answer: R, status: NtStatus.SUCCESS },
    { asked: WRITE_CACHING, answer: 0, status: NtStatus.SUCCESS },
    { asked: WRITE_CACHING, answer: HANDLE_CACHING, status: NtStatus.REQUEST_NOT_ACCEPTED },
    { asked: WRITE_CACHING, answer: RWH, status: NtStatus.REQUEST_NOT_ACCEPTED },
    { asked: WRITE_CACHING, answer: RW, status: NtStatus.REQUEST_NOT_ACCEPTED },
    { asked: WRITE_CACHING, answer: R | 8, status: NtStatus.REQUEST_NOT_ACCEPTED },
    { asked: RW, answer: R, status: NtStatus.REQUEST_NOT_ACCEPTED },
    { asked: RW, answer: 0, status: NtStatus.SUCCESS },
  ])("RWH, asked for $asked, keeps $answer", async ({ asked, answer, status }) => {
    const { oplock, clock } = held(RWH);
    oplock.break(asked);
    const { settled } = oplock;
    expect(oplock.acknowledgeLease(answer)).toBe(status);
    const isTaken = status === NtStatus.SUCCESS;
    expect(oplock.state).toBe(isTaken ? answer : RWH);
    expect(await isSettled(settled)).toBe(isTaken);
    expect(clock.timerCount).toBe(isTaken ? 0 : 1);
  });

  it("is refused where nothing was asked, and after the time is up", () => {
    const { oplock, clock } = held(RH);
    expect(oplock.acknowledgeLease(R)).toBe(NtStatus.UNSUCCESSFUL);
    oplock.break(HANDLE_CACHING);
    clock.advance(OPLOCK_BREAK_TIMEOUT_MS);
    expect(oplock.state).toBe(0);
    expect(oplock.acknowledgeLease(R)).toBe(NtStatus.UNSUCCESSFUL);
  });
});

describe("a second break, before the first is answered", () => {
  it("is told after the answer: the handle first, then the reads; and counts as one", async () => {
    const { oplock, told } = held(RWH);
    oplock.break(WRITE_CACHING);
    oplock.break(RW);
    const { settled } = oplock;
    expect(told).toEqual(["RWH>RH?"]);
    oplock.acknowledgeLease(RH);
    expect(told).toEqual(["RWH>RH?", "RH>R?"]);
    expect(await isSettled(settled)).toBe(false);
    oplock.acknowledgeLease(R);
    expect(told).toEqual(["RWH>RH?", "RH>R?", "R>"]);
    expect(await isSettled(settled)).toBe(true);
    expect(oplock.state).toBe(0);
    expect(oplock.changeCount).toBe(1);
  });

  it.each([
    { first: HANDLE_CACHING, second: WRITE_CACHING, answers: [RW, R], told: ["RWH>RW?", "RW>R?"] },
    { first: HANDLE_CACHING, second: RW, answers: [RW, 0], told: ["RWH>RW?", "RW>?"] },
    { first: WRITE_CACHING, second: HANDLE_CACHING, answers: [RH, R], told: ["RWH>RH?", "RH>R?"] },
    { first: WRITE_CACHING, second: RW, answers: [0], told: ["RWH>RH?"] },
    { first: RW, second: RW, answers: [0], told: ["RWH>?"] },
  ])("$first, then $second: $told", ({ first, second, answers, told }) => {
    const lease = held(RWH);
    lease.oplock.break(first);
    lease.oplock.break(second);
    for (const answer of answers) {
      expect(lease.oplock.acknowledgeLease(answer)).toBe(NtStatus.SUCCESS);
    }
    expect(lease.told).toEqual(told);
    expect(lease.oplock.isBreaking).toBe(false);
    expect(lease.clock.timerCount).toBe(0);
  });

  it("of an oplock goes from level II to none without a further question", () => {
    const { oplock, told } = held(RWH, "oplock");
    oplock.break(WRITE_CACHING);
    oplock.break(RW);
    oplock.acknowledge(R);
    expect(told).toEqual(["RWH>R?", "R>"]);
    expect(oplock.isBreaking).toBe(false);
  });

  it("gives the holder its time again for each step", async () => {
    const { oplock, clock } = held(RWH);
    oplock.break(WRITE_CACHING);
    oplock.break(HANDLE_CACHING);
    const { settled } = oplock;
    clock.advance(OPLOCK_BREAK_TIMEOUT_MS - 1);
    oplock.acknowledgeLease(RH);
    clock.advance(OPLOCK_BREAK_TIMEOUT_MS - 1);
    expect(await isSettled(settled)).toBe(false);
    clock.advance(1);
    expect(await isSettled(settled)).toBe(true);
    expect(oplock.state).toBe(0);
  });
});
