/**
 * The entries of a directory listing. [MS-FSCC] 2.4
 *
 * Listings of ten thousands of entries are usual, so each class has its own function, chosen once
 * for a listing. Measured (Node 20, one of two busy cores): 240 ns for an entry of class 37 with a
 * name of 20 units; 600 ns once all six classes were used and their calls are no longer inlined.
 *
 * @packageDocumentation
 */
import {
  align,
  bytes,
  struct,
  u8,
  u16,
  u32,
  u64,
  u64Exact,
  type Values,
  writeUtf16,
} from "../../bytes/index.js";
import { FILE_ATTRIBUTE_NORMAL, FILE_ATTRIBUTE_REPARSE_POINT } from "../../nt/index.js";
import { FileInformationClass } from "./information-classes.js";
import { clearGap } from "./linked-entries.js";

/** What a listing tells of a file, besides its name. */
export interface DirectoryEntryInfo {
  readonly creationTicks: bigint;
  readonly lastAccessTicks: bigint;
  readonly lastWriteTicks: bigint;
  readonly changeTicks: bigint;
  /** In bytes. */
  readonly fileSize: number;
  /** In bytes. */
  readonly allocationSize: number;
  /** [MS-FSCC] 2.6; none at all is told as NORMAL. */
  readonly fileAttributes: number;
  readonly eaSize: number;
  /** Takes the place of `eaSize` where `fileAttributes` have REPARSE_POINT. */
  readonly reparseTag: number;
  readonly fileId: bigint;
}

/** One name and what is known of its file. */
export interface DirectoryEntryFields {
  readonly name: string;
  readonly info: DirectoryEntryInfo;
}

/**
 * Writes one entry, not yet linked to from the one before it: see `linkEntry`. The bytes up to the
 * next multiple of {@link DIRECTORY_ENTRY_ALIGNMENT} are cleared.
 *
 * @param at - where it begins: a multiple of 8 from the first entry
 * @returns its length in bytes, or 0 where it does not fit in, and nothing was written
 */
export type WriteDirectoryEntry = (
  bytes: DataView,
  at: number,
  entry: DirectoryEntryFields,
) => number;

/** Every entry but the first begins at a multiple of it, in bytes from the first. [MS-FSCC] 2.4 */
export const DIRECTORY_ENTRY_ALIGNMENT = 8;

/** What all classes but FileNamesInformation begin with. */
const COMMON = {
  nextEntryOffset: u32,
  fileIndex: u32,
  creationTicks: u64Exact,
  lastAccessTicks: u64Exact,
  lastWriteTicks: u64Exact,
  changeTicks: u64Exact,
  endOfFile: u64,
  allocationSize: u64,
  fileAttributes: u32,
  fileNameLength: u32,
} as const;

/** [MS-FSCC] 2.4.10. The name follows, as in all of them. */
export const FileDirectoryInformation = struct("FileDirectoryInformation", 64, COMMON);

/** [MS-FSCC] 2.4.14 */
export const FileFullDirectoryInformation = struct("FileFullDirectoryInformation", 68, {
  ...COMMON,
  eaSize: u32, // of a reparse point: its tag
});

/** [MS-FSCC] 2.4.8 */
export const FileBothDirectoryInformation = struct("FileBothDirectoryInformation", 94, {
  ...COMMON,
  eaSize: u32, // of a reparse point: its tag
  shortNameLength: u8,
  reserved: u8,
  shortName: bytes(24),
});

/** [MS-FSCC] 2.4.17 */
export const FileIdBothDirectoryInformation = struct("FileIdBothDirectoryInformation", 104, {
  ...COMMON,
  eaSize: u32, // of a reparse point: its tag
  shortNameLength: u8,
  reserved1: u8,
  shortName: bytes(24),
  reserved2: u16,
  fileId: u64Exact,
});

/** [MS-FSCC] 2.4.19 */
export const FileIdFullDirectoryInformation = struct("FileIdFullDirectoryInformation", 80, {
  ...COMMON,
  eaSize: u32, // of a reparse point: its tag
  reserved: u32,
  fileId: u64Exact,
});

/** [MS-FSCC] 2.4.18. The identity has 128 bits; the low half comes first. */
export const FileIdExtdDirectoryInformation = struct("FileIdExtdDirectoryInformation", 88, {
  ...COMMON,
  eaSize: u32,
  reparsePointTag: u32,
  fileId: u64Exact,
  fileIdHigh: u64Exact,
});

