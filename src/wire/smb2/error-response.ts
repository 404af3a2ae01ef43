/**
 * What a refused request is answered with. [MS-SMB2] 2.2.2
 *
 * @packageDocumentation
 */
import { constant, struct, u8, u16, u32 } from "../../bytes/index.js";

/**
 * [MS-SMB2] 2.2.2. ErrorData follows; where ByteCount is 0, one byte of zero does, for StructureSize
 * counts it and clients look for it.
 */
export const ErrorResponse = struct("SMB2 ERROR Response", 8, {
  structureSize: constant(u16, 9),
  errorContextCount: u8, // reserved below 3.1.1
  reserved: u8,
  byteCount: u32,
});

/** [MS-SMB2] 2.2.2.1: what each error of a 3.1.1 answer begins with */
export const ErrorContext = struct("SMB2 ERROR Context", 8, {
  errorDataLength: u32,
  errorId: u32,
});
