import type { FileSystemOperation } from "../../delegation/index.js";
import type { Caller } from "../../fs/index.js";
import { foldName } from "../../nt/index.js";

/**
 * Which operations a fault is for: those that fit all that is said. A name, or a list of names, is short for
 * `{ operations }`.
 */
export type FaultRule = FileSystemOperation | readonly FileSystemOperation[] | FaultRuleParts;

/** A rule at length. What is left out fits all. */
export interface FaultRuleParts {
  /** Left out: all but `start`, `stop` and `close`, which are meant only where they are named. */
  readonly operations?: FileSystemOperation | readonly FileSystemOperation[] | undefined;
  /**
   * The file's path from the root of the volume. In a text `*` stands for any run of characters within a
   * name, `**` also across names, `?` for one character; `/` is as good as `\`, and case does not count
   * unless the volume says so. Operations without a path, such as `getVolumeInfo`, do not fit.
   */
  readonly path?: string | RegExp | ((path: string) => boolean) | undefined;
  /** A user's name, in any case; or whatever tells. Operations without a caller do not fit. */
  readonly caller?: string | ((caller: Caller) => boolean) | undefined;
}

/** One operation, as rules look at it. */
export interface FaultyCall {
  readonly operation: FileSystemOperation;
  readonly path: string | undefined;
  readonly caller: Caller | undefined;
}

/** Whether an operation fits a rule. */
export type RuleTest = (call: FaultyCall) => boolean;

const UNASKED: ReadonlySet<FileSystemOperation> = new Set(["start", "stop", "close"]);

/** The test that a rule stands for. */
export function testOf(rule: FaultRule, isCaseSensitive: boolean): RuleTest {
  const parts = isParts(rule) ? rule : { operations: rule };
  const tests = [operationTest(parts), pathTest(parts, isCaseSensitive), callerTest(parts)];
  const used = tests.filter((test) => test !== undefined);
  return (call) => used.every((test) => test(call));
}

/** The operations that a rule names; undefined where it names none. */
export function operationsOf(rule: FaultRule): readonly FileSystemOperation[] | undefined {
  const { operations } = isParts(rule) ? rule : { operations: rule };
  if (operations === undefined) return undefined;
  return typeof operations === "string" ? [operations] : operations;
}

function isParts(rule: FaultRule): rule is FaultRuleParts {
  return typeof rule === "object" && !Array.isArray(rule);
}

function operationTest(parts: FaultRuleParts): RuleTest {
  const named = operationsOf(parts);
  if (named === undefined) return ({ operation }) => !UNASKED.has(operation);
  const wanted = new Set(named);
  return ({ operation }) => wanted.has(operation);
}

function pathTest({ path }: FaultRuleParts, isCaseSensitive: boolean): RuleTest | undefined {
  if (path === undefined) return undefined;
  if (typeof path === "function") return (call) => call.path !== undefined && path(call.path);
  if (path instanceof RegExp) {
    const pattern = new RegExp(path.source, path.flags.replace(/[gy]/g, "")); // those two remember
    return (call) => call.path !== undefined && pattern.test(call.path);
  }
  const fold = isCaseSensitive ? (text: string) => text : foldName;
  const pattern = patternOf(fold(path));
  return (call) => call.path !== undefined && pattern.test(fold(call.path));
}

/** What stands for what in a text for paths; all else stands for itself. */
const WILDCARDS: Readonly<Record<string, string>> = {
  "**": ".*",
  "*": "[^\\\\]*",
  "?": "[^\\\\]",
  "/": "\\\\",
};

function patternOf(text: string): RegExp {
  const whole = /^[\\/]/.test(text) ? text : `\\${text}`;
  const source = whole.replace(
    /\*\*|[\s\S]/g,
    (part) => WILDCARDS[part] ?? part.replace(/[$()*+.?[\\\]^{|}]/, "\\$&"),
  );
  return new RegExp(`^${source}$`, "s");
}

function callerTest({ caller }: FaultRuleParts): RuleTest | undefined {
  if (caller === undefined) return undefined;
  if (typeof caller === "function")
    return (call) => call.caller !== undefined && caller(call.caller);
  const wanted = foldName(caller);
  return (call) => call.caller !== undefined && foldName(call.caller.userName) === wanted;
}
