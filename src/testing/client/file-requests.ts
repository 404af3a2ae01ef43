/**
 * The requests that files are used with. [MS-SMB2] 2.2.13 to 2.2.40
 *
 * @packageDocumentation
 */
import { align, bytesOf, part, type Read, utf16, WireError } from "../../bytes/index.js";
import {
  CreateDisposition,
  FILE_GENERIC_READ,
  FILE_GENERIC_WRITE,
  FILE_SHARE_DELETE,
  FILE_SHARE_READ,
  FILE_SHARE_WRITE,
} from "../../nt/index.js";
import { FileInformationClass } from "../../wire/fscc/index.js";
import {
  ALL_ONES_FILE_ID,
  ChangeNotifyRequest,
  ChangeNotifyResponse,
  CloseRequest,
  CloseResponse,
  Command,
  type CreateContext,
  CreateRequest,
  CreateResponse,
  createContextsSize,
  FlushRequest,
  FlushResponse,
  ImpersonationLevel,
  InfoType,
  IoctlRequest,
  IoctlResponse,
  LockElement,
  LockRequest,
  LockResponse,
  OplockBreakAcknowledgment,
  OplockLevel,
  QueryDirectoryRequest,
  QueryDirectoryResponse,
  QueryInfoRequest,
  QueryInfoResponse,
  ReadRequest,
  ReadResponse,
  readCreateContexts,
  SetInfoRequest,
  SetInfoResponse,
  SMB2_0_IOCTL_IS_FSCTL,
  WriteRequest,
  WriteResponse,
  writeCreateContexts,
} from "../../wire/smb2/index.js";
import { DEFAULT_OUTPUT_LENGTH } from "./limits.js";
import { type Answer, HEADER_SIZE, type SmbRequest } from "./request.js";

/** What a server calls an open. [MS-SMB2] 2.2.14.1 */
export interface FileId {
  readonly persistent: bigint;
  readonly volatile: bigint;
}

/** In a chain: the file of the request before this one. [MS-SMB2] 3.3.5.2.7.2 */
export const RELATED_FILE: FileId = { persistent: ALL_ONES_FILE_ID, volatile: ALL_ONES_FILE_ID };

/** What is known of a file when it was opened or closed. */
export interface FileFacts {
  readonly creationTicks: bigint;
  readonly lastAccessTicks: bigint;
  readonly lastWriteTicks: bigint;
  readonly changeTicks: bigint;
  readonly allocationSize: number;
  readonly endOfFile: number;
  readonly fileAttributes: number;
}

/** How a file is opened: to read and write, with everybody, and only if it is there, unless told. */
export interface CreateParams {
  /** From the share's root, with `\` between names and none before the first. */
  readonly path: string;
  readonly desiredAccess?: number;
  readonly fileAttributes?: number;
  readonly shareAccess?: number;
  readonly createDisposition?: CreateDisposition;
  readonly createOptions?: number;
  readonly oplockLevel?: OplockLevel;
  readonly contexts?: readonly CreateContext[];
}

/** What a CREATE was answered. */
export interface Created extends FileFacts {
  readonly fileId: FileId;
  readonly createAction: number;
  readonly oplockLevel: number;
  readonly contexts: readonly CreateContext[];
}

const CONTEXT_ALIGNMENT = 8;

