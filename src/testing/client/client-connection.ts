import { align, bytesOf, part, viewOf, WireError } from "../../bytes/index.js";
import { NtStatus } from "../../nt/index.js";
import { BufferPool } from "../../smb/buffer-pool.js";
import { FRAME_HEADER_SIZE, FrameReader } from "../../smb/frame-reader.js";
import { MAX_MESSAGE_SIZE } from "../../smb/limits.js";
import { Output, type Region } from "../../smb/output.js";
import { SlabPool } from "../../smb/slab.js";
import {
  ALL_ONES,
  AsyncHeader,
  CancelRequest,
  Command,
  SMB2_FLAGS_ASYNC_COMMAND,
  SMB2_FLAGS_RELATED_OPERATIONS,
  SMB2_FLAGS_SERVER_TO_REDIR,
  SMB2_FLAGS_SIGNED,
  SMB2_PROTOCOL_ID,
  SyncHeader,
  TRANSFORM_PROTOCOL_ID,
  TransformHeader,
} from "../../wire/smb2/index.js";
import type { ClientProtection } from "./client-protection.js";
import type { ClientTransport } from "./client-transport.js";
import {
  BYTES_PER_CREDIT,
  DEFAULT_CREDITS,
  MAX_CHAIN_LENGTH,
  MAX_JOINED_BYTES,
  MAX_WAITING_MESSAGES,
} from "./limits.js";
import { type Answer, HEADER_SIZE, InFlight, type ReplyOf, type SmbRequest } from "./request.js";

/** On whose behalf a request is sent. */
export interface RequestContext {
  readonly sessionId: number;
  readonly treeId: number;
  /** Undefined where there are no keys, or not yet. */
  readonly protection: ClientProtection | undefined;
}

/** What there is before anybody has logged on. */
export const NOBODY: RequestContext = { sessionId: 0, treeId: 0, protection: undefined };

/** How a message is sent, besides. */
export interface SendOptions {
  /** Further flags of the header. */
  readonly flags?: number;
  /** Of a chain: each request goes on with the file of the one before it; so unless told. */
  readonly isRelated?: boolean;
  /** Sees the message as it leaves, before encryption. */
  readonly onSent?: (message: Uint8Array) => void;
}

/** A message that waits for credits. */
interface Outgoing {
  readonly calls: readonly InFlight<unknown>[];
  readonly charge: number;
  readonly context: RequestContext;
  readonly options: SendOptions;
}

/** A request that waits for its answer. */
interface Waiting {
  readonly call: InFlight<unknown>;
  readonly context: RequestContext;
}

/** How a connection is to be. */
export interface ClientConnectionOptions {
  /** Credits asked for until that many are held; 1024 unless told. */
  readonly credits?: number;
  /** The process may end while no answer is waited for; false unless told. */
  readonly isUnref?: boolean;
}

/**
 * The client's end of one connection: message ids, credits, frames, and which answer belongs to which
 * request. All that is sent in one turn leaves in one write. [MS-SMB2] 3.2.1.2
 */
export class ClientConnection {
  /** Requests may be paid for with several credits. [MS-SMB2] 3.2.1.2, SupportsMultiCredit */
  isMultiCredit = false;
  /** Takes what nobody asked for: oplock and lease breaks. */
  onNotification: ((answer: Answer) => void) | undefined;
  readonly #transport: ClientTransport;
  readonly #pool = new BufferPool();
  readonly #output: Output;
  readonly #reader: FrameReader;
  readonly #wantedCredits: number;
  readonly #isUnref: boolean;
  readonly #protections = new Map<number, ClientProtection>();
  readonly #waiting = new Map<number, Waiting>();
  readonly #unsent: Outgoing[] = [];
  #credits = 1;
  #nextMessageId = 0;
  #isFlushPlanned = false;
  #failure: Error | undefined;
  #tellClosed: () => void = () => undefined;
  /** Resolves when the connection is no more, for whatever reason. */
  readonly closed: Promise<void>;

