/**
 * What processor time a process and its descendants have taken. Linux: proc(5), /proc/PID/stat.
 *
 * @packageDocumentation
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

interface ProcessTimes {
  readonly parentPid: number;
  readonly ticks: number;
}

const ticksPerSecond =
  Number(spawnSync("getconf", ["CLK_TCK"], { encoding: "utf8" }).stdout) || 100;

/** User and system time of a process and all below it that live, in seconds. */
export function cpuSeconds(pid: number): number {
  const processes = allProcesses();
  let ticks = 0;
  for (const [each, times] of processes) {
    if (isBelow(each, pid, processes)) ticks += times.ticks;
  }
  return ticks / ticksPerSecond;
}

function isBelow(
  pid: number,
  ancestor: number,
  processes: ReadonlyMap<number, ProcessTimes>,
): boolean {
  for (let at: number | undefined = pid; at !== undefined && at > 1; ) {
    if (at === ancestor) return true;
    at = processes.get(at)?.parentPid;
  }
  return false;
}

function allProcesses(): Map<number, ProcessTimes> {
  const found = new Map<number, ProcessTimes>();
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    const times = Number.isInteger(pid) ? timesOf(pid) : undefined;
    if (times !== undefined) found.set(pid, times);
  }
  return found;
}

function timesOf(pid: number): ProcessTimes | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return undefined; // it has just ended
  }
  // Behind the name, which may hold anything: state, ppid, ..., utime (14th of all), stime.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { parentPid: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
}
