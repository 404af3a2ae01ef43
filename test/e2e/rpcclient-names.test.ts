import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { memory, type Server, serve } from "../../src/index.js";
import { describeWith } from "../programs.js";
import { expectNothingLeft, rpcclient, USERS } from "./smb-client.js";

describeWith(["rpcclient"], "names and SIDs, by rpcclient", () => {
  let server: Server;
  beforeAll(async () => {
    const users = [{ ...USERS[0]!, groups: ["staff"] }];
    server = await serve(memory(), { port: 0, users, serverName: "filer" });
  });
  afterEach(async () => {
    await expectNothingLeft(server);
  });
  afterAll(async () => {
    await server.close();
  });

  async function ask(command: string): Promise<string> {
    const { status, output } = await rpcclient({ port: server.port }, command);
    expect(status).toBe(0);
    return output;
  }

  it("are found by name", async () => {
    const output = await ask('lookupnames anna staff Everyone administrators "FILER\\anna" nobody');
    expect(output).toMatch(/^anna S-1-5-21-\d+-\d+-\d+-\d+ \(User: 1\)$/m);
    expect(output).toMatch(/^staff S-1-5-21-\d+-\d+-\d+-\d+ \(Local Group: 4\)$/m);
    expect(output).toContain("Everyone S-1-1-0 (Well-known Group: 5)\n");
    expect(output).toContain("administrators S-1-5-32-544 (Local Group: 4)\n");
    expect(output).toContain("nobody S-0-0 (UNKNOWN: 8)\n");
  });

  it("are found by SID, the user's own among them", async () => {
    const sid = /S-1-5-21[-\d]+/.exec(await ask("lookupnames anna"))?.[0] ?? "";
    const output = await ask(`lookupsids ${sid} S-1-5-32-544 S-1-1-0 S-1-5-18 S-1-5-21-1-2-3-4`);
    expect(output).toContain(`${sid} FILER\\anna (1)\n`);
    expect(output).toContain("S-1-5-32-544 BUILTIN\\Administrators (4)\n");
    expect(output).toContain("S-1-1-0 \\Everyone (5)\n");
    expect(output).toContain("S-1-5-18 NT AUTHORITY\\SYSTEM (5)\n");
    expect(output).toContain("S-1-5-21-1-2-3-4 *unknown*\\*unknown* (8)\n");
  });

  it("of a server: which domain it is in, and who asks", async () => {
    const output = await ask("lsaquery; getusername");
    expect(output).toContain("Domain Name: WORKGROUP\n");
    expect(output).toContain("Account Name: anna, Authority Name: FILER\n");
  });

  it("of privileges, and of who has them", async () => {
    const output = await ask("enumprivs; getdispname SeBackupPrivilege; lsaenumsid");
    expect(output).toMatch(/^SeChangeNotifyPrivilege\s+0:23/m);
    expect(output).toContain("SeBackupPrivilege -> Back up files and directories");
    expect(output).toContain("\nS-1-5-32-544\n");
    const rights = await ask("lsaenumacctrights S-1-5-32-544");
    expect(rights).toContain("\tSeTakeOwnershipPrivilege\n");
  });
});
