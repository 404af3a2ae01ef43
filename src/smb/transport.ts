import type { Sink } from "./output.js";

/** What carries a connection: a socket, or in tests a pair of queues. */
export interface Transport extends Sink {
  /** Where the client is, `address:port`. */
  readonly clientAddress: string;
  /** Where the client reached the server, without the port. */
  readonly serverAddress: string;
  /** Ends the connection once what was written has left. */
  close(): void;
}
