import { describe, expect, it } from "vitest";
import { FakeClock } from "../testing/fake-clock.js";
import { TimedCache } from "./timed-cache.js";

function newCache(timeoutMs = 1000, maxEntries = 3) {
  const clock = new FakeClock();
  const cache = new TimedCache<string>({ timeoutMs, maxEntries, clock });
  const keep = (key: string, value: string) => {
    cache.end(cache.begin(key), value);
  };
  return { clock, cache, keep };
}

describe("a timed cache", () => {
  it("keeps an answer until its time is over, counted from the question", () => {
    const { clock, cache } = newCache();
    const filling = cache.begin("a");
    clock.advance(400);
    cache.end(filling, "1");
    clock.advance(599);
    expect(cache.get("a")).toBe("1");
    clock.advance(1);
    expect(cache.get("a")).toBeUndefined();
    expect(cache.size).toBe(0);
  });

  it("keeps no answer that a change has overtaken", () => {
    const { cache } = newCache();
    for (const isPrefix of [false, true]) {
      const filling = cache.begin("a");
      if (isPrefix) cache.dropAll("");
      else cache.drop("a");
      cache.end(filling, "old");
      expect(cache.get("a")).toBeUndefined();
    }
    const other = cache.begin("a");
    cache.drop("b");
    cache.end(other, "new");
    expect(cache.get("a")).toBe("new");
    expect(cache.fillingCount).toBe(0);
  });

  it("drops what begins with a prefix", () => {
    const { cache, keep } = newCache();
    keep("\\a\\b", "1");
    keep("\\ab", "2");
    cache.dropAll("\\a\\");
    expect([cache.get("\\a\\b"), cache.get("\\ab")]).toEqual([undefined, "2"]);
  });

  it("gives up the oldest where there is no room", () => {
    const { cache, keep } = newCache();
    for (const key of ["a", "b", "c"]) keep(key, key);
    keep("a", "again");
    keep("d", "d");
    expect(["a", "b", "c", "d"].map((key) => cache.get(key))).toEqual([
      "again",
      undefined,
      "c",
      "d",
    ]);
  });

  it("keeps nothing for no time, and for good where time never ends", () => {
    const off = newCache(0);
    off.keep("a", "1");
    expect([off.cache.isOn, off.cache.get("a"), off.cache.fillingCount]).toEqual([
      false,
      undefined,
      0,
    ]);
    const { clock, cache, keep } = newCache(Number.POSITIVE_INFINITY);
    keep("a", "1");
    clock.advance(1e12);
    expect(cache.get("a")).toBe("1");
  });
});
