import { parseArgs } from "node:util";
import type { ProtectionMode } from "../src/testing/client/index.js";
import { SERVER_NAMES, type ServerName } from "./bench-server.js";
import { type FuseRow, fuseRows } from "./fuse-bench.js";
import { type MemoryRow, memoryRows } from "./memory-rows.js";
import { rowLabel } from "./report.js";
import { type Row, rows } from "./rows.js";

const FUSE_ROWS = Object.keys(fuseRows) as FuseRow[]; // it has no other keys

const PROTECTIONS: readonly ProtectionMode[] = ["unsigned", "signed", "encrypted"];

/** What a run is to do. */
export interface BenchOptions {
  readonly rows: readonly Row[];
  readonly protections: readonly ProtectionMode[];
  readonly servers: readonly ServerName[];
  readonly seconds: number;
  readonly rounds: number;
  readonly jsonFile: string | undefined;
  readonly profileDirectory: string | undefined;
  /** These instead, where it is about memory. */
  readonly memoryRows: readonly MemoryRow[] | undefined;
  /** Copies from and to an SFTP server instead. */
  readonly isSftp: boolean;
  /** These instead, where it is about `/dev/fuse`. */
  readonly fuseRows: readonly FuseRow[] | undefined;
}

export const HELP = `Usage: npm run bench -- [options]

Measures anymount's RAM drive and Samba on tmpfs with the same client, one connection each, in turns.

Options:
  --rows <NAMES>        only these rows, separated by commas; the start of a name will do
  --protection <MODES>  of ${PROTECTIONS.join(", ")}; all of them without
  --server <NAMES>      of ${SERVER_NAMES.join(", ")}; both without
  --seconds <N>         how long each measurement takes (default: 1)
  --rounds <N>          how often; the table has the medians (default: 3)
  --json <FILE>         writes all samples there, too
  --profile <DIR>       writes a CPU profile of anymount there
  --memory              measures what we claim about memory, and about what grows, instead; of the
                        options above, --rows goes with it. Takes 4 GiB of memory and some minutes
  --sftp                measures copying 1 GiB from and to an SFTP server, beside sftp itself, instead;
                        --rounds goes with it. Takes 5 GiB of /dev/shm
  --fuse                measures drives mounted by /dev/fuse beside libfuse's own passthrough in C, and beside
                        one tuned for speed, instead; of the options above, --rows, --seconds and --rounds
                        go with it. Needs root, gcc and libfuse3-dev
  --help                this

Rows: ${rows.map(rowLabel).join("; ")}
Rows of --memory: ${memoryRows.map(({ name }) => name).join("; ")}
Rows of --fuse: ${FUSE_ROWS.join("; ")}
`;

/** @returns a sentence where they do not fit */
export function readOptions(args: readonly string[]): BenchOptions | "help" | { problem: string } {
  let values: ReturnType<typeof parse>;
  try {
    values = parse(args);
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
  if (values.help === true) return "help";
  const wanted = values.rows?.split(",").map((name) => name.trim());
  const isWanted = (label: string) => wanted?.some((name) => label.startsWith(name)) ?? true;
  const chosen = rows.filter((row) => isWanted(rowLabel(row)));
  const chosenMemory = memoryRows.filter(({ name }) => isWanted(name));
  const protections = choose(PROTECTIONS, values.protection);
  const servers = choose(SERVER_NAMES, values.server);
  const seconds = Number(values.seconds ?? 1);
  const rounds = Number(values.rounds ?? 3);
  const found = values.memory === true ? chosenMemory : chosen;
  const chosenFuse = FUSE_ROWS.filter(isWanted);
  if (values.fuse === true ? chosenFuse.length === 0 : found.length === 0)
    return { problem: `no row begins with ${values.rows ?? ""}` };
  if (protections === undefined) return { problem: `--protection: ${PROTECTIONS.join(", ")}` };
  if (servers === undefined) return { problem: `--server: ${SERVER_NAMES.join(", ")}` };
  if (!(seconds > 0 && seconds <= 60)) return { problem: "--seconds: more than 0, at most 60" };
  if (!(Number.isInteger(rounds) && rounds > 0 && rounds <= 100)) {
    return { problem: "--rounds: 1 to 100" };
  }
  return {
    rows: chosen,
    protections,
    servers,
    seconds,
    rounds,
    jsonFile: values.json,
    profileDirectory: values.profile,
    memoryRows: values.memory === true ? chosenMemory : undefined,
    isSftp: values.sftp === true,
    fuseRows: values.fuse === true ? chosenFuse : undefined,
  };
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  return parseArgs({
    args: [...args],
    options: {
      rows: text,
      protection: text,
      server: text,
      seconds: text,
      rounds: text,
      json: text,
      profile: text,
      memory: { type: "boolean" },
      sftp: { type: "boolean" },
      fuse: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  }).values;
}

/** Some of all, in their order; undefined where a name is unknown. */
function choose<T extends string>(all: readonly T[], names: string | undefined) {
  if (names === undefined) return all;
  const wanted = names.split(",").map((name) => name.trim());
  if (wanted.some((name) => !all.some((known) => known === name))) return undefined;
  return all.filter((name) => wanted.includes(name));
}
