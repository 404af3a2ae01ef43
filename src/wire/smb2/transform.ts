/**
 * What an encrypted message begins with. [MS-SMB2] 2.2.41
 *
 * @packageDocumentation
 */
import { bytes, constant, struct, u16, u32, u64 } from "../../bytes/index.js";

/** The ProtocolId of an encrypted message: 0xFD, "SMB". */
export const TRANSFORM_PROTOCOL_ID = 0x424d_53fd;

/** In 3.1.1: the message is encrypted. In 3.0 and 3.0.2 the same bit is EncryptionAlgorithm 1. */
export const SMB2_TRANSFORM_FLAG_ENCRYPTED = 0x0001;

/** Where the part of the header that is authenticated begins: with the nonce. */
export const TRANSFORM_AUTHENTICATED_FROM = 20;

/** [MS-SMB2] 2.2.41 */
export const TransformHeader = struct("SMB2 TRANSFORM_HEADER", 52, {
  protocolId: constant(u32, TRANSFORM_PROTOCOL_ID),
  signature: bytes(16),
  nonce: bytes(16), // CCM uses the first 11 bytes of it, GCM the first 12
  originalMessageSize: u32,
  reserved: u16,
  flags: u16,
  sessionId: u64,
});
