/**
 * What is known of a file, a volume, a directory entry, a stream.
 *
 * @packageDocumentation
 */

/** What a file is. Times are FILETIME ticks. WinFsp 1.1 */
export interface FileInfo {
  /** [MS-FSCC] 2.6. 0 means normal; DIRECTORY and REPARSE_POINT belong to the file system. */
  readonly fileAttributes: number;
  /** [MS-FSCC] 2.1.2.1; 0 where there is no reparse point. */
  readonly reparseTag: number;
  /** Bytes taken, a multiple of the allocation unit. */
  readonly allocationSize: number;
  /** Bytes up to the end of the file. */
  readonly fileSize: number;
  readonly creationTicks: bigint;
  readonly lastAccessTicks: bigint;
  readonly lastWriteTicks: bigint;
  readonly changeTicks: bigint;
  /** The identity of the file on its volume: not 0, the same for as long as the file exists. */
  readonly fileId: bigint;
  /** Names of the file; 1 where there are no hard links. */
  readonly hardLinks: number;
  /** Bytes of the packed extended attributes, by `packedEaSize`; 0 where there are none. */
  readonly eaSize: number;
}

/** How full a volume is, and what it is called. */
export interface VolumeInfo {
  /** In bytes. */
  readonly totalSize: number;
  /** In bytes. */
  readonly freeSize: number;
  /** At most 32 UTF-16 units. */
  readonly label: string;
}

/** One name in a directory, with what the directory itself tells of the file that has it. */
export interface DirectoryName {
  readonly name: string;
  /** As in {@link FileInfo}; of the attributes only DIRECTORY and REPARSE_POINT count, and `fileId` is 0 where it is not known. */
  readonly info: Pick<FileInfo, "fileAttributes" | "reparseTag" | "fileId">;
}

/** One name in a directory, with all that is known of the file that has it. */
export interface DirectoryEntry extends DirectoryName {
  readonly info: FileInfo;
  /**
   * Self-relative, [MS-DTYP] 2.4.6, where the file system has it at hand: hosts that tell of it with a listing need
   * not ask for each name. The same array again for the same rights.
   */
  readonly securityDescriptor?: Uint8Array | undefined;
}

/** One stream of a file. */
export interface StreamInfo {
  /** Without `:` and type; empty for the unnamed stream. */
  readonly name: string;
  readonly streamSize: number;
  readonly allocationSize: number;
}

/** One name of a file. [MS-FSCC] 2.4.19 */
export interface LinkInfo {
  /** The identity of the directory that the name is in. */
  readonly directoryFileId: bigint;
  readonly name: string;
}

/** One extended attribute. [MS-FSCC] 2.4.16 */
export interface ExtendedAttribute {
  /** Latin-1, at most 254 units; names that differ in case are the same. */
  readonly name: string;
  /** An empty value, when set, removes the attribute. */
  readonly value: Uint8Array;
  /** FILE_NEED_EA: an opener that knows nothing of extended attributes is refused. */
  readonly isNeeded: boolean;
}
