/**
 * The limits that all adapters have.
 *
 * @packageDocumentation
 */

/** Writes that wait for others to append to the same file; one more is refused. */
export const MAX_WAITING_APPENDS = 1024;
