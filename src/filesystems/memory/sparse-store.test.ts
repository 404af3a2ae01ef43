import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NtStatus, statusOf } from "../../nt/index.js";
import { ChunkStore } from "./chunk-store.js";
import { CHUNK_SIZE, MAX_FILE_SIZE, SPARSE_BLOCK_SIZE } from "./limits.js";
import { Space } from "./space.js";

const CHUNK = CHUNK_SIZE;
const BLOCK = SPARSE_BLOCK_SIZE;
const MIB = 2 ** 20;

function newSpace(maxSize = 2 ** 30): Space {
  return new Space({ maxSize, freeMemory: () => 0, now: () => 0n });
}

function newStore(space = newSpace()): ChunkStore {
  const store = new ChunkStore(space);
  store.setSparse(true);
  return store;
}

const ones = (length: number) => new Uint8Array(length).fill(1);

function statusFrom(run: () => void): NtStatus | undefined {
  try {
    run();
  } catch (error) {
    return statusOf(error);
  }
  return NtStatus.SUCCESS;
}

function contents(store: ChunkStore): Uint8Array {
  const all = ones(store.size);
  store.read(all, 0);
  return all;
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

describe("a sparse file", () => {
  it("takes nothing for a gap of 16 TiB", () => {
    const space = newSpace(MIB);
    const store = newStore(space);
    store.write(ones(1), MAX_FILE_SIZE - 1);
    expect(store.size).toBe(MAX_FILE_SIZE);
    expect([space.used, store.heldBytes, store.allocated]).toEqual([CHUNK, CHUNK, CHUNK]);
    const last = { offset: MAX_FILE_SIZE - BLOCK, length: BLOCK };
    expect(store.allocatedRanges(0, MAX_FILE_SIZE)).toEqual([last]);
  });

  it("is missed by a write into a hole when the disk is full, and stays as it was", () => {
    const space = newSpace(2 * CHUNK);
    const store = newStore(space);
    store.setSize(10 * CHUNK);
    store.write(ones(CHUNK), CHUNK);
    const before = contents(store);
    const write = () => {
      store.write(ones(2 * CHUNK), 3 * CHUNK);
    };
    expect(statusFrom(write)).toBe(NtStatus.DISK_FULL);
    expect(Buffer.compare(contents(store), before)).toBe(0);
    expect(space.used).toBe(CHUNK);
  });

  it("gives memory and space back where it is made zero", () => {
    const space = newSpace();
    const store = newStore(space);
    store.write(ones(4 * CHUNK), 0);
    store.zero(CHUNK, 2 * CHUNK);
    expect([space.used, store.heldBytes]).toEqual([2 * CHUNK, 2 * CHUNK]);
    expect(store.allocatedRanges(0, 4 * CHUNK)).toEqual([
      { offset: 0, length: CHUNK },
      { offset: 3 * CHUNK, length: CHUNK },
    ]);
    expect(isZero(contents(store).subarray(CHUNK, 3 * CHUNK))).toBe(true);
  });

  it("gives a chunk back when its blocks were made zero one by one", () => {
    const space = newSpace();
    const store = newStore(space);
    store.write(ones(2 * CHUNK), 0);
    for (let at = CHUNK; at < 2 * CHUNK; at += BLOCK) store.zero(at, BLOCK);
    expect([space.used, store.heldBytes]).toEqual([CHUNK, CHUNK]);
  });

  it("tells holes to the block", () => {
    const store = newStore();
    store.setSize(2 * CHUNK);
    store.write(ones(1), BLOCK);
    store.write(ones(2), 3 * BLOCK - 1);
    expect(store.allocatedRanges(0, 2 * CHUNK)).toEqual([{ offset: BLOCK, length: 3 * BLOCK }]);
    store.zero(2 * BLOCK, BLOCK);
    expect(store.allocatedRanges(BLOCK + 5, 2 * BLOCK)).toEqual([
      { offset: BLOCK + 5, length: BLOCK - 5 },
      { offset: 3 * BLOCK, length: 5 },
    ]);
  });

  it("tells nothing past its end, nor of what was cut off", () => {
    const store = newStore();
    store.write(ones(3 * BLOCK), 0);
    store.setSize(BLOCK + 1);
    store.setSize(3 * BLOCK);
    expect(store.allocatedRanges(0, 9 * BLOCK)).toEqual([{ offset: 0, length: 2 * BLOCK }]);
    expect(store.allocatedRanges(3 * BLOCK, BLOCK)).toEqual([]);
    expect(store.allocatedRanges(9 * BLOCK, BLOCK)).toEqual([]);
  });

  it("takes the space of its holes when it is to be sparse no longer, or stays sparse", () => {
    const space = newSpace(8 * CHUNK);
    const store = newStore(space);
    store.setSize(8 * CHUNK + 1);
    const dense = () => {
      store.setSparse(false);
    };
    expect(statusFrom(dense)).toBe(NtStatus.DISK_FULL);
    expect([store.isSparse, space.used]).toEqual([true, 0]);
    store.setSize(8 * CHUNK);
    store.setSparse(false);
    expect([store.isSparse, space.used]).toEqual([false, 8 * CHUNK]);
    expect(store.allocatedRanges(0, CHUNK)).toEqual([{ offset: 0, length: CHUNK }]);
    store.setSparse(true);
    expect(space.used).toBe(0);
  });
});

describe("a file that is not sparse", () => {
  it("keeps its space when it is made zero, but not the memory", () => {
    const space = newSpace();
    const store = new ChunkStore(space);
    store.write(ones(2 * CHUNK), 0);
    store.zero(0, 2 * CHUNK);
    expect([space.used, store.heldBytes]).toEqual([2 * CHUNK, 0]);
    expect(isZero(contents(store))).toBe(true);
    expect(store.allocatedRanges(0, MIB)).toEqual([{ offset: 0, length: 2 * CHUNK }]);
  });
});

it("when memory runs out in the middle of a write, nothing of it was done", () => {
  const space = newSpace();
  const earlier = new ChunkStore(space);
  earlier.write(ones(4 * CHUNK), 0);
  earlier.reset(0);
  const store = newStore(space);
  store.setSize(8 * CHUNK);
  const take = space.pool.take.bind(space.pool);
  let left = 2;
  space.pool.take = (length) => {
    if (left-- === 0) throw new RangeError("Array buffer allocation failed");
    return take(length);
  };
  expect(() => {
    store.write(ones(4 * CHUNK), CHUNK);
  }).toThrow(RangeError);
  expect([space.used, store.heldBytes]).toEqual([0, 0]);
  expect(isZero(contents(store))).toBe(true);
});

const place = fc.integer({ min: 0, max: 12 }).map((blocks) => blocks * (BLOCK / 2));
const step = fc.oneof(
  fc.record({ kind: fc.constant("write" as const), at: place, length: place }),
  fc.record({ kind: fc.constant("zero" as const), at: place, length: place }),
  fc.record({ kind: fc.constant("resize" as const), at: place }),
  fc.record({ kind: fc.constant("sparse" as const), isSparse: fc.boolean() }),
);

it("a store is accounted with what it holds while it is sparse, and with its size while it is not", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const space = newSpace();
      const store = newStore(space);
      let model: Uint8Array = new Uint8Array();
      for (const one of steps) {
        if (one.kind === "write" && one.length > 0) {
          store.write(ones(one.length), one.at);
          const size = Math.max(model.length, one.at + one.length);
          model = resized(model, size).fill(1, one.at, one.at + one.length);
        } else if (one.kind === "zero") {
          store.zero(one.at, one.length);
          model.fill(0, one.at, one.at + one.length);
        } else if (one.kind === "resize") {
          store.setSize(one.at);
          model = resized(model, one.at);
        } else if (one.kind === "sparse") {
          store.setSparse(one.isSparse);
        }
        if (store.isSparse) expect(space.used).toBe(store.heldBytes);
        else expect(space.used).toBeGreaterThanOrEqual(store.size);
      }
      expect(Buffer.compare(contents(store), model)).toBe(0);
      store.reset(0);
      expect(space.used).toBe(0);
    }),
    { numRuns: 100 },
  );
});

function resized(bytes: Uint8Array, length: number): Uint8Array {
  const result = new Uint8Array(length);
  result.set(bytes.subarray(0, length));
  return result;
}
