import { align, viewOf } from "../../bytes/index.js";
import type { FileInfo, StreamInfo } from "../../fs/index.js";
import type { Open, Result } from "../../kernel/index.js";
import { FILE_READ_ATTRIBUTES, FILE_READ_EA, NtStatus } from "../../nt/index.js";
import {
  FileAccessInformation,
  FileAlignmentInformation,
  FileAllInformation,
  FileAttributeTagInformation,
  FileBasicInformation,
  FileCompressionInformation,
  FileEaInformation,
  FileIdInformation,
  FileInformationClass,
  FileInternalInformation,
  FileLinksInformation,
  FileModeInformation,
  FileNameInformation,
  FileNetworkOpenInformation,
  FilePositionInformation,
  FileStandardInformation,
  FileStreamInformation,
  LINK_ENTRY_SIZE,
  linkEntry,
  STREAM_ENTRY_ALIGNMENT,
  writeLinkEntries,
  writeStreamEntry,
} from "../../wire/fscc/index.js";
import { Dialect } from "../../wire/smb2/index.js";
import { attributesOnWire } from "../file-attributes.js";
import { extendedAttributesAnswer } from "./extended-attributes-answer.js";
import {
  answerWithName,
  type FileInfoQuery,
  fixedAnswer,
  type InfoAnswer,
  sizeWithName,
} from "./info-answer.js";

/** What a class takes, and how it answers. */
interface FileInfoRow {
  /** Rights that the open must have; 0 where any open may ask. */
  readonly access: number;
  answer(
    open: Open,
    info: FileInfo,
    query: FileInfoQuery,
  ): InfoAnswer | NtStatus | Promise<InfoAnswer | NtStatus>;
}

/** Every class that is answered, by its number. [MS-SMB2] 3.3.5.20.1, [MS-FSCC] 2.4 */
const rows: Readonly<Record<number, FileInfoRow>> = {
  [FileInformationClass.FileBasicInformation]: {
    access: FILE_READ_ATTRIBUTES,
    answer: (_open, info) =>
      fixedAnswer(FileBasicInformation, (to) => {
        fillBasic(to, info);
      }),
  },
  [FileInformationClass.FileStandardInformation]: {
    access: 0,
    answer: (open, info) =>
      fixedAnswer(FileStandardInformation, (to) => {
        fillStandard(to, open, info);
      }),
  },
  [FileInformationClass.FileInternalInformation]: {
    access: 0,
    answer: (_open, info) =>
      fixedAnswer(FileInternalInformation, (to) => {
        to.indexNumber = info.fileId;
      }),
  },
  [FileInformationClass.FileEaInformation]: {
    access: 0,
    answer: (_open, info) =>
      fixedAnswer(FileEaInformation, (to) => {
        to.eaSize = info.eaSize;
      }),
  },
  [FileInformationClass.FileAccessInformation]: {
    access: 0,
    answer: (open) =>
      fixedAnswer(FileAccessInformation, (to) => {
        to.accessFlags = open.grantedAccess;
      }),
  },
  [FileInformationClass.FilePositionInformation]: {
    access: 0,
    answer: (open) =>
      fixedAnswer(FilePositionInformation, (to) => {
        to.currentByteOffset = open.currentByteOffset;
      }),
  },
  [FileInformationClass.FileModeInformation]: {
    access: 0,
    answer: (open) =>
      fixedAnswer(FileModeInformation, (to) => {
        to.mode = open.mode;
      }),
  },
  [FileInformationClass.FileAlignmentInformation]: {
    access: 0,
    answer: () => fixedAnswer(FileAlignmentInformation, () => undefined), // 0: to the byte
  },
  [FileInformationClass.FileAllInformation]: {
    access: FILE_READ_ATTRIBUTES,
    answer: (open, info) =>
      answerWithName(FileAllInformation, { name: open.path, alignment: 8 }, (to) => {
        fillBasic(to, info);
        fillStandard(to, open, info);
        to.indexNumber = info.fileId;
        to.eaSize = info.eaSize;
        to.accessFlags = open.grantedAccess;
        to.currentByteOffset = open.currentByteOffset;
        to.mode = open.mode;
        to.fileNameLength = 2 * open.path.length;
      }),
  },
  // From the root of the share, with its backslash; Samba answers, and Windows asks.
  [FileInformationClass.FileNameInformation]: {
    access: 0,
    answer: ({ path }) =>
      answerWithName(FileNameInformation, { name: path, alignment: 4 }, (to) => {
        to.fileNameLength = 2 * path.length;
      }),
  },
  // There are no 8.3 names, as the empty ones in listings say. [MS-FSA] 2.1.5.12.4 would have it refused,
  // but smbclient's `allinfo` ends there.
  [FileInformationClass.FileAlternateNameInformation]: {
    access: 0,
    answer: () => answerWithName(FileNameInformation, { name: "", alignment: 4 }, () => undefined),
  },
  [FileInformationClass.FileNetworkOpenInformation]: {
    access: FILE_READ_ATTRIBUTES,
    answer: (_open, info) =>
      fixedAnswer(FileNetworkOpenInformation, (to) => {
        to.creationTicks = info.creationTicks;
        to.lastAccessTicks = info.lastAccessTicks;
        to.lastWriteTicks = info.lastWriteTicks;
        to.changeTicks = info.changeTicks;
        to.allocationSize = info.allocationSize;
        to.endOfFile = info.fileSize;
        to.fileAttributes = attributesOnWire(info.fileAttributes);
      }),
  },
  [FileInformationClass.FileAttributeTagInformation]: {
    access: FILE_READ_ATTRIBUTES,
    answer: (_open, info) =>
      fixedAnswer(FileAttributeTagInformation, (to) => {
        to.fileAttributes = attributesOnWire(info.fileAttributes);
        to.reparseTag = info.reparseTag;
      }),
  },
  [FileInformationClass.FileCompressionInformation]: {
    access: 0,
    answer: (open, info) =>
      fixedAnswer(FileCompressionInformation, (to) => {
        to.compressedFileSize = open.isDirectory ? 0 : info.fileSize;
      }),
  },
  [FileInformationClass.FileStreamInformation]: {
    access: 0,
    answer: streamAnswer,
  },
  [FileInformationClass.FileFullEaInformation]: {
    access: FILE_READ_EA,
    answer: (open, _info, query) => extendedAttributesAnswer(open, query),
  },
  // Only there since 3.1.1, and without the backslash that FileNameInformation has. [MS-SMB2] 3.3.5.20.1
  [FileInformationClass.FileNormalizedNameInformation]: {
    access: 0,
    answer: (open, _info, { dialect }) => {
      if (dialect !== Dialect.SMB_3_1_1) return NtStatus.NOT_SUPPORTED;
      const name = open.path.slice(1);
      return answerWithName(FileNameInformation, { name, alignment: 4 }, (to) => {
        to.fileNameLength = 2 * name.length;
      });
    },
  },
  [FileInformationClass.FileHardLinkInformation]: { access: 0, answer: hardLinkAnswer },
  [FileInformationClass.FileIdInformation]: {
    access: 0,
    answer: (open, info) =>
      fixedAnswer(FileIdInformation, (to) => {
        to.volumeSerialNumber = open.volume.params.volumeSerialNumber;
        to.fileId = info.fileId;
      }),
  },
};

