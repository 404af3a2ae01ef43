import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf, viewOf, WireError } from "../bytes/index.js";
import { hex } from "../testing/hex.js";
import { MAX_SECURITY_DESCRIPTOR_LENGTH } from "./limits.js";
import { formatSddl, parseSddl } from "./sddl.js";
import {
  ATTRIBUTE_SECURITY_INFORMATION,
  BACKUP_SECURITY_INFORMATION,
  DACL_SECURITY_INFORMATION,
  GROUP_SECURITY_INFORMATION,
  LABEL_SECURITY_INFORMATION,
  mergeSecurity,
  OWNER_SECURITY_INFORMATION,
  PROTECTED_DACL_SECURITY_INFORMATION,
  readSecurityDescriptor,
  SACL_SECURITY_INFORMATION,
  SE_SELF_RELATIVE,
  type SecurityDescriptor,
  selectSecurity,
  tryReadSecurityDescriptor,
  UNPROTECTED_DACL_SECURITY_INFORMATION,
  writeSecurityDescriptor,
} from "./security-descriptor.js";
import { NtError } from "./status.js";

const OWNER = OWNER_SECURITY_INFORMATION;
const GROUP = GROUP_SECURITY_INFORMATION;
const DACL = DACL_SECURITY_INFORMATION;
const SACL = SACL_SECURITY_INFORMATION;
const LABEL = LABEL_SECURITY_INFORMATION;

const GOLDEN = `
  01 00 0480 40000000 50000000    # Revision, Sbz1, Control, OffsetOwner, OffsetGroup
  00000000 14000000               # OffsetSacl, OffsetDacl
  02 00 2c00 0200 0000            # AclRevision, Sbz1, AclSize, AceCount, Sbz2
  01 03 1000 ff011f00             # deny, OI|CI, AceSize, Mask
  01 00 000000000005              # S-1-5, no SubAuthority
  00 00 1400 a9001200             # allow, AceSize, Mask
  01 01 000000000001 00000000     # Everyone
  01 02 000000000005 20000000 20020000
  01 02 000000000005 20000000 21020000
`;

