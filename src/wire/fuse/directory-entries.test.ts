import { describe, expect, it } from "vitest";
import { hex } from "../../testing/hex.js";
import { EntryOut } from "./attr.js";
import { DT_DIR, DT_REG, writeDirent, writeDirentplus } from "./directory-entries.js";

const entry = (name: string, type: number) => ({ name, ino: 7, off: 3, type });

describe("the entries of a READDIR", () => {
  it("are number, place of the next, length of the name, type, and the name, filled up to 8 bytes", () => {
    const bytes = hex("ff".repeat(40));
    expect(writeDirent(bytes, 0, { entry: entry("hällo", DT_REG), end: 40 })).toBe(32);
    expect(bytes).toEqual(
      hex(`
        0700000000000000 0300000000000000   # ino, off
        06000000 08000000                   # namelen, type
        68c3a46c6c6f 0000                   # name
        ffffffffffffffff                    # the next entry's
      `),
    );
  });

  it("have no more behind a name that needs no filling", () => {
    const bytes = hex("ff".repeat(40));
    expect(writeDirent(bytes, 0, { entry: entry("8 bytes.", DT_REG), end: 40 })).toBe(32);
    expect(Buffer.from(bytes.buffer).subarray(24).toString("latin1")).toBe(
      "8 bytes.\xff\xff\xff\xff\xff\xff\xff\xff",
    );
  });

  it.each(["hello, you", "hälloyou"])("are left out where they do not fit in whole: %s", (name) => {
    const bytes = hex("ff".repeat(32));
    expect(writeDirent(bytes, 0, { entry: entry(name, DT_REG), end: 32 })).toBe(0);
    expect(bytes).toEqual(hex("ff".repeat(32)));
  });
});

describe("the entries of a READDIRPLUS", () => {
  it("have the answer of a LOOKUP before them", () => {
    const bytes = hex("00".repeat(160));
    expect(writeDirentplus(bytes, 0, { entry: entry("sub", DT_DIR), end: 160 })).toBe(160);
    expect(Buffer.from(bytes.buffer).subarray(EntryOut.size)).toEqual(
      Buffer.from(
        hex("0700000000000000 0300000000000000 03000000 04000000 7375620000000000").buffer,
      ),
    );
  });

  it("are left out where they do not fit in whole", () => {
    const bytes = hex("00".repeat(152));
    expect(writeDirentplus(bytes, 0, { entry: entry("s", DT_DIR), end: 152 })).toBe(0);
  });
});
