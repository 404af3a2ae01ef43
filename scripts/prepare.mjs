// Makes a clone ready to run: installs what is missing, builds what is out of date.
// Runs before anything is installed, so it uses Node's own modules only.
import { spawnSync } from "node:child_process";
import { chmodSync, readdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const LOCK = "package-lock.json";
/** Written by npm when an installation is complete. */
const INSTALLED = join("node_modules", ".package-lock.json");
/** Carries the time at which the last complete build began. */
const BUILT = join("dist", "cli", "main.js");

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
install();
build();

function install() {
  if (modifiedMs(INSTALLED) >= modifiedMs(LOCK)) return;
  console.log("Installing dependencies (npm ci) ...");
  const npm = process.env.npm_execpath;
  const code =
    npm === undefined
      ? run("npm", ["ci"], { shell: process.platform === "win32" })
      : run(process.execPath, [npm, "ci"]);
  if (code !== 0) {
    fail(code, "The dependencies could not be installed: see npm's message above, then try again.");
  }
}

function build() {
  const sources = ["src", "tsconfig.json", "tsconfig.build.json", LOCK];
  if (modifiedMs(BUILT) >= Math.max(...sources.map(newestMs))) return;
  console.log("Building (tsc) ...");
  const began = new Date();
  const compiler = join("node_modules", "typescript", "bin", "tsc");
  const code = run(process.execPath, [compiler, "-p", "tsconfig.build.json"]);
  if (code !== 0) fail(code, "The build failed: correct what the compiler says above.");
  removeOlder("dist", began.getTime());
  chmodSync(BUILT, 0o755);
  utimesSync(BUILT, began, began);
}

/** The compiler writes every file anew: what is older is left from a source that is gone. */
function removeOlder(directory, thanMs) {
  const SLACK_MS = 2000; // file systems that keep times in steps of 2 s
  for (const path of filesBelow(directory)) {
    if (modifiedMs(path) < thanMs - SLACK_MS) rmSync(path);
  }
}

function newestMs(path) {
  const isBuilt = (name) => !/\.(test|bench)\.ts$/.test(name);
  if (!statSync(path).isDirectory()) return modifiedMs(path);
  return Math.max(0, ...filesBelow(path).filter(isBuilt).map(modifiedMs), ...listMs(path));
}

/** When each directory last got or lost a name. */
function listMs(directory) {
  const inside = readdirSync(directory, { withFileTypes: true }).filter((e) => e.isDirectory());
  return [modifiedMs(directory), ...inside.flatMap((e) => listMs(join(directory, e.name)))];
}

function filesBelow(directory) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

/** 0 for what is not there: older than anything. */
function modifiedMs(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function run(program, args, options = {}) {
  const { status, error } = spawnSync(program, args, { stdio: "inherit", ...options });
  if (error !== undefined) console.error(`${program}: ${error.message}`);
  return status ?? 1;
}

function fail(code, sentence) {
  console.error(sentence);
  process.exit(code);
}
