import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ADMINISTRATORS,
  EVERYONE,
  formatSddl,
  NtStatus,
  parseSddl,
  readSecurityDescriptor,
  SE_RESTORE_PRIVILEGE,
  SE_SECURITY_PRIVILEGE,
  writeSecurityDescriptor,
} from "../nt/index.js";
import { maximumAccess } from "./access-check.js";
import { DescriptorInheritance, inheritDescriptor } from "./security-inheritance.js";

const ANNA = "S-1-5-21-1-2-3-1001";
const STAFF = "S-1-5-21-1-2-3-2000";
const anna = { userSid: ANNA, groupSids: [EVERYONE, STAFF] };
const administrator = { ...anna, groupSids: [EVERYONE, STAFF, ADMINISTRATORS] };

/** What a new file or directory gets, without owner and group. */
function heir(parent: string | undefined, given: string | undefined, isDirectory: boolean): string {
  const made = inheritDescriptor({
    parent: parent === undefined ? undefined : parseSddl(parent),
    given: given === undefined ? undefined : parseSddl(given),
    caller: anna,
    isDirectory,
  });
  if (!made.ok) throw new Error("refused");
  const { owner, group, ...acls } = readSecurityDescriptor(made.value);
  expect(owner).toBe(ANNA);
  expect(group).toBe(STAFF);
  return formatSddl(acls);
}

const DEFAULT = `D:(A;;FA;;;${ANNA})(A;;FA;;;SY)`;

