import type { NtStatus } from "../../nt/index.js";

/** What one read of a pipe gives. */
export interface PipeRead {
  /** Owned by the reader. */
  readonly data: Uint8Array;
  /** The message is longer than what was asked for: STATUS_BUFFER_OVERFLOW to the client. */
  readonly isMore: boolean;
}

/** The server's end of a named pipe in message mode. [MS-SMB2] 3.3.5.9, [MS-FSCC] 2.4.36 */
export interface PipeEndpoint {
  /**
   * Takes what the client writes, and answers it at once.
   *
   * @param data - valid until the call returns, not after
   * @returns SUCCESS, or PIPE_DISCONNECTED when the conversation is over and nothing is left to read
   */
  write(data: Uint8Array): NtStatus;
  /**
   * Takes a message, or the rest of one, from those that wait.
   *
   * @param maxLength - in bytes
   * @returns undefined when nothing is there; nothing more will come when `isDisconnected`
   */
  read(maxLength: number): PipeRead | undefined;
  close(): void;
  /** Called when there is something to read, and when the pipe was disconnected. */
  onData: (() => void) | undefined;
  /** In bytes, of all messages that wait. */
  readonly bytesAvailable: number;
  /** No further data comes; what is there can still be read. */
  readonly isDisconnected: boolean;
}
