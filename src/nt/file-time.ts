/**
 * FILETIME: ticks of 100 ns since 1601-01-01 UTC, in a bigint, as they passed 2^53 long ago.
 * [MS-DTYP] 2.3.3
 *
 * @packageDocumentation
 */

/** 1970-01-01 in ticks. */
export const UNIX_EPOCH_TICKS = 116_444_736_000_000_000n;
const TICKS_PER_MS = 10_000n;

/** Ticks of a time in milliseconds since 1970, as `Date.now()` gives it. */
export function ticksOfMs(ms: number): bigint {
  return BigInt(Math.floor(ms)) * TICKS_PER_MS + UNIX_EPOCH_TICKS;
}

/** Milliseconds since 1970, rounded down. */
export function msOfTicks(ticks: bigint): number {
  const sinceEpoch = ticks - UNIX_EPOCH_TICKS;
  const isBefore = sinceEpoch < 0n && sinceEpoch % TICKS_PER_MS !== 0n; // division cuts towards 0
  return Number(sinceEpoch / TICKS_PER_MS) - (isBefore ? 1 : 0);
}

const NS_PER_TICK = 100n;

/** Ticks of a time in nanoseconds since 1970, as `BigIntStats` has it; rounded towards 1970. */
export function ticksOfNs(ns: bigint): bigint {
  return ns / NS_PER_TICK + UNIX_EPOCH_TICKS;
}
