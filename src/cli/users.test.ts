import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseUser, resolveUsers } from "./users.js";

describe("parseUser", () => {
  it.each([
    { text: "anna", name: "anna", password: undefined },
    { text: "anna:secret", name: "anna", password: "secret" },
    { text: "anna:a:b", name: "anna", password: "a:b" },
    { text: "Jörg Müller:x", name: "Jörg Müller", password: "x" },
  ])("takes $text", ({ text, name, password }) => {
    expect(parseUser(text)).toEqual({ ok: true, value: { name, password } });
  });

  it.each([
    "",
    ":secret",
    "a/b:secret",
    "a\\b:secret",
    "a@b",
    " anna:secret",
    "a\tb",
    "a".repeat(257),
  ])("refuses the name in %j without repeating what may be a password", (text) => {
    const outcome = parseUser(text);
    expect(outcome).toMatchObject({ ok: false });
    expect(JSON.stringify(outcome)).not.toContain("secret");
  });

  it("refuses an empty password, and one that is too long", () => {
    const outcome = { ok: false, problem: "a password has 1 to 256 characters" };
    expect(parseUser("anna:")).toEqual(outcome);
    expect(parseUser(`anna:${"x".repeat(257)}`)).toEqual(outcome);
  });
});

describe("resolveUsers", () => {
  let directory: string;
  let passwordFile: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "anymount-users-"));
    passwordFile = join(directory, "passwords.json");
  });
  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  it("makes a user when none is given, and the same one at the next start", async () => {
    const first = await resolveUsers([], { passwordFile, commonPassword: undefined });
    expect(first).toMatchObject({ ok: true, value: [{ name: "anymount", isGenerated: true }] });
    expect(await resolveUsers([], { passwordFile, commonPassword: undefined })).toEqual(first);
  });

  it("takes the common password for who has none, and writes no file", async () => {
    const given = [
      { name: "anna", password: "hers" },
      { name: "ben", password: undefined },
    ];
    expect(await resolveUsers(given, { passwordFile, commonPassword: "common" })).toEqual({
      ok: true,
      value: [
        { name: "anna", password: "hers", isGenerated: false },
        { name: "ben", password: "common", isGenerated: false },
      ],
    });
    expect(await readdir(directory)).toEqual([]);
  });

  it("makes a password only for who has none", async () => {
    const given = [
      { name: "anna", password: "hers" },
      { name: "ben", password: undefined },
    ];
    expect(await resolveUsers(given, { passwordFile, commonPassword: undefined })).toMatchObject({
      value: [
        { name: "anna", password: "hers", isGenerated: false },
        { name: "ben", isGenerated: true },
      ],
    });
  });

  it("names the variable when its password is empty", async () => {
    expect(await resolveUsers([], { passwordFile, commonPassword: "" })).toEqual({
      ok: false,
      problem: "ANYMOUNT_PASSWORD: a password has 1 to 256 characters",
    });
  });
});
