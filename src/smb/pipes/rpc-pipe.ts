import { WireError } from "../../bytes/index.js";
import { NtStatus } from "../../nt/index.js";
import { MAX_UNREAD_LENGTH } from "./limits.js";
import { PduSplitter } from "./pdu-splitter.js";
import type { PipeEndpoint, PipeRead } from "./pipe-endpoint.js";
import { RpcConnection, type RpcConnectionParams } from "./rpc-connection.js";

/** A named pipe with DCE/RPC on it: each answer is a message of the pipe. [MS-RPCE] 2.1.1.2 */
export class RpcPipe implements PipeEndpoint {
  onData: (() => void) | undefined;
  readonly #connection: RpcConnection;
  readonly #splitter = new PduSplitter();
  /** What waits to be read. */
  readonly #messages: Uint8Array[] = [];
  #bytesAvailable = 0;
  #isDisconnected = false;

  constructor(params: Omit<RpcConnectionParams, "send">) {
    this.#connection = new RpcConnection({
      ...params,
      send: (pdu) => {
        this.#messages.push(pdu);
        this.#bytesAvailable += pdu.length;
      },
    });
  }

  get bytesAvailable(): number {
    return this.#bytesAvailable;
  }

  get isDisconnected(): boolean {
    return this.#isDisconnected;
  }

  write(data: Uint8Array): NtStatus {
    if (this.#isDisconnected) return NtStatus.PIPE_DISCONNECTED;
    const goesOn = this.#answer(data);
    const hasMessages = this.#messages.length > 0;
    this.#isDisconnected = !goesOn;
    if (hasMessages || !goesOn) this.onData?.();
    return hasMessages || goesOn ? NtStatus.SUCCESS : NtStatus.PIPE_DISCONNECTED;
  }

  read(maxLength: number): PipeRead | undefined {
    const message = this.#messages[0];
    if (message === undefined) return undefined;
    const data = message.subarray(0, maxLength);
    const isMore = data.length < message.length;
    if (isMore) this.#messages[0] = message.subarray(maxLength);
    else this.#messages.shift();
    this.#bytesAvailable -= data.length;
    return { data, isMore };
  }

  close(): void {
    this.#isDisconnected = true;
    this.#messages.length = 0;
    this.#bytesAvailable = 0;
    this.onData = undefined;
  }

  /** Answers the messages that `data` completes; false when the conversation cannot go on. */
  #answer(data: Uint8Array): boolean {
    try {
      for (const pdu of this.#splitter.split(data)) {
        if (this.#bytesAvailable > MAX_UNREAD_LENGTH) return false;
        this.#connection.receive(pdu);
      }
      return true;
    } catch (error) {
      if (error instanceof WireError) return false;
      throw error;
    }
  }
}
