import type { Clock as KernelClock } from "../kernel/index.js";

/** Time and chance, passed in so that a test can hold them. */
export interface Clock extends KernelClock {
  /** Bytes that nobody can guess. */
  random(length: number): Uint8Array;
}
