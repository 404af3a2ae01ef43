import { describe, expect, it } from "vitest";
import { FakeClock } from "../../testing/fake-clock.js";
import { FakeSftpServer } from "../../testing/fake-sftp-server.js";
import { Connection } from "./connection.js";
import { SftpError } from "./errors.js";
import { FIRST_RECONNECT_DELAY_MS, MAX_RECONNECT_DELAY_MS, MAX_TRIES } from "./limits.js";
import type { SftpEvent } from "./options.js";

const AWAY = new SftpError("UNREACHABLE", "box port 22 cannot be reached: nobody is there");
const TIMEOUT_MS = 45_000;

function begin() {
  const server = new FakeSftpServer();
  const clock = new FakeClock();
  const events: SftpEvent[] = [];
  const connection = new Connection({
    host: "box",
    dial: server.dial,
    reconnectTimeoutMs: TIMEOUT_MS,
    clock,
    onEvent: (event) => events.push(event),
  });
  const kinds = () => events.map(({ kind }) => kind);
  return { server, clock, events, kinds, connection };
}

/** Lets all go on that need not wait for time. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

/** Lets time pass until something comes of a request. */
async function pass<T>(clock: FakeClock, outcome: Promise<T>): Promise<T> {
  const state = { isDone: false };
  const done = outcome.finally(() => {
    state.isDone = true;
  });
  done.catch(() => undefined);
  for (let turn = 0; turn < 1000 && !state.isDone; turn++) {
    await settle();
    clock.advance(100);
  }
  return done;
}

describe("a connection to an SFTP server", () => {
  it("fails at once where the first attempt does", async () => {
    const { server, connection, kinds } = begin();
    server.refusals.push(AWAY);
    await expect(connection.start()).rejects.toBe(AWAY);
    expect(kinds()).toEqual(["connecting"]);
  });

  it("is made again at once when it is lost, before anybody asks", async () => {
    const { server, connection, kinds } = begin();
    await connection.start();
    server.current?.lose();
    await settle();
    expect(kinds()).toEqual(["connecting", "connected", "lost", "connecting", "connected"]);
    expect(server.dials).toBe(2);
  });

  it("sends what was not answered again, and says so", async () => {
    const { server, connection } = begin();
    server.cuts.push({ after: 0, isDone: true });
    await connection.start();
    const repeats: boolean[] = [];
    const path = await connection.run((transport, isRepeat) => {
      repeats.push(isRepeat);
      return transport.realpath("/x");
    });
    expect(path).toBe("/x");
    expect(repeats).toEqual([false, true]);
  });

  it("waits longer after each attempt that fails, up to the longest", async () => {
    const { server, clock, connection, events } = begin();
    await connection.start();
    server.refusals.push(...Array.from({ length: 8 }, () => AWAY));
    server.current?.lose();
    const asked = connection.run((transport) => transport.realpath("/x"));
    expect(await pass(clock, asked)).toBe("/x");
    const delays = events.flatMap((event) => (event.kind === "waiting" ? [event.delayMs] : []));
    expect(delays.slice(0, 3)).toEqual([1, 2, 4].map((times) => times * FIRST_RECONNECT_DELAY_MS));
    expect(Math.max(...delays)).toBe(MAX_RECONNECT_DELAY_MS);
  });

  it("refuses what waits when the time is over, and tries again for what is asked next", async () => {
    const { server, clock, connection, kinds } = begin();
    await connection.start();
    server.refusals.push(...Array.from({ length: 100 }, () => AWAY));
    server.current?.lose();
    const asked = connection.run((transport) => transport.realpath("/x"));
    await expect(pass(clock, asked)).rejects.toMatchObject({ code: "EHOSTDOWN" });
    expect(kinds().at(-1)).toBe("gave-up");
    expect(clock.timerCount).toBe(0);
    server.refusals.length = 0;
    expect(await connection.run((transport) => transport.realpath("/y"))).toBe("/y");
  });

  it("does not wait for what waiting does not cure", async () => {
    const { server, connection } = begin();
    await connection.start();
    server.refusals.push(new SftpError("HOST_KEY_CHANGED", "somebody may be in between"));
    server.current?.lose();
    await expect(connection.run((transport) => transport.realpath("/x"))).rejects.toThrow(
      "EHOSTDOWN: somebody may be in between",
    );
    expect(server.dials).toBe(2);
  });

  it("sends nothing more than a few times", async () => {
    const { server, connection } = begin();
    server.cuts.push(...Array.from({ length: 100 }, () => ({ after: 0, isDone: false })));
    await connection.start();
    const asked = connection.run((transport) => transport.realpath("/x"));
    await expect(asked).rejects.toThrow("the connection was lost");
    expect(server.requests).toHaveLength(MAX_TRIES);
  });

  it("leaves nothing behind when it is stopped while it waits", async () => {
    const { server, clock, connection } = begin();
    await connection.start();
    server.refusals.push(AWAY, AWAY);
    server.current?.lose();
    const asked = connection.run((transport) => transport.realpath("/x"));
    asked.catch(() => undefined);
    await settle();
    connection.stop();
    await expect(asked).rejects.toThrow("the file system was stopped");
    expect(clock.timerCount).toBe(0);
    await settle();
    expect(server.dials).toBe(2);
  });
});
