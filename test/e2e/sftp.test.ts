import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type SftpEvent, type SftpOptions, serve, sftp } from "../../src/index.js";
import { describeWith } from "../programs.js";
import { Cutter } from "./cutter.js";
import { expectNothingLeft, type Run, smbclient, USERS } from "./smb-client.js";
import { SSH_PROGRAMS, Sshd } from "./sshd.js";

const execute = promisify(execFile);
const MAIN = resolve(import.meta.dirname, "../../dist/cli/main.js");
const MIB = 1024 * 1024;

interface Setting {
  /** The client's own directory. */
  readonly local: string;
  readonly events: readonly SftpEvent[];
  readonly run: (commands: readonly string[]) => Promise<Run>;
}

describeWith([...SSH_PROGRAMS, "smbclient", "ssh-agent"], "a server by SFTP", () => {
  let sshd: Sshd;

  beforeAll(async () => {
    sshd = await Sshd.start();
  });

  afterAll(async () => {
    await sshd.stop();
  });

  beforeEach(async () => {
    rmSync(sshd.data, { recursive: true, force: true });
    mkdirSync(sshd.data);
    await sshd.know();
    await sshd.authorize("id");
  });

  /** A server of the directory, and a client beside it. */
  async function withDrive(
    options: SftpOptions,
    test: (setting: Setting) => Promise<void>,
  ): Promise<void> {
    const local = sshd.path("local");
    rmSync(local, { recursive: true, force: true });
    mkdirSync(local);
    const events: SftpEvent[] = [];
    const drive = sftp({ ...options, onEvent: (event) => events.push(event) });
    const server = await serve({ data: drive }, { port: 0, users: USERS, followsSymlinks: true });
    const errors: unknown[] = [];
    server.on("error", (error) => errors.push(error));
    try {
      const run: Setting["run"] = (commands) =>
        smbclient({ port: server.port, directory: local }, commands);
      await test({ local, events, run });
      await expectNothingLeft(server);
      expect(errors).toEqual([]);
    } finally {
      await server.close();
    }
  }

  /** Connects, and tells what it comes to. */
  async function connecting(options: SftpOptions): Promise<string> {
    const drive = sftp(options);
    try {
      await drive.connect();
      return "connected";
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      await drive.stop?.();
    }
  }

  it.each([{ writeBack: false }, { writeBack: true }])(
    "carries a tree in and out, write-back $writeBack",
    async ({ writeBack }) => {
      await withDrive(sshd.options({ writeBack }), async ({ local, run }) => {
        plant(join(local, "tree"));
        expect(await run(["recurse on", "prompt off", "mput tree"])).toMatchObject({ status: 0 });
        expect(contents(join(sshd.data, "tree"))).toEqual(contents(join(local, "tree")));
        rmSync(join(local, "tree"), { recursive: true });
        expect(await run(["recurse on", "prompt off", "mget tree"])).toMatchObject({ status: 0 });
        expect(contents(join(local, "tree"))).toEqual(contents(join(sshd.data, "tree")));
        expect(await run(["deltree tree", "ls"])).toMatchObject({ status: 0 });
        expect(readdirSync(sshd.data)).toEqual([]);
      });
    },
  );

  it("reads the same bytes through many key exchanges", { timeout: 60_000 }, async () => {
    const often = await Sshd.start(["RekeyLimit 1M"]);
    try {
      const content = randomBytes(48 * MIB);
      writeFileSync(join(often.data, "there"), content);
      await withDrive(often.options(), async ({ local, events, run }) => {
        for (const name of ["once", "again"]) {
          expect(await run([`get there ${name}`])).toMatchObject({ status: 0 });
          expect(sha256(readFileSync(join(local, name)))).toBe(sha256(content));
        }
        expect(events.filter(({ kind }) => kind === "lost")).toEqual([]);
      });
    } finally {
      await often.stop();
    }
  });

  it("renames, sets times, makes and removes directories, and follows links", async () => {
    writeFileSync(join(sshd.data, "a.txt"), "hello");
    symlinkSync("a.txt", join(sshd.data, "link"));
    await withDrive(sshd.options(), async ({ local, run }) => {
      const commands = ["mkdir d", "rename a.txt d\\b.txt", "rename d\\b.txt a.txt", "rmdir d"];
      expect((await run([...commands, "get link"])).output).not.toMatch(/NT_STATUS/);
      expect(readFileSync(join(local, "link"), "utf8")).toBe("hello");
      expect((await run(["utimes a.txt -1 -1 2001:02:03-04:05:06 -1"])).output).not.toMatch(
        /NT_STATUS/,
      );
      expect(statSync(join(sshd.data, "a.txt")).mtime.getFullYear()).toBe(2001);
      expect(readdirSync(sshd.data).sort()).toEqual(["a.txt", "link"]);
      expect((await run(["get nothing"])).output).toMatch(/OBJECT_NAME_NOT_FOUND/);
      expect((await run(["mkdir a.txt"])).output).toMatch(/OBJECT_NAME_COLLISION/);
    });
  });

  it("shows names that Windows cannot have, and takes them back", async () => {
    writeFileSync(join(sshd.data, 'a:b?"c'), "colon");
    await withDrive(sshd.options(), async ({ local, run }) => {
      const shown = "a\uF03Ab\uF03F\uF022c";
      expect((await run([`get "${shown}" out`])).output).not.toMatch(/NT_STATUS/);
      expect(readFileSync(join(local, "out"), "utf8")).toBe("colon");
      expect((await run([`rename "${shown}" "x\uF02Ay"`])).output).not.toMatch(/NT_STATUS/);
      expect(readdirSync(sshd.data)).toEqual(["x*y"]);
    });
  });

  it("logs on with a key, an encrypted key, a key of another type, or says what was tried", async () => {
    await sshd.makeKey("locked", "ed25519", "open sesame");
    await sshd.makeKey("ecdsa", "ecdsa");
    await sshd.makeKey("stranger", "rsa");
    await sshd.authorize("id", "locked", "ecdsa");
    const locked = [sshd.path("locked")];
    const asked: string[] = [];
    const passphrase = (file: string): string => {
      asked.push(file);
      return "open sesame";
    };
    expect(await connecting(sshd.options())).toBe("connected");
    expect(await connecting(sshd.options({ identityFiles: [sshd.path("ecdsa")] }))).toBe(
      "connected",
    );
    expect(await connecting(sshd.options({ identityFiles: locked, passphrase }))).toBe("connected");
    expect(asked).toEqual(locked);
    expect(await connecting(sshd.options({ identityFiles: locked, passphrase: "wrong" }))).toMatch(
      /there was no key to try; the passphrase does not open .*locked/,
    );
    expect(await connecting(sshd.options({ identityFiles: locked }))).toMatch(
      /locked is encrypted: put its passphrase in ANYMOUNT_SFTP_PASSPHRASE/,
    );
    expect(
      await connecting(sshd.options({ identityFiles: [sshd.path("stranger")], password: "no" })),
    ).toMatch(
      /does not let .* in: it took none of: .*stranger, the password; name a key with --identity/,
    );
    expect(await connecting(sshd.options({ identityFiles: [sshd.path("nothing")] }))).toMatch(
      /the identity file .*nothing does not exist/,
    );
  });

  it("finds keys and settings where OpenSSH has them", async () => {
    const home = sshd.path("home");
    const ssh = join(home, ".ssh");
    mkdirSync(ssh, { recursive: true });
    await execute("cp", [sshd.path("id"), join(ssh, "id_ed25519")]);
    await execute("cp", [sshd.path("known_hosts"), ssh]);
    const { host, port, user, path, agent } = sshd.options();
    const bare = { user, path, agent };
    expect(await connecting({ ...bare, host, port, home })).toBe("connected");
    const config = `Host box\n  HostName ${host}\n  Port ${String(port)}\n  IdentityFile ~/.ssh/mine\n`;
    writeFileSync(join(ssh, "config"), config);
    expect(await connecting({ ...bare, host: "box", home })).toMatch(/mine does not exist/);
    await execute("cp", [sshd.path("id"), join(ssh, "mine")]);
    expect(await connecting({ ...bare, host: "box", home })).toBe("connected");
    writeFileSync(join(ssh, "config"), `${config}  ProxyJump gate\n`);
    expect(await connecting({ ...bare, host: "box", home })).toMatch(/by way of gate/);
  });

  it("logs on with a key that only the agent has", async () => {
    const socket = sshd.path("agent");
    const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: ["ignore", "pipe", "ignore"] });
    try {
      await new Promise((started) => agent.stdout.once("data", started));
      await execute("ssh-add", ["-q", sshd.path("id")], {
        env: { ...process.env, SSH_AUTH_SOCK: socket },
      });
      expect(await connecting(sshd.options({ identityFiles: [], agent: socket }))).toBe(
        "connected",
      );
      await sshd.authorize();
      expect(await connecting(sshd.options({ identityFiles: [], agent: socket }))).toMatch(
        /took none of: the keys of the agent/,
      );
    } finally {
      agent.kill();
    }
  });

  it("refuses hosts of which nothing is known, tells the fingerprint, and takes the key once when told to", async () => {
    const known = sshd.path("new/known_hosts");
    const options = sshd.options({ knownHostsFiles: [known] });
    const { stdout } = await execute("ssh-keygen", ["-lf", sshd.path("host.pub")]);
    const fingerprint = stdout.split(" ")[1] ?? "";
    const refused = await connecting(options);
    expect(refused).toContain(`nothing is known of 127.0.0.1 port ${sshd.port}`);
    expect(refused).toContain(fingerprint);
    expect(refused).toContain("--accept-new-host-key");
    expect(await connecting({ ...options, acceptNewHostKey: true })).toBe("connected");
    expect(statSync(known).mode & 0o777).toBe(0o600);
    expect(await connecting(options)).toBe("connected");
    await execute("ssh-keygen", ["-H", "-f", known]);
    expect(readFileSync(known, "utf8")).toMatch(/^\|1\|/);
    expect(await connecting(options)).toBe("connected");
  });

  it("refuses a key that is not the known one, also when told to accept new ones, and revoked keys", async () => {
    const [type, key] = (await sshd.publicKey("id")).split(" ");
    const known = sshd.path("known_hosts");
    const entry = `[127.0.0.1]:${sshd.port} ${type ?? ""} ${key ?? ""}\n`;
    writeFileSync(known, `# mine\n${entry}`);
    const options = sshd.options({ acceptNewHostKey: true });
    expect(await connecting(options)).toMatch(
      /is not the key it is known by in .*known_hosts line 2: somebody may be in between/,
    );
    expect(readFileSync(known, "utf8")).toBe(`# mine\n${entry}`);
    const [hostType, hostKey] = (await sshd.publicKey("host")).split(" ");
    writeFileSync(known, `@revoked * ${hostType ?? ""} ${hostKey ?? ""}\n`);
    expect(await connecting(options)).toMatch(/which is revoked in .*known_hosts line 1/);
  });

  it("asks for a key of a type that is known", async () => {
    const [type, key] = (await sshd.publicKey("host-rsa")).split(" ");
    writeFileSync(
      sshd.path("known_hosts"),
      `[127.0.0.1]:${sshd.port} ${type ?? ""} ${key ?? ""}\n`,
    );
    expect(await connecting(sshd.options())).toBe("connected");
  });

  it("says what is wrong with the place, in one sentence", async () => {
    writeFileSync(join(sshd.data, "file"), "");
    expect(await connecting(sshd.options({ path: join(sshd.data, "none") }))).toMatch(
      /none on 127\.0\.0\.1 does not exist/,
    );
    expect(await connecting(sshd.options({ path: join(sshd.data, "file") }))).toMatch(
      /is no directory/,
    );
    expect(await connecting(sshd.options({ port: 1 }))).toMatch(/port 1 cannot be reached/);
  });

  describe("through a connection that is cut", () => {
    let cutter: Cutter;

    beforeEach(async () => {
      cutter = await Cutter.start(sshd.port);
      await sshd.know(cutter.port);
    });

    afterEach(async () => {
      await cutter.stop();
    });

    it.each([{ writeBack: false }, { writeBack: true }])(
      "reads and writes a big file without a wrong byte while the connection is cut again and again, write-back $writeBack",
      { timeout: 240_000 },
      async ({ writeBack }) => {
        const size = 64 * MIB;
        const bytes = randomBytes(size);
        const options = sshd.options({ port: cutter.port, writeBack });
        await withDrive(options, async ({ local, events, run }) => {
          writeFileSync(join(sshd.data, "big"), bytes);
          cutter.bytesToCut = 9 * MIB;
          expect((await run(["get big"])).output).not.toMatch(/NT_STATUS/);
          expect(sha256(readFileSync(join(local, "big")))).toBe(sha256(bytes));
          expect((await run(["put big back"])).output).not.toMatch(/NT_STATUS/);
          expect(sha256(readFileSync(join(sshd.data, "back")))).toBe(sha256(bytes));
          expect(cutter.cuts).toBeGreaterThan(8);
          expect(events.filter(({ kind }) => kind === "lost").length).toBeGreaterThan(8);
        });
      },
    );

    it("refuses what is asked while the server stays away, and goes on when it is back", async () => {
      writeFileSync(join(sshd.data, "a"), "hello");
      const options = sshd.options({
        port: cutter.port,
        reconnectTimeoutMs: 300,
        cacheTimeoutMs: 0,
      });
      await withDrive(options, async ({ local, events, run }) => {
        cutter.isClosed = true;
        cutter.cut();
        expect((await run(["get a"])).output).toMatch(/NT_STATUS/);
        expect(events.map(({ kind }) => kind)).toContain("gave-up");
        cutter.isClosed = false;
        expect((await run(["get a"])).output).not.toMatch(/NT_STATUS/);
        expect(readFileSync(join(local, "a"), "utf8")).toBe("hello");
      });
    });

    it("does not go on with a host whose key has changed meanwhile", async () => {
      writeFileSync(join(sshd.data, "a"), "hello");
      const options = sshd.options({ port: cutter.port, cacheTimeoutMs: 0 });
      await withDrive(options, async ({ events, run }) => {
        const [type, key] = (await sshd.publicKey("id")).split(" ");
        writeFileSync(
          sshd.path("known_hosts"),
          `[127.0.0.1]:${cutter.port} ${type ?? ""} ${key ?? ""}\n`,
        );
        cutter.cut();
        expect((await run(["get a"])).output).toMatch(/NT_STATUS/);
        expect(events.at(-1)).toMatchObject({ kind: "gave-up" });
      });
    });
  });

  it("is served by the command, which says what is wrong in one sentence", {
    timeout: 60_000,
  }, async () => {
    writeFileSync(join(sshd.data, "a"), "hello");
    const { user = "", host, port } = sshd.options();
    const address = `sftp://${user}@${host}:${String(port)}${sshd.data}`;
    const known = ["--known-hosts", sshd.path("none"), "--identity", sshd.path("id")];
    const environment = { ...process.env, ANYMOUNT_PASSWORD: "Secret 1", SSH_AUTH_SOCK: "" };
    const start = (args: readonly string[]): ChildProcess =>
      spawn(
        process.execPath,
        [MAIN, "serve", "sftp", address, "--listen", "127.0.0.1:0", ...args],
        {
          env: environment,
          stdio: ["ignore", "pipe", "pipe"],
        },
      );
    const refused = await ended(start(known));
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/^anymount: nothing is known of .*--accept-new-host-key\n$/);
    const child = start([...known, "--accept-new-host-key", "--verbose", "--user", "anna"]);
    try {
      const smbPort = await new Promise<number>((ready, failed) => {
        let said = "";
        child.stdout?.on("data", (chunk: Buffer) => {
          said += chunk.toString();
          const found = /^ready smb:\/\/127\.0\.0\.1:(\d+)\/sftp$/m.exec(said);
          if (found !== null) ready(Number(found[1]));
        });
        child.once("exit", () => {
          failed(new Error(`it has ended: ${said}`));
        });
      });
      const run = await smbclient({ port: smbPort, share: "sftp", directory: sshd.directory }, [
        "get a got",
      ]);
      expect(run.output).not.toMatch(/NT_STATUS/);
      expect(readFileSync(sshd.path("got"), "utf8")).toBe("hello");
    } finally {
      const end = ended(child);
      child.kill("SIGINT");
      const { stderr } = await end;
      expect(stderr).toMatch(/anymount: connecting to 127\.0\.0\.1\n/);
      expect(stderr).toMatch(
        /anymount: the key SHA256:\S+ of 127\.0\.0\.1 is now known in .*none\n/,
      );
    }
  });
});

/** How a program ended. */
function ended(
  child: ChildProcess,
): Promise<{ readonly status: number | null; readonly stderr: string }> {
  let stderr = "";
  child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((settle) => {
    child.once("close", (status) => {
      settle({ status, stderr });
    });
  });
}

/** Files of all sizes, in directories. */
function plant(root: string): void {
  for (const directory of ["", "a", "a/b", "c"]) {
    mkdirSync(join(root, directory), { recursive: true });
    for (const size of [0, 1, 5000, 300_000, 3_000_000]) {
      writeFileSync(join(root, directory, `file ${size}`), randomBytes(size));
    }
  }
  mkdirSync(join(root, "empty"));
  chmodSync(root, 0o755);
}

/** What is below a directory: of each file its content's hash. */
function contents(root: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    found[path.slice(root.length)] = entry.isFile() ? sha256(readFileSync(path)) : "directory";
  }
  return found;
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
