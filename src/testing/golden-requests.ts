/**
 * One good request of every kind that there is: what mutations begin with.
 *
 * @packageDocumentation
 */
import { utf16, viewOf } from "../bytes/index.js";
import {
  CreateDisposition,
  FILE_DELETE_ON_CLOSE,
  FILE_DIRECTORY_FILE,
  FILE_LIST_DIRECTORY,
  FILE_READ_ATTRIBUTES,
  parseSddl,
  writeSecurityDescriptor,
} from "../nt/index.js";
import {
  FileInformationClass,
  FileRenameInformation,
  FsInformationClass,
} from "../wire/fscc/index.js";
import {
  AsyncHeader,
  CancelRequest,
  Command,
  type CreateContext,
  CreateContextName,
  Dialect,
  Fsctl,
  InfoType,
  OplockLevel,
  SMB2_FLAGS_ASYNC_COMMAND,
  SMB2_FLAGS_RELATED_OPERATIONS,
  SyncHeader,
} from "../wire/smb2/index.js";
import {
  changeNotifyRequest,
  closeRequest,
  createRequest,
  echoRequest,
  type FileId,
  flushRequest,
  ioctlRequest,
  leaseBreakRequest,
  leaseContext,
  lockRequest,
  logoffRequest,
  oplockBreakRequest,
  queryDirectoryRequest,
  queryInfoRequest,
  RELATED_FILE,
  readRequest,
  type SmbRequest,
  sessionSetupRequest,
  setInfoRequest,
  treeConnectRequest,
  treeDisconnectRequest,
  writeRequest,
} from "./client/index.js";
import { negotiateRequest } from "./client/negotiation.js";
import { SpnegoInitiator } from "./client/ntlm.js";

/** What a client has open. */
export interface Handles {
  readonly file: FileId;
  readonly directory: FileId;
  readonly pipe: FileId;
}

/** Requests of one message, and whether they are for the server's pipes. */
export interface Golden {
  readonly requests: readonly SmbRequest<unknown>[];
  readonly isForPipes?: boolean;
  /** Of each header. */
  readonly flags?: number;
  /** Each but the first goes on with the file of the one before. */
  readonly isRelated?: boolean;
}

/** A file that another client keeps to itself. */
export const KEPT_FILE = "kept";

/** Of the leases that a client asks for. */
const LEASE_KEY = new Uint8Array(16).fill(7);

function bytes(length: number): Uint8Array {
  return new Uint8Array(length).map((_, i) => i);
}

/** What needs no session. */
export function openingGoldens(): Golden[] {
  const random = (length: number) => bytes(length);
  const initiator = new SpnegoInitiator({ userName: "anna", password: "x", randomBytes: random });
  const tokens = [initiator.first(), bytes(40), new Uint8Array(0)];
  return [
    negotiateRequest({}),
    negotiateRequest({ dialects: [Dialect.SMB_3_0_2] }),
    negotiateRequest({ dialects: [Dialect.SMB_2_0_2] }),
    ...tokens.map((token) => sessionSetupRequest({ token, securityMode: 1 }, () => undefined)),
    echoRequest,
  ].map((request) => ({ requests: [request] }));
}

/** Everything that a client can do once it is known. */
export function goldens(handles: Handles): Golden[] {
  const { file, directory, pipe } = handles;
  return [
    ...openingGoldens(),
    ...[
      logoffRequest,
      treeConnectRequest("\\\\server\\ram"),
      treeConnectRequest("\\\\server\\IPC$"),
      treeDisconnectRequest,
      ...creates(),
      closeRequest(file, 1),
      closeRequest(directory),
      flushRequest(file),
      readRequest({ fileId: file, offset: 0, length: 100, minimumCount: 1 }),
      writeRequest({ fileId: file, offset: 3, data: bytes(100) }),
      lockRequest(file, [{ offset: 0n, length: 10n, flags: 0x12 }]),
      ...controls(file),
      ...queries(file, directory),
      ...settings(file),
      changeNotifyRequest({ fileId: directory, completionFilter: 0xfff, flags: 1 }),
      oplockBreakRequest(file),
      leaseBreakRequest(LEASE_KEY, 1),
    ].map((request) => ({ requests: [request] })),
    ...pipeRequests(pipe).map((request) => ({ requests: [request], isForPipes: true })),
    { requests: [cancelRequest] },
    { requests: [cancelRequest], flags: SMB2_FLAGS_ASYNC_COMMAND },
    ...compounds(file, directory),
  ];
}

