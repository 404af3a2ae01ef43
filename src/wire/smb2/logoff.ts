/**
 * LOGOFF. [MS-SMB2] 2.2.7, 2.2.8
 *
 * @packageDocumentation
 */
import { constant, struct, u16 } from "../../bytes/index.js";

/** [MS-SMB2] 2.2.7 */
export const LogoffRequest = struct("SMB2 LOGOFF Request", 4, {
  structureSize: constant(u16, 4),
  reserved: u16,
});

/** [MS-SMB2] 2.2.8 */
export const LogoffResponse = struct("SMB2 LOGOFF Response", 4, {
  structureSize: constant(u16, 4),
  reserved: u16,
});
