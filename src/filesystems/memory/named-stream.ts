import type { FileInfo } from "../../fs/index.js";
import { FILE_ATTRIBUTE_DIRECTORY, FILE_ATTRIBUTE_SPARSE_FILE } from "../../nt/index.js";
import type { ChunkStore } from "./chunk-store.js";
import { ALLOCATION_UNIT } from "./limits.js";
import type { MemoryNode } from "./memory-node.js";

/**
 * A named stream of a file or directory: data of its own; everything else is the file's.
 * [MS-FSA] 2.1.1.5, WinFsp 3.9
 */
export class NamedStream {
  readonly node: MemoryNode;
  /** As stored. */
  name: string;
  /** What the name is compared by. */
  key: string;
  openCount = 0;
  /** Its data is that of its file by now: it is there for those who opened it before. */
  isUnnamed = false;
  data: ChunkStore | undefined;

  constructor(node: MemoryNode, name: string, key: string) {
    this.node = node;
    this.name = name;
    this.key = key;
  }

  readonly isDirectory = false;

  get fileSize(): number {
    return this.data?.size ?? 0;
  }

  /** Bytes set aside for it, in whole allocation units. */
  get allocationSize(): number {
    return Math.ceil((this.data?.allocated ?? 0) / ALLOCATION_UNIT) * ALLOCATION_UNIT;
  }

  /** The file's, but for the sizes; a stream of a directory is none. */
  info(): FileInfo {
    const info = this.node.info();
    return {
      ...info,
      fileAttributes:
        (info.fileAttributes & ~(FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_SPARSE_FILE)) |
        (this.data?.isSparse === true ? FILE_ATTRIBUTE_SPARSE_FILE : 0),
      fileSize: this.fileSize,
      allocationSize: this.allocationSize,
    };
  }
}
