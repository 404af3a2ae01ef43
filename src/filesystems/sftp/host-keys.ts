import { constants } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import type { ServerHostKeyAlgorithm } from "ssh2";
import { SftpError } from "./errors.js";
import {
  checkHostKey,
  fingerprintOf,
  type KnownHostLine,
  keyTypeOf,
  knownHostLine,
  knownKeyTypes,
  parseKnownHosts,
} from "./known-hosts.js";
import { readSettingsFile } from "./settings-file.js";

/** What `ssh2` can check, in the order in which it is asked for. */
const HOST_KEY_ALGORITHMS: readonly ServerHostKeyAlgorithm[] = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
  "ssh-rsa",
];

/** How a host is known, and what becomes of one that is not. */
export interface HostKeySettings {
  /** As it is looked up. */
  readonly host: string;
  readonly port: number;
  /** The first is written to. */
  readonly files: readonly string[];
  readonly acceptNew: boolean;
  readonly onAdded: (fingerprint: string, file: string) => void;
}

/** Says whether the key that a server shows is that of the host. */
export class HostKeys {
  readonly #settings: HostKeySettings;
  #lines: readonly KnownHostLine[] = [];

  constructor(settings: HostKeySettings) {
    this.#settings = settings;
  }

  /** Reads the files, which others may have changed. @throws SftpError BAD_SETTINGS */
  async load(): Promise<void> {
    const lines: KnownHostLine[] = [];
    for (const file of this.#settings.files) {
      const content = await readSettingsFile(file);
      if (content !== undefined) lines.push(...parseKnownHosts(content.toString("utf8"), file));
    }
    this.#lines = lines;
  }

  /** What to ask the server for: the keys by which it is known come first, so that it shows one of them. */
  get algorithms(): ServerHostKeyAlgorithm[] {
    const { host, port } = this.#settings;
    const types = knownKeyTypes(this.#lines, host, port);
    const isKnown = (algorithm: string) =>
      types.includes(algorithm.startsWith("rsa-sha2-") ? "ssh-rsa" : algorithm);
    return [
      ...HOST_KEY_ALGORITHMS.filter(isKnown),
      ...HOST_KEY_ALGORITHMS.filter((algorithm) => !isKnown(algorithm)),
    ];
  }

  /**
   * Lets the host's own key pass, and refuses others; a new one is written down where that was wished.
   *
   * @param key - the public key, in the format of SSH
   * @throws SftpError HOST_KEY_UNKNOWN, HOST_KEY_CHANGED, HOST_KEY_REVOKED
   */
  async check(key: Uint8Array): Promise<void> {
    const { host, port, acceptNew } = this.#settings;
    const verdict = checkHostKey(this.#lines, host, port, key);
    const shown = `${keyTypeOf(key)} key ${fingerprintOf(key)}`;
    switch (verdict.kind) {
      case "known":
        return;
      case "revoked":
        throw new SftpError(
          "HOST_KEY_REVOKED",
          `${this.#name} shows the ${shown}, which is revoked in ${place(verdict.known)}: do not connect to it`,
        );
      case "changed":
        throw new SftpError(
          "HOST_KEY_CHANGED",
          `${this.#name} shows the ${shown}, which is not the key it is known by in ${place(verdict.known)}: ` +
            "somebody may be in between; if its key was really changed, remove that line",
        );
      case "unknown":
        if (acceptNew) {
          await this.#add(key);
          return;
        }
        throw new SftpError(
          "HOST_KEY_UNKNOWN",
          `nothing is known of ${this.#name}, which shows the ${shown}: if that is its key, accept it once with --accept-new-host-key`,
        );
    }
  }

  get #name(): string {
    const { host, port } = this.#settings;
    return port === 22 ? host : `${host} port ${port}`;
  }

  async #add(key: Uint8Array): Promise<void> {
    const { host, port, files, onAdded } = this.#settings;
    const [file] = files;
    if (file === undefined) return;
    const line = knownHostLine(host, port, key);
    try {
      await appendLine(file, line);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new SftpError(
        "BAD_SETTINGS",
        `the key of ${host} cannot be written to ${file}: ${reason}`,
        {
          cause: error,
        },
      );
    }
    this.#lines = [...this.#lines, ...parseKnownHosts(line, file)];
    onAdded(fingerprintOf(key), file);
  }
}

function place({ file, line }: KnownHostLine): string {
  return `${file} line ${line}`;
}

/** Adds a line to a file, which is made where it is missing; the last line before may lack its end. */
async function appendLine(path: string, line: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND, 0o600);
  try {
    const { size } = await file.stat();
    const last = Buffer.alloc(1);
    if (size > 0) await file.read(last, 0, 1, size - 1);
    await file.write(size > 0 && last[0] !== 0x0a ? `\n${line}` : line);
  } finally {
    await file.close();
  }
}
