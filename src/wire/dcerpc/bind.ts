/**
 * How client and server agree on interfaces: BIND and ALTER_CONTEXT, and their answers.
 * [C706] 12.6.4
 *
 * @packageDocumentation
 */
import { align, bytesOf, struct, u8, u16, u32, WireError } from "../../bytes/index.js";
import { MAX_PRESENTATION_CONTEXTS, MAX_TRANSFER_SYNTAXES } from "./limits.js";
import { blankPdu, PduHeader, PduType, PfcFlags, RPC_VERSION } from "./pdu.js";
import { readSyntaxId, SYNTAX_ID_LENGTH, type SyntaxId, writeSyntaxId } from "./syntax-id.js";

/** BIND and ALTER_CONTEXT, up to the list of contexts. [C706] 12.6.4.3 */
export const BindFields = struct("DCE/RPC bind", 12, {
  maxXmitFrag: u16,
  maxRecvFrag: u16,
  assocGroupId: u32,
  nContextElem: u8,
  reserved: u8,
  reserved2: u16,
});

/** p_cont_elem_t, up to its syntaxes. [C706] 12.6.3.1 */
export const PresentationContextFields = struct("p_cont_elem_t", 4, {
  contId: u16,
  nTransferSyn: u8,
  reserved: u8,
});

/** An interface that a client wants, and the ways of writing its calls that the client knows. */
export interface PresentationContext {
  readonly contId: number;
  readonly abstractSyntax: SyntaxId;
  readonly transferSyntaxes: readonly SyntaxId[];
}

/** What a BIND or an ALTER_CONTEXT asks for. */
export interface Bind {
  readonly maxXmitFrag: number;
  readonly maxRecvFrag: number;
  readonly assocGroupId: number;
  readonly contexts: readonly PresentationContext[];
}

/**
 * Reads a BIND or an ALTER_CONTEXT.
 *
 * @param pdu - the whole message
 * @throws WireError when it is cut short, or offers more than the limits allow
 */
export function readBind(pdu: DataView): Bind {
  const { maxXmitFrag, maxRecvFrag, assocGroupId, nContextElem } = BindFields.read(
    pdu,
    PduHeader.size,
  );
  if (nContextElem > MAX_PRESENTATION_CONTEXTS) throw new WireError("bind: too many contexts");
  const contexts: PresentationContext[] = [];
  let at = PduHeader.size + BindFields.size;
  for (let i = 0; i < nContextElem; i++) {
    const context = readPresentationContext(pdu, at);
    contexts.push(context);
    at += presentationContextLength(context);
  }
  return { maxXmitFrag, maxRecvFrag, assocGroupId, contexts };
}

function readPresentationContext(pdu: DataView, at: number): PresentationContext {
  const { contId, nTransferSyn } = PresentationContextFields.read(pdu, at);
  if (nTransferSyn > MAX_TRANSFER_SYNTAXES) throw new WireError("bind: too many transfer syntaxes");
  const first = at + PresentationContextFields.size;
  const transferSyntaxes: SyntaxId[] = [];
  for (let i = 1; i <= nTransferSyn; i++) {
    transferSyntaxes.push(readSyntaxId(pdu, first + i * SYNTAX_ID_LENGTH));
  }
  return { contId, abstractSyntax: readSyntaxId(pdu, first), transferSyntaxes };
}

function presentationContextLength({ transferSyntaxes }: PresentationContext): number {
  return PresentationContextFields.size + (1 + transferSyntaxes.length) * SYNTAX_ID_LENGTH;
}

/** [C706] 12.6.3.1, p_cont_def_result_t; NEGOTIATE_ACK in [MS-RPCE] 2.2.2.4 */
export const ContextResult = {
  ACCEPTANCE: 0,
  PROVIDER_REJECTION: 2,
  NEGOTIATE_ACK: 3,
} as const;

/** Why a context was rejected. [C706] 12.6.3.1, p_provider_reason_t */
export const ProviderReason = {
  NOT_SPECIFIED: 0,
  ABSTRACT_SYNTAX_NOT_SUPPORTED: 1,
  PROPOSED_TRANSFER_SYNTAXES_NOT_SUPPORTED: 2,
  LOCAL_LIMIT_EXCEEDED: 3,
} as const;

/** What became of one presentation context. */
export interface PresentationResult {
  readonly result: (typeof ContextResult)[keyof typeof ContextResult];
  /** A {@link ProviderReason} of a rejection; of NEGOTIATE_ACK, the features agreed on. */
  readonly reason: number;
  readonly transferSyntax: SyntaxId;
}

