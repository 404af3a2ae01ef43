import { type Values, type Window, WireError } from "../bytes/index.js";
import { isError, NtStatus } from "../nt/index.js";
import {
  AsyncHeader,
  Command,
  SMB2_FLAGS_ASYNC_COMMAND,
  SMB2_FLAGS_RELATED_OPERATIONS,
  SMB2_FLAGS_SERVER_TO_REDIR,
  SMB2_FLAGS_SIGNED,
  SyncHeader,
} from "../wire/smb2/index.js";
import { admit } from "./admission.js";
import type { Answer, FinishedAnswer } from "./answer.js";
import type { Call } from "./call.js";
import { commands } from "./commands/index.js";
import type { Connection } from "./connection.js";
import { FRAME_HEADER_SIZE } from "./frame-reader.js";
import { mustSign, sendFrameHeader, sendSealed, signAnswer } from "./protection.js";
import type { Session } from "./session.js";

/** An answer that waits for the others of its message. */
interface Answered extends FinishedAnswer {
  readonly call: Call;
  readonly isSigned: boolean;
}

/**
 * The requests of one message, run one after the other, and their answers, sent as one message. What
 * can be answered at once is, without a promise; and a client is told to wait only for the last.
 * [MS-SMB2] 3.3.5.2.7, 3.3.4.1.3
 */
export class MessageRun {
  readonly #connection: Connection;
  readonly #calls: readonly Call[];
  /** The session that the message was encrypted for, and so its answers are. */
  readonly #sealing: Session | undefined;
  #next = 0;
  #answered: Answered[] = [];

  constructor(connection: Connection, calls: readonly Call[], sealing: Session | undefined) {
    this.#connection = connection;
    this.#calls = calls;
    this.#sealing = sealing;
  }

  /**
   * Runs the requests from where it stands. Done at once where all handlers answer at once.
   *
   * @throws WireError where the connection cannot go on; also as a rejection
   */
  run(): Promise<void> | undefined {
    for (let call = this.#calls[this.#next]; call !== undefined; call = this.#calls[this.#next]) {
      const outcome = this.#begin(call);
      if (outcome instanceof Promise) return this.#runLater(call, outcome);
      this.#end(call, outcome);
    }
    this.#send();
    return undefined;
  }

  /**
   * Sends the interim answer of a call that is running, with all answers before it, so that its client
   * waits for the final one. Only the last of a message may be put off so.
   */
  putOff(call: Call): void {
    if (call.asyncId !== undefined || !call.isLast) return;
    const asyncId = this.#connection.newAsyncId();
    if (asyncId === undefined) {
      call.isOverLimit = call.isWaiting; // what only takes long goes on, and its client is not told
      if (call.isWaiting) call.cancel();
      return;
    }
    const interim = call.newAnswer();
    interim.beginError();
    call.asyncId = asyncId;
    this.#answered.push(this.#finish(call, interim, NtStatus.PENDING));
    call.hasInterim = true;
    this.#send();
  }