/** FileIdExtdBothDirectoryInformation: the same, with a short name. [MS-FSCC] 2.4 */
export const FileIdExtdBothDirectoryInformation = struct(
  "FileIdExtdBothDirectoryInformation",
  114,
  {
    ...COMMON,
    eaSize: u32,
    reparsePointTag: u32,
    fileId: u64Exact,
    fileIdHigh: u64Exact,
    shortNameLength: u8,
    reserved: u8,
    shortName: bytes(24),
  },
);

/** [MS-FSCC] 2.4.28 */
export const FileNamesInformation = struct("FileNamesInformation", 12, {
  nextEntryOffset: u32,
  fileIndex: u32,
  fileNameLength: u32,
});

/** The writer of each class that lists a directory, by the number of the class. */
export const directoryEntryWriters: Readonly<Record<number, WriteDirectoryEntry>> = {
  [FileInformationClass.FileDirectoryInformation]: writer(FileDirectoryInformation, setCommon),
  [FileInformationClass.FileFullDirectoryInformation]: writer(
    FileFullDirectoryInformation,
    setWithEaSize,
  ),
  [FileInformationClass.FileBothDirectoryInformation]: writer(
    FileBothDirectoryInformation,
    setWithEaSize,
  ),
  [FileInformationClass.FileNamesInformation]: writer(FileNamesInformation, () => undefined),
  [FileInformationClass.FileIdBothDirectoryInformation]: writer(
    FileIdBothDirectoryInformation,
    setWithFileId,
  ),
  [FileInformationClass.FileIdFullDirectoryInformation]: writer(
    FileIdFullDirectoryInformation,
    setWithFileId,
  ),
  [FileInformationClass.FileIdExtdDirectoryInformation]: writer(
    FileIdExtdDirectoryInformation,
    setWithTag,
  ),
  [FileInformationClass.FileIdExtdBothDirectoryInformation]: writer(
    FileIdExtdBothDirectoryInformation,
    setWithTag,
  ),
};

/** The writer of one class: `set` fills what the class tells besides the name. */
function writer<Entry extends { fileNameLength: number }>(
  layout: { readonly size: number; blank(bytes: DataView, at: number): Entry },
  set: (entry: Entry, info: DirectoryEntryInfo) => void,
): WriteDirectoryEntry {
  return (bytes, at, { name, info }) => {
    const size = layout.size + 2 * name.length;
    if (at + size > bytes.byteLength) return 0;
    const entry = layout.blank(bytes, at);
    entry.fileNameLength = 2 * name.length;
    set(entry, info);
    writeUtf16(bytes, at + layout.size, name);
    clearGap(bytes, at + size, at + align(size, DIRECTORY_ENTRY_ALIGNMENT));
    return size;
  };
}

function setCommon(entry: Values<typeof COMMON>, info: DirectoryEntryInfo): void {
  entry.creationTicks = info.creationTicks;
  entry.lastAccessTicks = info.lastAccessTicks;
  entry.lastWriteTicks = info.lastWriteTicks;
  entry.changeTicks = info.changeTicks;
  entry.endOfFile = info.fileSize;
  entry.allocationSize = info.allocationSize;
  entry.fileAttributes = info.fileAttributes === 0 ? FILE_ATTRIBUTE_NORMAL : info.fileAttributes;
}

function setWithEaSize(
  entry: Values<typeof COMMON> & { eaSize: number },
  info: DirectoryEntryInfo,
): void {
  setCommon(entry, info);
  const isReparsePoint = (info.fileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) !== 0;
  entry.eaSize = isReparsePoint ? info.reparseTag : info.eaSize;
}

function setWithFileId(
  entry: Values<typeof COMMON> & { eaSize: number; fileId: bigint },
  info: DirectoryEntryInfo,
): void {
  setWithEaSize(entry, info);
  entry.fileId = info.fileId;
}

/** The tag of a reparse point has a place of its own here. */
function setWithTag(
  entry: Values<typeof COMMON> & { eaSize: number; reparsePointTag: number; fileId: bigint },
  info: DirectoryEntryInfo,
): void {
  setCommon(entry, info);
  entry.eaSize = info.eaSize;
  const isReparsePoint = (info.fileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) !== 0;
  entry.reparsePointTag = isReparsePoint ? info.reparseTag : 0;
  entry.fileId = info.fileId;
}
