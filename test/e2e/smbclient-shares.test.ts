import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { memory, type Server, serve } from "../../src/index.js";
import { describeWith } from "../programs.js";
import { expectNothingLeft, listShares, rpcclient, smbclient, USERS } from "./smb-client.js";

describeWith(["smbclient", "rpcclient"], "the shares of a server", () => {
  let server: Server;
  beforeAll(async () => {
    const shares = { data: memory(), "Größe & Co": memory() };
    server = await serve(shares, { port: 0, users: USERS, serverName: "filer" });
  });
  afterEach(async () => {
    await expectNothingLeft(server);
  });
  afterAll(async () => {
    await server.close();
  });

  it("are listed by smbclient -L", async () => {
    const { status, output } = await listShares({ port: server.port });
    const shares = output.split("\n").filter((line) => /^(Disk|IPC)\|/.test(line));
    expect(shares.sort()).toEqual(["Disk|Größe & Co|", "Disk|data|", "IPC|IPC$|Remote IPC"]);
    expect(status).toBe(0);
  });

  it.each(["", "1", "2", "502"])("are listed by rpcclient at level '%s'", async (level) => {
    const { status, output } = await rpcclient({ port: server.port }, `netshareenumall ${level}`);
    const names = [...output.matchAll(/^netname: (.*)$/gm)].map(([, name]) => name!);
    expect(names.sort()).toEqual(["Größe & Co", "IPC$", "data"]);
    expect(status).toBe(0);
  });

  it.each(["data", "DATA", "Größe & Co"])("are told of by name: %s", async (name) => {
    const { output } = await rpcclient({ port: server.port }, `netsharegetinfo "${name}"`);
    expect(output.toLowerCase()).toContain(`netname: ${name.toLowerCase()}\n`);
  });

  it("that are not there are not told of", async () => {
    const { status, output } = await rpcclient({ port: server.port }, "netsharegetinfo nowhere 1");
    expect(output).toMatch(/WERR_(NERR_NETNAMENOTFOUND|INVALID_NAME|NERR_NET_NAME_NOT_FOUND)/i);
    expect(status).toBe(1);
  });

  it("belong to a server that tells what it is", async () => {
    const { status, output } = await rpcclient({ port: server.port }, "srvinfo");
    expect(output).toMatch(/^\tFILER +.*anymount$/m);
    expect(output).toMatch(/platform_id +:\t500/);
    expect(status).toBe(0);
  });

  it("are apart: what is in one is not in the other", async () => {
    const { port } = server;
    const other = { port, share: "Größe & Co" };
    expect(await smbclient(other, ["mkdir only here"])).toMatchObject({ status: 0 });
    expect((await smbclient(other, ["ls"])).output).toContain("only");
    expect((await smbclient({ port }, ["ls"])).output).not.toContain("only");
  });

  it("are not files: IPC$ has no listing", async () => {
    const { status, output } = await smbclient({ port: server.port, share: "IPC$" }, ["ls"]);
    expect(output).toMatch(/NT_STATUS_\w+/);
    expect(status).toBe(1);
  });
});
