import { SYSTEM_CLOCK } from "./clock.js";
import { Connection } from "./connection.js";
import { isStatus, SftpError, SftpStatus } from "./errors.js";
import { HostKeys } from "./host-keys.js";
import { DEFAULT_CACHE_TIMEOUT_MS, DEFAULT_RECONNECT_TIMEOUT_MS } from "./limits.js";
import type { SftpEvent, SftpOptions } from "./options.js";
import { RemoteTree } from "./remote-tree.js";
import { connectSettings } from "./settings.js";
import { ssh2Dial } from "./ssh2-dial.js";
import { FileType, type SftpTransport } from "./transport.js";

/** The files of a server, and the directory that is served. */
export interface Remote {
  readonly tree: RemoteTree;
  /** Absolute. */
  readonly root: string;
}

/** One drive's life on a server: from connecting to the end. */
export class Session {
  readonly #options: SftpOptions;
  #connection: Connection | undefined;
  #connecting: Promise<Remote> | undefined;
  #remote: Remote | undefined;

  constructor(options: SftpOptions) {
    this.#options = options;
  }

  /** Undefined where it is not connected. */
  get remote(): Remote | undefined {
    return this.#remote;
  }

  /** Connects, unless it is connected. @throws SftpError */
  async connect(): Promise<void> {
    this.#connecting ??= this.#begin();
    try {
      this.#remote = await this.#connecting;
    } catch (error) {
      this.disconnect();
      throw error;
    }
  }

  disconnect(): void {
    this.#connection?.stop();
    this.#connection = undefined;
    this.#connecting = undefined;
    this.#remote = undefined;
  }

  writeFailed(path: string, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#tell({ kind: "write-failed", host: this.#options.host, path, reason });
  }

  async #begin(): Promise<Remote> {
    const { clock = SYSTEM_CLOCK, reconnectTimeoutMs = DEFAULT_RECONNECT_TIMEOUT_MS } =
      this.#options;
    const settings = await connectSettings(this.#options, process.env);
    const { host, port, user, credentials, keyHost, keyPort, knownHostsFiles } = settings;
    const hostKeys = new HostKeys({
      host: keyHost,
      port: keyPort,
      files: knownHostsFiles,
      acceptNew: this.#options.acceptNewHostKey ?? false,
      onAdded: (fingerprint, file) => {
        this.#tell({ kind: "host-key-added", host, fingerprint, file });
      },
    });
    const connection = new Connection({
      host,
      dial: ssh2Dial({ host, port, user, hostKeys, credentials }),
      reconnectTimeoutMs,
      clock,
      onEvent: (event) => {
        this.#tell(event);
      },
    });
    this.#connection = connection;
    await connection.start();
    const root = await connection.run((transport) =>
      rootOf(transport, this.#options.path ?? "", host),
    );
    const { readAhead = true, writeBack = false } = this.#options;
    const { cacheTimeoutMs = DEFAULT_CACHE_TIMEOUT_MS } = this.#options;
    return {
      tree: new RemoteTree({ connection, clock, readAhead, writeBack, cacheTimeoutMs }),
      root,
    };
  }

  #tell(event: SftpEvent): void {
    this.#options.onEvent?.(event);
  }
}

/** The absolute path of what is served. */
async function rootOf(transport: SftpTransport, path: string, host: string): Promise<string> {
  const shown = path === "" ? "the home directory" : path;
  try {
    const root = await transport.realpath(path === "" ? "." : path);
    const { mode } = await transport.stat(root);
    if ((mode & FileType.MASK) === FileType.DIRECTORY) return root;
  } catch (error) {
    if (!isStatus(error, SftpStatus.NO_SUCH_FILE, SftpStatus.PERMISSION_DENIED)) throw error;
    const why = isStatus(error, SftpStatus.NO_SUCH_FILE) ? "does not exist" : "may not be seen";
    throw new SftpError(
      "NO_SUCH_DIRECTORY",
      `${shown} on ${host} ${why}: name a directory that does`,
    );
  }
  throw new SftpError("NO_SUCH_DIRECTORY", `${shown} on ${host} is no directory: name one`);
}
