/**
 * The list of contexts that a CREATE carries, both ways: a name and its data each.
 * [MS-SMB2] 2.2.13.2, 2.2.14.2
 *
 * @packageDocumentation
 */
import { align, bytesOf, part, struct, u16, u32, WireError } from "../../bytes/index.js";
import { MAX_CREATE_CONTEXTS } from "./limits.js";

/**
 * One context. What was read is a view of the message.
 *
 * A name of four bytes is those as Latin-1 text, as in `MxAc`; any other (a GUID) is hexadecimal.
 */
export interface CreateContext {
  readonly name: string;
  readonly data: DataView;
}

/** [MS-SMB2] 2.2.13.2, Name */
export const CreateContextName = {
  EXTENDED_ATTRIBUTES: "ExtA",
  SECURITY_DESCRIPTOR: "SecD",
  DURABLE_HANDLE_REQUEST: "DHnQ",
  DURABLE_HANDLE_RECONNECT: "DHnC",
  ALLOCATION_SIZE: "AlSi",
  MAXIMAL_ACCESS: "MxAc",
  TIMEWARP_TOKEN: "TWrp",
  QUERY_ON_DISK_ID: "QFid",
  LEASE: "RqLs",
  DURABLE_HANDLE_REQUEST_V2: "DH2Q",
  DURABLE_HANDLE_RECONNECT_V2: "DH2C",
  APPLE_EXTENSIONS: "AAPL",
  APP_INSTANCE_ID: "45bca66aefa7f74a9008fa462e144d74",
  APP_INSTANCE_VERSION: "b982d0b73b56074fa07b524a8116a010",
  SVHDX_OPEN_DEVICE: "9ccbcf9e04c1e643980e158da1f6ec83",
  POSIX: "93ad25509cb411e7b42383de968bcd7c",
} as const;
export type CreateContextName = (typeof CreateContextName)[keyof typeof CreateContextName];

/** [MS-SMB2] 2.2.13.2. All offsets count from the start of this context. */
export const CreateContextHeader = struct("SMB2 CREATE_CONTEXT", 16, {
  next: u32, // to the start of the next context; 0 in the last
  nameOffset: u16,
  nameLength: u16,
  reserved: u16,
  dataOffset: u16,
  dataLength: u32,
});

const ALIGNMENT = 8;
const SHORT_NAME_LENGTH = 4;

/**
 * The contexts of a CREATE, in the order of the message.
 *
 * @param bytes - the list alone, as CreateContextsOffset and CreateContextsLength give it
 * @throws WireError when there are too many, or one reaches outside of its place. [MS-SMB2] 3.3.5.9
 */
export function readCreateContexts(bytes: DataView): CreateContext[] {
  if (bytes.byteLength === 0) return [];
  const contexts: CreateContext[] = [];
  let at = 0;
  let next: number;
  do {
    if (contexts.length === MAX_CREATE_CONTEXTS) throw new WireError("Create contexts: too many");
    next = CreateContextHeader.read(bytes, at).next;
    if (next % ALIGNMENT !== 0) throw new WireError("SMB2 CREATE_CONTEXT: bad next");
    const length = next === 0 ? bytes.byteLength - at : next;
    const what = "SMB2 CREATE_CONTEXT";
    contexts.push(readCreateContext(part(bytes, at, { offset: 0, length, what })));
    at += next;
  } while (next !== 0);
  return contexts;
}

/** @param bytes - one context, with all that is its own */
function readCreateContext(bytes: DataView): CreateContext {
  const { nameOffset, nameLength, dataOffset, dataLength } = CreateContextHeader.read(bytes, 0);
  if (nameLength < SHORT_NAME_LENGTH) throw new WireError("SMB2 CREATE_CONTEXT: bad nameLength");
  const name = part(bytes, 0, {
    offset: nameOffset,
    length: nameLength,
    what: "SMB2 CREATE_CONTEXT Name",
  });
  const data = part(bytes, 0, {
    offset: dataOffset,
    length: dataLength,
    what: "SMB2 CREATE_CONTEXT Data",
  });
  return { name: nameOf(bytesOf(name)), data };
}

function nameOf(name: Uint8Array): string {
  const encoding = name.length === SHORT_NAME_LENGTH ? "latin1" : "hex";
  return Buffer.from(name.buffer, name.byteOffset, name.length).toString(encoding);
}

function nameBytes(name: string): Uint8Array {
  return Buffer.from(name, name.length === SHORT_NAME_LENGTH ? "latin1" : "hex");
}

/** The room that {@link writeCreateContexts} needs, in bytes. */
export function createContextsSize(contexts: readonly CreateContext[]): number {
  return contexts.reduce((size, context) => align(size, ALIGNMENT) + createContextSize(context), 0);
}

function createContextSize({ name, data }: CreateContext): number {
  return dataOffsetOf(nameBytes(name).length) + data.byteLength;
}

function dataOffsetOf(nameLength: number): number {
  return align(CreateContextHeader.size + nameLength, ALIGNMENT);
}

/**
 * Writes contexts: each begins at a multiple of 8, and nothing follows the last.
 *
 * @param at - where the first begins; a multiple of 8 from the start of the SMB2 header
 * @returns bytes written: what {@link createContextsSize} says
 */
export function writeCreateContexts(
  bytes: DataView,
  at: number,
  contexts: readonly CreateContext[],
): number {
  const size = createContextsSize(contexts);
  bytesOf(bytes).fill(0, at, at + size);
  let start = 0;
  contexts.forEach((context, i) => {
    const next = align(createContextSize(context), ALIGNMENT);
    const header = writeCreateContext(bytes, at + start, context);
    header.next = i === contexts.length - 1 ? 0 : next;
    start += next;
  });
  return size;
}

function writeCreateContext(bytes: DataView, at: number, { name, data }: CreateContext) {
  const nameOnWire = nameBytes(name);
  const header = CreateContextHeader.blank(bytes, at);
  header.nameOffset = CreateContextHeader.size;
  header.nameLength = nameOnWire.length;
  header.dataOffset = dataOffsetOf(nameOnWire.length);
  header.dataLength = data.byteLength;
  bytesOf(bytes).set(nameOnWire, at + header.nameOffset);
  bytesOf(bytes).set(bytesOf(data), at + header.dataOffset);
  return header;
}
