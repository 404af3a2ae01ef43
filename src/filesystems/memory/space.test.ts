import { describe, expect, it } from "vitest";
import { BufferPool } from "./buffer-pool.js";
import { TRIM_STEP_BYTES } from "./limits.js";
import { Space } from "./space.js";

const CHUNK = 1024 * 1024;

/** A pool, with what it wants done in other turns of the event loop, and when a while has passed. */
function pool(maxPooledBytes: number) {
  const turns: (() => void)[] = [];
  const whiles: (() => void)[] = [];
  const defer = (work: () => void) => turns.push(work);
  const later = (work: () => void) => whiles.push(work);
  const buffers = new BufferPool({ chunkSize: CHUNK, maxPooledBytes, defer, later });
  const pass = () => {
    whiles.shift()?.();
    for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) turn();
  };
  return { buffers, turns, whiles, pass };
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

  it("gives the system back what nobody wants for a while, and asks for no more whiles then", () => {
    const { buffers, whiles, pass } = pool(8 * CHUNK);
    const chunks = Array.from({ length: 8 }, () => buffers.take(CHUNK));
    for (const chunk of chunks) buffers.giveBack(chunk);
    pass(); // they have not been free for all of it
    expect(buffers.pooledBytes).toBe(8 * CHUNK);
    pass();
    expect(buffers.pooledBytes).toBe(0);
    expect(chunks.every((chunk) => chunk.buffer.byteLength === 0)).toBe(true);
    pass();
    expect(whiles).toEqual([]);
  });

  it("keeps as many as were wanted meanwhile", () => {
    const { buffers, pass } = pool(8 * CHUNK);
    const chunks = Array.from({ length: 8 }, () => buffers.take(CHUNK));
    for (const chunk of chunks) buffers.giveBack(chunk);
    pass();
    const used = [buffers.take(CHUNK), buffers.take(CHUNK), buffers.take(CHUNK)];
    for (const chunk of used) buffers.giveBack(chunk);
    pass();
    expect(buffers.pooledBytes).toBe(3 * CHUNK);
  });

  it("cuts chunks into small buffers, and gives one back when none of its pieces is used", () => {
    const { buffers, turns } = pool(0);
    const size = CHUNK / 4;
    const taken = Array.from({ length: 5 }, () => buffers.take(size));
    expect(new Set(taken.map(({ buffer }) => buffer)).size).toBe(2);
    expect(new Set(taken.map(({ byteOffset }) => byteOffset)).size).toBe(4);
    expect([buffers.heldBytes, buffers.pooledBytes]).toEqual([5 * size, 3 * size]);
    const [first, second, third, fourth, fifth] = taken;
    for (const buffer of [second!, fourth!, first!, fifth!]) buffers.giveBack(buffer);
    turns.shift()?.();
    expect(taken.map(({ length }) => length)).toEqual([size, size, size, size, 0]);
    expect([buffers.heldBytes, buffers.pooledBytes]).toEqual([size, 3 * size]);
    expect(buffers.take(size).buffer).toBe(third!.buffer);
  });

  it("refuses a small buffer that was given back already", () => {
    const { buffers, turns } = pool(0);
    const buffer = buffers.take(256);
    buffers.giveBack(buffer);
    turns.shift()?.();
    expect(() => {
      buffers.giveBack(buffer);
    }).toThrow("not taken here");
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
