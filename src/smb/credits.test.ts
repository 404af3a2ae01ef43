import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CreditWindow } from "./credits.js";
import { MAX_CREDITS } from "./limits.js";

/** The rule as it is written: a set of ids that were granted and not used. [MS-SMB2] 3.3.1.1 */
class NaiveWindow {
  readonly free = new Set([0]);
  high = 1;

  consume(messageId: number, charge: number): boolean {
    const ids = Array.from({ length: charge }, (_, i) => messageId + i);
    if (!ids.every((id) => this.free.has(id))) return false;
    for (const id of ids) this.free.delete(id);
    return true;
  }

  grant(count: number): void {
    for (let i = 0; i < count; i++) this.free.add(this.high++);
  }

  /** The first id that was not used. */
  get low(): number {
    return Math.min(this.high, ...[...this.free].slice(0, 1));
  }
}

/** What a client does: uses ids near the start of its window, anywhere in it, or wherever it likes. */
const step = fc.record({
  from: fc.constantFrom("low", "high", "anywhere" as const),
  offset: fc.oneof(fc.nat(5), fc.nat(2 * MAX_CREDITS)),
  charge: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 600 })),
  asked: fc.oneof(fc.nat(10), fc.nat(0xffff)),
});

describe("the credits of a connection", () => {
  it("begin with the one for NEGOTIATE", () => {
    const window = new CreditWindow();
    expect(window.available).toBe(1);
    expect(window.consume(1, 1)).toBe(false);
    expect(window.consume(0, 1)).toBe(true);
    expect(window.available).toBe(0);
  });

  it("agree with a set of ids, whatever a client does", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const window = new CreditWindow();
        const naive = new NaiveWindow();
        for (const { from, offset, charge, asked } of steps) {
          const base = from === "low" ? naive.low : from === "high" ? naive.high - charge : 0;
          const messageId = Math.max(0, base + (from === "high" ? -offset : offset));
          expect(window.consume(messageId, charge)).toBe(naive.consume(messageId, charge));
          expect(window.available).toBe(naive.free.size);
          naive.grant(window.grant(asked));
          expect(window.available).toBe(naive.free.size);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("are never none after a grant, and never more than the limit", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const window = new CreditWindow();
        const naive = new NaiveWindow();
        for (const { offset, charge, asked } of steps) {
          const messageId = naive.low + offset;
          if (window.consume(messageId, charge)) naive.consume(messageId, charge);
          const before = window.available;
          const granted = window.grant(asked);
          naive.grant(granted);
          expect(window.available).toBeGreaterThanOrEqual(1);
          expect(window.available).toBeLessThanOrEqual(MAX_CREDITS);
          expect(naive.high - naive.low).toBeLessThanOrEqual(2 * MAX_CREDITS + 1);
          expect(granted).toBeLessThanOrEqual(Math.max(asked, 1));
          const wanted = Math.max(asked, 1);
          const isRoomForAll = before + wanted <= MAX_CREDITS && naive.high <= MAX_CREDITS;
          if (isRoomForAll) expect(granted).toBe(wanted);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("can be used in any order, each once", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(Array.from({ length: 50 }, (_, i) => i)), (order) => {
        const window = new CreditWindow();
        window.grant(49);
        for (const id of order) expect(window.consume(id, 1)).toBe(true);
        for (const id of order) expect(window.consume(id, 1)).toBe(false);
        expect(window.available).toBe(50 - order.length);
      }),
    );
  });

  it("do not run out for a client that leaves one id out for ever", () => {
    const window = new CreditWindow();
    window.grant(2); // 0, 1 and 2; 0 is never used
    let next = 1;
    let refused = 0;
    for (let i = 0; i < 5 * MAX_CREDITS; i++) {
      if (window.available < 2) break;
      if (!window.consume(next++, 1)) refused++;
      window.grant(1);
    }
    expect(refused).toBe(0);
    expect(next).toBeGreaterThanOrEqual(2 * MAX_CREDITS);
    expect(window.consume(0, 1)).toBe(true);
    expect(window.grant(10)).toBe(10);
  });

  it.each([2 ** 53, 2 ** 64, 2 ** 64 - 2048])("of an id far beyond, %d, are not there", (id) => {
    expect(new CreditWindow().consume(id, 1)).toBe(false);
  });
});
