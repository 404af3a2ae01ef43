/**
 * TREE_DISCONNECT. [MS-SMB2] 2.2.11, 2.2.12
 *
 * @packageDocumentation
 */
import { constant, struct, u16 } from "../../bytes/index.js";

/** [MS-SMB2] 2.2.11 */
export const TreeDisconnectRequest = struct("SMB2 TREE_DISCONNECT Request", 4, {
  structureSize: constant(u16, 4),
  reserved: u16,
});

/** [MS-SMB2] 2.2.12 */
export const TreeDisconnectResponse = struct("SMB2 TREE_DISCONNECT Response", 4, {
  structureSize: constant(u16, 4),
  reserved: u16,
});