  constructor(
    transport: ClientTransport,
    { credits = DEFAULT_CREDITS, isUnref = false }: ClientConnectionOptions,
  ) {
    this.#transport = transport;
    this.#isUnref = isUnref;
    this.#wantedCredits = credits;
    this.#output = new Output(transport, { pool: this.#pool, slabs: new SlabPool() });
    this.#reader = new FrameReader(this.#pool, (message) => {
      this.#take(message);
    });
    this.#reader.maxMessageSize = MAX_MESSAGE_SIZE;
    this.closed = new Promise((resolve) => {
      this.#tellClosed = resolve;
    });
    transport.start({
      receive: (chunk) => {
        this.#receive(chunk);
      },
      closed: (error) => {
        this.#fail(error ?? new Error("the server has closed the connection"));
      },
    });
  }

  /** Credits held now. */
  get credits(): number {
    return this.#credits;
  }

  /** Requests sent and not answered. */
  get pendingCount(): number {
    return this.#waiting.size;
  }

  /** What ended the connection; undefined while it lives. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** A session has keys from now on. */
  addProtection(protection: ClientProtection): void {
    this.#protections.set(protection.sessionId, protection);
  }

  removeProtection(sessionId: number): void {
    this.#protections.delete(sessionId);
  }

  /** Sends a request, as soon as there are credits for it. */
  start<T>(
    request: SmbRequest<T>,
    context: RequestContext,
    options: SendOptions = {},
  ): InFlight<T> {
    const call = new InFlight(request);
    this.#enqueue([call], context, options);
    return call;
  }

  /** Sends several requests as one message. [MS-SMB2] 3.2.4.1.4 */
  startChain<const R extends readonly SmbRequest<unknown>[]>(
    requests: R,
    context: RequestContext,
    options: SendOptions = {},
  ): { [K in keyof R]: InFlight<ReplyOf<R[K]>["value"]> } {
    const calls = requests.map((request) => new InFlight(request));
    this.#enqueue(calls, context, { isRelated: true, ...options });
    // The map keeps places and types: InFlight of what each request decodes to.
    return calls as { [K in keyof R]: InFlight<ReplyOf<R[K]>["value"]> };
  }

  /**
   * Asks the server to give up a request: by AsyncId where it has one, else by MessageId. There is
   * no answer but that of the request itself. [MS-SMB2] 3.2.4.24
   */
  cancel({ messageId, asyncId }: InFlight<unknown>, context: RequestContext): void {
    if (messageId === undefined || this.#failure !== undefined) return;
    const message = new Uint8Array(HEADER_SIZE + CancelRequest.size);
    const bytes = viewOf(message);
    const isSigned = context.protection?.mustSign(Command.CANCEL) ?? false;
    const layout = asyncId === undefined ? SyncHeader : AsyncHeader;
    const header = layout.blank(bytes, 0);
    header.command = Command.CANCEL;
    header.flags =
      (isSigned ? SMB2_FLAGS_SIGNED : 0) | (asyncId === undefined ? 0 : SMB2_FLAGS_ASYNC_COMMAND);
    header.messageId = messageId;
    header.sessionId = context.sessionId;
    if (asyncId === undefined) SyncHeader.at(bytes, 0).treeId = context.treeId;
    else AsyncHeader.at(bytes, 0).asyncId = asyncId;
    CancelRequest.blank(bytes, HEADER_SIZE);
    if (isSigned && context.protection !== undefined) {
      header.signature = context.protection.sign([message], messageId, Command.CANCEL);
    }
    const region = this.#output.reserve(prefixOf(context) + message.length);
    region.bytes(prefixOf(context)).set(message);
    this.#sendMessage(region, undefined, context);
  }

  /** Sends bytes as they are, framing and all; whatever is answered belongs to nobody. */
  sendRaw(bytes: Uint8Array): void {
    this.#output.sendBytes(Uint8Array.from(bytes));
    this.#planFlush();
  }

  /** Ends the connection. What waits for an answer gets none. */
  close(): void {
    this.#fail(new Error("the client has closed the connection"));
  }

  #enqueue(
    calls: readonly InFlight<unknown>[],
    context: RequestContext,
    options: SendOptions,
  ): void {
    const failure = this.#failure ?? (calls.length === 0 ? new Error("an empty chain") : undefined);
    if (failure !== undefined) {
      for (const call of calls) call.fail(failure);
      return;
    }
    const charge = calls.reduce((sum, { request }) => sum + this.#chargeOf(request), 0);
    const outgoing: Outgoing = { calls, charge, context, options };
    if (this.#unsent.length === 0 && charge <= this.#credits) {
      this.#send(outgoing);
    } else if (this.#unsent.length === MAX_WAITING_MESSAGES) {
      for (const call of calls) call.fail(new Error("too many requests wait for credits"));
    } else {
      this.#unsent.push(outgoing);
      this.#sendWaiting();
    }
  }

  #chargeOf({ paidLength }: SmbRequest<unknown>): number {
    return this.isMultiCredit ? Math.max(1, Math.ceil(paidLength / BYTES_PER_CREDIT)) : 1;
  }

  /** Sends what there are credits for now. */
  #sendWaiting(): void {
    for (let next = this.#unsent[0]; next !== undefined; next = this.#unsent[0]) {
      if (next.charge > this.#credits) {
        if (this.#waiting.size > 0) return;
        this.#fail(new Error(`the server grants ${this.#credits} credits of ${next.charge}`));
        return;
      }
      this.#unsent.shift();
      this.#send(next);
    }
  }

  #send({ calls, context, options }: Outgoing): void {
    const prefix = prefixOf(context);
    const last = calls.length - 1;
    let size = prefix;
    for (let i = 0; i < last; i++) size += sizeInChain(calls[i]?.request);
    size += HEADER_SIZE + (calls[last]?.request.size ?? 0);
    const region = this.#output.reserve(size);

    let at = region.at + prefix;
    calls.forEach((call, i) => {
      const isLast = i === last;
      const length = isLast ? HEADER_SIZE + call.request.size : sizeInChain(call.request);
      const nextCommand = isLast ? 0 : length;
      const related = i > 0 && options.isRelated === true ? SMB2_FLAGS_RELATED_OPERATIONS : 0;
      const flags = (options.flags ?? 0) | related;
      this.#writeRequest(call, { view: region.view, at, length, nextCommand, flags }, context);
      at += length;
    });

    const payload = calls[last]?.request.payload;
    options.onSent?.(joined(region.bytes(prefix), payload));
    this.#sendMessage(region, payload, context);
  }

  /** Writes one request, signed where it must be; of the last of a message, all but the payload. */
  #writeRequest(
    call: InFlight<unknown>,
    place: {
      readonly view: DataView;
      readonly at: number;
      readonly length: number;
      readonly nextCommand: number;
      readonly flags: number;
    },
    context: RequestContext,
  ): void {
    const { request } = call;
    const { view, at, length, nextCommand } = place;
    const charge = this.#chargeOf(request);
    const isSigned = context.protection?.mustSign(request.command) ?? false;
    const header = SyncHeader.blank(view, at);
    header.creditCharge = this.isMultiCredit ? charge : 0;
    header.command = request.command;
    header.flags = place.flags | (isSigned ? SMB2_FLAGS_SIGNED : 0);
    header.nextCommand = nextCommand;
    header.messageId = this.#nextMessageId;
    header.treeId = context.treeId;
    header.sessionId = context.sessionId;
    request.write(view, at + HEADER_SIZE);
    if (nextCommand !== 0) fillUp(view, at, length, request);

    call.messageId = this.#nextMessageId;
    this.#waiting.set(call.messageId, { call, context });
    if (this.#isUnref) this.#transport.keepProcess?.(true);
    this.#nextMessageId += charge;
    this.#credits -= charge;
    header.credits = Math.max(charge, this.#wantedCredits - this.#credits);

    if (!isSigned || context.protection === undefined) return;
    const message = new Uint8Array(view.buffer, view.byteOffset + at, length);
    const { payload } = request;
    const segments = nextCommand === 0 && payload !== undefined ? [message, payload] : [message];
    header.signature = context.protection.sign(segments, call.messageId, request.command);
  }

  /** Frames a message, encrypts it where its session does, and sends it at the end of this turn. */
  #sendMessage(region: Region, payload: Uint8Array | undefined, context: RequestContext): void {
    const length = region.size - FRAME_HEADER_SIZE + (payload?.length ?? 0);
    region.view.setUint32(region.at, length, false);
    const { protection } = context;
    if (protection?.mode === "encrypted") {
      this.#sendSealed(region, payload, protection);
    } else {
      this.#output.sendRegion(region);
      if (payload !== undefined) this.#output.sendBytes(payload);
    }
    this.#planFlush();
  }

  #sendSealed(region: Region, payload: Uint8Array | undefined, protection: ClientProtection): void {
    const prefix = FRAME_HEADER_SIZE + TransformHeader.size;
    const message = region.bytes(prefix);
    const header = region.bytes(FRAME_HEADER_SIZE).subarray(0, TransformHeader.size);
    const plain = payload === undefined ? [message] : [message, payload];
    const sealed = protection.seal(header, plain);
    if (payload === undefined && message.length <= MAX_JOINED_BYTES) {
      let at = 0;
      for (const segment of sealed) {
        message.set(segment, at);
        at += segment.length;
      }
      this.#output.sendRegion(region);
      return;
    }
    this.#output.shrink(region, prefix);
    this.#output.sendRegion(region);
    for (const segment of sealed) this.#output.sendBytes(segment);
  }

  /** Before anything else happens, but after all that this turn still sends. */
  #planFlush(): void {
    if (this.#isFlushPlanned) return;
    this.#isFlushPlanned = true;
    process.nextTick(() => {
      this.#isFlushPlanned = false;
      this.#output.flush();
    });
  }

  #receive(chunk: Buffer): void {
    if (this.#failure !== undefined) return;
    try {
      this.#reader.push(chunk);
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #take(message: Buffer): undefined {
    if (this.#failure !== undefined) return;
    const bytes = viewOf(message);
    if (bytes.byteLength < TransformHeader.size) throw new WireError("answer: cut short");
    switch (bytes.getUint32(0, true)) {
      case SMB2_PROTOCOL_ID:
        this.#takeChain(bytes, undefined);
        return;
      case TRANSFORM_PROTOCOL_ID: {
        const { sessionId } = TransformHeader.read(bytes, 0);
        const protection = this.#protections.get(sessionId);
        if (protection === undefined) throw new WireError("encrypted answer: no such session");
        this.#takeChain(viewOf(protection.open(bytes)), protection);
        return;
      }
      default:
        throw new WireError("answer: unknown protocol");
    }
  }

  #takeChain(message: DataView, opened: ClientProtection | undefined): void {
    let at = 0;
    for (let count = 0; count < MAX_CHAIN_LENGTH; count++) {
      const header = SyncHeader.read(message, at);
      const { nextCommand } = header;
      if (nextCommand === 0 && at === 0) {
        this.#takeAnswer({ bytes: message, header, status: header.status as NtStatus }, opened);
        return;
      }
      const length = nextCommand === 0 ? message.byteLength - at : nextCommand;
      const bytes = part(message, at, { offset: 0, length, what: "compound answer" });
      const own = SyncHeader.read(bytes, 0);
      this.#takeAnswer({ bytes, header: own, status: own.status as NtStatus }, opened);
      if (nextCommand === 0) return;
      at += nextCommand;
    }
    throw new WireError("compound answer: too long");
  }

  #takeAnswer(answer: Answer, opened: ClientProtection | undefined): void {
    const { header, status } = answer;
    const { messageId, flags } = header;
    if ((flags & SMB2_FLAGS_SERVER_TO_REDIR) === 0) throw new WireError("answer: a request");
    if (messageId === ALL_ONES) {
      this.onNotification?.(answer);
      return;
    }
    const waiting = this.#waiting.get(messageId);
    if (waiting === undefined) throw new WireError(`answer: nobody asked ${messageId}`);
    const { call, context } = waiting;
    if (header.command !== call.request.command) throw new WireError("answer: another command");
    if (opened === undefined) context.protection?.check(answer, header.command);
    else if (opened !== context.protection) throw new WireError("answer: another session's key");

    this.#credits += header.credits;
    if (status === NtStatus.PENDING) {
      if ((flags & SMB2_FLAGS_ASYNC_COMMAND) === 0) throw new WireError("answer: no AsyncId");
      call.putOff(AsyncHeader.at(answer.bytes, 0).asyncId);
    } else {
      this.#waiting.delete(messageId);
      if (this.#isUnref && this.#waiting.size === 0) this.#transport.keepProcess?.(false);
      call.settle(answer);
    }
    if (this.#unsent.length > 0) this.#sendWaiting();
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#output.flush();
    this.#transport.close();
    for (const { call } of this.#waiting.values()) call.fail(error);
    this.#waiting.clear();
    for (const { calls } of this.#unsent.splice(0)) for (const call of calls) call.fail(error);
    this.#tellClosed();
  }
}

/** What goes before a message: the frame header, and room for the transform header. */
function prefixOf({ protection }: RequestContext): number {
  const isSealed = protection?.mode === "encrypted";
  return FRAME_HEADER_SIZE + (isSealed ? TransformHeader.size : 0);
}

/** Elements of a compound begin at multiples of it. [MS-SMB2] 3.2.4.1.4 */
const COMPOUND_ALIGNMENT = 8;

/** The length of a request that another one follows: payload and padding included. */
function sizeInChain(request: SmbRequest<unknown> | undefined): number {
  const size = (request?.size ?? 0) + (request?.payload?.length ?? 0);
  return align(HEADER_SIZE + size, COMPOUND_ALIGNMENT);
}

/** Puts the payload and the padding of a request behind it. */
function fillUp(
  view: DataView,
  at: number,
  length: number,
  { size, payload }: SmbRequest<unknown>,
): void {
  const target = bytesOf(view).subarray(at + HEADER_SIZE + size, at + length);
  if (payload !== undefined) target.set(payload);
  target.fill(0, payload?.length ?? 0);
}

function joined(head: Uint8Array, tail: Uint8Array | undefined): Uint8Array {
  return tail === undefined ? head : Buffer.concat([head, tail]);
}
