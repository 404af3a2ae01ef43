import { describe, expect, it } from "vitest";
import { BufferPool } from "./buffer-pool.js";
import { TRIM_STEP_BYTES } from "./limits.js";
import { Space } from "./space.js";

const CHUNK = 1024 * 1024;

function pool(maxPooledBytes: number): { buffers: BufferPool; turns: (() => void)[] } {
  const turns: (() => void)[] = [];
  const defer = (work: () => void) => turns.push(work);
  return { buffers: new BufferPool({ chunkSize: CHUNK, maxPooledBytes, defer }), turns };
}

describe("BufferPool", () => {
  it("hands out again what was given back", () => {
    const { buffers } = pool(CHUNK);
    const chunk = buffers.take(CHUNK);
    buffers.giveBack(chunk);
    expect(buffers.take(CHUNK)).toBe(chunk);
  });

  it("gives the system back what is beyond its limit, a few chunks in a turn", () => {
    const { buffers, turns } = pool(CHUNK);
    const count = (2 * TRIM_STEP_BYTES) / CHUNK + 1;
    const chunks = Array.from({ length: count }, () => buffers.take(CHUNK));
    for (const chunk of chunks) buffers.giveBack(chunk);
    expect(buffers.pooledBytes).toBe(count * CHUNK);
    turns.shift()?.();
    expect(buffers.pooledBytes).toBe(count * CHUNK - TRIM_STEP_BYTES);
    turns.shift()?.();
    expect(buffers.pooledBytes).toBe(CHUNK);
    expect(turns).toEqual([]);
    expect(chunks.filter((chunk) => chunk.buffer.byteLength > 0)).toHaveLength(1);
    expect(buffers.heldBytes).toBe(0);
  });

  it("keeps no small buffers", () => {
    const { buffers, turns } = pool(0);
    buffers.giveBack(buffers.take(256));
    expect([buffers.heldBytes, buffers.pooledBytes, turns.length]).toEqual([0, 0, 0]);
  });
});

describe("Space", () => {
  it("asks for the machine's free memory at most every 100 ms", () => {
    let now = 0n;
    let free = 1000;
    const volume = new Space({ maxSize: undefined, freeMemory: () => free, now: () => now });
    expect(volume.maximum).toBe(1000);
    free = 500;
    now = 999_999n;
    expect(volume.maximum).toBe(1000);
    now = 1_000_000n;
    expect(volume.maximum).toBe(500);
  });

  it("counts what is used as part of what there is, but not what was only set aside", () => {
    let now = 0n;
    const volume = new Space({ maxSize: undefined, freeMemory: () => 1000, now: () => now });
    volume.charge(300);
    volume.chargeData(200);
    now = 2_000_000n;
    expect(volume.maximum).toBe(1300);
    expect(volume.used).toBe(500);
  });
});
