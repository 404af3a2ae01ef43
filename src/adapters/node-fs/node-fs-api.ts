/**
 * What is asked of an object that has the shape of Node's `fs/promises`.
 *
 * @packageDocumentation
 */

/** What is known of a file: Node's `Stats` or `BigIntStats`, as far as it is used. */
export interface NodeStats {
  readonly ino: number | bigint;
  readonly mode: number | bigint;
  readonly nlink: number | bigint;
  readonly size: number | bigint;
  /** Of 512 bytes each; absent where the file system does not count. */
  readonly blocks?: number | bigint;
  readonly atimeMs: number | bigint;
  readonly mtimeMs: number | bigint;
  readonly ctimeMs: number | bigint;
  readonly birthtimeMs: number | bigint;
  readonly atimeNs?: bigint;
  readonly mtimeNs?: bigint;
  readonly ctimeNs?: bigint;
  readonly birthtimeNs?: bigint;
  isDirectory(): boolean;
}

/** Node's `FileHandle`, as far as it is used. */
export interface NodeFileHandle {
  read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesRead: number }>;
  write(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesWritten: number }>;
  truncate(length: number): Promise<void>;
  stat(options: { readonly bigint: true }): Promise<NodeStats>;
  utimes(atime: number | Date, mtime: number | Date): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Node's `StatFs`, as far as it is used. */
export interface NodeStatFs {
  readonly bsize: number | bigint;
  readonly blocks: number | bigint;
  readonly bavail: number | bigint;
}

/** An object with the shape of Node's `fs/promises`; what is optional is a capability. */
export interface NodeFs {
  open(path: string, flags: string): Promise<NodeFileHandle>;
  stat(path: string, options: { readonly bigint: true }): Promise<NodeStats>;
  mkdir(path: string): Promise<unknown>;
  readdir(path: string): Promise<readonly string[]>;
  rename(from: string, to: string): Promise<void>;
  rmdir(path: string): Promise<void>;
  unlink(path: string): Promise<void>;
  truncate(path: string, length: number): Promise<void>;
  utimes(path: string, atime: number | Date, mtime: number | Date): Promise<void>;
  chmod(path: string, mode: number): Promise<void>;
  link?(existing: string, created: string): Promise<void>;
  statfs?(path: string): Promise<NodeStatFs>;
}
