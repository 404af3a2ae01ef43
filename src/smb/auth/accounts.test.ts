import { describe, expect, it } from "vitest";
import {
  ADMINISTRATOR_PRIVILEGES,
  ADMINISTRATORS,
  AUTHENTICATED_USERS,
  accountSid,
  EVERYONE,
  GUESTS,
  NETWORK,
  USER_PRIVILEGES,
  USERS,
} from "../../nt/index.js";
import { Accounts } from "./accounts.js";
import { ntHash } from "./ntlm-hash.js";

describe("Accounts", () => {
  const accounts = new Accounts([
    { name: "Jörg", password: "secret" },
    { name: "anna", password: "" },
  ]);

  it("are found in any case, and keep theirs", () => {
    expect(accounts.find("JÖRG")).toMatchObject({ userName: "Jörg", ntHash: ntHash("secret") });
    expect(accounts.find("Anna")?.userName).toBe("anna");
  });

  it("are not found by another name", () => {
    expect(accounts.find("Jorg")).toBeUndefined();
    expect(accounts.find("")).toBeUndefined();
    expect(accounts.find("__proto__")).toBeUndefined();
  });

  it("have a SID of their own, and belong to what everybody belongs to", () => {
    expect(accounts.find("anna")).toMatchObject({
      userSid: accountSid("anna"),
      groupSids: [EVERYONE, AUTHENTICATED_USERS, USERS, NETWORK],
      privileges: USER_PRIVILEGES,
    });
  });

  it("are in the groups that they were put into", () => {
    const accounts = new Accounts([
      { name: "anna", password: "", groups: ["Staff", "administrators"] },
      { name: "ben", password: "", groups: ["STAFF", "Guests", "staff"] },
    ]);
    expect(accounts.groups).toEqual([{ name: "Staff", sid: accountSid("staff") }]);
  });

  it("get the rights of the groups that Windows has built in", () => {
    const { users } = new Accounts([
      { name: "anna", password: "", groups: ["Staff", "administrators"] },
      { name: "ben", password: "", groups: ["STAFF", "Guests", "staff"] },
    ]);
    const ofAll = [EVERYONE, AUTHENTICATED_USERS, USERS, NETWORK];
    expect(users.map(({ groupSids }) => groupSids)).toEqual([
      [...ofAll, accountSid("staff"), ADMINISTRATORS],
      [...ofAll, accountSid("staff"), GUESTS],
    ]);
    expect(users.map(({ privileges }) => privileges)).toEqual([
      ADMINISTRATOR_PRIVILEGES,
      USER_PRIVILEGES,
    ]);
  });

  it.each([
    ["two users of one name", ["anna", "Anna"], [], 'two accounts called "Anna"'],
    ["a group called like a user", ["anna"], ["ANNA"], 'two accounts called "ANNA"'],
    ["a user called like a group of Windows", ["Administrators"], [], "one of its own"],
    ["a group called like somebody well known", ["anna"], ["everyone"], "one of its own"],
    ["names of one SID", ["user223089", "user302874"], [], "the same SID by chance"],
  ])("cannot be %s", (_, names, groups, sentence) => {
    const users = names.map((name) => ({ name, password: "", groups }));
    expect(() => new Accounts(users)).toThrow(sentence);
  });

  it("allow no guest unless asked to", () => {
    expect(accounts.allowGuest).toBe(false);
    expect(new Accounts([], { allowGuest: true }).allowGuest).toBe(true);
  });
});
