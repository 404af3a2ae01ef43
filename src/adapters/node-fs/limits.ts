/**
 * The limits of the adapter for Node's `fs`.
 *
 * @packageDocumentation
 */

/** Entries of a directory whose attributes are asked for at once. */
export const LISTING_BATCH = 32;

/** Writes that wait for others to append to the same file; one more is refused. */
export const MAX_WAITING_APPENDS = 1024;
