import { bytesOf, part, type Read, type Struct, type Values, type Window } from "../bytes/index.js";
import { NtStatus } from "../nt/index.js";
import {
  ALL_ONES_FILE_ID,
  Command,
  Dialect,
  SMB2_FLAGS_RELATED_OPERATIONS,
  type SyncHeader,
} from "../wire/smb2/index.js";
import { Answer } from "./answer.js";
import type { Connection } from "./connection.js";
import { FRAME_HEADER_SIZE } from "./frame-reader.js";
import { BYTES_PER_CREDIT } from "./limits.js";
import { SEALED_PREFIX_SIZE } from "./protection.js";
import type { Session } from "./session.js";
import type { SmbOpen } from "./smb-open.js";
import type { TreeConnect } from "./tree-connect.js";

/** What the requests chained in one message know of each other. [MS-SMB2] 3.3.5.2.7 */
export interface Chain {
  /** The file of the request before, for related ones. */
  open: SmbOpen | undefined;
  /** Why there is none: what a related request that needs one is refused with. */
  failure: NtStatus;
}

/** What a call is made of. */
export interface CallParts {
  readonly connection: Connection;
  readonly chain: Chain;
  readonly bytes: DataView;
  readonly header: Read<typeof SyncHeader>;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** Came encrypted, so the answer leaves encrypted. */
  readonly isSealed: boolean;
}

/** One request being answered: what was asked, by whom, and where the answer goes. */
export class Call {
  readonly connection: Connection;
  readonly chain: Chain;
  /** The request from its SMB2 header on, and nothing of the next. */
  readonly bytes: DataView;
  readonly header: Read<typeof SyncHeader>;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  readonly #prefixSize: number;
  readonly answer: Answer;
  /** Set where the command needs one; see the command table. */
  session: Session | undefined;
  treeConnect: TreeConnect | undefined;
  /** The tree that the answer names, where it is not the request's. */
  answerTreeId: number | undefined;
  /** The client was told to wait: the answer goes by this id. */
  asyncId: number | undefined;
  /** The interim answer has left, and the credits with it. */
  hasInterim = false;
  /** The client is told at once that the answer will take its time. */
  isWaiting = false;
  /** Too many wait already: it is refused. */
  isOverLimit = false;
  /** Called when the client is to be told to wait. */
  onWaiting: (() => void) | undefined;
  /** The answer is signed whatever the request was. */
  mustSign = false;
  /** There is to be no answer, and no more connection. */
  isFatal = false;
  /** Looks at the answer's bytes when they are complete: preauth integrity. [MS-SMB2] 3.3.5.4 */
  onAnswer: ((answer: Uint8Array) => void) | undefined;
  /** For the request record. */
  detail: string | undefined;
  /** For the request record: the file, where it is not the name of {@link Call.open}. */
  path: string | undefined;
  /** What the request works on, found by {@link Call.findOpen}. */
  open: SmbOpen | undefined;
  startedMs = 0;
  /** Ends the waiting; undefined where the request does not wait, or cannot be cancelled. */
  #endWaiting: (() => void) | undefined;
  #isCancelled = false;

  constructor(parts: CallParts) {
    this.connection = parts.connection;
    this.chain = parts.chain;
    this.bytes = parts.bytes;
    this.header = parts.header;
    this.isFirst = parts.isFirst;
    this.isLast = parts.isLast;
    const prefixSize = parts.isSealed ? SEALED_PREFIX_SIZE : FRAME_HEADER_SIZE;
    this.#prefixSize = parts.isFirst ? prefixSize : 0;
    this.answer = this.newAnswer();
  }

  /** Memory for one more answer to this request: the one, or one that promises it. */
  newAnswer(): Answer {
    const isOneOfSeveral = !(this.isFirst && this.isLast);
    return new Answer(this.connection.output, this.#prefixSize, isOneOfSeveral);
  }

  /** CANCEL has no answer of its own, not even where it is refused. [MS-SMB2] 3.3.5.16 */
  get hasNoAnswer(): boolean {
    return this.header.command === Command.CANCEL;
  }

  /** The session, of a command whose row says that it needs one. */
  get validSession(): Session {
    if (this.session === undefined) throw new Error("a command ran without the session it needs");
    return this.session;
  }

  /** The tree connect, of a command whose row says that it needs one. */
  get validTreeConnect(): TreeConnect {
    if (this.treeConnect === undefined) throw new Error("a command ran without the tree it needs");
    return this.treeConnect;
  }

  /** The open that both ids name, of this session and tree; all ones: that of the request before. */
  findOpen(persistentFileId: bigint, volatileFileId: bigint): SmbOpen | undefined {
    if (volatileFileId === ALL_ONES_FILE_ID && persistentFileId === ALL_ONES_FILE_ID) {
      const isRelated = (this.header.flags & SMB2_FLAGS_RELATED_OPERATIONS) !== 0;
      if (isRelated) this.open = this.chain.open;
      return this.open;
    }
    const open = this.session?.opens.get(Number(volatileFileId));
    if (open === undefined || BigInt(open.fileId) !== persistentFileId) return undefined;
    if (open.treeConnect !== this.treeConnect) return undefined;
    this.chain.open = open;
    this.open = open;
    return open;
  }

  /** Whether the request's CreditCharge covers this many bytes. [MS-SMB2] 3.3.5.2.5 */
  isPaid(bytes: number): boolean {
    if (!this.connection.isLargeMtu) return true;
    return Math.max(1, this.header.creditCharge) * BYTES_PER_CREDIT >= bytes;
  }

  /** A variable part of the request, at an offset from its SMB2 header. */
  part(offset: number, length: number, what: string): DataView {
    return part(this.bytes, 0, { offset, length, what });
  }

  /** The same, as bytes. */
  partBytes(offset: number, length: number, what: string): Uint8Array {
    return bytesOf(this.part(offset, length, what));
  }

  /** Begins the answer; see {@link Answer.begin}. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- any layout will do
  respond<F extends Record<string, any>>(layout: Struct<F>, extra = 0): Values<F> & Window {
    return this.answer.begin(layout, extra);
  }

  /** Begins the answer of a refusal that says more than its status. [MS-SMB2] 2.2.2 */
  respondErrorData(data: Uint8Array): void {
    this.answer.beginErrorData(data, this.connection.dialect === Dialect.SMB_3_1_1);
  }

  /** The answer will take its time: the client is told to wait, and may cancel. [MS-SMB2] 3.3.4.2 */
  wait(end: () => void): void {
    this.isWaiting = true;
    this.#endWaiting = end;
    if (this.#isCancelled) end();
    else this.onWaiting?.();
  }

  /** Nobody wants the answer any more: what waits ends now, or as soon as it would wait. */
  cancel(): void {
    this.#isCancelled = true;
    this.#endWaiting?.();
  }
}

/** What a handler gives: the status, with the answer begun by `respond`, or without one. */
export type Outcome = NtStatus | Promise<NtStatus>;
