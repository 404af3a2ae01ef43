/** What a volume is like; said once, when the file system is served. WinFsp 2 */
export interface VolumeParams {
  /** In bytes; a power of two. */
  readonly sectorSize: number;
  readonly sectorsPerAllocationUnit: number;
  /** The longest single name, in UTF-16 units. */
  readonly maxComponentUnits: number;
  /** FILETIME ticks. */
  readonly volumeCreationTicks: bigint;
  /** 32 bits; together with a file id it is how programs know a file again. */
  readonly volumeSerialNumber: number;
  /** At most 15 UTF-16 units. Some programs start only from a volume that says `NTFS`. */
  readonly fileSystemName: string;
  /** Names that differ in case name different files. */
  readonly isCaseSensitive: boolean;
  readonly isCasePreserving: boolean;
  /** Names of extended attributes keep their case; otherwise they are put in upper case, as NTFS does. */
  readonly isEaCasePreserving: boolean;
  /** No client may change anything; the kernel sees to it. */
  readonly isReadOnly: boolean;
  /** File ids are the same after the file was closed, so opens are known by them. */
  readonly hasStableFileIds: boolean;
  /**
   * How long the kernel may tell again what a file is, its streams and extended attributes with it, in ms; 0, where asking again is cheap, keeps
   * nothing, and Infinity keeps it for good. What is changed through the kernel shows at once; of what
   * changes otherwise `notify` tells. WinFsp 3.13
   */
  readonly fileInfoTimeoutMs: number;
  /** The same of what is in a directory. */
  readonly directoryTimeoutMs: number;
  /** The same of what a name stands for, or that it stands for nothing, and of descriptors. */
  readonly securityTimeoutMs: number;
  /** The same of how full the volume is. */
  readonly volumeInfoTimeoutMs: number;
}

/** What holds where a file system says nothing else. WinFsp 2.1 */
export const DEFAULT_VOLUME_PARAMS: VolumeParams = {
  sectorSize: 512,
  sectorsPerAllocationUnit: 8,
  maxComponentUnits: 255,
  volumeCreationTicks: 0n,
  volumeSerialNumber: 0,
  fileSystemName: "NTFS",
  isCaseSensitive: false,
  isCasePreserving: true,
  isEaCasePreserving: false,
  isReadOnly: false,
  hasStableFileIds: true,
  fileInfoTimeoutMs: 0,
  directoryTimeoutMs: 0,
  securityTimeoutMs: 0,
  volumeInfoTimeoutMs: 0,
};
