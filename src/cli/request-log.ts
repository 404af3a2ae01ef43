import type { Colours } from "./colour.js";

/** What the log tells of a request. */
export interface LoggedRequest {
  readonly command: string;
  readonly sessionId: number;
  /** As the client gave it; empty before there is a session. */
  readonly userName: string;
  /** `address:port` */
  readonly clientAddress: string;
  /** The name of an NtStatus. */
  readonly status: string;
  readonly durationMs: number;
  /** Such as the path; chosen by the client. */
  readonly detail?: string | undefined;
}

/**
 * One line for a request:
 * `12:30:01.250 CREATE SUCCESS 0.42 ms anna@127.0.0.1:50012 session 1 \docs\a.txt`.
 */
export function requestLine(request: LoggedRequest, now: Date, colours: Colours): string {
  const { command, sessionId, userName, clientAddress, status, durationMs, detail } = request;
  const isGood = status === "SUCCESS" || status === "PENDING";
  const parts = [
    colours.faint(now.toISOString().slice(11, 23)),
    colours.strong(command),
    isGood ? colours.good(status) : colours.bad(status),
    `${durationMs.toFixed(2)} ms`,
    `${printable(userName) || "-"}@${clientAddress}`,
    `session ${sessionId}`,
  ];
  if (detail) parts.push(printable(detail));
  return parts.join(" ");
}

/** Control characters, which a client could send to forge lines or to steer the terminal, escaped. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}
