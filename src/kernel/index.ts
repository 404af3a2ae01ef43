export type { OnWait } from "./cache-breaks.js";
export { type Clock, systemClock } from "./clock.js";
export { controlFile } from "./control.js";
export type { CopyHolder } from "./copy-holder.js";
export { copyRange, type RangeCopy } from "./copy-range.js";
export type { Created, CreateOutcome, CreateRequest, LeaseRequest } from "./create-request.js";
export { DirectoryCursor, endOfListing } from "./directory-cursor.js";
export type { EaRun, EaScanRequest } from "./extended-attributes.js";
export type { BasicInfoRequest } from "./file-times.js";
export type { Link } from "./links.js";
export type { ByteRange, RangeLock } from "./lock-table.js";
export {
  type LookedUp,
  lookAtNew,
  lookAtOpen,
  lookUpName,
  type NameLookUp,
} from "./name-look-up.js";
export { Open } from "./open.js";
export {
  type CacheState,
  HANDLE_CACHING,
  type LeaseHolder,
  type Oplock,
  type OplockBreak,
  OplockLevel,
  READ_CACHING,
  WRITE_CACHING,
} from "./oplock.js";
export type { RenameRequest } from "./rename.js";
export { deleteReparsePoint, getReparsePoint, setReparsePoint } from "./reparse-points.js";
export { ok, type Result } from "./result.js";
export { runSteps, type Steps, settled } from "./steps.js";
export type { StoppedOnSymlink } from "./symlinks.js";
export { type View, viewOf } from "./view.js";
export { Volume, type VolumeCapabilities, type VolumeOptions } from "./volume.js";
export { Wakefulness } from "./wakefulness.js";
export type { Changes, DirectoryChange, WatchRequest } from "./watch.js";
