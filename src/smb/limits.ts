/**
 * The server's limits, in one place: what a client can make it hold, and for how long.
 *
 * @packageDocumentation
 */

const KIB = 1024;
const MIB = 1024 * KIB;

/** MaxTransactSize, MaxReadSize and MaxWriteSize with large MTU, in bytes; as Windows and Samba. */
export const MAX_IO_SIZE = 8 * MIB;

/** The same for dialect 2.0.2 and clients without large MTU, in bytes. [MS-SMB2] 3.3.5.4 */
export const MAX_SMALL_IO_SIZE = 64 * KIB;

/** The largest message taken before it is refused unread, in bytes: a write and its headers. */
export const MAX_MESSAGE_SIZE = MAX_IO_SIZE + 64 * KIB;

/** The same for clients that are not known yet, in bytes. */
export const MAX_FIRST_MESSAGE_SIZE = 128 * KIB;

/** Memory that a busy connection receives in, in bytes; long messages get memory of their own. */
export const RECEIVE_BUFFER_SIZE = 64 * KIB;

/** The same for one that is idle, or small of speech. */
export const IDLE_RECEIVE_BUFFER_SIZE = 8 * KIB;

/** Bytes that one credit pays for. [MS-SMB2] 3.1.5.2 */
export const BYTES_PER_CREDIT = 64 * KIB;

/** Credits that a connection may hold at once; as Samba's default. */
export const MAX_CREDITS = 8192;

/** Requests chained in one message. */
export const MAX_COMPOUND_COMMANDS = 64;

/**
 * Requests up to this size, in bytes, are copied out of what a connection receives in: one that waits for
 * minutes would hold on to all of it.
 */
export const MAX_COPIED_MESSAGE_SIZE = KIB;

/** Asynchronous answers that a connection may be promised at once; one more request that waits is refused. */
export const MAX_ASYNC_REQUESTS = 512;

/** The highest LockSequenceIndex that is remembered, of 1 and up. [MS-SMB2] 3.3.1.10 */
export const MAX_LOCK_SEQUENCE_INDEX = 64;

/** How long a request may take before its client is told to wait for it, in ms. */
export const INTERIM_RESPONSE_MS = 250;

/** Bytes of one chunk, and of all chunks, of a server-side copy; as Windows. [MS-SMB2] 3.3.3 */
export const MAX_COPY_CHUNK_SIZE = MIB;
export const MAX_COPY_SIZE = 16 * MIB;

/** Connections at once. */
export const MAX_CONNECTIONS = 4096;

/** Sessions of one connection. */
export const MAX_SESSIONS_PER_CONNECTION = 2048;

/** Tree connects of one session. */
export const MAX_TREE_CONNECTS_PER_SESSION = 1024;

/** Opens of one session, pipes included; the 65,520 of a 16-bit handle space, less a few. */
export const MAX_OPENS_PER_SESSION = 65_520 - 16;

/** Answers not yet taken by the network, in bytes, before a connection is not read any further. */
export const MAX_UNSENT_BYTES = 32 * MIB;

/** Time a client has from connecting to being known, in ms. */
export const AUTHENTICATION_TIMEOUT_MS = 45_000;

/** Buffers kept for further use, of all connections, in bytes. */
export const MAX_POOLED_BYTES = 32 * MIB;

/** Memory that answers are gathered in, in bytes; larger ones get memory of their own. */
export const OUTPUT_SLAB_SIZE = 256 * KIB;

/**
 * How long an answer waits for others of its turn, in ms. Answers that cost much leave one by one, so that
 * the client works on one while the server works on the next.
 */
export const MAX_GATHERING_MS = 0.1;

/** Slabs kept for further use, for all connections. */
export const MAX_SPARE_SLABS = 32;

/** How long `close` waits for requests that are under way, in ms. */
export const CLOSE_GRACE_MS = 4000;
