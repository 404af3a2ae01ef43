import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ACCESS_SYSTEM_SECURITY,
  ADMINISTRATOR_PRIVILEGES,
  ADMINISTRATORS,
  DELETE,
  EVERYONE,
  FILE_ALL_ACCESS,
  FILE_APPEND_DATA,
  FILE_ATTRIBUTE_DIRECTORY,
  FILE_ATTRIBUTE_READONLY,
  FILE_DELETE_CHILD,
  FILE_EXECUTE,
  FILE_GENERIC_READ,
  FILE_LIST_DIRECTORY,
  FILE_OPEN_FOR_BACKUP_INTENT,
  FILE_READ_ATTRIBUTES,
  FILE_READ_DATA,
  FILE_WRITE_DATA,
  GENERIC_ALL,
  GENERIC_READ,
  MAXIMUM_ALLOWED,
  mapGenericAccess,
  NtStatus,
  OWNER_RIGHTS,
  parseSddl,
  READ_CONTROL,
  SE_BACKUP_PRIVILEGE,
  SE_TAKE_OWNERSHIP_PRIVILEGE,
  type SecurityDescriptor,
  WRITE_DAC,
  WRITE_OWNER,
  writeSecurityDescriptor,
} from "../nt/index.js";
import {
  AccessChecker,
  grantOpen,
  maximumAccess,
  mayMakeOwner,
  type OpenFacts,
  privilegedAccess,
  type Token,
} from "./access-check.js";

const ANNA = "S-1-5-21-1-2-3-1001";
const STAFF = "S-1-5-21-1-2-3-2000";
const anna = { userSid: ANNA, groupSids: [EVERYONE, STAFF, ADMINISTRATORS] };

/** [MS-DTYP] 2.5.3.2, for a single right, step by step. */
function isGranted(bit: number, { owner, dacl }: SecurityDescriptor, token: Token): boolean {
  const isOwner = owner === token.userSid || token.groupSids.includes(owner ?? "");
  const aces = (dacl?.aces ?? []).filter(({ flags }) => (flags & 8) === 0);
  if (bit === WRITE_OWNER && token.privileges === SE_TAKE_OWNERSHIP_PRIVILEGE) return true;
  const isOwnerLimited = aces.some(({ sid }) => sid === OWNER_RIGHTS);
  if (isOwner && !isOwnerLimited && (bit === READ_CONTROL || bit === WRITE_DAC)) return true;
  for (const { type, sid, mask } of aces) {
    const isHis = sid === token.userSid || token.groupSids.includes(sid);
    if (!(sid === OWNER_RIGHTS ? isOwner : isHis)) continue;
    if ((mapGenericAccess(mask) & bit) === 0) continue;
    if (type === 0) return true;
    if (type === 1 || type === 10) return false;
  }
  return false;
}

