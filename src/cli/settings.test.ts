import { describe, expect, it } from "vitest";
import { descriptorOfSddl, FILE_SYSTEM_OPERATIONS } from "../index.js";
import {
  mergeSettings,
  readSettings,
  SETTING_GROUPS,
  SETTINGS,
  type Settings,
} from "./settings.js";

function read(values: Readonly<Record<string, unknown>>) {
  return readSettings(Object.entries(values), (name) => `--${name}`);
}

describe("readSettings", () => {
  it("makes values of texts", () => {
    expect(
      read({
        share: ["my ram", "public,read-only", "seen,hide-unreadable,read-only"],
        listen: "[::1]:445",
        user: ["anna:x", "ben"],
        group: ["staff=anna,ben", "Administrators=anna"],
        guest: true,
        signing: "enabled",
        encryption: "off",
        "min-dialect": "2.0.2",
        "max-dialect": "3.1.1",
        "read-only": true,
        "follow-symlinks": true,
        "max-size": "4K",
        label: "RAM",
        "file-system-name": "MEMFS",
        "root-sddl": "D:(A;;GA;;;WD)",
        "case-sensitive": false,
        verbose: true,
        log: "-",
        "log-operations": "write, READ",
      }),
    ).toEqual({
      ok: true,
      value: {
        share: [
          { name: "my ram", isReadOnly: false, hidesUnreadable: false },
          { name: "public", isReadOnly: true, hidesUnreadable: false },
          { name: "seen", isReadOnly: true, hidesUnreadable: true },
        ],
        listen: { host: "::1", port: 445 },
        user: [
          { name: "anna", password: "x" },
          { name: "ben", password: undefined },
        ],
        group: [
          { name: "staff", members: ["anna", "ben"] },
          { name: "Administrators", members: ["anna"] },
        ],
        guest: true,
        signing: "enabled",
        encryption: "off",
        "min-dialect": "2.0.2",
        "max-dialect": "3.1.1",
        "read-only": true,
        "follow-symlinks": true,
        "max-size": 4096,
        label: "RAM",
        "file-system-name": "MEMFS",
        "root-sddl": descriptorOfSddl("D:(A;;GA;;;WD)"),
        "case-sensitive": false,
        verbose: true,
        log: "-",
        "log-operations": ["read", "write"],
      },
    });
  });

  it.each(["all", "-1"])("takes %s for every operation", (all) => {
    expect(read({ "log-operations": all })).toEqual({
      ok: true,
      value: { "log-operations": FILE_SYSTEM_OPERATIONS },
    });
  });

  it("takes the longest label and file system name there may be", () => {
    expect(read({ label: "x".repeat(32), "file-system-name": "x".repeat(15) }).ok).toBe(true);
  });

  it.each([
    { name: "label", value: "x".repeat(33), allowed: "more than 32" },
    { name: "file-system-name", value: "x".repeat(16), allowed: "1 to 15 characters" },
    { name: "file-system-name", value: "", allowed: "1 to 15 characters" },
    { name: "root-sddl", value: "D:(A;;XY;;;WD)", allowed: "XY is not a right at position 6" },
    { name: "root-sddl", value: "D:".repeat(50_001), allowed: "more than 100000" },
    { name: "log", value: "", allowed: "- for standard error" },
    { name: "log-operations", value: "write,peek", allowed: '"peek" is no operation: give all' },
    { name: "log-operations", value: "", allowed: "some of start, stop, getVolumeInfo" },
    { name: "share", value: "a/b", allowed: "is no share name" },
    { name: "share", value: "", allowed: "is no share name" },
    { name: "share", value: "ipc$", allowed: "the server's own" },
    { name: "share", value: "a,readonly", allowed: "read-only or hide-unreadable" },
    { name: "group", value: "staff", allowed: "such as staff=anna,ben" },
    { name: "group", value: "staff=", allowed: '"" is no name' },
    { name: "group", value: "staff=anna=ben", allowed: "such as staff=anna,ben" },
    { name: "group", value: "st@ff=anna", allowed: '"st@ff" is no name' },
    { name: "share", value: "x".repeat(81), allowed: "1 to 80 characters" },
    { name: "listen", value: "4450", allowed: "give HOST:PORT" },
    { name: "user", value: ["anna", ":x"], allowed: "a user name has" },
    { name: "user", value: [1], allowed: "has to be a text" },
    { name: "user", value: Array(1001).fill("a"), allowed: "more than 1000" },
    { name: "guest", value: "yes", allowed: "has to be true or false" },
    { name: "signing", value: "off", allowed: "give required or enabled" },
    { name: "encryption", value: "on", allowed: "give required, enabled or off" },
    { name: "min-dialect", value: "1.0", allowed: "give 2.0.2, 2.1, 3.0, 3.0.2 or 3.1.1" },
    { name: "max-size", value: "lots", allowed: "such as 4G" },
    { name: "max-size", value: 4096, allowed: "has to be a text" },
    { name: "label", value: "x".repeat(33), allowed: "more than 32 characters" },
  ])("names $name, and says what is allowed: $allowed", ({ name, value, allowed }) => {
    const outcome = read({ [name]: value });
    if (outcome.ok) expect.fail("was taken");
    expect(outcome.problem).toContain(`--${name}: `);
    expect(outcome.problem).toContain(allowed);
  });

  it.each(["colour", "toString", "__proto__"])("refuses %s, which is no setting", (name) => {
    const outcome = readSettings([[name, "x"]], String);
    expect(outcome).toEqual({
      ok: false,
      problem: `${name} is no setting; there are ${Object.keys(SETTINGS).join(", ")}`,
    });
  });
});

function shareOf(name: string) {
  return { name, isReadOnly: false, hidesUnreadable: false };
}

describe("mergeSettings", () => {
  it("takes the user there is without a name as one who can be in a group", () => {
    const group = [{ name: "staff", members: ["anymount"] }];
    expect(mergeSettings({ group }, {})).toEqual({ ok: true, value: { group } });
  });

  it("lets the second win", () => {
    const merged = mergeSettings({ label: "a", guest: true }, { label: "b" });
    expect(merged).toEqual({ ok: true, value: { label: "b", guest: true } });
  });

  it.each<{ settings: Settings; says: string }>([
    { settings: { "min-dialect": "3.0", "max-dialect": "2.1" }, says: "exchange them" },
    { settings: { encryption: "required", "max-dialect": "2.1" }, says: "needs dialect 3.0" },
    { settings: { share: [shareOf("a"), shareOf("A")] }, says: 'two shares called "A"' },
    { settings: { group: [{ name: "staff", members: ["ben"] }] }, says: "add --user ben" },
    {
      settings: {
        user: [{ name: "Anna", password: "x" }],
        group: [{ name: "staff", members: ["anna", "anymount"] }],
      },
      says: "add --user anymount",
    },
  ])("refuses $settings", ({ settings, says }) => {
    const merged = mergeSettings({}, settings);
    if (merged.ok) expect.fail("was taken");
    expect(merged.problem).toContain(says);
  });
});

it("every setting is in one group of the help", () => {
  const grouped = Object.values(SETTING_GROUPS).flat();
  expect(grouped.sort()).toEqual(Object.keys(SETTINGS).sort());
});