export function createRequest(params: CreateParams): SmbRequest<Created> {
  const { path, contexts = [] } = params;
  const name = utf16(path);
  const nameAt = HEADER_SIZE + CreateRequest.size;
  const nameEnd = nameAt + Math.max(1, name.length); // StructureSize counts one byte of it
  const contextsAt = align(nameEnd, CONTEXT_ALIGNMENT);
  const contextsSize = createContextsSize(contexts);
  const end = contexts.length === 0 ? nameEnd : contextsAt + contextsSize;
  return {
    command: Command.CREATE,
    size: end - HEADER_SIZE,
    paidLength: 0,
    write(bytes, at) {
      const body = CreateRequest.blank(bytes, at);
      body.requestedOplockLevel = params.oplockLevel ?? OplockLevel.NONE;
      body.impersonationLevel = ImpersonationLevel.IMPERSONATION;
      body.desiredAccess = params.desiredAccess ?? FILE_GENERIC_READ | FILE_GENERIC_WRITE;
      body.fileAttributes = params.fileAttributes ?? 0;
      body.shareAccess =
        params.shareAccess ?? FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
      body.createDisposition = params.createDisposition ?? CreateDisposition.OPEN;
      body.createOptions = params.createOptions ?? 0;
      body.nameOffset = nameAt;
      body.nameLength = name.length;
      const headerAt = at - HEADER_SIZE;
      const target = bytesOf(bytes);
      target.fill(0, headerAt + nameAt, headerAt + end);
      target.set(name, headerAt + nameAt);
      if (contexts.length === 0) return;
      body.createContextsOffset = contextsAt;
      body.createContextsLength = contextsSize;
      writeCreateContexts(bytes, headerAt + contextsAt, contexts);
    },
    decode: readCreated,
  };
}

function readCreated({ bytes }: Answer): Created {
  const body = CreateResponse.read(bytes, HEADER_SIZE);
  return {
    fileId: { persistent: body.persistentFileId, volatile: body.volatileFileId },
    createAction: body.createAction,
    oplockLevel: body.oplockLevel,
    contexts: body.createContextsLength === 0 ? [] : readContexts(bytes, body),
    ...factsOf(body),
  };
}

function readContexts(bytes: DataView, body: Read<typeof CreateResponse>): CreateContext[] {
  const list = part(bytes, 0, {
    offset: body.createContextsOffset,
    length: body.createContextsLength,
    what: "SMB2 CREATE Response CreateContexts",
  });
  const own = Uint8Array.from(bytesOf(list));
  return readCreateContexts(new DataView(own.buffer));
}

function factsOf(body: Read<typeof CreateResponse> | Read<typeof CloseResponse>): FileFacts {
  return {
    creationTicks: body.creationTicks,
    lastAccessTicks: body.lastAccessTicks,
    lastWriteTicks: body.lastWriteTicks,
    changeTicks: body.changeTicks,
    allocationSize: body.allocationSize,
    endOfFile: body.endOfFile,
    fileAttributes: body.fileAttributes,
  };
}

/** @param flags - SMB2_CLOSE_FLAG_POSTQUERY_ATTRIB, to be told of the file; else all zero comes */
export function closeRequest(fileId: FileId, flags = 0): SmbRequest<FileFacts> {
  return {
    command: Command.CLOSE,
    size: CloseRequest.size,
    paidLength: 0,
    write(bytes, at) {
      const body = CloseRequest.blank(bytes, at);
      body.flags = flags;
      setFileId(body, fileId);
    },
    decode: ({ bytes }) => factsOf(CloseResponse.read(bytes, HEADER_SIZE)),
  };
}

/** A run of bytes of a file. */
export interface ReadParams {
  readonly fileId: FileId;
  /** In bytes, from the start of the file. */
  readonly offset: number;
  readonly length: number;
  readonly minimumCount?: number;
  /** Where what was read goes, from its start; memory of its own unless told. */
  readonly target?: Uint8Array;
}

/** Offered to servers as the place of the data, behind the header and the answer. */
const READ_PADDING = HEADER_SIZE + ReadResponse.size;

