/**
 * The kernel's limits.
 *
 * @packageDocumentation
 */

/** How often a create is begun again because the name came or went meanwhile. */
export const MAX_CREATE_ATTEMPTS = 8;

/** Symbolic links that a create follows, one after the other. WinFsp 3.15 */
export const MAX_SYMLINK_HOPS = 32;

/** What a private control code may carry, in bytes. WinFsp 1.3, Control */
export const MAX_CONTROL_SIZE = 4096;

/** How often a create waits for others to let go of the file, or looks again at what has changed, before it gives up. */
export const MAX_BREAK_WAITS = 8;

/** How long the holder of an oplock or lease has to let go, in ms; as Windows. [MS-SMB2] 3.3.2.1 */
export const OPLOCK_BREAK_TIMEOUT_MS = 35_000;

/** Leases of a volume, of all its clients; one more open gets none, and works without. Ours. */
export const MAX_LEASES_PER_VOLUME = 1_048_576;

/**
 * Byte-range locks on one file, of all its opens. Ours; Access takes up to 9500 for each client, by its
 * MaxLocksPerFile.
 */
export const MAX_LOCKS_PER_FILE = 65_536;

/** Requests that wait for a byte-range lock on one file. */
export const MAX_WAITING_LOCKS_PER_FILE = 1024;

/**
 * Changes of a directory kept for one open between its requests, in bytes of the answer; as much as
 * Windows takes over a network. [MS-FSA] 2.1.4.1
 */
export const MAX_NOTIFY_BUFFER_SIZE = 65_536;

/** Requests of one open that wait for changes. */
export const MAX_WAITING_WATCHES_PER_OPEN = 512;

/** The largest offset or size that is taken, in bytes: 2^63 - 1 on the wire, here where numbers are exact. */
export const MAX_FILE_OFFSET = Number.MAX_SAFE_INTEGER;

/** How long the first write of an open does not show in the file's times, in ms; as Windows and Samba. */
export const WRITE_TIME_DELAY_MS = 2000;

/** Names of which something is kept in front of a slow file system: of each kind of answer so many. */
export const MAX_CACHED_NAMES = 4096;

/** Directories whose listings are kept in front of a slow file system; as WinFsp 3.13. */
export const MAX_CACHED_DIRECTORIES = 100;

/** A directory with more names is not kept. */
export const MAX_CACHED_DIRECTORY_ENTRIES = 1000;

/** Requests that come no further apart than this, in ms, are expected to go on like that. */
export const MAX_REQUEST_GAP_MS = 0.25;

/** How long a host looks out for the next of them before it sleeps, in ms. */
export const STAY_AWAKE_MS = 0.1;
