import { expect, it } from "vitest";
import { parseShareUrl } from "./share-url.js";

it.each([
  ["smb://127.0.0.1:4450/ram", { host: "127.0.0.1", port: 4450, userName: "anymount" }],
  ["smb://anna@Box/ram", { host: "box", port: 445, userName: "anna" }],
  ["smb://anna%20b@[::1]:4450/ram/", { host: "::1", port: 4450, userName: "anna b" }],
])("%s", (text, share) => {
  expect(parseShareUrl(text)).toEqual({ ok: true, value: { shareName: "ram", ...share } });
});

it.each([
  "smb://",
  "smb://box",
  "smb://box/",
  "smb://box/a/b",
  "smb://box:99999/a",
  "smb://a;b@box/c",
])("%s is refused", (text) => {
  expect(parseShareUrl(text)).toMatchObject({ ok: false });
});

it("a password in a URL is refused, and not repeated", () => {
  const parsed = parseShareUrl("smb://anna:S3cret@box/ram");
  expect(parsed.ok ? "" : parsed.problem).toContain("ANYMOUNT_PASSWORD");
  expect(JSON.stringify(parsed)).not.toContain("S3cret");
});
