import { describe, expect, it } from "vitest";
import { type Machine, type MountPlan, planMount, planUnmount } from "./mount-plan.js";
import type { Outcome } from "./outcome.js";
import type { ShareUrl } from "./share-url.js";

const SHARE: ShareUrl = { host: "box", port: 4450, shareName: "ram", userName: "anna" };
const KNOWN = { password: "S3cret", where: undefined };

function machine(platform: NodeJS.Platform, more: Partial<Machine> = {}): Machine {
  return {
    platform,
    release: "10.0.26100",
    isRoot: false,
    userId: 1000,
    groupId: 1000,
    home: "/Users/anna",
    hasCifs: false,
    programs: new Set(),
    ...more,
  };
}

const ROOT = machine("linux", {
  isRoot: true,
  userId: 0,
  groupId: 0,
  hasCifs: true,
  programs: new Set(["mount.cifs"]),
});

function planned(outcome: Outcome<MountPlan>): MountPlan {
  if (!outcome.ok) expect.fail(outcome.problem);
  return outcome.value;
}

function refused(outcome: Outcome<MountPlan>): string {
  if (outcome.ok) expect.fail(outcome.value.shown);
  return outcome.problem;
}

describe("mounting on Windows", () => {
  it("names the port, from 24H2 on", () => {
    const plan = planned(planMount(machine("win32"), SHARE, { ...KNOWN, where: "x:" }));
    expect([plan.command, ...plan.args]).toEqual([
      "net",
      "use",
      "X:",
      "\\\\box\\ram",
      "/TCPPORT:4450",
      "/USER:anna",
      "S3cret",
    ]);
    expect(plan.shown).toBe("net use X: \\\\box\\ram /TCPPORT:4450 /USER:anna ****");
  });

  it("takes the next free letter, and lets Windows ask for a password that is not known", () => {
    const share = { ...SHARE, port: 445, host: "::1" };
    const how = { password: undefined, where: undefined };
    expect(planned(planMount(machine("win32"), share, how)).shown).toBe(
      "net use * \\\\--1.ipv6-literal.net\\ram /USER:anna *",
    );
  });

  it("is refused before 24H2 for a port but 445, with the way out", () => {
    const old = machine("win32", { release: "10.0.22631" });
    expect(refused(planMount(old, SHARE, KNOWN))).toBe(
      "this Windows (build 22631) reaches port 445 only, not 4450: serve with --listen HOST:445 on a machine whose port 445 is free, or use Windows 11 24H2 or Windows Server 2025",
    );
    expect(planMount(old, { ...SHARE, port: 445 }, KNOWN).ok).toBe(true);
  });

  it("needs a letter", () => {
    expect(refused(planMount(machine("win32"), SHARE, { ...KNOWN, where: "C:\\mnt" }))).toContain(
      "such as X:",
    );
  });
});

describe("mounting on macOS", () => {
  it("is mount_smbfs, which reads the password of its input", () => {
    const share = { ...SHARE, shareName: "my files", userName: "anna b" };
    const plan = planned(planMount(machine("darwin"), share, { ...KNOWN, where: "/tmp/x" }));
    expect([plan.command, ...plan.args]).toEqual([
      "mount_smbfs",
      "//anna%20b@box:4450/my%20files",
      "/tmp/x",
    ]);
    expect(plan.input).toBe("S3cret\n");
    expect(plan.needsDirectory).toBe(true);
    expect(planned(planMount(machine("darwin"), SHARE, KNOWN)).where).toBe("/Users/anna/ram");
  });
});

describe("mounting on Linux", () => {
  it("is the kernel's client as root, with the password in a file", () => {
    const plan = planned(planMount(ROOT, SHARE, KNOWN));
    expect(plan.shown).toBe(
      "mount -t cifs //box/ram /mnt/ram -o port=4450,credentials=CREDENTIALS-FILE,uid=0,gid=0",
    );
    expect(plan.credentials).toBe("username=anna\npassword=S3cret\n");
  });

  it("lets mount.cifs ask for a password that is not known", () => {
    const plan = planned(planMount(ROOT, SHARE, { password: undefined, where: "/mnt/x" }));
    expect(plan.shown).toBe(
      "mount -t cifs //box/ram /mnt/x -o port=4450,username=anna,uid=0,gid=0",
    );
    expect(plan.credentials).toBeUndefined();
  });

  it("is refused where the kernel has no client, or its program is missing", () => {
    expect(refused(planMount({ ...ROOT, hasCifs: false }, SHARE, KNOWN))).toContain(
      "has no module cifs",
    );
    expect(refused(planMount({ ...ROOT, programs: new Set() }, SHARE, KNOWN))).toContain(
      "cifs-utils",
    );
  });

  it("is gio for others, which reads the password of its input and chooses the place", () => {
    const desktop = machine("linux", { programs: new Set(["gio"]) });
    const plan = planned(planMount(desktop, SHARE, KNOWN));
    expect([plan.command, ...plan.args]).toEqual([
      "gio",
      "mount",
      "smb://WORKGROUP;anna@box:4450/ram",
    ]);
    expect(plan.input).toBe("S3cret\n");
    expect(refused(planMount(desktop, SHARE, { ...KNOWN, where: "/mnt/x" }))).toContain(
      "leave /mnt/x out",
    );
  });

  it("says where to get the right or the program that is missing", () => {
    expect(refused(planMount(machine("linux"), SHARE, KNOWN))).toBe(
      "to mount a share takes root, or gio of a desktop: run sudo anymount mount smb://anna@box:4450/ram, or install gvfs-backends and libglib2.0-bin",
    );
  });

  it("is nothing that is known elsewhere", () => {
    expect(refused(planMount(machine("sunos"), SHARE, KNOWN))).toContain("sunos");
  });
});

it.each(["win32", "darwin"] as const)("a password is never shown on %s", (platform) => {
  expect(planned(planMount(machine(platform), SHARE, KNOWN)).shown).not.toContain("S3cret");
});

describe("unmounting", () => {
  it.each([
    ["win32", "X:", false, "net use X: /DELETE"],
    ["win32", "X:", true, "net use X: /DELETE /Y"],
    ["darwin", "/tmp/x", false, "umount /tmp/x"],
    ["darwin", "/tmp/x", true, "diskutil unmount force /tmp/x"],
    ["linux", "/mnt/x", false, "umount /mnt/x"],
    ["linux", "/mnt/x", true, "umount -l /mnt/x"],
    ["linux", "smb://anna@box/ram", false, "gio mount -u smb://anna@box/ram"],
  ] as const)("on %s of %s, forced: %s", (platform, where, isForced, line) => {
    const { command, args } = planUnmount(machine(platform), where, { isForced });
    expect([command, ...args].join(" ")).toBe(line);
  });
});