export function readRequest(params: ReadParams): SmbRequest<Uint8Array> {
  const { fileId, offset, length, minimumCount = 0, target } = params;
  return {
    command: Command.READ,
    size: ReadRequest.size + 1, // StructureSize counts one byte of channel information
    paidLength: length,
    write(bytes, at) {
      const body = ReadRequest.blank(bytes, at);
      body.padding = READ_PADDING;
      body.length = length;
      body.offset = offset;
      body.minimumCount = minimumCount;
      setFileId(body, fileId);
      bytes.setUint8(at + ReadRequest.size, 0);
    },
    decode({ bytes }) {
      const { dataOffset, dataLength } = ReadResponse.read(bytes, HEADER_SIZE);
      if (dataLength > length) throw new WireError("SMB2 READ Response: more than was asked for");
      const what = "SMB2 READ Response Buffer";
      const data = bytesOf(part(bytes, 0, { offset: dataOffset, length: dataLength, what }));
      if (target === undefined) return Uint8Array.from(data);
      target.set(data);
      return target.subarray(0, dataLength);
    },
  };
}

/** A run of bytes for a file. */
export interface WriteParams {
  readonly fileId: FileId;
  /** In bytes, from the start of the file; `end`: where the file ends, for who may append alone. */
  readonly offset: number | "end";
  /** Must not change until the answer is there. */
  readonly data: Uint8Array;
  readonly flags?: number;
}

/** [MS-SMB2] 2.2.21 */
const END_OF_FILE_OFFSET = -1;

/** @returns of the answer: bytes written */
export function writeRequest({ fileId, offset, data, flags = 0 }: WriteParams): SmbRequest<number> {
  return {
    command: Command.WRITE,
    size: WriteRequest.size,
    payload: data,
    paidLength: data.length,
    write(bytes, at) {
      const body = WriteRequest.blank(bytes, at);
      body.dataOffset = HEADER_SIZE + WriteRequest.size;
      body.length = data.length;
      body.offset = offset === "end" ? END_OF_FILE_OFFSET : offset;
      body.flags = flags;
      setFileId(body, fileId);
    },
    decode: ({ bytes }) => WriteResponse.read(bytes, HEADER_SIZE).count,
  };
}

export function flushRequest(fileId: FileId): SmbRequest<true> {
  return {
    command: Command.FLUSH,
    size: FlushRequest.size,
    paidLength: 0,
    write(bytes, at) {
      setFileId(FlushRequest.blank(bytes, at), fileId);
    },
    decode({ bytes }) {
      FlushResponse.read(bytes, HEADER_SIZE);
      return true;
    },
  };
}

/** What is to be known of a file or its volume. */
export interface QueryInfoParams {
  readonly fileId: FileId;
  /** FILE unless told. */
  readonly infoType?: InfoType;
  /** Of [MS-FSCC] 2.4 or 2.5. */
  readonly infoClass: number;
  /** The most that comes, in bytes. */
  readonly outputLength?: number;
  readonly additionalInformation?: number;
  readonly flags?: number;
  readonly input?: Uint8Array;
}

export function queryInfoRequest(params: QueryInfoParams): SmbRequest<Uint8Array> {
  const { fileId, infoClass, outputLength = DEFAULT_OUTPUT_LENGTH } = params;
  const { input = new Uint8Array(0) } = params;
  return {
    command: Command.QUERY_INFO,
    size: QueryInfoRequest.size + Math.max(1, input.length),
    paidLength: Math.max(outputLength, input.length),
    write(bytes, at) {
      const body = QueryInfoRequest.blank(bytes, at);
      body.infoType = params.infoType ?? InfoType.FILE;
      body.fileInfoClass = infoClass;
      body.outputBufferLength = outputLength;
      body.inputBufferOffset = input.length === 0 ? 0 : HEADER_SIZE + QueryInfoRequest.size;
      body.inputBufferLength = input.length;
      body.additionalInformation = params.additionalInformation ?? 0;
      body.flags = params.flags ?? 0;
      setFileId(body, fileId);
      setTail(bytes, at + QueryInfoRequest.size, input);
    },
    decode: ({ bytes }) => outputOf(bytes, QueryInfoResponse.read(bytes, HEADER_SIZE)),
  };
}

/** What is to be different of a file or its volume. */
export interface SetInfoParams {
  readonly fileId: FileId;
  /** FILE unless told. */
  readonly infoType?: InfoType;
  /** Of [MS-FSCC] 2.4 or 2.5. */
  readonly infoClass: number;
  readonly data: Uint8Array;
  readonly additionalInformation?: number;
}

