/**
 * The limits of a run.
 *
 * @packageDocumentation
 */

/** How long a server may take until it can be connected to, in ms. */
export const START_TIMEOUT_MS = 10_000;

/** How long a server may take to end, in ms, before it is killed. */
export const STOP_TIMEOUT_MS = 5_000;

/** Each row runs for so long before it is measured, in ms: code gets compiled, caches fill. */
export const WARM_UP_MS = 200;

/** How long a run may take for preparing and tidying, besides twice what it measures, in ms. */
export const RUN_SLACK_MS = 120_000;

/** Most files that a row makes in advance, in order to delete them. */
export const MAX_STOCK = 100_000;
