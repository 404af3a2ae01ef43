// Makes a clone ready to run: installs what is missing, builds what is out of date.
// Runs before anything is installed, so it uses Node's own modules only.
import { chmodSync, readdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { install, modifiedMs, run } from "./install.mjs";

/** Carries the time at which the last complete build began. */
const BUILT = join("dist", "cli", "main.js");

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
try {
  install(".");
} catch (error) {
  fail(error.code ?? 1, error.message);
}
build();

function build() {
  const sources = ["src", "tsconfig.json", "tsconfig.build.json", "package-lock.json"];
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

function fail(code, sentence) {
  console.error(sentence);
  process.exit(code);
}
