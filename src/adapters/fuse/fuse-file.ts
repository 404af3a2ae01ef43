import { FILE_APPEND_DATA, FILE_EXECUTE, FILE_READ_DATA, FILE_WRITE_DATA } from "../../nt/index.js";
import type { FileKind } from "./file-info.js";

/** What operations have an open by that have said nothing of it. `fi->fh` */
export const NO_HANDLE = 0;

/** One open of a file or directory. */
export class FuseFile {
  /** As it is now: renames move it, and deleting hides it. `/` between names */
  path: string;
  kind: FileKind;
  /** Its own, where the file system tells ids; else that of its path. */
  readonly fileId: bigint;
  /** What `open`, `create` or `opendir` has given; NO_HANDLE where they were not called, or gave nothing. */
  readonly fh: unknown;
  /** `open`, `create` or `opendir` was called, or need not be: `release` is to be. */
  readonly isOpen: boolean;
  readonly isWritable: boolean;
  /** `fh` is of `opendir`, also when a link has come into the place of the directory. */
  readonly isOpenDirectory: boolean;
  /** Its name is gone, and it has another until it is closed. */
  isHidden = false;
  /** Space past its end was set aside. */
  hasSpareSpace = false;

  constructor(parts: {
    readonly path: string;
    readonly kind: FileKind;
    readonly fileId: bigint;
    readonly fh: unknown;
    readonly isOpen: boolean;
    readonly isWritable: boolean;
  }) {
    this.path = parts.path;
    this.kind = parts.kind;
    this.fileId = parts.fileId;
    this.fh = parts.fh;
    this.isOpen = parts.isOpen;
    this.isWritable = parts.isWritable;
    this.isOpenDirectory = this.isDirectory;
  }

  get isDirectory(): boolean {
    return this.kind === "directory";
  }
}

const O_RDONLY = 0;
const O_WRONLY = 1;
const O_RDWR = 2;

/** How a file is opened for these rights; undefined where it need not be. open(2) */
export function openFlagsFor(grantedAccess: number): number | undefined {
  const reads = (grantedAccess & (FILE_READ_DATA | FILE_EXECUTE)) !== 0;
  const writes = (grantedAccess & (FILE_WRITE_DATA | FILE_APPEND_DATA)) !== 0;
  if (!reads && !writes) return undefined;
  if (!writes) return O_RDONLY;
  return reads ? O_RDWR : O_WRONLY;
}
