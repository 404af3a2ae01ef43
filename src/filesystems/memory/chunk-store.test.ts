import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NtStatus, statusOf } from "../../nt/index.js";
import { ChunkStore, capacityFor } from "./chunk-store.js";
import { MAX_FILE_SIZE } from "./limits.js";
import { Space, type SpaceParams } from "./space.js";

const CHUNK = 4096;
const MARKER = 0xa5;

function space(params: Partial<SpaceParams> = {}): Space {
  return new Space({
    maxSize: 2 ** 40,
    freeMemory: () => 0,
    now: () => 0n,
    chunkSize: CHUNK,
    ...params,
  });
}

const marked = (length: number) => new Uint8Array(length).fill(MARKER);

function contents(store: ChunkStore): Uint8Array {
  const all = marked(store.size);
  expect(store.read(all, 0)).toBe(store.size);
  expect(Buffer.compare(Buffer.concat(store.readViews(0, store.size)), all)).toBe(0);
  return all;
}

function statusFrom(run: () => void): NtStatus | undefined {
  try {
    run();
  } catch (error) {
    return statusOf(error);
  }
  return NtStatus.SUCCESS;
}

/** A store whose memory was full of the marker before it was given back. */
function afterMarker(): { store: ChunkStore; volume: Space } {
  const volume = space();
  const earlier = new ChunkStore(volume);
  earlier.write(marked(8 * CHUNK), 0);
  earlier.reset(0);
  return { store: new ChunkStore(volume), volume };
}

describe("what was in memory before never shows", () => {
  it.each([
    {
      what: "the end set up",
      run: (s: ChunkStore) => {
        s.write(new Uint8Array(10), 0);
        s.setSize(3 * CHUNK);
      },
    },
    {
      what: "a write beyond the end",
      run: (s: ChunkStore) => {
        s.write(new Uint8Array(1), 2 * CHUNK + 5);
      },
    },
    {
      what: "a write into a hole",
      run: (s: ChunkStore) => {
        s.setSize(4 * CHUNK);
        s.write(new Uint8Array(1), CHUNK + 7);
      },
    },
    {
      what: "a write past the small first buffer",
      run: (s: ChunkStore) => {
        s.write(new Uint8Array(1), 0);
        s.setSize(CHUNK);
        s.write(new Uint8Array(1), 900);
      },
    },
    {
      what: "shrink, then grow",
      run: (s: ChunkStore) => {
        s.write(marked(2 * CHUNK), 0);
        s.setSize(0);
        s.setSize(2 * CHUNK);
      },
    },
    {
      what: "reset, then grow",
      run: (s: ChunkStore) => {
        s.write(marked(2 * CHUNK), 0);
        s.reset(CHUNK);
        s.write(new Uint8Array(1), 3000);
      },
    },
  ])("$what", ({ run }) => {
    const { store } = afterMarker();
    run(store);
    expect(contents(store).indexOf(MARKER)).toBe(-1);
  });

  it("the tail of a chunk is cleared when the file is cut within it and grows again", () => {
    const store = new ChunkStore(space());
    store.write(marked(2 * CHUNK), 0);
    store.setSize(CHUNK + 1);
    store.write(new Uint8Array(1), 2 * CHUNK - 1);
    const all = contents(store);
    expect(all.lastIndexOf(MARKER)).toBe(CHUNK);
  });
});

