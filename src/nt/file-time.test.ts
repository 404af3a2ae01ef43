import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { msOfTicks, ticksOfMs } from "./file-time.js";

describe("FILETIME", () => {
  it.each([
    ["1601-01-01T00:00:00.000Z", 0n],
    ["1970-01-01T00:00:00.000Z", 116_444_736_000_000_000n],
    ["2024-02-29T12:34:56.789Z", 133_536_836_967_890_000n],
  ])("%s is %s ticks", (text, ticks) => {
    expect(ticksOfMs(Date.parse(text))).toBe(ticks);
    expect(msOfTicks(ticks)).toBe(Date.parse(text));
  });

  it("rounds down to whole milliseconds, before 1970 too", () => {
    expect(msOfTicks(116_444_736_000_000_000n + 19_999n)).toBe(1);
    expect(msOfTicks(116_444_736_000_000_000n - 1n)).toBe(-1);
    expect(msOfTicks(116_444_736_000_000_000n - 10_000n)).toBe(-1);
    expect(ticksOfMs(0.9)).toBe(ticksOfMs(0));
  });

  it("gives back the milliseconds that it was given", () => {
    fc.assert(
      fc.property(fc.integer({ min: -8.64e15, max: 8.64e15 }), (ms) => {
        expect(msOfTicks(ticksOfMs(ms))).toBe(ms);
      }),
    );
  });
});
