import { describe, expect, it } from "vitest";
import { coloursFor } from "./colour.js";
import { printable, requestLine } from "./request-log.js";

const plain = coloursFor(false, {});
const now = new Date("2026-01-02T12:30:01.250Z");
const create = {
  command: "CREATE",
  sessionId: 1,
  userName: "anna",
  clientAddress: "127.0.0.1:50012",
  status: "SUCCESS",
  durationMs: 0.4213,
  detail: "\\docs\\a.txt",
};

describe("requestLine", () => {
  it("tells a request in one line", () => {
    expect(requestLine(create, now, plain)).toBe(
      "12:30:01.250 CREATE SUCCESS 0.42 ms anna@127.0.0.1:50012 session 1 \\docs\\a.txt",
    );
  });

  it("stays one line, whatever names a client chooses", () => {
    const forged = { ...create, userName: "a\nb", detail: "\u001b[2J\r\nready\u2028" };
    expect(requestLine(forged, now, plain)).toBe(
      "12:30:01.250 CREATE SUCCESS 0.42 ms a\\u{a}b@127.0.0.1:50012 session 1 " +
        "\\u{1b}[2J\\u{d}\\u{a}ready\\u{2028}",
    );
  });

  it("has a dash for a client without a user", () => {
    expect(requestLine({ ...create, userName: "" }, now, plain)).toContain(" -@127.0.0.1:50012 ");
  });
});

describe("printable", () => {
  it("leaves ordinary names of all languages alone", () => {
    expect(printable("Grüße 文書 📁.txt")).toBe("Grüße 文書 📁.txt");
  });

  it("escapes what turns the direction of text, and lone surrogates", () => {
    expect(printable("a\u202eb\ud800")).toBe("a\\u{202e}b\\u{d800}");
  });
});
