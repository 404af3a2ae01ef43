import { bytesOf, type Read, WireError } from "../../bytes/index.js";
import {
  type Bind,
  ContextResult,
  FaultStatus,
  LITTLE_ENDIAN_DREP,
  NdrReader,
  NdrWriter,
  PduHeader,
  PduType,
  PfcFlags,
  type PresentationContext,
  type PresentationResult,
  ProviderReason,
  RejectReason,
  RequestFields,
  RequestObject,
  RPC_VERSION,
  readBind,
  writeBindAck,
  writeBindNak,
  writeFault,
  writeResponse,
} from "../../wire/dcerpc/index.js";
import {
  MAX_CONTEXTS_PER_PIPE,
  MAX_FRAGMENT_LENGTH,
  MAX_FRAGMENTS_PER_CALL,
  MAX_STUB_LENGTH,
  MUST_RECV_FRAGMENT_LENGTH,
} from "./limits.js";
import { judgeContext, rejection } from "./presentation.js";
import type { RpcInterface, RpcScene } from "./rpc-interface.js";

type Header = Read<typeof PduHeader>;

/** A call of which fragments are still to come. */
interface PartialCall {
  readonly callId: number;
  readonly contId: number;
  readonly opnum: number;
  readonly fragments: Uint8Array[];
  length: number;
}

/** What is kept between calls is kept by the pipe, not by the group: all clients may be of one. */
const ASSOC_GROUP_ID = 1;

/** What a connection needs from around it. */
export interface RpcConnectionParams {
  /** Where the interface is to be found, as a client is told: `\PIPE\srvsvc`. */
  readonly address: string;
  readonly served: RpcInterface;
  readonly scene: RpcScene;
  /** Takes the answers, message by message; they are its own. */
  readonly send: (pdu: Uint8Array) => void;
}

/** The server's side of a conversation with one interface. [C706] 12.6, [MS-RPCE] 3.3.1.5 */
export class RpcConnection {
  readonly #params: RpcConnectionParams;
  #isBound = false;
  #maxXmitFrag = MUST_RECV_FRAGMENT_LENGTH;
  #maxRecvFrag = MUST_RECV_FRAGMENT_LENGTH;
  /** Presentation contexts agreed on, by p_cont_id. */
  readonly #contexts = new Set<number>();
  #partialCall: PartialCall | undefined;

  constructor(params: RpcConnectionParams) {
    this.#params = params;
  }

  /**
   * Takes one message, and sends what it is answered with.
   *
   * @param pdu - whole, its length checked; valid until the call returns
   * @throws WireError when the conversation cannot go on
   */
  receive(pdu: DataView): void {
    const header = PduHeader.read(pdu, 0);
    if ((header.packedDrep & 0xff) !== LITTLE_ENDIAN_DREP) {
      throw new WireError("DCE/RPC: not little-endian ASCII");
    }
    if (header.rpcVers !== RPC_VERSION || header.rpcVersMinor > 1) {
      if (header.ptype !== PduType.BIND) throw new WireError("DCE/RPC: not version 5");
      this.#refuseBind(header, RejectReason.PROTOCOL_VERSION_NOT_SUPPORTED);
      return;
    }
    this.#dispatch(header, pdu);
  }

  #dispatch(header: Header, pdu: DataView): void {
    switch (header.ptype) {
      case PduType.BIND:
        this.#bind(header, pdu);
        return;
      case PduType.ALTER_CONTEXT:
        this.#alterContext(header, pdu);
        return;
      case PduType.REQUEST:
        this.#request(header, pdu);
        return;
      case PduType.ORPHANED:
        if (this.#partialCall?.callId === header.callId) this.#partialCall = undefined;
        return;
      case PduType.CO_CANCEL: // every call is over before its cancellation is read
        return;
      default:
        throw new WireError("DCE/RPC: not a message of a client");
    }
  }

