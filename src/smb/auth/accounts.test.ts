import { describe, expect, it } from "vitest";
import { Accounts } from "./accounts.js";
import { ntHash } from "./ntlm-hash.js";

describe("Accounts", () => {
  const accounts = new Accounts([
    { name: "Jörg", password: "secret" },
    { name: "anna", password: "" },
  ]);

  it("are found in any case, and keep theirs", () => {
    expect(accounts.find("JÖRG")).toEqual({ userName: "Jörg", ntHash: ntHash("secret") });
    expect(accounts.find("Anna")?.userName).toBe("anna");
  });

  it("are not found by another name", () => {
    expect(accounts.find("Jorg")).toBeUndefined();
    expect(accounts.find("")).toBeUndefined();
    expect(accounts.find("__proto__")).toBeUndefined();
  });

  it("allow no guest unless asked to", () => {
    expect(accounts.allowGuest).toBe(false);
    expect(new Accounts([], { allowGuest: true }).allowGuest).toBe(true);
  });
});
