import type { BenchServer } from "./bench-server.js";
import { WARM_UP_MS } from "./limits.js";
import { cpuSeconds } from "./process-cpu.js";
import { inParallel, type Row, type RowContext } from "./rows.js";

/** One row, measured once on one server. */
export interface Sample {
  readonly operations: number;
  readonly seconds: number;
  /** Of the server's processes. */
  readonly cpuSeconds: number;
}

/** Does a row's work for the given time. */
export async function measure(row: Row, server: BenchServer, context: RowContext): Promise<Sample> {
  const { once, tidy } = await row.prepare(context);
  await during(WARM_UP_MS, row.depth, once);
  const cpuBefore = cpuSeconds(server.pid);
  const beganMs = performance.now();
  const operations = await during(1000 * context.seconds, row.depth, once);
  const seconds = (performance.now() - beganMs) / 1000;
  const cpu = cpuSeconds(server.pid) - cpuBefore;
  await tidy();
  return { operations, seconds, cpuSeconds: cpu };
}

/** @returns how often it was done */
async function during(ms: number, depth: number, once: () => Promise<boolean>): Promise<number> {
  const untilMs = performance.now() + ms;
  let count = 0;
  await inParallel(depth, async () => {
    if (performance.now() >= untilMs) return false;
    if (!(await once())) return false;
    count++;
    return true;
  });
  return count;
}
