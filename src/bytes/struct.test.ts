import { readdirSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hex } from "../testing/hex.js";
import { bytes, i32, i64Exact, u8, u16 } from "./fields.js";
import { constant, type Field, struct, WireError } from "./struct.js";

/** What a layout has, whatever its fields are. */
interface AnyLayout {
  readonly name: string;
  readonly size: number;
  readonly fields: Readonly<Record<string, Field<unknown>>>;
  read(bytes: DataView, at: number): object;
  blank(bytes: DataView, at: number): object;
}

function isLayout(exported: unknown): exported is AnyLayout {
  return typeof exported === "object" && exported !== null && "blank" in exported;
}

/** Every layout that a door of `wire` shows: a new one is under test on the day it is added. */
async function layoutsOf(protocol: string): Promise<AnyLayout[]> {
  const door = (await import(`../wire/${protocol}/index.ts`)) as Record<string, unknown>;
  return Object.values(door).filter(isLayout);
}

const wire = new URL("../wire/", import.meta.url);
const protocols = readdirSync(wire, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .filter((entry) => readdirSync(new URL(`${entry.name}/`, wire)).includes("index.ts"))
  .map((entry) => entry.name);
const everyLayout = (await Promise.all(protocols.map(layoutsOf))).flat();

/** Any value that a field of this kind keeps; the kind is told by what zeros read as. */
function valuesOf(field: Field<unknown>): fc.Arbitrary<unknown> {
  const zeros = new DataView(new ArrayBuffer(field.size));
  const zero = field.get(0).call({ bytes: zeros, at: 0 });
  if (field.get === i32.get) return fc.integer(); // of 32 bits
  if (typeof zero === "number") {
    return fc.maxSafeNat().map((n) => (field.size < 7 ? n % 2 ** (8 * field.size) : n));
  }
  if (typeof zero === "bigint") {
    const isSigned = field.get === i64Exact.get;
    return fc.bigInt(
      isSigned
        ? { min: -(2n ** 63n), max: 2n ** 63n - 1n }
        : { min: 0n, max: 2n ** BigInt(8 * field.size) - 1n },
    );
  }
  if (zero instanceof Uint8Array) {
    return fc.uint8Array({ minLength: field.size, maxLength: field.size });
  }
  throw new Error(`a kind of field without a test: ${typeof zero}`);
}

describe("the doors of wire", () => {
  it("show the layouts of SMB2 and of FSCC", () => {
    expect(everyLayout.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["SMB2 READ Request", "FileBasicInformation"]),
    );
  });
});

describe.each(everyLayout)("$name", (layout) => {
  it("reads back what was written", () => {
    const free = Object.entries(layout.fields).filter(([, field]) => field.constant === undefined);
    const values = fc.record(
      Object.fromEntries(free.map(([key, field]) => [key, valuesOf(field)])),
    );
    fc.assert(
      fc.property(values, fc.nat(16), (expected, at) => {
        const bytes = new DataView(new ArrayBuffer(at + layout.size));
        Object.assign(layout.blank(bytes, at), expected);
        expect(layout.read(bytes, at)).toMatchObject(expected);
      }),
    );
  });

  it("takes any bytes, or refuses them with a WireError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 192 }), fc.nat(192), (junk, at) => {
        try {
          const window = layout.read(new DataView(junk.slice().buffer), at);
          for (const key of Object.keys(layout.fields)) Reflect.get(window, key);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
    );
  });
});

describe("struct", () => {
  const Sample = struct("Sample", 6, { size: constant(u16, 6), kind: u8, tail: bytes(3) });

  it("refuses a table that does not add up to the stated size", () => {
    expect(() => struct("Wrong", 4, { kind: u8 })).toThrow("Wrong: the fields add up to 1, not 4");
  });

  it("writes constants and zeros over what was there", () => {
    const used = hex("ffffffffffff");
    Sample.blank(used, 0);
    expect(used).toEqual(hex("0600 00 000000"));
  });

  it("copies nothing: what is read follows the bytes", () => {
    const packet = hex("0600 01 020304");
    const window = Sample.read(packet, 0);
    packet.setUint8(2, 9);
    packet.setUint8(3, 8);
    expect(window).toMatchObject({ kind: 9, tail: Uint8Array.of(8, 3, 4) });
  });

  it("pads a short run of bytes with zeros, and cuts a long one", () => {
    const packet = hex("0600 01 ffffff");
    const window = Sample.blank(packet, 0);
    window.tail = Uint8Array.of(1);
    expect(window.tail).toEqual(Uint8Array.of(1, 0, 0));
    window.tail = Uint8Array.of(1, 2, 3, 4);
    expect(window.tail).toEqual(Uint8Array.of(1, 2, 3));
  });
});
