/**
 * The limits of what tests are helped with.
 *
 * @packageDocumentation
 */

/** Requests that a started server remembers; of more, the latest. */
export const MAX_REQUESTS_KEPT = 10_000;

/** Requests that a failed assertion shows; of more, the latest. */
export const MAX_REQUESTS_SHOWN = 40;

/** How long is waited for something to happen unless told, in ms. */
export const DEFAULT_WAIT_MS = 5_000;
