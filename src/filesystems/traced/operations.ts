/**
 * What there is to tell of each operation of a file system: what was asked, and what was answered.
 * WinFsp 3.18
 *
 * @packageDocumentation
 */
import type {
  BasicInfo,
  CreateParams,
  ExtendedAttribute,
  FileInfo,
  FileSystem,
  Opened,
  OpenParams,
  OverwriteParams,
  VolumeInfo,
} from "../../fs/index.js";

/** The name of an operation: of a method of the contract. */
export type FileSystemOperation = {
  [Name in keyof FileSystem]-?: Method<Name> extends never ? never : Name;
}[keyof FileSystem];

type Method<Name extends keyof FileSystem> = Extract<
  NonNullable<FileSystem[Name]>,
  (...args: never[]) => unknown
>;

/** Something that a line of a log can hold. */
export type TraceDetail = string | number | bigint | boolean;

/** What is told, by what it is; what is undefined is left out. */
export type TraceDetails = Readonly<Record<string, TraceDetail | undefined>>;

/** How an operation is told of. */
interface Description<Name extends FileSystemOperation> {
  /** What the first argument is. */
  readonly about: "file" | "path" | "other";
  /** Which argument the caller is; undefined where there is none. */
  readonly callerAt?: number;
  /** What was asked, besides the file or path. */
  readonly asked?: (...args: Parameters<Method<Name>>) => TraceDetails;
  readonly answered?: (answer: Awaited<ReturnType<Method<Name>>>) => TraceDetails;
}

type Descriptions = { readonly [Name in FileSystemOperation]: Description<Name> };

/** Every operation there is. An operation that is added to the contract does not compile without its row. */
export const OPERATIONS: Descriptions = {
  start: { about: "other" },
  stop: { about: "other" },
  getVolumeInfo: { about: "other", answered: volume },
  setVolumeLabel: { about: "other", callerAt: 1, asked: (label) => ({ label }), answered: volume },
  getSecurityByName: {
    about: "path",
    callerAt: 1,
    answered: ({ fileAttributes, securityDescriptor, reparseAt }) => ({
      attributes: hex(fileAttributes),
      descriptorBytes: securityDescriptor?.length,
      reparseAt,
    }),
  },
  open: { about: "path", callerAt: 2, asked: (_path, params) => opening(params), answered: opened },
  openByFileId: {
    about: "other",
    callerAt: 2,
    asked: (fileId, params) => ({ fileId, ...opening(params) }),
    answered: opened,
  },
  create: {
    about: "path",
    callerAt: 2,
    asked: (_path, params) => creating(params),
    answered: opened,
  },
  overwrite: {
    about: "file",
    callerAt: 2,
    asked: (_file, params) => overwriting(params),
    answered: info,
  },
  cleanup: {
    about: "file",
    callerAt: 3,
    asked: (_file, _path, { isDelete, isAllocationReset }) => ({ isDelete, isAllocationReset }),
  },
  close: { about: "file" },
  read: {
    about: "file",
    callerAt: 3,
    asked: (_file, target, offset) => ({ offset, length: target.length }),
    answered: (bytesRead) => ({ bytesRead }),
  },
  readViews: {
    about: "file",
    callerAt: 3,
    asked: (_file, offset, length) => ({ offset, length }),
    answered: (views) => ({
      bytesRead: views.reduce((sum, view) => sum + view.length, 0),
      views: views.length,
    }),
  },
  write: {
    about: "file",
    callerAt: 4,
    asked: (_file, data, offset, { toEndOfFile, isConstrained }) => ({
      offset: toEndOfFile ? "end" : offset,
      length: data.length,
      isConstrained: isConstrained || undefined,
    }),
    answered: (written) => ({ bytesWritten: written.bytesWritten, ...info(written.info) }),
  },
  flush: { about: "file", callerAt: 1 },
  getFileInfo: { about: "file", callerAt: 1, answered: info },
  setBasicInfo: {
    about: "file",
    callerAt: 2,
    asked: (_file, basic) => basicInfo(basic),
    answered: info,
  },
  setFileSize: {
    about: "file",
    callerAt: 2,
    asked: (_file, fileSize) => ({ fileSize }),
    answered: info,
  },
  setAllocationSize: {
    about: "file",
    callerAt: 2,
    asked: (_file, allocationSize) => ({ allocationSize }),
    answered: info,
  },
  setSparse: {
    about: "file",
    callerAt: 2,
    asked: (_file, isSparse) => ({ isSparse }),
    answered: info,
  },
  getAllocatedRanges: {
    about: "file",
    callerAt: 3,
    asked: (_file, offset, length) => ({ offset, length }),
    answered: (ranges) => ({ ranges: ranges.length }),
  },
  setZeroData: {
    about: "file",
    callerAt: 3,
    asked: (_file, offset, length) => ({ offset, length }),
    answered: info,
  },
  canDelete: { about: "file", callerAt: 2 },
  rename: {
    about: "file",
    callerAt: 3,
    asked: (_file, path, { newPath, replaceIfExists, isPosix }) => ({
      from: path,
      to: newPath,
      replaceIfExists,
      isPosix,
    }),
  },
  link: {
    about: "file",
    callerAt: 3,
    asked: (_file, newPath, replaceIfExists) => ({ to: newPath, replaceIfExists }),
    answered: info,
  },
  getLinks: {
    about: "file",
    callerAt: 1,
    answered: (links) => ({ names: links.length }),
  },
  getSecurity: {
    about: "file",
    callerAt: 1,
    answered: (descriptor) => ({ descriptorBytes: descriptor.length }),
  },
  setSecurity: {
    about: "file",
    callerAt: 2,
    asked: (_file, descriptor) => ({ descriptorBytes: descriptor.length }),
  },
  readDirectory: { about: "file", callerAt: 2, asked: (_file, pattern) => ({ pattern }) },
  getDirectoryEntry: {
    about: "file",
    callerAt: 2,
    asked: (_file, name) => ({ name }),
    answered: (entry) => (entry === undefined ? { found: false } : info(entry.info)),
  },
  getStreams: {
    about: "file",
    callerAt: 1,
    answered: (streams) => ({ streams: streams.length }),
  },
  getExtendedAttributes: { about: "file", callerAt: 1, answered: names },
  setExtendedAttributes: {
    about: "file",
    callerAt: 2,
    asked: (_file, attributes) => names(attributes),
    answered: info,
  },
  getReparsePoint: { about: "file", callerAt: 1, answered: reparse },
  getReparsePointByName: { about: "path", callerAt: 1, answered: reparse },
  setReparsePoint: { about: "file", callerAt: 2, asked: (_file, data) => reparse(data) },
  deleteReparsePoint: { about: "file", callerAt: 2, asked: (_file, data) => reparse(data) },
  getObjectId: { about: "file", callerAt: 1 },
  control: {
    about: "file",
    callerAt: 3,
    asked: (_file, code, input) => ({ code: hex(code), inputBytes: input.length }),
    answered: (output) => ({ outputBytes: output.length }),
  },
};

