/** Time and chance, passed in so that a test can hold them. */
export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number;
  /** Calls `then` after `ms` milliseconds, unless what it returns was called before. */
  after(ms: number, then: () => void): () => void;
  /** Bytes that nobody can guess. */
  random(length: number): Uint8Array;
}