describe("a security descriptor", () => {
  const decoded = {
    control: 0x8004,
    owner: "S-1-5-32-544",
    group: "S-1-5-32-545",
    dacl: {
      revision: 2,
      aces: [
        { type: 1, flags: 3, mask: 0x1f_01ff, sid: "S-1-5" },
        { type: 0, flags: 0, mask: 0x12_00a9, sid: "S-1-1-0" },
      ],
    },
  };

  it("is read", () => {
    expect(readSecurityDescriptor(bytesOf(hex(GOLDEN)))).toEqual(decoded);
  });

  it("is written", () => {
    expect(writeSecurityDescriptor(decoded)).toEqual(bytesOf(hex(GOLDEN)));
  });

  it.each([
    ["cut in its header", (view: DataView) => bytesOf(view).subarray(0, 19)],
    ["cut in its last SID", (view: DataView) => bytesOf(view).subarray(0, -1)],
    ["of another revision", set8(0, 2)],
    ["with an owner outside", set32(4, 0xffff_fff0)],
    ["with a DACL outside", set32(16, 0x60)],
    ["with an ACL of revision 5", set8(0x14, 5)],
    ["with an ACL shorter than its header", set8(0x16, 4)],
    ["with an ACL longer than the descriptor", set8(0x17, 1)],
    ["with more ACEs than there are", set8(0x18, 9)],
    ["with an ACE of length 0", set8(0x1e, 0)],
    ["with an ACE longer than its ACL", set8(0x1e, 0xfc)],
    ["with an ACE that does not end on a word", set8(0x1e, 0x11)],
    ["with an ACE too short for its SID", set8(0x1e, 0x0c)],
  ])("%s is refused", (_, spoil) => {
    const spoilt = spoil(hex(GOLDEN));
    expect(() => readSecurityDescriptor(spoilt)).toThrow(WireError);
    expect(tryReadSecurityDescriptor(spoilt)).toBeUndefined();
  });

  it("beyond the limit is refused", () => {
    const long = new Uint8Array(MAX_SECURITY_DESCRIPTOR_LENGTH + 1);
    long.set(bytesOf(hex(GOLDEN)));
    expect(() => readSecurityDescriptor(long)).toThrow(WireError);
  });

  it("keeps ACEs that it has no use for as they are", () => {
    const aces = [
      { type: 5, flags: 1, mask: 0, sid: "S-1-0-0", data: new Uint8Array([1, 2, 3, 4]) },
      { type: 9, flags: 0, mask: 7, sid: "S-1-1-0", data: new Uint8Array([5, 6, 7, 8]) },
    ];
    const sd = { control: 0x8004, dacl: { revision: 4, aces } };
    expect(readSecurityDescriptor(writeSecurityDescriptor(sd))).toEqual(sd);
  });

  it("tells a null DACL from one that is absent, and from one that is empty", () => {
    for (const text of ["O:SY", "D:NO_ACCESS_CONTROL", "D:"]) {
      const sd = parseSddl(text);
      expect(readSecurityDescriptor(writeSecurityDescriptor(sd))).toEqual(sd);
    }
  });

  it("with too many ACEs for an ACL cannot be written", () => {
    const ace = { type: 0, flags: 0, mask: 1, sid: "S-1-5-21-1-2-3-4" };
    const sd = { control: 0x8004, dacl: { revision: 2, aces: Array(4_000).fill(ace) as never[] } };
    expect(() => writeSecurityDescriptor(sd)).toThrow(NtError);
  });

  it("is taken from any bytes, or refused with a WireError; what was taken can be written", () => {
    const flips = fc.array(fc.tuple(fc.nat({ max: 95 }), fc.nat({ max: 255 })), { maxLength: 6 });
    const spoilt = fc.tuple(flips, fc.nat({ max: 96 })).map(([changes, length]) => {
      const bytes = bytesOf(hex(GOLDEN)).slice();
      for (const [at, value] of changes) bytes[at] = value;
      return bytes.subarray(0, 96 - (length < 80 ? 0 : length - 80));
    });
    let taken = 0;
    fc.assert(
      fc.property(fc.oneof(spoilt, fc.uint8Array({ maxLength: 128 })), (bytes) => {
        let sd: SecurityDescriptor;
        try {
          sd = readSecurityDescriptor(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
          return;
        }
        taken++;
        const again = readSecurityDescriptor(writeSecurityDescriptor(sd));
        expect({ ...again, control: 0 }).toEqual({ ...sd, control: 0 });
      }),
      { numRuns: 10_000 },
    );
    expect(taken).toBeGreaterThan(0);
  });
});

function set8(at: number, value: number) {
  return (view: DataView): Uint8Array => {
    view.setUint8(at, value);
    return bytesOf(view);
  };
}

function set32(at: number, value: number) {
  return (view: DataView): Uint8Array => {
    viewOf(bytesOf(view)).setUint32(at, value, true);
    return bytesOf(view);
  };
}

describe("selectSecurity", () => {
  const all = "O:BAG:BUD:PAI(A;;FA;;;WD)S:P(AU;SA;FA;;;WD)(ML;;NW;;;LW)";

  it.each([
    [OWNER, "O:BA"],
    [GROUP, "G:BU"],
    [OWNER | GROUP, "O:BAG:BU"],
    [DACL, "D:PAI(A;;FA;;;WD)"],
    [SACL, "S:P(AU;SA;FA;;;WD)"],
    [LABEL, "S:P(ML;;NW;;;LW)"],
    [SACL | LABEL, "S:P(AU;SA;FA;;;WD)(ML;;NW;;;LW)"],
    [ATTRIBUTE_SECURITY_INFORMATION, ""],
    [BACKUP_SECURITY_INFORMATION, all],
    [0, ""],
  ])("gives for 0x%x: %s", (information, text) => {
    expect(formatSddl(selectSecurity(parseSddl(all), information))).toBe(text);
  });

  it("gives a DACL that is null as null, and one that is absent not at all", () => {
    expect(formatSddl(selectSecurity(parseSddl("D:NO_ACCESS_CONTROL"), DACL))).toBe(
      "D:NO_ACCESS_CONTROL",
    );
    expect(selectSecurity(parseSddl("O:BA"), DACL)).toEqual({ control: SE_SELF_RELATIVE });
  });
});

describe("mergeSecurity", () => {
  const old = "O:BAG:BUD:P(A;;FA;;;WD)S:(AU;SA;FA;;;WD)(ML;;NW;;;LW)";
  const given = "O:SYG:SYD:(D;;FA;;;AN)S:(AU;FA;FA;;;AN)(ML;;NW;;;HI)";

  it.each([
    ["nothing", 0, old],
    ["the owner", OWNER, old.replace("O:BA", "O:SY")],
    ["the group", GROUP, old.replace("G:BU", "G:SY")],
    ["the DACL", DACL, old.replace("P(A;;FA;;;WD)", "(D;;FA;;;AN)")],
    ["the SACL", SACL, old.replace("(AU;SA;FA;;;WD)", "(AU;FA;FA;;;AN)")],
    ["all", BACKUP_SECURITY_INFORMATION, given],
  ])("replaces %s and keeps the rest", (_, information, text) => {
    expect(formatSddl(mergeSecurity(parseSddl(old), parseSddl(given), information))).toBe(text);
  });

  it("replaces a label alone", () => {
    const merged = mergeSecurity(parseSddl(old), parseSddl(given), LABEL);
    expect(formatSddl({ control: 0, sacl: merged.sacl })).toBe("S:(ML;;NW;;;HI)(AU;SA;FA;;;WD)");
  });

  it("keeps what is named but was not sent", () => {
    const merged = mergeSecurity(parseSddl(old), parseSddl(""), OWNER | GROUP | DACL | SACL);
    expect(formatSddl(merged)).toBe(old);
  });

  it("sets a null DACL where one was sent", () => {
    const merged = mergeSecurity(
      parseSddl("O:BAD:(A;;FA;;;WD)"),
      parseSddl("D:NO_ACCESS_CONTROL"),
      DACL,
    );
    expect(formatSddl(merged)).toBe("O:BAD:NO_ACCESS_CONTROL");
  });

  it.each([
    ["AUTO_INHERITED only when it was asked for", "D:AI", DACL, "D:"],
    ["and then does not keep the asking", "D:ARAI", DACL, "D:AI"],
    ["PROTECTED", "D:P", DACL, "D:P"],
    ["PROTECTED by SecurityInformation", "D:", DACL | PROTECTED_DACL_SECURITY_INFORMATION, "D:P"],
    ["no PROTECTED, likewise", "D:P", DACL | UNPROTECTED_DACL_SECURITY_INFORMATION, "D:"],
  ])("takes over %s", (_, sent, information, text) => {
    expect(formatSddl(mergeSecurity(parseSddl("D:"), parseSddl(sent), information))).toBe(text);
  });

  it("stores what generic rights stand for, where the ACE is effective", () => {
    const sent = parseSddl("D:(A;OICI;GA;;;WD)(A;OICIIO;GA;;;CO)");
    expect(formatSddl(mergeSecurity(parseSddl(""), sent, DACL))).toBe(
      "D:(A;OICI;FA;;;WD)(A;OICIIO;GA;;;CO)",
    );
  });
});
