/**
 * `npm run bench -- --fuse`: drives on a directory by `/dev/fuse`, on tmpfs, beside two passthroughs in C: the one that libfuse
 * itself comes with, and one that is tuned for speed. The client is a C program too; all are measured in turns.
 *
 * @packageDocumentation
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus } from "node:os";
import { join, resolve } from "node:path";
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
  readdir: "readdir of 10,000, changed, a name",
  again: "the same, unchanged",
} as const;

export type FuseRow = keyof typeof fuseRows;

/** How long and how often, and of what. */
export interface FuseBenchOptions {
  readonly rows: readonly FuseRow[];
  readonly seconds: number;
  readonly rounds: number;
}

/**
 * `libfuse` is the example that its Debian package has, which keeps no names and attributes in Linux; `tuned` is ours, which
 * keeps them as we do. A folder is to reach half of the rate of libfuse's, what is in memory all of it.
 */
const SERVERS = ["libfuse", "tuned", "folder", "memory"] as const;
type ServerName = (typeof SERVERS)[number];

/** Where Debian's libfuse3-dev puts libfuse's own passthrough; a machine without documentation does not have it. */
const EXAMPLE = "/usr/share/doc/libfuse3-dev/examples/passthrough.c";

interface MountedServer {
  readonly name: ServerName;
  /** Where it is mounted. */
  readonly where: string;
  /** Where the client works: libfuse's example shows the whole host. */
  readonly directory: string;
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
    const tuned = join(folder, "tuned");
    compile("passthrough.c", tuned, pkgConfig());
    const libfuse = join(folder, "libfuse");
    if (existsSync(EXAMPLE)) compile(EXAMPLE, libfuse, pkgConfig());
    else console.error(`${EXAMPLE} is not there: only the tuned passthrough is measured`);
    const names = SERVERS.filter((name) => name !== "libfuse" || existsSync(libfuse));
    for (const name of names) servers.push(await mountServer(name, folder));
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
    console.log(table(options.rows, names, results).join("\n"));
  } finally {
    for (const { child, where } of servers) {
      execFileSync("umount", ["-l", where], { stdio: "ignore" });
      await endProcess(child, "SIGTERM");
    }
    rmSync(folder, { recursive: true, force: true });
  }
}

function compile(source: string, target: string, flags: readonly string[]): void {
  const path = resolve(SOURCES, source);
  execFileSync("gcc", ["-O2", "-w", "-o", target, path, ...flags], { stdio: "inherit" });
}

function pkgConfig(): readonly string[] {
  const flags = execFileSync("pkg-config", ["--cflags", "--libs", "fuse3"], { encoding: "utf8" });
  return flags.trim().split(/\s+/);
}

async function mountServer(name: ServerName, folder: string): Promise<MountedServer> {
  const where = join(folder, "mounts", name);
  const source = join(folder, "files", name);
  mkdirSync(where, { recursive: true });
  mkdirSync(source, { recursive: true });
  const command = {
    libfuse: [join(folder, "libfuse"), where, "-f"],
    tuned: [join(folder, "tuned"), source, where, "-f"],
    folder: [process.execPath, MAIN, "mount", "folder", source, where],
    memory: [process.execPath, MAIN, "mount", "memory", where],
  }[name];
  const [program = "", ...args] = command;
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "inherit"] });
  for (let waitedMs = 0; !isMounted(where); waitedMs += 50) {
    if (waitedMs > START_TIMEOUT_MS) throw new Error(`${name} is not mounted in time`);
    await sleep(50);
  }
  return { name, where, directory: name === "libfuse" ? join(where, source) : where, child };
}

function isMounted(where: string): boolean {
  return readFileSync("/proc/self/mountinfo", "utf8").includes(` ${where} `);
}

function measureRow(
  client: string,
  { directory, child }: MountedServer,
  row: FuseRow,
  seconds: number,
): FuseSample {
  const before = cpuSeconds(child.pid ?? 0);
  const output = execFileSync(client, [directory, row, `${seconds}`], { encoding: "utf8" });
  const cpu = cpuSeconds(child.pid ?? 0) - before;
  const [operations = 0, spent = 1] = output.trim().split(" ").map(Number);
  // What prepares and clears up costs the server time, too: the same for all servers.
  return { rate: operations / spent, cpuMicroseconds: (1e6 * cpu) / operations };
}

function table(
  rows: readonly FuseRow[],
  names: readonly ServerName[],
  results: ReadonlyMap<string, FuseSample[]>,
): string[] {
  const ours = ["memory", "folder"] as const;
  const references = names.filter((name) => name === "libfuse" || name === "tuned");
  const head = [
    "",
    ...names.map((name) => `${name}/s`),
    ...references.flatMap((reference) => ours.map((name) => `${name} to ${reference}`)),
    ...names.map((name) => `${name} CPU µs`),
  ];
  const lines = rows.map((row) => {
    const samplesOf = (name: ServerName) => results.get(`${row} ${name}`) ?? [];
    const rateOf = (name: ServerName) => median(samplesOf(name).map(({ rate }) => rate));
    const cpuOf = (name: ServerName) => median(samplesOf(name).map((s) => s.cpuMicroseconds));
    return [
      fuseRows[row],
      ...names.map((name) => rateOf(name).toFixed(0)),
      ...references.flatMap((reference) =>
        ours.map((name) => (rateOf(name) / rateOf(reference)).toFixed(2)),
      ),
      ...names.map((name) => cpuOf(name).toFixed(1)),
    ];
  });
  return aligned([head, ...lines]);
}
