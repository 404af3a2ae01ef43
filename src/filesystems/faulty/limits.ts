/**
 * The limits of faults.
 *
 * @packageDocumentation
 */

/** Operations that wait at once, paused or delayed; one more is refused with INSUFFICIENT_RESOURCES. */
export const MAX_WAITING_OPERATIONS = 65_536;

/** Faults that are in force at once: each operation is held against all. */
export const MAX_FAULTS = 1024;
