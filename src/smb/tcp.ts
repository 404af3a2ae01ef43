import { createServer, type Server as NetServer, Socket } from "node:net";
import { Wakefulness } from "../kernel/index.js";
import type { Connection } from "./connection.js";
import { MAX_UNSENT_BYTES } from "./limits.js";
import type { SmbServer } from "./server.js";
import type { Transport } from "./transport.js";

/** Where a listener listens. */
export interface ListenAddress {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
}

/** Takes connections over TCP, with the four bytes before each message that port 445 has. */
export class TcpListener {
  readonly #server: SmbServer;
  readonly #net: NetServer;
  readonly #sockets = new Set<Socket>();
  readonly #wakefulness = new Wakefulness();
  #keepsProcess = true;

  constructor(server: SmbServer) {
    this.#server = server;
    this.#net = createServer({ noDelay: true, pauseOnConnect: true }, (accepted) => {
      this.#accept(accepted);
    });
  }

  /** @throws Node's own error where the address cannot be had: EADDRINUSE, EACCES, EADDRNOTAVAIL */
  listen({ host, port }: ListenAddress): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#net.once("error", reject);
      this.#net.listen({ host, port }, () => {
        this.#net.off("error", reject);
        this.#net.on("error", (error) => {
          this.#server.observer.error(error);
        });
        const address = this.#net.address();
        resolve(typeof address === "object" && address !== null ? address.port : port);
      });
    });
  }

  /** Takes no more connections. Those that are there have been closed by the server. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#net.close(() => {
        resolve();
      });
      for (const socket of this.#sockets) socket.destroySoon();
    });
  }

  /** From now on the process may end though it listens, and clients are connected. */
  unref(): void {
    this.#keepsProcess = false;
    this.#net.unref();
    for (const socket of this.#sockets) socket.unref();
  }

  #accept(accepted: Socket): void {
    const transport = new SocketTransport(accepted);
    const connection = this.#server.connect(transport);
    if (connection === undefined) {
      accepted.destroy();
      return;
    }
    const socket = readInto(accepted, connection, this.#wakefulness);
    transport.socket = socket;
    this.#sockets.add(socket);
    if (!this.#keepsProcess) socket.unref();
    // A client that goes away is no error of the server's: "close" comes in any case.
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#sockets.delete(socket);
      connection.close();
    });
  }
}

/**
 * Makes an accepted socket read into the connection's own memory, instead of 64 KiB of fresh memory for
 * each read: for writes of 1 MiB that halves the work (Node 20: 1,600 to 700 µs).
 *
 * `onread` is there for sockets that a program makes, but not for those that a server accepts; so the
 * accepted one hands its handle to one of ours. The handle is not documented: where it is not as
 * expected the socket stays as it is, and is read the ordinary way.
 */
function readInto(accepted: Socket, connection: Connection, wakefulness: Wakefulness): Socket {
  const holder = accepted as Socket & { _handle?: { reading?: boolean } | null };
  const handle = holder._handle;
  if (typeof handle !== "object" || handle === null) return readOrdinary(accepted, connection);
  holder._handle = null;
  accepted.destroy(); // so that the server counts it no more: its close would wait for ever
  const onread = {
    buffer: () => connection.receiveSpace,
    callback: (length: number) => {
      connection.received(length);
      wakefulness.stir();
      return true;
    },
  };
  const options = { handle, onread, readable: true, writable: true };
  const socket = new Socket(options);
  socket.setNoDelay(true);
  socket.resume();
  return socket;
}

function readOrdinary(socket: Socket, connection: Connection): Socket {
  socket.on("data", (chunk: Buffer) => {
    connection.receive(chunk);
  });
  socket.resume();
  return socket;
}

/** A connection's socket. */
class SocketTransport implements Transport {
  readonly clientAddress: string;
  readonly serverAddress: string;
  socket: Socket;

  constructor(socket: Socket) {
    this.socket = socket;
    this.clientAddress = `${socket.remoteAddress ?? ""}:${socket.remotePort ?? 0}`;
    this.serverAddress = socket.localAddress ?? "";
  }

  write(segments: readonly Uint8Array[], sent: () => void): void {
    const socket = this.socket;
    if (!socket.writable) {
      sent();
      return;
    }
    const last = segments.length - 1;
    if (last > 0) socket.cork();
    segments.forEach((segment, i) => {
      socket.write(segment, i === last ? sent : undefined);
    });
    if (last > 0) socket.uncork();
    if (socket.writableLength > MAX_UNSENT_BYTES && !socket.isPaused()) this.#pauseUntilSent();
  }

  /** A client that asks and does not listen is not heard until it has taken what it asked for. */
  #pauseUntilSent(): void {
    const socket = this.socket;
    socket.pause();
    socket.once("drain", () => {
      socket.resume();
    });
  }

  close(): void {
    this.socket.destroySoon();
  }
}
