import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  accountsServedBy,
  mappedAccounts,
  NOBODY_ID,
  NOBODY_SID,
  POSIX_ACCOUNTS,
} from "./posix-accounts.js";
import { AUTHENTICATED_USERS, accountSid, EVERYONE, isSid, MACHINE_DOMAIN, USERS } from "./sid.js";

const sidOfUid = (uid: number) => POSIX_ACCOUNTS.sidOfUid(uid);
const sidOfGid = (gid: number) => POSIX_ACCOUNTS.sidOfGid(gid);
const uidOfSid = (sid: string) => POSIX_ACCOUNTS.uidOfSid(sid);
const gidOfSid = (sid: string) => POSIX_ACCOUNTS.gidOfSid(sid);

/** Biased to where the ranges meet. */
const id = fc.oneof(
  fc.integer({ min: 0, max: 0x1fff }),
  fc.integer({ min: 0xf000, max: 0x11fff }),
  fc.integer({ min: 0, max: 0x11_0000 }),
  fc.integer({ min: 0, max: 0xffff_fffe }),
);

describe("ids and SIDs", () => {
  it.each([
    [0, "S-1-5-0"],
    [18, "S-1-5-18"],
    [0x1ff, "S-1-5-511"],
    [544, "S-1-5-32-544"],
    [545, "S-1-5-32-545"],
    [1000, "S-1-5-1000"],
    [0x4000a, "S-1-5-64-10"],
    [0x50000, "S-1-5-80-0"],
    [65_792, EVERYONE],
    [0x30000 + 1001, `${MACHINE_DOMAIN}-1001`],
    [0x60000 + 0x2000, "S-1-16-8192"],
    [0x100000 + 0x12345, `${MACHINE_DOMAIN}-74565`],
    [NOBODY_ID, NOBODY_SID],
    [1001, "S-1-22-1-1001"],
  ])("uid %i is %s", (uid, sid) => {
    expect(sidOfUid(uid)).toBe(sid);
    expect(uidOfSid(sid)).toBe(uid);
  });

  it.each([0xffe, 0xfff])("%i, a session to Cygwin, is nobody", (uid) => {
    expect(sidOfUid(uid)).toBe(NOBODY_SID);
  });

  it.each([
    "S-1-5-21-1-2-3-500",
    "S-1-5-600",
    "S-1-5-5-0-1234",
    "S-1-15-2-1",
    `${MACHINE_DOMAIN}-1-2`,
  ])("%s has no number", (sid) => {
    expect(uidOfSid(sid)).toBe(NOBODY_ID);
    expect(gidOfSid(sid)).toBe(NOBODY_ID);
  });

  it("every id comes back from its SID, but those of sessions", () => {
    fc.assert(
      fc.property(id, (number) => {
        fc.pre(number !== 0xffe && number !== 0xfff);
        expect(isSid(sidOfUid(number))).toBe(true);
        expect(uidOfSid(sidOfUid(number))).toBe(number);
        expect(gidOfSid(sidOfGid(number))).toBe(number);
      }),
    );
  });

  it("every user of the server comes back from his number", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (name) => {
        expect(sidOfUid(uidOfSid(accountSid(name)))).toBe(accountSid(name));
      }),
    );
  });

  it("a group that only has a number is told from a user that only has one", () => {
    expect(sidOfGid(1001)).toBe("S-1-22-2-1001");
    expect(gidOfSid("S-1-22-2-1001")).toBe(1001);
  });
});

describe("mapped ids", () => {
  const anna = accountSid("anna");
  const accounts = mappedAccounts({
    uids: new Map([
      [1000, anna],
      [11, EVERYONE],
      [12, EVERYONE],
    ]),
  });

  it("come before all rules, both ways", () => {
    expect(accounts.sidOfUid(1000)).toBe(anna);
    expect(accounts.uidOfSid(anna)).toBe(1000);
  });

  it("leave the others as they are", () => {
    expect(accounts.sidOfUid(18)).toBe("S-1-5-18");
    expect(accounts.sidOfGid(1000)).toBe("S-1-5-1000");
    expect(accounts.uidOfSid("S-1-5-18")).toBe(18);
  });

  it("of two with one SID, the first comes back", () => {
    expect(accounts.sidOfUid(12)).toBe(EVERYONE);
    expect(accounts.uidOfSid(EVERYONE)).toBe(11);
  });

  it("leave the number whose SID they took one of its own", () => {
    const own = accounts.sidOfUid(65_792); // Everyone, were he not 11
    expect(own).toBe("S-1-22-1-65792");
    expect(accounts.uidOfSid(own)).toBe(65_792);
  });
});

describe("ids of the process that serves", () => {
  const accounts = accountsServedBy({ uid: 1000, gid: 100 }, { uids: new Map([[7, "S-1-5-99"]]) });

  it("belong to whoever has logged on", () => {
    expect(accounts.sidOfUid(1000)).toBe(AUTHENTICATED_USERS);
    expect(accounts.sidOfGid(100)).toBe(USERS);
    expect(accounts.uidOfSid(AUTHENTICATED_USERS)).toBe(1000);
    expect(accounts.sidOfUid(7)).toBe("S-1-5-99");
  });

  it("are those of the rules where the process has none", () => {
    const rules = accountsServedBy({ uid: undefined, gid: undefined });
    expect(rules.sidOfUid(1000)).toBe("S-1-5-1000");
  });
});
