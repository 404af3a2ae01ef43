import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatSddl, parseSddl, SddlError } from "./sddl.js";
import {
  type Ace,
  readSecurityDescriptor,
  SE_DACL_PRESENT,
  SE_DACL_PROTECTED,
  SE_SELF_RELATIVE,
  writeSecurityDescriptor,
} from "./security-descriptor.js";

const aceOf = (text: string): Ace => parseSddl(`D:${text}`).dacl!.aces[0]!;

describe("parseSddl", () => {
  it("reads the default of a RAM drive", () => {
    const ace = { type: 0, flags: 0, mask: 0x1f_01ff };
    expect(parseSddl("O:BAG:BAD:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;WD)")).toEqual({
      control: SE_SELF_RELATIVE | SE_DACL_PRESENT | SE_DACL_PROTECTED,
      owner: "S-1-5-32-544",
      group: "S-1-5-32-544",
      dacl: {
        revision: 2,
        aces: [
          { ...ace, sid: "S-1-5-18" },
          { ...ace, sid: "S-1-5-32-544" },
          { ...ace, sid: "S-1-1-0" },
        ],
      },
    });
  });

  it.each([
    ["FA", 0x1f_01ff],
    ["FR", 0x12_0089],
    ["FW", 0x12_0116],
    ["FX", 0x12_00a0],
    ["FRFX", 0x12_00a9],
    ["GA", 0x1000_0000],
    ["GR", 0x8000_0000],
    ["GRGW", 0xc000_0000],
    ["GX", 0x2000_0000],
    ["RPWPLC", 0x34],
    ["SDRCWDWO", 0xf_0000],
    ["0x1200a9", 0x12_00a9],
    ["0xffffffff", 0xffff_ffff],
    ["1179785", 0x12_0089],
    ["017", 15],
    ["", 0],
  ])("reads the rights %s", (rights, mask) => {
    expect(aceOf(`(A;;${rights};;;WD)`).mask).toBe(mask);
  });

  it("reads the flags of an ACE", () => {
    expect(aceOf("(D;OICIIONPID;FA;;;CO)")).toMatchObject({ type: 1, flags: 0x1f, sid: "S-1-3-0" });
    expect(parseSddl("S:(AU;SAFA;FA;;;WD)").sacl?.aces[0]).toMatchObject({ type: 2, flags: 0xc0 });
    expect(parseSddl("S:(ML;;NW;;;LW)").sacl?.aces[0]).toMatchObject({ type: 0x11, mask: 1 });
  });

  it("reads SIDs in full, blanks between the parts, and a null DACL", () => {
    expect(parseSddl("O:S-1-5-21-1-2-3-1000 G:WD D:PAINO_ACCESS_CONTROL")).toEqual({
      control: 0x9404,
      owner: "S-1-5-21-1-2-3-1000",
      group: "S-1-1-0",
    });
  });

  it.each([
    ["X:BA", 0],
    ["O:BA,", 4],
    ["O:QQ", 2],
    ["O:BAO:BA", 6],
    ["D:(A;;FA;;;WD", 13],
    ["D:(A;;ZZ;;;WD)", 6],
    ["D:(A;ZZ;FA;;;WD)", 5],
    ["D:(OA;;FA;;;WD)", 5],
    ["D:(A;;FA;guid;;WD)", 8],
    ["D:(A;;0x1ffffffff;;;WD)", 6],
    ["D:(A;;4294967296;;;WD)", 6],
    ["D:(A;;09;;;WD)", 6],
    ["D:NO_ACCESS_CONTROL(A;;FA;;;WD)", 19],
  ])("says where %s is wrong", (text, position) => {
    expect(() => parseSddl(text)).toThrow(expect.objectContaining({ name: "SddlError", position }));
  });

  it("takes any text, or refuses it with an SddlError", () => {
    const piece = fc.constantFrom(
      ...[
        "O:",
        "G:",
        "D:",
        "S:",
        "BA",
        "S-1-5-18",
        "(A;",
        ";",
        "FA",
        ";;;",
        ")",
        "P",
        "AI",
        "0x1f",
      ],
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 2 }))), (pieces) => {
        try {
          parseSddl(pieces.join(""));
        } catch (error) {
          expect(error).toBeInstanceOf(SddlError);
        }
      }),
    );
  });
});

describe("formatSddl", () => {
  it.each([
    "O:BAG:BAD:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;WD)",
    "O:S-1-5-21-1-2-3-1000G:BUD:PARAI(D;OICIID;0x1200a9;;;AN)(A;OICINPIO;GRGX;;;CO)",
    "D:NO_ACCESS_CONTROL",
    "D:",
    "O:SY",
    "G:S-1-5-99D:(A;;FR;;;OW)S:AI(AU;SAFA;FW;;;WD)(ML;;NWNR;;;LW)",
  ])("writes %s as it was read", (text) => {
    expect(formatSddl(parseSddl(text))).toBe(text);
  });

  it("writes what reads as the same descriptor, through bytes too", () => {
    const ace = fc.record({
      type: fc.constantFrom(0, 1),
      flags: fc.nat({ max: 0x1f }),
      mask: fc.oneof(
        fc.nat({ max: 0xffff_ffff }),
        fc.constantFrom(0x1f_01ff, 0x12_0089, 0x8000_0000),
      ),
      sid: fc.constantFrom("S-1-1-0", "S-1-3-0", "S-1-5-32-544", "S-1-5-21-1-2-3-4"),
    });
    fc.assert(
      fc.property(fc.array(ace), (aces) => {
        const sd = { control: 0x8004, owner: "S-1-5-18", dacl: { revision: 2, aces } };
        expect(parseSddl(formatSddl(sd))).toEqual(sd);
        expect(readSecurityDescriptor(writeSecurityDescriptor(sd))).toEqual(sd);
      }),
    );
  });

  it("has no words for an object ACE", () => {
    const ace = { type: 5, flags: 0, mask: 0, sid: "S-1-0-0", data: new Uint8Array(4) };
    const sd = { control: 0x8004, dacl: { revision: 4, aces: [ace] } };
    expect(() => formatSddl(sd)).toThrow(SddlError);
  });
});
