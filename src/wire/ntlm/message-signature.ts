import { bytes, constant, struct, u32 } from "../../bytes/index.js";

/** NTLMSSP_MESSAGE_SIGNATURE with extended session security. [MS-NLMP] 2.2.2.9.2 */
export const MessageSignature = struct("NTLMSSP_MESSAGE_SIGNATURE", 16, {
  version: constant(u32, 1),
  checksum: bytes(8),
  seqNum: u32,
});
