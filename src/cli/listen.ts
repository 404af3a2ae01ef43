import { isIP, isIPv6 } from "node:net";
import { type Outcome, problem, success } from "./outcome.js";

/** Where a server listens. */
export interface ListenAddress {
  /** A name or an address; IPv6 without brackets. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_-]{1,63})*\.?$/i;

/** `HOST:PORT`; an IPv6 address is in brackets, `[::1]:445`. */
export function parseListen(text: string): Outcome<ListenAddress> {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? "";
  const port = Number(digits);
  const isHost = bracketed === undefined ? isNameOrIPv4(host) : isIPv6(host);
  if (!isHost || !(port <= 65_535)) {
    return problem(
      `"${text}" is no address to listen on: give HOST:PORT, such as 127.0.0.1:4450 or [::1]:4450`,
    );
  }
  return success({ host, port });
}

function isNameOrIPv4(host: string): boolean {
  // Digits and dots alone are meant as an address, and then have to be one.
  return /^[\d.]*$/.test(host) ? isIP(host) === 4 : HOST_NAME.test(host);
}

/** `host:port`, with the brackets that an IPv6 address needs. */
export function formatAddress({ host, port }: ListenAddress): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/** Whether only this machine can connect. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

/** Whether the address stands for all addresses of the machine. */
export function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}
