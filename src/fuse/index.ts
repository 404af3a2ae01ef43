export {
  type DeviceMemory,
  deviceMemory,
  type FuseDevice,
  type FuseDeviceHandler,
} from "./fuse-device.js";
