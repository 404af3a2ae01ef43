/**
 * What a client is told of a symbolic link in the way. [MS-SMB2] 2.2.2.2.1
 *
 * @packageDocumentation
 */
import { constant, struct, u16, u32, utf16, viewOf } from "../../bytes/index.js";
import { ReparseTag, SYMLINK_FLAG_RELATIVE, type SymbolicLink } from "../../nt/index.js";

/** "SYML" */
const SYMLINK_ERROR_TAG = 0x4c4d_5953;

/** [MS-SMB2] 2.2.2.2.1. The names follow. */
export const SymbolicLinkErrorResponse = struct("Symbolic Link Error Response", 28, {
  symLinkLength: u32, // of all that follows this field
  symLinkErrorTag: constant(u32, SYMLINK_ERROR_TAG),
  reparseTag: constant(u32, ReparseTag.SYMLINK),
  reparseDataLength: u16, // from SubstituteNameOffset to the end
  unparsedPathLength: u16, // bytes at the end of the name that was asked for, behind the link
  substituteNameOffset: u16, // from the end of the fixed part
  substituteNameLength: u16,
  printNameOffset: u16, // from the end of the fixed part
  printNameLength: u16,
  flags: u32,
});

/** Bytes of the fixed part before SubstituteNameOffset. */
const BEFORE_REPARSE_DATA = 16;

/** ErrorData of STOPPED_ON_SYMLINK. @param unparsedUnits - UTF-16 units behind the link */
export function symbolicLinkError(link: SymbolicLink, unparsedUnits: number): Uint8Array {
  const substituteName = utf16(link.substituteName);
  const printName = utf16(link.printName);
  const fixedSize = SymbolicLinkErrorResponse.size;
  const data = new Uint8Array(fixedSize + substituteName.length + printName.length);
  const error = SymbolicLinkErrorResponse.blank(viewOf(data), 0);
  error.symLinkLength = data.length - 4; // less itself
  error.reparseDataLength = data.length - BEFORE_REPARSE_DATA;
  error.unparsedPathLength = 2 * unparsedUnits;
  error.substituteNameLength = substituteName.length;
  error.printNameOffset = substituteName.length;
  error.printNameLength = printName.length;
  error.flags = link.isRelative ? SYMLINK_FLAG_RELATIVE : 0;
  data.set(substituteName, fixedSize);
  data.set(printName, fixedSize + substituteName.length);
  return data;
}
