/**
 * The limits of the conformance cases.
 *
 * @packageDocumentation
 */

/** How long one case may take by one way, in ms, before it has failed; unless told. */
export const MAX_CASE_MS = 30_000;
