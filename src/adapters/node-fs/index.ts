export type { NodeFile } from "./node-file.js";
export type { NodeFileHandle, NodeFs, NodeStatFs, NodeStats } from "./node-fs-api.js";
export { fromNodeFs, type NodeFsOptions } from "./node-fs-file-system.js";
