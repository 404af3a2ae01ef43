import { describe, expect, it } from "vitest";
import { WireError } from "../../bytes/index.js";
import { hex } from "../../testing/hex.js";
import { Dialect } from "./dialect.js";
import { MAX_DIALECTS } from "./limits.js";
import { readDialects } from "./negotiate.js";

describe("the dialects of a NEGOTIATE", () => {
  it("come in the client's order", () => {
    expect(readDialects(hex("ffff 1103 0202"), 2, 2)).toEqual([
      Dialect.SMB_3_1_1,
      Dialect.SMB_2_0_2,
    ]);
  });

  it.each([
    { why: "they are cut short", bytes: hex("1103 02"), count: 2 },
    {
      why: "there are more than the limit",
      bytes: hex("0202".repeat(MAX_DIALECTS + 1)),
      count: MAX_DIALECTS + 1,
    },
  ])("are refused when $why", ({ bytes, count }) => {
    expect(() => readDialects(bytes, 0, count)).toThrow(WireError);
  });
});
