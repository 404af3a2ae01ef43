import { describe, expect, it } from "vitest";
import { coloursFor } from "./colour.js";

describe("coloursFor", () => {
  it.each([
    { isTerminal: false, environment: {} },
    { isTerminal: true, environment: { NO_COLOR: "1" } },
    { isTerminal: true, environment: { TERM: "dumb" } },
  ])("leaves text alone: terminal $isTerminal, $environment", ({ isTerminal, environment }) => {
    expect(coloursFor(isTerminal, environment).bad("no")).toBe("no");
  });

  it("colours on a terminal", () => {
    expect(coloursFor(true, {}).bad("no")).toContain("no");
    expect(coloursFor(true, {}).strong("yes")).not.toBe("yes");
  });
});
