import { describe, expect, it } from "vitest";
import { type MountTarget, mountCommands, reachableHost } from "./mount-commands.js";

const ram: MountTarget = {
  host: "127.0.0.1",
  port: 4450,
  shareName: "ram",
  userName: "anna",
  password: "s3cret",
};

function commandsFor(changes: Partial<MountTarget>): string[] {
  return mountCommands({ ...ram, ...changes }).flatMap(({ commands }) => commands);
}

describe("mountCommands", () => {
  it("names a port that is not the usual one, in each system's way", () => {
    expect(commandsFor({})).toEqual([
      "net use X: \\\\127.0.0.1\\ram /TCPPORT:4450 /USER:anna s3cret",
      "mkdir -p ~/ram && mount_smbfs //anna:s3cret@127.0.0.1:4450/ram ~/ram",
      "open smb://anna@127.0.0.1:4450/ram",
      "smbclient //127.0.0.1/ram -p 4450 -U anna%s3cret",
      "sudo mount -t cifs //127.0.0.1/ram /mnt -o port=4450,username=anna,password=s3cret,vers=3.1.1,uid=$(id -u)",
      "gio mount smb://anna@127.0.0.1:4450/ram",
    ]);
  });

  it("leaves the usual port out, and what Finder then refuses", () => {
    expect(commandsFor({ port: 445 })).toEqual([
      "net use X: \\\\127.0.0.1\\ram /USER:anna s3cret",
      "mkdir -p ~/ram && mount_smbfs //anna:s3cret@127.0.0.1/ram ~/ram",
      "smbclient //127.0.0.1/ram -p 445 -U anna%s3cret",
      "sudo mount -t cifs //127.0.0.1/ram /mnt -o port=445,username=anna,password=s3cret,vers=3.1.1,uid=$(id -u)",
      "gio mount smb://anna@127.0.0.1/ram",
    ]);
  });

  it("never shows a password that a person gave", () => {
    const commands = commandsFor({ password: undefined });
    expect(commands.filter((command) => command.includes("PASSWORD"))).toHaveLength(4);
    expect(commands.join()).not.toContain("undefined");
  });

  it("quotes names that a shell would take apart", () => {
    expect(commandsFor({ shareName: "my ram's", userName: "a b" })).toEqual([
      `net use X: "\\\\127.0.0.1\\my ram's" /TCPPORT:4450 "/USER:a b" s3cret`,
      `mkdir -p ~/'my ram'\\''s' && mount_smbfs '//a%20b:s3cret@127.0.0.1:4450/my%20ram'\\''s' ~/'my ram'\\''s'`,
      `open 'smb://a%20b@127.0.0.1:4450/my%20ram'\\''s'`,
      `smbclient '//127.0.0.1/my ram'\\''s' -p 4450 -U 'a b%s3cret'`,
      `sudo mount -t cifs '//127.0.0.1/my ram'\\''s' /mnt -o 'port=4450,username=a b,password=s3cret,vers=3.1.1',uid=$(id -u)`,
      `gio mount 'smb://a%20b@127.0.0.1:4450/my%20ram'\\''s'`,
    ]);
  });

  it("writes IPv6 addresses as each system wants them", () => {
    const commands = commandsFor({ host: "fd00::1" });
    expect(commands[0]).toContain("\\\\fd00--1.ipv6-literal.net\\ram");
    expect(commands[1]).toContain("@[fd00::1]:4450/ram");
    expect(commands[3]).toContain("//fd00::1/ram");
  });

  it("asks Linux for a dialect that the server speaks", () => {
    expect(commandsFor({ maxDialect: "2.0.2" }).join()).toContain("vers=2.0,");
    expect(commandsFor({ maxDialect: "3.0" }).join()).toContain("vers=3.0,");
  });
});

describe("reachableHost", () => {
  it("is the machine's name where the server listens on all addresses", () => {
    expect(reachableHost("0.0.0.0", "box")).toBe("box");
    expect(reachableHost("::", "box")).toBe("box");
    expect(reachableHost("192.168.0.2", "box")).toBe("192.168.0.2");
  });
});
