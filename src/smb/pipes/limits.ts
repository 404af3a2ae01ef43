/**
 * What a client can make a named pipe hold.
 *
 * @packageDocumentation
 */

/** The longest message taken or sent, in bytes; as Windows. [MS-RPCE] 3.3.1.5.2 */
export const MAX_FRAGMENT_LENGTH = 5_840;

/** The longest message that every client takes, in bytes. [C706] 12.6.3.1 */
export const MUST_RECV_FRAGMENT_LENGTH = 1_432;

/** The longest call, all its fragments together, in bytes: the longest here has some hundreds. */
export const MAX_STUB_LENGTH = 131_072;

/** Fragments of one call: enough for the longest, of the shortest that clients send. */
export const MAX_FRAGMENTS_PER_CALL = 128;

/**
 * Answers that nobody has read yet, in bytes, with which a further message is still answered. A client
 * that goes on asking without reading is cut off.
 */
export const MAX_UNREAD_LENGTH = 65_536;

/** Presentation contexts of one pipe, those of ALTER_CONTEXT included. */
export const MAX_CONTEXTS_PER_PIPE = 64;

/** Policy handles of one pipe; clients open one. */
export const MAX_POLICY_HANDLES_PER_PIPE = 64;
