import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SETTING_GROUPS } from "../src/cli/settings.js";
import { must, SmbClient } from "../src/testing/client/index.js";
import { describeWith } from "./programs.js";

const main = resolve(import.meta.dirname, "../dist/cli/main.js");
const isWindows = process.platform === "win32";

/** Any free port of this machine alone. */
const ANY_PORT = ["--listen", "127.0.0.1:0"];

interface Exit {
  /** A name where a signal ended the process. */
  readonly status: number | string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running `anymount`, its settings in a directory of its own. */
class Running {
  readonly child: ChildProcess;
  readonly exit: Promise<Exit>;
  stdout = "";
  stderr = "";

  constructor(args: readonly string[], environment: NodeJS.ProcessEnv) {
    this.child = spawn(process.execPath, [main, ...args], {
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stdout?.on("data", (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.child.stderr?.on("data", (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.exit = new Promise((settle) => {
      this.child.once("close", (code, signal) => {
        settle({ status: code ?? signal, stdout: this.stdout, stderr: this.stderr });
      });
    });
  }

  /** What the ready line says, as soon as it is there. */
  async ready(): Promise<{ url: string; port: number }> {
    const [, url, port] = await this.#waitFor(/^ready (smb:\/\/127\.0\.0\.1:(\d+)\/\S+)$/m);
    return { url: url!, port: Number(port) };
  }

  async #waitFor(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((settle, refuse) => {
      const look = (): void => {
        const found = pattern.exec(this.stdout);
        if (found !== null) settle(found);
      };
      this.child.stdout?.on("data", look);
      void this.exit.then(({ status, stderr }) => {
        refuse(new Error(`ended with ${status ?? "nothing"} before it was ready: ${stderr}`));
      });
      look();
    });
  }
}

describe("the command line", { timeout: 30_000 }, () => {
  let directory: string;
  const running: Running[] = [];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "anymount-cli-"));
  });
  afterEach(async () => {
    for (const { child, exit } of running.splice(0)) {
      child.kill("SIGKILL");
      await exit;
    }
    await rm(directory, { recursive: true });
  });