describe("maximumAccess", () => {
  it.each([
    ["no DACL", "O:SY", FILE_ALL_ACCESS],
    ["a null DACL", "O:SYD:NO_ACCESS_CONTROL", FILE_ALL_ACCESS],
    ["an empty DACL", "O:SYD:", 0],
    ["an ACE for the user", `D:(A;;FR;;;${ANNA})`, FILE_GENERIC_READ],
    ["an ACE for a group", `D:(A;;FR;;;${STAFF})`, FILE_GENERIC_READ],
    ["an ACE for another", "D:(A;;FA;;;SY)", 0],
    ["two ACEs", `D:(A;;0x1;;;WD)(A;;0x2;;;${ANNA})`, 3],
    ["administrators like any group", "D:(A;;0x1;;;BA)", 1],
    ["generic rights", "D:(A;;GR;;;WD)", FILE_GENERIC_READ],
    ["a denial first", `D:(D;;0x2;;;${STAFF})(A;;0x3;;;WD)`, 1],
    ["a denial too late", `D:(A;;0x3;;;WD)(D;;0x2;;;${STAFF})`, 3],
    ["a generic denial", "D:(D;;GW;;;WD)(A;;0x3;;;WD)", 1],
    ["an ACE that is only inherited further", "D:(A;OICIIO;FA;;;WD)", 0],
    ["the owner", `O:${ANNA}D:`, READ_CONTROL | WRITE_DAC],
    ["the owner, through a group", `O:${STAFF}D:`, READ_CONTROL | WRITE_DAC],
    ["the owner, denied", `O:${ANNA}D:(D;;FA;;;WD)`, READ_CONTROL | WRITE_DAC],
    ["the owner, limited by OWNER RIGHTS", `O:${ANNA}D:(A;;0x1;;;OW)`, 1],
    ["the owner, not limited by one only inherited", `O:${ANNA}D:(A;IO;0x1;;;OW)`, 0x6_0000],
    ["OWNER RIGHTS for another", "O:SYD:(A;;FA;;;OW)", 0],
    ["an auditing ACE", "D:(AU;SA;FA;;;WD)", 0],
    ["rights that no file has", "D:(A;;0x1000001;;;WD)", 1],
  ])("%s: %s", (_, text, maximum) => {
    expect(maximumAccess(parseSddl(text), anna)).toBe(maximum);
  });

  it("counts a conditional denial, and no conditional permission", () => {
    const data = new Uint8Array(4);
    const conditional = { flags: 0, mask: 1, sid: EVERYONE, data };
    const allow = { type: 0, flags: 0, mask: 3, sid: EVERYONE };
    const dacl = (aces: (typeof allow)[]) => ({ control: 0x8004, dacl: { revision: 4, aces } });
    expect(maximumAccess(dacl([{ type: 10, ...conditional }, allow]), anna)).toBe(2);
    expect(maximumAccess(dacl([{ type: 9, ...conditional }]), anna)).toBe(0);
  });

  it("agrees with an evaluator that asks for one right at a time", () => {
    const ace = fc.record({
      type: fc.constantFrom(0, 1, 2, 9, 10),
      flags: fc.constantFrom(0, 0, 3, 8, 11, 16),
      mask: fc.oneof(
        fc.nat({ max: 0x1ff }),
        fc.nat({ max: 0x1f }).map((standard) => standard << 16),
        fc.constantFrom(GENERIC_ALL, GENERIC_READ, 0x4000_0000, 0x2000_0000),
      ),
      sid: fc.constantFrom(ANNA, STAFF, EVERYONE, "S-1-5-18", OWNER_RIGHTS),
    });
    const owner = fc.constantFrom(ANNA, STAFF, "S-1-5-18", undefined);
    fc.assert(
      fc.property(fc.array(ace), owner, fc.boolean(), (aces, ownerSid, mayTake) => {
        const descriptor = { control: 0x8004, owner: ownerSid, dacl: { revision: 2, aces } };
        const token = { ...anna, privileges: mayTake ? SE_TAKE_OWNERSHIP_PRIVILEGE : 0 };
        let expected = 0;
        for (let bit = 1; bit <= FILE_ALL_ACCESS; bit *= 2) {
          if ((bit & FILE_ALL_ACCESS) !== 0 && isGranted(bit, descriptor, token)) expected |= bit;
        }
        expect(maximumAccess(descriptor, token)).toBe(expected);
      }),
    );
  });

  it("says for each right what the first ACE about it says", () => {
    const aces = fc.array(
      fc.record({
        type: fc.constantFrom(0, 1),
        flags: fc.constantFrom(0, 0, 8),
        mask: fc.nat({ max: 0x1ff }),
        sid: fc.constantFrom(ANNA, STAFF, EVERYONE, "S-1-5-18"),
      }),
    );
    fc.assert(
      fc.property(aces, (list) => {
        const maximum = maximumAccess({ control: 0x8004, dacl: { revision: 2, aces: list } }, anna);
        for (let bit = 1; bit <= 0x100; bit <<= 1) {
          const first = list.find(
            ({ flags, mask, sid }) => flags === 0 && (mask & bit) !== 0 && sid !== "S-1-5-18",
          );
          expect((maximum & bit) !== 0).toBe(first?.type === 0);
        }
      }),
    );
  });
});

