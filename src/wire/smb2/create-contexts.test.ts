import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf, viewOf, WireError } from "../../bytes/index.js";
import { hex } from "../../testing/hex.js";
import {
  type CreateContext,
  CreateContextName,
  createContextsSize,
  readCreateContexts,
  writeCreateContexts,
} from "./create-contexts.js";
import { MAX_CREATE_CONTEXTS } from "./limits.js";

const golden = hex(`
  18000000 1000 0400 0000 0000 00000000   # Next, Name, Reserved, Data: no data
  4d784163 00000000                       # "MxAc"
  30000000 1000 1000 0000 2000 04000000   # Next, Name: 16 bytes, Reserved, Data
  93ad25509cb411e7b42383de968bcd7c        # POSIX
  a4010000 00000000                       # its mode, up to a multiple of 8
  0000000000000000                        # room that nothing uses
  00000000 1000 0400 0000 1800 02000000   # the last
  416c5369 00000000 1234                  # "AlSi", and its data
`);
const last = "00000000 1000 0400 0000 1800 02000000 416c5369 00000000 1234";

describe("create contexts", () => {
  it("are read off the wire", () => {
    const found = readCreateContexts(golden);
    expect(found.map(({ name, data }) => ({ name, data: bytesOf(data) }))).toEqual([
      { name: CreateContextName.MAXIMAL_ACCESS, data: new Uint8Array() },
      { name: CreateContextName.POSIX, data: Uint8Array.of(0xa4, 1, 0, 0) },
      { name: CreateContextName.ALLOCATION_SIZE, data: Uint8Array.of(0x12, 0x34) },
    ]);
  });

  it("are written each at a multiple of 8, with nothing behind the last", () => {
    const contexts = [
      { name: CreateContextName.POSIX, data: hex("a4010000") },
      { name: CreateContextName.ALLOCATION_SIZE, data: hex("1234") },
    ];
    const written = hex("ff".repeat(76));
    expect(createContextsSize(contexts)).toBe(66);
    expect(writeCreateContexts(written, 8, contexts)).toBe(66);
    expect(written).toEqual(
      hex(`
        ffffffffffffffff
        28000000 1000 1000 0000 2000 04000000
        93ad25509cb411e7b42383de968bcd7c
        a4010000 00000000
        ${last}
        ffff
      `),
    );
  });

  it("take no room when there are none", () => {
    expect(createContextsSize([])).toBe(0);
    expect(readCreateContexts(new DataView(new ArrayBuffer(0)))).toEqual([]);
  });

  it("come back as they were written", () => {
    const context = fc.record({
      name: fc.constantFrom(...Object.values(CreateContextName)),
      data: fc.uint8Array({ maxLength: 60 }).map((data) => viewOf(data)),
    });
    fc.assert(
      fc.property(fc.array(context, { maxLength: 8 }), (contexts) => {
        const bytes = new DataView(new ArrayBuffer(createContextsSize(contexts)));
        writeCreateContexts(bytes, 0, contexts);
        const plain = (list: readonly CreateContext[]) =>
          list.map(({ name, data }) => ({ name, data: [...bytesOf(data)] }));
        expect(plain(readCreateContexts(bytes))).toEqual(plain(contexts));
      }),
    );
  });

  it.each([
    { why: "a header cut short", bytes: "00000000 1000 0400" },
    { why: "a Next into itself", bytes: last.replace("00000000", "08000000") },
    { why: "a Next that is no multiple of 8", bytes: last.replace("00000000", "19000000") + last },
    { why: "a Next to the end", bytes: `${last.replace("00000000", "20000000")} 000000000000` },
    { why: "a Next outside", bytes: last.replace("00000000", "f8ffffff") },
    { why: "a name outside", bytes: last.replace("1000 0400", "1900 0400") },
    { why: "a name too short", bytes: last.replace("1000 0400", "1000 0300") },
    { why: "data outside", bytes: last.replace("1800 02000000", "1800 03000000") },
    { why: "more data than can be", bytes: last.replace("1800 02000000", "1800 ffffffff") },
    {
      why: "data in the next context",
      bytes: `20000000 1000 0400 0000 1800 09000000 ${"41".repeat(16)} ${last}`,
    },
  ])("are refused: $why", ({ bytes }) => {
    expect(() => readCreateContexts(hex(bytes))).toThrow(WireError);
  });

  it("are refused when there are more than the limit", () => {
    const one = { name: "MxAc", data: new DataView(new ArrayBuffer(0)) };
    const write = (count: number) => {
      const contexts = Array.from({ length: count }, () => one);
      const bytes = new DataView(new ArrayBuffer(createContextsSize(contexts)));
      writeCreateContexts(bytes, 0, contexts);
      return bytes;
    };
    expect(readCreateContexts(write(MAX_CREATE_CONTEXTS))).toHaveLength(MAX_CREATE_CONTEXTS);
    expect(() => readCreateContexts(write(MAX_CREATE_CONTEXTS + 1))).toThrow(
      new WireError("Create contexts: too many"),
    );
  });

  it("are read from any bytes, or refused with a WireError", () => {
    const flip = fc.record({ at: fc.nat(golden.byteLength - 1), to: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(flip, { maxLength: 4 }), fc.nat(golden.byteLength), (flips, length) => {
        const broken = new DataView(golden.buffer.slice(0));
        for (const { at, to } of flips) broken.setUint8(at, to);
        try {
          readCreateContexts(new DataView(broken.buffer, 0, length));
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
    );
  });
});
