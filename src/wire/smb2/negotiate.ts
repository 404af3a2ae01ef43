/**
 * NEGOTIATE, and the VALIDATE_NEGOTIATE_INFO that repeats it. [MS-SMB2] 2.2.3, 2.2.4
 *
 * @packageDocumentation
 */
import { constant, guid, struct, u16, u32, u64Exact, WireError } from "../../bytes/index.js";
import { MAX_DIALECTS } from "./limits.js";

/** [MS-SMB2] 2.2.3, SecurityMode */
export const SMB2_NEGOTIATE_SIGNING_ENABLED = 0x0001;
export const SMB2_NEGOTIATE_SIGNING_REQUIRED = 0x0002;

/** [MS-SMB2] 2.2.3, Capabilities */
export const SMB2_GLOBAL_CAP_DFS = 0x0000_0001;
export const SMB2_GLOBAL_CAP_LEASING = 0x0000_0002;
export const SMB2_GLOBAL_CAP_LARGE_MTU = 0x0000_0004;
export const SMB2_GLOBAL_CAP_MULTI_CHANNEL = 0x0000_0008;
export const SMB2_GLOBAL_CAP_PERSISTENT_HANDLES = 0x0000_0010;
export const SMB2_GLOBAL_CAP_DIRECTORY_LEASING = 0x0000_0020;
export const SMB2_GLOBAL_CAP_ENCRYPTION = 0x0000_0040;
export const SMB2_GLOBAL_CAP_NOTIFICATIONS = 0x0000_0080;

/** [MS-SMB2] 2.2.3 */
export const NegotiateRequest = struct("SMB2 NEGOTIATE Request", 36, {
  structureSize: constant(u16, 36),
  dialectCount: u16,
  securityMode: u16,
  reserved: u16,
  capabilities: u32,
  clientGuid: guid,
  negotiateContextOffset: u32, // from the start of the SMB2 header; only with dialect 3.1.1
  negotiateContextCount: u16,
  reserved2: u16,
});

/** [MS-SMB2] 2.2.4 */
export const NegotiateResponse = struct("SMB2 NEGOTIATE Response", 64, {
  structureSize: constant(u16, 65),
  securityMode: u16,
  dialectRevision: u16,
  negotiateContextCount: u16, // reserved below 3.1.1
  serverGuid: guid,
  capabilities: u32,
  maxTransactSize: u32,
  maxReadSize: u32,
  maxWriteSize: u32,
  systemTicks: u64Exact,
  serverStartTicks: u64Exact,
  securityBufferOffset: u16, // from the start of the SMB2 header
  securityBufferLength: u16,
  negotiateContextOffset: u32, // from the start of the SMB2 header; reserved below 3.1.1
});

/** [MS-SMB2] 2.2.31.4. The dialects follow. */
export const ValidateNegotiateInfoRequest = struct("SMB2 VALIDATE_NEGOTIATE_INFO Request", 24, {
  capabilities: u32,
  clientGuid: guid,
  securityMode: u16,
  dialectCount: u16,
});

/** [MS-SMB2] 2.2.32.6 */
export const ValidateNegotiateInfoResponse = struct("SMB2 VALIDATE_NEGOTIATE_INFO Response", 24, {
  capabilities: u32,
  serverGuid: guid,
  securityMode: u16,
  dialect: u16,
});

/**
 * The dialects that follow either request, in the client's order.
 *
 * @param at - where they begin, in bytes from the start of `bytes`
 * @param count - the request's DialectCount
 * @throws WireError when there are too many, or they do not all lie inside
 */
export function readDialects(bytes: DataView, at: number, count: number): number[] {
  if (count > MAX_DIALECTS) throw new WireError(`Dialects: ${count} of them`);
  if (at + 2 * count > bytes.byteLength) throw new WireError("Dialects: cut short");
  return Array.from({ length: count }, (_, i) => bytes.getUint16(at + 2 * i, true));
}
