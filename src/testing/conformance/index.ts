export { allCases as cases } from "./all-cases.js";
export type {
  Case,
  ContractCase,
  DriveCase,
  MountCase,
  Need,
  OptionalOperation,
  WireCase,
} from "./case.js";
export * from "./drive.js";
export { FuseStage } from "./fuse-stage.js";
export { allMountCases as mountCases } from "./mount-cases/index.js";
export {
  type CaseResult,
  type RunOptions,
  runCase,
  runCases,
  type Way,
  waysOf,
} from "./run-cases.js";
export {
  KernelStage,
  type MountStage,
  type SmbOptions,
  SmbStage,
  type Stage,
  type WireStage,
} from "./stage.js";
export { type OpenFile, refuses, Subject } from "./subject.js";
