/**
 * Lists of extended attributes, and of their names. [MS-FSCC] 2.4.15
 *
 * @packageDocumentation
 */
import { align, bytesOf, part, struct, u8, u16, u32, WireError } from "../../bytes/index.js";
import { MAX_EXTENDED_ATTRIBUTES } from "./limits.js";
import { clearGap } from "./linked-entries.js";

/** [MS-FSCC] 2.4.15, Flags */
export const FILE_NEED_EA = 0x80;

/** Every entry but the first begins at a multiple of it, in bytes from the first. */
export const EA_ENTRY_ALIGNMENT = 4;

/** [MS-FSCC] 2.4.15. The name, a NUL, and the value follow. */
export const FileFullEaInformation = struct("FileFullEaInformation", 8, {
  nextEntryOffset: u32,
  flags: u8,
  eaNameLength: u8, // without the NUL
  eaValueLength: u16,
});

/** [MS-FSCC] 2.4.15.1. The name and a NUL follow. */
export const FileGetEaInformation = struct("FileGetEaInformation", 5, {
  nextEntryOffset: u32,
  eaNameLength: u8, // without the NUL
});

/** One extended attribute. What was read has a value that is a view of the message. */
export interface ExtendedAttributeEntry {
  readonly name: string;
  readonly value: Uint8Array;
  /** FILE_NEED_EA */
  readonly isNeeded: boolean;
}

/** The names are of single bytes; Latin-1 keeps each. */
const NAME_ENCODING = "latin1";

/**
 * The attributes of a list, in its order.
 *
 * @param bytes - the list alone
 * @throws WireError when there are too many, or one reaches outside of its place
 */
export function readExtendedAttributes(bytes: DataView): ExtendedAttributeEntry[] {
  return readLinked(bytes, FileFullEaInformation, (entry) => {
    const { flags, eaNameLength, eaValueLength } = FileFullEaInformation.read(entry, 0);
    const nameAt = FileFullEaInformation.size;
    const name = readName(entry, nameAt, eaNameLength);
    const value = part(entry, nameAt + eaNameLength + 1, {
      offset: 0,
      length: eaValueLength,
      what: "FileFullEaInformation EaValue",
    });
    return { name, value: bytesOf(value), isNeeded: (flags & FILE_NEED_EA) !== 0 };
  });
}

/**
 * The names of a list that asks for attributes, in its order.
 *
 * @param bytes - the list alone
 * @throws WireError when there are too many, or one reaches outside of its place
 */
export function readExtendedAttributeNames(bytes: DataView): string[] {
  return readLinked(bytes, FileGetEaInformation, (entry) => {
    const { eaNameLength } = FileGetEaInformation.read(entry, 0);
    return readName(entry, FileGetEaInformation.size, eaNameLength);
  });
}

/**
 * Writes one attribute, not yet linked to from the one before it: see `linkEntry`.
 *
 * @param at - where it begins: a multiple of {@link EA_ENTRY_ALIGNMENT} from the first entry
 * @returns its length in bytes, or 0 where it does not fit in, and nothing was written
 */
export function writeExtendedAttribute(
  bytes: DataView,
  at: number,
  { name, value, isNeeded }: ExtendedAttributeEntry,
): number {
  const size = extendedAttributeSize({ name, value });
  if (at + size > bytes.byteLength) return 0;
  const entry = FileFullEaInformation.blank(bytes, at);
  entry.flags = isNeeded ? FILE_NEED_EA : 0;
  entry.eaNameLength = name.length;
  entry.eaValueLength = value.length;
  const nameAt = at + FileFullEaInformation.size;
  const valueAt = nameAt + name.length + 1;
  const target = bytesOf(bytes);
  target.set(Buffer.from(`${name}\0`, NAME_ENCODING), nameAt);
  target.set(value, valueAt);
  clearGap(bytes, at + size, at + align(size, EA_ENTRY_ALIGNMENT));
  return size;
}

/** The length of one entry, in bytes, without what aligns the next. */
export function extendedAttributeSize({
  name,
  value,
}: Pick<ExtendedAttributeEntry, "name" | "value">): number {
  return FileFullEaInformation.size + name.length + 1 + value.length;
}

/** The entries of a list, each from where it begins to where the next does. */
function readLinked<T>(
  bytes: DataView,
  layout: {
    readonly name: string;
    readonly size: number;
    read(bytes: DataView, at: number): { readonly nextEntryOffset: number };
  },
  readEntry: (entry: DataView) => T,
): T[] {
  if (bytes.byteLength === 0) return [];
  const entries: T[] = [];
  let at = 0;
  let next: number;
  do {
    if (entries.length === MAX_EXTENDED_ATTRIBUTES) throw new WireError(`${layout.name}: too many`);
    next = layout.read(bytes, at).nextEntryOffset;
    if (next % EA_ENTRY_ALIGNMENT !== 0) throw new WireError(`${layout.name}: bad nextEntryOffset`);
    const length = next === 0 ? bytes.byteLength - at : next;
    entries.push(readEntry(part(bytes, at, { offset: 0, length, what: layout.name })));
    at += next;
  } while (next !== 0);
  return entries;
}

function readName(entry: DataView, at: number, length: number): string {
  const what = "Extended attribute name";
  const name = bytesOf(part(entry, at, { offset: 0, length: length + 1, what }));
  if (name[length] !== 0) throw new WireError(`${what}: no end`);
  return Buffer.from(name.buffer, name.byteOffset, length).toString(NAME_ENCODING);
}
