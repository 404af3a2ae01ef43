/**
 * What a client asks, and what comes back.
 *
 * @packageDocumentation
 */
import { bytesOf, part, type Read } from "../../bytes/index.js";
import { NtStatus, statusName } from "../../nt/index.js";
import { ErrorResponse, SyncHeader } from "../../wire/smb2/index.js";

/** The header of every request and answer, in bytes. */
export const HEADER_SIZE = SyncHeader.size;

/** One answer. Its memory is good until the call that was given it returns. */
export interface Answer {
  /** From the SMB2 header on; of a compound, this element alone. */
  readonly bytes: DataView;
  readonly header: Read<typeof SyncHeader>;
  readonly status: NtStatus;
}

/** One request: what follows the header, and what its answer means. May be sent any number of times. */
export interface SmbRequest<T> {
  readonly command: number;
  /** Of what follows the header, in bytes, without the payload. */
  readonly size: number;
  /** Follows that; sent from where it lies, so it must not change until the answer is there. */
  readonly payload?: Uint8Array | undefined;
  /** Bytes sent or wanted, whichever are more: what the credits pay for. [MS-SMB2] 3.1.5.2 */
  readonly paidLength: number;
  /** Writes `size` bytes at `at`. */
  readonly write: (bytes: DataView, at: number) => void;
  /** Whether a refusal is to be decoded, too, because of its body. [MS-SMB2] 3.3.4.4 */
  readonly hasBody?: (answer: Answer) => boolean;
  /** Reads an answer that is no refusal. @throws WireError when it is broken */
  readonly decode: (answer: Answer) => T;
}

/** What a request came to. */
export interface Reply<T> {
  readonly status: NtStatus;
  /** Undefined where the status is a refusal. */
  readonly value: T | undefined;
  /** What a refusal says besides; undefined where it says nothing. [MS-SMB2] 2.2.2 */
  readonly error?: ErrorData | undefined;
}

/** ErrorData, and how many contexts it consists of: none below 3.1.1. */
export interface ErrorData {
  readonly contextCount: number;
  readonly data: Uint8Array;
}

/** What a request's answer reads as. */
export type ReplyOf<R> = R extends SmbRequest<infer T> ? Reply<T> : never;

/** The value of a reply that must not be a refusal. @throws Error naming the status when it is */
export function must<T>({ status, value }: Reply<T>): T {
  if (value === undefined) throw new Error(`the server answered ${statusName(status)}`);
  return value;
}

/** The lowest status that is a warning or an error, and not a success. [MS-ERREF] 2.3 */
const FIRST_WARNING = 0x8000_0000;

/** Statuses of errors, or nearly, that come with the answer's own body. [MS-SMB2] 3.3.4.4 */
export function hasBody(status: NtStatus): boolean {
  return (
    status < FIRST_WARNING ||
    status === NtStatus.BUFFER_OVERFLOW ||
    status === NtStatus.MORE_PROCESSING_REQUIRED
  );
}

function errorDataOf({ bytes }: Answer): ErrorData | undefined {
  const { errorContextCount: contextCount, byteCount } = ErrorResponse.read(bytes, HEADER_SIZE);
  if (byteCount === 0) return undefined;
  const where = { offset: ErrorResponse.size, length: byteCount, what: "answer: ErrorData" };
  return { contextCount, data: Uint8Array.from(bytesOf(part(bytes, HEADER_SIZE, where))) };
}

/** One request on its way. */
export class InFlight<T> {
  readonly request: SmbRequest<T>;
  readonly answer: Promise<Reply<T>>;
  /** Undefined until it was sent. */
  messageId: number | undefined;
  /** Undefined until the server told to wait. */
  asyncId: number | undefined;
  #settle!: (answer: Answer) => void;
  #reject!: (error: Error) => void;
  #interim: (() => void)[] | undefined;

  constructor(request: SmbRequest<T>) {
    this.request = request;
    this.answer = new Promise<Reply<T>>((resolve, reject) => {
      this.#settle = (answer) => {
        const { status } = answer;
        if (hasBody(status) || request.hasBody?.(answer) === true) {
          resolve({ status, value: request.decode(answer) });
        } else {
          resolve({ status, value: undefined, error: errorDataOf(answer) });
        }
      };
      this.#reject = reject;
    });
  }

  /** Resolves when the server has told to wait. */
  whenPending(): Promise<void> {
    if (this.asyncId !== undefined) return Promise.resolve();
    return new Promise((resolve) => {
      (this.#interim ??= []).push(resolve);
    });
  }

  /** The server tells to wait. [MS-SMB2] 3.2.5.1.5 */
  putOff(asyncId: number): void {
    this.asyncId = asyncId;
    for (const resolve of this.#interim ?? []) resolve();
  }

  /** The final answer is there. */
  settle(answer: Answer): void {
    try {
      this.#settle(answer);
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** There will be no answer, or none that can be read. */
  fail(error: Error): void {
    this.answer.catch(() => undefined); // nobody may be waiting
    this.#reject(error);
  }
}
