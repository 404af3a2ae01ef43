import { readUtf16, viewOf, WireError } from "../../bytes/index.js";
import { FileIdBothDirectoryInformation } from "../../wire/fscc/index.js";

/** One name of a directory, and some of what comes with it. */
export interface ListedFile {
  readonly name: string;
  readonly fileAttributes: number;
  /** In bytes. */
  readonly endOfFile: number;
  readonly fileId: bigint;
}

/**
 * The entries of a part of a list, as FileIdBothDirectoryInformation. [MS-FSCC] 2.4.17
 *
 * @throws WireError when they do not lie inside of `output`
 */
export function readListing(output: Uint8Array): ListedFile[] {
  const bytes = viewOf(output);
  const files: ListedFile[] = [];
  let at = 0;
  let next: number;
  do {
    const entry = FileIdBothDirectoryInformation.read(bytes, at);
    const { fileNameLength, fileAttributes, endOfFile, fileId } = entry;
    const nameAt = at + FileIdBothDirectoryInformation.size;
    if (nameAt + fileNameLength > bytes.byteLength) throw new WireError("entry: name cut short");
    files.push({
      name: readUtf16(bytes, nameAt, fileNameLength),
      fileAttributes,
      endOfFile,
      fileId,
    });
    next = entry.nextEntryOffset;
    at += next;
  } while (next !== 0);
  return files;
}
