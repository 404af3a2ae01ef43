/**
 * What file systems share that are made of other file systems.
 *
 * @packageDocumentation
 */
export { type Delegated, delegate, type Wrap, withOperations } from "./delegate.js";
export { MAX_PARTS } from "./limits.js";
export { OpenPaths } from "./open-paths.js";
export {
  type AnyOperation,
  callerOf,
  chain,
  type Entries,
  FILE_SYSTEM_OPERATIONS,
  type FileSystemOperation,
  factsOf,
  type OperationOf,
} from "./operations.js";
export { PartIds } from "./part-ids.js";
export {
  callPart,
  ifMissing,
  leastPromises,
  readingParams,
  type StartablePart,
  startParts,
  stopParts,
} from "./parts.js";
export { refuse } from "./refusal.js";
