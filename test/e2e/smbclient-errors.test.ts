import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { memory, type ServeOptions, type Server, serve } from "../../src/index.js";
import { describeWith } from "../programs.js";
import { expectNothingLeft, type Run, smbclient, USERS, withDirectory } from "./smb-client.js";
import { WireTap } from "./wire-tap.js";

const MIB = 1024 * 1024;
const STRANGER = "stranger%guess";
const PLAIN = "--client-protection=off";
const ENCRYPT = "--client-protection=encrypt";

describeWith(["smbclient"], "a server, to smbclient,", () => {
  let server: Server;
  afterEach(async () => {
    await expectNothingLeft(server);
    await expectServes();
    await expectNothingLeft(server);
    await server.close();
  });

  async function start(options: ServeOptions = {}): Promise<void> {
    server = await serve({ data: memory() }, { port: 0, users: USERS, ...options });
  }

  function list(options: readonly string[] = [], user?: string): Promise<Run> {
    const target = { port: server.port, ...(user === undefined ? {} : { user }) };
    return smbclient(target, ["ls"], options);
  }

  /** Whatever came before, somebody who may log on is served. */
  async function expectServes(): Promise<void> {
    expect(await list()).toMatchObject({ status: 0 });
  }

  it.each([
    { what: "a wrong password", user: "anna%wrong" },
    { what: "an empty password", user: "anna%" },
    { what: "an unknown user", user: STRANGER },
  ])("refuses $what: LOGON_FAILURE", async ({ user }) => {
    await start();
    const { status, output } = await list([], user);
    expect(output).toContain("NT_STATUS_LOGON_FAILURE");
    expect(status).toBe(1);
  });

  it("lets nobody without a name into a share: ACCESS_DENIED", async () => {
    await start();
    const { status, output } = await list([], "");
    expect(output).toContain("tree connect failed: NT_STATUS_ACCESS_DENIED");
    expect(status).toBe(1);
  });

  it("refuses a share that is not there: BAD_NETWORK_NAME", async () => {
    await start();
    const { status, output } = await smbclient({ port: server.port, share: "nowhere" }, ["ls"]);
    expect(output).toContain("NT_STATUS_BAD_NETWORK_NAME");
    expect(status).toBe(1);
  });

  it.each(["<", ">", "|", "*", "?", ":x:"])(
    "refuses a name with %s: OBJECT_NAME_INVALID",
    async (character) => {
      await start();
      await withDirectory(async (directory) => {
        await writeFile(join(directory, "file"), "content");
        const { port } = server;
        for (const command of ["mkdir", "put file"]) {
          const { output } = await smbclient({ port, directory }, [`${command} "a${character}b"`]);
          expect(output).toContain("NT_STATUS_OBJECT_NAME_INVALID");
        }
        expect((await list()).output).not.toMatch(/^ {2}a/m);
      });
    },
  );

  it.each([
    { commands: ["get nowhere"], says: "NT_STATUS_OBJECT_NAME_NOT_FOUND" },
    { commands: ["get nowhere\\file"], says: "NT_STATUS_OBJECT_PATH_NOT_FOUND" },
    { commands: ["cd nowhere"], says: "NT_STATUS_OBJECT_NAME_NOT_FOUND" },
    { commands: ["ls nowhere"], says: "NT_STATUS_NO_SUCH_FILE" },
    { commands: ["rmdir nowhere"], says: "NT_STATUS_OBJECT_NAME_NOT_FOUND" },
    { commands: ["mkdir a", "mkdir a"], says: "NT_STATUS_OBJECT_NAME_COLLISION" },
    { commands: ["mkdir a", "mkdir a\\b", "rmdir a"], says: "NT_STATUS_DIRECTORY_NOT_EMPTY" },
    { commands: ["mkdir nowhere\\a"], says: "NT_STATUS_OBJECT_PATH_NOT_FOUND" },
    { commands: ["mkdir a", "get a"], says: "NT_STATUS_FILE_IS_A_DIRECTORY" },
    { commands: ["mkdir a", "rename a nowhere\\a"], says: "NT_STATUS_OBJECT_PATH_NOT_FOUND" },
    { commands: ["mkdir a", "rename a a\\b"], says: "NT_STATUS_INVALID_PARAMETER" },
  ])("answers $commands with $says", async ({ commands, says }) => {
    await start();
    const { output } = await smbclient({ port: server.port }, commands);
    expect(output).toContain(says);
  });

  it("refuses what it has no room for, and keeps the rest as it was: DISK_FULL", async () => {
    server = await serve({ data: memory({ maxSize: 8 * MIB }) }, { port: 0, users: USERS });
    await withDirectory(async (directory) => {
      const small = "content\n".repeat(1000);
      await writeFile(join(directory, "small"), small);
      await writeFile(join(directory, "large"), new Uint8Array(9 * MIB));
      const target = { port: server.port, directory };
      const full = await smbclient(target, ["put small", "put large"]);
      expect(full.output).toContain("NT_STATUS_DISK_FULL");
      expect(full.status).toBe(1);
      const after = await smbclient(target, ["del large", "put small again", "get small back"]);
      expect(after).toMatchObject({ status: 0 });
      expect(await readFile(join(directory, "back"), "utf8")).toBe(small);
      const listed = await smbclient(target, ["ls"]);
      expect(listed.output).toMatch(/^ {2}again +A +8000 /m);
      expect(listed.output).not.toContain("large");
    });
  });

  it.each([
    ["put file", "file"],
    ["mkdir folder", "folder"],
  ])("that is read-only refuses %s: MEDIA_WRITE_PROTECTED", async (command, name) => {
    await start({ isReadOnly: true });
    await withDirectory(async (directory) => {
      await writeFile(join(directory, "file"), "content");
      const target = { port: server.port, directory };
      const refused = await smbclient(target, [command]);
      expect(refused.output).toContain("NT_STATUS_MEDIA_WRITE_PROTECTED");
      const { output } = await smbclient(target, ["ls"]);
      expect(output).not.toContain(` ${name} `);
    });
  });

  it("that is read-only keeps what its file system has", async () => {
    const fileSystem = memory();
    const writable = await serve({ data: fileSystem }, { port: 0, users: USERS });
    await smbclient({ port: writable.port }, ["mkdir folder"]);
    await writable.close();
    server = await serve({ data: fileSystem }, { port: 0, users: USERS, isReadOnly: true });
    const { port } = server;
    for (const command of ["rmdir folder", "rename folder other", "deltree folder"]) {
      const { output } = await smbclient({ port }, [command]);
      expect(output).toMatch(/NT_STATUS_(MEDIA_WRITE_PROTECTED|ACCESS_DENIED)/);
    }
    const { output } = await smbclient({ port }, ["ls"]);
    expect(output).toMatch(/^ {2}folder +D /m);
  });

  it("that allows guests takes those it does not know, and no wrong passwords", async () => {
    await start({ isGuestAllowed: true });
    const users: string[] = [];
    server.on("session", ({ type, userName }) => {
      if (type === "opened") users.push(userName);
    });
    expect(await list([], STRANGER)).toMatchObject({ status: 0 });
    expect(users).toEqual(["stranger"]);
    const { output } = await list([], "anna%wrong");
    expect(output).toContain("NT_STATUS_LOGON_FAILURE");
    expect(users).toEqual(["stranger"]);
  });

  it("hangs up on a client that has SMB1 only", async () => {
    await start();
    const only = ["--option", "client min protocol=NT1", "--option", "client max protocol=NT1"];
    const { status, output } = await list(only);
    expect(output).toContain("protocol negotiation failed: NT_STATUS_CONNECTION_DISCONNECTED");
    expect(status).toBe(1);
  });

  it("serves a client that has SMB1 too", async () => {
    await start();
    expect(await list(["--option", "client min protocol=NT1"])).toMatchObject({ status: 0 });
  });

  it.each([
    { min: "SMB2_02", max: "SMB2_10", dialect: undefined },
    { min: "SMB2_02", max: "SMB3_00", dialect: 0x0300 },
    { min: "SMB2_02", max: "SMB3_02", dialect: 0x0302 },
    { min: "SMB2_02", max: "SMB3_11", dialect: 0x0302 },
    { min: "SMB3_11", max: "SMB3_11", dialect: undefined },
  ])("with dialects 3.0 to 3.0.2 agrees with a client of $min to $max on $dialect", async (row) => {
    await start({ minDialect: "3.0", maxDialect: "3.0.2" });
    const tap = await WireTap.before(server.port);
    const range = ["--option", `client min protocol=${row.min}`, "-m", row.max];
    const { status, output } = await smbclient({ port: tap.port }, ["ls"], range);
    await tap.close();
    expect(tap.agreed?.dialect).toBe(row.dialect);
    expect(status).toBe(row.dialect === undefined ? 1 : 0);
    expect(output.includes("NT_STATUS_NOT_SUPPORTED")).toBe(row.dialect === undefined);
  });

  it("that requires encryption refuses a dialect that has none: ACCESS_DENIED", async () => {
    await start({ encryption: "required" });
    const { status, output } = await list(["-m", "SMB2_10", PLAIN]);
    expect(output).toContain("NT_STATUS_ACCESS_DENIED");
    expect(status).toBe(1);
  });

  it.each(["SMB3_00", "SMB3_02", "SMB3_11"])(
    "that requires encryption makes a client of %s encrypt everything",
    async (dialect) => {
      await start({ encryption: "required" });
      const tap = await WireTap.before(server.port);
      const { status } = await smbclient({ port: tap.port }, ["ls"], ["-m", dialect, PLAIN]);
      await tap.close();
      expect(status).toBe(0);
      for (const { plain, signed, sealed } of [tap.requests, tap.answers]) {
        expect({ plain, signed }).toEqual({ plain: 0, signed: 0 });
        expect(sealed).toBeGreaterThan(5);
      }
    },
  );

  it("that does not encrypt is refused by a client that must", async () => {
    await start({ encryption: "off" });
    const { status, output } = await list([ENCRYPT]);
    expect(output).toContain("server doesn't support SMB3 encryption");
    expect(status).toBe(1);
  });

  it("that requires signatures has them on every message", async () => {
    await start({ signing: "required" });
    const tap = await WireTap.before(server.port);
    const { status } = await smbclient({ port: tap.port }, ["ls"], [PLAIN]);
    await tap.close();
    expect(status).toBe(0);
    for (const { plain, signed } of [tap.requests, tap.answers]) {
      expect(plain).toBe(0);
      expect(signed).toBeGreaterThan(5);
    }
  });

  it("does not start on a port that another program has, and does later: EADDRINUSE", async () => {
    await start();
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    await expect(serve(memory(), { port })).rejects.toMatchObject({ code: "EADDRINUSE", port });
    other.close();
    await once(other, "close");
    const now = await serve(memory(), { port });
    expect(now.port).toBe(port);
    await now.close();
  });

  it("does not mind a second one that is started on its port", async () => {
    await start();
    const { port } = server;
    await expect(serve(memory(), { port })).rejects.toMatchObject({ code: "EADDRINUSE", port });
    await expectServes();
  });
});
