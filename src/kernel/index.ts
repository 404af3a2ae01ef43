export type { Clock } from "./clock.js";
export type { Created, CreateRequest } from "./create-request.js";
export { DirectoryCursor, endOfListing } from "./directory-cursor.js";
export type { ByteRange, RangeLock } from "./lock-table.js";
export { type BasicInfoRequest, Open } from "./open.js";
export { OplockLevel } from "./oplocks.js";
export type { RenameRequest } from "./rename.js";
export { guard, ok, type Result, refused } from "./result.js";
export { Volume, type VolumeCapabilities, type VolumeOptions } from "./volume.js";
