/**
 * Shares of a running server, mounted with the system's own client; and unmounted.
 *
 * @packageDocumentation
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MountError, unmount } from "../index.js";
import { codeOf } from "./error-code.js";
import { thisMachine } from "./machine.js";
import { makeDirectories } from "./make-directories.js";
import { CREDENTIALS, type MountPlan, planMount, planUnmount } from "./mount-plan.js";
import { type Outcome, problem, success } from "./outcome.js";
import { knownPassword, passwordFilePath } from "./password-file.js";
import type { ShareUrl } from "./share-url.js";

const OWNER_FILE = 0o600;
const DIRECTORY = 0o777;

/**
 * Mounts a share, and tells where it is, if that is known.
 *
 * @param given - the password; else that of the environment or of `serve`, where one of them is known
 */
export async function mountShare(
  share: ShareUrl,
  where: string | undefined,
  given?: string,
): Promise<Outcome<string | undefined>> {
  const password = given === undefined ? await passwordOf(share.userName) : success(given);
  if (!password.ok) return password;
  const plan = planMount(await thisMachine(), share, { password: password.value, where });
  if (!plan.ok) return plan;
  console.log(plan.value.shown);
  const run = await runPlan(plan.value);
  return run.ok ? success(plan.value.where) : run;
}

/** Unmounts what either way of mounting has mounted. */
export async function unmountAny(where: string, isForced: boolean): Promise<Outcome<void>> {
  const machine = await thisMachine();
  if (machine.platform === "linux" && !/^smb:/i.test(where)) {
    const undone = await unmountFuse(where, isForced);
    if (undone !== undefined) return undone;
  }
  const { command, args } = planUnmount(machine, where, { isForced });
  return runCommand(command, args, undefined);
}

/** @returns undefined where the system's own client has mounted a share there */
async function unmountFuse(where: string, isForced: boolean): Promise<Outcome<void> | undefined> {
  try {
    await unmount(where, { isForced });
    return success(undefined);
  } catch (error) {
    if (!(error instanceof MountError)) throw error;
    if (error.code === "EREMOTE") return undefined;
    const hint = error.code === "EBUSY" ? " with --force" : "";
    return problem(`${error.message}${hint}`);
  }
}

async function passwordOf(userName: string): Promise<Outcome<string | undefined>> {
  const given = process.env["ANYMOUNT_PASSWORD"];
  if (given !== undefined && given !== "") return success(given);
  const known = await knownPassword(passwordFilePath(process.env), userName);
  if (!known.ok || known.value !== undefined || process.stdin.isTTY) return known;
  return problem(
    `there is no password for ${userName}: set ANYMOUNT_PASSWORD, or run this at a terminal to be asked`,
  );
}

async function runPlan(plan: MountPlan): Promise<Outcome<void>> {
  const place = plan.needsDirectory ? plan.where : undefined;
  const made = place === undefined ? success(undefined) : await makePlace(place);
  if (!made.ok) return made;
  if (plan.credentials === undefined) return runCommand(plan.command, plan.args, plan.input);
  const file = join(tmpdir(), `anymount-${randomUUID()}`);
  try {
    // "wx": never a file, or a link, that somebody has put there
    await writeFile(file, plan.credentials, { mode: OWNER_FILE, flag: "wx" });
    const args = plan.args.map((arg) => arg.replace(CREDENTIALS, file));
    return await runCommand(plan.command, args, undefined);
  } finally {
    await rm(file, { force: true });
  }
}

/** Makes sure that there is a directory to mount on. */
export async function makePlace(where: string): Promise<Outcome<void>> {
  try {
    await makeDirectories(where, DIRECTORY);
    return success(undefined);
  } catch (error) {
    return problem(
      `the directory ${where} is missing and cannot be made (${codeOf(error)}): make it, or choose another`,
    );
  }
}

/** @param input - where there is some, the command has no terminal that it could ask at instead */
function runCommand(
  command: string,
  args: readonly string[],
  input: string | undefined,
): Promise<Outcome<void>> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: [input === undefined ? "inherit" : "pipe", "inherit", "inherit"],
      detached: input !== undefined,
    });
    child.stdin?.on("error", () => undefined); // it may end without reading
    child.stdin?.end(input);
    child.on("error", (error) => {
      resolve(problem(`${command} cannot be run: ${error.message}`));
    });
    child.on("exit", (status) => {
      const isDone = status === 0;
      resolve(
        isDone ? success(undefined) : problem(`${command} has failed: see what it says above`),
      );
    });
  });
}
