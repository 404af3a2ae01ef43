import { describe, expect, it } from "vitest";
import { DescriptorPool } from "./descriptor-pool.js";
import { Space } from "./space.js";

const ONE = Uint8Array.of(1, 2, 3);
const OTHER = Uint8Array.of(1, 2, 4);
const LONGER = Uint8Array.of(1, 2, 3, 0);

function newPool() {
  const space = new Space({ maxSize: 10_000, freeMemory: () => 0, now: () => 0n });
  return { pool: new DescriptorPool(space), space };
}

describe("descriptors", () => {
  it("are kept once where they are equal, in whatever order they come", () => {
    const { pool } = newPool();
    const first = pool.acquire(ONE);
    expect(pool.acquire(Uint8Array.from(ONE))).toBe(first);
    const second = pool.acquire(OTHER);
    const third = pool.acquire(LONGER);
    expect(new Set([first, second, third]).size).toBe(3);
    expect(pool.acquire(ONE)).toBe(first);
    expect(pool.acquire(OTHER)).toBe(second);
  });

  it("are copies: who gave the bytes may change them", () => {
    const { pool } = newPool();
    const bytes = Uint8Array.from(ONE);
    const first = pool.acquire(bytes);
    bytes[0] = 9;
    expect(first.bytes).toEqual(ONE);
    expect(pool.acquire(bytes)).not.toBe(first);
  });

  it("cost nothing when nobody has them any more, and come anew after that", () => {
    const { pool, space } = newPool();
    const first = pool.acquire(ONE);
    expect(space.used).toBeGreaterThan(0);
    pool.release(first);
    expect(space.used).toBe(0);
    const again = pool.acquire(ONE);
    expect(again).not.toBe(first);
    expect(again.useCount).toBe(1);
    expect(space.used).toBeGreaterThan(0);
  });
});
