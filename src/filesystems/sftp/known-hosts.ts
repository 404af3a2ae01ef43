/**
 * The keys by which hosts are known, in OpenSSH's format. sshd(8), SSH_KNOWN_HOSTS FILE FORMAT
 *
 * @packageDocumentation
 */
import { createHash, createHmac } from "node:crypto";

const DEFAULT_PORT = 22;

/** One line that says something. */
export interface KnownHostLine {
  /** Patterns, or one hashed name. */
  readonly hosts: string;
  /** `@cert-authority` lines say nothing about the key of a host itself, and are left out. */
  readonly isRevoked: boolean;
  /** Such as `ssh-ed25519`. */
  readonly keyType: string;
  /** Base64. */
  readonly key: string;
  /** Where it is: file, and line from 1. */
  readonly file: string;
  readonly line: number;
}

/** What is known of a key that a host has shown. */
export type HostKeyVerdict =
  | { readonly kind: "known" }
  /** Nothing is known of the host. */
  | { readonly kind: "unknown" }
  /** A key of the same type is known, and it is another; or only keys of other types are. */
  | { readonly kind: "changed"; readonly known: KnownHostLine }
  | { readonly kind: "revoked"; readonly known: KnownHostLine };

/** Reads a file; lines that are none are passed over, as OpenSSH does. */
export function parseKnownHosts(text: string, file: string): readonly KnownHostLine[] {
  const lines: KnownHostLine[] = [];
  text.split("\n").forEach((line, index) => {
    const words = line.trim().split(/[ \t]+/);
    const marker = words[0]?.startsWith("@") === true ? words.shift() : undefined;
    const [hosts, keyType, key] = words;
    if (hosts === undefined || hosts === "" || hosts.startsWith("#")) return;
    if (keyType === undefined || key === undefined) return;
    if (marker !== undefined && marker !== "@revoked") return;
    lines.push({ hosts, isRevoked: marker !== undefined, keyType, key, file, line: index + 1 });
  });
  return lines;
}

/**
 * Holds the key that a host has shown against what is known of it. A host at a port of its own is
 * `[host]:port`; where nothing is known by that name, a key that is known of the host without a port
 * is good too, as OpenSSH has it.
 *
 * @param key - the public key, in the format of SSH
 */
export function checkHostKey(
  lines: readonly KnownHostLine[],
  host: string,
  port: number,
  key: Uint8Array,
): HostKeyVerdict {
  const encoded = Buffer.from(key).toString("base64");
  const name = nameOf(host, port);
  const verdict = checkName(lines, name, encoded);
  if (verdict.kind !== "unknown" || name === nameOf(host, DEFAULT_PORT)) return verdict;
  const bare = checkName(lines, nameOf(host, DEFAULT_PORT), encoded);
  return bare.kind === "changed" ? verdict : bare;
}

function checkName(lines: readonly KnownHostLine[], name: string, key: string): HostKeyVerdict {
  const about = lines.filter(({ hosts }) => isAbout(hosts, name));
  const revoked = about.find((line) => line.isRevoked && line.key === key);
  if (revoked !== undefined) return { kind: "revoked", known: revoked };
  const valid = about.filter((line) => !line.isRevoked);
  if (valid.some((line) => line.key === key)) return { kind: "known" };
  const keyType = keyTypeOf(Buffer.from(key, "base64"));
  const other = valid.find((line) => line.keyType === keyType) ?? valid[0];
  return other === undefined ? { kind: "unknown" } : { kind: "changed", known: other };
}

/** The types of the keys that a host is known by: those it should be asked for. */
export function knownKeyTypes(
  lines: readonly KnownHostLine[],
  host: string,
  port: number,
): readonly string[] {
  const names = [nameOf(host, port), nameOf(host, DEFAULT_PORT)];
  const types = names.map((name) =>
    lines
      .filter((line) => !line.isRevoked && isAbout(line.hosts, name))
      .map(({ keyType }) => keyType),
  );
  return [...new Set(types.find((found) => found.length > 0) ?? [])];
}

/** The line that makes a key known, with its end. */
export function knownHostLine(host: string, port: number, key: Uint8Array): string {
  return `${nameOf(host, port)} ${keyTypeOf(key)} ${Buffer.from(key).toString("base64")}\n`;
}

/** As `ssh-keygen -l` shows it. */
export function fingerprintOf(key: Uint8Array): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

/** The type that a public key begins with, [RFC 4253] 6.6; empty where it is none. */
export function keyTypeOf(key: Uint8Array): string {
  if (key.length < 4) return "";
  const length = new DataView(key.buffer, key.byteOffset).getUint32(0);
  return Buffer.from(key.subarray(4, 4 + Math.min(length, 64))).toString("latin1");
}

/** The name under which a host at a port is looked up. */
function nameOf(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === DEFAULT_PORT ? name : `[${name}]:${port}`;
}

/** Whether a line's first word is about a name: a hashed name, or patterns of which none with `!` matches. */
function isAbout(hosts: string, name: string): boolean {
  if (hosts.startsWith("|")) return isHashOf(hosts, name);
  let matches = false;
  for (const pattern of hosts.split(",")) {
    const isNegated = pattern.startsWith("!");
    if (!matchesPattern(isNegated ? pattern.slice(1) : pattern, name)) continue;
    if (isNegated) return false;
    matches = true;
  }
  return matches;
}

/** `|1|salt|hash`: HMAC-SHA1 of the name. */
function isHashOf(hashed: string, name: string): boolean {
  const [, version, salt, hash] = hashed.split("|");
  if (version !== "1" || salt === undefined || hash === undefined) return false;
  return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash;
}

/**
 * Whether a name matches a pattern with `*` and `?`, in whatever case. Runs in the product of the lengths.
 */
export function matchesPattern(pattern: string, name: string): boolean {
  const wanted = pattern.toLowerCase();
  const given = name.toLowerCase();
  let at = 0;
  let star = -1; // where the last * was, and how far into the name it has reached
  let reached = 0;
  for (let index = 0; index < given.length; ) {
    if (wanted[at] === "*") {
      star = at++;
      reached = index;
    } else if (at < wanted.length && (wanted[at] === "?" || wanted[at] === given[index])) {
      at++;
      index++;
    } else if (star >= 0) {
      at = star + 1;
      index = ++reached;
    } else {
      return false;
    }
  }
  while (wanted[at] === "*") at++;
  return at === wanted.length;
}
