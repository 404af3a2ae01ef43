import { connect, createServer, type Server, type Socket } from "node:net";

/** Forwards a free port of 127.0.0.1 to another, and cuts connections when a test says so. */
export class Cutter {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #to: number;
  /** Bytes, both ways together, after which a connection is cut. */
  bytesToCut = Number.POSITIVE_INFINITY;
  /** Nothing is let through any more: what connects is cut at once. */
  isClosed = false;
  cuts = 0;

  private constructor(to: number) {
    this.#to = to;
    this.#server = createServer((client) => {
      this.#forward(client);
    });
  }

  static async start(to: number): Promise<Cutter> {
    const cutter = new Cutter(to);
    await new Promise<void>((listening) => cutter.#server.listen(0, "127.0.0.1", listening));
    return cutter;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("it does not listen");
    return address.port;
  }

  /** Cuts all that is there. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    const closed = new Promise((settle) => this.#server.close(settle));
    this.cut();
    await closed;
  }

  #forward(client: Socket): void {
    if (this.isClosed) {
      client.destroy();
      return;
    }
    const upstream = connect(this.#to, "127.0.0.1");
    let bytes = 0;
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(from);
      from.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes < this.bytesToCut) {
          if (!to.write(chunk)) from.pause();
          return;
        }
        this.cuts++;
        from.destroy();
      });
      to.on("drain", () => from.resume());
      from.on("error", () => to.destroy());
      from.on("close", () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
  }
}
