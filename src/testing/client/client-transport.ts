/**
 * What carries a client's connection: a socket, or memory.
 *
 * @packageDocumentation
 */
import { connect as connectSocket, type Socket } from "node:net";
import type { SmbServer, Transport } from "../../smb/index.js";
import { RECEIVE_BUFFER_SIZE } from "./limits.js";

/** Who hears what a transport brings. */
export interface TransportListener {
  /** Bytes have come; good until the call returns. */
  receive(chunk: Buffer): void;
  /** Nothing will come any more. */
  closed(error: Error | undefined): void;
}

/** A connection to a server, seen from the client. */
export interface ClientTransport {
  /** Begins to hand over what comes; called once. */
  start(listener: TransportListener): void;
  /** Sends the segments, in order; calls `sent` when their memory is free again. */
  write(segments: readonly Uint8Array[], sent: () => void): void;
  /** Whether the connection alone keeps the process from ending; absent where it never does. */
  keepProcess?(isKept: boolean): void;
  /** Ends the connection. */
  close(): void;
}

/** Where a server listens. */
export interface ServerAddress {
  /** 127.0.0.1 unless told. */
  readonly host?: string;
  readonly port: number;
}

/**
 * Connects over TCP.
 *
 * @throws Node's own error where nobody answers
 */
export function connectTcp({ host = "127.0.0.1", port }: ServerAddress): Promise<ClientTransport> {
  return new Promise((resolve, reject) => {
    const transport = new SocketTransport();
    const socket = connectSocket({
      host,
      port,
      noDelay: true,
      onread: {
        buffer: Buffer.allocUnsafeSlow(RECEIVE_BUFFER_SIZE),
        callback: (length, buffer) => {
          transport.receive(Buffer.from(buffer.buffer, buffer.byteOffset, length));
          return true;
        },
      },
    });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      transport.attach(socket);
      resolve(transport);
    });
  });
}

/** A socket whose bytes all come in the same memory. */
class SocketTransport implements ClientTransport {
  #socket: Socket | undefined;
  #listener: TransportListener | undefined;

  attach(socket: Socket): void {
    this.#socket = socket;
    let failure: Error | undefined;
    socket.on("error", (error) => {
      failure = error;
    });
    socket.on("end", () => socket.destroy());
    socket.on("close", () => this.#listener?.closed(failure));
  }

  start(listener: TransportListener): void {
    this.#listener = listener;
  }

  /** A server says nothing before it is asked, so there is a listener by then. */
  receive(chunk: Buffer): void {
    this.#listener?.receive(chunk);
  }

  write(segments: readonly Uint8Array[], sent: () => void): void {
    const socket = this.#socket;
    if (socket?.writable !== true) {
      sent();
      return;
    }
    const last = segments.length - 1;
    if (last > 0) socket.cork();
    segments.forEach((segment, i) => {
      socket.write(
        segment,
        i === last
          ? () => {
              sent();
            }
          : undefined,
      );
    });
    if (last > 0) socket.uncork();
  }

  keepProcess(isKept: boolean): void {
    if (isKept) this.#socket?.ref();
    else this.#socket?.unref();
  }

  close(): void {
    this.#socket?.destroySoon();
  }
}

/** Connects to a server in this process; bytes go both ways in turns of their own, as on a network. */
export function connectInMemory(server: SmbServer): ClientTransport {
  let listener: TransportListener | undefined;
  let isClosed = false;
  const end = () => {
    if (isClosed) return;
    isClosed = true;
    queueMicrotask(() => listener?.closed(undefined));
  };
  const serverSide: Transport = {
    clientAddress: "memory:1",
    serverAddress: "memory",
    write(segments, sent) {
      const chunk = Buffer.concat(segments);
      sent();
      queueMicrotask(() => {
        listener?.receive(chunk);
      });
    },
    close: end,
  };
  const connection = server.connect(serverSide);
  return {
    start(toListen) {
      listener = toListen;
      if (connection === undefined) end();
    },
    write(segments, sent) {
      const chunk = Buffer.concat(segments);
      sent();
      queueMicrotask(() => {
        if (!isClosed) connection?.receive(chunk);
      });
    },
    close() {
      end();
      connection?.close();
    },
  };
}