function creates(): SmbRequest<unknown>[] {
  const exists = { path: "file" };
  return [
    createRequest(exists),
    createRequest({ path: "" }),
    createRequest({ path: "dir\\new", createDisposition: CreateDisposition.OPEN_IF }),
    createRequest({ ...exists, createDisposition: CreateDisposition.SUPERSEDE }),
    createRequest({ ...exists, createDisposition: CreateDisposition.OVERWRITE_IF }),
    createRequest({ ...exists, oplockLevel: OplockLevel.BATCH }),
    createRequest({ path: KEPT_FILE, oplockLevel: OplockLevel.II }),
    createRequest({ ...exists, ...leaseContext({ leaseKey: LEASE_KEY, leaseState: 7 }) }),
    createRequest({
      path: "dir",
      ...leaseContext({ leaseKey: bytes(16), leaseState: 3, epoch: 1, parentLeaseKey: LEASE_KEY }),
    }),
    createRequest({ path: "file:stream", createDisposition: CreateDisposition.OPEN_IF }),
    createRequest({
      path: "gone",
      createDisposition: CreateDisposition.OPEN_IF,
      createOptions: FILE_DELETE_ON_CLOSE,
      desiredAccess: 0x1f01ff,
    }),
    createRequest({
      path: "dir",
      createOptions: FILE_DIRECTORY_FILE,
      desiredAccess: FILE_LIST_DIRECTORY | FILE_READ_ATTRIBUTES,
    }),
    createRequest({
      path: "with contexts",
      createDisposition: CreateDisposition.OPEN_IF,
      contexts: contexts(),
    }),
    ...contexts().map((context) =>
      createRequest({
        path: "with a context",
        createDisposition: CreateDisposition.OPEN_IF,
        contexts: [context],
      }),
    ),
    createRequest({
      path: "file",
      contexts: [{ name: CreateContextName.TIMEWARP_TOKEN, data: viewOf(bytes(8)) }],
    }),
  ];
}

const CONTEXT_SIZES: Readonly<Record<string, number>> = {
  [CreateContextName.DURABLE_HANDLE_REQUEST]: 16,
  [CreateContextName.DURABLE_HANDLE_RECONNECT]: 16,
  [CreateContextName.ALLOCATION_SIZE]: 8,
  [CreateContextName.MAXIMAL_ACCESS]: 8,
  [CreateContextName.QUERY_ON_DISK_ID]: 0,
  [CreateContextName.LEASE]: 52,
  [CreateContextName.DURABLE_HANDLE_REQUEST_V2]: 32,
  [CreateContextName.DURABLE_HANDLE_RECONNECT_V2]: 36,
  [CreateContextName.APPLE_EXTENSIONS]: 24,
  [CreateContextName.APP_INSTANCE_ID]: 20,
  [CreateContextName.POSIX]: 4,
};

function contexts(): CreateContext[] {
  const sized = Object.entries(CONTEXT_SIZES).map(([name, size]) => ({
    name,
    data: viewOf(size === 8 ? new Uint8Array(8) : bytes(size)),
  }));
  const descriptor = { name: CreateContextName.SECURITY_DESCRIPTOR, data: viewOf(someSecurity()) };
  return [...sized, descriptor];
}

function someSecurity(): Uint8Array {
  return writeSecurityDescriptor(parseSddl("O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;WD)"));
}

function controls(file: FileId): SmbRequest<unknown>[] {
  const codes = Object.values(Fsctl).filter((code) => code !== Fsctl.VALIDATE_NEGOTIATE_INFO);
  return [
    ...codes.flatMap((ctlCode) => [
      ioctlRequest({ ctlCode, fileId: file, input: bytes(64), maxOutputResponse: 4096 }),
      ioctlRequest({ ctlCode, fileId: file }),
    ]),
    ioctlRequest({ ctlCode: Fsctl.VALIDATE_NEGOTIATE_INFO, input: bytes(26) }),
  ];
}

const DIRECTORY_CLASSES: readonly number[] = [1, 2, 3, 12, 37, 38, 60, 63];

function queries(file: FileId, directory: FileId): SmbRequest<unknown>[] {
  const outputLength = 4096;
  const fileClasses = Object.values(FileInformationClass);
  return [
    ...DIRECTORY_CLASSES.flatMap((infoClass) => [
      queryDirectoryRequest({ fileId: directory, infoClass, outputLength }),
      queryDirectoryRequest({
        fileId: directory,
        infoClass,
        flags: 0x13,
        pattern: "f*",
        outputLength,
      }),
    ]),
    ...fileClasses.map((infoClass) => queryInfoRequest({ fileId: file, infoClass, outputLength })),
    ...fileClasses.map((infoClass) =>
      queryInfoRequest({ fileId: directory, infoClass, outputLength }),
    ),
    ...Object.values(FsInformationClass).map((infoClass) =>
      queryInfoRequest({ fileId: file, infoType: InfoType.FILESYSTEM, infoClass, outputLength }),
    ),
    ...[InfoType.SECURITY, InfoType.QUOTA].flatMap((infoType) =>
      [7, 0xff].map((additionalInformation) =>
        queryInfoRequest({
          fileId: file,
          infoType,
          infoClass: 0,
          additionalInformation,
          input: bytes(20),
        }),
      ),
    ),
  ];
}

