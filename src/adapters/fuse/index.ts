export {
  type FuseBytes,
  type FuseCallbackOperations,
  type FuseContext,
  FuseDate,
  type FuseDone,
  type FuseEntry,
  type FuseLock,
  type FuseOperations,
  type FuseResult,
  type FuseStat,
  type FuseStatFs,
  type FuseTime,
} from "./fuse-operations.js";
