/**
 * The client's limits.
 *
 * @packageDocumentation
 */

const KIB = 1024;

/** Credits that the client asks for until it holds as many, unless told. Enough for 64 MiB. */
export const DEFAULT_CREDITS = 1024;

/** Requests that wait for credits, before the client says that nobody reads the answers. */
export const MAX_WAITING_MESSAGES = 65_536;

/** Bytes that one credit pays for. [MS-SMB2] 3.1.5.2 */
export const BYTES_PER_CREDIT = 64 * KIB;

/** Tokens of one authentication. SPNEGO with NTLM takes two, or three where the first was no guess. */
export const MAX_LOG_ON_ROUNDS = 4;

/** Elements of one compound answer; no request of ours has more. */
export const MAX_CHAIN_LENGTH = 64;

/** Up to here an encrypted message is put together in one run of bytes: above, that is not worth its copy. */
export const MAX_JOINED_BYTES = 16 * KIB;

/** What one read from the socket takes, in bytes. A message of 1 MiB in fewer, larger pieces gains nothing. */
export const RECEIVE_BUFFER_SIZE = 256 * KIB;

/** Output asked for by queries, in bytes, unless told: what one credit pays for. */
export const DEFAULT_OUTPUT_LENGTH = 64 * KIB;
