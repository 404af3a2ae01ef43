/**
 * anymount's RAM drive, as users start it.
 *
 * @packageDocumentation
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type BenchServer, endProcess } from "./bench-server.js";
import { START_TIMEOUT_MS } from "./limits.js";

/** From where the compiler puts this file: temp/bench/bench. */
const ROOT = new URL("../../../", import.meta.url);
const PROGRAM = fileURLToPath(new URL("dist/cli/main.js", ROOT));
const USER = "bench";
const PASSWORD = "measured-by-bench";
const SHARE = "ram";

/**
 * Starts `anymount serve memory` on a free port.
 *
 * @param profileDirectory - where a CPU profile goes when it ends; undefined: none is made
 */
export async function startAnymount(profileDirectory: string | undefined): Promise<BenchServer> {
  const profile =
    profileDirectory === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileDirectory}`];
  const serve = ["serve", "memory", "--listen", "127.0.0.1:0", "--share", SHARE];
  const child = spawn(
    process.execPath,
    [...profile, PROGRAM, ...serve, "--user", USER, "--signing", "enabled"],
    {
      env: { ...process.env, ANYMOUNT_PASSWORD: PASSWORD },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const stop = () => endProcess(child, "SIGINT");
  try {
    const port = await readyPort(child);
    const pid = child.pid ?? 0;
    return {
      name: "anymount",
      version: version(),
      pid,
      port,
      share: SHARE,
      user: USER,
      password: PASSWORD,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The port in the line `ready smb://127.0.0.1:PORT/SHARE`. */
function readyPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = "";
    const timer = setTimeout(() => {
      reject(new Error("anymount does not say that it is ready"));
    }, START_TIMEOUT_MS);
    child.once("error", reject);
    child.once("exit", () => {
      reject(new Error("anymount ended before it was ready"));
    });
    child.stdout?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      const port = /^ready smb:\/\/[^/]*:(\d+)\//m.exec(text)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(Number(port));
    });
  });
}

function version(): string {
  const text = readFileSync(new URL("package.json", ROOT), "utf8");
  const parsed = JSON.parse(text) as { readonly version: string };
  return `anymount ${parsed.version}, Node ${process.versions.node}`;
}
