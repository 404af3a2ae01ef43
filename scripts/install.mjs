// Installs what package-lock.json of a directory names, where that has not been done yet.
// Runs before anything is installed, so it uses Node's own modules only.
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";

/**
 * @param directory - with a package-lock.json
 * @param options - for `npm ci`
 * @throws Error with npm's exit code as `code` where the packages could not be installed
 */
export function install(directory, ...options) {
  // Written by npm when an installation is complete.
  const installedMs = modifiedMs(join(directory, "node_modules", ".package-lock.json"));
  if (installedMs >= modifiedMs(join(directory, "package-lock.json"))) return;
  console.log(
    `Installing ${directory === "." ? "dependencies" : "what the tests try"} (npm ci) ...`,
  );
  const npm = process.env.npm_execpath;
  const code =
    npm === undefined
      ? run("npm", ["ci", ...options], { cwd: directory, shell: process.platform === "win32" })
      : run(process.execPath, [npm, "ci", ...options], { cwd: directory });
  if (code === 0) return;
  const message = "Packages could not be installed: see npm's message above, then try again.";
  throw Object.assign(new Error(message), { code });
}

/** 0 for what is not there: older than anything. */
export function modifiedMs(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** The exit code of a program that has this one's terminal. */
export function run(program, args, options = {}) {
  const { status, error } = spawnSync(program, args, { stdio: "inherit", ...options });
  if (error !== undefined) console.error(`${program}: ${error.message}`);
  return status ?? 1;
}
