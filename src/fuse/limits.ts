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

/** Requests that are read in one turn of the event loop, before sockets and timers have theirs. */
export const MAX_REQUESTS_A_TURN = 64;

/** What is kept of what a program complains of, in UTF-16 units. */
export const MAX_PROGRAM_OUTPUT = 4096;

/** How long the kernel reads ahead in a file, in KiB; its own choice is 128. */
export const READ_AHEAD_KIB = 1024;

/** How long a mount that may be dead has to answer before it counts as alive, in ms. */
export const STALE_CHECK_MS = 2000;

/** How long an unmounted file system may take until the kernel lets go of the device, in ms. */
export const RELEASE_GRACE_MS = 2000;

/** How long data that the kernel has not yet written gets when a file system in use is detached, in ms. */
export const SYNC_GRACE_MS = 2000;

/** Processes that are named when a file system is in use. */
export const MAX_NAMED_USERS = 5;

/** How long it is kept which groups a user of the machine is in, in ms. */
export const GROUPS_KEPT_MS = 60_000;

/** Users of the machine, with a group each, that are kept. */
export const MAX_CALLERS = 1024;

/** Descriptors of what programs make in a directory, by who makes it and how, that are kept. */
export const MAX_DESCRIPTORS_OF_NEW = 1024;

/** How long the kernel may tell again what it was told of files and names, in ms, unless told; as libfuse. */
export const DEFAULT_TIMEOUT_MS = 1000;

/** Directories whose listing the kernel may have, all at once; of more it asks each time. */
export const MAX_KEPT_LISTINGS = 1024;

/** Names in all these listings, which are kept here, too; what is more is read each time. */
export const MAX_KEPT_NAMES = 200_000;

/** How long it may tell a listing again at most, in ms, however long names are kept. */
export const MAX_LISTING_KEPT_MS = 60_000;

/** Bytes of a list of extended attributes, and of the value of one: the kernel's own limits. */
export const MAX_XATTR_SIZE = 65_536;

/** A request of the kernel for a copy is done in pieces of that size, in bytes; a longer one is done in part. */
export const MAX_COPY_SIZE = 8 * MIB;

/** Changes that watchers are still to be told of; what is more is left out. */
export const MAX_PENDING_ECHOES = 4096;

/** Notifications that wait for the kernel to take them; with more, it is told that nothing it keeps is true. */
export const MAX_PENDING_NOTIFICATIONS = 65_536;

/** Requests under way that the kernel wants no more of, as far as they are remembered until they wait for somebody. */
export const MAX_INTERRUPTED_REQUESTS = 1024;
