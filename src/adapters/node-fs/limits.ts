/**
 * The limits of the adapter for Node's `fs`.
 *
 * @packageDocumentation
 */

/** Entries of a directory whose attributes are asked for at once. */
export const LISTING_BATCH = 32;