describe("privileges", () => {
  const administrator = { ...anna, privileges: ADMINISTRATOR_PRIVILEGES };

  it.each([
    ["nothing to a user", anna, FILE_OPEN_FOR_BACKUP_INTENT, 0],
    ["what is audited to an administrator", administrator, 0, ACCESS_SYSTEM_SECURITY],
    [
      "reading and writing to an administrator who backs up or restores",
      administrator,
      FILE_OPEN_FOR_BACKUP_INTENT,
      ACCESS_SYSTEM_SECURITY | (FILE_ALL_ACCESS & ~FILE_DELETE_CHILD),
    ],
    [
      "reading to who may back up",
      { ...anna, privileges: SE_BACKUP_PRIVILEGE },
      FILE_OPEN_FOR_BACKUP_INTENT,
      ACCESS_SYSTEM_SECURITY | FILE_GENERIC_READ | FILE_EXECUTE,
    ],
  ])("give %s", (_, token, createOptions, access) => {
    expect(privilegedAccess(token, createOptions)).toBe(access);
  });

  it("let who may take ownership have WRITE_OWNER on everything", () => {
    const closed = parseSddl("O:SYD:");
    expect(maximumAccess(closed, administrator)).toBe(WRITE_OWNER);
    expect(maximumAccess(closed, anna)).toBe(0);
  });

  it.each([
    ["himself", anna, ANNA, true],
    ["a group of his", anna, STAFF, true],
    ["everyone", anna, EVERYONE, true],
    ["a group of others", { ...anna, groupSids: [EVERYONE] }, ADMINISTRATORS, false],
    ["somebody else", anna, "S-1-5-18", false],
    ["somebody else, restoring", administrator, "S-1-5-18", true],
  ])("decide whether a caller may make %s the owner", (_, token, owner, may) => {
    expect(mayMakeOwner(token, owner)).toBe(may);
  });
});

describe("AccessChecker", () => {
  const bytes = writeSecurityDescriptor(parseSddl(`D:(A;;FR;;;${STAFF})`));

  it("works out the same as without memory, for each caller by himself", () => {
    const checker = new AccessChecker();
    const bert = { userSid: "S-1-5-21-1-2-3-1002", groupSids: [EVERYONE] };
    for (let i = 0; i < 2; i++) {
      expect(checker.maximumAccess(bytes, anna)).toBe(FILE_GENERIC_READ);
      expect(checker.maximumAccess(bytes, bert)).toBe(0);
    }
  });

  it("decodes a descriptor once", () => {
    const checker = new AccessChecker();
    expect(checker.decoded(bytes)).toEqual(parseSddl(`D:(A;;FR;;;${STAFF})`));
    expect(checker.decoded(bytes)).toBe(checker.decoded(bytes));
  });

  it("grants everything where the descriptor is empty", () => {
    expect(new AccessChecker().maximumAccess(new Uint8Array(0), anna)).toBe(FILE_ALL_ACCESS);
  });

  it("grants nothing where the descriptor cannot be read", () => {
    const checker = new AccessChecker();
    const bad = bytes.slice(0, -1);
    expect(checker.maximumAccess(bad, anna)).toBe(0);
    expect(checker.decoded(bad)).toBeUndefined();
  });
});

