import type { Awaitable, FileSystem } from "../../fs/index.js";
import { allCases } from "./all-cases.js";
import { type Case, reasonToSkip } from "./case.js";
import { MAX_CASE_MS } from "./limits.js";
import { KernelStage, type SmbOptions, SmbStage } from "./stage.js";

/** What a case can reach a file system by. */
export type Way = "direct" | "kernel" | "smb";

/** How cases are run. */
export interface RunOptions extends SmbOptions {
  /** All unless told. */
  readonly cases?: readonly Case[];
  /** Those that the case can take, unless told. */
  readonly ways?: readonly Way[];
}

/** What a case came to, by one way. */
export interface CaseResult {
  readonly case: Case;
  readonly way: Way;
  readonly outcome: "passed" | "failed" | "skipped";
  /** Why it was skipped, or has failed; empty where it has passed. */
  readonly reason: string;
  /** What was thrown, where it has failed. */
  readonly error?: unknown;
}

const WAYS: Readonly<Record<Case["level"], readonly Way[]>> = {
  contract: ["direct"],
  drive: ["kernel", "smb"],
  wire: ["smb"],
};

/** The ways by which a case can be run: operations by themselves, through the kernel, through SMB. */
export function waysOf({ level }: Case): readonly Way[] {
  return WAYS[level];
}

/**
 * Runs cases, one after the other, each by all its ways. Never throws because of a case.
 *
 * @param make - gives an empty file system, for each case anew
 */
export async function runCases(
  make: () => Awaitable<FileSystem>,
  options: RunOptions = {},
): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const each of options.cases ?? allCases) {
    for (const way of waysOf(each)) {
      if (options.ways?.includes(way) === false) continue;
      results.push(await runOne(each, way, make, options));
    }
  }
  return results;
}

/**
 * Runs one case by all its ways: the body of a test, whatever the test runner.
 *
 * @returns why it was skipped; undefined where it has passed
 * @throws what the case throws where the file system does not do it
 */
export async function runCase(
  each: Case,
  make: () => Awaitable<FileSystem>,
  options: Omit<RunOptions, "cases"> = {},
): Promise<string | undefined> {
  const results = await runCases(make, { ...options, cases: [each] });
  const failed = results.find(({ outcome }) => outcome === "failed");
  if (failed !== undefined)
    throw new Error(`${failed.way}: ${failed.reason}`, { cause: failed.error });
  return results.find(({ outcome }) => outcome === "skipped")?.reason;
}

async function runOne(
  each: Case,
  way: Way,
  make: () => Awaitable<FileSystem>,
  options: SmbOptions,
): Promise<CaseResult> {
  try {
    const fileSystem = await make();
    const skip = reasonToSkip(each, fileSystem);
    if (skip !== undefined) return { case: each, way, outcome: "skipped", reason: skip };
    await inTime(perform(each, way, fileSystem, options));
    return { case: each, way, outcome: "passed", reason: "" };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { case: each, way, outcome: "failed", reason, error };
  }
}

async function perform(
  each: Case,
  way: Way,
  fileSystem: FileSystem,
  options: SmbOptions,
): Promise<void> {
  if (each.level === "contract") {
    await each.run(fileSystem);
    return;
  }
  if (each.level === "drive" && way === "kernel") {
    const stage = await KernelStage.begin(fileSystem);
    await each.run(stage);
    await stage.end();
    return;
  }
  const stage = await SmbStage.begin(fileSystem, options);
  try {
    await each.run(stage);
  } catch (error) {
    await stage.end().catch(() => undefined); // it is the case that has failed
    throw error;
  }
  await stage.end();
}

/** Something that never ends must not stop everything. */
async function inTime(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`nothing has come of it in ${MAX_CASE_MS} ms`));
    }, MAX_CASE_MS);
  });
  try {
    await Promise.race([work, timeUp]);
  } finally {
    clearTimeout(timer);
  }
}
