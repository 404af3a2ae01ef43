import { part, viewOf, WireError } from "../bytes/index.js";
import type { Cipher, SigningAlgorithm } from "../crypto/index.js";
import { NtStatus } from "../nt/index.js";
import {
  AsyncHeader,
  Command,
  Dialect,
  SMB1_PROTOCOL_ID,
  SMB2_FLAGS_ASYNC_COMMAND,
  SMB2_PROTOCOL_ID,
  SyncHeader,
  TRANSFORM_PROTOCOL_ID,
} from "../wire/smb2/index.js";
import { HEADER_SIZE } from "./answer.js";
import { Call, type Chain } from "./call.js";
import { smb1NegotiateAsSmb2 } from "./commands/negotiate.js";
import { CreditWindow } from "./credits.js";
import { FRAME_HEADER_SIZE, FrameReader } from "./frame-reader.js";
import {
  AUTHENTICATION_TIMEOUT_MS,
  INTERIM_RESPONSE_MS,
  MAX_ASYNC_REQUESTS,
  MAX_COMPOUND_COMMANDS,
  MAX_COPIED_MESSAGE_SIZE,
  MAX_IO_SIZE,
  MAX_MESSAGE_SIZE,
  MAX_SMALL_IO_SIZE,
} from "./limits.js";
import { MessageRun } from "./message-run.js";
import { Output } from "./output.js";
import { openMessage, SEALED_PREFIX_SIZE, sendSealed } from "./protection.js";
import type { SmbServer } from "./server.js";
import type { Session } from "./session.js";
import type { Transport } from "./transport.js";

/** What was agreed on when the connection began. [MS-SMB2] 3.3.1.7 */
export interface Negotiated {
  readonly dialect: Dialect;
  /** Undefined where nothing can be encrypted. */
  readonly cipher: Cipher | undefined;
  readonly signingAlgorithm: SigningAlgorithm;
  /** What the server answered, for VALIDATE_NEGOTIATE_INFO. */
  readonly serverCapabilities: number;
  readonly serverSecurityMode: number;
  /** What the client asked, for the same. */
  readonly clientCapabilities: number;
  readonly clientGuid: Uint8Array;
  /** The same as text: what the client is known by, by all its connections. */
  readonly clientId: string;
  readonly clientSecurityMode: number;
  readonly clientDialects: readonly number[];
}

const PREAUTH_HASH_BYTES = 64;

/** One client's connection: from bytes to messages, and what they were agreed to be. [MS-SMB2] 3.3.1.7 */
export class Connection {
  readonly server: SmbServer;
  readonly transport: Transport;
  readonly output: Output;
  readonly sessions = new Map<number, Session>();
  readonly credits = new CreditWindow();
  negotiated: Negotiated | undefined;
  /** Over the NEGOTIATE messages, 3.1.1. */
  preauthHash: Uint8Array = new Uint8Array(PREAUTH_HASH_BYTES);
  readonly #reader: FrameReader;
  readonly #pending = new Map<Call, MessageRun>();
  #isClosed = false;
  #asyncCount = 0;
  #nextAsyncId = 1;
  #stopAuthenticationTimer: (() => void) | undefined;
  #stopInterimTimer: (() => void) | undefined;
  #isFlushPlanned = false;

