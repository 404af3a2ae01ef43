import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import {
  type ClientTree,
  must,
  type ProtectionMode,
  SmbClient,
} from "../src/testing/client/index.js";
import { Dialect } from "../src/wire/smb2/index.js";
import { endProcess } from "./bench-server.js";
import { START_TIMEOUT_MS } from "./limits.js";
import type { MemoryFigures, Question } from "./memory-child.js";
import type { DirectoryComparison } from "./memory-direct.js";

const CHILD = fileURLToPath(new URL("memory-child.js", import.meta.url));
const USER = "bench";
const PASSWORD = "measured-by-bench";
const SHARE = "ram";

/** A RAM drive in a process of its own, which can be asked what memory it takes. */
export class MemoryServer {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(): Promise<MemoryServer> {
    const child = fork(CHILD, [USER, PASSWORD, SHARE], { execArgv: ["--expose-gc"] });
    running.add(child);
    const signal = AbortSignal.timeout(START_TIMEOUT_MS);
    const [ready] = (await once(child, "message", { signal })) as [{ readonly port: number }];
    return new MemoryServer(child, ready.port);
  }

  /** After a full collection. */
  memory(): Promise<MemoryFigures> {
    return this.#ask<MemoryFigures>({ ask: "memory" });
  }

  /** µs for a write, by tenths of 1 GiB. */
  appendDirectly(): Promise<readonly number[]> {
    return this.#ask<readonly number[]>({ ask: "append" });
  }

  /** Bytes that the volume says are in use. */
  used(): Promise<number> {
    return this.#ask<number>({ ask: "used" });
  }

  /** Makes files without a client. */
  async makeFiles(directory: string, count: number): Promise<void> {
    await this.#ask<null>({ ask: "make", directory, count });
  }

  compareDirectories(count: number): Promise<DirectoryComparison> {
    return this.#ask<DirectoryComparison>({ ask: "compare", count });
  }

  async connect(): Promise<SmbClient> {
    const client = await SmbClient.connect({ port: this.port });
    must(await client.negotiate({ dialects: [Dialect.SMB_3_1_1] }));
    return client;
  }

  /** One more session of a client. */
  async logOn(client: SmbClient, protection: ProtectionMode = "unsigned"): Promise<ClientTree> {
    const session = must(await client.logOn({ user: USER, password: PASSWORD, protection }));
    return must(await session.treeConnect(SHARE));
  }

  async stop(): Promise<void> {
    running.delete(this.#child);
    await endProcess(this.#child, "SIGKILL");
  }

  async #ask<T>(question: Question): Promise<T> {
    const answered = once(this.#child, "message");
    this.#child.send(question);
    const [answer] = (await answered) as [T];
    return answer;
  }
}

const running = new Set<ChildProcess>();

/** Ends all that were started. */
export async function stopMemoryServers(): Promise<void> {
  await Promise.all([...running].map((child) => endProcess(child, "SIGKILL")));
}
