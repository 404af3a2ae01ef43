import { describe, expect, it } from "vitest";
import { expandTokens, readSshConfig } from "./ssh-config.js";

const CONFIG = `
# for all
IdentitiesOnly no

Host build *.build !old.build
    HostName=build.example.org
    Port 2222
    User "anna b"
    IdentityFile ~/.ssh/id_build   # the new one
    IdentityFile "%d/keys/%r@%h"

Match host x exec "true"
    Port 9

Host other
    ProxyJump gate

host *
    User everybody
    Port 22
    IdentityFile ~/.ssh/id_all
    UserKnownHostsFile ~/.ssh/known ~/.ssh/known2
`;

describe("the configuration of OpenSSH", () => {
  it("says of a host what comes first on each matter, and every key", () => {
    expect(readSshConfig(CONFIG, "build")).toEqual({
      identitiesOnly: false,
      hostName: "build.example.org",
      port: 2222,
      user: "anna b",
      identityFiles: ["~/.ssh/id_build", "%d/keys/%r@%h", "~/.ssh/id_all"],
      userKnownHostsFiles: ["~/.ssh/known", "~/.ssh/known2"],
    });
  });

  it("leaves out hosts by a pattern with !", () => {
    expect(readSshConfig(CONFIG, "new.build").port).toBe(2222);
    expect(readSshConfig(CONFIG, "old.build").port).toBe(22);
  });

  it("tells that a host is reached another way", () => {
    expect(readSshConfig(CONFIG, "other").proxy).toBe("gate");
  });

  it("says nothing where there is nothing", () => {
    expect(readSshConfig("", "x")).toEqual({ identityFiles: [] });
  });

  it("has file names with tokens", () => {
    const tokens = { home: "/home/anna", host: "box", remoteUser: "root", localUser: "anna" };
    expect(expandTokens("~/.ssh/id", tokens)).toBe("/home/anna/.ssh/id");
    expect(expandTokens("%d/%r@%h-%u-100%%-%x", tokens)).toBe("/home/anna/root@box-anna-100%-%x");
  });
});
