import { randomBytes } from "node:crypto";
import { type Served, type ServeOptions, type Server, serve } from "../serve.js";
import { must, SmbClient } from "./client/index.js";
import type { Drive } from "./conformance/index.js";
import { SmbDrive } from "./conformance/smb-drive.js";
import { DEFAULT_WAIT_MS } from "./limits.js";
import {
  isSamePath,
  lineOf,
  matches,
  patternText,
  RequestLog,
  type RequestPattern,
  type SeenRequest,
} from "./request-log.js";

/** How a server for a test is to be: as `serve` has it, and nothing has to be said. */
export interface StartOptions extends Omit<ServeOptions, "port"> {
  /** One that is free unless told. */
  readonly port?: number | undefined;
}

/** How long something is waited for. */
export interface WaitOptions {
  /** Of real time, whatever clock the server has; 5,000 unless told. */
  readonly timeoutMs?: number;
}

/** A server that a test has started, and what its clients did. Assertions throw an Error that shows it. */
export class StartedServer implements AsyncDisposable {
  /** Everything else that a server has and tells. */
  readonly server: Server;
  /** Of the first share: `smb://HOST:PORT/NAME` */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** The name of the first share. */
  readonly share: string;
  /** Who may log on; made up, unless the options name somebody. Empty where only guests may. */
  readonly user: string;
  /** In clear, for the program that is tested. */
  readonly password: string;
  /** Bugs of the file system or the server, which are written to standard error, too. */
  readonly errors: readonly unknown[];
  readonly #log = new RequestLog();
  readonly #errors: unknown[] = [];
  readonly #sessionIds = new Set<number>();
  readonly #clients = new Set<SmbClient>();
  /** Each looks again whether what it waits for has come. */
  readonly #waiting = new Set<() => void>();

  /** Made by {@link startServer}. */
  constructor(server: Server, { user, password }: { user: string; password: string }) {
    const [first] = server.shares;
    this.server = server;
    this.url = first?.url ?? "";
    this.host = server.host;
    this.port = server.port;
    this.share = first?.name ?? "";
    this.user = user;
    this.password = password;
    this.errors = this.#errors;
    server.on("request", (event) => {
      this.#log.add(event);
      this.#lookAgain();
    });
    server.on("session", ({ type, sessionId }) => {
      if (type === "opened") this.#sessionIds.add(sessionId);
      else this.#sessionIds.delete(sessionId);
      this.#lookAgain();
    });
    server.on("error", (error) => {
      this.#errors.push(error);
      console.error("anymount:", error);
      this.#lookAgain();
    });
  }

  /** What clients have asked for, in the order of the answers; of more than 10,000 the latest. */
  get requests(): readonly SeenRequest[] {
    return this.#log.requests;
  }

  /** Those of them that are meant. */
  requestsOf(pattern: RequestPattern): readonly SeenRequest[] {
    return this.#log.matching(pattern);
  }

  /** Forgets what clients did so far: what is asserted from here on is about what comes. */
  forgetRequests(): void {
    this.#log.clear();
  }

  /**
   * Clients have sent such a request.
   *
   * @param times - so often, and not once more; at least once unless told
   * @returns the first of them
   * @throws Error that shows what they have sent instead
   */
  expectRequest(pattern: RequestPattern, times?: number): SeenRequest {
    const found = this.#log.matching(pattern);
    const [first] = found;
    if (first !== undefined && (times === undefined || found.length === times)) return first;
    const wanted = times === undefined ? "" : `${times} of `;
    const got = times === undefined ? "none" : String(found.length);
    throw new Error(
      `expected ${wanted}${patternText(pattern)}, found ${got}: ${this.#log.describe()}`,
    );
  }

  /** Clients have sent no such request. @throws Error that shows those that they have sent */
  expectNoRequest(pattern: RequestPattern): void {
    const found = this.#log.matching(pattern);
    if (found.length === 0) return;
    const lines = found.map((request) => `\n  ${lineOf(request)}`);
    throw new Error(
      `expected no ${patternText(pattern)}, found ${found.length}:${lines.join("")}\n${this.#log.describe()}`,
    );
  }

  /**
   * Clients have sent such requests in this order, whatever was between them.
   *
   * @throws Error that says which is missing behind the one before it, and shows what there is
   */
  expectSequence(...patterns: readonly RequestPattern[]): void {
    let last = -1;
    for (const [i, pattern] of patterns.entries()) {
      last = this.requests.findIndex((request, at) => at > last && matches(request, pattern));
      if (last >= 0) continue;
      const before = patterns[i - 1];
      const behind = before === undefined ? "" : ` behind ${patternText(before)}`;
      throw new Error(
        `expected ${patternText(pattern)}${behind}, found none: ${this.#log.describe()}`,
      );
    }
  }

