/**
 * The limits of file systems made of others.
 *
 * @packageDocumentation
 */

/** File systems that one is made of: a file id has seven bits for which of them a file is in. */
export const MAX_PARTS = 127;

/** File ids too large to be kept whole that are remembered, so that a file can be opened by them. */
export const MAX_REMEMBERED_IDS = 65_536;
