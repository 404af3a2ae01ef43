/**
 * `npm run bench`: what we claim about speed, measured beside Samba.
 *
 * @packageDocumentation
 */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import {
  type ClientTree,
  must,
  type Negotiated,
  type ProtectionMode,
  SmbClient,
} from "../src/testing/client/index.js";
import { Dialect } from "../src/wire/smb2/index.js";
import { startAnymount } from "./anymount-server.js";
import type { BenchServer } from "./bench-server.js";
import { runFuse } from "./fuse-bench.js";
import { RUN_SLACK_MS, WARM_UP_MS } from "./limits.js";
import { measure, type Sample } from "./measure.js";
import type { Figure, MemoryRow } from "./memory-rows.js";
import { stopMemoryServers } from "./memory-server.js";
import { type BenchOptions, HELP, readOptions } from "./options.js";
import { isMet, type Measured, memoryTable, rowLabel, tables } from "./report.js";
import { prepareShare, type Row } from "./rows.js";
import { sambaProblem, startSamba } from "./samba-server.js";
import { runSftp } from "./sftp.js";

/** What is to be ended, whatever happens; also what is only just starting. */
const running: Promise<BenchServer>[] = [];

let stopping: Promise<void> | undefined;

/** Ends the servers; calling it again waits for the same. */
function stopAll(): Promise<void> {
  stopping ??= stopEach();
  return stopping;
}

async function stopEach(): Promise<void> {
  const started = await Promise.allSettled(running.splice(0));
  const servers = started.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  await Promise.all([...servers.map((server) => server.stop()), stopMemoryServers()]);
}

/** What fails from then on fails because its server has gone. */
let isInterrupted = false;

/** Ctrl-C, a `kill` or a run that hangs leave nothing behind either. */
function stopOnSignal(): void {
  const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
  for (const [signal, code] of Object.entries(exitCodes)) {
    process.once(signal, () => {
      isInterrupted = true;
      void stopAll().finally(() => process.exit(code));
    });
  }
}

function limitTime({ rows, protections, servers, seconds, rounds }: BenchOptions): void {
  const measurements = rows.length * protections.length * servers.length * rounds;
  const limitMs = RUN_SLACK_MS + 2 * measurements * (1000 * seconds + WARM_UP_MS);
  const timer = setTimeout(() => {
    console.error(`bench: not done after ${Math.round(limitMs / 1000)} s; something hangs`);
    void stopAll().finally(() => process.exit(1));
  }, limitMs);
  timer.unref();
}

async function startServers(options: BenchOptions): Promise<readonly BenchServer[]> {
  for (const name of options.servers) {
    const problem = name === "samba" ? sambaProblem() : undefined;
    if (problem === undefined) {
      const start = name === "samba" ? startSamba() : startAnymount(options.profileDirectory);
      running.push(start);
      await start;
    } else {
      console.log(problem);
    }
  }
  return Promise.all(running);
}

interface Connected {
  readonly server: BenchServer;
  readonly client: SmbClient;
  readonly tree: ClientTree;
  readonly negotiated: Negotiated;
}

async function connect(server: BenchServer, protection: ProtectionMode): Promise<Connected> {
  const { port, user, password, share } = server;
  const client = await SmbClient.connect({ port });
  const negotiated = must(await client.negotiate({ dialects: [Dialect.SMB_3_1_1] }));
  const session = must(await client.logOn({ user, password, protection }));
  const tree = must(await session.treeConnect(share));
  return { server, client, tree, negotiated };
}

async function prepare(server: BenchServer): Promise<void> {
  const { client, tree, negotiated } = await connect(server, "unsigned");
  await prepareShare(tree);
  client.close();
  const { cipher, signingAlgorithm } = negotiated;
  console.log(
    `${server.version}: pid ${server.pid}, cipher ${cipher ?? "none"}, signing ${signingAlgorithm}`,
  );
}

/** All samples, by row, protection and server. */
class Results {
  readonly #samples = new Map<string, Measured & { readonly samples: Sample[] }>();

  add(row: Row, protection: ProtectionMode, server: BenchServer, sample: Sample): void {
    const key = `${rowLabel(row)} ${protection} ${server.name}`;
    const known = this.#samples.get(key);
    if (known !== undefined) {
      known.samples.push(sample);
      return;
    }
    const { name, depth } = row;
    const samples = [sample];
    this.#samples.set(key, { row: name, depth, protection, server: server.name, samples });
  }

  all(): readonly Measured[] {
    return [...this.#samples.values()];
  }
}

/** Every row on one server after the other; who is first changes with each round. */
async function runRound(
  round: number,
  servers: readonly BenchServer[],
  { rows, protections, seconds }: BenchOptions,
  results: Results,
): Promise<void> {
  const order = round % 2 === 0 ? servers : [...servers].reverse();
  for (const protection of protections) {
    const connected: Connected[] = [];
    for (const server of order) connected.push(await connect(server, protection));
    for (const row of rows) {
      for (const { server, tree } of connected) {
        results.add(row, protection, server, await measure(row, server, { tree, seconds }));
      }
    }
    for (const { client } of connected) client.close();
  }
}

async function run(options: BenchOptions): Promise<void> {
  const [processor] = cpus();
  console.log(`${processor?.model ?? "unknown processor"}, ${cpus().length} cores`);
  const servers = await startServers(options);
  for (const server of servers) await prepare(server);

  const results = new Results();
  for (let round = 0; round < options.rounds; round++) {
    await runRound(round, servers, options, results);
    console.error(`round ${round + 1} of ${options.rounds} done`);
  }
  const names = servers.map(({ name }) => name);
  console.log(tables(results.all(), names).join("\n"));
  if (options.jsonFile !== undefined) {
    const versions = Object.fromEntries(servers.map(({ name, version }) => [name, version]));
    const report = { processor: processor?.model, versions, measured: results.all() };
    writeFileSync(options.jsonFile, `${JSON.stringify(report, undefined, 2)}\n`);
  }
}

/** @returns whether every claim holds */
async function runMemory(chosen: readonly MemoryRow[]): Promise<boolean> {
  const [processor] = cpus();
  console.log(`${processor?.model ?? "unknown processor"}, ${cpus().length} cores\n`);
  const figures: Figure[] = [];
  for (const { name, measure } of chosen) {
    console.error(`${name} ...`);
    figures.push(...(await measure()));
  }
  console.log(memoryTable(figures).join("\n"));
  return figures.every(isMet);
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === "help") {
    console.log(HELP);
  } else if ("problem" in options) {
    console.error(`bench: ${options.problem}; --help tells more`);
    process.exitCode = 2;
  } else if (options.isSftp) {
    if (!(await runSftp(options.rounds))) process.exitCode = 1;
  } else if (options.fuseRows !== undefined) {
    await runFuse({ ...options, rows: options.fuseRows });
  } else if (options.memoryRows !== undefined) {
    stopOnSignal();
    try {
      if (!(await runMemory(options.memoryRows))) process.exitCode = 1;
    } finally {
      await stopMemoryServers();
    }
  } else {
    stopOnSignal();
    limitTime(options);
    try {
      await run(options);
    } catch (error) {
      if (!isInterrupted) throw error;
    } finally {
      await stopAll();
    }
  }
}

await main();
