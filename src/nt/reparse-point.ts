/**
 * Reparse points: names that stand for something else. [MS-FSCC] 2.1.2
 *
 * @packageDocumentation
 */
import {
  bytes,
  constant,
  readUtf16,
  struct,
  u16,
  u32,
  utf16,
  viewOf,
  WireError,
} from "../bytes/index.js";
import { MAX_REPARSE_DATA_SIZE } from "./limits.js";
import { NtStatus } from "./status.js";

/** What a reparse point is; there are more. [MS-FSCC] 2.1.2.1 */
export const ReparseTag = {
  MOUNT_POINT: 0xa000_0003,
  SYMLINK: 0xa000_000c,
  NFS: 0x8000_0014,
} as const;

/** Tags that nobody may set. [MS-FSCC] 2.1.2.1 */
const RESERVED_TAGS: readonly number[] = [0, 1];

/** A tag of Microsoft's; others come with the GUID of who uses them. [MS-FSCC] 2.1.2.1 */
const MICROSOFT_TAG = 0x8000_0000;

/** [MS-FSCC] 2.1.2.2. The data follows. */
const ReparseDataBuffer = struct("REPARSE_DATA_BUFFER", 8, {
  reparseTag: u32,
  reparseDataLength: u16,
  reserved: u16,
});

/** [MS-FSCC] 2.1.2.3. The data follows. */
const ReparseGuidDataBuffer = struct("REPARSE_GUID_DATA_BUFFER", 24, {
  ...ReparseDataBuffer.fields,
  reparseGuid: bytes(16),
});

/** Who a reparse point is of. */
export interface ReparsePoint {
  readonly tag: number;
  /** Undefined for a tag of Microsoft's. */
  readonly guid: Uint8Array | undefined;
}

/**
 * Reads what every reparse point begins with.
 *
 * @param data - whole, as SET_REPARSE_POINT has it
 * @returns IO_REPARSE_DATA_INVALID where its length is not what it says; IO_REPARSE_TAG_INVALID
 */
export function readReparsePoint(data: Uint8Array): ReparsePoint | NtStatus {
  if (data.length < ReparseDataBuffer.size || data.length > MAX_REPARSE_DATA_SIZE) {
    return NtStatus.IO_REPARSE_DATA_INVALID;
  }
  const { reparseTag: tag, reparseDataLength } = ReparseDataBuffer.at(viewOf(data), 0);
  if (RESERVED_TAGS.includes(tag)) return NtStatus.IO_REPARSE_TAG_INVALID;
  const isMicrosoft = tag >= MICROSOFT_TAG;
  const header = isMicrosoft ? ReparseDataBuffer : ReparseGuidDataBuffer;
  if (data.length !== header.size + reparseDataLength) return NtStatus.IO_REPARSE_DATA_INVALID;
  if (isMicrosoft) return { tag, guid: undefined };
  const { reparseGuid } = ReparseGuidDataBuffer.at(viewOf(data), 0);
  return { tag, guid: reparseGuid };
}

/** Whether one reparse point may take the place of another, or remove it. [MS-FSA] 2.1.5.10 */
export function checkReparsePoints(old: ReparsePoint, other: ReparsePoint): NtStatus {
  if (old.tag !== other.tag) return NtStatus.IO_REPARSE_TAG_MISMATCH;
  if (old.guid === undefined || other.guid === undefined) return NtStatus.SUCCESS;
  const isSame = Buffer.compare(old.guid, other.guid) === 0;
  return isSame ? NtStatus.SUCCESS : NtStatus.REPARSE_ATTRIBUTE_CONFLICT;
}

/** Where a symbolic link leads. [MS-FSCC] 2.1.2.4 */
export interface SymbolicLink {
  /** `\` between names; from the link's directory, or from the root of all names. */
  readonly substituteName: string;
  /** What people are shown. */
  readonly printName: string;
  readonly isRelative: boolean;
}

/** [MS-FSCC] 2.1.2.4. The names follow. */
const SymbolicLinkReparseData = struct("SYMBOLIC_LINK_REPARSE_DATA_BUFFER", 20, {
  ...ReparseDataBuffer.fields,
  reparseTag: constant(u32, ReparseTag.SYMLINK),
  substituteNameOffset: u16, // from the end of this
  substituteNameLength: u16,
  printNameOffset: u16, // from the end of this
  printNameLength: u16,
  flags: u32,
});

/** [MS-FSCC] 2.1.2.4, [MS-SMB2] 2.2.2.2.1, Flags */
export const SYMLINK_FLAG_RELATIVE = 0x0000_0001;

/** Reads a symbolic link; undefined where it is none, or broken. */
export function readSymbolicLink(data: Uint8Array): SymbolicLink | undefined {
  const view = viewOf(data);
  try {
    const header = SymbolicLinkReparseData.read(view, 0);
    const name = (offset: number, length: number) => {
      const at = SymbolicLinkReparseData.size + offset;
      if (at + length > data.length)
        throw new WireError("a name of a symbolic link: outside of it");
      return readUtf16(view, at, length);
    };
    const substituteName = name(header.substituteNameOffset, header.substituteNameLength);
    if (substituteName === "") return undefined;
    return {
      substituteName,
      printName: name(header.printNameOffset, header.printNameLength),
      isRelative: (header.flags & SYMLINK_FLAG_RELATIVE) !== 0,
    };
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

/**
 * A symbolic link as reparse data.
 *
 * @throws RangeError where the names are too long together
 */
export function writeSymbolicLink(link: SymbolicLink): Uint8Array {
  const substituteName = utf16(link.substituteName);
  const printName = utf16(link.printName);
  const size = SymbolicLinkReparseData.size + substituteName.length + printName.length;
  if (size > MAX_REPARSE_DATA_SIZE) throw new RangeError("a symbolic link with names too long");
  const data = new Uint8Array(size);
  const header = SymbolicLinkReparseData.blank(viewOf(data), 0);
  header.reparseDataLength = size - ReparseDataBuffer.size;
  header.substituteNameLength = substituteName.length;
  header.printNameOffset = substituteName.length;
  header.printNameLength = printName.length;
  header.flags = link.isRelative ? SYMLINK_FLAG_RELATIVE : 0;
  data.set(substituteName, SymbolicLinkReparseData.size);
  data.set(printName, SymbolicLinkReparseData.size + substituteName.length);
  return data;
}
