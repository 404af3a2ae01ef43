import { timingSafeEqual } from "node:crypto";

/** Whether two runs of bytes are the same, in a time that does not tell where they differ. */
export function isEqual(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}
