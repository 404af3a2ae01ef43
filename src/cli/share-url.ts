import { isIPv6 } from "node:net";
import { type Outcome, problem, success } from "./outcome.js";
import { DEFAULT_USER, isUserName } from "./users.js";

/** A share of a running server. */
export interface ShareUrl {
  /** A name or an address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  readonly shareName: string;
  readonly userName: string;
}

/** The port that a client takes when none is named. */
const SMB_PORT = 445;

/** Whether what is to be mounted is meant as a running server's share. */
export function isShareUrl(what: string): boolean {
  return /^smb:/i.test(what);
}

/** `smb://[USER@]HOST[:PORT]/SHARE`. Without a user it is the one of `serve`. */
export function parseShareUrl(text: string): Outcome<ShareUrl> {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return unfit(text);
  }
  if (url.password !== "") {
    // The sentence does not repeat it.
    return problem(
      "a password in a URL is seen by all who list processes: leave it out, and set ANYMOUNT_PASSWORD",
    );
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const shareName = decoded(url.pathname.slice(1).replace(/\/$/, ""));
  const userName = url.username === "" ? DEFAULT_USER.name : decoded(url.username);
  if (host === "" || shareName === undefined || shareName === "" || /[/\\]/.test(shareName)) {
    return unfit(text);
  }
  if (userName === undefined || !isUserName(userName)) return unfit(text);
  return success({
    host: isIPv6(host) ? host : host.toLowerCase(),
    port: url.port === "" ? SMB_PORT : Number(url.port),
    shareName,
    userName,
  });
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function unfit(text: string): Outcome<never> {
  return problem(
    `"${text}" is no address of a share: give smb://USER@HOST:PORT/SHARE, as in the ready line of anymount serve`,
  );
}
