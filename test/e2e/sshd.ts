/**
 * OpenSSH's server for a test: on a free port, with keys and files of its own, ended by the test.
 *
 * @packageDocumentation
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { SftpOptions } from "../../src/index.js";
import { findProgram } from "../programs.js";

const execute = promisify(execFile);

/** Programs without which there is no such server. */
export const SSH_PROGRAMS = ["sshd", "ssh-keygen"];

/** Where sshd as root wants an empty directory. */
const PRIVILEGE_SEPARATION_DIRECTORY = "/run/sshd";

/** What the server says when it can be reached. */
const LISTENING = /Server listening on/;

/** A running sshd. */
export class Sshd {
  readonly port: number;
  /** Of the test: keys, known hosts, files. Gone at the end. */
  readonly directory: string;
  /** What a drive may serve. */
  readonly data: string;
  #child: ChildProcess | undefined;

  readonly #settings: readonly string[];

  private constructor(directory: string, port: number, settings: readonly string[]) {
    this.directory = directory;
    this.#settings = settings;
    this.data = join(directory, "data");
    this.port = port;
  }

  /** With a key `id` that may log on, and the server's own keys. @param settings - more lines of sshd_config(5) */
  static async start(settings: readonly string[] = []): Promise<Sshd> {
    const directory = await mkdtemp(join(tmpdir(), "anymount-sshd-"));
    const sshd = new Sshd(directory, await freePort(), settings);
    await mkdir(sshd.data);
    await sshd.makeKey("host", "ed25519");
    await sshd.makeKey("host-rsa", "rsa");
    await sshd.makeKey("id", "ed25519");
    await sshd.authorize("id");
    await writeFile(sshd.path("sshd_config"), sshd.#config());
    if (userInfo().uid === 0) await mkdir(PRIVILEGE_SEPARATION_DIRECTORY, { recursive: true });
    await sshd.run();
    await sshd.know();
    return sshd;
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** Makes a pair of keys, `name` and `name.pub`. */
  async makeKey(name: string, type: "ed25519" | "ecdsa" | "rsa", passphrase = ""): Promise<void> {
    const file = this.path(name);
    await rm(file, { force: true });
    await execute("ssh-keygen", ["-q", "-t", type, "-N", passphrase, "-f", file]);
  }

  /** Lets the owners of some keys log on, and nobody else. */
  async authorize(...names: readonly string[]): Promise<void> {
    const keys = await Promise.all(names.map((name) => this.publicKey(name)));
    await writeFile(this.path("authorized_keys"), keys.map((key) => `${key}\n`).join(""));
  }

  async publicKey(name: string): Promise<string> {
    return (await readFile(this.path(`${name}.pub`), "utf8")).trim();
  }

  /** Writes the server's own key down as known. */
  async know(port = this.port): Promise<void> {
    const [type = "", key = ""] = (await this.publicKey("host")).split(" ");
    await writeFile(this.path("known_hosts"), `[127.0.0.1]:${port} ${type} ${key}\n`);
  }

  /** What a drive needs to know to reach `data`. */
  options(more: Partial<SftpOptions> = {}): SftpOptions {
    return {
      host: "127.0.0.1",
      port: this.port,
      user: userInfo().username,
      path: this.data,
      identityFiles: [this.path("id")],
      agent: "none",
      configFile: "none",
      knownHostsFiles: [this.path("known_hosts")],
      ...more,
    };
  }

  /** Starts it again after {@link halt}, at the same port. */
  async run(): Promise<void> {
    const program = findProgram("sshd");
    if (program === undefined) throw new Error("there is no sshd");
    const child = spawn(program, ["-D", "-e", "-f", this.path("sshd_config")], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#child = child;
    await new Promise<void>((started, failed) => {
      let said = "";
      child.stderr.on("data", (chunk: Buffer) => {
        said += chunk.toString();
        if (LISTENING.test(said)) started();
      });
      child.once("exit", () => {
        failed(new Error(`sshd has ended: ${said}`));
      });
    });
  }

  /** Ends the server, not those that it has made for its connections. */
  async halt(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const ended = new Promise((settle) => child.once("exit", settle));
    child.kill();
    await ended;
  }

  async stop(): Promise<void> {
    await this.halt();
    await chmod(this.directory, 0o700);
    await rm(this.directory, { recursive: true, force: true });
  }

  #config(): string {
    return [
      `Port ${this.port}`,
      "ListenAddress 127.0.0.1",
      `HostKey ${this.path("host")}`,
      `HostKey ${this.path("host-rsa")}`,
      `AuthorizedKeysFile ${this.path("authorized_keys")}`,
      "StrictModes no",
      "UsePAM no",
      "PidFile none",
      "PermitRootLogin yes",
      "MaxStartups 100",
      "Subsystem sftp internal-sftp",
      ...this.#settings,
      "",
    ].join("\n");
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  if (address === null || typeof address === "string") throw new Error("no port is free");
  return address.port;
}
