import { describe, expect, it } from "vitest";
import { hex } from "../../testing/hex.js";
import { writeStreamEntry } from "./stream-entries.js";

describe("a stream entry", () => {
  it("has the full name of the unnamed stream", () => {
    const used = hex("ff".repeat(40));
    expect(writeStreamEntry(used, 0, { name: "", streamSize: 5, allocationSize: 4096 })).toBe(38);
    expect(used).toEqual(
      hex(`
        00000000 0e000000                 # NextEntryOffset, StreamNameLength
        0500000000000000 0010000000000000 # StreamSize, StreamAllocationSize
        3a00 3a00 2400 4400 4100 5400 4100 # ::$DATA
        0000                              # up to a multiple of 8
      `),
    );
  });

  it("has the full name of a named stream", () => {
    const bytes = hex("ff".repeat(40));
    expect(writeStreamEntry(bytes, 0, { name: "z", streamSize: 0, allocationSize: 0 })).toBe(40);
    expect(bytes.getUint32(4, true)).toBe(2 * ":z:$DATA".length);
    expect(bytes.getUint16(26, true)).toBe("z".charCodeAt(0));
  });

  it("is not written where it does not fit in", () => {
    const tooSmall = hex("ff".repeat(37));
    const stream = { name: "", streamSize: 5, allocationSize: 4096 };
    expect(writeStreamEntry(tooSmall, 0, stream)).toBe(0);
    expect(tooSmall).toEqual(hex("ff".repeat(37)));
  });
});
