/**
 * A shell that outlives this process, whatever ends it, and then takes its mount away: else the mount would stay, and answer
 * all that touch it with ENOTCONN.
 *
 * It also unmounts in order when it is told to. This process is not to start a program itself then: a new process closes
 * what it has inherited before it runs anything, and if a file of the mount is among that, the kernel tells us of it, and
 * waits; we wait for the new process to run. Neither ends.
 *
 * @packageDocumentation
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import { MAX_PROGRAM_OUTPUT } from "./limits.js";
import type { MountEntry } from "./mount-table.js";
import { type ProgramEnd, runProgram } from "./run-program.js";
import { detachCommand } from "./unmounting.js";

/**
 * Runs the commands that come, a line each, and answers with a line: the status, and the complaint. Standard input ends when
 * the process does, and unless it has said before that all was unmounted, the mount is taken away: that, and not what came to
 * be there later, so the device is looked for.
 *
 * Its arguments: the device, and the command that takes away.
 */
const SCRIPT = `
while IFS= read -r line; do
  [ "$line" = unmounted ] && exit
  complaint=$(eval "$line" 2>&1)
  echo "$? $(printf %s "$complaint" | tr '\\n' ' ')"
done
grep -q "^[0-9]* [0-9]* $0 " /proc/self/mountinfo && exec "$@"
`;

/** One for each mount. */
export class Watchdog {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  #hasFailed = false;
  /** Who waits for the answers to what it was told, in order. */
  readonly #waiting: ((end: ProgramEnd) => void)[] = [];

  constructor({ device, where }: Pick<MountEntry, "device" | "where">) {
    const child = spawn("sh", ["-c", SCRIPT, device, ...detachCommand(where)], {
      stdio: ["pipe", "pipe", "ignore"],
      detached: true, // in a session of its own: Ctrl-C and the end of the terminal are not for it
      env: { ...process.env, LC_ALL: "C" },
    });
    this.#child = child;
    child.on("error", this.#fail);
    child.on("exit", this.#fail);
    child.stdin.on("error", this.#fail);
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (more: string) => {
      const lines = (text + more).split("\n");
      text = (lines.pop() ?? "").slice(0, MAX_PROGRAM_OUTPUT);
      for (const line of lines) this.#waiting.shift()?.(endOfLine(line));
    });
    // None of it is to keep this process alive.
    child.unref();
    for (const pipe of [child.stdin, child.stdout]) if (pipe instanceof Socket) pipe.unref();
  }

  /** A pipe to a child process, for those who need one. */
  get pipe(): Writable {
    return this.#child.stdin;
  }

  /** Has it run a program. Where it is gone itself, this process does. */
  readonly run = (command: string, args: readonly string[]): Promise<ProgramEnd> => {
    const line = [command, ...args].map(quoted).join(" ");
    // A line is all that it reads: a name with a newline in it is for this process.
    if (this.#hasFailed || line.includes("\n")) return runProgram(command, args);
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#child.stdin.write(`${line}\n`);
    });
  };

  /** All was unmounted: there is nothing left to watch. */
  dismiss(): void {
    this.#child.stdin.end("unmounted\n");
  }

  readonly #fail = () => {
    this.#hasFailed = true;
    for (const resolve of this.#waiting.splice(0)) {
      resolve({ status: 1, complaint: "the watchdog was ended" });
    }
  };
}

function endOfLine(line: string): ProgramEnd {
  const blank = line.indexOf(" ");
  return { status: Number(line.slice(0, blank)), complaint: line.slice(blank + 1).trim() };
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
