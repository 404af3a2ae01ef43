/**
 * User-mode file systems, served so that every system mounts them with what it has.
 *
 * @packageDocumentation
 */
export {
  type FuseBytes,
  type FuseCallbackOperations,
  type FuseContext,
  FuseDate,
  type FuseDone,
  type FuseEntry,
  type FuseFile,
  type FuseLock,
  type FuseMount,
  type FuseMountEvents,
  type FuseOperations,
  type FuseOptions,
  type FuseResult,
  type FuseStat,
  type FuseStatFs,
  type FuseStyle,
  type FuseTime,
  fromFuse,
  fuse4jsModule,
  fuseBindingsModule,
  fuseNativeModule,
  MOUNT_OPTION_NAMES,
  parseMountOptions,
} from "./adapters/fuse/index.js";
export {
  fromNodeFs,
  type NodeFileHandle,
  type NodeFs,
  type NodeFsOptions,
  type NodeStatFs,
  type NodeStats,
} from "./adapters/node-fs/index.js";
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
} from "./filesystems/faulty/index.js";
export {
  FolderError,
  type FolderFile,
  type FolderFileSystem,
  type FolderOptions,
  folder,
} from "./filesystems/folder/index.js";
export { MemoryFileSystem, type MemoryOptions, memory } from "./filesystems/memory/index.js";
export { type MountedFile, mounts } from "./filesystems/mounts/index.js";
export { type OverlayFile, overlay } from "./filesystems/overlay/index.js";
export { type ReadOnly, readOnly } from "./filesystems/read-only/index.js";
export {
  parseSftpTarget,
  type SftpClock,
  SftpError,
  type SftpEvent,
  type SftpFileSystem,
  type SftpOptions,
  type SftpProblem,
  type SftpTarget,
  sftp,
} from "./filesystems/sftp/index.js";
export {
  FILE_SYSTEM_OPERATIONS,
  type FileSystemOperation,
  type TraceDetail,
  type TraceDetails,
  type Traced,
  type TraceEvent,
  type TraceOptions,
  type TraceSink,
  traced,
} from "./filesystems/traced/index.js";
export * from "./filesystems/tree/index.js";
export type * from "./fs/index.js";
export {
  ChangeAction,
  DEFAULT_VOLUME_PARAMS,
  MAX_FILE_SYSTEM_NAME_UNITS,
  MAX_LABEL_UNITS,
} from "./fs/index.js";
export {
  MountError,
  type Mounted,
  type MountOptions,
  mount,
  type UnmountOptions,
  unmount,
} from "./fuse/index.js";
export { descriptorOfSddl, NtError, NtStatus, SddlError, statusName } from "./nt/index.js";
export {
  type Clock,
  type DialectName,
  type OpenFile,
  type RequestEvent,
  type Served,
  type ServeOptions,
  Server,
  type ServerEvents,
  type SharedFolder,
  type ShareOptions,
  serve,
  type User,
} from "./serve.js";
