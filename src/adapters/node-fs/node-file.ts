import { FILE_APPEND_DATA, FILE_EXECUTE, FILE_READ_DATA, FILE_WRITE_DATA } from "../../nt/index.js";
import type { NodeFileHandle, NodeFs, NodeStats } from "./node-fs-api.js";
import { BIGINT } from "./path-resolver.js";

/** One open of a file or directory. */
export class NodeFile {
  /** As it is now: renames move it. For the kernel, `\` between names. */
  path: string;
  /** The same, for Node. */
  nodePath: string;
  readonly isDirectory: boolean;
  readonly fileId: bigint;
  /** Undefined where nothing is read or written: a directory, or an open for its attributes only. */
  readonly handle: NodeFileHandle | undefined;
  readonly isWritable: boolean;

  constructor(parts: {
    readonly path: string;
    readonly nodePath: string;
    readonly isDirectory: boolean;
    readonly fileId: bigint;
    readonly handle: NodeFileHandle | undefined;
    readonly isWritable: boolean;
  }) {
    this.path = parts.path;
    this.nodePath = parts.nodePath;
    this.isDirectory = parts.isDirectory;
    this.fileId = parts.fileId;
    this.handle = parts.handle;
    this.isWritable = parts.isWritable;
  }

  /** What is known of it now, also when its name is gone, if it has a handle. */
  stat(fs: NodeFs): Promise<NodeStats> {
    return this.handle?.stat(BIGINT) ?? fs.stat(this.nodePath, BIGINT);
  }
}

/**
 * How Node is to open a file for these rights; undefined where it need not. There is no word for writing
 * alone that neither makes nor empties the file, and not all take numbers.
 */
export function openFlagsFor(grantedAccess: number): "r" | "r+" | undefined {
  if ((grantedAccess & (FILE_WRITE_DATA | FILE_APPEND_DATA)) !== 0) return "r+";
  return (grantedAccess & (FILE_READ_DATA | FILE_EXECUTE)) === 0 ? undefined : "r";
}
