/**
 * `npm run bench -- --fuse`: drives on a directory by `/dev/fuse`, beside a passthrough in C of libfuse's on tmpfs. The client is a
 * C program too; all are measured in turns.
 *
 * @packageDocumentation
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { endProcess } from "./bench-server.js";
import { START_TIMEOUT_MS } from "./limits.js";
import { cpuSeconds } from "./process-cpu.js";
import { aligned, median } from "./report.js";

/** What the client knows how to do, and what it counts. */
export const fuseRows = {
  read: "sequential read, 1 MiB",
  write: "sequential write, 1 MiB",
  random: "random read, 4 KiB",
  create: "create",
  stat: "stat, names not known",
  open: "open and close",
  unlink: "unlink",
  readdir: "readdir of 10,000, a name",
} as const;

export type FuseRow = keyof typeof fuseRows;

/** How long and how often, and of what. */
export interface FuseBenchOptions {
  readonly rows: readonly FuseRow[];
  readonly seconds: number;
  readonly rounds: number;
}

/** What libfuse's passthrough has to be halved for, and what is in memory has to reach. */
const SERVERS = ["libfuse", "folder", "memory"] as const;
type ServerName = (typeof SERVERS)[number];

interface MountedServer {
  readonly name: ServerName;
  readonly where: string;
  readonly child: ChildProcess;
}

interface FuseSample {
  /** Operations in a second. */
  readonly rate: number;
  /** Of the server, for an operation. */
  readonly cpuMicroseconds: number;
}

const SOURCES = join(process.cwd(), "bench", "fuse");
const MAIN = join(process.cwd(), "dist", "cli", "main.js");

/** Measures and prints the table. Needs root, gcc and libfuse3-dev. */
export async function runFuse(options: FuseBenchOptions): Promise<void> {
  const folder = mkdtempSync("/dev/shm/anymount-fuse-");
  const servers: MountedServer[] = [];
  try {
    const client = join(folder, "client");
    compile("client.c", client, []);
    const passthrough = join(folder, "passthrough");
    compile("passthrough.c", passthrough, pkgConfig());
    for (const name of SERVERS) servers.push(await mountServer(name, folder, passthrough));
    const results = new Map<string, FuseSample[]>();
    for (let round = 0; round < options.rounds; round++) {
      for (const row of options.rows) {
        for (const server of servers) {
          const samples = results.get(`${row} ${server.name}`) ?? [];
          samples.push(measureRow(client, server, row, options.seconds));
          results.set(`${row} ${server.name}`, samples);
        }
      }
      console.error(`round ${round + 1} of ${options.rounds} done`);
    }
    console.log(
      `${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} cores, Node ${process.version}\n`,
    );
    console.log(table(options.rows, results).join("\n"));
  } finally {
    for (const { child, where } of servers) {
      execFileSync("umount", ["-l", where], { stdio: "ignore" });
      await endProcess(child, "SIGTERM");
    }
    rmSync(folder, { recursive: true, force: true });
  }
}

function compile(source: string, target: string, flags: readonly string[]): void {
  execFileSync("gcc", ["-O2", "-o", target, join(SOURCES, source), ...flags], { stdio: "inherit" });
}

function pkgConfig(): readonly string[] {
  const flags = execFileSync("pkg-config", ["--cflags", "--libs", "fuse3"], { encoding: "utf8" });
  return flags.trim().split(/\s+/);
}

async function mountServer(
  name: ServerName,
  folder: string,
  passthrough: string,
): Promise<MountedServer> {
  const where = join(folder, "mounts", name);
  const source = join(folder, "files", name);
  mkdirSync(where, { recursive: true });
  mkdirSync(source, { recursive: true });
  const command = {
    libfuse: [passthrough, source, where, "-f"],
    folder: [process.execPath, MAIN, "mount", "folder", source, where],
    memory: [process.execPath, MAIN, "mount", "memory", where],
  }[name];
  const [program = "", ...args] = command;
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "inherit"] });
  for (let waitedMs = 0; !isMounted(where); waitedMs += 50) {
    if (waitedMs > START_TIMEOUT_MS) throw new Error(`${name} is not mounted in time`);
    await sleep(50);
  }
  return { name, where, child };
}

function isMounted(where: string): boolean {
  return readFileSync("/proc/self/mountinfo", "utf8").includes(` ${where} `);
}

function measureRow(
  client: string,
  { where, child }: MountedServer,
  row: FuseRow,
  seconds: number,
): FuseSample {
  const before = cpuSeconds(child.pid ?? 0);
  const output = execFileSync(client, [where, row, `${seconds}`], { encoding: "utf8" });
  const cpu = cpuSeconds(child.pid ?? 0) - before;
  const [operations = 0, spent = 1] = output.trim().split(" ").map(Number);
  // What prepares and clears up costs the server time, too: the same for all servers.
  return { rate: operations / spent, cpuMicroseconds: (1e6 * cpu) / operations };
}

function table(rows: readonly FuseRow[], results: ReadonlyMap<string, FuseSample[]>): string[] {
  const head = [
    "",
    ...SERVERS.map((name) => `${name}/s`),
    "folder ratio",
    "memory ratio",
    ...SERVERS.map((name) => `${name} CPU µs`),
  ];
  const lines = rows.map((row) => {
    const found = SERVERS.map((name) => results.get(`${row} ${name}`) ?? []);
    const rates = found.map((samples) => median(samples.map(({ rate }) => rate)));
    const cpu = found.map((samples) => median(samples.map((s) => s.cpuMicroseconds)));
    const [libfuse = Number.NaN, folder = Number.NaN, memory = Number.NaN] = rates;
    return [
      fuseRows[row],
      ...rates.map((rate) => rate.toFixed(0)),
      (folder / libfuse).toFixed(2),
      (memory / libfuse).toFixed(2),
      ...cpu.map((microseconds) => microseconds.toFixed(1)),
    ];
  });
  return aligned([head, ...lines]);
}
