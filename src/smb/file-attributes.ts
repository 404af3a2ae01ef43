import { FILE_ATTRIBUTE_NORMAL } from "../nt/index.js";

/** A file system says 0 for a file with no attributes; on the wire that is NORMAL. [MS-FSCC] 2.6 */
export function attributesOnWire(fileAttributes: number): number {
  return fileAttributes === 0 ? FILE_ATTRIBUTE_NORMAL : fileAttributes;
}
