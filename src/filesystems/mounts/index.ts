export { type MountedFile, mounts } from "./mounts.js";
