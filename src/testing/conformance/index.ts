export { allCases as cases } from "./all-cases.js";
export type {
  Case,
  ContractCase,
  DriveCase,
  Need,
  OptionalOperation,
  WireCase,
} from "./case.js";
export * from "./drive.js";
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
  type SmbOptions,
  SmbStage,
  type Stage,
  type WireStage,
} from "./stage.js";
export { type OpenFile, refuses, Subject } from "./subject.js";
