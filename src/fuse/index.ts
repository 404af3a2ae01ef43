/**
 * File systems as directories of this machine, by `/dev/fuse`, without SMB. Linux only.
 *
 * @packageDocumentation
 */
export {
  type DeviceMemory,
  deviceMemory,
  type FuseDevice,
  type FuseDeviceHandler,
} from "./fuse-device.js";
export { FuseHost, type FuseHostObserver, type FuseHostOptions } from "./fuse-host.js";
export {
  type Mounted,
  type MountOptions,
  mount,
  mountVolume,
  type UnmountOptions,
} from "./mount.js";
export { MountError } from "./mount-error.js";
export { type DeviceOptions, MountedDevice, mountDevice } from "./mounted-device.js";
export { unmount } from "./unmount.js";
