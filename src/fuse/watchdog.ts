/**
 * A shell that outlives this process, whatever ends it, and then takes its mount away: else the mount would stay, and answer
 * all that touch it with ENOTCONN.
 *
 * @packageDocumentation
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Writable } from "node:stream";
import type { MountEntry } from "./mount-table.js";
import { detachCommand } from "./unmounting.js";

/**
 * Standard input ends when the process does. A line before that means that all was unmounted in order. What is taken away
 * is only what this process had mounted, not what came to be there later: the device is looked for.
 *
 * Its arguments: the device, and the command to run.
 */
const SCRIPT = `read -r _ && exit; grep -q "^[0-9]* [0-9]* $0 " /proc/self/mountinfo && exec "$@"`;

/** One for each mount. */
export class Watchdog {
  readonly #child: ChildProcessByStdio<Writable, null, null>;

  constructor({ device, where }: Pick<MountEntry, "device" | "where">) {
    const args = ["-c", SCRIPT, device, ...detachCommand(where)];
    // In a session of its own: Ctrl-C and the end of the terminal are not for it.
    this.#child = spawn("sh", args, { stdio: ["pipe", "ignore", "ignore"], detached: true });
    this.#child.unref();
    this.#child.on("error", () => undefined); // without a shell there is none: the mount works as well
    this.#child.stdin.on("error", () => undefined);
    // The pipe is not to keep this process alive either.
    (this.#child.stdin as Writable & { unref?(): void }).unref?.();
  }

  /** A pipe to a child process, for those who need one. */
  get pipe(): Writable {
    return this.#child.stdin;
  }

  /** All was unmounted: there is nothing left to watch. */
  dismiss(): void {
    this.#child.stdin.end("unmounted\n");
  }
}
