/**
 * FLUSH. [MS-SMB2] 2.2.17, 2.2.18
 *
 * @packageDocumentation
 */
import { constant, struct, u16, u32, u64Exact } from "../../bytes/index.js";

/** [MS-SMB2] 2.2.17 */
export const FlushRequest = struct("SMB2 FLUSH Request", 24, {
  structureSize: constant(u16, 24),
  reserved1: u16, // 0xFFFF from macOS: as far as the medium itself (F_FULLFSYNC)
  reserved2: u32,
  persistentFileId: u64Exact,
  volatileFileId: u64Exact,
});

/** [MS-SMB2] 2.2.18 */
export const FlushResponse = struct("SMB2 FLUSH Response", 4, {
  structureSize: constant(u16, 4),
  reserved: u16,
});
