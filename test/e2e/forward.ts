import { randomInt } from "node:crypto";
import { connect, createServer, type Server, type Socket } from "node:net";

/** The only port that some clients know. */
const SMB_PORT = 445;

/** Another address of this machine, at whose port 445 a server can be reached. */
export interface Forward {
  readonly host: string;
  close(): Promise<void>;
}

/**
 * Forwards port 445 of a loopback address that nobody else has to a port of 127.0.0.1. On Linux all of
 * 127.0.0.0/8 is there; ports below 1024 take root.
 */
export async function forward(port: number): Promise<Forward> {
  const host = `127.${randomInt(1, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on("error", () => to.destroy());
      from.on("close", () => sockets.delete(from));
    }
  });
  await listen(server, host);
  return {
    host,
    close: () =>
      new Promise((closed) => {
        server.close(() => {
          closed();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function listen(server: Server, host: string): Promise<void> {
  return new Promise((listening, failed) => {
    server.once("error", failed);
    server.listen(SMB_PORT, host, listening);
  });
}