/** The names of all operations, in the order of the contract. */
export const FILE_SYSTEM_OPERATIONS: readonly FileSystemOperation[] = Object.keys(
  OPERATIONS,
) as FileSystemOperation[]; // the keys of the table are the names

function hex(bits: number): string {
  return `0x${bits.toString(16)}`;
}

function opening({ createOptions, grantedAccess }: OpenParams): TraceDetails {
  return { createOptions: hex(createOptions), grantedAccess: hex(grantedAccess) };
}

function creating(params: CreateParams): TraceDetails {
  return {
    isDirectory: params.isDirectory,
    ...opening(params),
    attributes: hex(params.fileAttributes),
    allocationSize: params.allocationSize,
    descriptorBytes: params.securityDescriptor?.length,
    extendedAttributes: params.extendedAttributes?.length,
  };
}

function overwriting(params: OverwriteParams): TraceDetails {
  return {
    attributes: hex(params.fileAttributes),
    replaceAttributes: params.replaceAttributes,
    allocationSize: params.allocationSize,
    extendedAttributes: params.extendedAttributes?.length,
  };
}

function basicInfo(basic: BasicInfo): TraceDetails {
  const { fileAttributes, creationTicks, lastAccessTicks, lastWriteTicks, changeTicks } = basic;
  return {
    attributes: fileAttributes === undefined ? undefined : hex(fileAttributes),
    creationTicks,
    lastAccessTicks,
    lastWriteTicks,
    changeTicks,
  };
}

function opened({ info: found, normalizedPath }: Opened<unknown>): TraceDetails {
  return { normalizedPath, fileId: found.fileId, ...info(found) };
}

function info({ fileAttributes, fileSize, allocationSize }: FileInfo): TraceDetails {
  return { attributes: hex(fileAttributes), fileSize, allocationSize };
}

function volume({ totalSize, freeSize, label }: VolumeInfo): TraceDetails {
  return { totalSize, freeSize, label };
}

function names(attributes: readonly ExtendedAttribute[]): TraceDetails {
  return { extendedAttributes: attributes.map(({ name }) => name).join(" ") };
}

/** The tag is the first word. [MS-FSCC] 2.1.2.2 */
function reparse(data: Uint8Array | undefined): TraceDetails {
  if (data === undefined || data.length < 4) return { reparseBytes: data?.length ?? 0 };
  const tag = new DataView(data.buffer, data.byteOffset, 4).getUint32(0, true);
  return { reparseTag: hex(tag), reparseBytes: data.length };
}
