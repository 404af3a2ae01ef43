import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FakeClock } from "../../testing/fake-clock.js";
import { ByteBudget } from "./byte-budget.js";
import { READ_AHEAD_BLOCK_BYTES, READ_AHEAD_LIFE_MS } from "./limits.js";
import { ReadAhead, type ReadAheadSource } from "./read-ahead.js";

/** A file in memory that can change, and that counts what is fetched. */
class Source implements ReadAheadSource {
  data: Buffer;
  generation = 0;
  readonly fetched: { readonly position: number; readonly length: number }[] = [];
  fails = false;

  constructor(length: number) {
    this.data = Buffer.from(PATTERN.subarray(0, length));
  }

  get knownEnd(): number {
    return this.data.length;
  }

  async fetch(target: Buffer, position: number): Promise<number> {
    this.fetched.push({ position, length: target.length });
    await Promise.resolve();
    if (this.fails) throw new Error("no answer");
    return this.data.subarray(position).copy(target);
  }
}

const BLOCK = READ_AHEAD_BLOCK_BYTES;

/** Different everywhere. */
const PATTERN = Buffer.alloc(100 * BLOCK);
for (let at = 0; at < PATTERN.length; at += 4) PATTERN.writeUInt32BE(at, at);
const BUDGET = 16 * BLOCK;

function begin(length: number) {
  const source = new Source(length);
  const budget = new ByteBudget(BUDGET, 0);
  const clock = new FakeClock();
  return { source, budget, clock, ahead: new ReadAhead(source, budget, clock) };
}

async function read(ahead: ReadAhead, position: number, length: number): Promise<Buffer> {
  const target = Buffer.alloc(length, 0xee);
  return target.subarray(0, await ahead.read(target, position));
}

describe("read-ahead", () => {
  it("fetches nothing more where a file is read here and there", async () => {
    const { source, ahead } = begin(20 * BLOCK);
    await read(ahead, 0, 100);
    await read(ahead, 9 * BLOCK, 100);
    await read(ahead, 3 * BLOCK, 100);
    expect(source.fetched.map(({ length }) => length)).toEqual([100, 100, 100]);
  });

  it("has what comes next where a file is read in order", async () => {
    const { source, ahead } = begin(20 * BLOCK);
    for (let index = 0; index < 6; index++) await read(ahead, index * BLOCK, BLOCK);
    const asked = source.fetched.length;
    await read(ahead, 6 * BLOCK, BLOCK);
    const fetchedAgain = source.fetched
      .slice(asked)
      .filter(({ position }) => position === 6 * BLOCK);
    expect(fetchedAgain).toEqual([]);
  });

  it("fetches nothing twice, and nothing behind the end, of a file that is read in order", async () => {
    const { source, ahead, budget } = begin(20 * BLOCK + 5);
    for (let at = 0; at < source.data.length; at += BLOCK / 2) await read(ahead, at, BLOCK / 2);
    const fetched = source.fetched.reduce((sum, { length }) => sum + length, 0);
    expect(fetched).toBeLessThan(source.data.length + 2 * BLOCK);
    expect(budget.free).toBe(BUDGET);
  });

  it("fetches nothing more for who has several reads under way at once", async () => {
    const { source, ahead } = begin(40 * BLOCK);
    for (let index = 0; index < 40; index += 4) {
      const several = [0, 1, 2, 3].map((more) => read(ahead, (index + more) * BLOCK, BLOCK));
      await Promise.all(several);
    }
    const fetched = source.fetched.filter(({ length }) => length === BLOCK);
    expect(fetched.length).toBeLessThan(44); // little is fetched that is not asked for
    expect(source.fetched).toHaveLength(fetched.length);
  });

  it("does not tell what was there before a change", async () => {
    const { source, ahead } = begin(20 * BLOCK);
    for (let index = 0; index < 4; index++) await read(ahead, index * BLOCK, BLOCK);
    source.data.fill(1);
    source.generation++;
    expect((await read(ahead, 4 * BLOCK, BLOCK)).equals(Buffer.alloc(BLOCK, 1))).toBe(true);
  });

  it("does not tell what is old", async () => {
    const { source, ahead, clock } = begin(20 * BLOCK);
    for (let index = 0; index < 4; index++) await read(ahead, index * BLOCK, BLOCK);
    source.data.fill(1); // by somebody else
    clock.advance(READ_AHEAD_LIFE_MS);
    expect((await read(ahead, 4 * BLOCK, BLOCK)).equals(Buffer.alloc(BLOCK, 1))).toBe(true);
  });

  it("fails only for who asks: what cannot be fetched ahead is asked for again", async () => {
    const { source, ahead } = begin(20 * BLOCK);
    await read(ahead, 0, BLOCK);
    source.fails = true;
    await expect(read(ahead, BLOCK, BLOCK)).rejects.toThrow("no answer");
    source.fails = false;
    expect(
      (await read(ahead, 2 * BLOCK, BLOCK)).equals(source.data.subarray(2 * BLOCK, 3 * BLOCK)),
    ).toBe(true);
  });

  it("keeps to its budget, and gives it back", async () => {
    const { ahead, budget } = begin(100 * BLOCK);
    for (let index = 0; index < 10; index++) await read(ahead, index * BLOCK, BLOCK);
    expect(budget.free).toBeGreaterThanOrEqual(0);
    expect(budget.free).toBeLessThan(BUDGET);
    ahead.drop();
    expect(budget.free).toBe(BUDGET);
  });

  it("reads what a plain read would, whatever is read and changed", async () => {
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          kind: fc.constant("next" as const),
          length: fc.integer({ min: 1, max: 3 * BLOCK }),
        }),
      },
      fc.record({
        kind: fc.constant("read" as const),
        position: fc.nat(12 * BLOCK),
        length: fc.integer({ min: 1, max: 2 * BLOCK }),
      }),
      fc.record({
        kind: fc.constant("change" as const),
        position: fc.nat(9 * BLOCK),
        byte: fc.nat(255),
      }),
      fc.record({ kind: fc.constant("resize" as const), size: fc.nat(11 * BLOCK) }),
      fc.record({ kind: fc.constant("fail" as const), fails: fc.boolean() }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const { source, ahead, budget } = begin(10 * BLOCK);
        let next = 0;
        for (const each of steps) {
          if (each.kind === "change") {
            source.data.subarray(each.position, each.position + 1000).fill(each.byte);
            source.generation++;
          } else if (each.kind === "resize") {
            const data = Buffer.alloc(each.size, 5);
            source.data.copy(data);
            source.data = data;
            source.generation++;
          } else if (each.kind === "fail") {
            source.fails = each.fails;
          } else {
            const position = each.kind === "next" ? next : each.position;
            next = position + each.length;
            if (source.fails) {
              await read(ahead, position, each.length).catch(() => undefined);
            } else {
              const bytes = await read(ahead, position, each.length);
              expect(bytes.equals(source.data.subarray(position, next))).toBe(true);
            }
          }
        }
        ahead.drop();
        expect(budget.free).toBe(BUDGET);
      }),
      { numRuns: 60 },
    );
  });
});
