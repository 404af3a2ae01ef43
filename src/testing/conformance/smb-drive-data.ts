/**
 * The lists that an SMB client sends and gets: create contexts, changes, streams, links, ranges; and ids.
 *
 * @packageDocumentation
 */
import { align, part, readUtf16, viewOf } from "../../bytes/index.js";
import type {
  AllocatedRange,
  ChangeAction,
  ExtendedAttribute,
  LinkInfo,
  StreamInfo,
} from "../../fs/index.js";
import {
  EA_ENTRY_ALIGNMENT,
  extendedAttributeSize,
  FileAllocatedRangeBuffer,
  FileLinkEntryInformation,
  FileLinksInformation,
  FileNotifyInformation,
  FileStreamInformation,
  linkEntry,
  writeExtendedAttribute,
} from "../../wire/fscc/index.js";
import {
  AllocationSizeRequest,
  type CreateContext,
  CreateContextName,
} from "../../wire/smb2/index.js";
import type { HeardChange, OpenRequest } from "./drive.js";

/** What a CREATE carries besides its fields. */
export function contextsOf(request: OpenRequest): CreateContext[] {
  const { allocationSize = 0, securityDescriptor, extendedAttributes } = request;
  const contexts: CreateContext[] = [];
  if (allocationSize > 0) {
    const data = new DataView(new ArrayBuffer(AllocationSizeRequest.size));
    AllocationSizeRequest.blank(data, 0).allocationSize = allocationSize;
    contexts.push({ name: CreateContextName.ALLOCATION_SIZE, data });
  }
  if (securityDescriptor !== undefined) {
    const data = viewOf(securityDescriptor);
    contexts.push({ name: CreateContextName.SECURITY_DESCRIPTOR, data });
  }
  if (extendedAttributes !== undefined) {
    const data = viewOf(eaList(extendedAttributes));
    contexts.push({ name: CreateContextName.EXTENDED_ATTRIBUTES, data });
  }
  return contexts;
}

/** [MS-FSCC] 2.4.16 */
export function eaList(attributes: readonly ExtendedAttribute[]): Uint8Array {
  const room = attributes.reduce(
    (sum, each) => sum + align(extendedAttributeSize(each), EA_ENTRY_ALIGNMENT),
    0,
  );
  const list = new Uint8Array(room);
  const view = viewOf(list);
  let length = 0;
  let previousAt = -1;
  for (const each of attributes) {
    const at = align(length, EA_ENTRY_ALIGNMENT);
    length = at + writeExtendedAttribute(view, at, each);
    if (previousAt >= 0) linkEntry(view, previousAt, at);
    previousAt = at;
  }
  return list.subarray(0, length);
}

/** [MS-FSCC] 2.7.1 */
export function readChanges(bytes: DataView): HeardChange[] {
  return entriesOf(bytes, FileNotifyInformation, (entry, at) => ({
    action: entry.action as ChangeAction, // an unknown one fails the case that compares it
    name: textAt(bytes, at + FileNotifyInformation.size, entry.fileNameLength),
  }));
}

/** [MS-FSCC] 2.4.43 */
export function readStreams(bytes: DataView): StreamInfo[] {
  return entriesOf(bytes, FileStreamInformation, (entry, at) => {
    const fullName = textAt(bytes, at + FileStreamInformation.size, entry.streamNameLength);
    return {
      name: fullName.replace(/^:(.*):\$DATA$/, "$1"),
      streamSize: entry.streamSize,
      allocationSize: entry.streamAllocationSize,
    };
  });
}

/** [MS-FSCC] 2.4.19 */
export function readLinks(bytes: DataView): LinkInfo[] {
  const { entriesReturned } = FileLinksInformation.read(bytes, 0);
  const listed = part(bytes, 0, {
    offset: FileLinksInformation.size,
    length: bytes.byteLength - FileLinksInformation.size,
    what: "FILE_LINKS_INFORMATION",
  });
  const links = entriesOf(listed, FileLinkEntryInformation, (entry, at) => ({
    directoryFileId: entry.parentFileId,
    name: textAt(listed, at + FileLinkEntryInformation.size, 2 * entry.fileNameLength),
  }));
  return links.slice(0, entriesReturned);
}

/** [MS-FSCC] 2.3 */
export function readRanges(bytes: DataView): AllocatedRange[] {
  const { size } = FileAllocatedRangeBuffer;
  return Array.from({ length: bytes.byteLength / size }, (_, i) => {
    const { fileOffset, length } = FileAllocatedRangeBuffer.read(bytes, i * size);
    return { offset: Number(fileOffset), length: Number(length) };
  });
}

/** A file's id as the name of a CREATE: its 8 bytes as if they were UTF-16. [MS-SMB2] 3.3.5.9 */
export function nameOfId(fileId: bigint): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(fileId);
  return bytes.toString("utf16le");
}

/** @param length - in bytes */
export function textAt(bytes: DataView, at: number, length: number): string {
  return readUtf16(part(bytes, at, { offset: 0, length, what: "a name" }), 0, length);
}

function entriesOf<E extends { readonly nextEntryOffset: number }, T>(
  bytes: DataView,
  layout: { read(bytes: DataView, at: number): E },
  take: (entry: E, at: number) => T,
): T[] {
  const found: T[] = [];
  if (bytes.byteLength === 0) return found;
  let at = 0;
  let next: number;
  do {
    const entry = layout.read(bytes, at);
    found.push(take(entry, at));
    next = entry.nextEntryOffset;
    at += next;
  } while (next !== 0);
  return found;
}