describe("accounting", () => {
  it.each([
    { size: 0, capacity: 0 },
    { size: 1, capacity: 256 },
    { size: 256, capacity: 256 },
    { size: 257, capacity: 512 },
    { size: CHUNK, capacity: CHUNK },
    { size: CHUNK + 1, capacity: 2 * CHUNK },
  ])("a file of $size bytes takes $capacity", ({ size, capacity }) => {
    const volume = space();
    const store = new ChunkStore(volume);
    store.write(marked(size), 0);
    expect(volume.used).toBe(capacity);
    expect(store.heldBytes).toBe(capacity);
    expect(capacityFor(size, CHUNK)).toBe(capacity);
  });

  it("holes take no memory", () => {
    const volume = space();
    const store = new ChunkStore(volume);
    store.write(marked(1), 2 ** 39);
    expect(volume.pool.heldBytes).toBe(CHUNK);
    store.reset(0);
    expect(volume.pool.heldBytes).toBe(0);
    expect(volume.used).toBe(0);
  });

  it("what was set aside can be written when others have filled the disk", () => {
    const volume = space({ maxSize: 4 * CHUNK });
    const first = new ChunkStore(volume);
    first.reserve(3 * CHUNK);
    const second = new ChunkStore(volume);
    second.write(marked(CHUNK), 0);
    expect(
      statusFrom(() => {
        second.write(marked(1), CHUNK);
      }),
    ).toBe(NtStatus.DISK_FULL);
    first.write(marked(3 * CHUNK), 0);
    expect(first.size).toBe(3 * CHUNK);
  });

  it("a full disk changes nothing", () => {
    const volume = space({ maxSize: 2 * CHUNK });
    const store = new ChunkStore(volume);
    store.write(marked(CHUNK), 0);
    const before = volume.used;
    for (const run of [
      () => {
        store.write(new Uint8Array(3 * CHUNK), 0);
      },
      () => {
        store.write(new Uint8Array(1), 2 * CHUNK);
      },
      () => {
        store.setSize(2 * CHUNK + 1);
      },
      () => {
        store.reserve(2 * CHUNK + 1);
      },
      () => {
        store.reset(2 * CHUNK + 1);
      },
    ]) {
      expect(statusFrom(run)).toBe(NtStatus.DISK_FULL);
      expect(contents(store)).toEqual(marked(CHUNK));
      expect(volume.used).toBe(before);
    }
  });

  it("memory that runs out within a write changes nothing", () => {
    const volume = space();
    const store = new ChunkStore(volume);
    store.write(marked(CHUNK), 0);
    const take = volume.pool.take.bind(volume.pool);
    let left = 2;
    volume.pool.take = (length) => {
      if (left-- === 0) throw new RangeError("Array buffer allocation failed");
      return take(length);
    };
    expect(() => {
      store.write(new Uint8Array(5 * CHUNK), 10);
    }).toThrow(RangeError);
    volume.pool.take = take;
    expect(contents(store)).toEqual(marked(CHUNK));
    expect([volume.used, volume.pool.heldBytes]).toEqual([CHUNK, CHUNK]);
    store.setSize(4 * CHUNK);
    expect(contents(store).lastIndexOf(MARKER)).toBe(CHUNK - 1);
  });

  it.each([MAX_FILE_SIZE, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 1])(
    "a write at %i is beyond the largest file",
    (offset) => {
      const store = new ChunkStore(space({ maxSize: Number.MAX_SAFE_INTEGER }));
      expect(
        statusFrom(() => {
          store.write(marked(1), offset);
        }),
      ).toBe(NtStatus.INVALID_PARAMETER);
      expect(store.size).toBe(0);
    },
  );

  it("the last byte of the largest file can be written", () => {
    const store = new ChunkStore(space({ maxSize: Number.MAX_SAFE_INTEGER }));
    store.write(marked(1), MAX_FILE_SIZE - 1);
    expect(store.size).toBe(MAX_FILE_SIZE);
  });
});

describe("borders of chunks", () => {
  const offsets = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1];
  const lengths = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK];
  it.each(offsets.flatMap((offset) => lengths.map((length) => ({ offset, length }))))(
    "$length bytes at $offset",
    ({ offset, length }) => {
      const store = new ChunkStore(space());
      const data = Uint8Array.from({ length }, (_, i) => (i % 255) + 1);
      store.write(data, offset);
      const back = new Uint8Array(length);
      expect(store.read(back, offset)).toBe(length);
      expect(Buffer.compare(back, data)).toBe(0);
    },
  );
});

describe("the model", () => {
  const at = fc.oneof(
    fc.integer({ min: 0, max: 5 * CHUNK }),
    fc.constantFrom(0, 255, 256, 257, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK),
  );
  const step = fc.oneof(
    fc.record({
      kind: fc.constant("write" as const),
      at,
      length: fc.integer({ min: 1, max: 3 * CHUNK }),
    }),
    fc.record({ kind: fc.constant("setSize" as const), at, length: fc.constant(0) }),
    fc.record({ kind: fc.constant("reserve" as const), at, length: fc.constant(0) }),
    fc.record({ kind: fc.constant("reset" as const), at, length: fc.constant(0) }),
  );

  it("a file holds what an array holds, and never more memory than it is accounted with", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const { store, volume } = afterMarker();
        let oracle = new Uint8Array(0);
        let fill = 0;
        for (const { kind, at, length } of steps) {
          if (kind === "write") {
            const data = new Uint8Array(length).fill((++fill % 100) + 1);
            store.write(data, at);
            oracle = resized(oracle, Math.max(oracle.length, at + length));
            oracle.set(data, at);
          } else {
            store[kind](at);
            if (kind !== "reserve") oracle = resized(oracle, kind === "reset" ? 0 : at);
          }
          expect(Buffer.compare(contents(store), oracle)).toBe(0);
          expect(store.heldBytes).toBe(volume.pool.heldBytes);
          expect(volume.pool.heldBytes).toBeLessThanOrEqual(volume.used);
        }
        store.reset(0);
        expect([volume.used, volume.pool.heldBytes]).toEqual([0, 0]);
      }),
      { numRuns: 300 },
    );
  });
});

function resized(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(length);
  copy.set(bytes.subarray(0, length));
  return copy;
}
