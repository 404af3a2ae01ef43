import type { Clock } from "./clock.js";
import { ConnectionLostError, ErrnoError, SftpError } from "./errors.js";
import { FIRST_RECONNECT_DELAY_MS, MAX_RECONNECT_DELAY_MS, MAX_TRIES } from "./limits.js";
import type { SftpEvent } from "./options.js";
import type { Dial, SftpTransport } from "./transport.js";

/** How a connection is kept. */
export interface ConnectionSettings {
  /** For messages. */
  readonly host: string;
  readonly dial: Dial;
  /** How long requests wait for a lost connection to come back, in ms. */
  readonly reconnectTimeoutMs: number;
  readonly clock: Clock;
  readonly onEvent: (event: SftpEvent) => void;
}

/**
 * A connection to a server that is made again when it is lost, and what is asked through it.
 *
 * A request that can be repeated is sent again on the next connection. What cannot be known, because the
 * connection went before the answer came, is for the request to find out: it is told that it is sent again.
 */
export class Connection {
  readonly #settings: ConnectionSettings;
  #transport: SftpTransport | undefined;
  #connecting: Promise<SftpTransport> | undefined;
  #isStopped = false;
  readonly #wakeUps = new Set<() => void>();

  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
  }

  /** Connects for the first time: what fails then fails at once. @throws SftpError */
  async start(): Promise<void> {
    if (this.#transport !== undefined) return;
    this.#isStopped = false;
    const { host, dial, onEvent } = this.#settings;
    onEvent({ kind: "connecting", host, attempt: 1 });
    this.#adopt(await dial());
  }

  /** Ends the connection; what is under way fails. */
  stop(): void {
    this.#isStopped = true;
    this.#transport?.end();
    this.#transport = undefined;
    for (const wakeUp of this.#wakeUps) wakeUp();
    this.#wakeUps.clear();
  }

  /**
   * Sends a request, again where the connection goes before the answer.
   *
   * @param request - what is to be done; `isRepeat` where it may have been done already
   * @throws ErrnoError EHOSTDOWN where the connection does not come back
   */
  async run<T>(request: (transport: SftpTransport, isRepeat: boolean) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      const transport = this.#transport ?? (await this.#connected());
      try {
        return await request(transport, tries > 1);
      } catch (error) {
        if (!(error instanceof ConnectionLostError) || tries === MAX_TRIES) throw error;
        this.#forget(transport, error);
      }
    }
  }

  /** The connection that there is, for what is of no use on another. */
  get current(): SftpTransport | undefined {
    return this.#transport;
  }

  async #connected(): Promise<SftpTransport> {
    this.#connecting ??= this.#reconnect().finally(() => {
      this.#connecting = undefined;
    });
    try {
      return await this.#connecting;
    } catch (error) {
      if (!(error instanceof SftpError)) throw error;
      throw new ErrnoError("EHOSTDOWN", error.message, { cause: error });
    }
  }

  /** Tries until the time is over, or something is wrong that waiting does not cure. */
  async #reconnect(): Promise<SftpTransport> {
    const { host, dial, clock, onEvent, reconnectTimeoutMs } = this.#settings;
    const deadlineMs = clock.nowMs() + reconnectTimeoutMs;
    for (let attempt = 1, delayMs = FIRST_RECONNECT_DELAY_MS; ; attempt++) {
      this.#throwIfStopped();
      onEvent({ kind: "connecting", host, attempt });
      try {
        return this.#adopt(await dial());
      } catch (error) {
        if (!(error instanceof SftpError)) throw error;
        const reason = error.message;
        if (!error.isTemporary || clock.nowMs() + delayMs > deadlineMs) {
          onEvent({ kind: "gave-up", host, reason });
          throw error;
        }
        onEvent({ kind: "waiting", host, reason, delayMs });
        await this.#pause(delayMs);
        delayMs = Math.min(2 * delayMs, MAX_RECONNECT_DELAY_MS);
      }
    }
  }

  #adopt(transport: SftpTransport): SftpTransport {
    if (this.#isStopped) {
      transport.end();
      this.#throwIfStopped();
    }
    this.#transport = transport;
    this.#settings.onEvent({ kind: "connected", host: this.#settings.host });
    void transport.gone.then((error) => {
      this.#forget(transport, error);
    });
    return transport;
  }

  /** The connection has gone: it is made again at once, before anybody asks. */
  #forget(transport: SftpTransport, { message }: ConnectionLostError): void {
    if (this.#transport !== transport) return;
    this.#transport = undefined;
    if (this.#isStopped) return;
    this.#settings.onEvent({ kind: "lost", host: this.#settings.host, reason: message });
    this.#connected().catch(() => undefined); // who asks next is told
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wakeUp = () => {
        cancel();
        this.#wakeUps.delete(wakeUp);
        resolve();
      };
      const cancel = this.#settings.clock.after(ms, wakeUp);
      this.#wakeUps.add(wakeUp);
    });
  }

  #throwIfStopped(): void {
    if (this.#isStopped) throw new SftpError("STOPPED", "the file system was stopped");
  }
}