  function start(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Running {
    const settings = { XDG_CONFIG_HOME: directory, APPDATA: directory };
    const inherited = { ...process.env, ANYMOUNT_PASSWORD: undefined };
    const started = new Running(args, { ...inherited, ...settings, ...environment });
    running.push(started);
    return started;
  }

  const passwordFile = (): string => join(directory, "anymount", "passwords.json");

  describe("help", () => {
    it.each([["--help"], ["help"]])(
      "of the program, with %s, names the commands",
      async (...args) => {
        const { status, stdout } = await start(args).exit;
        expect(stdout).toContain("anymount serve memory");
        expect(status).toBe(0);
      },
    );

    it.each([{ args: ["help", "serve"] }, { args: ["serve", "--help"] }])(
      "with $args, names every option and has examples",
      async ({ args }) => {
        const { status, stdout } = await start(args).exit;
        for (const option of [
          "--share",
          "--listen",
          "--user",
          "--group",
          "--guest",
          "--signing",
          "--encryption",
        ]) {
          expect(stdout).toContain(option);
        }
        for (const heading of Object.keys(SETTING_GROUPS))
          expect(stdout).toContain(`\n${heading}\n`);
        expect(stdout).toContain("Examples:");
        expect(status).toBe(0);
      },
    );

    it("tells the version", async () => {
      const { status, stdout } = await start(["--version"]).exit;
      expect(stdout).toMatch(/^\d+\.\d+\.\d+\S*\n$/);
      expect(status).toBe(0);
    });
  });

  it.each([
    { args: ["serve"], says: "missing required argument" },
    { args: ["serv"], says: "unknown command" },
    { args: ["serve", "disk"], says: "memory" },
    { args: ["serve", "memory", "--colour"], says: "unknown option '--colour'" },
    { args: ["serve", "memory", "--listen", "4450"], says: "give HOST:PORT" },
    { args: ["serve", "memory", "--signing", "off"], says: "required or enabled" },
    { args: ["serve", "memory", "--max-size", "big"], says: "--max-size" },
    { args: ["serve", "memory", "--share"], says: "argument missing" },
    { args: ["serve", "memory", "--share", "a,hidden"], says: "read-only or hide-unreadable" },
    { args: ["serve", "memory", "--share", "a", "--share", "A"], says: "two shares" },
    { args: ["serve", "memory", "--group", "staff=nobody"], says: "add --user nobody" },
    { args: ["serve", "memory", "--label", "x".repeat(33)], says: "more than 32" },
    { args: ["serve", "memory", "-F", "x".repeat(16)], says: "1 to 15 characters" },
    { args: ["serve", "memory", "--root-sddl", "everybody"], says: "is no SDDL" },
    { args: ["serve", "memory", "--log-operations", "write"], says: "say where with log" },
    { args: ["serve", "memory", "-D", "-", "-d", "peek"], says: '"peek" is no operation' },
    { args: ["serve", "memory", "a.js"], says: "serve memory takes no argument" },
    { args: ["serve", "tree"], says: "serve tree needs a MODULE" },
    { args: ["serve", "tree", "a.js", "--max-size", "1M"], says: "max-size is for serve memory" },
    {
      args: ["serve", "tree", "a.js", "--label", "a"],
      says: "label is for serve memory, folder and sftp",
    },
    { args: ["serve", "memory", "--side-files"], says: "side-files is for serve folder" },
    { args: ["serve", "folder"], says: "serve folder needs a PATH: give one, such as ./data" },
    {
      args: ["serve", "sftp"],
      says: "serve sftp needs a TARGET: give one, such as anna@example.org:",
    },
    {
      args: ["serve", "sftp", "/srv"],
      says: '"/srv" names no host: give [user@]host[:path], or sftp://',
    },
    { args: ["serve", "sftp", "anna:secret@box:/x"], says: "put it in ANYMOUNT_SFTP_PASSWORD" },
    { args: ["serve", "sftp", "box", "--ssh-port", "0"], says: '"0" is no port: give 1 to 65535' },
    { args: ["serve", "sftp", "box", "--cache-time-out", "soon"], says: '"soon" is no time' },
    { args: ["serve", "memory", "--identity", "id"], says: "identity is for serve sftp" },
    {
      args: ["serve", "fuse"],
      says: "serve fuse needs a MODULE: give one, such as ./my-fs.js",
    },
    { args: ["serve", "fuse", "a.js", "-o", "colour=1"], says: "-o colour is no option of FUSE" },
    { args: ["serve", "memory", "-o", "uid=1"], says: "option is for serve fuse" },
    { args: ["mount", "folder"], says: "mount folder needs a PATH: give one, such as ./data" },
    { args: ["mount", "memory", "--arg", "x"], says: "arg is for mount fuse: leave it out" },
  ])("refuses $args with exit status 2, in one line on standard error", async ({ args, says }) => {
    const { status, stdout, stderr } = await start(args).exit;
    expect(stderr).toMatch(/^anymount: [^\n]*\n$/);
    expect(stderr).toContain(says);
    expect(stdout).toBe("");
    expect(status).toBe(2);
  });

  describe("serve tree", () => {
    /** A module beside the test's own settings, and what came of serving it. */
    async function serving(text: string, args: readonly string[] = ANY_PORT): Promise<Running> {
      const module = join(directory, "tree.mjs");
      const anymount = pathToFileURL(resolve(import.meta.dirname, "../dist/index.js")).href;
      await writeFile(module, text.replace("anymount", anymount));
      return start(["serve", "tree", module, ...args]);
    }

    it("serves what a module exports as default", async () => {
      const text = 'import { dir } from "anymount"; export default dir({ "a.txt": "text" });';
      const running = await serving(text, [...ANY_PORT, "--user", "anna:secret"]);
      const { url, port } = await running.ready();
      expect(url).toMatch(/\/tree$/);
      expect(running.stdout).toContain("To mount the drive tree:");
      const client = await SmbClient.connect({ port });
      must(await client.negotiate());
      const session = must(await client.logOn({ user: "anna", password: "secret" }));
      const tree = must(await session.treeConnect("tree"));
      expect((await tree.list("")).map(({ name }) => name)).toContain("a.txt");
      client.close();
    });

    it("takes any file system, and a promise of one", async () => {
      const text = 'import { memory } from "anymount"; export default Promise.resolve(memory());';
      expect((await (await serving(text)).ready()).url).toMatch(/\/tree$/);
    });

    it.each([
      { text: "export const a = 1;", says: "has no default export: give one, such as" },
      { text: "export default {};", says: "exports no file system as default" },
      { text: 'import "no-such-package";', says: "Cannot find package 'no-such-package'" },
      { text: "\nthrow new Error('out of order');", says: "Error: out of order; see its line 2" },
      { text: "export default dir({", says: "SyntaxError" },
    ])("says in one sentence what is wrong with the module: $says", async ({ text, says }) => {
      const { status, stderr } = await (await serving(text)).exit;
      expect(stderr).toMatch(/^anymount: the module [^\n]*\n$/);
      expect(stderr).toContain(says);
      expect(status).toBe(1);
    });

    it("says in one sentence that there is no module", async () => {
      const { status, stderr } = await start(["serve", "tree", "no-such.js"]).exit;
      expect(stderr).toBe("anymount: there is no module no-such.js: check the path\n");
      expect(status).toBe(1);
    });
  });

  describe("serve folder", () => {
    it("serves a directory of this machine", async () => {
      await writeFile(join(directory, "file.txt"), "text");
      const running = start(["serve", "folder", directory, ...ANY_PORT, "--user", "anna:secret"]);
      const { url, port } = await running.ready();
      expect(url).toMatch(/\/folder$/);
      const client = await SmbClient.connect({ port });
      must(await client.negotiate());
      const session = must(await client.logOn({ user: "anna", password: "secret" }));
      const tree = must(await session.treeConnect("folder"));
      expect((await tree.list("")).map(({ name }) => name)).toContain("file.txt");
      client.close();
    });

    it("says in one sentence why there is nothing to serve", async () => {
      const path = join(directory, "missing");
      const missing = await start(["serve", "folder", path]).exit;
      expect(missing.stderr).toBe(`anymount: there is no directory ${path}: check the path\n`);
      expect(missing.status).toBe(1);
      await writeFile(path, "");
      const file = await start(["serve", "folder", path]).exit;
      expect(file.stderr).toContain(`${path} is not a directory`);
    });
  });

  it("says in one sentence what is wrong with a configuration file", async () => {
    const config = join(directory, "anymount.json");
    await writeFile(config, '{"signing": "maybe"}');
    const { status, stderr } = await start(["serve", "memory", "--config", config]).exit;
    expect(stderr).toBe(
      `anymount: the configuration file ${config} is not valid: "signing": "maybe" is not allowed: give required or enabled\n`,
    );
    expect(status).toBe(1);
  });

  it("says in one sentence that a configuration file is not there", async () => {
    const { status, stderr } = await start(["serve", "memory", "--config", "no-such-file"]).exit;
    expect(stderr).toMatch(
      /^anymount: the configuration file no-such-file cannot be read[^\n]*\n$/,
    );
    expect(status).toBe(1);
  });

  it("says in one sentence that a log cannot be opened", async () => {
    const { status, stderr } = await start(["serve", "memory", "--log", directory]).exit;
    expect(stderr).toMatch(/^anymount: the log \S+ cannot be opened: EISDIR[^\n]*\n$/);
    expect(status).toBe(1);
  });

  it("says that a port is in use, and what to do", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((settle) => other.once("listening", settle));
    const { port } = other.address() as AddressInfo;
    const listen = ["--listen", `127.0.0.1:${port}`];
    const { status, stderr } = await start(["serve", "memory", ...listen]).exit;
    other.close();
    expect(stderr).toBe(
      `anymount: port ${port} on 127.0.0.1 is already in use: stop what uses it, or choose another with --listen 127.0.0.1:${port + 1}\n`,
    );
    expect(status).toBe(1);
  });

