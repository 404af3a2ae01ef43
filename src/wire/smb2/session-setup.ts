/**
 * SESSION_SETUP. [MS-SMB2] 2.2.5, 2.2.6
 *
 * @packageDocumentation
 */
import { constant, struct, u8, u16, u32, u64 } from "../../bytes/index.js";

/** [MS-SMB2] 2.2.5, Flags */
export const SMB2_SESSION_FLAG_BINDING = 0x01;

/** [MS-SMB2] 2.2.6, SessionFlags */
export const SMB2_SESSION_FLAG_IS_GUEST = 0x0001;
export const SMB2_SESSION_FLAG_IS_NULL = 0x0002;
export const SMB2_SESSION_FLAG_ENCRYPT_DATA = 0x0004;

/** [MS-SMB2] 2.2.5 */
export const SessionSetupRequest = struct("SMB2 SESSION_SETUP Request", 24, {
  structureSize: constant(u16, 25),
  flags: u8,
  securityMode: u8,
  capabilities: u32,
  channel: u32,
  securityBufferOffset: u16, // from the start of the SMB2 header
  securityBufferLength: u16,
  previousSessionId: u64,
});

/** [MS-SMB2] 2.2.6 */
export const SessionSetupResponse = struct("SMB2 SESSION_SETUP Response", 8, {
  structureSize: constant(u16, 9),
  sessionFlags: u16,
  securityBufferOffset: u16, // from the start of the SMB2 header
  securityBufferLength: u16,
});
