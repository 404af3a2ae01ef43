/**
 * The limits of the SFTP file system.
 *
 * @packageDocumentation
 */

/**
 * Bytes of one READ and of one WRITE request to a server that told its limits, as OpenSSH since 8.5 does; it takes
 * 255 KiB. Of sizes from 32 to 252 KiB these cost the least processor time on both sides, and divide what clients ask for.
 */
export const LARGE_READ_PIECE_BYTES = 64 * 1024;
export const LARGE_WRITE_PIECE_BYTES = 128 * 1024;

/** Bytes of one READ or WRITE request to other servers: a packet of 34,000 bytes is what each must take. */
export const SMALL_PIECE_BYTES = 30 * 1024;

/** Bytes of READ and WRITE requests that are under way on a connection; what comes then waits. */
export const MAX_BYTES_IN_FLIGHT = 4 * 1024 * 1024;

/** READ and WRITE requests that wait for others; one more is refused. A 1 MiB read is 32 of them. */
export const MAX_WAITING_PIECES = 65_536;

/** Requests that wait for their response on a connection; one more is refused. */
export const MAX_REQUESTS_UNDER_WAY = 131_072;

/** Bytes of one response; OpenSSH's server sends no more. */
export const MAX_RESPONSE_BYTES = 256 * 1024;

/**
 * Bytes that a socket reads at once, at most: before there are file data, and then. What was read is kept until so much more was: twice the window of
 * `ssh2`, which is what a server may send before it is told to go on.
 */
export const FIRST_SOCKET_READ_BYTES = 64 * 1024;
export const MAX_SOCKET_READ_BYTES = 256 * 1024;
export const RECEIVE_RING_BYTES = 4 * 1024 * 1024;

/** How much further than what was read sequentially is fetched ahead, at first and at most, in bytes. */
export const FIRST_READ_AHEAD_BYTES = 256 * 1024;
export const MAX_READ_AHEAD_BYTES = 4 * 1024 * 1024;

/** Bytes that are fetched ahead in one piece. */
export const READ_AHEAD_BLOCK_BYTES = 128 * 1024;

/** Bytes that all files together may hold read ahead; beyond it nothing more is fetched ahead. */
export const MAX_READ_AHEAD_TOTAL_BYTES = 64 * 1024 * 1024;

/** How old what was read ahead may become before it is read again, in ms. */
export const READ_AHEAD_LIFE_MS = 2000;

/** Bytes that one file may have written and not yet sent and confirmed, with write-back. */
export const MAX_WRITE_BACK_BYTES = 8 * 1024 * 1024;

/** How long an attribute, a listing or a name may be told again, in ms, where nothing else is said. */
export const DEFAULT_CACHE_TIMEOUT_MS = 1000;

/** How long a connection may take to be ready, key exchange and authentication included, in ms. */
export const CONNECT_TIMEOUT_MS = 20_000;

/** How often the server is asked for a sign of life, in ms, and how many may stay out. */
export const KEEP_ALIVE_INTERVAL_MS = 10_000;
export const MAX_MISSED_KEEP_ALIVES = 3;

/** The wait after the first failed attempt to connect again, in ms; it doubles up to the longest. */
export const FIRST_RECONNECT_DELAY_MS = 250;
export const MAX_RECONNECT_DELAY_MS = 8000;

/** How long a request waits for a lost connection to come back, in ms, where nothing else is said. */
export const DEFAULT_RECONNECT_TIMEOUT_MS = 45_000;

/** How often one request is sent, where connections are lost under it. */
export const MAX_TRIES = 5;

/** Entries of one directory; a listing with more is refused. */
export const MAX_DIRECTORY_ENTRIES = 1_000_000;

/** Bytes of a `known_hosts` or `config` file, and of a private key, that are read. */
export const MAX_SETTINGS_FILE_BYTES = 16 * 1024 * 1024;

/** Keys that are offered to a server; OpenSSH refuses after six by default. */
export const MAX_IDENTITIES = 16;

/** Names that are tried for the place of a file while another takes its name. */
export const MAX_ASIDE_TRIES = 16;