  it("warns of guests on an address that others reach", async () => {
    // An address for documentation (RFC 5737), which no machine has: nothing gets to listen.
    const { status, stderr } = await start([
      "serve",
      "memory",
      "--guest",
      "--listen",
      "192.0.2.1:4450",
    ]).exit;
    expect(stderr).toContain("warning: with --guest, everybody who reaches 192.0.2.1");
    expect(stderr).toContain("192.0.2.1 is no address of this machine");
    expect(status).toBe(1);
  });

  it("ends its output with the ready line, after how to mount", async () => {
    const server = start(["serve", "memory", "--share", "data", ...ANY_PORT]);
    const { url, port } = await server.ready();
    expect(url).toBe(`smb://127.0.0.1:${port}/data`);
    expect(server.stdout.endsWith(`\nready ${url}\n`)).toBe(true);
    expect(server.stdout).toContain(
      `net use X: \\\\127.0.0.1\\data /TCPPORT:${port} /USER:anymount `,
    );
    expect(server.stdout).toContain(`@127.0.0.1:${port}/data ~/data`);
    expect(server.stdout).toContain(`smbclient //127.0.0.1/data -p ${port} -U anymount%`);
    expect(server.stdout).toContain(`port=${port},username=anymount,`);
    expect(server.stderr).toBe("");
  });

