/**
 * How much of anything one message may hold.
 *
 * @packageDocumentation
 */

/** Dialects in one NEGOTIATE. Five exist; clients send each at most once. */
export const MAX_DIALECTS = 64;

/** Negotiate contexts in one message. Nine types are known to [MS-SMB2] 2.2.3.1. */
export const MAX_NEGOTIATE_CONTEXTS = 64;

/** Algorithms (hashes, ciphers, signatures) in one negotiate context. */
export const MAX_NEGOTIATE_ALGORITHMS = 64;

/** Create contexts in one message. [MS-SMB2] 2.2.13.2 knows fourteen. */
export const MAX_CREATE_CONTEXTS = 64;

/** Locks in one LOCK request. Ours; clients send one, or a few. [MS-SMB2] 2.2.26 sets no limit. */
export const MAX_LOCKS = 1024;

/** Dialect names in one SMB1 NEGOTIATE. Clients send at most about a dozen. */
export const MAX_SMB1_DIALECTS = 64;

/** Chunks of one server-side copy. [MS-SMB2] 3.3.3, ServerSideCopyMaxNumberofChunks */
export const MAX_COPY_CHUNKS = 256;
