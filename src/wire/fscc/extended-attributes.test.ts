import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { align, viewOf, WireError } from "../../bytes/index.js";
import { hex } from "../../testing/hex.js";
import {
  EA_ENTRY_ALIGNMENT,
  extendedAttributeSize,
  readExtendedAttributeNames,
  readExtendedAttributes,
  writeExtendedAttribute,
} from "./extended-attributes.js";
import { MAX_EXTENDED_ATTRIBUTES } from "./limits.js";
import { linkEntry } from "./linked-entries.js";

const golden = hex(`
  10000000 80 03 0200                 # NextEntryOffset, Flags, EaNameLength, EaValueLength
  4f4e4500 0102 0000                  # "ONE", NUL, value, up to a multiple of 4
  00000000 00 01 0000 5800            # the last: "X", NUL, no value
`);
const attributes = [
  { name: "ONE", value: Uint8Array.of(1, 2), isNeeded: true },
  { name: "X", value: new Uint8Array(), isNeeded: false },
];

describe("extended attributes", () => {
  it("are read off the wire", () => {
    expect(readExtendedAttributes(golden)).toEqual(attributes);
  });

  it("are written, each at a multiple of 4", () => {
    const used = hex("ff".repeat(golden.byteLength));
    expect(writeExtendedAttribute(used, 0, attributes[0]!)).toBe(14);
    expect(writeExtendedAttribute(used, 16, attributes[1]!)).toBe(10);
    linkEntry(used, 0, 16);
    expect(used).toEqual(golden);
    expect(attributes.map(extendedAttributeSize)).toEqual([14, 10]);
  });

  it("are not written where they do not fit in", () => {
    const tooSmall = hex("ff".repeat(13));
    expect(writeExtendedAttribute(tooSmall, 0, attributes[0]!)).toBe(0);
    expect(tooSmall).toEqual(hex("ff".repeat(13)));
  });

  it("may be none", () => {
    expect(readExtendedAttributes(new DataView(new ArrayBuffer(0)))).toEqual([]);
  });

  it.each([
    { why: "a header cut short", bytes: "00000000 00 01" },
    { why: "a name outside", bytes: "00000000 00 03 0000 4f4e45" },
    { why: "a name without its end", bytes: "00000000 00 03 0000 4f4e4545" },
    { why: "a value outside", bytes: "00000000 00 03 0200 4f4e4500 01" },
    { why: "a next entry into this one", bytes: "04000000 00 03 0000 4f4e4500" },
    { why: "a next entry outside", bytes: "fcffffff 00 03 0000 4f4e4500" },
    { why: "a next entry at the end", bytes: "0c000000 00 03 0000 4f4e4500" },
    { why: "a next entry out of line", bytes: `0d000000 00 03 0000 4f4e4500 00 ${"00".repeat(9)}` },
  ])("are refused: $why", ({ bytes }) => {
    expect(() => readExtendedAttributes(hex(bytes))).toThrow(WireError);
  });

  it("are refused when there are more than the limit", () => {
    const list = hex("0c000000 00 01 0000 5800 0000".repeat(MAX_EXTENDED_ATTRIBUTES + 1));
    expect(() => readExtendedAttributes(list)).toThrow(
      new WireError("FileFullEaInformation: too many"),
    );
  });

  it("come back as they were written", () => {
    const attribute = fc.record({
      name: fc.stringMatching(/^[A-Z0-9.$]{1,20}$/),
      value: fc.uint8Array({ maxLength: 40 }),
      isNeeded: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(attribute, { minLength: 1, maxLength: 6 }), (list) => {
        const bytes = new DataView(new ArrayBuffer(1024));
        let at = 0;
        let end = 0;
        for (const [i, one] of list.entries()) {
          const start = align(end, EA_ENTRY_ALIGNMENT);
          end = start + writeExtendedAttribute(bytes, start, one);
          if (i > 0) linkEntry(bytes, at, start);
          at = start;
        }
        expect(readExtendedAttributes(new DataView(bytes.buffer, 0, end))).toEqual(list);
      }),
    );
  });

  it("are read from any bytes, or refused with a WireError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (junk) => {
        for (const read of [readExtendedAttributes, readExtendedAttributeNames]) {
          try {
            expect(read(viewOf(junk)).length).toBeLessThanOrEqual(junk.length);
          } catch (error) {
            expect(error).toBeInstanceOf(WireError);
          }
        }
      }),
    );
  });
});

describe("a list of names of extended attributes", () => {
  it("is read off the wire", () => {
    const names = hex(`
      0c000000 03 4f4e4500 000000       # NextEntryOffset, EaNameLength, "ONE", NUL, padding
      00000000 01 5800                  # the last: "X", NUL
    `);
    expect(readExtendedAttributeNames(names)).toEqual(["ONE", "X"]);
  });
});