  it("has no colours where nobody sees them", async () => {
    const server = start(["serve", "memory", ...ANY_PORT]);
    await server.ready();
    expect(server.stdout).not.toContain("\u001b");
  });

  it("listens when it says so", async () => {
    const { port } = await start(["serve", "memory", ...ANY_PORT]).ready();
    const socket = connect(port, "127.0.0.1");
    await new Promise((settle, refuse) => socket.once("connect", settle).once("error", refuse));
    socket.destroy();
  });

  it("makes a password, shows it, and has the same one at the next start", async () => {
    const first = start(["serve", "memory", ...ANY_PORT]);
    await first.ready();
    const { users } = JSON.parse(await readFile(passwordFile(), "utf8")) as {
      users: Record<string, string>;
    };
    const shown = `-U anymount%${users["anymount"]!}\n`;
    expect(first.stdout).toContain(shown);
    const second = start(["serve", "memory", ...ANY_PORT]);
    await second.ready();
    expect(second.stdout).toContain(shown);
  });

  it("says where the passwords are that it made for other users than the first", async () => {
    const users = ["--user", "anna", "--user", "ben", "--user", "carl:given"];
    const running = start(["serve", "memory", ...ANY_PORT, ...users]);
    await running.ready();
    expect(running.stdout).toContain(`The passwords made for ben are in ${passwordFile()}\n`);
  });

  it.skipIf(isWindows)("keeps the password file to its owner", async () => {
    await start(["serve", "memory", ...ANY_PORT]).ready();
    expect((await stat(passwordFile())).mode & 0o777).toBe(0o600);
  });

  it.each([
    { args: ["--user", "anna:Secret1"], environment: {} },
    { args: ["--user", "anna"], environment: { ANYMOUNT_PASSWORD: "Secret1" } },
  ])("never shows or keeps a password it was given: $args", async ({ args, environment }) => {
    const server = start(["serve", "memory", ...args, ...ANY_PORT], environment);
    await server.ready();
    expect(server.stdout).toContain("-U anna%PASSWORD\n");
    expect(server.stdout + server.stderr).not.toContain("Secret1");
    expect(existsSync(passwordFile())).toBe(false);
  });

