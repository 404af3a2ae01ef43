import type { Awaitable, FileSystem } from "../../fs/index.js";
import { MountError } from "../../fuse/index.js";
import { allCases } from "./all-cases.js";
import { type Case, type DriveCase, type MountCase, reasonToSkip } from "./case.js";
import { FuseStage } from "./fuse-stage.js";
import { MAX_CASE_MS } from "./limits.js";
import { POSIX_RULES, toldAlike } from "./posix-rules.js";
import { KernelStage, type SmbOptions, SmbStage } from "./stage.js";

/** What a case can reach a file system by. */
export type Way = "direct" | "kernel" | "smb" | "fuse";

/** How cases are run. */
export interface RunOptions extends SmbOptions {
  /** All unless told. */
  readonly cases?: readonly Case[];
  /**
   * Those that the case can take, unless told. `fuse` mounts the file system on a directory of this machine, so it is not taken by a
   * case that has other ways unless it is among these. A way that the case cannot take counts for nothing.
   */
  readonly ways?: readonly Way[];
  /** How long one case may take by one way before it has failed, in ms; 30,000 unless told. */
  readonly maxCaseMs?: number;
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
  drive: ["kernel", "smb", "fuse"],
  wire: ["smb"],
  mount: ["fuse"],
};

/** The ways by which a case can be run: operations by themselves, through the kernel, through SMB, by programs on a mount. */
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
      if (!isTaken(each, way, options)) continue;
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

function isTaken({ level }: Case, way: Way, { ways }: RunOptions): boolean {
  return ways?.includes(way) ?? (way !== "fuse" || level === "mount");
}

async function runOne(
  each: Case,
  way: Way,
  make: () => Awaitable<FileSystem>,
  options: RunOptions,
): Promise<CaseResult> {
  const { maxCaseMs = MAX_CASE_MS } = options;
  try {
    const fileSystem = await make();
    const skip = reasonToSkip(each, fileSystem);
    if (skip !== undefined) return { case: each, way, outcome: "skipped", reason: skip };
    if (each.level === "mount" || (each.level === "drive" && way === "fuse")) {
      const unsaid = await performOnMount(each, fileSystem, maxCaseMs);
      if (unsaid !== undefined) return { case: each, way, outcome: "skipped", reason: unsaid };
    } else {
      await inTime(perform(each, way, fileSystem, options), maxCaseMs);
    }
    return { case: each, way, outcome: "passed", reason: "" };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { case: each, way, outcome: "failed", reason, error };
  }
}

async function perform(
  each: Exclude<Case, MountCase>,
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

/**
 * Runs a case by programs on a mount, which is undone whatever comes of it.
 *
 * @returns why it was skipped
 */
async function performOnMount(
  each: DriveCase | MountCase,
  fileSystem: FileSystem,
  maxCaseMs: number,
): Promise<string | undefined> {
  const rule = POSIX_RULES[each.name];
  if (rule !== undefined) return rule;
  let stage: FuseStage;
  try {
    stage = await FuseStage.begin(fileSystem);
  } catch (error) {
    if (error instanceof MountError) return error.message;
    throw error;
  }
  try {
    await inTime(each.run(stage), maxCaseMs);
    await inTime(stage.end(), maxCaseMs);
  } catch (error) {
    await inTime(stage.abandon(), maxCaseMs).catch(() => undefined); // it is the case that has failed
    const reason = stage.reason ?? toldAlike(error);
    if (reason === undefined) throw error;
    return reason;
  }
  return stage.reason;
}

/** Something that never ends must not stop everything. */
async function inTime<T>(work: Promise<T>, maxMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`nothing has come of it in ${maxMs} ms`));
    }, maxMs);
  });
  try {
    return await Promise.race([work, timeUp]);
  } finally {
    clearTimeout(timer);
  }
}
