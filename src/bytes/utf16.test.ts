import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hex } from "../testing/hex.js";
import { viewOf } from "./part.js";
import { readUtf16, utf16, writeUtf16 } from "./utf16.js";

/** Text with anything in it that a name on the wire may have, lone surrogates too. */
const anyText = fc
  .array(fc.nat(0xffff), { maxLength: 120 })
  .map((units) => units.map((unit) => String.fromCharCode(unit)).join(""));

describe("UTF-16", () => {
  it("is little-endian", () => {
    expect(readUtf16(hex("ffff 4100 e900 3dd8 00de"), 2, 8)).toBe("Aé😀");
  });

  it("is written where it is told, and tells its length in bytes", () => {
    const target = hex("ffff 0000 0000 ffff");
    expect(writeUtf16(target, 2, "Aé")).toBe(4);
    expect(target).toEqual(hex("ffff 4100 e900 ffff"));
  });

  it("leaves out an odd last byte", () => {
    expect(readUtf16(hex("4100 42"), 0, 3)).toBe("A");
  });

  it("comes back as it was, short and long, with lone surrogates", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const bytes = new DataView(new ArrayBuffer(2 * text.length));
        expect(writeUtf16(bytes, 0, text)).toBe(bytes.byteLength);
        expect(readUtf16(bytes, 0, bytes.byteLength)).toBe(text);
        expect(readUtf16(viewOf(utf16(text)), 0, bytes.byteLength)).toBe(text);
      }),
    );
  });

  it.each([47, 48, 49, 50])("reads %i units, about where the way of reading changes", (units) => {
    const text = "\ud800x".repeat(25).slice(0, units);
    expect(readUtf16(viewOf(utf16(text)), 0, 2 * units)).toBe(text);
  });
});