  it("takes settings from a file, and options over them", async () => {
    const config = join(directory, "anymount.json");
    await writeFile(config, '{"share": "one", "user": "anna", "listen": "127.0.0.1:0"}');
    const server = start(["serve", "memory", "--config", config, "--share", "two"]);
    const { url } = await server.ready();
    expect(url).toMatch(/\/two$/);
    expect(server.stdout).toContain("-U anna%");
  });

  it.skipIf(isWindows).each(["SIGINT", "SIGTERM"] as const)(
    "ends on %s with exit status 0, and frees its port, with a client still there",
    async (signal) => {
      const server = start(["serve", "memory", ...ANY_PORT]);
      const { port } = await server.ready();
      const client = connect(port, "127.0.0.1");
      client.on("error", () => undefined); // being cut off is what is to happen
      await new Promise((settle) => client.once("connect", settle));
      server.child.kill(signal);
      const { status, stderr } = await server.exit;
      client.destroy();
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      const again = start(["serve", "memory", "--listen", `127.0.0.1:${port}`]);
      expect((await again.ready()).port).toBe(port);
    },
  );

  it("goes on when nobody reads its output any more", async () => {
    const server = start(["serve", "memory", "--verbose", ...ANY_PORT]);
    const { port } = await server.ready();
    server.child.stdout?.destroy();
    server.child.stderr?.destroy();
    const socket = connect(port, "127.0.0.1");
    await new Promise((settle, refuse) => socket.once("connect", settle).once("error", refuse));
    socket.destroy();
    expect(server.child.exitCode).toBeNull();
  });

  describeWith(["smbclient"], "with smbclient", () => {
    it("mounts by the command that it shows, and logs each request", async () => {
      const server = start(["serve", "memory", "--verbose", ...ANY_PORT]);
      const { port } = await server.ready();
      const shown = /smbclient (\/\/\S+) -p (\d+) -U (\S+)/.exec(server.stdout);
      expect(shown?.[2]).toBe(String(port));
      const { stdout } = await promisify(execFile)("smbclient", [
        ...shown!.slice(1, 2),
        ...["-p", shown![2]!, "-U", shown![3]!, "-c", "mkdir folder; ls"],
      ]);
      expect(stdout).toMatch(/^ {2}folder +D /m);
      expect(server.stderr).toMatch(
        /^[\d:.]{12} CREATE SUCCESS [\d.]+ ms anymount@127\.0\.0\.1:\d+ session /m,
      );
    });

    it("has the label, the size and the rights it was given, and logs what is asked of it", async () => {
      const log = join(directory, "log");
      const options = ["--user", "anna:Secret1", "-s", "16M", "-l", "Scratch", "-F", "MEMFS"];
      const { port } = await start([
        ...["serve", "memory", ...ANY_PORT, ...options],
        ...["-S", "O:BAG:BAD:P(A;OICI;GR;;;WD)", "-D", log, "-d", "create,getVolumeInfo"],
      ]).ready();
      const login = ["//127.0.0.1/ram", "-p", String(port), "-U", "anna%Secret1", "-c"];
      const run = (command: string) => promisify(execFile)("smbclient", [...login, command]);
      const { stdout } = await run("volume; du");
      expect(stdout).toContain("|Scratch|");
      expect(stdout).toContain("4096 blocks of size 4096.");
      expect((await run("mkdir folder")).stdout).toContain("NT_STATUS_ACCESS_DENIED");
      const lines = (await readFile(log, "utf8")).trimEnd().split("\n");
      expect(lines.every((line) => /^[\d:.]{12} #\d+ getVolumeInfo = SUCCESS /.test(line))).toBe(
        true,
      );
      expect(lines[0]).toContain("totalSize=16777216");
    });

    it("refuses a wrong password", async () => {
      const { port } = await start(["serve", "memory", ...ANY_PORT]).ready();
      const args = ["//127.0.0.1/ram", "-p", String(port), "-U", "anymount%wrong", "-c", "ls"];
      await expect(promisify(execFile)("smbclient", args)).rejects.toMatchObject({
        stdout: expect.stringContaining("NT_STATUS_LOGON_FAILURE") as string,
      });
    });
  });
});
