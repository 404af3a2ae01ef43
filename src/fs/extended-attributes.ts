import type { ExtendedAttribute } from "./file-info.js";

const LIST_OVERHEAD = 4;
const ENTRY_OVERHEAD = 5;

/**
 * What a list of extended attributes takes where it is packed, as {@link FileInfo.eaSize} tells it: 0
 * where there are none. [MS-FSCC] 2.4.12, WinFsp 3.10
 */
export function packedEaSize(attributes: Iterable<ExtendedAttribute>): number {
  let size = 0;
  for (const { name, value } of attributes) size += ENTRY_OVERHEAD + name.length + value.length;
  return size === 0 ? 0 : LIST_OVERHEAD + size;
}
