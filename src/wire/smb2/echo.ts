/**
 * ECHO. [MS-SMB2] 2.2.28, 2.2.29
 *
 * @packageDocumentation
 */
import { constant, struct, u16 } from "../../bytes/index.js";

/** [MS-SMB2] 2.2.28 */
export const EchoRequest = struct("SMB2 ECHO Request", 4, {
  structureSize: constant(u16, 4),
  reserved: u16,
});

/** [MS-SMB2] 2.2.29 */
export const EchoResponse = struct("SMB2 ECHO Response", 4, {
  structureSize: constant(u16, 4),
  reserved: u16,
});
