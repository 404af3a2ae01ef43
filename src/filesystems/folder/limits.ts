/**
 * The limits of a folder.
 *
 * @packageDocumentation
 */

/** Descriptors of directories that are kept, so that a name is found without a walk from the root. */
export const MAX_CACHED_DIRECTORIES = 256;

/** Directories whose names are kept by what they are compared by. */
export const MAX_INDEXED_DIRECTORIES = 64;

/** Names that are kept so, of all directories together; a directory with more is read for each search. */
export const MAX_INDEXED_NAMES = 500_000;

/**
 * Bytes that are read or written at once; more are left to another thread. In the system's cache 256 KiB take
 * 7 µs to read at once and 29 µs by another thread, 1 MiB 35 µs and 53 µs (Node 20.20, ext4).
 */
export const MAX_BYTES_AT_ONCE = 256 * 1024;

/** Bytes of zeros that are written at once, where a hole cannot be made. */
export const ZEROS_CHUNK = 1024 * 1024;

/** Extended attributes of the host that are read of one file, in bytes, names and each value alike. xattr(7) */
export const MAX_XATTR_BYTES = 65_536;

/** Packed extended attributes of one file, in bytes; as NTFS. */
export const MAX_EA_BYTES = 65_535;

/** Named streams of one file. */
export const MAX_STREAMS = 4096;

/** Descriptors, made of permissions or kept, that are handed out as one array each. */
export const MAX_SHARED_DESCRIPTORS = 1024;

/** Directories that are watched for changes by others. */
export const MAX_WATCHED_DIRECTORIES = 16_384;

/** Directories that are begun to be watched in one turn of the event loop. */
export const WATCHES_A_TURN = 64;

/** Changes by others that wait to be told; of more only their directories are told. */
export const MAX_PENDING_CHANGES = 4096;

/** What was done through here last, of as many files and names, for a while up to twice as many, so that it is not told as somebody else's. */
export const MAX_OWN_CHANGES = 8192;

/** Files of which is known what is kept with them; for a while up to twice as many. */
export const MAX_KNOWN_KEPT = 4096;

/** Names of one file that are remembered, of those it was seen under. */
export const MAX_KNOWN_NAMES = 64;

/** Files with several names whose names are remembered. */
export const MAX_FILES_WITH_NAMES = 4096;

/** Entries that are looked at to find all names of a file. */
export const MAX_ENTRIES_SEARCHED = 1_000_000;

/** Bytes of names that the host is asked for at once: of some 8,000 of them. getdents64(2) */
export const LISTING_BUFFER_SIZE = 262_144;

/** Symbolic links that are followed to tell whether one leads to a directory. */
export const MAX_LINK_HOPS = 8;

/**
 * How much later than it was asked for a change may be dated and still be the one that was asked for, in
 * ns: the tick of the host's clock, and what a call takes.
 */
export const CHANGE_SLACK_NS = 50_000_000n;

/** A name that is tried while the one wanted is taken, before that is given up. */
export const MAX_TEMPORARY_NAMES = 16;
