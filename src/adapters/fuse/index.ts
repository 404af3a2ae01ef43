export type { FuseFile } from "./fuse-file.js";
export { fromFuse } from "./fuse-file-system.js";
export {
  type FuseMount,
  type FuseMountEvents,
  fuse4jsModule,
  fuseBindingsModule,
  fuseNativeModule,
} from "./fuse-modules.js";
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
export type { FuseOptions } from "./fuse-options.js";
export type { FuseStyle } from "./invoker.js";
export { MOUNT_OPTION_NAMES, parseMountOptions } from "./mount-options.js";
