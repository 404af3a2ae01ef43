import { Worker } from "node:worker_threads";

/** What the thread can do: calls of `node:fs` by their names, but for `make`. */
export type EchoAct =
  | readonly ["make" | "mkdirSync" | "unlinkSync" | "rmdirSync", path: string]
  | readonly ["renameSync", from: string, to: string]
  | readonly ["truncateSync", path: string, size: number]
  | readonly ["utimesSync", path: string, accessed: number, modified: number];

/** Source, as a file beside this one would have another place once it is built. */
const THREAD = `
const { parentPort } = require("node:worker_threads");
const fs = require("node:fs");
const make = (path) => fs.closeSync(fs.openSync(path, "wx"));
parentPort.on("message", ([act, ...args]) => {
  try {
    (act === "make" ? make : fs[act])(...args);
  } catch {
    // the name has changed again meanwhile, which is told by itself
  }
  parentPort.postMessage("done");
});
parentPort.postMessage(Number(fs.readlinkSync("/proc/thread-self").split("/").at(-1)));
`;

/**
 * A thread of its own, whose system calls wait for this process, and whose number requests come with: so the host knows
 * them from those of everybody else, also of this process.
 */
export class EchoThread {
  readonly #worker = new Worker(THREAD, { eval: true });
  #number: number | undefined;
  #done: () => void = () => undefined;
  #isEnded = false;

  constructor() {
    this.#worker.unref();
    this.#worker.on("message", (message: unknown) => {
      if (typeof message === "number") this.#number = message;
      this.#done();
    });
    this.#worker.on("error", () => {
      this.end(); // watchers then hear less; nothing else depends on it
    });
  }

  /** Whether a request is of this thread. */
  isOf(pid: number): boolean {
    return pid === this.#number;
  }

  /** Waits until the thread is there. */
  async started(): Promise<void> {
    if (this.#number === undefined && !this.#isEnded) await this.#answered();
  }

  /** Done when it was done, or could not be. */
  async do(act: EchoAct): Promise<void> {
    if (this.#isEnded) return;
    const done = this.#answered();
    this.#worker.postMessage(act);
    await done;
  }

  end(): void {
    this.#isEnded = true;
    this.#done();
    void this.#worker.terminate();
  }

  #answered(): Promise<void> {
    return new Promise((resolve) => {
      this.#done = resolve;
    });
  }
}
