import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hex } from "../testing/hex.js";
import { align, bytesOf, part, viewOf } from "./part.js";
import { WireError } from "./struct.js";

const message = new DataView(hex("ffff 00010203 04050607 ffff").buffer, 2, 8);

describe("part", () => {
  it("gives the bytes that an offset and a length name", () => {
    const found = part(message, 2, { offset: 1, length: 2, what: "Name" });
    expect(bytesOf(found)).toEqual(Uint8Array.of(3, 4));
  });

  it("copies nothing", () => {
    expect(part(message, 0, { offset: 0, length: 8, what: "Name" }).buffer).toBe(message.buffer);
  });

  it.each([
    { why: "begins behind the end", offset: 9, length: 1 },
    { why: "ends behind the end", offset: 4, length: 5 },
    { why: "is as long as can be", offset: 1, length: 0xffff_ffff },
    { why: "begins as late as can be", offset: 0xffff_ffff, length: 1 },
  ])("refuses a part that $why", ({ offset, length }) => {
    expect(() => part(message, 0, { offset, length, what: "Name" })).toThrow(
      new WireError("Name: outside of the message"),
    );
  });

  it("takes any offset where nothing is there to be named", () => {
    const nothing = part(message, 0, { offset: 0xffff, length: 0, what: "Name" });
    expect(nothing.byteLength).toBe(0);
  });

  it("never reaches outside of the message, whatever is asked", () => {
    const u32 = fc.nat(0xffff_ffff);
    fc.assert(
      fc.property(
        fc.nat(16),
        fc.oneof(fc.nat(10), u32),
        fc.oneof(fc.nat(10), u32),
        (from, offset, length) => {
          try {
            const found = part(message, from, { offset, length, what: "Name" });
            expect(found.byteLength).toBe(length);
            expect(found.byteOffset + length).toBeLessThanOrEqual(message.byteOffset + 8);
          } catch (error) {
            expect(error).toBeInstanceOf(WireError);
          }
        },
      ),
    );
  });
});

describe("views", () => {
  it("lead from one kind to the other and back, on the same bytes", () => {
    const again = viewOf(bytesOf(message));
    expect([again.buffer, again.byteOffset, again.byteLength]).toEqual([message.buffer, 2, 8]);
  });
});

describe("align", () => {
  it.each([
    { value: 0, unit: 8, aligned: 0 },
    { value: 1, unit: 8, aligned: 8 },
    { value: 8, unit: 8, aligned: 8 },
    { value: 9, unit: 4, aligned: 12 },
    { value: 2 ** 40 + 1, unit: 512, aligned: 2 ** 40 + 512 },
  ])("$value to a multiple of $unit is $aligned", ({ value, unit, aligned }) => {
    expect(align(value, unit)).toBe(aligned);
  });
});
