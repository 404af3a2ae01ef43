/**
 * Limits of the FUSE host.
 *
 * @packageDocumentation
 */

const KIB = 1024;
const MIB = 1024 * KIB;

/** Data of one READ or WRITE, in bytes: the most the kernel does (256 pages). */
export const MAX_WRITE = MIB;

/** Pages of one request, for INIT: `MAX_WRITE` in pages of 4 KiB. */
export const MAX_PAGES = MAX_WRITE / (4 * KIB);

/** What a request has besides its data, in bytes: headers and names. The kernel wants room for 4 KiB. */
export const REQUEST_HEAD_SIZE = 4 * KIB;

/** Memory of one request or answer, in bytes. */
export const DEVICE_MEMORY_SIZE = MAX_WRITE + REQUEST_HEAD_SIZE;

/** Pieces of that size kept for further use. */
export const MAX_SPARE_MEMORY = 16;
