/**
 * The limits of the adapter for FUSE operations.
 *
 * @packageDocumentation
 */

/** How long an operation may take unless told, in ms: longer than any client waits. */
export const DEFAULT_TIMEOUT_MS = 120_000;

/** Operations that wait where they are called one at a time; one more is refused. `-o serial` */
export const MAX_WAITING_OPERATIONS = 4096;

/** Entries of a directory whose attributes are asked for at once. */
export const LISTING_BATCH = 32;

/** Entries of one directory. */
export const MAX_ENTRIES = 10_000_000;

/** Paths whose ids are remembered while nothing has them open. */
export const MAX_REMEMBERED_IDS = 65_536;

/** Descriptors that are kept, so that the same permissions are the same array. */
export const MAX_KEPT_DESCRIPTORS = 1024;

/** Links that are followed to find out whether one leads to a directory, as Linux does it. path_resolution(7) */
export const MAX_LINK_HOPS = 40;

/** The names of all extended attributes of a file together, in bytes. WinFsp 4.4, GetEa */
export const MAX_XATTR_NAMES_SIZE = 3072;

/** Users or groups in a `uidmap`. WinFsp 4.5 */
export const MAX_MAPPED_IDS = 8;

/** One extended attribute, or the names of all, in bytes. XATTR_SIZE_MAX of Linux */
export const MAX_XATTR_SIZE = 65_536;
