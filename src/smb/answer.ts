import { align, bytesOf, type Struct, type Values, type Window } from "../bytes/index.js";
import { ErrorContext, ErrorResponse, SyncHeader } from "../wire/smb2/index.js";
import type { Output, Region } from "./output.js";

/** The header of every request and answer, in bytes. */
export const HEADER_SIZE = SyncHeader.size;

/** Elements of a compound begin at multiples of it. [MS-SMB2] 3.2.4.1.4 */
const COMPOUND_ALIGNMENT = 8;

/** An answer whose bytes are final, but for its header's signature. */
export interface FinishedAnswer {
  readonly region: Region;
  /** Where the answer begins in the region: behind what goes before the message. */
  readonly skip: number;
  /** From the SMB2 header on, padding included. */
  readonly size: number;
}

/** The memory of one answer, from its first byte to its last. */
export class Answer {
  readonly #output: Output;
  readonly #prefix: number;
  readonly #isPadded: boolean;
  #region: Region | undefined;
  #bodySize = 0;

  /**
   * @param prefixSize - bytes to leave free before it, for what goes before a message
   * @param isPadded - it is one of several in its message. Windows fills up the last of them, too, which
   *   smbtorture's `smb2.compound.compound-padding` looks at
   */
  constructor(output: Output, prefixSize: number, isPadded: boolean) {
    this.#output = output;
    this.#prefix = prefixSize;
    this.#isPadded = isPadded;
  }

  get isBegun(): boolean {
    return this.#region !== undefined;
  }

  /** Where the SMB2 header is, in the view that {@link Answer.begin} gave. */
  get headerAt(): number {
    return (this.#region?.at ?? 0) + this.#prefix;
  }

  /**
   * Room for a fixed part, all zero and constants, and for `extra` bytes behind it, which still hold
   * old content.
   */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- any layout will do
  begin<F extends Record<string, any>>(layout: Struct<F>, extra: number): Values<F> & Window {
    this.abandon();
    this.#bodySize = layout.size + extra;
    const slack = this.#isPadded ? COMPOUND_ALIGNMENT : 0;
    this.#region = this.#output.reserve(this.#prefix + HEADER_SIZE + this.#bodySize + slack);
    return layout.blank(this.#region.view, this.headerAt + HEADER_SIZE);
  }

  /** The answer of a refusal, or of a promise to answer later. [MS-SMB2] 2.2.2 */
  beginError(): void {
    const response = this.begin(ErrorResponse, 1);
    response.bytes.setUint8(response.at + ErrorResponse.size, 0);
  }

  /**
   * A refusal that says more. [MS-SMB2] 2.2.2
   *
   * @param isContext - ErrorData is a list of contexts, as in 3.1.1; and this is the one in it
   */
  beginErrorData(data: Uint8Array, isContext: boolean): void {
    const byteCount = (isContext ? ErrorContext.size : 0) + data.length;
    const response = this.begin(ErrorResponse, byteCount);
    const { bytes } = response;
    response.byteCount = byteCount;
    let at = response.at + ErrorResponse.size;
    if (isContext) {
      response.errorContextCount = 1;
      ErrorContext.blank(bytes, at).errorDataLength = data.length;
      at += ErrorContext.size;
    }
    bytesOf(bytes).set(data, at);
  }

  /** Cuts the body to this many bytes. */
  trim(bodySize: number): void {
    this.#bodySize = bodySize;
  }

  /** Takes back what was begun: there will be another answer, or none. */
  abandon(): void {
    if (this.#region !== undefined) this.#output.drop(this.#region);
    this.#region = undefined;
  }

  /** The size is final, padding included; the header is all zero but for its constants. */
  complete(): FinishedAnswer & { readonly header: Values<typeof SyncHeader.fields> & Window } {
    const region = this.#region;
    if (region === undefined) throw new Error("an answer was completed that was never begun");
    const at = this.headerAt;
    this.#region = undefined;
    const used = HEADER_SIZE + this.#bodySize;
    const size = this.#isPadded ? align(used, COMPOUND_ALIGNMENT) : used;
    for (let i = used; i < size; i++) region.view.setUint8(at + i, 0);
    this.#output.shrink(region, this.#prefix + size);
    return { region, skip: this.#prefix, size, header: SyncHeader.blank(region.view, at) };
  }
}
