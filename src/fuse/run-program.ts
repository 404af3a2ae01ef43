import { spawn } from "node:child_process";
import { MAX_PROGRAM_OUTPUT } from "./limits.js";

/** How a program ended. */
export interface ProgramEnd {
  /** Its exit status; undefined where it could not be started. */
  readonly status: number | undefined;
  /** What it said to standard error, without blank lines. */
  readonly complaint: string;
}

/**
 * Runs a program to its end.
 *
 * @param descriptor - what it has as descriptor 3
 */
export function runProgram(
  command: string,
  args: readonly string[],
  { descriptor, environment = {} }: { descriptor?: number; environment?: NodeJS.ProcessEnv } = {},
): Promise<ProgramEnd> {
  const stdio = ["ignore", "ignore", "pipe", ...(descriptor === undefined ? [] : [descriptor])];
  // What programs say is looked at, so it has to be in the one language that we know.
  const env = { ...process.env, LC_ALL: "C", ...environment };
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: stdio as ("ignore" | "pipe" | number)[], env });
    let complaint = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      complaint = (complaint + text).slice(0, MAX_PROGRAM_OUTPUT);
    });
    child.on("error", (error) => {
      resolve({ status: undefined, complaint: error.message });
    });
    child.on("close", (status) => {
      resolve({ status: status ?? 1, complaint: complaint.trim().replaceAll(/\s*\n\s*/g, "; ") });
    });
  });
}
