import { describe, expect, it } from "vitest";
import { Recent } from "./recent.js";

describe("Recent", () => {
  it("has what was noted last, of as many as it is to", () => {
    const recent = new Recent<number, string>(3);
    for (let key = 1; key <= 7; key++) recent.set(key, `value ${key}`);
    expect([5, 6, 7].map((key) => recent.get(key))).toEqual(["value 5", "value 6", "value 7"]);
    expect(recent.get(1)).toBeUndefined();
  });

  it("has the last of what was noted of one key, and nothing of one that was taken out", () => {
    const recent = new Recent<string, number>(2);
    recent.set("a", 1);
    recent.set("b", 2); // the older half from here on
    recent.set("a", 3);
    expect(recent.get("a")).toBe(3);
    recent.delete("a");
    recent.delete("b");
    expect([recent.get("a"), recent.get("b")]).toEqual([undefined, undefined]);
  });
});
