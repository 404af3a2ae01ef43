import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { memory, type Server, serve } from "../../src/index.js";
import { describeWith } from "../programs.js";
import { type Forward, forward } from "./forward.js";
import { expectNothingLeft, smbcacls, smbclient, USER, USERS } from "./smb-client.js";

const BEN = { name: "ben", password: "other" };
const BEN_USER = "ben%other";
const ANYBODYS_DOMAIN = "--domain-sid=S-1-5-21-1-2-3"; // or smbcacls asks for the one of a domain

const ALL = ["SYSTEM", "Administrators", "Everyone"];

// smbcacls has no option for the port, and ports below 1024 are root's.
const isRoot = process.getuid?.() === 0;
if (!isRoot) console.log("skipped: smbcacls: it takes root to listen on port 445");

describe.skipIf(!isRoot)("as root", () => {
  describeWith(["smbcacls", "smbclient"], "smbcacls", () => {
    let server: Server;
    let forwarded: Forward;
    beforeAll(async () => {
      const users = [{ ...USERS[0]!, groups: ["staff"] }, BEN];
      server = await serve(memory(), { port: 0, share: "data", users, serverName: "filer" });
      forwarded = await forward(server.port);
    });
    afterEach(async () => {
      await expectNothingLeft(server);
    });
    afterAll(async () => {
      await forwarded.close();
      await server.close();
    });

    /** Runs it on one file, and wants it to succeed. */
    async function acl(file: string, ...options: string[]): Promise<string> {
      const { status, output } = await smbcacls({ host: forwarded.host }, file, options);
      expect(output).not.toContain("NT_STATUS");
      expect(status).toBe(0);
      return output;
    }

    async function make(file: string): Promise<void> {
      const made = await smbclient({ port: server.port }, [`put package.json ${file}`]);
      expect(made.status).toBe(0);
    }

    /** The ACEs as they are shown. */
    async function shown(file: string): Promise<string[]> {
      const output = await acl(file);
      return output.split("\n").filter((line) => line.startsWith("ACL:"));
    }

    it("shows who may do what, by name", async () => {
      await make("shown");
      const output = await acl("shown");
      expect(output).toContain("OWNER:FILER\\anna\nGROUP:FILER\\staff\n");
      expect(output).toContain("ACL:NT AUTHORITY\\SYSTEM:ALLOWED/0x0/FULL\n");
      expect(output).toContain("ACL:BUILTIN\\Administrators:ALLOWED/0x0/FULL\n");
      expect(output).toContain("ACL:Everyone:ALLOWED/0x0/FULL\n");
    });

    it("shows numbers, SDDL, and what the user may do, where that is wanted", async () => {
      await make("numbers");
      expect(await acl("numbers", "--numeric")).toContain("ACL:S-1-1-0:0/0x0/0x001f01ff\n");
      const sddl = await acl("numbers", "--sddl", ANYBODYS_DOMAIN);
      expect(sddl).toMatch(/^O:S-1-5-21-[\d-]+G:S-1-5-21-[\d-]+D:.*WD\)\s*$/);
      expect(await acl("numbers", "-x")).toContain("0x1f01ff");
    });

    it("adds, changes and removes what somebody may do", async () => {
      await make("changed");
      await acl("changed", "-a", "ACL:ben:ALLOWED/0x0/READ");
      expect(await shown("changed")).toContain("ACL:FILER\\ben:ALLOWED/0x0/READ");
      await acl("changed", "-M", "ACL:ben:ALLOWED/0x0/CHANGE");
      expect(await shown("changed")).toContain("ACL:FILER\\ben:ALLOWED/0x0/CHANGE");
      await acl("changed", "-D", "ACL:ben:ALLOWED/0x0/CHANGE");
      expect(await shown("changed")).toHaveLength(ALL.length);
    });

    it("takes groups, and those that Windows has built in", async () => {
      await make("groups");
      await acl("groups", "-S", "ACL:staff:ALLOWED/0x0/FULL,ACL:Guests:ALLOWED/0x0/READ");
      expect((await shown("groups")).sort()).toEqual([
        "ACL:BUILTIN\\Guests:ALLOWED/0x0/READ",
        "ACL:FILER\\staff:ALLOWED/0x0/FULL",
      ]);
    });

    it("keeps people out who are to be kept out", async () => {
      await make("secret");
      const get = (user: string) => smbclient({ port: server.port, user }, ["get secret -"]);
      expect((await get(BEN_USER)).status).toBe(0);
      await acl("secret", "-a", "ACL:ben:DENIED/0x0/READ");
      expect((await get(BEN_USER)).output).toContain("NT_STATUS_ACCESS_DENIED");
      expect((await get(USER)).status).toBe(0);
      await acl("secret", "-S", "ACL:staff:ALLOWED/0x0/FULL");
      expect((await get(BEN_USER)).output).toContain("NT_STATUS_ACCESS_DENIED");
      expect((await get(USER)).status).toBe(0);
    });

    it("sets a descriptor that is written as SDDL", async () => {
      await make("sddl");
      await acl("sddl", "--sddl", ANYBODYS_DOMAIN, "-S", "D:(A;;0x1f01ff;;;WD)(A;;0x1200a9;;;AU)");
      expect(await shown("sddl")).toEqual([
        "ACL:Everyone:ALLOWED/0x0/FULL",
        "ACL:NT AUTHORITY\\Authenticated Users:ALLOWED/0x0/READ",
      ]);
    });

    it("makes the owner of a file who may be it", async () => {
      await make("owned");
      await acl("owned", "--chown", "anna");
      const refused = await smbcacls({ host: forwarded.host }, "owned", ["--chown", "ben"]);
      expect(refused.output).toContain("NT_STATUS_INVALID_OWNER");
      await acl("owned", "--chgrp", "Administrators");
      expect(await acl("owned")).toContain("OWNER:FILER\\anna\nGROUP:BUILTIN\\Administrators\n");
    });

    it("turns inheritance on and off", async () => {
      await smbclient({ port: server.port }, ["mkdir above", "mkdir above\\below"]);
      await acl("above", "-a", "ACL:ben:ALLOWED/OI|CI/READ");
      await acl("above\\below", "-I", "copy");
      expect(await acl("above\\below")).toMatch(/CONTROL:.*PD/);
      await acl("above\\below", "-I", "allow");
      expect(await acl("above\\below")).not.toMatch(/CONTROL:.*PD/);
      expect(await shown("above\\below")).toContain("ACL:FILER\\ben:ALLOWED/OI|CI|I/READ");
      await acl("above\\below", "-I", "remove");
      expect((await shown("above\\below")).some((line) => line.includes("|I/"))).toBe(false);
    });

    it("hands down what is set, to what is there already", async () => {
      await smbclient({ port: server.port }, ["mkdir tree", "put package.json tree\\leaf"]);
      await acl("tree", "--propagate-inheritance", "-a", "ACL:ben:ALLOWED/OI|CI/CHANGE");
      expect(await shown("tree\\leaf")).toContain("ACL:FILER\\ben:ALLOWED/I/CHANGE");
    });
  });
});
