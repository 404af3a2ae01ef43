/**
 * The kernel's limits.
 *
 * @packageDocumentation
 */

/** How often a create is begun again because the name came or went meanwhile. */
export const MAX_CREATE_ATTEMPTS = 8;

/** The largest offset or size that is taken, in bytes: 2^63 - 1 on the wire, here where numbers are exact. */
export const MAX_FILE_OFFSET = Number.MAX_SAFE_INTEGER;