describe("inheritDescriptor", () => {
  it.each([
    // the ACE of the directory, what a file gets, what a directory gets
    ["(A;;FR;;;WD)", DEFAULT, DEFAULT],
    ["(A;OI;FR;;;WD)", "D:(A;;FR;;;WD)", "D:(A;OIIO;FR;;;WD)"],
    ["(A;CI;FR;;;WD)", DEFAULT, "D:(A;CI;FR;;;WD)"],
    ["(A;OICI;FR;;;WD)", "D:(A;;FR;;;WD)", "D:(A;OICI;FR;;;WD)"],
    ["(A;OIIO;FR;;;WD)", "D:(A;;FR;;;WD)", "D:(A;OIIO;FR;;;WD)"],
    ["(A;CIIO;FR;;;WD)", DEFAULT, "D:(A;CI;FR;;;WD)"],
    ["(A;OICIIO;FR;;;WD)", "D:(A;;FR;;;WD)", "D:(A;OICI;FR;;;WD)"],
    ["(A;OINP;FR;;;WD)", "D:(A;;FR;;;WD)", DEFAULT],
    ["(A;CINP;FR;;;WD)", DEFAULT, "D:(A;;FR;;;WD)"],
    ["(A;OICINP;FR;;;WD)", "D:(A;;FR;;;WD)", "D:(A;;FR;;;WD)"],
    ["(A;OICINPIO;FR;;;WD)", "D:(A;;FR;;;WD)", "D:(A;;FR;;;WD)"],
    ["(D;OICI;FR;;;WD)", "D:(D;;FR;;;WD)", "D:(D;OICI;FR;;;WD)"],
    // an ACE that was inherited goes on, but is marked only where inheritance is automatic
    ["(A;OICIID;FR;;;WD)", "D:(A;;FR;;;WD)", "D:(A;OICI;FR;;;WD)"],
    // creators and generic rights become particular, and stay general for those below
    ["(A;OI;FA;;;CO)", `D:(A;;FA;;;${ANNA})`, "D:(A;OIIO;FA;;;CO)"],
    ["(A;OICI;FA;;;CO)", `D:(A;;FA;;;${ANNA})`, `D:(A;;FA;;;${ANNA})(A;OICIIO;FA;;;CO)`],
    ["(A;OICI;FA;;;CG)", `D:(A;;FA;;;${STAFF})`, `D:(A;;FA;;;${STAFF})(A;OICIIO;FA;;;CG)`],
    ["(A;OICINP;FA;;;CO)", `D:(A;;FA;;;${ANNA})`, `D:(A;;FA;;;${ANNA})`],
    ["(A;OICI;GR;;;WD)", "D:(A;;FR;;;WD)", "D:(A;;FR;;;WD)(A;OICIIO;GR;;;WD)"],
    ["(A;OICIIO;GA;;;CO)", `D:(A;;FA;;;${ANNA})`, `D:(A;;FA;;;${ANNA})(A;OICIIO;GA;;;CO)`],
  ])("%s gives a file %s", (ace, file, directory) => {
    expect(heir(`D:${ace}`, undefined, false)).toBe(file);
    expect(heir(`D:${ace}`, undefined, true)).toBe(directory);
    // the same, where inheritance is automatic: every inherited ACE is marked
    const marked = (text: string) =>
      text === DEFAULT ? text.replace("D:", "D:AI") : mark(text).replace("D:", "D:AI");
    expect(heir(`D:AI${ace}`, undefined, false)).toBe(marked(file));
    expect(heir(`D:AI${ace}`, undefined, true)).toBe(marked(directory));
  });

  it("falls back to owner and system where there is nothing to inherit", () => {
    expect(heir(undefined, undefined, false)).toBe(DEFAULT);
    expect(heir("O:SYD:NO_ACCESS_CONTROL", undefined, true)).toBe(DEFAULT);
  });

  it.each([
    ["stands alone", "D:(A;OI;FR;;;WD)", "D:(A;;FA;;;AU)", "D:(A;;FA;;;AU)"],
    ["comes first", "D:AI(A;OI;FR;;;WD)", "D:(A;;FA;;;AU)", "D:AI(A;;FA;;;AU)(A;ID;FR;;;WD)"],
    ["is kept to itself", "D:AI(A;OI;FR;;;WD)", "D:P(A;;FA;;;AU)", "D:P(A;;FA;;;AU)"],
    ["need not repeat", "D:AI(A;OI;FR;;;WD)", "D:(A;ID;FX;;;AU)", "D:AI(A;ID;FR;;;WD)"],
    ["may be empty", "D:(A;OI;FR;;;WD)", "D:", "D:"],
    ["may be null", "D:AI(A;OI;FR;;;WD)", "D:NO_ACCESS_CONTROL", "D:AINO_ACCESS_CONTROL"],
    ["is made particular", "D:", "D:(A;;GA;;;CO)", `D:(A;;FA;;;${ANNA})`],
    ["may be about owner only", "D:(A;OI;FR;;;WD)", `O:${ANNA}`, "D:(A;;FR;;;WD)"],
  ])("a given DACL %s", (_, parent, given, outcome) => {
    expect(heir(parent, given, false)).toBe(outcome);
  });

  it("hands down what is audited, too", () => {
    const parent = "D:(A;OI;FA;;;WD)S:AI(AU;OICISA;FW;;;WD)(ML;OICI;NW;;;LW)";
    expect(heir(parent, undefined, false)).toBe(
      "D:(A;;FA;;;WD)S:AI(AU;IDSA;FW;;;WD)(ML;ID;NW;;;LW)",
    );
  });

  it.each([
    ["to the caller", anna, ANNA, true],
    ["to the administrators, by one of them", administrator, ADMINISTRATORS, true],
    ["to the administrators, by another", anna, ADMINISTRATORS, false],
    ["to a group of the caller's", anna, STAFF, true],
    ["to somebody else", anna, "S-1-5-18", false],
    [
      "to somebody else, by who may restore",
      { ...anna, privileges: SE_RESTORE_PRIVILEGE },
      "S-1-5-18",
      true,
    ],
  ])("gives a file %s", (_, caller, owner, isGiven) => {
    const given = { control: 0x8000, owner, group: "S-1-5-32-545" };
    const made = inheritDescriptor({ parent: undefined, given, caller, isDirectory: false });
    if (isGiven) {
      expect(made.ok && readSecurityDescriptor(made.value)).toMatchObject({
        owner,
        group: "S-1-5-32-545",
      });
    } else {
      expect(made).toEqual({ ok: false, status: NtStatus.INVALID_OWNER });
    }
  });

  it.each([
    ["an audit", "S:(AU;SA;FA;;;WD)", undefined, NtStatus.PRIVILEGE_NOT_HELD],
    ["an audit, by who may", "S:(AU;SA;FA;;;WD)", SE_SECURITY_PRIVILEGE, undefined],
    ["a label", "S:(ML;;NW;;;LW)", undefined, undefined],
    ["an empty SACL", "S:", undefined, undefined],
  ])("takes %s along with a new file, or refuses it", (_, sddl, privileges, refusal) => {
    const caller = { ...anna, privileges };
    const given = parseSddl(sddl);
    const made = inheritDescriptor({ parent: undefined, given, caller, isDirectory: false });
    expect(made.ok ? undefined : made.status).toBe(refusal);
  });

  it("leaves CREATOR_GROUP to the user himself where he has no group of a domain", () => {
    const made = inheritDescriptor({
      parent: parseSddl("D:(A;OI;FA;;;CG)"),
      given: undefined,
      caller: { userSid: ANNA, groupSids: [EVERYONE] },
      isDirectory: false,
    });
    expect(made.ok && formatSddl(readSecurityDescriptor(made.value))).toBe(
      `O:${ANNA}G:${ANNA}D:(A;;FA;;;${ANNA})`,
    );
  });

  it("refuses what is too much for one ACL", () => {
    const ace = { type: 0, flags: 3, mask: 1, sid: "S-1-5-21-1-2-3-4" };
    const many = {
      control: 0x8404,
      dacl: { revision: 2, aces: Array.from({ length: 1_200 }, () => ace) },
    };
    expect(
      inheritDescriptor({ parent: many, given: many, caller: anna, isDirectory: true }),
    ).toEqual({ ok: false, status: NtStatus.INVALID_ACL });
  });

  it("hands the same rights down from directory to directory", () => {
    const flag = fc.constantFrom("OICI", "OICIIO");
    const ace = fc.tuple(
      fc.constantFrom("A", "D"),
      flag,
      fc.constantFrom("FR", "GW", "GA"),
      fc.constantFrom("WD", "CO", "SY"),
    );
    fc.assert(
      fc.property(fc.array(ace, { minLength: 1 }), fc.constantFrom("", "AI"), (aces, flags) => {
        const top = `O:${ANNA}D:${flags}${aces.map(([t, f, m, s]) => `(${t};${f};${m};;;${s})`).join("")}`;
        const below = heir(top, undefined, true);
        const file = maximumAccess(parseSddl(`O:SY${heir(top, undefined, false)}`), anna);
        expect(maximumAccess(parseSddl(`O:SY${heir(below, undefined, false)}`), anna)).toBe(file);
        expect(heir(below, undefined, true)).toBe(below);
      }),
    );
  });
});

