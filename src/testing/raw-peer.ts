import { bytesOf, part, viewOf } from "../bytes/index.js";
import { BufferPool } from "../smb/buffer-pool.js";
import { FRAME_HEADER_SIZE, FrameReader } from "../smb/frame-reader.js";
import {
  SMB2_FLAGS_RELATED_OPERATIONS,
  SMB2_PROTOCOL_ID,
  SyncHeader,
  TransformHeader,
} from "../wire/smb2/index.js";
import type {
  ClientTransport,
  RequestContext,
  SmbRequest,
  TransportListener,
} from "./client/index.js";

/** What an answer said, as far as a test of strange requests looks. */
export interface RawAnswer {
  readonly command: number;
  readonly messageId: number;
  readonly status: number;
}

/** A transport whose incoming bytes can be had by somebody else from some time on. */
export class TappedTransport implements ClientTransport {
  readonly #inner: ClientTransport;
  #listener: TransportListener | undefined;

  constructor(inner: ClientTransport) {
    this.#inner = inner;
  }

  start(listener: TransportListener): void {
    this.#listener = listener;
    this.#inner.start({
      receive: (chunk) => this.#listener?.receive(chunk),
      closed: (error) => this.#listener?.closed(error),
    });
  }

  /** Who listened so far hears nothing any more. */
  takeOver(listener: TransportListener): void {
    this.#listener = listener;
  }

  write(segments: readonly Uint8Array[], sent: () => void): void {
    this.#inner.write(segments, sent);
  }

  close(): void {
    this.#inner.close();
  }
}

/** A client's end of a connection that sends whatever bytes it is told to. */
export class RawPeer {
  /** Answers since they were last taken away. */
  answers: RawAnswer[] = [];
  isClosed = false;
  readonly #transport: TappedTransport;
  readonly #context: RequestContext;
  readonly #reader = new FrameReader(new BufferPool(), (message) => {
    this.#take(viewOf(message));
    return undefined;
  });

  /** @param context - whose answers are to be decrypted */
  constructor(transport: TappedTransport, context: RequestContext) {
    this.#transport = transport;
    this.#context = context;
    transport.takeOver({
      receive: (chunk) => {
        this.#reader.push(chunk);
      },
      closed: () => {
        this.isClosed = true;
      },
    });
  }

  /** Sends bytes as they are, framing and all. */
  send(bytes: Uint8Array): void {
    this.#transport.write([bytes], () => undefined);
  }

  close(): void {
    this.#transport.close();
  }

  #take(message: DataView): void {
    const { protection } = this.#context;
    const isPlain = message.getUint32(0, true) === SMB2_PROTOCOL_ID;
    const plain = isPlain || protection === undefined ? message : viewOf(protection.open(message));
    for (const { at } of chainOf(plain)) {
      const { command, messageId, status } = SyncHeader.read(plain, at);
      this.answers.push({ command, messageId, status });
    }
  }
}

/** The elements of a message, as far as its NextCommands lead. [MS-SMB2] 3.3.5.2.7 */
export function chainOf(message: DataView): { readonly at: number; readonly length: number }[] {
  const elements: { at: number; length: number }[] = [];
  let at = 0;
  while (at + SyncHeader.size <= message.byteLength) {
    const { protocolId, nextCommand } = SyncHeader.at(message, at);
    if (protocolId !== SMB2_PROTOCOL_ID) break;
    const isLast = nextCommand === 0;
    const isBroken = nextCommand < SyncHeader.size || at + nextCommand > message.byteLength;
    elements.push({ at, length: isLast || isBroken ? message.byteLength - at : nextCommand });
    if (isLast || isBroken) break;
    at += nextCommand;
  }
  return elements;
}

const COMPOUND_ALIGNMENT = 8;
const CREDITS = 128;

/** Requests as one message: from the first header on, unsigned, without message ids. */
export function compose(
  requests: readonly SmbRequest<unknown>[],
  context: {
    readonly sessionId: number;
    readonly treeId: number;
    /** Of each header. */
    readonly flags?: number | undefined;
    /** Each but the first goes on with the file of the one before. */
    readonly isRelated?: boolean | undefined;
  },
): Uint8Array {
  const sizes = requests.map(({ size, payload }, i) => {
    const length = SyncHeader.size + size + (payload?.length ?? 0);
    const isLast = i === requests.length - 1;
    return isLast ? length : Math.ceil(length / COMPOUND_ALIGNMENT) * COMPOUND_ALIGNMENT;
  });
  const message = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0));
  let at = 0;
  requests.forEach((request, i) => {
    const size = sizes[i] ?? 0;
    // Builders write where an own message would have it: from its header on.
    const element = part(viewOf(message), at, { offset: 0, length: size, what: "request" });
    const header = SyncHeader.blank(element, 0);
    header.command = request.command;
    header.creditCharge = Math.max(1, Math.ceil(request.paidLength / 65_536));
    header.credits = CREDITS;
    const related = context.isRelated === true && i > 0 ? SMB2_FLAGS_RELATED_OPERATIONS : 0;
    header.flags = (context.flags ?? 0) | related;
    header.treeId = context.treeId;
    header.sessionId = context.sessionId;
    header.nextCommand = i === requests.length - 1 ? 0 : size;
    request.write(element, SyncHeader.size);
    bytesOf(element).set(request.payload ?? [], SyncHeader.size + request.size);
    at += size;
  });
  return message;
}

/** A message with its frame header before it. */
export function frame(message: Uint8Array): Uint8Array {
  const framed = new Uint8Array(FRAME_HEADER_SIZE + message.length);
  viewOf(framed).setUint32(0, message.length); // big-endian; the first byte is 0
  framed.set(message, FRAME_HEADER_SIZE);
  return framed;
}

/** A message encrypted with a session's key. */
export function seal(message: Uint8Array, { protection }: RequestContext): Uint8Array {
  if (protection === undefined) return message;
  const header = new Uint8Array(TransformHeader.size);
  const segments = protection.seal(header, [message]);
  return Buffer.concat([header, ...segments]);
}
