/**
 * What a tree keeps at most of what functions give it, and of who asks.
 *
 * @packageDocumentation
 */

/** The longest content that is held in memory as a whole, in bytes: 1 GiB. Byte ranges have no limit. */
export const MAX_CONTENT_BYTES = 2 ** 30;

/** The most entries of one directory. */
export const MAX_DIRECTORY_ENTRIES = 1_000_000;

/** The longest name of an entry, in UTF-16 units. [MS-FSCC] 2.1.5.2 */
export const MAX_NAME_UNITS = 255;

/** Listings of one directory, and results of one `lazy`, that are remembered: one for each who sees it. */
export const MAX_VIEWS = 256;

/** Names of one directory that `find` was asked for and that are remembered. */
export const MAX_FOUND_NAMES = 1_024;

/** Files whose size, times and attributes are remembered after they were closed. */
export const MAX_REMEMBERED_FILES = 10_000;

/** Contents that are kept for `cacheMs` after they were closed. */
export const MAX_KEPT_CONTENTS = 1_000;

/** The bytes of all of them: 64 MiB. */
export const MAX_KEPT_BYTES = 64 * 2 ** 20;

/** How many `lazy` may be the result of one another. */
export const MAX_LAZY_STEPS = 8;

/** How long a listing that a function gave is used for looking up names, in ms, unless told. */
export const DEFAULT_LISTING_CACHE_MS = 1_000;

/** How long content is kept that was made to tell its size, in ms: until the open that follows. */
export const SIZED_CONTENT_CACHE_MS = 10_000;

/** How long a web server may take to begin its answer, in ms. */
export const MAX_FETCH_WAIT_MS = 60_000;

/** Bytes that are asked of byte ranges at once, where their whole content is wanted: 1 MiB. */
export const RANGE_STEP_BYTES = 2 ** 20;

/** The longest target of a link, in UTF-16 units: it stands twice in 16 KiB. [MS-FSCC] 2.1.2.4 */
export const MAX_LINK_TARGET_UNITS = 4_000;

/** What a volume is called, unless told. */
export const DEFAULT_LABEL = "Tree";

/** How large a volume says it is, in bytes, unless told: 1 TiB. Clients ask before they copy much. */
export const DEFAULT_VOLUME_SIZE = 2 ** 40;
