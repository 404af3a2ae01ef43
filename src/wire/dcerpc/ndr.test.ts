import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf, WireError } from "../../bytes/index.js";
import { hex } from "../../testing/hex.js";
import { MAX_NDR_STRING_UNITS } from "./limits.js";
import { NdrReader } from "./ndr-reader.js";
import { dword, record, sizedBytes, text } from "./ndr-record.js";
import { NdrWriter } from "./ndr-writer.js";

const shown = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

describe("NDR", () => {
  it("puts what pointers lead to behind the outermost structure, the first pointer's first", () => {
    const writer = new NdrWriter();
    const pair = record({ first: text, number: dword, second: text });
    writer.pointer(() => {
      writer.array([1, 2], (number) => {
        pair.write(writer, { first: "a", number, second: undefined });
      });
    });
    writer.u32(9);
    expect(shown(writer.finish())).toBe(
      shown(
        bytesOf(
          hex(`
            00000200                          # pointer to the array
            02000000                          # its length
            04000200 01000000 00000000        # pointer, number, null pointer
            08000200 02000000 00000000
            02000000 00000000 02000000 61000000 # "a": maximum, offset, actual count
            02000000 00000000 02000000 61000000
            09000000
          `),
        ),
      ),
    );
  });

  it("aligns each value to its size, with zeros between", () => {
    const writer = new NdrWriter();
    writer.u8(1);
    writer.u16(2);
    writer.u8(3);
    writer.u32(4);
    writer.u64(2 ** 40);
    const stub = writer.finish();
    expect(shown(stub)).toBe(
      "0100020003000000 04000000 00000000 0000000000010000".replaceAll(" ", ""),
    );
    const reader = new NdrReader(stub);
    expect([reader.u8(), reader.u16(), reader.u8(), reader.u32(), reader.u64()]).toEqual([
      1,
      2,
      3,
      4,
      2 ** 40,
    ]);
  });

  it("reads back any records that were written", () => {
    const layout = record({ name: text, id: dword, data: sizedBytes });
    const values = fc.record({
      name: fc.option(fc.string({ unit: "binary" }), { nil: undefined }),
      id: fc.nat(),
      data: fc.option(fc.uint8Array({ maxLength: 64 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(values), (records) => {
        const writer = new NdrWriter();
        writer.array(records, (one) => {
          layout.write(writer, one);
        });
        const reader = new NdrReader(writer.finish().slice());
        const read: unknown[] = [];
        reader.array(() => read.push(layout.read(reader)));
        expect(read).toEqual(records);
      }),
    );
  });

  it("takes a string without its NUL, as some clients send it", () => {
    const stub = bytesOf(hex("02000000 00000000 02000000 61006200"));
    expect(new NdrReader(stub).string()).toBe("ab");
  });

  it.each([
    { what: "a count beyond the end", stub: "00010000 00000000 00010000 6100" },
    { what: "more than its maximum", stub: "01000000 00000000 02000000 61006200" },
    { what: "an offset", stub: "02000000 01000000 01000000 61006200" },
    { what: "a count of 2^32 - 1", stub: "ffffffff 00000000 ffffffff 61006200" },
  ])("refuses a string with $what", ({ stub }) => {
    expect(() => new NdrReader(bytesOf(hex(stub))).string()).toThrow(WireError);
  });

  it("refuses a string longer than the limit though all of it is there", () => {
    const writer = new NdrWriter();
    writer.string("x".repeat(MAX_NDR_STRING_UNITS));
    expect(() => new NdrReader(writer.finish()).string()).toThrow(WireError);
  });

  it("reads no element of an array that its stub has no room for", () => {
    let elements = 0;
    const reader = new NdrReader(bytesOf(hex("00010000 01000000 02000000")));
    expect(() => {
      reader.array(() => elements++);
    }).toThrow(WireError);
    expect(elements).toBe(0);
  });

  it("answers any bytes with a value or a WireError", () => {
    const layout = record({ name: text, id: dword, data: sizedBytes });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (stub) => {
        const reader = new NdrReader(stub);
        try {
          reader.pointer(() => {
            reader.array(() => layout.read(reader));
          });
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
    );
  });
});
