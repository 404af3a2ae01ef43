import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { viewOf, WireError } from "../bytes/index.js";
import { hex } from "../testing/hex.js";
import {
  ADMINISTRATORS,
  accountSid,
  isSid,
  MACHINE_DOMAIN,
  normalizeSid,
  readSid,
  sidLength,
  sidToBytes,
} from "./sid.js";

const subAuthority = fc.nat({ max: 0xffff_ffff });
const sids = fc
  .tuple(fc.nat({ max: 0xffff_ffff }), fc.array(subAuthority, { maxLength: 15 }))
  .map(([authority, parts]) => ["S-1", authority, ...parts].join("-"));

describe("a SID", () => {
  const golden = hex(`
    01 02 000000000005     # Revision, SubAuthorityCount, IdentifierAuthority
    20000000 20020000      # 32, 544
  `);

  it("is read", () => {
    expect(readSid(golden, 0)).toEqual({ sid: ADMINISTRATORS, length: 16 });
  });

  it("is written", () => {
    expect(viewOf(sidToBytes(ADMINISTRATORS))).toEqual(golden);
  });

  it.each([
    ["another revision", "02 01 000000000005 00000000"],
    ["more parts than a SID has", `01 10 000000000005 ${"00000000".repeat(16)}`],
    ["fewer bytes than parts", "01 02 000000000005 20000000"],
    ["a header cut short", "01 00 0000"],
  ])("with %s is refused", (_, bytes) => {
    expect(() => readSid(hex(bytes), 0)).toThrow(WireError);
  });

  it("with an authority above 32 bits is hexadecimal", () => {
    const { sid } = readSid(hex("01 01 010203040506 07000000"), 0);
    expect(sid).toBe("S-1-0x010203040506-7");
    expect(readSid(viewOf(sidToBytes(sid)), 0).sid).toBe(sid);
  });

  it("comes back from its bytes as it was", () => {
    fc.assert(
      fc.property(sids, (sid) => {
        const bytes = sidToBytes(sid);
        expect(readSid(viewOf(bytes), 0)).toEqual({ sid, length: bytes.length });
        expect(sidLength(sid)).toBe(bytes.length);
      }),
    );
  });

  it.each([
    "",
    "S-1",
    "S-2-5-18",
    "S-1-5-",
    "S-1-5-4294967296",
    "S-1-5--1",
    "BA",
    `S-1-5${"-1".repeat(16)}`,
  ])("is not %s", (text) => {
    expect(isSid(text)).toBe(false);
    expect(normalizeSid(text)).toBeUndefined();
    expect(() => sidToBytes(text)).toThrow(RangeError);
  });

  it("has one spelling", () => {
    expect(normalizeSid("s-1-0x5-032-544")).toBe(ADMINISTRATORS);
  });
});

describe("accountSid", () => {
  it("is the same for a name in whatever case, on every start", () => {
    expect(accountSid("Anna")).toBe(accountSid("aNNA"));
    expect(accountSid("anna")).toBe(`${MACHINE_DOMAIN}-${accountSid("ANNA").split("-").at(-1)!}`);
    expect(accountSid("anymount")).toBe("S-1-5-21-1634628205-1869505389-544500853-629355702");
  });

  it("stays within the ids that Windows gives to users", () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        const rid = Number(accountSid(name).split("-").at(-1));
        expect(rid).toBeGreaterThanOrEqual(1_000);
        expect(rid).toBeLessThan(2 ** 30);
      }),
    );
  });

  it("keeps names apart", () => {
    const names = Array.from({ length: 1_000 }, (_, i) => `user${i}`);
    expect(new Set(names.map(accountSid)).size).toBe(names.length);
  });
});
