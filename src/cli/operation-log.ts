/**
 * The debug log: one line for each operation of the file system. WinFsp 3.18
 *
 * @packageDocumentation
 */
import { openSync, writeSync } from "node:fs";
import type { TraceDetails, TraceEvent } from "../index.js";
import { MAX_GATHERED_LOG_UNITS } from "./limits.js";
import { type Outcome, problem, success } from "./outcome.js";
import { printable } from "./request-log.js";

/**
 * Where lines go. They are gathered for one turn of the event loop, and written when it ends, or when the
 * process does: a log of a server that hangs or falls is complete.
 */
export class OperationLog {
  readonly #put: (text: string) => void;
  readonly #now: () => Date;
  #gathered = "";
  #isBroken = false;

  private constructor(put: (text: string) => void, now: () => Date) {
    this.#put = put;
    this.#now = now;
  }

  /**
   * Opens a log for appending; a file that is not there is made.
   *
   * @param path - `-` for standard error
   */
  static open(path: string, now: () => Date = () => new Date()): Outcome<OperationLog> {
    try {
      const log = new OperationLog(path === "-" ? toStandardError : toFile(path), now);
      process.once("exit", () => {
        log.#flush();
      });
      return success(log);
    } catch (error) {
      return problem(
        `the log ${path} cannot be opened: ${messageOf(error)}; give another with --log, or - for standard error`,
      );
    }
  }

  write(event: TraceEvent): void {
    if (this.#isBroken) return;
    if (this.#gathered === "") {
      setImmediate(() => {
        this.#flush();
      }).unref();
    }
    this.#gathered += `${operationLine(event, this.#now())}\n`;
    if (this.#gathered.length >= MAX_GATHERED_LOG_UNITS) this.#flush();
  }

  /** A log that cannot be written, as its disk is full, is given up; the server goes on. */
  #flush(): void {
    const text = this.#gathered;
    this.#gathered = "";
    if (text === "" || this.#isBroken) return;
    try {
      this.#put(text);
    } catch (error) {
      this.#isBroken = true;
      console.error(`anymount: the log cannot be written any more: ${messageOf(error)}`);
    }
  }
}

function toStandardError(text: string): void {
  process.stderr.write(text);
}

function toFile(path: string): (text: string) => void {
  const file = openSync(path, "a");
  return (text) => {
    writeSync(file, text);
  };
}

/**
 * One line for an operation:
 * `12:30:01.250 #17 write \docs\a.txt offset=0 length=5 = SUCCESS bytesWritten=5 0.012 ms anna@127.0.0.1:50012 session 1`.
 */
export function operationLine(event: TraceEvent, now: Date): string {
  const { id, operation, caller, path, asked, answered, status, error, durationMs } = event;
  const outcome = status ?? `threw ${messageOf(error)}`;
  const parts = [now.toISOString().slice(11, 23), `#${id}`, operation];
  if (path !== undefined) parts.push(printable(path));
  parts.push(...words(asked), "=", printable(outcome), ...words(answered));
  parts.push(`${durationMs.toFixed(3)} ms`);
  if (caller !== undefined) {
    const { userName, clientAddress, sessionId } = caller;
    parts.push(`${printable(userName) || "-"}@${clientAddress}`, `session ${sessionId}`);
  }
  return parts.join(" ");
}

function words(details: TraceDetails): readonly string[] {
  return Object.entries(details).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${printable(String(value))}`],
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
