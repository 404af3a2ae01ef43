/** Time, passed in so that a test can hold it. */
export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number;
  /** Calls `then` after `ms` milliseconds, unless what it returns was called before. */
  after(ms: number, then: () => void): () => void;
}

/** The system's. Its timers do not keep the process alive. */
export const SYSTEM_CLOCK: Clock = {
  nowMs: () => Date.now(),
  after: (ms, then) => {
    const timer = setTimeout(then, ms).unref();
    return () => {
      clearTimeout(timer);
    };
  },
};
