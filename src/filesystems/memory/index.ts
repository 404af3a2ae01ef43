export {
  type MemoryFile,
  MemoryFileSystem,
  type MemoryOptions,
  memory,
} from "./memory-file-system.js";
export type { MemoryNode } from "./memory-node.js";
