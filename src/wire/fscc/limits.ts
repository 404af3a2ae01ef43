/**
 * How much of anything one buffer may hold.
 *
 * @packageDocumentation
 */

/**
 * Extended attributes in one list. Ours: NTFS packs all of a file's into 64 KiB, and no list of
 * Windows' own comes near it.
 */
export const MAX_EXTENDED_ATTRIBUTES = 4096;
