import { describe, expect, it } from "vitest";
import { parseMaxSize, parseSize } from "./size.js";

describe("parseSize", () => {
  it.each([
    { text: "1", bytes: 1 },
    { text: "1048576", bytes: 1_048_576 },
    { text: "64K", bytes: 65_536 },
    { text: "512m", bytes: 536_870_912 },
    { text: "4G", bytes: 4_294_967_296 },
    { text: "4GB", bytes: 4_294_967_296 },
    { text: "1.5T", bytes: 1_649_267_441_664 },
  ])("takes $text as $bytes bytes", ({ text, bytes }) => {
    expect(parseSize(text)).toEqual({ ok: true, value: bytes });
  });

  it.each(["", "0", "-1", "4X", "G", "1e9", "4 G", "9007199254740993", "99999999999T", "0x10"])(
    "refuses %j, and says what is allowed",
    (text) => {
      expect(parseSize(text)).toMatchObject({
        ok: false,
        problem: expect.stringContaining("4G") as string,
      });
    },
  );
});

describe("parseMaxSize", () => {
  it.each(["auto", "AUTO", "0"])("takes %s for what memory is free", (text) => {
    expect(parseMaxSize(text)).toEqual({ ok: true, value: "auto" });
  });

  it("takes a size", () => {
    expect(parseMaxSize("4G")).toEqual({ ok: true, value: 4_294_967_296 });
  });

  it("says all that is allowed", () => {
    expect(parseMaxSize("much")).toMatchObject({
      ok: false,
      problem: expect.stringMatching(/such as 4G, or auto/) as string,
    });
  });
});