  /**
   * Clients have nothing open any more.
   *
   * @param path - a file, or what its path is to match, as in {@link RequestPattern.path}; everything unless told
   * @throws Error that shows what is open, and by whom
   */
  expectClosed(path?: string | RegExp): void {
    const open = this.#openOf(path);
    if (open.length === 0) return;
    const lines = open.map(
      (each) =>
        `\n  ${each.path === "" ? "/" : each.path.replaceAll("\\", "/")} on ${each.share} by ${each.userName}`,
    );
    const what = path === undefined ? "everything" : patternText({ path });
    throw new Error(
      `expected ${what} to be closed, but it is open:${lines.join("")}\n${this.#log.describe()}`,
    );
  }

  /** Nothing failed that should not. @throws the first of {@link StartedServer.errors} */
  expectNoErrors(): void {
    if (this.#errors.length > 0) throw this.#errors[0];
  }

  /**
   * Waits, without looking at a clock, until something holds: it is looked at now, and whenever a request was answered, and
   * somebody came or went.
   *
   * @throws Error that shows what happened, where it does not hold in time
   */
  until(predicate: (server: this) => boolean, { timeoutMs = DEFAULT_WAIT_MS }: WaitOptions = {}) {
    return new Promise<void>((resolve, reject) => {
      const look = () => {
        try {
          if (!predicate(this)) return;
          resolve();
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
        stop();
      };
      const timer = setTimeout(() => {
        stop();
        const what = `expected within ${timeoutMs} ms that ${String(predicate)}`;
        reject(new Error(`${what}: ${this.#log.describe()}`));
      }, timeoutMs);
      const stop = () => {
        clearTimeout(timer);
        this.#waiting.delete(look);
      };
      this.#waiting.add(look);
      look();
    });
  }

  /**
   * Waits for a request; one that has come already will do.
   *
   * @returns the first
   * @throws Error that shows what came instead, where it does not come in time
   */
  async untilRequest(pattern: RequestPattern, { timeoutMs = DEFAULT_WAIT_MS }: WaitOptions = {}) {
    try {
      await this.until(() => this.#log.matching(pattern).length > 0, { timeoutMs });
    } catch {
      const what = `expected ${patternText(pattern)} within ${timeoutMs} ms`;
      throw new Error(`${what}: ${this.#log.describe()}`);
    }
    return this.expectRequest(pattern);
  }

  /** Waits until clients have nothing open any more. @throws as {@link StartedServer.expectClosed}, where that takes too long */
  async untilClosed(path?: string | RegExp, options?: WaitOptions): Promise<void> {
    try {
      await this.until(() => this.#openOf(path).length === 0, options);
    } catch {
      this.expectClosed(path);
    }
  }

  /**
   * A client of its own, logged on and connected to the first share: what the program under test is to find done by somebody
   * else. It leaves with the server.
   */
  async drive(): Promise<Drive> {
    const { host, port, user, password, share } = this;
    const client = await SmbClient.connect({ host, port }, { isUnref: true });
    this.#clients.add(client);
    must(await client.negotiate());
    const session = must(await client.logOn({ user, password }));
    const tree = must(await session.treeConnect(share));
    return new SmbDrive(client, tree, async () => {
      this.#clients.delete(client);
      await this.until(() => !this.#sessionIds.has(session.sessionId));
    });
  }

  /** Ends every session, closes every file and stops listening. Calling it again waits for the same. */
  async close(): Promise<void> {
    running.delete(this);
    if (running.size === 0) process.off("beforeExit", closeAll);
    for (const client of this.#clients) client.close();
    await this.server.close();
  }

  /** For `await using`: {@link StartedServer.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #openOf(path: string | RegExp | undefined) {
    const { opens } = this.server;
    return path === undefined ? opens : opens.filter((open) => isSamePath(open.path, path));
  }

  #lookAgain(): void {
    for (const look of [...this.#waiting]) look();
  }
}

/** Servers that nobody has closed yet. */
const running = new Set<StartedServer>();

/** So that the file systems hear of the end, when there is nothing else to do. */
function closeAll(): void {
  for (const started of running) void started.close();
}

/**
 * Serves a file system for a test: on a free port of this machine, for a user who is made up. Nobody has to close it: it
 * does not keep the process alive, and is closed before that ends.
 *
 * @example
 * ```ts
 * await using server = await startServer(memory());
 * await programUnderTest(server.url, server.user, server.password);
 * server.expectRequest({ command: "WRITE", path: "report.txt", status: "SUCCESS" });
 * server.expectClosed();
 * ```
 *
 * @example Time that goes on when the test says so: here a client that does not let go of its oplock
 * ```ts
 * const clock = new FakeClock(Date.now());
 * await using server = await startServer(memory(), { clock });
 * // ... two clients open the same file ...
 * clock.advance(35_000);
 * ```
 *
 * @param what - one file system, or several by the names of their shares
 * @throws as `serve` does, where an option does not fit
 */
export async function startServer(
  what: Served,
  options: StartOptions = {},
): Promise<StartedServer> {
  const madeUp = { name: "tester", password: randomBytes(9).toString("base64url") };
  const { users = [madeUp], port = 0 } = options;
  const server = (await serve(what, { ...options, users, port })).unref();
  const [first] = users;
  const started = new StartedServer(server, {
    user: first?.name ?? "",
    password: first?.password ?? "",
  });
  if (running.size === 0) process.on("beforeExit", closeAll);
  running.add(started);
  return started;
}