  constructor(server: SmbServer, transport: Transport) {
    this.server = server;
    this.transport = transport;
    this.output = new Output(transport, server, () => performance.now());
    this.#reader = new FrameReader(server.pool, (message) => this.#take(message));
    this.#stopAuthenticationTimer = server.config.clock.after(AUTHENTICATION_TIMEOUT_MS, () => {
      this.close();
    });
  }

  get dialect(): Dialect | undefined {
    return this.negotiated?.dialect;
  }

  /** One request may be paid for with several credits. [MS-SMB2] 3.3.1.7, SupportsMultiCredit */
  get isLargeMtu(): boolean {
    const { dialect } = this;
    return dialect !== undefined && dialect !== Dialect.SMB_2_0_2 && dialect !== Dialect.WILDCARD;
  }

  /** The most that one READ, WRITE or query may carry, in bytes. */
  get maxIoSize(): number {
    return this.isLargeMtu ? MAX_IO_SIZE : MAX_SMALL_IO_SIZE;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Requests that wait for something. */
  get pendingCount(): number {
    return this.#pending.size;
  }

  /** Bytes have come. Whatever they are, nothing is thrown. */
  receive(chunk: Buffer): void {
    this.#read(() => {
      this.#reader.push(chunk);
    });
  }

  /** Where a carrier that reads into memory it is given is to put the next bytes. */
  get receiveSpace(): Buffer {
    return this.#reader.space;
  }

  /** That many bytes were put there. Whatever they are, nothing is thrown. */
  received(length: number): void {
    this.#read(() => {
      this.#reader.advance(length);
    });
  }

  #read(read: () => void): void {
    if (this.#isClosed) return;
    this.output.turnBegins();
    try {
      read();
    } catch (error) {
      this.#fail(error);
    }
    this.output.flush();
  }

  /** Somebody is known: the connection may stay. */
  stayOpen(): void {
    this.#stopAuthenticationTimer?.();
    this.#stopAuthenticationTimer = undefined;
    this.#reader.maxMessageSize = MAX_MESSAGE_SIZE;
  }

  /** Ends the connection, and everything that lives on it. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.output.flush();
    this.#stopAuthenticationTimer?.();
    this.#stopInterimTimer?.();
    this.#reader.end();
    this.cancelAll(() => true);
    this.transport.close();
    this.server.connectionClosed(this);
  }

  /** A request waits from now on. */
  addPending(call: Call, run: MessageRun): void {
    this.#pending.set(call, run);
    this.#planInterim();
  }

  /** A request waits no longer. */
  removePending(call: Call): void {
    this.#pending.delete(call);
    if (call.asyncId !== undefined) this.#asyncCount--;
  }

  /** An id for an answer that is promised; undefined where too many are. */
  newAsyncId(): number | undefined {
    if (this.#asyncCount >= MAX_ASYNC_REQUESTS) return undefined;
    this.#asyncCount++;
    return this.#nextAsyncId++;
  }

  /** CANCEL, in both forms: by AsyncId where the flag says so, else by MessageId. [MS-SMB2] 3.3.5.16 */
  cancel({ header, bytes, session }: Call): void {
    const isAsync = (header.flags & SMB2_FLAGS_ASYNC_COMMAND) !== 0;
    const { asyncId } = AsyncHeader.read(bytes, 0);
    for (const pending of this.#pending.keys()) {
      const isMeant = isAsync
        ? pending.asyncId === asyncId
        : pending.header.messageId === header.messageId;
      if (isMeant && pending.session === session) pending.cancel();
    }
  }

  /** Ends what waits for a session or a tree that is gone. */
  cancelAll(isMeant: (call: Call) => boolean): void {
    for (const call of [...this.#pending.keys()]) if (isMeant(call)) call.cancel();
  }

  /**
   * Sends a message that nobody asked for: a break. It is not signed, and encrypted where the client
   * encrypts. [MS-SMB2] 3.3.4.6
   *
   * @param fill - writes the message, from its SMB2 header on
   */
  notify(session: Session, size: number, fill: (bytes: DataView, at: number) => void): void {
    if (this.#isClosed) return;
    const skip = session.hasSpokenEncrypted ? SEALED_PREFIX_SIZE : FRAME_HEADER_SIZE;
    const region = this.output.reserve(skip + size);
    fill(region.view, region.at + skip);
    if (session.hasSpokenEncrypted) {
      sendSealed(this.output, session, [{ region, skip }]);
    } else {
      region.view.setUint32(region.at, size); // big-endian; the first byte is 0
      this.output.sendRegion(region);
    }
    this.planFlush();
  }

  /**
   * Sends what has been answered: at once where nothing else is about to be, else at the end of this turn
   * of the event loop, with what has been answered by then.
   */
  planFlush(): void {
    if (this.#pending.size === this.#asyncCount) {
      this.output.flush();
      return;
    }
    if (this.#isFlushPlanned) return;
    this.#isFlushPlanned = true;
    setImmediate(() => {
      this.#isFlushPlanned = false;
      this.output.flush();
    });
  }

  #take(message: Buffer): Promise<void> | undefined {
    if (this.#isClosed) return undefined;
    const isCopied = message.length <= MAX_COPIED_MESSAGE_SIZE;
    const running = this.#runMessage(viewOf(isCopied ? new Uint8Array(message) : message));
    const done = running?.catch((error: unknown) => {
      this.#fail(error);
    });
    return isCopied ? undefined : done;
  }

  #runMessage(message: DataView): Promise<void> | undefined {
    if (message.byteLength < HEADER_SIZE / 2) throw new WireError("message: cut short");
    switch (message.getUint32(0, true)) {
      case SMB2_PROTOCOL_ID:
        return this.#runChain(message, undefined);
      case TRANSFORM_PROTOCOL_ID: {
        const opened = openMessage(this, message);
        opened.session.hasSpokenEncrypted = true;
        return this.#runChain(viewOf(opened.message), opened.session);
      }
      case SMB1_PROTOCOL_ID:
        if (this.negotiated !== undefined) throw new WireError("SMB1 message: not any more");
        return this.#runChain(smb1NegotiateAsSmb2(message), undefined);
      default:
        throw new WireError("message: unknown protocol");
    }
  }

  #runChain(message: DataView, sealing: Session | undefined): Promise<void> | undefined {
    const calls = this.#readChain(message, sealing !== undefined);
    for (const call of calls) {
      if (!this.#takeMessageId(call)) throw new WireError("message id: used, or never granted");
    }
    return new MessageRun(this, calls, sealing).run();
  }

  /** [MS-SMB2] 3.3.5.2.7 */
  #readChain(message: DataView, isSealed: boolean): Call[] {
    const chain: Chain = { open: undefined, failure: NtStatus.INVALID_PARAMETER };
    const calls: Call[] = [];
    for (let at = 0; ; ) {
      if (calls.length === MAX_COMPOUND_COMMANDS) throw new WireError("compound: too long");
      const { nextCommand } = SyncHeader.read(message, at);
      const isLast = nextCommand === 0;
      if (!isLast && (nextCommand % 8 !== 0 || nextCommand < HEADER_SIZE)) {
        throw new WireError("compound: bad NextCommand");
      }
      const length = isLast ? message.byteLength - at : nextCommand;
      const bytes =
        isLast && at === 0 ? message : part(message, 0, { offset: at, length, what: "compound" });
      const header = SyncHeader.read(bytes, 0);
      const place = { isFirst: at === 0, isLast, isSealed };
      calls.push(new Call({ connection: this, chain, bytes, header, ...place }));
      if (isLast) return calls;
      at += nextCommand;
    }
  }

  /** [MS-SMB2] 3.3.5.2.3. CANCEL has the id of what it cancels. */
  #takeMessageId({ header }: Call): boolean {
    if (header.command === Command.CANCEL) return true;
    const charge = this.isLargeMtu ? Math.max(1, header.creditCharge) : 1;
    return this.credits.consume(header.messageId, charge);
  }

  /** Tells clients whose requests take long that they are not forgotten. [MS-SMB2] 3.3.4.2 */
  #planInterim(): void {
    this.#stopInterimTimer ??= this.server.config.clock.after(INTERIM_RESPONSE_MS, () => {
      this.#stopInterimTimer = undefined;
      const latest = this.server.config.clock.nowMs() - INTERIM_RESPONSE_MS / 2;
      for (const [call, run] of this.#pending) if (call.startedMs <= latest) run.putOff(call);
      if ([...this.#pending.keys()].some(({ asyncId }) => asyncId === undefined))
        this.#planInterim();
      this.output.flush();
    });
  }

  /** A peer that breaks the protocol is hung up on; a bug of ours is told. Either way it ends here. */
  #fail(error: unknown): void {
    if (!(error instanceof WireError)) this.server.observer.error(error);
    this.close();
  }
}