  async #runLater(call: Call, outcome: Promise<NtStatus>): Promise<void> {
    const connection = this.#connection;
    connection.addPending(call, this);
    call.onWaiting = () => {
      this.putOff(call);
      connection.planFlush();
    };
    if (call.isWaiting) this.putOff(call);
    const status = await outcome;
    connection.removePending(call);
    if (connection.isClosed) {
      call.answer.abandon();
      return;
    }
    this.#end(call, call.isOverLimit ? NtStatus.INSUFFICIENT_RESOURCES : status);
    await this.run();
    connection.planFlush();
  }

  /** Runs one handler, if its request may have it. */
  #begin(call: Call): NtStatus | Promise<NtStatus> {
    const connection = this.#connection;
    const { command } = call.header;
    call.startedMs = connection.server.config.clock.nowMs();
    const row = commands[command];
    const where = { previous: this.#calls[this.#next - 1], sealing: this.#sealing };
    const status = admit(call, row, where);
    if (status !== NtStatus.SUCCESS || row === undefined) return status;
    try {
      const outcome = withoutCopies(call, row.handle(call));
      if (!(outcome instanceof Promise)) return outcome;
      return outcome.catch((error: unknown) => this.#failed(call, error));
    } catch (error) {
      return this.#failed(call, error);
    }
  }

  /** A peer's bad bytes are its own fault; anything else is a bug of ours. The connection lives on. */
  #failed(call: Call, error: unknown): NtStatus {
    call.answer.abandon();
    if (error instanceof WireError) return NtStatus.INVALID_PARAMETER;
    this.#connection.server.observer.error(error);
    return NtStatus.INTERNAL_ERROR;
  }

  #end(call: Call, status: NtStatus): void {
    this.#next++;
    if (call.isFatal) throw new WireError("request: the connection cannot go on");
    if (call.hasNoAnswer) return;
    noteForRelated(call, status);
    if (!call.answer.isBegun) call.answer.beginError();
    this.#answered.push(this.#finish(call, call.answer, status));
    this.#connection.server.record(call, status);
  }

  /** Fills in an answer's header. */
  #finish(call: Call, answer: Answer, status: NtStatus): Answered {
    const { header, region, skip, size } = answer.complete();
    const request = call.header;
    const isSigned = this.#sealing === undefined && mustSign(call);
    header.creditCharge = request.creditCharge;
    header.status = status;
    header.command = request.command;
    header.credits = call.hasInterim ? 0 : this.#connection.credits.grant(request.credits);
    header.flags =
      SMB2_FLAGS_SERVER_TO_REDIR |
      (request.flags & SMB2_FLAGS_RELATED_OPERATIONS) |
      (isSigned ? SMB2_FLAGS_SIGNED : 0);
    header.nextCommand = call.isLast ? 0 : size;
    header.messageId = request.messageId;
    header.processId = request.processId;
    header.treeId = call.answerTreeId ?? call.treeConnect?.treeId ?? request.treeId;
    header.sessionId = call.session?.sessionId ?? request.sessionId;
    if (call.asyncId !== undefined) markAsync(header, call.asyncId);
    return { call, region, skip, size, isSigned };
  }

  /** Sends what has been answered so far as one message. */
  #send(): void {
    const answered = this.#answered;
    const last = answered.at(-1);
    if (last === undefined) return;
    this.#answered = [];
    SyncHeader.at(last.region.view, last.region.at + last.skip).nextCommand = 0;
    for (const { call, region, skip, isSigned } of answered) {
      const bytes = region.bytes(skip);
      if (isSigned && call.session !== undefined) signAnswer(call.session, bytes);
      call.onAnswer?.(bytes);
    }
    if (this.#sealing === undefined) this.#sendPlain(answered);
    else sendSealed(this.#connection.output, this.#sealing, answered);
    this.#connection.output.messageQueued();
  }

  #sendPlain(answered: readonly Answered[]): void {
    const { output } = this.#connection;
    let total = 0;
    for (const { size } of answered) total += size;
    const [first] = answered;
    if (first?.skip === FRAME_HEADER_SIZE) {
      first.region.view.setUint32(first.region.at, total); // big-endian; the first byte is 0
    } else {
      sendFrameHeader(output, total);
    }
    for (const { region } of answered) output.sendRegion(region);
  }
}

/**
 * A change is answered when nobody can see any more what was there before: other hosts of the volume, that keep
 * copies, have let go of them. Without such a host there is nothing to wait for.
 */
function withoutCopies(
  { treeConnect }: Call,
  outcome: NtStatus | Promise<NtStatus>,
): NtStatus | Promise<NtStatus> {
  const holders = treeConnect?.share.volume?.notifyHub.copyHolders;
  if (holders === undefined || holders.isEmpty) return outcome;
  if (outcome instanceof Promise) {
    return outcome.then(async (status) => {
      await holders.settling;
      return status;
    });
  }
  return holders.settling?.then(() => outcome) ?? outcome;
}

/** What a related request behind this one will find. [MS-SMB2] 3.3.5.2.7.2 */
function noteForRelated({ chain, header }: Call, status: NtStatus): void {
  const isRefused = isError(status) || status === NtStatus.STOPPED_ON_SYMLINK; // of warnings, one refuses
  if (header.command === Command.CREATE && isRefused) {
    chain.open = undefined;
    chain.failure = status;
  } else if (chain.open === undefined && isError(status)) {
    chain.failure = status;
  }
}

/** [MS-SMB2] 2.2.1.1: the AsyncId lies where ProcessId and TreeId were. */
function markAsync(header: Values<typeof SyncHeader.fields> & Window, asyncId: number): void {
  header.flags |= SMB2_FLAGS_ASYNC_COMMAND;
  AsyncHeader.at(header.bytes, header.at).asyncId = asyncId;
}
