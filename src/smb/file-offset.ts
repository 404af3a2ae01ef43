/** The last byte that a file of any size could have, and one more. [MS-FSA] 2.1.5.3 */
const MAX_OFFSET = 0x7fff_ffff_ffff_ffffn;

/**
 * Where a run of bytes begins, as the kernel takes it: Infinity where that lies beyond the exact
 * numbers, and so beyond every file. Undefined where there can be no such run: it begins before the
 * file, or ends past 2^63 - 1. [MS-FSA] 2.1.5.3, 2.1.5.4
 *
 * @param length - in bytes
 */
export function fileOffset(offset: number | bigint, length: number | bigint): number | undefined {
  if (typeof offset === "number" && typeof length === "number") {
    return offset < 0 ? undefined : offset;
  }
  if (offset < 0 || BigInt(offset) + BigInt(length) > MAX_OFFSET) return undefined;
  return typeof offset === "number" ? offset : Infinity;
}
