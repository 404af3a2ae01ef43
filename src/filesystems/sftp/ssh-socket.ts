import { connect, type Socket } from "node:net";
import { FIRST_SOCKET_READ_BYTES, MAX_SOCKET_READ_BYTES, RECEIVE_RING_BYTES } from "./limits.js";

/**
 * A socket for `ssh2` that makes no garbage of what it reads, and sends what is written in one turn by one call.
 *
 * Once told that the session is {@link begin | begun} it reads into the same memory round and round. `ssh2` deciphers it
 * there, and hands on parts of it; what it keeps of them for later belongs to a key exchange, in which the server may send nothing else.
 */
export class SshSocket {
  readonly socket: Socket;
  #ring: Buffer | undefined;
  /** What is free of the ring from here on was read longest ago. */
  #at = 0;
  #isGathering = false;

  /** Begins to connect. */
  constructor(host: string, port: number) {
    const socket = connect({
      host,
      port,
      noDelay: true, // requests are small, and must not wait for each other
      onread: {
        buffer: () => this.#memory(),
        callback: (length, memory) => {
          if (this.#ring !== undefined) this.#at += length;
          socket.emit("data", Buffer.from(memory.buffer, memory.byteOffset, length));
          return true;
        },
      },
    });
    this.socket = socket;
  }

  /** From now on there are file data. */
  begin(): void {
    this.#ring = Buffer.allocUnsafeSlow(RECEIVE_RING_BYTES);
  }

  /** What is written from now on, until this turn ends, is sent together. */
  gather(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    this.socket.cork();
    process.nextTick(() => {
      this.#isGathering = false;
      this.socket.uncork();
    });
  }

  #memory(): Buffer {
    const ring = this.#ring;
    if (ring === undefined) return Buffer.allocUnsafeSlow(FIRST_SOCKET_READ_BYTES);
    if (ring.length - this.#at < MAX_SOCKET_READ_BYTES) this.#at = 0;
    return ring.subarray(this.#at, this.#at + MAX_SOCKET_READ_BYTES);
  }
}
