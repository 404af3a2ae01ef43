/**
 * Samba, as it comes, with its share and its databases on tmpfs.
 *
 * @packageDocumentation
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type BenchServer, endProcess } from "./bench-server.js";
import { START_TIMEOUT_MS, STOP_TIMEOUT_MS } from "./limits.js";

const SMBD = "/usr/sbin/smbd";
const TMPFS = "/dev/shm";
const PASSWORD = "measured-by-bench";

/** Why Samba cannot be measured here, in one line; undefined where it can. */
export function sambaProblem(): string | undefined {
  if (!existsSync(SMBD))
    return `Samba is skipped: ${SMBD} is not there (Debian: apt install samba)`;
  if (!existsSync(TMPFS))
    return `Samba is skipped: ${TMPFS} is not there, and its share needs tmpfs`;
  return undefined;
}

/** Starts an smbd of our own on a free port. @throws Error with what smbd says */
export async function startSamba(): Promise<BenchServer> {
  const directory = mkdtempSync(join(TMPFS, "anymount-bench-"));
  const remove = () => {
    rmSync(directory, { recursive: true, force: true });
  };
  const port = await freePort();
  const user = userInfo().username;
  const config = join(directory, "smb.conf");
  try {
    for (const name of DIRECTORIES) mkdirSync(join(directory, name));
    writeFileSync(config, configuration(directory, port));
    run("smbpasswd", ["-c", config, "-L", "-s", "-a", user], `${PASSWORD}\n${PASSWORD}\n`);
  } catch (error) {
    remove();
    throw error;
  }
  // In a process group of its own: smbd ends its children by a signal to all of its group.
  const child = spawn(SMBD, ["--foreground", "--no-process-group", "-s", config], {
    stdio: ["ignore", "ignore", "inherit"],
    detached: true,
  });
  const pid = child.pid ?? 0;
  const stop = async () => {
    await endProcess(child, "SIGTERM");
    await untilGroupEnds(pid);
    remove();
  };
  try {
    await untilListening(port);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    name: "samba",
    version: run(SMBD, ["--version"]).trim(),
    pid,
    port,
    share: "bench",
    user,
    password: PASSWORD,
    stop,
  };
}

const DIRECTORIES = ["share", "private", "lock", "state", "cache", "pid", "ncalrpc", "log"];

/** What is not about places is Samba's default: a plain file server, nothing logged. */
function configuration(directory: string, port: number): string {
  const at = (name: string) => join(directory, name);
  return `[global]
	server role = standalone server
	netbios name = BENCH
	smb ports = ${port}
	interfaces = lo
	bind interfaces only = yes
	disable netbios = yes
	private dir = ${at("private")}
	lock directory = ${at("lock")}
	state directory = ${at("state")}
	cache directory = ${at("cache")}
	pid directory = ${at("pid")}
	ncalrpc dir = ${at("ncalrpc")}
	log file = ${at("log")}/log.smbd
	log level = 0
	load printers = no
	printing = bsd
	printcap name = /dev/null
	disable spoolss = yes

[bench]
	path = ${at("share")}
	read only = no
`;
}

function run(program: string, args: readonly string[], input = ""): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { input, encoding: "utf8" });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} failed: ${stdout}${stderr}`);
  return stdout;
}

/** The children of smbd end a little after it, and write until then. */
async function untilGroupEnds(pid: number): Promise<void> {
  const latestMs = Date.now() + STOP_TIMEOUT_MS;
  while (pid !== 0 && isGroupAlive(pid) && Date.now() < latestMs) await sleep(20);
}

function isGroupAlive(pid: number): boolean {
  try {
    return process.kill(-pid, 0);
  } catch {
    return false; // ESRCH
  }
}

/** A port that nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ host: "127.0.0.1", port: 0 }, () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => {
        resolve(port);
      });
    });
  });
}

async function untilListening(port: number): Promise<void> {
  const latestMs = Date.now() + START_TIMEOUT_MS;
  while (!(await isListening(port))) {
    if (Date.now() > latestMs) throw new Error("smbd does not listen");
    await sleep(50);
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => {
      resolve(false);
    });
  });
}
