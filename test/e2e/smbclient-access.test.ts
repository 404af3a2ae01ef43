import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { descriptorOfSddl, memory, type Server, serve } from "../../src/index.js";
import { describeWith } from "../programs.js";
import { expectNothingLeft, rpcclient, smbclient, USERS } from "./smb-client.js";

const BEN = { name: "ben", password: "other" };
const BEN_USER = "ben%other";

/** What is made in it belongs to who made it, and to administrators; everybody may look and make. */
const ROOT = "O:BAG:BAD:P(A;OICI;FA;;;BA)(A;OICIIO;FA;;;CO)(A;CI;0x1200af;;;WD)";

describeWith(["smbclient", "rpcclient"], "access to one drive by several shares", () => {
  let server: Server;
  beforeAll(async () => {
    const drive = memory({ rootSecurityDescriptor: descriptorOfSddl(ROOT) });
    const shares = {
      data: {},
      public: { isReadOnly: true, comment: "to look at" },
      seen: { hidesUnreadable: true },
    };
    server = await serve(drive, { port: 0, shares, users: [...USERS, BEN] });
    const made = await smbclient({ port: server.port }, ["put package.json mine"]);
    expect(made.status).toBe(0);
  });
  afterEach(async () => {
    await expectNothingLeft(server);
  });
  afterAll(async () => {
    await server.close();
  });

  const run = (commands: readonly string[], share = "data", user?: string) =>
    smbclient({ port: server.port, share, ...(user !== undefined && { user }) }, commands);

  it("is refused by the share that is read-only, and not by the other", async () => {
    expect((await run(["put package.json new"], "public")).output).toMatch(/ACCESS_DENIED/);
    expect((await run(["del mine"], "public")).output).toMatch(/ACCESS_DENIED/);
    expect((await run(["mkdir new"], "public")).output).toMatch(/ACCESS_DENIED/);
    expect(await run(["get mine -"], "public")).toMatchObject({ status: 0 });
    expect(await run(["put package.json new", "del new"])).toMatchObject({ status: 0 });
  });

  it("is only to what the creator or others may have", async () => {
    expect((await run(["get mine -"], "data", BEN_USER)).output).toMatch(/ACCESS_DENIED/);
    expect((await run(["del mine"], "data", BEN_USER)).output).toMatch(/ACCESS_DENIED/);
    expect(await run(["get mine -"])).toMatchObject({ status: 0 });
  });

  it("is what decides on what the share lists that hides the rest", async () => {
    const lists = async (share: string, user?: string) =>
      / mine /.test((await run(["ls"], share, user)).output);
    expect(await lists("data", BEN_USER)).toBe(true);
    expect(await lists("seen", BEN_USER)).toBe(false);
    expect(await lists("seen")).toBe(true);
  });

  it("is told of by the list of shares", async () => {
    const { output } = await rpcclient({ port: server.port }, "netsharegetinfo public");
    expect(output).toContain("\tremark:\tto look at\n");
  });

  it("includes attributes, which setmode changes where the user may", async () => {
    const shown = async (...commands: string[]) =>
      (await run([...commands, "ls mine"])).output.replaceAll(/ +/g, " ");
    expect(await shown("setmode mine +rh")).toContain(" mine AHR ");
    expect((await run(["put package.json mine"])).output).toMatch(/ACCESS_DENIED/);
    expect((await run(["del mine"])).output).toMatch(/CANNOT_DELETE|no such file/i);
    expect(await shown("setmode mine -rh")).toContain(" mine A ");
    expect((await run(["setmode mine +r"], "data", BEN_USER)).output).toMatch(/ACCESS_DENIED/);
    expect((await run(["setmode mine +r"], "public")).output).toMatch(/ACCESS_DENIED/);
  });
});
