/**
 * The limits of overlays.
 *
 * @packageDocumentation
 */

/** Memory that a file is copied through, in bytes. */
export const COPY_CHUNK_BYTES = 1024 * 1024;

/** Files and directories of the lower layers that a rename of a directory copies; more: NOT_SAME_DEVICE. */
export const MAX_RENAME_ENTRIES = 10_000;

/** The same, of bytes of files. */
export const MAX_RENAME_BYTES = 1024 * 1024 * 1024;

/**
 * Copied files that keep the id they had in their lower layer; one that is copied when there are so many gets a new id when
 * nobody has it open any more.
 */
export const MAX_KEPT_IDS = 1_048_576;

/** How often an open is begun again because the file was copied up meanwhile. */
export const MAX_OPEN_ATTEMPTS = 8;
