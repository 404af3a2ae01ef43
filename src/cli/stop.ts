import { CLOSE_TIMEOUT_MS, ORPHAN_CHECK_MS } from "./limits.js";

/** What a process ends with when a second signal does not let it wait: 128 and the signal's number. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** What is needed of a server. */
interface Closable {
  close(): Promise<void>;
}

/** What is needed of Node's `process`. */
interface Program {
  readonly ppid: number;
  readonly env: NodeJS.ProcessEnv;
  on(signal: string, listener: () => void): unknown;
  exit(status: number): void;
}

/**
 * Ends the server on Ctrl-C, SIGTERM and when its terminal is closed, and then the process: with status 0, or 1 where not all
 * sessions ended in time. A second signal does not wait.
 */
export function stopOnSignal(server: Closable, program: Program = process): void {
  let isStopping = false;
  for (const [signal, exitStatus] of Object.entries(SIGNALS)) {
    program.on(signal, () => {
      if (isStopping) {
        program.exit(exitStatus);
        return;
      }
      isStopping = true;
      void stop(server, program);
    });
  }
  stopWithNpm(server, program);
}

/**
 * npm passes SIGTERM to the shell between it and us, which ends without passing it on: a server whose
 * `npm start` was ended would run on, unseen. So it ends when that shell has.
 */
function stopWithNpm(server: Closable, program: Program): void {
  if (program.env["npm_lifecycle_event"] === undefined) return;
  const parent = program.ppid;
  const timer = setInterval(() => {
    if (program.ppid === parent) return;
    clearInterval(timer);
    void stop(server, program);
  }, ORPHAN_CHECK_MS);
  timer.unref();
}

async function stop(server: Closable, program: Program): Promise<void> {
  const timer = setTimeout(() => {
    console.error(`anymount: not all sessions ended within ${CLOSE_TIMEOUT_MS / 1000} s`);
    program.exit(1);
  }, CLOSE_TIMEOUT_MS);
  await server.close();
  clearTimeout(timer);
  program.exit(0);
}
