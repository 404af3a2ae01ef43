/**
 * The SMB1 NEGOTIATE that may open a connection: only its list of dialects matters.
 * [MS-SMB2] 3.3.5.3.1, [MS-CIFS] 2.2.3.1, 2.2.4.52.1
 *
 * @packageDocumentation
 */
import { bytes, constant, part, struct, u8, u16, u32, WireError } from "../../bytes/index.js";
import { MAX_SMB1_DIALECTS } from "./limits.js";

/** The ProtocolId of an SMB1 message: 0xFF, "SMB". */
export const SMB1_PROTOCOL_ID = 0x424d_53ff;

/** The dialects that lead to SMB2. [MS-SMB2] 3.3.5.3.1, 3.3.5.3.2 */
export const SMB1_DIALECT_2_002 = "SMB 2.002";
export const SMB1_DIALECT_WILDCARD = "SMB 2.???";

/** [MS-CIFS] 2.2.3.1, and the counts of 2.2.4.52.1. The dialects follow. */
export const Smb1NegotiateRequest = struct("SMB1 NEGOTIATE Request", 35, {
  protocolId: constant(u32, SMB1_PROTOCOL_ID),
  command: constant(u8, 0x72),
  status: u32,
  flags: u8,
  flags2: u16,
  processIdHigh: u16,
  securityFeatures: bytes(8),
  reserved: u16,
  treeId: u16,
  processIdLow: u16,
  userId: u16,
  multiplexId: u16,
  wordCount: constant(u8, 0),
  byteCount: u16,
});

/** BufferFormat of a dialect: a string that ends with NUL follows. */
const DIALECT_STRING = 0x02;

/**
 * The dialects that an SMB1 NEGOTIATE lists, in its order.
 *
 * @param bytes - the message, from its SMB1 header on
 * @throws WireError when it is not such a message, or a broken one
 */
export function readSmb1Dialects(bytes: DataView): string[] {
  const { byteCount } = Smb1NegotiateRequest.read(bytes, 0);
  const what = "SMB1 NEGOTIATE Dialects";
  const list = part(bytes, Smb1NegotiateRequest.size, { offset: 0, length: byteCount, what });
  const dialects: string[] = [];
  for (let at = 0; at < list.byteLength; ) {
    if (dialects.length === MAX_SMB1_DIALECTS) throw new WireError(`${what}: too many`);
    if (list.getUint8(at) !== DIALECT_STRING) throw new WireError(`${what}: bad BufferFormat`);
    const dialect = readZeroTerminated(list, at + 1, what);
    dialects.push(dialect);
    at += 1 + dialect.length + 1;
  }
  return dialects;
}

function readZeroTerminated(list: DataView, at: number, what: string): string {
  let text = "";
  for (let i = at; i < list.byteLength; i++) {
    const unit = list.getUint8(i);
    if (unit === 0) return text;
    text += String.fromCharCode(unit);
  }
  throw new WireError(`${what}: no end`);
}
