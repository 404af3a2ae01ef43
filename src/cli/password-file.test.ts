import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Outcome } from "./outcome.js";
import { keptPasswords, passwordFilePath } from "./password-file.js";

const isWindows = process.platform === "win32";

describe("keptPasswords", () => {
  let directory: string;
  let path: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "anymount-passwords-"));
    path = join(directory, "config", "passwords.json");
  });
  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  it("makes a password that is long, random and needs no quotes", async () => {
    const passwords = value(await keptPasswords(path, ["anna", "ben"]));
    expect(passwords.get("anna")).toMatch(/^[a-zA-Z2-9]{20}$/);
    expect(passwords.get("ben")).toMatch(/^[a-zA-Z2-9]{20}$/);
    expect(passwords.get("anna")).not.toBe(passwords.get("ben"));
  });

  it("gives the same password at the next start, also when users are added", async () => {
    const first = value(await keptPasswords(path, ["anna"])).get("anna");
    expect(value(await keptPasswords(path, ["anna"])).get("anna")).toBe(first);
    expect(value(await keptPasswords(path, ["ben", "anna"])).get("anna")).toBe(first);
  });

  it("takes names that mean something to JavaScript for names", async () => {
    const first = value(await keptPasswords(path, ["__proto__", "constructor"]));
    expect(first.get("constructor")).toHaveLength(20);
    const second = value(await keptPasswords(path, ["__proto__", "constructor"]));
    expect(second.get("constructor")).toBe(first.get("constructor"));
    expect(second.get("__proto__")).toBe(first.get("__proto__"));
  });

  it.skipIf(isWindows)("keeps the file and its folder to their owner", async () => {
    await keptPasswords(path, ["anna"]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(path))).mode & 0o777).toBe(0o700);
  });

  it("leaves nothing but the file behind", async () => {
    await keptPasswords(path, ["anna"]);
    await keptPasswords(path, ["ben"]);
    expect(await readdir(dirname(path))).toEqual(["passwords.json"]);
  });

  it.each([
    { what: "cut", text: '{"users": {"anna": "sec' },
    { what: "empty", text: "" },
    { what: "of another shape", text: '{"users": ["anna"]}' },
    { what: "with a password that is no text", text: '{"users": {"anna": 1}}' },
    { what: "with an empty password", text: '{"users": {"anna": ""}}' },
    { what: "not an object", text: "null" },
    { what: "too long", text: " ".repeat((1 << 20) + 1) },
  ])("says what to do with a file that is $what, and leaves it as it is", async ({ text }) => {
    path = join(directory, "passwords.json");
    await writeFile(path, text, { mode: 0o600 });
    expect(await keptPasswords(path, ["anna"])).toEqual({
      ok: false,
      problem: `the password file ${path} is damaged: correct it, or remove it to have new passwords made`,
    });
    expect(await readFile(path, "utf8")).toBe(text);
  });

  it.skipIf(isWindows)("refuses a file that others can read", async () => {
    await keptPasswords(path, ["anna"]);
    await chmod(path, 0o644);
    expect(await keptPasswords(path, ["anna"])).toEqual({
      ok: false,
      problem: `the password file ${path} can be read by others: run chmod 600 ${path}`,
    });
  });

  it("says that a folder in the file's place cannot be read", async () => {
    expect(sentence(await keptPasswords(directory, ["anna"]))).toContain(directory);
  });

  it.skipIf(process.platform !== "linux")("says at once that a folder cannot be made", async () => {
    const outcome = await keptPasswords("/proc/nope/.config/passwords.json", ["anna"]);
    expect(sentence(outcome)).toContain("cannot be written (ENOENT)");
  });

  it("says that a file cannot be written", async () => {
    await writeFile(join(directory, "config"), "a file, where the folder should be");
    expect(sentence(await keptPasswords(path, ["anna"]))).toMatch(/cannot be (read|written)/);
  });
});

describe("passwordFilePath", () => {
  it("is where the system wants settings of a user", () => {
    const environment = { XDG_CONFIG_HOME: "/settings", APPDATA: "/appdata" };
    expect(passwordFilePath(environment, "linux")).toBe(
      join("/settings", "anymount", "passwords.json"),
    );
    expect(passwordFilePath(environment, "win32")).toBe(
      join("/appdata", "anymount", "passwords.json"),
    );
  });

  it("is below the home directory where the system says nothing", () => {
    expect(passwordFilePath({ XDG_CONFIG_HOME: "" }, "linux")).toMatch(
      /.config[\\/]anymount[\\/]passwords\.json$/,
    );
  });
});

function value<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(outcome.problem);
  return outcome.value;
}

function sentence(outcome: Outcome<unknown>): string {
  return outcome.ok ? "" : outcome.problem;
}