describe("grantOpen", () => {
  const facts: OpenFacts = {
    maximum: FILE_GENERIC_READ,
    parentMaximum: undefined,
    desired: 0,
    desiredOfFile: 0,
    attributes: 0,
    isDeleteOnClose: false,
  };
  const granted = (grantedAccess: number, needsParent = false) => ({
    status: NtStatus.SUCCESS,
    grantedAccess,
    needsParent,
  });
  const refused = (needsParent: boolean, status: NtStatus = NtStatus.ACCESS_DENIED) => ({
    status,
    grantedAccess: 0,
    needsParent,
  });
  const none = { maximum: 0 };
  const all = { maximum: FILE_ALL_ACCESS };
  const readOnly = { ...all, attributes: FILE_ATTRIBUTE_READONLY };
  const parent = { parentMaximum: FILE_DELETE_CHILD | FILE_LIST_DIRECTORY };
  const SACL = ACCESS_SYSTEM_SECURITY;
  const auditor = { maximum: ACCESS_SYSTEM_SECURITY | 1, parentMaximum: 0 };
  const WRITES = FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_DELETE_CHILD;

  it.each<[string, Partial<OpenFacts>, ReturnType<typeof granted>]>([
    ["nothing asked", { ...none }, granted(0)],
    ["what there is", { desired: FILE_READ_DATA }, granted(FILE_READ_DATA)],
    ["generic rights", { desired: GENERIC_READ }, granted(FILE_GENERIC_READ)],
    ["too much", { desired: FILE_WRITE_DATA }, refused(false)],
    ["what is audited", { ...all, desired: ACCESS_SYSTEM_SECURITY }, refused(false)],
    [
      "what is audited, by privilege",
      { ...auditor, desired: ACCESS_SYSTEM_SECURITY },
      granted(SACL),
    ],
    ["all there is, without asking for that", { ...auditor, desired: MAXIMUM_ALLOWED }, granted(1)],
    ["all there is, and that", { ...auditor, desired: MAXIMUM_ALLOWED | SACL }, granted(SACL | 1)],
    // what a directory gives
    ["DELETE, not yet known", { desired: DELETE }, refused(true)],
    ["DELETE and too much", { desired: DELETE | FILE_WRITE_DATA }, refused(false)],
    ["DELETE from above", { ...parent, desired: DELETE }, granted(DELETE)],
    ["DELETE from nowhere", { parentMaximum: 0, desired: DELETE }, refused(false)],
    ["DELETE, listing above", { parentMaximum: 1, desired: DELETE }, refused(false)],
    ["attributes, not yet known", { ...none, desired: FILE_READ_ATTRIBUTES }, refused(true)],
    ["attributes", { ...none, ...parent, desired: FILE_READ_ATTRIBUTES }, granted(0x80)],
    [
      "only what is missing",
      { parentMaximum: FILE_DELETE_CHILD, desired: DELETE | FILE_READ_ATTRIBUTES },
      granted(DELETE | FILE_READ_ATTRIBUTES),
    ],
    // what the file itself must grant
    [
      "superseding, by the directory's leave only",
      { ...parent, desired: DELETE, desiredOfFile: DELETE },
      refused(false),
    ],
    ["superseding", { ...all, desired: DELETE, desiredOfFile: DELETE }, granted(DELETE)],
    // as much as there is
    ["all there is", { ...all, desired: MAXIMUM_ALLOWED }, granted(FILE_ALL_ACCESS)],
    ["more from above, perhaps", { desired: MAXIMUM_ALLOWED }, granted(FILE_GENERIC_READ, true)],
    ["nothing but above", { ...none, ...parent, desired: MAXIMUM_ALLOWED }, granted(DELETE | 0x80)],
    ["nothing at all", { ...none, parentMaximum: 0, desired: MAXIMUM_ALLOWED }, refused(false)],
    ["all there is and too much", { ...parent, desired: MAXIMUM_ALLOWED | 2 }, refused(false)],
    // deleting on close
    ["deleting", { ...all, isDeleteOnClose: true, desired: 1 }, granted(1)],
    ["deleting, not allowed", { parentMaximum: 0, isDeleteOnClose: true }, refused(false)],
    // read-only files
    ["reading", { ...readOnly, desired: 1 }, granted(1)],
    ["writing", { ...readOnly, desired: FILE_WRITE_DATA }, refused(false)],
    ["appending", { ...readOnly, desired: FILE_APPEND_DATA }, refused(false)],
    ["everything", { ...readOnly, desired: GENERIC_ALL }, refused(false)],
    ["deleting later", { ...readOnly, desired: DELETE }, granted(DELETE)],
    [
      "deleting on close",
      { ...readOnly, desired: DELETE, isDeleteOnClose: true },
      refused(false, NtStatus.CANNOT_DELETE),
    ],
    [
      "as much as a read-only file has",
      { ...readOnly, desired: MAXIMUM_ALLOWED },
      granted(FILE_ALL_ACCESS & ~WRITES),
    ],
    [
      "writing to a read-only directory",
      {
        ...all,
        attributes: FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_DIRECTORY,
        desired: FILE_WRITE_DATA,
      },
      granted(FILE_WRITE_DATA),
    ],
  ])("%s: %o", (_, given, outcome) => {
    expect(grantOpen({ ...facts, ...given })).toEqual(outcome);
  });

  it("never grants what neither the file nor its directory gives", () => {
    const rights = fc.nat({ max: 0x1ff }).map((low) => low | (low & 1 ? DELETE : 0));
    fc.assert(
      fc.property(rights, rights, rights, fc.boolean(), (maximum, above, desired, isMaximum) => {
        const asked = desired | (isMaximum ? MAXIMUM_ALLOWED : 0);
        const { grantedAccess, needsParent } = grantOpen({
          ...facts,
          maximum,
          parentMaximum: above,
          desired: asked,
        });
        const given =
          maximum |
          ((above & 0x40) !== 0 ? DELETE : 0) |
          ((above & 1) !== 0 ? FILE_READ_ATTRIBUTES : 0);
        expect(grantedAccess & ~given).toBe(0);
        expect(needsParent).toBe(false);
      }),
    );
  });
});
