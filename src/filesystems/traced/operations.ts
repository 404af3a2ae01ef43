/**
 * What there is to tell of each operation of a file system: what was asked, and what was answered.
 * WinFsp 3.18
 *
 * @packageDocumentation
 */
import type { FileSystemOperation, OperationOf } from "../../delegation/index.js";
import type {
  BasicInfo,
  CreateParams,
  ExtendedAttribute,
  FileInfo,
  Opened,
  OpenParams,
  OverwriteParams,
  VolumeInfo,
} from "../../fs/index.js";

/** Something that a line of a log can hold. */
export type TraceDetail = string | number | bigint | boolean;

/** What is told, by what it is; what is undefined is left out. */
export type TraceDetails = Readonly<Record<string, TraceDetail | undefined>>;

/** How an operation is told of. */
interface Description<Name extends FileSystemOperation> {
  /** What was asked, besides the file or path. */
  readonly asked?: (...args: Parameters<OperationOf<Name>>) => TraceDetails;
  readonly answered?: (answer: Awaited<ReturnType<OperationOf<Name>>>) => TraceDetails;
}

type Descriptions = { readonly [Name in FileSystemOperation]: Description<Name> };

/** Every operation there is. An operation that is added to the contract does not compile without its row. */
export const OPERATIONS: Descriptions = {
  start: {},
  stop: {},
  getVolumeInfo: { answered: volume },
  setVolumeLabel: { asked: (label) => ({ label }), answered: volume },
  getSecurityByName: {
    answered: ({ fileAttributes, securityDescriptor, reparseAt }) => ({
      attributes: hex(fileAttributes),
      descriptorBytes: securityDescriptor?.length,
      reparseAt,
    }),
  },
  open: { asked: (_path, params) => opening(params), answered: opened },
  openByFileId: {
    asked: (fileId, params) => ({ fileId, ...opening(params) }),
    answered: opened,
  },
  create: {
    asked: (_path, params) => creating(params),
    answered: opened,
  },
  overwrite: {
    asked: (_file, params) => overwriting(params),
    answered: info,
  },
  cleanup: {
    asked: (_file, _path, { isDelete, isAllocationReset }) => ({ isDelete, isAllocationReset }),
  },
  close: {},
  read: {
    asked: (_file, target, offset) => ({ offset, length: target.length }),
    answered: (bytesRead) => ({ bytesRead }),
  },
  readViews: {
    asked: (_file, offset, length) => ({ offset, length }),
    answered: (views) => ({
      bytesRead: views.reduce((sum, view) => sum + view.length, 0),
      views: views.length,
    }),
  },
  write: {
    asked: (_file, data, offset, { toEndOfFile, isConstrained }) => ({
      offset: toEndOfFile ? "end" : offset,
      length: data.length,
      isConstrained: isConstrained || undefined,
    }),
    answered: (written) => ({ bytesWritten: written.bytesWritten, ...info(written.info) }),
  },
  flush: {},
  getFileInfo: { answered: info },
  setBasicInfo: {
    asked: (_file, basic) => basicInfo(basic),
    answered: info,
  },
  setFileSize: {
    asked: (_file, fileSize) => ({ fileSize }),
    answered: info,
  },
  setAllocationSize: {
    asked: (_file, allocationSize) => ({ allocationSize }),
    answered: info,
  },
  setSparse: {
    asked: (_file, isSparse) => ({ isSparse }),
    answered: info,
  },
  getAllocatedRanges: {
    asked: (_file, offset, length) => ({ offset, length }),
    answered: (ranges) => ({ ranges: ranges.length }),
  },
  setZeroData: {
    asked: (_file, offset, length) => ({ offset, length }),
    answered: info,
  },
  canDelete: {},
  rename: {
    asked: (_file, path, { newPath, replaceIfExists, isPosix }) => ({
      from: path,
      to: newPath,
      replaceIfExists,
      isPosix,
    }),
  },
  link: {
    asked: (_file, newPath, replaceIfExists) => ({ to: newPath, replaceIfExists }),
    answered: info,
  },
  getLinks: {
    answered: (links) => ({ names: links.length }),
  },
  getSecurity: {
    answered: (descriptor) => ({ descriptorBytes: descriptor.length }),
  },
  setSecurity: {
    asked: (_file, descriptor) => ({ descriptorBytes: descriptor.length }),
  },
  readDirectory: { asked: (_file, pattern) => ({ pattern }) },
  readDirectoryNames: {},
  getDirectoryEntry: {
    asked: (_file, name) => ({ name }),
    answered: (entry) => (entry === undefined ? { found: false } : info(entry.info)),
  },
  getStreams: {
    answered: (streams) => ({ streams: streams.length }),
  },
  getExtendedAttributes: { answered: names },
  setExtendedAttributes: {
    asked: (_file, attributes) => names(attributes),
    answered: info,
  },
  getReparsePoint: { answered: reparse },
  getReparsePointByName: { answered: reparse },
  setReparsePoint: { asked: (_file, data) => reparse(data) },
  deleteReparsePoint: { asked: (_file, data) => reparse(data) },
  getObjectId: {},
  control: {
    asked: (_file, code, input) => ({ code: hex(code), inputBytes: input.length }),
    answered: (output) => ({ outputBytes: output.length }),
  },
};

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