/** What an information class says of an open file. */
export async function queryFileInfo(
  open: Open,
  fileInfoClass: number,
  query: FileInfoQuery,
): Promise<InfoAnswer | NtStatus> {
  const row = rows[fileInfoClass];
  if (row === undefined) return NtStatus.INVALID_INFO_CLASS;
  if (row.access !== 0 && (open.grantedAccess & row.access) === 0) return NtStatus.ACCESS_DENIED;
  const asking: Result<FileInfo> | Promise<Result<FileInfo>> = open.getInfo();
  const info = asking instanceof Promise ? await asking : asking;
  return info.ok ? row.answer(open, info.value, query) : info.status;
}

interface BasicFields {
  creationTicks: bigint;
  lastAccessTicks: bigint;
  lastWriteTicks: bigint;
  changeTicks: bigint;
  fileAttributes: number;
}

function fillBasic(to: BasicFields, info: FileInfo): void {
  to.creationTicks = info.creationTicks;
  to.lastAccessTicks = info.lastAccessTicks;
  to.lastWriteTicks = info.lastWriteTicks;
  to.changeTicks = info.changeTicks;
  to.fileAttributes = attributesOnWire(info.fileAttributes);
}

interface StandardFields {
  allocationSize: number;
  endOfFile: number;
  numberOfLinks: number;
  deletePending: number;
  directory: number;
}

function fillStandard(to: StandardFields, open: Open, info: FileInfo): void {
  to.allocationSize = info.allocationSize;
  to.endOfFile = info.fileSize;
  const isGoing = open.isDeletePending && !open.link.isGone;
  to.numberOfLinks = isGoing ? info.hardLinks - 1 : info.hardLinks;
  to.deletePending = open.isDeletePending ? 1 : 0;
  to.directory = open.isDirectory ? 1 : 0;
}

/** Every stream; none of a directory that has none. [MS-FSCC] 2.4.43 */
async function streamAnswer(open: Open): Promise<InfoAnswer | NtStatus> {
  const streams = await open.getStreams();
  if (!streams.ok) return streams.status;
  const room = streams.value.reduce((sum, stream) => sum + streamEntryRoom(stream), 0);
  const data = new Uint8Array(room);
  const view = viewOf(data);
  let length = 0;
  let previousAt = -1;
  for (const stream of streams.value) {
    const at = align(length, STREAM_ENTRY_ALIGNMENT);
    length = at + writeStreamEntry(view, at, stream);
    if (previousAt >= 0) linkEntry(view, previousAt, at);
    previousAt = at;
  }
  const fixedSize = sizeWithName(FileStreamInformation, 8);
  return { data: data.subarray(0, length), fixedSize, whenShort: "cut" };
}

/** Every name of the file, as many as there is room for. [MS-FSCC] 2.4.19 */
async function hardLinkAnswer(
  open: Open,
  _info: FileInfo,
  { room }: FileInfoQuery,
): Promise<InfoAnswer | NtStatus> {
  const links = await open.getLinks();
  if (!links.ok) return links.status;
  const sizes = links.value.map(({ name }) => align(LINK_ENTRY_SIZE + 2 * name.length, 8));
  const needed = sizes.reduce((sum, size) => sum + size, FileLinksInformation.size);
  const data = new Uint8Array(Math.min(needed, Math.max(room, FileLinksInformation.size)));
  const entriesReturned = writeLinkEntries(viewOf(data), links.value);
  const header = FileLinksInformation.blank(viewOf(data), 0);
  header.bytesNeeded = needed;
  header.entriesReturned = entriesReturned;
  return {
    data,
    fixedSize: FileLinksInformation.size,
    whenShort: "cut",
    isPartial: entriesReturned < links.value.length,
  };
}

/** The most that one entry takes, in bytes. */
function streamEntryRoom({ name }: StreamInfo): number {
  const size = FileStreamInformation.size + 2 * `:${name}:$DATA`.length;
  return align(size, STREAM_ENTRY_ALIGNMENT);
}
