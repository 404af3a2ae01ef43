import {
  bytesOf,
  type Read,
  readUtf16,
  type Struct,
  type Values,
  viewOf,
  type Window,
} from "../../bytes/index.js";
import type { ExtendedAttribute, FileInfo } from "../../fs/index.js";
import {
  type CreateRequest as KernelCreateRequest,
  type LeaseRequest,
  type Open,
  runSteps,
  type Steps,
  type StoppedOnSymlink,
  settled,
  type Volume,
} from "../../kernel/index.js";
import {
  CreateAction,
  type CreateDisposition,
  FILE_ATTRIBUTE_REPARSE_POINT,
  FILE_CREATE_TREE_CONNECTION,
  FILE_OPEN_BY_FILE_ID,
  FILE_RESERVE_OPFILTER,
  MAX_CREATE_DISPOSITION,
  NtStatus,
  VALID_CREATE_OPTIONS,
  VALID_DESIRED_ACCESS,
  VALID_FILE_ATTRIBUTES,
} from "../../nt/index.js";
import { readExtendedAttributes } from "../../wire/fscc/index.js";
import {
  AllocationSizeRequest,
  type CreateContext,
  CreateContextName,
  type CreateRequest,
  CreateResponse,
  createContextsSize,
  Dialect,
  ImpersonationLevel,
  MaximalAccessResponse,
  QueryOnDiskIdResponse,
  readCreateContexts,
  SMB2_CREATE_FLAG_REPARSEPOINT,
  symbolicLinkError,
  OplockLevel as WireOplockLevel,
  writeCreateContexts,
} from "../../wire/smb2/index.js";
import { HEADER_SIZE } from "../answer.js";
import type { Call, Outcome } from "../call.js";
import { attributesOnWire } from "../file-attributes.js";
import { type Asked, leaseAnswer, readLeaseContext } from "../lease-context.js";
import { notifyOplockBreak, oplockFromWire, oplockOnWire } from "../oplock-break.js";
import { openPipe } from "../pipes/index.js";
import { OpenPipe } from "../smb-open.js";

const ALL_SHARE_ACCESS = 0x7;

/** What only a client's own machine can do. [MS-SMB2] 2.2.13, CreateOptions */
const UNSUPPORTED_OPTIONS = FILE_CREATE_TREE_CONNECTION | FILE_RESERVE_OPFILTER;

/** [MS-SMB2] 3.3.5.9 */
export function create(call: Call, request: Read<typeof CreateRequest>): Outcome {
  return runSteps(createOpen(call, request));
}

function* createOpen(call: Call, request: Read<typeof CreateRequest>): Steps<NtStatus> {
  const { nameOffset, nameLength } = request;
  const name = call.part(nameOffset, nameLength, "CREATE Name");
  const path = backslashed(readUtf16(name, 0, nameLength));
  call.detail = path;
  call.path = path;
  const unfit = checkRequest(request, path);
  if (unfit !== NtStatus.SUCCESS) return unfit;
  const { createContextsOffset, createContextsLength } = request;
  const contexts =
    createContextsLength === 0
      ? NO_CONTEXTS
      : readCreateContexts(
          call.part(createContextsOffset, createContextsLength, "CREATE contexts"),
        );
  const session = call.validSession;
  const volume = call.validTreeConnect.share.volume;
  if (session.hasTooManyOpens) return NtStatus.INSUFFICIENT_RESOURCES;
  if (volume === undefined) return createPipe(call, path);

  const lease = readLease(call, request, contexts, volume);
  if (typeof lease === "number") return lease;
  const asked = kernelRequest(call, request, { name: path, contexts, lease: lease?.request });
  if (typeof asked === "number") return asked;
  const { caller } = session;
  if (caller === undefined) return NtStatus.USER_SESSION_DELETED;
  const created = yield* settled(volume.create(asked, caller));
  if (!created.ok) return "symbolicLink" in created ? tellSymlink(call, created) : created.status;
  const { open, createAction } = created.value;
  let isKept = false;
  try {
    const answers = contexts.length === 0 ? [] : yield* settled(answerContexts(contexts, open));
    const late = checkSession(call);
    if (late !== NtStatus.SUCCESS) return late;
    isKept = true;
    return answerOpen(call, { open, createAction, answers, lease });
  } finally {
    if (!isKept) yield* settled(open.close()); // it must not stay open for nobody
  }
}

/** Whether there is still who wants the file: the session, or the tree, may have gone meanwhile. */
function checkSession({ validSession: session, treeConnect }: Call): NtStatus {
  const isTreeThere = treeConnect !== undefined && session.treeConnects.has(treeConnect.treeId);
  if (session.isClosed || !isTreeThere) return NtStatus.NETWORK_NAME_DELETED;
  return session.hasTooManyOpens ? NtStatus.INSUFFICIENT_RESOURCES : NtStatus.SUCCESS;
}

