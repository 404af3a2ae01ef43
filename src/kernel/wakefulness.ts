import { MAX_REQUEST_GAP_MS, STAY_AWAKE_MS } from "./limits.js";

/**
 * Keeps the process awake for a moment after a request, while requests follow each other closely: a client that
 * waits for each answer before it asks again would otherwise find it asleep each time, and to wake a processor
 * takes longer than to answer. Between two looks at the sockets the event loop does not sleep then.
 */
export class Wakefulness {
  readonly #nowMs: () => number;
  readonly #inNextTurn: (turn: () => void) => unknown;
  #lastMs = -Infinity;
  #untilMs = 0;
  #isAwake = false;

  /**
   * @param nowMs - a clock finer than a millisecond
   * @param inNextTurn - calls what it is given in the next turn of the event loop
   */
  constructor(
    nowMs: () => number = () => performance.now(),
    inNextTurn: (turn: () => void) => unknown = setImmediate,
  ) {
    this.#nowMs = nowMs;
    this.#inNextTurn = inNextTurn;
  }

  /** Something has come, and was answered. */
  stir(): void {
    const now = this.#nowMs();
    const isClose = now - this.#lastMs <= MAX_REQUEST_GAP_MS;
    this.#lastMs = now;
    if (!isClose) return;
    this.#untilMs = now + STAY_AWAKE_MS;
    if (this.#isAwake) return;
    this.#isAwake = true;
    this.#inNextTurn(this.#turn);
  }

  readonly #turn = () => {
    if (this.#nowMs() < this.#untilMs) this.#inNextTurn(this.#turn);
    else this.#isAwake = false;
  };
}
