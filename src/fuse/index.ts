export {
  type DeviceMemory,
  deviceMemory,
  type FuseDevice,
  type FuseDeviceHandler,
} from "./fuse-device.js";
export { FuseHost, type FuseHostObserver, type FuseHostOptions } from "./fuse-host.js";
export { MountError } from "./mount-error.js";
export { type DeviceOptions, MountedDevice, mountDevice } from "./mounted-device.js";
