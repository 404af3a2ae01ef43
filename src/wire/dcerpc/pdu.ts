/**
 * The messages of connection-oriented DCE/RPC, version 5: their header, and the calls. [C706] 12.6
 *
 * @packageDocumentation
 */
import { bytesOf, guid, struct, u8, u16, u32, viewOf } from "../../bytes/index.js";

/** [C706] 12.6.3.1, PTYPE; AUTH3 in [MS-RPCE] 2.2.2.1 */
export const PduType = {
  REQUEST: 0,
  RESPONSE: 2,
  FAULT: 3,
  BIND: 11,
  BIND_ACK: 12,
  BIND_NAK: 13,
  ALTER_CONTEXT: 14,
  ALTER_CONTEXT_RESP: 15,
  AUTH3: 16,
  CO_CANCEL: 18,
  ORPHANED: 19,
} as const;
export type PduType = (typeof PduType)[keyof typeof PduType];

/** [C706] 12.6.3.1, pfc_flags */
export const PfcFlags = {
  FIRST_FRAG: 0x01,
  LAST_FRAG: 0x02,
  DID_NOT_EXECUTE: 0x20,
  OBJECT_UUID: 0x80,
} as const;

/** The version of the protocol. [C706] 12.6.3.1 */
export const RPC_VERSION = 5;

/** packed_drep: little-endian, ASCII, IEEE. [C706] 14.2 */
export const LITTLE_ENDIAN_DREP = 0x10;

/** What all messages begin with. [C706] 12.6.3.1 */
export const PduHeader = struct("DCE/RPC header", 16, {
  rpcVers: u8,
  rpcVersMinor: u8,
  ptype: u8,
  pfcFlags: u8,
  packedDrep: u32, // its first byte tells byte order and character set
  fragLength: u16, // of the whole message
  authLength: u16,
  callId: u32,
});

/** [C706] 12.6.4.9; the object, where the flags announce it, follows */
export const RequestFields = struct("DCE/RPC request", 8, {
  allocHint: u32,
  contId: u16,
  opnum: u16,
});

/** The object of a call. [C706] 12.6.4.9 */
export const RequestObject = struct("DCE/RPC request object", 16, {
  object: guid,
});

/** [C706] 12.6.4.10 */
export const ResponseFields = struct("DCE/RPC response", 8, {
  allocHint: u32,
  contId: u16,
  cancelCount: u8,
  reserved: u8,
});

/** [C706] 12.6.4.7 */
export const FaultFields = struct("DCE/RPC fault", 16, {
  allocHint: u32,
  contId: u16,
  cancelCount: u8,
  reserved: u8,
  status: u32,
  reserved2: u32,
});

/** Why a call was not carried out. [C706] Appendix E; [MS-RPCE] 2.2.2.11 for the last two */
export const FaultStatus = {
  /** nca_s_op_rng_error: the interface has no such operation. */
  OP_RNG_ERROR: 0x1c01_0002,
  /** nca_s_unk_if: the context was not agreed on. */
  UNK_IF: 0x1c01_0003,
  /** nca_s_proto_error: the message has no place in this conversation. */
  PROTO_ERROR: 0x1c01_000b,
  /** nca_s_fault_remote_no_memory: the call is longer than this server takes. */
  REMOTE_NO_MEMORY: 0x1c00_001b,
  /** RPC_X_BAD_STUB_DATA: the parameters are not what the interface says. */
  BAD_STUB_DATA: 0x0000_06f7,
  /** ERROR_ACCESS_DENIED: of protected calls, where no protection was agreed on. */
  ACCESS_DENIED: 0x0000_0005,
} as const;
export type FaultStatus = (typeof FaultStatus)[keyof typeof FaultStatus];

/** A message to fill: its header is written, the rest is zero. */
export function blankPdu(head: {
  readonly ptype: PduType;
  readonly pfcFlags: number;
  readonly callId: number;
  readonly bodyLength: number;
}): DataView {
  const bytes = viewOf(new Uint8Array(PduHeader.size + head.bodyLength));
  const header = PduHeader.blank(bytes, 0);
  header.rpcVers = RPC_VERSION;
  header.ptype = head.ptype;
  header.pfcFlags = head.pfcFlags;
  header.packedDrep = LITTLE_ENDIAN_DREP;
  header.fragLength = bytes.byteLength;
  header.callId = head.callId;
  return bytes;
}

/** The call that a message answers. */
export interface CallIds {
  readonly callId: number;
  readonly contId: number;
}

/** The stub starts at a multiple of this in a call, whatever the fragment. [MS-RPCE] 2.2.4.13 */
const STUB_ALIGNMENT = 8;

/**
 * The response to a call, cut into messages.
 *
 * @param maxXmitFrag - the most bytes of one message, agreed on in the bind
 */
export function writeResponse(ids: CallIds, stub: Uint8Array, maxXmitFrag: number): Uint8Array[] {
  const room = maxXmitFrag - PduHeader.size - ResponseFields.size;
  const step = room - (room % STUB_ALIGNMENT);
  const fragments: Uint8Array[] = [];
  let at = 0;
  do {
    fragments.push(writeResponseFragment(ids, stub, { at, length: step }));
    at += step;
  } while (at < stub.length);
  return fragments;
}

function writeResponseFragment(
  { callId, contId }: CallIds,
  stub: Uint8Array,
  { at, length }: { at: number; length: number },
): Uint8Array {
  const rest = stub.length - at;
  const first = at === 0 ? PfcFlags.FIRST_FRAG : 0;
  const last = rest <= length ? PfcFlags.LAST_FRAG : 0;
  const bytes = blankPdu({
    ptype: PduType.RESPONSE,
    pfcFlags: first | last,
    callId,
    bodyLength: ResponseFields.size + Math.min(rest, length),
  });
  const response = ResponseFields.blank(bytes, PduHeader.size);
  response.allocHint = rest;
  response.contId = contId;
  const pdu = bytesOf(bytes);
  pdu.set(stub.subarray(at, at + length), PduHeader.size + ResponseFields.size);
  return pdu;
}

/** The refusal of a call that had no effect. [C706] 12.6.4.7 */
export function writeFault({ callId, contId }: CallIds, status: FaultStatus): Uint8Array {
  const bytes = blankPdu({
    ptype: PduType.FAULT,
    pfcFlags: PfcFlags.FIRST_FRAG | PfcFlags.LAST_FRAG | PfcFlags.DID_NOT_EXECUTE,
    callId,
    bodyLength: FaultFields.size,
  });
  const fault = FaultFields.blank(bytes, PduHeader.size);
  fault.allocHint = PduHeader.size + FaultFields.size;
  fault.contId = contId;
  fault.status = status;
  return bytesOf(bytes);
}
