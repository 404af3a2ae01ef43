/**
 * For tests of file systems: what every one must do, as cases that any test runner can run, on its operations
 * alone, through the kernel, through a real SMB connection, and by `/dev/fuse`. For tests of programs that use network drives:
 * `startServer`, which tells what they did.
 *
 * @example
 * ```ts
 * import { test } from "node:test";
 * import { cases, runCase } from "anymount/testing";
 *
 * for (const each of cases) {
 *   test(each.name, async (t) => {
 *     const reason = await runCase(each, () => new MyFileSystem());
 *     if (reason !== undefined) t.skip(reason);
 *   });
 * }
 * ```
 *
 * @packageDocumentation
 */

export {
  type Fault,
  type FaultChance,
  type FaultClock,
  type FaultError,
  type FaultOptions,
  type FaultRule,
  type FaultRuleParts,
  Faults,
  type FaultyFileSystem,
  faulty,
} from "../filesystems/faulty/index.js";
export { CreateDisposition } from "../nt/index.js";
export {
  type BasicChanges,
  type Case,
  type CaseResult,
  type ContractCase,
  cases,
  type Drive,
  type DriveCase,
  type DriveFile,
  type FileFacts,
  FuseStage,
  type HeardChange,
  type HeardLeaseBreak,
  KernelStage,
  type LeaseName,
  type LeaseWish,
  type LeasingDrive,
  type ListedName,
  type MountCase,
  type MountStage,
  mountCases,
  type Need,
  type OpenRequest,
  type OplockName,
  type OptionalOperation,
  type RangeToLock,
  type RunOptions,
  refuses,
  runCase,
  runCases,
  type SmbOptions,
  SmbStage,
  type Stage,
  type UserName,
  type Watching,
  type Way,
  type WireCase,
  type WireStage,
  waysOf,
} from "./conformance/index.js";
export { FakeClock } from "./fake-clock.js";
export { late } from "./late-file-system.js";
export type { CommandName, RequestPattern, SeenRequest } from "./request-log.js";
export { StartedServer, type StartOptions, startServer, type WaitOptions } from "./start-server.js";
