/**
 * Unmounting: by umount(8) as root, by fusermount3 for others.
 *
 * @packageDocumentation
 */
import { writeFile } from "node:fs/promises";
import { SYNC_GRACE_MS } from "./limits.js";
import { MountError } from "./mount-error.js";
import { usersOf } from "./mount-users.js";
import { type ProgramEnd, runProgram } from "./run-program.js";

/** What `df` and `mount` show as the type of our file systems begins with it. */
export const MOUNT_TYPE = "fuse.anymount";

/** Runs a program to its end: `runProgram`, or a watchdog's. */
export type Run = (command: string, args: readonly string[]) => Promise<ProgramEnd>;

/** A program, and its arguments. */
type Command = readonly [string, ...string[]];

/**
 * Ends the connection of a mount, also where it is in no tree of names any more; those who use it see ENOTCONN. Whoever has mounted it may,
 * where the system has its list of connections; elsewhere nothing happens.
 *
 * @param device - `MAJOR:MINOR`, as in {@link readMountTable}
 */
export async function abortConnection(device: string): Promise<void> {
  const [, minor = ""] = device.split(":");
  await writeFile(`/sys/fs/fuse/connections/${minor}/abort`, "1").catch(() => undefined);
}

/** Whether a mount is one of ours. */
export function isOurType(type: string): boolean {
  return type === MOUNT_TYPE || type.startsWith(`${MOUNT_TYPE}-`);
}

/** Whether this process has root's way to mount. */
export function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

/**
 * Unmounts what nobody uses.
 *
 * @throws MountError with code EBUSY where somebody does
 */
export async function unmountIdle(path: string, run: Run = runProgram): Promise<void> {
  const { status, complaint } = isRoot()
    ? await run("umount", [path])
    : await run("fusermount3", ["-u", "--", path]);
  if (status === 0) return;
  if (!/busy/i.test(complaint)) throw new MountError(`${path} cannot be unmounted: ${complaint}`);
  throw new MountError(
    `${path} is in use${await byWhom(path)}: close what uses it, or force it off`,
    "EBUSY",
  );
}

/**
 * Takes a file system away, whoever uses it: what the kernel has to write is written first, if it can be. By root its
 * connection is aborted too, so that those who use it see ENOTCONN and its server sees the end.
 */
export async function forceOff(path: string, run: Run = runProgram): Promise<void> {
  // With a time of its own: where nobody answers, it would not end.
  await run("timeout", [`${SYNC_GRACE_MS / 1000}`, "sync", "-f", "--", path]);
  await takeOut(path, isRoot() ? ["umount", "-f", "-l", path] : detachCommand(path), run);
}

/** Takes a file system out of the tree of names; it lives on for those who have it open. */
export async function detach(path: string, run: Run = runProgram): Promise<void> {
  await takeOut(path, detachCommand(path), run);
}

async function takeOut(path: string, [command, ...args]: Command, run: Run): Promise<void> {
  const { status, complaint } = await run(command, args);
  if (status !== 0) throw new MountError(`${path} cannot be detached: ${complaint}`);
}

/** The command that does so, for this user. */
export function detachCommand(path: string): Command {
  return isRoot() ? ["umount", "-l", path] : ["fusermount3", "-uz", "--", path];
}

async function byWhom(path: string): Promise<string> {
  const users = await usersOf(path);
  return users.length === 0 ? "" : ` by ${users.join(", ")}`;
}
