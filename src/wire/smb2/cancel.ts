/**
 * CANCEL, which has no response. [MS-SMB2] 2.2.30
 *
 * @packageDocumentation
 */
import { constant, struct, u16 } from "../../bytes/index.js";

/** [MS-SMB2] 2.2.30 */
export const CancelRequest = struct("SMB2 CANCEL Request", 4, {
  structureSize: constant(u16, 4),
  reserved: u16,
});