  /** [C706] 12.6.4.3, [MS-RPCE] 3.3.1.5.2 */
  #bind(header: Header, pdu: DataView): void {
    if (header.authLength !== 0) {
      this.#refuseBind(header, RejectReason.AUTHENTICATION_TYPE_NOT_RECOGNIZED);
      return;
    }
    const bind = readBind(pdu);
    if (this.#isBound || bind.contexts.length === 0) {
      this.#refuseBind(header, RejectReason.REASON_NOT_SPECIFIED);
      return;
    }
    this.#isBound = true;
    // What a client sends is what we receive, and the other way round.
    this.#maxXmitFrag = fragmentLength(bind.maxRecvFrag);
    this.#maxRecvFrag = fragmentLength(bind.maxXmitFrag);
    this.#acknowledge(header, PduType.BIND_ACK, bind);
  }

  /** [C706] 12.6.4.1 */
  #alterContext(header: Header, pdu: DataView): void {
    const bind = readBind(pdu);
    if (!this.#isBound || header.authLength !== 0 || bind.contexts.length === 0) {
      this.#abandon(header, 0, FaultStatus.PROTO_ERROR);
      return;
    }
    this.#acknowledge(header, PduType.ALTER_CONTEXT_RESP, bind);
  }

  #refuseBind({ callId }: Header, reason: RejectReason): void {
    this.#params.send(writeBindNak(callId, reason));
  }

  #acknowledge(
    { callId }: Header,
    ptype: typeof PduType.BIND_ACK | typeof PduType.ALTER_CONTEXT_RESP,
    { assocGroupId, contexts }: Bind,
  ): void {
    const ack = writeBindAck({
      ptype,
      callId,
      maxXmitFrag: this.#maxXmitFrag,
      maxRecvFrag: this.#maxRecvFrag,
      assocGroupId: assocGroupId === 0 ? ASSOC_GROUP_ID : assocGroupId,
      secAddr: ptype === PduType.BIND_ACK ? this.#params.address : "",
      results: contexts.map((context) => this.#agree(context)),
    });
    this.#params.send(ack);
  }

  /** Decides on one context, and keeps it when it was accepted. */
  #agree(context: PresentationContext): PresentationResult {
    const judged = judgeContext(context, this.#params.served.syntax);
    if (judged.result !== ContextResult.ACCEPTANCE) return judged;
    if (this.#contexts.size >= MAX_CONTEXTS_PER_PIPE && !this.#contexts.has(context.contId)) {
      return rejection(ProviderReason.LOCAL_LIMIT_EXCEEDED);
    }
    this.#contexts.add(context.contId);
    return judged;
  }

  /** A call, or a fragment of one. [C706] 12.6.4.9 */
  #request(header: Header, pdu: DataView): void {
    const { contId, opnum } = RequestFields.read(pdu, PduHeader.size);
    const { callId } = header;
    const refusal = this.#refusalOf(header, contId);
    if (refusal !== undefined) {
      this.#abandon(header, contId, refusal);
      return;
    }
    if (isFirst(header)) this.#partialCall = { callId, contId, opnum, fragments: [], length: 0 };
    const call = this.#partialCall;
    if (call === undefined || !continues(call, { callId, contId, opnum })) {
      this.#abandon(header, contId, FaultStatus.PROTO_ERROR);
      return;
    }
    const stub = stubOf(header, pdu);
    call.length += stub.length;
    if (call.length > MAX_STUB_LENGTH || call.fragments.length >= MAX_FRAGMENTS_PER_CALL) {
      this.#abandon(header, contId, FaultStatus.REMOTE_NO_MEMORY);
      return;
    }
    if ((header.pfcFlags & PfcFlags.LAST_FRAG) !== 0) {
      this.#partialCall = undefined;
      call.fragments.push(stub);
      this.#execute(call);
    } else {
      call.fragments.push(stub.slice()); // the message will be gone when the last one comes
    }
  }

  /** Why a fragment cannot be part of any call; undefined when it can. */
  #refusalOf(header: Header, contId: number): FaultStatus | undefined {
    if (!this.#isBound) return FaultStatus.PROTO_ERROR;
    if (header.authLength !== 0) return FaultStatus.ACCESS_DENIED;
    if (!this.#contexts.has(contId)) return FaultStatus.UNK_IF;
    if (isFirst(header) && this.#partialCall !== undefined) return FaultStatus.PROTO_ERROR;
    return undefined;
  }

  /** Carries out a call that is whole. */
  #execute(call: PartialCall): void {
    const operation = this.#params.served.operations.get(call.opnum);
    if (operation === undefined) {
      this.#params.send(writeFault(call, FaultStatus.OP_RNG_ERROR));
      return;
    }
    const [only] = call.fragments;
    const isWhole = call.fragments.length === 1 && only !== undefined;
    const request = new NdrReader(isWhole ? only : Buffer.concat(call.fragments));
    const response = new NdrWriter();
    try {
      operation(request, response, this.#params.scene);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#params.send(writeFault(call, FaultStatus.BAD_STUB_DATA));
      return;
    }
    for (const pdu of writeResponse(call, response.finish(), this.#maxXmitFrag)) {
      this.#params.send(pdu);
    }
  }

  /** Gives up the call under way, and says why. */
  #abandon({ callId }: Header, contId: number, status: FaultStatus): void {
    this.#partialCall = undefined;
    this.#params.send(writeFault({ callId, contId }, status));
  }
}

function isFirst(header: Header): boolean {
  return (header.pfcFlags & PfcFlags.FIRST_FRAG) !== 0;
}

function continues(
  call: PartialCall,
  fragment: Omit<PartialCall, "fragments" | "length">,
): boolean {
  return (
    call.callId === fragment.callId &&
    call.contId === fragment.contId &&
    call.opnum === fragment.opnum
  );
}

/** The parameters in a fragment; a view. */
function stubOf(header: Header, pdu: DataView): Uint8Array {
  const at = PduHeader.size + RequestFields.size;
  const hasObject = (header.pfcFlags & PfcFlags.OBJECT_UUID) !== 0;
  if (hasObject) RequestObject.read(pdu, at); // no interface here has objects
  return bytesOf(pdu).subarray(hasObject ? at + RequestObject.size : at);
}

/** A fragment length that both sides can keep to. [MS-RPCE] 3.3.1.5.2 */
function fragmentLength(wanted: number): number {
  return Math.max(MUST_RECV_FRAGMENT_LENGTH, Math.min(wanted, MAX_FRAGMENT_LENGTH));
}