/** BIND_ACK and ALTER_CONTEXT_RESP, up to the secondary address. [C706] 12.6.4.4 */
export const BindAckFields = struct("DCE/RPC bind_ack", 10, {
  maxXmitFrag: u16,
  maxRecvFrag: u16,
  assocGroupId: u32,
  secAddrLength: u16, // its NUL included; the address follows, then padding up to 4 bytes
});

/** p_result_list_t. [C706] 12.6.3.1 */
export const ResultListFields = struct("p_result_list_t", 4, {
  nResults: u8,
  reserved: u8,
  reserved2: u16,
});

/** p_result_t, up to the transfer syntax. [C706] 12.6.3.1 */
export const ResultFields = struct("p_result_t", 4, {
  result: u16,
  reason: u16,
});

/** What a BIND_ACK or an ALTER_CONTEXT_RESP says. */
export interface BindAck {
  readonly ptype: typeof PduType.BIND_ACK | typeof PduType.ALTER_CONTEXT_RESP;
  readonly callId: number;
  readonly maxXmitFrag: number;
  readonly maxRecvFrag: number;
  readonly assocGroupId: number;
  /** Where the client may connect to as well; empty in ALTER_CONTEXT_RESP. */
  readonly secAddr: string;
  /** One for each context asked for, in their order. */
  readonly results: readonly PresentationResult[];
}

/** Writes a BIND_ACK or an ALTER_CONTEXT_RESP. */
export function writeBindAck(ack: BindAck): Uint8Array {
  const secAddr = ack.secAddr === "" ? "" : `${ack.secAddr}\0`;
  const list = align(PduHeader.size + BindAckFields.size + secAddr.length, 4);
  const resultLength = ResultFields.size + SYNTAX_ID_LENGTH;
  const end = list + ResultListFields.size + ack.results.length * resultLength;
  const bytes = blankPdu({
    ptype: ack.ptype,
    pfcFlags: PfcFlags.FIRST_FRAG | PfcFlags.LAST_FRAG,
    callId: ack.callId,
    bodyLength: end - PduHeader.size,
  });

  const fields = BindAckFields.blank(bytes, PduHeader.size);
  fields.maxXmitFrag = ack.maxXmitFrag;
  fields.maxRecvFrag = ack.maxRecvFrag;
  fields.assocGroupId = ack.assocGroupId;
  fields.secAddrLength = secAddr.length;
  bytesOf(bytes).set(Buffer.from(secAddr, "latin1"), PduHeader.size + BindAckFields.size);

  ResultListFields.blank(bytes, list).nResults = ack.results.length;
  for (const [i, { result, reason, transferSyntax }] of ack.results.entries()) {
    const at = list + ResultListFields.size + i * resultLength;
    const window = ResultFields.blank(bytes, at);
    window.result = result;
    window.reason = reason;
    writeSyntaxId(bytes, at + ResultFields.size, transferSyntax);
  }
  return bytesOf(bytes);
}

/** Why a BIND was refused as a whole. [C706] 12.6.3.1, p_reject_reason_t; [MS-RPCE] 2.2.2.5 */
export const RejectReason = {
  REASON_NOT_SPECIFIED: 0,
  PROTOCOL_VERSION_NOT_SUPPORTED: 4,
  AUTHENTICATION_TYPE_NOT_RECOGNIZED: 8,
} as const;
export type RejectReason = (typeof RejectReason)[keyof typeof RejectReason];

/** With the one version that is supported, and padding. [C706] 12.6.4.5 */
export const BindNakFields = struct("DCE/RPC bind_nak", 8, {
  providerRejectReason: u16,
  nProtocols: u8,
  major: u8,
  minor: u8,
  padding: u8,
  padding2: u16,
});

/** Writes a BIND_NAK. */
export function writeBindNak(callId: number, reason: RejectReason): Uint8Array {
  const bytes = blankPdu({
    ptype: PduType.BIND_NAK,
    pfcFlags: PfcFlags.FIRST_FRAG | PfcFlags.LAST_FRAG,
    callId,
    bodyLength: BindNakFields.size,
  });
  const fields = BindNakFields.blank(bytes, PduHeader.size);
  fields.providerRejectReason = reason;
  fields.nProtocols = 1;
  fields.major = RPC_VERSION;
  return bytesOf(bytes);
}
