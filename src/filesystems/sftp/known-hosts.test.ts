import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  checkHostKey,
  fingerprintOf,
  knownHostLine,
  knownKeyTypes,
  matchesPattern,
  parseKnownHosts,
} from "./known-hosts.js";

/** A public key in the format of SSH: its type, and something that tells it from others. */
function key(type: string, content: string): Buffer {
  const parts = [type, content].map((text) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(text.length);
    return Buffer.concat([length, Buffer.from(text)]);
  });
  return Buffer.concat(parts);
}

const ED = key("ssh-ed25519", "one");
const OTHER_ED = key("ssh-ed25519", "two");
const RSA = key("ssh-rsa", "three");

function line(hosts: string, of: Buffer, type = "ssh-ed25519"): string {
  return `${hosts} ${type} ${of.toString("base64")}`;
}

function hashed(name: string): string {
  const salt = Buffer.from("0123456789abcdefghij");
  const hash = createHmac("sha1", salt).update(name).digest("base64");
  return `|1|${salt.toString("base64")}|${hash}`;
}

function verdict(text: string, host: string, port: number, of: Buffer): string {
  return checkHostKey(parseKnownHosts(text, "known_hosts"), host, port, of).kind;
}

describe("known hosts", () => {
  it.each([
    { what: "a plain name", text: line("example.org", ED), kind: "known" },
    { what: "a name of several", text: line("a.org,example.org,10.0.0.1", ED), kind: "known" },
    { what: "a name in another case", text: line("Example.ORG", ED), kind: "known" },
    { what: "a hashed name", text: line(hashed("example.org"), ED), kind: "known" },
    { what: "the hash of another name", text: line(hashed("other.org"), ED), kind: "unknown" },
    { what: "a pattern", text: line("*.org", ED), kind: "known" },
    { what: "a pattern that leaves it out", text: line("*.org,!example.org", ED), kind: "unknown" },
    { what: "the name at another port", text: line("[example.org]:2222", ED), kind: "unknown" },
    { what: "another key of the type", text: line("example.org", OTHER_ED), kind: "changed" },
    {
      what: "a key of another type only",
      text: line("example.org", RSA, "ssh-rsa"),
      kind: "changed",
    },
    {
      what: "one of several keys of the type",
      text: `${line("example.org", OTHER_ED)}\n${line("example.org", ED)}`,
      kind: "known",
    },
    {
      what: "a key of each type",
      text: `${line("example.org", RSA, "ssh-rsa")}\n${line("example.org", ED)}`,
      kind: "known",
    },
    { what: "the key, revoked", text: `@revoked ${line("*", ED)}`, kind: "revoked" },
    {
      what: "the key, both known and revoked",
      text: `${line("example.org", ED)}\n@revoked ${line("example.org", ED)}`,
      kind: "revoked",
    },
    { what: "another key, revoked", text: `@revoked ${line("example.org", RSA)}`, kind: "unknown" },
    { what: "an authority", text: `@cert-authority ${line("*", ED)}`, kind: "unknown" },
    { what: "a comment", text: `# ${line("example.org", ED)}`, kind: "unknown" },
    {
      what: "a comment behind the key",
      text: `${line("example.org", ED)} root@there`,
      kind: "known",
    },
    { what: "the end of a line of Windows", text: `${line("example.org", ED)}\r\n`, kind: "known" },
    { what: "half a line", text: "example.org ssh-ed25519", kind: "unknown" },
    { what: "nothing", text: "\n\n", kind: "unknown" },
  ])("take $what for $kind", ({ text, kind }) => {
    expect(verdict(text, "example.org", 22, ED)).toBe(kind);
  });

  it.each([
    { what: "that name with its port", text: line("[example.org]:2222", ED), kind: "known" },
    { what: "its hash", text: line(hashed("[example.org]:2222"), ED), kind: "known" },
    { what: "another key there", text: line("[example.org]:2222", OTHER_ED), kind: "changed" },
    { what: "the key without a port", text: line("example.org", ED), kind: "known" },
    { what: "another key without a port", text: line("example.org", OTHER_ED), kind: "unknown" },
    {
      what: "another key there, and this one without a port",
      text: `${line("[example.org]:2222", OTHER_ED)}\n${line("example.org", ED)}`,
      kind: "changed",
    },
  ])("of a host at a port of its own, take $what for $kind", ({ text, kind }) => {
    expect(verdict(text, "example.org", 2222, ED)).toBe(kind);
  });

  it("say where the other key is", () => {
    const lines = parseKnownHosts(`# mine\n${line("example.org", OTHER_ED)}\n`, "/home/anna/known");
    expect(checkHostKey(lines, "example.org", 22, ED)).toMatchObject({
      kind: "changed",
      known: { file: "/home/anna/known", line: 2 },
    });
  });

  it("say which keys a host should be asked for", () => {
    const text = [line("example.org", RSA, "ssh-rsa"), `@revoked ${line("example.org", ED)}`];
    expect(knownKeyTypes(parseKnownHosts(text.join("\n"), ""), "example.org", 22)).toEqual([
      "ssh-rsa",
    ]);
  });

  it("know what they were told to add", () => {
    for (const port of [22, 2222]) {
      expect(verdict(knownHostLine("Example.org", port, ED), "example.org", port, ED)).toBe(
        "known",
      );
    }
  });

  it("show fingerprints as ssh-keygen does", () => {
    // ssh-keygen -lf on this key
    const blob = "AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
    expect(fingerprintOf(Buffer.from(blob, "base64"))).toBe(
      "SHA256:ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA",
    );
  });

  it("match long patterns of many stars without trying everything", () => {
    expect(matchesPattern(`${"*a".repeat(200)}b`, "a".repeat(5000))).toBe(false);
    expect(matchesPattern("a*b?d*", "aXXbcde")).toBe(true);
  });
});
