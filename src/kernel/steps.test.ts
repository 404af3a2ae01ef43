import { describe, expect, it } from "vitest";
import { runSteps, type Steps, settled } from "./steps.js";

function* sum(one: number | Promise<number>, other: number | Promise<number>): Steps<number> {
  return (yield* settled(one)) + (yield* settled(other));
}

describe("steps", () => {
  it("are taken in one turn where nothing must be waited for", () => {
    expect(runSteps(sum(1, 2))).toBe(3);
  });

  it.each([
    [Promise.resolve(1), 2],
    [1, Promise.resolve(2)],
    [Promise.resolve(1), Promise.resolve(2)],
  ])("wait where something must be", async (one, other) => {
    const outcome = runSteps(sum(one, other));
    expect(outcome).toBeInstanceOf(Promise);
    expect(await outcome).toBe(3);
  });

  it("are told of a rejection where they waited for it", async () => {
    function* steps(): Steps<string> {
      try {
        yield* settled(Promise.reject(new Error("no")));
        return "went on";
      } catch {
        return yield* settled(Promise.resolve("caught"));
      }
    }
    expect(await runSteps(steps())).toBe("caught");
  });

  it.each([
    ["at once", false],
    ["later", true],
  ])("reject with what is thrown %s", async (_when, isLate) => {
    function* steps(): Steps<never> {
      if (isLate) yield* settled(Promise.resolve());
      throw new Error("a bug");
    }
    await expect(runSteps(steps())).rejects.toThrow("a bug");
  });
});
