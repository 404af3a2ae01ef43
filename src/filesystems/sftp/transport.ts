import type { ConnectionLostError } from "./errors.js";

/** Attributes as SFTP 3 has them: times are in whole seconds, and there is no number of the file. */
export interface SftpAttributes {
  /** Type and permissions, as `st_mode`. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** In bytes. */
  readonly size: number;
  /** Seconds since 1970. */
  readonly atime: number;
  readonly mtime: number;
}

/** Attributes to be set; what is absent stays. `uid` and `gid`, and the two times, come together. */
export interface AttributeChange {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly size?: number;
  readonly atime?: number;
  readonly mtime?: number;
}

/** One name in a directory. */
export interface SftpEntry {
  readonly name: string;
  readonly attributes: SftpAttributes;
}

/** `statvfs@openssh.com` */
export interface SftpVolume {
  /** In bytes. */
  readonly blockSize: number;
  /** In blocks, as are the next two. */
  readonly blocks: number;
  readonly freeBlocks: number;
  readonly availableBlocks: number;
  readonly files: number;
  readonly freeFiles: number;
  /** In bytes. */
  readonly maxNameLength: number;
}

/** SSH_FXF_*, [draft-ietf-secsh-filexfer-02] 6.3 */
export const OpenFlag = { READ: 1, WRITE: 2, CREATE: 8, TRUNCATE: 16, EXCLUSIVE: 32 } as const;

/** S_IFMT and its values. */
export const FileType = {
  MASK: 0o170000,
  DIRECTORY: 0o040000,
  REGULAR: 0o100000,
  LINK: 0o120000,
} as const;

/** What a server calls an open file. */
export type SftpHandle = Buffer;

/**
 * One connection to an SFTP server: each call is one request.
 *
 * Those that say so need an extension of OpenSSH, and fail with OP_UNSUPPORTED where the server has it not.
 * Every call fails with an `SftpStatusError` where the server refuses, and with a `ConnectionLostError` where
 * the connection goes, at once when it has gone. No buffer is touched after its call has settled.
 */
export interface SftpTransport {
  /** Most bytes of one `write`. */
  readonly writePieceBytes: number;
  /** Most bytes of one `read`. */
  readonly readPieceBytes: number;

  realpath(path: string): Promise<string>;
  lstat(path: string): Promise<SftpAttributes>;
  stat(path: string): Promise<SftpAttributes>;
  fstat(handle: SftpHandle): Promise<SftpAttributes>;
  setstat(path: string, change: AttributeChange): Promise<void>;
  /** Of a symbolic link itself. Needs the extension. */
  lsetstat(path: string, change: AttributeChange): Promise<void>;
  fsetstat(handle: SftpHandle, change: AttributeChange): Promise<void>;

  /** @param mode - permissions of a file that is created */
  open(path: string, flags: number, mode: number): Promise<SftpHandle>;
  close(handle: SftpHandle): Promise<void>;
  /** @returns bytes read, fewer than asked where the server likes; 0 at the end of the file */
  read(handle: SftpHandle, target: Buffer, position: number): Promise<number>;
  write(handle: SftpHandle, data: Buffer, position: number): Promise<void>;
  /** Needs the extension. */
  fsync(handle: SftpHandle): Promise<void>;

  opendir(path: string): Promise<SftpHandle>;
  /** @returns some more entries; undefined after the last */
  readdir(handle: SftpHandle): Promise<readonly SftpEntry[] | undefined>;
  mkdir(path: string, mode: number): Promise<void>;
  rmdir(path: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Fails where the new name is taken. */
  rename(path: string, newPath: string): Promise<void>;
  /** Takes the place of what has the new name. Needs the extension. */
  posixRename(path: string, newPath: string): Promise<void>;
  readlink(path: string): Promise<string>;
  symlink(target: string, path: string): Promise<void>;
  /** Needs the extension. */
  hardlink(path: string, newPath: string): Promise<void>;
  /** Needs the extension. */
  statvfs(path: string): Promise<SftpVolume>;

  /** Settles when the connection has gone, with why. */
  readonly gone: Promise<ConnectionLostError>;
  /** Ends it; what is under way is lost. */
  end(): void;
}

/** Makes a connection. Fails with an `SftpError`. */
export type Dial = () => Promise<SftpTransport>;