export function setInfoRequest(params: SetInfoParams): SmbRequest<true> {
  const { fileId, infoClass, data } = params;
  return {
    command: Command.SET_INFO,
    size: SetInfoRequest.size + Math.max(1, data.length),
    paidLength: data.length,
    write(bytes, at) {
      const body = SetInfoRequest.blank(bytes, at);
      body.infoType = params.infoType ?? InfoType.FILE;
      body.fileInfoClass = infoClass;
      body.bufferLength = data.length;
      body.bufferOffset = HEADER_SIZE + SetInfoRequest.size;
      body.additionalInformation = params.additionalInformation ?? 0;
      setFileId(body, fileId);
      setTail(bytes, at + SetInfoRequest.size, data);
    },
    decode({ bytes }) {
      SetInfoResponse.read(bytes, HEADER_SIZE);
      return true;
    },
  };
}

/** A part of a directory's list. */
export interface QueryDirectoryParams {
  readonly fileId: FileId;
  /** FileIdBothDirectoryInformation unless told. */
  readonly infoClass?: number;
  /** `*` unless told. */
  readonly pattern?: string;
  readonly flags?: number;
  readonly fileIndex?: number;
  /** The most that comes, in bytes. */
  readonly outputLength?: number;
}

export function queryDirectoryRequest(params: QueryDirectoryParams): SmbRequest<Uint8Array> {
  const { fileId, pattern = "*", outputLength = DEFAULT_OUTPUT_LENGTH } = params;
  const name = utf16(pattern);
  return {
    command: Command.QUERY_DIRECTORY,
    size: QueryDirectoryRequest.size + Math.max(1, name.length),
    paidLength: outputLength,
    write(bytes, at) {
      const body = QueryDirectoryRequest.blank(bytes, at);
      body.fileInformationClass =
        params.infoClass ?? FileInformationClass.FileIdBothDirectoryInformation;
      body.flags = params.flags ?? 0;
      body.fileIndex = params.fileIndex ?? 0;
      body.fileNameOffset = HEADER_SIZE + QueryDirectoryRequest.size;
      body.fileNameLength = name.length;
      body.outputBufferLength = outputLength;
      setFileId(body, fileId);
      setTail(bytes, at + QueryDirectoryRequest.size, name);
    },
    decode: ({ bytes }) => outputOf(bytes, QueryDirectoryResponse.read(bytes, HEADER_SIZE)),
  };
}

/** What a directory is watched for. */
export interface ChangeNotifyParams {
  readonly fileId: FileId;
  /** FILE_NOTIFY_CHANGE_... */
  readonly completionFilter: number;
  readonly flags?: number;
  readonly outputLength?: number;
}

export function changeNotifyRequest(params: ChangeNotifyParams): SmbRequest<Uint8Array> {
  const { fileId, completionFilter, flags = 0, outputLength = DEFAULT_OUTPUT_LENGTH } = params;
  return {
    command: Command.CHANGE_NOTIFY,
    size: ChangeNotifyRequest.size,
    paidLength: outputLength,
    write(bytes, at) {
      const body = ChangeNotifyRequest.blank(bytes, at);
      body.flags = flags;
      body.outputBufferLength = outputLength;
      body.completionFilter = completionFilter;
      setFileId(body, fileId);
    },
    decode: ({ bytes }) => outputOf(bytes, ChangeNotifyResponse.read(bytes, HEADER_SIZE)),
  };
}

/** A code, and what it is about. */
export interface IoctlParams {
  readonly ctlCode: number;
  /** None of any file unless told. */
  readonly fileId?: FileId;
  readonly input?: Uint8Array;
  /** The most that comes, in bytes. */
  readonly maxOutputResponse?: number;
  readonly flags?: number;
}

