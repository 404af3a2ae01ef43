import { foldName } from "../../nt/index.js";

const FNV_OFFSET = 0x811c_9dc5;
const FNV_PRIME = 0x0100_0193;
/** Any other start makes the second half independent of the first. */
const OTHER_OFFSET = 0x9e37_79b9;
const OTHER_PRIME = 0x85eb_ca6b | 1;

/**
 * The identity of what a path leads to: a hash of the folded path, so that it is the same after every
 * start without anything being stored. Of a million paths two share one with a probability of 6 in 10^8.
 *
 * @param attempt - for another id, where another file that is open has the first
 */
export function fileIdOf(path: string, attempt: number): bigint {
  const folded = foldName(path);
  let low = FNV_OFFSET ^ attempt;
  let high = OTHER_OFFSET + attempt;
  for (let i = 0; i < folded.length; i++) {
    const unit = folded.charCodeAt(i);
    low = Math.imul(low ^ unit, FNV_PRIME);
    high = Math.imul(high ^ unit, OTHER_PRIME);
    high ^= high >>> 15;
  }
  const id = (BigInt(high >>> 1) << 32n) | BigInt(low >>> 0);
  return id === 0n ? 1n : id;
}

/** The identity of the nth entry that a callback has made: none that a path has. */
export function madeFileId(n: number): bigint {
  return (1n << 63n) | BigInt(n);
}