/** The session has one more open, and its client hears of it. */
function answerOpen(
  call: Call,
  parts: {
    readonly open: Open;
    readonly createAction: CreateAction;
    readonly answers: CreateContext[];
    readonly lease: Asked | undefined;
  },
): NtStatus {
  const { open, createAction, answers, lease } = parts;
  const session = call.validSession;
  const smbOpen = call.connection.server.addOpen(session, call.validTreeConnect, open);
  call.chain.open = smbOpen;
  open.onOplockBreak((level) => {
    notifyOplockBreak(session, smbOpen, level);
  });
  const leased = lease && open.lease && leaseAnswer(open.lease, lease);
  if (leased !== undefined) answers.push(leased);
  const response = respond(call, answers);
  response.createAction = createAction;
  response.oplockLevel =
    leased === undefined ? oplockOnWire(open.oplockLevel) : WireOplockLevel.LEASE;
  fillInfo(response, open.createInfo);
  if ((open.createInfo.fileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) !== 0) {
    response.flags = reparsePointFlag(call);
  }
  response.persistentFileId = BigInt(smbOpen.fileId);
  response.volatileFileId = BigInt(smbOpen.fileId);
  return NtStatus.SUCCESS;
}

/** The client follows the link, or does not. [MS-SMB2] 2.2.2.2.1 */
function tellSymlink(
  call: Call,
  { status, symbolicLink, unparsedUnits }: StoppedOnSymlink,
): NtStatus {
  call.respondErrorData(symbolicLinkError(symbolicLink, unparsedUnits));
  return status;
}

function reparsePointFlag({ connection }: Call): number {
  const { dialect } = connection;
  return dialect !== undefined && dialect >= Dialect.SMB_3_0 ? SMB2_CREATE_FLAG_REPARSEPOINT : 0;
}

/** No file's name has a `/`; clients of other systems send it between names, and Samba takes it so. */
function backslashed(path: string): string {
  return path.includes("/") ? path.replaceAll("/", "\\") : path;
}

const NO_CONTEXTS: readonly CreateContext[] = [];

/** What can be refused by the request alone. [MS-SMB2] 3.3.5.9, [MS-FSA] 2.1.5.1, phase 1 */
function checkRequest(request: Read<typeof CreateRequest>, path: string): NtStatus {
  if (request.nameLength % 2 !== 0) return NtStatus.INVALID_PARAMETER;
  const isById = (request.createOptions & FILE_OPEN_BY_FILE_ID) !== 0;
  if (path.startsWith("\\") && !isById) return NtStatus.INVALID_PARAMETER;
  if (request.impersonationLevel > ImpersonationLevel.DELEGATE) {
    return NtStatus.BAD_IMPERSONATION_LEVEL;
  }
  if (request.createDisposition > MAX_CREATE_DISPOSITION) return NtStatus.INVALID_PARAMETER;
  if ((request.shareAccess & ~ALL_SHARE_ACCESS) !== 0) return NtStatus.INVALID_PARAMETER;
  if (request.desiredAccess === 0) return NtStatus.ACCESS_DENIED;
  if ((request.desiredAccess & ~VALID_DESIRED_ACCESS) !== 0) return NtStatus.ACCESS_DENIED;
  if ((request.createOptions & ~VALID_CREATE_OPTIONS) !== 0) return NtStatus.INVALID_PARAMETER;
  if ((request.createOptions & UNSUPPORTED_OPTIONS) !== 0) return NtStatus.NOT_SUPPORTED;
  if ((request.fileAttributes & ~VALID_FILE_ATTRIBUTES) !== 0) return NtStatus.INVALID_PARAMETER;
  return NtStatus.SUCCESS;
}

/** The lease that is asked for, where the oplock level says that one is. [MS-SMB2] 3.3.5.9 */
function readLease(
  call: Call,
  { requestedOplockLevel }: Read<typeof CreateRequest>,
  contexts: readonly CreateContext[],
  volume: Volume,
): ReturnType<typeof readLeaseContext> {
  if (requestedOplockLevel !== WireOplockLevel.LEASE) return undefined;
  const data = find(contexts, CreateContextName.LEASE);
  return data && readLeaseContext(call, volume, data);
}

