import { describe, expect, it } from "vitest";
import { formatAddress, isLoopback, parseListen } from "./listen.js";

describe("parseListen", () => {
  it.each([
    { text: "127.0.0.1:4450", host: "127.0.0.1", port: 4450 },
    { text: "0.0.0.0:445", host: "0.0.0.0", port: 445 },
    { text: "[::1]:445", host: "::1", port: 445 },
    { text: "[fe80::1%eth0]:445", host: "fe80::1%eth0", port: 445 },
    { text: "files.example.com:0", host: "files.example.com", port: 0 },
  ])("takes $text, and writes it the same way", ({ text, host, port }) => {
    expect(parseListen(text)).toEqual({ ok: true, value: { host, port } });
    expect(formatAddress({ host, port })).toBe(text);
  });

  it.each([
    "",
    "4450",
    ":4450",
    "127.0.0.1",
    "127.0.0.1:",
    "127.0.0.1:65536",
    "127.0.0.1:-1",
    "127.0.0:445",
    "::1:445",
    "[]:445",
    "[127.0.0.1]:445",
    "a b:445",
  ])("refuses %j, and says what is allowed", (text) => {
    expect(parseListen(text)).toMatchObject({
      ok: false,
      problem: expect.stringContaining("127.0.0.1:4450 or [::1]:4450") as string,
    });
  });
});

describe("isLoopback", () => {
  it.each([
    { host: "127.0.0.1", isIt: true },
    { host: "127.8.0.1", isIt: true },
    { host: "::1", isIt: true },
    { host: "localhost", isIt: true },
    { host: "0.0.0.0", isIt: false },
    { host: "::", isIt: false },
    { host: "192.168.0.2", isIt: false },
    { host: "127.example.com", isIt: false },
  ])("says $isIt of $host", ({ host, isIt }) => {
    expect(isLoopback(host)).toBe(isIt);
  });
});