function settings(file: FileId): SmbRequest<unknown>[] {
  const classes = Object.values(FileInformationClass);
  const security = {
    fileId: file,
    infoType: InfoType.SECURITY,
    infoClass: 0,
    data: someSecurity(),
  };
  return [
    ...classes.map((infoClass) =>
      setInfoRequest({ fileId: file, infoClass, data: new Uint8Array(40) }),
    ),
    ...classes.map((infoClass) => setInfoRequest({ fileId: file, infoClass, data: bytes(40) })),
    ...["moved", "dir\\moved", "file:x"].map((name) =>
      setInfoRequest({
        fileId: file,
        infoClass: FileInformationClass.FileRenameInformation,
        data: renameTo(name),
      }),
    ),
    ...Object.values(FsInformationClass).map((infoClass) =>
      setInfoRequest({ fileId: file, infoType: InfoType.FILESYSTEM, infoClass, data: bytes(48) }),
    ),
    setInfoRequest({ ...security, additionalInformation: 4 }),
    setInfoRequest({ ...security, additionalInformation: 7 }),
  ];
}

function renameTo(name: string): Uint8Array {
  const encoded = utf16(name);
  const data = new Uint8Array(FileRenameInformation.size + encoded.length);
  const rename = FileRenameInformation.blank(viewOf(data), 0);
  rename.replaceIfExists = 1;
  rename.fileNameLength = encoded.length;
  data.set(encoded, FileRenameInformation.size);
  return data;
}

/** A DCE/RPC bind to srvsvc, version 3. [C706] 12.6.4.3, [MS-SRVS] 1.9 */
const RPC_BIND = Uint8Array.from(
  Buffer.from(
    "05000b03100000004800000001000000b810b810000000000100000000000100" +
      "c84f324b7016d30112785a47bf6ee18803000000045d888aeb1cc9119fe808002b10486002000000",
    "hex",
  ),
);

function pipeRequests(pipe: FileId): SmbRequest<unknown>[] {
  const transceive = { ctlCode: Fsctl.PIPE_TRANSCEIVE, fileId: pipe, maxOutputResponse: 1024 };
  const classes = Object.values(FileInformationClass);
  return [
    createRequest({ path: "srvsvc" }),
    createRequest({ path: "no such pipe" }),
    readRequest({ fileId: pipe, offset: 0, length: 1024 }),
    writeRequest({ fileId: pipe, offset: 0, data: RPC_BIND }),
    ioctlRequest({ ...transceive, input: RPC_BIND }),
    ioctlRequest({ ...transceive, input: bytes(32) }),
    ...classes.map((infoClass) => queryInfoRequest({ fileId: pipe, infoClass, outputLength: 256 })),
    setInfoRequest({
      fileId: pipe,
      infoClass: FileInformationClass.FilePipeInformation,
      data: bytes(8),
    }),
    flushRequest(pipe),
    changeNotifyRequest({ fileId: pipe, completionFilter: 1 }),
    closeRequest(pipe),
  ];
}

/** [MS-SMB2] 2.2.30. Of the request, or the AsyncId, that its header names. */
const cancelRequest: SmbRequest<unknown> = {
  command: Command.CANCEL,
  size: CancelRequest.size,
  paidLength: 0,
  write(to, at) {
    const header = SyncHeader.at(to, at - SyncHeader.size);
    if ((header.flags & SMB2_FLAGS_ASYNC_COMMAND) !== 0) {
      AsyncHeader.at(to, at - SyncHeader.size).asyncId = 1;
    }
    CancelRequest.blank(to, at);
  },
  decode: () => undefined,
};

function compounds(file: FileId, directory: FileId): Golden[] {
  const infoClass = FileInformationClass.FileAllInformation;
  const watch = changeNotifyRequest({ fileId: directory, completionFilter: 1 });
  const chain = [
    createRequest({ path: "compound", createDisposition: CreateDisposition.OPEN_IF }),
    writeRequest({ fileId: RELATED_FILE, offset: 0, data: bytes(20) }),
    readRequest({ fileId: RELATED_FILE, offset: 0, length: 20 }),
    queryInfoRequest({ fileId: RELATED_FILE, infoClass }),
    closeRequest(RELATED_FILE),
  ];
  return [
    { requests: chain },
    { requests: chain, isRelated: true },
    { requests: chain, flags: SMB2_FLAGS_RELATED_OPERATIONS },
    { requests: [echoRequest, flushRequest(file), queryInfoRequest({ fileId: file, infoClass })] },
    { requests: [watch, closeRequest(directory)] },
    { requests: [echoRequest, watch] },
    {
      requests: [createRequest({ path: KEPT_FILE }), closeRequest(RELATED_FILE)],
      isRelated: true,
    },
  ];
}