function mark(text: string): string {
  return text.replace(/\((.);(\w*?);/g, (_, type: string, flags: string) => `(${type};${flags}ID;`);
}

describe("DescriptorInheritance", () => {
  const parent = writeSecurityDescriptor(parseSddl("D:(A;OICI;FA;;;WD)"));
  const bert = { userSid: "S-1-5-21-1-2-3-1002", groupSids: [EVERYONE] };
  const request = { parent, given: undefined, caller: anna, isDirectory: false };
  const valueOf = (made: ReturnType<DescriptorInheritance["inherit"]>): Uint8Array => {
    if (!made.ok) throw new Error("refused");
    return made.value;
  };

  it("gives all files that a caller makes in a directory one array", () => {
    const inheritance = new DescriptorInheritance();
    const first = valueOf(inheritance.inherit(request));
    expect(valueOf(inheritance.inherit(request))).toBe(first);
    expect(formatSddl(readSecurityDescriptor(first))).toBe(`O:${ANNA}G:${STAFF}D:(A;;FA;;;WD)`);
  });

  it("keeps callers, and files and directories, apart", () => {
    const inheritance = new DescriptorInheritance();
    const file = valueOf(inheritance.inherit(request));
    expect(valueOf(inheritance.inherit({ ...request, caller: bert }))).not.toEqual(file);
    expect(valueOf(inheritance.inherit({ ...request, isDirectory: true }))).not.toEqual(file);
  });

  it("gives directory below directory the array of the first", () => {
    const inheritance = new DescriptorInheritance();
    const top = valueOf(inheritance.inherit({ ...request, isDirectory: true }));
    const below = valueOf(inheritance.inherit({ ...request, parent: top, isDirectory: true }));
    expect(below).toBe(top);
  });

  it("remembers where no directory has a descriptor, too", () => {
    const inheritance = new DescriptorInheritance();
    const first = valueOf(inheritance.inherit({ ...request, parent: undefined }));
    expect(valueOf(inheritance.inherit({ ...request, parent: undefined }))).toBe(first);
  });

  it("makes what was given anew each time", () => {
    const inheritance = new DescriptorInheritance();
    const given = writeSecurityDescriptor(parseSddl("D:(A;;FR;;;WD)"));
    const made = valueOf(inheritance.inherit({ ...request, given }));
    expect(formatSddl(readSecurityDescriptor(made))).toBe(`O:${ANNA}G:${STAFF}D:(A;;FR;;;WD)`);
    expect(formatSddl(readSecurityDescriptor(valueOf(inheritance.inherit(request))))).toContain(
      "FA",
    );
  });

  it("refuses a descriptor that cannot be read", () => {
    const inheritance = new DescriptorInheritance();
    expect(inheritance.inherit({ ...request, given: new Uint8Array(3) })).toEqual({
      ok: false,
      status: NtStatus.INVALID_SECURITY_DESCR,
    });
  });

  it("inherits nothing from a directory whose descriptor cannot be read", () => {
    const inheritance = new DescriptorInheritance();
    const made = valueOf(inheritance.inherit({ ...request, parent: new Uint8Array(3) }));
    expect(formatSddl(readSecurityDescriptor(made))).toBe(`O:${ANNA}G:${STAFF}${DEFAULT}`);
  });
});
