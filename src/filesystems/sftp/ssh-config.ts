/**
 * What `~/.ssh/config` says of a host: the part of ssh_config(5) that a file system needs.
 *
 * @packageDocumentation
 */
import { join } from "node:path";
import { matchesPattern } from "./known-hosts.js";

/** What is said of a host; what is not is absent. The first word on each matter counts. */
export interface SshHostConfig {
  readonly hostName?: string;
  readonly port?: number;
  readonly user?: string;
  /** As written: {@link expandTokens} makes paths of them. In their order. */
  readonly identityFiles: readonly string[];
  readonly identitiesOnly?: boolean;
  /** A socket, `SSH_AUTH_SOCK`, or `none`. */
  readonly identityAgent?: string;
  readonly userKnownHostsFiles?: readonly string[];
  /** The name under which keys are looked up. */
  readonly hostKeyAlias?: string;
  /** ProxyJump or ProxyCommand: the host is reached by another way than a connection to it. */
  readonly proxy?: string;
}

type Mutable = { -readonly [Key in keyof SshHostConfig]: SshHostConfig[Key] } & {
  identityFiles: string[];
};

/**
 * Reads what a configuration says of a host. Understands `Host` with patterns; blocks of `Match`, but for
 * `Match all`, and `Include` are passed over.
 *
 * @param host - as the user gave it
 */
export function readSshConfig(text: string, host: string): SshHostConfig {
  const config: Mutable = { identityFiles: [] };
  let applies = true; // what comes before the first Host is for all
  for (const line of text.split("\n")) {
    const match = /^\s*(?<keyword>[A-Za-z]+)(?:\s*=\s*|\s+)(?<rest>.*?)\s*$/.exec(line);
    const { keyword = "", rest = "" } = match?.groups ?? {};
    const words = wordsOf(rest);
    const name = keyword.toLowerCase();
    if (name === "host") applies = matchesHost(words, host);
    else if (name === "match") applies = words.length === 1 && words[0]?.toLowerCase() === "all";
    else if (applies && words[0] !== undefined) take(config, name, words);
  }
  return config;
}

/** Takes one keyword with its words, unless something was said on it before. */
function take(config: Mutable, keyword: string, words: readonly string[]): void {
  const [word = ""] = words;
  switch (keyword) {
    case "hostname":
      config.hostName ??= word;
      break;
    case "port":
      config.port ??= Number(word);
      break;
    case "user":
      config.user ??= word;
      break;
    case "identityfile":
      config.identityFiles.push(word);
      break;
    case "identitiesonly":
      config.identitiesOnly ??= word.toLowerCase() === "yes";
      break;
    case "identityagent":
      config.identityAgent ??= word;
      break;
    case "userknownhostsfile":
      config.userKnownHostsFiles ??= words;
      break;
    case "hostkeyalias":
      config.hostKeyAlias ??= word;
      break;
    case "proxyjump":
    case "proxycommand":
      config.proxy ??= words.join(" ");
      break;
    default: // nothing that matters here
  }
}

function matchesHost(patterns: readonly string[], host: string): boolean {
  const negated = patterns.filter((pattern) => pattern.startsWith("!"));
  if (negated.some((pattern) => matchesPattern(pattern.slice(1), host))) return false;
  return patterns.some((pattern) => !pattern.startsWith("!") && matchesPattern(pattern, host));
}

/** Words, where `"` holds blanks; a word that begins with `#` ends the line. */
function wordsOf(text: string): readonly string[] {
  const words: string[] = [];
  for (const [, quoted, bare] of text.matchAll(/"([^"]*)"|(\S+)/g)) {
    if (bare?.startsWith("#") === true) break;
    words.push(quoted ?? bare ?? "");
  }
  return words;
}

/** What stands for what in a file name. ssh_config(5), TOKENS */
export interface SshTokens {
  readonly home: string;
  /** Of the server. */
  readonly host: string;
  readonly remoteUser: string;
  readonly localUser: string;
}

/** A file name of the configuration, as a path: `~`, `%d`, `%h`, `%r`, `%u` and `%%` replaced. */
export function expandTokens(name: string, tokens: SshTokens): string {
  const { home, host, remoteUser, localUser } = tokens;
  const values: Readonly<Record<string, string>> = {
    "%%": "%",
    "%d": home,
    "%h": host,
    "%r": remoteUser,
    "%u": localUser,
  };
  const expanded = name.replace(/%./g, (token) => values[token] ?? token);
  return /^~(?=\/|$)/.test(expanded) ? join(home, expanded.slice(1)) : expanded;
}
