import { part, readUtf16 } from "../../bytes/index.js";
import type { Awaitable, Caller } from "../../fs/index.js";
import type { OnWait, Open, Result } from "../../kernel/index.js";
import { NtStatus } from "../../nt/index.js";
import {
  FILE_DISPOSITION_DELETE,
  FILE_DISPOSITION_IGNORE_READONLY_ATTRIBUTE,
  FILE_DISPOSITION_ON_CLOSE,
  FILE_DISPOSITION_POSIX_SEMANTICS,
  FILE_RENAME_IGNORE_READONLY_ATTRIBUTE,
  FILE_RENAME_POSIX_SEMANTICS,
  FILE_RENAME_REPLACE_IF_EXISTS,
  FileAllocationInformation,
  FileBasicInformation,
  FileDispositionInformation,
  FileDispositionInformationEx,
  FileEndOfFileInformation,
  FileInformationClass,
  FileLinkInformation,
  FileModeInformation,
  FilePositionInformation,
  FileRenameInformation,
  FileRenameInformationEx,
  FileValidDataLengthInformation,
  readExtendedAttributes,
} from "../../wire/fscc/index.js";

/** Sizes and offsets are signed on the wire; from here on they are below 0. [MS-FSCC] 2.4.4, 2.4.13 */
const NEGATIVE = 2 ** 63;

/** How one class is set. A layout's own check refuses what is too short. */
type Set = (open: Open, data: DataView, asker: Asker) => Awaitable<Result<unknown> | NtStatus>;

/** Who asks for something of an open file, who need not be who opened it. */
export interface Asker {
  /** Undefined: who opened it. */
  readonly caller: Caller | undefined;
  /** Called where a rename or a deletion waits for another client to let go of the file. */
  readonly onWait: OnWait;
}

/** Every class that can be set, by its number. [MS-SMB2] 3.3.5.21.1, [MS-FSCC] 2.4 */
const setters: Readonly<Record<number, { readonly size: number; readonly set: Set }>> = {
  [FileInformationClass.FileBasicInformation]: {
    size: FileBasicInformation.size,
    set: (open, data) => open.setBasicInfo(FileBasicInformation.read(data, 0)),
  },
  [FileInformationClass.FileRenameInformation]: {
    size: FileRenameInformation.size,
    set: (open, data, asker) => {
      const fields = FileRenameInformation.read(data, 0);
      const replaceIfExists = fields.replaceIfExists !== 0;
      return withNewName(fields, data, (newName) =>
        open.rename({ newName, replaceIfExists, ...asker }),
      );
    },
  },
  [FileInformationClass.FileRenameInformationEx]: {
    size: FileRenameInformationEx.size,
    set: (open, data, asker) => {
      const fields = FileRenameInformationEx.read(data, 0);
      const { flags } = fields;
      const how = {
        replaceIfExists: (flags & FILE_RENAME_REPLACE_IF_EXISTS) !== 0,
        isPosix: (flags & FILE_RENAME_POSIX_SEMANTICS) !== 0,
        ignoresReadOnly: (flags & FILE_RENAME_IGNORE_READONLY_ATTRIBUTE) !== 0,
      };
      return withNewName(fields, data, (newName) => open.rename({ newName, ...how, ...asker }));
    },
  },
  [FileInformationClass.FileLinkInformation]: {
    size: FileLinkInformation.size,
    set: (open, data, asker) => {
      const fields = FileLinkInformation.read(data, 0);
      const replaceIfExists = fields.replaceIfExists !== 0;
      return withNewName(fields, data, (newName) =>
        open.makeLink({ newName, replaceIfExists, ...asker }),
      );
    },
  },
  [FileInformationClass.FileDispositionInformationEx]: {
    size: FileDispositionInformationEx.size,
    set: (open, data, { onWait }) => {
      const { flags } = FileDispositionInformationEx.read(data, 0);
      return open.setDisposition((flags & FILE_DISPOSITION_DELETE) !== 0, {
        onWait,
        isPosix: (flags & FILE_DISPOSITION_POSIX_SEMANTICS) !== 0,
        isOnClose: (flags & FILE_DISPOSITION_ON_CLOSE) !== 0,
        ignoresReadOnly: (flags & FILE_DISPOSITION_IGNORE_READONLY_ATTRIBUTE) !== 0,
      });
    },
  },
  [FileInformationClass.FileDispositionInformation]: {
    size: FileDispositionInformation.size,
    set: (open, data, { onWait }) => {
      const { deletePending } = FileDispositionInformation.read(data, 0);
      return open.setDisposition(deletePending !== 0, { onWait });
    },
  },
  [FileInformationClass.FileFullEaInformation]: {
    size: 0,
    set: (open, data) => open.setEas(readExtendedAttributes(data)),
  },
  [FileInformationClass.FilePositionInformation]: {
    size: FilePositionInformation.size,
    set: (open, data) => {
      const { currentByteOffset } = FilePositionInformation.read(data, 0);
      if (currentByteOffset >= NEGATIVE) return NtStatus.INVALID_PARAMETER;
      open.currentByteOffset = currentByteOffset;
      return NtStatus.SUCCESS;
    },
  },
  [FileInformationClass.FileModeInformation]: {
    size: FileModeInformation.size,
    set: (open, data) => open.setMode(FileModeInformation.read(data, 0).mode),
  },
  [FileInformationClass.FileAllocationInformation]: {
    size: FileAllocationInformation.size,
    set: (open, data) => {
      const { allocationSize } = FileAllocationInformation.read(data, 0);
      if (allocationSize >= NEGATIVE) return NtStatus.INVALID_PARAMETER;
      return open.setAllocation(allocationSize);
    },
  },
  [FileInformationClass.FileEndOfFileInformation]: {
    size: FileEndOfFileInformation.size,
    set: (open, data) => {
      const { endOfFile } = FileEndOfFileInformation.read(data, 0);
      return endOfFile >= NEGATIVE ? NtStatus.INVALID_PARAMETER : open.setEndOfFile(endOfFile);
    },
  },
  // To show what was in the space before: for who may manage the volume, and nobody may over a network.
  [FileInformationClass.FileValidDataLengthInformation]: {
    size: FileValidDataLengthInformation.size,
    set: (open) => (open.isDirectory ? NtStatus.INVALID_PARAMETER : NtStatus.PRIVILEGE_NOT_HELD),
  },
};

/** Sets what an information class says of an open file. */
export async function setFileInfo(
  open: Open,
  fileInfoClass: number,
  data: DataView,
  asker: Asker,
): Promise<NtStatus> {
  const setter = setters[fileInfoClass];
  if (setter === undefined) return NtStatus.INVALID_INFO_CLASS;
  if (data.byteLength < setter.size) return NtStatus.INFO_LENGTH_MISMATCH;
  const done = await setter.set(open, data, asker);
  if (typeof done === "number") return done;
  return done.ok ? NtStatus.SUCCESS : done.status;
}

/** A name from the root of the share; relative to an open directory is not for SMB2. [MS-FSCC] 2.4.37.2 */
function withNewName(
  { rootDirectory, fileNameLength }: { rootDirectory: bigint; fileNameLength: number },
  data: DataView,
  act: (newName: string) => Awaitable<Result<void>>,
): Awaitable<Result<void> | NtStatus> {
  if (rootDirectory !== 0n) return NtStatus.INVALID_PARAMETER;
  const where = { offset: FileRenameInformation.size, length: fileNameLength, what: "FileName" };
  const newName = readUtf16(part(data, 0, where), 0, fileNameLength);
  return newName === "" ? NtStatus.INFO_LENGTH_MISMATCH : act(newName);
}
