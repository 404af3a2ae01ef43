import { SftpError } from "./errors.js";

/** What is to be served: a directory of a server. */
export interface SftpTarget {
  /** A name or an address; an alias of `~/.ssh/config` too. */
  readonly host: string;
  readonly user?: string | undefined;
  readonly port?: number | undefined;
  /** Absolute, or from the user's home directory; empty for that itself. */
  readonly path: string;
}

const FORM = "give [user@]host[:path], or sftp://[user@]host[:port]/path";

/**
 * Reads `[user@]host[:path]` as `scp` knows it, or `sftp://[user@]host[:port]/path`, whose path is absolute
 * unless it begins with `/~/`. An IPv6 address is in brackets.
 *
 * @throws SftpError BAD_TARGET
 */
export function parseSftpTarget(text: string): SftpTarget {
  const target = /^sftp:\/\//i.test(text) ? parseUrl(text) : parseShort(text);
  if (!/^[\w.%:-]+$/u.test(target.host) || target.host.startsWith("-")) {
    throw badTarget(`"${text}" names no host`);
  }
  if (target.path.includes("\0") || target.user?.includes("\0") === true) {
    throw badTarget(`"${text}" has a character that no name has`);
  }
  return target;
}

function parseShort(text: string): SftpTarget {
  const match =
    /^(?:(?<user>[^/]*)@)?(?:\[(?<bracketed>[^\]]*)\]|(?<host>[^:/[\]@]*))(?::(?<path>.*))?$/su.exec(
      text,
    );
  const { user, bracketed, host, path = "" } = match?.groups ?? {};
  if (match === null) throw badTarget(`"${text}" names no host`);
  return { ...userOf(user, text), host: bracketed ?? host ?? "", path };
}

function parseUrl(text: string): SftpTarget {
  const match =
    /^sftp:\/\/(?:(?<user>[^/]*)@)?(?:\[(?<bracketed>[^\]]*)\]|(?<host>[^:/[\]@]*))(?::(?<port>\d*))?(?<path>\/.*)?$/isu.exec(
      text,
    );
  if (match === null) throw badTarget(`"${text}" is no SFTP address`);
  const { user, bracketed, host, port, path = "" } = match.groups ?? {};
  const decoded = decode(path, text);
  return {
    ...userOf(user === undefined ? undefined : decode(user, text), text),
    host: bracketed ?? host ?? "",
    ...(port === undefined || port === "" ? {} : { port: portOf(port, text) }),
    path: /^\/~(\/|$)/.test(decoded) ? decoded.slice(3) : decoded,
  };
}

function userOf(user: string | undefined, text: string): { readonly user?: string } {
  if (user === undefined) return {};
  if (user === "") throw badTarget(`"${text}" has an empty user name`);
  if (user.includes(":")) {
    // Not repeated in the message: it would be in a log then.
    throw new SftpError(
      "BAD_TARGET",
      "a password in the address can be seen by everybody on this machine: put it in ANYMOUNT_SFTP_PASSWORD, or use a key",
    );
  }
  return { user };
}

function portOf(digits: string, text: string): number {
  const port = Number(digits);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw badTarget(`"${text}" has no port from 1 to 65535`);
  }
  return port;
}

function decode(encoded: string, text: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw badTarget(`"${text}" has a % that is no character`);
  }
}

function badTarget(problem: string): SftpError {
  return new SftpError("BAD_TARGET", `${problem}: ${FORM}`);
}