export function ioctlRequest(params: IoctlParams): SmbRequest<Uint8Array> {
  const { ctlCode, fileId = RELATED_FILE, input = new Uint8Array(0) } = params;
  const { maxOutputResponse = DEFAULT_OUTPUT_LENGTH } = params;
  return {
    command: Command.IOCTL,
    size: IoctlRequest.size + Math.max(1, input.length),
    paidLength: Math.max(maxOutputResponse, input.length),
    write(bytes, at) {
      const body = IoctlRequest.blank(bytes, at);
      body.ctlCode = ctlCode;
      body.inputOffset = HEADER_SIZE + IoctlRequest.size;
      body.inputCount = input.length;
      body.maxOutputResponse = maxOutputResponse;
      body.flags = params.flags ?? SMB2_0_IOCTL_IS_FSCTL;
      setFileId(body, fileId);
      setTail(bytes, at + IoctlRequest.size, input);
    },
    hasBody: ({ bytes }) => {
      const { structureSize } = IoctlResponse.fields;
      return IoctlResponse.at(bytes, HEADER_SIZE).structureSize === structureSize.constant;
    },
    decode({ bytes }) {
      const { outputOffset, outputCount } = IoctlResponse.read(bytes, HEADER_SIZE);
      return outputOf(bytes, { outputBufferOffset: outputOffset, outputBufferLength: outputCount });
    },
  };
}

/** One range of a LOCK. */
export interface LockRange {
  readonly offset: bigint;
  readonly length: bigint;
  /** SMB2_LOCKFLAG_... */
  readonly flags: number;
}

/** @param lockSequence - LockSequenceIndex from bit 4 on, below it LockSequenceNumber; 0: none */
export function lockRequest(
  fileId: FileId,
  ranges: readonly LockRange[],
  lockSequence = 0,
): SmbRequest<true> {
  return {
    command: Command.LOCK,
    size: LockRequest.size + ranges.length * LockElement.size,
    paidLength: 0,
    write(bytes, at) {
      const body = LockRequest.blank(bytes, at);
      body.lockCount = ranges.length;
      body.lockSequence = lockSequence;
      setFileId(body, fileId);
      ranges.forEach((range, i) => {
        const element = LockElement.blank(bytes, at + LockRequest.size + i * LockElement.size);
        element.offset = range.offset;
        element.length = range.length;
        element.flags = range.flags;
      });
    },
    decode({ bytes }) {
      LockResponse.read(bytes, HEADER_SIZE);
      return true;
    },
  };
}

/** Says what a client keeps of what it had to itself. [MS-SMB2] 2.2.24.1 */
export function oplockBreakRequest(
  fileId: FileId,
  oplockLevel: OplockLevel = OplockLevel.II,
): SmbRequest<true> {
  return {
    command: Command.OPLOCK_BREAK,
    size: OplockBreakAcknowledgment.size,
    paidLength: 0,
    write(bytes, at) {
      const body = OplockBreakAcknowledgment.blank(bytes, at);
      body.oplockLevel = oplockLevel;
      setFileId(body, fileId);
    },
    decode: () => true,
  };
}

function setFileId(
  body: { persistentFileId: bigint; volatileFileId: bigint },
  fileId: FileId,
): void {
  body.persistentFileId = fileId.persistent;
  body.volatileFileId = fileId.volatile;
}

/** Puts bytes behind a fixed part, or the one zero that StructureSize counts where there are none. */
function setTail(bytes: DataView, at: number, tail: Uint8Array): void {
  if (tail.length === 0) bytes.setUint8(at, 0);
  else bytesOf(bytes).set(tail, at);
}

/** What came behind a fixed part, in memory of its own. */
function outputOf(
  bytes: DataView,
  place: { readonly outputBufferOffset: number; readonly outputBufferLength: number },
): Uint8Array {
  const { outputBufferOffset: offset, outputBufferLength: length } = place;
  return Uint8Array.from(bytesOf(part(bytes, 0, { offset, length, what: "answer: Buffer" })));
}
