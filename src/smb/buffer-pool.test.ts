import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BufferPool } from "./buffer-pool.js";
import { MAX_IO_SIZE, MAX_MESSAGE_SIZE, MAX_POOLED_BYTES } from "./limits.js";

const size = fc.oneof(fc.integer({ min: 1, max: MAX_MESSAGE_SIZE }), fc.nat(100_000));

describe("a buffer pool", () => {
  it("gives buffers that are large enough, and little larger", () => {
    fc.assert(
      fc.property(size, (size) => {
        const { length } = new BufferPool().acquire(size);
        expect(length).toBeGreaterThanOrEqual(size);
        expect(length).toBeLessThanOrEqual(Math.max(65_536, 1.6 * size));
      }),
    );
  });

  it("gives a returned buffer out again, to one at a time", () => {
    const pool = new BufferPool();
    const first = pool.acquire(MAX_IO_SIZE);
    const second = pool.acquire(MAX_IO_SIZE);
    expect(second === first).toBe(false);
    pool.release(first);
    expect(pool.acquire(MAX_IO_SIZE - 1) === first).toBe(true);
    expect(pool.acquire(MAX_IO_SIZE) === first).toBe(false);
  });

  it("never gives out what is out, counts what it keeps, and keeps no more than its limit", () => {
    const steps = fc.array(fc.record({ size, isRelease: fc.boolean(), which: fc.nat() }), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(steps, (steps) => {
        const pool = new BufferPool();
        const out = new Set<Buffer>();
        for (const { size, isRelease, which } of steps) {
          const before = pool.pooledBytes;
          const buffer = [...out][which % Math.max(1, out.size)];
          if (isRelease && buffer !== undefined) {
            out.delete(buffer);
            pool.release(buffer);
            expect([before, before + buffer.length]).toContain(pool.pooledBytes);
          } else {
            const acquired = pool.acquire(size);
            expect(out.has(acquired)).toBe(false);
            out.add(acquired);
            expect([before, before - acquired.length]).toContain(pool.pooledBytes);
          }
          expect(pool.pooledBytes).toBeLessThanOrEqual(MAX_POOLED_BYTES);
        }
      }),
      { numRuns: 30 },
    );
  });
});
