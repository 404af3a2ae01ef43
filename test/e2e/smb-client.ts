/**
 * Samba's clients, `smbclient`, `rpcclient` and `smbcacls`, run against a server of this process.
 *
 * @packageDocumentation
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import type { Server } from "../../src/index.js";

/** Who logs on, as `NAME%PASSWORD`; and as the server is to know them. */
export const USER = "anna%Secret 1";
export const USERS = [{ name: "anna", password: "Secret 1" }];

/** How a client ended. */
export interface Run {
  readonly status: number;
  /** What it printed, to standard output and standard error. */
  readonly output: string;
}

/** Where a client goes, and as whom. */
export interface Target {
  readonly port: number;
  /** `data` unless told. */
  readonly share?: string;
  /** {@link USER} unless told. */
  readonly user?: string;
  /** What `put` and `get` take for the client's side; the process's own unless told. */
  readonly directory?: string;
}

/** Far more than any run here takes: a client that hangs fails its test by its output. */
const TIMEOUT_MS = 300_000;

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Commands of smbclient, one after another on one connection. */
export function smbclient(
  target: Target,
  commands: readonly string[],
  options: readonly string[] = [],
): Promise<Run> {
  const { port, share = "data" } = target;
  const to = [`//127.0.0.1/${share}`, "-p", String(port), ...options, "-c", commands.join("; ")];
  return run("smbclient", to, target);
}

/** One command of smbclient that goes on until it is ended, such as `notify`. */
export class RunningClient {
  /** What it has printed so far. */
  output = "";
  readonly #child: ChildProcess;

  constructor(target: Target, command: string) {
    const { port, share = "data" } = target;
    const args = argumentsFor([`//127.0.0.1/${share}`, "-p", String(port), "-c", command], target);
    // stdbuf: or what it prints into a pipe would lie there until it ends.
    this.#child = spawn("stdbuf", ["-oL", "smbclient", ...args], { env: ENVIRONMENT });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on("data", (chunk: Buffer) => (this.output += chunk.toString()));
    }
  }

  /** Interrupts it, and waits for its end. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "close");
    this.#child.kill("SIGINT");
    await ended;
  }
}

/** `smbclient -L`: the list of shares. */
export function listShares(target: Target): Promise<Run> {
  return run("smbclient", ["-L", "127.0.0.1", "-g", "-p", String(target.port)], target);
}

/** One command of rpcclient. */
export function rpcclient(target: Target, command: string): Promise<Run> {
  return run("rpcclient", ["127.0.0.1", "-p", String(target.port), "-c", command], target);
}

/** What smbcacls, which knows port 445 only, does or tells of one file. */
export function smbcacls(
  { host, share = "data", ...target }: Omit<Target, "port"> & { readonly host: string },
  file: string,
  options: readonly string[] = [],
): Promise<Run> {
  return run("smbcacls", [`//${host}/${share}`, file, ...options], { ...target, port: 445 });
}

/** Names are UTF-8. */
const ENVIRONMENT = { ...process.env, LC_ALL: "C.UTF-8" };

/** Without the machine's own smb.conf, so that defaults are Samba's. */
function argumentsFor(args: readonly string[], { user = USER }: Target): string[] {
  return [...args, "-s", "/dev/null", ...(user === "" ? ["-N"] : ["-U", user])];
}

function run(program: string, args: readonly string[], target: Target): Promise<Run> {
  const all = argumentsFor(args, target);
  const options = {
    cwd: target.directory,
    env: ENVIRONMENT,
    timeout: TIMEOUT_MS,
    maxBuffer: MAX_OUTPUT_BYTES,
  };
  return new Promise((settle) => {
    const child = execFile(program, all, options, (_error, stdout, stderr) => {
      settle({ status: child.exitCode ?? -1, output: stdout + stderr });
    });
  });
}

/** Waits until a server has seen its clients go, and holds it to having kept nothing of them. */
export async function expectNothingLeft(server: Server): Promise<void> {
  await expect
    .poll(() => server.tableSizes, { timeout: 10_000 })
    .toEqual({
      connections: 0,
      sessions: 0,
      opens: 0,
      pendingRequests: 0,
      openFiles: 0,
      openNames: 0,
      leases: 0,
    });
}

/** Runs a test with a directory that is gone afterwards. */
export async function withDirectory(test: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "anymount-e2e-"));
  try {
    await test(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}
