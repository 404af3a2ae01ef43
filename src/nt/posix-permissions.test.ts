import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FILE_DELETE_CHILD } from "./access-mask.js";
import { descriptorOfSddl } from "./descriptor-of-sddl.js";
import {
  descriptorOfPermissions,
  type PosixPermissions,
  permissionsOfDescriptor,
  S_IFDIR,
  S_IFREG,
  S_ISVTX,
} from "./posix-permissions.js";
import { AceType, readSecurityDescriptor, SE_DACL_PROTECTED } from "./security-descriptor.js";
import { EVERYONE } from "./sid.js";

const SYSTEM = { uid: 18, gid: 544 };

/** The descriptor as a list: `+` or `-`, SID, mask. */
function acesOf(permissions: PosixPermissions): string[] {
  const { dacl } = readSecurityDescriptor(descriptorOfPermissions(permissions));
  return (dacl?.aces ?? []).map(({ type, mask, sid }) => {
    const sign = type === AceType.ACCESS_DENIED ? "-" : "+";
    return `${sign} ${sid} ${mask.toString(16)}`;
  });
}

describe("permissions as a descriptor", () => {
  it("0755 of a file: the owner may write, the others may not", () => {
    expect(acesOf({ ...SYSTEM, mode: S_IFREG | 0o755 })).toEqual([
      "+ S-1-5-18 1f01bf",
      "+ S-1-5-32-544 1200a9",
      "+ S-1-1-0 1200a9",
    ]);
  });

  it("0755 of a directory: its owner may do everything", () => {
    expect(acesOf({ ...SYSTEM, mode: S_IFDIR | 0o755 })[0]).toBe("+ S-1-5-18 1f01ff");
  });

  it("0575: the owner is denied what the group may", () => {
    expect(acesOf({ ...SYSTEM, mode: S_IFREG | 0o575 })).toEqual([
      "+ S-1-5-18 1f01b9",
      "- S-1-5-18 6",
      "+ S-1-5-32-544 1201af",
      "+ S-1-1-0 1200a9",
    ]);
  });

  it("0707: the group is denied what everybody may", () => {
    expect(acesOf({ ...SYSTEM, mode: S_IFREG | 0o707 })[2]).toBe("- S-1-5-32-544 127");
  });

  it("01777 of a directory: only the owner may delete what others made", () => {
    const sd = readSecurityDescriptor(
      descriptorOfPermissions({ ...SYSTEM, mode: S_IFDIR | 0o1777 }),
    );
    expect(sd.dacl?.aces.map(({ mask }) => (mask & FILE_DELETE_CHILD) !== 0)).toEqual([
      true,
      false,
      false,
    ]);
  });

  it("names owner and group, and hands nothing down", () => {
    const sd = readSecurityDescriptor(descriptorOfPermissions({ ...SYSTEM, mode: 0o644 }));
    expect(sd).toMatchObject({ owner: "S-1-5-18", group: "S-1-5-32-544" });
    expect(sd.control & SE_DACL_PROTECTED).not.toBe(0);
  });
});

const ids = fc.constantFrom(0, 18, 544, 1000, 1001, 65_792, 0x30000 + 500, 0x100000 + 77_777);
const fileMode = fc.integer({ min: 0, max: 0o7777 }).map((bits) => S_IFREG | bits);
const directoryMode = fc.integer({ min: 0, max: 0o777 }).map((bits) => S_IFDIR | bits);

describe("a descriptor as permissions", () => {
  it("comes back as it was", () => {
    fc.assert(
      fc.property(fc.oneof(fileMode, directoryMode), ids, ids, (mode, uid, gid) => {
        const sd = readSecurityDescriptor(descriptorOfPermissions({ mode, uid, gid }));
        const existing = { mode: mode & ~0o777, uid: 1, gid: 2 };
        expect(permissionsOfDescriptor(sd, existing)).toEqual({ mode, uid, gid });
      }),
      { numRuns: 2_000 },
    );
  });

  it("keeps the sticky bit where somebody else may write", () => {
    const sticky = { ...SYSTEM, mode: S_IFDIR | S_ISVTX | 0o777 };
    const sd = readSecurityDescriptor(descriptorOfPermissions(sticky));
    expect(permissionsOfDescriptor(sd, { ...SYSTEM, mode: S_IFDIR })).toEqual(sticky);
  });

  const EXISTING = { mode: S_IFREG | 0o4600, uid: 1000, gid: 1001 };
  const modeOf = (sddl: string) =>
    permissionsOfDescriptor(readSecurityDescriptor(descriptorOfSddl(sddl)), EXISTING).mode;

  it.each([
    ["no DACL lets everybody do everything", "O:SYG:BA", 0o777],
    ["an empty one nobody anything", "O:SYG:BAD:", 0o000],
    ["generic rights are what they stand for", "O:SYG:BAD:(A;;GA;;;SY)(A;;GR;;;BA)", 0o740],
    ["Everyone counts for all", "O:SYG:BAD:(A;;GRGX;;;WD)", 0o555],
    ["Authenticated Users count for all", "O:SYG:BAD:(A;;GR;;;AU)", 0o444],
    ["half of writing is not writing", "O:SYG:BAD:(A;;0x2;;;SY)(A;;0x6;;;WD)", 0o222],
    ["half of writing alone is not writing", "O:SYG:BAD:(A;;0x2;;;SY)", 0o000],
    ["what is denied first cannot be allowed", "O:SYG:BAD:(D;;0x1;;;SY)(A;;GR;;;WD)", 0o044],
    ["what is allowed first cannot be denied", "O:SYG:BAD:(A;;GR;;;SY)(D;;0x1;;;WD)", 0o400],
    ["what is only handed down does not count", "O:SYG:BAD:(A;OIIO;GA;;;WD)", 0o000],
    ["one ACE is for owner and group where they are one", "O:SYG:SYD:(A;;GRGW;;;SY)", 0o660],
    ["others are nobody's business", "O:SYG:BAD:(A;;GA;;;BU)", 0o000],
  ])("%s", (_, sddl, mode) => {
    expect(modeOf(sddl)).toBe(S_IFREG | 0o4000 | mode);
  });

  it("keeps owner and group that it does not name", () => {
    const sd = readSecurityDescriptor(descriptorOfSddl("D:(A;;GA;;;WD)"));
    expect(permissionsOfDescriptor(sd, EXISTING)).toMatchObject({ uid: 1000, gid: 1001 });
  });

  it("of one that is Everyone keeps owner and world apart", () => {
    const permissions = { mode: S_IFREG | 0o754, uid: 65_792, gid: 65_792 };
    const sd = readSecurityDescriptor(descriptorOfPermissions(permissions));
    expect(sd.owner).toBe(EVERYONE);
    expect(permissionsOfDescriptor(sd, { ...EXISTING, mode: S_IFREG })).toEqual(permissions);
  });
});
