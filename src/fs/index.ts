export type { Caller } from "./caller.js";
export { type Change, ChangeAction, type Notify } from "./change.js";
export { packedEaSize } from "./extended-attributes.js";
export type {
  DirectoryEntry,
  DirectoryName,
  ExtendedAttribute,
  FileInfo,
  LinkInfo,
  StreamInfo,
  VolumeInfo,
} from "./file-info.js";
export type {
  AllocatedRange,
  Awaitable,
  BasicInfo,
  CleanupParams,
  CreateParams,
  FileSystem,
  Opened,
  OpenParams,
  OverwriteParams,
  RenameParams,
  SecurityByName,
  SecurityInformation,
  WriteParams,
  Written,
} from "./file-system.js";
export { MAX_FILE_SYSTEM_NAME_UNITS, MAX_LABEL_UNITS } from "./limits.js";
export { DEFAULT_VOLUME_PARAMS, type VolumeParams } from "./volume-params.js";
