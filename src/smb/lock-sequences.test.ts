import { describe, expect, it } from "vitest";
import { MAX_LOCK_SEQUENCE_INDEX } from "./limits.js";
import { LockSequences } from "./lock-sequences.js";

/** [MS-SMB2] 2.2.26 */
function sequence(index: number, number: number): number {
  return index * 16 + number;
}

describe("the lock sequences of an open", () => {
  it("know a request that was done", () => {
    const sequences = new LockSequences();
    expect(sequences.isReplay(sequence(1, 5))).toBe(false);
    sequences.add(sequence(1, 5));
    expect(sequences.isReplay(sequence(1, 5))).toBe(true);
    expect(sequences.isReplay(sequence(1, 5))).toBe(true);
    expect(sequences.isReplay(sequence(2, 5))).toBe(false);
  });

  it("forget what was done under an index that comes with another number", () => {
    const sequences = new LockSequences();
    sequences.add(sequence(1, 5));
    expect(sequences.isReplay(sequence(1, 6))).toBe(false);
    expect(sequences.isReplay(sequence(1, 5))).toBe(false);
  });

  it.each([
    { index: 0, isKept: false },
    { index: 1, isKept: true },
    { index: MAX_LOCK_SEQUENCE_INDEX, isKept: true },
    { index: MAX_LOCK_SEQUENCE_INDEX + 1, isKept: false },
    { index: 0x0fff_ffff, isKept: false },
  ])("keep what came under index $index: $isKept", ({ index, isKept }) => {
    const sequences = new LockSequences();
    sequences.add(sequence(index, 1));
    expect(sequences.isReplay(sequence(index, 1))).toBe(isKept);
  });
});
