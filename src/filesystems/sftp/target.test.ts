import { describe, expect, it } from "vitest";
import { SftpError } from "./errors.js";
import { parseSftpTarget } from "./target.js";

describe("an SFTP target", () => {
  it.each([
    { text: "box", target: { host: "box", path: "" } },
    { text: "anna@box", target: { user: "anna", host: "box", path: "" } },
    { text: "anna@box:/srv/data", target: { user: "anna", host: "box", path: "/srv/data" } },
    { text: "box:data/x y", target: { host: "box", path: "data/x y" } },
    { text: "box:", target: { host: "box", path: "" } },
    { text: "a@b.org@box:/", target: { user: "a@b.org", host: "box", path: "/" } },
    { text: "anna@[::1]:/srv", target: { user: "anna", host: "::1", path: "/srv" } },
    { text: "[fe80::1%eth0]", target: { host: "fe80::1%eth0", path: "" } },
    { text: "box:/a:b@c", target: { host: "box", path: "/a:b@c" } },
    { text: "sftp://box", target: { host: "box", path: "" } },
    {
      text: "sftp://anna@box:2222/srv/a%20b",
      target: { user: "anna", host: "box", port: 2222, path: "/srv/a b" },
    },
    { text: "SFTP://box/", target: { host: "box", path: "/" } },
    { text: "sftp://box/~/notes", target: { host: "box", path: "notes" } },
    { text: "sftp://box/~", target: { host: "box", path: "" } },
    { text: "sftp://[::1]:22/x", target: { host: "::1", port: 22, path: "/x" } },
    { text: "sftp://anna%40home@box/x", target: { user: "anna@home", host: "box", path: "/x" } },
  ])("$text is understood", ({ text, target }) => {
    expect(parseSftpTarget(text)).toEqual(target);
  });

  it.each([
    { text: "", why: /names no host/ },
    { text: ":/srv", why: /names no host/ },
    { text: "@box", why: /empty user/ },
    { text: "/srv/data", why: /names no host/ },
    { text: "-oProxyCommand=x", why: /names no host/ },
    { text: "sftp://", why: /names no host/ },
    { text: "sftp://box:0/x", why: /no port from 1 to 65535/ },
    { text: "sftp://box:70000/x", why: /no port from 1 to 65535/ },
    { text: "sftp://box/%zz", why: /% that is no character/ },
    { text: "sftp://box/a%00b", why: /a character that no name has/ },
    { text: "[::1", why: /names no host/ },
  ])("$text is refused", ({ text, why }) => {
    expect(() => parseSftpTarget(text)).toThrow(why);
  });

  it("has no password in it, and the refusal does not repeat it", () => {
    for (const text of ["anna:secret@box:/x", "sftp://anna:secret@box/x"]) {
      expect(() => parseSftpTarget(text)).toThrow(/ANYMOUNT_SFTP_PASSWORD/);
      expect(() => parseSftpTarget(text)).not.toThrow(/secret/);
      expect(() => parseSftpTarget(text)).toThrow(SftpError);
    }
  });
});