/** The request as the kernel takes it. */
function kernelRequest(
  call: Call,
  request: Read<typeof CreateRequest>,
  parts: {
    readonly name: string;
    readonly contexts: readonly CreateContext[];
    readonly lease: LeaseRequest | undefined;
  },
): KernelCreateRequest | NtStatus {
  const { name, contexts, lease } = parts;
  const { desiredAccess, fileAttributes, shareAccess, createOptions } = request;
  const { nameOffset, nameLength } = request;
  // A snapshot, and there are none. [MS-SMB2] 3.3.5.9.6
  if (find(contexts, CreateContextName.TIMEWARP_TOKEN) !== undefined) {
    return NtStatus.OBJECT_NAME_NOT_FOUND;
  }
  const allocation = find(contexts, CreateContextName.ALLOCATION_SIZE);
  const security = find(contexts, CreateContextName.SECURITY_DESCRIPTOR);
  const isById = (createOptions & FILE_OPEN_BY_FILE_ID) !== 0;
  return {
    name,
    ...(isById && { fileId: fileIdOf(call.part(nameOffset, nameLength, "CREATE FileId")) }),
    desiredAccess,
    fileAttributes,
    shareAccess,
    createDisposition: request.createDisposition as CreateDisposition,
    createOptions,
    allocationSize:
      allocation === undefined ? 0 : AllocationSizeRequest.read(allocation, 0).allocationSize,
    securityDescriptor: security && Uint8Array.from(bytesOf(security)),
    oplockLevel: oplockFromWire(request.requestedOplockLevel),
    lease,
    onWait: (cancel) => {
      call.wait(cancel);
    },
    extendedAttributes: extendedAttributes(find(contexts, CreateContextName.EXTENDED_ATTRIBUTES)),
    view: call.validTreeConnect.share.view,
  };
}

/** The file that a name of 8 or 16 bytes means; there are no ids past 64 bits. [MS-FSCC] 2.1.9, 2.1.10 */
function fileIdOf(view: DataView): bigint | undefined {
  const isLong = view.byteLength === 16;
  if (!isLong && view.byteLength !== 8) return undefined;
  if (isLong && view.getBigUint64(8, true) !== 0n) return undefined;
  return view.getBigUint64(0, true);
}

function extendedAttributes(data: DataView | undefined): ExtendedAttribute[] | undefined {
  if (data === undefined || data.byteLength === 0) return undefined;
  return readExtendedAttributes(data);
}

function find(contexts: readonly CreateContext[], name: CreateContextName): DataView | undefined {
  return contexts.find((context) => context.name === name)?.data;
}

/** Contexts that a client gets something for; the rest are passed over. [MS-SMB2] 3.3.5.9 */
async function answerContexts(
  contexts: readonly CreateContext[],
  open: Open,
): Promise<CreateContext[]> {
  const answers: CreateContext[] = [];
  if (find(contexts, CreateContextName.MAXIMAL_ACCESS) !== undefined) {
    const maximum = await open.getMaximumAccess();
    const { window, data } = newData(MaximalAccessResponse);
    window.queryStatus = maximum.ok ? NtStatus.SUCCESS : maximum.status;
    window.maximalAccess = maximum.ok ? maximum.value : 0;
    answers.push({ name: CreateContextName.MAXIMAL_ACCESS, data });
  }
  if (find(contexts, CreateContextName.QUERY_ON_DISK_ID) !== undefined) {
    const { window, data } = newData(QueryOnDiskIdResponse);
    window.diskFileId = open.createInfo.fileId;
    window.volumeId = BigInt(open.volume.params.volumeSerialNumber);
    answers.push({ name: CreateContextName.QUERY_ON_DISK_ID, data });
  }
  return answers;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- any layout will do
function newData<F extends Record<string, any>>(layout: Struct<F>) {
  const data = viewOf(new Uint8Array(layout.size));
  return { data, window: layout.blank(data, 0) };
}

type Response = Values<typeof CreateResponse.fields> & Window;

function respond(call: Call, contexts: readonly CreateContext[]): Response {
  if (contexts.length === 0) return call.respond(CreateResponse);
  const size = createContextsSize(contexts);
  const response = call.respond(CreateResponse, size);
  response.createContextsOffset = HEADER_SIZE + CreateResponse.size;
  response.createContextsLength = size;
  writeCreateContexts(response.bytes, response.at + CreateResponse.size, contexts);
  return response;
}

function fillInfo(response: Response, info: FileInfo): void {
  response.creationTicks = info.creationTicks;
  response.lastAccessTicks = info.lastAccessTicks;
  response.lastWriteTicks = info.lastWriteTicks;
  response.changeTicks = info.changeTicks;
  response.allocationSize = info.allocationSize;
  response.endOfFile = info.fileSize;
  response.fileAttributes = attributesOnWire(info.fileAttributes);
}

/** A named pipe of the server. [MS-SMB2] 3.3.5.9 */
function createPipe(call: Call, name: string): NtStatus {
  const { server } = call.connection;
  const session = call.validSession;
  if (session.caller === undefined) return NtStatus.USER_SESSION_DELETED;
  const endpoint = openPipe(name, server, session.caller);
  if (endpoint === undefined) return NtStatus.OBJECT_NAME_NOT_FOUND;
  const pipe = new OpenPipe(name, endpoint);
  const open = server.addOpen(session, call.validTreeConnect, pipe);
  call.chain.open = open;
  const response = call.respond(CreateResponse);
  response.oplockLevel = WireOplockLevel.NONE;
  response.createAction = CreateAction.OPENED;
  response.fileAttributes = attributesOnWire(0);
  response.persistentFileId = BigInt(open.fileId);
  response.volatileFileId = BigInt(open.fileId);
  return NtStatus.SUCCESS;
}
