import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { memory } from "../filesystems/memory/index.js";
import { serve } from "../serve.js";

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

describe("a TCP listener", () => {
  it("closes, and frees its port, with clients there and after others have gone", async () => {
    const server = await serve(memory(), { port: 0 });
    const { port } = server;
    const gone = await connected(port);
    await expect.poll(() => server.tableSizes.connections).toBe(1);
    gone.destroy();
    await expect.poll(() => server.tableSizes.connections).toBe(0);
    const there = await connected(port);
    await expect.poll(() => server.tableSizes.connections).toBe(1);
    const hungUp = once(there.resume(), "close");
    await server.close();
    await hungUp;
    expect(server.tableSizes.connections).toBe(0);
    const again = await serve(memory(), { port });
    expect(again.port).toBe(port);
    await again.close();
  });

  it("hangs up on what is no message", async () => {
    const server = await serve(memory(), { port: 0 });
    const socket = await connected(server.port);
    socket.write("GET / HTTP/1.1\r\n\r\n");
    await once(socket.resume(), "close");
    expect(server.tableSizes.connections).toBe(0);
    await server.close();
  });
});
