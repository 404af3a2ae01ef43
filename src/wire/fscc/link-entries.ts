/**
 * The names of a file. [MS-FSCC] 2.4.19
 *
 * @packageDocumentation
 */
import { align, struct, u32, u64Exact, writeUtf16 } from "../../bytes/index.js";
import { clearGap, linkEntry } from "./linked-entries.js";

/** FileHardLinkInformation. The entries follow. [MS-FSCC] 2.4.19 */
export const FileLinksInformation = struct("FILE_LINKS_INFORMATION", 8, {
  bytesNeeded: u32,
  entriesReturned: u32,
});

/** [MS-FSCC] 2.4.19.1. The name follows; its length counts UTF-16 units, not bytes. */
export const FileLinkEntryInformation = struct("FILE_LINK_ENTRY_INFORMATION", 20, {
  nextEntryOffset: u32,
  reserved: u32,
  parentFileId: u64Exact,
  fileNameLength: u32,
});

/** Bytes of an entry before its name. */
export const LINK_ENTRY_SIZE = FileLinkEntryInformation.size;

/** Every entry begins at a multiple of it, in bytes from the start of the answer. */
const LINK_ENTRY_ALIGNMENT = 8;

/**
 * Writes entries behind the fixed part, each linked to the next, as many as there is room for.
 *
 * @returns how many
 */
export function writeLinkEntries(
  bytes: DataView,
  links: readonly { readonly directoryFileId: bigint; readonly name: string }[],
): number {
  let at = FileLinksInformation.size;
  let previousAt = -1;
  let count = 0;
  for (const { directoryFileId, name } of links) {
    const end = at + LINK_ENTRY_SIZE + 2 * name.length;
    if (end > bytes.byteLength) break;
    const entry = FileLinkEntryInformation.blank(bytes, at);
    entry.parentFileId = directoryFileId;
    entry.fileNameLength = name.length;
    writeUtf16(bytes, at + LINK_ENTRY_SIZE, name);
    if (previousAt >= 0) linkEntry(bytes, previousAt, at);
    previousAt = at;
    at = align(end, LINK_ENTRY_ALIGNMENT);
    clearGap(bytes, end, at);
    count++;
  }
  return count;
}
