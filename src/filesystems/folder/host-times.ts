/**
 * Setting the times of a file on the host, as exactly as the host can.
 *
 * @packageDocumentation
 */
import { lutimesSync, utimesSync } from "node:fs";
import { ticksOfMs } from "../../nt/index.js";
import type { HostCalls, HostPlace } from "./host-calls.js";
import type { HostStats } from "./host-stats.js";

const EPOCH_TICKS = ticksOfMs(0);
const NS_PER_TICK = 100n;
const NS_PER_SECOND = 1_000_000_000;

/** FILETIME ticks; what is undefined stays. */
export interface HostTimes {
  readonly accessTicks: bigint | undefined;
  readonly writeTicks: bigint | undefined;
}

/**
 * Sets times. Without koffi the host is told in seconds with a fraction, which is exact to the quarter of a
 * microsecond, and the time that is to stay is set anew.
 *
 * @param stats - of the file now
 */
export function setHostTimes(
  calls: HostCalls | undefined,
  place: HostPlace,
  stats: HostStats,
  { accessTicks, writeTicks }: HostTimes,
): void {
  const accessNs = accessTicks === undefined ? undefined : nsOf(accessTicks);
  const writeNs = writeTicks === undefined ? undefined : nsOf(writeTicks);
  if (calls !== undefined) {
    calls.setTimes(place, accessNs, writeNs);
    return;
  }
  const access = secondsOf(accessNs ?? stats.atimeNs);
  const write = secondsOf(writeNs ?? stats.mtimeNs);
  if (place.isOpen) utimesSync(place.hostPath, access, write);
  else lutimesSync(place.hostPath, access, write);
}

function nsOf(ticks: bigint): bigint {
  return (ticks - EPOCH_TICKS) * NS_PER_TICK;
}

/** Node takes a time before 1970 for one that is missing. */
function secondsOf(ns: bigint): number {
  return Math.max(0, Number(ns) / NS_PER_SECOND);
}
